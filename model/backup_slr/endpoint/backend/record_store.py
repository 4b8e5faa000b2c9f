"""The things in an account that clients see, each with an id, a place and dates."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias

from backup_slr.engine.spec.emulation import Emulation, RecordKind
from backup_slr.engine.spec.lifecycle import Lifecycle

Path: TypeAlias = tuple[str, ...]
"""The names of a place, outermost first; empty: the account."""

START = datetime(2026, 1, 1, tzinfo=UTC)
"""The clock of an account starts here, so that two runs of the same calls are equal."""
LAST = datetime(9999, 1, 1, tzinfo=UTC)
"""It stops here: later dates have no form in answers."""


@dataclass(frozen=True)
class Record:
    """A thing that clients see; `attributes` has what no variable of the model says."""

    kind: str
    path: Path
    id: str
    number: int
    born: datetime
    ended: datetime | None = None
    attributes: Mapping[str, Any] = field(default_factory=dict[str, Any])


class RecordStore:
    """The records of an account, and its clock.

    The records of one kind at one place are a tuple in the order of their numbers, so that a copy of the store is
    cheap, and one of many records is found by bisection.

    Parameters
    ----------
    lifecycle
        It names the levels of places.
    emulation
        The kinds.
    number
        The number of the account.
    """

    def __init__(self, lifecycle: Lifecycle, emulation: Emulation, number: str) -> None:
        self.lifecycle, self.emulation, self.number = lifecycle, emulation, number
        self.sorts = tuple(sort.name for sort in lifecycle.sorts)
        self.now = START
        self.shown: dict[tuple[int, str], tuple[Record, Any]] = {}
        """What clients see of records, until something changes: by the id of the record and the Region of the call."""
        self.clear()

    def clear(self) -> None:
        """Forget all records."""
        self.shown.clear()
        self.records: dict[tuple[str, Path], tuple[Record, ...]] = {}
        self.counters: dict[str, int] = {}

    def advance(self, seconds: float) -> None:
        """Advance the clock."""
        self.now = self.after(seconds)

    def after(self, seconds: float) -> datetime:
        """The time after some seconds."""
        return LAST if seconds >= (LAST - self.now).total_seconds() else self.now + timedelta(seconds=seconds)

    def partition(self, outer: str) -> str:
        """The partition of an outermost element, as ARNs name it."""
        named = self.emulation.partitions
        return next((name for prefix, name in named.items() if outer.startswith(prefix)), "aws")

    def depth(self, kind: RecordKind) -> int:
        """The number of names of the place of a record of this kind."""
        return self.sorts.index(kind.level) + 1 if kind.level in self.sorts else 0

    def groups(self, kind: str) -> list[tuple[Path, tuple[Record, ...]]]:
        """The records of a kind by their places, in the order of these."""
        return sorted((path, records) for (name, path), records in self.records.items() if name == kind and records)

    def all_of(self, kind: str) -> Iterator[Record]:
        """The records of a kind, in the order in which they were made."""
        every = (record for _, records in self.groups(kind) for record in records)
        return iter(sorted(every, key=lambda record: record.number))

    def at(self, kind: str, path: Path) -> tuple[Record, ...]:
        """The records of a kind at a place."""
        return self.records.get((kind, path), ())

    def current(self, record: Record) -> Record | None:
        """A record as it is now; None if it ended and was not kept."""
        records = self.at(record.kind, record.path)
        at = _position(records, record)
        return records[at] if at < len(records) and records[at].number == record.number else None

    def make(self, kind: RecordKind, path: Path, attributes: Mapping[str, Any], times: int = 1) -> Record:
        """Make records, which differ only in their numbers and in ids that no attribute gives; return the last one."""
        self.shown.clear()
        before = self.counters.get(kind.name, 0)
        self.counters[kind.name] = before + times
        place = dict(zip(self.sorts, path, strict=False))
        place |= {"account": self.number, "partition": self.partition(path[0] if path else "")}
        made = [
            Record(
                *(kind.name, path, attributes.get("id") or kind.id.format(number=number, **place)),
                *(number, self.now, None, dict(attributes)),
            )
            for number in range(before + 1, before + times + 1)
        ]
        self.records[kind.name, path] = (*self.at(kind.name, path), *made)
        return made[-1]

    def change(self, record: Record, attributes: Mapping[str, Any]) -> Record:
        """Set attributes of a record."""
        new = replace(record, attributes={**record.attributes, **attributes})
        self._replace(record, (new,))
        return new

    def end(self, record: Record, attributes: Mapping[str, Any]) -> None:
        """End a record; one that is `kept` remains, with these attributes."""
        kind = self.emulation.records[record.kind]
        kept = replace(record, ended=self.now, attributes={**record.attributes, **attributes})
        self._replace(record, (kept,) if kind.kept else ())

    def _replace(self, record: Record, by: tuple[Record, ...]) -> None:
        self.shown.clear()
        key = record.kind, record.path
        records = self.records[key]
        at = _position(records, record)
        self.records[key] = (*records[:at], *by, *records[at + 1 :])


def _position(records: tuple[Record, ...], record: Record) -> int:
    return bisect_left(records, record.number, key=lambda one: one.number)
