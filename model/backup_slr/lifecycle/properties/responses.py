"""Responses: every refusal names a true reason, the first that applies, and a request changes only its target.

These properties are about responses, not about the state of accounts. Without them nothing would detect a refusal with
a wrong reason, a request refused for no reason, or an effect outside the target of a request. Each was added because a
mutant of the rules survived without it (``backup-slr mutate``).
"""

from __future__ import annotations

from backup_slr.engine.core.formula import After, Does, Every, Formula, Some, Unchanged
from backup_slr.engine.core.rule import Property
from backup_slr.lifecycle.predicates import (
    ABSENT,
    CONSOLE,
    DELETING,
    DONE,
    EMPTY,
    EVERYTHING,
    FAILED,
    GAINS_A_POINT,
    LAST_POINT,
    NOTHING_NEEDS_IT,
    ORDINARY,
    PRESENT,
    RECREATED_BY_CONSOLE,
    TRIGGERS,
    at_vault,
    everywhere,
    says,
)
from backup_slr.lifecycle.properties.first_reasons import FIRST_REASONS
from backup_slr.lifecycle.rules import RULES
from backup_slr.lifecycle.vocabulary import (
    DEFAULT,
    EFS_VAULT,
    cross_account,
    efs_automatic_backup,
    job,
    permitted,
    r,
    succeeds,
    using_role,
    v,
    vault,
)

ABOUT_A_VAULT = tuple(rule.action for rule in RULES if len(rule.place) == 2)


def but(*names: str) -> Formula:
    """Nothing but these variables changes."""
    return Unchanged(tuple(name for name in EVERYTHING if name not in names))


TRUE_REASONS = (
    Property(
        "step",
        "access_denied_is_truthful",
        "A request is refused for lack of permission only if the caller lacks it",
        says("not-permitted").implies(~permitted),
        ("PERM-1",),
    ),
    Property(
        "step",
        "not_found_is_truthful",
        "A not-found error names something that does not exist",
        says("no-such-role").implies(ABSENT)
        & says("no-deletion-task").implies(~DELETING)
        & everywhere(
            (at_vault(*ABOUT_A_VAULT) & says("no-such-vault")).implies(~vault[r, v])
            & (at_vault(*ABOUT_A_VAULT) & says("no-recovery-points")).implies(EMPTY)
            & (at_vault(*ABOUT_A_VAULT) & says("no-running-job")).implies(~job[r, v])
        ),
        ("ASSUME-EXISTENCE", "ASSUME-JOB"),
    ),
    Property(
        "step",
        "already_exists_is_truthful",
        "An already-exists error names something that exists",
        says("role-exists").implies(PRESENT)
        & says("role-being-deleted").implies(DELETING)
        & everywhere(
            (at_vault(*ABOUT_A_VAULT) & says("vault-exists")).implies(vault[r, v])
            & (at_vault(*ABOUT_A_VAULT) & says("job-already-running")).implies(job[r, v])
        ),
        ("ASSUME-EXISTENCE", "ASSUME-JOB", "ASSUME-TASK"),
    ),
    Property(
        "step",
        "resources_remain_is_truthful",
        "A deletion fails for remaining resources only if some remain",
        says("resources-remain").implies(Some((r, v), vault[r, v] | ~EMPTY))
        & everywhere((at_vault(*ABOUT_A_VAULT) & says("vault-has-recovery-points")).implies(~EMPTY)),
        ("CLEAN-1", "CLEAN-2"),
    ),
    Property(
        "step",
        "role_in_use_is_truthful",
        "A request is refused for use of the role only while the service uses it",
        says("service-using-role").implies(using_role),
        ("CLEAN-3", "DELETE-1"),
    ),
    Property(
        "step",
        "console_refusal_is_truthful",
        "Only the console refuses to delete a vault as the default one, and only the default vault",
        everywhere((at_vault(*ABOUT_A_VAULT) & says("default-vault-in-console")).implies(CONSOLE & v.is_(DEFAULT))),
        ("CLEAN-5",),
    ),
    Property(
        "step",
        "only_deletion_task_fails",
        "Only a deletion task can fail",
        FAILED.implies(Does(("finish_deletion_task",))),
        ("ASSUME-TASK",),
    ),
)

