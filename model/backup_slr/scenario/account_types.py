"""The types of [account] and [finally] in a file, derived from the format of accounts, and how they are read."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Annotated, Any

from msgspec import UNSET, Meta, Struct

from backup_slr.engine.core.rule import Rule
from backup_slr.engine.core.variable import Count, Enum, Flag, Variable, label
from backup_slr.engine.serialize.validation import LARGEST_NUMBER, NonEmpty, about, choice, optional, struct, value_of
from backup_slr.engine.spec.lifecycle import Lifecycle
from backup_slr.errors import quoted
from backup_slr.report.names import place_text
from backup_slr.scenario.account_codec import AccountFormat, PlaceTable, account_format, key_of
from backup_slr.scenario.spec import AccountSpec, EntrySpec
from backup_slr.scenario.toml_source import TomlSource


def account_type(form: AccountFormat, start: bool) -> type[Struct]:
    """The msgspec type of [account], or of [finally]."""
    here = "[account]" if start else "[finally]"
    fields: list[Any] = [_field(v, key_of(v)) for v in form.values]
    for v in form.lists:
        names = about(list[NonEmpty], f"where it is on: {label(v)}")
        fields.append(optional(v.name, names, key_of(v)))
    for table in form.tables:
        fields.append(optional(table.key, about(list[_entry(table)], wanted=f"an array such as {table.example}")))
    if start and form.elements_key:
        note = f"new or unused names of the sort {form.chain[0].name}"
        fields.append(optional(form.elements_key, about(list[NonEmpty], note)))
    says = "The account to start with; defaults for the rest." if start else "What must hold at the end."
    return struct("Account" if start else "Finally", fields, says, UNKNOWN=f"key of {here}:")


@lru_cache(maxsize=256)
def _entry(table: PlaceTable) -> Any:
    """The msgspec type of one table."""
    one = f"a {table.sort}"
    said = {"UNKNOWN": f"key of {one}:", "MISSING": f"{one} needs a {{key}}"}
    columns = [(column, about(NonEmpty, empty=f"the {column} of {one} cannot be empty")) for column in table.columns]
    others = [_field(v, None) for v in table.variables]
    return struct(table.sort.capitalize(), [*columns, *others], f"A {table.sort}.", **said)


def _field(variable: Variable, kind: str | None) -> tuple[str, Any, Any]:
    match variable:
        case Enum(values=values):
            said = {} if kind is None else {"kind": kind}
            return optional(variable.name, choice(values, label(variable), **said), key_of(variable))
        case Flag():
            return optional(variable.name, about(bool, label(variable)), key_of(variable))
        case Count():
            number = Annotated[int, Meta(ge=0, le=LARGEST_NUMBER, description=label(variable))]
            return optional(variable.name, number, key_of(variable))


def _read(form: AccountFormat, given: Any, source: TomlSource, path: str) -> AccountSpec:
    """The account that a value of `account_type` describes. Raises `BadInput` when it has the same element twice."""
    values = {v.name: value for v in form.values if (value := number_of(v, getattr(given, v.name))) is not None}
    lists = {v.name: tuple(names) for v in form.lists if (names := getattr(given, v.name)) is not UNSET}
    elements: Sequence[str] = ()
    if form.elements_key and (said := value_of(given, form.elements_key)) is not UNSET:
        elements = said
        source.each_once(elements, path, form.elements_key, said="is named")
    places: list[tuple[tuple[str, ...], tuple[str | int, ...]]] = []
    for v in form.lists:
        source.each_once(lists.get(v.name, ()), path, key_of(v), said="is named")
        places += [((name,), (path, key_of(v), i)) for i, name in enumerate(lists.get(v.name, ()))]
    tables: dict[str, tuple[EntrySpec, ...]] = {}
    for table in form.tables:
        if (rows := getattr(given, table.key)) is UNSET:
            continue
        entries: dict[tuple[str, ...], EntrySpec] = {}
        for i, row in enumerate(rows):
            place = tuple(getattr(row, column) for column in table.columns)
            if place in entries:
                where = f" in {place_text(*place[:-1])}" if place[:-1] else ""
                source.fail(f"two {table.key} called {quoted(place[-1])}{where}", path, table.key, i)
            numbers = {v.name: number_of(v, getattr(row, v.name)) for v in table.variables}
            entries[place] = EntrySpec(place, {name: n for name, n in numbers.items() if n is not None})
            places.append((place, (path, table.key, i)))
        tables[table.sort] = tuple(entries.values())
    return AccountSpec(values, lists, tables, tuple(elements), tuple(places))


def number_of(variable: Variable, value: Any) -> int | None:
    """The number of a value in a file, if the file has one."""
    if value is UNSET:
        return None
    return variable.values.index(value) if isinstance(variable, Enum) else int(value)


def inputs_in(rule: Rule, given: Any) -> dict[str, int]:
    """The numbers of the inputs of an action that a table in a file states."""
    numbers = {i.name: number_of(i, value_of(given, i.name)) for i in rule.inputs}
    return {name: number for name, number in numbers.items() if number is not None}


def read_account(lifecycle: Lifecycle, given: Any, source: TomlSource, path: str, pending: bool = True) -> AccountSpec:
    """The account that [account] or [finally] describes; `pending`: it may start with a pending deletion.

    Raises `BadInput` when it names an element twice, starts with a pending deletion that it must not have, or sets a
    variable of a role that does not exist.
    """
    state, goal = lifecycle.model.state, lifecycle.goal
    spec = _read(account_format(state), given, source, path)
    if path != "account":
        return spec
    name, gone, there = goal.variable.name, goal.gone, goal.there
    value = goal.variable.values[spec.values.get(name, 0)]
    if value == goal.pending and not pending:
        hint = f"a scenario starts with the {name} {gone} or {there}; request its deletion in a step"
        source.fail(hint, path, key_of(goal.variable))
    for v in state:
        if value == gone and v.owner == goal.variable.owner and v.name != name and spec.values.get(v.name):
            hint = f'a {name} that is {gone} has no {v.name}: set {name} = "{there}"'
            source.fail(hint, path, key_of(v))
    return spec
