"""AWS Backup as the emulated API answers it: vaults, recovery points, jobs and settings."""

from __future__ import annotations

from backup_slr.engine.spec.emulation import Each, EmulatedOperation, ErrorAnswer, Find, Merged, Of, OperationCase, When
from backup_slr.engine.spec.inventory import Showing
from backup_slr.lifecycle.clauses import ROLE_NAME
from backup_slr.lifecycle.emulation.emulated_records import VOLUME_ARN
from backup_slr.lifecycle.operations import LIST_POINTS, LIST_VAULTS
from backup_slr.lifecycle.vocabulary import (
    EFS_VAULT_NAME,
    JOB_ALREADY_RUNNING,
    NO_RECOVERY_POINTS,
    NO_RUNNING_JOB,
    NO_SUCH_ROLE,
    NO_SUCH_VAULT,
    ROLE_BEING_DELETED,
    cross_account,
)

HERE = ("{region}", "{BackupVaultName}")
FORBIDDEN = ErrorAnswer("AccessDeniedException", "Insufficient privileges to perform this action.", 403)
"""DescribeBackupVault answers this for a vault that does not exist."""
NO_VAULT = ErrorAnswer("ResourceNotFoundException", "Backup vault does not exist: {BackupVaultName}")
NO_POINT = ErrorAnswer("ResourceNotFoundException", "Recovery point does not exist: {RecoveryPointArn}")
NO_JOB = ErrorAnswer("ResourceNotFoundException", "Backup job does not exist: {BackupJobId}")
VAULT = Find("vault", {"vault": "{BackupVaultName}"}, NO_VAULT)
BY_ARN = {"id": "{RecoveryPointArn}", "vault": "{BackupVaultName}"}
POINTS, JOBS = ("point", "own-point"), ("job", "own-job")
BY_SERVICE = Showing("IamRoleArn", "is", (f"*/{ROLE_NAME}",))
UNDOCUMENTED = {
    JOB_ALREADY_RUNNING.id: "LimitExceededException",
    NO_RUNNING_JOB.id: "InvalidRequestException",
    NO_SUCH_ROLE.id: "InvalidRequestException",
    NO_SUCH_VAULT.id: "ResourceNotFoundException",
    ROLE_BEING_DELETED.id: "InvalidRequestException",
}
"""The model has one job for each vault, and AWS has no such limit."""


def _vault(operation: str, case: OperationCase) -> EmulatedOperation:
    return EmulatedOperation(f"backup:{operation}", (case,))


def _settings(value: str) -> tuple[Showing, ...]:
    return (Showing("GlobalSettings.isCrossAccountBackupEnabled", "is", (value,)),)


def _start(name: str, action: str, *when: Showing) -> OperationCase:
    about = {name: {"ResourceArn": "{ResourceArn}"}}
    return OperationCase(Of(name), when, action=action, place=HERE, attributes=about, codes=UNDOCUMENTED)


def _stop(name: str, action: str) -> OperationCase:
    return OperationCase(
        finds=(Find(name, {"id": "{BackupJobId}"}),),
        action=action,
        place=("{region}", "{vault}"),
        inputs={"succeeds": False},
        attributes={name: {"stopped": True}},
        codes=UNDOCUMENTED,
    )


def _delete(name: str, action: str) -> OperationCase:
    return OperationCase(finds=(Find(name, BY_ARN),), action=action, place=HERE)


REGION_PREFERENCES = ("ResourceTypeOptInPreference", "ResourceTypeManagementPreference")
TAGGED = {"vault": "BackupVaultArn", "point": "id", "own-point": "id", "plan": "BackupPlanArn", "hold": "LegalHoldArn"}
"""The kinds that can have tags, with what their ARN is called."""


def _tagging(operation: str, added: str = "", removed: str = "") -> EmulatedOperation:
    """An operation about the tags of a resource, given by its ARN."""
    cases = [
        OperationCase(
            {} if added or removed else {"Tags": Of(kind, "Tags")},
            finds=(Find(kind, {arn: "{ResourceArn}"}),),
            attributes={kind: {"Tags": Merged("{Tags}", added, removed)}} if added or removed else {},
        )
        for kind, arn in TAGGED.items()
    ]
    wrong = OperationCase(
        when=(Showing("ResourceArn", "is not", ("arn:*:backup:*", "arn:*:ec2:*")),),
        fails=ErrorAnswer("InvalidParameterValueException", "Unsupported resource type: {ResourceArn}"),
    )
    missing = OperationCase(fails=ErrorAnswer("ResourceNotFoundException", "Resource does not exist: {ResourceArn}"))
    return EmulatedOperation(f"backup:{operation}", (*cases, wrong, missing))


