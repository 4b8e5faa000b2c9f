"""Abstractions as data: the states that a diagram merges into one node."""

from __future__ import annotations

from backup_slr.engine.core.formula import TRUE, Some
from backup_slr.engine.spec.lifecycle import Abstraction, Case
from backup_slr.lifecycle.predicates import ABSENT, DELETING, PRESENT
from backup_slr.lifecycle.vocabulary import cross_account, efs_automatic_backup, points, r, using_role, v, vault

ANY_POINTS = Some((r, v), ~points[r, v].is_zero())
ANY_VAULT = Some((r, v), vault[r, v])
ROLE: tuple[Case, ...] = (("absent", ABSENT), ("present", PRESENT), ("being deleted", DELETING))
LEFT: tuple[Case, ...] = (
    ("recovery points remain", ANY_POINTS),
    ("vaults remain", ANY_VAULT),
    ("nothing remains", TRUE),
)

ABSTRACTIONS: tuple[Abstraction, ...] = (
    Abstraction("role", "role", (ROLE,)),
    Abstraction(
        "obstacles",
        "role and what blocks its deletion",
        (
            (
                ("absent", ABSENT),
                ("being deleted", DELETING),
                ("present, a backup job is running", using_role),
                ("present, recovery points remain", ANY_POINTS),
                ("present, empty vaults remain", ANY_VAULT),
                ("present, nothing blocks", TRUE),
            ),
        ),
    ),
    Abstraction(
        "features",
        "role and enabled features",
        (
            ROLE,
            (("cross-account on", cross_account), ("cross-account off", TRUE)),
            (("EFS on", Some((r,), efs_automatic_backup[r])), ("EFS off", TRUE)),
        ),
    ),
    Abstraction("left", "role and remaining resources", (ROLE, LEFT)),
)
