"""Measure the speed of plans of large accounts: processor seconds to find, to prove and to write one."""

from __future__ import annotations

import itertools
import time
from random import Random

from backup_slr.advice.plan import planned
from backup_slr.advice.plan_formats.plan_shell import shell_script
from backup_slr.advice.plan_proof import proved
from backup_slr.lifecycle import BACKUP
from backup_slr.lifecycle.regions import AWS_REGIONS
from backup_slr.scenario.spec import AccountSpec, EntrySpec
from backup_slr.scenario.starting_account import StartingAccount

REGIONS = sorted(AWS_REGIONS)[:17]
POINTS = 1_000_000


def account(vaults: int) -> StartingAccount:
    """An account with this number of vaults in each Region, every third of them empty, and a million points."""
    names = ["Default", *(f"vault-{i}" for i in range(1, vaults))]
    each = POINTS // (len(REGIONS) * vaults)
    entries = tuple(
        EntrySpec((r, name), {"points": each * (i % 3 > 0)}) for r in REGIONS for i, name in enumerate(names)
    )
    paths = tuple((entry.place, ()) for entry in entries)
    return StartingAccount("", BACKUP, AccountSpec({"role": 1}, tables={"vault": entries}, paths=paths))


def varied(vaults: int) -> StartingAccount:
    """An account of the same size in which hardly two vaults of a Region are alike, and no two Regions."""
    draw, entries = Random(1), list[EntrySpec]()
    for region in REGIONS:
        for number in range(vaults):
            values = {"points": draw.choice((0, 1, 1176)), "deletion_denied": int(draw.random() < 1 / 4)}
            entries.append(EntrySpec((region, f"vault-{number}"), {**values, "lock": draw.choice((0, 0, 0, 1, 2))}))
    spec = AccountSpec({"role": 1}, tables={"vault": tuple(entries)}, paths=tuple((e.place, ()) for e in entries))
    return StartingAccount("", BACKUP.extended("access-policy", "vault-lock"), spec)


def main() -> None:
    """Print one line for each size."""
    for what, start in (
        ("alike", account(50)),
        ("alike", account(118)),
        ("varied", varied(50)),
        ("varied", varied(118)),
    ):
        vaults = len(start.spec.tables["vault"]) // len(REGIONS)
        times = [time.process_time()]
        plan = planned(start)
        times.append(time.process_time())
        proved(plan)
        times.append(time.process_time())
        shell_script(plan, "", "")
        times.append(time.process_time())
        found, proof, script = (after - before for before, after in itertools.pairwise(times))
        size = f"{len(REGIONS)} Regions x {vaults} {what} vaults"
        print(f"{size}: found in {found:.2f} s, proved in {proof:.2f} s, written in {script:.2f} s")


if __name__ == "__main__":
    main()
