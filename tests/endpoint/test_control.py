"""The control API and its twin in Python: states, environments, accounts, and every wrong input as one message."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import tomllib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from tests.support.console import call as program

import backup_slr as slr
from backup_slr.api.emulated import emulated
from backup_slr.endpoint.aws_account import AwsAccount
from backup_slr.endpoint.backend.surroundings import FORMS
from backup_slr.endpoint.control import CHANGES, READS
from backup_slr.endpoint.emulated_aws import EmulatedAws
from backup_slr.endpoint.server import serving
from backup_slr.endpoint.wire.messages import Fault, HttpRequest, ServiceCall
from backup_slr.errors import BadInput

SMALL = "simulations/accounts/small.toml"
ROLE = "AWSServiceRoleForBackup"


def sent(aws: EmulatedAws, method: str, path: str, body: Any = b"") -> tuple[int, Any]:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    response = aws.answer(HttpRequest(method, f"/_slr/{path}", (), content))
    is_json = dict(response.headers)["content-type"] == "application/json"
    return response.status, json.loads(response.body) if is_json else response.body.decode()


def call(operation: str, service: str = "backup", **parameters: Any) -> ServiceCall:
    return ServiceCall(service, operation, "us-east-1", "A", parameters, "1")


def vaults(account: AwsAccount) -> list[str]:
    return [one["BackupVaultName"] for one in account.answer(call("ListBackupVaults"))["BackupVaultList"]]


def test_the_paths_are_listed_and_each_read_answers() -> None:
    aws = emulated(SMALL)
    listed = sent(aws, "GET", "")[1]
    for path in listed["get"]:
        assert sent(aws, "GET", path.removeprefix("/_slr/"))[0] == 200, path
    assert set(listed["post"]) == {
        f"/_slr/{name}" for name in ("reset", "account", "snapshot", "restore", "act", "clock", "environment")
    }


def test_the_documentation_has_every_path_and_every_setting() -> None:
    text = Path("model/backup_slr/endpoint/README.md").read_text()
    for method, paths in (("GET", READS), ("POST", CHANGES)):
        for name in paths:
            assert f"`{method} {name}`" in text or f"`PUT {name}`" in text, name
    for name in FORMS:
        assert f"`{name}`" in text, name


def test_a_state_is_kept_restored_reset_and_replaced() -> None:
    aws = emulated(SMALL)
    account = aws.account()
    assert sent(aws, "POST", "snapshot", {"name": "before"})[0] == 200
    account.answer(call("CreateBackupVault", BackupVaultName="new"))
    assert "new" in vaults(account)
    assert sent(aws, "POST", "restore", {"name": "before"})[0] == 200
    assert "new" not in vaults(account)
    account.answer(call("CreateBackupVault", BackupVaultName="new"))
    text = sent(aws, "GET", "account")[1]
    assert sent(aws, "POST", "reset")[0] == 200
    assert "new" not in vaults(account)
    assert sent(aws, "PUT", "account", text.encode())[1] == account.state
    assert "new" in vaults(account)
    assert account["points", "us-east-1/archive"] == 6
    assert len(account.calls) == 1
    sent(aws, "POST", "account?account=OTHER", text.encode())
    assert sent(aws, "GET", "")[1]["accounts"] == ["", "OTHER"]
    aws.account("OTHER").act("start_job", "us-east-1/new")
    assert (aws.account("OTHER")["job", "us-east-1/new"], account["job", "us-east-1/new"]) == (True, False)


def test_jobs_start_and_end_and_the_clock_advances(tmp_path: Path) -> None:
    aws = emulated(SMALL)
    started = {"action": "start_job", "place": "us-east-1/archive"}
    assert sent(aws, "POST", "act", started) == (200, {"outcome": "done"})
    assert sent(aws, "POST", "act", started) == (200, {"outcome": "job-already-running"})
    ended = {**started, "action": "finish_job", "inputs": {"succeeds": False}}
    assert sent(aws, "POST", "act", ended)[1] == {"outcome": "done"}
    before = sent(aws, "GET", "clock")[1]["now"]
    assert sent(aws, "POST", "clock", {"seconds": 90})[1]["now"] > before
    assert "finish_job" in sent(aws, "GET", "actions")[1]
    (tmp_path / "did.toml").write_text(sent(aws, "GET", "scenario")[1])
    assert program("simulate", str(tmp_path / "did.toml")).code == 0


def code(account: AwsAccount, operation: str, service: str = "backup", **parameters: Any) -> str:
    try:
        account.answer(call(operation, service, **parameters))
    except Fault as fault:
        return fault.code
    return ""


def test_the_environment_collides_throttles_fails_and_denies() -> None:
    account = emulated(SMALL).account()
    found = account.answer(call("ListRecoveryPointsByBackupVault", BackupVaultName="archive"))["RecoveryPoints"]
    point, other, *_ = found
    deletion = {"BackupVaultName": "archive", "RecoveryPointArn": point["RecoveryPointArn"]}
    account.configure(next_choices={"collides": 1})
    assert code(account, "DeleteRecoveryPoint", **deletion) == ""  # no job runs with which it could collide
    account.act("start_job", "us-east-1/archive")
    deletion["RecoveryPointArn"] = other["RecoveryPointArn"]
    account.configure(throttle_next=1)
    account.fail_next("backup:List*", "ServiceUnavailableException")
    codes = [code(account, "DeleteRecoveryPoint", **deletion) for _ in range(3)]
    assert codes == ["ThrottlingException", "InvalidResourceStateException", ""]
    assert code(account, "ListBackupVaults") == "ServiceUnavailableException"
    account.configure(throttle_next=1)
    assert code(account, "ListRoles", "iam") == "Throttling"
    account.deny("backup:List*")
    assert (code(account, "ListBackupVaults"), code(account, "ListRoles", "iam")) == ("AccessDeniedException", "")
    account.reset()
    assert code(account, "ListBackupVaults") == ""


def test_a_choice_with_several_values_is_decided_value_by_value() -> None:
    account = emulated(SMALL, extensions=["deleting", "expired"]).account()
    account.configure(next_choices={"finds": ["snapshot"]})
    (point, *_) = account.answer(call("ListRecoveryPointsByBackupVault", BackupVaultName="archive"))["RecoveryPoints"]
    snapshot = point["RecoveryPointArn"].rpartition("/")[2]
    account.answer(call("DeleteRecoveryPoint", BackupVaultName="archive", RecoveryPointArn=point["RecoveryPointArn"]))
    account.wait()
    assert account["kept_by", "us-east-1/archive"] == "snapshot"
    assert code(account, "UnlockSnapshot", "ec2", SnapshotId=snapshot) == ""
    assert account["kept_by", "us-east-1/archive"] == "nothing"
    assert code(account, "UnlockSnapshot", "ec2", SnapshotId="snap-00000000000000fff") == "InvalidSnapshot.NotFound"


def test_reads_lag_behind_a_change() -> None:
    account = emulated().account()
    account.configure(lag=2)
    account.answer(call("CreateBackupVault", BackupVaultName="new"))
    assert [vaults(account) for _ in range(3)] == [[], [], ["new"]]
    account.answer(call("ListProtectedResources"))
    assert account["role"] == "present"
    assert code(account, "GetRole", "iam", RoleName=ROLE) == "NoSuchEntity"


def test_a_task_ends_after_some_polls() -> None:
    account = emulated(SMALL).account()
    account.configure(polls=3)
    task = account.answer(call("DeleteServiceLinkedRole", "iam", RoleName=ROLE))
    found = [account.answer(call("GetServiceLinkedRoleDeletionStatus", "iam", **task))["Status"] for _ in range(4)]
    assert found == [*["IN_PROGRESS"] * 3, "FAILED"]


def test_the_next_tasks_fail_on_request() -> None:
    with slr.aws(slr.load().account(role="present")) as account:
        account.configure(next_tasks=["service-using-role", "rules"])
        found = list[str]()
        for _ in range(2):
            task = boto3.client("iam").delete_service_linked_role(RoleName=ROLE)["DeletionTaskId"]
            account.wait(1)
            ended = boto3.client("iam").get_service_linked_role_deletion_status(DeletionTaskId=task)
            found += [ended["Status"], account["role"]]
        assert found == ["FAILED", "present", "SUCCEEDED", "absent"]
        assert "# finish_deletion_task failed on request (service-using-role)" in account.scenario()
        account.reset()
        assert account.environment.next_tasks == ()


def test_a_lock_becomes_permanent_on_its_date() -> None:
    with slr.aws(slr.load(extensions=["vault-lock"]).account(role="present")) as account:
        backup = boto3.client("backup", "us-east-1")
        backup.create_backup_vault(BackupVaultName="locked")
        backup.put_backup_vault_lock_configuration(BackupVaultName="locked", ChangeableForDays=3, MinRetentionDays=1)
        locks = list[str]()
        for seconds in (0, 2 * 86400, 86400):
            account.wait(seconds)
            locks.append(account["lock", "us-east-1/locked"])
        assert locks == ["grace", "grace", "compliance"]


def test_the_state_has_the_keys_of_account_files() -> None:
    account = slr.load(extensions=["access-policy"]).account(vaults={"us-east-1/one": 0}).emulated().account()
    (vault,) = account.state["vaults"]
    read = tomllib.loads(account.account_file())["account"]["vaults"]
    assert [vault] == read


def test_a_seed_repeats_the_chances() -> None:
    def codes() -> list[str]:
        account = emulated().account()
        account.configure(throttle=0.5, seed=7)
        return [code(account, "ListBackupVaults") for _ in range(20)]

    assert codes() == codes()
    assert set(codes()) == {"", "ThrottlingException"}


NESTED = b"[" * 100_000


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "message"),
    [
        ("GET", "stat", b"", 404, "did you mean 'state'"),
        ("DELETE", "state", b"", 405, "GET reads, POST changes"),
        ("POST", "state", b"", 404, "known: reset, account"),
        ("GET", "state?account=NONE", b"", 404, "unknown access key 'NONE'"),
        ("GET", "state?acount=A", b"", 400, "the query is ?account=KEY"),
        ("GET", "state?account=%ff", b"", 400, "the query cannot be read"),
        ("POST", "account?account=a%0Ab", b"", 400, "an access key has at most 200"),
        ("POST", "act", b"{", 400, "the body is not JSON"),
        ("POST", "act", NESTED, 400, "the body is not JSON"),
        ("POST", "act", b"\xff", 400, "the body is not JSON"),
        ("POST", "act", b"[1]", 400, "the body is a JSON object"),
        ("POST", "act", {}, 400, "action is a text"),
        ("POST", "act", {"action": "start_job", "plase": "x"}, 400, "did you mean 'place'"),
        ("POST", "act", {"action": "start_jobs"}, 400, "did you mean 'start_job'"),
        ("POST", "act", {"action": "start_job"}, 400, "start_job needs a place REGION/VAULT, not ''"),
        ("POST", "act", {"action": "start_job", "place": "us-eats-1/a"}, 400, "did you mean 'us-east-1'"),
        ("POST", "act", {"action": "start_job", "place": "us-east-1/a\nb"}, 400, "printable characters"),
        ("POST", "act", {"action": "start_job", "place": "us-east-1/" + "a" * 2000}, 400, "printable characters"),
        ("POST", "act", {"action": "start_job", "place": "us-east-1/a", "inputs": []}, 400, "inputs is an object"),
        (
            *("POST", "act", {"action": "finish_job", "place": "us-east-1/a", "inputs": {"succeeds": 7}}, 400),
            "unknown value of succeeds '7'",
        ),
        ("POST", "act", {"action": "list_resources", "inputs": {"via": "phone"}}, 400, "unknown value of via 'phone'"),
        ("POST", "clock", {"seconds": -1}, 400, "seconds is a number from 0"),
        ("POST", "clock", {"seconds": 1e300}, 400, "seconds is a number from 0"),
        ("POST", "clock", b'{"seconds": NaN}', 400, "the body is not JSON"),
        ("POST", "clock", b'{"seconds": ' + b"9" * 5000 + b"}", 400, ""),
        ("POST", "restore", {"name": "none"}, 400, "unknown snapshot 'none'"),
        ("POST", "environment", {"colides": 1}, 400, "unknown key"),
        ("POST", "environment", {"page": 0}, 400, "page is a whole number above 0, or null"),
        ("POST", "environment", {"polls": 10**30}, 400, "polls is a whole number"),
        ("POST", "environment", {"throttle": 2}, 400, "throttle is a probability"),
        ("POST", "environment", {"chances": {"colides": 0.5}}, 400, "did you mean 'collides'"),
        ("POST", "environment", {"next_choices": {"collides": ["maybe"]}}, 400, "unknown value of collides"),
        ("POST", "environment", {"denied": ["backup:Lisst"]}, 400, "unknown operation"),
        ("POST", "environment", {"failing": [["backup:List*"]]}, 400, "failing is a list of pairs"),
        ("POST", "account", b"\xff", 400, "not text in UTF-8"),
        ("POST", "account", b"role = 1", 400, "account file:"),
        ("POST", "account", b'[account]\nrole = "presnt"', 400, "did you mean 'present'"),
        ("POST", "account", b'with = ["legal-hold"]\n[account]\nrole = "present"', 400, "needs the extensions"),
        (
            *("POST", "account", b'[assume]\n"usage-check" = "at-submit"\n[account]\nrole = "present"', 400),
            "the account assumes usage-check=at-submit; the rules here assume at-task-end",
        ),
    ],
)
def test_a_wrong_request_is_one_message_and_changes_nothing(
    method: str, path: str, body: Any, status: int, message: str
) -> None:
    aws = emulated(SMALL)
    aws.account("A")
    before = aws.account().state, len(aws.accounts)
    found, content = sent(aws, method, path, body)
    assert (found, list(content)) == (status, ["error"])
    assert message in content["error"]
    assert "\n" not in content["error"]
    assert len(content["error"]) < 1000
    assert (aws.account().state, len(aws.accounts)) == before


@pytest.mark.parametrize("seconds", [-1, float("nan"), float("inf")])
def test_a_wait_that_is_none_is_one_message(seconds: float) -> None:
    with pytest.raises(BadInput, match="a wait has a number of seconds"):
        emulated().account().wait(seconds)


def test_the_clock_stops_at_the_last_date() -> None:
    account = emulated().account()
    for _ in range(3):
        account.wait(1e12)
    account.answer(call("CreateBackupVault", BackupVaultName="late"))
    assert account.answer(call("ListBackupVaults"))["BackupVaultList"][0]["CreationDate"].year == 9999


# ---------------------------------------------------------------- many clients at once


def in_one_order(aws: EmulatedAws, done: list[tuple[str, int, int, str]]) -> None:
    """Check that one order explains all answers: that of the log, which agrees with the times of the calls.

    Each call is its request id, the number of calls that had ended when it began, its turn at its end, and its code.
    """
    log = aws.account("A").calls
    places = {one.request_id: number for number, one in enumerate(log)}
    began_after = sorted((begin, places[request]) for request, begin, _, _ in done)
    ended = sorted((end, places[request]) for request, _, end, _ in done)
    latest, at = -1, 0
    for begin, place in began_after:
        while at < len(ended) and ended[at][0] <= begin:
            latest, at = max(latest, ended[at][1]), at + 1
        assert place > latest, "a call that began after another had ended comes before it in the log"
    again = emulated(SMALL).account("A")
    codes = {request: code for request, _, _, code in done}
    for one in log:
        assert code(again, one.operation, one.service, **one.parameters) == codes[one.request_id]
    assert again.state == aws.account("A").state


@pytest.mark.parametrize("over_http", [False, True])
def test_the_calls_of_many_threads_have_one_order(over_http: bool) -> None:
    aws = emulated(SMALL)
    done: list[tuple[str, int, int, str]] = []
    keys = {"aws_access_key_id": "A", "aws_secret_access_key": "s"}
    config = Config(retries={"total_max_attempts": 1}, max_pool_connections=8)

    def run(url: str | None) -> None:
        from contextlib import nullcontext

        from backup_slr.endpoint.in_process import hooked

        with nullcontext() if url else hooked(aws.answer):
            clients = [boto3.client("backup", "us-east-1", endpoint_url=url, config=config, **keys) for _ in range(2)]

            def one(number: int) -> None:
                client, begin = clients[number % 2], len(done)
                way = client.create_backup_vault if number % 3 else client.delete_backup_vault
                try:
                    metadata, found = way(BackupVaultName=f"name-{number % 5}")["ResponseMetadata"], ""
                except ClientError as error:
                    metadata, found = error.response["ResponseMetadata"], error.response["Error"]["Code"]
                done.append((metadata["RequestId"], begin, len(done) + 1, found))

            with ThreadPoolExecutor(8) as pool:
                list(pool.map(one, range(160)))

    if over_http:
        with serving(aws.answer) as url:
            run(url)
    else:
        run(None)
    assert len(done) == len(aws.account("A").calls) == 160
    in_one_order(aws, done)


# ---------------------------------------------------------------- the command


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM])
def test_serve_records_the_calls_of_each_account(end: signal.Signals, tmp_path: Path) -> None:
    record = tmp_path / "did.toml"
    command = [sys.executable, "-m", "backup_slr", "serve", "--account", SMALL, "--record", str(record)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        url = re.search(r"http://\S+\d", process.stderr.readline())
        assert url
        assert "AWS_ACCESS_KEY_ID=x" in process.stderr.readline()
        assert "AWS_DEFAULT_REGION=us-east-1" in process.stderr.readline()
        for key in ("A", "B"):
            keys = {"aws_access_key_id": key, "aws_secret_access_key": "s", "endpoint_url": url[0]}
            boto3.client("backup", "us-east-1", **keys).create_backup_vault(BackupVaultName=f"vault-{key}")
        with pytest.raises(HTTPError) as refused:
            urlopen(Request(f"{url[0]}/_slr/reset", method="POST", headers={"Origin": "http://example.com"}))
        assert refused.value.code == 403
        refused.value.close()
        process.send_signal(end)
        process.communicate(timeout=30)
    assert process.returncode == 0
    assert "vault-A" in record.read_text()
    assert "vault-B" in record.with_stem("did-111122223334").read_text()
    assert program("simulate", str(record)).code == 0


def test_a_recording_that_cannot_be_written_is_reported_at_the_start(tmp_path: Path) -> None:
    found = program("serve", "--record", str(tmp_path / "none" / "x.toml"))
    assert found.code == 3
    assert "cannot be written" in found.err
