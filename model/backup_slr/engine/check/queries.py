"""What can be asked of the states that were found, and the ways to them; by Python here, by arrays in `arrays`."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property

from backup_slr.engine.check.exploration import Explored, Space
from backup_slr.engine.check.graph import Graph
from backup_slr.engine.check.liveness import Lasso, Liveness
from backup_slr.engine.check.symmetry import Symmetry
from backup_slr.engine.check.transitions import Move
from backup_slr.engine.core.formula import Element, Formula, Param
from backup_slr.engine.core.rule import Property
from backup_slr.engine.core.step import Request

Cases = Sequence[tuple[Formula, Request, Move]]
"""Where a step may happen, the request for it, and what it does."""


class Answers:
    """Questions about explored states. Formulas are spelled out; states go by their number in the order of finding.

    With a `symmetry` each state stands for all others that it makes of it. Ways are always those of the model itself:
    they are found among the states that stand for others, and then gone once more with the real ones.
    """

    def __init__(self, space: Space, explored: Explored, symmetry: Symmetry | None = None) -> None:
        self.space = space
        self.explored = explored
        self.symmetry = symmetry
        self.canonical = space.canonical(symmetry)

    # ------------------------------------------------------------ about states

    def first(self, formula: Formula) -> int | None:
        """The number of the first state for which a formula holds."""
        return self.space.first(formula, self.explored.states)

    def count(self, formula: Formula) -> int:
        """In how many states a formula holds, those included for which others stand."""
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
    def graph(self) -> Graph:
        """The states as a graph."""
        return Graph(self.space, self.explored, self.canonical)

    @property
    def deadlocks(self) -> int:
        """How many states no action changes."""
        return sum(self._orbit(self.word(number)) for number in self.graph.dead_ends)

    def lost(self, goal: Formula) -> int | None:
        """The number of the first state from which no way leads to a goal."""
        number = self.graph.can_reach(self.space.all(goal, self.explored.states)).find(0)
        return None if number < 0 else number

    # ------------------------------------------------------------ ways

    def way(self, number: int) -> tuple[list[Request], int]:
        """A shortest way to a state, or to one for which it stands, and the word of that."""
        level, target = self.explored.level_of(number), self.word(number)
        passed = [target]
        while level:
            level -= 1
            target = self._before(level, target)
            passed.append(target)
        way: list[Request] = []
        here = passed.pop()
        while passed:
            target = passed.pop()
            move, here = next((m, t) for m, t in self.space.successors(here) if self.canonical(t) == target)
            way.append(self.space.moves[move].request)
        return way, here

    def _before(self, level: int, target: int) -> int:
        """A state of a level from which one step leads to another state."""
        successors, canonical = self.space.successors, self.canonical
        return next(s for s in self.explored.levels[level] if any(canonical(t) == target for _, t in successors(s)))

    # ------------------------------------------------------------ about behaviours

    def lasso(self, asked: Property, place: Mapping[Param, Element]) -> Lasso | None:
        """What shows that something need not come (see `Liveness`)."""
        return Liveness(self.space, self.explored, asked, place).judge()

    def later(self, passed: Formula, meanwhile: Cases, goal: Formula) -> Iterator[tuple[list[Request], int] | None]:
        """A shortest way past a state that satisfies a formula, then by certain steps only, to a goal; and its end.

        None is yielded as often as the search likes before it goes on, so that several can go on in turn.
        """
        yield self._later(passed, meanwhile, goal)

    def _later(self, passed: Formula, meanwhile: Cases, goal: Formula) -> tuple[list[Request], int] | None:
        """Breadth first over pairs of a state and a stage: 0 before that state was passed, 1 after."""
        states, number = self.explored.states, self.graph.number
        goals = set(self.space.all(goal, states))
        begins = set(self.space.all(passed, states))
        if not goals or not begins:
            return None
        any_step = [(move.condition, move.request, move) for move in self.space.moves]
        cases = (any_step, meanwhile)
        follow = [self.space.follow([(where, move) for where, _, move in stage]) for stage in cases]
        parent: dict[tuple[int, int], tuple[tuple[int, int], Request] | None] = {(0, 0): None}
        if 0 in begins:
            parent[0, 1] = None
        todo = deque(parent)
        while todo:
            node = todo.popleft()
            here, stage = node
            if stage and here in goals:
                return _back(node, parent), states[here]
            for case, target in follow[stage](states[here]):
                to = number.get(target)
                for next_stage in (0, 1) if to in begins else (stage,):
                    if to is not None and next_stage >= stage and (to, next_stage) not in parent:
                        parent[to, next_stage] = (node, cases[stage][case][1])
                        todo.append((to, next_stage))
        return None


def _back(
    node: tuple[int, int], parent: Mapping[tuple[int, int], tuple[tuple[int, int], Request] | None]
) -> list[Request]:
    """The requests that led to a node, from the first on."""
    way: list[Request] = []
    while (step := parent[node]) is not None:
        node, request = step
        way.append(request)
    return way[::-1]
