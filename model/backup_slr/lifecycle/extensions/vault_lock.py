"""The extension ``vault-lock``: AWS Backup Vault Lock, and logically air-gapped vaults, which are locked from birth.

A lock blocks the deletion of recovery points, not that of an empty vault. A person can remove it in governance mode,
and in compliance mode during the grace time. After that only the end of retention periods empties the vault.
"""

from backup_slr.engine.core.formula import TRUE, After, Does, Ends, Some
from backup_slr.engine.core.rule import Guard, Property, Refusal, Rule
from backup_slr.engine.core.variable import Enum
from backup_slr.engine.spec.extension import AddedEffects, AddedGuard, Amendment, Extension, Restriction
from backup_slr.engine.spec.processes import Activity
from backup_slr.lifecycle.assumptions import CONSOLE_VISIT_RECREATES_DEFAULT_VAULT
from backup_slr.lifecycle.extensions.order import LOCK
from backup_slr.lifecycle.extensions.retention import (
    NEEDS_A_POINT,
    RETENTION,
    RETENTION_ENDS,
    RETENTIONS_END,
    kept_forever,
)
from backup_slr.lifecycle.extensions.statements import (
    NO_VAULT_CASE,
    NOT_PERMITTED_CASE,
    answers,
    blocks,
    changes_only,
    operator_does,
)
from backup_slr.lifecycle.extensions.vault_lock_clauses import CLAUSES, CONVENTIONS
from backup_slr.lifecycle.guards import BACKUP_PERMISSION, CONSOLE_VISIT_HERE, NEEDS_VAULT, NEW_VAULT
from backup_slr.lifecycle.predicates import BY_OPERATOR, EMPTY, RECREATED_BY_CONSOLE, at_vault, everywhere
from backup_slr.lifecycle.properties.invariants import POINTS_LIE_IN_VAULTS
from backup_slr.lifecycle.vocabulary import (
    A_VAULT,
    EFS_VAULT,
    REGION,
    VAULT,
    VAULT_EXISTS,
    VAULT_NAME_RESERVED,
    permitted,
    r,
    v,
    vault,
    via,
)

lock = Enum(
    "lock",
    ("none", "governance", "grace", "compliance", "air_gapped"),
    per=(REGION, VAULT),
    reads=(
        "the vault is not locked",
        "the vault is locked in governance mode",
        "the vault is locked in compliance mode, and its grace time runs",
        "the vault is locked in compliance mode for good",
        "the vault is logically air-gapped",
    ),
    reads_not=(
        "the vault is locked",
        "the vault is not locked in governance mode",
        "no grace time runs",
        "no lock in compliance mode is past its grace time",
        "the vault is not logically air-gapped",
    ),
    owner=A_VAULT,
)
UNLOCKED, GOVERNANCE, GRACE, COMPLIANCE, AIR_GAPPED = (lock[r, v].is_(value) for value in lock.values)
IMMUTABLE = COMPLIANCE | AIR_GAPPED

lock_mode = Enum(
    "lock_mode",
    ("governance", "compliance"),
    kind="parameter",
    reads=("the lock is to be in governance mode", "the lock is to be in compliance mode"),
    reads_not=("the lock is to be in compliance mode", "the lock is to be in governance mode"),
)

VAULT_LOCKED = Refusal("vault-locked", "the vault is locked", "InvalidRequestException")
LOCK_IS_IMMUTABLE = Refusal("lock-is-immutable", "the lock of the vault is immutable", "InvalidRequestException")
UNLOCKED_VAULT = Guard(UNLOCKED, VAULT_LOCKED, "LOCK-1", stratum=LOCK)
NO_LOCK = Refusal("no-lock", "the vault is not locked", "ResourceNotFoundException", absent=True)
NO_GRACE_TIME = Refusal("no-grace-time", "no grace time is running", None, absent=True)

LOCK_VAULT, UNLOCK_VAULT, GRACE_ENDS, CREATE = (
    "lock_vault",
    "unlock_vault",
    "grace_time_ends",
    "create_air_gapped_vault",
)
DELETE = ("delete_recovery_point",)

CREATED_BY_THE_VISIT = Guard(
    ~RECREATED_BY_CONSOLE,
    VAULT_EXISTS,
    CONSOLE_VISIT_RECREATES_DEFAULT_VAULT.id,
    CONSOLE_VISIT_RECREATES_DEFAULT_VAULT.read_as("yes"),
)
"""The console creates the default vault, as an ordinary one, before anyone can ask it for an air-gapped one."""

