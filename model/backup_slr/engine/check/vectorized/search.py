"""Breadth-first search by arrays: expand chunks of states, and find the new successors with a `HashSet`.

Meanwhile a second thread expands the next chunk.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import numpy as np

from backup_slr.engine.check.exploration import DEFAULT_LIMITS, Explored, Limits, Progress, Space, stop_of
from backup_slr.engine.check.memory import peak
from backup_slr.engine.check.symmetry import Symmetry
from backup_slr.engine.check.vectorized.columns import CHUNK, Columns, States, chunks, joined, of_numbers, taken
from backup_slr.engine.check.vectorized.hashset import HashSet
from backup_slr.engine.check.vectorized.kernels import Kernels
from backup_slr.engine.core.formula import FALSE, Formula


def explore(
    space: Space,
    limits: Limits = DEFAULT_LIMITS,
    until: Formula = FALSE,
    avoid: Formula = FALSE,
    progress: Progress | None = None,
    symmetry: Symmetry | None = None,
) -> Explored:
    """Search breadth first, level by level; the same as `Space.explore`."""
    kernels = Kernels(space, symmetry)
    search = ArraySearch(kernels, limits, avoid, progress)
    found = search.found
    wanted = kernels.test(until)
    try:
        for level in search.levels():
            if until != FALSE and any(wanted(chunk).any() for chunk in chunks(level)):
                found.stopped = "found"
                break
    except KeyboardInterrupt as error:
        found.stopped = stop_of(error)
    except MemoryError:
        found.stopped = "memory"
    search.keep()
    if symmetry is not None:
        levels = (level.columns for level in found.levels if isinstance(level, States))
        found.unreduced = sum(int(kernels.orbit(chunk).sum()) for level in levels for chunk in chunks(level))
    found.seconds = time.monotonic() - search.began
    return found


class ArraySearch:
    """One run of the search: the states found, and its limits."""

    def __init__(
        self, kernels: Kernels, limits: Limits, avoid: Formula = FALSE, progress: Progress | None = None
    ) -> None:
        self.kernels, self.limits, self.progress = kernels, limits, progress
        self.began = time.monotonic()
        self.found = Explored([], engine="numpy")
        self._avoid = avoid
        self._expand = kernels.expand(avoid)
        self._seen = HashSet(kernels.words.width)
        self._new: list[Columns] = []

    def levels(self) -> Iterator[Columns]:
        """Each level, computed on demand; known levels first."""
        levels = self.found.levels
        if not levels:
            start = of_numbers([self.kernels.space.start], self.kernels.words.width)
            allowed = np.flatnonzero(~self.kernels.test(self._avoid)(start))
            levels.append(States(self._seen.add(taken(start, allowed))))
        depth = 0
        while depth < len(levels):
            level = levels[depth]
            assert isinstance(level, States)
            yield level.columns
            depth += 1
            if depth == len(levels) and not self.found.stopped:
                self._next_level(level.columns)

    def keep(self) -> None:
        """Add the new states as a level."""
        new, self._new = [piece for piece in self._new if len(piece[0])], []
        if new:
            self.found.levels.append(States(joined(new)))

    def _next_level(self, frontier: Columns) -> None:
        """Find the next level, as far as the limits allow."""
        for after, transitions in self._expanded(frontier):
            growth = self._seen.growth(len(after[0]))
            if self.limits.memory is not None and peak() + growth > self.limits.memory:
                self.found.stopped = "memory"
                return
            self._new.append(self._seen.add(after))
            self.found.transitions += transitions
            if self.found.check_limits(self.limits, self._seen.count, self.began):
                return
            if self.progress:
                self.progress(self.found, len(frontier[0]))
        self.keep()

    def _expanded(self, frontier: Columns) -> Iterator[tuple[Columns, int]]:
        """The successors of each chunk and the number of transitions; a second thread is one chunk ahead."""
        if len(frontier[0]) <= 2 * CHUNK:
            yield from map(self._expand_chunk, chunks(frontier))
            return
        with ThreadPoolExecutor(1) as other:
            waiting: deque[Future[tuple[Columns, int]]] = deque()
            for chunk in chunks(frontier):
                waiting.append(other.submit(self._expand_chunk, chunk))
                if len(waiting) > 2:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()

    def _expand_chunk(self, columns: Columns) -> tuple[Columns, int]:
        size = len(columns[0])
        out, transitions = self._expand(self.kernels.ones(size), np.ones(size, bool), *columns)
        after = joined(out) if out else [column[:0] for column in columns]
        return self.kernels.canonical(after), int(transitions)
