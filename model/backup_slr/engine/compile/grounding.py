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
from backup_slr.engine.core import formula as f
from backup_slr.engine.core.formula import FALSE, TRUE, Element, Formula, Index, Param
from backup_slr.engine.core.scope import Scope
from backup_slr.engine.core.variable import AtMost, Count, Enum, Flag, HasRoom, Is, Variable, usual

V = TypeVar("V", bound=Variable)


@cache
def _at(variable: Any, at: tuple[Index, ...]) -> Any:
    """A variable at a place; cached, because the same few are needed very often."""
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
        return frozenset(variable.name for variable in self.writes)


@dataclass(frozen=True)
class Ground:
    """The context of grounding: the scope, the values of parameters, the known inputs, and the step, if any."""

    scope: Scope
    stands_for: Mapping[Param, Element] = field(default_factory=dict[Param, Element])
    inputs: Mapping[str, int] | None = None
    ending: Ending | None = None
    after: bool = False

    def __call__(self, formula: Formula) -> Formula:
        """The grounded and simplified formula; a `TypeError` if it is about a step and the context has none."""
        match formula:
            case f.Literal():
                return formula
            case Flag():
                flag = self.placed(formula)
                known = self._known(flag)
                return flag if known is None else f.Literal(bool(known))
            case Is(variable, value):
                enum = self.placed(variable)
                known = self._known(enum)
                return Is(enum, value) if known is None else f.Literal(known == value)
            case AtMost(variable, number):
                return self._at_most(self.placed(variable), number)
            case HasRoom(variable):
                bound = self.scope.bound(variable)
                return TRUE if bound is None else self._at_most(self.placed(variable), bound - 1)
            case f.Same(param, element):
                return f.Literal(self.stands_for[param] == element) if param in self.stands_for else formula
            case f.Not(body):
                return negate(self(body))
            case f.And(parts):
                return conj(map(self, parts))
            case f.Or(parts):
                return disj(map(self, parts))
            case f.Implies(premise, conclusion):
                unless = negate(self(premise))  # where that is all there is to say, nothing more is spelled out
                return TRUE if unless == TRUE else disj((unless, self(conclusion)))
            case f.Every(over, body):
                return conj(self.at(place)(body) for place in self.scope.places(over))
            case f.Some(over, body):
                return disj(self.at(place)(body) for place in self.scope.places(over))
            case f.After(body) if self.ending is not None:
                return replace(self, after=True)(body)
            case f.Unchanged(names) if self.ending is not None:
                return conj(
                    self._keeps(variable, value)
                    for variable, value in self.ending.writes.items()
                    if variable.name in names
                )
            case f.Does(actions, at) if self.ending is not None:
                wanted = tuple(i.index for i in map(self._index, at) if isinstance(i, Element))
                same = len(wanted) == len(at) and self.ending.place[: len(at)] == wanted
                return f.Literal(self.ending.action in actions and same)
            case f.Ends(how) if self.ending is not None:
                return f.Literal(any(end in how for end in self.ending.ends))
            case _:
                raise TypeError(f"{formula!r} is about a step, and there is none")

    def at(self, place: Mapping[Param, Element]) -> Ground:
        return Ground(self.scope, {**self.stands_for, **place}, self.inputs, self.ending, self.after)

    def _index(self, index: Index) -> Index:
        return index if isinstance(index, Element) else self.stands_for.get(index, index)

    def placed(self, variable: V) -> V:
        """The variable with the known part of its place filled in."""
        at = tuple(map(self._index, variable.at))
        return variable if at == variable.at else _at(variable, at)

    def _known(self, variable: Variable) -> int | None:
        """The value of an input, or the one that the step writes, inside of `After`; None if it is not known."""
        if variable.kind != "state":
            return None if self.inputs is None else self.inputs.get(variable.name, usual(variable))
        return self.ending.writes.get(variable) if self.after and self.ending else None

    def _at_most(self, count: Count, number: int) -> Formula:
        number -= self._known(count) or 0
        bound = self.scope.bound(count)
        if number < 0:
            return FALSE
        return TRUE if bound is not None and number >= bound else AtMost(count, number)

    def _keeps(self, variable: Variable, value: int) -> Formula:
        """The condition that writing this value changes nothing."""
        match variable:
            case Flag():
                return variable if value else f.Not(variable)
            case Enum():
                return Is(variable, value)
            case Count():
                return f.Literal(value == 0)
