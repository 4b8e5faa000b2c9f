"""What an answer shows: templates, formulas and lists, evaluated for an account, a place and a record.

Each part of the data is turned into a function once, since most calls show the same things of many records.
"""

from __future__ import annotations

import string
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import lru_cache
from itertools import chain
from typing import Any, TypeAlias, cast

from backup_slr.endpoint.backend.emulated_account import EmulatedAccount
from backup_slr.endpoint.backend.merged_table import merged
from backup_slr.endpoint.backend.paging import Elements
from backup_slr.endpoint.backend.record_store import Path, Record
from backup_slr.engine.core.formula import Formula
from backup_slr.engine.core.variable import Count, Enum
from backup_slr.engine.spec.emulation import (
    ByOuter,
    DaysFromNow,
    Each,
    Joined,
    Merged,
    Number,
    Of,
    Shown,
    When,
    Word,
)
from backup_slr.report.names import listed, place_text

MISSING = object()
"""The value of a name that nothing defines."""
OWN = ("id", "number", "born", "ended")
"""Names that every record has."""


@dataclass(slots=True)
class View:
    """Where something is shown: an account, a place, the parameters of a call, and the record that it is about.

    `found` are further records of the call by kind, `outer` the Region whose records are listed.
    """

    account: EmulatedAccount
    path: Path
    parameters: Mapping[str, Any] = field(default_factory=dict[str, Any])
    record: Record | None = None
    found: Mapping[str, Record] = field(default_factory=dict[str, Record])
    outer: str = ""

    def lookup(self, name: str) -> Any:
        """The value of a name in a template, `MISSING` if there is none."""
        head, *rest = name.split(".") if "." in name else (name,)
        value = self._first(head)
        for part in rest:
            if isinstance(value, Mapping):
                value = cast("Mapping[str, Any]", value).get(part, MISSING)
            elif isinstance(value, list | tuple) and part.isdigit() and int(part) < len(cast("list[Any]", value)):
                value = cast("list[Any]", value)[int(part)]
            else:
                return MISSING
        return MISSING if value is None else value

    def _first(self, name: str) -> Any:
        record, account = self.record, self.account
        if record is not None:
            if name in record.attributes:
                return record.attributes[name]
            if name in OWN:
                return getattr(record, name)
        if name in account.sorts and (level := account.sorts.index(name)) < len(self.path):
            return self.path[level]
        if name == "account":
            return account.number
        if name == "partition":
            return account.partition(self.path[0] if self.path else self.outer)
        return self.parameters.get(name, MISSING)

    def result(self, shows: Shown) -> Mapping[str, Any]:
        """The result of a call; elements of its lists are computed when they are sent."""
        if not isinstance(shows, dict):
            return self.show(shows) or {}
        members = cast("dict[str, Shown]", shows).items()
        values = ((name, self.elements(one) if isinstance(one, Each) else self.show(one)) for name, one in members)
        return {name: value for name, value in values if value is not None}

    def show(self, shown: Shown) -> Any:
        """The value of what an answer shows; None if it is left out."""
        return evaluator(shown)(self)

    def fields(self, record: Record) -> dict[str, Any]:
        """What clients see of a record."""
        key = id(record), self.outer
        found = self.account.shown.get(key)
        if found is None:
            shown = self.about(record).show(self.account.emulation.records[record.kind].fields)
            found = self.account.shown[key] = record, shown  # the record is kept, so that its id is not reused
        return found[1]

    def about(self, record: Record) -> View:
        """A record itself: not by the parameters of the call, which can have the names of its attributes."""
        return View(self.account, record.path, {}, record, {}, self.outer)

    def of(self, kind: str) -> Record | None:
        """The record of a kind that the call is about, or the latest one at its place."""
        record = self.record if self.record is not None and self.record.kind == kind else self.found.get(kind)
        if record is None:
            depth = self.account.depth(self.account.emulation.records[kind])
            records = self.account.at(kind, self.path[:depth])
            record = next((one for one in reversed(records) if one.ended is None), records[-1] if records else None)
        return record

    def elements(self, each: Each) -> Elements:
        """The elements of a list."""
        where = {name: self.show(template) for name, template in each.where.items()}
        filters = {member: self.parameters[name] for name, member in each.filters.items() if name in self.parameters}
        at = {self.account.sorts.index(name): where.pop(name) for name in list(where) if name in self.account.sorts}
        if self.outer and not each.everywhere:
            at.setdefault(0, self.outer)
        groups = [
            (path, order, records)
            for order, kind in enumerate(each.kinds)
            for path, records in self.account.groups(kind)
            if all(level >= len(path) or _fits(path[level], name) for level, name in at.items())
        ]
        groups.sort(key=lambda group: group[:2])
        records = list(chain.from_iterable(records for _, _, records in groups))
        if where or filters:
            records = [record for record in records if self._fits(record, where, filters)]
        if each.distinct:
            chosen: dict[Any, Record] = {}
            for record in records:
                key = self.about(record).show(each.distinct)
                if record.ended is None or key not in chosen or chosen[key].ended is not None:
                    chosen[key] = record
            records = list(chosen.values())
        shows = each.shows
        return Elements(records, self.fields if shows is None else lambda record: self.about(record).show(shows))

    def _fits(self, record: Record, where: Mapping[str, Any], filters: Mapping[str, Any]) -> bool:
        inner, members = self.about(record), self.account.emulation.records[record.kind].fields
        return all(_fits(inner.lookup(name), value) for name, value in where.items()) and all(
            inner.show(members.get(member)) == value for member, value in filters.items()
        )


