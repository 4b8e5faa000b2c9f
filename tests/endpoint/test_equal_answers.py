"""Answers before and after a call is signed: the client sees the same, whatever way the call takes."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from datetime import datetime
from itertools import cycle
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, ParamValidationError
from botocore.regions import EndpointRulesetResolver
from support import slow
from support.random_clients import random_call

from backup_slr.api.emulated import aws
from backup_slr.endpoint.kept_results import kept_endpoints, kept_timestamps
from backup_slr.endpoint.wire.messages import ServiceCall
from backup_slr.lifecycle.emulation import EMULATION

TOGETHER = (
    *((), ("access-policy", "vault-lock"), ("backup-plans", "legal-hold")),
    *(("backup-roles",), ("copies",), ("deleting",)),
)
CONFIGURED = {
    "the usual retries": Config(),
    "one attempt": Config(retries={"total_max_attempts": 1}),
    "legacy": Config(retries={"mode": "legacy"}),
    "adaptive": Config(retries={"mode": "adaptive", "total_max_attempts": 1}),
}


SMALL = "simulations/accounts/small.toml"


def watch(**_: Any) -> None:
    """A handler, which botocore calls for a request on its whole way only."""


class Caller:
    """Makes calls, with a client for each service and Region."""

    def __init__(self, config: Config, watched: bool = False) -> None:
        self._config, self._watched = config, watched
        self._clients: dict[tuple[str, str], Any] = {}

    def answer(self, call: ServiceCall) -> Any:
        """What a client sees."""
        where = call.service, call.region
        if where not in self._clients:
            client = self._clients[where] = boto3.client(*where, config=self._config)
            if self._watched:
                client.meta.events.register("before-send.*.*", watch)
        try:
            return self._clients[where]._make_api_call(call.operation, dict(call.parameters))
        except (ClientError, ParamValidationError) as error:
            return type(error).__name__, str(error), getattr(error, "response", None)


WAIT = ServiceCall("", "", "", "", {}, "")


CASES = [*zip(cycle(CONFIGURED), TOGETHER, strict=False)]


@pytest.mark.parametrize("case", [*CASES[:2], *slow(*CASES[2:])])
def test_a_client_sees_the_same_on_every_way(case: tuple[str, tuple[str, ...]]) -> None:
    config, extensions = case
    chance, calls, early = random.Random(1), list[ServiceCall](), list[Any]()
    caller = Caller(CONFIGURED[config])
    with aws(SMALL, extensions=extensions) as account:
        names = [*EMULATION.operations, *chance.choices(list(EMULATION.operations), k=60)]
        chance.shuffle(names)
        for name in names:
            if chance.random() < 0.1:
                account.wait(60)
                calls.append(WAIT)
            calls.append(call := random_call(chance, account, name))
            early.append(caller.answer(call))
    for fast, watched in ((False, True), (True, False), (True, True)):
        caller, found = Caller(CONFIGURED[config], watched), list[Any]()
        with aws(SMALL, extensions=extensions, fast=fast) as account:
            for call in calls:
                if call is WAIT:
                    account.wait(60)
                else:
                    found.append(caller.answer(call))
        assert found == early
    assert {type(one) for one in early} == {dict, tuple}, "some succeed, some do not"


# ---------------------------------------------------------------- what is kept


@pytest.fixture
def zone(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Changes the time zone of this process."""

    def change(name: str) -> None:
        monkeypatch.setenv("TZ", name)
        time.tzset()

    yield change
    monkeypatch.undo()
    time.tzset()


def test_a_timestamp_is_in_the_time_zone_of_its_call(zone: Callable[[str], None]) -> None:
    seen = list[datetime]()
    with aws(fast=True):
        backup = boto3.client("backup", "eu-west-1")
        backup.create_backup_vault(BackupVaultName="archive")
        for name in ("UTC", "Asia/Tokyo", "UTC"):
            zone(name)
            seen.append(backup.describe_backup_vault(BackupVaultName="archive")["CreationDate"])
    assert [one.isoformat()[-6:] for one in seen] == ["+00:00", "+09:00", "+00:00"]
    assert len(set(seen)) == 1


def test_kept_timestamps_are_apart_by_type_and_text_is_parsed_each_time() -> None:
    parsed = list[Any]()
    parse = kept_timestamps(lambda value: parsed.append(value) or type(value))  # type: ignore[arg-type,return-value,func-returns-value]
    for _ in range(2):
        assert [parse(1), parse(1.0), parse("1"), parse(True)] == [int, float, str, bool]
    assert parsed == [1, 1.0, "1", True, "1"]


def test_an_endpoint_is_asked_for_once_unless_something_can_change_it(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = list[str]()
    original = EndpointRulesetResolver.construct_endpoint

    def counting(self: Any, operation_model: Any, *rest: Any, **named: Any) -> Any:
        asked.append(operation_model.name)
        return original(self, operation_model, *rest, **named)

    def elsewhere(builtins: dict[str, Any], **_: Any) -> None:
        builtins["AWS::Region"] = "eu-central-1"

    monkeypatch.setattr(EndpointRulesetResolver, "construct_endpoint", kept_endpoints(counting))
    client = boto3.client("backup", "eu-west-1", aws_access_key_id="a", aws_secret_access_key="b")
    operation = client.meta.service_model.operation_model("ListBackupVaults")

    def url() -> str:
        return client._resolve_endpoint_ruleset(operation, {}, {})[0]

    assert url() == url() == "https://backup.eu-west-1.amazonaws.com"
    assert len(asked) == 1
    client.meta.events.register("before-endpoint-resolution.backup", elsewhere)
    assert url() == url() == "https://backup.eu-central-1.amazonaws.com"
    assert len(asked) == 3
    client.meta.events.unregister("before-endpoint-resolution.backup", elsewhere)
    assert url() == "https://backup.eu-west-1.amazonaws.com"
    s3 = boto3.client("s3", "eu-west-1", aws_access_key_id="a", aws_secret_access_key="b")
    get = s3.meta.service_model.operation_model("GetObject")
    urls = [s3._resolve_endpoint_ruleset(get, {"Bucket": name, "Key": "k"}, {})[0] for name in ("one", "two")]
    assert urls == ["https://one.s3.eu-west-1.amazonaws.com", "https://two.s3.eu-west-1.amazonaws.com"]
