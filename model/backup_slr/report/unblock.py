"""What would make a guard hold that does not: other actions, another way of asking, or waiting; read off the table."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

from backup_slr.engine.compile.simplify import Facts, assume, conj, negate
from backup_slr.engine.core.formula import FALSE, And, Every, Formula, Implies, Not, Or, Same, Some
from backup_slr.engine.core.model import Model
from backup_slr.engine.core.rule import Guard, Rule
from backup_slr.engine.core.variable import AtMost, Count, Effect, Enum, Flag, Is, Variable

Leaf: TypeAlias = tuple[Variable, int, bool] | tuple[Same, bool]
"""A variable with a value or limit, or that a place is a certain one; and whether it should be so or should not."""


def leaves(formula: Formula, wanted: bool = True) -> Iterator[Leaf]:
    """What a formula says of single variables, each with whether that helps it to be true."""
    match formula:
        case Flag():
            yield formula, 1, wanted
        case Is(variable, value):
            yield variable, value, wanted
        case AtMost(variable, number):
            yield variable, number, wanted
        case Same():
            yield formula, wanted
        case Not(body):
            yield from leaves(body, not wanted)
        case And(parts) | Or(parts):
            for part in parts:
                yield from leaves(part, wanted)
        case Implies(premise, conclusion):
            yield from leaves(premise, not wanted)
            yield from leaves(conclusion, wanted)
        case Every(_, body) | Some(_, body):
            yield from leaves(body, wanted)
        case _:
            pass


def helps(effect: Effect, variable: Variable, value: int, wanted: bool) -> bool:
    """An effect can bring about what is wanted of a variable."""
    if effect.variable.name != variable.name:
        return False
    match variable:
        case Count():
            return (effect.value < 0) == wanted
        case Flag():
            return bool(effect.value) == wanted
        case Enum():
            return (effect.value == value) == wanted


def can_happen(effect: Effect, rule: Rule, variable: Variable, facts: Facts) -> bool:
    """Nothing that is known of a variable's place rules out that this effect changes it there.

    An effect on a fixed vault may be that of an action at any other: then what is known is not about the action.
    """
    if effect.variable.at != variable.at:
        return True
    accepted = [g.condition for g in rule.guards if effect in rule.effects or not g.fails]
    return all(assume(condition, facts) != FALSE for condition in (*accepted, effect.when))


def unblocking(model: Model, guard: Guard) -> list[str]:
    """Ways past a guard, as short phrases; empty if there is none at all.

    An action is named if one of its effects can make a part of the condition true where the guard does not hold.
    Whether everything else allows it then is another question: ask ``backup-slr witness``.
    """
    found: dict[str, None] = {}
    named: dict[str, None] = {}
    blocked = negate(guard.condition)
    for leaf in leaves(guard.condition):
        match leaf:
            case Same(_, element), wanted:
                named[f"name {element!r}" if wanted else f"name another {element.sort.name} than {element!r}"] = None
            case Flag(kind="choice"), _, _:
                found["wait a few minutes and try again (whether it gets in the way is chance)"] = None
            case Flag(kind="parameter"), _, _:
                found["let a caller ask who has the permission"] = None
            case Enum(kind="parameter") as variable, value, wanted:
                others = [x for i, x in enumerate(variable.values) if (i == value) == wanted]
                found[f"ask with {variable.name} = {' or '.join(others)}"] = None
            case variable, value, wanted:
                counted = AtMost(variable, value) if isinstance(variable, Count) else variable
                part = Is(counted, value) if isinstance(counted, Enum) else counted
                facts = Facts.of(conj((blocked, negate(part) if wanted else part)))
                for rule in model.rules:
                    effects = (e for e in (*rule.effects, *rule.on_failure) if helps(e, variable, value, wanted))
                    if any(can_happen(e, rule, variable, facts) for e in effects):
                        found[rule.action] = None
    return list(found or named)


def by_chance(condition: Formula) -> Flag | None:
    """The choice of the environment that a condition depends on, if it depends on one."""
    found = (leaf[0] for leaf in leaves(condition))
    return next((x for x in found if isinstance(x, Flag) and x.kind == "choice"), None)