def _fits(value: Any, wanted: Any) -> bool:
    """Whether a value is the one that is wanted, or one of them."""
    return value in cast("list[Any]", wanted) if isinstance(wanted, list) else value == wanted


def shows_undated(account: EmulatedAccount, record: Record) -> bool:
    """Whether clients see of a record the date that stands for one that is not known."""
    fields = list(View(account, record.path, outer=record.path[0] if record.path else "").fields(record).values())
    inner = [one for each in fields if isinstance(each, dict) for one in cast("dict[str, Any]", each).values()]
    return account.emulation.undated in [*fields, *inner]


def undated(account: EmulatedAccount) -> Iterator[str]:
    """A text for each action that happens at dates of which some are not known."""
    for action, (_, kinds) in account.emulation.dated.items() if account.emulation.undated else ():
        groups = account.groups(kinds[0]) if action in account.rules else ()
        if at := [place_text(*path) for path, records in groups if shows_undated(account, records[0])]:
            date = datetime.fromtimestamp(account.emulation.undated or 0, UTC)
            yield f"{listed(at)}: the date is not known on which {account.rules[action].says}; shown as {date:%Y-%m-%d}"


# ---------------------------------------------------------------- functions

Evaluate: TypeAlias = Callable[[View], Any]
_evaluators: dict[int, tuple[Shown, Evaluate]] = {}


def evaluator(shown: Shown) -> Evaluate:
    """The function that evaluates a part of the data."""
    if isinstance(shown, str):
        return template(shown)
    found = _evaluators.get(id(shown))  # tables have no hash; what is kept here keeps its id
    if found is None:
        found = _evaluators[id(shown)] = (shown, _evaluator(shown))
    return found[1]


def _evaluator(shown: Shown) -> Evaluate:
    match shown:
        case dict():
            return _table(cast("dict[str, Shown]", shown))
        case list() | tuple():
            parts = [evaluator(one) for one in cast("list[Shown]", shown)]
            return lambda view: [part(view) for part in parts]
        case Formula():
            return lambda view: view.account.holds(shown, view.path)
        case Count():
            return lambda view: view.account.value(shown, view.path)
        case When(holds, then, otherwise):
            if_so, if_not = evaluator(then), evaluator(otherwise)
            return lambda view: (if_so if view.account.holds(holds, view.path) else if_not)(view)
        case Word():
            return _word(shown)
        case Number(kinds):
            return lambda view: sum(len(view.account.at(kind, view.path)) for kind in kinds)
        case Each():
            return lambda view: list(view.elements(shown))
        case ByOuter(kind, element):
            return lambda view: _by_outer(view, kind, evaluator(element))
        case Joined(elements, between, text):
            return lambda view: _joined(view, between.join(map(str, view.show(elements))), text)
        case DaysFromNow(days):
            return lambda view: _days_from_now(view, template(days)(view))
        case Of(kind, member):
            return lambda view: _of(view, kind, member)
        case Merged(old, added, removed, listed):
            return lambda view: merged(
                view.show(old), *(view.parameters.get(name) for name in (added, removed)), listed=listed
            )
        case _:
            return lambda view: shown


@lru_cache(maxsize=4096)
def template(text: str) -> Evaluate:
    """A template: its value, or None if a name in it has none; a template of one name only is the value itself."""
    parts = [(literal, name, spec or "") for literal, name, spec, _ in string.Formatter().parse(text)]
    if all(name is None for _, name, _ in parts):
        constant = "".join(literal for literal, _, _ in parts)
        return lambda view: constant
    if len(parts) == 1 and not parts[0][0] and not parts[0][2]:
        only = str(parts[0][1])
        return lambda view: None if (value := view.lookup(only)) is MISSING else value

    def filled(view: View) -> str | None:
        found: list[str] = []
        for literal, name, spec in parts:
            found.append(literal)
            if name is not None:
                value = view.lookup(name)
                if value is MISSING:
                    return None
                found.append(format(value, spec))
        return "".join(found)

    return filled


def _table(shown: dict[str, Shown]) -> Evaluate:
    members = [(name, evaluator(one)) for name, one in shown.items()]

    def table(view: View) -> dict[str, Any]:
        values = [(name, evaluate(view)) for name, evaluate in members]
        return {name: value for name, value in values if value is not None}

    return table


def _word(shown: Word) -> Evaluate:
    words = {word: evaluator(one) for word, one in shown.words.items()}
    otherwise, of = evaluator(shown.otherwise), shown.of
    if isinstance(of, Enum):
        return lambda view: words.get(_value(view, of), otherwise)(view)
    key = template(of)
    return lambda view: words.get("" if (value := key(view)) is None else str(value), otherwise)(view)


def _value(view: View, variable: Enum) -> str:
    number = view.account.value(variable, view.path)
    return "" if number is None else variable.values[number]


def _by_outer(view: View, kind: str, element: Evaluate) -> list[Any]:
    names = dict.fromkeys(path[0] for path, _ in view.account.groups(kind))
    return [element(replace(view, path=(name,), outer=name, record=None)) for name in names]


def _joined(view: View, joined: str, text: str) -> Any:
    return replace(view, parameters={**view.parameters, "": joined}).show(text)


def _days_from_now(view: View, days: Any) -> Any:
    return None if days is None else view.account.after(int(days) * 86400)


def _of(view: View, kind: str, member: str) -> Any:
    record = view.of(kind)
    if record is None:
        return None
    if not member:
        return view.fields(record)
    return view.about(record).show(view.account.emulation.records[kind].fields.get(member))
