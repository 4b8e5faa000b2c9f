"""Accounts as starting points: what a file for another purpose has besides its account is left out."""

from __future__ import annotations

from backup_slr.lifecycle import BACKUP
from backup_slr.runbook.account_file_type import account_file_type
from backup_slr.scenario.file_types import scenario_type
from backup_slr.scenario.starting_account import IGNORED, starting_account_type


def test_exactly_the_keys_that_other_files_add_are_left_out() -> None:
    own, *others = (
        set(kind(BACKUP).__struct_encode_fields__) for kind in (starting_account_type, account_file_type, scenario_type)
    )
    assert len(IGNORED) == len(set(IGNORED))
    assert set(IGNORED) == set.union(*others) - own
