"""Questions about the lifecycle of the role to an emulation of AWS, with the answers that AWS documents.

An answer is ``done``, the code of an error, or something that a result shows. The source of a documented answer is a
clause of the AWS page, or the service model of botocore: then the code is one of the errors of the operation (or the
phrase stands in the documentation of the operation or of its parameters).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from support.api_tour import EFS_VAULT, POLICY_ARN, ROLE, ROLE_ARN, VOLUME
from support.clients import Call

HERE, ELSEWHERE = "us-east-1", "eu-west-1"
BACKUP = {"AWSServiceName": "backup.amazonaws.com"}
ARCHIVE = {"BackupVaultName": "archive"}
JOB = {**ARCHIVE, "ResourceArn": VOLUME, "IamRoleArn": ROLE_ARN}
READING = '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"backup:List*","Resource":"*"}}'
TRUST = '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"sts:AssumeRole"}}'
DENY = '{"Version":"2012-10-17","Statement":{"Effect":"Deny","Principal":"*","Action":"*","Resource":"*"}}'


class NoAnswer(Exception):
    """A call that the probe needs did not succeed; the message says which, and its answer."""


@dataclass
class Asker:
    """One emulation, from its first state. The service acts in `settle`; `collide` and `deny` are for the next calls.

    An emulation that has no such control leaves them out.
    """

    call: Call
    settle: Callable[[], object] | None = None
    collide: Callable[[], object] | None = None
    deny: Callable[[str], object] | None = None
    named: dict[str, str] = field(default_factory=lambda: {"RoleName": ROLE})
    """The name of the role: once it was created, the one that it has there."""

    def code(self, operation: str, region: str = HERE, **parameters: Any) -> str:
        """``done``, or the code of the error."""
        service, _, name = operation.partition(":")
        answer = self.call(service, name, region, parameters)
        if answer.status in (404, 500, 501) and answer.code in ("404", "500", "501", "NotImplemented"):
            return "not implemented"
        return answer.code.removesuffix("Exception") or "done"

    def result(self, operation: str, region: str = HERE, **parameters: Any) -> Mapping[str, Any]:
        """The result of a call on which the probe depends."""
        service, _, name = operation.partition(":")
        answer = self.call(service, name, region, parameters)
        if answer.code:
            raise NoAnswer(f"{name}: {self.code(operation, region, **parameters)}")
        return answer.result

    def control(self, name: str, *arguments: str) -> None:
        """Let the environment do something."""
        act = getattr(self, name)
        if act is None:
            raise NoAnswer(f"no way to {name}")
        act(*arguments)

    # ---------------------------------------------------------------- what several probes need

    def with_role(self) -> Asker:
        self.named["RoleName"] = self.result("iam:CreateServiceLinkedRole", **BACKUP)["Role"]["RoleName"]
        return self

    def with_vault(self, region: str = HERE) -> Asker:
        self.result("backup:CreateBackupVault", region, **ARCHIVE)
        return self

    def with_point(self) -> Asker:
        self.with_role().with_vault()
        self.result("backup:StartBackupJob", **JOB)
        self.control("settle")
        return self

    def point(self) -> dict[str, str]:
        points = self.result("backup:ListRecoveryPointsByBackupVault", **ARCHIVE)["RecoveryPoints"]
        if not points:
            raise NoAnswer("no recovery point")
        return {**ARCHIVE, "RecoveryPointArn": points[0]["RecoveryPointArn"]}

    def role(self) -> str:
        """Whether the role exists."""
        return {"done": "role", "NoSuchEntity": "no role"}.get(found := self.code("iam:GetRole", **self.named), found)

    def task(self) -> dict[str, str]:
        return {"DeletionTaskId": self.result("iam:DeleteServiceLinkedRole", **self.named)["DeletionTaskId"]}

    def status(self, task: Mapping[str, str], wait: bool = True) -> Mapping[str, Any]:
        if wait and self.settle is not None:
            self.settle()
        return self.result("iam:GetServiceLinkedRoleDeletionStatus", **task)

    def file_system(self, **more: Any) -> str:
        return self.result("efs:CreateFileSystem", CreationToken="token", **more)["FileSystemId"]


@dataclass(frozen=True)
class Probe:
    """A question, how it is asked, and the answer that AWS documents (empty: none) with its source.

    `source` is a clause, or ``botocore``; `at` is then the operation, and `phrase` stands in its documentation.
    """

    question: str
    ask: Callable[[Asker], str]
    documented: str = ""
    source: str = ""
    at: str = ""
    phrase: str = ""


def model(question: str, ask: Callable[[Asker], str], documented: str, at: str, phrase: str = "") -> Probe:
    """A probe whose answer is in the service model of botocore."""
    return Probe(question, ask, documented, "botocore", at, phrase)


def error(
    question: str, at: str, documented: str, ask: Callable[[Asker], str] | None = None, **parameters: Any
) -> Probe:
    """A call in an account without the thing that it is about, and the error that its model lists."""
    return model(question, ask or (lambda a: a.code(at, **parameters)), documented, at)


def edit(operation: str, **parameters: str) -> Probe:
    """An edit of the role that only AWS can make."""
    name = operation.partition(":")[2]
    ask = lambda a: a.with_role().code(operation, **a.named, **parameters)  # noqa: E731
    return Probe(f"{name} of the role", ask, "UnmodifiableEntity", "EDIT-1", operation)


def removed(a: Asker) -> str:
    a.code("backup:DeleteRecoveryPoint", **a.point())
    return str(len(a.result("backup:ListRecoveryPointsByBackupVault", **ARCHIVE)["RecoveryPoints"]))


def collided(a: Asker, again: bool = False) -> str:
    where = a.with_point().point()
    a.result("backup:StartBackupJob", **JOB)
    a.control("collide")
    first = a.code("backup:DeleteRecoveryPoint", **where)
    if not again:
        return first
    a.control("settle")
    return a.code("backup:DeleteRecoveryPoint", **where)


def in_use(a: Asker, region: str = HERE) -> Mapping[str, Any]:
    return a.with_role().with_vault(region).status(a.task())


def triggered(a: Asker, operation: str, **parameters: Any) -> str:
    """Whether the role exists after a call."""
    a.result(operation, **parameters)
    return a.role()


def recreated(a: Asker) -> str:
    if a.with_role().status(a.task())["Status"] != "SUCCEEDED":
        return "not deleted"
    return triggered(a, "efs:CreateFileSystem", CreationToken="token", Backup=True)


def tasks(a: Asker) -> str:
    a.with_role()
    return "the same task" if a.task() == a.task() else "two tasks"


def forbidden(operation: str, **parameters: Any) -> Callable[[Asker], str]:
    def ask(a: Asker) -> str:
        a.control("deny", operation.replace("efs:", "elasticfilesystem:"))
        return a.code(operation, **parameters)

    return ask


def protected(a: Asker, operation: str, **parameters: Any) -> str:
    """Deletion of a recovery point after something that protects it."""
    where = a.with_point().point()
    a.result(operation, **parameters)
    return {"done": "deleted"}.get(found := a.code("backup:DeleteRecoveryPoint", **where), f"refused: {found}")


def pages(a: Asker) -> str:
    for name in ("one", "two", "three"):
        a.result("backup:CreateBackupVault", BackupVaultName=name)
    first = a.result("backup:ListBackupVaults", MaxResults=2)
    more = (
        a.result("backup:ListBackupVaults", MaxResults=2, NextToken=first["NextToken"]) if "NextToken" in first else {}
    )
    return f"{len(first['BackupVaultList'])} and {len(more.get('BackupVaultList', ()))}"


def described(a: Asker, operation: str) -> str:
    a.with_role().result(operation, **a.named, Description="new")
    return str(a.result("iam:GetRole", **a.named)["Role"].get("Description"))


CREATED, UPDATED = "efs:CreateFileSystem", "backup:UpdateGlobalSettings"
ON = {"isCrossAccountBackupEnabled": "true"}
STATUS, DELETE = "iam:GetServiceLinkedRoleDeletionStatus", "iam:DeleteServiceLinkedRole"
SHOWN = "iam:GetRole"


def role_of(a: Asker) -> Mapping[str, Any]:
    return a.result("iam:CreateServiceLinkedRole", **BACKUP)["Role"]


def trusted(a: Asker) -> str:
    (statement,) = role_of(a)["AssumeRolePolicyDocument"]["Statement"]
    service = statement["Principal"]["Service"]
    return service if isinstance(service, str) else ", ".join(service)


def attached(a: Asker) -> str:
    found = a.with_role().result("iam:ListAttachedRolePolicies", **a.named)["AttachedPolicies"]
    return ", ".join(one["PolicyName"] for one in found) or "none"


PROBES: dict[str, tuple[Probe, ...]] = {
    "The role": (
        Probe("name of the role for backup.amazonaws.com", lambda a: role_of(a)["RoleName"], ROLE, "ROLE-3"),
        Probe("its path", lambda a: role_of(a)["Path"], "/aws-service-role/backup.amazonaws.com/", "ROLE-1"),
        Probe("the service that it trusts", trusted, "backup.amazonaws.com", "TRUST-2"),
        Probe("its policies", attached, POLICY_ARN.rpartition("/")[2], "POLICY-3"),
        Probe(
            "the role, read in another Region",
            lambda a: a.with_role().code(SHOWN, ELSEWHERE, **a.named),
            "done",
            "REGION-1",
        ),
        Probe(
            "AssumeRole by a caller that is not AWS Backup",
            lambda a: a.with_role().code("sts:AssumeRole", RoleArn=ROLE_ARN, RoleSessionName="name"),
            "AccessDenied",
            "TRUST-1",
        ),
        Probe(
            "its policy, attached to a user",
            lambda a: a.with_role().code("iam:AttachUserPolicy", UserName="user", PolicyArn=POLICY_ARN),
            "PolicyNotAttachable",
            "POLICY-2",
            "iam:AttachUserPolicy",
        ),
        Probe(
            "its policy, attached to a group",
            lambda a: a.with_role().code("iam:AttachGroupPolicy", GroupName="group", PolicyArn=POLICY_ARN),
            "PolicyNotAttachable",
            "POLICY-2",
            "iam:AttachGroupPolicy",
        ),
    ),
    "Creation": (
        error(
            "CreateServiceLinkedRole while the role exists",
            "iam:CreateServiceLinkedRole",
            "InvalidInput",
            lambda a: a.with_role().code("iam:CreateServiceLinkedRole", **BACKUP),
        ),
        error(
            "CreateServiceLinkedRole with a suffix",
            "iam:CreateServiceLinkedRole",
            "InvalidInput",
            **BACKUP,
            CustomSuffix="x",
        ),
        error("GetRole before the role exists", SHOWN, "NoSuchEntity", RoleName=ROLE),
        Probe(
            "role after ListProtectedResources",
            lambda a: triggered(a, "backup:ListProtectedResources"),
            "role",
            "CREATE-2",
        ),
        Probe(
            "role after cross-account backup is set up",
            lambda a: triggered(a, UPDATED, GlobalSettings=ON),
            "role",
            "CREATE-3",
        ),
        Probe(
            "role after CreateFileSystem with backups",
            lambda a: triggered(a, CREATED, CreationToken="token", Backup=True),
            "role",
            "CREATE-4",
        ),
        Probe(
            "role after PutBackupPolicy ENABLED",
            lambda a: triggered(
                a, "efs:PutBackupPolicy", FileSystemId=a.file_system(), BackupPolicy={"Status": "ENABLED"}
            ),
            "role",
            "CREATE-4",
        ),
        model(
            "role after CreateFileSystem of one zone",
            lambda a: triggered(a, CREATED, CreationToken="token", AvailabilityZoneName="us-east-1a"),
            "role",
            CREATED,
            "if you specify an AvailabilityZoneName, the default is true",
        ),
        model(
            "role after CreateFileSystem without backups",
            lambda a: triggered(a, CREATED, CreationToken="token"),
            "no role",
            CREATED,
            "Default is false.",
        ),
        Probe("role after automatic backup, once it was deleted", recreated, "role", "CREATE-7"),
        Probe("role after CreateBackupVault", lambda a: a.with_vault().role()),
        Probe(
            "CreateServiceLinkedRole without permission",
            forbidden("iam:CreateServiceLinkedRole", **BACKUP),
            "AccessDenied",
            "PERM-1",
        ),
        Probe("DeleteServiceLinkedRole without permission", forbidden(DELETE, RoleName=ROLE), "AccessDenied", "PERM-1"),
    ),
    "Edits": (
        edit("iam:AttachRolePolicy", PolicyArn="arn:aws:iam::aws:policy/ReadOnlyAccess"),
        edit("iam:DetachRolePolicy", PolicyArn=POLICY_ARN),
        edit("iam:PutRolePolicy", PolicyName="p", PolicyDocument=READING),
        edit("iam:DeleteRolePolicy", PolicyName="p"),
        edit("iam:UpdateAssumeRolePolicy", PolicyDocument=TRUST),
        edit("iam:DeleteRole"),
        model(
            "PutRolePermissionsBoundary of the role",
            lambda a: a.with_role().code("iam:PutRolePermissionsBoundary", **a.named, PermissionsBoundary=POLICY_ARN),
            "UnmodifiableEntity",
            "iam:PutRolePermissionsBoundary",
            "You cannot set the boundary for a service-linked role.",
        ),
        Probe("description after UpdateRole", lambda a: described(a, "iam:UpdateRole"), "new", "EDIT-3"),
        Probe(
            "description after UpdateRoleDescription",
            lambda a: described(a, "iam:UpdateRoleDescription"),
            "new",
            "EDIT-3",
        ),
        model(
            "TagRole of the role",
            lambda a: a.with_role().code("iam:TagRole", **a.named, Tags=[{"Key": "k", "Value": "v"}]),
            "done",
            "iam:TagRole",
            "The role can be a regular role or a service-linked role.",
        ),
    ),
    "Deletion of the role": (
        error("DeleteServiceLinkedRole without the role", DELETE, "NoSuchEntity", RoleName=ROLE),
        Probe(
            "end of the task, if nothing needs the role",
            lambda a: a.with_role().status(a.task())["Status"],
            "SUCCEEDED",
            "DELETE-4",
        ),
        Probe(
            "role after a task that succeeded",
            lambda a: (a.with_role().status(a.task()), a.role())[1],
            "no role",
            "DELETE-4",
        ),
        model(
            "DeleteServiceLinkedRole while a vault exists",
            lambda a: a.with_role().with_vault().code(DELETE, **a.named),
            "done",
            DELETE,
            "Submits a service-linked role deletion request",
        ),
        Probe("end of the task, while a vault exists", lambda a: in_use(a)["Status"], "FAILED", "DELETE-3"),
        Probe(
            "end of the task, while a vault exists in another Region",
            lambda a: in_use(a, ELSEWHERE)["Status"],
            "FAILED",
            "REGION-1",
        ),
        model(
            "the reason of a task that failed names",
            lambda a: in_use(a, ELSEWHERE).get("Reason", {}).get("RoleUsageList", [{}])[0].get("Region", "nothing"),
            ELSEWHERE,
            STATUS,
            "the Region in which the resources are being used",
        ),
        Probe("role after a task that failed", lambda a: (in_use(a), a.role())[1], "role", "DELETE-1"),
        model(
            "a second request while a task runs",
            tasks,
            "the same task",
            DELETE,
            "the DeletionTaskId of the earlier request is returned",
        ),
        model(
            "the id of a task begins with",
            lambda a: a.with_role().task()["DeletionTaskId"].rpartition("/")[0] or "nothing",
            f"task/aws-service-role/backup.amazonaws.com/{ROLE}",
            DELETE,
            "task/aws-service-role/&lt;service-principal-name&gt;/&lt;role-name&gt;/&lt;task-uuid&gt;",
        ),
        error("the status of an unknown task", STATUS, "NoSuchEntity", DeletionTaskId="task/unknown"),
        Probe("status directly after the request", lambda a: a.with_role().status(a.task(), wait=False)["Status"]),
    ),
    "Vaults and recovery points": (
        Probe(
            "DeleteBackupVault of an empty vault",
            lambda a: a.with_vault().code("backup:DeleteBackupVault", **ARCHIVE),
            "done",
            "CLEAN-2",
        ),
        model(
            "DeleteBackupVault of a vault with a recovery point",
            lambda a: a.with_point().code("backup:DeleteBackupVault", **ARCHIVE),
            "InvalidRequest",
            "backup:DeleteBackupVault",
            "A vault can be deleted only if it is empty.",
        ),
        error("DeleteBackupVault without the vault", "backup:DeleteBackupVault", "ResourceNotFound", **ARCHIVE),
        Probe(
            "DeleteBackupVault of Default, by the API",
            lambda a: (
                a.result("backup:CreateBackupVault", BackupVaultName="Default"),
                a.code("backup:DeleteBackupVault", BackupVaultName="Default"),
            )[1],
            "done",
            "CLEAN-6",
        ),
        error(
            "CreateBackupVault of a name that exists",
            "backup:CreateBackupVault",
            "AlreadyExists",
            lambda a: a.with_vault().code("backup:CreateBackupVault", **ARCHIVE),
        ),
        error("CreateBackupVault 'a b!'", "backup:CreateBackupVault", "InvalidParameterValue", BackupVaultName="a b!"),
        error(
            f"CreateBackupVault '{EFS_VAULT}'",
            "backup:CreateBackupVault",
            "InvalidParameterValue",
            BackupVaultName=EFS_VAULT,
        ),
        Probe(
            "vaults of another Region",
            lambda a: str(len(a.with_vault().result("backup:ListBackupVaults", ELSEWHERE)["BackupVaultList"])),
            "0",
            "REGION-1",
        ),
        model(
            "three vaults in pages of two",
            pages,
            "2 and 1",
            "backup:ListBackupVaults",
            "The maximum number of items to be returned.",
        ),
        Probe("DescribeBackupVault without the vault", lambda a: a.code("backup:DescribeBackupVault", **ARCHIVE)),
        Probe(
            "the vault of automatic backups of EFS",
            lambda a: (
                a.file_system(Backup=True),
                ", ".join(one["BackupVaultName"] for one in a.result("backup:ListBackupVaults")["BackupVaultList"])
                or "none",
            )[1],
        ),
        Probe(
            "DeleteRecoveryPoint",
            lambda a: a.code("backup:DeleteRecoveryPoint", **a.with_point().point()),
            "done",
            "CLEAN-8",
        ),
        Probe(
            "recovery points after DeleteRecoveryPoint of the only one",
            lambda a: removed(a.with_point()),
            "0",
            "CLEAN-1",
        ),
        error(
            "DeleteRecoveryPoint without the recovery point",
            "backup:DeleteRecoveryPoint",
            "ResourceNotFound",
            lambda a: a.with_vault().code(
                "backup:DeleteRecoveryPoint", **ARCHIVE, RecoveryPointArn="arn:aws:ec2:us-east-1::snapshot/snap-1"
            ),
        ),
        Probe(
            "DeleteRecoveryPoint while AWS Backup uses the role",
            collided,
            "InvalidResourceState",
            "CLEAN-3",
            "backup:DeleteRecoveryPoint",
        ),
        Probe("DeleteRecoveryPoint again, later", lambda a: collided(a, again=True), "done", "CLEAN-4"),
        error(
            "GetBackupVaultAccessPolicy without a policy",
            "backup:GetBackupVaultAccessPolicy",
            "ResourceNotFound",
            lambda a: a.with_vault().code("backup:GetBackupVaultAccessPolicy", **ARCHIVE),
        ),
        Probe(
            "DeleteRecoveryPoint under a policy that denies it",
            lambda a: protected(a, "backup:PutBackupVaultAccessPolicy", **ARCHIVE, Policy=DENY),
        ),
        model(
            "DeleteRecoveryPoint under a vault lock",
            lambda a: protected(a, "backup:PutBackupVaultLockConfiguration", **ARCHIVE, MinRetentionDays=1),
            "refused: InvalidRequest",
            "backup:PutBackupVaultLockConfiguration",
            "preventing attempts to delete any recovery point",
        ),
        model(
            "DeleteRecoveryPoint under a legal hold",
            lambda a: protected(
                a,
                "backup:CreateLegalHold",
                Title="t",
                Description="d",
                RecoveryPointSelection={"VaultNames": ["archive"]},
            ),
            "refused: InvalidRequest",
            "backup:CreateLegalHold",
            "will fail with an error",
        ),
    ),
    "File systems": (
        error(
            "DescribeFileSystems of an unknown one",
            "efs:DescribeFileSystems",
            "FileSystemNotFound",
            FileSystemId="fs-01234567",
        ),
        error(
            "PutBackupPolicy without the file system",
            "efs:PutBackupPolicy",
            "FileSystemNotFound",
            FileSystemId="fs-01234567",
            BackupPolicy={"Status": "ENABLED"},
        ),
        error(
            "DescribeBackupPolicy without a policy",
            "efs:DescribeBackupPolicy",
            "PolicyNotFound",
            lambda a: a.code("efs:DescribeBackupPolicy", FileSystemId=a.file_system()),
        ),
        model(
            "DescribeBackupPolicy after CreateFileSystem with backups",
            lambda a: a.result("efs:DescribeBackupPolicy", FileSystemId=a.file_system(Backup=True))["BackupPolicy"][
                "Status"
            ],
            "ENABLED",
            CREATED,
            "Set the value to true to enable automatic backups.",
        ),
    ),
}


def answer(probe: Probe, asker: Asker) -> str:
    """The answer of an emulation."""
    try:
        return probe.ask(asker)
    except NoAnswer as why:
        return f"({why})"
