"""Many states worked on at once, as the bits of one word: the text of the compiled search where nothing is exchanged.

A *page* is all states that agree in everything but a few *small* cells. It goes by the state of the page in which all
of these are zero, its *key*; which of its states are meant is a set of bits, one for each combination of values of the
small cells. A move leads all states of a page that it is open in to one other page: where it is open is a mask, and
what it writes to small cells is a shift. So a few instructions take several transitions, and what was visited takes
few bytes a state and fits into the caches of a processor, for which all other searches wait.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import prod
from typing import NamedTuple

from backup_slr.engine.check.exploration import Case, Space
from backup_slr.engine.check.transitions import Move, is_now
from backup_slr.engine.check.vectorized.packing import Words
from backup_slr.engine.compile.codegen import ARRAY, source
from backup_slr.engine.compile.simplify import conj
from backup_slr.engine.core.formula import FALSE, TRUE, And, Element, Formula, Literal, Not, Or
from backup_slr.engine.core.variable import AtMost, Count, Enum, Flag, HasRoom, Is, Variable

BITS = 64
"""So many states fit into one page."""


@dataclass(frozen=True)
class Small:
    """A small cell: where it lies in the word, its mask there, its values, and how far apart they are in a page."""

    position: int
    mask: int
    values: int
    stride: int

    def at(self, bit: int) -> int:
        """The value of the cell in the state that a bit of a page stands for."""
        return bit // self.stride % self.values


class PageMove(NamedTuple):
    """A move of the states `f` of the page `s0`, ..., as text: if it is open there at all, in which of them, to where.

    `shifted` are the states that the open ones, `k`, lead to, in parts, in none of which two lead to the same.
    """

    test: str
    open: str
    keys: tuple[str, ...]
    shifted: tuple[str, ...]


@dataclass(frozen=True)
class Pages:
    """The pages of a space; `words` reads the columns of keys."""

    space: Space
    words: Words

    # ------------------------------------------------------------ which cells are small

    @cached_property
    def small(self) -> dict[int, Small]:
        """The small cells by number: those on which the fewest other cells depend, as long as there are bits for them.

        A cell that decides what happens to others is a bad choice: of the states in which it differs few are found at
        the same depth of the search, and only these are expanded together.
        """
        layout, found, stride = self.words.layout, dict[int, Small](), 1
        for cell in sorted(range(len(layout.cells)), key=lambda c: (len(self._depending[c]), c)):
            values = layout.values(layout.cells[cell][0])
            assert values is not None
            if stride * values <= BITS:
                position, mask = self.words.fields[cell]
                found[cell] = Small(position, mask, values, stride)
                stride *= values
        return found

    @cached_property
    def _depending(self) -> list[set[int]]:
        """For each cell the others that some move writes on a condition that mentions it."""
        found: list[set[int]] = [set() for _ in self.words.layout.cells]
        for move in self.space.moves:
            written = set(map(self._cell, move.ending.writes))
            for cell in self._cells(move.condition):
                found[cell] |= written - {cell}
        return found

    def _cell(self, variable: Variable) -> int:
        place = [index.index for index in variable.at if isinstance(index, Element)]
        return self.words.layout.cell(variable.name, place)

    def _cells(self, formula: Formula) -> Iterator[int]:
        match formula:
            case Flag():
                yield self._cell(formula)
            case Is(variable, _) | AtMost(variable, _) | HasRoom(variable):
                yield self._cell(variable)
            case Not(body):
                yield from self._cells(body)
            case And(parts) | Or(parts):
                for part in parts:
                    yield from self._cells(part)
            case _:
                pass

    @cached_property
    def size(self) -> int:
        """How many states a page has."""
        return prod(small.values for small in self.small.values())

    @cached_property
    def keys(self) -> int:
        """The bits of a state that are its key's."""
        every = (1 << self.words.width * BITS) - 1
        return every & ~sum(small.mask << small.position for small in self.small.values())

    def state(self, bit: int) -> int:
        """What a bit of a page adds to its key: the values of the small cells, as wide as a state."""
        return sum(small.at(bit) << small.position for small in self.small.values())

    # ------------------------------------------------------------ masks, as a reader of formulas

    def _mask(self, variable: Variable, values: Iterable[int]) -> str | None:
        """The states of a page in which a small cell has one of some values; None if the cell is not small."""
        small = self.small.get(self._cell(variable))
        wanted = set(values)
        return small and signed(sum(1 << bit for bit in range(self.size) if small.at(bit) in wanted))

    def flag(self, flag: Flag) -> str:
        """Text of the mask of the states where the flag is set."""
        return self._mask(flag, (1,)) or f"(0 - {self.words.flag(flag)})"

    def equals(self, variable: Enum, value: int) -> str:
        """Text of the mask of the states where the variable has that value."""
        return self._mask(variable, (value,)) or f"(0 - {self.words.equals(variable, value)})"

    def at_most(self, count: Count, number: int) -> str:
        """Text of the mask of the states where the count is that number or less."""
        return self._mask(count, range(number + 1)) or f"(0 - {self.words.at_most(count, number)})"

    def together(self, parts: Sequence[Formula], all_of: bool) -> tuple[list[str], list[Formula]]:
        """Nothing is settled at once: masks are cheap."""
        return [], list(parts)

    def mask(self, formula: Formula) -> str:
        """Text of the mask of the states of a page for which a spelled-out formula holds."""
        if isinstance(formula, Literal):
            return signed((1 << self.size) - 1) if formula.value else signed(0)
        return source(formula, self, self.space.scope, ARRAY)

    def condition(self, formula: Formula) -> tuple[str, list[str]]:
        """What a formula asks of the key alone, as text that is true or false, and masks for the rest of it."""
        parts = formula.parts if isinstance(formula, And) else (formula,)
        of_key = [part for part in parts if part != TRUE and not any(cell in self.small for cell in self._cells(part))]
        rest = [part for part in parts if part != TRUE and part not in of_key]
        test = source(conj(of_key), self.words, self.space.scope) if of_key else "True"
        return test, list(map(self.mask, rest))

    # ------------------------------------------------------------ moves

    def _to_elsewhere(self, group: Sequence[Case], case: Case) -> Iterator[str]:
        """Masks of the states that a move does not leave as they are, nor leads where an earlier one leads too."""
        writes = case.move.ending.writes
        if case.may_stay:
            assert not any(isinstance(variable, Count) for variable in writes), "a count that is written changes"
            yield f"~{self.mask(conj(is_now(v, x) for v, x in writes.items() if not isinstance(v, Count)))}"
        for number in case.may_meet:
            other = group[number].move
            yield f"~{self.mask(conj((other.condition, *_same_target(case.move, other))))}"

    def _shifts(self, move: Move) -> dict[int, int]:
        """How far the bits of a page are shifted by what a move writes to small cells, each with those that are."""
        writes = [
            (self.small[cell], v, x) for v, x in move.ending.writes.items() if (cell := self._cell(v)) in self.small
        ]
        found: dict[int, int] = {}
        for bit in range(self.size):
            target = bit
            for small, variable, value in writes:
                old = small.at(bit)
                new = old + value if isinstance(variable, Count) else value
                if not 0 <= new < small.values:
                    break  # the move is not open there
                target += (new - old) * small.stride
            else:
                found[target - bit] = found.get(target - bit, 0) | 1 << bit
        return found

    def _shifted(self, move: Move) -> Iterator[str]:
        """Texts of where a move leads the states `k` of a page, by how far they are shifted."""
        shifts = self._shifts(move)
        for far, chosen in sorted(shifts.items()):
            some = "k" if len(shifts) == 1 else f"(k & {signed(chosen)})"
            if far > 0:
                some = f"({some} << {far})"
            elif far < 0:
                some = f"int64(uint64({some}) >> uint64({-far}))"
            yield some

    def moves(self) -> Iterator[PageMove]:
        """Every move that changes something."""
        names = tuple(f"s{column}" for column in range(self.words.width))
        for group in self.space.groups(lambda _: True):
            for case in group:
                test, masks = self.condition(case.move.condition)
                masks += self._to_elsewhere(group, case)
                writes = [(v, x) for v, x in case.move.ending.writes.items() if self._cell(v) not in self.small]
                keys = self.words.target(writes) if writes else names
                yield PageMove(test, " & ".join(["f", *masks]), keys, tuple(self._shifted(case.move)))


def _same_target(one: Move, other: Move) -> Iterator[Formula]:
    """Where two moves lead to the same state, beside where both are open."""
    for variable in {**one.ending.writes, **other.ending.writes}:
        a, b = one.ending.writes.get(variable), other.ending.writes.get(variable)
        if a == b:
            continue
        value = b if a is None else a
        assert value is not None
        yield FALSE if isinstance(variable, Count) or None not in (a, b) else is_now(variable, value)


def signed(bits: int) -> str:
    """A set of 64 bits as the text of a number with a sign, in parentheses."""
    return f"({bits - (1 << BITS) if bits >> BITS - 1 else bits})"
