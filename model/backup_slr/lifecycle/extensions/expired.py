"""The extension ``expired``: a deletion that was answered with success leaves the recovery point EXPIRED for a reason.

A permission is missing, or something else needs the snapshot. Until a person removes the reason, every further request
is answered with success as well and deletes nothing: success is not proof. It builds on ``deleting``, whose deletions
can end as EXPIRED without a reason that lasts. What AWS Backup deletes at the end of a retention period meets the same
reasons.
"""

from __future__ import annotations

from backup_slr.engine.core.formula import TRUE, After, Does, Ends, Some, Unchanged
from backup_slr.engine.core.rule import Fair, Guard, Property
from backup_slr.engine.spec.extension import AddedEffects, AddedGuard, Amendment, Extension, Restriction
from backup_slr.engine.spec.processes import Activity
from backup_slr.lifecycle.extensions.deleting import (
    CONCERNS_A_POINT,
    DELETE,
    DELETING,
    EXPIRED,
    FINISH,
    IN_DELETION,
    NO_STATUS,
    POINT_BEING_DELETED,
    expires,
    point_status,
    takes_time,
)
from backup_slr.lifecycle.extensions.deleting_clauses import BACKUP_DELETION, DELETE_RECOVERY_POINT
from backup_slr.lifecycle.extensions.expired_actions import (
    FINDS_A_REASON,
    GRANT,
    KEPT_BY_NOTHING,
    KEPT_BY_PERMISSION,
    KEPT_BY_SNAPSHOT,
    LAST_IS_KEPT,
    RECOVERY_POINT_KEPT,
    RELEASE,
    RULES,
    SNAPSHOT_NOT_USED,
    STAYS,
    finds,
    kept_by,
)
from backup_slr.lifecycle.extensions.expired_clauses import CLAUSES, CONVENTIONS, DESCRIBE_RECOVERY_POINT
from backup_slr.lifecycle.extensions.order import POINT_STATE
from backup_slr.lifecycle.extensions.retention import CAN_END, RETENTION_ENDS
from backup_slr.lifecycle.extensions.statements import NOT_PERMITTED_CASE, answers, blocks, changes_only, operator_does
from backup_slr.lifecycle.guards import UNKNOWN
from backup_slr.lifecycle.predicates import BY_OPERATOR, DONE, EMPTY, LAST_POINT, at_vault, everywhere
from backup_slr.lifecycle.vocabulary import r, v

AT_ONCE, ENDING = at_vault(DELETE) & ~takes_time, at_vault(FINISH) & IN_DELETION
IN_TIME = at_vault(RETENTION_ENDS)
"""The step is the end of a retention period. If it is not about the last recovery point, it is about one that nothing
was found to keep."""
JUDGED = AT_ONCE | ENDING | IN_TIME
"""The step decides whether the recovery point is deleted."""

KEEPS_A_POINT = Property(
    "always",
    "kept_points_have_a_status",
    "A recovery point that something keeps is DELETING or EXPIRED",
    everywhere(KEPT_BY_NOTHING | ~NO_STATUS),
    ("EXPIRED-1", "EXPIRED-3"),
    by=(CONCERNS_A_POINT,),
)

