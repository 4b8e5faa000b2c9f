"""Which Regions and vaults a scenario can mean: a name that nothing in it could have brought about is a slip."""

from __future__ import annotations

from collections.abc import Iterator

from backup_slr.errors import printable, quoted, unknown
from backup_slr.lifecycle.regions import AWS_REGIONS
from backup_slr.lifecycle.vocabulary import DEFAULT_VAULT_NAME, EFS_VAULT_NAME
from backup_slr.scenario.positions import Path
from backup_slr.scenario.scenario import AccountSaid, StepSaid

ALWAYS_THERE = (DEFAULT_VAULT_NAME, EFS_VAULT_NAME)
NOT_THERE = ("no-such-vault", "no-running-job")
"""Refusals of which a vault that is not there may be the very point."""


def slips(account: AccountSaid, steps: tuple[StepSaid, ...], end: AccountSaid | None) -> Iterator[tuple[str, Path]]:
    """Complaints about Regions and vaults that cannot be meant, each with its path in the file."""
    known = {*AWS_REGIONS, *account.regions}
    for region, path in _regions(account, steps, end):
        if region not in known:
            hint = unknown("Region", region, sorted(known), show=0)
            yield f"{hint} (if it is new, name it in [account]: regions = [...])", path
    vaults = {(vault.region, vault.name) for vault in account.vaults or ()}
    vaults |= {(s.region or "", s.vault or "") for s in steps if s.do == "create_backup_vault"}
    for i, step in enumerate(steps):
        if step.vault is None or step.vault in ALWAYS_THERE or step.because in NOT_THERE:
            continue
        if (step.region or "", step.vault) not in vaults:
            hint = _unknown_vault(step.region or "", step.vault, vaults)
            yield f'{hint} (if the point is that it is not there: because = "no-such-vault")', ("step", i, "vault")
    for i, vault in enumerate(end.vaults or () if end else ()):
        if vault.name not in ALWAYS_THERE and (vault.region, vault.name) not in vaults:
            yield _unknown_vault(vault.region, vault.name, vaults), ("finally", "vaults", i, "name")


def _regions(account: AccountSaid, steps: tuple[StepSaid, ...], end: AccountSaid | None) -> Iterator[tuple[str, Path]]:
    for name, said in (("account", account), ("finally", end)):
        if said:
            yield from ((x, (name, "efs-automatic-backup", i)) for i, x in enumerate(said.efs_automatic_backup or ()))
            yield from ((v.region, (name, "vaults", i, "region")) for i, v in enumerate(said.vaults or ()))
    yield from ((step.region, ("step", i, "region")) for i, step in enumerate(steps) if step.region is not None)


def _unknown_vault(region: str, name: str, vaults: set[tuple[str, str]]) -> str:
    elsewhere = sorted(place for place, other in vaults if other == name)
    if elsewhere:
        return f"vault {quoted(name)} is in {', '.join(map(printable, elsewhere))}, not in {printable(region)}"
    here = sorted(other for place, other in vaults if place == region)
    return unknown("vault", name, [*here, *ALWAYS_THERE])
