"""Interactions of extensions: what two of them mean together, and neither of them alone."""

from backup_slr.engine.core.formula import Some
from backup_slr.engine.core.rule import Guard, Property
from backup_slr.engine.spec.extension import AddedGuard, Amendment, Extension
from backup_slr.lifecycle.extensions.deleting import (
    NO_STATUS,
)
from backup_slr.lifecycle.extensions.legal_hold import HELD, NOTHING_TO_HOLD
from backup_slr.lifecycle.extensions.legal_hold import PLACE as PLACE_HOLD
from backup_slr.lifecycle.guards import UNKNOWN
from backup_slr.lifecycle.predicates import LAST_POINT, at_vault, everywhere
from backup_slr.lifecycle.vocabulary import r, v

NOT_COVERED = ~NO_STATUS & LAST_POINT
"""The only recovery point of the vault is one that no legal hold covers."""

HOLD_OF_A_DELETION = Extension(
    "legal-hold with deleting",
    "a legal hold covers no recovery point that is DELETING or EXPIRED",
    requires=("legal-hold", "deleting"),
    guards=(
        AddedGuard((PLACE_HOLD,), "last", Guard(~NOT_COVERED, NOTHING_TO_HOLD, "ASSUME-HOLD", error_code=UNKNOWN)),
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

INTERACTIONS = (HOLD_OF_A_DELETION,)
"""All interactions, in the order in which they are composed."""
