"""A compiled search by two threads, whatever it takes at a time.

What is found is divided in two halves by a bit of its hash. A block of the frontier is expanded by two threads, each
of which sorts what it finds by half; then each thread puts one half into its table. So no two threads ever write to
one place, and which of them is faster changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from functools import cached_property
from typing import Any, Protocol, TypeVar

import numpy as np

from backup_slr.engine.check.compiled.cache import loaded
from backup_slr.engine.check.exploration import Explored, Limits, Space
from backup_slr.engine.check.vectorized.bfs import Search
from backup_slr.engine.check.vectorized.columns import Array
from backup_slr.engine.check.vectorized.hashset import FACTORS

ALONE = 1 << 11
"""Fewer than this are not worth a second thread."""
FOUND = 1 << 21
"""So much is found at most between two meetings of the threads, whatever the number of moves."""
JIT = "\n\n@njit(nogil=True, cache=True)\n"
T = TypeVar("T")


def names(letter: str, width: int) -> list[str]:
    """Names of the columns of a state, in generated text."""
    return [f"{letter}{column}" for column in range(width)]


def hashed(columns: Sequence[str]) -> str:
    """Text of the hash of a state whose columns have these names."""
    # Numbers without a sign: of those with one LLVM takes for granted that no product overflows.
    terms = (f"uint64({name}) * uint64({FACTORS[c % len(FACTORS)]})" for c, name in enumerate(columns))
    return f"({' + '.join(terms)})"


class Table(Protocol):
    """Where a half of what was seen is kept."""

    @property
    def count(self) -> int:
        """How many states are in it."""
        ...

    def growth(self, more: int) -> int:
        """The bytes that are needed at once to add so much more."""
        ...

    def make_room(self, more: int) -> None:
        """Grow, if so much more would not fit well."""
        ...


class HalvedSearch(Search):
    """One run of a compiled search: the generated module, two tables, and memory that is used over and over."""

    engine = "compiled"
    tables: Sequence[Table]

    def __init__(
        self,
        space: Space,
        text: str,
        limits: Limits,
        progress: Callable[[Explored, int], None] | None,
        began: float,
    ) -> None:
        super().__init__(limits, progress, began)
        self.module: Any = loaded(text)
        moves = sum(len(group) for group in space.groups(lambda _: True))
        self.block = max(2, min(1 << 15, FOUND // max(1, moves)))
        """So much of the frontier is expanded between two meetings of the threads."""
        self.counts = [np.zeros(3, np.int64) for _thread in range(2)]
        """What each thread has found: of each half, and the number of transitions."""
        self._room = self.block // 2 * moves

    def columns(self, number: int, threads: int = 1) -> list[Array]:
        """Memory for as much as so many threads may find in a block."""
        return [np.empty(threads * self._room, np.int64) for _ in range(number)]

    @property
    def count(self) -> int:
        return sum(table.count for table in self.tables)

    @cached_property
    def _threads(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(2)

    def both(self, work: Callable[[int], T], alone: bool) -> list[T]:
        """Work of thread 0 and of thread 1; whatever happens meanwhile, both have ended afterwards."""
        if alone:
            return [work(0), work(1)]
        futures = [self._threads.submit(work, number) for number in range(2)]
        try:
            return [future.result() for future in futures]
        finally:
            wait(futures)

    def in_blocks(
        self, size: int, expand: Callable[[int, int, int], None], insert: Callable[[int], T]
    ) -> Iterator[tuple[int, list[T]]]:
        """Expand a frontier of a size block by block: the number of transitions of each, and what `insert` returned.

        `expand` is called with the borders of a piece and the number of the thread that sorts what it finds; `insert`
        with the number of a half. Memory is asked for before it is needed.
        """
        for low in range(0, size, self.block):
            high = min(size, low + self.block)
            alone, middle = high - low < ALONE, (low + high) // 2
            borders = (low, middle, high)

            def work(thread: int, borders: tuple[int, int, int] = borders) -> None:
                expand(borders[thread], borders[thread + 1], thread)

            self.both(work, alone)
            more = [sum(int(counts[half]) for counts in self.counts) for half in range(2)]
            if self.no_room(sum(t.growth(m) for t, m in zip(self.tables, more, strict=True))):
                return
            for table, keys in zip(self.tables, more, strict=True):
                table.make_room(keys)
            inserted = self.both(insert, alone)
            yield sum(int(counts[2]) for counts in self.counts), inserted
