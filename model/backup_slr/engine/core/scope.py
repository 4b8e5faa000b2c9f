"""Scopes (bounds on the size of a model), and the layout of a state.

A state is a tuple of small integers, one *cell* for each variable at each place: 0 or 1 for a flag, the number of the
value for an enumeration, the count itself for a count. In the initial state all cells are zero.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from typing import TypeAlias

from backup_slr.engine.core.formula import Element, Param, Sort
from backup_slr.engine.core.model import Model
from backup_slr.engine.core.variable import Count, Enum, Flag, Variable

State: TypeAlias = tuple[int, ...]


@dataclass(frozen=True)
class Scope:
    """The number of elements of each sort, and the maximum of each count (None: no maximum).

    Raises
    ------
    ValueError
        When a size or a bound is not a whole number, or is below 1.

    >>> Scope(sizes={"region": 2, "vault": 3}, bounds={"points": 1}).size(Sort("vault"))
    3
    """

    sizes: Mapping[str, int]
    bounds: Mapping[str, int | None]

    def __post_init__(self) -> None:
        for name, size in (*self.sizes.items(), *self.bounds.items()):
            if size is not None and (type(size) is not int or size < 1):
                raise ValueError(f"{name}: a whole number from 1 up, not {size!r}")

    def size(self, sort: Sort) -> int:
        """The number of elements of a sort."""
        return self.sizes[sort.name]

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

        A formula can refer only to the special elements of a sort, so all others are interchangeable.
        """
        for place in self.places(over):
            fresh = {p.sort: len(p.sort.special) for p in over}
            for element in place.values():
                if element.index > fresh[element.sort]:
                    break
                fresh[element.sort] = max(fresh[element.sort], element.index + 1)
            else:
                yield place


@dataclass(frozen=True)
class Layout:
    """The cell of each variable at each place.

    The cells of one place are adjacent: first the variables without an index, then for each Region its own variables,
    followed by those of each of its vaults. So a cell number is a constant plus a multiple of each index, and
    interchangeable places are blocks of equal shape. The sorts that index variables are nested: (), (a,), (a, b), ...
    (see `compile.wellformed`).

    Raises
    ------
    ValueError
        When the scope is too small for the special elements of a sort, or has no entry for a count.
    """

    model: Model
    scope: Scope

    def __post_init__(self) -> None:
        for sort in self.model.sorts:
            if self.scope.sizes.get(sort.name, 0) < len(sort.special):
                raise ValueError(
                    f"a scope needs at least {len(sort.special)} of {sort.name}: {', '.join(sort.special)}"
                )
        for variable in self.model.state:
            if isinstance(variable, Count) and variable.name not in self.scope.bounds:
                raise ValueError(f"a scope needs a bound of {variable.name}, or None")

    @cached_property
    def chain(self) -> tuple[Sort, ...]:
        """The sorts that places consist of, outermost first."""
        return max((v.per for v in self.model.state), key=len, default=())

    @cached_property
    def _blocks(self) -> list[int]:
        """The number of cells of a block at each depth: the whole state, one Region, one vault."""
        sizes = [0] * (len(self.chain) + 1)
        for depth in reversed(range(len(self.chain) + 1)):
            inner = self.scope.size(self.chain[depth]) * sizes[depth + 1] if depth < len(self.chain) else 0
            sizes[depth] = sum(len(v.per) == depth for v in self.model.state) + inner
        return sizes

    @property
    def width(self) -> int:
        """The number of cells of a state."""
        return self._blocks[0]

    @property
    def initial(self) -> State:
        """The initial state."""
        return (0,) * self.width

    @cached_property
    def _affine(self) -> dict[str, tuple[int, tuple[int, ...]]]:
        found: dict[str, tuple[int, tuple[int, ...]]] = {}
        flat = [[v.name for v in self.model.state if len(v.per) == d] for d in range(len(self.chain) + 1)]
        for depth, names in enumerate(flat):
            for number, name in enumerate(names):
                constant = sum(len(outer) for outer in flat[:depth]) + number
                found[name] = (constant, tuple(self._blocks[1 : depth + 1]))
        return found

    def affine(self, name: str) -> tuple[int, tuple[int, ...]]:
        """The constant and the factor of each index of which a variable's cell number is the sum."""
        return self._affine[name]

    def cell(self, name: str, indices: Sequence[int] = ()) -> int:
        """The number of the cell that holds a variable at a place."""
        constant, factors = self._affine[name]
        return constant + sum(i * f for i, f in zip(indices, factors, strict=True))

    @cached_property
    def cells(self) -> tuple[tuple[Variable, tuple[int, ...]], ...]:
        """For each cell its variable and its place."""
        owner: dict[int, tuple[Variable, tuple[int, ...]]] = {}
        for variable in self.model.state:
            for place in product(*(range(self.scope.size(s)) for s in variable.per)):
                owner[self.cell(variable.name, place)] = (variable, place)
        return tuple(owner[i] for i in range(self.width))

    def values(self, variable: Variable) -> int | None:
        """The number of values of one cell of a variable; None for a count without a bound."""
        if isinstance(variable, Enum):
            return len(variable.values)
        if isinstance(variable, Flag):
            return 2
        bound = self.scope.bounds[variable.name]
        return None if bound is None else bound + 1


def shown(variable: Variable, value: int) -> str | int | bool:
    """The value of a cell in text and files: a word, a number, or true or false."""
    if isinstance(variable, Enum):
        return variable.values[value]
    return value if isinstance(variable, Count) else bool(value)
