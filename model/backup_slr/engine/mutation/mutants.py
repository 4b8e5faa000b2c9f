"""All first-order mutants of a model: one guard, effect, outcome or choice is changed.

A mutant is data: the changed rule, and the text of the change. Its id is stable while the parts of its rule keep their
names: ``delete_backup_vault/drop-guard/vault-has-recovery-points``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal as Exactly
from typing import TypeVar

from backup_slr.engine.compile.analysis import inputs_in
from backup_slr.engine.core import formula as f
from backup_slr.engine.core.formula import FALSE, TRUE, Formula
from backup_slr.engine.core.model import Model
from backup_slr.engine.core.rule import Guard, Rule
from backup_slr.engine.core.variable import AtMost, Count, Effect, Enum, Flag, HasRoom, Is, Variable

T = TypeVar("T")
OPERATORS = {
    "drop-guard": "a guard is removed",
    "negate-guard": "a guard is negated",
    "move-guard": "a guard is checked earlier or later",
    "change-guard": "a part of the condition of a guard changes",
    "swap-outcome": "a guard refuses with another reason, or fails instead of refusing",
    "drop-effect": "an effect is removed",
    "change-effect": "an effect writes another value, or another place",
    "change-when": "an effect happens under another condition",
    "move-effect": "two effects on one variable change their order",
    "drop-reading": "a part that exists under one assumption exists under all",
    "remove-choice": "a choice of the environment is fixed",
}


@dataclass(frozen=True)
class Mutant:
    """One change of one rule.

    `change` describes it; `clauses` are the citations of the changed part.
    """

    id: str
    operator: str
    change: str
    clauses: tuple[str, ...]
    rule: Rule

    @property
    def action(self) -> str:
        return self.rule.action

    def of(self, model: Model) -> Model:
        return model.replacing(self.rule)


def mutants(model: Model) -> tuple[Mutant, ...]:
    """List all mutants of a model, in the order of its rules; two changes with the same result are one mutant."""
    found: list[Mutant] = []
    named = Counter[str]()
    for rule in model.rules:
        seen = {rule}
        for mutant in _of_rule(rule):
            if mutant.rule not in seen:
                seen.add(mutant.rule)
                named[mutant.id] += 1
                number = named[mutant.id]
                found.append(replace(mutant, id=f"{mutant.id}#{number}") if number > 1 else mutant)
    return tuple(found)


def _of_rule(rule: Rule) -> Iterator[Mutant]:
    for number in range(len(rule.guards)):
        yield from _of_guard(rule, number)
    for number in range(len(rule.effects)):
        yield from _of_effect(rule, "effects", number)
    for number in range(len(rule.on_failure)):
        yield from _of_effect(rule, "on_failure", number)
    for choice in rule.inputs:
        if choice.kind == "choice":
            for value, name in enumerate(choice.values if isinstance(choice, Enum) else ("no", "yes")):
                yield _without_choice(rule, choice, value, name)


def _without_choice(rule: Rule, choice: Flag | Enum, value: int, name: str) -> Mutant:
    """Fix a choice in a rule, which still takes the input and ignores it."""

    def fixed(effect: Effect) -> Effect:
        return replace(effect, when=substituted(effect.when, choice, value))

    guards = tuple(replace(g, condition=substituted(g.condition, choice, value)) for g in rule.guards)
    effects, on_failure = tuple(map(fixed, rule.effects)), tuple(map(fixed, rule.on_failure))
    cited = [g.clause for g in rule.guards if choice.name in inputs_in(g.condition)]
    cited += [e.clause for e in (*rule.effects, *rule.on_failure) if choice.name in inputs_in(e.when)]
    change = f"the choice {choice.name} is always {name}"
    changed = replace(rule, guards=guards, effects=effects, on_failure=on_failure)
    return _mutant(changed, tuple(dict.fromkeys(cited)), f"{choice.name}-{name}", "remove-choice", "", change)


def _mutant(rule: Rule, clauses: tuple[str, ...], part: str, operator: str, detail: str, change: str) -> Mutant:
    return Mutant("/".join(filter(None, (rule.action, operator, part, detail))), operator, change, clauses, rule)


def _spliced(parts: tuple[T, ...], number: int, *new: T) -> tuple[T, ...]:
    return (*parts[:number], *new, *parts[number + 1 :])


def _of_guard(rule: Rule, number: int) -> Iterator[Mutant]:
    guard = rule.guards[number]
    name = guard.otherwise.id
    others = _spliced(rule.guards, number)

    def mutant(operator: str, detail: str, change: str, guards: tuple[Guard, ...]) -> Mutant:
        return _mutant(replace(rule, guards=guards), (guard.clause,), name, operator, detail, change)

    def with_(other: Guard) -> tuple[Guard, ...]:
        return _spliced(rule.guards, number, other)

    def condition(formula: Formula) -> tuple[Guard, ...]:
        return with_(replace(guard, condition=formula))

    yield mutant("drop-guard", "", f"the guard {name} is removed", others)
    yield mutant("negate-guard", "", f"the guard {name} is negated", condition(~guard.condition))
    for to in range(len(rule.guards)):
        if to != number:
            moved = (*others[:to], guard, *others[to:])
            yield mutant("move-guard", f"to-{to + 1}", f"the guard {name} is number {to + 1} in the order", moved)
    for word, formula in formula_mutants(guard.condition):
        yield mutant("change-guard", word, f"the condition of {name} is changed: {word}", condition(formula))
    if guard.condition == FALSE:
        yield mutant("change-guard", "true", f"the guard {name} always holds", condition(TRUE))
    for other in dict.fromkeys(g.otherwise for g in others):
        if other != guard.otherwise:
            swapped = with_(replace(guard, otherwise=other, error_code=None))
            yield mutant("swap-outcome", other.id, f"instead of {name} it ends with {other.id}", swapped)
    ends = "refuses" if guard.fails else "fails"
    yield mutant("swap-outcome", ends, f"with {name} it {ends}", with_(replace(guard, fails=not guard.fails)))
    if guard.under:
        always = with_(replace(guard, under=()))
        yield mutant("drop-reading", "", f"the guard {name} exists under every assumption", always)


def _of_effect(rule: Rule, which: Exactly["effects", "on_failure"], number: int) -> Iterator[Mutant]:
    effects = rule.effects if which == "effects" else rule.on_failure
    effect, suffix = effects[number], "-on-failure" if which == "on_failure" else ""
    same = [e for e in effects if e.variable.name == effect.variable.name]
    name = effect.variable.name + (f"-{same.index(effect) + 1}" if len(same) > 1 else "") + suffix

    def mutant(operator: str, detail: str, change: str, now: tuple[Effect, ...]) -> Mutant:
        changed = replace(rule, effects=now) if which == "effects" else replace(rule, on_failure=now)
        return _mutant(changed, (effect.clause,), name, operator, detail, change)

    def with_(other: Effect) -> tuple[Effect, ...]:
        return _spliced(effects, number, other)

    def when(formula: Formula) -> tuple[Effect, ...]:
        return with_(replace(effect, when=formula))

    yield mutant("drop-effect", "", f"the effect on {name} is removed", _spliced(effects, number))
    for word, value in _other_values(effect):
        yield mutant("change-effect", word, f"it makes {name} {word}", with_(replace(effect, value=value)))
    for word, variable in index_mutants(effect.variable):
        now = with_(replace(effect, variable=variable))
        yield mutant("change-effect", word, f"it changes {name} elsewhere: {word}", now)
    if effect.when == TRUE:
        yield mutant("change-when", "never", f"it never changes {name}", when(FALSE))
    else:
        yield mutant("change-when", "always", f"it always changes {name}", when(TRUE))
        opposite = f"it changes {name} exactly where it did not"
        yield mutant("change-when", "not", opposite, when(~effect.when))
    for word, formula in formula_mutants(effect.when):
        yield mutant("change-when", word, f"when it changes {name} is changed: {word}", when(formula))
    for later in range(number + 1, len(effects)):
        if effects[later].variable.name == effect.variable.name:
            order = _spliced(_spliced(effects, number, effects[later]), later, effect)
            yield mutant("move-effect", f"to-{later + 1}", f"the effect on {name} comes later", order)
    if effect.under:
        always = with_(replace(effect, under=()))
        yield mutant("drop-reading", "", f"the effect on {name} exists under every assumption", always)


def _other_values(effect: Effect) -> Iterator[tuple[str, int]]:
    match effect.variable:
        case Flag():
            yield ("off", 0) if effect.value else ("on", 1)
        case Enum(values=values):
            yield from ((word, value) for value, word in enumerate(values) if value != effect.value)
        case Count():
            yield ("less", -1) if effect.value > 0 else ("more", 1)


V = TypeVar("V", bound=Variable)


def formula_mutants(formula: f.Formula) -> Iterator[tuple[str, f.Formula]]:
    """Generate the formulas with one change, each with a word for the change and where it is made.

    A part is negated, removed, or joined by the other connective; a quantifier is swapped; a value, a number, or a
    special element is replaced. The whole formula is not negated, which is a separate operator.

    >>> [word for word, _ in formula_mutants(Flag("wet") | Flag("cold"))]
    ['or-to-and', 'without-1', 'not-1', 'without-2', 'not-2']
    """
    match formula:
        case f.And(parts) | f.Or(parts):
            yield ("and-to-or", f.Or(parts)) if isinstance(formula, f.And) else ("or-to-and", f.And(parts))
            for number, part in enumerate(parts):
                rest = parts[:number] + parts[number + 1 :]
                yield f"without-{number + 1}", rest[0] if len(rest) == 1 else type(formula)(rest)
                for word, other in _part_mutants(part):
                    yield f"{word}-{number + 1}", type(formula)((*parts[:number], other, *parts[number + 1 :]))
        case f.Not(body):
            for word, other in formula_mutants(body):
                yield word, f.Not(other)
        case f.Implies(premise, conclusion):
            yield "without-premise", conclusion
            yield "converse", f.Implies(conclusion, premise)
            for word, other in _part_mutants(premise):
                yield f"{word}-premise", f.Implies(other, conclusion)
            for word, other in _part_mutants(conclusion):
                yield f"{word}-conclusion", f.Implies(premise, other)
        case f.Every(over, body) | f.Some(over, body):
            every = isinstance(formula, f.Every)
            yield ("every-to-some", f.Some(over, body)) if every else ("some-to-every", f.Every(over, body))
            for word, other in _part_mutants(body):
                yield f"{word}-within", type(formula)(over, other)
        case Is() | AtMost() | HasRoom():
            if isinstance(formula, Is):
                names = enumerate(formula.variable.values)
                yield from ((f"is-{name}", Is(formula.variable, n)) for n, name in names if n != formula.value)
            elif isinstance(formula, AtMost):
                yield f"at-most-{formula.number + 1}", AtMost(formula.variable, formula.number + 1)
            yield from ((word, replace(formula, variable=place)) for word, place in index_mutants(formula.variable))
        case Flag():
            yield from index_mutants(formula)
        case f.Same(param, element):
            for number, name in enumerate(element.sort.special):
                if number != element.index:
                    yield f"is-{name}", f.Same(param, f.Element(element.sort, number))
        case _:
            pass


def _part_mutants(part: f.Formula) -> Iterator[tuple[str, f.Formula]]:
    yield "not", part.body if isinstance(part, f.Not) else f.Not(part)
    yield from formula_mutants(part)


def index_mutants(variable: V) -> Iterator[tuple[str, V]]:
    for number, index in enumerate(variable.at):
        for other, name in enumerate(index.sort.special):
            if index != f.Element(index.sort, other):
                at = (*variable.at[:number], f.Element(index.sort, other), *variable.at[number + 1 :])
                yield f"at-{name}", replace(variable, at=at)


def substituted(formula: f.Formula, variable: Flag | Enum, value: int) -> f.Formula:
    def inner(part: f.Formula) -> f.Formula:
        return substituted(part, variable, value)

    match formula:
        case Flag(name=name) if name == variable.name:
            return f.Literal(bool(value))
        case Is(Enum(name=name), wanted) if name == variable.name:
            return f.Literal(value == wanted)
        case f.Not(body):
            return f.Not(inner(body))
        case f.And(parts) | f.Or(parts):
            return type(formula)(tuple(map(inner, parts)))
        case f.Implies(premise, conclusion):
            return f.Implies(inner(premise), inner(conclusion))
        case f.Every(over, body) | f.Some(over, body):
            return type(formula)(over, inner(body))
        case _:
            return formula
