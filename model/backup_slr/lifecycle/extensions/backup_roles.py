"""The extension ``backup-roles``: jobs and recovery points under a role of the customer's own.

In the page's own rules every job uses the service-linked role, so that no recovery point exists without it. A job can
also run under a role that the customer chose in the backup plan. It needs only its vault, and its recovery points exist
whether or not the service-linked role does. They have variables of their own, since they reach states that the page's
rules do not have.

Deleting such a recovery point uses the service-linked role. If that is absent, the request creates it; if it may not,
the request succeeds all the same, and the recovery point stays. So the permission to send a request and the permission
to create the role are two.
"""

from __future__ import annotations

from backup_slr.engine.core.formula import TRUE, After, Does, Ends, Some, Unchanged
from backup_slr.engine.core.rule import Fair, Guard, Property
from backup_slr.engine.core.variable import Reading
from backup_slr.engine.spec.documentation import Clause
from backup_slr.engine.spec.extension import AddedEffects, AddedGuard, Amendment, Extension, Restriction
from backup_slr.engine.spec.processes import Activity
from backup_slr.lifecycle import assumptions as assume
from backup_slr.lifecycle.extensions.backup_roles_actions import (
    DELETE,
    DELETED_WITH_THE_ROLE,
    EFS_TRIGGER,
    FINISH,
    GAINS_A_POINT,
    MAY_NOT_CREATE_ROLE,
    NO_OWN_POINTS,
    OWN_EMPTY,
    RULES,
    START,
    may_create_role,
    own_job,
    own_points,
)
from backup_slr.lifecycle.extensions.order import CONTENT, PERMISSION
from backup_slr.lifecycle.extensions.statements import (
    NO_VAULT_CASE,
    NOT_PERMITTED_CASE,
    answers,
    changes_only,
    operator_does,
)
from backup_slr.lifecycle.guards import AT_SUBMIT, AT_TASK_END
from backup_slr.lifecycle.predicates import ABSENT, BY_OPERATOR, DELETING, DONE, PRESENT, TRIGGERS, at_vault, everywhere
from backup_slr.lifecycle.vocabulary import (
    JOB_ALREADY_RUNNING,
    NO_RECOVERY_POINTS,
    NO_RUNNING_JOB,
    RESOURCES_REMAIN,
    SERVICE_USING_ROLE,
    VAULT_HAS_RECOVERY_POINTS,
    collides,
    permitted,
    r,
    succeeds,
    using_role,
    v,
    vault,
)

DIRECT = tuple(action for action in TRIGGERS if action != EFS_TRIGGER)
"""The triggers that create the role with the permission of their caller; EFS may have its own."""


def creation(actions: tuple[str, ...], refused: tuple[Reading, ...]) -> tuple[AddedGuard, ...]:
    """Without the permission to create the role, a trigger that would create it is refused, where that is `refused`."""
    recreates = assume.TRIGGER_WHILE_DELETING.read_as("recreates")
    return tuple(
        AddedGuard(
            actions,
            "after not-permitted",
            Guard(may_create_role | ~creates, MAY_NOT_CREATE_ROLE, "PERM-1", refused + under, stratum=PERMISSION),
        )
        for creates, under in ((ABSENT, ()), (DELETING, recreates))
    )


GUARDS = (
    *creation(DIRECT, assume.TRIGGER_WITHOUT_PERMISSION.read_as("refused")),
    *creation((EFS_TRIGGER,), assume.EFS_TRIGGER_WITHOUT_PERMISSION.read_as("refused")),
    AddedGuard(
        ("delete_backup_vault",),
        "after vault-has-recovery-points",
        Guard(OWN_EMPTY, VAULT_HAS_RECOVERY_POINTS, "ASSUME-OWN-POINTS", stratum=CONTENT),
    ),
    AddedGuard(
        ("delete_service_linked_role",),
        "after resources-remain",
        Guard(
            DELETING | NO_OWN_POINTS,
            RESOURCES_REMAIN,
            "ASSUME-OWN-POINTS",
            AT_SUBMIT,
            error_code="DeleteConflict",
            stratum=CONTENT,
        ),
    ),
    AddedGuard(
        ("finish_deletion_task",),
        "after resources-remain",
        Guard(NO_OWN_POINTS, RESOURCES_REMAIN, "ASSUME-OWN-POINTS", AT_TASK_END, fails=True, stratum=CONTENT),
    ),
)

KEEPS_VAULT = Some((r, v), at_vault("delete_backup_vault") & ~OWN_EMPTY)

