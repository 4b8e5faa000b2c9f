"""Strongly connected components of a part of the graph of states."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, TypeAlias, cast

if TYPE_CHECKING:
    from backup_slr.check.columns import Array

Arrow: TypeAlias = tuple[int, int, int]
"""The number of an edge, the word it leads to, and a bit for each fair step that it is."""


def components(words: Iterable[int], out: Mapping[int, list[Arrow]]) -> Iterator[set[int]]:
    """Strongly connected components of some words, as `out` leads from one to another.

    Words from which every way ends are peeled off first: each is a component of its own, and most graphs of a
    clean-up consist of little else. The rest is left to networkx (Tarjan's algorithm with Nuutila's modifications).
    """
    alive = set(words)
    degree = {w: sum(t in alive for _, t, _ in out[w]) for w in alive}
    before: dict[int, list[int]] = {w: [] for w in alive}
    for word in alive:
        for _, target, _ in out[word]:
            if target in alive:
                before[target].append(word)
    ends = [w for w in alive if not degree[w]]
    while ends:
        word = ends.pop()
        alive.discard(word)
        yield {word}
        for source in before[word]:
            degree[source] -= 1
            if not degree[source]:
                ends.append(source)
    import networkx as nx  # here, since it takes longer to load than most questions take to answer

    graph: nx.DiGraph[int] = nx.DiGraph()
    graph.add_nodes_from(alive)
    graph.add_edges_from((w, t) for w in alive for _, t, _ in out[w] if t in alive)
    yield from nx.strongly_connected_components(graph)


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
