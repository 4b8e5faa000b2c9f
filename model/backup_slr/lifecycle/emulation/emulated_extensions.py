"""The operations of the emulated API that only extensions of the rules give a meaning."""

from __future__ import annotations

from backup_slr.engine.spec.emulation import DaysFromNow, Each, EmulatedOperation, ErrorAnswer, Find, Of, OperationCase
from backup_slr.engine.spec.inventory import Showing
from backup_slr.lifecycle.emulation.emulated_backup import HERE, NO_VAULT, VAULT
from backup_slr.lifecycle.emulation.emulated_records import HELD_VAULTS
from backup_slr.lifecycle.extensions.legal_hold import NOTHING_TO_HOLD
from backup_slr.lifecycle.inventory_policies import DELETE_POINT, DELETE_POLICY, DELETE_VAULT, DENIED, PUT_POLICY
from backup_slr.lifecycle.vocabulary import NO_SUCH_VAULT

NO_ACCESS_POLICY = ErrorAnswer(
    "ResourceNotFoundException", "No policy is attached to the backup vault {BackupVaultName}"
)
NO_PLAN = ErrorAnswer("ResourceNotFoundException", "Backup plan does not exist: {BackupPlanId}")
NO_SELECTION = ErrorAnswer("ResourceNotFoundException", "Selection does not exist: {SelectionId}")
HAS_SELECTIONS = ErrorAnswer(
    "InvalidRequestException", "Related backup plan selections must be deleted prior to backup plan deletion"
)
NO_HOLD = ErrorAnswer("ResourceNotFoundException", "Legal hold does not exist: {LegalHoldId}")
NO_COPY = ErrorAnswer("ResourceNotFoundException", "Copy job does not exist: {CopyJobId}")
PLAN, HOLD = Find("plan", {"id": "{BackupPlanId}"}, NO_PLAN), Find("hold", {"id": "{LegalHoldId}"}, NO_HOLD)
AT_FOUND = ("{region}", "{vault}")
SELECTIONS = Each(("selection",), {"plan": "{BackupPlanId}"})
POLICY = {"vault": {"Policy": "{Policy}"}}
UNDOCUMENTED = dict.fromkeys((NO_SUCH_VAULT.id, NOTHING_TO_HOLD.id), "InvalidParameterValueException")
"""Errors that these operations do list, where AWS does not say which one they answer."""
RETENTION = {"MinRetentionDays": "{MinRetentionDays}", "MaxRetentionDays": "{MaxRetentionDays}"}


def _one(operation: str, *cases: OperationCase) -> EmulatedOperation:
    return EmulatedOperation(f"backup:{operation}", cases)


def _locks_out(how: str, *denied: tuple[str, ...]) -> OperationCase:
    """A policy that denies its own replacement, and one of the operations in each of the others."""
    when = tuple(Showing("Policy", "denies", operations) for operations in (*denied, (PUT_POLICY,)))
    return OperationCase(
        when=when, action="lock_out_by_access_policy", place=HERE, inputs={"locks_out": how}, attributes=POLICY
    )


ACCESS_POLICIES = (
    _one(
        "GetBackupVaultAccessPolicy",
        OperationCase(
            Of("vault"), finds=(VAULT, Find("vault", {"vault": "{BackupVaultName}", "Policy": "*"}, NO_ACCESS_POLICY))
        ),
    ),
    _one(
        "PutBackupVaultAccessPolicy",
        _locks_out("deletions", (DELETE_VAULT,), (DELETE_POLICY,)),
        _locks_out("points", (DELETE_POINT,), (DELETE_POLICY,)),
        _locks_out("until_deleted", DENIED),
        OperationCase(
            when=(Showing("Policy", "denies", DENIED),), action="deny_deletions", place=HERE, attributes=POLICY
        ),
        OperationCase(action="replace_access_policy", place=HERE, attributes=POLICY),
    ),
    _one(
        "DeleteBackupVaultAccessPolicy",
        OperationCase(action="delete_access_policy", place=HERE, attributes={"vault": {"Policy": None}}),
    ),
)

