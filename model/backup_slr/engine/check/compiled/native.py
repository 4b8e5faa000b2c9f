"""The search compiled to machine code by numba: an extra (``pip install backup-slr[fast]``).

The text of guards and effects is the one that plain Python runs, on 64-bit numbers. Where states that can be exchanged
count as one, they are taken one by one, as here; else by the page (`paged`). What is generated is kept as a module
(`cache`), so that it is compiled once for each model and scope.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from backup_slr.engine.check.compiled.halves import JIT, HalvedSearch, hashed, names
from backup_slr.engine.check.compiled.paged import PagedSearch
from backup_slr.engine.check.compiled.pages import Pages
from backup_slr.engine.check.exploration import Explored, Limits
from backup_slr.engine.check.symmetry import Symmetry
from backup_slr.engine.check.vectorized.bfs import Search
from backup_slr.engine.check.vectorized.columns import Array, Columns
from backup_slr.engine.check.vectorized.vector_code import Vectors
from backup_slr.engine.compile.codegen import source
from backup_slr.engine.core.formula import FALSE, TRUE, Formula

HEAD = '''"""Generated from a table of rules; safe to delete."""

from numba import int64, njit, uint64
'''


@dataclass(frozen=True)
class Native(Vectors):
    """The transition relation of a space as machine code."""

    def _search(
        self, limits: Limits, avoid: Formula, progress: Callable[[Explored, int], None] | None, began: float
    ) -> Search:
        if self.symmetry is None:
            return PagedSearch(Pages(self.space, self.words), limits, avoid, progress, began)
        if not self.symmetry.counts_fit:
            return super()._search(limits, avoid, progress, began)
        return StateSearch(self, self.symmetry, limits, avoid, progress, began)


# ---------------------------------------------------------------- the generated module


def module_text(vectors: Vectors, symmetry: Symmetry, avoid: Formula) -> str:
    """The source of the module: `expand`, `insert`, `rehash`."""
    words, scope = vectors.words, vectors.space.scope
    symmetry = replace(symmetry, arrays=False)
    s, t, f, a, b = (names(letter, words.width) for letter in "stfab")

    def test(formula: Formula) -> str:
        return "True" if formula == TRUE else source(formula, words, scope)

    lines = [f"def settled({', '.join(s)}):", *(f"    {line}" for line in symmetry.canonical)]
    text = HEAD + JIT + "\n".join([*lines, f"    return {', '.join(s)}\n"])
    if avoid != FALSE:
        text += f"{JIT}def shunned({', '.join(s)}):\n    return {test(avoid)}\n"
    text += _found_text(words.width, avoid)
    lines = [f"def expand(low, high, counts, {', '.join([*f, *a, *b])}):"]
    lines += ["    counts[:] = 0", "    for i in range(low, high):"]
    lines += [f"        {name} = f{c}[i]" for c, name in enumerate(s)]
    lines += [f"        {line.replace('one', '1')}" for line in symmetry.orbit]
    for group in vectors.space.groups(lambda _: True):
        afters = [words.target(tuple(case.move.ending.writes.items())) for case in group]
        for case, after in zip(group, afters, strict=True):
            lines.append(f"        if {test(case.move.condition)}:")
            lines += [f"            {name} = {new}" for name, new in zip(t, after, strict=True)]
            known: list[str] = []
            if case.may_stay:
                known.append(" and ".join(f"{x} == {y}" for x, y in zip(t, s, strict=True)))
            for other in case.may_meet:
                same = " and ".join(f"{x} == {y}" for x, y in zip(t, afters[other], strict=True))
                known.append(f"{test(group[other].move.condition)} and {same}")
            if known:
                lines.append(f"            if not ({' or '.join(f'({k})' for k in known)}):")
            lines.append(f"{' ' * (16 if known else 12)}found(w, counts, {', '.join([*t, *a, *b])})")
    return text + JIT + "\n".join([*lines, ""]) + _table_text(words.width)


def _found_text(width: int, avoid: Formula) -> str:
    """A function that counts a next state, settles it on the one that stands for it, and puts it by its half."""
    t, a, b = (names(letter, width) for letter in "tab")
    lines = [f"def found(w, counts, {', '.join([*t, *a, *b])}):"]
    if avoid != FALSE:
        lines += [f"    if shunned({', '.join(t)}):", "        return"]
    lines += ["    counts[2] += w", f"    {', '.join(t)} = settled({', '.join(t)})"]
    for test, number, columns in ((f"if {hashed(t)} >> uint64(63):", 0, a), ("else:", 1, b)):
        lines += [f"    {test}", f"        n = counts[{number}]", f"        counts[{number}] = n + 1"]
        lines += [f"        {column}[n] = {new}" for column, new in zip(columns, t, strict=True)]
    return JIT + "\n".join([*lines, ""])


def _table_text(width: int) -> str:
    """Functions that put keys into an open-addressing table of 1 << bits slots."""
    x, k, slots, out = (names(letter, width) for letter in "xkto")
    same = " and ".join(f"t{c}[at] == {name}" for c, name in enumerate(x))
    probe = [f"        at = int64({hashed(x)} << uint64(1) >> uint64(64 - bits))", "        while True:"]
    put = [f"                t{c}[at] = {name}" for c, name in enumerate(x)]
    lines = [f"def insert(size, bits, {', '.join([*k, *slots, *out])}):", "    last = (1 << bits) - 1", "    new = 0"]
    lines += ["    for i in range(size):", *(f"        {name} = k{c}[i]" for c, name in enumerate(x)), *probe]
    lines += ["            if t0[at] == -1:", *put]
    lines += [f"                o{c}[new] = {name}" for c, name in enumerate(x)]
    lines += ["                new += 1", "                break", f"            if {same}:"]
    lines += ["                break", "            at = at + 1 & last", "    return new\n"]
    text = JIT + "\n".join(lines)
    lines = [f"def rehash(bits, {', '.join([*k, *slots])}):", "    last = (1 << bits) - 1"]
    lines += ["    for i in range(len(k0)):", *(f"        {name} = k{c}[i]" for c, name in enumerate(x))]
    lines += ["        if x0 == -1:", "            continue", *probe, "            if t0[at] == -1:", *put]
    lines += ["                break", "            at = at + 1 & last\n"]
    return text + JIT + "\n".join(lines)


class StateTable:
    """The states with one value of a bit of their hash."""

    def __init__(self, module: Any, width: int, bits: int = 12) -> None:
        self._module, self._width, self._bits = module, width, bits
        self.count = 0
        self._slots = self._free()

    def _free(self) -> list[Array]:
        return [np.full(1 << self._bits, -1, np.int64) for _ in range(self._width)]

    def bits_for(self, more: int) -> int:
        """The size of the table, as a power of two, that has room for so many more."""
        bits = self._bits
        while (self.count + more) * 8 >= 7 << bits or self.count * 2 > 1 << bits:
            bits += 1
        return bits

    def growth(self, more: int) -> int:
        """The bytes that are needed at once to add so many."""
        bits = self.bits_for(more)
        return 0 if bits == self._bits else 8 * self._width << bits

    def make_room(self, more: int) -> None:
        """Grow, if so many more would not fit well."""
        if (bits := self.bits_for(more)) != self._bits:
            old, self._bits = self._slots, bits
            self._slots = self._free()
            self._module.rehash(bits, *old, *self._slots)

    def add(self, size: int, keys: list[Array], new: list[Array]) -> int:
        """Add the first so many keys; those that were not there before are written to `new`, their number returned."""
        found = self._module.insert(size, self._bits, *keys, *self._slots, *new)
        self.count += found
        return found


class StateSearch(HalvedSearch):
    """One run of the compiled search, state by state."""

    def __init__(
        self,
        vectors: Vectors,
        symmetry: Symmetry,
        limits: Limits,
        avoid: Formula,
        progress: Callable[[Explored, int], None] | None,
        began: float,
    ) -> None:
        super().__init__(vectors.space, module_text(vectors, symmetry, avoid), limits, progress, began)
        width = vectors.words.width
        self.tables = self._tables = [StateTable(self.module, width) for _half in range(2)]
        self._out = [[self.columns(width) for _half in range(2)] for _thread in range(2)]
        self._fresh = [self.columns(width, threads=2) for _half in range(2)]

    def start(self, states: Columns) -> Columns:
        # The hash of the initial state, all zero, is zero, and so it belongs to the second half.
        self._tables[1].add(len(states[0]), [c.view(np.int64) for c in states], self._fresh[1])
        return states

    def _insert(self, half: int) -> Columns:
        """Put what the threads have found into one of the tables; what was not there before."""
        fresh, new = self._fresh[half], 0
        for counts, out in zip(self.counts, self._out, strict=True):
            new += self._tables[half].add(int(counts[half]), out[half], [column[new:] for column in fresh])
        return [column[:new].view(np.uint64).copy() for column in fresh]

    def expanded(self, frontier: Columns) -> Iterator[int]:
        columns = [column.view(np.int64) for column in frontier]

        def expand(low: int, high: int, thread: int) -> None:
            out = self._out[thread]
            self.module.expand(low, high, self.counts[thread], *columns, *out[0], *out[1])

        for transitions, new in self.in_blocks(len(columns[0]), expand, self._insert):
            self.new += new
            yield transitions
