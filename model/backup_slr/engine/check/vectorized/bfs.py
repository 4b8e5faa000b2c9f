"""One run of a search by columns, level by level, whatever engine finds the next one."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator

from backup_slr.engine.check.exploration import Engine, Explored, Limits
from backup_slr.engine.check.memory import peak
from backup_slr.engine.check.vectorized.columns import Columns, States, joined


class Search(ABC):
    """What was found, where to give up, and what is new in the level that is being found (`new`)."""

    engine: Engine = "numpy"

    def __init__(self, limits: Limits, progress: Callable[[Explored, int], None] | None, began: float) -> None:
        self.limits, self.progress, self.began = limits, progress, began
        self.found = Explored([], engine=self.engine)
        self.new: list[Columns] = []

    @property
    @abstractmethod
    def count(self) -> int:
        """How many states were seen."""

    @abstractmethod
    def start(self, states: Columns) -> Columns:
        """Begin with these states, each once."""

    @abstractmethod
    def expanded(self, frontier: Columns) -> Iterator[int]:
        """Put what the frontier leads to among what was seen, piece by piece; the number of transitions of each."""

    def collected(self) -> list[Columns]:
        """What is new since this was last asked, in pieces."""
        new, self.new = self.new, []
        return new

    def no_room(self, growth: int) -> bool:
        """There is no room for so many more bytes."""
        if self.limits.memory is not None and peak() + growth > self.limits.memory:
            self.found.stopped = "memory"
        return self.found.stopped is not None

    def level(self, frontier: Columns) -> None:
        """Find the next level, or as much of it as the limits allow."""
        found, limits = self.found, self.limits
        for transitions in self.expanded(frontier):
            found.transitions += transitions
            found.seconds = time.monotonic() - self.began
            if limits.seconds is not None and found.seconds > limits.seconds:
                found.stopped = "time"
            if self.count > limits.states:
                found.stopped = "states"
            if found.stopped:
                return
            if self.progress:
                self.progress(found, len(frontier[0]))
        if not found.stopped:
            self.keep()

    def keep(self) -> None:
        """What was found of a level is a level."""
        new = [piece for piece in self.collected() if len(piece[0])]
        if new:
            self.found.levels.append(States(joined(new)))
