"""Syntactic analysis of formulas: state or step formula, and which inputs it reads."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from backup_slr.engine.compile.grounding import Ending
from backup_slr.engine.core import formula as f
from backup_slr.engine.core.formula import Formula, walk
from backup_slr.engine.core.variable import Variable, variable_of


def speaks_of_step(formula: Formula) -> bool:
    """It mentions an action, an end, an input, or the state afterwards."""
    return any(isinstance(node, (f.After, f.Unchanged, f.Does, f.Ends)) for node in walk(formula)) or bool(
        inputs_in(formula)
    )


def variables_in(*formulas: Formula) -> frozenset[Variable]:
    """The variables that formulas mention, each as it is indexed there."""
    mentioned = (variable_of(node) for formula in formulas for node in walk(formula))
    return frozenset(variable for variable in mentioned if variable is not None)


def inputs_in(*formulas: Formula) -> frozenset[str]:
    return frozenset(v.name for v in variables_in(*formulas) if v.kind != "state")


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
            case f.Literal(value):
                return value
            case f.Does(actions, at):
                return False if action not in actions else None if at else True
            case f.Ends(how):
                return any(end in how for end in ends)
            case f.Unchanged(names):
                return None if written.intersection(names) else True
            case f.Not(body):
                opposite = known(body)
                return None if opposite is None else not opposite
            case f.And(parts):
                return _decided(map(known, parts), False)
            case f.Or(parts):
                return _decided(map(known, parts), True)
            case f.Implies(premise, conclusion):
                return _decided(map(known, (f.Not(premise), conclusion)), True)
            case f.After(body):
                return known(body)
            case f.Every(_, body):  # true for each element, so also where there are no elements
                return True if known(body) is True else None
            case f.Some(_, body):
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
