"""Variables and actions of the extension ``expired``."""

from backup_slr.engine.core.rule import Guard, Refusal, Rule
from backup_slr.engine.core.variable import Enum
from backup_slr.lifecycle.guards import IAM_PERMISSION, UNKNOWN, permission
from backup_slr.lifecycle.predicates import LAST_POINT
from backup_slr.lifecycle.vocabulary import A_VAULT, REGION, VAULT, permitted, r, v, via

kept_by = Enum(
    "kept_by",
    ("nothing", "permission", "snapshot"),
    per=(REGION, VAULT),
    reads=(
        "nothing keeps its recovery points",
        "a missing permission keeps one of its recovery points",
        "another use of the snapshot keeps one of its recovery points",
    ),
    reads_not=(
        "something keeps one of its recovery points",
        "no missing permission keeps its recovery points",
        "no other use of a snapshot keeps its recovery points",
    ),
    label="what keeps a recovery point",
    owner=A_VAULT,
)
KEPT_BY_NOTHING, KEPT_BY_PERMISSION, KEPT_BY_SNAPSHOT = (kept_by[r, v].is_(value) for value in kept_by.values)

finds = Enum(
    "finds",
    kept_by.values,
    kind="choice",
    reads=(
        "the deletion finds nothing that keeps the recovery point",
        "the deletion finds that a permission is missing",
        "the deletion finds another use of the snapshot",
    ),
    reads_not=(
        "the deletion finds something that keeps the recovery point",
        "the deletion finds that no permission is missing",
        "the deletion finds no other use of the snapshot",
    ),
)
FINDS_A_REASON = ~finds.is_("nothing")
STAYS = ~KEPT_BY_NOTHING | FINDS_A_REASON
"""The deletion leaves the recovery point EXPIRED."""
LAST_IS_KEPT = ~KEPT_BY_NOTHING & LAST_POINT

RECOVERY_POINT_KEPT = Refusal("recovery-point-kept", "something keeps the last recovery point of the vault", None)
SNAPSHOT_NOT_USED = Refusal(
    "snapshot-not-used", "nothing else uses or locks the snapshot of a recovery point", None, absent=True
)

GRANT, RELEASE = "grant_missing_permission", "release_snapshot"

RULES = (
    Rule(
        GRANT,
        "grant the permission that the deletion of a recovery point lacked",
        by="person",
        operations=("iam:CreateRole", "iam:PutRolePolicy", "iam:AttachRolePolicy"),
        clauses=("EXPIRED-2",),
        place=(r, v),
        inputs=(permitted, via),
        guards=(IAM_PERMISSION,),
        effects=(kept_by[r, v].becomes("nothing", clause="EXPIRED-2", when=KEPT_BY_PERMISSION),),
    ),
    Rule(
        RELEASE,
        "release the snapshot of a recovery point: unlock it, or deregister the image that uses it",
        by="person",
        operations=("ec2:UnlockSnapshot", "ec2:DeregisterImage"),
        clauses=("EXPIRED-3",),
        place=(r, v),
        inputs=(permitted, via),
        guards=(
            permission("UnauthorizedOperation"),
            Guard(KEPT_BY_SNAPSHOT, SNAPSHOT_NOT_USED, "ASSUME-EXPIRED", error_code=UNKNOWN),
        ),
        effects=(kept_by[r, v].becomes("nothing", clause="ASSUME-EXPIRED"),),
    ),
)
