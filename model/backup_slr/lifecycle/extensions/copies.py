"""The extension ``copies``: copy jobs into a vault of this account or out of one.

A copy into the account uses the service-linked role of this account, and leaves a recovery point that no plan and no
job of this account made. A copy out of it uses the role of the other account; it only keeps the recovery point busy.
Copies from and to other accounts start while cross-account backup is on, and for some minutes after it was turned off.
A running copy between two vaults of the account is one out of the first and one into the second.
"""

from backup_slr.engine.core.formula import After, Does, Ends, Some, Unchanged
from backup_slr.engine.core.rule import Fair, Property
from backup_slr.engine.spec.extension import AddedEffects, Amendment, Extension
from backup_slr.engine.spec.processes import Activity
from backup_slr.lifecycle.extensions.copies_actions import (
    ALREADY_ON,
    COPIED,
    COPY_ALREADY_RUNNING,
    COPY_ARRIVES,
    COPYING_IN,
    COPYING_OUT,
    CROSS_ACCOUNT_OFF,
    DEFAULT_IS_NO_DESTINATION,
    ELSEWHERE_OFF,
    ELSEWHERE_ON,
    END,
    FINISH,
    GUARDS,
    INTO,
    MAY_START,
    NO_COPIES_LINGER,
    NO_RUNNING_COPY,
    NONE,
    NOT_MANAGEMENT_ACCOUNT,
    OUT,
    POINT,
    RECOVERY_POINT_BUSY,
    RULES,
    STARTS_NONE_LATE,
    STARTS_SOME_LATE,
    TURN_OFF,
    TURN_ON,
    USING,
    WHOLE_VAULT,
    caller_account,
    copies_linger,
    copying,
)
from backup_slr.lifecycle.extensions.copies_clauses import CLAUSES, CONVENTIONS, PAGE
from backup_slr.lifecycle.extensions.statements import NO_VAULT_CASE, answers, changes_only
from backup_slr.lifecycle.predicates import ABSENT, DELETING, DONE, EMPTY, NOTHING_NEEDS_IT, at_vault, everywhere
from backup_slr.lifecycle.vocabulary import (
    DEFAULT,
    NO_RECOVERY_POINTS,
    NO_SUCH_ROLE,
    ROLE_BEING_DELETED,
    SERVICE_USING_ROLE,
    collides,
    cross_account,
    permitted,
    r,
    succeeds,
    using_role,
    v,
    vault,
)

OFF_CASE = (~MAY_START, CROSS_ACCOUNT_OFF.id)
RUNNING_CASE = (~NONE, COPY_ALREADY_RUNNING.id)
IN_USE, BUSY = Ends((SERVICE_USING_ROLE.id,)), Ends((RECOVERY_POINT_BUSY.id,))
FROM_MEMBER = Does((TURN_ON, TURN_OFF)) & caller_account.is_("member")
IS_COPIED = Some((r, v), at_vault(POINT) & COPIED)
COLLIDES = (collides & USING) | IS_COPIED
OWN = (copying, copies_linger)

# A proof needs this where IAM checks the usage only when the deletion is requested.
NO_COPY_WHILE_DELETING = Property(
    "always",
    "no_copy_while_deleting",
    "No copy from another account runs while the role is being deleted",
    DELETING.implies(~USING),
    ("ASSUME-USAGE-CHECK",),
)

