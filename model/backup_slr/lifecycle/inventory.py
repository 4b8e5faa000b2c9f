"""The meaning for the model of each member of the answers that show an account."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from backup_slr.engine.spec.inventory import (
    CountsOne,
    EarliestDate,
    ExceptHere,
    Exists,
    Identifies,
    Inventory,
    InventoryFact,
    NeedsExtension,
    NotModeled,
    OneRequest,
    SetsValue,
    Showing,
    ShowsAssumption,
    StartsWork,
)
from backup_slr.lifecycle.clauses import ROLE_NAME
from backup_slr.lifecycle.inventory_calls import (
    BACKUP_POLICY,
    CALLS,
    COPY_JOBS,
    HELD_POINTS,
    HOLDS,
    IDENTITY,
    PLAN,
    POINTS_IN,
    REGIONS,
    RESTORE_JOBS,
    SETTINGS,
    TESTING,
    VAULTS_IN,
    about,
)
from backup_slr.lifecycle.inventory_policies import POLICY_FACTS
from backup_slr.lifecycle.operations import DELETION_STATUS, GET_ROLE, LIST_JOBS, LIST_POINTS, LIST_VAULTS
from backup_slr.lifecycle.regions import EXAMPLE_REGIONS
from backup_slr.lifecycle.vocabulary import EFS_PLAN_NAME, EFS_VAULT_NAME

VAULT = about(LIST_VAULTS, VAULTS_IN, "BackupVaultName")
POINT = about(LIST_POINTS, POINTS_IN, "$BackupVaultName")
EXPIRED = Showing("Status", "is", ("EXPIRED",))
# Its deletion removes a recovery point that is DELETING, whatever its retention period.
RETAINED = Showing("Status", "is not", ("DELETING",))
ENDS_WITH_AN_EVENT = Showing("Lifecycle.DeleteAfterEvent", "set")
WITHOUT_END = (Showing("CalculatedLifecycle.DeleteAt", "not set"), Showing("Lifecycle.DeleteAfterEvent", "not set"))
OTHER_ROLE = (Showing("IamRoleArn", "set"), Showing("IamRoleArn", "is not", (f"*/{ROLE_NAME}",)))
OWN_KEPT, OWN_ENDS = ("own_kept_forever", OTHER_ROLE), ("own_retention_ends", OTHER_ROLE)
LOCKED = Showing("Locked", "is", ("true",))
NOT_AIR_GAPPED = Showing("VaultType", "is not", ("LOGICALLY_AIR_GAPPED_BACKUP_VAULT",))
FROM_HERE, TO_HERE = Showing("SourceBackupVaultArn", "own"), Showing("DestinationBackupVaultArn", "own")
UNDER_WAY = Showing("Status", "is", ("IN_PROGRESS", "NOT_STARTED"))
COPYING = Showing("State", "is", ("CREATED", "RUNNING"))
INTO = about(COPY_JOBS, "CopyJobs[]", "@DestinationBackupVaultArn")
OUT = about(COPY_JOBS, "CopyJobs[]", "@SourceBackupVaultArn")
INTO_TARGET = about(PLAN, "BackupPlan.Rules[]", "TargetBackupVaultName")
INTO_OTHER_VAULT = (Showing("TargetBackupVaultName", "is not", (EFS_VAULT_NAME,)),)
INTO_EFS_VAULT_BY_EFS = (
    Showing("TargetBackupVaultName", "is", (EFS_VAULT_NAME,)),
    Showing("/BackupPlan.BackupPlanName", "is", (EFS_PLAN_NAME,)),
)
ENDLESS_RULE = (Showing("Lifecycle.DeleteAfterDays", "not set"), Showing("Lifecycle.DeleteAfterEvent", "not set"))


def _starts(into: Callable[..., InventoryFact], what: str, *when: Showing) -> Iterator[InventoryFact]:
    """The rules of plans with a schedule: those that set a retention period, in days or by an event, and the others."""
    work = StartsWork("ScheduleExpression", "ScheduleExpressionTimezone", "RuleName", "BackupPlan.BackupPlanName")
    days, event = (showing.path for showing in ENDLESS_RULE)
    for retention, kept in (
        ((Showing(days, "set"),), ""),
        ((Showing(days, "not set"), Showing(event, "set")), ""),
        (ENDLESS_RULE, "; without a retention period, what they leave is kept without end"),
    ):
        says = f"a backup plan starts {what} if it selects resources{kept}"
        yield into(work, says, *when, *retention, Showing("ScheduleExpression", "set"))


FACTS = (
    InventoryFact(GET_ROLE, "", SetsValue("role", "present"), "the role exists", (Showing("Role.Arn", "set"),)),
    InventoryFact(
        SETTINGS,
        "",
        SetsValue("cross_account"),
        "cross-account backup is on",
        (Showing("GlobalSettings.isCrossAccountBackupEnabled", "is", ("true",)),),
    ),
    InventoryFact(
        SETTINGS,
        "",
        NotModeled(harmless=True),
        "multi-party approval is on: its teams can approve access to air-gapped vaults for another account",
        (Showing("GlobalSettings.isMpaEnabled", "is", ("true",)),),
    ),
    # ---------------------------------------------------------------- vaults
    VAULT(
        NotModeled(hides=True),
        "a restore access vault: whether IAM counts it when it looks for what needs the role is not known",
        Showing("VaultType", "is", ("RESTORE_ACCESS_BACKUP_VAULT",)),
    ),
    VAULT(
        NotModeled(hides=True, harmless=True),
        "a vault of another account that is shared with this one: it is not deleted here",
        Showing("BackupVaultArn", "foreign"),
    ),
    VAULT(
        NotModeled(),
        "the creation of the vault has not ended, or has failed: the model takes it as a vault",
        Showing("VaultState", "is", ("CREATING", "FAILED")),
    ),
    VAULT(Exists("vault"), "the vault exists"),
    VAULT(CountsOne("points", "NumberOfRecoveryPoints"), "its recovery points"),
    VAULT(
        SetsValue("lock", "governance"),
        "a lock in governance mode, which a person with the permission can remove",
        LOCKED,
        Showing("LockDate", "not set"),
        NOT_AIR_GAPPED,
    ),
    VAULT(
        SetsValue("lock", "grace"),
        "a lock in compliance mode that can still be removed",
        LOCKED,
        Showing("LockDate", "future now"),
        NOT_AIR_GAPPED,
    ),
    VAULT(
        SetsValue("lock", "compliance"),
        "a lock in compliance mode that can no longer be removed",
        LOCKED,
        Showing("LockDate", "past now"),
        NOT_AIR_GAPPED,
    ),
    VAULT(
        NotModeled(),
        "the grace time of its lock has ended since the inventory was made: the model takes the lock as still there, "
        "and as one that can no longer be removed",
        LOCKED,
        Showing("LockDate", "future"),
        Showing("LockDate", "past now"),
        NOT_AIR_GAPPED,
    ),
    VAULT(
        EarliestDate("grace_time_ends", "LockDate"),
        "the end of the grace time",
        LOCKED,
        Showing("LockDate", "future now"),
        NOT_AIR_GAPPED,
    ),
    VAULT(
        SetsValue("lock", "air_gapped"),
        "a logically air-gapped vault",
        Showing("VaultType", "is", ("LOGICALLY_AIR_GAPPED_BACKUP_VAULT",)),
    ),
    VAULT(
        ShowsAssumption("efs-creates-its-vault", "yes"),
        "only EFS automatic backup can have created this vault",
        Showing("BackupVaultName", "is", (EFS_VAULT_NAME,)),
    ),
    # ---------------------------------------------------------------- recovery points
    POINT(CountsOne("points"), "a recovery point, under whichever role it was made"),
    POINT(CountsOne("own_points", part_of="points"), "a recovery point made under another role", *OTHER_ROLE),
    POINT(
        SetsValue("point_status", "deleting", once="points"),
        "its deletion is under way",
        Showing("Status", "is", ("DELETING",)),
    ),
    POINT(SetsValue("point_status", "expired"), "its deletion did not end", EXPIRED),
    POINT(
        SetsValue("kept_by", "permission"),
        "its deletion at the end of its retention period failed: the model takes a missing permission as the reason",
        EXPIRED,
        Showing("CalculatedLifecycle.DeleteAt", "past"),
    ),
    POINT(
        NeedsExtension("expired"),
        "a reason that is not known may keep it; the status message is not interpreted",
        EXPIRED,
    ),
    POINT(
        NotModeled(),
        "expired: AWS Backup could not delete it. A reason that is not known may keep it (see its status message), and "
        "whether AWS Backup tries again is not known",
        EXPIRED,
    ),
    POINT(
        SetsValue("kept_forever", weak=True, variant=OWN_KEPT),
        "it has no deletion date, so that it is kept without end",
        *WITHOUT_END,
        RETAINED,
    ),
    POINT(
        EarliestDate("retention_ends", "CalculatedLifecycle.DeleteAt", OWN_ENDS),
        "it has no end of a retention period",
        *WITHOUT_END,
        RETAINED,
    ),
    POINT(
        EarliestDate("retention_ends", "CalculatedLifecycle.DeleteAt", OWN_ENDS),
        "the end of the retention period",
        Showing("CalculatedLifecycle.DeleteAt", "set"),
        RETAINED,
    ),
    POINT(
        EarliestDate("retention_ends", variant=OWN_ENDS),
        "the end of the retention period has no date yet",
        Showing("CalculatedLifecycle.DeleteAt", "not set"),
        ENDS_WITH_AN_EVENT,
        RETAINED,
    ),
    POINT(
        NotModeled(),
        "the end of its retention period has passed, and it still exists",
        Showing("CalculatedLifecycle.DeleteAt", "past"),
        Showing("Status", "is not", ("DELETING", "EXPIRED")),
    ),
    POINT(
        NotModeled(),
        "its retention period ends with an event, not on a date",
        ENDS_WITH_AN_EVENT,
        RETAINED,
    ),
    POINT(
        NotModeled(),
        "a composite recovery point: API and CLI delete it only after those nested in it",
        Showing("IsParent", "is", ("true",)),
    ),
    POINT(
        NotModeled(),
        "nested in a composite recovery point: some kinds are deleted only together with it",
        Showing("ParentRecoveryPointArn", "set"),
    ),
    POINT(
        NotModeled(),
        "its backup index is being created or deleted: the recovery point cannot be deleted meanwhile",
        Showing("IndexStatus", "is", ("PENDING", "DELETING")),
    ),
    about(LIST_POINTS, POINTS_IN, "/")(
        NotModeled(unless="own_points", harmless=True),
        "recovery points made under other roles than the service-linked one: the model deletes them like the others, "
        "but a request to delete one creates the service-linked role if that does not exist",
        *OTHER_ROLE,
    ),
    *POLICY_FACTS,
    # ---------------------------------------------------------------- jobs
    about(LIST_JOBS, "BackupJobs[]", "BackupVaultName")(
        SetsValue("job"),
        "a backup job is running",
        Showing("State", "is", ("CREATED", "PENDING", "RUNNING", "ABORTING")),
    ),
    # A copy between vaults of the account is one out of a vault and one into a vault. The latter counts in a vault that
    # has both: it uses the role and leaves a recovery point.
    OUT(SetsValue("copying", "out"), "a copy out of the vault is running", COPYING, FROM_HERE),
    INTO(SetsValue("copying", "into"), "a copy into the vault is running", COPYING, TO_HERE),
    about(RESTORE_JOBS, "RestoreJobs[]", "@BackupVaultArn")(
        NotModeled(),
        "a restore job is running: its recovery point cannot be deleted meanwhile",
        Showing("Status", "is", ("PENDING", "RUNNING")),
    ),
    # ---------------------------------------------------------------- legal holds
    about(HELD_POINTS, POINTS_IN, "BackupVaultName")(SetsValue("held"), "a recovery point is under a legal hold"),
    about(HELD_POINTS, POINTS_IN, "BackupVaultName")(
        OneRequest("cancel_legal_hold"), "one request cancels the legal hold wherever it holds recovery points"
    ),
    about(HELD_POINTS, POINTS_IN, "BackupVaultName")(Identifies("hold"), "the id of the legal hold"),
    about(HOLDS, "LegalHolds[]")(
        NotModeled(),
        "a legal hold is being created or canceled: the recovery points under it can change",
        Showing("Status", "is", ("CREATING", "CANCELING")),
    ),
    # ---------------------------------------------------------------- plans and features
    *(
        fact
        for into in (INTO_OTHER_VAULT, INTO_EFS_VAULT_BY_EFS)
        for fact in (
            INTO_TARGET(ExceptHere("unplanned"), "a backup plan backs up into the vault", *into),
            *_starts(INTO_TARGET, "jobs into the vault", *into),
        )
    ),
    INTO_TARGET(
        NotModeled(),
        "a backup plan that is not the one of EFS names this vault, which AWS reserves for EFS automatic backup: AWS "
        "documents that its jobs fail for want of privileges. If one of them succeeds nevertheless, delete the plan",
        Showing("TargetBackupVaultName", "is", (EFS_VAULT_NAME,)),
        Showing("/BackupPlan.BackupPlanName", "is not", (EFS_PLAN_NAME,)),
    ),
    *(
        about(PLAN, items, "/")(
            ShowsAssumption("endless-retention", "yes"),
            "a backup plan has a rule without a retention period, whose recovery points are kept without end",
            *ENDLESS_RULE,
            *own,
        )
        for items, own in (
            ("BackupPlan.Rules[]", ()),
            ("BackupPlan.Rules[].CopyActions[]", (Showing("DestinationBackupVaultArn", "own"),)),
        )
    ),
    about(PLAN, "BackupPlan.Rules[]", "@TargetLogicallyAirGappedBackupVaultArn")(
        ExceptHere("unplanned"),
        "a backup plan backs up into the vault",
        Showing("TargetLogicallyAirGappedBackupVaultArn", "own"),
    ),
    *_starts(
        about(PLAN, "BackupPlan.Rules[]", "@TargetLogicallyAirGappedBackupVaultArn"),
        "jobs into the vault",
        Showing("TargetLogicallyAirGappedBackupVaultArn", "own"),
    ),
    about(PLAN, "BackupPlan.Rules[]", "@CopyActions[].DestinationBackupVaultArn")(
        StartsWork("ScheduleExpression", "ScheduleExpressionTimezone", "RuleName", "BackupPlan.BackupPlanName"),
        "a backup plan starts jobs whose recovery points it copies into the vault, if it selects resources",
        Showing("ScheduleExpression", "set"),
    ),
    about(PLAN, "BackupPlan.Rules[].CopyActions[]", "@DestinationBackupVaultArn")(
        ExceptHere("unplanned"), "a backup plan copies into the vault", Showing("DestinationBackupVaultArn", "own")
    ),
    about(TESTING, "RestoreTestingPlans[]")(
        NotModeled(), "a restore testing plan starts restore jobs on a schedule, which keep recovery points busy"
    ),
    about(BACKUP_POLICY, "")(
        SetsValue("efs_automatic_backup"),
        "EFS automatic backup is on for a file system",
        Showing("BackupPolicy.Status", "is", ("ENABLED", "ENABLING")),
    ),
    # ---------------------------------------------------------------- the last deletion task
    InventoryFact(
        DELETION_STATUS,
        "",
        SetsValue("role", "deleting"),
        "the deletion of the role is under way",
        (UNDER_WAY,),
    ),
    InventoryFact(DELETION_STATUS, "", Identifies("task"), "the id of the deletion task", (UNDER_WAY,)),
    InventoryFact(
        DELETION_STATUS,
        "",
        ShowsAssumption("usage-check", "at-task-end"),
        "a request to delete the role was accepted, and its task failed because something needs the role",
        (Showing("Status", "is", ("FAILED",)), Showing("Reason.RoleUsageList[].Region", "set")),
    ),
    InventoryFact(
        DELETION_STATUS,
        "Reason.RoleUsageList[]",
        NotModeled(harmless=True),
        "the last deletion task failed because of resources in this Region",
        (Showing("Region", "set"),),
        "Region",
    ),
)

INVENTORY = Inventory(
    CALLS,
    FACTS,
    identity=(IDENTITY, "Account"),
    outer=(REGIONS, "Regions[]", "RegionName", "OptInStatus", ("not-opted-in",)),
    home=EXAMPLE_REGIONS[0],
    cut=("NextToken", "NextMarker"),
    own=((GET_ROLE, "Role.Arn"),),  # a list of vaults can have some of another account
)
