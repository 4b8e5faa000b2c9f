"""A stand-in for AWS that answers from the model: calls of the CLI and of boto3 change one account in one state."""

from __future__ import annotations

import json
import os
import shlex
import socketserver
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from backup_slr.advice.plan_formats.plan_shell import dashed
from backup_slr.engine.core.step import Machine, Request
from backup_slr.engine.spec.procedure import ApiCall
from backup_slr.lifecycle.procedures import OPERATIONS
from backup_slr.scenario.starting_account import StartingAccount

ACCOUNT = "123456789012"
DENYING = '{"Statement": [{"Effect": "Deny",\n "Action": "*"}]}'
SETTINGS = {"WAIT": "0", "TRIES": "5", "ROUNDS": "3"}
CLIENT = """\
import json, os, socket, sys
link = socket.socket(socket.AF_UNIX)
link.connect(os.environ["STAND_IN"])
link.sendall(json.dumps(sys.argv[1:]).encode() + b"\\n")
code, out, err = json.loads(link.makefile("rb").readline())
sys.stdout.write(out)
sys.stderr.write(err)
sys.exit(code)
"""


class ServiceError(Exception):
    """An error with a code, as boto3 raises it."""

    def __init__(self, code: str) -> None:
        super().__init__(f"An error occurred ({code}) when calling an operation")
        self.response = {"Error": {"Code": code}}


