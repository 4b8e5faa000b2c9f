"""Scripts in their processes: what they can rely on, and that nothing that they do stops the checker."""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path
from typing import Any

import pytest

from backup_slr.api.script_checking import ScriptAnswer, check_script
from backup_slr.errors import BadInput

SAMPLES = Path(__file__).parent / "samples"
LIST = 'boto3.client("backup", "us-east-1").list_backup_vaults()'
ACCOUNT = """
title = "an account"
[account]
role = "present"
vaults = [{ region = "us-east-1", name = "Default", points = 1 }]
"""


@pytest.fixture
def account(tmp_path: Path) -> Path:
    file = tmp_path / "account.toml"
    file.write_text(ACCOUNT)
    return file


def program(tmp_path: Path, text: str, name: str = "script.py") -> Path:
    file = tmp_path / name
    file.write_text(text)
    file.chmod(0o755)
    return file


def once(script: Path, account: Path, schedule: str = "", **options: Any) -> ScriptAnswer:
    return check_script(script, account, replay=schedule, **{"jobs": 1, "seconds": 20, **options})


def test_a_python_script_has_its_surroundings_the_clock_of_the_model_and_all_of_botocore(account: Path) -> None:
    found = once(SAMPLES / "relies_on_everything", account, arguments=("--dry", "x y"))
    (run,) = found.failing
    assert (run.ending.error, run.ending.code) == ("", 1)
    assert "all is well" in run.ending.output
    assert run.ending.output.endswith("as it has to be\n")
    assert sum(seconds for _, seconds in run.waits) == pytest.approx(7200, abs=1)
    assert run.calls[0].made.line.startswith("relies_on_everything:")


def test_threads_of_a_script_have_turns(account: Path) -> None:
    script = SAMPLES / "works_in_threads"
    found = check_script(script, account, events=1, jobs=2, seconds=20)
    assert found.verdicts["gone"]
    again = check_script(script, account, events=1, jobs=1, seconds=20)
    assert (again.verdicts, again.schedules) == (found.verdicts, found.schedules)
    (run,) = (once(SAMPLES / "works_in_threads", account).document()["run"],)
    assert "nothing is left" in run["output"]
    assert run["verdict"] == "gone"
    assert all(call["line"].startswith("works_in_threads:") for call in run["calls"])


def test_alarms_ring_on_the_time_of_the_model(account: Path) -> None:
    run = once(SAMPLES / "sets_alarms", account).document()["run"]
    assert "every alarm rang" in run["output"], run["output"]
    assert (run["verdict"], run["error"], run["exit_code"]) == ("crashes", "ended by SIGALRM", -14)


@pytest.mark.parametrize(("code", "seen"), [("256", 0), ("-1", 255), ("True", 1), ("10**30", 255), ("None", 0)])
def test_an_exit_code_is_what_the_system_keeps_of_it(tmp_path: Path, account: Path, code: str, seen: int) -> None:
    run = once(program(tmp_path, f"import sys\nsys.stdout.close()\nsys.exit({code})"), account).document()["run"]
    assert (run["exit_code"], run["error"]) == (seen, "")


PROCESSES = """
import multiprocessing, boto3
def listed(region): return boto3.client("backup", region).list_backup_vaults()
if __name__ == "__main__":
    with multiprocessing.get_context("fork").Pool(2) as pool: print(pool.map(listed, ["us-east-1", "eu-west-1"]))
"""


def test_a_script_with_several_processes_is_reported(tmp_path: Path, account: Path) -> None:
    with pytest.raises(BadInput, match=r"script\.py: works in several processes"):
        once(program(tmp_path, PROCESSES), account)


FLOOD = "while True: print('x' * 10000)"
SWALLOWS = f"import boto3\nwhile True:\n  try: {LIST}\n  except BaseException: pass"
DAEMON = """
import os, time, pathlib
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        while True: pathlib.Path(__file__).with_suffix('.alive').touch()
    os._exit(0)
time.sleep(1)
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("text", "verdict", "error", "code"),
    [
        ("import os; os._exit(3)", "gives-up", "", 3),
        ("import os; os.kill(os.getpid(), 11)", "crashes", "ended by SIGSEGV", -11),
        ("import no_such_module", "crashes", "ModuleNotFoundError: No module named 'no_such_module'", 1),
        (
            "import boto3; boto3.client('s3').list_buckets()",
            "crashes",
            "ClientError: An error occurred (Not",
            1,
        ),
        ("while True: pass", "never-ends", "2 s without a call", None),
        ("import time\nwhile True: time.sleep(60)", "never-ends", "it waited again and again", None),
        (FLOOD, "never-ends", "it wrote more than 10,000,000 bytes", None),
        (SWALLOWS, "never-ends", "it made more than 20 calls", None),
        (DAEMON, "says-done", "", 0),
    ],
    ids=["_exit", "signal", "import", "foreign", "hangs", "sleeps", "flood", "swallows", "daemon"],
)
def test_a_hostile_script_is_judged_and_leaves_nothing(
    tmp_path: Path, account: Path, text: str, verdict: str, error: str, code: int | None
) -> None:
    script = program(tmp_path, text)
    found = once(script, account, seconds=2, calls=20)
    document = found.document()
    run = document["run"]
    assert (run["verdict"], run["exit_code"]) == (verdict, code)
    assert run["error"].startswith(error)
    alive = script.with_suffix(".alive")
    alive.unlink(missing_ok=True)
    time.sleep(0.05)
    assert not alive.exists()


RAISES = """
import boto3
class Wrong(Exception):
    def __str__(self): return "cannot delete:\\n" + "x" * 5000
