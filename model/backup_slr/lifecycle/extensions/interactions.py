"""Interactions of extensions: what two of them mean together, and neither of them alone."""

from backup_slr.engine.core.formula import After, Does, Every, Formula, Some
from backup_slr.engine.core.rule import Guard, Property
from backup_slr.engine.spec.extension import AddedEffects, AddedGuard, Amendment, Extension
from backup_slr.lifecycle.extensions.copies import COPIES, IS_COPIED
from backup_slr.lifecycle.extensions.copies_actions import COPYING_OUT, LAST_IS_COPIED, OUT, RECOVERY_POINT_BUSY
from backup_slr.lifecycle.extensions.default_vault_refilled import DEFAULT_VAULT_REFILLED
from backup_slr.lifecycle.extensions.default_vault_refilled import PLACE as PLACE_IMAGE
from backup_slr.lifecycle.extensions.deleting import (
    CONCERNS_A_POINT,
    DELETING,
    IN_DELETION,
    NO_STATUS,
    POINT_BEING_DELETED,
    point_status,
)
from backup_slr.lifecycle.extensions.legal_hold import HELD, LEGAL_HOLD, NOTHING_TO_HOLD
from backup_slr.lifecycle.extensions.legal_hold import PLACE as PLACE_HOLD
from backup_slr.lifecycle.extensions.obstacle import OBSTACLE
from backup_slr.lifecycle.extensions.order import COLLISION, POINT_STATE
from backup_slr.lifecycle.extensions.retention import CAN_END, RETENTION, RETENTION_ENDS
from backup_slr.lifecycle.guards import UNKNOWN
from backup_slr.lifecycle.predicates import DONE, LAST_POINT, at_vault, everywhere
from backup_slr.lifecycle.vocabulary import DEFAULT, points, r, v

NOT_COVERED = ~NO_STATUS & LAST_POINT
"""The only recovery point of the vault is one that no legal hold covers."""
LAST_IS_DELETED = IN_DELETION & LAST_POINT
NONE_IS_LEFT = COPYING_OUT & IN_DELETION & points[r, v].at_most(2)
"""Beside a recovery point that is copied and one that is being deleted, the vault has none."""


def not_copied(copied: Formula) -> Guard:
    """The end of a retention period waits for a copy where this holds."""
    return Guard(~copied, RECOVERY_POINT_BUSY, "ASSUME-COPY-OUT", error_code=UNKNOWN, stratum=COLLISION)


HOLD_OF_A_DELETION = Extension(
    "legal-hold with deleting",
    "a legal hold covers no recovery point that is DELETING or EXPIRED",
    requires=(LEGAL_HOLD, DELETING),
    guards=(
        AddedGuard(
            (PLACE_HOLD,),
            "last",
            Guard(~NOT_COVERED, NOTHING_TO_HOLD, "ASSUME-HOLD", error_code=UNKNOWN, stratum=POINT_STATE),
        ),
    ),
    amendments=(
        Amendment(
            ("holds_are_placed_on_request",),
            "A legal hold cannot be placed if the only recovery point is DELETING or EXPIRED.",
            unless=Some((r, v), at_vault(PLACE_HOLD) & NOT_COVERED),
        ),
    ),
    properties=(
        Property(
            "always",
            "held_vaults_have_a_point_to_hold",
            "A vault under a legal hold has a recovery point that is neither DELETING nor EXPIRED",
            everywhere(~HELD | ~NOT_COVERED),
            ("HOLD-1", "ASSUME-HOLD"),
        ),
    ),
)

COPY_OF_A_PROTECTED_POINT = Extension(
    "copies with obstacle",
    "a copy is one more reason to refuse the deletion of a recovery point that nothing protects",
    requires=(COPIES, OBSTACLE),
    amendments=(
        Amendment(
            ("obstacles_block_deletion",),
            "A recovery point that is copied out of its vault cannot be deleted, even if nothing protects it.",
            unless=IS_COPIED,
        ),
    ),
)

COPY_OF_A_RETENTION = Extension(
    "copies with retention",
    "the end of a retention period waits while the last recovery point is copied",
    requires=(COPIES, RETENTION),
    guards=(AddedGuard((RETENTION_ENDS,), "last", not_copied(LAST_IS_COPIED)),),
    amendments=(
        Amendment(
            ("retention_ends_where_it_can",),
            "The end of a retention period does not delete the last recovery point while it is copied.",
            unless=Some((r, v), at_vault(RETENTION_ENDS) & CAN_END & LAST_IS_COPIED),
        ),
    ),
)

COPY_OF_A_DELETION = Extension(
    "copies with deleting",
    "a recovery point that is being deleted is not copied, and one that is copied is not deleted",
    requires=(COPIES, DELETING),
    guards=(
        AddedGuard(
            (OUT,),
            "before copy-already-running",
            Guard(~LAST_IS_DELETED, POINT_BEING_DELETED, "DELETING-2", error_code=UNKNOWN, stratum=POINT_STATE),
        ),
        AddedGuard((RETENTION_ENDS,), "last", not_copied(NONE_IS_LEFT)),
    ),
    amendments=(
        Amendment(
            ("copies_out_of_vaults_start",),
            "A recovery point that is being deleted is not copied.",
            unless=Some((r, v), at_vault(OUT) & LAST_IS_DELETED),
        ),
        Amendment(
            ("retention_ends_where_it_can",),
            "The end of a retention period waits if one recovery point is being deleted and the only other one copied.",
            unless=Some((r, v), at_vault(RETENTION_ENDS) & CAN_END & NONE_IS_LEFT),
        ),
    ),
    properties=(
        Property(
            "always",
            "copied_points_are_not_in_deletion",
            "A vault with a recovery point that is being deleted, and one that is being copied, has two",
            everywhere((COPYING_OUT & IN_DELETION).implies(~LAST_POINT)),
            ("DELETING-2", "ASSUME-COPY-OUT"),
        ),
    ),
)

EXPIRED_IMAGES = Extension(
    "default-vault-refilled with deleting",
    "an orphaned image is placed as a recovery point that is EXPIRED",
    requires=(DEFAULT_VAULT_REFILLED, DELETING),
    effects=(
        AddedEffects(
            PLACE_IMAGE,
            (
                point_status[r, DEFAULT].becomes(
                    "expired",
                    clause="REFILL-4",
                    when=point_status[r, DEFAULT].is_("none") & points[r, DEFAULT].has_room(),
                ),
            ),
        ),
    ),
    amendments=(
        Amendment(
            ("point_status_changes_only_in_place",),
            "An orphaned image that AWS Backup places in a Default vault is EXPIRED at once.",
            unless=Does((PLACE_IMAGE,)),
        ),
    ),
    properties=(
        Property(
            "step",
            "orphaned_images_are_expired",
            "An orphaned image that is placed in an empty Default vault is its recovery point, and EXPIRED",
            Every(
                (r,),
                (Does((PLACE_IMAGE,), (r,)) & DONE & points[r, DEFAULT].is_zero()).implies(
                    After(point_status[r, DEFAULT].is_("expired"))
                ),
            ),
            ("REFILL-4",),
            by=(CONCERNS_A_POINT,),
        ),
    ),
)

OTHER_INTERACTIONS = (
    HOLD_OF_A_DELETION,
    COPY_OF_A_PROTECTED_POINT,
    COPY_OF_A_RETENTION,
    COPY_OF_A_DELETION,
    EXPIRED_IMAGES,
)
"""All interactions, in the order in which they are composed."""