PROPERTIES = (
    Property(
        "always",
        "copies_out_have_a_recovery_point",
        "A vault from which a copy runs is not empty",
        everywhere(~COPYING_OUT | ~EMPTY),
        ("ASSUME-COPY-OUT",),
    ),
    Property(
        "always",
        "copies_have_a_role",
        "While a copy from another account runs, the role exists",
        USING.implies(~ABSENT),
        ("COPY-1",),
        by=(NO_COPY_WHILE_DELETING,),
    ),
    Property(
        "step",
        "copies_into_vaults_start",
        "A copy into a vault starts if cross-account backup is or just was on, the role and the vault exist, and the "
        "vault is not the default vault",
        answers(
            (INTO,),
            OFF_CASE,
            (ABSENT, NO_SUCH_ROLE.id),
            (DELETING, ROLE_BEING_DELETED.id),
            NO_VAULT_CASE,
            (v.is_(DEFAULT), DEFAULT_IS_NO_DESTINATION.id),
            RUNNING_CASE,
            done=After(COPYING_IN),
        ),
        ("COPY-1", "COPY-2", "COPY-3", "ASSUME-COPY"),
    ),
    Property(
        "step",
        "copies_out_of_vaults_start",
        "A copy out of a vault starts if cross-account backup is or just was on, and the vault has a recovery point",
        answers((OUT,), OFF_CASE, NO_VAULT_CASE, (EMPTY, NO_RECOVERY_POINTS.id), RUNNING_CASE, done=After(COPYING_OUT)),
        ("COPY-3", "ASSUME-COPY", "ASSUME-COPY-OUT"),
    ),
    Property(
        "step",
        "copies_end",
        "A running copy job can end; a copy into an existing vault that succeeds leaves a recovery point, any other "
        "none",
        answers((FINISH,), (NONE, NO_RUNNING_COPY.id), done=After(NONE))
        & everywhere(
            (at_vault(FINISH) & COPY_ARRIVES).implies(After(~EMPTY) & ~Unchanged(("points",)))
            & (at_vault(FINISH) & ~COPY_ARRIVES).implies(Unchanged(("points",)))
        ),
        ("ASSUME-COPY",),
    ),
    Property(
        "step",
        "late_copies_end",
        "Copies start late only after cross-account backup was turned off, and only until that ends",
        (Does((END,)) & copies_linger).implies(DONE & After(~copies_linger))
        & (Does((END,)) & ~copies_linger).implies(Ends((NO_COPIES_LINGER.id,)))
        & (Does((TURN_OFF, ELSEWHERE_OFF)) & DONE & cross_account).implies(After(copies_linger))
        & (Does((TURN_ON, ELSEWHERE_ON)) & DONE).implies(After(~copies_linger))
        & (~copies_linger & After(copies_linger)).implies(Does((TURN_OFF, ELSEWHERE_OFF)) & cross_account)
        & (copies_linger & After(~copies_linger)).implies(Does((TURN_ON, ELSEWHERE_ON, END))),
        ("COPY-3",),
    ),
    Property(
        "sometimes",
        "points_arrive_after_turning_off",
        "A vault that was empty can hold a recovery point that arrived after cross-account backup was turned off",
        ~EMPTY,
        ("COPY-3",),
        earlier=vault[r, v] & EMPTY & NONE & ~cross_account,
        meanwhile=Does((INTO, FINISH)),
        each=(r, v),
    ),
    Property(
        "step",
        "management_account_decides",
        "Only the management account of the organization turns cross-account backup on or off",
        FROM_MEMBER.implies(~DONE)
        & (FROM_MEMBER & permitted & ~ABSENT).implies(Ends((NOT_MANAGEMENT_ACCOUNT.id,)))
        & Ends((NOT_MANAGEMENT_ACCOUNT.id,)).implies(FROM_MEMBER),
        ("COPY-4",),
    ),
    Property(
        "step",
        "organization_decides_for_members",
        "The management account turns cross-account backup on or off for a member account, and changes nothing else "
        "there",
        (Does((ELSEWHERE_ON,)) & cross_account).implies(Ends((ALREADY_ON.id,)))
        & (Does((ELSEWHERE_ON,)) & ~cross_account).implies(DONE & After(cross_account))
        & (Does((ELSEWHERE_OFF,)) & ~cross_account).implies(Ends((CROSS_ACCOUNT_OFF.id,)))
        & (Does((ELSEWHERE_OFF,)) & cross_account).implies(DONE & After(~cross_account))
        & changes_only((ELSEWHERE_ON, ELSEWHERE_OFF), "cross_account", "copies_linger", own=OWN),
        ("COPY-4", "ASSUME-MEMBER"),
    ),
    Property(
        "sometimes",
        "members_receive_copies_without_the_role",
        "In an account that never had the role, cross-account backup can be on, so that copies fail for the role",
        Does((INTO,)) & Ends((NO_SUCH_ROLE.id,)) & ABSENT & cross_account & vault[r, v],
        ("COPY-1", "COPY-4", "ASSUME-MEMBER"),
        earlier=ABSENT & ~cross_account & vault[r, v],
        meanwhile=Does((ELSEWHERE_ON, INTO)),
        each=(r, v),
    ),
    Property(
        "step",
        "copies_keep_the_role",
        "While a copy from another account runs, the role is not deleted, and the reason names the use of the role",
        (~ABSENT & After(ABSENT)).implies(~USING)
        & (Does(("finish_deletion_task",)) & DELETING & NOTHING_NEEDS_IT & USING).implies(IN_USE),
        ("COPY-1", "DELETE-1"),
    ),
    Property(
        "step",
        "deletions_collide_with_copies",
        "A deletion fails for a copy only if it collides with one that uses the role, or concerns the recovery point "
        "that is copied out of its vault, and then it does",
        (Does((POINT, WHOLE_VAULT)) & DONE).implies(~COLLIDES)
        & (Does((POINT, WHOLE_VAULT)) & IN_USE).implies(collides)
        & (Does((POINT, WHOLE_VAULT)) & BUSY).implies(IS_COPIED & ~(collides & (using_role | USING))),
        ("COPY-1", "CLEAN-3", "ASSUME-COPY-OUT"),
    ),
    Property(
        "step",
        "copies_change_only_by_their_actions",
        "Copy jobs change only by the actions on them, in their vault, and those change nothing else",
        everywhere(
            (NONE & After(~NONE)).implies(at_vault(INTO, OUT))
            & (~NONE & After(NONE)).implies(at_vault(FINISH))
            & COPYING_IN.implies(After(~COPYING_OUT))
            & COPYING_OUT.implies(After(~COPYING_IN))
        )
        & changes_only((INTO, OUT), "copying", own=OWN)
        & changes_only((FINISH,), "copying", "points", own=OWN)
        & changes_only((END,), "copies_linger", own=OWN),
        ("ASSUME-COPY",),
    ),
)

