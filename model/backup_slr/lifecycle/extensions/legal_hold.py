"""The extension ``legal-hold``: a hold keeps recovery points until a person with the permission releases it."""

from backup_slr.engine.core.formula import TRUE, After, Does, Some
from backup_slr.engine.core.rule import Guard, Property, Refusal, Rule
from backup_slr.engine.core.variable import Flag
from backup_slr.engine.spec.documentation import Clause
from backup_slr.engine.spec.extension import AddedGuard, Amendment, Extension
from backup_slr.lifecycle.extensions.order import HOLD
from backup_slr.lifecycle.extensions.retention import CAN_END, RETENTION, RETENTION_ENDS, kept_forever
from backup_slr.lifecycle.extensions.statements import (
    NO_VAULT_CASE,
    NOT_PERMITTED_CASE,
    answers,
    blocks,
    changes_only,
    operator_does,
)
from backup_slr.lifecycle.guards import BACKUP_PERMISSION, NAMES_VAULT, UNKNOWN
from backup_slr.lifecycle.predicates import BY_OPERATOR, EMPTY, at_vault, everywhere
from backup_slr.lifecycle.vocabulary import A_VAULT, REGION, VAULT, permitted, r, v, via

PAGE = "Legal holds and AWS Backup"

held = Flag(
    "held",
    per=(REGION, VAULT),
    reads=("its recovery points are under a legal hold", "its recovery points are under no legal hold"),
    words=("no", "yes", "no"),
    label="legal hold",
    owner=A_VAULT,
)
HELD = held[r, v]

UNDER_LEGAL_HOLD = Refusal(
    "under-legal-hold", "the recovery points of the vault are under a legal hold", "InvalidRequestException"
)
NOTHING_TO_HOLD = Refusal("nothing-to-hold", "the vault holds no recovery points for a legal hold", None, absent=True)
NO_LEGAL_HOLD = Refusal(
    "no-legal-hold", "the recovery points are under no legal hold", "ResourceNotFoundException", absent=True
)

PLACE, CANCEL = "place_legal_hold", "cancel_legal_hold"
DELETE = ("delete_recovery_point",)

RULES = (
    Rule(
        PLACE,
        "place a legal hold on the recovery points of a vault",
        by="person",
        operations=("backup:CreateLegalHold",),
        clauses=("HOLD-1", "ASSUME-HOLD"),
        place=(r, v),
        inputs=(permitted, via),
        guards=(BACKUP_PERMISSION, NAMES_VAULT, Guard(~EMPTY, NOTHING_TO_HOLD, "HOLD-1", error_code=UNKNOWN)),
        effects=(HELD.becomes(True, clause="HOLD-1"),),
    ),
    Rule(
        CANCEL,
        "cancel the legal hold on the recovery points of a vault",
        by="person",
        operations=("backup:CancelLegalHold",),
        clauses=("HOLD-4",),
        place=(r, v),
        inputs=(permitted, via),
        guards=(BACKUP_PERMISSION, Guard(HELD, NO_LEGAL_HOLD, "ASSUME-EXISTENCE")),
        effects=(HELD.becomes(False, clause="HOLD-4"),),
    ),
)

HOLDS_A_POINT = Property(
    "always",
    "only_vaults_with_points_are_held",
    "A vault under a legal hold is not empty",
    everywhere(~HELD | ~EMPTY),
    ("HOLD-1", "ASSUME-HOLD"),
)

PROPERTIES = (
    HOLDS_A_POINT,
    Property(
        "step",
        "held_points_stay",
        "No request deletes a recovery point under a legal hold, and only a legal hold is named as the reason",
        blocks(DELETE, HELD, UNDER_LEGAL_HOLD.id),
        ("HOLD-2",),
        by=(HOLDS_A_POINT,),
    ),
    Property(
        "step",
        "holds_delay_the_end_of_retention",
        "The end of a retention period does not delete a recovery point under a legal hold",
        blocks((RETENTION_ENDS,), HELD, UNDER_LEGAL_HOLD.id),
        ("HOLD-3",),
    ),
    Property(
        "step",
        "holds_are_placed_on_request",
        "A permitted caller can place a legal hold on recovery points that exist",
        answers((PLACE,), NOT_PERMITTED_CASE, NO_VAULT_CASE, (EMPTY, NOTHING_TO_HOLD.id), done=After(HELD)),
        ("HOLD-1",),
    ),
    Property(
        "step",
        "holds_are_canceled_on_request",
        "A permitted caller, and no other, can cancel a legal hold",
        answers((CANCEL,), NOT_PERMITTED_CASE, (~HELD, NO_LEGAL_HOLD.id), done=After(~HELD)),
        ("HOLD-4",),
    ),
    Property(
        "step",
        "holds_change_only_by_their_actions",
        "A legal hold begins and ends only by requests about it, and never by itself",
        everywhere((~HELD & After(HELD)).implies(at_vault(PLACE)) & (HELD & After(~HELD)).implies(at_vault(CANCEL)))
        & changes_only((PLACE, CANCEL), "held", own=(held, kept_forever)),
        ("HOLD-4",),
    ),
)

