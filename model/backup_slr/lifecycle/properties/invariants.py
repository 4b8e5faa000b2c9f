"""Invariants: *always* properties of every reachable state, and *step* properties of every step from one."""

from backup_slr.engine.core.formula import After, Does, Ends, Every, Unchanged
from backup_slr.engine.core.rule import Property
from backup_slr.lifecycle.predicates import (
    ABSENT,
    DELETING,
    DONE,
    EVERYTHING,
    FAILED,
    NOTHING_NEEDS_IT,
    PRESENT,
    REFUSED,
    TRIGGERS,
)
from backup_slr.lifecycle.rules import RULES
from backup_slr.lifecycle.vocabulary import (
    DEFAULT,
    by,
    collides,
    cross_account,
    description,
    efs_automatic_backup,
    job,
    permitted,
    points,
    r,
    using_role,
    v,
    vault,
    via,
)

# A proof by induction needs these two where IAM checks the usage only when the deletion is requested.
NO_JOB_WHILE_DELETING = Property(
    "always",
    "no_job_while_deleting",
    "No job runs while the role is being deleted",
    DELETING.implies(~using_role),
    ("ASSUME-USAGE-CHECK",),
)
NO_POINTS_WHILE_DELETING = Property(
    "always",
    "no_points_while_deleting",
    "No recovery point exists while the role is being deleted",
    DELETING.implies(Every((r, v), points[r, v].is_zero())),
    ("ASSUME-USAGE-CHECK",),
    by=(NO_JOB_WHILE_DELETING,),
)

A_JOB_HAS_A_ROLE = Property(
    "always",
    "jobs_have_a_role",
    "While a job runs, the role exists",
    Every((r, v), job[r, v].implies(~ABSENT)),
    ("ROLE-2", "ASSUME-JOB"),
    by=(NO_JOB_WHILE_DELETING,),
)
POINTS_LIE_IN_VAULTS = Property(
    "always",
    "recovery_points_lie_in_vaults",
    "Every recovery point belongs to an existing vault",
    Every((r, v), points[r, v].is_zero() | vault[r, v]),
    ("CLEAN-1", "CLEAN-2"),
)
NO_ROLE_NO_DESCRIPTION = Property(
    "always",
    "absent_role_has_no_description",
    "An absent role has the default description",
    ABSENT.implies(description.is_("default")),
    ("ASSUME-FRESH",),
)

ALWAYS = (
    Property(
        "always",
        "recovery_points_have_a_role",
        "While recovery points exist, so does the role",
        Every((r, v), points[r, v].is_zero() | ~ABSENT),
        ("DELETE-1",),
        by=(A_JOB_HAS_A_ROLE, NO_POINTS_WHILE_DELETING),
    ),
    A_JOB_HAS_A_ROLE,
    POINTS_LIE_IN_VAULTS,
    NO_ROLE_NO_DESCRIPTION,
)

