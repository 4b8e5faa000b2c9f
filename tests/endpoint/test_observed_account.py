"""What clients see of an account that was read from an inventory, and how it differs from that."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from backup_slr.api.emulated import InProcessAws, emulated

boto3 = pytest.importorskip("boto3")
EU, US = "eu-west-1", "us-east-1"
TASK = "task/aws-service-role/backup.amazonaws.com/AWSServiceRoleForBackup/6c4d3a5b-0000-4000-8000-000000000001"
HOLDS = {"hold-1": ["a", "b"], "hold-2": ["b", "c"]}


def saved(folder: Path, answers: dict[str, Any]) -> Path:
    """A folder of answers of the AWS CLI."""
    for name, answer in answers.items():
        file = folder / f"{name}.json"
        file.parent.mkdir(exist_ok=True)
        file.write_text(json.dumps(answer))
    return folder


def vault(name: str, **more: Any) -> dict[str, Any]:
    return {"BackupVaultName": name, "VaultType": "BACKUP_VAULT", "NumberOfRecoveryPoints": 1, "Locked": False, **more}


def points(**more: Any) -> dict[str, Any]:
    return {"RecoveryPoints": [{"RecoveryPointArn": "arn", "Status": "COMPLETED", **more}]}


ENDS = points(CalculatedLifecycle={"DeleteAt": "2030-01-01T00:00:00Z"})


def test_the_id_of_a_running_deletion_task_is_served(tmp_path: Path) -> None:
    status = f"get-service-linked-role-deletion-status={quote(TASK, safe='')}"
    role = {"Role": {"RoleName": "AWSServiceRoleForBackup", "Arn": "arn:aws:iam::111122223333:role/r"}}
    folder = saved(tmp_path, {f"{US}/get-role": role, f"{US}/{status}": {"Status": "IN_PROGRESS"}})
    with InProcessAws(lambda: emulated(folder), fast=True) as account:
        iam = boto3.client("iam")
        asked = [iam.get_service_linked_role_deletion_status(DeletionTaskId=TASK)["Status"] for _ in range(3)]
        assert (asked[0], asked[-1], account["role"]) == ("IN_PROGRESS", "SUCCEEDED", "absent")


def test_a_legal_hold_over_several_vaults_is_one(tmp_path: Path) -> None:
    answers: dict[str, Any] = {f"{EU}/list-backup-vaults": {"BackupVaultList": [vault(name) for name in "abc"]}}
    answers |= {f"{EU}/list-recovery-points-by-backup-vault={name}": ENDS for name in "abc"}
    answers[f"{EU}/list-legal-holds"] = {"LegalHolds": [{"LegalHoldId": id, "Status": "ACTIVE"} for id in HOLDS]}
    for id, vaults in HOLDS.items():
        held = {"RecoveryPoints": [{"BackupVaultName": name} for name in vaults]}
        answers[f"{EU}/list-recovery-points-by-legal-hold={id}"] = held
    with InProcessAws(lambda: emulated(saved(tmp_path, answers)), fast=True) as account:
        backup = boto3.client("backup", EU)
        holds = {one["LegalHoldId"]: one["Status"] for one in backup.list_legal_holds()["LegalHolds"]}
        assert holds == {"hold-1": "ACTIVE", "hold-2": "ACTIVE"}
        found = backup.list_recovery_points_by_legal_hold(LegalHoldId="hold-1")["RecoveryPoints"]
        assert [point["BackupVaultName"] for point in found] == ["a", "b"]
        assert f"{EU}/b: more than one hold; only one is shown" in account.differences
        backup.cancel_legal_hold(LegalHoldId="hold-1", CancelDescription="over")
        assert [account["held", f"{EU}/{name}"] for name in "abc"] == [False, False, True]
        selected = backup.get_legal_hold(LegalHoldId="hold-1")
        assert (selected["Status"], selected["RecoveryPointSelection"]["VaultNames"]) == ("CANCELED", ["a", "b"])
        holds = {one["LegalHoldId"]: one["Status"] for one in backup.list_legal_holds()["LegalHolds"]}
        assert holds == {"hold-1": "CANCELED", "hold-2": "ACTIVE"}


def test_an_end_of_retention_that_is_not_known_is_told_and_acted_on(tmp_path: Path) -> None:
    event = points(Lifecycle={"DeleteAfterEvent": "DELETE_AFTER_COPY"})
    vaults = {"BackupVaultList": [vault("known"), vault("unknown")]}
    lists = {
        f"{EU}/list-recovery-points-by-backup-vault={name}": one for name, one in (("known", ENDS), ("unknown", event))
    }
    folder = saved(tmp_path, {f"{EU}/list-backup-vaults": vaults, **lists})
    made = emulated(folder, extensions=["retention"])
    account = made.account()
    (told,) = [one for one in account.differences if "2100-01-01" in one]
    assert told.startswith(f"{EU}/unknown: the date is not known on which a retention period ends")
    with InProcessAws(lambda: made, fast=True):
        (point,) = boto3.client("backup", EU).list_recovery_points_by_backup_vault(BackupVaultName="unknown")[
            "RecoveryPoints"
        ]
    assert point["CalculatedLifecycle"]["DeleteAt"] == datetime(2100, 1, 1, tzinfo=UTC)
    last = (datetime(2100, 1, 1, tzinfo=UTC) - account.emulated.now).total_seconds()
    account.wait(last - 1)
    assert (account["points", f"{EU}/known"], account["points", f"{EU}/unknown"]) == (0, 1)
    account.wait(1)
    assert account["points", f"{EU}/unknown"] == 0


def test_what_is_left_out_is_told_once(tmp_path: Path) -> None:
    vaults = [vault(name, VaultType="RESTORE_ACCESS_BACKUP_VAULT") for name in ("one", "two")]
    folder = saved(tmp_path, {f"{EU}/list-backup-vaults": {"BackupVaultList": [*vaults, vault("own")]}})
    account = emulated(folder).account()
    told = [one for one in account.differences if "restore access vault" in one]
    assert [one.partition(": a restore")[0] for one in told] == [f"{EU}/one, {EU}/two"]
    account.load('[account]\nrole = "present"')
    assert account.differences == ()
