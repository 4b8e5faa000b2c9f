"""States packed into 64-bit words, and formulas as text over them.

Each cell of the layout gets as many bits as its values need, in the order of the cells, so the cells of one place are
adjacent in the word. Only 63 bits of each word are used, so that some pattern is not a state and no number is negative.
No cell spans two words, nor does a block of cells (all cells of one place) that fits into a word; a larger block starts
with a new word. So all blocks of one kind have the same layout.

A Python integer has no maximum: there a state is one number that consists of its words.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from backup_slr.engine.compile.layout import Layout
from backup_slr.engine.compile.simplify import negate
from backup_slr.engine.core.formula import Element, Formula, Not
from backup_slr.engine.core.scope import State
from backup_slr.engine.core.variable import AtMost, Count, Enum, Flag, Is, Variable

WORD, USED = 64, 63
"""The bits of a word, and how many of them are used."""


@dataclass(frozen=True)
class Packing:
    """The packing of a layout whose counts all have bounds, and the `codegen.Reader` of formulas over it.

    With `columns` the text reads each word of a state from its own variable `s0`, `s1`, ...; else all of them from `s`.

    Raises `ValueError` when a count has no bound, so that no number of bits is enough.
    """

    layout: Layout
    columns: bool = False

    # ------------------------------------------------------------ positions

    def _width(self, variable: Variable) -> int:
        values = self.layout.values(variable)
        if values is None:
            raise ValueError(f"{variable.name} has no bound in this scope")
        return (values - 1).bit_length()

    @cached_property
    def _needs(self) -> list[int]:
        """The bits of a block at each depth: the whole state, one element of the outermost sort, and so on."""
        chain, layout = self.layout.chain, self.layout
        needs = [0] * (len(chain) + 2)
        for depth in reversed(range(len(chain) + 1)):
            own = sum(self._width(v) for v in layout.model.state if len(v.per) == depth)
            inner = layout.scope.size(chain[depth]) if depth < len(chain) else 0
            needs[depth] = own + inner * needs[depth + 1]
        return needs

    @cached_property
    def _plan(self) -> tuple[dict[int, int], dict[tuple[int, ...], tuple[int, int]], int]:
        """The position of each cell, the position and length of each block by its place, and the end."""
        chain, layout = self.layout.chain, self.layout
        cells: dict[int, int] = {}
        blocks: dict[tuple[int, ...], tuple[int, int]] = {}

        def put(place: tuple[int, ...], position: int) -> int:
            depth = len(place)
            large = self._needs[depth] > USED
            if large or position % WORD + self._needs[depth] > USED:
                position += -position % WORD
            begin = position
            for variable in layout.model.state:
                if len(variable.per) == depth:
                    width = self._width(variable)
                    if position % WORD + width > USED:
                        position += -position % WORD
                    cells[layout.cell(variable.name, place)] = position
                    position += width
            for index in range(layout.scope.size(chain[depth]) if depth < len(chain) else 0):
                position = put((*place, index), position)
            if large:
                position += -position % WORD
            blocks[place] = (begin, position - begin)
            return position

        return cells, blocks, put((), 0)

    @cached_property
    def fields(self) -> tuple[tuple[int, int], ...]:
        """For each cell, the position of its lowest bit, and its mask before shifting."""
        positions = self._plan[0]
        return tuple((positions[i], (1 << self._width(v)) - 1) for i, (v, _) in enumerate(self.layout.cells))

    def block(self, place: tuple[int, ...]) -> tuple[int, int]:
        """The position and the length of the block of cells that belong to a place."""
        return self._plan[1][place]

    @property
    def bits(self) -> int:
        """The number of bits of the cells of a state."""
        return self._needs[0]

    @property
    def width(self) -> int:
        """The number of words of a state."""
        return max(1, -(-self._plan[2] // WORD))

    def pack(self, state: State) -> int:
        """The word of a state."""
        return sum(value << position for value, (position, _) in zip(state, self.fields, strict=True))

    def unpack(self, word: int) -> State:
        """The state of a word."""
        return tuple(word >> position & mask for position, mask in self.fields)

    def field(self, variable: Variable) -> tuple[int, int]:
        """The position and mask of a variable whose place has no parameters."""
        place = [i.index for i in variable.at if isinstance(i, Element)]
        return self.fields[self.layout.cell(variable.name, place)]

    # ------------------------------------------------------------ as a reader of formulas

    def parts(self, *numbers: int) -> Iterator[tuple[str, tuple[int, ...]]]:
        """The name of each column, and its part of some numbers that are as wide as a state."""
        if not self.columns:
            yield "s", numbers
            return
        for column in range(self.width):
            yield f"s{column}", tuple(n >> column * WORD & (1 << WORD) - 1 for n in numbers)

    def _pattern(self, leaf: Formula) -> tuple[int, int] | None:
        """A mask and a value: the leaf holds exactly where the masked bits have that value."""
        match leaf:
            case Flag(kind="state"):
                position, _ = self.field(leaf)
                return 1 << position, 1 << position
            case Is(variable, value):
                position, mask = self.field(variable)
                return mask << position, value << position
            case AtMost(variable, 0):
                position, mask = self.field(variable)
                return mask << position, 0
            case Not(body) if (pattern := self._pattern(body)) is not None:
                mask, value = pattern
                return (mask, mask ^ value) if mask & mask - 1 == 0 and self._two(body) else None
            case _:
                return None

    def _two(self, leaf: Formula) -> bool:
        """Whether the variable of the leaf has only two values."""
        variable = leaf if isinstance(leaf, Flag) else leaf.variable if isinstance(leaf, Is | AtMost) else None
        return variable is not None and self.layout.values(variable) == 2

    def together(self, parts: Sequence[Formula], all_of: bool) -> tuple[list[str], list[Formula]]:
        """Leaves that one comparison of masked bits decides: the text of the comparison, and the remaining parts."""
        mask = value = 0
        rest: list[Formula] = []
        for part in parts:
            pattern = self._pattern(part if all_of else negate(part))
            if pattern is None or (mask & pattern[0] & (value ^ pattern[1])):
                rest.append(part)
            else:
                mask |= pattern[0]
                value |= pattern[1]
        sign = "==" if all_of else "!="
        return [f"(({name} & {m}) {sign} {v})" for name, (m, v) in self.parts(mask, value) if m], rest

    def _column(self, position: int) -> tuple[str, int]:
        return (f"s{position // WORD}", position % WORD) if self.columns else ("s", position)

    def flag(self, flag: Flag) -> str:
        """Text that is true if the flag is."""
        name, position = self._column(self.field(flag)[0])
        return f"(({name} & {1 << position}) != 0)"

    def equals(self, variable: Enum, value: int) -> str:
        """Text that is true if the variable has that value."""
        position, mask = self.field(variable)
        name, position = self._column(position)
        return f"(({name} & {mask << position}) == {value << position})"

    def at_most(self, count: Count, number: int) -> str:
        """Text that is true if the count is at most that number."""
        position, mask = self.field(count)
        name, position = self._column(position)
        return f"(({name} & {mask << position}) <= {number << position})"

    def target(self, writes: Sequence[tuple[Variable, int]]) -> tuple[str, ...]:
        """For each column, the text of its value after these writes, which are as in `grounding.Ending`."""
        keep = added = new = 0
        for variable, value in writes:
            position, mask = self.field(variable)
            if isinstance(variable, Count):
                added += value << position
            else:
                keep |= mask << position
                new |= value << position
        found: list[str] = []
        for column, (text, (dropped, value)) in enumerate(self.parts(keep, new)):
            more = added
            if self.columns:
                here = [(v, x) for v, x in writes if isinstance(v, Count) and self.field(v)[0] // WORD == column]
                more = sum(x << self.field(v)[0] % WORD for v, x in here)
            name = text
            if dropped:
                everything = (1 << USED) - 1 if self.columns else (1 << self.width * WORD) - 1
                text = f"{name} & {everything & ~dropped}"
                text = f"{text} | {value}" if value else text
            found.append(f"({text}) {'-' if more < 0 else '+'} {abs(more)}" if more else text)
        return tuple(found)
