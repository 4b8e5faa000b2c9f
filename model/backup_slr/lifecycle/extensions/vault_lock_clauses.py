"""The statements of AWS's pages that the extension ``vault-lock`` formalizes, and its conventions."""

from backup_slr.engine.spec.documentation import Clause

LOCK_PAGE, AIR_GAP_PAGE = "AWS Backup Vault Lock", "Logically air-gapped vault"

CLAUSES = (
    Clause(
        "LOCK-1",
        "rule",
        "No user, not even the root user, can delete a recovery point of a locked vault.",
        ("c34173fd9f7b44b4050d4b05a13d587e618b2444546181b47128b29dcb9fc013",),
        page=LOCK_PAGE,
    ),
    Clause(
        "LOCK-2",
        "property",
        "A lock blocks deletions from the start, during the grace time too.",
        ("42c3d341a6ddf375d0a10269cb45ea57259101517faeb8ceefdb45376d2e3b65",),
        page=LOCK_PAGE,
    ),
    Clause(
        "LOCK-3",
        "rule",
        "A lock is in governance mode or in compliance mode.",
        ("c99179b79303c6e9aa93431ce005723c1a7ad1ba05a9d7e21b572aa40421bcd2",),
        page=LOCK_PAGE,
    ),
    Clause(
        "LOCK-4",
        "rule",
        "A user with the permission can remove a lock in governance mode at any time.",
        ("0193dfa8dcfe61b4ba29260a9905fa74347fb1404231d176a5d4582a9cd4f5e5",),
        page=LOCK_PAGE,
    ),
    Clause(
        "LOCK-5",
        "rule",
        "A lock in compliance mode can be removed or changed until its grace time ends.",
        ("a72d38c328b10d700a2d9bea6a93d33b4c98312451fc67ef36fce16cb61236ae",),
        page=LOCK_PAGE,
    ),
    Clause(
        "LOCK-6",
        "rule",
        "When the grace time has ended, neither a user nor AWS can change or remove the lock.",
        ("3a78d7c74f748cc25e81d3edf68533eec789f945d0beccf52fe338b71b360a94",),
        page=LOCK_PAGE,
    ),
    Clause(
        "LOCK-7",
        "rule",
        "A request to remove an immutable lock is refused with InvalidRequestException.",
        ("250f0d2630a22abd006dbc59ad1dbf1e2f182264ee4a0a66c8acb51e0180bbac",),
        page="DeleteBackupVaultLockConfiguration",
    ),
    Clause(
        "LOCK-8",
        "property",
        "An immutable lock does not block the deletion of its vault once the vault is empty.",
        ("6ee51a6552be293a2de9ad5d9f687b9230610a4af428ca4699a3259855419d8c",),
        page=LOCK_PAGE,
    ),
    Clause(
        "LOCK-9",
        "advice",
        "A recovery point that is kept without end stays in a vault with an immutable lock forever.",
        ("2b2e05e38f0e3f8dd009968c8beb74f9a97bf9a4dd61ce18d492f23fd05c386e",),
        page=LOCK_PAGE,
    ),
    Clause(
        "AIRGAP-1",
        "rule",
        "A logically air-gapped vault has a lock in compliance mode from its creation.",
        (
            "32279908b6d044dc868e7487070e64f4dcd4add17fc6911e6108b699fa5f0341",
            "67eeffee30185806f016909f102ce815485d4d905a5b56fab8645d27931d9912",
        ),
        page=AIR_GAP_PAGE,
    ),
    Clause(
        "AIRGAP-2",
        "property",
        "A logically air-gapped vault has a maximum retention, and takes no recovery point that would be kept longer.",
        ("93c6655136ac09facaf46e7a625637868ec7daffb5b07e3047a3587eb432f06b",),
        page=AIR_GAP_PAGE,
    ),
)

CONVENTIONS = {
    "ASSUME-LOCK": "A lock is deleted with its vault, and a vault that is created again has none. Not documented are "
    "the error codes for deleting a recovery point of a locked vault (the model takes that of an immutable lock) and "
    "for removing a lock that does not exist, and whether a user can delete a recovery point after the minimum "
    "retention of a lock (the model takes no)."
}