STEP = (
    Property(
        "step",
        "refused_requests_change_nothing",
        "A refused request changes nothing",
        REFUSED.implies(Unchanged(EVERYTHING)),
        ("CLEAN-3", "PERM-1"),
    ),
    Property(
        "step",
        "only_description_editable",
        "Only the description of the role can be edited",
        ~(Does(("rename_role", "edit_permissions_policy", "edit_trust_policy", "attach_policy_elsewhere")) & DONE),
        ("EDIT-1", "EDIT-2", "POLICY-1", "POLICY-2"),
    ),
    Property(
        "step",
        "edit_changes_description_only",
        "Editing the description changes nothing else",
        Does(("edit_description",)).implies(Unchanged(tuple(n for n in EVERYTHING if n != "description"))),
        ("EDIT-1", "EDIT-3"),
    ),
    Property(
        "step",
        "edit_takes_effect",
        "An edit changes the description",
        (Does(("edit_description",)) & DONE).implies(After(description.is_("edited"))),
        ("EDIT-3",),
    ),
    Property(
        "step",
        "permitted_edit_succeeds",
        "A permitted caller can edit the description of a present role",
        (Does(("edit_description",)) & permitted & PRESENT).implies(DONE),
        ("EDIT-3", "PERM-1"),
    ),
    Property(
        "step",
        "role_leaves_only_when_unneeded",
        "The role is deleted only when nothing needs it",
        (~ABSENT & After(ABSENT)).implies(NOTHING_NEEDS_IT),
        ("DELETE-1", "DELETE-3", "CLEAN-1", "CLEAN-2", "REGION-1"),
    ),
    Property(
        "step",
        "role_leaves_only_by_deletion_task",
        "The role is deleted only by a deletion task",
        (~ABSENT & After(ABSENT)).implies(Does(("finish_deletion_task",)) & DELETING),
        ("DELETE-4", "ASSUME-TASK"),
    ),
    Property(
        "step",
        "role_deletion_starts_only_on_request",
        "A deletion of the role starts only on request",
        (~DELETING & After(DELETING)).implies(Does(("delete_service_linked_role",))),
        ("DELETE-4",),
    ),
    Property(
        "step",
        "vault_leaves_only_empty_and_on_request",
        "A vault is deleted only on request, and only while it is empty",
        Every(
            (r, v),
            (vault[r, v] & After(~vault[r, v])).implies(
                Does(("delete_backup_vault",), (r, v)) & points[r, v].is_zero()
            ),
        ),
        ("CLEAN-1", "CLEAN-2"),
    ),
    Property(
        "step",
        "vault_deletion_keeps_recovery_points",
        "Deleting a vault never deletes a recovery point",
        Does(("delete_backup_vault",)).implies(
            Unchanged(("points",)) & Every((r, v), After(~vault[r, v]).implies(points[r, v].is_zero()))
        ),
        ("CLEAN-1", "CLEAN-2"),
        by=(POINTS_LIE_IN_VAULTS,),
    ),
    Property(
        "step",
        "vault_deletion_takes_effect",
        "A deleted vault no longer exists",
        Every((r, v), (Does(("delete_backup_vault",), (r, v)) & DONE).implies(After(~vault[r, v]))),
        ("CLEAN-2", "CLEAN-6"),
    ),
    Property(
        "step",
        "vault_creation_takes_effect",
        "A created vault exists",
        Every((r, v), (Does(("create_backup_vault",), (r, v)) & DONE).implies(After(vault[r, v]))),
        ("REGION-1",),
    ),
    Property(
        "step",
        "recovery_points_change_only_by_jobs_and_deletion",
        "Only jobs create recovery points, and only deletion requests delete them",
        Unchanged(("points",)) | Does(("finish_job", "delete_recovery_point")),
        ("CLEAN-1", "ASSUME-JOB"),
    ),
    Property(
        "step",
        "no_collision_without_use",
        "A deletion never collides while the service does not use the role",
        ~(Does(("delete_recovery_point", "delete_backup_vault")) & Ends(("service-using-role",)) & ~using_role),
        ("CLEAN-3",),
    ),
    Property(
        "step",
        "collision_only_by_choice",
        "A deletion is refused for use of the role only where the environment lets them collide",
        (Does(("delete_recovery_point", "delete_backup_vault")) & ~collides).implies(~Ends(("service-using-role",))),
        ("CLEAN-3",),
    ),
    Property(
        "step",
        "only_service_assumes_role",
        "Only AWS Backup can assume the role",
        (Does(("assume_role",)) & DONE).implies(by.is_("service")),
        ("TRUST-1", "TRUST-2"),
    ),
    Property(
        "step",
        "no_permission_no_change_of_role",
        "A caller without permission never creates, edits or deletes the role, but EFS may create it for them",
        Does(tuple(rule.action for rule in RULES if rule.by == "person")).implies(
            permitted
            | Unchanged(("role", "description"))
            | (Does(("perform_efs_automatic_backup",)) & ~PRESENT & After(PRESENT))
        ),
        ("PERM-1",),
    ),
    Property(
        "step",
        "console_never_deletes_default_vault",
        "The console never deletes the default vault",
        via.is_("console").implies(Every((r,), vault[r, DEFAULT].implies(After(vault[r, DEFAULT])))),
        ("CLEAN-5",),
    ),
    Property(
        "step",
        "cli_and_api_delete_empty_default_vault",
        "The CLI and the API can delete an empty default vault",
        Every(
            (r,),
            (
                Does(("delete_backup_vault",), (r, DEFAULT))
                & permitted
                & ~via.is_("console")
                & vault[r, DEFAULT]
                & points[r, DEFAULT].is_zero()
                & ~using_role
            ).implies(After(~vault[r, DEFAULT])),
        ),
        ("CLEAN-6", "CLEAN-7", "CLEAN-8"),
    ),
    Property(
        "step",
        "trigger_leaves_role_present",
        "After a permitted trigger the role is present, unless its deletion is pending",
        (Does(TRIGGERS) & DONE & permitted & ~DELETING).implies(After(PRESENT)),
        ("CREATE-2", "CREATE-3", "CREATE-4", "CREATE-5", "CREATE-6"),
    ),
    Property(
        "step",
        "trigger_keeps_existing_role",
        "A trigger does not change a role that exists",
        (Does(TRIGGERS) & PRESENT).implies(Unchanged(("role", "description"))),
        ("CREATE-2", "CREATE-3", "CREATE-4", "CREATE-6"),
    ),
    Property(
        "step",
        "trigger_recreates_role",
        "A permitted trigger creates an absent role",
        (Does(TRIGGERS) & permitted & ABSENT).implies(DONE & After(PRESENT)),
        ("CREATE-5", "CREATE-7"),
    ),
    Property(
        "step",
        "recreated_role_has_default_description",
        "A role that is created again has the default description",
        (~PRESENT & After(PRESENT) & ~Does(("finish_deletion_task",))).implies(After(description.is_("default"))),
        ("CREATE-7", "ASSUME-FRESH"),
        by=(NO_ROLE_NO_DESCRIPTION,),
    ),
    Property(
        "step",
        "cross_account_setup_takes_effect",
        "Setting up cross-account backup turns it on",
        (Does(("set_up_cross_account_backup",)) & DONE).implies(After(cross_account)),
        ("CREATE-3",),
    ),
    Property(
        "step",
        "efs_backup_takes_effect",
        "Turning on EFS automatic backup turns it on in its Region",
        Every((r,), (Does(("perform_efs_automatic_backup",), (r,)) & DONE).implies(After(efs_automatic_backup[r]))),
        ("CREATE-4", "REGION-1"),
    ),
    Property(
        "step",
        "role_deletion_keeps_features",
        "Deleting the role turns no feature off",
        Does(("finish_deletion_task",)).implies(Unchanged(("cross_account", "efs_automatic_backup"))),
        ("CREATE-7",),
    ),
    Property(
        "step",
        "failed_deletion_restores_role",
        "After a failed deletion the role is present and unchanged",
        FAILED.implies(After(PRESENT) & Unchanged(tuple(n for n in EVERYTHING if n != "role"))),
        ("DELETE-1", "ASSUME-TASK"),
    ),
    Property(
        "step",
        "deletion_request_removes_nothing",
        "A deletion request by itself deletes nothing",
        Does(("delete_service_linked_role",)).implies(Unchanged(tuple(n for n in EVERYTHING if n != "role"))),
        ("DELETE-1", "ASSUME-TASK"),
    ),
)
