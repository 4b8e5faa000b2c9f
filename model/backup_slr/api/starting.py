"""The account in which a question starts, from any file that describes one."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from backup_slr.engine.spec.lifecycle import Lifecycle
from backup_slr.lifecycle import BACKUP
from backup_slr.scenario.examples import example
from backup_slr.scenario.starting_account import StartingAccount, load_starting_account


def load_account(file: str | Path, lifecycle: Lifecycle = BACKUP, now: datetime | None = None) -> StartingAccount:
    """Read an account: a TOML file (an account or a scenario), or an inventory.

    Parameters
    ----------
    file
        The file; an inventory is a file of `backup-slr collect`, or a folder of answers of the AWS CLI.
    lifecycle
        The rules; they are composed with the extensions that the account needs.
    now
        The present time, to report an old inventory; by default that of the clock.

    Raises
    ------
    BadInput
        When the file does not fit; the message says what would be right.

    Examples
    --------
    >>> load_account("simulations/accounts/small.toml").spec.values["role"]
    1
    >>> load_account("simulations/inventories/small.json").observation.account
    '111122223333'
    """
    file = example(Path(file))
    if file.suffix == ".toml" or str(file) == "-":
        return load_starting_account(file, lifecycle)
    from backup_slr.inventory.load import load_inventory

    return load_inventory(file, lifecycle, now)
