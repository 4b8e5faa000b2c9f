"""The pictures of the gallery: by name, the command line that draws each."""

from __future__ import annotations

DECISIONS = (
    "delete_recovery_point",
    "delete_backup_vault",
    "delete_service_linked_role",
    "create_service_linked_role",
    "perform_efs_automatic_backup",
)
SEQUENCES = (
    "clean-up-in-the-console",
    "a-job-in-another-region-blocks-a-deletion",
    "efs-backup-creates-role-and-vault",
)
PICTURES: dict[str, tuple[str, ...]] = {
    "lifecycle": ("lifecycle",),
    "lifecycle-obstacles": ("lifecycle", "--abstract", "obstacles"),
    **{f"teardown-{via}": ("teardown", "--via", via) for via in ("console", "cli", "api")},
    "dependencies": ("dependencies",),
    **{f"sequence-{name}": ("sequence", "--scenario", f"simulations/{name}.toml") for name in SEQUENCES},
    **{f"decision-{action.replace('_', '-')}": ("decision", action) for action in DECISIONS},
    "reachable": ("reachable",),
    "counterexample-recovery-points": (
        "counterexample",
        "recovery_points_lie_in_vaults",
        "--without",
        "delete_backup_vault/vault-has-recovery-points",
    ),
    "counterexample-default-vault": (
        "counterexample",
        "cleanup_ends_without_role",
        "--assume",
        "default-vault=needs-another-vault",
    ),
    "difference-resources-remain": ("difference", "now", "now --without finish_deletion_task/resources-remain"),
}
"""By name: the arguments of ``backup-slr diagram``."""
