"""The search by arrays: every guard and effect is worked out for thousands of states at once, by NumPy.

The text is generated from the same moves as that of `explore`. Sixteen thousand states at a time are expanded, what
they lead to is put into a `HashSet`, and what was not in it is the next level. A second thread expands the next states
meanwhile.
"""

from __future__ import annotations

import re
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TypeAlias

import numpy as np

from backup_slr.engine.check.exploration import NO_HURRY, Explored, Limits, Space, stop_of
from backup_slr.engine.check.symmetry import Symmetry
from backup_slr.engine.check.transitions import Move
from backup_slr.engine.check.vectorized.bfs import Search
from backup_slr.engine.check.vectorized.columns import CHUNK, Array, Columns, States, chunks, joined, taken
from backup_slr.engine.check.vectorized.hashset import HashSet
from backup_slr.engine.check.vectorized.packing import Words
from backup_slr.engine.compile.codegen import ARRAY, compiled, source
from backup_slr.engine.core.formula import FALSE, TRUE, Formula

Expand: TypeAlias = Callable[..., tuple[list[Columns], int]]
NAME = re.compile(r"\bs(?=\d+\b)")


@dataclass(frozen=True)
class Vectors:
    """The transition relation of a space, generated for arrays; `symmetry` says what may be exchanged, if anything."""

    space: Space
    symmetry: Symmetry | None = None

    @cached_property
    def words(self) -> Words:
        """The reader of columns."""
        return replace(self.space.words, columns=True)

    @cached_property
    def names(self) -> str:
        """The names of the columns, as arguments."""
        return ", ".join(f"s{k}" for k in range(self.words.width))

    def text(self, formula: Formula) -> str:
        """An expression over columns that is true where a spelled-out formula holds."""
        return source(formula, self.words, self.space.scope, ARRAY)

    def where(self, formula: Formula) -> str:
        """The same, of which every element counts: `every` is an array of truth."""
        text = self.text(formula)
        return "every" if text.strip("()") == "True" else text

    def test(self, formula: Formula) -> Callable[[Columns], Array]:
        """Generated: for each state whether a spelled-out formula holds."""
        if formula in (TRUE, FALSE):
            return lambda columns: np.full(len(columns[0]), formula == TRUE)
        found = compiled("test", f"def test({self.names}): return {self.text(formula)}")
        return lambda columns: np.broadcast_to(found(*columns), columns[0].shape)

    def target(self, move: Move) -> Callable[[Columns], Columns]:
        """Generated: the states after a move."""
        texts = self.words.target(tuple(move.ending.writes.items()))
        found = compiled("target", f"def target({self.names}): return [{', '.join(texts)}]")
        return lambda columns: found(*columns)

    def ones(self, size: int) -> Array:
        """So many numbers 1, from which orbits are counted: Python's own where those of 64 bits may not be enough."""
        return np.ones(size, np.int64 if self.symmetry is None or self.symmetry.counts_fit else object)

    @cached_property
    def orbit(self) -> Callable[[Columns], Array]:
        """Generated: for how many states each of those kept stands."""
        if self.symmetry is None:
            return lambda columns: self.ones(len(columns[0]))
        lines = [f"def orbit(one, {self.names}):", *(f"    {line}" for line in self.symmetry.orbit), "    return w"]
        found = compiled("orbit", "\n".join(lines))
        return lambda columns: found(self.ones(len(columns[0])), *columns)

    # ------------------------------------------------------------ the generated search

    def _cases(self, found: Callable[[int, Move], list[str]]) -> Iterator[str]:
        """Lines that set `k` to where a move leads to another state that no earlier move of its group leads to."""
        names = self.names.split(", ")
        for group in self.space.groups(lambda _: True):
            for i, case in enumerate(group):
                yield f"k = {self.where(case.move.condition)}"
                after = self.words.target(tuple(case.move.ending.writes.items()))
                if case.may_stay:
                    changes = (f"(({t}) != {s})" for s, t in zip(names, after, strict=True) if t != s)
                    yield f"k = k & ({' | '.join(changes)})"
                for j in case.may_meet:
                    assert j < i
                    other = self.words.target(tuple(group[j].move.ending.writes.items()))
                    same = (f"(({t}) == ({o}))" for t, o in zip(after, other, strict=True) if t != o)
                    yield f"k = k & ~({' & '.join([self.where(group[j].move.condition), *same])})"
                yield from found(case.number, case.move)

    def expand(self, avoid: Formula = FALSE) -> Expand:
        """Generated: what some states lead to, in as many pieces as there are moves, and the transitions taken."""
        names = self.names.split(", ")
        shunned = avoid != FALSE

        def found(_: int, move: Move) -> list[str]:
            after = self.words.target(tuple(move.ending.writes.items()))
            lines = ["at = flatnonzero(k)", "if len(at):"]
            lines += [f"    x{c} = {name}.take(at)" for c, name in enumerate(names)]
            lines += [f"    t{c} = {re.sub(NAME, 'x', text)}" for c, text in enumerate(after)]
            if shunned:
                lines += [f"    on = flatnonzero(~shunned([{_list('t', names)}]))", "    at = at.take(on)"]
                lines += [f"    t{c} = t{c}.take(on)" for c in range(len(names))]
            lines.append(f"    n += {'total(w, at)' if self.symmetry else 'len(at)'}")
            return [*lines, f"    out.append([{_list('t', names)}])"]

        lines = [f"def expand(one, every, {self.names}):", "    out = []; n = 0"]
        if self.symmetry:
            lines += [f"    {line}" for line in self.symmetry.orbit]
        lines += [f"    {line}" for line in self._cases(found)]
        given = {"flatnonzero": np.flatnonzero, "total": _total, "shunned": self.test(avoid)}
        return compiled("expand", "\n".join([*lines, "    return out, n"]), **given)

    @cached_property
    def degree(self) -> Callable[[Columns], Array]:
        """Generated: how many transitions lead from each state."""
        lines = [f"def degree(n, every, {self.names}):"]
        lines += [f"    {line}" for line in self._cases(lambda _number, _move: ["n += k"])]
        found = compiled("degree", "\n".join([*lines, "    return n"]))
        return lambda columns: found(np.zeros(len(columns[0]), np.uint16), np.ones(len(columns[0]), bool), *columns)

    def follow(self, cases: Sequence[tuple[Formula, Move]]) -> Callable[[Columns], list[tuple[int, Array, Columns]]]:
        """Generated: for each case that changes something the states (by position) where it does, and the next ones."""
        names = self.names.split(", ")
        lines = [f"def follow(every, {self.names}):", "    out = []"]
        for number, (where, move) in enumerate(cases):
            after = self.words.target(tuple(move.ending.writes.items()))
            changes = [f"(({t}) != {s})" for s, t in zip(names, after, strict=True) if t != s]
            if where == FALSE or not changes:
                continue
            lines += [f"    at = flatnonzero({self.where(where)} & ({' | '.join(changes)}))", "    if len(at):"]
            lines += [f"        x{c} = {name}.take(at)" for c, name in enumerate(names)]
            texts = [re.sub(NAME, "x", text) for text in after]
            lines.append(f"        out.append(({number}, at, [{', '.join(texts)}]))")
        found = compiled("follow", "\n".join([*lines, "    return out"]), flatnonzero=np.flatnonzero)
        return lambda columns: found(np.ones(len(columns[0]), bool), *columns)

    @cached_property
    def _follow_all(self) -> Callable[[Columns], list[tuple[int, Array, Columns]]]:
        return self.follow([(move.condition, move) for move in self.space.moves])

    def successors(self, columns: Columns) -> Iterator[tuple[Array, Columns]]:
        """All steps from some states to others, in pieces: the positions of the states, and what they lead to."""
        passed = 0
        for chunk in chunks(columns):
            for _, at, after in self._follow_all(chunk):
                yield at + passed, self.canonical(after)
            passed += len(chunk[0])

    @cached_property
    def canonical(self) -> Callable[[Columns], Columns]:
        """Generated: for each state the one that is kept for it."""
        if self.symmetry is None:
            return lambda columns: columns
        lines = [f"def canonical({self.names}):", *(f"    {line}" for line in self.symmetry.canonical)]
        text = "\n".join([*lines, f"    return [{self.names}]"])
        found = compiled("canonical", text, minimum=np.minimum, maximum=np.maximum, where=np.where)
        return lambda columns: found(*columns)

    # ------------------------------------------------------------ the search

    def _search(
        self, limits: Limits, avoid: Formula, progress: Callable[[Explored, int], None] | None, began: float
    ) -> Search:
        return ArraySearch(self, limits, avoid, progress, began)

    def explore(
        self,
        limits: Limits = NO_HURRY,
        until: Formula = FALSE,
        avoid: Formula = FALSE,
        progress: Callable[[Explored, int], None] | None = None,
    ) -> Explored:
        """Search breadth first, level by level; as `Space.explore`."""
        began = time.monotonic()
        search = self._search(limits, avoid, progress, began)
        start: Columns = [np.zeros(1, np.uint64) for _ in range(self.words.width)]
        start = taken(start, np.flatnonzero(~self.test(avoid)(start)))
        found = search.found
        found.levels.append(States(search.start(start)))
        wanted = self.test(until)
        try:
            while len(frontier := found.levels[-1]):
                assert isinstance(frontier, States)
                if until != FALSE and any(wanted(chunk).any() for chunk in chunks(frontier.columns)):
                    found.stopped = "found"
                    break
                search.level(frontier.columns)
                if found.stopped or found.levels[-1] is frontier:
                    break
        except KeyboardInterrupt as error:
            found.stopped = stop_of(error)
        except MemoryError:
            found.stopped = "memory"
        search.keep()
        found.seconds = time.monotonic() - began
        if self.symmetry is not None:
            levels = (level.columns for level in found.levels if isinstance(level, States))
            found.unreduced = sum(int(self.orbit(chunk).sum()) for level in levels for chunk in chunks(level))
        return found


