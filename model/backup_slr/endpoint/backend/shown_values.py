"""What an answer shows: templates, formulas and lists, evaluated for an account, a place and a record."""

from __future__ import annotations

import string
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import lru_cache
from itertools import chain
from typing import Any, cast

from backup_slr.endpoint.backend.emulated_account import EmulatedAccount
from backup_slr.endpoint.backend.paging import Elements
from backup_slr.endpoint.backend.record_store import Path, Record
from backup_slr.engine.core.formula import Formula
from backup_slr.engine.core.variable import Count, Enum
from backup_slr.engine.spec.emulation import ByOuter, DaysFromNow, Each, Joined, Number, Of, Shown, When, Word

MISSING = object()
"""The value of a name that nothing defines."""


@dataclass(frozen=True)
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

    # ---------------------------------------------------------------- names

    def lookup(self, name: str) -> Any:
        """The value of a name in a template."""
        head, *rest = name.split(".")
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
        if (record := self.record) is not None:
            if name in record.attributes:
                return record.attributes[name]
            if name in ("id", "number", "born", "ended"):
                return getattr(record, name)
        for sort, part in zip(self.account.sorts, self.path, strict=False):
            if sort == name:
                return part
        if name == "account":
            return self.account.number
        if name == "partition":
            return self.account.partition(self.path[0] if self.path else self.outer)
        return self.parameters.get(name, MISSING)

    def fill(self, template: str) -> Any:
        """A template filled in; `MISSING` if a name has no value, and the value itself if it is one name only."""
        parts = parsed(template)
        if len(parts) == 1 and parts[0][1] is not None and not parts[0][0] and not parts[0][2]:
            return self.lookup(parts[0][1])
        text: list[str] = []
        for literal, name, spec in parts:
            text.append(literal)
            if name is not None:
                value = self.lookup(name)
                if value is MISSING:
                    return MISSING
                text.append(format(value, spec))
        return "".join(text)

    # ---------------------------------------------------------------- values

    def result(self, shows: Shown) -> Mapping[str, Any]:
        """The result of a call; elements of its lists are computed when they are sent."""
        if not isinstance(shows, dict):
            return self.show(shows) or {}
        members = cast("dict[str, Shown]", shows).items()
        lists: dict[str, Any] = {name: self._each(one) for name, one in members if isinstance(one, Each)}
        return {**self.show({name: one for name, one in members if name not in lists}), **lists}

    def show(self, shown: Shown) -> Any:
        """The value of what an answer shows; None if it is left out."""
        match shown:
            case str():
                value = self.fill(shown)
                return None if value is MISSING else value
            case dict():
                members = cast("dict[str, Shown]", shown)
                values = ((name, self.show(one)) for name, one in members.items())
                return {name: value for name, value in values if value is not None}
            case list() | tuple():
                return [self.show(one) for one in cast("list[Shown]", shown)]
            case Formula():
                return self.account.holds(shown, self.path)
            case Count():
                return self.account.value(shown, self.path)
            case When(holds, then, otherwise):
                return self.show(then if self.account.holds(holds, self.path) else otherwise)
            case Word(of, words, otherwise):
                return self.show(words.get(self._word(of), otherwise))
            case Number(kinds):
                return sum(len(self.account.at(kind, self.path)) for kind in kinds)
            case Each():
                return list(self._each(shown))
            case ByOuter(kind, element):
                outer = dict.fromkeys(path[0] for path, _ in self.account.groups(kind))
                return [replace(self, path=(name,), outer=name, record=None).show(element) for name in outer]
            case Joined(elements, between, text):
                joined = between.join(map(str, self.show(elements)))
                return replace(self, parameters={**self.parameters, "": joined}).show(text)
            case DaysFromNow(days):
                number = self.fill(days)
                return None if number is MISSING else self.account.now + timedelta(days=int(number))
            case Of(kind, member):
                return self._of(kind, member)
            case _:
                return shown

    def _word(self, of: Enum | str) -> str:
        if isinstance(of, str):
            value = self.fill(of)
            return "" if value is MISSING else str(value)
        number = self.account.value(of, self.path)
        return "" if number is None else of.values[number]

    def _of(self, kind: str, member: str) -> Any:
        record = self.record if self.record is not None and self.record.kind == kind else self.found.get(kind)
        if record is None:
            depth = self.account.depth(self.account.emulation.records[kind])
            records = self.account.at(kind, self.path[:depth])
            record = next((one for one in reversed(records) if one.ended is None), records[-1] if records else None)
        if record is None:
            return None
        fields = self.fields(record)
        return fields.get(member) if member else fields

    def fields(self, record: Record) -> dict[str, Any]:
        """What clients see of a record."""
        return self.about(record).show(self.account.emulation.records[record.kind].fields)

    def about(self, record: Record) -> View:
        """A record itself: not by the parameters of the call, which can have the names of its attributes."""
        return View(self.account, record.path, {}, record, {}, self.outer)

    def _each(self, each: Each) -> Elements:
        where = {name: self.show(template) for name, template in each.where.items()}
        filters = {member: self.parameters[name] for name, member in each.filters.items() if name in self.parameters}
        at = {self.account.sorts.index(name): where.pop(name) for name in list(where) if name in self.account.sorts}
        if self.outer and not each.everywhere:
            at.setdefault(0, self.outer)
        groups = [
            (path, order, records)
            for order, kind in enumerate(each.kinds)
            for path, records in self.account.groups(kind)
            if all(level >= len(path) or path[level] == name for level, name in at.items())
        ]
        groups.sort(key=lambda group: group[:2])
        records = list(chain.from_iterable(records for _, _, records in groups))
        if where or filters:
            records = [record for record in records if self._fits(record, where, filters)]
        if each.distinct:
            last = {self.about(record).show(each.distinct): record for record in records}
            records = list(last.values())
        shows = each.shows
        return Elements(records, self.fields if shows is None else lambda record: self.about(record).show(shows))

    def _fits(self, record: Record, where: Mapping[str, Any], filters: Mapping[str, Any]) -> bool:
        inner, members = self.about(record), self.account.emulation.records[record.kind].fields
        return all(inner.lookup(name) == value for name, value in where.items()) and all(
            inner.show(members.get(member)) == value for member, value in filters.items()
        )


@lru_cache(maxsize=1024)
def parsed(template: str) -> tuple[tuple[str, str | None, str], ...]:
    """The parts of a template: literal text, the name after it (if any), and the format of its value."""
    return tuple((literal, name, spec or "") for literal, name, spec, _ in string.Formatter().parse(template))
