"""Measure `why` and `plan` on a million recovery points: ``python tests/benchmarks/bench_inventory.py``.

The same account, of 17 Regions with 50 vaults each, is read with a number of alike points, as `collect` writes it, and
with every point as AWS lists it. An argument is another number of points.
"""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))

from support.aws_account import ACCOUNT, RAW, FakeAccount

from backup_slr.advice.why import asked
from backup_slr.api.planning import plan_answer
from backup_slr.api.starting import load_account
from backup_slr.api.why import why_answer
from backup_slr.engine.spec.inventory import Inventory, ReadCall
from backup_slr.inventory.collector import Arguments, Collector
from backup_slr.lifecycle.inventory import INVENTORY
from backup_slr.lifecycle.operations import LIST_POINTS
from backup_slr.lifecycle.regions import AWS_REGIONS

REGIONS, VAULTS = tuple(sorted(AWS_REGIONS))[:17], 50


@dataclass
class LargeAccount(FakeAccount):
    """An account that lists points with all members that AWS documents; a tenth of them is expired."""

    each: int = 0

    def send(self, outer: str, call: ReadCall, arguments: Arguments) -> Any:
        if call.operation != LIST_POINTS:
            return super().send(outer, call, arguments)
        draw = Random(f"{outer} {arguments}")
        return {
            "RecoveryPoints": [self.point(outer, str(arguments["BackupVaultName"]), draw) for _ in range(self.each)]
        }

    def point(self, region: str, vault: str, draw: Random) -> dict[str, Any]:
        own, day, instance = f"{region}:{ACCOUNT}", draw.randrange(28) + 1, f"{draw.randrange(30):017x}"
        plan = "5c0d6f0e-2f0b-4a8b-9f62-0d2f3f3d0000"
        return {
            "RecoveryPointArn": f"arn:aws:ec2:{region}::image/ami-{draw.getrandbits(68):017x}",
            "BackupVaultName": vault,
            "BackupVaultArn": f"arn:aws:backup:{own}:backup-vault:{vault}",
            "ResourceArn": f"arn:aws:ec2:{own}:instance/i-{instance}",
            "ResourceType": "EC2",
            "ResourceName": f"web-{instance}",
            "CreatedBy": {
                "BackupPlanId": plan,
                "BackupPlanArn": f"arn:aws:backup:{own}:backup-plan:{plan}",
                "BackupPlanVersion": "ZmQ1MzU0",
                "BackupRuleId": plan,
            },
            "IamRoleArn": f"arn:aws:iam::{ACCOUNT}:role/service-role/AWSBackupDefaultServiceRole",
            "Status": draw.choice(["COMPLETED"] * 9 + ["EXPIRED"]),
            "CreationDate": f"2026-11-{day:02d}T05:00:00+00:00",
            "CompletionDate": f"2026-11-{day:02d}T05:{draw.randrange(60):02d}:12.{draw.randrange(1000):03d}000+00:00",
            "BackupSizeInBytes": 8589934592,
            "CalculatedLifecycle": {"DeleteAt": f"2027-01-{day:02d}T05:00:00+00:00"},
            "Lifecycle": {"DeleteAfterDays": 61},
            "EncryptionKeyArn": f"arn:aws:kms:{own}:key/{plan}",
            "IsEncrypted": True,
            "IsParent": False,
            "VaultType": "BACKUP_VAULT",
            "IndexStatus": "ACTIVE",
        }


def measured(inventory: Inventory, points: int, file: Path) -> str:
    """Write an inventory and read it; the size of the file and the seconds as text."""
    account = LargeAccount(REGIONS, each=points // len(REGIONS) // VAULTS)
    for region in REGIONS:
        for number in range(VAULTS):
            account.vault(region, f"vault-{number}", NumberOfRecoveryPoints=account.each)
    with file.open("w") as stream:
        stream.writelines(Collector(inventory, account).lines())
    began = time.process_time()
    start = load_account(file)
    read = time.process_time()
    list(why_answer(asked(start)).lines())
    why = time.process_time()
    list(plan_answer(start).lines())
    plan = time.process_time()
    size = file.stat().st_size / 1e6
    return f"{size:,.1f} MB, read in {read - began:.2f} s, why {why - read:.2f} s, plan {plan - why:.2f} s"


def main() -> None:
    """Print a line for each form."""
    points = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    with TemporaryDirectory() as folder:
        for name, inventory in (("numbers of alike points", INVENTORY), ("every point", RAW)):
            print(f"{points:,} points, {name}: {measured(inventory, points, Path(folder) / 'inventory.json')}")


if __name__ == "__main__":
    main()
