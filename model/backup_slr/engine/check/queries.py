"""Queries over the explored states, and shortest paths to them; by arrays in `vectorized.array_queries`."""

from __future__ import annotations

from array import array
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import pairwise

from backup_slr.engine.check.exploration import Explored, Space
from backup_slr.engine.check.liveness import Lasso, Liveness
from backup_slr.engine.check.symmetry import Symmetry
from backup_slr.engine.check.transitions import Transition
from backup_slr.engine.core.formula import Element, Formula, Param
from backup_slr.engine.core.rule import Property
from backup_slr.engine.core.step import Request

Cases = Sequence[tuple[Formula, Request, Transition]]
"""The condition under which a step may happen, its request, and its transition."""


class Queries:
    """Queries over explored states. Formulas are grounded; states are identified by their numbers in discovery order.

    With a `symmetry` each state represents its whole orbit. Paths are always paths of the model: they are found among
    representatives, then replayed with concrete states.
    """

    def __init__(self, space: Space, explored: Explored, symmetry: Symmetry | None = None) -> None:
        self.space = space
        self.explored = explored
        self.symmetry = symmetry
        self.canonical = space.canonical(symmetry)

    # ------------------------------------------------------------ states

    def first(self, formula: Formula) -> int | None:
        """The number of the first state for which a formula holds."""
        return self.space.first(formula, self.explored.states)

    def count(self, formula: Formula) -> int:
        """The number of states in which a formula holds, including those that others represent."""
        states = self.explored.states
        found = self.space.all(formula, states)
        return len(found) if self.symmetry is None else sum(self._orbit(states[number]) for number in found)

    @cached_property
    def _orbit(self) -> Callable[[int], int]:
        return self.space.orbit(self.symmetry)

    def word(self, number: int) -> int:
        """A state as a word."""
        return self.explored.states[number]

    @cached_property
    def number(self) -> dict[int, int]:
        """The number of each word."""
        return {word: number for number, word in enumerate(self.explored.states)}

    # ------------------------------------------------------------ the graph

    @cached_property
    def _successors(self) -> tuple[array[int], array[int]]:
        """The successors of each state as compressed sparse rows: the start of each row, and the targets."""
        starts, targets = array("q", [0]), array("q")
        number, successors, canonical = self.number, self.space.successors, self.canonical
        for word in self.explored.states:
            targets.extend([number[canonical(t)] for _, t in successors(word)])
            starts.append(len(targets))
        return starts, targets

    @property
    def deadlocks(self) -> int:
        """The number of states that no action changes."""
        starts, _ = self._successors
        return sum(self._orbit(self.word(number)) for number, (a, b) in enumerate(pairwise(starts)) if a == b)

    @cached_property
    def _predecessors(self) -> list[list[int]]:
        starts, targets = self._successors
        before: list[list[int]] = [[] for _ in self.explored.states]
        for source, (start, end) in enumerate(pairwise(starts)):
            for target in targets[start:end]:
                before[target].append(source)
        return before

    def can_reach(self, goal: Iterable[int]) -> bytearray:
        """For each state, 1 if some path leads from it to a state of the goal, else 0."""
        reached = bytearray(len(self.explored.states))
        todo = list(goal)
        for number in todo:
            reached[number] = 1
        while todo:
            for source in self._predecessors[todo.pop()]:
                if not reached[source]:
                    reached[source] = 1
                    todo.append(source)
        return reached

    def lost(self, goal: Formula) -> int | None:
        """The number of the first state from which no path leads to a goal."""
        number = self.can_reach(self.space.all(goal, self.explored.states)).find(0)
        return None if number < 0 else number

    # ------------------------------------------------------------ paths

    def path(self, number: int) -> tuple[list[Request], int]:
        """A shortest path to a state, or to one that it represents, and the word of that state."""
        level, target = self.explored.level_of(number), self.word(number)
        passed = [target]
        while level:
            level -= 1
            target = self._before(level, target)
            passed.append(target)
        requests: list[Request] = []
        here = passed.pop()
        while passed:
            target = passed.pop()
            transition, here = next((m, t) for m, t in self.space.successors(here) if self.canonical(t) == target)
            requests.append(self.space.transitions[transition].request)
        return requests, here

    def _before(self, level: int, target: int) -> int:
        """A state of a level from which one step leads to another state."""
        successors, canonical = self.space.successors, self.canonical
        return next(s for s in self.explored.levels[level] if any(canonical(t) == target for _, t in successors(s)))

    # ------------------------------------------------------------ behaviors

    def lasso(self, asked: Property, place: Mapping[Param, Element]) -> Lasso | None:
        """A counterexample to an *eventually* property at a place (see `Liveness`)."""
        return Liveness(self.space, self.explored, asked, place, self.path).lasso()

    def later(self, passed: Formula, meanwhile: Cases, goal: Formula) -> Iterator[tuple[list[Request], int] | None]:
        """A shortest path through a state that satisfies a formula, then by certain steps only, to a goal; and its end.

        It may yield None any number of times first, so that several searches can take turns.
        """
        yield self._later(passed, meanwhile, goal)

    def _later(self, passed: Formula, meanwhile: Cases, goal: Formula) -> tuple[list[Request], int] | None:
        """Search breadth first over pairs of a state and a stage: 0 before that state, 1 after it."""
        states, number = self.explored.states, self.number
        goals = set(self.space.all(goal, states))
        begins = set(self.space.all(passed, states))
        if not goals or not begins:
            return None
        any_step = [(transition.condition, transition.request, transition) for transition in self.space.transitions]
        cases = (any_step, meanwhile)
        follow = [self.space.follow([(where, transition) for where, _, transition in stage]) for stage in cases]
        parent: dict[tuple[int, int], tuple[tuple[int, int], Request] | None] = {(0, 0): None}
        if 0 in begins:
            parent[0, 1] = None
        todo = deque(parent)
        while todo:
            node = todo.popleft()
            here, stage = node
            if stage and here in goals:
                requests: list[Request] = []
                while (step := parent[node]) is not None:
                    node, request = step
                    requests.append(request)
                return requests[::-1], states[here]
            for case, target in follow[stage](states[here]):
                to = number.get(target)
                for next_stage in (0, 1) if to in begins else (stage,):
                    if to is not None and next_stage >= stage and (to, next_stage) not in parent:
                        parent[to, next_stage] = (node, cases[stage][case][1])
                        todo.append((to, next_stage))
        return None
