"""Read-only operations of the AWS API, and the CloudTrail fields of all operations.

Fields about things outside the model (a file system, a snapshot) have invented values.
"""

from __future__ import annotations

from backup_slr.engine.spec.processes import AuditLog
from backup_slr.lifecycle.clauses import ROLE_NAME, ROLE_PATH, SERVICE_PRINCIPAL
from backup_slr.lifecycle.regions import EXAMPLE_REGIONS

LIST_VAULTS = "backup:ListBackupVaults"
LIST_POINTS = "backup:ListRecoveryPointsByBackupVault"
LIST_JOBS = "backup:ListBackupJobs"
GET_ROLE = "iam:GetRole"
DELETE_PLAN = "backup:DeleteBackupPlan"
DELETION_STATUS = "iam:GetServiceLinkedRoleDeletionStatus"

LIMITS = {"backup:DeleteRecoveryPoint": 10.0, "backup:DeleteBackupVault": 5.0}
"""Requests a second in each account and Region (AWS Backup quotas)."""

ROLE_ARN = f"arn:aws:iam::{{account}}:role{ROLE_PATH}{ROLE_NAME}"
VAULT = {"backupVaultName": "{vault}"}
PLAN = {"backupPlanId": "00000000-0000-0000-0000-000000000001"}
TASK = {"deletionTaskId": "{task}"}


def _global_settings(on: str) -> dict[str, dict[str, str]]:
    return {"globalSettings": {"isCrossAccountBackupEnabled": on}}


def _backup_policy(status: str) -> dict[str, str | dict[str, str]]:
    return {"fileSystemId": "fs-00000000000000001", "backupPolicy": {"status": status}}


CLOUDTRAIL = AuditLog(
    service=SERVICE_PRINCIPAL,
    home=EXAMPLE_REGIONS[0],  # calls to IAM are logged here, independent of the caller's Region
    task=f"task{ROLE_PATH}{ROLE_NAME}/{{uuid}}",
    parameters={
        "backup:DeleteRecoveryPoint": {
            **VAULT,
            "recoveryPointArn": "arn:aws:ec2:{region}::snapshot/snap-{number:017x}",
        },
        "set_up_cross_account_backup": _global_settings("true"),
        "turn_off_cross_account_backup": _global_settings("false"),
        "perform_efs_automatic_backup": _backup_policy("ENABLED"),
        "turn_off_efs_automatic_backup": _backup_policy("DISABLED"),
        DELETE_PLAN: PLAN,
        "backup:CreateBackupPlan": {
            "backupPlan": {
                "backupPlanName": "plan",
                "rules": [{"ruleName": "rule", "targetBackupVaultName": "{vault}"}],
            }
        },
        "backup:DeleteBackupSelection": {**PLAN, "selectionId": "00000000-0000-0000-0000-000000000002"},
        "backup:CreateLogicallyAirGappedBackupVault": {**VAULT, "minRetentionDays": "7", "maxRetentionDays": "35"},
        "backup:CreateLegalHold": {"title": "hold", "description": "hold"},
        "backup:CancelLegalHold": {
            "legalHoldId": "00000000-0000-0000-0000-000000000003",
            "cancelDescription": "released",
        },
        "ec2:UnlockSnapshot": {"snapshotId": "snap-{number:017x}"},
        DELETION_STATUS: TASK,
        "iam:CreateServiceLinkedRole": {"aWSServiceName": SERVICE_PRINCIPAL},
        "iam:AttachRolePolicy": {"roleName": ROLE_NAME, "policyArn": "arn:aws:iam::aws:policy/AWSBackupFullAccess"},
        "iam:UpdateAssumeRolePolicy": {"roleName": ROLE_NAME, "policyDocument": "{{}}"},
        "iam:CreateRole": {"roleName": "AWSBackupDefaultServiceRole", "assumeRolePolicyDocument": "{{}}"},
        "sts:AssumeRole": {"roleArn": ROLE_ARN, "roleSessionName": "session"},
        "iam": {"roleName": ROLE_NAME},
    },
    item=VAULT,
    responses={"iam:DeleteServiceLinkedRole": TASK},
    started="BackupJobStarted",
    finished="BackupJobCompleted",
    states=("RUNNING", "COMPLETED", "FAILED"),
    details={
        "state": "{state}",
        "backupJobId": "{job}",
        **VAULT,
        "backupVaultArn": "arn:aws:backup:{region}:{account}:backup-vault:{vault}",
        "iamRoleArn": ROLE_ARN,
    },
)
