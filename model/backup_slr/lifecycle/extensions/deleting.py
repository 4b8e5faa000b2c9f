"""The extension ``deleting``: the deletion of a recovery point takes time, and may end with the point EXPIRED.

AWS Backup accepts a request and deletes the recovery point later. Until then the point is DELETING: it still counts, so
that its vault cannot be deleted right after. In the page's own rules, a deletion takes no time; here this is a choice.
It builds on ``retention``: the end of a retention period can delete such a recovery point too, and a recovery point
that is kept without end is so kept until it is deleted, which is later than the request.
"""

from backup_slr.engine.core.formula import TRUE, After, Does, Ends, Some, Unchanged
from backup_slr.engine.core.rule import Fair, Guard, Property, Refusal, Rule
from backup_slr.engine.core.variable import Enum, Flag
from backup_slr.engine.spec.documentation import Clause
from backup_slr.engine.spec.extension import AddedEffects, AddedGuard, Amendment, Extension, Restriction
from backup_slr.engine.spec.processes import Activity
from backup_slr.lifecycle.extensions.order import POINT_STATE
from backup_slr.lifecycle.extensions.retention import CAN_END, RETENTION_ENDS, kept_forever
from backup_slr.lifecycle.extensions.statements import answers, blocks, changes_only
from backup_slr.lifecycle.guards import UNKNOWN
from backup_slr.lifecycle.predicates import DONE, EMPTY, LAST_POINT, at_vault, everywhere
from backup_slr.lifecycle.vocabulary import A_VAULT, REGION, VAULT, points, r, v

BACKUP_DELETION, DELETE_RECOVERY_POINT = "Backup deletion", "DeleteRecoveryPoint"

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

DELETIONS_END = Fair("weak", at_vault(FINISH) & DONE, "every deletion of a recovery point ends", each=(r, v))
ACCEPTED = at_vault(DELETE) & DONE
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
        AddedGuard(
            (RETENTION_ENDS,),
            "last",
            Guard(
                ~(IN_DELETION & LAST_POINT), POINT_BEING_DELETED, "DELETING-2", error_code=UNKNOWN, stratum=POINT_STATE
            ),
        ),
    ),
    requires=("retention",),
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
            "A deletion can take time, and meanwhile a second request is refused.",
            unless=Some((r, v), at_vault(DELETE) & (IN_DELETION | takes_time)),
        ),
        Amendment(
            ("retention_ends_where_it_can",),
            "The end of a retention period does not delete a recovery point that is being deleted already.",
            unless=Some((r, v), at_vault(RETENTION_ENDS) & CAN_END & IN_DELETION & LAST_POINT),
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
    clauses=(
        Clause(
            "DELETING-1",
            "rule",
            "A recovery point whose deletion was accepted is DELETING until AWS Backup has deleted it.",
            ("ad3db957b64ef53e32b14ea0997fb654d1c8c60f1f788ee56bec4631c9591fa1",),
            page=BACKUP_DELETION,
            seen="2026-04",
        ),
        Clause(
            "DELETING-2",
            "rule",
            "While AWS Backup works on a recovery point, it refuses other requests about it.",
            (
                "bd43f693f7b82041ad50d507de8b4bc614860f4bc8684ebfb00848cedf0a466c",
                "1c0a38a62200e937984a6f17ac64ca3c525ac48e86a8ea91b66ca2d5a229ba42",
            ),
            page=DELETE_RECOVERY_POINT,
        ),
        Clause(
            "DELETING-3",
            "rule",
            "A deletion can end, after days, with the recovery point EXPIRED; another request then deletes it.",
            (
                "1306c9b4ba4b70f6fb02fae7fc5318892ecd0d056dd4295983647ec8421869c5",
                "abb464598ec50d6dd8bb57ca82910a3ea18bba42f11df5a73c04cbbec6e1048f",
            ),
            page=BACKUP_DELETION,
            seen="2026-04",
        ),
    ),
    conventions={
        "ASSUME-DELETING": "At most one recovery point of a vault is DELETING or EXPIRED at a time, and the next "
        "request to delete one is about it. A recovery point that is DELETING or EXPIRED counts like any other, for "
        "its vault and for the role. Its deletion does not count as use of the role."
    },
    abstracts=(("time", IN_DELETION), ("open", TRUE)),
    activity=Activity(clocks={FINISH: 1.0}, chances={takes_time.name: 1.0, expires.name: 0.0}),
)
