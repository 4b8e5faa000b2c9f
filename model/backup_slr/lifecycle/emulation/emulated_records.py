"""The things that clients of the emulated API see, and how they follow the state of the model."""

from __future__ import annotations

from backup_slr.engine.core.variable import Count
from backup_slr.engine.spec.emulation import (
    ByOuter,
    Each,
    Joined,
    Merged,
    Mirror,
    Number,
    RecordKind,
    Shown,
    Tie,
    When,
    Word,
)
from backup_slr.lifecycle.clauses import POLICY_NAME, ROLE_NAME, ROLE_PATH, SERVICE_PRINCIPAL
from backup_slr.lifecycle.extensions.access_policy import deletion_denied
from backup_slr.lifecycle.extensions.backup_plans import unplanned
from backup_slr.lifecycle.extensions.backup_roles_actions import own_job, own_points
from backup_slr.lifecycle.extensions.copies_actions import copying
from backup_slr.lifecycle.extensions.deleting import point_status
from backup_slr.lifecycle.extensions.legal_hold import held
from backup_slr.lifecycle.extensions.policy_lockout import lockout
from backup_slr.lifecycle.extensions.retention import kept_forever
from backup_slr.lifecycle.extensions.vault_lock import lock
from backup_slr.lifecycle.vocabulary import (
    EFS_PLAN_NAME,
    EFS_VAULT_NAME,
    REGION,
    VAULT,
    efs_automatic_backup,
    job,
    points,
    r,
    role,
    v,
    vault,
)

PARTITIONS = {"cn-": "aws-cn", "us-gov-": "aws-us-gov"}
"""By the beginnings of the names of Regions."""
ROLE_ARN = f"arn:{{partition}}:iam::{{account}}:role{ROLE_PATH}{ROLE_NAME}"
POLICY_ARN = f"arn:{{partition}}:iam::aws:policy/aws-service-role/{POLICY_NAME}"
VAULT_ARN = "arn:{partition}:backup:{region}:{account}:backup-vault:{vault}"
VAULT_ARNS = Each(("vault",), shows=VAULT_ARN)
OTHER_VAULT_ARN = "arn:{partition}:backup:{region}:999999999999:backup-vault:other"
OWN_ROLE_ARN = "arn:{partition}:iam::{account}:role/service-role/AWSBackupDefaultServiceRole"
VOLUME_ARN = "arn:{partition}:ec2:{region}:{account}:volume/vol-00000000000000001"
FILE_SYSTEM_ARN = "arn:{partition}:elasticfilesystem:{region}:{account}:file-system/{id}"
KEY_ARN = "arn:{partition}:kms:{region}:{account}:key/00000000-0000-0000-0000-000000000001"
SNAPSHOT_ARN = "arn:{partition}:ec2:{region}::snapshot/{SnapshotId}"
TAGS = Merged("{Tags}")
HELD_VAULTS = Each(("hold",), {"id": "{id}"}, shows="{vault}")
"""The vaults of a legal hold: each has its record of it."""
UNKNOWN_DATE = 4_102_444_800  # 2100-01-01
"""What ends at a date that is not known ends later than anyone looks: without a date, it would never end."""
IMAGE_ARN = "arn:{partition}:ec2:{region}::image/ami-"

TRUST = (
    '{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"Service":"'
    f"{SERVICE_PRINCIPAL}"
    '"}},"Action":"sts:AssumeRole"}}]}}'
)


def _denying(*operations: str) -> str:
    """A policy that denies operations to every caller."""
    denied = ", ".join(f'"backup:{operation}"' for operation in operations)
    return (
        '{{"Version": "2012-10-17", "Statement": [{{"Effect": "Deny", "Principal": {{"AWS": "*"}}, "Action": '
        f'[{denied}], "Resource": "*"}}}}]}}}}'
    )


DELETIONS, PUT = (
    ("DeleteBackupVault", "DeleteBackupVaultAccessPolicy", "DeleteRecoveryPoint"),
    "PutBackupVaultAccessPolicy",
)
DENYING_POLICY = _denying(*DELETIONS)
LOCKOUTS = {
    "until_deleted": _denying("DeleteBackupVault", "DeleteRecoveryPoint", PUT),
    "points": _denying("DeleteBackupVaultAccessPolicy", "DeleteRecoveryPoint", PUT),
    "deletions": _denying(*DELETIONS, PUT),
}


def given(name: str, default: Shown) -> Word:
    """An attribute that a request gave, or a default."""
    return Word(f"{{{name}}}", {"": default}, f"{{{name}}}")


PLAN_OF_VAULT = Word("{vault}", {EFS_VAULT_NAME: EFS_PLAN_NAME}, "{BackupPlanName}")