class StandIn:
    """One account; it also is the session of boto3.

    `collisions` is the number of deletions that will collide, `breaks_after` the number of changes after which the
    operator's connection is lost.
    """

    def __init__(self, start: StartingAccount, collisions: int = 0, page: int = 2) -> None:
        self.names, self.machine = start.names, start.machine()
        spare = [(*region, "backup-slr-temporary") for region in {place[:1] for place in start.spec.places()}]
        self.names = type(self.names).of(start.lifecycle.sorts, [*start.spec.places(), *spare])
        self.machine = Machine(self.machine.model, self.names.unbounded(self.machine.model))
        start.__dict__["names"] = self.names
        self.state = start.state(self.machine)
        self.variables = {variable.name for variable in start.lifecycle.model.state}
        self.collisions, self.page = collisions, page
        self.plans = {
            f"plan-{i}": place for i, place in enumerate(sorted({p for p in start.spec.places() if len(p) > 1}))
        }
        self.selections = {plan: ["s1", "s2"] for plan in self.plans}
        self.log: list[str] = []
        self.changes, self.breaks_after = 0, 10**9
        self.policies: dict[tuple[str, str], str] = {}
        self.region, self.polls, self.status, self.account, self.partition = "", 0, "", ACCOUNT, "aws"

    # ---------------------------------------------------------------- the model

    def get(self, name: str, *place: str) -> int:
        return self.state[self.machine.layout.cell(name, self.names.numbers(*place))]

    def act(self, action: str, *place: str, **inputs: int) -> None:
        self.changes += 1
        if self.changes > self.breaks_after:
            raise ServiceError("ConnectionLost")
        step = self.machine.step(self.state, Request(action, self.names.numbers(*place), inputs))
        if step.outcome == "refused":
            assert step.guard
            raise ServiceError(step.guard.shows_as or "None")
        self.state, self.status = step.state, "FAILED" if step.outcome == "failed" else self.status

    def collides(self) -> dict[str, int]:
        self.collisions -= 1
        return {"collides": int(self.collisions >= 0)}

    def vaults(self) -> list[str]:
        return [v for v in self.names.below[self.names.numbers(self.region)] if self.get("vault", self.region, v)]

    def answer(self, operation: str, p: dict[str, Any], region: str) -> dict[str, Any]:
        """The whole answer, all pages of it in one."""
        self.log.append(operation)
        self.region = region
        vault = str(p.get("BackupVaultName", p.get("ByBackupVaultName", "")))
        match operation:
            case "GetCallerIdentity":
                return {"Account": self.account, "Arn": f"arn:{self.partition}:iam::{self.account}:user/operator"}
            case "DescribeGlobalSettings":
                return {"GlobalSettings": {"isCrossAccountBackupEnabled": str(bool(self.get("cross_account"))).lower()}}
            case "UpdateGlobalSettings":
                return self.done("turn_off_cross_account_backup")
            case "DescribeFileSystems":
                return {"FileSystems": [{"FileSystemId": "fs-1"}, {"FileSystemId": "fs-2"}]}
            case "DescribeBackupPolicy" if p["FileSystemId"] == "fs-1":
                raise ServiceError("PolicyNotFound")
            case "DescribeBackupPolicy":
                on = self.get("efs_automatic_backup", region)
                return {"BackupPolicy": {"Status": "ENABLED" if on else "DISABLED"}}
            case "PutBackupPolicy":
                return self.done("turn_off_efs_automatic_backup", region)
            case "ListBackupVaults":
                return {"BackupVaultList": [{"BackupVaultName": name, "Locked": False} for name in self.vaults()]}
            case "ListRecoveryPointsByBackupVault":
                if vault not in self.vaults():
                    raise ServiceError("ResourceNotFoundException")
                number = self.get("points", region, vault)
                dates = (f"20{20 + i % 7}-05-01T00:00:00+00:00" for i in range(number))
                return {"RecoveryPoints": [{"RecoveryPointArn": "arn", "CreationDate": date} for date in dates]}
            case "GetBackupVaultAccessPolicy":
                if not self.get("deletion_denied", region, vault):
                    raise ServiceError("ResourceNotFoundException")
                return {"Policy": self.policies.get((region, vault), DENYING)}
            case "PutBackupVaultAccessPolicy":
                principal = json.loads(p["Policy"])["Statement"][0]["Principal"]["AWS"]
                assert principal == f"arn:{self.partition}:iam::{ACCOUNT}:root"
                self.policies[region, vault] = p["Policy"]
                return self.done("replace_access_policy", region, vault)
            case "DeleteRecoveryPoint":
                return self.done("delete_recovery_point", region, vault, **self.collides())
            case "DeleteBackupVault":
                return self.done("delete_backup_vault", region, vault, **self.collides())
            case "CreateBackupVault":
                return self.done("create_backup_vault", region, vault)
            case "ListBackupPlans":
                here = [plan for plan, place in self.plans.items() if place[0] == region]
                return {"BackupPlansList": [{"BackupPlanId": plan} for plan in here]}
            case "GetBackupPlan":
                return {"BackupPlan": {"Rules": [{"TargetBackupVaultName": self.plans[p["BackupPlanId"]][1]}]}}
            case "ListBackupSelections":
                return {"BackupSelectionsList": [{"SelectionId": one} for one in self.selections[p["BackupPlanId"]]]}
            case "DeleteBackupSelection":
                left = [one for one in self.selections[p["BackupPlanId"]] if one != p["SelectionId"]]
                self.selections[p["BackupPlanId"]] = left
                return {}
            case "DeleteBackupPlan":
                if self.selections[p["BackupPlanId"]]:
                    raise ServiceError("InvalidRequestException")
                del self.plans[p["BackupPlanId"]]
                return {}
            case "ListBackupJobs":
                running = self.get("job", region, vault)
                if running:
                    self.act("finish_job", region, vault)
                return {"BackupJobs": [{"BackupJobId": "job-1"}] * running}
            case "ListLegalHolds":
                held = [v for v in self.vaults() if "held" in self.variables and self.get("held", region, v)]
                return {"LegalHolds": [{"LegalHoldId": vault, "Status": "ACTIVE"} for vault in held]}
            case "ListRecoveryPointsByLegalHold":
                return {"RecoveryPoints": [{"BackupVaultName": p["LegalHoldId"]}]}
            case "CancelLegalHold":
                return self.done("cancel_legal_hold", region, p["LegalHoldId"])
            case "GetRole":
                if not self.get("role"):
                    raise ServiceError("NoSuchEntity")
                return {"Role": {}}
            case "DeleteServiceLinkedRole":
                self.status, self.polls = "IN_PROGRESS", 0
                return {**self.done("delete_service_linked_role"), "DeletionTaskId": "task-1"}
            case "GetServiceLinkedRoleDeletionStatus":
                self.polls += 1
                if self.polls == 2:
                    self.status = "SUCCEEDED"
                    self.act("finish_deletion_task")
                return {"Status": self.status, "Reason": {"Reason": "in use", "RoleUsageList": []}}
            case _:
                raise AssertionError(operation)

    def done(self, action: str, *place: str, **inputs: int) -> dict[str, Any]:
        self.act(action, *place, **inputs)
        return {}

    def pages(self, operation: str, p: dict[str, Any], region: str) -> Iterator[dict[str, Any]]:
        """The answer in pages of a few elements."""
        whole = self.answer(operation, p, region)
        lists = [key for key, value in whole.items() if isinstance(value, list)]
        if not lists:
            yield whole
            return
        elements = whole[lists[0]]
        for i in range(0, max(1, len(elements)), self.page):
            yield {lists[0]: elements[i : i + self.page]}

    # ---------------------------------------------------------------- boto3

    def client(self, service: str, region_name: str | None = None) -> Client:
        return Client(self, region_name or "")

    # ---------------------------------------------------------------- the CLI

    def command(self, argv: Sequence[str]) -> tuple[int, str, str]:
        import jmespath

        given = _options(argv[2:])
        operation = OPERATIONS_BY_NAME[argv[1]]
        names = {f"--{dashed(name)}": name for name in PARAMETERS[operation]}
        known = {"--region", "--query", "--output"}
        assert set(given) <= known | set(names), given
        parameters = {names[key]: value for key, value in given.items() if key in names}
        try:
            pages = list(self.pages(operation, parameters, given.get("--region", "")))
        except ServiceError as error:
            return 254, "", f"\n{error}\n"
        rows = [row for page in pages for row in jmespath.search(given.get("--query", "[]"), page) or []]
        lines = ["\t".join(map(str, row)) if isinstance(row, list) else str(row) for row in rows]
        return 0, "".join(f"{line}\n" for line in lines), ""

    @contextmanager
    def serving(self, folder: Path) -> Iterator[dict[str, str]]:
        """An ``aws`` that reaches this account: yields the environment of a script that calls it."""
        own = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                answer = own.command(json.loads(self.rfile.readline()))
                self.wfile.write(json.dumps(answer).encode() + b"\n")

        (folder / "client.py").write_text(CLIENT)
        program = folder / "aws"
        program.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -I -S {folder / "client.py"} "$@"\n')
        program.chmod(0o755)
        socket = str(folder / f"{len(self.log)}.socket")
        with socketserver.UnixStreamServer(socket, Handler) as server:
            threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
            yield {
                "PATH": f"{folder}:{os.environ['PATH']}",
                "STAND_IN": socket,
                **SETTINGS,
                **{name: os.environ[name] for name in (*SETTINGS, "SAVED") if name in os.environ},
            }
            server.shutdown()


