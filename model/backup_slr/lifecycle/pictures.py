"""The pictures of the gallery: for each one the question that it answers, and the command that draws it."""

from __future__ import annotations

PICTURES: dict[str, tuple[str, tuple[str, ...]]] = {
    "dependencies": ("What blocks the deletion of the role?", ("dependencies",)),
    "teardown-console": ("In which order do I delete everything in the console?", ("teardown", "--via", "console")),
    "teardown-cli": ("In which order do I delete everything with the CLI or API?", ("teardown", "--via", "cli")),
    "lifecycle": ("What creates the role, and what deletes it?", ("lifecycle",)),
    "lifecycle-obstacles": (
        "What happens if I request the deletion while something blocks it?",
        ("lifecycle", "--abstract", "obstacles"),
    ),
    "decision-delete-service-linked-role": ("Why can't I delete the role?", ("decision", "delete_service_linked_role")),
    "decision-delete-backup-vault": ("Why can't I delete a vault?", ("decision", "delete_backup_vault")),
    "decision-delete-recovery-point": ("Why can't I delete a recovery point?", ("decision", "delete_recovery_point")),
    "decision-create-service-linked-role": ("Why can't I create the role?", ("decision", "create_service_linked_role")),
    "sequence-clean-up-in-the-console": (
        "What does a complete clean-up look like?",
        ("sequence", "--scenario", "simulations/clean-up-in-the-console.toml"),
    ),
    "sequence-a-job-in-another-region-blocks-a-deletion": (
        "Why is a deletion refused although no job runs in this Region?",
        ("sequence", "--scenario", "simulations/a-job-in-another-region-blocks-a-deletion.toml"),
    ),
    "sequence-the-last-visit-must-precede-the-cli-step": (
        "Why is the default vault back after I deleted it?",
        ("sequence", "--scenario", "simulations/the-last-visit-must-precede-the-cli-step.toml"),
    ),
    "sequence-a-denying-access-policy-must-be-replaced": (
        "Why is a deletion denied although I have the permission?",
        ("sequence", "--scenario", "simulations/a-denying-access-policy-must-be-replaced.toml"),
    ),
    "sequence-a-permanent-protection-keeps-the-role": (
        "Can a protected recovery point keep the role forever?",
        ("sequence", "--scenario", "simulations/a-permanent-protection-keeps-the-role.toml"),
    ),
    "sequence-plans-refill-a-vault-until-they-are-deleted": (
        "Why does a vault fill again after I emptied it?",
        ("sequence", "--scenario", "simulations/plans-refill-a-vault-until-they-are-deleted.toml"),
    ),
    "sequence-a-vault-is-not-empty-right-after-a-deletion": (
        "Why can't I delete a vault right after its recovery points?",
        ("sequence", "--scenario", "simulations/a-vault-is-not-empty-right-after-a-deletion.toml"),
    ),
    "sequence-success-is-not-proof-of-a-deletion": (
        "Why does a recovery point exist after its deletion succeeded?",
        ("sequence", "--scenario", "simulations/success-is-not-proof-of-a-deletion.toml"),
    ),
    "decision-delete-own-recovery-point": (
        "What happens if I delete a recovery point that was made under my own role?",
        ("decision", "delete_own_recovery_point", "--with", "backup-roles"),
    ),
    "sequence-a-copy-arrives-after-copying-was-turned-off": (
        "Why does a vault fill although no plan of mine backs up into it?",
        ("sequence", "--scenario", "simulations/a-copy-arrives-after-copying-was-turned-off.toml"),
    ),
    "counterexample-default-vault": (
        "Can a clean-up loop forever?",
        ("counterexample", "cleanup_ends_without_role", "--assume", "default-vault=needs-another-vault"),
    ),
    "counterexample-recovery-points": (
        "Why must a vault be empty before it is deleted?",
        (
            "counterexample",
            "recovery_points_lie_in_vaults",
            "--without",
            "delete_backup_vault/vault-has-recovery-points",
        ),
    ),
    "decision-locks-and-legal-holds": (
        "What protects a recovery point from deletion?",
        ("decision", "delete_recovery_point", "--with", "vault-lock,legal-hold"),
    ),
    "counterexample-locked-forever": (
        "Can a vault lock keep the role forever?",
        (
            "counterexample",
            "role_deletable_from_everywhere",
            "--with",
            "vault-lock",
            "--assume",
            "endless-retention=yes",
            "--vaults",
            "2",
        ),
    ),
    "difference-resources-remain": (
        "Why must everything be deleted before the role?",
        (
            "difference",
            "now",
            "now --without finish_deletion_task/resources-remain",
            "--abstract",
            "role, any(points > 0)",
        ),
    ),
}
"""By name: the question, and the arguments of ``backup-slr diagram``."""
FINDING = "the-last-visit-must-precede-the-cli-step.toml"
"""The scenario that people should see first: the trap at the end of the documented procedure."""
