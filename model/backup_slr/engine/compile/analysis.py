"""Syntactic analysis of formulas: state or step formula, and which inputs it reads."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from backup_slr.engine.compile.grounding import Ending
from backup_slr.engine.core.formula import (
    After,
    And,
    Does,
    Ends,
    Every,
    Formula,
    Implies,
    Literal,
    Not,
    Or,
    Some,
    Unchanged,
    walk,
)
from backup_slr.engine.core.variable import variable_of


def speaks_of_step(formula: Formula) -> bool:
    """Whether a formula mentions an action, an end, an input, or the state after a step."""
    return any(isinstance(node, (After, Unchanged, Does, Ends)) for node in walk(formula)) or bool(inputs_in(formula))


def inputs_in(*formulas: Formula) -> frozenset[str]:
    """The names of all inputs that some formulas mention."""
    mentioned = (variable_of(node) for formula in formulas for node in walk(formula))
    return frozenset(v.name for v in mentioned if v is not None and v.kind != "state")


def foregone(formula: Formula, ending: Ending) -> bool | None:
    """Whether a formula is true for every step with this ending (or for none); None if this test cannot decide.

    The test considers only the action, the outcome and the names of the written variables, in Kleene's three-valued
    logic. It is much cheaper than grounding the formula, and decides most properties for most actions.
    """
    return _foregone(formula, ending.action, ending.ends, ending.written)


@lru_cache(maxsize=1 << 16)
def _foregone(formula: Formula, action: str, ends: tuple[str, ...], written: frozenset[str]) -> bool | None:
    def known(formula: Formula) -> bool | None:
        match formula:
            case Literal(value):
                return value
            case Does(actions, at):
                return False if action not in actions else None if at else True
            case Ends(how):
                return any(end in how for end in ends)
            case Unchanged(names):
                return None if written.intersection(names) else True
            case Not(body):
                opposite = known(body)
                return None if opposite is None else not opposite
            case And(parts):
                return _decided(map(known, parts), False)
            case Or(parts):
                return _decided(map(known, parts), True)
            case Implies(premise, conclusion):
                return _decided(map(known, (Not(premise), conclusion)), True)
            case After(body):
                return known(body)
            case Every(_, body):  # true for each element, and so also if there are none
                return True if known(body) is True else None
            case Some(_, body):
                return False if known(body) is False else None
            case _:
                return None

    return known(formula)


def _decided(parts: Iterable[bool | None], by: bool) -> bool | None:
    """The result of a connective: `by` if one part is; the opposite if all parts are known; else None."""
    unknown = False
    for part in parts:
        if part is by:
            return by
        unknown = unknown or part is None
    return None if unknown else not by
