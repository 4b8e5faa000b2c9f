"""The extension ``deleting``: the deletion of a recovery point takes time, and may end with the point EXPIRED.

AWS Backup accepts a request and deletes the recovery point later. Until then the point is DELETING: it still counts, so
that its vault cannot be deleted right after. In the page's own rules, a deletion takes no time; here this is a choice.
It builds on ``retention``: the end of a retention period can delete such a recovery point too, and a recovery point
that is kept without end is so kept until it is deleted, which is later than the request.
"""

from backup_slr.engine.core.formula import TRUE, After, Does, Ends, Some, Unchanged
from backup_slr.engine.core.rule import Fair, Guard, Property, Refusal, Rule
from backup_slr.engine.core.variable import Enum, Flag
from backup_slr.engine.spec.extension import AddedEffects, AddedGuard, Amendment, Extension, Restriction
from backup_slr.engine.spec.processes import Activity
from backup_slr.lifecycle.extensions.deleting_clauses import (
    BACKUP_DELETION,
    CLAUSES,
    CONVENTIONS,
    DELETE_RECOVERY_POINT,
    DELETION_USES_ROLE,
)
from backup_slr.lifecycle.extensions.order import COLLISION, POINT_STATE
from backup_slr.lifecycle.extensions.retention import CAN_END, RETENTION, RETENTION_ENDS, kept_forever
from backup_slr.lifecycle.extensions.statements import answers, blocks, changes_only
from backup_slr.lifecycle.guards import UNKNOWN
from backup_slr.lifecycle.predicates import DONE, EMPTY, LAST_POINT, at_vault, everywhere
from backup_slr.lifecycle.vocabulary import A_VAULT, REGION, SERVICE_USING_ROLE, VAULT, collides, points, r, v

point_status = Enum(
    "point_status",
    ("none", "deleting", "expired"),
    per=(REGION, VAULT),
    reads=(
        "none of its recovery points is DELETING or EXPIRED",
        "one of its recovery points is DELETING",
        "one of its recovery points is EXPIRED",
    ),
    reads_not=(
        "one of its recovery points is DELETING or EXPIRED",
        "none of its recovery points is DELETING",
        "none of its recovery points is EXPIRED",
    ),
    label="recovery point status",
    owner=A_VAULT,
)
NO_STATUS, IN_DELETION, EXPIRED = (point_status[r, v].is_(value) for value in point_status.values)

takes_time = Flag("takes_time", kind="choice", reads=("the deletion takes time", "the deletion takes no time"))
expires = Flag("expires", kind="choice", reads=("the deletion does not complete", "the deletion completes"))

POINT_BEING_DELETED = Refusal(
    "point-being-deleted",
    "the recovery point is being deleted already",
    "InvalidResourceStateException",
    transient=True,
)
NO_POINT_BEING_DELETED = Refusal(
    "no-point-being-deleted", "no recovery point of the vault is being deleted", None, absent=True
)

DELETE, FINISH = "delete_recovery_point", "finish_point_deletion"

RULES = (
    Rule(
        FINISH,
        "the deletion of a recovery point ends",
        by="service",
        operations=(),
        clauses=("DELETING-1", "DELETING-3"),
        place=(r, v),
        inputs=(expires,),
        guards=(Guard(IN_DELETION, NO_POINT_BEING_DELETED, "DELETING-1"),),
        effects=(
            points[r, v].decreases(clause="DELETING-1", when=~expires),
            point_status[r, v].becomes("none", clause="DELETING-1", when=~expires),
            point_status[r, v].becomes("expired", clause="DELETING-3", when=expires),
            kept_forever[r, v].becomes(False, clause="ASSUME-KEPT", when=~expires & LAST_POINT & kept_forever[r, v]),
        ),
    ),
)

RUNS = Some((r, v), IN_DELETION)
"""The deletion of a recovery point is under way, and counts as use of the role under one value of an assumption."""


def in_use(error: str) -> Guard:
    """While such a deletion is under way, another one might fail, as it does during a job."""
    return Guard(
        ~(RUNS & collides),
        SERVICE_USING_ROLE,
        DELETION_USES_ROLE.id,
        DELETION_USES_ROLE.read_as("yes"),
        error_code=error,
        stratum=COLLISION,
    )


