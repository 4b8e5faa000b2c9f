"""Formulas as nested JSON arrays, written.

========================================  =====================================================================
``true``, ``false``                       the literals
``["not", f]``                            also ``["and", f, ...]``, ``["or", f, ...]``, ``["implies", f, f]``
``["every", ["r", "v"], f]``              for all elements; ``some``: for at least one
``["same", "v", {"vault": "Default"}]``   a parameter stands for this element
``["flag", V]``                           a flag is true
``["is", V, "absent"]``                   an enumeration has this value
``["at-most", V, 0]``, ``["has-room", V]``  a count is no more than that; one more fits
``["use", "name"]``                       what the definition of that name says
``["after", f]``                          of a step: `f` holds after it
``["unchanged", "role", ...]``            of a step: these variables stay as they are
``["does", ["a", ...], I, ...]``          of a step: it is one of these actions, at this place
``["ends", "done", ...]``                 of a step: its outcome or refusal is one of these
========================================  =====================================================================

V is a variable: its name, or an array of its name and what it is indexed with. An index I is the name of a
parameter, or an object of a sort and one of its elements, by name or number.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from backup_slr.engine.core.formula import (
    After,
    And,
    Does,
    Ends,
    Every,
    Formula,
    Implies,
    Index,
    Literal,
    Not,
    Or,
    Param,
    Same,
    Some,
    Unchanged,
)
from backup_slr.engine.core.variable import AtMost, Flag, HasRoom, Is, Variable


def formula_document(formula: Formula, named: Mapping[Formula, str], top: bool = True) -> Any:
    """A formula as JSON; where a part of it is one of the `named`, its name stands for it.

    >>> from backup_slr.lifecycle.vocabulary import r, v, vault, points
    >>> formula_document(vault[r, v] & ~points[r, v].is_zero(), {})
    ['and', ['flag', ['vault', 'r', 'v']], ['not', ['at-most', ['points', 'r', 'v'], 0]]]

    Raises
    ------
    TypeError
        When it holds a node of a kind that is not in the table above.
    """

    def inner(part: Formula) -> Any:
        return formula_document(part, named, False)

    if not top and formula in named:
        return ["use", named[formula]]
    match formula:
        case Literal(value):
            return value
        case Not(body):
            return ["not", inner(body)]
        case And(parts):
            return ["and", *map(inner, parts)]
        case Or(parts):
            return ["or", *map(inner, parts)]
        case Implies(premise, conclusion):
            return ["implies", inner(premise), inner(conclusion)]
        case Every(over, body) | Some(over, body):
            return ["every" if isinstance(formula, Every) else "some", [p.name for p in over], inner(body)]
        case Same(param, element):
            return ["same", param.name, index_document(element)]
        case Flag():
            return ["flag", variable_document(formula)]
        case Is(variable, value):
            return ["is", variable_document(variable), variable.values[value]]
        case AtMost(variable, number):
            return ["at-most", variable_document(variable), number]
        case HasRoom(variable):
            return ["has-room", variable_document(variable)]
        case After(body):
            return ["after", inner(body)]
        case Unchanged(names):
            return ["unchanged", *names]
        case Does(actions, at):
            return ["does", list(actions), *map(index_document, at)]
        case Ends(how):
            return ["ends", *how]
        case _:
            raise TypeError(f"{formula!r} has no form in JSON")


def variable_document(variable: Variable) -> Any:
    """A variable where it is used: its name, and what it is indexed with."""
    return [variable.name, *map(index_document, variable.at)] if variable.at else variable.name


def index_document(index: Index) -> Any:
    """What a variable is indexed with, or what a place consists of."""
    if isinstance(index, Param):
        return index.name
    special = index.sort.special
    return {index.sort.name: special[index.index] if index.index < len(special) else index.index}
