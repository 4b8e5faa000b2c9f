"""The account in which a question starts, from any file that describes one."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from backup_slr.engine.spec.lifecycle import Lifecycle
from backup_slr.errors import BadInput, unknown
from backup_slr.lifecycle import BACKUP
from backup_slr.scenario.examples import example
from backup_slr.scenario.starting_account import Place, StartingAccount, load_starting_account
from backup_slr.scenario.toml_source import TomlSource, read

if TYPE_CHECKING:
    from backup_slr.runbook.busy_account import BusyAccount


def load_account(file: str | Path, lifecycle: Lifecycle = BACKUP, now: datetime | None = None) -> StartingAccount:
    """Read an account: a TOML file (an account or a scenario), or an inventory.

    Parameters
    ----------
    file
        The file; an inventory is a file of `backup-slr collect`, or a folder of answers of the AWS CLI.
    lifecycle
        The rules; they are composed with the extensions that the account needs.
    now
        The present time, with which the dates of an inventory are compared; by default that of the clock.

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
    if _is_toml(file):
        return load_starting_account(file, lifecycle)
    from backup_slr.inventory.load import load_inventory

    return load_inventory(file, lifecycle, now)


def load_busy_account(file: str | Path, lifecycle: Lifecycle = BACKUP) -> BusyAccount:
    """Read an account with the activity in it; of an inventory or a scenario, the activity that its state shows.

    Parameters
    ----------
    file
        The file, as for `load_account`.
    lifecycle
        The rules; they are composed with the extensions that the account needs.

    Raises
    ------
    BadInput
        When the file does not fit; the message says what would be right.

    Examples
    --------
    >>> load_busy_account("simulations/accounts/busy.toml").title
    'A busy account'
    >>> load_busy_account("simulations/inventories/small.json").title
    'Account 111122223333 on 2026-11-20'
    """
    from backup_slr.runbook import busy_account, observed_activity

    file = example(Path(file))
    if _is_toml(file):
        document = {} if str(file) == "-" else TomlSource(read(file, "account file"), str(file)).document()
        if not document.keys() >= {"account", "step"}:
            return busy_account.load(str(file), lifecycle)
    return observed_activity.busy_account_of(load_account(file, lifecycle))


def places_named(start: StartingAccount, names: Iterable[str]) -> list[Place]:
    """The places of an account with these names: a whole place, or the name of its last element.

    >>> places_named(load_account("simulations/accounts/small.toml"), ["archive"])
    [('us-east-1', 'archive')]
    """
    places = [entry.place for entries in start.spec.tables.values() for entry in entries]
    found: list[Place] = []
    for name in names:
        same = [place for place in places if name in ("/".join(place), place[-1])]
        if not same:
            raise BadInput(unknown("place", name, ["/".join(place) for place in places]))
        found += same
    return found


def _is_toml(file: Path) -> bool:
    """Whether a person wrote the file; everything else is an inventory."""
    return file.suffix == ".toml" or str(file) == "-"