def _uuid(series: int) -> str:
    return f"00000000-0000-0000-{series:04d}-{{number:012x}}"


def _job(key: str, arn: str, running: str, completed: str, **fields: Shown) -> dict[str, Shown]:
    """What all jobs show; `succeeds` is the choice of the action that ended it (by default, it succeeds)."""
    state = Word("{outcome}", {"done": Word("{succeeds}", {"False": "FAILED"}, completed)}, running)
    return {
        key: "{id}",
        "AccountId": "{account}",
        "State": Word("{stopped}", {"True": "ABORTED"}, state),
        "CreationDate": "{born}",
        "CompletionDate": "{ended}",
        "ResourceArn": given("ResourceArn", VOLUME_ARN),
        "ResourceType": "EBS",
        "IamRoleArn": arn,
        **fields,
    }


def _points(name: str, count: Count, prefix: str, arn: str) -> RecordKind:
    return RecordKind(
        name,
        VAULT.name,
        {
            "RecoveryPointArn": "{id}",
            "BackupVaultName": "{vault}",
            "BackupVaultArn": VAULT_ARN,
            "ResourceArn": VOLUME_ARN,
            "ResourceType": "EBS",
            "IamRoleArn": arn,
            "Status": Word(point_status[r, v], {"deleting": "DELETING", "expired": "EXPIRED"}, "COMPLETED"),
            "CreationDate": "{born}",
            "CompletionDate": "{born}",
            "CalculatedLifecycle": When(~kept_forever[r, v], {"DeleteAt": given("DeleteAt", UNKNOWN_DATE)}),
            "BackupSizeInBytes": 0,
            "Tags": TAGS,
        },
        id=f"{prefix}{{number:017x}}",
        tie=Tie(count),
    )


CREATED_ROLE: dict[str, Shown] = {
    "Path": ROLE_PATH,
    "RoleName": ROLE_NAME,
    "RoleId": "{id}",
    "Arn": ROLE_ARN,
    "CreateDate": "{born}",
    "AssumeRolePolicyDocument": TRUST,
}
LISTED_ROLE: dict[str, Shown] = {**CREATED_ROLE, "Description": "{Description}", "MaxSessionDuration": 3600}
ROLE: dict[str, Shown] = {**LISTED_ROLE, "Tags": Merged("{Tags}", listed=True), "RoleLastUsed": {}}
"""What three operations show of the role: the one that creates it, lists, and GetRole."""

