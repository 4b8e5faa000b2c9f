"""The lifecycle of AWSServiceRoleForBackup: the only package that depends on AWS."""

from __future__ import annotations

from typing import TYPE_CHECKING

from backup_slr.engine.core.model import Model
from backup_slr.engine.core.scope import Scope
from backup_slr.engine.spec.lifecycle import Goal, Lifecycle, ScopeOption
from backup_slr.lifecycle.abstractions import ABSTRACTIONS
from backup_slr.lifecycle.assumptions import ASSUMPTIONS, CONVENTIONS
from backup_slr.lifecycle.clauses import CLAUSES, FACTS, ROLE_NAME
from backup_slr.lifecycle.editions import EDITIONS
from backup_slr.lifecycle.environment import ENVIRONMENT, ONLY_TIME, OTHER_PEOPLE
from backup_slr.lifecycle.extensions import EXTENSIONS, INTERACTIONS
from backup_slr.lifecycle.extensions.order import STRATA
from backup_slr.lifecycle.inventory import INVENTORY
from backup_slr.lifecycle.page import SAVED_PAGE
from backup_slr.lifecycle.procedures import OPERATIONS
from backup_slr.lifecycle.properties import PROPERTIES
from backup_slr.lifecycle.regions import AWS_REGIONS, EXAMPLE_REGIONS
from backup_slr.lifecycle.rules import RULES
from backup_slr.lifecycle.vocabulary import (
    DEFAULT,
    EFS_VAULT,
    INTERFACES,
    PARTICIPANTS,
    REGION,
    STATE,
    VAULT,
    points,
    r,
    role,
    using_role,
    v,
)

if TYPE_CHECKING:
    from backup_slr.engine.spec.emulation import Emulation

__all__ = ["BACKUP", "SMALL_SCOPES", "lifecycle", "scope"]

MODEL = Model(
    ROLE_NAME, (REGION, VAULT), STATE, RULES, PROPERTIES, ASSUMPTIONS, strata=STRATA, interactions=INTERACTIONS
)

SCOPE_OPTIONS = (
    ScopeOption("regions", REGION.name, "Region", "Regions", default=2, most_checked=4),
    ScopeOption(
        "vaults",
        VAULT.name,
        "vaults a Region",
        "vaults in each, Default and the EFS one among them",
        default=2,
        least=2,
        why="Default and the EFS automatic one",
        most_checked=6,
    ),
    ScopeOption("points", points.name, "recovery point a vault", "recovery points in each vault", most=2**31),
)
SMALL_SCOPES = ((1, 2, 1), (1, 3, 1), (1, 2, 2), (2, 2, 1))
"""Regions, vaults and points: with and without an ordinary vault, with a second point, with a second Region."""


def _emulation() -> Emulation:
    from backup_slr.lifecycle.emulation import EMULATION  # large, and only the endpoint needs it

    return EMULATION


BACKUP = Lifecycle(
    MODEL,
    place=(r, v),
    scope_options=SCOPE_OPTIONS,
    small_scopes=SMALL_SCOPES,
    element_names={REGION.name: EXAMPLE_REGIONS},
    goal=Goal(role, there="present", pending="deleting", gone="absent"),
    definitions={"using_role": using_role},
    place_definitions={"is_default_vault": v.is_(DEFAULT), "is_efs_vault": v.is_(EFS_VAULT)},
    known_names={REGION.name: AWS_REGIONS},
    clauses=CLAUSES,
    conventions=CONVENTIONS,
    facts=FACTS,
    abstractions=ABSTRACTIONS,
    participants=PARTICIPANTS,
    interfaces=INTERFACES,
    page=SAVED_PAGE,
    environment=ENVIRONMENT,
    extensions=EXTENSIONS,
    editions=EDITIONS,
    inventory=INVENTORY,
    only_time=ONLY_TIME,
    other_people=OTHER_PEOPLE,
    operations=OPERATIONS,
    reserved=frozenset({"stop_backup_plans"}),
    emulation=_emulation,
)
"""The lifecycle of the role, under all values of all assumptions."""


def lifecycle() -> Model:
    """The whole model, under all values of all assumptions; choose values with `Model.assuming`.

    >>> len(lifecycle().rules)
    21
    """
    return MODEL


def scope(regions: int, vaults: int, points: int | None) -> Scope:
    """A scope: the number of Regions, of vaults in each, and of recovery points in each vault (None: no bound).

    Raises `ValueError` when a number is below 1, or there is no place for the two special vaults.
    """
    return BACKUP.scope(regions, vaults, points)
