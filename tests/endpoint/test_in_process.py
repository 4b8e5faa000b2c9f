"""Clients of this process: whenever they were made, with credentials or without, nothing of theirs is sent."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from typing import Any

import boto3
import botocore.endpoint
import botocore.httpsession
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

import backup_slr as slr
from backup_slr.endpoint.early_answers import WATCHED
from backup_slr.endpoint.in_process import hooked
from backup_slr.endpoint.wire.messages import Fault, HttpRequest, HttpResponse, ServiceCall
from backup_slr.endpoint.wire.protocol import Wire

CALLS: list[ServiceCall] = []
OTHERS = (("backup", "list_backup_vaults"), ("ec2", "describe_regions"), ("sts", "get_caller_identity"))


@pytest.fixture(autouse=True)
def machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine without credentials, from which nothing may be sent."""

    def send(*_: Any) -> None:
        pytest.fail("a request was sent")

    monkeypatch.setattr(botocore.httpsession.URLLib3Session, "send", send)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", os.devnull)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    CALLS.clear()


def backend(call: ServiceCall) -> dict[str, Any]:
    CALLS.append(call)
    if call.operation == "DeleteBackupVault":
        raise Fault("InvalidRequestException", "Not empty.", detail="ERROR_9101")
    if call.operation == "DescribeBackupVault":
        raise Fault("ServiceUnavailableException", "Later.")
    return {"BackupVaultList": [{"BackupVaultName": "one"}]} if call.service == "backup" else {}


def answering() -> Callable[[HttpRequest], HttpResponse]:
    wire = Wire()
    return lambda request: wire.answer(request, backend)


def client(name: str = "backup") -> Any:
    config = Config(retries={"total_max_attempts": 2, "mode": "standard"})
    return boto3.Session().client(name, "eu-west-1", config=config)


@pytest.mark.slow
@pytest.mark.parametrize("fast", [False, True])
def test_clients_made_before_and_inside_are_answered(fast: bool) -> None:
    before = client()
    with hooked(answering(), fast=fast):
        for one in (before, client()):
            assert one.list_backup_vaults()["BackupVaultList"] == [{"BackupVaultName": "one"}]
            with pytest.raises(ClientError) as caught:
                one.delete_backup_vault(BackupVaultName="one")
            assert caught.value.response["Error"] == {"Code": "InvalidRequestException", "Message": "Not empty."}
            assert caught.value.response["Code"] == "ERROR_9101"
            assert caught.value.response["ResponseMetadata"]["RetryAttempts"] == 0
    assert {call.region for call in CALLS} == {"eu-west-1"}
    assert {call.access_key for call in CALLS} == {"AKIAIOSFODNN7EXAMPLE"}


@pytest.mark.parametrize("fast", [False, True])
def test_retries_happen_unless_it_is_fast(fast: bool) -> None:
    with hooked(answering(), fast=fast), pytest.raises(ClientError):
        client().describe_backup_vault(BackupVaultName="one")
    assert len(CALLS) == (1 if fast else 2)


@pytest.mark.parametrize("event", WATCHED)
def test_who_watches_a_request_sees_it_on_its_whole_way(event: str) -> None:
    watched, plain, seen = client(), client(), list[str]()
    watched.meta.events.register(f"{event}.backup.*", lambda event_name, **_: seen.append(event_name))
    with hooked(answering()):
        answers = [one.list_backup_vaults() for one in (watched, plain, watched)]
        for one in (watched, plain):
            with pytest.raises(ClientError):
                one.describe_backup_vault(BackupVaultName="one")
    lists, others = [name for name in seen if name.endswith("ListBackupVaults")], seen[2:]
    assert len(lists) == 2
    assert len(others) == 2, "the second attempt of the watched client"
    assert len(CALLS) == len(answers) + 4
    for answer in answers:
        answer["ResponseMetadata"].pop("RequestId")
        answer["ResponseMetadata"]["HTTPHeaders"].pop("x-amzn-requestid")
    assert answers[0] == answers[1] == answers[2]


@pytest.mark.parametrize("fast", [False, True])
def test_the_access_key_of_a_client_is_seen(fast: bool) -> None:
    with hooked(answering(), fast=fast):
        boto3.client("iam", aws_access_key_id="AKIDOTHER", aws_secret_access_key="s").list_roles()
    assert [(call.region, call.access_key) for call in CALLS] == [("us-east-1", "AKIDOTHER")]


