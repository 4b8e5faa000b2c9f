"""States packed into one integer each, and formulas as Python text over such a *word*.

Each cell of the layout gets as many bits as its values need, in the order of the cells, so that the cells of one
place lie together in the word too. Python's integers have no largest word; nothing here depends on 64 bits.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from backup_slr.core.formula import Element
from backup_slr.core.scope import Layout, State
from backup_slr.core.variable import Count, Enum, Flag, Variable


@dataclass(frozen=True)
class Words:
    """The packing of a layout whose counts all have bounds, and the reader of formulas over it (`core.emit.Reader`).

    Raises
    ------
    ValueError
        When a count has no bound, so that no number of bits would do.
    """

    layout: Layout

    @cached_property
    def fields(self) -> tuple[tuple[int, int], ...]:
        """For each cell the position of its lowest bit, and its mask before shifting."""
        found: list[tuple[int, int]] = []
        position = 0
        for variable, _ in self.layout.cells:
            values = self.layout.values(variable)
            if values is None:
                raise ValueError(f"{variable.name} has no bound in this scope")
            bits = (values - 1).bit_length()
            found.append((position, (1 << bits) - 1))
            position += bits
        return tuple(found)

    @property
    def bits(self) -> int:
        """The width of a word."""
        position, mask = self.fields[-1]
        return position + mask.bit_length()

    def pack(self, state: State) -> int:
        """The word of a state."""
        return sum(value << position for value, (position, _) in zip(state, self.fields, strict=True))

    def unpack(self, word: int) -> State:
        """The state of a word."""
        return tuple(word >> position & mask for position, mask in self.fields)

    def field(self, variable: Variable) -> tuple[int, int]:
        """The position and mask of a variable whose place is spelled out."""
        place = [i.index for i in variable.at if isinstance(i, Element)]
        return self.fields[self.layout.cell(variable.name, place)]

    # ------------------------------------------------------------ as a reader of formulas

    def _masked(self, variable: Variable) -> tuple[str, int]:
        position, mask = self.field(variable)
        return f"s & {mask << position}", position

    def flag(self, flag: Flag) -> str:
        """Text that is true when the flag is."""
        return f"({self._masked(flag)[0]})"

    def equals(self, variable: Enum, value: int) -> str:
        """Text that is true when the variable has that value."""
        text, position = self._masked(variable)
        return f"({text} == {value << position})".replace(text, f"({text})")

    def at_most(self, count: Count, number: int) -> str:
        """Text that is true when the count is that number or less."""
        text, position = self._masked(count)
        if number == 0:
            return f"(not {text})"
        return f"(({text}) <= {number << position})"
