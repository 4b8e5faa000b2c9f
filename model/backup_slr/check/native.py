"""The search compiled to machine code by numba, with two threads: an extra (``pip install backup-slr[fast]``).

The text of guards and effects is the one that plain Python runs, on 64-bit numbers. States are divided in two halves
by a bit of their hash, each with a table of its own. A block of states is expanded by two threads, each of which sorts
what it finds by half; then each thread fills one table. So no two threads ever write to one place.

What is generated is kept as a module in the user's cache directory, where numba keeps its machine code too: it is
compiled once for each model and scope.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cached_property, partial
from hashlib import sha256
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from tempfile import gettempdir
from types import ModuleType
from typing import Any, TypeVar

import numpy as np

from backup_slr.check.columns import Array, Columns, joined
from backup_slr.check.explore import Explored, Limits
from backup_slr.check.hashset import FACTORS
from backup_slr.check.vector import Search, Vectors
from backup_slr.core.emit import source
from backup_slr.core.formula import FALSE, TRUE, Formula

BLOCK = 1 << 15
"""So many states are expanded between two meetings of the threads."""
ALONE = 1 << 11
"""Fewer states than this are not worth a second thread."""
HEAD = '"""Generated from a table of rules; safe to delete."""\n\nfrom numba import int64, njit, uint64\n'
T = TypeVar("T")
JIT = "\n\n@njit(nogil=True, cache=True)\n"


@dataclass(frozen=True)
class Native(Vectors):
    """The transition relation of a space as machine code."""

    def _search(
        self, limits: Limits, avoid: Formula, progress: Callable[[Explored, int], None] | None, began: float
    ) -> Search:
        return NativeSearch(self, limits, avoid, progress, began)

    # ------------------------------------------------------------ the generated module

    def _names(self, letter: str) -> list[str]:
        return [f"{letter}{column}" for column in range(self.words.width)]

    def _scalar(self, formula: Formula) -> str:
        return "True" if formula == TRUE else source(formula, self.words, self.space.scope)

    def _found_text(self, avoid: Formula) -> str:
        """A function that counts a next state, settles it on the one that stands for it, and puts it by its half."""
        t, a, b = (self._names(letter) for letter in "tab")
        lines = [f"def found(w, counts, {', '.join([*t, *a, *b])}):"]
        if avoid != FALSE:
            lines += [f"    if shunned({', '.join(t)}):", "        return"]
        lines.append("    counts[2] += w")
        if self.symmetry:
            lines.append(f"    {', '.join(t)} = settled({', '.join(t)})")
        for test, number, columns in ((f"if {self._hash('t')} >> uint64(63):", 0, a), ("else:", 1, b)):
            lines += [f"    {test}", f"        n = counts[{number}]", f"        counts[{number}] = n + 1"]
            lines += [f"        {column}[n] = {new}" for column, new in zip(columns, t, strict=True)]
        return JIT + "\n".join([*lines, ""])

    def _hash(self, letter: str) -> str:
        # Numbers without a sign: of those with one LLVM takes for granted that no product overflows.
        names = self._names(letter)
        terms = (f"uint64({name}) * uint64({FACTORS[c % len(FACTORS)]})" for c, name in enumerate(names))
        return f"({' + '.join(terms)})"

    def module_text(self, avoid: Formula) -> str:
        """The source of the module: `expand`, `insert`, `rehash`."""
        s, t = self._names("s"), self._names("t")
        text = HEAD
        if self.symmetry:
            lines = [f"    {line}" for line in replace(self.symmetry, arrays=False).canonical]
            text += JIT + "\n".join([f"def settled({', '.join(s)}):", *lines, f"    return {', '.join(s)}\n"])
        if avoid != FALSE:
            text += f"{JIT}def shunned({', '.join(s)}):\n    return {self._scalar(avoid)}\n"
        text += self._found_text(avoid)
        f, out = self._names("f"), [*self._names("a"), *self._names("b")]
        lines = [f"def expand(low, high, counts, {', '.join([*f, *out])}):"]
        lines += ["    counts[:] = 0", "    for i in range(low, high):"]
        lines += [f"        {name} = f{c}[i]" for c, name in enumerate(s)]
        weigh = replace(self.symmetry, arrays=False).orbit if self.symmetry else ["w = 1"]
        lines += [f"        {line.replace('one', '1')}" for line in weigh]
        for group in self.space.groups(lambda _: True):
            afters = [self.words.target(tuple(case.move.ending.writes.items())) for case in group]
            for case, after in zip(group, afters, strict=True):
                lines.append(f"        if {self._scalar(case.move.condition)}:")
                lines += [f"            {name} = {new}" for name, new in zip(t, after, strict=True)]
                known: list[str] = []
                if case.may_stay:
                    known.append(" and ".join(f"{a} == {b}" for a, b in zip(t, s, strict=True)))
                for other in case.may_meet:
                    same = " and ".join(f"{a} == {b}" for a, b in zip(t, afters[other], strict=True))
                    known.append(f"{self._scalar(group[other].move.condition)} and {same}")
                if known:
                    lines.append(f"            if not ({' or '.join(f'({k})' for k in known)}):")
                lines.append(f"{' ' * (16 if known else 12)}found(w, counts, {', '.join([*t, *out])})")
        return text + JIT + "\n".join([*lines, ""]) + self._table_text()

    def _table_text(self) -> str:
        """Functions that put keys into an open-addressing table of 1 << bits slots."""
        x, k, slots, out = (self._names(letter) for letter in ("x", "k", "t", "o"))
        same = " and ".join(f"t{c}[at] == {name}" for c, name in enumerate(x))
        probe = [f"        at = int64({self._hash('x')} << uint64(1) >> uint64(64 - bits))", "        while True:"]
        put = [f"                t{c}[at] = {name}" for c, name in enumerate(x)]
        lines = [
            f"def insert(size, bits, {', '.join([*k, *slots, *out])}):",
            "    last = (1 << bits) - 1",
            "    new = 0",
        ]
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


def cache_directory() -> Path:
    """Where generated modules are kept: below XDG_CACHE_HOME, ~/.cache, or the directory for temporary files."""
    home = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    for base in (home, gettempdir()):
        folder = Path(base) / "backup-slr"
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError:
            continue
        if os.access(folder, os.W_OK) and (not hasattr(os, "getuid") or folder.stat().st_uid == os.getuid()):
            return folder
    raise OSError("no directory for generated modules can be written; set XDG_CACHE_HOME")


def loaded(text: str) -> ModuleType:
    """The module with this source, which is kept for the next time."""
    name = f"backup_slr_native_{sha256(text.encode()).hexdigest()[:16]}"
    file = cache_directory() / f"{name}.py"
    if not file.exists() or file.read_text(encoding="utf-8") != text:
        part = file.with_suffix(f".{os.getpid()}")
        part.write_text(text, encoding="utf-8")
        part.replace(file)
    spec = spec_from_file_location(name, file)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


class Half:
    """The table of the states with one value of a bit of their hash."""

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


class NativeSearch(Search):
    """One run of the compiled search."""

    def __init__(
        self,
        vectors: Native,
        limits: Limits,
        avoid: Formula,
        progress: Callable[[Explored, int], None] | None,
        began: float,
    ) -> None:
        super().__init__(vectors, limits, avoid, progress, began)
        self.found.engine = "compiled"
        self._module: Any = loaded(vectors.module_text(avoid))
        self._width = vectors.words.width
        self._halves = [Half(self._module, self._width), Half(self._module, self._width)]
        # Memory that is used over and over: what each thread finds, by half, and what of it is new.
        most = sum(len(group) for group in vectors.space.groups(lambda _: True))
        self._out = [[self._room(BLOCK // 2 * most) for _half in range(2)] for _thread in range(2)]
        self._fresh = [self._room(BLOCK * most) for _half in range(2)]
        self._counts = [np.zeros(3, np.int64) for _thread in range(2)]

    def _room(self, size: int) -> list[Array]:
        return [np.empty(size, np.int64) for _ in range(self._width)]

    @cached_property
    def _threads(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(2)

    def _at_once(self, work: Callable[[int], T]) -> list[T]:
        return list(self._threads.map(work, range(2)))

    def _in_turn(self, work: Callable[[int], T]) -> list[T]:
        return [work(0), work(1)]

    @property
    def count(self) -> int:
        return sum(half.count for half in self._halves)

    def start(self, states: Columns) -> Columns:
        # The hash of the initial state, all zero, is zero, and so it belongs to the second half.
        self._halves[1].add(len(states[0]), [c.view(np.int64) for c in states], self._fresh[1])
        return states

    def _next_states(self, columns: list[Array], borders: tuple[int, int, int], thread: int) -> int:
        """Find what the states between two borders lead to, by half; the number of transitions."""
        out, counts = self._out[thread], self._counts[thread]
        self._module.expand(borders[thread], borders[thread + 1], counts, *columns, *out[0], *out[1])
        return int(counts[2])

    def _insert(self, half: int) -> Columns:
        """Put what the threads have found into one of the tables; what was not there before."""
        fresh, new = self._fresh[half], 0
        for counts, out in zip(self._counts, self._out, strict=True):
            new += self._halves[half].add(int(counts[half]), out[half], [column[new:] for column in fresh])
        return [column[:new].view(np.uint64).copy() for column in fresh]

    def expanded(self, frontier: Columns) -> Iterator[tuple[Columns, int]]:
        columns = [column.view(np.int64) for column in frontier]
        size = len(columns[0])
        for low in range(0, size, BLOCK):
            high = min(size, low + BLOCK)
            middle = (low + high) // 2
            both = self._in_turn if high - low < ALONE else self._at_once
            found = both(partial(self._next_states, columns, (low, middle, high)))
            more = [sum(int(counts[half]) for counts in self._counts) for half in range(2)]
            if self._no_room(sum(h.growth(m) for h, m in zip(self._halves, more, strict=True))):
                return
            for half, keys in zip(self._halves, more, strict=True):
                half.make_room(keys)
            yield joined(both(self._insert)), sum(found)
