"""Editions of the AWS page: what each of them implies for the assumptions, and which extensions it describes."""

from __future__ import annotations

from backup_slr.engine.spec.lifecycle import Edition
from backup_slr.lifecycle.assumptions import SCHEDULED_RUN_RECREATES

EDITIONS: tuple[Edition, ...] = (
    Edition(
        "source",
        "2021-11",
        "The page that the rules formalize; where it is silent, the newest evidence decides.",
    ),
    Edition(
        "2025-10",
        "2025-10-22",
        "The newest page: the role creates and deletes backups of all resources, and any backup creates it.",
        assume={SCHEDULED_RUN_RECREATES.name: "yes"},
        changes=(
            ("ROLE-4", "The role creates and deletes backups of all resources; the three features are not listed."),
            ("CREATE-4", "Performing a backup creates the role, in place of EFS automatic backup alone."),
            ("CREATE-5", "Its sentence lists backups in place of EFS automatic backup."),
            ("CREATE-7", "A backup creates a deleted role again, in place of EFS automatic backup alone."),
            ("TRUST-2", "The trusted service is named as backup.amazonaws.com."),
            ("POLICY-3", "The permissions are not described; the page refers to the managed policy."),
            ("CLEAN-5", "The page about deleting a vault has another title."),
        ),
    ),
)
"""The edition that the rules follow, then newer ones."""
