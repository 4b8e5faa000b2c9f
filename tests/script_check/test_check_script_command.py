"""The command `check-script`: its text, its documents, and the ways to show one schedule."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.console import call
from support.schemas import valid

from backup_slr.testing import assert_copes

NAIVE = """
import boto3
backup = boto3.client("backup", "us-east-1")
for vault in backup.list_backup_vaults()["BackupVaultList"]:
    name = vault["BackupVaultName"]
    for point in backup.list_recovery_points_by_backup_vault(BackupVaultName=name)["RecoveryPoints"]:
        backup.delete_recovery_point(BackupVaultName=name, RecoveryPointArn=point["RecoveryPointArn"])
    backup.delete_backup_vault(BackupVaultName=name)
boto3.client("iam").delete_service_linked_role(RoleName="AWSServiceRoleForBackup")
"""
ACCOUNT = """
title = "an account"
[account]
role = "present"
vaults = [{ region = "us-east-1", name = "Default", points = 3 }]
"""


@pytest.fixture
def files(tmp_path: Path) -> tuple[str, str]:
    script, account = tmp_path / "naive.py", tmp_path / "account.toml"
    script.write_text(NAIVE)
    account.write_text(ACCOUNT)
    return str(script), str(account)


@pytest.mark.slow
def test_the_report_names_the_shortest_schedule_which_replays_and_is_a_scenario(
    tmp_path: Path, files: tuple[str, str]
) -> None:
    script, account = files
    answer = call("check-script", script, "--account", account, "--events", "1", "--json")
    document = valid("check-script", answer)
    assert answer.code == 1
    assert not document["copes"]
    assert document["schedules"] == document["pruned"] + sum(document["verdicts"].values())
    worst = document["failing"][0]
    assert worst["verdict"] == "says-done"
    assert [len(call["events"]) for call in worst["calls"]].count(1) == 1

    replay = ("check-script", script, "--account", account, "--replay", worst["schedule"])
    assert valid("check-script.replay", call(*replay, "--json"))["run"] == worst
    text = call(*replay)
    assert text.code == 1
    assert "DeleteRecoveryPoint us-east-1 Default x 3: done  [naive.py:7]" in text.out
    assert f"EVENT {worst['schedule'].partition(': ')[2]}" in text.out

    file = str(tmp_path / "failing.toml")
    assert call(*replay, "--scenario", "-o", file).code == 1
    assert call("simulate", file).code == 0
    assert call("diagram", "sequence", "--scenario", file, "-o", str(tmp_path / "failing.mmd")).code == 0


def test_a_script_that_sends_no_call_is_reported_as_such(tmp_path: Path) -> None:
    script = tmp_path / "silent.py"
    script.write_text("print('hello')")
    text, markdown = (call("check-script", str(script), "--events", "0", *more) for more in ((), ("--format", "md")))
    for answer in (text, markdown):
        assert "The script sent no call that was answered here" in answer.out
        assert "need no run" not in answer.out


@pytest.mark.slow
def test_text_and_markdown_have_the_same_answer(files: tuple[str, str]) -> None:
    script, account = files
    command = ("check-script", script, "--account", account, "--events", "0")
    text, markdown = call(*command), call(*command, "--format", "md")
    assert text.code == markdown.code == 0
    assert "copes with every schedule of at most 0 events" in text.out
    assert f"**{text.out.splitlines()[0]}**" == markdown.out.splitlines()[0]
    assert call(*command, "--max-schedules", "1", "--events", "1").code == 5


@pytest.mark.slow
def test_an_assertion_shows_the_failing_schedule(files: tuple[str, str]) -> None:
    assert assert_copes(*files, events=0).schedules == 1
    with pytest.raises(AssertionError, match="--replay '"):
        assert_copes(*files, events=1)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--replay", "x"), "'x' is not an event: write CALL: EVENT"),
        (("--replay", "0: finish_jobs"), "did you mean 'finish_job'?"),
        (("--replay", "0: lag"), "the event 'lag' cannot happen before call 0"),
        (("--events", "21"), "a whole number"),
    ],
)
def test_bad_input_is_one_message(files: tuple[str, str], arguments: tuple[str, ...], message: str) -> None:
    script, account = files
    answer = call("check-script", script, "--account", account, *arguments)
    assert answer.code == (2 if "--events" in arguments else 3)
    assert message in answer.err
    assert "Traceback" not in answer.err