@pytest.mark.parametrize("fast", [False, True])
def test_other_services_are_an_error_and_are_not_sent(fast: bool) -> None:
    with hooked(answering(), fast=fast), pytest.raises(ClientError, match=r"s3 \(GET /\) is outside the model"):
        client("s3").list_buckets()
    for service, call in OTHERS:
        with hooked(answering(), fast=fast, services=["iam"]), pytest.raises(ClientError, match="here are iam"):
            getattr(client(service), call)()
    assert not CALLS


def test_contexts_cannot_be_nested_and_leave_everything_as_it_was() -> None:
    before = dict(os.environ), botocore.endpoint.Endpoint._send
    with hooked(answering()), pytest.raises(RuntimeError, match="cannot be nested"), hooked(answering()):
        pass
    assert (dict(os.environ), botocore.endpoint.Endpoint._send) == before
    with hooked(answering()):
        pass
    with pytest.raises(ValueError, match="s3"), hooked(answering(), services=["s3"]):
        pass


@pytest.mark.parametrize("fast", [False, True])
def test_aiobotocore_is_answered(fast: bool) -> None:
    aiobotocore = pytest.importorskip("aiobotocore.session")

    async def calls() -> None:
        async with aiobotocore.get_session().create_client("backup", region_name="eu-west-1") as before:
            with hooked(answering(), fast=fast):
                async with aiobotocore.get_session().create_client("backup", region_name="eu-west-1") as inside:
                    for one in (before, inside):
                        found = await one.list_backup_vaults()
                        assert found["BackupVaultList"] == [{"BackupVaultName": "one"}]
                        with pytest.raises(ClientError, match="Not empty"):
                            await one.delete_backup_vault(BackupVaultName="one")

    asyncio.run(calls())


@pytest.mark.parametrize("fast", [False, True])
def test_moto_answers_for_the_other_services(fast: bool) -> None:
    moto = pytest.importorskip("moto")
    with moto.mock_aws(), hooked(answering(), fast=fast):
        assert client("s3").list_buckets()["Buckets"] == []
        assert client().list_backup_vaults()["BackupVaultList"] == [{"BackupVaultName": "one"}]
    with moto.mock_aws(), hooked(answering(), fast=fast, services=["iam"]):
        assert client().list_backup_vaults()["BackupVaultList"] == []


def test_the_handler_of_moto_does_not_make_calls_slow(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("moto")

    def make_request(*_: Any) -> None:
        pytest.fail("the request took its whole way")

    monkeypatch.setattr(botocore.endpoint.Endpoint, "make_request", make_request)
    with hooked(answering()):
        assert client().list_backup_vaults()["BackupVaultList"] == [{"BackupVaultName": "one"}]


# ---------------------------------------------------------------- the account of a context


SMALL = "simulations/accounts/small.toml"
ROLE = "AWSServiceRoleForBackup"


def deletion() -> None:
    boto3.client("iam").delete_service_linked_role(RoleName=ROLE)


@pytest.mark.parametrize("fast", [False, True])
def test_a_decorated_function_has_a_new_account_at_each_call(fast: bool) -> None:
    emulator = slr.aws(SMALL, fast=fast)

    @emulator
    def once(word: str) -> str:
        assert emulator.account["role"] == "present"
        deletion()
        return word + emulator.account["role"]

    assert [once("is "), once("is ")] == ["is deleting", "is deleting"]
    assert once.__name__ == "once"


def test_a_decorated_coroutine_runs_inside() -> None:
    emulator = slr.aws(SMALL)

    @emulator
    async def waits() -> str:
        await asyncio.sleep(0)
        deletion()
        return emulator.account["role"]

    assert asyncio.run(waits()) == "deleting"


def test_a_context_that_fails_leaves_everything_as_it_was() -> None:
    before = botocore.endpoint.Endpoint._send
    emulator = slr.aws()
    with pytest.raises(RuntimeError, match="before the context"):
        _ = emulator.account
    with pytest.raises(ZeroDivisionError), emulator:
        _ = 1 / 0
    with emulator, pytest.raises(RuntimeError, match="cannot be nested"), slr.aws():
        pass
    assert botocore.endpoint.Endpoint._send is before


@pytest.mark.parametrize(
    ("given", "named", "message"),
    [
        ((deletion,), {}, r"@aws\(\)"),
        (("none.toml",), {}, "cannot be read"),
        ((), {"extensions": ["legal-holt"]}, "legal-hold"),
        ((), {"assume": {"usage-check": "never"}}, "usage-check"),
    ],
)
def test_what_cannot_be_an_account_is_one_message(given: Any, named: Any, message: str) -> None:
    with pytest.raises(slr.BadInput, match=message):
        slr.aws(*given, **named)
