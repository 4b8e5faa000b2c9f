"""A smaller account for the same questions: one place for all that are in the same state.

Rules cannot tell elements of a sort apart, unless these are special, and test counts only against zero. So places in
the same state, up to the size of their counts, meet the same guards, and one of them stands for all: an account of 17
Regions with 50 vaults each usually has a few kinds of vaults. An answer about the smaller account does not cover
interaction between places of one kind, unless `most` is 2.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import TYPE_CHECKING, TypeAlias

from backup_slr.engine.core.variable import Count
from backup_slr.scenario.spec import AccountSpec, EntrySpec

if TYPE_CHECKING:
    from backup_slr.scenario.starting_account import Place, StartingAccount

Signature: TypeAlias = tuple[object, ...]


@dataclass(frozen=True)
class ReducedAccount:
    """An account with fewer places, and the places of the original account that each of its places stands for."""

    account: StartingAccount
    stands_for: Mapping[Place, tuple[Place, ...]]

    def members(self, kept: Place) -> Sequence[Place]:
        """The places that a place stands for; a special one that nothing names: for itself, in each of these places."""
        known = self.stands_for.get(kept)
        return [(*outer, kept[-1]) for outer in self.members(kept[:-1])] if known is None else known


def reduced(start: StartingAccount, most: int = 1, count: int = 1) -> ReducedAccount:
    """Keep at most `most` places of each kind, and clip every count at `count`.

    >>> from backup_slr.lifecycle import BACKUP
    >>> from backup_slr.scenario.starting_account import StartingAccount
    >>> vaults = tuple(EntrySpec(("eu-west-1", f"v{i}"), {"points": 5 + i}) for i in range(50))
    >>> start = StartingAccount("", BACKUP, AccountSpec({"role": 1}, tables={"vault": vaults}))
    >>> small = reduced(start)
    >>> [(entry.place, dict(entry.values)) for entry in small.account.spec.tables["vault"]]
    [(('eu-west-1', 'v0'), {'points': 1})]
    >>> len(small.stands_for["eu-west-1", "v0"])
    50
    """
    return _Reduction(start, most, count).result()


class _Reduction:
    def __init__(self, start: StartingAccount, most: int, count: int) -> None:
        self.start, self.most = start, most
        self.sorts = start.lifecycle.sorts
        self.values: dict[Place, dict[str, int]] = {}
        self.children: dict[Place, list[Place]] = {}
        counts = {v.name for v in start.lifecycle.model.state if isinstance(v, Count)}
        named = {entry.place for entries in start.spec.tables.values() for entry in entries}
        named |= {(element,) for elements in start.spec.lists.values() for element in elements}
        paths = dict.fromkeys([*start.spec.places(), *sorted(named)])
        places = {place[:depth]: None for place in paths for depth in range(len(place) + 1)}
        for place in places:
            self.values[place] = {}
            if place:
                self.children.setdefault(place[:-1], []).append(place)
        for name, elements in start.spec.lists.items():
            for element in elements:
                self.values[element,][name] = 1
        for sort, entries in start.spec.tables.items():
            for entry in entries:
                clipped = {name: min(n, count) if name in counts else n for name, n in entry.values.items()}
                self.values[entry.place] |= clipped | {f" {sort}": 1}
        self.signatures: dict[Place, Signature] = {}

    def signature(self, place: Place) -> Signature:
        """What places of one kind have in common."""
        if place not in self.signatures:
            mine = tuple(sorted((name, value) for name, value in self.values[place].items() if value))
            below: dict[Signature, int] = {}
            for child in self.children.get(place, ()):
                kind = (self._special(child), self.signature(child))
                below[kind] = min(self.most, below.get(kind, 0) + 1)
            self.signatures[place] = (mine, frozenset(below.items()))
        return self.signatures[place]

    def _special(self, place: Place) -> str:
        """The name of a special element; empty for all others."""
        return place[-1] if place[-1] in self.sorts[len(place) - 1].special else ""

    def result(self) -> ReducedAccount:
        """Choose the places that stay, outermost first."""
        stands_for: dict[Place, list[Place]] = {}

        def keep(place: Place, originals: list[Place]) -> None:
            stands_for[place] = originals
            groups: dict[Signature, list[list[Place]]] = {}
            for child in self.children.get(place, ()):
                group = groups.setdefault((self._special(child), self.signature(child)), [])
                if len(group) < self.most:
                    group.append([child])
                else:
                    group[-1].append(child)
            for group in groups.values():
                for members in group:
                    keep(members[0], members)

        keep((), [()])
        spec = self.start.spec
        tables = {
            sort: tuple(EntrySpec(e.place, self._own(e)) for e in entries if e.place in stands_for)
            for sort, entries in spec.tables.items()
        }
        lists = {name: tuple(e for e in elements if (e,) in stands_for) for name, elements in spec.lists.items()}
        elements = tuple(name for name in spec.elements if (name,) in stands_for)
        paths = tuple((place, path) for place, path in spec.paths if place in stands_for)
        small = AccountSpec(spec.values, lists, tables, elements, paths)
        account = replace(self.start, spec=small)
        return ReducedAccount(account, self._expanded(stands_for))

    def _own(self, entry: EntrySpec) -> dict[str, int]:
        return {name: self.values[entry.place][name] for name in entry.values}

    def _expanded(self, kept: Mapping[Place, list[Place]]) -> dict[Place, tuple[Place, ...]]:
        """Add to the places below a kept one those of the same kind below the places that it stands for."""
        found: dict[Place, tuple[Place, ...]] = {}
        kinds: dict[tuple[Place, str, Signature], list[Place]] = {}
        for place in self.values:
            if place:
                kinds.setdefault((place[:-1], self._special(place), self.signature(place)), []).append(place)
        for place, members in kept.items():
            if not place:
                found[place] = tuple(members)
                continue
            kind = (self._special(place), self.signature(place))
            like = [other for other in kinds[place[:-1], *kind] if other in kept]
            first = like.index(place)
            last = None if place == like[-1] else first + 1
            others = [kinds.get((outer, *kind), [])[first:last] for outer in found[place[:-1]][1:]]
            found[place] = (*members, *chain.from_iterable(others))
        return found
