"""Extensions of the lifecycle: what the page leaves out, each composed with its rules as data."""

from __future__ import annotations

from backup_slr.engine.spec.extension import Extension
from backup_slr.lifecycle.extensions.access_policy import ACCESS_POLICY
from backup_slr.lifecycle.extensions.backup_plans import BACKUP_PLANS
from backup_slr.lifecycle.extensions.backup_roles import BACKUP_ROLES
from backup_slr.lifecycle.extensions.backup_roles_interactions import OWN_INTERACTIONS
from backup_slr.lifecycle.extensions.copies import COPIES
from backup_slr.lifecycle.extensions.default_vault_refilled import DEFAULT_VAULT_REFILLED
from backup_slr.lifecycle.extensions.deleting import DELETING
from backup_slr.lifecycle.extensions.expired import EXPIRED_POINTS
from backup_slr.lifecycle.extensions.interactions import OTHER_INTERACTIONS
from backup_slr.lifecycle.extensions.legal_hold import LEGAL_HOLD
from backup_slr.lifecycle.extensions.obstacle import OBSTACLE
from backup_slr.lifecycle.extensions.policy_lockout import POLICY_LOCKOUT
from backup_slr.lifecycle.extensions.retention import RETENTION
from backup_slr.lifecycle.extensions.vault_lock import VAULT_LOCK

__all__ = ("EXTENSIONS", "INTERACTIONS")

INTERACTIONS = (*OWN_INTERACTIONS, *OTHER_INTERACTIONS)
"""What several extensions mean together, in the order in which they are composed."""

EXTENSIONS: tuple[Extension, ...] = (
    OBSTACLE,
    DEFAULT_VAULT_REFILLED,
    ACCESS_POLICY,
    BACKUP_PLANS,
    RETENTION,
    POLICY_LOCKOUT,
    VAULT_LOCK,
    LEGAL_HOLD,
    DELETING,
    EXPIRED_POINTS,
    BACKUP_ROLES,
    COPIES,
)
"""All extensions, in the order in which they are composed."""
