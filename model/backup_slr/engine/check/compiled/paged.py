"""The compiled search that takes states by the page (see `pages` for what a page is)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from backup_slr.engine.check.compiled.halves import JIT, HalvedSearch, hashed, names
from backup_slr.engine.check.compiled.pages import Pages
from backup_slr.engine.check.exploration import Explored, Limits
from backup_slr.engine.check.vectorized.columns import Array, Columns
from backup_slr.engine.core.formula import FALSE, Formula

HEAD = '''"""Generated from a table of rules; safe to delete."""

from llvmlite import ir
from numba import int64, njit, types, uint64
from numba.extending import intrinsic


@intrinsic
def population(context, bits):
    """How many bits are set."""
    return types.int64(types.int64), lambda _, builder, __, args: builder.ctpop(args[0])


@intrinsic
def lowest(context, bits):
    """The number of the lowest bit that is set."""
    return types.int64(types.int64), lambda _, builder, __, args: builder.cttz(args[0], ir.Constant(ir.IntType(1), 1))
'''


def module_text(pages: Pages, avoid: Formula) -> str:
    """The source of the module: `expand`, `insert`, `index_again`, `take`, `unfold`."""
    width = pages.words.width
    keys, out = names("t", width), [*names("x", width), "xb", *names("y", width), "yb"]
    text = HEAD
    if avoid != FALSE:
        text += f"{JIT}def shunned({', '.join(names('s', width))}):\n    return {pages.mask(avoid)}\n"
    lines = [f"def found(counts, {', '.join([*keys, 'b', *out])}):"]
    for test, number, letter in ((f"if {hashed(keys)} >> uint64(63):", 0, "x"), ("else:", 1, "y")):
        lines += [f"    {test}", f"        n = counts[{number}]", f"        counts[{number}] = n + 1"]
        lines += [f"        {letter}{c}[n] = {key}" for c, key in enumerate(keys)]
        lines.append(f"        {letter}b[n] = b")
    text += JIT + "\n".join([*lines, ""])
    lines = [f"def expand(low, high, counts, {', '.join([*names('f', width), 'fb', *out])}):"]
    lines += ["    counts[:] = 0", "    for i in range(low, high):", "        f = fb[i]"]
    lines += [f"        s{c} = f{c}[i]" for c in range(width)]
    for move in pages.moves():
        to = ", ".join(move.keys)
        lines += [f"        if {move.test}:", f"            k = {move.open}", "            if k:"]
        led, taken = " | ".join(move.shifted), "population(k)"
        if avoid != FALSE:
            lines.append(f"                fit = ~shunned({to})")
            led, taken = f"({led}) & fit", " + ".join(f"population({part} & fit)" for part in move.shifted)
        lines += [f"                counts[2] += {taken}", f"                b = {led}"]
        lines += ["                if b:", f"                    found(counts, {to}, b, {', '.join(out)})"]
    text += JIT + "\n".join([*lines, ""])
    return text + _table_text(width)


def _table_text(width: int) -> str:
    """Functions for entries, found by an open-addressing index of 1 << bits slots (Knuth 6.4)."""
    x, keys, entries, out = (names(letter, width) for letter in "xkeo")
    home = f"at = int64({hashed(x)} << uint64(1) >> uint64(64 - bits))"
    known = " and ".join(f"e{c}[e] == {name}" for c, name in enumerate(x))
    lines = [f"def insert(size, bits, {', '.join([*keys, 'kb', 'index', *entries])}, seen, fresh, touched, counts):"]
    lines += ["    last = (1 << bits) - 1", "    for i in range(size):"]
    lines += [f"        {name} = k{c}[i]" for c, name in enumerate(x)]
    lines += ["        b = kb[i]", f"        {home}", "        e = index[at]"]
    lines += [f"        while e >= 0 and not ({known}):", "            at = at + 1 & last", "            e = index[at]"]
    lines += [
        "        if e < 0:",
        "            e = counts[0]",
        "            counts[0] = e + 1",
        "            index[at] = e",
    ]
    lines += [f"            e{c}[e] = {name}" for c, name in enumerate(x)]
    lines += ["            seen[e] = 0", "            fresh[e] = 0", "        b &= ~seen[e]", "        if b:"]
    lines += ["            counts[2] += population(b)", "            if not fresh[e]:"]
    lines += ["                touched[counts[1]] = e", "                counts[1] += 1"]
    lines += ["            seen[e] |= b", "            fresh[e] |= b", ""]
    text = JIT + "\n".join(lines)
    lines = [f"def index_again(size, bits, index, {', '.join(entries)}):", "    last = (1 << bits) - 1"]
    lines += [
        "    for e in range(size):",
        *(f"        {name} = e{c}[e]" for c, name in enumerate(x)),
        f"        {home}",
    ]
    lines += ["        while index[at] >= 0:", "            at = at + 1 & last", "        index[at] = e", ""]
    text += JIT + "\n".join(lines)
    lines = [f"def take(size, touched, fresh, {', '.join([*entries, *out, 'ob'])}):", "    for i in range(size):"]
    lines += ["        e = touched[i]", *(f"        o{c}[i] = e{c}[e]" for c in range(width))]
    lines += ["        ob[i] = fresh[e]", "        fresh[e] = 0", ""]
    text += JIT + "\n".join(lines)
    small = names("v", width)
    lines = [f"def unfold(size, {', '.join([*keys, 'kb', *small, *out])}):", "    n = 0", "    for i in range(size):"]
    lines += ["        b = kb[i]", "        while b:", "            at = lowest(b)", "            b &= b - 1"]
    lines += [f"            o{c}[n] = k{c}[i] | v{c}[at]" for c in range(width)]
    return text + JIT + "\n".join([*lines, "            n += 1", ""])


class PageTable:
    """Pages by their keys, each with the states that were seen and those that are new since they were last taken."""

    def __init__(self, module: Any, width: int) -> None:
        self._module, self._width = module, width
        self._bits, self._room = 12, 1 << 11
        self._index = np.full(1 << self._bits, -1, np.int32)
        self._entries = self._fresh_columns(width + 2, np.int64)
        self._touched = self._fresh_columns(1, np.int32)
        self._counts = np.zeros(3, np.int64)

    def _fresh_columns(self, number: int, kind: type[np.signedinteger[Any]]) -> list[Array]:
        return [np.empty(self._room, kind) for _ in range(number)]

    @property
    def pages(self) -> int:
        """How many pages are in it."""
        return int(self._counts[0])

    @property
    def touched(self) -> int:
        """How many pages have new states."""
        return int(self._counts[1])

    @property
    def count(self) -> int:
        """How many states are in it."""
        return int(self._counts[2])

    def _needed(self, more: int) -> tuple[int, int]:
        """The size of the index, as a power of two, and of the columns, that has room for so many more pages."""
        bits, room = self._bits, self._room
        while (self.pages + more) * 8 >= 7 << bits or self.pages * 2 > 1 << bits:
            bits += 1
        while room < self.pages + more:
            room += room // 2
        return bits, room

    def growth(self, more: int) -> int:
        """The bytes that are needed at once to add so many pages."""
        bits, room = self._needed(more)
        return (0 if bits == self._bits else 4 << bits) + (0 if room == self._room else room * 8)

    def make_room(self, more: int) -> None:
        """Grow, if so many more would not fit well."""
        bits, room = self._needed(more)
        if room != self._room:
            size, self._room = self._room, room
            for columns in (self._entries, self._touched):
                for number, old in enumerate(columns):
                    columns[number] = np.empty(room, old.dtype)
                    columns[number][:size] = old
        if bits != self._bits:
            self._bits = bits
            self._index = np.full(1 << bits, -1, np.int32)
            self._module.index_again(self.pages, bits, self._index, *self._entries[: self._width])

    def add(self, size: int, found: list[Array]) -> None:
        """Add the first so many pages, given as columns of their keys and one of their bits."""
        self._module.insert(size, self._bits, *found, self._index, *self._entries, *self._touched, self._counts)

    def take(self, to: list[Array]) -> None:
        """Write what is new to columns that have room for `touched` pages; it is new no longer."""
        *keys, _, fresh = self._entries
        self._module.take(self.touched, *self._touched, fresh, *keys, *to)
        self._counts[1] = 0


class PagedSearch(HalvedSearch):
    """One run of the compiled search by pages."""

    def __init__(
        self,
        pages: Pages,
        limits: Limits,
        avoid: Formula,
        progress: Callable[[Explored, int], None] | None,
        began: float,
    ) -> None:
        super().__init__(pages.space, module_text(pages, avoid), limits, progress, began)
        self._width = width = pages.words.width
        self.tables = self._tables = [PageTable(self.module, width) for _half in range(2)]
        self._out = [[self.columns(width + 1) for _half in range(2)] for _thread in range(2)]
        self._frontier: list[Array] = []
        self._taken = 0
        states = [pages.state(bit) for bit in range(pages.size)]
        self._small = [np.array([s >> 64 * c & (1 << 64) - 1 for s in states], np.int64) for c in range(width)]

    def start(self, states: Columns) -> Columns:
        # The initial state is the first of its page; its hash, all zero, is zero, and so it belongs to the second half.
        first = np.ones(len(states[0]), np.int64)
        self._tables[1].add(len(first), [*(column.view(np.int64) for column in states), first])
        return self.collected()[0]

    def _next_pages(self, low: int, high: int, thread: int) -> None:
        """Sort what some pages of the frontier lead to by half."""
        out = self._out[thread]
        self.module.expand(low, high, self.counts[thread], *self._frontier, *out[0], *out[1])

    def _insert(self, half: int) -> None:
        """Put what the threads have found into one of the tables."""
        for counts, out in zip(self.counts, self._out, strict=True):
            self._tables[half].add(int(counts[half]), out[half])

    def expanded(self, frontier: Columns) -> Iterator[int]:
        for transitions, _ in self.in_blocks(len(self._frontier[-1]), self._next_pages, self._insert):
            yield transitions

    def collected(self) -> list[Columns]:
        sizes = [table.touched for table in self._tables]
        self._frontier = [np.empty(sum(sizes), np.int64) for _ in range(self._width + 1)]
        for table, some in zip(self._tables, (slice(sizes[0]), slice(sizes[0], None)), strict=True):
            table.take([column[some] for column in self._frontier])
        new = [np.empty(self.count - self._taken, np.int64) for _ in range(self._width)]
        self._taken = self.count
        self.module.unfold(sum(sizes), *self._frontier, *self._small, *new)
        return [[column.view(np.uint64) for column in new]]
