"""The operations of the emulated API against the model, botocore and scenarios."""

from __future__ import annotations

import random
from contextlib import suppress
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from botocore.session import get_session
from support.console import call as program
from support.random_clients import random_call

from backup_slr.api.emulated import aws, emulated
from backup_slr.endpoint.wire.messages import Fault, ServiceCall
from backup_slr.engine.compile.analysis import variables_in
from backup_slr.engine.core.formula import Formula
from backup_slr.engine.core.variable import Count
from backup_slr.engine.spec.emulation import Each, Find, Number, Of
from backup_slr.errors import BadInput
from backup_slr.lifecycle import BACKUP
from backup_slr.lifecycle.emulation import EMULATION

ROLE = "AWSServiceRoleForBackup"
SESSION = get_session()
WITHOUT_A_CALL = {
    "rename_role": "the API has no parameter for it",
    "use_feature_from_another_service": "it stands for any other service",
    "grant_missing_permission": "it is about one vault, and no call of IAM names a vault",
    "start_copy_into": "another account sends the request",
}


def every_rule() -> dict[str, Any]:
    rules = {rule.action: rule for rule in BACKUP.model.rules}
    return rules | {rule.action: rule for one in BACKUP.extensions for rule in one.rules}


def test_every_action_that_an_operation_requests_has_a_call() -> None:
    done = {case.action for one in EMULATION.operations.values() for case in one.cases}
    wanted = {name for name, rule in every_rule().items() if rule.operations and rule.by == "person"}
    assert wanted - done - set(WITHOUT_A_CALL) == set()


def test_every_call_performs_an_action_under_an_operation_of_its_rule() -> None:
    rules = every_rule()
    odd = {"backup:StopBackupJob", "elasticfilesystem:DeleteFileSystem", "iam:PutRolePermissionsBoundary"}
    for one in EMULATION.operations.values():
        for case in one.cases:
            if case.action and one.operation not in odd:
                assert one.operation in rules[case.action].operations, (one.operation, case.action)
                assert len(case.place) == len(rules[case.action].place)


def test_every_operation_is_one_of_botocore_with_these_parameters() -> None:
    for one in EMULATION.operations.values():
        model = SESSION.get_service_model(EMULATION.clients.get(one.service, one.service))
        operation = model.operation_model(one.operation.partition(":")[2])
        known = set(operation.input_shape.members) if operation.input_shape else set[str]()
        for case in one.cases:
            assert {showing.path.partition(".")[0] for showing in case.when} <= known | {"region"}, one.operation
        result = set(operation.output_shape.members) if operation.output_shape else set[str]()
        for case in one.cases:
            if isinstance(case.shows, dict):
                assert set(case.shows) <= result, one.operation


def test_every_kind_that_is_named_exists() -> None:
    def kinds(value: Any) -> set[str]:
        match value:
            case Each(names) | Number(names):
                return set(names)
            case Of(kind) | Find(kind):
                return {kind}
            case dict():
                return set().union(*map(kinds, value.values()))
            case list() | tuple():
                return set().union(*map(kinds, value))
            case _:
                return set()

    for one in EMULATION.operations.values():
        for case in one.cases:
            named = kinds(case.shows) | kinds(case.finds) | set(case.attributes)
            assert named | {case.makes, case.ends} - {""} <= set(EMULATION.records) | {""}


# ---------------------------------------------------------------- one life


def code(call: Any, **parameters: Any) -> str:
    try:
        call(**parameters)
    except ClientError as error:
        return error.response["Error"]["Code"]
    return ""


def test_a_whole_life_of_the_role() -> None:
    with aws(extensions=["access-policy"]) as account:
        iam, efs = boto3.client("iam"), boto3.client("efs", "eu-west-1")
        backup = boto3.client("backup", "eu-west-1")
        assert code(iam.get_role, RoleName=ROLE) == "NoSuchEntity"
        efs.create_file_system(CreationToken="t", Backup=True)
        assert iam.get_role(RoleName=ROLE)["Role"]["RoleName"] == ROLE
        name = backup.list_backup_vaults()["BackupVaultList"][0]["BackupVaultName"]
        role = account["role"]
        assert role == "present"
        account.act("start_job", f"eu-west-1/{name}")
        account.wait()
        (point,) = backup.list_recovery_points_by_backup_vault(BackupVaultName=name)["RecoveryPoints"]
        where = {"BackupVaultName": name, "RecoveryPointArn": point["RecoveryPointArn"]}
        assert code(backup.delete_recovery_point, **where) == "AccessDeniedException"
        policy = '{"Version": "2012-10-17", "Statement": []}'
        backup.put_backup_vault_access_policy(BackupVaultName=name, Policy=policy)
        assert code(backup.delete_backup_vault, BackupVaultName=name) == "InvalidRequestException"
        assert code(iam.delete_role, RoleName=ROLE) == "UnmodifiableEntity"
        task = iam.delete_service_linked_role(RoleName=ROLE)["DeletionTaskId"]
        assert iam.delete_service_linked_role(RoleName=ROLE)["DeletionTaskId"] == task
        account.wait()
        status = iam.get_service_linked_role_deletion_status(DeletionTaskId=task)
        assert status["Status"] == "FAILED"
        assert [usage["Region"] for usage in status["Reason"]["RoleUsageList"]] == ["eu-west-1"]
        backup.delete_recovery_point(**where)
        backup.delete_backup_vault(BackupVaultName=name)
        task = iam.delete_service_linked_role(RoleName=ROLE)["DeletionTaskId"]
        assert iam.get_service_linked_role_deletion_status(DeletionTaskId=task)["Status"] == "IN_PROGRESS"
        assert iam.get_service_linked_role_deletion_status(DeletionTaskId=task)["Status"] == "SUCCEEDED"
        assert code(iam.get_role, RoleName=ROLE) == "NoSuchEntity"


