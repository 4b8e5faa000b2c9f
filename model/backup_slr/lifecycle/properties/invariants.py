"""Invariants: properties that hold in every reachable state, and those that hold in every step."""

from __future__ import annotations

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

# What a proof by induction needs where the usage is looked at when the deletion is asked for, and only there.
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
    "No recovery point is left while the role is being deleted",
    DELETING.implies(Every((r, v), points[r, v].is_zero())),
    ("ASSUME-USAGE-CHECK",),
    by=(NO_JOB_WHILE_DELETING,),
)

A_JOB_HAS_A_ROLE = Property(
    "always",
    "jobs_have_a_role",
    "A running job has a role",
    Every((r, v), job[r, v].implies(~ABSENT)),
    ("ROLE-2", "ASSUME-JOB"),
    by=(NO_JOB_WHILE_DELETING,),
)
POINTS_LIE_IN_VAULTS = Property(
    "always",
    "recovery_points_lie_in_vaults",
    "Recovery points lie in vaults",
    Every((r, v), points[r, v].is_zero() | vault[r, v]),
    ("CLEAN-1", "CLEAN-2"),
)
NO_ROLE_NO_DESCRIPTION = Property(
    "always",
    "absent_role_has_no_description",
    "A role that is not there has no description of its own",
    ABSENT.implies(description.is_("default")),
    ("ASSUME-FRESH",),
)

ALWAYS = (
    Property(
        "always",
        "recovery_points_have_a_role",
        "Every recovery point has a role that can reach it",
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
        "Nothing of the role but its description can be edited",
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
        "An edited description is the edited one",
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
        "The role leaves only when nothing needs it",
        (~ABSENT & After(ABSENT)).implies(NOTHING_NEEDS_IT),
        ("DELETE-1", "DELETE-3", "CLEAN-1", "CLEAN-2", "REGION-1"),
    ),
    Property(
        "step",
        "role_leaves_only_by_deletion_task",
        "The role leaves only at the end of a deletion task",
        (~ABSENT & After(ABSENT)).implies(Does(("finish_deletion_task",)) & DELETING),
        ("DELETE-4", "ASSUME-TASK"),
    ),
    Property(
        "step",
        "role_deletion_starts_only_on_request",
        "A deletion starts only when the deletion of a service-linked role is asked for",
        (~DELETING & After(DELETING)).implies(Does(("delete_service_linked_role",))),
        ("DELETE-4",),
    ),
    Property(
        "step",
        "vault_leaves_only_empty_and_on_request",
        "A vault goes only when its deletion is asked for, and it is empty then",
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
        "A deleted vault is gone",
        Every((r, v), (Does(("delete_backup_vault",), (r, v)) & DONE).implies(After(~vault[r, v]))),
        ("CLEAN-2", "CLEAN-6"),
    ),
    Property(
        "step",
        "vault_creation_takes_effect",
        "A vault that was created is there",
        Every((r, v), (Does(("create_backup_vault",), (r, v)) & DONE).implies(After(vault[r, v]))),
        ("REGION-1",),
    ),
    Property(
        "step",
        "recovery_points_change_only_by_jobs_and_deletion",
        "Only jobs make recovery points and only their deletion takes them away",
        Unchanged(("points",)) | Does(("finish_job", "delete_recovery_point")),
        ("CLEAN-1", "ASSUME-JOB"),
    ),
    Property(
        "step",
        "no_collision_without_use",
        "Nothing stands in the way of a deletion while the service does not use the role",
        ~(Does(("delete_recovery_point", "delete_backup_vault")) & Ends(("service-using-role",)) & ~using_role),
        ("CLEAN-3",),
    ),
    Property(
        "step",
        "collision_only_by_choice",
        "While the service uses the role a deletion is refused only where it might be",
        (Does(("delete_recovery_point", "delete_backup_vault")) & ~collides).implies(~Ends(("service-using-role",))),
        ("CLEAN-3",),
    ),
    Property(
        "step",
        "only_service_assumes_role",
        "Only the service assumes the role",
        (Does(("assume_role",)) & DONE).implies(by.is_("service")),
        ("TRUST-1", "TRUST-2"),
    ),
    Property(
        "step",
        "no_permission_no_change_of_role",
        "A caller without permission never creates, edits or deletes it",
        Does(tuple(rule.action for rule in RULES if rule.by == "person")).implies(
            permitted | Unchanged(("role", "description"))
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
        "The CLI and the API delete an empty default vault",
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
        "A permitted trigger leaves the role present, unless its deletion is pending",
        (Does(TRIGGERS) & DONE & permitted & ~DELETING).implies(After(PRESENT)),
        ("CREATE-2", "CREATE-3", "CREATE-4", "CREATE-5", "CREATE-6"),
    ),
    Property(
        "step",
        "trigger_keeps_existing_role",
        "A trigger does not touch a role that is there",
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
        "A recreated role has its default description",
        (~PRESENT & After(PRESENT) & ~Does(("finish_deletion_task",))).implies(After(description.is_("default"))),
        ("CREATE-7", "ASSUME-FRESH"),
        by=(NO_ROLE_NO_DESCRIPTION,),
    ),
    Property(
        "step",
        "cross_account_setup_takes_effect",
        "Cross-account backup is on after it was set up",
        (Does(("set_up_cross_account_backup",)) & DONE).implies(After(cross_account)),
        ("CREATE-3",),
    ),
    Property(
        "step",
        "efs_backup_takes_effect",
        "EFS automatic backup is on in its Region after it was performed",
        Every((r,), (Does(("perform_efs_automatic_backup",), (r,)) & DONE).implies(After(efs_automatic_backup[r]))),
        ("CREATE-4", "REGION-1"),
    ),
    Property(
        "step",
        "role_deletion_keeps_features",
        "The end of the role switches no feature off",
        Does(("finish_deletion_task",)).implies(Unchanged(("cross_account", "efs_automatic_backup"))),
        ("CREATE-7",),
    ),
    Property(
        "step",
        "failed_deletion_restores_role",
        "A failed deletion leaves the role as it was",
        FAILED.implies(After(PRESENT) & Unchanged(tuple(n for n in EVERYTHING if n != "role"))),
        ("DELETE-1", "ASSUME-TASK"),
    ),
    Property(
        "step",
        "deletion_request_removes_nothing",
        "Asking for a deletion takes nothing away by itself",
        Does(("delete_service_linked_role",)).implies(Unchanged(tuple(n for n in EVERYTHING if n != "role"))),
        ("DELETE-1", "ASSUME-TASK"),
    ),
)
