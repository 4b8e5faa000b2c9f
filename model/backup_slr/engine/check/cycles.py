"""Find edges that may be on a cycle, by the values of one variable at a time.

A cycle returns each variable to its value. So an edge that changes a variable to a value from which the other edges
never change it back is on no cycle. Such edges are removed until none is left.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TypeAlias

from backup_slr.engine.check.transitions import Transition, is_now
from backup_slr.engine.compile.layout import Layout
from backup_slr.engine.core.formula import FALSE
from backup_slr.engine.core.variable import Count, Variable

Moves: TypeAlias = set[tuple[int, int]]
"""Pairs of values of a variable, before and after."""


def may_return(edges: Sequence[Transition], layout: Layout) -> set[int]:
    """The positions of the edges that may be on a cycle; no other edge is on one."""
    left = {at: _moves(edge, layout) for at, edge in enumerate(edges) if edge.ending.writes}
    while True:
        every: dict[Variable, Moves] = {}
        for moves in left.values():
            for variable, pairs in moves.items():
                every.setdefault(variable, set()).update(pairs)
        back = {variable: _on_cycles(pairs) for variable, pairs in every.items()}
        still = {
            at: moves
            for at, moves in left.items()
            if all(not pairs.isdisjoint(back[variable]) for variable, pairs in moves.items())
        }
        if len(still) == len(left):
            return set(still)
        left = still


def _moves(edge: Transition, layout: Layout) -> Mapping[Variable, Moves]:
    """For each variable that an edge writes, the changes of value that its condition allows."""
    found: dict[Variable, Moves] = {}
    for variable, value in edge.ending.writes.items():
        values = range(layout.values(variable) or 0)
        if isinstance(variable, Count):
            found[variable] = {(x, x + value) for x in values if x + value in values}
        else:
            found[variable] = {(x, value) for x in values if edge.facts.decide(is_now(variable, x)) != FALSE}
    return found


def _on_cycles(pairs: Moves) -> Moves:
    """The edges of a small graph that are on a cycle."""
    after: dict[int, set[int]] = {}
    for x, y in pairs:
        after.setdefault(x, set()).add(y)
    found = components({x for pair in pairs for x in pair}, lambda x: after.get(x, ()))
    return {(x, y) for part in found for x in part for y in after.get(x, ()) if y in part}


def components(nodes: Iterable[int], successors: Callable[[int], Iterable[int]]) -> Iterator[set[int]]:
    """Strongly connected components of the subgraph of some nodes; each follows all components reachable from it.

    Tarjan's algorithm (1972), with an explicit stack in place of recursion.
    """
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
