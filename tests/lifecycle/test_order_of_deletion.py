"""The order of deletion in the README works under every combination of assumption values that allows one."""

from __future__ import annotations

from itertools import product

from backup_slr.engine.check.combinations import read_by
from backup_slr.lifecycle import lifecycle
from backup_slr.scenario.player import play
from backup_slr.scenario.run_report import run_document
from backup_slr.scenario.scenario_file import parse

ACCOUNT = """
title = "Default first, beside another vault, with the CLI"
[account]
role = "present"
vaults = [
  { region = "us-east-1", name = "Default", points = 1 },
  { region = "us-east-1", name = "aws/efs/automatic-backup-vault", points = 0 },
  { region = "eu-west-1", name = "Default", points = 0 },
]
"""
ORDER = (
    ("delete_recovery_point", "us-east-1", "Default"),
    ("delete_backup_vault", "us-east-1", "Default"),
    ("delete_backup_vault", "us-east-1", "aws/efs/automatic-backup-vault"),
    ("create_backup_vault", "eu-west-1", "temporary"),
    ("delete_backup_vault", "eu-west-1", "Default"),
    ("delete_backup_vault", "eu-west-1", "temporary"),
)
STEPS = "".join(f'[[step]]\ndo = "{do}"\nregion = "{r}"\nvault = "{v}"\nvia = "cli"\n' for do, r, v in ORDER)
END = '[[step]]\ndo = "delete_service_linked_role"\nvia = "cli"\n[[step]]\ndo = "finish_deletion_task"\n'
DONE = {do for do, _, _ in ORDER} | {"delete_service_linked_role", "finish_deletion_task"}


def combinations() -> list[tuple[tuple[str, str], ...]]:
    """Every combination of values of the assumptions that the rules of these steps read; no others have an effect."""
    table = lifecycle()
    read = set().union(*(read_by(table.rule(action)) for action in DONE))
    return list(product(*([(a.name, value) for value in a.values] for a in table.assumptions if a.name in read)))


def test_default_first_with_the_cli_works_unless_the_efs_vault_stays_and_counts() -> None:
    table = lifecycle()
    scenario = parse(ACCOUNT + STEPS + END, lifecycle=table)
    for values in map(dict, combinations()):
        final = run_document(play(scenario, table.assuming(values)))["final"]
        stays = values["efs-vault"] == "never" and values["empty-vaults-count"] == "yes"
        assert (final["role"] == "absent") is not stays, values