PROPERTIES = (
    Property(
        "step",
        "success_leaves_kept_points",
        "A deletion that finds a reason to keep the recovery point succeeds, and leaves the recovery point EXPIRED",
        everywhere(
            ((AT_ONCE | ENDING) & DONE & STAYS | IN_TIME & DONE & FINDS_A_REASON).implies(
                After(EXPIRED) & Unchanged(("points",))
            )
        ),
        ("EXPIRED-1", "EXPIRED-3", "EXPIRED-4"),
        by=(KEEPS_A_POINT,),
    ),
    Property(
        "step",
        "kept_points_outlast_retention",
        "The end of a retention period does not delete the last recovery point of a vault while something keeps it, "
        "and this is the reason unless the recovery point is being deleted",
        blocks((RETENTION_ENDS,), LAST_IS_KEPT, RECOVERY_POINT_KEPT.id)
        & everywhere((IN_TIME & Ends((RECOVERY_POINT_KEPT.id,))).implies(~IN_DELETION)),
        ("EXPIRED-1", "EXPIRED-3", "ASSUME-EXPIRED"),
    ),
    Property(
        "step",
        "first_reason_is_kept",
        "The first reason that a deletion finds keeps the recovery point",
        everywhere(
            (JUDGED & DONE & KEPT_BY_NOTHING).implies(
                (~finds.is_("permission") | After(KEPT_BY_PERMISSION))
                & (~finds.is_("snapshot") | After(KEPT_BY_SNAPSHOT))
            )
        ),
        ("EXPIRED-1", "EXPIRED-3"),
    ),
    Property(
        "step",
        "reasons_change_only_by_their_actions",
        "Only a deletion finds a reason to keep a recovery point, and only the request about this reason removes it",
        everywhere(
            (KEPT_BY_NOTHING & After(~KEPT_BY_NOTHING)).implies(JUDGED & FINDS_A_REASON)
            & (KEPT_BY_PERMISSION & After(~KEPT_BY_PERMISSION)).implies(at_vault(GRANT))
            & (KEPT_BY_SNAPSHOT & After(~KEPT_BY_SNAPSHOT)).implies(at_vault(RELEASE))
        )
        & changes_only((GRANT, RELEASE), "kept_by", own=(point_status, kept_by)),
        ("EXPIRED-1", "EXPIRED-2", "EXPIRED-3"),
    ),
    Property(
        "step",
        "missing_permission_is_granted_on_request",
        "A permitted caller can grant the permission that a deletion lacked",
        answers((GRANT,), NOT_PERMITTED_CASE, done=After(~KEPT_BY_PERMISSION)),
        ("EXPIRED-2",),
    ),
    Property(
        "step",
        "snapshot_is_released_on_request",
        "A permitted caller can release a snapshot that something else uses or locks",
        answers((RELEASE,), NOT_PERMITTED_CASE, (~KEPT_BY_SNAPSHOT, SNAPSHOT_NOT_USED.id), done=After(KEPT_BY_NOTHING)),
        ("ASSUME-EXPIRED",),
    ),
    Property(
        "sometimes",
        "success_is_not_proof",
        "A vault can still hold its last recovery point although two requests to delete it succeeded",
        at_vault(DELETE) & DONE & EXPIRED & LAST_POINT & After(EXPIRED),
        ("EXPIRED-1", "EXPIRED-4"),
        earlier=~EMPTY & LAST_POINT & KEPT_BY_NOTHING & ~EXPIRED & ~IN_DELETION,
        meanwhile=Does((DELETE,)) & ~takes_time,
        each=(r, v),
    ),
    Property(
        "sometimes",
        "kept_points_can_be_deleted_later",
        "A recovery point that was kept can be deleted after its reason was removed",
        EMPTY,
        ("EXPIRED-2",),
        earlier=~KEPT_BY_NOTHING & LAST_POINT,
        meanwhile=Does((GRANT, RELEASE, DELETE)) & ~takes_time,
        each=(r, v),
    ),
)


def found(reason: str, clause: str) -> tuple[AddedEffects, ...]:
    """The effects of a deletion that finds this reason, at once or when it ends; a reason found before stays."""
    met = KEPT_BY_NOTHING & finds.is_(reason)
    return (
        AddedEffects(DELETE, (kept_by[r, v].becomes(reason, clause=clause, when=~takes_time & met),)),
        AddedEffects(FINISH, (kept_by[r, v].becomes(reason, clause=clause, when=met),)),
        AddedEffects(RETENTION_ENDS, (kept_by[r, v].becomes(reason, clause="EXPIRED-5", when=met),)),
    )


