"""The oracle as an adapter, for ``backup-slr mutate --oracle support.beside_oracle:adapter``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from oracle import Account

from backup_slr.lifecycle import BACKUP
from backup_slr.report.names import example_names
from backup_slr.testing.adapter import Parameters, Reply


class OracleAdapter:
    """An account of the oracle with names of Regions and vaults."""

    def __init__(self, regions: int, vaults: int, points: int | None, assumptions: Mapping[str, str]) -> None:
        self.names = example_names(BACKUP, BACKUP.scope(regions, vaults, 1))
        self.size = (regions, vaults, points)
        self.assumptions = assumptions
        self.reset()

    def reset(self) -> None:
        self.account = Account(*self.size, self.assumptions)

    def perform(self, action: str, parameters: Parameters) -> Reply:
        said = dict(parameters)
        region, vault = said.pop("region", None), said.pop("vault", None)
        place = self.names.numbers(*(None if x is None else str(x) for x in (region, vault)))
        return Reply(*self.account.perform(action, *place, **said))  # type: ignore[arg-type]

    def observe(self) -> Mapping[str, Any]:
        role, description, cross_account, efs, places = self.account.snapshot()
        every = [
            (region, name, slot)
            for region, names, slots in zip(self.names.regions, self.names.vaults, places, strict=True)
            for name, slot in zip(names, slots, strict=True)
        ]
        return {
            "role": role,
            "description": description,
            "cross-account": cross_account,
            "efs-automatic-backup": [region for region, on in zip(self.names.regions, efs, strict=True) if on],
            "vaults": [
                {"region": region, "name": name, "points": points, "job": job}
                for region, name, (vault, points, job) in every
                if vault
            ],
            "jobs-without-vault": [
                {"region": region, "name": name} for region, name, (vault, _, job) in every if job and not vault
            ],
        }


adapter = OracleAdapter
