"""Clean-up scripts as functions of this process, and a pool that runs them without a host."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import boto3
from botocore.exceptions import ClientError

from backup_slr.endpoint.in_process import hooked
from backup_slr.endpoint.wire.messages import HttpRequest, HttpResponse
from backup_slr.script_check.host_link import packed, unpacked_answer
from backup_slr.script_check.live_run import LiveRun
from backup_slr.script_check.script_tree import ScriptEnding

ROLE = "AWSServiceRoleForBackup"
Sleep = Callable[[float], None]
Program = Callable[[Sleep], int]
BACKUP = boto3.client("backup", "us-east-1", aws_access_key_id="x", aws_secret_access_key="x")
IAM = boto3.client("iam", "us-east-1", aws_access_key_id="x", aws_secret_access_key="x")


def _vaults() -> list[str]:
    return [vault["BackupVaultName"] for vault in BACKUP.list_backup_vaults()["BackupVaultList"]]


def _empty(name: str) -> None:
    for point in BACKUP.list_recovery_points_by_backup_vault(BackupVaultName=name)["RecoveryPoints"]:
        BACKUP.delete_recovery_point(BackupVaultName=name, RecoveryPointArn=point["RecoveryPointArn"])


def naive(sleep: Sleep) -> int:
    """No error is handled, and the task is not awaited."""
    for name in _vaults():
        _empty(name)
        BACKUP.delete_backup_vault(BackupVaultName=name)
    IAM.delete_service_linked_role(RoleName=ROLE)
    return 0


def waiting(sleep: Sleep) -> int:
    """The task is awaited, with an end."""
    try:
        naive(sleep)
    except ClientError:
        return 2
    sleep(60)
    return 0


def stubborn(sleep: Sleep) -> int:
    """Everything is tried three times, with a sleep in between."""
    for _ in range(3):
        try:
            for name in _vaults():
                _empty(name)
                BACKUP.delete_backup_vault(BackupVaultName=name)
            task = IAM.delete_service_linked_role(RoleName=ROLE)["DeletionTaskId"]
        except ClientError as error:
            if error.response["Error"]["Code"] == "NoSuchEntity":
                return 0
            sleep(60)
            continue
        sleep(60)
        if IAM.get_service_linked_role_deletion_status(DeletionTaskId=task)["Status"] == "SUCCEEDED":
            return 0
    return 1


def endless(sleep: Sleep) -> int:
    """It waits for vaults to go, and never sleeps."""
    while _vaults():
        try:
            naive(sleep)
        except ClientError:
            continue
    return 0


class Stopped(BaseException):
    """The run has made too many calls."""


def execute(program: Program, answer: Callable[[HttpRequest], HttpResponse], sleep: Sleep) -> ScriptEnding:
    """Run a program of this process to its end."""
    random.seed(0)
    with hooked(answer, fast=True):
        try:
            return ScriptEnding(program(sleep))
        except ClientError as error:
            return ScriptEnding(1, str(error))
        except Stopped:
            return ScriptEnding(-1, endless="too many calls")


class InProcessPool:
    """What a search needs of a pool of hosts."""

    def __init__(self, program: Program) -> None:
        self.program, self.hosts, self._ended = program, [], list[LiveRun]()
        self.free = True

    @property
    def busy(self) -> bool:
        return bool(self._ended)

    def start(self, run: LiveRun, number: int | None = None) -> None:
        def answer(request: HttpRequest) -> HttpResponse:
            found = run.call(packed(request), "")
            if found is None:
                raise Stopped
            return unpacked_answer(found)

        def sleep(seconds: float) -> None:
            run.wait(seconds, False)

        run.end(execute(self.program, answer, sleep))
        self._ended.append(run)

    def step(self) -> list[LiveRun]:
        ended, self._ended = self._ended, []
        return ended

    def as_pool(self) -> Any:
        """Itself, as the type that a search declares."""
        return self