class ArraySearch(Search):
    """One run of the search by arrays."""

    def __init__(
        self,
        vectors: Vectors,
        limits: Limits,
        avoid: Formula,
        progress: Callable[[Explored, int], None] | None,
        began: float,
    ) -> None:
        super().__init__(limits, progress, began)
        self.vectors = vectors
        self._seen = HashSet(vectors.words.width)
        self._expand = vectors.expand(avoid)

    @property
    def count(self) -> int:
        return self._seen.count

    def start(self, states: Columns) -> Columns:
        return self._seen.add(states)

    def _next(self, columns: Columns) -> tuple[Columns, int]:
        """What a chunk of states leads to, and the number of transitions."""
        size = len(columns[0])
        out, transitions = self._expand(self.vectors.ones(size), np.ones(size, bool), *columns)
        after = joined(out) if out else [column[:0] for column in columns]
        return self.vectors.canonical(after), int(transitions)

    def _ahead(self, frontier: Columns) -> Iterator[tuple[Columns, int]]:
        """What each chunk leads to; a second thread is one chunk ahead."""
        if len(frontier[0]) <= 2 * CHUNK:
            yield from map(self._next, chunks(frontier))
            return
        with ThreadPoolExecutor(1) as other:
            waiting: deque[Future[tuple[Columns, int]]] = deque()
            for chunk in chunks(frontier):
                waiting.append(other.submit(self._next, chunk))
                if len(waiting) > 2:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()

    def expanded(self, frontier: Columns) -> Iterator[int]:
        for after, transitions in self._ahead(frontier):
            if self.no_room(self._seen.growth(len(after[0]))):
                return
            self.new.append(self._seen.add(after))
            yield transitions


def _list(letter: str, names: list[str]) -> str:
    return ", ".join(f"{letter}{column}" for column in range(len(names)))


def _total(weights: Array, at: Array) -> int:
    return int(weights.take(at).sum())
