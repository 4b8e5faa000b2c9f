"""What an answer shows: templates, formulas and lists, evaluated for an account, a place and a record."""

from __future__ import annotations

import string
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import lru_cache
from typing import Any, cast

from backup_slr.endpoint.backend.emulated_account import EmulatedAccount, Path, Record
from backup_slr.engine.core.formula import Formula
from backup_slr.engine.core.variable import Count, Enum
from backup_slr.engine.spec.emulation import ByOuter, DaysFromNow, Each, Joined, Number, Of, Pairs, Shown, When, Word

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
        for sort, part in zip(self.account.lifecycle.sorts, self.path, strict=False):
            if sort.name == name:
                return part
        if name == "account":
            return self.account.number
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
                outer = dict.fromkeys(record.path[0] for record in self.account.all_of(kind))
                return [replace(self, path=(name,), outer=name, record=None).show(element) for name in outer]
            case Joined(elements, between, text):
                joined = between.join(map(str, self.show(elements)))
                return replace(self, parameters={**self.parameters, "": joined}).show(text)
            case Pairs(table):
                entries = self.show(table)
                if not isinstance(entries, Mapping):
                    return []
                return [{"Key": key, "Value": one} for key, one in cast("Mapping[str, Any]", entries).items()]
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
        record = record or self.latest(kind)
        if record is None:
            return None
        fields = self.fields(record)
        return fields.get(member) if member else fields

    def latest(self, kind: str) -> Record | None:
        """The latest record of a kind at the place, if possible one that has not ended."""
        records = self.account.at(kind, self.path[: self.account.depth(self.account.emulation.records[kind])])
        return next((one for one in reversed(records) if one.ended is None), records[-1] if records else None)

    def fields(self, record: Record) -> dict[str, Any]:
        """What clients see of a record."""
        return self.about(record).show(self.account.emulation.records[record.kind].fields)

    def about(self, record: Record) -> View:
        """The same view of another record."""
        return replace(self, record=record, path=record.path)

    def _each(self, each: Each) -> Iterator[Any]:
        filters = {member: self.parameters[name] for name, member in each.filters.items() if name in self.parameters}
        where = {name: self.show(template) for name, template in each.where.items()}
        records = [record for kind in each.kinds for record in self.account.all_of(kind)]
        for record in sorted(records, key=lambda record: (record.path, record.number)):
            if record.path and self.outer and not each.everywhere and record.path[0] != self.outer:
                continue
            inner = self.about(record)
            if any(inner.fill(f"{{{name}}}") != value for name, value in where.items()):
                continue
            fields = self.fields(record)
            if all(fields.get(member) == value for member, value in filters.items()):
                yield fields if each.shows is None else inner.show(each.shows)


@lru_cache(maxsize=1024)
def parsed(template: str) -> tuple[tuple[str, str | None, str], ...]:
    """The parts of a template: literal text, the name after it (if any), and the format of its value."""
    return tuple((literal, name, spec or "") for literal, name, spec, _ in string.Formatter().parse(template))
