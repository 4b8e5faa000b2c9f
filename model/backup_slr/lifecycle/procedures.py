"""The calls that perform the actions of an operator: for scripts and programs that follow a plan."""

from backup_slr.engine.spec.procedure import ApiCall, ForEach, JsonText, Listing, Operations, Procedure, TaskCalls
from backup_slr.lifecycle.clauses import ROLE_NAME
from backup_slr.lifecycle.environment import OTHER_PEOPLE

VAULT = {"BackupVaultName": "{vault}"}
LIST_VAULTS = ApiCall("backup:ListBackupVaults")
VAULT_EXISTS = Listing(LIST_VAULTS, "BackupVaultList[].[BackupVaultName]", only="{vault}")
VAULT_LOCKED = Listing(LIST_VAULTS, "BackupVaultList[?Locked].[BackupVaultName]", only="{vault}")
NO_VAULT = ("ResourceNotFoundException",)
"""A vault that was deleted has nothing in it."""
LIST_POINTS = ApiCall("backup:ListRecoveryPointsByBackupVault", VAULT, NO_VAULT)
POINTS = Listing(LIST_POINTS, "RecoveryPoints[].[RecoveryPointArn]")
DELETING_POINTS = Listing(LIST_POINTS, "RecoveryPoints[?Status=='DELETING'].[RecoveryPointArn]")
OLD_POLICY = Listing(ApiCall("backup:GetBackupVaultAccessPolicy", VAULT, NO_VAULT), "[[Policy]]")
ALLOWING_POLICY = JsonText(
    {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"AWS": "arn:{partition}:iam::{account}:root"},
                "Action": ["backup:DeleteBackupVault", "backup:DeleteRecoveryPoint"],
                "Resource": "*",
            }
        ],
    }
)

UNFINISHED = " && ".join(f"State!='{state}'" for state in ("ABORTED", "COMPLETED", "FAILED", "EXPIRED", "PARTIAL"))
"""A job has not ended: any other state, also one that is not known today, counts as running."""

DELETE_POINTS = Procedure(
    ForEach(POINTS, "point", (ApiCall("backup:DeleteRecoveryPoint", {**VAULT, "RecoveryPointArn": "{point}"}),)),
    dates=Listing(LIST_POINTS, "RecoveryPoints[].[CreationDate]"),
)
DELETE_PLANS = Procedure(
    ForEach(
        Listing(ApiCall("backup:ListBackupPlans"), "BackupPlansList[].[BackupPlanId]"),
        "plan",
        (
            ForEach(
                Listing(
                    ApiCall("backup:ListBackupSelections", {"BackupPlanId": "{plan}"}),
                    "BackupSelectionsList[].[SelectionId]",
                ),
                "selection",
                (ApiCall("backup:DeleteBackupSelection", {"BackupPlanId": "{plan}", "SelectionId": "{selection}"}),),
            ),
            ApiCall("backup:DeleteBackupPlan", {"BackupPlanId": "{plan}"}),
        ),
        where=Listing(
            ApiCall("backup:GetBackupPlan", {"BackupPlanId": "{plan}"}),
            "BackupPlan.Rules[].[TargetBackupVaultName]",
            only="{vault}",
        ),
    )
)
"""A plan counts if one of its rules backs up into the vault; the plans of other vaults stay."""

JOBS_END = Procedure(
    ForEach(
        Listing(
            ApiCall("backup:ListBackupJobs", {"ByBackupVaultName": "{vault}"}),
            f"BackupJobs[?{UNFINISHED}].[BackupJobId]",
        ),
        "job",
    )
)

