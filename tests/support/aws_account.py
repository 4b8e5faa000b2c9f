"""An AWS account that answers the calls of an inventory, without a network; and the inventories of such accounts."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from backup_slr.engine.spec.inventory import Inventory, ReadCall
from backup_slr.inventory.collector import Arguments, CallFailed, Collector
from backup_slr.lifecycle import BACKUP
from backup_slr.lifecycle.inventory import INVENTORY

ACCOUNT, AT = "111122223333", "2026-11-20T09:30:00+00:00"
EMPTY: dict[str, Any] = {
    "list-backup-vaults": {"BackupVaultList": []},
    "list-recovery-points-by-backup-vault": {"RecoveryPoints": []},
    "get-backup-vault-access-policy": "ResourceNotFoundException",
    "list-backup-jobs": {"BackupJobs": []},
    "list-copy-jobs": {"CopyJobs": []},
    "list-restore-jobs": {"RestoreJobs": []},
    "list-legal-holds": {"LegalHolds": []},
    "list-backup-plans": {"BackupPlansList": []},
    "list-restore-testing-plans": {"RestoreTestingPlans": []},
    "describe-file-systems": {"FileSystems": []},
    "describe-backup-policy": "PolicyNotFound",
    "describe-global-settings": {"GlobalSettings": {"isCrossAccountBackupEnabled": "false"}},
    "get-caller-identity": {"UserId": "AIDAEXAMPLE", "Account": ACCOUNT, "Arn": f"arn:aws:iam::{ACCOUNT}:user/audit"},
    "get-role": {
        "Role": {"RoleName": BACKUP.name, "Arn": f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/{BACKUP.name}"}
    },
}
"""The answers of an account that has only the role; the code of an error is a string."""
RAW = replace(INVENTORY, calls=tuple(replace(call, alike="") for call in INVENTORY.calls))
"""The same calls; every recovery point is written as AWS lists it, and not as a number of alike ones."""


@dataclass
class FakeAccount:
    """Answers by ``REGION/OPERATION`` or ``REGION/OPERATION=VALUE``; a string is the code of an error."""

    regions: tuple[str, ...] = ("us-east-1",)
    answers: dict[str, Any] = field(default_factory=dict)
    off: tuple[str, ...] = ()
    sent: list[str] = field(default_factory=list)
    home: str = ""

    def send(self, outer: str, call: ReadCall, arguments: Arguments) -> Any:
        operation = call.command[1]
        value = next((v for v in arguments.values() if isinstance(v, str)), "")
        self.sent.append(f"{outer}/{operation}={value}")
        keys = (f"{outer}/{operation}={value}", f"{outer}/{operation}", f"{outer}/*")
        found = next((self.answers[key] for key in keys if key in self.answers), EMPTY.get(operation))
        if operation == "describe-regions" and found is None:
            in_use = [{"RegionName": name, "OptInStatus": "opt-in-not-required"} for name in self.regions]
            found = {"Regions": in_use + [{"RegionName": n, "OptInStatus": "not-opted-in"} for n in self.off]}
        if isinstance(found, str):
            raise CallFailed(f"An error occurred ({found}) when calling the {call.name} operation: of {value}")
        return found

    def vault(self, region: str, name: str, *points: dict[str, Any], **members: Any) -> None:
        """Add a vault with recovery points."""
        vaults = self.answers.setdefault(f"{region}/list-backup-vaults", {"BackupVaultList": []})
        arn = f"arn:aws:backup:{region}:{ACCOUNT}:backup-vault:{name}"
        own = {"BackupVaultName": name, "BackupVaultArn": arn, "VaultType": "BACKUP_VAULT", "VaultState": "AVAILABLE"}
        vaults["BackupVaultList"].append(own | {"NumberOfRecoveryPoints": len(points), "Locked": False} | members)
        listed = [
            {"RecoveryPointArn": f"arn:aws:ec2:{region}::snapshot/snap-{i:017x}", "BackupVaultName": name}
            | {"Status": "COMPLETED", "CalculatedLifecycle": {"DeleteAt": "2026-12-24T05:00:00+00:00"}}
            | point
            for i, point in enumerate(points, len(vaults["BackupVaultList"]) * 16)
        ]
        self.answers[f"{region}/list-recovery-points-by-backup-vault={name}"] = {"RecoveryPoints": listed}

    def lines(self, inventory: Inventory = INVENTORY, **options: Any) -> list[str]:
        """The lines of the inventory file, all at one time."""
        entries = Collector(inventory, self, **options).entries()
        first = [json.dumps(e | {"at": AT} if "operation" in e else e, separators=(",", ":")) for e in entries]
        return sorted(first[:-1], key=lambda line: json.loads(line)["region"]) + first[-1:]

    def file(self, folder: Path, **options: Any) -> Path:
        """Write the inventory into a folder."""
        file = folder / "inventory.json"
        file.write_text("\n".join(self.lines(**options)) + "\n")
        return file
