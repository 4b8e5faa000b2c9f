"""Liveness at size: the same question as in `liveness`, put to arrays and to scipy's components.

The edges between states that may wait are rows of numbers, each with a bit for every fair step that it is. Components
come from `scipy.sparse.csgraph` (Pearce's algorithm), and all of them are judged at once; where strong fairness forbids
some states of a component, what is left of it is asked again. Only the part that shows a lasso is walked by Python.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from backup_slr.engine.check.components import Arrow, strong_components
from backup_slr.engine.check.exploration import Explored, Space
from backup_slr.engine.check.liveness import Lasso, Liveness
from backup_slr.engine.check.vectorized.columns import Array, Columns, chunks, taken, word_of
from backup_slr.engine.compile.analysis import speaks_of_step
from backup_slr.engine.compile.codegen import compiled
from backup_slr.engine.compile.simplify import conj, negate
from backup_slr.engine.core.formula import FALSE, TRUE, Element, Formula, Param
from backup_slr.engine.core.rule import Property
from backup_slr.engine.core.step import Request

if TYPE_CHECKING:
    from backup_slr.engine.check.vectorized.array_queries import ArrayAnswers

Rows: TypeAlias = Callable[..., list[tuple[Array, Columns, Array]]]
MOST_FAIR = 62
"""So many fair steps have a bit each; a question with more of them is left to Python."""


class FairRuns(Liveness):
    """One *eventually* property at one place, judged on everything that was explored, by arrays."""

    def __init__(
        self, space: Space, explored: Explored, asked: Property, place: Mapping[Param, Element], answers: ArrayAnswers
    ) -> None:
        super().__init__(space, explored, asked, place)
        self.answers = answers
        self.vectors = answers.vectors

    def judge(self) -> Lasso | None:
        if len(self.fair) > MOST_FAIR:
            return super().judge()
        begins = self._begins()
        if not begins.any():
            return None
        parts = self._parts()
        if not (parts >= 0).any():
            return None
        return self._shown(parts, begins)

    # ------------------------------------------------------------ generated text

    def _label(self, kinds: Iterable[Formula]) -> str:
        """Text for a bit for each formula that holds."""
        constant, terms = 0, ["zero"]
        for i, formula in enumerate(kinds):
            if formula == TRUE:
                constant |= 1 << i
            elif formula != FALSE:
                terms.append(f"({self.vectors.text(formula)}) * {1 << i}")
        return " | ".join([f"{terms[0]} + {constant}", *terms[1:]])

    @cached_property
    def _fair_possible(self) -> Array:
        """For each state a bit for each fair step that is possible."""
        text = f"def enabled(zero, {self.vectors.names}): return {self._label(self._enabled)}"
        enabled = compiled("enabled", text)
        columns = self.answers.columns
        return np.concatenate([enabled(np.zeros(len(c[0]), np.int64), *c) for c in chunks(columns)])

    @cached_property
    def _rows(self) -> Rows:
        """Generated: from some states, all edges that change them, or are fair steps that leave them as they are."""
        names = self.vectors.names
        lines = [f"def rows(zero, every, {names}):", "    out = []"]
        for edge in self.edges:
            fair = any(kind != FALSE for kind in edge.kinds)
            allowed = self.vectors.where(edge.allowed)
            after = self.vectors.words.target(tuple(edge.move.ending.writes.items()))
            changes = [
                f"({t} != {s})"
                for s, t in zip(names.split(", "), (f"({t})" for t in after), strict=True)
                if t != f"({s})"
            ]
            lines.append(f"    k = {allowed}")
            if not fair:
                lines.append(f"    k = k & ({' | '.join(changes)})")
            lines += ["    at = flatnonzero(k)", "    if len(at):"]
            label = self._label(edge.kinds)
            lines.append(f"        out.append((at, take([{', '.join(after)}], at), ({label}).take(at)))")
        text = "\n".join([*lines, "    return out"])
        return compiled("rows", text, flatnonzero=np.flatnonzero, take=taken)

    def _edges_from(self, numbers: Array, inside: Array) -> Iterator[tuple[Array, Array, Array]]:
        """Sources, targets and labels of the edges from some states to states inside, by their numbers."""
        for start in range(0, len(numbers), 1 << 14):
            some = numbers[start : start + (1 << 14)]
            columns = taken(self.answers.columns, some)
            size = len(some)
            for at, to, labels in self._rows(np.zeros(size, np.int64), np.ones(size, bool), *columns):
                targets = self.answers.numbers.of(to)
                on = np.flatnonzero((targets >= 0) & inside[targets])
                yield some[at[on]], targets[on], labels[on]

    # ------------------------------------------------------------ where a fair run can stay

    @cached_property
    def _waits(self) -> Array:
        """The states that are not goals themselves, if the goal is a matter of states."""
        columns = self.answers.columns
        if speaks_of_step(self.asked.formula):
            return np.ones(len(columns[0]), bool)
        test = self.vectors.test(negate(self.ground(self.asked.formula)))
        return np.concatenate([test(chunk) for chunk in chunks(columns)])

    def _parts(self) -> Array:
        """For each state the number of the part in which a run can stay for ever and be fair; -1 if there is none."""
        parts = np.full(len(self._waits), -1, np.int64)
        taken_ = sum(1 << i for i in range(len(self.fair)) if any(e.kinds[i] != FALSE for e in self.edges))
        possible = self._fair_possible
        inside = self._waits & (possible & (self.strong & ~taken_) == 0)
        nodes = np.flatnonzero(inside)
        never = self.weak & ~taken_
        if not len(nodes) or np.bitwise_and.reduce(possible[nodes]) & never:
            return parts
        pieces = list(self._edges_from(nodes, inside))
        sources, targets, labels = (
            (np.concatenate([p[k] for p in pieces]) for k in range(3)) if pieces else (np.zeros(0, np.int64),) * 3
        )
        found = 0
        local = np.zeros(len(inside), np.int64)
        while len(nodes):
            local[nodes] = np.arange(len(nodes))
            rows, columns = local[sources], local[targets]
            count, component = strong_components(len(nodes), rows, columns)
            within = component[rows] == component[columns]
            sources, targets, labels = sources[within], targets[within], labels[within]
            bad, starved = self._unfair(count, component, possible[nodes], component[rows[within]], labels)
            good = ~bad & (starved == 0)
            number_of = np.cumsum(good) - 1 + found
            stays = good[component]
            parts[nodes[stays]] = number_of[component[stays]]
            found += int(np.count_nonzero(good))
            on = ~bad[component] & (starved[component] != 0) & (possible[nodes] & starved[component] == 0)
            inside[:] = False
            inside[nodes[on]] = True
            nodes = nodes[on]
            both = inside[sources] & inside[targets]
            sources, targets, labels = sources[both], targets[both], labels[both]
        return parts

    def _unfair(
        self, count: int, component: Array, possible: Array, inner: Array, labels: Array
    ) -> tuple[Array, Array]:
        """For each component whether weak fairness is broken in it, and a bit for each strong one that is."""
        size = np.bincount(component, minlength=count)
        bad = np.zeros(count, bool)
        starved = np.zeros(count, np.int64)
        for i, (fair, _) in enumerate(self.fair):
            bit = 1 << i
            here = np.bincount(component[possible & bit != 0], minlength=count)
            done = np.zeros(count, bool)
            done[inner[labels & bit != 0]] = True
            if fair.strength == "weak":
                bad |= (here == size) & ~done
            else:
                starved |= np.where((here > 0) & ~done, bit, 0)
        return bad, starved

    # ------------------------------------------------------------ where waiting begins

    def _steps_that_begin(self) -> Iterator[tuple[Formula, Request, int]]:
        """For an occasion that is a step: where it happens, its request, and the number of its move."""
        for index, move in enumerate(self.space.moves):
            inputs_of = reversed(move.inputs_by(self.names))
            ways = {self._on(self.asked.earlier, move, i, self.ground.stands_for): i for i in inputs_of}
            for where, inputs in ways.items():
                here = conj((move.condition, where))
                if here != FALSE:
                    yield here, Request(move.ending.action, move.ending.place, inputs), index

    def _begins(self) -> Array:
        """For each state 1 + the number of the first state at which waiting for the goal begins there; 0 for none.

        If the occasion is a step it is the number of the state before that step.
        """
        columns, size = self.answers.columns, len(self._waits)
        first = np.full(size, size, np.int64)
        if not speaks_of_step(self.asked.earlier):
            test = self.vectors.test(self.ground(self.asked.earlier))
            holds = np.concatenate([test(chunk) for chunk in chunks(columns)])
            first[holds] = np.flatnonzero(holds)
        else:
            for here, _, index in self._steps_that_begin():
                test, target = self.vectors.test(here), self.vectors.target(self.space.moves[index])
                passed = 0
                for chunk in chunks(columns):
                    at = np.flatnonzero(test(chunk))
                    np.minimum.at(first, self.answers.numbers.of(target(taken(chunk, at))), at + passed)
                    passed += len(chunk[0])
        return np.where((first < size) & self._waits, first + 1, 0)

    # ------------------------------------------------------------ showing it

    def _shown(self, parts: Array, begins: Array) -> Lasso | None:
        """The nearest part that waiting leads to, and a way round in it."""
        size = len(parts)
        origin = np.where(begins > 0, begins - 1, size)
        layers = [np.flatnonzero(begins)]
        seen = begins > 0
        while len(layers[-1]):
            layer = layers[-1]
            hits = layer[parts[layer] >= 0]
            if len(hits):
                levels = {int(o): self.explored.level_of(int(o)) for o in np.unique(origin[hits])}
                best = min(hits.tolist(), key=lambda n: (levels[int(origin[n])], word_of(self.answers.columns, n)))
                return self._walked(best, layers, origin, parts)
            new: list[Array] = []
            for sources, targets, _ in self._edges_from(layer, self._waits):
                fresh = ~seen[targets]
                np.minimum.at(origin, targets[fresh], origin[sources[fresh]])
                new.append(targets[fresh])
            layers.append(np.unique(np.concatenate(new)) if new else layer[:0])
            seen[layers[-1]] = True
        return None

    def _walked(self, best: int, layers: list[Array], origin: Array, parts: Array) -> Lasso:
        columns = self.answers.columns
        here, way = best, [best]
        for layer in layers[-2::-1]:
            only = layer[origin[layer] == origin[here]]
            target = np.zeros(len(parts), bool)
            target[here] = True
            here = next(int(sources[0]) for sources, _, _ in self._edges_from(only, target) if len(sources))
            way.append(here)
        words = [word_of(columns, n) for n in reversed(way)]
        stem = self._to_occasion(int(origin[best]), words[0])
        for word, after in pairwise(words):
            edge = next(number for number, target, _ in self.arrows(word) if target == after)
            stem.append(self.edges[edge].request)
        part = {word_of(columns, n) for n in np.flatnonzero(parts == parts[best]).tolist()}
        out: dict[int, list[Arrow]] = {w: [a for a in self.arrows(w) if a[1] in part] for w in part}
        return Lasso(tuple(stem), self._loop(words[-1], part, out))

    def _to_occasion(self, number_: int, word: int) -> list[Request]:
        """Requests to the state where waiting begins, with the step that is the occasion if it is one."""
        way, here = self.answers.way(number_)
        if speaks_of_step(self.asked.earlier):
            way.append(
                next(
                    request
                    for where, request, move in self._steps_that_begin()
                    if self.space.first(where, [here]) == 0 and self.space.after(self.space.moves[move], here) == word
                )
            )
        return way
