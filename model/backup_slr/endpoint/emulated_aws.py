"""AWS as far as the model knows it: accounts, each with its state, records and environment, behind the wire."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from backup_slr.endpoint.backend.answering import Answering
from backup_slr.endpoint.backend.emulated_account import EmulatedAccount, Path, Snapshot
from backup_slr.endpoint.backend.surroundings import Surroundings
from backup_slr.endpoint.recording import Recording
from backup_slr.endpoint.wire.messages import Fault, HttpRequest, HttpResponse, ServiceCall
from backup_slr.endpoint.wire.protocol import Wire
from backup_slr.engine.core.model import Model
from backup_slr.engine.core.scope import shown
from backup_slr.engine.spec.emulation import Emulation
from backup_slr.engine.spec.lifecycle import Lifecycle
from backup_slr.errors import BadInput, unknown
from backup_slr.scenario.account_codec import account_at
from backup_slr.scenario.scenario_text import account_lines, heading, new_names

FIRST_ACCOUNT = "111122223333"
CONTROL = "/_slr/"


@dataclass(frozen=True)
class AnsweredCall:
    """A call in the log of an account: what was asked, and the code of the error (empty: none)."""

    number: int
    service: str
    operation: str
    region: str
    parameters: Mapping[str, Any]
    error: str
    client: str


class AwsAccount:
    """One emulated account, and everything that can be done to it besides calls of AWS.

    Attributes
    ----------
    emulated
        The account itself.
    environment
        What the environment does; its attributes can be set.
    calls
        The calls so far.
    """

    def __init__(self, account: EmulatedAccount, strict: bool, environment: Surroundings | None = None) -> None:
        self.emulated = account
        self.environment = Surroundings() if environment is None else environment
        self.calls: list[AnsweredCall] = []
        self._answering = Answering(account, self.environment, strict)
        self._first = account.snapshot()
        self._named: dict[str, Snapshot] = {}
        self._recording = Recording(account)

    def answer(self, call: ServiceCall) -> Mapping[str, Any]:
        """The result of a call.

        Raises
        ------
        Fault
            When it is an error.
        """
        error = ""
        try:
            return self._answering.answer(call)
        except Fault as fault:
            error = fault.code
            raise
        finally:
            number = len(self.calls) + 1
            self.calls.append(
                AnsweredCall(number, call.service, call.operation, call.region, call.parameters, error, call.client)
            )

    # ---------------------------------------------------------------- the state

    @property
    def state(self) -> dict[str, Any]:
        """The state, with the keys of account files."""
        return account_at(self.emulated.machine.layout, self.emulated.state, self.emulated.names)

    def __getitem__(self, key: str | tuple[str, str]) -> Any:
        """The value of a variable: ``account["role"]``, ``account["points", "us-east-1/archive"]``.

        Raises
        ------
        BadInput
            When there is no such variable.
        """
        name, place = (key, "") if isinstance(key, str) else key
        account = self.emulated
        if name not in account.variables:
            raise BadInput(unknown("variable", name, account.variables))
        variable = account.variables[name]
        path = tuple(place.split("/", len(variable.per) - 1)) if variable.per else ()
        return shown(variable, account.value(variable, path) or 0)

    def account_file(self, title: str = "an emulated account") -> str:
        """The state as an account file."""
        account = self.emulated
        lines = [*heading(title, account.model, (), account.lifecycle), "", "[account]"]
        lines += account_lines(account.machine.layout, account.state, account.names)
        return "\n".join([*lines, *new_names(account.names, account.lifecycle)]) + "\n"

    def scenario(self, title: str = "what clients did") -> str:
        """Everything that was done since the last reset, as a scenario that `simulate` runs."""
        return self._recording.scenario(title)

    def reset(self) -> None:
        """Put the account back into the state in which it started."""
        self._restore(self._first)
        self.calls.clear()

    def snapshot(self, name: str = "") -> None:
        """Keep the present state under a name."""
        self._named[name] = self.emulated.snapshot()

    def restore(self, name: str = "") -> None:
        """Return to a state that was kept.

        Raises
        ------
        BadInput
            When there is none of that name.
        """
        if name not in self._named:
            raise BadInput(unknown("snapshot", name, self._named))
        self._restore(self._named[name])

    def _restore(self, snapshot: Snapshot) -> None:
        self.emulated.restore(snapshot)
        self._recording.restart()

    # ---------------------------------------------------------------- the environment

    def act(self, action: str, place: str = "", **inputs: Any) -> str:
        """Let the service or another person perform an action; return its outcome, or the refusal.

        Raises
        ------
        BadInput
            When there is no such action, place or input.
        """
        account = self.emulated
        if action not in account.rules:
            raise BadInput(unknown("action", action, account.rules))
        rule = account.rules[action]
        known = {variable.name: variable for variable in rule.inputs}
        for name in inputs:
            if name not in known:
                raise BadInput(unknown(f"input of {action}", name, known))
        depth = len(rule.place)
        path: Path = tuple(place.split("/", depth - 1)) if place and depth else (place,) if place else ()
        if len(path) != depth or not all(path):
            form = "/".join(sort.name.upper() for sort in account.lifecycle.sorts[:depth])
            raise BadInput(f"{action} needs {f'a place {form}' if depth else 'no place'}, not {place!r}")
        try:
            step = account.act(action, path, inputs)
        except ValueError as error:
            raise BadInput(f"{action}: {error}") from None
        return step.guard.otherwise.id if step.guard else step.outcome

    def wait(self, seconds: float = 60) -> None:
        """Advance the clock; jobs and tasks end meanwhile."""
        self.emulated.settle()
        self.emulated.advance(seconds)

    def deny(self, *operations: str) -> None:
        """Take the permission for operations from all callers (patterns such as ``backup:Delete*``)."""
        self.environment.denied = operations

    def fail_next(self, operation: str, code: str) -> None:
        """Let the next call of an operation (a pattern) fail with an error code."""
        self.environment.failing.append((operation, code))


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
    """

    lifecycle: Lifecycle
    model: Model
    emulation: Emulation
    values: Mapping[tuple[str, Path], int] = field(default_factory=dict[tuple[str, Path], int])
    stated: Sequence[str] = ()
    strict: bool = False
    number: str = FIRST_ACCOUNT

    def __post_init__(self) -> None:
        """Start without accounts: one is made for each access key."""
        self._wire = Wire(self.emulation.reserved)
        self.accounts: dict[str, AwsAccount] = {}

    def account(self, key: str = "") -> AwsAccount:
        """The account of an access key; the first one if there is no key."""
        if not key and self.accounts:
            return next(iter(self.accounts.values()))
        if key not in self.accounts:
            unclaimed = self.accounts.pop("", None)
            self.accounts[key] = unclaimed or self._made(f"{int(self.number) + len(self.accounts):012d}")
        return self.accounts[key]

    def _made(self, number: str) -> AwsAccount:
        account = EmulatedAccount(self.lifecycle, self.model, self.emulation, self.values, number, self.stated)
        return AwsAccount(account, self.strict)

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
