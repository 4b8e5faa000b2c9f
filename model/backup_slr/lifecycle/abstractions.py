"""Abstractions: ways to merge states in a diagram, as data; each is a function of the state."""

from __future__ import annotations

from backup_slr.engine.core.formula import TRUE, Some
from backup_slr.engine.spec.lifecycle import Abstraction, Case
from backup_slr.lifecycle.predicates import ABSENT, DELETING, PRESENT
from backup_slr.lifecycle.vocabulary import cross_account, efs_automatic_backup, points, r, using_role, v, vault

ANY_POINTS = Some((r, v), ~points[r, v].is_zero())
ANY_VAULT = Some((r, v), vault[r, v])
ROLE: tuple[Case, ...] = (("absent", ABSENT), ("present", PRESENT), ("being deleted", DELETING))
LEFT: tuple[Case, ...] = (("recovery points left", ANY_POINTS), ("vaults left", ANY_VAULT), ("nothing left", TRUE))

ABSTRACTIONS: tuple[Abstraction, ...] = (
    Abstraction("role", "the role alone", (ROLE,)),
    Abstraction(
        "obstacles",
        "the role, and what is in the way of its deletion",
        (
            (
                ("absent", ABSENT),
                ("being deleted", DELETING),
                ("present, in use", using_role),
                ("present, vaults left", ANY_VAULT),
                ("present, nothing in the way", TRUE),
            ),
        ),
    ),
    Abstraction(
        "features",
        "the role, and which features are on",
        (
            ROLE,
            (("cross-account on", cross_account), ("cross-account off", TRUE)),
            (("EFS on", Some((r,), efs_automatic_backup[r])), ("EFS off", TRUE)),
        ),
    ),
    Abstraction(
        "left",
        "the role, what is left of vaults and recovery points, and whether it is in use",
        (ROLE, LEFT, (("in use", using_role), ("not in use", TRUE))),
    ),
)