DELETIONS_END = Fair("weak", at_vault(FINISH) & DONE, "every deletion of a recovery point ends", each=(r, v))
ACCEPTED = at_vault(DELETE) & DONE
NONE_CAN_END = IN_DELETION & (LAST_POINT | kept_forever[r, v] & points[r, v].at_most(2))
"""Beside the recovery point that is being deleted, the vault has none, or only the one that is kept without end."""
LAST_ENDS = at_vault(RETENTION_ENDS) & LAST_POINT

CONCERNS_A_POINT = Property(
    "always",
    "only_vaults_with_points_have_a_status",
    "A vault with a recovery point that has a status is not empty",
    everywhere(NO_STATUS | ~EMPTY),
    ("DELETING-1",),
)

PROPERTIES = (
    Property(
        "step",
        "points_in_deletion_are_not_deleted_twice",
        "While a recovery point is being deleted, a request to delete it is refused, and only then for this reason",
        blocks((DELETE,), IN_DELETION, POINT_BEING_DELETED.id),
        ("DELETING-2",),
        by=(CONCERNS_A_POINT,),
    ),
    Property(
        "step",
        "accepted_deletions_start",
        "After an accepted request the recovery point is DELETING and still exists, unless it is deleted at once",
        everywhere(
            (ACCEPTED & takes_time).implies(After(IN_DELETION) & Unchanged(("points",)))
            & (ACCEPTED & ~takes_time).implies(After(NO_STATUS))
        ),
        ("DELETING-1",),
    ),
    Property(
        "step",
        "deletions_end_deleted_or_expired",
        "A deletion that is under way ends without the recovery point, or with the recovery point EXPIRED",
        answers(
            (FINISH,),
            (~IN_DELETION, NO_POINT_BEING_DELETED.id),
            done=(~expires | (After(EXPIRED) & Unchanged(("points",))))
            & (expires | (After(NO_STATUS) & (EMPTY | ~Unchanged(("points",))) & (~LAST_POINT | After(EMPTY)))),
        ),
        ("DELETING-1", "DELETING-3"),
    ),
    Property(
        "step",
        "point_status_changes_only_in_place",
        "Only requests start the deletion of a recovery point, and only the end of a deletion makes it EXPIRED",
        everywhere(
            (~IN_DELETION & After(IN_DELETION)).implies(at_vault(DELETE))
            & (IN_DELETION & After(~IN_DELETION)).implies(at_vault(FINISH) | LAST_ENDS)
            & (~EXPIRED & After(EXPIRED)).implies(at_vault(FINISH))
            & (EXPIRED & After(~EXPIRED)).implies(at_vault(DELETE) | LAST_ENDS)
        )
        & changes_only((FINISH,), "points", "point_status", "kept_forever", own=(point_status, kept_forever)),
        ("DELETING-1", "DELETING-3"),
    ),
    Property(
        "sometimes",
        "vault_is_not_empty_right_after",
        "Deleting a vault can be refused right after the deletion of its last recovery point was accepted",
        at_vault("delete_backup_vault") & Ends(("vault-has-recovery-points",)) & IN_DELETION & LAST_POINT,
        ("DELETING-1", "CLEAN-1"),
        earlier=NO_STATUS & ~EMPTY & LAST_POINT,
        meanwhile=Does((DELETE,)),
        each=(r, v),
    ),
    Property(
        "sometimes",
        "expired_points_can_be_deleted",
        "An EXPIRED recovery point can be deleted by another request",
        EMPTY,
        ("DELETING-3",),
        earlier=EXPIRED & LAST_POINT,
        meanwhile=Does((DELETE, FINISH)),
        each=(r, v),
    ),
    Property(
        "eventually",
        "point_deletions_end",
        "Every deletion of a recovery point ends",
        ~IN_DELETION,
        ("DELETING-1",),
        earlier=IN_DELETION,
        fair=(DELETIONS_END,),
        each=(r, v),
    ),
)

