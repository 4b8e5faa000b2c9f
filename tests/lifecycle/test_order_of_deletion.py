"""The order of deletion in the README works under every combination of assumption values that allows one."""

from __future__ import annotations

from itertools import product
from random import Random

import pytest

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
COMBINATIONS = list(product(*([(a.name, value) for value in a.values] for a in lifecycle().assumptions)))


@pytest.mark.parametrize("many", [100, pytest.param(len(COMBINATIONS), marks=pytest.mark.slow)])
def test_default_first_with_the_cli_works_unless_the_efs_vault_stays_and_counts(many: int) -> None:
    table = lifecycle()
    scenario = parse(ACCOUNT + STEPS + END, lifecycle=table)
    for values in map(dict, Random(1).sample(COMBINATIONS, many)):
        final = run_document(play(scenario, table.assuming(values)))["final"]
        stays = values["efs-vault"] == "never" and values["empty-vaults-count"] == "yes"
        assert (final["role"] == "absent") is not stays, values
