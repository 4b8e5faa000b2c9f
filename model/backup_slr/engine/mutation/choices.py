"""A rule, or a part of one, in which an input is settled once and for all."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeVar

from backup_slr.engine.core.formula import And, Every, Formula, Implies, Literal, Not, Or, Some
from backup_slr.engine.core.rule import Guard, Rule
from backup_slr.engine.core.variable import Effect, Enum, Flag, Is

T = TypeVar("T", Guard, Effect, Rule)


def mentions(part: Guard | Effect, chosen: Flag | Enum) -> bool:
    """The part of a rule depends on an input."""
    formula = part.condition if isinstance(part, Guard) else part.when
    return _formula(formula, chosen, 0) != formula


def settled(part: T, chosen: Flag | Enum, value: int) -> T:
    """The part as if an input always had this value; a rule still takes the input, and ignores it."""
    match part:
        case Guard():
            return replace(part, condition=_formula(part.condition, chosen, value))
        case Effect():
            return replace(part, when=_formula(part.when, chosen, value))
        case _:
            return replace(
                part,
                guards=tuple(settled(g, chosen, value) for g in part.guards),
                effects=tuple(settled(e, chosen, value) for e in part.effects),
                on_failure=tuple(settled(e, chosen, value) for e in part.on_failure),
            )


def _formula(formula: Formula, chosen: Flag | Enum, value: int) -> Formula:
    def inner(part: Formula) -> Formula:
        return _formula(part, chosen, value)

    match formula:
        case Flag(name=name) if name == chosen.name:
            return Literal(bool(value))
        case Is(Enum(name=name), wanted) if name == chosen.name:
            return Literal(value == wanted)
        case Not(body):
            return Not(inner(body))
        case And(parts):
            return And(tuple(map(inner, parts)))
        case Or(parts):
            return Or(tuple(map(inner, parts)))
        case Implies(premise, conclusion):
            return Implies(inner(premise), inner(conclusion))
        case Every(over, body):
            return Every(over, inner(body))
        case Some(over, body):
            return Some(over, inner(body))
        case _:
            return formula
