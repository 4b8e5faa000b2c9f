"""Scopes (bounds on the size of a model), states, and their values in text.

A state is a tuple of small integers, one *cell* for each variable at each place: 0 or 1 for a flag, the number of the
value for an enumeration, the count itself for a count. In the initial state all cells are zero, unless the scope has a
`Start` (see `compile.layout`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from typing import TypeAlias

from backup_slr.engine.core.formula import Element, Param, Sort
from backup_slr.engine.core.variable import Count, Enum, Variable

State: TypeAlias = tuple[int, ...]
Numbers: TypeAlias = tuple[int, ...]
"""The numbers of the elements of a place."""


@dataclass(frozen=True)
class Start:
    """An initial state other than the one in which all cells are zero, for every model that has its variables.

    Attributes
    ----------
    values
        The values other than zero, by variable and place.
    names
        For each place, the names of the elements directly below it; the elements of larger numbers have none.
    """

    values: Mapping[tuple[str, Numbers], int]
    names: Mapping[Numbers, tuple[str, ...]]


@dataclass(frozen=True)
class Scope:
    """The number of elements of each sort, the maximum of each count (None: no maximum), and the initial state.

    A count without a maximum here, such as one of an extension, has that of the first count that has one.

    Raises `ValueError` when a size or a bound is not a whole number, or is below 1.

    >>> Scope(sizes={"region": 2, "vault": 3}, bounds={"points": 1}).size(Sort("vault"))
    3
    """

    sizes: Mapping[str, int]
    bounds: Mapping[str, int | None]
    start: Start | None = None

    def __post_init__(self) -> None:
        for name, size in (*self.sizes.items(), *self.bounds.items()):
            if size is not None and (type(size) is not int or size < 1):
                raise ValueError(f"{name}: a whole number of at least 1, not {size!r}")

    def size(self, sort: Sort) -> int:
        """The number of elements of a sort."""
        return self.sizes[sort.name]

    def bound(self, count: Count) -> int | None:
        """The maximum of a count; None for no maximum.

        Raises `ValueError` when the scope has no maximum of any count.
        """
        if not self.bounds:
            raise ValueError(f"a scope needs a bound of {count.name}, or None")
        return self.bounds.get(count.name, next(iter(self.bounds.values())))

    def places(self, over: Sequence[Param]) -> Iterator[dict[Param, Element]]:
        """Every assignment of elements to these parameters, the last one varying fastest."""
        return map(dict, product(*([(p, element) for element in self._elements(p.sort)] for p in over)))

    def _elements(self, sort: Sort) -> tuple[Element, ...]:
        """The elements of a sort, created once."""
        found = self._made.get(sort)
        if found is None:
            found = self._made[sort] = tuple(Element(sort, i) for i in range(self.size(sort)))
        return found

    @cached_property
    def _made(self) -> dict[Sort, tuple[Element, ...]]:
        return {}

    def kinds_of_places(self, over: Sequence[Param]) -> Iterator[dict[Param, Element]]:
        """One place of each kind: places are of one kind if they differ only in interchangeable elements.

        A formula can refer only to the special elements of a sort, so all others are interchangeable, unless they
        differ in the initial state.
        """
        if self.start is not None:
            yield from self.places(over)
            return
        for place in self.places(over):
            fresh = {p.sort: len(p.sort.special) for p in over}
            for element in place.values():
                if element.index > fresh[element.sort]:
                    break
                fresh[element.sort] = max(fresh[element.sort], element.index + 1)
            else:
                yield place


def shown(variable: Variable, value: int) -> str | int | bool:
    """The value of a cell in text and files: a word, a number, or true or false."""
    if isinstance(variable, Enum):
        return variable.values[value]
    return value if isinstance(variable, Count) else bool(value)
