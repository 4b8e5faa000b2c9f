"""The collector, its policy, its script and its table of fields: one list of calls for all of them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from shutil import which
from typing import Any

import pytest
from support import slow
from support.aws_account import AT, EMPTY, FakeAccount
from support.console import call
from support.schemas import valid

from backup_slr.api.starting import load_account
from backup_slr.engine.spec.inventory import ReadCall, kebab
from backup_slr.errors import BadInput
from backup_slr.inventory import boto_sender
from backup_slr.inventory.collector import CallFailed, Collector
from backup_slr.inventory.documentation_of_fields import field_documents
from backup_slr.inventory.typed_answers import steps
from backup_slr.lifecycle import BACKUP
from backup_slr.lifecycle.inventory import FACTS, INVENTORY
from backup_slr.lifecycle.inventory_calls import CALLS

botocore = pytest.importorskip("botocore")
US = "us-east-1"
RULES = [*BACKUP.model.rules, *(rule for one in BACKUP.extensions for rule in one.rules)]
CHANGING = {operation for rule in RULES if rule.by == "person" for operation in rule.operations}


# ---------------------------------------------------------------- the list of calls, and botocore


@pytest.fixture(scope="module")
def operations() -> dict[str, Any]:
    """The model of each operation in botocore."""
    from botocore.session import get_session

    session = get_session()
    return {c.operation: session.get_service_model(c.command[0]).operation_model(c.name) for c in CALLS}


def member(shape: Any, path: str) -> Any:
    """The shape at a path of an answer."""
    for step in steps(path):
        assert shape.type_name in ("structure", "map"), path
        if shape.type_name == "map":
            shape = shape.value
            continue
        assert step.removesuffix("[]") in shape.members, path
        shape = shape.members[step.removesuffix("[]")]
        assert (shape.type_name == "list") == step.endswith("[]"), path
        shape = shape.member if step.endswith("[]") else shape
    return shape


def test_every_path_is_a_member_of_the_answer(operations: dict[str, Any]) -> None:
    for operation, paths in INVENTORY.paths().items():
        for path in paths:
            shape = member(operations[operation].output_shape, path)
            assert path.endswith("[]") or shape.type_name not in ("list", "map", "structure"), path


def test_every_value_of_a_condition_exists(operations: dict[str, Any]) -> None:
    checked = 0
    for fact in FACTS:
        for showing in fact.when:
            whole = showing.path.startswith("/")
            path = showing.path[1:] if whole else ".".join(filter(None, (fact.items, showing.path)))
            if known := getattr(member(operations[fact.call].output_shape, path), "enum", []):
                assert set(showing.values) <= set(known), (path, showing)
                checked += 1
    assert checked > 10


def test_every_argument_exists(operations: dict[str, Any]) -> None:
    for one in CALLS:
        members = operations[one.operation].input_shape.members if operations[one.operation].input_shape else {}
        sent = dict(one.arguments) | ({one.each.argument: ""} if one.each else {})
        sent |= {one.given: ""} if one.given else {}
        assert set(sent) <= set(members), one
        for name, value in one.arguments:
            assert value in (getattr(members[name], "enum", None) or [value])
        required = getattr(operations[one.operation].input_shape, "required_members", [])
        assert set(required) <= set(sent), one


def test_no_call_changes_anything() -> None:
    """ListProtectedResources reads, but it is an operation of a rule: it creates the role."""
    assert "backup:ListProtectedResources" in CHANGING
    assert not {one.operation for one in CALLS} & CHANGING
    assert all(one.name.startswith(("Get", "List", "Describe")) for one in CALLS)


def test_facts_are_about_calls_and_names_of_the_model() -> None:
    names = {v.name for one in (BACKUP.model, *BACKUP.extensions) for v in one.state} | {r.action for r in RULES}
    names |= {a.name for one in (BACKUP.model, *BACKUP.extensions) for a in one.assumptions}
    names |= {one.name for one in BACKUP.extensions}
    for fact in FACTS:
        assert fact.call in {one.operation for one in CALLS}
        for kind in ("variable", "action", "assumption", "extension"):
            assert getattr(fact.effect, kind, "role") in names


# ---------------------------------------------------------------- the collector


def test_the_collector_sends_each_call_where_it_belongs() -> None:
    account = FakeAccount((US, "eu-west-1"), off=("ap-east-1",))
    account.vault("eu-west-1", "web", {})
    account.vault("eu-west-1", "restored", VaultType="RESTORE_ACCESS_BACKUP_VAULT")
    entries = [json.loads(line) for line in account.lines()]
    assert entries[-1] == {"end": True}
    assert len(account.sent) == len(set(account.sent)) == len(entries) - 1
    assert "eu-west-1/list-recovery-points-by-backup-vault=web" in account.sent
    assert not [sent for sent in account.sent if "restored" in sent or "ap-east-1" in sent]
    once = [sent for sent in account.sent if "get-role" in sent or "describe-regions" in sent]
    assert [sent.partition("/")[0] for sent in once] == [US, US]


def test_the_regions_in_use_are_asked_of_the_region_of_the_user() -> None:
    account = FakeAccount(("cn-north-1",), home="cn-north-1")
    list(account.lines())
    assert {sent.partition("/")[0] for sent in account.sent} == {"cn-north-1"}


def test_options_of_the_collector(tmp_path: Path) -> None:
    account = FakeAccount((US, "eu-west-1"))
    account.vault("eu-west-1", "web", {})
    account.lines(outer=("eu-west-1",), optional=False, given={"DeletionTaskId": "task/1"})
    assert not [sent for sent in account.sent if sent.startswith(US) or "list-recovery-points-by-backup" in sent]
    assert "eu-west-1/get-service-linked-role-deletion-status=task/1" in account.sent


def test_a_forbidden_region_is_reported_and_the_others_are_read() -> None:
    account = FakeAccount((US, "eu-west-1"), {"eu-west-1/*": "AccessDeniedException"})
    done: list[str] = []
    collector = Collector(INVENTORY, account, progress=lambda name, number: done.append(name))
    entries = list(collector.entries())
    assert sorted(done) == ["eu-west-1", US]
    assert {place for place, _, _ in collector.failures} == {"eu-west-1"}
    assert collector.sent == len(entries) - 1
    assert all("output" in entry or "error" in entry for entry in entries[:-1])


def test_a_region_that_cannot_be_reached_is_left_at_once() -> None:
    class Unreachable(FakeAccount):
        def send(self, outer: str, call: ReadCall, arguments: Any) -> Any:
            answer = super().send(outer, call, arguments)
            if outer == "eu-west-1":
                raise CallFailed("EndpointConnectionError: no route", unreachable=True)
            return answer

    account = Unreachable((US, "eu-west-1"))
    assert len(account.lines()) > 10
    assert len([sent for sent in account.sent if sent.startswith("eu-west-1")]) == 1


@pytest.mark.parametrize(
    ("answers", "told"),
    [
        ({f"{US}/get-caller-identity": "ExpiredToken"}, "the account cannot be read: An error occurred (ExpiredToken)"),
        ({f"{US}/describe-regions": "AccessDenied"}, "name Regions with --regions"),
    ],
)
def test_an_account_that_cannot_be_read(answers: dict[str, Any], told: str) -> None:
    with pytest.raises(BadInput) as wrong:
        FakeAccount(answers=answers).lines()
    assert told in str(wrong.value)


def test_an_error_of_a_thread_ends_the_collection() -> None:
    class Broken(FakeAccount):
        def send(self, outer: str, call: ReadCall, arguments: Any) -> Any:
            if call.name == "ListLegalHolds":
                raise ZeroDivisionError
            return super().send(outer, call, arguments)

    with pytest.raises(ZeroDivisionError):
        Broken().lines()


# ---------------------------------------------------------------- boto3, without a network


@pytest.fixture
def sender(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[boto_sender.BotoSender, Any]]:
    """A sender whose client for backups is stubbed."""
    from botocore.stub import Stubber

    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_CONFIG_FILE", os.devnull)
    made = boto_sender.BotoSender()
    with Stubber(made.client("backup", US)) as stub:
        yield made, stub


def by_name(name: str) -> ReadCall:
    return next(one for one in CALLS if one.name == name)


def test_boto_reads_all_pages(sender: tuple[boto_sender.BotoSender, Any]) -> None:
    made, stub = sender
    pages = [{"BackupVaultList": [{"BackupVaultName": "a"}], "NextToken": "more"}]
    pages += [{"BackupVaultList": [{"BackupVaultName": "b"}]}]
    stub.add_response("list_backup_vaults", pages[0], {})
    stub.add_response("list_backup_vaults", pages[1], {"NextToken": "more"})
    answer = made.send(US, by_name("ListBackupVaults"), {})
    assert [one["BackupVaultName"] for one in answer["BackupVaultList"]] == ["a", "b"]
    assert not answer.get("NextToken")


def test_boto_without_pages_and_with_an_error(sender: tuple[boto_sender.BotoSender, Any]) -> None:
    made, stub = sender
    stub.add_response("describe_global_settings", {"GlobalSettings": {}, "ResponseMetadata": {"a": 1}}, {})
    assert made.send(US, by_name("DescribeGlobalSettings"), {}) == {"GlobalSettings": {}}
    stub.add_client_error("get_backup_vault_access_policy", "ResourceNotFoundException", "no policy")
    with pytest.raises(CallFailed, match=r"\(ResourceNotFoundException\)") as failed:
        made.send(US, by_name("GetBackupVaultAccessPolicy"), {"BackupVaultName": "v"})
    assert not failed.value.unreachable


def test_every_paged_call_has_a_paginator(sender: tuple[boto_sender.BotoSender, Any]) -> None:
    made, _ = sender
    for one in CALLS:
        client = made.client(one.command[0], US)
        output = client.meta.service_model.operation_model(one.name).output_shape.members
        if {"NextToken", "NextMarker"} & set(output):
            assert client.can_paginate(botocore.xform_name(one.name)), one


def test_an_unknown_profile_or_region_is_bad_input(sender: tuple[boto_sender.BotoSender, Any]) -> None:
    with pytest.raises(BadInput, match="--profile"):
        boto_sender.BotoSender("no-such-profile")
    with pytest.raises(CallFailed, match=r"ValueError|InvalidRegion"):
        sender[0].send("not a region", by_name("ListBackupVaults"), {})


# ---------------------------------------------------------------- the command


def test_the_command_writes_an_inventory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    account = FakeAccount((US, "eu-west-1"))
    account.vault(US, "v", {})
    monkeypatch.setattr("backup_slr.cli.collect.BotoSender", lambda profile: account)
    file = tmp_path / "inventory.json"
    answer = call("collect", "-o", str(file))
    assert (answer.code, answer.out) == (0, "")
    assert "calls, 0 without an answer" in answer.err
    assert load_account(file).spec.tables["vault"][0].place == (US, "v")
    account.answers["eu-west-1/*"] = "AccessDenied"
    answer = call("collect", "--regions", f"eu-west-1,{US}", "--no-points", "-o", str(file))
    assert answer.code == 3
    assert "the account cannot be read" in answer.err
    assert load_account(file).spec.tables["vault"]  # the file from before
    answer = call("collect", "--regions", f"{US},eu-west-1", "-o", str(file))
    assert answer.code == 1
    assert "eu-west-1 list-backup-vaults" in answer.err
    assert [entry.name for entry in tmp_path.iterdir()] == ["inventory.json"]


def test_an_interruption_leaves_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Interrupted(FakeAccount):
        def send(self, outer: str, call: ReadCall, arguments: Any) -> Any:
            if call.name == "ListLegalHolds":
                raise KeyboardInterrupt
            return super().send(outer, call, arguments)

    monkeypatch.setattr("backup_slr.cli.collect.BotoSender", lambda profile: Interrupted())
    with pytest.raises(KeyboardInterrupt):
        call("collect", "-o", str(tmp_path / "inventory.json"))
    assert list(tmp_path.iterdir()) == []


def test_without_boto_the_command_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "boto3", None)
    answer = call("collect")
    assert answer.code == 4
    assert "boto3" in answer.err
    assert "--script" in answer.err


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--policy", "--script"), "choose one"),
        (("--policy", "--json"), "--json and --format are for --fields"),
        (("--profile", ""), "--profile"),
    ],
)
def test_options_that_do_not_fit(words: tuple[str, ...], told: str) -> None:
    answer = call("collect", *words)
    assert answer.code == 2
    assert told in answer.err


def test_the_policy_permits_the_calls_and_nothing_else() -> None:
    (statement,) = call("collect", "--policy").document["Statement"]
    assert set(statement["Action"]) == {one.operation for one in CALLS}


def test_the_table_of_fields_has_every_fact_in_every_form() -> None:
    document = valid("collect", call("collect", "--fields", "--json"))
    assert [(row["model"], row["says"]) for row in document["fields"]] == [
        (row["model"], row["says"]) for row in field_documents(INVENTORY)
    ]
    text, markdown = call("collect", "--fields").out, call("collect", "--fields", "--format", "md").out
    assert len(markdown.splitlines()) == len(FACTS) + 2
    assert all(f"{kebab(fact.call.partition(':')[2])}" in text for fact in FACTS)


# ---------------------------------------------------------------- the script

AWS = """#!{python}
import json, sys
answers = json.loads(open({file!r}).read())
words = [word for word in sys.argv[1:]]
option = {{a.partition("=")[0]: a.partition("=")[2] for a in words if a.startswith("--")}}
region, operation = words[words.index("--region") + 1], words[1]
value = next((v for k, v in option.items() if v), "")
found = next((answers[k] for k in (f"{{region}}/{{operation}}={{value}}", f"{{region}}/{{operation}}", operation)
              if k in answers), None)
