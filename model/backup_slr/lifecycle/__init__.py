"""The lifecycle of AWSServiceRoleForBackup, written in the language of `backup_slr.engine.core`."""

from __future__ import annotations

from backup_slr.engine.core.model import Model
from backup_slr.engine.core.scope import Scope
from backup_slr.lifecycle.assumptions import ASSUMPTIONS
from backup_slr.lifecycle.properties import PROPERTIES
from backup_slr.lifecycle.rules import RULES
from backup_slr.lifecycle.vocabulary import REGION, STATE, VAULT

__all__ = ["SMALL_SCOPES", "lifecycle", "scope"]

SMALL_SCOPES = ((1, 2, 1), (1, 3, 1), (1, 2, 2), (2, 2, 1))
"""Regions, vaults and points: with and without an ordinary vault, a second point, a second Region."""


def lifecycle() -> Model:
    """The whole model, with all readings of all assumptions; settle them with `Model.assuming`.

    >>> len(lifecycle().rules)
    21
    """
    return Model("AWSServiceRoleForBackup", (REGION, VAULT), STATE, RULES, PROPERTIES, ASSUMPTIONS)


def scope(regions: int, vaults: int, points: int | None) -> Scope:
    """A scope by its usual numbers: Regions, places for vaults in each, recovery points in each (None: no bound).

    Raises
    ------
    ValueError
        When there is no Region, no place for the two special vaults, or no room for a recovery point.
    """
    if regions < 1:
        raise ValueError(f"a scope needs at least 1 Region, not {regions}")
    if vaults < 2:
        raise ValueError(f"a scope needs at least 2 vaults a Region (Default and the EFS automatic one), not {vaults}")
    if points is not None and points < 1:
        raise ValueError(f"a scope needs at least 1 recovery point a vault, not {points}")
    return Scope(sizes={"region": regions, "vault": vaults}, bounds={"points": points})