PROPERTIES = (
    Property(
        "always",
        "own_points_lie_in_vaults",
        "Every recovery point made under the customer's own role belongs to an existing vault",
        everywhere(OWN_EMPTY | vault[r, v]),
        ("ASSUME-OWN-POINTS",),
    ),
    Property(
        "sometimes",
        "own_points_need_no_role",
        "Recovery points made under the customer's own role can exist while the service-linked role is absent",
        ABSENT & ~NO_OWN_POINTS,
        ("OWN-1", "ASSUME-OWN-JOB"),
    ),
    Property(
        "step",
        "own_jobs_need_only_their_vault",
        "A job under the customer's own role can start if its vault exists, with or without the service-linked role",
        answers((START,), NO_VAULT_CASE, (own_job[r, v], JOB_ALREADY_RUNNING.id), done=After(own_job[r, v]))
        & answers((FINISH,), (~own_job[r, v], NO_RUNNING_JOB.id), done=After(~own_job[r, v])),
        ("OWN-1", "ASSUME-OWN-JOB"),
    ),
    Property(
        "step",
        "successful_own_job_leaves_recovery_point",
        "A job under the customer's own role creates a recovery point if it succeeds and its vault exists",
        everywhere(
            (at_vault(FINISH) & own_job[r, v] & GAINS_A_POINT).implies(After(~OWN_EMPTY) & ~Unchanged(("own_points",)))
            & (at_vault(FINISH) & ~GAINS_A_POINT).implies(Unchanged(("own_points",)))
        ),
        ("ASSUME-OWN-JOB",),
    ),
    Property(
        "step",
        "own_points_are_deleted_with_the_role",
        "Deleting a recovery point made under the customer's own role creates an absent service-linked role; if it "
        "may not, the request succeeds and the recovery point stays",
        answers(
            (DELETE,),
            NOT_PERMITTED_CASE,
            NO_VAULT_CASE,
            (OWN_EMPTY, NO_RECOVERY_POINTS.id),
            (using_role & collides, SERVICE_USING_ROLE.id),
            done=DELETED_WITH_THE_ROLE,
        ),
        ("OWN-2", "OWN-3", "OWN-4", "CLEAN-3"),
    ),
    Property(
        "step",
        "own_points_keep_their_vault",
        "A vault that holds recovery points made under the customer's own role is not deleted, whether or not the "
        "request collides",
        everywhere((at_vault("delete_backup_vault") & ~OWN_EMPTY).implies(~DONE & ~Ends((SERVICE_USING_ROLE.id,)))),
        ("CLEAN-1", "ASSUME-OWN-POINTS"),
    ),
    Property(
        "step",
        "own_points_keep_the_role",
        "The service-linked role is deleted only when no recovery point made under the customer's own role is left",
        (~ABSENT & After(ABSENT)).implies(NO_OWN_POINTS),
        ("CLEAN-1", "ASSUME-OWN-POINTS"),
    ),
    Property(
        "step",
        "creating_the_role_needs_its_permission",
        "A trigger creates an absent role only with the permission for that, and is refused for it only then",
        (Does(DIRECT) & ~may_create_role).implies(Unchanged(("role", "description")))
        & Ends((MAY_NOT_CREATE_ROLE.id,)).implies(permitted & ~may_create_role & ~PRESENT),
        ("PERM-1", "CREATE-5"),
    ),
    Property(
        "step",
        "own_jobs_and_points_change_only_by_their_actions",
        "Jobs and recovery points under the customer's own role change only by the actions on them, in their vault",
        everywhere(
            (~own_job[r, v] & After(own_job[r, v])).implies(at_vault(START))
            & (own_job[r, v] & After(~own_job[r, v])).implies(at_vault(FINISH))
            & (OWN_EMPTY & After(~OWN_EMPTY)).implies(at_vault(FINISH))
            & (~OWN_EMPTY & After(OWN_EMPTY)).implies(at_vault(DELETE))
        )
        & changes_only((START,), "own_job", own=(own_points, own_job))
        & changes_only((FINISH,), "own_job", "own_points", own=(own_points, own_job))
        & changes_only((DELETE,), "own_points", "role", "vault", own=(own_points, own_job)),
        ("ASSUME-OWN-JOB", "ASSUME-OWN-POINTS"),
    ),
)

