"""Strongly connected components: Tarjan's algorithm (1972), with an explicit stack in place of recursion."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator


def components(nodes: Iterable[int], successors: Callable[[int], Iterable[int]]) -> Iterator[set[int]]:
    """Strongly connected components of the subgraph of some nodes; each follows all components reachable from it."""
    inside = set(nodes)
    index: dict[int, int] = {}
    low: dict[int, int] = {}
    path: list[int] = []  # nodes whose components are not complete
    is_open: set[int] = set()
    for root in inside:
        if root in index:
            continue
        todo = [(root, iter(successors(root)))]
        while todo:
            node, targets = todo[-1]
            if node not in index:
                index[node] = low[node] = len(index)
                path.append(node)
                is_open.add(node)
            for target in targets:
                if target not in inside:
                    continue
                if target not in index:
                    todo.append((target, iter(successors(target))))
                    break
                if target in is_open:
                    low[node] = min(low[node], index[target])
            else:
                todo.pop()
                if todo:
                    low[todo[-1][0]] = min(low[todo[-1][0]], low[node])
                if low[node] == index[node]:
                    start = len(path) - 1
                    while path[start] != node:
                        start -= 1
                    yield set(path[start:])
                    is_open.difference_update(path[start:])
                    del path[start:]
