"""Formulas that several properties use, each defined once."""

from __future__ import annotations

from backup_slr.engine.core.formula import Ends, Every
from backup_slr.lifecycle.vocabulary import STATE, job, points, r, role, v, vault

ABSENT, PRESENT, DELETING = role.is_("absent"), role.is_("present"), role.is_("deleting")
DONE, REFUSED, FAILED = Ends(("done",)), Ends(("refused",)), Ends(("failed",))

EMPTY = points[r, v].is_zero()
NOTHING_NEEDS_IT = Every((r, v), ~vault[r, v] & EMPTY & ~job[r, v])
"""No vault, recovery point or running job exists in any Region."""

EVERYTHING = tuple(variable.name for variable in STATE)
"""The names of all state variables, so that the frame properties include new ones automatically."""

TRIGGERS = (
    "list_resources",
    "set_up_cross_account_backup",
    "perform_efs_automatic_backup",
    "use_feature_from_another_service",
)
"""The actions that create the role as a side effect (CREATE-2, CREATE-3, CREATE-4, CREATE-6)."""
