"""The account that values of variables make, in the form in which files describe accounts."""

from __future__ import annotations

from collections.abc import Iterable

from backup_slr.engine.spec.lifecycle import Lifecycle
from backup_slr.scenario.account_codec import account_format
from backup_slr.scenario.spec import AccountSpec, EntrySpec
from backup_slr.scenario.starting_account import Place


def account_of(
    lifecycle: Lifecycle, numbers: dict[tuple[str, Place], int], existing: Iterable[Place], outer: Iterable[str]
) -> AccountSpec:
    """The account in which variables have these numbers at these places."""
    form = account_format(lifecycle.model.state)
    rows: dict[Place, dict[str, int]] = {place: {} for place in existing}
    for (name, place), number in numbers.items():
        if place:
            rows.setdefault(place, {})[name] = number
    tables: dict[str, tuple[EntrySpec, ...]] = {}
    for table in form.tables:
        own = {v.name for v in table.variables}
        at = [place for place in rows if len(place) == len(table.chain)]
        entries = [EntrySpec(place, {n: v for n, v in rows[place].items() if n in own}) for place in at]
        if table.flag is None:
            entries = [entry for entry in entries if any(entry.values.values())]
        tables[table.sort] = tuple(entries)
    lists = {v.name: tuple(place[0] for (n, place) in numbers if n == v.name and len(place) == 1) for v in form.lists}
    top = {v.name: numbers[v.name, ()] for v in form.values if (v.name, ()) in numbers}
    elements = tuple(dict.fromkeys(outer)) if form.elements_key else ()
    places = tuple((place, ()) for place in rows if len(place) > 1 or not form.elements_key)
    return AccountSpec(top, lists, tables, elements, places)
