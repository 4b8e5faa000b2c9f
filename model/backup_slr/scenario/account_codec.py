"""The one format of an account: a state by names, derived from the variables and sorts of a model.

================================================  ==============================================================
a variable without a place                      ``role = "present"``, with hyphens for underscores
a flag of the outermost sort                      the list of the names for which it is on
all others of a sort                              an array of tables, by the plural of the sort: the names of the
                                                  place, then a key for each variable
================================================  ==============================================================

A flag with the name of its sort records that the element exists: it is not a key, and elements without it are omitted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from operator import attrgetter
from typing import Any

from backup_slr.engine.compile.layout import Layout
from backup_slr.engine.core.formula import Sort
from backup_slr.engine.core.scope import shown
from backup_slr.engine.core.step import Machine
from backup_slr.engine.core.variable import Count, Enum, Flag, Variable
from backup_slr.report.names import Names, plural
from backup_slr.scenario.spec import AccountSpec, EntrySpec

Document = dict[str, Any]


@dataclass(frozen=True)
class PlaceTable:
    """The variables of each element of a sort, as an array of tables; `flag` records that it exists.

    Without a flag an element exists if one of its variables does not have its first value.
    """

    chain: tuple[Sort, ...]
    flag: Flag | None
    variables: tuple[Variable, ...]

    @property
    def sort(self) -> str:
        """The name of the sort."""
        return self.chain[-1].name

    @property
    def key(self) -> str:
        """The key of the array."""
        return plural(self.sort)

    @property
    def flags(self) -> tuple[Flag, ...]:
        """The flags that can stay set when an element no longer exists."""
        return tuple(v for v in self.variables if isinstance(v, Flag)) if self.flag is not None else ()

    @property
    def columns(self) -> tuple[str, ...]:
        """The keys for the names of a place."""
        return (*(sort.name for sort in self.chain[:-1]), "name")

    @property
    def example(self) -> str:
        """An array with one element, as text."""
        samples = (sort.special[0] if sort.special else "..." for sort in self.chain)
        names = [f'{column} = "{sample}"' for column, sample in zip(self.columns, samples, strict=True)]
        counts = [f"{key_of(v)} = 2" for v in self.variables if isinstance(v, Count)]
        return f"[{{ {', '.join([*names, *counts[:1]])} }}]"

    def place(self, row: Mapping[str, Any]) -> tuple[str, ...]:
        """The names of the place of a row."""
        return tuple(row[column] for column in self.columns)


@dataclass(frozen=True)
class AccountFormat:
    """The format of the states of a model with these variables."""

    state: tuple[Variable, ...]

    @cached_property
    def chain(self) -> tuple[Sort, ...]:
        """The sorts that places consist of, outermost first."""
        return max((v.per for v in self.state), key=len, default=())

    @cached_property
    def values(self) -> tuple[Flag | Enum | Count, ...]:
        """The variables without a place."""
        return tuple(v for v in self.state if not v.per)

    @cached_property
    def lists(self) -> tuple[Variable, ...]:
        """The flags that are written as lists of names."""
        inner = {table.sort for table in self.tables}
        return tuple(v for v in self.state if len(v.per) == 1 and v.per[0].name not in inner)

    @cached_property
    def tables(self) -> tuple[PlaceTable, ...]:
        """The arrays of tables."""
        found: list[PlaceTable] = []
        for depth, sort in enumerate(self.chain, 1):
            mine = [v for v in self.state if v.per == self.chain[:depth]]
            exists = next((v for v in mine if isinstance(v, Flag) and v.name == sort.name), None)
            if mine and (depth > 1 or exists is not None or not all(isinstance(v, Flag) for v in mine)):
                found.append(PlaceTable(self.chain[:depth], exists, tuple(v for v in mine if v is not exists)))
        return tuple(found)

    @cached_property
    def elements_key(self) -> str | None:
        """The key for further names of the outermost sort, unless a table of that sort has them."""
        outer = self.chain[0].name if self.chain else None
        return None if outer is None or outer in (table.sort for table in self.tables) else plural(outer)

    def cells(self, machine: Machine, names: Names, spec: AccountSpec) -> list[int]:
        """The cells of the state that an account describes; omitted variables have their first value."""
        cells, cell = list(machine.initial), machine.layout.cell
        for name, value in spec.values.items():
            cells[cell(name)] = value
        for name, elements in spec.lists.items():
            for element in elements:
                cells[cell(name, names.numbers(element))] = 1
        for table in self.tables:
            for entry in spec.tables.get(table.sort, ()):
                place = names.numbers(*entry.place)
                there = {table.sort: 1} if table.flag is not None else {}
                for name, value in (there | dict(entry.values)).items():
                    cells[cell(name, place)] = value
        return cells

    def spec(self, values: Mapping[tuple[str, tuple[str, ...]], int], places: Iterable[tuple[str, ...]]) -> AccountSpec:
        """The account with these values of variables at places; `places` are further names."""
        every = list(dict.fromkeys([*places, *(place for _, place in values)]))
        tables: dict[str, tuple[EntrySpec, ...]] = {}
        for table in self.tables:
            flag = "" if table.flag is None else table.flag.name
            mine = [v.name for v in table.variables] + ([flag] if flag else [])
            rows = {p: {name: values.get((name, p), 0) for name in mine} for p in every if len(p) == len(table.chain)}
            # An element exists unless it says that it does not: then it is what is left of one.
            tables[table.sort] = tuple(
                EntrySpec(place, {name: value for name, value in row.items() if bool(value) != (name == flag)})
                for place, row in rows.items()
                if any(row.values())
            )
        lists = {v.name: tuple(place[0] for place in every if values.get((v.name, place))) for v in self.lists}
        own = {v.name: value for v in self.values if (value := values.get((v.name, ())))}
        return AccountSpec(own, lists, tables, paths=tuple((place, ()) for place in every if place))

    # ------------------------------------------------------------ writing

    def document(
        self, layout: Layout, cells: Sequence[int], names: Names, key: Callable[[Variable], str] = attrgetter("name")
    ) -> Document:
        """A state with the keys of the format, followed for each flag by the elements that have it but do not exist.

        `key` is that of a variable in a table, by default its name.
        """

        def value(variable: Variable, place: Sequence[int] = ()) -> str | int | bool:
            return shown(variable, cells[layout.cell(variable.name, place)])

        found: Document = {key_of(v): value(v) for v in self.values}
        for v in self.lists:
            found[key_of(v)] = [names.part(place, 0) for place in names.places(1) if value(v, place)]
        gone: dict[str, list[Document]] = {}
        for table in self.tables:
            rows: list[Document] = []
            for place in names.places(len(table.chain)):
                named = dict(zip(table.columns, names.parts(place), strict=True))
                kept = {key(v): value(v, place) for v in table.variables}
                telling = table.variables if table.flag is None else (table.flag,)
                if any(cells[layout.cell(v.name, place)] for v in telling):
                    rows.append(named | kept)
                    continue
                for v in table.flags:
                    if kept[key(v)]:
                        gone.setdefault(gone_key(v, table), []).append(named)
            found[table.key] = rows
            gone = {gone_key(v, table): [] for v in table.flags} | gone
        return found | gone


@lru_cache(maxsize=32)
def account_format(state: tuple[Variable, ...]) -> AccountFormat:
    """The format of the accounts of a model with these variables."""
    return AccountFormat(state)


def key_of(variable: Variable) -> str:
    """The key of a variable in a file."""
    return variable.name.replace("_", "-")


def gone_key(variable: Variable, table: PlaceTable) -> str:
    """The key of the elements that have a flag but do not exist."""
    return f"{plural(variable.name)}-without-{table.sort}"


# ---------------------------------------------------------------- states


def account_at(layout: Layout, cells: Sequence[int], names: Names) -> Document:
    """The account of a state, with the keys that [account] has."""
    return account_format(layout.model.state).document(layout, cells, names)


def account_in_file(layout: Layout, cells: Sequence[int], names: Names) -> Document:
    """The account of a state, with the keys that a file has, also in its tables."""
    return account_format(layout.model.state).document(layout, cells, names, key_of)
