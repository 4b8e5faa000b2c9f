"""The independent judge of properties: every reachable state, every request, the interpreter, no shortcut.

`PlainJudge` finds the length of a shortest trace to a violation, or to a witness of a *sometimes*. `Waiting` decides
*eventually*: a behavior that never reaches the goal finally visits some set of states infinitely often. So for a few
states all sets can be tried: can a fair run loop in exactly that set?
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import chain, combinations

from backup_slr.engine.compile.analysis import speaks_of_step
from backup_slr.engine.compile.interpreter import holds
from backup_slr.engine.core.formula import TRUE, Element, Formula, Param
from backup_slr.engine.core.rule import Fair, Property
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
        """The length of a shortest trace over all places of the property."""
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
        """The fewest steps to each state after the earlier one, by relaxation to a fixed point."""
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

    # ------------------------------------------------------------ checking the traces of the program

    def replays(self, trace: Trace) -> bool:
        """Whether the trace is a run of the model from its initial state."""
        states = [self.naive.layout.initial, *(taken.after for taken in trace.steps)]
        return list(trace.steps) == [self.naive.taken(s, t.request) for s, t in zip(states, trace.steps, strict=False)]

    def shows(self, asked: Property, trace: Trace) -> bool:
        """Whether the end of a trace violates an *always*, *step* or *possible*, or satisfies a *sometimes*."""
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


# ---------------------------------------------------------------- eventually properties


@dataclass(frozen=True)
class Waiting:
    """An *eventually* property at one place: the steps that keep waiting for the goal, and fairness."""

    naive: Naive
    asked: Property
    place: Place

    def is_goal(self, state: State) -> bool:
        """Whether the state itself is a goal."""
        by_step = speaks_of_step(self.asked.formula)
        return not by_step and holds(self.asked.formula, self.naive.of_state(state, self.place))

    def keeps_waiting(self, taken: Taken) -> bool:
        """Whether a step may happen meanwhile and does not reach the goal."""
        here = self.naive.of_step(taken, self.place)
        if not holds(self.asked.meanwhile, here) or self.is_goal(taken.before) or self.is_goal(taken.after):
            return False
        return not (speaks_of_step(self.asked.formula) and holds(self.asked.formula, here))

    def begins_at(self, state: State) -> bool:
        """Whether waiting starts in this state."""
        by_step = speaks_of_step(self.asked.earlier)
        return not by_step and holds(self.asked.earlier, self.naive.of_state(state, self.place))

    def begins_after(self, taken: Taken) -> bool:
        """Whether waiting starts after this step."""
        return speaks_of_step(self.asked.earlier) and holds(self.asked.earlier, self.naive.of_step(taken, self.place))

    @cached_property
    def fair(self) -> list[tuple[Fair, Place]]:
        """The requirements of fairness at each place."""
        return [
            (fair, {**self.place, **each}) for fair in self.asked.fair for each in self.naive.scope.places(fair.each)
        ]

    def kinds(self, taken: Taken) -> set[int]:
        """The numbers of the fair steps that a step is; none if it may not happen meanwhile."""
        if not holds(self.asked.meanwhile, self.naive.of_step(taken, self.place)):
            return set()
        return {i for i, (fair, at) in enumerate(self.fair) if holds(fair.steps, self.naive.of_step(taken, at))}

    def possible(self, state: State) -> set[int]:
        """The fair steps that are possible in a state, whether or not they reach the goal."""
        return set().union(*(self.kinds(taken) for taken in self.naive.steps[state]))

    def is_fair(self, possible: Iterable[set[int]], taken: set[int]) -> bool:
        """Whether a loop is fair that has these possible steps in its states and takes these steps."""
        possible = list(possible)
        for number, (fair, _) in enumerate(self.fair):
            asked_for = all if fair.strength == "weak" else any
            if asked_for(number in here for here in possible) and number not in taken:
                return False
        return True

    # ------------------------------------------------------------ deciding

    @cached_property
    def begun(self) -> set[State]:
        """All states of waiting runs."""
        todo = [state for state in self.naive.steps if self.begins_at(state)]
        todo += [t.after for steps in self.naive.steps.values() for t in steps if self.begins_after(t)]
        found = {state for state in todo if not self.is_goal(state)}
        todo = list(found)
        while todo:
            for taken in self.naive.steps[todo.pop()]:
                if self.keeps_waiting(taken) and taken.after not in found:
                    found.add(taken.after)
                    todo.append(taken.after)
        return found

    def can_wait_for_ever(self) -> bool:
        """Whether some fair run never reaches the goal."""
        edges = {s: [t for t in self.naive.steps[s] if self.keeps_waiting(t)] for s in self.begun}
        labelled = {s: [(t.after, self.kinds(t)) for t in steps] for s, steps in edges.items()}
        possible = {s: self.possible(s) for s in self.begun}
        sets = chain.from_iterable(combinations(self.begun, size) for size in range(1, len(self.begun) + 1))
        for members in map(set, sets):
            inside = {s: [(t, kinds) for t, kinds in labelled[s] if t in members] for s in members}
            if all(_reaches_all(s, inside) for s in members):
                taken = set().union(*(kinds for steps in inside.values() for _, kinds in steps))
                if self.is_fair((possible[s] for s in members), taken):
                    return True
        return False

    # ------------------------------------------------------------ checking the lassos of the program

    def why_not(self, trace: Trace) -> str:
        """The error in a lasso as a counterexample; empty if it is one."""
        assert trace.loop_from is not None
        stem, loop = trace.steps[: trace.loop_from], trace.steps[trace.loop_from :]
        state = self.naive.layout.initial
        for taken in trace.steps:
            if taken != self.naive.taken(state, taken.request):
                return f"{taken} is not what happens in {state}"
            state = taken.after
        turn = stem[-1].after if stem else self.naive.layout.initial
        if state != turn:
            return "the loop does not return"
        begun = [
            number
            for number, here in enumerate([*(t.before for t in stem), turn])
            if not self.is_goal(here)
            and (self.begins_at(here) or (number > 0 and self.begins_after(stem[number - 1])))
            and all(self.keeps_waiting(taken) for taken in trace.steps[number:])
        ]
        if not begun:
            return "waiting never begins, or it reaches the goal, or takes a step that may not happen meanwhile"
        visited = {turn, *(taken.after for taken in loop)}
        took = set().union(*(self.kinds(taken) for taken in loop))
        return "" if self.is_fair(map(self.possible, visited), took) else "it is not fair"


def _reaches_all(start: State, inside: Mapping[State, list[tuple[State, set[int]]]]) -> bool:
    found, todo = {start}, [start]
    while todo:
        for target, _ in inside[todo.pop()]:
            if target not in found:
                found.add(target)
                todo.append(target)
    return len(found) == len(inside)