NO_REASON = (
    Property(
        "step",
        "feature_toggles_take_effect",
        "A permitted caller can turn features on and off",
        (Does(TRIGGERS) & permitted & PRESENT).implies(DONE)
        & (Does(("turn_off_cross_account_backup",)) & permitted).implies(DONE & After(~cross_account))
        & Every(
            (r,),
            (Does(("turn_off_efs_automatic_backup",), (r,)) & permitted).implies(
                DONE & After(~efs_automatic_backup[r])
            ),
        ),
        ("CREATE-3", "CREATE-4"),
    ),
    Property(
        "step",
        "permitted_creation_succeeds",
        "A permitted caller can create an absent role manually",
        (Does(("create_service_linked_role",)) & permitted & ABSENT).implies(DONE & After(PRESENT)),
        ("CREATE-1", "PERM-1"),
    ),
    Property(
        "step",
        "point_deletion_succeeds_without_use",
        "A recovery point can be deleted while the service does not use the role",
        everywhere(
            (at_vault("delete_recovery_point") & permitted & vault[r, v] & ~EMPTY & ~using_role).implies(
                DONE & (~LAST_POINT | After(EMPTY))
            )
        ),
        ("CLEAN-1", "CLEAN-7", "CLEAN-8"),
    ),
    Property(
        "step",
        "ordinary_vault_deletion_succeeds_without_use",
        "An empty ordinary vault can be deleted while the service does not use the role",
        everywhere(
            (at_vault("delete_backup_vault") & permitted & vault[r, v] & EMPTY & ORDINARY & ~using_role).implies(DONE)
        ),
        ("CLEAN-2", "CLEAN-7"),
    ),
    Property(
        "step",
        "jobs_start_and_end",
        "A job can start if the role and its vault exist, and a running job can end",
        everywhere(
            (at_vault("start_job") & PRESENT & vault[r, v] & ~job[r, v]).implies(DONE & After(job[r, v]))
            & (at_vault("finish_job") & job[r, v]).implies(DONE & After(~job[r, v]))
        ),
        ("ROLE-2", "CLEAN-4", "ASSUME-JOB"),
    ),
    Property(
        "step",
        "successful_job_leaves_recovery_point",
        "A job creates a recovery point if it succeeds and its vault exists, and otherwise none",
        everywhere(
            (at_vault("finish_job") & job[r, v] & GAINS_A_POINT).implies(After(~EMPTY) & ~Unchanged(("points",)))
        )
        & everywhere((at_vault("finish_job") & (~succeeds | ~vault[r, v])).implies(Unchanged(("points",)))),
        ("ASSUME-JOB",),
    ),
    Property(
        "step",
        "unneeded_role_is_deleted",
        "Deleting a role that nothing needs succeeds",
        (Does(("delete_service_linked_role",)) & permitted & (DELETING | (PRESENT & NOTHING_NEEDS_IT))).implies(
            DONE & After(DELETING)
        )
        & (Does(("finish_deletion_task",)) & DELETING & NOTHING_NEEDS_IT).implies(DONE & After(ABSENT)),
        ("DELETE-3", "DELETE-4", "ASSUME-TASK"),
    ),
)

NOTHING_ELSE = (
    Property(
        "step",
        "features_change_only_by_their_actions",
        "Only its own actions turn a feature on or off",
        (~cross_account & After(cross_account)).implies(Does(("set_up_cross_account_backup",)))
        & (cross_account & After(~cross_account)).implies(Does(("turn_off_cross_account_backup",)))
        & Every(
            (r,),
            (~efs_automatic_backup[r] & After(efs_automatic_backup[r])).implies(
                Does(("perform_efs_automatic_backup",), (r,))
            )
            & (efs_automatic_backup[r] & After(~efs_automatic_backup[r])).implies(
                Does(("turn_off_efs_automatic_backup",), (r,))
            ),
        ),
        ("CREATE-3", "CREATE-4", "CREATE-7"),
    ),
    Property(
        "step",
        "vaults_appear_only_by_their_actions",
        "Only a creation request, EFS automatic backup or the console creates a vault",
        everywhere(
            (~vault[r, v] & After(vault[r, v])).implies(
                at_vault("create_backup_vault")
                | (Does(("perform_efs_automatic_backup",), (r,)) & v.is_(EFS_VAULT))
                | RECREATED_BY_CONSOLE
            )
        ),
        ("REGION-1", "ASSUME-EFS-CREATES-ITS-VAULT"),
    ),
    Property(
        "step",
        "points_and_jobs_change_only_in_place",
        "Recovery points and jobs change only in the vault that an action is about",
        everywhere(
            (~job[r, v] & After(job[r, v])).implies(at_vault("start_job"))
            & (job[r, v] & After(~job[r, v])).implies(at_vault("finish_job"))
            & (EMPTY & After(~EMPTY)).implies(at_vault("finish_job"))
            & (~EMPTY & After(EMPTY)).implies(at_vault("delete_recovery_point"))
        ),
        ("CLEAN-1", "ASSUME-JOB", "REGION-1"),
    ),
    Property(
        "step",
        "requests_change_only_their_target",
        "A request changes only what it is about",
        Does(("turn_off_cross_account_backup",)).implies(but("cross_account"))
        & Does(("turn_off_efs_automatic_backup",)).implies(but("efs_automatic_backup"))
        & Does(("create_service_linked_role",)).implies(but("role", "description"))
        & Does(("create_backup_vault",)).implies(but("vault"))
        & Does(("delete_recovery_point",)).implies(but("vault", "points"))
        & Does(("delete_backup_vault",)).implies(but("vault"))
        & Does(("start_job",)).implies(but("job", "role"))
        & Does(("finish_job",)).implies(but("job", "points"))
        & Does(("finish_deletion_task",)).implies(but("role", "description"))
        & Does(("assume_role",)).implies(but()),
        ("EDIT-1", "CREATE-1", "CLEAN-1", "CLEAN-2", "TRUST-1"),
    ),
)

RESPONSES = (*TRUE_REASONS, *FIRST_REASONS, *NO_REASON, *NOTHING_ELSE)
