"""Every model that is one change of its table away: a guard, an effect, an outcome or a choice is not what it was.

A mutant is data: the rule that is different, and words for how. Its id is stable as long as its rule keeps the names
of its parts: ``delete_backup_vault/drop-guard/vault-has-recovery-points``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from backup_slr.engine.core.formula import FALSE, TRUE, Formula
from backup_slr.engine.core.model import Model
from backup_slr.engine.core.rule import Guard, Rule
from backup_slr.engine.core.variable import Count, Effect, Enum, Flag
from backup_slr.engine.mutation.choices import mentions, settled
from backup_slr.engine.mutation.formulas import changed, elsewhere

OPERATORS = {
    "drop-guard": "a guard is left out",
    "negate-guard": "a guard asks for the opposite",
    "move-guard": "a guard is asked earlier or later",
    "change-guard": "a part of the condition of a guard is another",
    "swap-outcome": "a guard refuses with another reason, or fails instead of refusing",
    "drop-effect": "an effect is left out",
    "change-effect": "an effect writes something else, or somewhere else",
    "change-when": "an effect happens under another condition",
    "move-effect": "of two effects on one variable the other one wins",
    "drop-reading": "a part that exists under one reading exists under all",
    "remove-choice": "the environment no longer has a choice",
}


@dataclass(frozen=True)
class Mutant:
    """One change of one rule.

    `change` says it in words; `clauses` are those that the changed part cites.
    """

    id: str
    operator: str
    change: str
    clauses: tuple[str, ...]
    rule: Rule

    @property
    def action(self) -> str:
        """The action whose rule is changed."""
        return self.rule.action

    def of(self, model: Model) -> Model:
        """The model with the changed rule in place of its own."""
        return model.replacing(self.rule)


def mutants(model: Model) -> tuple[Mutant, ...]:
    """All mutants of a model, in the order of its rules; two changes that come to the same rule are one mutant."""
    found: dict[str, Mutant] = {}
    for rule in model.rules:
        seen = {rule}
        for mutant in _of(rule):
            if mutant.rule not in seen:
                seen.add(mutant.rule)
                number = sum(key == mutant.id or key.startswith(f"{mutant.id}#") for key in found)
                name = f"{mutant.id}#{number + 1}" if number else mutant.id
                found[name] = replace(mutant, id=name)
    return tuple(found.values())


def _of(rule: Rule) -> Iterator[Mutant]:
    for number in range(len(rule.guards)):
        yield from _of_guard(rule, number)
    for part in ("effects", "on_failure"):
        effects: tuple[Effect, ...] = getattr(rule, part)
        for number in range(len(effects)):
            yield from _of_effect(rule, part, effects, number)
    for choice in rule.inputs:
        if choice.kind == "choice":
            for value in range(len(choice.values) if isinstance(choice, Enum) else 2):
                told = choice.values[value] if isinstance(choice, Enum) else ("no", "yes")[value]
                change = f"the environment has no choice: {choice.name} is always {told}"
                parts = (*rule.guards, *rule.effects, *rule.on_failure)
                cited = [p.clause for p in parts if mentions(p, choice)]
                id = f"{rule.action}/remove-choice/{choice.name}-{told}"
                yield Mutant(id, "remove-choice", change, tuple(dict.fromkeys(cited)), settled(rule, choice, value))


# ---------------------------------------------------------------- guards


def _of_guard(rule: Rule, number: int) -> Iterator[Mutant]:
    guard = rule.guards[number]
    name = guard.otherwise.id
    others = rule.guards[:number] + rule.guards[number + 1 :]

    def mutant(operator: str, detail: str, change: str, *guards: Guard) -> Mutant:
        id = f"{rule.action}/{operator}/{name}{f'/{detail}' if detail else ''}"
        return Mutant(id, operator, change, (guard.clause,), replace(rule, guards=guards))

    def with_(other: Guard) -> tuple[Guard, ...]:
        return (*rule.guards[:number], other, *rule.guards[number + 1 :])

    def condition(formula: Formula) -> tuple[Guard, ...]:
        return with_(replace(guard, condition=formula))

    yield mutant("drop-guard", "", f"the guard {name} is left out", *others)
    yield mutant("negate-guard", "", f"the guard {name} asks for the opposite", *condition(~guard.condition))
    for to in range(len(rule.guards)):
        if to != number:
            moved = (*others[:to], guard, *others[to:])
            yield mutant("move-guard", f"to-{to + 1}", f"the guard {name} is number {to + 1} in the order", *moved)
    for word, formula in changed(guard.condition):
        yield mutant("change-guard", word, f"the condition of {name} is changed: {word}", *condition(formula))
    if guard.condition == FALSE:
        yield mutant("change-guard", "true", f"the guard {name} always holds", *condition(TRUE))
    for other in dict.fromkeys(g.otherwise for g in others):
        if other != guard.otherwise:
            swapped = with_(replace(guard, otherwise=other, error_code=None))
            yield mutant("swap-outcome", other.id, f"instead of {name} it ends with {other.id}", *swapped)
    ends = "refuses" if guard.fails else "fails"
    yield mutant("swap-outcome", ends, f"with {name} it {ends}", *with_(replace(guard, fails=not guard.fails)))
    if guard.under:
        always = with_(replace(guard, under=()))
        yield mutant("drop-reading", "", f"the guard {name} is there under every reading", *always)


# ---------------------------------------------------------------- effects


def _of_effect(rule: Rule, part: str, effects: tuple[Effect, ...], number: int) -> Iterator[Mutant]:
    effect = effects[number]
    same = [e for e in effects if e.variable.name == effect.variable.name]
    name = effect.variable.name + (f"-{same.index(effect) + 1}" if len(same) > 1 else "")
    name = name if part == "effects" else f"{name}-on-failure"

    def mutant(operator: str, detail: str, change: str, *now: Effect) -> Mutant:
        id = f"{rule.action}/{operator}/{name}{f'/{detail}' if detail else ''}"
        changed_rule = replace(rule, effects=now) if part == "effects" else replace(rule, on_failure=now)
        return Mutant(id, operator, change, (effect.clause,), changed_rule)

    def with_(other: Effect) -> tuple[Effect, ...]:
        return (*effects[:number], other, *effects[number + 1 :])

    yield mutant("drop-effect", "", f"the effect on {name} is left out", *effects[:number], *effects[number + 1 :])
    for word, value in _values(effect):
        yield mutant("change-effect", word, f"it makes {name} {word}", *with_(replace(effect, value=value)))
    for word, variable in elsewhere(effect.variable):
        now = with_(replace(effect, variable=variable))
        yield mutant("change-effect", word, f"it changes {name} elsewhere: {word}", *now)
    if effect.when == TRUE:
        yield mutant("change-when", "never", f"it changes {name} never", *with_(replace(effect, when=FALSE)))
    else:
        yield mutant("change-when", "always", f"it changes {name} always", *with_(replace(effect, when=TRUE)))
        opposite = with_(replace(effect, when=~effect.when))
        yield mutant("change-when", "not", f"it changes {name} where it did not, and only there", *opposite)
    for word, formula in changed(effect.when):
        now = with_(replace(effect, when=formula))
        yield mutant("change-when", word, f"when it changes {name} is changed: {word}", *now)
    for later in range(number + 1, len(effects)):
        if effects[later].variable.name == effect.variable.name:
            order = list(effects)
            order[number], order[later] = order[later], order[number]
            yield mutant("move-effect", f"to-{later + 1}", f"the effect on {name} comes later", *order)
    if effect.under:
        always = with_(replace(effect, under=()))
        yield mutant("drop-reading", "", f"the effect on {name} is there under every reading", *always)


def _values(effect: Effect) -> Iterator[tuple[str, int]]:
    """Everything else that an effect could write."""
    match effect.variable:
        case Flag():
            yield ("off", 0) if effect.value else ("on", 1)
        case Enum(values=values):
            yield from ((word, value) for value, word in enumerate(values) if value != effect.value)
        case Count():
            yield ("less", -1) if effect.value > 0 else ("more", 1)
