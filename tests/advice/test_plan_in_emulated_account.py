"""The program of a plan, run with boto3 in the emulated account that the plan is for."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from io import StringIO
from pathlib import Path

import pytest

from backup_slr.advice.plan import planned
from backup_slr.advice.plan_formats import boto3_program
from backup_slr.advice.plan_formats.boto3_program import PlanRunner
from backup_slr.advice.plan_formats.plan_python import program_data
from backup_slr.api.emulated import InProcessAws, emulated
from backup_slr.api.starting import load_account
from backup_slr.endpoint.aws_account import AwsAccount

boto3 = pytest.importorskip("boto3")
DAY = 86400


class Clock:
    """Waiting, in the time of the account."""

    def __init__(self, account: AwsAccount) -> None:
        self.sleep = account.wait


class Served:
    """An account, and the program of its plan."""

    def __init__(self, file: Path, account: AwsAccount) -> None:
        self.account = account
        data = program_data(planned(load_account(file)), account.emulated.number)
        self.plan = json.loads(json.dumps(data))

    def run(self) -> tuple[int, str]:
        session = boto3.Session(region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="y")
        with redirect_stdout(StringIO()) as out:
            code = PlanRunner(session, self.plan, dry=False, ask=False).run()
        return code, out.getvalue()


@contextmanager
def served(folder: Path, patch: pytest.MonkeyPatch, text: str) -> Iterator[Served]:
    """Serve an account file to boto3 in this process; waiting advances its clock."""
    file = folder / "account.toml"
    file.write_text(text)
    with InProcessAws(lambda: emulated(file), fast=True) as account:
        patch.setattr(boto3_program, "time", Clock(account))
        yield Served(file, account)


def account(extension: str, vault: str = "", more: str = "", role: str = "present") -> str:
    """An account file with one vault, or with none."""
    vaults = f'{{region = "us-east-1", name = "vault", {vault}}}' if vault else ""
    return f'title = "a"\nwith = ["{extension}"]\n[account]\nrole = "{role}"\n{more}\nvaults = [{vaults}]\n'


def test_a_point_in_deletion_is_waited_for_beside_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with served(tmp_path, monkeypatch, account("deleting", 'points = 3, point-status = "deleting"')) as one:
        code, out = one.run()
        assert (code, one.account["role"]) == (0, "absent"), out
