"""The steps that satisfy a formula about a step: where they may happen, and with which request."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from backup_slr.engine.check.exploration import Space
from backup_slr.engine.check.queries import Cases
from backup_slr.engine.check.transitions import Transition
from backup_slr.engine.compile.analysis import inputs_in
from backup_slr.engine.compile.simplify import conj, disj
from backup_slr.engine.core.formula import FALSE, Element, Formula, Param
from backup_slr.engine.core.step import Request

Place: TypeAlias = Mapping[Param, Element]


@dataclass(frozen=True)
class StepCases:
    """The steps of a space."""

    space: Space

    def cases(self, formula: Formula, place: Place) -> Iterator[tuple[Formula, Request, Transition]]:
        """For each transition and inputs where that step satisfies a formula."""
        names = inputs_in(formula)
        for transition in self.space.transitions:
            seen: set[Formula] = set()
            for inputs in transition.inputs_by(names):
                where = transition.where(formula, self.space.scope, place, inputs)
                if where != FALSE and where not in seen:
                    seen.add(where)
                    request = Request(transition.ending.action, transition.ending.place, inputs)
                    yield conj((transition.condition, where)), request, transition

    def which(self, cases: Cases, word: int) -> Request:
        """The first of some cases that may happen in a state."""
        return next(request for where, request, _ in cases if self.space.first(where, [word]) == 0)

    def first(self, formula: Formula, place: Place, states: Sequence[int]) -> tuple[int, Request] | None:
        """The number of the first of some states from which a step satisfies a formula, and that step."""
        cases = list(self.cases(formula, place))
        number = self.space.first(disj(where for where, _, _ in cases), states)
        return None if number is None else (number, self.which(cases, states[number]))
