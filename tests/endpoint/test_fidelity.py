"""Names, ARNs, ids, codes and shapes as AWS is known to send them."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import unquote

import boto3
import pytest
from botocore.exceptions import ClientError

import backup_slr as slr
from backup_slr.api.emulated import emulated
from backup_slr.endpoint.wire.messages import HttpRequest, ServiceCall

SMALL = "simulations/accounts/small.toml"
ROLE = "AWSServiceRoleForBackup"
EFS_VAULT = "aws/efs/automatic-backup-vault"
NUMBER = "111122223333"


def refused(call: Any, **parameters: Any) -> tuple[str, int, str]:
    with pytest.raises(ClientError) as caught:
        call(**parameters)
    response = caught.value.response
    error = response["Error"]
    return error["Code"], response["ResponseMetadata"]["HTTPStatusCode"], error.get("Message", "")


def test_the_role_is_shown_as_aws_shows_it() -> None:
    with slr.aws():
        iam = boto3.client("iam")
        made = iam.create_service_linked_role(AWSServiceName="backup.amazonaws.com", Description="d")["Role"]
        path = "/aws-service-role/backup.amazonaws.com/"
        assert made["Arn"] == f"arn:aws:iam::{NUMBER}:role{path}{ROLE}"
        assert re.fullmatch(r"AROA[A-Z0-9]{17}", made["RoleId"])
        assert made["AssumeRolePolicyDocument"]["Statement"] == [
            {"Effect": "Allow", "Principal": {"Service": "backup.amazonaws.com"}, "Action": "sts:AssumeRole"}
        ]
        assert set(made) == {"Path", "RoleName", "RoleId", "Arn", "CreateDate", "AssumeRolePolicyDocument"}
        got = iam.get_role(RoleName=ROLE)["Role"]
        assert (got["Description"], got["MaxSessionDuration"], got["RoleLastUsed"]) == ("d", 3600, {})
        (listed,) = iam.list_roles(PathPrefix="/aws-service-role/")["Roles"]
        assert listed == {name: value for name, value in got.items() if name not in ("RoleLastUsed", "Tags")}
        assert iam.list_roles(PathPrefix="/service-role/")["Roles"] == []
        (policy,) = iam.list_attached_role_policies(RoleName=ROLE)["AttachedPolicies"]
        assert (
            policy["PolicyArn"] == "arn:aws:iam::aws:policy/aws-service-role/AWSBackupServiceLinkedRolePolicyForBackup"
        )
        iam.tag_role(RoleName=ROLE, Tags=[{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}])
        iam.tag_role(RoleName=ROLE, Tags=[{"Key": "a", "Value": "3"}])
        iam.untag_role(RoleName=ROLE, TagKeys=["b"])
        assert iam.list_role_tags(RoleName=ROLE)["Tags"] == [{"Key": "a", "Value": "3"}]
        task = iam.delete_service_linked_role(RoleName=ROLE)["DeletionTaskId"]
        assert re.fullmatch(rf"task{path}{ROLE}/[0-9a-f]{{8}}(-[0-9a-f]{{4}}){{3}}-[0-9a-f]{{12}}", task)


def test_iam_encodes_policies_for_urls() -> None:
    signature = ("authorization", "AWS4-HMAC-SHA256 Credential=A/20260101/us-east-1/iam/aws4_request")
    body = f"Action=GetRole&Version=2010-05-08&RoleName={ROLE}".encode()
    form = ("content-type", "application/x-www-form-urlencoded")
    text = emulated(SMALL).answer(HttpRequest("POST", "/", (signature, form), body)).body.decode()
    document = re.search("<AssumeRolePolicyDocument>(.*)</AssumeRolePolicyDocument>", text)
    assert document
    assert document[1].startswith("%7B")
    assert json.loads(unquote(document[1]))["Version"] == "2012-10-17"


@pytest.mark.parametrize(
    ("operation", "parameters", "error"),
    [
        ("get_role", {"RoleName": "x"}, ("NoSuchEntity", 404, "The role with name x cannot be found.")),
        ("delete_role", {"RoleName": ROLE}, ("UnmodifiableEntity", 400, "only modifiable by AWS")),
        ("update_assume_role_policy", {"RoleName": ROLE, "PolicyDocument": "{}"}, ("UnmodifiableEntity", 400, "")),
        ("create_service_linked_role", {}, ("InvalidInput", 400, "has been taken in this account")),
        ("create_service_linked_role", {"CustomSuffix": "s"}, ("InvalidInput", 400, "Custom suffix is not allowed")),
        (
            "update_role",
            {"RoleName": ROLE, "MaxSessionDuration": 10**6},
            ("ValidationError", 400, "1 validation"),
        ),
        ("list_users", {}, ("NotImplemented", 501, "iam:ListUsers is outside the model")),
    ],
)
def test_errors_of_iam(operation: str, parameters: dict[str, Any], error: tuple[str, int, str]) -> None:
    named = {"AWSServiceName": "backup.amazonaws.com"} if operation.startswith("create") else {}
    with slr.aws(SMALL, fast=True):
        code, status, message = refused(getattr(boto3.client("iam"), operation), **named, **parameters)
    assert (code, status) == error[:2]
    assert error[2] in message


ARCHIVE = {"BackupVaultName": "archive"}
MISSING = {"BackupVaultName": "missing"}


@pytest.mark.parametrize(
    ("operation", "parameters", "error"),
    [
        ("create_backup_vault", ARCHIVE, ("AlreadyExistsException", 400)),
        ("create_backup_vault", {"BackupVaultName": "a"}, ("InvalidParameterValueException", 400)),
        ("create_backup_vault", {"BackupVaultName": EFS_VAULT}, ("InvalidParameterValueException", 400)),
        ("delete_backup_vault", ARCHIVE, ("InvalidRequestException", 400)),
        ("delete_backup_vault", MISSING, ("ResourceNotFoundException", 400)),
        ("describe_backup_vault", MISSING, ("AccessDeniedException", 403)),
        ("list_recovery_points_by_backup_vault", MISSING, ("ResourceNotFoundException", 400)),
        ("delete_recovery_point", {**ARCHIVE, "RecoveryPointArn": "arn:x"}, ("ResourceNotFoundException", 400)),
        ("list_tags", {"ResourceArn": "arn:aws:s3:::b"}, ("InvalidParameterValueException", 400)),
        ("list_backup_vaults", {"NextToken": "x"}, ("InvalidParameterValueException", 400)),
    ],
)
def test_errors_of_aws_backup(operation: str, parameters: dict[str, Any], error: tuple[str, int]) -> None:
    with slr.aws(SMALL, fast=True):
        assert refused(getattr(boto3.client("backup", "us-east-1"), operation), **parameters)[:2] == error


def test_only_the_documented_second_code_is_sent() -> None:
    with slr.aws(SMALL):
        backup = boto3.client("backup", "us-east-1")
        for call, detail in ((backup.delete_backup_vault, "ERROR_9101"), (backup.create_backup_vault, None)):
            with pytest.raises(ClientError) as caught:
                call(**ARCHIVE)
            assert caught.value.response.get("Code") == detail


def test_vaults_and_points_have_tags_and_one_protected_resource() -> None:
    with slr.aws(SMALL):
        backup = boto3.client("backup", "us-east-1")
        vault = backup.create_backup_vault(BackupVaultName="new", BackupVaultTags={"a": "1"})["BackupVaultArn"]
        assert vault == f"arn:aws:backup:us-east-1:{NUMBER}:backup-vault:new"
        (point, *_) = backup.list_recovery_points_by_backup_vault(**ARCHIVE)["RecoveryPoints"]
        for arn, tags in ((vault, {"a": "1"}), (point["RecoveryPointArn"], {})):
            assert backup.list_tags(ResourceArn=arn)["Tags"] == tags
            backup.tag_resource(ResourceArn=arn, Tags={"b": "2", "c": "3"})
            backup.untag_resource(ResourceArn=arn, TagKeyList=["c", "a"])
            assert backup.list_tags(ResourceArn=arn)["Tags"] == {"b": "2"}
        assert len(backup.list_protected_resources()["Results"]) == 1
        mappings = boto3.client("resourcegroupstaggingapi", "us-east-1").get_resources()["ResourceTagMappingList"]
        assert {"Key": "b", "Value": "2"} in next(one["Tags"] for one in mappings if one["ResourceARN"] == vault)


def test_a_region_has_settings() -> None:
    with slr.aws():
        backup = boto3.client("backup", "us-east-1")
        for preferences in ({"EBS": True, "EFS": True}, {"EFS": False}):
            backup.update_region_settings(ResourceTypeOptInPreference=preferences)
        found = backup.describe_region_settings()["ResourceTypeOptInPreference"]
        assert found == {"EBS": True, "EFS": False}


@pytest.mark.parametrize(
    ("region", "partition"), [("eu-west-1", "aws"), ("cn-north-1", "aws-cn"), ("us-gov-west-1", "aws-us-gov")]
)
def test_arns_and_regions_are_those_of_the_partition(region: str, partition: str) -> None:
    made = emulated()

    def answer(service: str, operation: str, **parameters: Any) -> Any:
        return made.backend(ServiceCall(service, operation, region, "A", parameters, "1"))

    assert answer("backup", "CreateBackupVault", BackupVaultName="v")["BackupVaultArn"].split(":")[1] == partition
    assert answer("sts", "GetCallerIdentity")["Arn"].split(":")[1] == partition
    answer("iam", "CreateServiceLinkedRole", AWSServiceName="backup.amazonaws.com")
    assert answer("iam", "GetRole", RoleName=ROLE)["Role"]["Arn"].split(":")[1] == partition
    for service, operation in (("ec2", "DescribeRegions"), ("account", "ListRegions")):
        names = {one["RegionName"] for one in answer(service, operation)["Regions"]}
        assert region in names
        assert len({name.split("-")[0] == "cn" for name in names}) == 1


def test_a_region_that_does_not_exist_is_an_error_of_aws() -> None:
    with slr.aws():
        found = refused(boto3.client("backup", "mars-1").list_backup_vaults)
    assert found == ("InvalidSignatureException", 403, "Credential should be scoped to a valid region.")


def test_what_a_record_lacks_is_not_taken_from_the_call() -> None:
    with slr.aws(SMALL) as account:
        account.act("perform_efs_automatic_backup", "us-east-1")
        efs = boto3.client("efs", "us-east-1")
        (made,) = efs.describe_file_systems()["FileSystems"]
        assert efs.describe_file_systems(CreationToken="x")["FileSystems"] == []
        efs.tag_resource(ResourceId=made["FileSystemId"], Tags=[{"Key": "k", "Value": "v"}])
        assert efs.list_tags_for_resource(ResourceId=made["FileSystemId"])["Tags"] == [{"Key": "k", "Value": "v"}]
        efs.create_file_system(CreationToken="x")
        assert refused(efs.create_file_system, CreationToken="x")[:2] == ("FileSystemAlreadyExists", 409)
        assert refused(efs.describe_backup_policy, FileSystemId="fs-0123456789abcdef0")[0] == "FileSystemNotFound"


@pytest.mark.slow
def test_ten_thousand_points_are_listed_in_pages_and_deleted() -> None:
    account = slr.load().account(role="present", vaults={"us-east-1/Default": 10_000})
    with slr.aws(account, fast=True) as emulator:
        backup = boto3.client("backup", "us-east-1")
        pages = backup.get_paginator("list_recovery_points_by_backup_vault").paginate(BackupVaultName="Default")
        arns = [point["RecoveryPointArn"] for page in pages for point in page["RecoveryPoints"]]
        assert len(set(arns)) == 10_000
        for arn in arns[:20] + arns[-20:]:
            backup.delete_recovery_point(BackupVaultName="Default", RecoveryPointArn=arn)
        assert emulator["points", "us-east-1/Default"] == 9_960
