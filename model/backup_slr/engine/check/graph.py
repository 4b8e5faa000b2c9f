"""The reachable states as a graph of numbers: who leads where, and from where a goal can still be reached."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable
from functools import cached_property
from itertools import pairwise

from backup_slr.engine.check.exploration import Explored, Space


class Graph:
    """Successors of each state, as numbers into `Explored.states`, in two flat arrays (compressed rows)."""

    def __init__(self, space: Space, explored: Explored, canonical: Callable[[int], int] = lambda word: word) -> None:
        self.space = space
        self.canonical = canonical
        self.states = explored.states

    @cached_property
    def number(self) -> dict[int, int]:
        """The number of each word."""
        return {word: number for number, word in enumerate(self.states)}

    @cached_property
    def _rows(self) -> tuple[array[int], array[int]]:
        starts, targets = array("q", [0]), array("q")
        number, successors, canonical = self.number, self.space.successors, self.canonical
        for word in self.states:
            targets.extend([number[canonical(t)] for _, t in successors(word)])
            starts.append(len(targets))
        return starts, targets

    @property
    def dead_ends(self) -> list[int]:
        """The states that no action changes."""
        starts, _ = self._rows
        return [number for number, (a, b) in enumerate(pairwise(starts)) if a == b]

    @property
    def deadlocks(self) -> int:
        """How many states no action changes."""
        return len(self.dead_ends)

    @cached_property
    def _predecessors(self) -> list[list[int]]:
        starts, targets = self._rows
        before: list[list[int]] = [[] for _ in self.states]
        for source in range(len(self.states)):
            for target in targets[starts[source] : starts[source + 1]]:
                before[target].append(source)
        return before

    def can_reach(self, goal: Iterable[int]) -> bytearray:
        """For each state 1 if some way leads from it to a state of the goal, else 0."""
        reached = bytearray(len(self.states))
        todo = list(goal)
        for number in todo:
            reached[number] = 1
        before = self._predecessors
        while todo:
            for source in before[todo.pop()]:
                if not reached[source]:
                    reached[source] = 1
                    todo.append(source)
        return reached
