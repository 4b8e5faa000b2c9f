"""What must follow from the rules: each property is a sentence, and a formula that says the same.

`core.rule.Property` explains the five kinds. The properties are the same under every reading of the assumptions:
where one depends on a reading, `check --assume` shows it. Here stands what always holds, of states and of steps; what
can happen and what comes in the end stands in `outlook`.
"""

from __future__ import annotations

from backup_slr.core.formula import After, Does, Ends, Every, Unchanged
from backup_slr.core.rule import Property
from backup_slr.lifecycle.answers import ANSWERS
from backup_slr.lifecycle.outlook import EVENTUALLY, POSSIBLE, SOMETIMES
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
    role,
    using_role,
    v,
    vault,
    via,
)

ABSENT, PRESENT, DELETING = role.is_("absent"), role.is_("present"), role.is_("deleting")
DONE, REFUSED, FAILED = Ends(("done",)), Ends(("refused",)), Ends(("failed",))
EVERYTHING = ("role", "description", "cross_account", "efs_automatic_backup", "vault", "points", "job")
NOTHING_NEEDS_IT = Every((r, v), ~vault[r, v] & points[r, v].is_zero() & ~job[r, v])

TRIGGERS = (
    "list_resources",
    "set_up_cross_account_backup",
    "perform_efs_automatic_backup",
    "use_feature_from_another_service",
)

# What a proof by induction needs where the usage is looked at when the deletion is asked for, and only there.
NO_JOB_WHILE_DELETING = Property(
    "always",
    "No job runs while the role is being deleted",
    DELETING.implies(~using_role),
    ("ASSUME-USAGE-CHECK",),
)
NO_POINTS_WHILE_DELETING = Property(
    "always",
    "No recovery point is left while the role is being deleted",
    DELETING.implies(Every((r, v), points[r, v].is_zero())),
    ("ASSUME-USAGE-CHECK",),
    by=(NO_JOB_WHILE_DELETING,),
)

A_JOB_HAS_A_ROLE = Property(
    "always",
    "A running job has a role",
    Every((r, v), job[r, v].implies(~ABSENT)),
    ("ROLE-2", "ASSUME-JOB"),
    by=(NO_JOB_WHILE_DELETING,),
)
POINTS_LIE_IN_VAULTS = Property(
    "always",
    "Recovery points lie in vaults",
    Every((r, v), points[r, v].is_zero() | vault[r, v]),
    ("CLEAN-1", "CLEAN-2"),
)
NO_ROLE_NO_DESCRIPTION = Property(
    "always",
    "A role that is not there has no description of its own",
    ABSENT.implies(description.is_("default")),
    ("ASSUME-FRESH",),
)

