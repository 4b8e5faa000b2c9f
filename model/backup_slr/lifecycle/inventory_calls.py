"""The read-only calls that show an account.

No call here may be an operation that changes anything. ListProtectedResources reads, but creates the role (CREATE-2).
"""

from __future__ import annotations

from collections.abc import Callable

from backup_slr.engine.spec.inventory import (
    Effect,
    ForEachElement,
    InventoryFact,
    ReadCall,
    Showing,
)
from backup_slr.lifecycle.clauses import ROLE_NAME
from backup_slr.lifecycle.operations import DELETION_STATUS, GET_ROLE, LIST_JOBS, LIST_POINTS, LIST_VAULTS

IDENTITY, REGIONS = "sts:GetCallerIdentity", "ec2:DescribeRegions"
SETTINGS, POLICY = "backup:DescribeGlobalSettings", "backup:GetBackupVaultAccessPolicy"
COPY_JOBS, RESTORE_JOBS = "backup:ListCopyJobs", "backup:ListRestoreJobs"
HOLDS, HELD_POINTS = "backup:ListLegalHolds", "backup:ListRecoveryPointsByLegalHold"
PLANS, PLAN, TESTING = "backup:ListBackupPlans", "backup:GetBackupPlan", "backup:ListRestoreTestingPlans"
FILE_SYSTEMS, BACKUP_POLICY = "elasticfilesystem:DescribeFileSystems", "elasticfilesystem:DescribeBackupPolicy"

VAULTS_IN, POINTS_IN = "BackupVaultList[]", "RecoveryPoints[]"
EACH_VAULT = ForEachElement(
    LIST_VAULTS,
    VAULTS_IN,
    "BackupVaultName",
    "BackupVaultName",
    unless="VaultType",
    unless_is=("RESTORE_ACCESS_BACKUP_VAULT",),
)
EACH_HOLD = ForEachElement(
    HOLDS, "LegalHolds[]", "LegalHoldId", "LegalHoldId", unless="Status", unless_is=("CANCELED", "CANCELING")
)
EACH_PLAN = ForEachElement(PLANS, "BackupPlansList[]", "BackupPlanId", "BackupPlanId")
EACH_FILE_SYSTEM = ForEachElement(FILE_SYSTEMS, "FileSystems[]", "FileSystemId", "FileSystemId")


def _jobs(operation: str, argument: str, *states: str) -> tuple[ReadCall, ...]:
    """One call for each state of an unfinished job: all jobs of the last 30 days would be too many."""
    return tuple(ReadCall(operation, arguments=((argument, state),)) for state in states)


CALLS = (
    ReadCall(IDENTITY, once=True),
    ReadCall(REGIONS, arguments=(("AllRegions", True),), once=True),
    ReadCall(GET_ROLE, arguments=(("RoleName", ROLE_NAME),), once=True, none=("NoSuchEntity",)),
    ReadCall(DELETION_STATUS, once=True, given="DeletionTaskId", none=("NoSuchEntity",)),
    # The only documented error is about an account outside of an organization, which has no such settings.
    ReadCall(SETTINGS, once=True, none=("InvalidRequestException",)),
    ReadCall(LIST_VAULTS),
    ReadCall(LIST_POINTS, each=EACH_VAULT, optional=True, alike=POINTS_IN),
    ReadCall(POLICY, each=EACH_VAULT, none=("ResourceNotFoundException",)),
    *_jobs(LIST_JOBS, "ByState", "CREATED", "PENDING", "RUNNING", "ABORTING"),
    *_jobs(COPY_JOBS, "ByState", "CREATED", "RUNNING"),
    *_jobs(RESTORE_JOBS, "ByStatus", "PENDING", "RUNNING"),
    ReadCall(HOLDS),
    ReadCall(HELD_POINTS, each=EACH_HOLD, alike=POINTS_IN),
    ReadCall(PLANS),
    ReadCall(PLAN, each=EACH_PLAN),
    ReadCall(TESTING),
    ReadCall(FILE_SYSTEMS, "efs"),
    ReadCall(BACKUP_POLICY, "efs", each=EACH_FILE_SYSTEM, none=("PolicyNotFound",)),
)


def about(call: str, items: str, place: str = "") -> Callable[..., InventoryFact]:
    """The facts about the elements of one answer."""

    def fact(effect: Effect, says: str, *when: Showing) -> InventoryFact:
        return InventoryFact(call, items, effect, says, when, place)

    return fact