RULES = (
    Rule(
        LOCK_VAULT,
        "lock a vault",
        by="person",
        operations=("backup:PutBackupVaultLockConfiguration",),
        clauses=("LOCK-2", "LOCK-3", "LOCK-5"),
        place=(r, v),
        inputs=(permitted, via, lock_mode),
        guards=(BACKUP_PERMISSION, NEEDS_VAULT, Guard(~IMMUTABLE, LOCK_IS_IMMUTABLE, "LOCK-6")),
        effects=(
            CONSOLE_VISIT_HERE,
            lock[r, v].becomes("governance", clause="LOCK-3", when=lock_mode.is_("governance")),
            lock[r, v].becomes("grace", clause="LOCK-3", when=lock_mode.is_("compliance")),
        ),
    ),
    Rule(
        UNLOCK_VAULT,
        "remove the lock of a vault",
        by="person",
        operations=("backup:DeleteBackupVaultLockConfiguration",),
        clauses=("LOCK-4", "LOCK-5", "LOCK-7"),
        place=(r, v),
        inputs=(permitted, via),
        guards=(
            BACKUP_PERMISSION,
            NEEDS_VAULT,
            Guard(~UNLOCKED, NO_LOCK, "ASSUME-EXISTENCE"),
            Guard(~IMMUTABLE, LOCK_IS_IMMUTABLE, "LOCK-7"),
        ),
        effects=(
            CONSOLE_VISIT_HERE,
            lock[r, v].becomes("none", clause="LOCK-4", when=GOVERNANCE),
            lock[r, v].becomes("none", clause="LOCK-5", when=GRACE),
        ),
    ),
    Rule(
        CREATE,
        "create a logically air-gapped vault",
        by="person",
        operations=("backup:CreateLogicallyAirGappedBackupVault",),
        clauses=("AIRGAP-1", "AIRGAP-2"),
        place=(r, v),
        inputs=(permitted, via),
        guards=(BACKUP_PERMISSION, CREATED_BY_THE_VISIT, *NEW_VAULT),
        effects=(
            CONSOLE_VISIT_HERE,
            vault[r, v].becomes(True, clause="AIRGAP-1"),
            lock[r, v].becomes("air_gapped", clause="AIRGAP-1"),
        ),
    ),
    Rule(
        GRACE_ENDS,
        "the grace time of a lock ends",
        by="service",
        operations=(),
        clauses=("LOCK-6", "LOCK-8"),
        place=(r, v),
        guards=(Guard(GRACE, NO_GRACE_TIME, "LOCK-6"),),
        effects=(lock[r, v].becomes("compliance", clause="LOCK-6"),),
    ),
)

OPERATOR_UNLOCKS = operator_does("the operator removes every lock that can be removed", UNLOCK_VAULT)

BELONG_TO_VAULTS = Property(
    "always",
    "locks_belong_to_vaults",
    "Only a vault that exists is locked",
    everywhere(vault[r, v] | UNLOCKED),
    ("ASSUME-LOCK",),
)