ALWAYS = (
    Property(
        "always",
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
        "step", "A refused request changes nothing", REFUSED.implies(Unchanged(EVERYTHING)), ("CLEAN-3", "PERM-1")
    ),
    Property(
        "step",
        "Nothing but its description can be edited",
        ~(Does(("rename_role", "edit_permissions_policy", "edit_trust_policy", "attach_policy_elsewhere")) & DONE),
        ("EDIT-1", "EDIT-2", "POLICY-1", "POLICY-2"),
    ),
    Property(
        "step",
        "Editing the description changes nothing else",
        Does(("edit_description",)).implies(Unchanged(tuple(n for n in EVERYTHING if n != "description"))),
        ("EDIT-1", "EDIT-3"),
    ),
    Property(
        "step",
        "An edited description is the edited one",
        (Does(("edit_description",)) & DONE).implies(After(description.is_("edited"))),
        ("EDIT-3",),
    ),
    Property(
        "step",
        "A permitted caller can edit the description of a present role",
        (Does(("edit_description",)) & permitted & PRESENT).implies(DONE),
        ("EDIT-3", "PERM-1"),
    ),
    Property(
        "step",
        "The role leaves only when nothing needs it",
        (~ABSENT & After(ABSENT)).implies(NOTHING_NEEDS_IT),
        ("DELETE-1", "DELETE-3", "CLEAN-1", "CLEAN-2", "REGION-1"),
    ),
    Property(
        "step",
        "The role leaves only at the end of a deletion task",
        (~ABSENT & After(ABSENT)).implies(Does(("finish_deletion_task",)) & DELETING),
        ("DELETE-4", "ASSUME-TASK"),
    ),
    Property(
        "step",
        "A deletion starts only when the deletion of a service-linked role is asked for",
        (~DELETING & After(DELETING)).implies(Does(("delete_service_linked_role",))),
        ("DELETE-4",),
    ),
    Property(
        "step",
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
        "Deleting a vault never deletes a recovery point",
        Does(("delete_backup_vault",)).implies(
            Unchanged(("points",)) & Every((r, v), After(~vault[r, v]).implies(points[r, v].is_zero()))
        ),
        ("CLEAN-1", "CLEAN-2"),
        by=(POINTS_LIE_IN_VAULTS,),
    ),
    Property(
        "step",
        "A deleted vault is gone",
        Every((r, v), (Does(("delete_backup_vault",), (r, v)) & DONE).implies(After(~vault[r, v]))),
        ("CLEAN-2", "CLEAN-6"),
    ),
    Property(
        "step",
        "A vault that was created is there",
        Every((r, v), (Does(("create_backup_vault",), (r, v)) & DONE).implies(After(vault[r, v]))),
        ("REGION-1",),
    ),
    Property(
        "step",
        "Only jobs make recovery points and only their deletion takes them away",
        Unchanged(("points",)) | Does(("finish_job", "delete_recovery_point")),
        ("CLEAN-1", "ASSUME-JOB"),
    ),
    Property(
        "step",
        "Nothing stands in the way of a deletion while the service does not use the role",
        ~(Does(("delete_recovery_point", "delete_backup_vault")) & Ends(("service-using-role",)) & ~using_role),
        ("CLEAN-3",),
    ),
    Property(
        "step",
        "While the service uses the role a deletion is refused only where it might be",
        (Does(("delete_recovery_point", "delete_backup_vault")) & ~collides).implies(~Ends(("service-using-role",))),
        ("CLEAN-3",),
    ),
    Property(
        "step",
        "Only the service assumes the role",
        (Does(("assume_role",)) & DONE).implies(by.is_("service")),
        ("TRUST-1", "TRUST-2"),
    ),
    Property(
        "step",
        "A caller without permission never creates, edits or deletes it",
        Does(tuple(rule.action for rule in RULES if rule.by == "person")).implies(
            permitted | Unchanged(("role", "description"))
        ),
        ("PERM-1",),
    ),
    Property(
        "step",
        "The console never deletes the default vault",
        via.is_("console").implies(Every((r,), vault[r, DEFAULT].implies(After(vault[r, DEFAULT])))),
        ("CLEAN-5",),
    ),
    Property(
        "step",
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
        "A trigger leaves the role present",
        (Does(TRIGGERS) & DONE & permitted & ~DELETING).implies(After(PRESENT)),
        ("CREATE-2", "CREATE-3", "CREATE-4", "CREATE-5", "CREATE-6"),
    ),
    Property(
        "step",
        "A trigger does not touch a role that is there",
        (Does(TRIGGERS) & PRESENT).implies(Unchanged(("role", "description"))),
        ("CREATE-2", "CREATE-3", "CREATE-4", "CREATE-6"),
    ),
    Property(
        "step",
        "The same trigger creates it again",
        (Does(TRIGGERS) & permitted & ABSENT).implies(DONE & After(PRESENT)),
        ("CREATE-5", "CREATE-7"),
    ),
    Property(
        "step",
        "A recreated role has its default description",
        (~PRESENT & After(PRESENT) & ~Does(("finish_deletion_task",))).implies(After(description.is_("default"))),
        ("CREATE-7", "ASSUME-FRESH"),
        by=(NO_ROLE_NO_DESCRIPTION,),
    ),
    Property(
        "step",
        "Cross-account backup is on after it was set up",
        (Does(("set_up_cross_account_backup",)) & DONE).implies(After(cross_account)),
        ("CREATE-3",),
    ),
    Property(
        "step",
        "EFS automatic backup is on in its Region after it was performed",
        Every((r,), (Does(("perform_efs_automatic_backup",), (r,)) & DONE).implies(After(efs_automatic_backup[r]))),
        ("CREATE-4", "REGION-1"),
    ),
    Property(
        "step",
        "The end of the role switches no feature off",
        Does(("finish_deletion_task",)).implies(Unchanged(("cross_account", "efs_automatic_backup"))),
        ("CREATE-7",),
    ),
    Property(
        "step",
        "A failed deletion leaves the role as it was",
        FAILED.implies(After(PRESENT) & Unchanged(tuple(n for n in EVERYTHING if n != "role"))),
        ("DELETE-1", "ASSUME-TASK"),
    ),
    Property(
        "step",
        "Asking for a deletion takes nothing away by itself",
        Does(("delete_service_linked_role",)).implies(Unchanged(tuple(n for n in EVERYTHING if n != "role"))),
        ("DELETE-1", "ASSUME-TASK"),
    ),
)

PROPERTIES: tuple[Property, ...] = (*ALWAYS, *STEP, *ANSWERS, *SOMETIMES, *EVENTUALLY, *POSSIBLE)
