"""The account that a question starts from, of whatever file it is in."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from backup_slr.engine.spec.lifecycle import Lifecycle
from backup_slr.lifecycle import BACKUP
from backup_slr.scenario.starting_account import StartingAccount, load_starting_account


def load_account(file: str | Path, lifecycle: Lifecycle = BACKUP, now: datetime | None = None) -> StartingAccount:
    """Read an account of a file.

    Parameters
    ----------
    file
        An account file or a scenario (TOML).
    lifecycle
        The lifecycle; it is composed with the extensions that the file names.
    now
        The time with which the age of an observation is compared.

    Raises
    ------
    BadInput
        When the file cannot be read or does not fit.
    """
    return load_starting_account(file, lifecycle)
