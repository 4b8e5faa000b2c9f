"""Measure `why` on large accounts: ``python tests/benchmarks/bench_why.py``.

The vaults have 0, 1 or 1,176 recovery points and different locks, so that no two Regions are alike.
"""

from __future__ import annotations

import time
from random import Random

from backup_slr.advice.why import asked
from backup_slr.advice.why_report import why_lines
from backup_slr.lifecycle import BACKUP
from backup_slr.lifecycle.regions import AWS_REGIONS
from backup_slr.scenario.spec import AccountSpec, EntrySpec
from backup_slr.scenario.starting_account import StartingAccount

CASES = ((17, 50, (), 2), (17, 50, ("vault-lock", "legal-hold"), 2), (20, 100, ("vault-lock", "legal-hold"), 10))
"""Regions, vaults in each, extensions, and the goal in seconds."""


def account(regions: int, vaults: int, extensions: tuple[str, ...]) -> StartingAccount:
    """An account of this size."""
    draw, entries = Random(1), list[EntrySpec]()
    for region in sorted(AWS_REGIONS)[:regions]:
        for number in range(vaults):
            values = {"points": draw.choice((0, 1, 1176))}
            if extensions:
                values["lock"] = draw.choice((0, 0, 0, 1, 2, 3))
            entries.append(EntrySpec((region, f"vault-{number}"), values))
    spec = AccountSpec({"role": 1}, tables={"vault": tuple(entries)}, paths=tuple((e.place, ()) for e in entries))
    return StartingAccount("", BACKUP.extended(*extensions), spec)


def main() -> None:
    """Print the seconds of each case."""
    for regions, vaults, extensions, goal in CASES:
        start = account(regions, vaults, extensions)
        began = time.process_time()
        first = next(iter(list(why_lines(asked(start)))))
        seconds = time.process_time() - began
        names = ", ".join(extensions) or "no extension"
        print(f"{regions} Regions x {vaults} vaults, {names}: {seconds:.1f} s (goal {goal} s): {first}")


if __name__ == "__main__":
    main()
