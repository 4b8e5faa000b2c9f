"""What would make a guard hold that does not: other actions, another way of asking, or waiting; read off the table."""

from __future__ import annotations

from collections.abc import Iterator

from backup_slr.core.formula import And, Every, Formula, Implies, Literal, Not, Or, Same, Some
from backup_slr.core.rule import Guard, Model
from backup_slr.core.variable import AtMost, Count, Effect, Enum, Flag, Is, Variable

Leaf = tuple[Variable, int, bool]
"""A variable, a value or limit, and whether it should be so or should not."""


def leaves(formula: Formula, wanted: bool = True) -> Iterator[Leaf | Same]:
    """What a formula says of single variables, each with whether that helps it to be true."""
    match formula:
        case Flag():
            yield formula, 1, wanted
        case Is(variable, value):
            yield variable, value, wanted
        case AtMost(variable, number):
            yield variable, number, wanted
        case Same():
            yield formula
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


def unblocking(model: Model, guard: Guard) -> list[str]:
    """Ways past a guard, as short phrases; empty if there is none at all.

    An action is named if one of its effects can make a part of the condition true. Whether it is itself possible is
    another question: ask ``backup-slr witness``.
    """
    found: dict[str, None] = {}
    if guard.condition == Literal(False):
        return []
    for leaf in leaves(guard.condition):
        if isinstance(leaf, Same):
            continue
        variable, value, wanted = leaf
        match variable:
            case Flag(kind="choice"):
                found["wait a few minutes and try again (whether it gets in the way is chance)"] = None
            case Flag(kind="parameter"):
                found["let a caller ask who has the permission"] = None
            case Enum(kind="parameter"):
                others = [x for i, x in enumerate(variable.values) if (i == value) == wanted]
                found[f"ask with {variable.name} = {' or '.join(others)}"] = None
            case _:
                for rule in model.rules:
                    if any(helps(e, variable, value, wanted) for e in (*rule.effects, *rule.on_failure)):
                        found[rule.action] = None
    return list(found)