def test_what_clients_did_is_a_scenario_that_passes(tmp_path: Path) -> None:
    with aws("simulations/accounts/small.toml") as account:
        backup = boto3.client("backup", "us-east-1")
        backup.create_backup_vault(BackupVaultName="new")
        account.act("start_job", "us-east-1/new")
        account.wait(90)
        code(backup.delete_backup_vault, BackupVaultName="new")
        (tmp_path / "did.toml").write_text(account.scenario())
    assert program("simulate", str(tmp_path / "did.toml")).code == 0


def test_accounts_are_apart_by_access_key() -> None:
    made = emulated()
    call = {"service": "backup", "region": "eu-west-1", "request_id": "1"}
    made.backend(
        ServiceCall(operation="CreateBackupVault", access_key="A", parameters={"BackupVaultName": "mine"}, **call)
    )
    seen = [
        len(
            made.backend(ServiceCall(operation="ListBackupVaults", access_key=key, parameters={}, **call))[
                "BackupVaultList"
            ]
        )
        for key in ("A", "B")
    ]
    assert seen == [1, 0]


def test_an_answer_that_aws_does_not_document_names_the_assumption() -> None:
    call = ServiceCall("iam", "DeleteServiceLinkedRole", "us-east-1", "A", {"RoleName": ROLE}, "1")
    emulated("simulations/accounts/small.toml").backend(call)
    assert dict(call.headers)["x-backup-slr-assumption"] == "usage-check=at-task-end"
    with pytest.raises(Fault, match="usage-check"):
        emulated("simulations/accounts/small.toml", strict=True).backend(call)


def test_an_operation_of_an_extension_names_it() -> None:
    call = ServiceCall(
        "backup", "CreateLegalHold", "us-east-1", "A", {"RecoveryPointSelection": {"VaultNames": ["a"]}}, "1"
    )
    with pytest.raises(Fault, match="add --with legal-hold"):
        emulated().backend(call)


# ---------------------------------------------------------------- random clients


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(8))
def test_records_follow_the_state_under_random_clients(seed: int, tmp_path: Path) -> None:
    chance = random.Random(seed)
    extensions = [
        [],
        ["access-policy", "vault-lock"],
        ["backup-plans", "legal-hold"],
        ["backup-roles"],
        ["copies"],
        ["deleting"],
    ]
    account = emulated(extensions=extensions[seed % len(extensions)]).account("A")
    under = account.emulated
    for _ in range(300):
        if chance.random() < 0.2:
            account.wait(chance.choice([1, 60]))
        with suppress(Fault):
            account.answer(random_call(chance, account))
        for kind in EMULATION.records.values():
            if kind.tie is None or any(v not in under.variables for v in variables(kind.tie.to)):
                continue
            for path in map(under.names.parts, under.names.places(under.depth(kind))):
                live = [record for record in under.at(kind.name, path) if record.ended is None]
                to = kind.tie.to
                assert len(live) == (under.value(to, path) if isinstance(to, Count) else under.holds(to, path)), (
                    kind.name
                )
        ids = [record.id for kind in EMULATION.records if kind != "vault" for record in under.all_of(kind)]
        assert len(ids) == len(set(ids))
    (tmp_path / "run.toml").write_text(account.scenario())
    assert program("simulate", "--quiet", str(tmp_path / "run.toml")).code == 0


def variables(to: Formula | Count) -> set[str]:
    return {to.name} if isinstance(to, Count) else {variable.name for variable in variables_in(to)}


def test_what_cannot_be_done_to_an_account_is_one_message() -> None:
    account = emulated().account()
    for wrong in (
        lambda: account.act("start_jobs", "us-east-1/a"),
        lambda: account.act("start_job"),
        lambda: account.act("start_job", "us-east-1/a", x=1),
        lambda: account["roles"],
        lambda: account.restore("none"),
    ):
        with pytest.raises(BadInput):
            wrong()
