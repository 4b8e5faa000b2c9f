"""The account in which a command or a question starts."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from backup_slr.engine.spec.lifecycle import Lifecycle
from backup_slr.lifecycle import BACKUP
from backup_slr.scenario.starting_account import StartingAccount, load_starting_account


def load_account(file: str | Path, lifecycle: Lifecycle = BACKUP, now: datetime | None = None) -> StartingAccount:
    """Read an account: the TOML of an account file or of a scenario.

    Parameters
    ----------
    file
        Its name.
    lifecycle
        The lifecycle of the role; it is composed with the extensions that the account names.
    now
        The time to which dates in the account are relative (None: the time of the clock).

    Raises
    ------
    BadInput
        When the file is not an account; the message has the line and the valid values.
    """
    return load_starting_account(file, lifecycle)