if isinstance(found, str):
    sys.exit(f"An error occurred ({{found}}) when calling the operation")
if "--query" in words:
    import jmespath
    found = jmespath.search(words[words.index("--query") + 1], found)
    print("\\t".join(found) if found else "None")
else:
    print(json.dumps(found, indent=4))
"""
"""A stand-in for the AWS CLI, which answers from a file."""


@pytest.fixture(scope="module")
def script(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("script") / "collect.sh"
    assert call("collect", "--script", "-o", str(file)).code == 0
    return file


def test_the_script_is_clean(script: Path) -> None:
    assert subprocess.run(["bash", "-n", str(script)], check=False).returncode == 0
    assert "--query" in script.read_text()
    assert "jq" not in script.read_text()
    for one in CALLS:
        assert (" ".join(one.command) in script.read_text()) == (not one.given)


@pytest.mark.skipif(which("shellcheck") is None, reason="shellcheck is not installed")
@pytest.mark.parametrize("options", [(), ("--regions", "eu-west-1,us-east-1", "--no-points")])
def test_shellcheck_finds_nothing(options: tuple[str, ...], tmp_path: Path) -> None:
    file = tmp_path / "collect.sh"
    call("collect", "--script", *options, "-o", str(file))
    found = subprocess.run(["shellcheck", str(file)], capture_output=True, text=True, check=False)
    assert found.stdout == ""


@pytest.mark.parametrize("case", ["a vault", *slow("nothing")])
def test_the_script_writes_what_the_collector_writes(case: str, script: Path, tmp_path: Path) -> None:
    account = FakeAccount((US,))
    if case == "a vault":
        account.vault(US, "aws/efs/automatic-backup-vault", {}, {"Status": "EXPIRED"})
        account.vault(US, "--profile", {})
    account.answers[f"{US}/list-legal-holds"] = "AccessDeniedException"
    regions = {"Regions": [{"RegionName": US, "OptInStatus": "opt-in-not-required"}]}
    answers = {**EMPTY, "describe-regions": regions, **account.answers}
    (tmp_path / "answers.json").write_text(json.dumps(answers))
    aws = tmp_path / "aws"
    aws.write_text(AWS.format(python=sys.executable, file=str(tmp_path / "answers.json")))
    aws.chmod(0o755)
    folder = tmp_path / "folder of answers"
    ran = subprocess.run(
        ["bash", str(script), str(folder)],
        env={**os.environ, "AWS": str(aws)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ran.returncode, ran.stdout) == (0, ""), ran.stderr
    in_folder, in_file = load_account(folder), load_account(account.file(tmp_path))
    assert in_folder.spec == in_file.spec
    assert in_folder.observation is not None
    assert [remark.says for remark in in_folder.observation.unknown] == ["list-legal-holds: AccessDeniedException"]
    again = subprocess.run(["bash", str(script), str(folder)], capture_output=True, text=True, check=False)
    assert again.returncode == 3
    assert "exists already" in again.stderr
    assert AT