PROCEDURES = {
    "turn_off_cross_account_backup": Procedure(
        ForEach(
            Listing(
                ApiCall("backup:DescribeGlobalSettings"), "[[GlobalSettings.isCrossAccountBackupEnabled]]", only="true"
            ),
            "on",
            (ApiCall("backup:UpdateGlobalSettings", {"GlobalSettings": {"isCrossAccountBackupEnabled": "false"}}),),
        ),
        note="for every account of the organization: only its management account can do this",
    ),
    "turn_off_efs_automatic_backup": Procedure(
        ForEach(
            Listing(ApiCall("elasticfilesystem:DescribeFileSystems"), "FileSystems[].[FileSystemId]"),
            "filesystem",
            (
                ApiCall(
                    "elasticfilesystem:PutBackupPolicy",
                    {"FileSystemId": "{filesystem}", "BackupPolicy": {"Status": "DISABLED"}},
                ),
            ),
            where=Listing(
                ApiCall(
                    "elasticfilesystem:DescribeBackupPolicy", {"FileSystemId": "{filesystem}"}, ("PolicyNotFound",)
                ),
                "[[BackupPolicy.Status]]",
                only="ENABLED",
            ),
        )
    ),
    "delete_backup_plan": DELETE_PLANS,
    "create_backup_vault": Procedure(ApiCall("backup:CreateBackupVault", VAULT, ("AlreadyExistsException",))),
    "delete_recovery_point": DELETE_POINTS,
    "delete_own_recovery_point": DELETE_POINTS,
    "delete_backup_vault": Procedure(
        ForEach(VAULT_EXISTS, "listed", (ApiCall("backup:DeleteBackupVault", VAULT, NO_VAULT),))
    ),
    "unlock_vault": Procedure(
        ForEach(VAULT_LOCKED, "listed", (ApiCall("backup:DeleteBackupVaultLockConfiguration", VAULT),))
    ),
    "replace_access_policy": Procedure(
        ApiCall("backup:PutBackupVaultAccessPolicy", {**VAULT, "Policy": ALLOWING_POLICY}), replaces=OLD_POLICY
    ),
    "delete_access_policy": Procedure(
        ApiCall("backup:DeleteBackupVaultAccessPolicy", VAULT, NO_VAULT), replaces=OLD_POLICY
    ),
    "cancel_legal_hold": Procedure(
        ForEach(
            Listing(ApiCall("backup:ListLegalHolds"), "LegalHolds[?Status=='ACTIVE'].[LegalHoldId]"),
            "hold",
            (
                ApiCall(
                    "backup:CancelLegalHold",
                    {"LegalHoldId": "{hold}", "CancelDescription": "the recovery points are to be deleted"},
                ),
            ),
            where=Listing(
                ApiCall("backup:ListRecoveryPointsByLegalHold", {"LegalHoldId": "{hold}"}),
                "RecoveryPoints[].[BackupVaultName]",
                only="{vault}",
            ),
        ),
        note=f"{OTHER_PEOPLE['cancel_legal_hold']} decides",
        consent="cancel-legal-holds",
    ),
    # What only the service does: wait until the list is empty.
    "finish_job": JOBS_END,
    "finish_own_job": JOBS_END,
    "finish_copy": Procedure(
        ForEach(Listing(ApiCall("backup:ListCopyJobs"), f"CopyJobs[?{UNFINISHED}].[CopyJobId]"), "job")
    ),
    "retention_ends": Procedure(ForEach(POINTS, "point")),
    "own_retention_ends": Procedure(ForEach(POINTS, "point")),
    "finish_point_deletion": Procedure(ForEach(DELETING_POINTS, "point")),
}

OPERATIONS = Operations(
    procedures=PROCEDURES,
    stop=DELETE_PLANS,
    task=TaskCalls(
        begin=ApiCall("iam:DeleteServiceLinkedRole", {"RoleName": ROLE_NAME}),
        task="[[DeletionTaskId]]",
        status=ApiCall("iam:GetServiceLinkedRoleDeletionStatus", {"DeletionTaskId": "{task}"}),
        state="[[Status]]",
        reason="Reason",
        succeeded="SUCCEEDED",
        failed="FAILED",
        check=ApiCall("iam:GetRole", {"RoleName": ROLE_NAME}),
        missing="NoSuchEntity",
    ),
    identity=ApiCall("sts:GetCallerIdentity"),
    account="[[Account,Arn]]",
    clients={"elasticfilesystem": "efs"},
    transient=(
        "InvalidResourceStateException",
        "ConflictException",
        "ServiceUnavailableException",
        "ServiceUnavailable",
        "ServiceFailure",
        "ServiceFailureException",
        "ConcurrentModification",
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
        "IncorrectFileSystemLifeCycleState",
        "DeleteConflict",
    ),
    regional="region",
    warnings=(
        "Do not open AWS Backup in the console meanwhile, and list no protected resources: both can create the role or "
        "a default vault again.",
        "Other people's requests can create the role again: turning on cross-account backup or EFS automatic backup, "
        "and features of other services that use AWS Backup.",
    ),
)
"""Where deleting something collides with a running job, AWS Backup answers with one of the transient errors."""
