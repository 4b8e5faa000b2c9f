"""What can be asked of the states that were found, by arrays."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property

import numpy as np

from backup_slr.engine.check.exploration import Explored, Limits, Space
from backup_slr.engine.check.liveness import Lasso
from backup_slr.engine.check.queries import Answers, Cases
from backup_slr.engine.check.symmetry import Symmetry
from backup_slr.engine.check.vectorized.array_liveness import FairRuns
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
from backup_slr.engine.check.vectorized.hashset import HashSet, Numbers
from backup_slr.engine.check.vectorized.vector_code import ArraySearch, Vectors
from backup_slr.engine.core.formula import FALSE, Element, Formula, Param
from backup_slr.engine.core.rule import Property
from backup_slr.engine.core.step import Request


class ArrayAnswers(Answers):
    """The same questions, thousands of states at a time."""

    def __init__(self, space: Space, explored: Explored, symmetry: Symmetry | None = None) -> None:
        super().__init__(space, explored, symmetry)
        self.vectors = Vectors(space, symmetry)

    def _levels(self) -> Iterator[Columns]:
        for level in self.explored.levels:
            assert isinstance(level, States)
            yield level.columns

    @cached_property
    def columns(self) -> Columns:
        """All states."""
        return joined(list(self._levels()))

    @cached_property
    def numbers(self) -> Numbers:
        """The number of each state."""
        return Numbers(self.columns)

    # ------------------------------------------------------------ about states

    def first(self, formula: Formula) -> int | None:
        if formula == FALSE:
            return None
        test = self.vectors.test(formula)
        passed = 0
        for level in self._levels():
            for chunk in chunks(level):
                holds = test(chunk)
                if holds.any():
                    return passed + int(holds.argmax())
                passed += len(holds)
        return None

    def count(self, formula: Formula) -> int:
        if formula == FALSE:
            return 0
        test = self.vectors.test(formula)
        parts = (chunk for level in self._levels() for chunk in chunks(level))
        if self.symmetry is None:
            return sum(int(np.count_nonzero(test(chunk))) for chunk in parts)
        return sum(int(orbits[test(chunk)].sum()) for chunk, orbits in zip(parts, self._orbits, strict=True))

    @cached_property
    def _orbits(self) -> list[Array]:
        """For how many states each stands, chunk by chunk."""
        return [self.vectors.orbit(chunk) for level in self._levels() for chunk in chunks(level)]

    def word(self, number: int) -> int:
        for level in self.explored.levels:
            if number < len(level):
                return level[number]
            number -= len(level)
        raise IndexError(number)

    @property
    def deadlocks(self) -> int:
        degree, orbit = self.vectors.degree, self.vectors.orbit
        return sum(int(orbit(c)[degree(c) == 0].sum()) for level in self._levels() for c in chunks(level))

    def lost(self, goal: Formula) -> int | None:
        """From the goal backwards along the rows of all transitions, until nothing is added."""
        vectors, size = self.vectors, len(self.columns[0])
        reached = np.concatenate([vectors.test(goal)(chunk) for chunk in chunks(self.columns)])
        rows = [(at, self.numbers.of(to)) for at, to in vectors.successors(self.columns)]
        sources = np.concatenate([r[0] for r in rows]) if rows else np.zeros(0, np.int64)
        targets = np.concatenate([r[1] for r in rows]) if rows else np.zeros(0, np.int64)
        while len(sources):
            now = reached.take(targets)
            before = np.count_nonzero(reached)
            reached[sources[now]] = True
            if np.count_nonzero(reached) == before:
                break
            open_ = np.flatnonzero(~reached.take(sources))
            sources, targets = sources.take(open_), targets.take(open_)
        return None if reached.all() or not size else int(reached.argmin())

    # ------------------------------------------------------------ ways

    def _before(self, level: int, target: int) -> int:
        members = self.explored.levels[level]
        assert isinstance(members, States)
        for chunk in chunks(members.columns):
            for at, to in self.vectors.successors(chunk):
                same = to[0] == np.uint64(target & 2**64 - 1)
                for k, column in enumerate(to[1:], 1):
                    same &= column == np.uint64(target >> 64 * k & 2**64 - 1)
                if same.any():
                    return word_of(chunk, int(at[same.argmax()]))
        raise AssertionError("every state but the first has one before it")

    # ------------------------------------------------------------ about behaviours

    def lasso(self, asked: Property, place: Mapping[Param, Element]) -> Lasso | None:
        return FairRuns(self.space, self.explored, asked, place, self).judge()

    def later(self, passed: Formula, meanwhile: Cases, goal: Formula) -> Iterator[tuple[list[Request], int] | None]:
        """Breadth first from all states that satisfy a formula, each let in at its own level; a layer at a time."""
        begins, wanted = self.vectors.test(passed), self.vectors.test(goal)
        follow = self.vectors.follow([(where, move) for where, _, move in meanwhile])
        seen = HashSet(self.vectors.words.width)
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
            empty = [np.empty(0, np.uint64) for _ in range(self.vectors.words.width)]
            layers.append(self._known(seen.add(joined(new)) if new else empty))
            at = np.flatnonzero(wanted(layers[-1]))
            if len(at):
                yield self._past(layers, word_of(layers[-1], int(at[0])), begins, meanwhile)
                return
            yield None

    def _number_in(self, depth: int, state: Columns) -> int | None:
        """The number of a state, if it is one of a level."""
        if depth >= len(self.explored.levels):
            return None
        level = self.explored.levels[depth]
        assert isinstance(level, States)
        same = np.logical_and.reduce([column == one[0] for column, one in zip(level.columns, state, strict=True)])
        at = np.flatnonzero(same)
        return sum(map(len, self.explored.levels[:depth])) + int(at[0]) if len(at) else None

    def _known(self, states: Columns) -> Columns:
        """Those that were explored."""
        if self.explored.complete:
            return states
        return taken(states, np.flatnonzero(self.numbers.of(states) >= 0))

    def _past(
        self, layers: list[Columns], word: int, begins: Callable[[Columns], Array], meanwhile: Cases
    ) -> tuple[list[Request], int]:
        """The way to a word of the last layer."""
        follow = self.space.follow([(where, move) for where, _, move in meanwhile])
        target, width = word, self.vectors.words.width
        way: list[Request] = []
        for depth in reversed(range(len(layers))):
            here = of_numbers([target], width)
            number = self._number_in(depth, here) if begins(here)[0] else None
            if number is not None:
                return [*self.way(number)[0], *reversed(way)], word
            case, target = next((case, s) for s in States(layers[depth - 1]) for case, t in follow(s) if t == target)
            way.append(meanwhile[case][1])
        raise AssertionError("every way begins somewhere")


class Stepwise(ArrayAnswers):
    """What can be asked of all states, level by level: they are explored only as far as an answer needs them."""

    def __init__(self, space: Space, limits: Limits) -> None:
        self._search = ArraySearch(Vectors(space), limits, FALSE, None, time.monotonic())
        super().__init__(space, self._search.found)

    def _levels(self) -> Iterator[Columns]:
        levels = self.explored.levels
        if not levels:
            start: Columns = [np.zeros(1, np.uint64) for _ in range(self.vectors.words.width)]
            levels.append(States(self._search.start(start)))
        depth = 0
        while depth < len(levels):
            level = levels[depth]
            assert isinstance(level, States)
            yield level.columns
            depth += 1
            if depth == len(levels) and not self.explored.stopped:
                self._search.level(level.columns)
