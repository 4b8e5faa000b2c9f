"""SDKs and command lines that others wrote, each driven to the end of a life of the role."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from support.api_tour import EXTENSIONS, OPERATIONS, Tour, whole_tour
from support.clients import aioboto3_in_process, boto3_calls, calls, needs

from backup_slr.api.emulated import aws, emulated
from backup_slr.endpoint.emulated_aws import AwsAccount
from backup_slr.endpoint.server import serving
from backup_slr.lifecycle.emulation import EMULATION

CLIENTS = ("aioboto3", "aws-cli-1", "aws-cli-2", "javascript-3", "javascript-2")
OLDER = {
    "aws-cli-2": {"backup:CreateLogicallyAirGappedBackupVault", "backup:ListRestoreTestingPlans"},
}
"""Operations that a client does not have, because it is older than they are."""
SECOND_CODES = ("javascript-2",)
"""Clients that report ``ERROR_9101`` of an error of AWS Backup, and not its name."""


@contextmanager
def served() -> Iterator[tuple[str, AwsAccount]]:
    """An account in which nothing exists, on a port."""
    made = emulated(extensions=EXTENSIONS)
    with serving(made.answer) as url:
        yield url, made.account("AKID")


def toured(client: str, unknown: Collection[str] = ()) -> Tour:
    with served() as (url, account), calls(client, url) as call:
        tour = whole_tour(call, account.act, unknown, client in SECOND_CODES)
        assert account["role"] == "absent"
    return tour


def less(theirs: Any, ours: Any) -> bool:
    """Whether a result has nothing that the other does not have."""
    if isinstance(theirs, Mapping) and isinstance(ours, Mapping):
        return all(name in ours and less(value, ours[name]) for name, value in theirs.items())
    if isinstance(theirs, list) and isinstance(ours, list):
        return len(theirs) == len(ours) and all(map(less, theirs, ours))
    return theirs == ours


@pytest.mark.slow
def test_boto3_lives_a_life_in_which_every_operation_has_its_turn() -> None:
    tour = toured("boto3")
    named = {
        f"{OPERATIONS.get(one.service, one.service)}:{one.operation.partition(':')[2]}"
        for one in EMULATION.operations.values()
    }
    assert named - {operation for operation, _, _ in tour.answers} == BY_BOTO3_ONLY


BY_BOTO3_ONLY = {
    *("account:ListRegions", "ec2:UnlockSnapshot", "iam:UntagRole"),
    *(f"backup:{name}" for name in ("TagResource", "UntagResource", "ListRecoveryPointsByResource")),
    *("backup:DescribeRegionSettings", "backup:UpdateRegionSettings"),
    *(f"efs:{name}" for name in ("CreateTags", "DeleteTags", "TagResource", "UntagResource")),
}
"""Operations around the life of the role that only the test below calls."""


def test_boto3_reads_tags_and_settings_as_it_sets_them() -> None:
    with aws(extensions=["expired"]):
        made = {name: boto3.client(name, "eu-west-1") for name in ("account", "backup", "ec2", "efs", "iam")}
        assert made["account"].list_regions()["Regions"]
        made["iam"].create_service_linked_role(AWSServiceName="backup.amazonaws.com")
        role = {"RoleName": "AWSServiceRoleForBackup"}
        made["iam"].tag_role(**role, Tags=[{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}])
        made["iam"].untag_role(**role, TagKeys=["a"])
        assert made["iam"].list_role_tags(**role)["Tags"] == [{"Key": "b", "Value": "2"}]
        arn = made["backup"].create_backup_vault(BackupVaultName="archive")["BackupVaultArn"]
        made["backup"].tag_resource(ResourceArn=arn, Tags={"a": "1", "b": "2"})
        made["backup"].untag_resource(ResourceArn=arn, TagKeyList=["a"])
        assert made["backup"].list_tags(ResourceArn=arn)["Tags"] == {"b": "2"}
        volume = "arn:aws:ec2:eu-west-1:111122223333:volume/vol-00000000000000001"
        assert made["backup"].list_recovery_points_by_resource(ResourceArn=volume)["RecoveryPoints"] == []
        made["backup"].update_region_settings(ResourceTypeOptInPreference={"EFS": False})
        assert made["backup"].describe_region_settings()["ResourceTypeOptInPreference"]["EFS"] is False
        system = made["efs"].create_file_system(CreationToken="t")["FileSystemId"]
        made["efs"].create_tags(FileSystemId=system, Tags=[{"Key": "a", "Value": "1"}])
        made["efs"].tag_resource(ResourceId=system, Tags=[{"Key": "b", "Value": "2"}])
        made["efs"].delete_tags(FileSystemId=system, TagKeys=["a"])
        assert made["efs"].list_tags_for_resource(ResourceId=system)["Tags"] == [{"Key": "b", "Value": "2"}]
        made["efs"].untag_resource(ResourceId=system, TagKeys=["b"])
        assert made["efs"].list_tags_for_resource(ResourceId=system)["Tags"] == []
        with pytest.raises(ClientError, match="NotFound"):
            made["ec2"].unlock_snapshot(SnapshotId="snap-00000000000000001")


@pytest.mark.slow
def test_boto3_in_process_reads_the_same() -> None:
    with aws(extensions=EXTENSIONS) as account, boto3_calls() as call:
        inside = whole_tour(call, account.act)
    assert inside.answers == toured("boto3").answers


@pytest.mark.slow
@needs("aioboto3")
def test_aioboto3_in_process_reads_the_same() -> None:
    with aioboto3_in_process(EXTENSIONS) as (call, act):
        inside = whole_tour(call, act)
    same(inside, toured("boto3"))


@pytest.mark.slow
@pytest.mark.parametrize("client", [pytest.param(name, marks=needs(name)) for name in CLIENTS])
def test_a_client_lives_a_life_and_reads_what_boto3_reads(client: str) -> None:
    unknown = OLDER.get(client, ())
    same(toured(client, unknown), toured("boto3", unknown), whole=not client.startswith("aws-cli"))


def same(theirs: Tour, ours: Tour, whole: bool = True) -> None:
    """Compare two tours. The AWS CLI leaves members out that it does not know."""
    for mine, other in zip(ours.answers, theirs.answers, strict=True):
        assert mine[:2] == other[:2]
        assert less(other[2], mine[2]), (mine, other)
        assert less(mine[2], other[2]) or not whole, (mine, other)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("client", "code", "typed"),
    [
        pytest.param("javascript-2", "ERROR_9101", None, marks=needs("javascript-2")),
        pytest.param("javascript-3", "InvalidRequestException", True, marks=needs("javascript-3")),
    ],
)
def test_an_error_of_aws_backup_has_two_codes(client: str, code: str, typed: bool | None) -> None:
    with served() as (url, account), calls(client, url) as call:
        vault = {"BackupVaultName": "archive"}
        call("backup", "CreateBackupVault", "us-east-1", vault)
        call("iam", "CreateServiceLinkedRole", "us-east-1", {"AWSServiceName": "backup.amazonaws.com"})
        account.act("start_job", "us-east-1/archive")
        account.act("finish_job", "us-east-1/archive", succeeds=True)
        found = call("backup", "DeleteBackupVault", "us-east-1", vault)
    assert (found.code, found.status, found.typed) == (code, 400, typed)
    assert found.message == "Backup vault cannot be deleted because it contains recovery points."
