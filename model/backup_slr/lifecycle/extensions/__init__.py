"""Extensions of the lifecycle: what the page leaves out, each composed with its rules as data."""

from __future__ import annotations

from backup_slr.engine.spec.extension import Extension
from backup_slr.lifecycle.extensions.legal_hold import LEGAL_HOLD
from backup_slr.lifecycle.extensions.obstacle import OBSTACLE
from backup_slr.lifecycle.extensions.retention import RETENTION
from backup_slr.lifecycle.extensions.vault_lock import VAULT_LOCK

EXTENSIONS: tuple[Extension, ...] = (OBSTACLE, RETENTION, VAULT_LOCK, LEGAL_HOLD)
"""All extensions, in the order in which they are composed."""
