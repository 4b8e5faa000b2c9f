"""The layout of a state: the cell of each variable at each place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product

from backup_slr.engine.core.formula import Sort
from backup_slr.engine.core.model import Model
from backup_slr.engine.core.scope import Scope, State
from backup_slr.engine.core.variable import Count, Enum, Flag, Variable


@dataclass(frozen=True)
class Layout:
    """The cell of each variable at each place.

    The cells of one place are adjacent: first the variables without an index, then for each Region its own variables,
    followed by those of each of its vaults. So a cell number is a constant plus a multiple of each index, and
    interchangeable places are blocks of equal shape. The sorts that index variables are nested: (), (a,), (a, b), ...
    (see `compile.wellformed`).
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
            if isinstance(variable, Count):
                self.scope.bound(variable)

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
        return self._blocks[0]

    @cached_property
    def initial(self) -> State:
        """The initial state: all cells are zero, except for those of `Scope.start`.

        Raises `ValueError` when a value of the start is not possible in this scope.
        """
        cells = [0] * self.width
        values: Mapping[tuple[str, tuple[int, ...]], int] = {} if self.scope.start is None else self.scope.start.values
        for (name, place), value in values.items():
            if name not in self.affine:
                continue  # a variable of another model that is explored from the same start
            cell = self.cell(name, place)
            most = self.values(self.cells[cell][0])
            if most is not None and value >= most:
                raise ValueError(f"{name}: the initial state has {value}, and this scope at most {most - 1}")
            cells[cell] = value
        return tuple(cells)

    @cached_property
    def affine(self) -> dict[str, tuple[int, tuple[int, ...]]]:
        """By variable, the constant and the factor of each index of which its cell number is the sum."""
        found: dict[str, tuple[int, tuple[int, ...]]] = {}
        flat = [[v.name for v in self.model.state if len(v.per) == d] for d in range(len(self.chain) + 1)]
        for depth, names in enumerate(flat):
            for number, name in enumerate(names):
                constant = sum(len(outer) for outer in flat[:depth]) + number
                found[name] = (constant, tuple(self._blocks[1 : depth + 1]))
        return found

    def cell(self, name: str, indices: Sequence[int] = ()) -> int:
        """The number of the cell that holds a variable at a place."""
        number, factors = self.affine[name]
        for index, factor in zip(indices, factors, strict=True):
            number += index * factor
        return number

    @cached_property
    def cells(self) -> tuple[tuple[Variable, tuple[int, ...]], ...]:
        owner: dict[int, tuple[Variable, tuple[int, ...]]] = {}
        for variable in self.model.state:
            for place in product(*(range(self.scope.size(s)) for s in variable.per)):
                owner[self.cell(variable.name, place)] = (variable, place)
        return tuple(owner[i] for i in range(self.width))

    def nonzero(self, state: State) -> dict[tuple[str, tuple[int, ...]], int]:
        """The values of a state other than zero, by variable and place: the inverse of `Scope.start`."""
        return {(v.name, at): n for (v, at), n in zip(self.cells, state, strict=True) if n}

    def values(self, variable: Variable) -> int | None:
        """The number of values of one cell of a variable; None for a count without a bound."""
        if isinstance(variable, Enum):
            return len(variable.values)
        if isinstance(variable, Flag):
            return 2
        bound = self.scope.bound(variable)
        return None if bound is None else bound + 1