def _options(words: Sequence[str]) -> dict[str, str]:
    """Options with their values, as ``argparse`` reads them: a word that begins with "-" is never a value."""
    given, left = dict[str, str](), iter(words)
    for word in left:
        name, equals, value = word.partition("=")
        value = value if equals else next(left)
        assert equals or not value.startswith("-"), f"{name}: expected one argument"
        given[name] = value
    return given


class Client:
    """A client of boto3."""

    def __init__(self, account: StandIn, region: str) -> None:
        self.account, self.region, self.method = account, region, ""

    def can_paginate(self, method: str) -> bool:
        return method.startswith(("list_", "describe_file_systems"))

    def get_paginator(self, method: str) -> Client:
        self.method = method
        return self

    def paginate(self, **parameters: Any) -> Iterator[dict[str, Any]]:
        return self.account.pages(OPERATIONS_BY_NAME[self.method.replace("_", "-")], parameters, self.region)

    def __getattr__(self, method: str) -> Any:
        return lambda **p: self.account.answer(OPERATIONS_BY_NAME[method.replace("_", "-")], p, self.region)


def every_call(data: Any = OPERATIONS) -> Iterator[ApiCall]:
    """Every call in the data."""
    data = asdict(OPERATIONS) if data is OPERATIONS else data
    if isinstance(data, dict):
        if "operation" in data and "tolerates" in data:
            yield ApiCall(**data)
        for value in data.values():
            yield from every_call(value)
    elif isinstance(data, list | tuple):
        for value in data:
            yield from every_call(value)


OPERATIONS_BY_NAME = {dashed(call.operation.split(":")[1]): call.operation.split(":")[1] for call in every_call()}
PARAMETERS: dict[str, set[str]] = {}
for _call in every_call():
    PARAMETERS.setdefault(_call.operation.split(":")[1], set()).update(_call.parameters)
