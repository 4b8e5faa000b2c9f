"""The program of a plan, run with boto3 in the emulated account that the plan is for."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from io import StringIO
from typing import Any

import pytest

from backup_slr.advice.plan import planned
from backup_slr.advice.plan_formats import boto3_program
from backup_slr.advice.plan_formats.boto3_program import PlanRunner
from backup_slr.advice.plan_formats.plan_python import program_data
from backup_slr.advice.plan_phases import phases, requests
from backup_slr.advice.plan_proof import proved
from backup_slr.api.emulated import InProcessAws
from backup_slr.api.role_model import RoleModel
from backup_slr.endpoint.aws_account import AwsAccount
from backup_slr.lifecycle import BACKUP
from backup_slr.scenario.spec import AccountSpec, EntrySpec
from backup_slr.scenario.starting_account import StartingAccount

boto3 = pytest.importorskip("boto3")
PRESENT, DELETING = 1, 2


def start(*vaults: dict[str, int], role: int = PRESENT, extension: str = "deleting", **account: int) -> StartingAccount:
    """An account with vaults of these values."""
    entries = tuple(EntrySpec(("us-east-1", f"vault-{i}"), values) for i, values in enumerate(vaults))
    paths = tuple((e.place, ()) for e in entries)
    spec = AccountSpec({"role": role, **account}, tables={"vault": entries}, paths=paths)
    return StartingAccount("", BACKUP.extended(extension), spec)


class Clock:
    """Waiting, in the time of the account."""

    def __init__(self, account: AwsAccount) -> None:
        self.sleep = account.wait


class Served:
    """An account, and the program of its plan."""

    def __init__(self, plan: dict[str, Any], account: AwsAccount) -> None:
        self.plan, self.account = plan, account

    def run(self) -> tuple[int, str]:
        session = boto3.Session(region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="y")
        with redirect_stdout(StringIO()) as out:
            code = PlanRunner(session, self.plan, dry=False, ask=False).run()
        return code, out.getvalue()


@contextmanager
def served(given: StartingAccount, patch: pytest.MonkeyPatch) -> Iterator[Served]:
    """Serve an account to boto3 in this process; waiting advances its clock."""
    made = RoleModel(given.lifecycle, {}, start=given).emulated()
    with InProcessAws(lambda: made, fast=True) as account:
        patch.setattr(boto3_program, "time", Clock(account))
        data = program_data(planned(given), account.emulated.number)
        yield Served(json.loads(json.dumps(data)), account)


def test_a_point_in_deletion_is_waited_for_beside_others(monkeypatch: pytest.MonkeyPatch) -> None:
    with served(start({"points": 3, "point_status": 1}), monkeypatch) as one:
        code, out = one.run()
        assert (code, one.account["role"]) == (0, "absent"), out


@pytest.mark.parametrize("vaults", [(), ({},), ({"points": 1},)])
@pytest.mark.parametrize("end", ["rules", "service-using-role"])
def test_a_role_that_is_being_deleted_is_waited_for_and_requested_again(
    vaults: tuple[dict[str, int], ...], end: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = start(*vaults, role=DELETING)
    with served(given, monkeypatch) as one:
        one.account.configure(next_tasks=[end])
        code, out = one.run()
        assert (code, one.account["role"]) == (0, "absent"), out
    plan = planned(given)
    last = phases(plan)[-1]
    assert last.title == "wait until the deletion task ends; if it failed, request the deletion of the role again"
    assert (requests(plan, last), proved(plan).refuted) == (0, ())
