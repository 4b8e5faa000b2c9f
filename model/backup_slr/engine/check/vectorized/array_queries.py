"""The queries of `queries` by arrays, for millions of states."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cached_property

import numpy as np

from backup_slr.engine.check.exploration import Explored, Limits, Space
from backup_slr.engine.check.liveness import Lasso
from backup_slr.engine.check.queries import Cases, Queries
from backup_slr.engine.check.symmetry import Symmetry
from backup_slr.engine.check.vectorized.array_graph import ArrayGraph
from backup_slr.engine.check.vectorized.array_liveness import ArrayLiveness
from backup_slr.engine.check.vectorized.columns import (
    Array,
    Columns,
    States,
    chunks,
    joined,
    of_numbers,
    taken,
    word_of,
)
from backup_slr.engine.check.vectorized.hashset import HashSet
from backup_slr.engine.check.vectorized.kernels import Kernels
from backup_slr.engine.check.vectorized.search import ArraySearch
from backup_slr.engine.core.formula import FALSE, Element, Formula, Param
from backup_slr.engine.core.rule import Property
from backup_slr.engine.core.step import Request


class ArrayQueries(Queries):
    """The same queries, thousands of states at a time."""

    def __init__(self, space: Space, explored: Explored, symmetry: Symmetry | None = None) -> None:
        super().__init__(space, explored, symmetry)
        self.kernels = Kernels(space, symmetry)

    def _levels(self) -> Iterator[Columns]:
        for level in self.explored.levels:
            assert isinstance(level, States)
            yield level.columns

    def _chunks(self) -> Iterator[Columns]:
        return (chunk for level in self._levels() for chunk in chunks(level))

    @cached_property
    def graph(self) -> ArrayGraph:
        """The steps between all found states."""
        return ArrayGraph(self.kernels, joined(list(self._levels())))

    # ------------------------------------------------------------ states

    def first(self, formula: Formula) -> int | None:
        if formula == FALSE:
            return None
        test = self.kernels.test(formula)
        passed = 0
        for chunk in self._chunks():
            holds = test(chunk)
            if holds.any():
                return passed + int(holds.argmax())
            passed += len(holds)
        return None

    def count(self, formula: Formula) -> int:
        if formula == FALSE:
            return 0
        test = self.kernels.test(formula)
        if self.symmetry is None:
            return sum(int(np.count_nonzero(test(chunk))) for chunk in self._chunks())
        return sum(int(orbits[test(chunk)].sum()) for chunk, orbits in zip(self._chunks(), self._orbits, strict=True))

    @cached_property
    def _orbits(self) -> list[Array]:
        """The number of states that each state represents, in chunks."""
        return [self.kernels.orbit(chunk) for chunk in self._chunks()]

    def word(self, number: int) -> int:
        for level in self.explored.levels:
            if number < len(level):
                return level[number]
            number -= len(level)
        raise IndexError(number)

    @property
    def deadlocks(self) -> int:
        degree, orbit = self.kernels.degree, self.kernels.orbit
        return sum(int(orbit(chunk)[degree(chunk) == 0].sum()) for chunk in self._chunks())

    def lost(self, goal: Formula) -> int | None:
        reached = self.graph.can_reach(self.graph.holds(goal))
        return None if reached.all() else int(reached.argmin())

    # ------------------------------------------------------------ paths

    def _before(self, level: int, target: int) -> int:
        members = self.explored.levels[level]
        assert isinstance(members, States)
        wanted = of_numbers([target], self.kernels.words.width)
        for chunk in chunks(members.columns):
            for _, at, to in self.kernels.successors(chunk):
                same = np.logical_and.reduce([column == one[0] for column, one in zip(to, wanted, strict=True)])
                if same.any():
                    return word_of(chunk, int(at[same.argmax()]))
        raise AssertionError("every state but the first has one before it")

    # ------------------------------------------------------------ behaviors

    def lasso(self, asked: Property, place: Mapping[Param, Element]) -> Lasso | None:
        return ArrayLiveness(self.graph, self.explored, asked, place, self.path).lasso()

    def later(self, passed: Formula, meanwhile: Cases, goal: Formula) -> Iterator[tuple[list[Request], int] | None]:
        """Search breadth first, in layers, from all states that satisfy `passed`, each added at its own level."""
        begins, wanted = self.kernels.test(passed), self.kernels.test(goal)
        follow = self.kernels.follow([(where, transition) for where, _, transition in meanwhile])
        seen = HashSet(self.kernels.words.width)
        layers: list[Columns] = []
        levels = self._levels()
        while True:
            level = next(levels, None)
            if level is None and layers and not len(layers[-1][0]):
                return
            new: list[Columns] = []
            if level is not None:
                new += [taken(chunk, np.flatnonzero(begins(chunk))) for chunk in chunks(level)]
            for chunk in chunks(layers[-1]) if layers else ():
                new += [after for _, _, after in follow(chunk)]
            empty = [np.empty(0, np.uint64) for _ in range(self.kernels.words.width)]
            layers.append(self._known(seen.add(joined(new)) if new else empty))
            at = np.flatnonzero(wanted(layers[-1]))
            if len(at):
                yield self._past(layers, word_of(layers[-1], int(at[0])), begins, meanwhile)
                return
            yield None

    def _known(self, states: Columns) -> Columns:
        """The states among these that were explored."""
        if self.explored.complete:
            return states
        return taken(states, np.flatnonzero(self.graph.index.of(states) >= 0))

    def _past(
        self, layers: list[Columns], word: int, begins: Callable[[Columns], Array], meanwhile: Cases
    ) -> tuple[list[Request], int]:
        """The path to a word in the last layer."""
        follow = self.space.follow([(where, transition) for where, _, transition in meanwhile])
        target = word
        requests: list[Request] = []
        for depth in reversed(range(len(layers))):
            here = of_numbers([target], self.kernels.words.width)
            number = self._number_in(depth, here) if begins(here)[0] else None
            if number is not None:
                return [*self.path(number)[0], *reversed(requests)], word
            case, target = next((case, s) for s in States(layers[depth - 1]) for case, t in follow(s) if t == target)
            requests.append(meanwhile[case][1])
        raise AssertionError("every path begins somewhere")

    def _number_in(self, depth: int, state: Columns) -> int | None:
        """The number of a state, if it is in a level."""
        if depth >= len(self.explored.levels):
            return None
        level = self.explored.levels[depth]
        assert isinstance(level, States)
        same = np.logical_and.reduce([column == one[0] for column, one in zip(level.columns, state, strict=True)])
        at = np.flatnonzero(same)
        return sum(map(len, self.explored.levels[:depth])) + int(at[0]) if len(at) else None


class LazyQueries(ArrayQueries):
    """Queries over all states, explored only as far as an answer requires."""

    def __init__(self, space: Space, limits: Limits) -> None:
        self._search = ArraySearch(Kernels(space), limits)
        super().__init__(space, self._search.found)

    def _levels(self) -> Iterator[Columns]:
        return self._search.levels()
