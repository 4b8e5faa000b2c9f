"""Kernels: functions generated from the transitions that evaluate guards and effects for arrays of states."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TypeAlias

import numpy as np

from backup_slr.engine.check.exploration import Space
from backup_slr.engine.check.packing import Packing
from backup_slr.engine.check.symmetry import Symmetry
from backup_slr.engine.check.transitions import Transition, alternatives
from backup_slr.engine.check.vectorized.columns import Array, Columns
from backup_slr.engine.compile.codegen import ARRAY, compiled, source
from backup_slr.engine.core.formula import FALSE, TRUE, Formula

Expand: TypeAlias = Callable[..., tuple[list[Columns], int]]
NAME = re.compile(r"\bs(?=\d+\b)")


@dataclass(frozen=True)
class Kernels:
    """The transition relation of a space for arrays, up to symmetry."""

    space: Space
    symmetry: Symmetry | None = None

    @cached_property
    def words(self) -> Packing:
        """The reader of columns."""
        return replace(self.space.words, columns=True)

    @cached_property
    def names(self) -> str:
        """The names of the columns, as arguments."""
        return ", ".join(f"s{k}" for k in range(self.words.width))

    def text(self, formula: Formula) -> str:
        """An expression over columns that is true where a grounded formula holds."""
        return source(formula, self.words, self.space.scope, ARRAY)

    def where(self, formula: Formula) -> str:
        """The same, always as an array; `every` is an array of true values."""
        text = self.text(formula)
        return "every" if text.strip("()") == "True" else text

    def test(self, formula: Formula) -> Callable[[Columns], Array]:
        """Generated: for each state, whether a grounded formula holds."""
        if formula in (TRUE, FALSE):
            return lambda columns: np.full(len(columns[0]), formula == TRUE)
        found = compiled("test", f"def test({self.names}): return {self.text(formula)}")
        return lambda columns: np.broadcast_to(found(*columns), columns[0].shape)

    def target(self, transition: Transition) -> Callable[[Columns], Columns]:
        """Generated: the states after a transition."""
        texts = self.words.target(tuple(transition.ending.writes.items()))
        found = compiled("target", f"def target({self.names}): return [{', '.join(texts)}]")
        return lambda columns: found(*columns)

    def ones(self, size: int) -> Array:
        """An array of ones for counting orbits; of Python integers if 64 bits may be too few."""
        return np.ones(size, np.int64 if self.symmetry is None or self.symmetry.counts_fit else object)

    @cached_property
    def orbit(self) -> Callable[[Columns], Array]:
        """Generated: the number of states that each state represents."""
        if self.symmetry is None:
            return lambda columns: self.ones(len(columns[0]))
        lines = [f"def orbit(one, {self.names}):", *(f"    {line}" for line in self.symmetry.orbit), "    return w"]
        found = compiled("orbit", "\n".join(lines))
        return lambda columns: found(self.ones(len(columns[0])), *columns)

    # ------------------------------------------------------------ the generated search

    def _cases(self, found: Callable[[int, Transition], list[str]]) -> Iterator[str]:
        """Lines that set `k` to where a transition leads to a state other than this one and earlier targets."""
        names = self.names.split(", ")
        for group in alternatives(self.space.transitions):
            for i, case in enumerate(group):
                yield f"k = {self.where(case.transition.condition)}"
                after = self.words.target(tuple(case.transition.ending.writes.items()))
                if case.may_stay:
                    changes = (f"(({t}) != {s})" for s, t in zip(names, after, strict=True) if t != s)
                    yield f"k = k & ({' | '.join(changes)})"
                for j in case.may_meet:
                    assert j < i
                    other = self.words.target(tuple(group[j].transition.ending.writes.items()))
                    same = (f"(({t}) == ({o}))" for t, o in zip(after, other, strict=True) if t != o)
                    yield f"k = k & ~({' & '.join([self.where(group[j].transition.condition), *same])})"
                yield from found(case.number, case.transition)

    def expand(self, avoid: Formula = FALSE) -> Expand:
        """Generated: the successors of some states, one piece for each transition, and their number."""
        names = self.names.split(", ")
        shunned = avoid != FALSE

        def found(_: int, transition: Transition) -> list[str]:
            after = self.words.target(tuple(transition.ending.writes.items()))
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
        """Generated: the number of transitions from each state."""
        lines = [f"def degree(n, every, {self.names}):"]
        lines += [f"    {line}" for line in self._cases(lambda _number, _move: ["n += k"])]
        found = compiled("degree", "\n".join([*lines, "    return n"]))
        return lambda columns: found(np.zeros(len(columns[0]), np.uint16), np.ones(len(columns[0]), bool), *columns)

    def follow(
        self, cases: Sequence[tuple[Formula, Transition]]
    ) -> Callable[[Columns], list[tuple[int, Array, Columns]]]:
        """Generated: for each case that changes some states, the positions of those states, and the next states."""
        names = self.names.split(", ")
        lines = [f"def follow(every, {self.names}):", "    out = []"]
        for number, (where, transition) in enumerate(cases):
            after = self.words.target(tuple(transition.ending.writes.items()))
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
        return self.follow([(transition.condition, transition) for transition in self.space.transitions])

    def successors(self, columns: Columns) -> list[tuple[int, Array, Columns]]:
        """For each transition that changes some of the states, the positions of those states, and the next states."""
        return [(number, at, self.canonical(after)) for number, at, after in self._follow_all(columns)]

    @cached_property
    def canonical(self) -> Callable[[Columns], Columns]:
        """Generated: the representative of each state."""
        if self.symmetry is None:
            return lambda columns: columns
        lines = [f"def canonical({self.names}):", *(f"    {line}" for line in self.symmetry.canonical)]
        text = "\n".join([*lines, f"    return [{self.names}]"])
        found = compiled("canonical", text, minimum=np.minimum, maximum=np.maximum, where=np.where)
        return lambda columns: found(*columns)


def _list(letter: str, names: list[str]) -> str:
    return ", ".join(f"{letter}{column}" for column in range(len(names)))


def _total(weights: Array, at: Array) -> int:
    return int(weights.take(at).sum())
