"""Elements of a list that no fact can tell apart, as one element: what makes an inventory of a million points small."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property, lru_cache
from operator import attrgetter
from typing import Any, TypeAlias

from backup_slr.engine.spec.inventory import EarliestDate, InventoryFact
from backup_slr.inventory.typed_answers import first, instant

Numbered: TypeAlias = tuple[Any, int]
"""An element, and the number of elements that it stands for."""
BY_DATE, BY_NOW = ("past", "future"), ("past now", "future now")


@dataclass(frozen=True)
class AlikeElements:
    """What facts about a list read: the paths of values, and of the one date of which only the latest matters.

    Facts about a date ask for the latest one, whether it is in the past, or whether it is set.
    """

    values: tuple[str, ...]
    date: str

    @classmethod
    def of(cls, facts: Sequence[InventoryFact]) -> AlikeElements | None:
        """The paths that facts about the same list read; None if it has no date, several, or is read at two times."""
        latest = {fact.effect.path for fact in facts if isinstance(fact.effect, EarliestDate) and fact.effect.path}
        if len(latest) != 1 or any(showing.how in BY_NOW for fact in facts for showing in fact.when):
            return None
        (date,) = latest
        plain = {showing.path for fact in facts for showing in fact.when if showing.how not in BY_DATE}
        other = {showing.path for fact in facts for showing in fact.when if showing.how in BY_DATE} - latest
        places = {fact.place.lstrip("@") for fact in facts if fact.place and fact.place[0] not in "$/"}
        numbers = {path for fact in facts if (path := getattr(fact.effect, "path", ""))} - latest
        return cls(tuple(sorted((plain | other | places | numbers) - latest)), date)

    @cached_property
    def _others(self) -> Callable[[Any], object]:
        """Everything but the date, as something to compare: whole members if the date is in none of them."""
        members = dict.fromkeys(path.partition(".")[0] for path in self.values)
        if not members:
            return lambda _: ()
        if self.date.partition(".")[0] in members or any("[]" in path for path in self.values):
            return lambda element: tuple(first(element, path) for path in self.values)
        return attrgetter(*members)

    def joined(self, elements: Iterable[Any], at: datetime, apart: timedelta = timedelta()) -> Iterator[Numbered]:
        """The elements with their numbers: those that differ only in dates are joined on each side of the present.

        Parameters
        ----------
        elements
            Typed elements.
        at
            The present time.
        apart
            Dates nearer than this to the present time are kept: they may be in the past for a later reader.
        """
        found: dict[object, tuple[Any, int, datetime | None]] = {}
        before, after = at - apart, at + apart
        for element in elements:
            said = first(element, self.date)
            date = None if said is None else _instant(said)
            when = repr(said) if date is None or before <= date <= after else date > after
            key = self._others(element), when
            known = found.get(key)
            if known is None:
                found[key] = element, element.alike, date
            else:
                later = date is not None and known[2] is not None and date > known[2]
                chosen, latest = (element, date) if later else (known[0], known[2])
                found[key] = chosen, known[1] + element.alike, latest
        for element, number, _ in found.values():
            yield element, number


_instant = lru_cache(maxsize=65536, typed=True)(instant)
