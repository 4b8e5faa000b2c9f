"""What the access policies of vaults deny, in the words of the rules."""

from __future__ import annotations

from backup_slr.engine.spec.inventory import (
    How,
    NotModeled,
    SetsValue,
    Showing,
)
from backup_slr.lifecycle.inventory_calls import POLICY, about

ARN_OF_VAULT = "arn:*:backup:{0}:*:backup-vault:{1}"
DENIED = DELETE_POINT, DELETE_VAULT = ("backup:DeleteRecoveryPoint", "backup:DeleteBackupVault")
PUT_POLICY, DELETE_POLICY = "backup:PutBackupVaultAccessPolicy", "backup:DeleteBackupVaultAccessPolicy"
OF_POLICY = about(POLICY, "", "$BackupVaultName")


def _policy(how: How, *operations: str) -> Showing:
    """What the access policy of a vault denies there."""
    return Showing("Policy", how, operations, ARN_OF_VAULT)


POLICY_FACTS = (
    OF_POLICY(
        SetsValue("deletion_denied"),
        "its access policy denies deletions",
        _policy("denies", *DENIED),
        _policy("does not deny", PUT_POLICY),
    ),
    OF_POLICY(
        SetsValue("lockout", "until_deleted"),
        "its access policy denies deletions and its own replacement, but not its own deletion",
        _policy("denies", *DENIED),
        _policy("denies", PUT_POLICY),
        _policy("does not deny", DELETE_POLICY),
    ),
    OF_POLICY(
        SetsValue("lockout", "points"),
        "its access policy denies deletions of recovery points, its own replacement and its own deletion",
        _policy("denies", DELETE_POINT),
        _policy("does not deny", DELETE_VAULT),
        _policy("denies", PUT_POLICY),
        _policy("denies", DELETE_POLICY),
    ),
    OF_POLICY(
        SetsValue("lockout", "deletions"),
        "its access policy denies the deletion of the vault, its own replacement and its own deletion",
        _policy("denies", DELETE_VAULT),
        _policy("denies", PUT_POLICY),
        _policy("denies", DELETE_POLICY),
    ),
    OF_POLICY(
        NotModeled(),
        "its access policy denies deletions to some callers, for some resources or under a condition: whether to yours "
        "is not known",
        _policy("denies some", *DENIED),
    ),
    OF_POLICY(
        NotModeled(),
        "its access policy denies deletions of recovery points, and to some callers or under a condition that of the "
        "vault: whether to you is not known",
        _policy("denies", DELETE_POINT),
        _policy("denies some", DELETE_VAULT),
    ),
    OF_POLICY(
        NotModeled(),
        "the access policy denies its replacement to some callers, or under a condition: whether to you is not known",
        _policy("denies", *DENIED),
        _policy("denies some", PUT_POLICY),
    ),
    OF_POLICY(
        NotModeled(),
        "its access policy denies its own deletion to some callers or under a condition: whether to you is not known",
        _policy("denies", *DENIED),
        _policy("denies", PUT_POLICY),
        _policy("denies some", DELETE_POLICY),
    ),
    OF_POLICY(
        NotModeled(harmless=True),
        "its access policy denies deletions of recovery points, and not that of the vault: the model takes both as "
        "denied until the policy is replaced, but AWS Backup deletes the vault before that if it is empty",
        _policy("denies", DELETE_POINT),
        _policy("does not deny", DELETE_VAULT),
        _policy("does not deny", PUT_POLICY),
    ),
    OF_POLICY(
        NotModeled(harmless=True),
        "its access policy denies its own replacement and deletion to every caller: the model takes it as final, since "
        "AWS does not document that the root user or AWS Support can replace it",
        _policy("denies", *DENIED),
        _policy("denies", PUT_POLICY),
        _policy("denies", DELETE_POLICY),
    ),
)
