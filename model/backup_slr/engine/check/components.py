"""Strongly connected components of a part of the graph of states."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, TypeAlias, cast

if TYPE_CHECKING:
    from backup_slr.engine.check.vectorized.columns import Array

Arrow: TypeAlias = tuple[int, int, int]
"""The number of an edge, the word it leads to, and a bit for each fair step that it is."""


def components(words: Iterable[int], out: Mapping[int, list[Arrow]]) -> Iterator[set[int]]:
    """Strongly connected components of some words, as `out` leads from one to another.

    Tarjan's algorithm (1972) with a stack of its own in place of recursion. A component comes after all to which ways
    lead from it.
    """
    inside = set(words)
    index: dict[int, int] = {}  # in which order words are met
    low: dict[int, int] = {}  # the first met of those that are open and that a word is known to lead to
    path: list[int] = []  # words whose component is still open
    is_open: set[int] = set()
    for root in inside:
        if root in index:
            continue
        todo = [(root, iter(out[root]))]
        while todo:
            word, arrows = todo[-1]
            if word not in index:
                index[word] = low[word] = len(index)
                path.append(word)
                is_open.add(word)
            for _, target, _ in arrows:
                if target not in inside:
                    continue
                if target not in index:
                    todo.append((target, iter(out[target])))
                    break
                if target in is_open:
                    low[word] = min(low[word], index[target])
            else:
                todo.pop()
                if todo:
                    low[todo[-1][0]] = min(low[todo[-1][0]], low[word])
                if low[word] == index[word]:
                    start = len(path) - 1
                    while path[start] != word:
                        start -= 1
                    yield set(path[start:])
                    is_open.difference_update(path[start:])
                    del path[start:]


def strong_components(size: int, sources: Array, targets: Array) -> tuple[int, Array]:
    """How many strongly connected components a graph of so many nodes has, and the number of each node's component.

    Arrays in, arrays out: by scipy, on compressed sparse rows (Pearce's algorithm).
    """
    import numpy as np
    import scipy.sparse as sparse  # pyright: ignore[reportMissingTypeStubs]
    from scipy.sparse import csgraph  # pyright: ignore[reportMissingTypeStubs]

    rows: Any = sparse.csr_array((np.ones(len(sources), np.int8), (sources, targets)), shape=(size, size))
    found = csgraph.connected_components(rows, directed=True, connection="strong")  # pyright: ignore
    return cast("tuple[int, Array]", found)