KINDS = (
    RecordKind("role", "", ROLE, id="AROA{number:017d}", tie=Tie(~role.is_("absent"))),
    RecordKind(
        "task",
        "",
        {
            "DeletionTaskId": "{id}",
            "Status": Word("{outcome}", {"done": "SUCCEEDED", "failed": "FAILED"}, "IN_PROGRESS"),
            "Reason": Word(
                "{outcome}",
                {
                    "failed": {
                        "Reason": f"SLR [{ROLE_NAME}] is in use by other resources: [[{{reason}}]]",
                        "RoleUsageList": "{usage}",
                    }
                },
            ),
        },
        id=f"task{ROLE_PATH}{ROLE_NAME}/{_uuid(1)}",
        tie=Tie(role.is_("deleting")),
        kept=True,
        at_end={
            "usage": ByOuter("vault", {"Region": "{region}", "Resources": VAULT_ARNS}),
            "reason": Joined(
                ByOuter("vault", Joined(VAULT_ARNS, text="RoleUsageType(Region={region}, Resources=[{}])"))
            ),
        },
    ),
    RecordKind(
        "vault",
        VAULT.name,
        {
            "BackupVaultName": "{vault}",
            "BackupVaultArn": VAULT_ARN,
            "VaultType": Word(lock[r, v], {"air_gapped": "LOGICALLY_AIR_GAPPED_BACKUP_VAULT"}, "BACKUP_VAULT"),
            "VaultState": "AVAILABLE",
            "CreationDate": "{born}",
            "CreatorRequestId": "{CreatorRequestId}",
            "EncryptionKeyArn": given("EncryptionKeyArn", KEY_ARN),
            "NumberOfRecoveryPoints": Number(("point", "own-point")),
            "Locked": Word(lock[r, v], {"none": False, "": False}, True),
            "LockDate": Word(
                lock[r, v], {"grace": given("LockDate", UNKNOWN_DATE), "compliance": given("LockDate", "{born}")}
            ),
            "MinRetentionDays": "{MinRetentionDays}",
            "MaxRetentionDays": "{MaxRetentionDays}",
            "Policy": Word(
                lockout[r, v],
                {word: given("Policy", policy) for word, policy in LOCKOUTS.items()},
                When(deletion_denied[r, v], given("Policy", DENYING_POLICY), "{Policy}"),
            ),
            "Tags": TAGS,
        },
        id="{vault}",
        tie=Tie(vault[r, v]),
    ),
    _points("point", points[r, v], "arn:{partition}:ec2:{region}::snapshot/snap-", ROLE_ARN),
    _points("own-point", own_points[r, v], IMAGE_ARN, OWN_ROLE_ARN),
    RecordKind(
        "job",
        VAULT.name,
        _job("BackupJobId", ROLE_ARN, "RUNNING", "COMPLETED", BackupVaultName="{vault}", BackupVaultArn=VAULT_ARN),
        id=_uuid(2),
        tie=Tie(job[r, v]),
        kept=True,
    ),
    RecordKind(
        "own-job",
        VAULT.name,
        _job("BackupJobId", OWN_ROLE_ARN, "RUNNING", "COMPLETED", BackupVaultName="{vault}", BackupVaultArn=VAULT_ARN),
        id=_uuid(3),
        tie=Tie(own_job[r, v]),
        kept=True,
    ),
    *(
        RecordKind(
            f"copy-{way}",
            VAULT.name,
            _job(
                "CopyJobId",
                ROLE_ARN,
                "RUNNING",
                "COMPLETED",
                SourceBackupVaultArn=source,
                DestinationBackupVaultArn=destination,
            ),
            id=_uuid(4 + series),
            tie=Tie(copying[r, v].is_(way)),
            kept=True,
        )
        for series, (way, source, destination) in enumerate(
            (("into", OTHER_VAULT_ARN, VAULT_ARN), ("out", VAULT_ARN, OTHER_VAULT_ARN))
        )
    ),
    RecordKind(
        "hold",
        VAULT.name,
        {
            "LegalHoldId": "{id}",
            "LegalHoldArn": "arn:{partition}:backup:{region}:{account}:legal-hold:{id}",
            "Title": "{Title}",
            "Description": "{Description}",
            "Status": Word("{outcome}", {"done": "CANCELED"}, "ACTIVE"),
            "CreationDate": "{born}",
            "CancellationDate": "{ended}",
            "RecoveryPointSelection": {"VaultNames": HELD_VAULTS},
            "Tags": TAGS,
        },
        id=_uuid(6),
        tie=Tie(held[r, v]),
        kept=True,
    ),
    RecordKind(
        "plan",
        VAULT.name,
        {
            "BackupPlanId": "{id}",
            "BackupPlanArn": "arn:{partition}:backup:{region}:{account}:backup-plan:{id}",
            "BackupPlanName": PLAN_OF_VAULT,
            "VersionId": "{id}",
            "CreationDate": "{born}",
            "DeletionDate": "{ended}",
            "BackupPlan": {
                "BackupPlanName": PLAN_OF_VAULT,
                # As endless-retention has it by default: every rule sets a retention period, as that of EFS does.
                "Rules": [
                    {"RuleName": "rule", "TargetBackupVaultName": "{vault}", "Lifecycle": {"DeleteAfterDays": 35}}
                ],
            },
            "Tags": TAGS,
        },
        id=_uuid(7),
        tie=Tie(vault[r, v] & ~unplanned[r, v]),
    ),
    RecordKind(
        "selection",
        VAULT.name,
        {
            "SelectionId": "{id}",
            "SelectionName": "{SelectionName}",
            "BackupPlanId": "{plan}",
            "CreationDate": "{born}",
            "IamRoleArn": "{IamRoleArn}",
        },
        id=_uuid(8),
    ),
    RecordKind(
        "region-settings",
        REGION.name,
        {
            "ResourceTypeOptInPreference": Merged("{ResourceTypeOptInPreference}"),
            "ResourceTypeManagementPreference": Merged("{ResourceTypeManagementPreference}"),
        },
        id="{region}",
    ),
    RecordKind(
        "file-system",
        REGION.name,
        {
            "FileSystemId": "{id}",
            "FileSystemArn": FILE_SYSTEM_ARN,
            "OwnerId": "{account}",
            "CreationToken": "{CreationToken}",
            "CreationTime": "{born}",
            "LifeCycleState": "available",
            "NumberOfMountTargets": 0,
            "SizeInBytes": {"Value": 6144},
            "PerformanceMode": "generalPurpose",
            "Tags": Merged("{Tags}", listed=True),
            "AvailabilityZoneName": "{AvailabilityZoneName}",
            "Encrypted": False,
            "BackupPolicy": {"Status": "{Status}"},
        },
        id="fs-{number:017x}",
        mirrors=Mirror(efs_automatic_backup, "Status", on="ENABLED", off="DISABLED"),
    ),
)
"""A backup plan exists, under the extension `backup-plans`, for each vault into which plans back up."""