DELETING = Extension(
    "deleting",
    "the deletion of a recovery point takes time, and may end with the recovery point EXPIRED",
    pages=(BACKUP_DELETION, DELETE_RECOVERY_POINT),
    state=(point_status,),
    rules=RULES,
    guards=(
        AddedGuard(
            (DELETE,),
            "before service-using-role",
            Guard(~IN_DELETION, POINT_BEING_DELETED, "DELETING-2", stratum=POINT_STATE),
        ),
        AddedGuard((DELETE,), "after service-using-role", in_use("InvalidResourceStateException")),
        AddedGuard(("delete_backup_vault",), "after service-using-role", in_use("InvalidRequestException")),
        AddedGuard(
            (RETENTION_ENDS,),
            "last",
            Guard(~NONE_CAN_END, POINT_BEING_DELETED, "DELETING-2", error_code=UNKNOWN, stratum=POINT_STATE),
        ),
    ),
    requires=(RETENTION,),
    restrictions=(Restriction(DELETE, "points", ~takes_time), Restriction(DELETE, "kept_forever", ~takes_time)),
    effects=(
        AddedEffects(
            DELETE,
            (
                point_status[r, v].becomes("deleting", clause="DELETING-1", when=takes_time),
                point_status[r, v].becomes("none", clause="DELETING-3", when=~takes_time),
            ),
            inputs=(takes_time,),
        ),
        AddedEffects(RETENTION_ENDS, (point_status[r, v].becomes("none", clause="ASSUME-DELETING", when=LAST_POINT),)),
    ),
    amendments=(
        Amendment(
            ("collision_is_reported",),
            "A recovery point that is being deleted cannot be deleted again.",
            unless=Some((r, v), at_vault(DELETE) & IN_DELETION),
        ),
        Amendment(
            ("point_deletion_succeeds_without_use",),
            "A deletion can take time, and meanwhile a second request is refused, or another one collides with it.",
            unless=Some((r, v), at_vault(DELETE) & (IN_DELETION | takes_time)) | RUNS & collides,
        ),
        Amendment(
            ("no_collision_without_use", "role_in_use_is_truthful"),
            "A deletion that is under way can count as use of the role.",
            unless=RUNS,
        ),
        Amendment(
            ("ordinary_vault_deletion_succeeds_without_use", "cli_and_api_delete_empty_default_vault"),
            "The deletion of a vault can collide with that of a recovery point.",
            unless=RUNS & collides,
        ),
        Amendment(
            ("retries_suffice_without_new_work",),
            "Deletions that are under way end, like jobs, though perhaps with the recovery point EXPIRED.",
            meanwhile=Does((FINISH,)),
            fair=(DELETIONS_END,),
        ),
        Amendment(
            ("retention_ends_where_it_can",),
            "The end of a retention period does not delete a recovery point that is being deleted already, or the only "
            "other one if that is kept without end.",
            unless=Some((r, v), at_vault(RETENTION_ENDS) & CAN_END & NONE_CAN_END),
        ),
        Amendment(
            ("endless_retention_changes_in_place",),
            "A recovery point that is kept without end is deleted when its deletion ends.",
            unless=Some((r, v), at_vault(FINISH) & LAST_POINT),
        ),
        Amendment(
            ("points_and_jobs_change_only_in_place", "recovery_points_change_only_by_jobs_and_deletion"),
            "A recovery point is deleted when its deletion ends, which is after the request.",
            unless=Does((FINISH,)),
        ),
        Amendment(
            ("cleanup_ends_without_role",),
            "The operator waits for deletions, and requests them again for EXPIRED recovery points.",
            meanwhile=Does((FINISH,)),
            fair=(
                Fair(
                    "strong",
                    at_vault(FINISH) & DONE & ~expires,
                    "the deletion of a recovery point does not end as EXPIRED every time",
                    each=(r, v),
                ),
            ),
        ),
    ),
    properties=(*PROPERTIES, CONCERNS_A_POINT),
    assumptions=(DELETION_USES_ROLE,),
    clauses=CLAUSES,
    conventions=CONVENTIONS,
    abstracts=(("time", IN_DELETION), ("open", TRUE)),
    # AWS Backup deletes many recovery points at once, and the model one of a vault: the last of them stands for all.
    activity=Activity(
        clocks={FINISH: 1.0},
        chances={takes_time.name: 1.0, expires.name: 0.0},
        only={takes_time.name: LAST_POINT},
    ),
)
