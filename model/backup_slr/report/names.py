"""What the numbered Regions and vaults of a state are called when people read about them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from backup_slr.errors import printable
from backup_slr.lifecycle.regions import EXAMPLE_REGIONS
from backup_slr.lifecycle.vocabulary import DEFAULT_VAULT_NAME, EFS_VAULT_NAME


@dataclass(frozen=True)
class Names:
    """Region names, and for each Region the names of its vaults by place."""

    regions: tuple[str, ...]
    vaults: tuple[tuple[str, ...], ...]

    def region(self, place: Sequence[int]) -> str:
        """The Region of a place."""
        return self.regions[place[0]]

    def vault(self, place: Sequence[int]) -> str:
        """The vault of a place."""
        names = self.vaults[place[0]]
        return names[place[1]] if place[1] < len(names) else f"vault-{place[1] - 1}"

    @cached_property
    def _numbers(self) -> tuple[dict[str, int], list[dict[str, int]]]:
        of_regions = {name: i for i, name in enumerate(self.regions)}
        return of_regions, [{name: i for i, name in enumerate(vaults)} for vaults in self.vaults]

    def numbers(self, region: str | None = None, vault: str | None = None) -> tuple[int, ...]:
        """The place that names stand for: the inverse of `region` and `vault`."""
        if region is None:
            return ()
        of_regions, of_vaults = self._numbers
        number = of_regions[region]
        return (number,) if vault is None else (number, of_vaults[number][vault])

    def place(self, place: Sequence[int]) -> str:
        """Region and vault as one word for people, as far as a place has them."""
        return place_text(self.region(place), *([self.vault(place)] if len(place) > 1 else [])) if place else ""


def place_text(*names: str) -> str:
    """A Region, and perhaps a vault in it, as one word for people."""
    return "/".join(map(printable, names))


def usual_names(regions: int, vaults: int) -> Names:
    """Names for a scope: well-known Regions, the two special vaults, then vault-1, vault-2, ..."""
    called = tuple(EXAMPLE_REGIONS[i] if i < len(EXAMPLE_REGIONS) else f"region-{i + 1}" for i in range(regions))
    ordinary = tuple(f"vault-{i + 1}" for i in range(vaults - 2))
    return Names(called, ((DEFAULT_VAULT_NAME, EFS_VAULT_NAME, *ordinary),) * regions)