LOCKS = (
    _one(
        "PutBackupVaultLockConfiguration",
        OperationCase(
            when=(Showing("ChangeableForDays", "set"),),
            action="lock_vault",
            place=HERE,
            inputs={"lock_mode": "compliance"},
            attributes={"vault": {**RETENTION, "LockDate": DaysFromNow("{ChangeableForDays}")}},
        ),
        OperationCase(
            action="lock_vault", place=HERE, inputs={"lock_mode": "governance"}, attributes={"vault": RETENTION}
        ),
    ),
    _one("DeleteBackupVaultLockConfiguration", OperationCase(action="unlock_vault", place=HERE)),
    _one(
        "CreateLogicallyAirGappedBackupVault",
        OperationCase(Of("vault"), action="create_air_gapped_vault", place=HERE, attributes={"vault": RETENTION}),
    ),
)

HOLDS = (
    _one(
        "CreateLegalHold",
        OperationCase(
            Of("hold"),
            when=(Showing("RecoveryPointSelection.VaultNames.0", "set"),),
            action="place_legal_hold",
            place=("{region}", "{RecoveryPointSelection.VaultNames.0}"),
            attributes={"hold": {"Title": "{Title}", "Description": "{Description}"}},
            codes=UNDOCUMENTED,
        ),
    ),
    _one("ListLegalHolds", OperationCase({"LegalHolds": Each(("hold",), distinct="{id}")})),
    _one("GetLegalHold", OperationCase(Of("hold"), finds=(HOLD,))),
    _one("CancelLegalHold", OperationCase(finds=(HOLD,), action="cancel_legal_hold", place=AT_FOUND, also=HELD_VAULTS)),
    _one(
        "ListRecoveryPointsByLegalHold",
        OperationCase({"RecoveryPoints": Each(("point",), {"vault": HELD_VAULTS})}, finds=(HOLD,)),
    ),
)

PLANS = (
    _one(
        "CreateBackupPlan",
        OperationCase(
            Of("plan"),
            action="create_backup_plan",
            place=("{region}", "{BackupPlan.Rules.0.TargetBackupVaultName}"),
            attributes={"plan": {"BackupPlanName": "{BackupPlan.BackupPlanName}"}},
            codes=UNDOCUMENTED,
        ),
    ),
    _one(
        "CreateBackupSelection",
        OperationCase(
            Of("selection"),
            finds=(PLAN,),
            action="create_backup_plan",
            place=AT_FOUND,
            makes="selection",
            attributes={
                "selection": {
                    "plan": "{BackupPlanId}",
                    "SelectionName": "{BackupSelection.SelectionName}",
                    "IamRoleArn": "{BackupSelection.IamRoleArn}",
                }
            },
        ),
    ),
    _one("ListBackupPlans", OperationCase({"BackupPlansList": Each(("plan",))})),
    _one("GetBackupPlan", OperationCase(Of("plan"), finds=(PLAN,))),
    _one("ListBackupSelections", OperationCase({"BackupSelectionsList": SELECTIONS}, finds=(PLAN,))),
    _one(
        "DeleteBackupSelection",
        OperationCase(
            finds=(Find("selection", {"id": "{SelectionId}", "plan": "{BackupPlanId}"}, NO_SELECTION),),
            ends="selection",
        ),
    ),
    _one(
        "DeleteBackupPlan",
        OperationCase(finds=(Find("selection", {"plan": "{BackupPlanId}"}),), fails=HAS_SELECTIONS),
        OperationCase(Of("plan"), finds=(PLAN,), action="delete_backup_plan", place=AT_FOUND),
    ),
)

COPIES = (
    _one(
        "StartCopyJob",
        OperationCase(
            Of("copy-out"),
            action="start_copy_out",
            place=("{region}", "{SourceBackupVaultName}"),
            codes={NO_SUCH_VAULT.id: NO_VAULT.code},
        ),
    ),
    _one(
        "DescribeCopyJob",
        *(
            OperationCase({"CopyJob": Of(name)}, finds=(Find(name, {"id": "{CopyJobId}"}),))
            for name in ("copy-into", "copy-out")
        ),
        OperationCase(fails=NO_COPY),
    ),
)

OPERATIONS = (*ACCESS_POLICIES, *LOCKS, *HOLDS, *PLANS, *COPIES)
