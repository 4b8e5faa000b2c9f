"""Ways past a guard that does not hold, derived from the rules: other actions, another request, or waiting."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from operator import attrgetter
from typing import TypeAlias

from backup_slr.engine.compile.simplify import Facts, assume, conj, negate
from backup_slr.engine.core import formula as f
from backup_slr.engine.core.model import Model
from backup_slr.engine.core.rule import Guard, Rule
from backup_slr.engine.core.variable import AtMost, Count, Effect, Enum, Flag, Is, Variable
from backup_slr.engine.spec.lifecycle import Lifecycle
from backup_slr.report.english import english

Leaf: TypeAlias = tuple[Variable, int, bool] | tuple[f.Same, bool]
"""A variable with a value or limit, or a place compared with a fixed one; and whether this should hold."""
RETRY = " and retry"
WAIT = f"wait a few minutes{RETRY}"


def leaves(formula: f.Formula, wanted: bool = True) -> Iterator[Leaf]:
    """Yield the atomic parts of a formula, each with whether its truth helps the formula."""
    match formula:
        case Flag():
            yield formula, 1, wanted
        case Is(variable, value):
            yield variable, value, wanted
        case AtMost(variable, number):
            yield variable, number, wanted
        case f.Same():
            yield formula, wanted
        case _:
            for child, helpful in f.signed_children(formula, wanted):
                yield from leaves(child, helpful)


def helps(effect: Effect, variable: Variable, value: int, wanted: bool) -> bool:
    """Return whether an effect can set a variable to the value (or, if it is unwanted, to another one)."""
    if effect.variable.name != variable.name:
        return False
    match variable:
        case Count():
            return (effect.value < 0) == wanted
        case Flag():
            return bool(effect.value) == wanted
        case Enum():
            return (effect.value == value) == wanted


def takes_away(effect: Effect) -> bool:
    return effect.value < (0 if isinstance(effect.variable, Count) else 1)


def apart(condition: f.Formula) -> Iterator[tuple[f.Param, f.Element]]:
    """Yield the parameters of quantifiers with the elements that the body excludes, as in "another vault"."""
    for node in f.walk(condition):
        if isinstance(node, f.Every | f.Some) and isinstance(node.body, f.And):
            for part in node.body.parts:
                if isinstance(part, f.Not) and isinstance(part.body, f.Same) and part.body.param in node.over:
                    yield part.body.param, part.body.element


def can_happen(
    effect: Effect, rule: Rule, variable: Variable, facts: Facts, excluded: Collection[tuple[f.Index, f.Index]] = ()
) -> bool:
    """Return whether the facts about the place of a variable allow this effect to change it there.

    An effect on a fixed place may belong to an action at another place; then the facts are not about that action, and
    only the elements that are `excluded` for a parameter (see `apart`) matter.
    """
    if effect.variable.at != variable.at:
        return not any(pair in excluded for pair in zip(variable.at, effect.variable.at, strict=True))
    accepted = [g.condition for g in rule.guards if effect in rule.effects or not g.fails]
    return all(assume(condition, facts) != f.FALSE for condition in (*accepted, effect.when))


def helpers(model: Model, condition: f.Formula, given: f.Formula = f.TRUE) -> dict[str, tuple[bool, int, int]]:
    """Return the actions that can make a part of a condition true where it does not hold, each with its rank.

    `given` is known to hold there: the guards before it in its rule.

    The lower the rank, the more directly the action does so: without a condition, as its first effect, as its only one.
    The other guards of the action are not considered: see ``backup-slr witness``.
    """
    found: dict[str, tuple[bool, int, int]] = {}
    blocked, excluded = conj((given, negate(condition))), set(apart(condition))
    for leaf in leaves(condition):
        if len(leaf) == 2 or leaf[0].kind != "state":
            continue
        variable, value, wanted = leaf
        counted = AtMost(variable, value) if isinstance(variable, Count) else variable
        part = Is(counted, value) if isinstance(counted, Enum) else counted
        facts = Facts.of(conj((blocked, negate(part) if wanted else part)))
        for rule in model.rules:
            effects = (*rule.effects, *rule.on_failure)
            for n, effect in enumerate(effects):
                if helps(effect, variable, value, wanted) and can_happen(effect, rule, variable, facts, excluded):
                    rank = (effect.when != f.TRUE, n, len(effects))
                    found[rule.action] = min(rank, found.get(rule.action, rank))
    return found


def known(rule: Rule, guard: Guard) -> f.Formula:
    """Return what holds where a guard is the first of its rule that does not: the guards before it."""
    return conj(tuple(g.condition for g in rule.guards[: rule.guards.index(guard)] if not g.under))


def unblocking(lifecycle: Lifecycle, guard: Guard) -> list[str]:
    """Return all ways past a guard, as names of actions or short phrases; empty if there is none."""
    inputs: dict[str, None] = {}
    places: dict[str, None] = {}
    for leaf in leaves(guard.condition):
        match leaf:
            case f.Same(param, element), wanted:
                places[f"use {'' if wanted else f'another {param.sort.noun} than '}{element!r}"] = None
            case Flag(kind="choice"), _, _:
                inputs[WAIT] = None
            case Flag(kind="parameter"), _, _:
                inputs["use a caller with the permission"] = None
            case Enum(kind="parameter") as variable, value, wanted:
                inputs[_input(variable, value, wanted, lifecycle.interfaces)] = None
            case _:
                pass
    return [*helpers(lifecycle.model, guard.condition), *inputs] or list(places)


def _input(variable: Enum, value: int, wanted: bool, interfaces: Mapping[str, str]) -> str:
    numbers = [n for n in range(len(variable.values)) if (n == value) == wanted]
    phrases = [interfaces.get(variable.values[n]) for n in numbers]
    if all(phrases):
        return f"send the request {' or '.join(map(str, phrases))}"
    return f"possible only if {' or '.join(variable.reads[n] or variable.values[n] for n in numbers)}"


def fix(lifecycle: Lifecycle, rule: Rule, guard: Guard, called: Callable[[Rule], str] = attrgetter("action")) -> str:
    """Return the advice for a caller who wants an action when a guard of it does not hold.

    `called` returns the names of other actions in it.

    >>> from backup_slr.lifecycle import BACKUP
    >>> rule = BACKUP.model.assuming({}).rule("delete_backup_vault")
    >>> fix(BACKUP, rule, rule.guards[0]), fix(BACKUP, rule, rule.guards[1])
    ('use a caller with the permission', 'nothing to do: the vault does not exist')
    """
    if any(other.condition == f.FALSE for other in rule.guards):
        return "none: this action never succeeds"
    if nothing_left(lifecycle, rule, guard):
        return f"nothing to do: {guard.otherwise.says}"
    way, starter = _way(lifecycle, rule, guard, called), starter_of(lifecycle, rule)
    again = starter and called(lifecycle.model.rule(starter))
    return f"{way.removesuffix(RETRY)}, then {again} again" if guard.fails and again else way


def starter_of(lifecycle: Lifecycle, rule: Rule) -> str | None:
    """Return the action that starts the task that this action ends, if there is one."""
    task = lifecycle.environment and lifecycle.environment.task
    return task.begins if task and task.ends == rule.action else None


def _way(lifecycle: Lifecycle, rule: Rule, guard: Guard, called: Callable[[Rule], str]) -> str:
    ways = unblocking(lifecycle, guard)
    if guard.otherwise.transient or WAIT in ways:
        return WAIT
    condition = guard.condition
    if isinstance(condition, f.Not) and isinstance(condition.body, f.Same) and any(map(takes_away, rule.effects)):
        return f"none for {condition.body.element!r}"
    if phrases := [way for way in ways if " " in way]:
        return phrases[0]
    parts = condition.parts if isinstance(condition, f.Or) else (condition,)
    parts = (condition.conclusion,) if isinstance(condition, f.Implies) else parts
    for part in parts:
        found = helpers(lifecycle.model, part, known(rule, guard))
        ranks = {action: rank for action, rank in found.items() if action != rule.action}
        if ranks:
            first = lifecycle.model.rule(min(ranks, key=lambda action: ranks[action]))
            name = called(first)
            if first.by == "service":
                return f"wait until {first.says}{'' if first.says in name else f' ({name})'}"
            if isinstance(part, f.Every | AtMost):
                return f"repeat {name} until {english(part)}"
            aim = f", so that {english(part)}" if isinstance(part, f.Some) else ""
            return f"first {name}{aim}{_only_if(rule, first, part, known(rule, guard))}"
    return "none: this action never succeeds"


def _only_if(rule: Rule, first: Rule, part: f.Formula, given: f.Formula) -> str:
    """Return the values of the variables of a part of a guard at which the helper itself is possible, if not at all."""
    if rule.place != first.place:
        return ""
    facts, own = Facts.of(conj((given, negate(part)))), {leaf[0].name for leaf in leaves(part) if len(leaf) == 3}
    needed = [assume(guard.condition, facts) for guard in first.guards if not guard.under]
    open_ = [one for one in needed if one != f.TRUE and _named(one) and _named(one) <= own]
    return f", possible only if {english(conj(open_))}" if open_ else ""


def _named(formula: f.Formula) -> set[str]:
    return {leaf[0].name if len(leaf) == 3 else "" for leaf in leaves(formula)}


def nothing_left(lifecycle: Lifecycle, rule: Rule, guard: Guard) -> bool:
    """Return whether a refused action has nothing to do: its result exists already, or its target does not exist."""
    goal, facts = lifecycle.goal, Facts.of(negate(guard.condition))
    own = [effect for effect in rule.effects if effect.variable.at == rule.place and not effect.each]
    if guard.fails or not own:
        return False
    if all(_changes_nothing(effect, facts) for effect in own):
        return True
    there = goal.number("there")
    removes = any(
        e.value != there if e.variable == goal.variable else takes_away(e) and not isinstance(e.variable, Enum)
        for e in own
    )
    return removes and (guard.otherwise.absent or facts.decide(goal.is_("gone")) == f.TRUE)


def _changes_nothing(effect: Effect, facts: Facts) -> bool:
    if assume(effect.when, facts) == f.FALSE:
        return True
    match effect.variable:
        case Flag() as flag:
            return facts.decide(flag) == (f.TRUE if effect.value else f.FALSE)
        case Enum() as enum:
            return facts.decide(Is(enum, effect.value)) == f.TRUE
        case Count() as count:
            return effect.value < 0 and facts.decide(AtMost(count, 0)) == f.TRUE


def by_chance(condition: f.Formula) -> Flag | None:
    """Return the choice of the environment that a condition depends on, if there is one."""
    found = (leaf[0] for leaf in leaves(condition))
    return next((x for x in found if isinstance(x, Flag) and x.kind == "choice"), None)