HELD_STEP = Some((r, v), at_vault(*DELETE) & HELD)

LEGAL_HOLD = Extension(
    "legal-hold",
    "recovery points under a legal hold stay until a person with the permission cancels it",
    pages=(PAGE,),
    requires=(RETENTION,),
    state=(held,),
    rules=RULES,
    guards=(
        AddedGuard(DELETE, "before service-using-role", Guard(~HELD, UNDER_LEGAL_HOLD, "HOLD-2", stratum=HOLD)),
        AddedGuard(
            (RETENTION_ENDS,), "last", Guard(~HELD, UNDER_LEGAL_HOLD, "HOLD-3", error_code=UNKNOWN, stratum=HOLD)
        ),
    ),
    amendments=(
        Amendment(
            ("collision_is_reported", "point_deletion_succeeds_without_use"),
            "A recovery point under a legal hold cannot be deleted.",
            unless=HELD_STEP,
        ),
        Amendment(
            ("retention_ends_where_it_can",),
            "A legal hold delays the end of a retention period.",
            unless=Some((r, v), at_vault(RETENTION_ENDS) & HELD & CAN_END),
        ),
        Amendment(
            ("retried_deletion_succeeds",),
            "While the operator retries, a person can place a legal hold.",
            unless=After(HELD),
        ),
        Amendment(
            ("cleanup_ends_without_role",),
            "The operator cancels every legal hold.",
            meanwhile=Does((CANCEL,)) & BY_OPERATOR,
            fair=(operator_does("the operator cancels every legal hold", CANCEL),),
        ),
    ),
    properties=PROPERTIES,
    clauses=(
        Clause(
            "HOLD-1",
            "rule",
            "A user with the permission can place a legal hold on recovery points that exist.",
            (
                "ece50600657f2e5e82fa3c3e6fd5b68b544050c61d282c6effb5062280a65086",
                "d32d8c22d372f38403f3c08bb90307009551e9d536524417e372289a734178c7",
            ),
            page=PAGE,
        ),
        Clause(
            "HOLD-2",
            "rule",
            "A recovery point under one legal hold or more cannot be deleted.",
            ("28e3b94c4fb95e3d6409a6e616c1d6f6d3280df704e16bee96fc1dca4efd8fb8",),
            page=PAGE,
        ),
        Clause(
            "HOLD-3",
            "rule",
            "A legal hold delays what the lifecycle of a recovery point would do at the end of its retention.",
            ("d471ab75da89f9505b986693459cac404d41b7c45193cd6d01f5a4244f7c9999",),
            page=PAGE,
        ),
        Clause(
            "HOLD-4",
            "rule",
            "A legal hold never expires; a user with the permission has to cancel it.",
            (
                "70cded00bb89a3a3c7953edf00409865fd9986891b8a07ef53482503b2928eb9",
                "f1bdda6c55d113ee0cc527b883154e01d6d16160c7f737181ab1c73ef9ed47a3",
            ),
            page=PAGE,
        ),
    ),
    conventions={
        "ASSUME-HOLD": "A legal hold covers all recovery points of a vault, later ones too, and several holds count as "
        "one. None can be placed on a vault whose only recovery point is DELETING or EXPIRED, since holds do not cover "
        "such recovery points; beside others, the model keeps these too. A hold takes effect and ends at once. The "
        "error code for deleting a recovery point under a hold is not documented; the model takes "
        "InvalidRequestException."
    },
    abstracts=(("person", HELD), ("open", TRUE)),
)
