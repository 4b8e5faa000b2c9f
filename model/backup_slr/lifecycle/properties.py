"""What must follow from the rules: each property is a sentence, and a formula that says the same.

`core.rule.Property` explains the five kinds. The properties are the same under every reading of the assumptions:
where one depends on a reading, `check --assume` shows it.
"""

from __future__ import annotations

from backup_slr.core.formula import After, Does, Ends, Every, Param, Some, Unchanged
from backup_slr.core.rule import Fair, Property
from backup_slr.lifecycle.rules import RULES
from backup_slr.lifecycle.vocabulary import (
    DEFAULT,
    REGION,
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
elsewhere = Param("elsewhere", REGION)
BY_SERVICE = Does(tuple(rule.action for rule in RULES if rule.by == "service"))

ALWAYS = (
    Property(
        "always",
        "Every recovery point has a role that can reach it",
        Every((r, v), points[r, v].is_zero() | ~ABSENT),
        ("DELETE-1",),
    ),
    Property("always", "A running job has a role", Every((r, v), job[r, v].implies(~ABSENT)), ("ROLE-2", "ASSUME-JOB")),
    Property(
        "always",
        "Recovery points lie in vaults",
        Every((r, v), points[r, v].is_zero() | vault[r, v]),
        ("CLEAN-1", "CLEAN-2"),
    ),
    Property(
        "always",
        "A role that is not there has no description of its own",
        ABSENT.implies(description.is_("default")),
        ("ASSUME-FRESH",),
    ),
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

SOMETIMES = (
    Property(
        "sometimes",
        "The role can be gone while a feature is still on",
        ABSENT & (cross_account | Some((r,), efs_automatic_backup[r])),
        ("CREATE-7", "DELETE-2"),
    ),
    Property(
        "sometimes",
        "A deletion can fail because of a Region nobody looked at",
        Ends(("resources-remain",)) & Every((v,), ~vault[r, v]) & Some((v,), vault[elsewhere, v]),
        ("REGION-1", "CLEAN-2"),
        earlier=Some((v,), vault[r, v]) & Some((v,), vault[elsewhere, v]),
        meanwhile=~Does(("delete_backup_vault", "delete_recovery_point"), (elsewhere,)),
        each=(r, elsewhere),
        needs=(("region", 2),),
    ),
    Property(
        "sometimes",
        "A vault found empty can be no longer empty when its deletion arrives",
        Does(("delete_backup_vault",), (r, v)) & Ends(("vault-has-recovery-points",)),
        ("CLEAN-1", "CLEAN-3"),
        earlier=vault[r, v] & points[r, v].is_zero(),
        meanwhile=BY_SERVICE,
        each=(r, v),
    ),
    Property(
        "sometimes",
        "A deletion can succeed while the service uses the role",
        Does(("delete_backup_vault", "delete_recovery_point")) & DONE & using_role,
        ("CLEAN-3",),
    ),
    Property(
        "sometimes",
        "The role can be there again after it was deleted",
        PRESENT,
        ("CREATE-7",),
        earlier=ABSENT & cross_account,
    ),
)

JOBS_END = Fair("weak", Does(("finish_job",), (r, v)) & DONE, "every job ends", each=(r, v))
TASKS_END = Fair("weak", Does(("finish_deletion_task",)) & ~REFUSED, "IAM ends every deletion task")
THERE = ~Ends(("no-such-vault", "no-recovery-points", "no-such-role"))
DELETION = Does(("delete_backup_vault", "delete_recovery_point"), (r, v))
RETRIED = DELETION & permitted & via.is_("cli")

CLEANING = Does(("delete_recovery_point", "delete_backup_vault")) & permitted & via.is_("cli")
ASKING = Does(("delete_service_linked_role",)) & permitted & via.is_("cli")

EVENTUALLY = (
    Property(
        "eventually",
        "A deletion refused because the service used the role succeeds when repeated",
        DELETION & DONE,
        ("CLEAN-3", "CLEAN-4"),
        earlier=DELETION & Ends(("service-using-role",)),
        fair=(
            Fair(
                "strong",
                RETRIED & DONE,
                "the operator repeats the deletion, and not for ever at the very moment of a collision",
            ),
        ),
        each=(r, v),
    ),
    Property(
        "eventually",
        "With no new work arriving, repeating such a deletion is enough, however unlucky its moments",
        DELETION & DONE,
        ("CLEAN-3", "CLEAN-4"),
        earlier=DELETION & Ends(("service-using-role",)),
        meanwhile=Does(("finish_job",)) | CLEANING,
        # Repeating the vault's deletion alone would not do: the very job that was in the way may have filled it.
        fair=(
            JOBS_END,
            Fair("weak", RETRIED & THERE & Does(("delete_recovery_point",)), "the operator tries its recovery points"),
            Fair("weak", RETRIED & THERE & Does(("delete_backup_vault",)), "the operator tries the vault"),
        ),
        each=(r, v),
    ),
    Property(
        "eventually",
        "Every deletion task ends",
        ~DELETING,
        ("DELETE-4", "ASSUME-TASK"),
        earlier=DELETING,
        fair=(TASKS_END,),
    ),
    Property(
        "eventually",
        "An operator who keeps cleaning up, with no new work arriving, gets rid of the role",
        ABSENT,
        ("DELETE-3", "CLEAN-1", "CLEAN-2", "CLEAN-4", "CLEAN-6"),
        earlier=~ABSENT,
        meanwhile=Does(("finish_job", "finish_deletion_task")) | CLEANING | ASKING,
        fair=(
            JOBS_END,
            TASKS_END,
            Fair(
                "weak",
                Does(("delete_recovery_point",), (r, v)) & THERE,
                "the operator tries every recovery point that is there",
                each=(r, v),
            ),
            Fair(
                "weak",
                Does(("delete_backup_vault",), (r, v)) & THERE,
                "the operator tries every vault that is there",
                each=(r, v),
            ),
            Fair(
                "weak",
                Does(("delete_service_linked_role",)) & THERE,
                "the operator asks for the deletion of the role",
            ),
        ),
    ),
)

POSSIBLE = (
    Property("possible", "From every reachable state the role can still be deleted", ABSENT, ("DELETE-4", "DELETE-3")),
    Property("possible", "From every reachable state the role can be there", PRESENT, ("CREATE-1", "CREATE-7")),
)

PROPERTIES: tuple[Property, ...] = (*ALWAYS, *STEP, *SOMETIMES, *EVENTUALLY, *POSSIBLE)
