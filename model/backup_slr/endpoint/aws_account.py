"""One emulated account, and everything that can be done to it besides calls of AWS."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass
from math import isfinite
from threading import RLock
from typing import Any

from backup_slr.endpoint.backend.answering import Answering
from backup_slr.endpoint.backend.emulated_account import EmulatedAccount, Snapshot
from backup_slr.endpoint.backend.record_store import Path
from backup_slr.endpoint.backend.shown_values import undated
from backup_slr.endpoint.backend.surroundings import Surroundings
from backup_slr.endpoint.recording import Recording
from backup_slr.endpoint.wire.messages import Fault, ServiceCall
from backup_slr.engine.core.scope import shown
from backup_slr.engine.core.variable import Enum, Flag
from backup_slr.errors import BadInput, quoted, unknown
from backup_slr.report.names import place_path
from backup_slr.scenario.account_codec import account_in_file
from backup_slr.scenario.scenario_text import account_lines, heading, new_names
from backup_slr.scenario.starting_account import account_of_text

LONGEST_LOG = 10_000
"""Calls that the log keeps at least."""
LONGEST_NAME = 1000


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
    request_id: str


class AwsAccount:
    """One emulated account; it can be used from several threads.

    Attributes
    ----------
    emulated
        The account itself.
    environment
        What the environment does; see `configure`.
    calls
        The last calls.
    differences
        How it differs from the account that was observed: what is left out, and dates that are not known.
    """

    def __init__(
        self,
        account: EmulatedAccount,
        strict: bool,
        environment: Surroundings | None = None,
        differences: Sequence[str] = (),
    ) -> None:
        self.emulated = account
        self.differences = (*differences, *undated(account))
        self._first_environment = Surroundings() if environment is None else environment
        self._lock = RLock()
        self._strict = strict
        self.calls: list[AnsweredCall] = []
        self._called = 0
        self._named: dict[str, Snapshot] = {}
        self._recording = Recording(account)
        self._start()

    def _start(self) -> None:
        """Take the present state for the first one."""
        self._first = self.emulated.snapshot()
        self._new_environment()

    def _new_environment(self) -> None:
        self.environment = deepcopy(self._first_environment)
        self._answering = Answering(self.emulated, self.environment, self._strict)
        self.emulated.fate = self.environment.fate
        self._earlier: Snapshot | None = None
        self._stale = 0

    # ---------------------------------------------------------------- calls

    def answer(self, call: ServiceCall) -> Mapping[str, Any]:
        """The result of a call.

        Raises
        ------
        Fault
            When it is an error.
        """
        with self._lock:
            error = ""
            try:
                return self._answer(call)
            except Fault as fault:
                error = fault.code
                raise
            finally:
                self._called += 1
                self.calls.append(
                    AnsweredCall(
                        *(self._called, call.service, call.operation, call.region, call.parameters),
                        *(error, call.client, call.request_id),
                    )
                )
                if len(self.calls) > 2 * LONGEST_LOG:
                    del self.calls[:LONGEST_LOG]

    def _answer(self, call: ServiceCall) -> Mapping[str, Any]:
        if not self.environment.lag and not self._stale:
            return self._answering.answer(call)
        if not self._stale or self._earlier is None or not self._answering.lags(call):
            with self._changing():
                return self._answering.answer(call)
        self._stale -= 1
        present, watch, self.emulated.watch = self.emulated.snapshot(), self.emulated.watch, None
        try:
            self.emulated.restore(self._earlier)
            return self._answering.answer(call)
        finally:
            self.emulated.restore(present)
            self.emulated.watch = watch

    @contextmanager
    def _changing(self) -> Generator[None]:
        """Keep the state before a change, if reads lag."""
        with self._lock:
            before = self.emulated.snapshot() if self.environment.lag else None
            try:
                yield
            finally:
                if before is not None and before.state != self.emulated.state:
                    self._earlier, self._stale = before, self.environment.lag

    # ---------------------------------------------------------------- the state

    @property
    def state(self) -> dict[str, Any]:
        """The state, with the keys of account files."""
        with self._lock:
            return account_in_file(self.emulated.machine.layout, self.emulated.state, self.emulated.names)

    def __getitem__(self, key: str | tuple[str, str]) -> Any:
        """The value of a variable: ``account["role"]``, ``account["points", "us-east-1/archive"]``.

        Raises
        ------
        BadInput
            When there is no such variable, or it has other places.
        """
        name, place = (key, "") if isinstance(key, str) else key
        account = self.emulated
        if name not in account.variables:
            raise BadInput(unknown("variable", name, account.variables))
        variable = account.variables[name]
        path = self._path(name, place, len(variable.per))
        with self._lock:
            return shown(variable, account.value(variable, path) or 0)

    def account_file(self, title: str = "an emulated account") -> str:
        """The state as an account file."""
        account = self.emulated
        with self._lock:
            lines = [*heading(title, account.model, (), account.lifecycle), "", "[account]"]
            now = account.machine.layout, account.state, account.names
            return "\n".join([*lines, *account_lines(*now), *new_names(*now, account.lifecycle)]) + "\n"

    def load(self, text: str) -> None:
        """Put the account into the state of an account file (its text); `reset` returns to it.

        The file may need extensions and state assumptions only as far as the account has them already.

        Raises
        ------
        BadInput
            When it is no account file, or needs other rules.
        """
        under = self.emulated
        start = account_of_text(text, under.lifecycle)
        missing = set(start.lifecycle.composed_of) - set(under.lifecycle.composed_of)
        if missing:
            raise BadInput(f"the account needs the extensions {', '.join(sorted(missing))}: start with these")
        assumed = dict(under.model.assumed)
        for name, value in start.assume.items():
            if assumed.get(name) != value:
                raise BadInput(f"the account assumes {name}={value}; the rules here assume {assumed.get(name)}")
        machine = start.machine(under.model)
        values = start.names.values(machine.layout, start.state(machine))
        with self._lock:
            under.set_values(values, start.spec.places())
            self.differences = tuple(undated(under))
            self.calls.clear()
            self._recording.restart()
            self._start()

    def scenario(self, title: str = "what clients did") -> str:
        """Everything that was done since the last reset, as a scenario that `simulate` runs."""
        with self._lock:
            return self._recording.scenario(title)

    def reset(self) -> None:
        """Put the account and its environment back into the state in which they started."""
        with self._lock:
            self._restore(self._first)
            self._new_environment()
            self.calls.clear()

    def snapshot(self, name: str = "") -> None:
        """Keep the present state under a name."""
        with self._lock:
            self._named[name] = self.emulated.snapshot()

    def restore(self, name: str = "") -> None:
        """Return to a state that was kept.

        Raises
        ------
        BadInput
            When there is none of that name.
        """
        with self._lock:
            if name not in self._named:
                raise BadInput(unknown("snapshot", name, self._named))
            self._restore(self._named[name])

    def _restore(self, snapshot: Snapshot) -> None:
        self.emulated.restore(snapshot)
        self._earlier, self._stale = None, 0
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
        for name, value in inputs.items():
            if name not in known:
                raise BadInput(unknown(f"input of {action}", name, known))
            _check_value(known[name], value)
        path = self._path(action, place, len(rule.place))
        with self._changing():
            step = account.act(action, path, inputs)
        return step.guard.otherwise.id if step.guard else step.outcome

    def actions(self) -> dict[str, Any]:
        """The actions, each with its form of a place and its inputs with their values."""
        return {
            rule.action: {
                "about": rule.says,
                "place": "/".join(sort.upper() for sort in self.emulated.sorts[: len(rule.place)]),
                "inputs": {
                    one.name: list(one.values) if isinstance(one, Enum) else [False, True] for one in rule.inputs
                },
            }
            for rule in self.emulated.rules.values()
        }

    def _path(self, of: str, place: str, depth: int) -> Path:
        """The names of a place of an action or a variable."""
        path = place_path(place, depth)
        if len(path) != depth or not all(path):
            form = "/".join(sort.upper() for sort in self.emulated.sorts[:depth])
            raise BadInput(f"{of} needs {f'a place {form}' if depth else 'no place'}, not {quoted(place)}")
        if path and not self.emulated.exists(path[0]):
            sort, known = self.emulated.sorts[0], self.emulated.lifecycle.known_names
            raise BadInput(unknown(sort, path[0], known[sort], show=0))
        for name in path:
            if not name.isprintable() or len(name) > LONGEST_NAME:
                raise BadInput(f"a name has at most {LONGEST_NAME} printable characters, not {quoted(name)}")
        return path

    def wait(self, seconds: float = 60) -> None:
        """Advance the clock. Jobs and tasks end meanwhile, however short the wait is, and what has a date until then.

        Raises
        ------
        BadInput
            When it is not a number of seconds.
        """
        if not isfinite(seconds) or seconds < 0:
            raise BadInput(f"a wait has a number of seconds from 0, not {seconds}")
        with self._changing():
            self.emulated.settle()
            self.emulated.advance(seconds)

    def configure(self, **settings: Any) -> None:
        """Change settings of the environment; see `Surroundings` for their names.

        Raises
        ------
        BadInput
            When there is no such setting, or a value has another form.
        """
        with self._lock:
            self.environment.set(settings, self.emulated)

    def deny(self, *operations: str) -> None:
        """Take the permission for operations from all callers (patterns such as ``backup:Delete*``)."""
        self.configure(denied=operations)

    def fail_next(self, operation: str, code: str) -> None:
        """Let the next call of an operation (a pattern) fail with an error code."""
        self.configure(failing=[*self.environment.failing, (operation, code)])


def _check_value(variable: Flag | Enum, value: Any) -> None:
    """Reject a value that an input does not have."""
    known = list(variable.values) if isinstance(variable, Enum) else ["true", "false"]
    if value not in known if isinstance(variable, Enum) else not isinstance(value, bool):
        raise BadInput(unknown(f"value of {variable.name}", str(value), known))
