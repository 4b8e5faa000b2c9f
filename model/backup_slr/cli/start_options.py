"""The option ``--account`` of the commands that explore, and the model that they explore from it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from backup_slr.cli.model_options import ModelOptions
from backup_slr.cli.parameters import option
from backup_slr.engine.spec.lifecycle import Lifecycle

if TYPE_CHECKING:
    from backup_slr.scenario.starting_account import StartingAccount


@dataclass(frozen=True)
class StartOptions(ModelOptions):
    """Options that choose the model, and the account from which it is explored."""

    account: str | None = option(
        "FILE",
        "start from the account in this file, with the extensions and assumptions that it names, instead of a new "
        "account; the numbers of the scope then leave room for new elements, and a maximum below the account's own "
        "counts makes it smaller",
    )

    @cached_property
    def start(self) -> StartingAccount | None:
        """The account, if there is one."""
        lifecycle = self._own_lifecycle
        if self.account is None:
            return None
        from backup_slr.api.starting import load_account
        from backup_slr.scenario.examples import example

        return load_account(str(example(Path(self.account))), lifecycle)

    @cached_property
    def lifecycle(self) -> Lifecycle:
        """The lifecycle, composed with the extensions that the account names too."""
        return self.start.lifecycle if self.start is not None else self._own_lifecycle