def clean():
    try:
        boto3.client("iam").delete_role(RoleName="AWSServiceRoleForBackup")
    except Exception as error:
        if {again}: raise
        raise Wrong from error
clean()
"""
REFUSED = "UnmodifiableEntityException: An error occurred (UnmodifiableEntity) when calling the DeleteRole operation: "
DELETES = 'boto3.client("iam").delete_role(RoleName="AWSServiceRoleForBackup")'


def test_an_exception_is_shown_with_its_message_and_its_line_in_the_script(tmp_path: Path, account: Path) -> None:
    found = once(program(tmp_path, RAISES.format(again=True)), account)
    error = found.document()["run"]["error"]
    assert error.startswith(REFUSED)
    assert error.endswith(f"  [script.py:7: {DELETES}]")
    assert error in str(found)
    error = once(program(tmp_path, RAISES.format(again=False)), account).document()["run"]["error"]
    assert error.startswith("Wrong: cannot delete:\\nxxx")
    assert error.endswith("  [script.py:10: raise Wrong from error]")
    assert len(error) < 1100


def test_an_exception_whose_message_cannot_be_read_is_shown(tmp_path: Path, account: Path) -> None:
    text = "class Odd(Exception):\n  def __str__(self): raise ValueError\nraise Odd"
    error = once(program(tmp_path, text), account).document()["run"]["error"]
    assert error == "Odd: its message cannot be read  [script.py:3: raise Odd]"


def test_a_script_that_kills_itself_after_calls_whose_answers_are_known(tmp_path: Path, account: Path) -> None:
    read = 'boto3.client("backup").describe_backup_vault(BackupVaultName="Default")'
    text = f"import boto3, os, time\n{read}\ntime.sleep(1)\n{read}\ntime.sleep(1)\nos._exit(3)"
    found = check_script(program(tmp_path, text), account, events=1, jobs=2, seconds=20)
    assert set(found.verdicts) == {"gives-up"}


@pytest.mark.slow
def test_clients_send_a_throttled_call_again(tmp_path: Path, account: Path) -> None:
    script = program(tmp_path, f"import boto3\n{LIST}\nraise SystemExit(1)")
    again = once(script, account, "0: throttle-once").failing[0]
    assert [(made.made.retry, made.answer.fault is None) for made in again.calls] == [(False, False), (True, True)]
    never = once(script, account, "0: throttle").failing[0]
    assert "ThrottlingException" in never.ending.error
    assert len(never.calls) > 2
    assert not never.waits, "the time between attempts is not a wait of the script"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("script.py", "if", "not a Python program"),
        ("script.sh", "#!/no/such/interpreter\n", "cannot be executed"),
        ("script.py", "import boto3\nfor n in {'a', 'b', 'c', 'd', 'e'}: pass\n"
         "boto3.client('iam').get_role(RoleName=n)", "is not deterministic"),
    ],
    ids=["syntax", "interpreter", "sets"],
)  # fmt: skip
def test_a_script_that_cannot_be_checked_is_reported(
    tmp_path: Path, account: Path, name: str, text: str, message: str
) -> None:
    with pytest.raises(BadInput, match=message):
        check_script(program(tmp_path, text, name), account, events=0)


def test_a_file_that_cannot_be_run_is_reported(tmp_path: Path, account: Path) -> None:
    with pytest.raises(BadInput, match=r"missing\.py: cannot be read"):
        check_script(tmp_path / "missing.py", account)
    (tmp_path / "plain.txt").write_text("text")
    with pytest.raises(BadInput, match=r"plain\.txt: cannot be executed; 'chmod \+x' it"):
        check_script(tmp_path / "plain.txt", account)


SHELL = """#!/bin/sh
sleep 1m 30
(while true; do touch "$0.alive"; done) &
echo "$1"
exit 3
"""


@pytest.mark.slow
def test_a_shell_script_sleeps_on_the_clock_of_the_model(tmp_path: Path, account: Path) -> None:
    script = program(tmp_path, SHELL, "script.sh")
    (run,) = once(script, account, arguments=("an argument",)).failing
    assert (run.ending.code, run.verdict.value, run.waits) == (3, "gives-up", ((0, 90.0),))
    assert run.ending.output == "an argument\n"
    alive = tmp_path / "script.sh.alive"
    alive.unlink(missing_ok=True)
    time.sleep(0.05)
    assert not alive.exists()


CLI = """#!/bin/sh
set -e
for vault in $(aws backup list-backup-vaults --query 'BackupVaultList[].BackupVaultName' --output text); do
  aws backup delete-backup-vault --backup-vault-name "$vault"
done
"""


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("aws") is None, reason="the AWS CLI is not installed")
def test_the_aws_cli_reaches_the_model(tmp_path: Path, account: Path) -> None:
    (run,) = once(program(tmp_path, CLI, "script.sh"), account).failing
    assert [made.made.call.operation for made in run.calls] == ["ListBackupVaults", "DeleteBackupVault"]
    assert "InvalidRequestException" in run.ending.output
    assert run.verdict.value == "gives-up"


def test_credentials_of_the_user_are_not_passed(tmp_path: Path, account: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("AWS_PROFILE", "production")
    script = program(tmp_path, "import os; print({n: v for n, v in os.environ.items() if n.startswith('AWS_')})")
    (run,) = once(script, account).failing
    assert "secret" not in run.ending.output
    assert "production" not in run.ending.output
    assert os.devnull in run.ending.output
