"""The search of `liveness` by arrays: all components at once, on the edges of `ArrayGraph`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property
from typing import TypeAlias

import numpy as np

from backup_slr.engine.check.exploration import Explored
from backup_slr.engine.check.liveness import FairPath, Liveness
from backup_slr.engine.check.transitions import surely_changes
from backup_slr.engine.check.vectorized.array_graph import ArrayGraph, Edges, closure, components
from backup_slr.engine.check.vectorized.columns import Array, Columns, word_of
from backup_slr.engine.compile.analysis import speaks_of_step
from backup_slr.engine.compile.codegen import compiled
from backup_slr.engine.compile.simplify import negate
from backup_slr.engine.core.formula import FALSE, TRUE, Element, Formula, Param
from backup_slr.engine.core.rule import Property
from backup_slr.engine.core.step import Request

Labeled: TypeAlias = tuple[Array, Array, Array | int]
"""Edges, and a bit for each fair step that they are: for each edge, or the same for all."""
MOST_FAIR = 62
"""Each fair step has a bit in a word of 64; a property with more of them is left to plain Python."""


class ArrayLiveness(Liveness):
    """One *eventually* property at one place, decided by arrays on all explored states."""

    def __init__(
        self,
        graph: ArrayGraph,
        explored: Explored,
        asked: Property,
        place: Mapping[Param, Element],
        path: Callable[[int], tuple[list[Request], int]],
    ) -> None:
        super().__init__(graph.kernels.space, explored, asked, place, path)
        self.graph = graph
        self.kernels = graph.kernels

    def _search(self) -> FairPath | None:
        if len(self.fair) > MOST_FAIR:
            return super()._search()
        origin = self._first_occasions()
        enabled = self._evaluate(self._enabled)
        inside = self._waits & (enabled & (self.strong & ~self._taken) == 0)
        never = self.weak & ~self._taken
        if not (origin < self.graph.size).any() or not inside.any():
            return None
        if never and np.bitwise_and.reduce(enabled[inside]) & never:
            return None
        edges = list(self._edges())
        steps = [(sources, targets) for _, sources, targets in edges]
        inside &= closure(origin < self.graph.size, steps)
        if not inside.any():
            return None
        parts = self._parts(inside, enabled, [self._labeled(*edge) for edge in edges if edge[0] in self.returning])
        hits = np.flatnonzero(parts >= 0)
        if not len(hits):
            return None
        depth = self._depth(origin, steps)
        hits = hits[depth[hits] == depth[hits].min()]
        level = {int(number): self.explored.level_of(int(number)) for number in np.unique(origin[hits])}
        columns = self.graph.columns
        best = min(hits.tolist(), key=lambda n: (level[int(origin[n])], word_of(columns, n)))
        path = [best]
        for before in reversed(range(int(depth[best]))):
            layer = (depth == before) & (origin == origin[best])
            leading = (sources[(targets == path[-1]) & layer[sources]] for sources, targets in steps)
            path.append(next(int(sources[0]) for sources in leading if len(sources)))
        words = [word_of(columns, n) for n in reversed(path)]
        part = {word_of(columns, n) for n in np.flatnonzero(parts == parts[best]).tolist()}
        return FairPath(int(origin[best]), words, part)

    # ------------------------------------------------------------ labels

    def _evaluate(self, kinds: Iterable[Formula], numbers: Array | None = None) -> Array:
        """For each state, or each of those with these numbers, a bit for each formula that holds."""
        constant, terms = 0, ["zero"]
        for i, formula in enumerate(kinds):
            if formula == TRUE:
                constant |= 1 << i
            elif formula != FALSE:
                terms.append(f"({self.kernels.text(formula)}) * {1 << i}")
        names = self.kernels.names
        numbers = np.arange(self.graph.size) if numbers is None else numbers
        if len(terms) == 1:
            return np.full(len(numbers), constant)
        text = f"def bits(zero, {names}): return {' | '.join([f'zero + {constant}', *terms[1:]])}"
        bits = compiled("bits", text)

        def of(columns: Columns) -> Array:
            return bits(np.zeros(len(columns[0]), np.int64), *columns)

        return self.graph.at(numbers, of)

    @cached_property
    def _waits(self) -> Array:
        """The states that are not goals themselves, if the goal is about states."""
        if speaks_of_step(self.asked.formula):
            return np.ones(self.graph.size, bool)
        return self.graph.holds(negate(self.ground(self.asked.formula)))

    def _edges(self) -> Iterator[tuple[int, Array, Array]]:
        """The edges between waiting states, for each of `edges` by its position."""
        waits = self._waits
        every = bool(waits.all())
        for position, edge in enumerate(self.edges):
            sources, targets = self.graph.edges[edge.number]
            if not every:
                on = np.flatnonzero(waits.take(sources) & waits.take(targets))
                sources, targets = sources[on], targets[on]
            if edge.allowed != edge.transition.condition:
                on = np.flatnonzero(self.graph.at(sources, self.kernels.test(edge.allowed)))
                sources, targets = sources[on], targets[on]
            if len(sources):
                yield position, sources, targets

    def _labeled(self, position: int, sources: Array, targets: Array) -> Labeled:
        kinds = self.edges[position].kinds
        if all(kind in (TRUE, FALSE) for kind in kinds):
            return sources, targets, sum(1 << i for i, kind in enumerate(kinds) if kind == TRUE)
        return sources, targets, self._evaluate(kinds, sources).astype(np.min_scalar_type(1 << len(self.fair)))

    def _loop_bits(self, inside: Array) -> Array:
        """For each state inside, a bit for each fair step that does not change it."""
        found = np.zeros(self.graph.size, np.int64)
        for edge in self.edges:
            if edge.is_fair and not surely_changes(edge.transition):
                stays = self.graph.holds(edge.allowed) & inside
                stays[self.graph.edges[edge.number][0]] = False
                on = np.flatnonzero(stays)
                found[on] |= self._evaluate(edge.kinds, on)
        return found

    # ------------------------------------------------------------ components of fair runs

    def _parts(self, inside: Array, enabled: Array, edges: list[Labeled]) -> Array:
        """For each state, the number of the part in which a fair run can stay forever; -1 if there is none.

        The same as `_fair_parts` of each component of the states inside, for all components at once. Edges that cannot
        be on a cycle may be omitted.
        """
        parts = np.full(self.graph.size, -1, np.int32)
        nodes = np.flatnonzero(inside)
        enabled, loops = enabled[nodes], self._loop_bits(inside)[nodes]
        edges = _renumbered(edges, nodes, self.graph.size)
        found = 0
        while len(nodes):
            count, component = components(len(nodes), ((s, t) for s, t, _ in edges))
            edges = _selected(edges, lambda s, t, component=component: component.take(s) == component.take(t))
            bad, starved = self._unfair(count, component, enabled, loops, edges)
            good = ~bad & (starved == 0)
            stays = good[component]
            parts[nodes[stays]] = (np.cumsum(good) - 1 + found)[component[stays]]
            found += int(np.count_nonzero(good))
            left = np.flatnonzero(~bad[component] & (starved[component] != 0) & (enabled & starved[component] == 0))
            edges = _renumbered(edges, left, len(nodes))
            nodes, enabled, loops = nodes[left], enabled[left], loops[left]
        return parts

    def _unfair(
        self, count: int, component: Array, enabled: Array, loops: Array, edges: list[Labeled]
    ) -> tuple[Array, Array]:
        """For each component, whether weak fairness is violated in it, and a bit for each violated strong one."""
        size = np.bincount(component, minlength=count)
        bad = np.zeros(count, bool)
        starved = np.zeros(count, np.int64)
        for i, (fair, _) in enumerate(self.fair):
            bit = 1 << i
            here = np.bincount(component[enabled & bit != 0], minlength=count)
            done = np.zeros(count, bool)
            done[component[loops & bit != 0]] = True
            for sources, _, bits in edges:
                if isinstance(bits, int):
                    if bits & bit:
                        done[component.take(sources)] = True
                else:
                    done[component[sources[bits & bit != 0]]] = True
            if fair.strength == "weak":
                bad |= (here == size) & ~done
            else:
                starved |= np.where((here > 0) & ~done, bit, 0)
        return bad, starved

    # ------------------------------------------------------------ the path to them

    def _first_occasions(self) -> Array:
        """For each state where waiting starts, the number of the first state that starts it (see `FairPath.origin`).

        For all other states, the number of states.
        """
        none = self.graph.size
        first = np.full(none, none, np.int64)
        if not speaks_of_step(self.asked.earlier):
            numbers = np.flatnonzero(self.graph.holds(self.ground(self.asked.earlier)))
            first[numbers] = numbers
        else:
            number_of = {id(transition): number for number, transition in enumerate(self.space.transitions)}
            for where, _, transition in self._occasions():
                sources, targets = self.graph.edges[number_of[id(transition)]]
                holds = self.graph.holds(where)
                on = holds[sources]
                np.minimum.at(first, targets[on], sources[on])
                holds[sources] = False  # the others change nothing, or lead to states that were not found
                numbers = np.flatnonzero(holds)
                first[numbers] = np.minimum(first[numbers], numbers)
        first[~self._waits] = none
        return first

    def _depth(self, origin: Array, steps: list[Edges]) -> Array:
        """For each state, its distance from the start of the wait (-1 if not reached); `origin` is propagated."""
        layer = origin < self.graph.size
        depth = np.where(layer, 0, -1).astype(np.int16)
        while layer.any():
            new = np.zeros(self.graph.size, bool)
            left: list[Edges] = []
            for sources, targets in steps:
                on = np.flatnonzero(depth.take(targets) < 0)
                if len(on):
                    sources, targets = sources[on], targets[on]
                    left.append((sources, targets))
                    on = np.flatnonzero(layer.take(sources))
                    np.minimum.at(origin, targets[on], origin[sources[on]])
                    new[targets[on]] = True
            depth[new] = depth.max() + 1
            layer, steps = new, left
        return depth


def _renumbered(edges: list[Labeled], nodes: Array, size: int) -> list[Labeled]:
    """The edges between some of the nodes, which are numbered from 0 on."""
    number = np.full(size, -1, np.int32)
    number[nodes] = np.arange(len(nodes))
    known = _selected(edges, lambda s, t: (number.take(s) >= 0) & (number.take(t) >= 0))
    return [(number.take(s), number.take(t), bits) for s, t, bits in known]


def _selected(edges: list[Labeled], keep: Callable[[Array, Array], Array]) -> list[Labeled]:
    selected: list[Labeled] = []
    for sources, targets, bits in edges:
        on = np.flatnonzero(keep(sources, targets))
        if len(on):
            selected.append((sources[on], targets[on], bits if isinstance(bits, int) else bits[on]))
    return selected
