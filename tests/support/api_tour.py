"""A life of the role, from the first request to its end, in which every operation of the emulated API has its turn."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

from support.clients import Call, ClientAnswer

ROLE = "AWSServiceRoleForBackup"
ROLE_ARN = f"arn:aws:iam::111122223333:role/aws-service-role/backup.amazonaws.com/{ROLE}"
OWN_ARN = "arn:aws:iam::111122223333:role/own"
POLICY_ARN = "arn:aws:iam::aws:policy/aws-service-role/AWSBackupServiceLinkedRolePolicyForBackup"
VOLUME = "arn:aws:ec2:eu-west-1:111122223333:volume/vol-00000000000000001"
EFS_VAULT = "aws/efs/automatic-backup-vault"
ALLOWING = '{"Version": "2012-10-17", "Statement": []}'
EXTENSIONS = ("access-policy", "backup-plans", "vault-lock", "legal-hold", "copies")
"""Those that the tour needs."""
OPERATIONS = {"elasticfilesystem": "efs", "tag": "resourcegroupstaggingapi"}
Act = Callable[..., Any]


@dataclass
class Tour:
    """The calls of one client so far.

    `act` lets the service act, as `AwsAccount.act` does. Operations in `unknown` are left out, because the client is
    older than they are. With `second_codes`, the client reports the code in the body of an error of AWS Backup instead
    of its name.
    """

    call: Call
    act: Act
    unknown: Collection[str] = ()
    second_codes: bool = False
    region: str = "eu-west-1"
    answers: list[tuple[str, str, Any]] = field(default_factory=list[tuple[str, str, Any]])
    """Operation, code of the error (empty: none), and result of each call, without what clients show differently."""

    def _ask(self, operation: str, parameters: Mapping[str, Any], code: str) -> ClientAnswer:
        if operation in self.unknown:
            return ClientAnswer()
        service, _, name = operation.partition(":")
        found = self.call(service, name, self.region, parameters)
        seen = found.code.removesuffix("Exception")
        assert seen == code or (code and self.second_codes and SECOND_CODE.fullmatch(seen)), (operation, found)
        self.answers.append((operation, code, plain(found.result)))
        return found

    def done(self, operation: str, **parameters: Any) -> Mapping[str, Any]:
        """The result of a call that succeeds."""
        return self._ask(operation, parameters, "").result

    def refused(self, code: str, operation: str, **parameters: Any) -> str:
        """The message of a call that is refused with a code."""
        return self._ask(operation, parameters, code.removesuffix("Exception")).message


SECOND_CODE = re.compile(r"ERROR_\d{4}")
DATES = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d.*|(1767|4102)\d{6}(\.\d+)?")
"""Dates as text; or as seconds, in the year of the emulated clock or in 2100, which stands for an unknown date."""


def plain(value: Any, name: str = "") -> Any:
    """A result, with dates and documents in one form, and without empty members."""
    if isinstance(value, Mapping):
        if name == "AssumeRolePolicyDocument":
            return dict(value)
        members = {one: plain(below, one) for one, below in value.items() if one not in LEFT_OUT}
        return {one: below for one, below in members.items() if below not in (None, [], {}, "")}
    if isinstance(value, list):
        return [plain(one) for one in value]
    if name == "AssumeRolePolicyDocument":
        return json.loads(unquote(value))
    return "a date" if DATES.fullmatch(str(value)) else value


LEFT_OUT = ("ResponseMetadata", "$metadata", "IsTruncated", "CreatorRequestId")
"""What some clients do not show, or choose themselves."""


def the_role(tour: Tour) -> None:
    """Requests about the role, before and after it exists."""
    done, refused = tour.done, tour.refused
    done("sts:GetCallerIdentity")
    refused("AccessDenied", "sts:AssumeRole", RoleArn=OWN_ARN, RoleSessionName="name")
    done("iam:ListAccountAliases")
    assert "cannot be found" in refused("NoSuchEntity", "iam:GetRole", RoleName=ROLE)
    refused("NoSuchEntity", "iam:DeleteServiceLinkedRole", RoleName=ROLE)
    service = {"AWSServiceName": "backup.amazonaws.com"}
    refused("InvalidInput", "iam:CreateServiceLinkedRole", **service, CustomSuffix="x")
    assert done("iam:CreateServiceLinkedRole", **service)["Role"]["RoleName"] == ROLE
    assert "has been taken" in refused("InvalidInput", "iam:CreateServiceLinkedRole", **service)
    assert done("iam:GetRole", RoleName=ROLE)["Role"]["Arn"] == ROLE_ARN
    assert len(done("iam:ListRoles")["Roles"]) == 1
    done("iam:TagRole", RoleName=ROLE, Tags=[{"Key": "k", "Value": "é + ñ"}])
    assert done("iam:ListRoleTags", RoleName=ROLE)["Tags"] == [{"Key": "k", "Value": "é + ñ"}]
    for name in ("ListAttachedRolePolicies", "ListRolePolicies", "ListInstanceProfilesForRole"):
        done(f"iam:{name}", RoleName=ROLE)
    done("iam:UpdateRole", RoleName=ROLE, Description="one")
    assert done("iam:UpdateRoleDescription", RoleName=ROLE, Description="two")["Role"]["Description"] == "two"
    assert done("iam:GetRole", RoleName=ROLE)["Role"]["Description"] == "two"
    protected: dict[str, dict[str, str]] = {
        "AttachRolePolicy": {"PolicyArn": POLICY_ARN},
        "DetachRolePolicy": {"PolicyArn": POLICY_ARN},
        "PutRolePolicy": {"PolicyName": "p", "PolicyDocument": ALLOWING},
        "DeleteRolePolicy": {"PolicyName": "p"},
        "PutRolePermissionsBoundary": {"PermissionsBoundary": POLICY_ARN},
        "UpdateAssumeRolePolicy": {"PolicyDocument": ALLOWING},
        "DeleteRole": {},
    }
    for name, more in protected.items():
        assert "protected role" in refused("UnmodifiableEntity", f"iam:{name}", RoleName=ROLE, **more)
    refused("PolicyNotAttachable", "iam:AttachUserPolicy", UserName="user", PolicyArn=POLICY_ARN)
    refused("PolicyNotAttachable", "iam:AttachGroupPolicy", GroupName="group", PolicyArn=POLICY_ARN)
    refused("AccessDenied", "sts:AssumeRole", RoleArn=ROLE_ARN, RoleSessionName="name")


def vaults_and_jobs(tour: Tour) -> None:
    """Vaults, jobs, recovery points and settings."""
    done, refused = tour.done, tour.refused
    archive = {"BackupVaultName": "archive"}
    assert any(one["RegionName"] == tour.region for one in done("ec2:DescribeRegions")["Regions"])
    arn = done("backup:CreateBackupVault", **archive, BackupVaultTags={"k": "v"})["BackupVaultArn"]
    refused("AlreadyExistsException", "backup:CreateBackupVault", **archive)
    refused("InvalidParameterValueException", "backup:CreateBackupVault", BackupVaultName="a b")
    assert done("backup:DescribeBackupVault", **archive)["NumberOfRecoveryPoints"] == 0
    refused("AccessDeniedException", "backup:DescribeBackupVault", BackupVaultName="missing")
    assert done("backup:ListTags", ResourceArn=arn)["Tags"] == {"k": "v"}
    done("resourcegroupstaggingapi:GetResources", ResourceTypeFilters=["backup:backup-vault"])
    done("backup:ListProtectedResources")
    done("backup:UpdateGlobalSettings", GlobalSettings={"isCrossAccountBackupEnabled": "true"})
    settings = done("backup:DescribeGlobalSettings")["GlobalSettings"]
    assert settings["isCrossAccountBackupEnabled"] == "true"
    done("backup:UpdateGlobalSettings", GlobalSettings={"isCrossAccountBackupEnabled": "false"})
    start = {**archive, "ResourceArn": VOLUME, "IamRoleArn": ROLE_ARN}
    job = done("backup:StartBackupJob", **start)["BackupJobId"]
    assert done("backup:DescribeBackupJob", BackupJobId=job)["State"] == "RUNNING"
    done("backup:StopBackupJob", BackupJobId=job)
    assert done("backup:DescribeBackupJob", BackupJobId=job)["State"] == "ABORTED"
    done("backup:StartBackupJob", **start)
    tour.act("finish_job", f"{tour.region}/archive", succeeds=True)
    states = {one["State"] for one in done("backup:ListBackupJobs", ByBackupVaultName="archive")["BackupJobs"]}
    assert states == {"ABORTED", "COMPLETED"}
    (point,) = done("backup:ListRecoveryPointsByBackupVault", **archive)["RecoveryPoints"]
    where = {**archive, "RecoveryPointArn": point["RecoveryPointArn"]}
    assert done("backup:DescribeRecoveryPoint", **where)["Status"] == "COMPLETED"
    away = "arn:aws:backup:eu-west-1:999999999999:backup-vault:other"
    copy = done(
        "backup:StartCopyJob",
        RecoveryPointArn=point["RecoveryPointArn"],
        SourceBackupVaultName="archive",
        DestinationBackupVaultArn=away,
        IamRoleArn=ROLE_ARN,
    )["CopyJobId"]
    assert done("backup:DescribeCopyJob", CopyJobId=copy)["CopyJob"]["State"] == "RUNNING"
    tour.act("finish_copy", f"{tour.region}/archive", succeeds=True)
    for name in ("ListCopyJobs", "ListRestoreJobs", "ListRestoreTestingPlans"):
        done(f"backup:{name}")
    message = refused("InvalidRequestException", "backup:DeleteBackupVault", **archive)
    assert "contains recovery points" in message


def protections(tour: Tour) -> None:
    """What keeps a recovery point: a lock, a hold; and plans."""
    done, refused = tour.done, tour.refused
    archive = {"BackupVaultName": "archive"}
    (point,) = done("backup:ListRecoveryPointsByBackupVault", **archive)["RecoveryPoints"]
    where = {**archive, "RecoveryPointArn": point["RecoveryPointArn"]}
    done("backup:PutBackupVaultLockConfiguration", **archive, MinRetentionDays=1, MaxRetentionDays=9)
    assert done("backup:DescribeBackupVault", **archive)["MaxRetentionDays"] == 9
    refused("InvalidRequestException", "backup:DeleteRecoveryPoint", **where)
    done("backup:DeleteBackupVaultLockConfiguration", **archive)
    gap = {"BackupVaultName": "air-gapped"}
    done("backup:CreateLogicallyAirGappedBackupVault", **gap, MinRetentionDays=7, MaxRetentionDays=9)
    if "backup:CreateLogicallyAirGappedBackupVault" not in tour.unknown:
        done("backup:DeleteBackupVault", **gap)
    held = {"VaultNames": ["archive"]}
    hold = done("backup:CreateLegalHold", Title="t", Description="d", RecoveryPointSelection=held)["LegalHoldId"]
    assert done("backup:GetLegalHold", LegalHoldId=hold)["Status"] == "ACTIVE"
    assert len(done("backup:ListLegalHolds")["LegalHolds"]) == 1
    assert len(done("backup:ListRecoveryPointsByLegalHold", LegalHoldId=hold)["RecoveryPoints"]) == 1
    refused("InvalidRequestException", "backup:DeleteRecoveryPoint", **where)
    done("backup:CancelLegalHold", LegalHoldId=hold, CancelDescription="d")
    rule = {"RuleName": "daily", "TargetBackupVaultName": "archive"}
    named = {"BackupPlanName": "plan", "Rules": [rule]}
    plan = {"BackupPlanId": done("backup:CreateBackupPlan", BackupPlan=named)["BackupPlanId"]}
    chosen = {"SelectionName": "all", "IamRoleArn": OWN_ARN, "Resources": ["*"]}
    selection = done("backup:CreateBackupSelection", **plan, BackupSelection=chosen)["SelectionId"]
    assert [one["BackupPlanName"] for one in done("backup:ListBackupPlans")["BackupPlansList"]] == ["plan"]
    assert done("backup:GetBackupPlan", **plan)["BackupPlan"]["Rules"][0]["TargetBackupVaultName"] == "archive"
    assert len(done("backup:ListBackupSelections", **plan)["BackupSelectionsList"]) == 1
    refused("InvalidRequestException", "backup:DeleteBackupPlan", **plan)
    done("backup:DeleteBackupSelection", **plan, SelectionId=selection)
    done("backup:DeleteBackupPlan", **plan)


def file_systems(tour: Tour) -> None:
    """EFS, and the vault that its automatic backups make, whose name has slashes."""
    done, refused = tour.done, tour.refused
    tags = [{"Key": "Name", "Value": "files"}]
    system = done("efs:CreateFileSystem", CreationToken="token", Backup=True, Tags=tags)["FileSystemId"]
    where = {"FileSystemId": system}
    assert done("efs:DescribeFileSystems", **where)["FileSystems"][0]["LifeCycleState"] == "available"
    assert done("efs:DescribeTags", **where)["Tags"] == tags
    assert done("efs:ListTagsForResource", ResourceId=system)["Tags"] == tags
    done("efs:DescribeMountTargets", **where)
    assert done("efs:DescribeBackupPolicy", **where)["BackupPolicy"]["Status"] == "ENABLED"
    vault = {"BackupVaultName": EFS_VAULT}
    assert EFS_VAULT in {one["BackupVaultName"] for one in done("backup:ListBackupVaults")["BackupVaultList"]}
    tour.act("start_job", f"{tour.region}/{EFS_VAULT}")
    tour.act("finish_job", f"{tour.region}/{EFS_VAULT}", succeeds=True)
    (point,) = done("backup:ListRecoveryPointsByBackupVault", **vault)["RecoveryPoints"]
    deleted = {**vault, "RecoveryPointArn": point["RecoveryPointArn"]}
    assert "explicit deny" in refused("AccessDeniedException", "backup:DeleteRecoveryPoint", **deleted)
    assert "Deny" in done("backup:GetBackupVaultAccessPolicy", **vault)["Policy"]
    done("backup:PutBackupVaultAccessPolicy", **vault, Policy=ALLOWING)
    assert done("backup:GetBackupVaultAccessPolicy", **vault)["Policy"] == ALLOWING
    done("backup:DeleteRecoveryPoint", **deleted)
    done("backup:DeleteBackupVaultAccessPolicy", **vault)
    refused("ResourceNotFoundException", "backup:GetBackupVaultAccessPolicy", **vault)
    done("efs:PutBackupPolicy", **where, BackupPolicy={"Status": "DISABLED"})
    done("efs:DeleteFileSystem", **where)
    refused("FileSystemNotFound", "efs:DescribeBackupPolicy", **where)


def the_end(tour: Tour) -> None:
    """The deletion of the role, which fails while something needs it."""
    done, refused = tour.done, tour.refused
    task = {"DeletionTaskId": done("iam:DeleteServiceLinkedRole", RoleName=ROLE)["DeletionTaskId"]}
    assert done("iam:GetServiceLinkedRoleDeletionStatus", **task)["Status"] == "IN_PROGRESS"
    failed = done("iam:GetServiceLinkedRoleDeletionStatus", **task)
    assert failed["Status"] == "FAILED"
    assert failed["Reason"]["RoleUsageList"][0]["Region"] == tour.region
    for vault in ("archive", EFS_VAULT):
        name = {"BackupVaultName": vault}
        for point in done("backup:ListRecoveryPointsByBackupVault", **name).get("RecoveryPoints", ()):
            done("backup:DeleteRecoveryPoint", **name, RecoveryPointArn=point["RecoveryPointArn"])
        done("backup:DeleteBackupVault", **name)
    task = {"DeletionTaskId": done("iam:DeleteServiceLinkedRole", RoleName=ROLE)["DeletionTaskId"]}
    assert done("iam:GetServiceLinkedRoleDeletionStatus", **task)["Status"] == "IN_PROGRESS"
    assert done("iam:GetServiceLinkedRoleDeletionStatus", **task)["Status"] == "SUCCEEDED"
    refused("NoSuchEntity", "iam:GetRole", RoleName=ROLE)


def whole_tour(call: Call, act: Act, unknown: Collection[str] = (), second_codes: bool = False) -> Tour:
    """The tour of one client."""
    tour = Tour(call, act, unknown, second_codes)
    for part in (the_role, vaults_and_jobs, protections, file_systems, the_end):
        part(tour)
    return tour