COPIES_END = Fair("weak", at_vault(FINISH) & DONE, "every copy job ends", each=(r, v))

COPIES = Extension(
    "copies",
    "recovery points are copied from and to other accounts, also some minutes after that was turned off",
    pages=(PAGE,),
    state=OWN,
    rules=RULES,
    guards=GUARDS,
    effects=(
        AddedEffects(TURN_ON, (STARTS_NONE_LATE,), inputs=(caller_account,)),
        AddedEffects(TURN_OFF, (STARTS_SOME_LATE,), inputs=(caller_account,)),
    ),
    amendments=(
        Amendment(
            ("feature_toggles_take_effect", "trigger_recreates_role"),
            "A member account cannot turn cross-account backup on or off.",
            unless=FROM_MEMBER,
        ),
        Amendment(
            ("features_change_only_by_their_actions",),
            "The management account of the organization turns cross-account backup on and off in its members.",
            unless=Does((ELSEWHERE_ON, ELSEWHERE_OFF)),
        ),
        Amendment(
            ("recovery_points_change_only_by_jobs_and_deletion", "points_and_jobs_change_only_in_place"),
            "A copy into the account leaves a recovery point as well.",
            unless=Does((FINISH,)),
        ),
        Amendment(
            ("no_collision_without_use", "role_in_use_is_truthful", "unneeded_role_is_deleted"),
            "A copy into the account uses the role, like a job.",
            unless=USING,
        ),
        Amendment(
            (
                "point_deletion_succeeds_without_use",
                "ordinary_vault_deletion_succeeds_without_use",
                "cli_and_api_delete_empty_default_vault",
            ),
            "A deletion can also collide with a copy.",
            unless=COLLIDES,
        ),
        Amendment(
            ("retried_deletion_succeeds", "retries_suffice_without_new_work", "cleanup_ends_without_role"),
            "Copies that are running end, like jobs.",
            meanwhile=Does((FINISH,)),
            fair=(COPIES_END,),
        ),
    ),
    properties=PROPERTIES,
    clauses=CLAUSES,
    conventions=CONVENTIONS,
    activity=Activity(
        clocks={ELSEWHERE_ON: None, ELSEWHERE_OFF: None, INTO: None, OUT: None, FINISH: 60.0, END: 15.0},
        chances={succeeds.name: 1.0},
    ),
)