OPERATIONS = (
    EmulatedOperation(
        "backup:UpdateGlobalSettings",
        (
            OperationCase(when=_settings("true"), action="set_up_cross_account_backup"),
            OperationCase(when=_settings("false"), action="turn_off_cross_account_backup"),
            OperationCase(),
        ),
    ),
    _vault(
        "DescribeGlobalSettings",
        OperationCase({"GlobalSettings": {"isCrossAccountBackupEnabled": When(cross_account, "true", "false")}}),
    ),
    _vault("DescribeRegionSettings", OperationCase(Of("region-settings"))),
    EmulatedOperation(
        "backup:UpdateRegionSettings",
        (
            OperationCase(
                finds=(Find("region-settings", {"id": "{region}"}),),
                attributes={
                    "region-settings": {name: Merged(f"{{{name}}}", added=name) for name in REGION_PREFERENCES}
                },
            ),
            OperationCase(
                makes="region-settings",
                attributes={"region-settings": {name: f"{{{name}}}" for name in REGION_PREFERENCES}},
            ),
        ),
    ),
    _vault(
        "ListProtectedResources",
        OperationCase(
            {
                "Results": Each(
                    POINTS,
                    shows={"ResourceArn": VOLUME_ARN, "ResourceType": "EBS", "LastBackupTime": "{born}"},
                    distinct=VOLUME_ARN,
                )
            },
            action="list_resources",
        ),
    ),
    # ---------------------------------------------------------------- vaults
    EmulatedOperation(
        "backup:CreateBackupVault",
        (
            OperationCase(
                when=(Showing("BackupVaultName", "is", (EFS_VAULT_NAME,)),),
                fails=ErrorAnswer(
                    "InvalidParameterValueException",
                    "1 validation error detected: Value at 'backupVaultName' failed to satisfy constraint: Member must "
                    r"satisfy regular expression pattern: ^[a-zA-Z0-9\-\_]{{2,50}}$",
                ),
            ),
            OperationCase(
                Of("vault"),
                action="create_backup_vault",
                place=HERE,
                attributes={
                    "vault": {
                        "CreatorRequestId": "{CreatorRequestId}",
                        "EncryptionKeyArn": "{EncryptionKeyArn}",
                        "Tags": "{BackupVaultTags}",
                    }
                },
            ),
        ),
    ),
    _vault("DeleteBackupVault", OperationCase(action="delete_backup_vault", place=HERE)),
    EmulatedOperation(
        LIST_VAULTS, (OperationCase({"BackupVaultList": Each(("vault",), filters={"ByVaultType": "VaultType"})}),)
    ),
    _vault(
        "DescribeBackupVault",
        OperationCase(Of("vault"), finds=(Find("vault", {"vault": "{BackupVaultName}"}, FORBIDDEN),)),
    ),
    _tagging("ListTags"),
    _tagging("TagResource", added="Tags"),
    _tagging("UntagResource", removed="TagKeyList"),
    # ---------------------------------------------------------------- recovery points
    EmulatedOperation(
        LIST_POINTS,
        (
            OperationCase(
                {
                    "RecoveryPoints": Each(
                        POINTS,
                        {"vault": "{BackupVaultName}"},
                        {"ByResourceArn": "ResourceArn", "ByResourceType": "ResourceType"},
                    )
                },
                finds=(VAULT,),
            ),
        ),
    ),
    _vault(
        "ListRecoveryPointsByResource",
        OperationCase({"RecoveryPoints": Each(POINTS, filters={"ResourceArn": "ResourceArn"})}),
    ),
    EmulatedOperation(
        "backup:DescribeRecoveryPoint",
        (
            *(OperationCase(Of(name), finds=(Find(name, BY_ARN),)) for name in POINTS),
            OperationCase(finds=(VAULT,), fails=NO_POINT),
        ),
    ),
    EmulatedOperation(
        "backup:DeleteRecoveryPoint",
        (
            _delete("point", "delete_recovery_point"),
            _delete("own-point", "delete_own_recovery_point"),
            OperationCase(
                finds=(Find("point", BY_ARN, NO_RECOVERY_POINTS.id),), action="delete_recovery_point", place=HERE
            ),
        ),
    ),
    # ---------------------------------------------------------------- jobs
    EmulatedOperation(
        "backup:StartBackupJob",
        (_start("job", "start_job", BY_SERVICE), _start("own-job", "start_own_job"), _start("job", "start_job")),
    ),
    EmulatedOperation(
        "backup:StopBackupJob",
        (_stop("job", "finish_job"), _stop("own-job", "finish_own_job"), OperationCase(fails=NO_JOB)),
    ),
    EmulatedOperation(
        "backup:DescribeBackupJob",
        (
            *(OperationCase(Of(name), finds=(Find(name, {"id": "{BackupJobId}"}),)) for name in JOBS),
            OperationCase(fails=NO_JOB),
        ),
    ),
    _vault(
        "ListBackupJobs",
        OperationCase(
            {
                "BackupJobs": Each(
                    JOBS,
                    filters={
                        "ByState": "State",
                        "ByBackupVaultName": "BackupVaultName",
                        "ByResourceArn": "ResourceArn",
                        "ByResourceType": "ResourceType",
                    },
                )
            }
        ),
    ),
    _vault(
        "ListCopyJobs",
        OperationCase(
            {
                "CopyJobs": Each(
                    ("copy-into", "copy-out"),
                    filters={"ByState": "State", "ByDestinationVaultArn": "DestinationBackupVaultArn"},
                )
            }
        ),
    ),
    _vault("ListRestoreJobs", OperationCase({"RestoreJobs": []})),
    _vault("ListRestoreTestingPlans", OperationCase({"RestoreTestingPlans": []})),
)
