"""AWS as far as the model knows it: accounts, each with its state, records and environment, behind the wire."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from threading import RLock
from typing import Any

from backup_slr.endpoint.aws_account import AwsAccount
from backup_slr.endpoint.backend.emulated_account import EmulatedAccount
from backup_slr.endpoint.backend.record_store import Path
from backup_slr.endpoint.wire.messages import HttpRequest, HttpResponse, ServiceCall
from backup_slr.endpoint.wire.protocol import Wire
from backup_slr.engine.core.model import Model
from backup_slr.engine.spec.emulation import Emulation
from backup_slr.engine.spec.lifecycle import Lifecycle

FIRST_ACCOUNT = "111122223333"
CONTROL = "/_slr/"


@dataclass
class EmulatedAws:
    """Accounts that are apart by the access keys of their clients, and the wire before them.

    Parameters
    ----------
    lifecycle
        The lifecycle, composed with its extensions.
    model
        The same rules under settled assumptions.
    emulation
        The API.
    values
        The values in which every account starts; see `EmulatedAccount`.
    stated
        The assumptions whose values were given.
    strict
        Whether an answer that depends on another assumption is an error.
    number
        The number of the first account.
    attributes
        Attributes of the first records of every account; see `EmulatedAccount`.
    differences
        How every account differs from the one that was observed; see `AwsAccount`.
    """

    lifecycle: Lifecycle
    model: Model
    emulation: Emulation
    values: Mapping[tuple[str, Path], int] = field(default_factory=dict[tuple[str, Path], int])
    stated: Sequence[str] = ()
    strict: bool = False
    number: str = FIRST_ACCOUNT
    attributes: Mapping[tuple[str, Path], Mapping[str, Any]] = field(
        default_factory=dict[tuple[str, Path], "Mapping[str, Any]"]
    )
    differences: Sequence[str] = ()

    def __post_init__(self) -> None:
        """Start without accounts: one is made for each access key."""
        self._wire = Wire(self.emulation.reserved)
        self._lock = RLock()
        self.accounts: dict[str, AwsAccount] = {}

    def account(self, key: str = "", claims: bool = True) -> AwsAccount:
        """The account of an access key; the first one if there is no key.

        An account that was used without a key becomes that of the first key, if the key `claims` it.
        """
        with self._lock:
            if not key and self.accounts:
                return next(iter(self.accounts.values()))
            if key not in self.accounts:
                unclaimed = self.accounts.pop("", None) if claims else None
                self.accounts[key] = unclaimed or self._made(f"{int(self.number) + len(self.accounts):012d}")
            return self.accounts[key]

    def reset(self) -> None:
        """Put all accounts back into the states in which they started; ids of requests start again as well."""
        with self._lock:
            for account in self.accounts.values():
                account.reset()
            self._wire.restart()

    def _made(self, number: str) -> AwsAccount:
        rules = self.lifecycle, self.model, self.emulation
        account = EmulatedAccount(*rules, self.values, number, self.stated, self.attributes)
        return AwsAccount(account, self.strict, differences=self.differences)

    def backend(self, call: ServiceCall) -> Mapping[str, Any]:
        """The result of a call, by the account of its access key.

        Raises
        ------
        Fault
            When it is an error.
        """
        return self.account(call.access_key).answer(call)

    def answer(self, request: HttpRequest) -> HttpResponse:
        """The response to a request of a client, or to the control API below ``/_slr/``."""
        if request.target.startswith(CONTROL):
            from backup_slr.endpoint.control import answer

            return answer(self, request)
        return self._wire.answer(request, self.backend)
