"""Editions of the AWS page: what each of them implies for the assumptions.

No edition implies an extension, since extensions formalize other pages.
"""

from __future__ import annotations

from backup_slr.engine.spec.lifecycle import Edition
from backup_slr.lifecycle.assumptions import SCHEDULED_RUN_RECREATES

EDITIONS: tuple[Edition, ...] = (
    Edition("source", "2021-11", "The page that the rules formalize; where it is silent, the newest evidence decides."),
    Edition(
        "2025-10",
        "2025-10-22",
        "The newest page: the role creates and deletes backups of all resources, and any backup creates it.",
        assume={SCHEDULED_RUN_RECREATES.name: "yes"},
        changes=(
            (
                "ROLE-4",
                "The role creates and deletes backups of all resources; the three features are not listed. An edition "
                "in between lists two of them, and excludes EC2 from the deletion of backups.",
            ),
            ("TRUST-2", "The trusted service is named as backup.amazonaws.com."),
            ("POLICY-2", "Its sentence refers to the reference of managed policies."),
            (
                "POLICY-3",
                "The permissions are not listed; the name of the policy has a typo (forBackup, not ForBackup). "
                "Version 31 of the policy also allows the deletion of backups.",
            ),
            ("CREATE-2", "Its sentence, which lists all triggers, now ends with backups; listing stays a trigger."),
            (
                "CREATE-3",
                "In the same sentence: setting up cross-account backup stays a trigger. In April 2026 the pages on "
                "copies across accounts say that only the management account sets it up, that the destination is no "
                "default vault, and that copies start for some 15 minutes after it was turned off: see copies.",
            ),
            ("CREATE-4", "Performing a backup creates the role, in place of EFS automatic backup alone."),
            ("CREATE-5", "Its sentence lists backups in place of EFS automatic backup."),
            (
                "CREATE-6",
                (
                    "Unchanged; EFS automatic backup now belongs here, as a feature of another service. In April 2026 "
                    "the page on managing several accounts has three ways to get the role back: turning on a "
                    "delegated administrator, a visit of the vaults page (REFILL-3), and creating it manually."
                ),
            ),
            ("CREATE-7", "A backup creates a deleted role again, in place of EFS automatic backup alone."),
            (
                "DELETE-4",
                "Unchanged, but IAM's page on troubleshooting roles (2025 and 2026) says that such a role is "
                "deleted only through the service that it belongs to.",
            ),
            (
                "CLEAN-1",
                "Unchanged, but in April 2026 other pages have recovery points that cannot be deleted for a time, or "
                "ever: under a vault lock or a legal hold, in a logically air-gapped vault, of a continuous backup.",
            ),
            (
                "CLEAN-5",
                "The page that it refers to has another title, and says that the console creates the default vault "
                "again: see console-visit-recreates-default-vault.",
            ),
            ("CLEAN-6", "Unchanged; the page that CLEAN-5 refers to adds that the default vault must be empty."),
        ),
    ),
)
"""The edition that the rules follow, then newer ones."""
