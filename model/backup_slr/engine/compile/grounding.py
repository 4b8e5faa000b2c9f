"""Grounding: formulas for one scope, without quantifiers, parameters, inputs or `After`.

A grounded formula is about single cells of the state before the step. A formula about the state after the step becomes
one about the state before it, by substituting the written values (Dijkstra's weakest precondition of an assignment).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from typing import Any, TypeVar

from backup_slr.engine.compile.simplify import conj, disj, negate
from backup_slr.engine.core.formula import (
    FALSE,
    TRUE,
    After,
    And,
    Does,
    Element,
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
from backup_slr.engine.core.scope import Scope
from backup_slr.engine.core.variable import AtMost, Count, Enum, Flag, HasRoom, Is, Variable, usual

V = TypeVar("V", bound=Variable)


@cache
def _at(variable: Any, at: tuple[Index, ...]) -> Any:
    """A variable at a place; cached, since the same few are needed very often."""
    return replace(variable, at=at)


@dataclass(frozen=True)
class Ending:
    """The end of a step: its action and place, outcome and refusal, and its writes.

    `writes` maps each written variable to its new value, or a count to the number added.
    """

    action: str
    place: tuple[int, ...]
    ends: tuple[str, ...]
    writes: Mapping[Variable, int]

    @cached_property
    def written(self) -> frozenset[str]:
        """The names of the variables that it writes to."""
        return frozenset(variable.name for variable in self.writes)


@dataclass(frozen=True)
class Ground:
    """The context of grounding: the scope, the values of parameters, the inputs if known, the step if any."""

    scope: Scope
    stands_for: Mapping[Param, Element] = field(default_factory=dict[Param, Element])
    inputs: Mapping[str, int] | None = None
    ending: Ending | None = None
    after: bool = False

    def __call__(self, formula: Formula) -> Formula:
        """The grounded and simplified formula.

        Raises
        ------
        TypeError
            When it is about a step and the context has none.
        """
        match formula:
            case Literal():
                return formula
            case Flag():
                return self._flag(formula)
            case Is(variable, value):
                return self._is(self.placed(variable), value)
            case AtMost(variable, number):
                return self._at_most(self.placed(variable), number)
            case HasRoom(variable):
                bound = self.scope.bound(variable)
                return TRUE if bound is None else self._at_most(self.placed(variable), bound - 1)
            case Same(param, element):
                return Literal(self.stands_for[param] == element) if param in self.stands_for else formula
            case Not(body):
                return negate(self(body))
            case And(parts):
                return conj(map(self, parts))
            case Or(parts):
                return disj(map(self, parts))
            case Implies(premise, conclusion):
                unless = negate(self(premise))  # where that is all there is to say, nothing more is spelled out
                return TRUE if unless == TRUE else disj((unless, self(conclusion)))
            case Every(over, body):
                return conj(self.at(place)(body) for place in self.scope.places(over))
            case Some(over, body):
                return disj(self.at(place)(body) for place in self.scope.places(over))
            case After(body) if self.ending is not None:
                return replace(self, after=True)(body)
            case Unchanged(names) if self.ending is not None:
                return conj(
                    self._keeps(variable, value)
                    for variable, value in self.ending.writes.items()
                    if variable.name in names
                )
            case Does(actions, at) if self.ending is not None:
                wanted = tuple(i.index for i in map(self._index, at) if isinstance(i, Element))
                same = len(wanted) == len(at) and self.ending.place[: len(at)] == wanted
                return Literal(self.ending.action in actions and same)
            case Ends(how) if self.ending is not None:
                return Literal(any(end in how for end in self.ending.ends))
            case _:
                raise TypeError(f"{formula!r} speaks of a step, and there is none")

    def at(self, place: Mapping[Param, Element]) -> Ground:
        """The same with more parameters settled."""
        return Ground(self.scope, {**self.stands_for, **place}, self.inputs, self.ending, self.after)

    def _index(self, index: Index) -> Index:
        return index if isinstance(index, Element) else self.stands_for.get(index, index)

    def placed(self, variable: V) -> V:
        """The variable with its place spelled out as far as it is settled."""
        at = tuple(map(self._index, variable.at))
        return variable if at == variable.at else _at(variable, at)

    def _input(self, variable: Variable) -> int:
        return (self.inputs or {}).get(variable.name, usual(variable))

    def _written(self, variable: Variable) -> int | None:
        """The value that the step writes to it, inside of `After`."""
        return self.ending.writes.get(variable) if self.after and self.ending else None

    def _flag(self, flag: Flag) -> Formula:
        if flag.kind != "state":
            return flag if self.inputs is None else Literal(bool(self._input(flag)))
        flag = self.placed(flag)
        written = self._written(flag)
        return flag if written is None else Literal(bool(written))

    def _is(self, variable: Enum, value: int) -> Formula:
        if variable.kind != "state":
            return Is(variable, value) if self.inputs is None else Literal(self._input(variable) == value)
        written = self._written(variable)
        return Is(variable, value) if written is None else Literal(written == value)

    def _at_most(self, count: Count, number: int) -> Formula:
        number -= self._written(count) or 0
        bound = self.scope.bound(count)
        if number < 0:
            return FALSE
        return TRUE if bound is not None and number >= bound else AtMost(count, number)

    def _keeps(self, variable: Variable, value: int) -> Formula:
        """Writing that value changes nothing."""
        match variable:
            case Flag():
                return variable if value else Not(variable)
            case Enum():
                return Is(variable, value)
            case Count():
                return Literal(value == 0)
