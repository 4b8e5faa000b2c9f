"""Formulas that several properties use, each defined once."""

from __future__ import annotations

from backup_slr.engine.core.formula import Does, Ends, Every, Formula
from backup_slr.lifecycle.vocabulary import (
    DEFAULT,
    EFS_VAULT,
    STATE,
    job,
    permitted,
    points,
    r,
    role,
    succeeds,
    v,
    vault,
    via,
)

ABSENT, PRESENT, DELETING = role.is_("absent"), role.is_("present"), role.is_("deleting")
DONE, REFUSED, FAILED = Ends(("done",)), Ends(("refused",)), Ends(("failed",))

EMPTY = points[r, v].is_zero()
LAST_POINT = points[r, v].at_most(1)
"""The vault holds at most one recovery point."""
GAINS_A_POINT = succeeds & vault[r, v] & points[r, v].has_room()
"""A job that ends leaves a recovery point."""
BY_OPERATOR = permitted & via.is_("cli")
"""The request comes from an operator with all permissions, who uses the CLI."""
NOTHING_NEEDS_IT = Every((r, v), ~vault[r, v] & EMPTY & ~job[r, v])
"""No vault, recovery point or running job exists in any Region."""

ORDINARY = ~v.is_(DEFAULT) & ~v.is_(EFS_VAULT)
"""A vault without rules of its own."""
CONSOLE = via.is_("console")
RECREATED_BY_CONSOLE = CONSOLE & v.is_(DEFAULT)
"""The vault is one that a visit of the console may create."""

EVERYTHING = tuple(variable.name for variable in STATE)
"""The names of all state variables, so that the frame properties include new ones automatically."""

TRIGGERS = (
    "list_resources",
    "set_up_cross_account_backup",
    "perform_efs_automatic_backup",
    "use_feature_from_another_service",
)
"""The actions that create the role as a side effect (CREATE-2, CREATE-3, CREATE-4, CREATE-6)."""


def at_vault(*actions: str) -> Formula:
    """The step is one of these actions, at the vault in question."""
    return Does(actions, (r, v))


def everywhere(body: Formula) -> Formula:
    """The formula holds at every vault of every Region."""
    return Every((r, v), body)


def says(*reasons: str) -> Formula:
    """The step is refused, or fails, for one of these reasons."""
    return Ends(reasons)