PROPERTIES = (
    Property(
        "step",
        "locked_points_stay",
        "No request deletes a recovery point of a locked vault, and only a locked vault is named as the reason",
        blocks(DELETE, ~UNLOCKED, VAULT_LOCKED.id),
        ("LOCK-1", "LOCK-2"),
    ),
    Property(
        "step",
        "locks_are_set_on_request",
        "A permitted caller can lock a vault and change its lock until the lock is immutable",
        answers(
            (LOCK_VAULT,),
            NOT_PERMITTED_CASE,
            NO_VAULT_CASE,
            (IMMUTABLE, LOCK_IS_IMMUTABLE.id),
            done=(~lock_mode.is_("governance") | After(GOVERNANCE)) & (~lock_mode.is_("compliance") | After(GRACE)),
        ),
        ("LOCK-3", "LOCK-5", "LOCK-6"),
    ),
    Property(
        "step",
        "locks_are_removed_on_request",
        "A permitted caller can remove a lock until it is immutable",
        answers(
            (UNLOCK_VAULT,),
            NOT_PERMITTED_CASE,
            NO_VAULT_CASE,
            (UNLOCKED, NO_LOCK.id),
            (IMMUTABLE, LOCK_IS_IMMUTABLE.id),
            done=After(UNLOCKED),
        ),
        ("LOCK-4", "LOCK-5", "LOCK-7"),
    ),
    Property(
        "step",
        "grace_time_leads_to_compliance",
        "The end of its grace time makes a lock in compliance mode immutable",
        answers((GRACE_ENDS,), (~GRACE, NO_GRACE_TIME.id), done=After(COMPLIANCE)),
        ("LOCK-6",),
    ),
    Property(
        "step",
        "air_gapped_vaults_are_born_locked",
        "A permitted caller can create a logically air-gapped vault, which is locked at once, and no other vault",
        answers(
            (CREATE,),
            NOT_PERMITTED_CASE,
            (vault[r, v], VAULT_EXISTS.id),
            (v.is_(EFS_VAULT), VAULT_NAME_RESERVED.id),
            (RECREATED_BY_CONSOLE & Ends((VAULT_EXISTS.id,)), VAULT_EXISTS.id),
            done=After(vault[r, v] & AIR_GAPPED),
        )
        & everywhere(
            (Does((CREATE,)) & ~vault[r, v] & After(vault[r, v])).implies(at_vault(CREATE) | RECREATED_BY_CONSOLE)
        ),
        ("AIRGAP-1",),
    ),
    Property(
        "step",
        "locks_change_only_by_their_actions",
        "A lock changes only by actions on its vault, and an immutable one only with the deletion of the vault",
        everywhere(
            (UNLOCKED & After(~UNLOCKED)).implies(at_vault(LOCK_VAULT, CREATE))
            & (GOVERNANCE & After(~GOVERNANCE)).implies(at_vault(LOCK_VAULT, UNLOCK_VAULT, "delete_backup_vault"))
            & (GRACE & After(~GRACE)).implies(at_vault(LOCK_VAULT, UNLOCK_VAULT, GRACE_ENDS, "delete_backup_vault"))
            & (IMMUTABLE & After(~IMMUTABLE)).implies(at_vault("delete_backup_vault"))
        )
        & changes_only((LOCK_VAULT, UNLOCK_VAULT), "lock", "vault", own=(lock, kept_forever))
        & changes_only((CREATE,), "lock", "vault", own=(lock, kept_forever))
        & changes_only((GRACE_ENDS,), "lock", own=(lock, kept_forever)),
        ("LOCK-6", "LOCK-8"),
        by=(BELONG_TO_VAULTS,),
    ),
    BELONG_TO_VAULTS,
    Property(
        "always",
        "air_gapped_vaults_keep_nothing_forever",
        "No recovery point of a logically air-gapped vault is kept without end",
        everywhere(~(AIR_GAPPED & kept_forever[r, v])),
        ("AIRGAP-2",),
        by=(NEEDS_A_POINT, POINTS_LIE_IN_VAULTS),
    ),
)

VAULT_LOCK = Extension(
    "vault-lock",
    "vaults can be locked, in governance or compliance mode, and no request deletes what a locked vault holds",
    pages=("AWS Backup Vault Lock", "DeleteBackupVaultLockConfiguration", "Logically air-gapped vault"),
    requires=(RETENTION,),
    state=(lock,),
    rules=RULES,
    guards=(AddedGuard(DELETE, "before service-using-role", UNLOCKED_VAULT),),
    effects=(AddedEffects("delete_backup_vault", (lock[r, v].becomes("none", clause="ASSUME-LOCK", when=~UNLOCKED),)),),
    restrictions=(Restriction("finish_job", "kept_forever", ~AIR_GAPPED),),
    amendments=(
        Amendment(
            ("collision_is_reported", "point_deletion_succeeds_without_use"),
            "A recovery point of a locked vault cannot be deleted.",
            unless=Some((r, v), at_vault(*DELETE) & ~UNLOCKED),
        ),
        Amendment(
            ("vaults_appear_only_by_their_actions",),
            "A logically air-gapped vault is created by a request of its own.",
            unless=Does((CREATE,)),
        ),
        Amendment(
            ("cleanup_ends_without_role",),
            "The operator removes the locks that can be removed, and waits until the other vaults are empty.",
            meanwhile=Does((GRACE_ENDS, RETENTION_ENDS)) | (Does((UNLOCK_VAULT,)) & BY_OPERATOR),
            fair=(RETENTIONS_END, OPERATOR_UNLOCKS),
        ),
        Amendment(
            ("retries_suffice_without_new_work", "retried_deletion_succeeds"),
            "While the operator retries, the vault can be locked, or a job can add a recovery point to a locked vault.",
            unless=After(~UNLOCKED & ~EMPTY),
        ),
    ),
    properties=PROPERTIES,
    clauses=CLAUSES,
    conventions=CONVENTIONS,
    place_definitions={"is_locked": ~UNLOCKED, "has_immutable_lock": IMMUTABLE},
    abstracts=(("open", UNLOCKED | EMPTY), ("person", ~IMMUTABLE), ("never", kept_forever[r, v]), ("time", TRUE)),
    activity=Activity(clocks={GRACE_ENDS: 72 * 60.0}),
)