EXPIRED_POINTS = Extension(
    "expired",
    "a deletion can succeed and leave the recovery point EXPIRED until a person removes the reason",
    pages=(DELETE_RECOVERY_POINT, BACKUP_DELETION, DESCRIBE_RECOVERY_POINT),
    requires=(DELETING,),
    activity=Activity(chances={finds.name: {"nothing": 1.0}}),
    state=(kept_by,),
    rules=RULES,
    guards=(
        AddedGuard(
            (RETENTION_ENDS,),
            "last",
            Guard(~LAST_IS_KEPT, RECOVERY_POINT_KEPT, "ASSUME-EXPIRED", error_code=UNKNOWN, stratum=POINT_STATE),
        ),
        AddedGuard(
            (RETENTION_ENDS,),
            "last",
            Guard(
                ~(IN_DELETION & FINDS_A_REASON),
                POINT_BEING_DELETED,
                "ASSUME-DELETING",
                error_code=UNKNOWN,
                stratum=POINT_STATE,
            ),
        ),
    ),
    restrictions=(
        Restriction(DELETE, "points", ~STAYS),
        Restriction(DELETE, "point_status", takes_time | ~STAYS),
        Restriction(DELETE, "kept_forever", ~STAYS),
        Restriction(FINISH, "points", ~STAYS),
        Restriction(FINISH, "kept_forever", ~STAYS),
        Restriction(FINISH, "point_status", ~STAYS),
        Restriction(RETENTION_ENDS, "points", ~FINDS_A_REASON),
        Restriction(RETENTION_ENDS, "point_status", ~FINDS_A_REASON),
    ),
    effects=(
        AddedEffects(
            DELETE,
            (point_status[r, v].becomes("expired", clause="EXPIRED-1", when=~takes_time & STAYS),),
            inputs=(finds,),
        ),
        AddedEffects(FINISH, (point_status[r, v].becomes("expired", clause="EXPIRED-1", when=STAYS),), inputs=(finds,)),
        AddedEffects(
            RETENTION_ENDS,
            (point_status[r, v].becomes("expired", clause="EXPIRED-5", when=FINDS_A_REASON),),
            inputs=(finds,),
        ),
        *found("permission", "EXPIRED-1"),
        *found("snapshot", "EXPIRED-3"),
    ),
    amendments=(
        Amendment(
            ("retention_ends_where_it_can",),
            "The end of a retention period does not delete a recovery point that something keeps.",
            unless=Some((r, v), IN_TIME & CAN_END & (LAST_IS_KEPT | FINDS_A_REASON)),
        ),
        Amendment(
            ("point_deletion_succeeds_without_use",),
            "A deletion can succeed and leave the recovery point EXPIRED.",
            unless=Some((r, v), at_vault(DELETE) & STAYS),
        ),
        Amendment(
            ("accepted_deletions_start", "point_status_changes_only_in_place"),
            "A deletion at once, and one at the end of a retention period, can leave the recovery point EXPIRED.",
            unless=Some((r, v), AT_ONCE & STAYS | IN_TIME & FINDS_A_REASON),
        ),
        Amendment(
            ("deletions_end_deleted_or_expired",),
            "A deletion that finds a reason ends with the recovery point EXPIRED.",
            unless=Some((r, v), ENDING & STAYS),
        ),
        Amendment(
            ("cleanup_ends_without_role",),
            "The operator removes the reasons, and deletions do not find another one every time.",
            meanwhile=Does((GRANT, RELEASE)) & BY_OPERATOR,
            fair=(
                Fair(
                    "weak",
                    at_vault(GRANT) & BY_OPERATOR & DONE & KEPT_BY_PERMISSION,
                    "the operator grants every permission that a deletion lacked",
                    each=(r, v),
                ),
                operator_does("the operator releases every snapshot that keeps a recovery point", RELEASE),
                Fair(
                    "strong",
                    (AT_ONCE & BY_OPERATOR | at_vault(FINISH) & ~expires) & DONE & ~STAYS,
                    "the deletion of a recovery point does not find a reason to keep it every time",
                    each=(r, v),
                ),
                Fair(
                    "strong",
                    IN_TIME & DONE & ~FINDS_A_REASON,
                    "the end of a retention period does not find a reason every time",
                    each=(r, v),
                ),
            ),
        ),
    ),
    properties=(*PROPERTIES, KEEPS_A_POINT),
    clauses=CLAUSES,
    conventions=CONVENTIONS,
    abstracts=(("person", ~KEPT_BY_NOTHING), ("time", IN_DELETION), ("open", TRUE)),
)
