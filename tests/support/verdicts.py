"""Judging properties the plain way: every reachable state, every request, the interpreter, no shortcut.

A verdict is the number of steps of the shortest trace that shows something: a violation, or what is *sometimes* so.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

from backup_slr.engine.compile.analysis import speaks_of_step
from backup_slr.engine.compile.interpreter import holds
from backup_slr.engine.core.formula import TRUE, Element, Formula, Param
from backup_slr.engine.core.rule import Property
from backup_slr.engine.core.scope import State
from backup_slr.engine.core.trace import Taken, Trace
from support.naive import Naive

Place = Mapping[Param, Element]


class PlainJudge:
    """All questions about one model at one scope."""

    def __init__(self, naive: Naive) -> None:
        self.naive = naive

    @cached_property
    def levels(self) -> dict[State, int]:
        return {state: number for number, level in enumerate(self.naive.search().levels) for state in level}

    def in_state(self, formula: Formula, state: State, place: Place) -> bool:
        return holds(formula, self.naive.of_state(state, place))

    def in_step(self, formula: Formula, taken: Taken, place: Place) -> bool:
        return holds(formula, self.naive.of_step(taken, place))

    # ------------------------------------------------------------ verdicts

    def shortest(self, asked: Property) -> int | None:
        """Of all places that the property is judged at."""
        found = [self._at(asked, place) for place in self.naive.scope.places(asked.each)]
        return min((length for length in found if length is not None), default=None)

    def _at(self, asked: Property, place: Place) -> int | None:
        if asked.kind in ("always", "step"):
            return self._first(~asked.formula, place)
        if asked.kind == "possible":
            return self._lost(asked, place)
        assert asked.kind == "sometimes"
        return self._first(asked.formula, place) if asked.earlier == TRUE else self._later(asked, place)

    def _first(self, formula: Formula, place: Place) -> int | None:
        if not speaks_of_step(formula):
            return min((n for s, n in self.levels.items() if self.in_state(formula, s, place)), default=None)
        found = (
            n + 1 for s, n in self.levels.items() if any(self.in_step(formula, t, place) for t in self.naive.steps[s])
        )
        return min(found, default=None)

    def _lost(self, asked: Property, place: Place) -> int | None:
        saved = {state for state in self.levels if self.in_state(asked.formula, state, place)}
        for _ in self.levels:
            saved |= {s for s, steps in self.naive.steps.items() if any(t.after in saved for t in steps)}
        return min((n for s, n in self.levels.items() if s not in saved), default=None)

    def _later(self, asked: Property, place: Place) -> int | None:
        """Relaxed to a fixed point: the fewest steps to each state after the earlier one was passed."""
        begun = {s: n for s, n in self.levels.items() if self.in_state(asked.earlier, s, place)}
        between = {
            s: {t.after for t in steps if self.in_step(asked.meanwhile, t, place)}
            for s, steps in self.naive.steps.items()
        }
        for _ in self.levels:
            for state, number in list(begun.items()):
                for after in between[state]:
                    begun[after] = min(begun.get(after, number + 1), number + 1)
        by_step = speaks_of_step(asked.formula)
        found = (
            number + by_step
            for state, number in begun.items()
            if (by_step and any(self.in_step(asked.formula, t, place) for t in self.naive.steps[state]))
            or (not by_step and self.in_state(asked.formula, state, place))
        )
        return min(found, default=None)

    # ------------------------------------------------------------ traces that somebody else has found

    def replays(self, trace: Trace) -> bool:
        """The trace is a run of the model from its initial state."""
        states = [self.naive.layout.initial, *(taken.after for taken in trace.steps)]
        return list(trace.steps) == [self.naive.taken(s, t.request) for s, t in zip(states, trace.steps, strict=False)]

    def shows(self, asked: Property, trace: Trace) -> bool:
        """The end of a trace violates an *always*, *step* or *possible*, or is what a *sometimes* speaks of."""
        places = list(self.naive.scope.places(asked.each))
        states = [self.naive.layout.initial, *(taken.after for taken in trace.steps)]
        if asked.kind == "possible":
            return any(self._is_lost(asked, states[-1], place) for place in places)
        wanted = asked.formula if asked.kind == "sometimes" else ~asked.formula
        by_step = speaks_of_step(wanted)
        for place in places:
            ends = (
                bool(trace.steps) and self.in_step(wanted, trace.steps[-1], place)
                if by_step
                else self.in_state(wanted, states[-1], place)
            )
            middle = trace.steps[:-1] if by_step else trace.steps
            if ends and (asked.earlier == TRUE or self._passes(asked, middle, place)):
                return True
        return False

    def _passes(self, asked: Property, steps: tuple[Taken, ...], place: Place) -> bool:
        states = [self.naive.layout.initial, *(taken.after for taken in steps)]
        return any(
            self.in_state(asked.earlier, state, place)
            and all(self.in_step(asked.meanwhile, taken, place) for taken in steps[number:])
            for number, state in enumerate(states)
        )

    def _is_lost(self, asked: Property, state: State, place: Place) -> bool:
        found, todo = {state}, [state]
        while todo:
            here = todo.pop()
            if self.in_state(asked.formula, here, place):
                return False
            new = {taken.after for taken in self.naive.steps[here]} - found
            found |= new
            todo += new
        return True
