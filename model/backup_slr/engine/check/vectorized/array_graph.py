"""The successor graph of the explored states as arrays, built once and used by all queries that need it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from typing import Any, TypeAlias, cast

import numpy as np

from backup_slr.engine.check.vectorized.columns import Array, Columns, chunks, joined, taken
from backup_slr.engine.check.vectorized.hashset import StateIndex
from backup_slr.engine.check.vectorized.kernels import Kernels
from backup_slr.engine.core.formula import Formula

Edges: TypeAlias = tuple[Array, Array]
"""The numbers of the sources, in ascending order, and of the targets."""


PIECE = 1 << 16


class ArrayGraph:
    """The steps between explored states that change them, by transition, whose number labels all of them."""

    def __init__(self, kernels: Kernels, columns: Columns) -> None:
        self.kernels = kernels
        self.columns = columns
        self.size = len(columns[0])
        self.index = StateIndex(columns)

    @cached_property
    def edges(self) -> list[Edges]:
        """The edges of each transition, without those to states that were not found."""
        found: list[list[Edges]] = [[] for _ in self.kernels.space.transitions]
        passed = 0
        with ThreadPoolExecutor(2) as pool:
            for size, steps in pool.map(self._chunk_edges, chunks(self.columns)):
                for number, sources, targets in steps:
                    found[number].append((sources + np.int32(passed), targets))
                passed += size
        edges: list[Edges] = []
        for pieces in found:
            pieces.append((np.zeros(0, np.int32), np.zeros(0, np.int32)))
            edges.append((np.concatenate([p[0] for p in pieces]), np.concatenate([p[1] for p in pieces])))
            pieces.clear()
        return edges

    def _chunk_edges(self, columns: Columns) -> tuple[int, list[tuple[int, Array, Array]]]:
        steps = self.kernels.successors(columns)
        found: list[tuple[int, Array, Array]] = []
        if steps:
            targets = self.index.of(joined([after for _, _, after in steps]))
            begin = 0
            for number, at, _ in steps:
                to = targets[begin : begin + len(at)]
                begin += len(at)
                if len(known := np.flatnonzero(to >= 0)) < len(at):
                    at, to = at[known], to[known]
                found.append((number, at.astype(np.int32), to))
        return len(columns[0]), found

    # ------------------------------------------------------------ formulas

    def holds(self, formula: Formula) -> Array:
        """For each state, whether a grounded formula holds."""
        test = self.kernels.test(formula)
        return np.concatenate([test(chunk) for chunk in chunks(self.columns)])

    def at(self, numbers: Array, evaluate: Callable[[Columns], Array]) -> Array:
        """The result of a kernel for the states with these numbers."""
        pieces = [evaluate(taken(self.columns, numbers[i : i + PIECE])) for i in range(0, len(numbers), PIECE)]
        return np.concatenate(pieces) if pieces else evaluate([column[:0] for column in self.columns])

    # ------------------------------------------------------------ reachability

    def can_reach(self, goal: Array) -> Array:
        """For each state, whether some path leads from it to a state where `goal` is true."""
        return closure(goal, [(targets, sources) for sources, targets in self.edges])


def closure(some: Array, edges: Iterable[Edges]) -> Array:
    """For each node, whether some path leads to it from a node where `some` is true."""
    reached = some.copy()
    left = list(edges)
    while left:
        before = np.count_nonzero(reached)
        still: list[Edges] = []
        for sources, targets in left:
            open_ = np.flatnonzero(~reached.take(targets))
            if len(open_):
                sources, targets = sources.take(open_), targets.take(open_)
                reached[targets[reached.take(sources)]] = True
                still.append((sources, targets))
        left = still
        if np.count_nonzero(reached) == before:
            break
    return reached


def components(size: int, edges: Iterable[Edges]) -> tuple[int, Array]:
    """The number of strongly connected components of a graph, and the component of each node.

    By scipy, on compressed sparse rows (Pearce's algorithm).
    """
    import scipy.sparse as sparse  # pyright: ignore[reportMissingTypeStubs]
    from scipy.sparse import csgraph  # pyright: ignore[reportMissingTypeStubs]

    some = list(edges)
    sources, targets = (np.concatenate([e[k] for e in some]) if some else np.zeros(0, np.int32) for k in (0, 1))
    rows: Any = sparse.coo_array((np.ones(len(sources), bool), (sources, targets)), shape=(size, size)).tocsr()
    rows.data = np.broadcast_to(np.float64(1), rows.nnz)  # the weights are not used: store one
    found = csgraph.connected_components(rows, directed=True, connection="strong")  # pyright: ignore
    return cast("tuple[int, Array]", found)