BACKUP_ROLES = Extension(
    "backup-roles",
    "backup jobs can run under a role of the customer's own, and their recovery points need no service-linked role",
    pages=("Identity and access management in AWS Backup", "DeleteRecoveryPoint", "Using roles to back up and copy"),
    state=(own_points, own_job),
    rules=RULES,
    guards=GUARDS,
    effects=tuple(AddedEffects(action, inputs=(may_create_role,)) for action in TRIGGERS),
    restrictions=tuple(
        Restriction(action, variable, may_create_role) for action in DIRECT for variable in ("role", "description")
    ),
    amendments=(
        Amendment(
            (
                "resources_remain_is_truthful",
                "collision_is_reported",
                "ordinary_vault_deletion_succeeds_without_use",
                "cli_and_api_delete_empty_default_vault",
            ),
            "A vault also holds the recovery points made under the customer's own role.",
            unless=KEEPS_VAULT,
        ),
        Amendment(
            ("trigger_recreates_role", "trigger_leaves_role_present"),
            "A trigger does not create the role without the permission for that.",
            unless=Does(TRIGGERS) & ~may_create_role,
        ),
        Amendment(
            ("retried_deletion_succeeds",),
            "While the operator retries, a job under the customer's own role can leave a recovery point.",
            unless=After(~OWN_EMPTY),
        ),
        Amendment(
            ("cleanup_ends_without_role",),
            "The operator also deletes the recovery points made under the customer's own role.",
            meanwhile=Does((FINISH,)) | (Does((DELETE,)) & BY_OPERATOR),
            fair=(
                Fair("weak", at_vault(FINISH) & DONE, "every job under the customer's own role ends", each=(r, v)),
                operator_does("the operator deletes every recovery point made under the customer's own role", DELETE),
            ),
        ),
    ),
    properties=PROPERTIES,
    clauses=(
        Clause(
            "OWN-1",
            "rule",
            "AWS Backup works with the role that was chosen for the backed-up resources, and tries a service-linked "
            "role for the recovery points when that fails.",
            (
                "f2de0fdedef56e244bd5218041e67616f7e89204a6135691a5484ad141d1b335",
                "5fe52635b771dcfc984a0fafc6d6df3c6bf7dfdbe5cea9c8e0045504c97228ba",
            ),
            page="Identity and access management in AWS Backup",
        ),
        Clause(
            "OWN-2",
            "rule",
            "If a role lacks the permissions, the deletion is answered with success, and the recovery point stays as "
            "expired.",
            (
                "9ecd8d4c2f5c1d4ad4f76f0e020600493043afe15e221a4752b706ca21c7affc",
                "f0d2ce0a33da861bab9db973b8f0c33052391745080f3ec49b10bc641fdb7c45",
            ),
            page="DeleteRecoveryPoint",
        ),
        Clause(
            "OWN-3",
            "rule",
            "An expired recovery point can be deleted when its role may create service-linked roles.",
            ("e93ec1ed49b1e60d32c5d494075ff86fc80423aa73f9ff784f9cff021e0c4387",),
            page="DeleteRecoveryPoint",
        ),
        Clause(
            "OWN-4",
            "rule",
            "The service-linked role is also the one that deletes backups.",
            ("e7b1ea17e662ed228549457f64ad3ae3827165dd195d6766208b52979da7328b",),
            page="Using roles to back up and copy",
            seen="2025-10",
        ),
    ),
    excludes={
        **dict.fromkeys(
            ("obstacle", "legal-hold"),
            "it protects a vault only while the vault holds a recovery point that the service-linked role made, so "
            "that a vault with recovery points of the customer's own role alone could not be protected",
        ),
        **dict.fromkeys(
            ("deleting", "expired"),
            "a vault has one status for its recovery points, so that those of the customer's own role would need a "
            "second one",
        ),
        "copies": "a recovery point that a copy brings or uses is one that the service-linked role made",
        "policy-lockout": "it does not protect the recovery points that were made under the customer's own role",
    },
    abstracts=(("open", TRUE),),  # what can stay are recovery points of the customer's own role, a count of their own
    conventions={
        "ASSUME-OWN-JOB": "A job under the customer's own role needs its vault to start, and neither needs nor uses "
        "the service-linked role; at most one runs in a vault, beside a job that uses it.",
        "ASSUME-OWN-POINTS": "Recovery points made under the customer's own role, also expired ones, block the "
        "deletion of their vault and of the service-linked role like all others. Since July 5, 2021 the policy "
        "AWSBackupFullAccess allows its callers to create that role, so that deleting expired ones works.",
    },
    activity=Activity(clocks={START: None, FINISH: 60.0}, chances={succeeds.name: 1.0}),
)
