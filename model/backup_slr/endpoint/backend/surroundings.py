"""What the environment of an emulated account does between and during calls."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any, cast

from backup_slr.endpoint.backend.emulated_account import EmulatedAccount
from backup_slr.endpoint.backend.record_store import Path
from backup_slr.endpoint.wire.messages import Fault, ServiceCall
from backup_slr.engine.core.rule import Rule
from backup_slr.engine.core.variable import Enum, Flag, usual
from backup_slr.engine.spec.emulation import EmulatedOperation
from backup_slr.errors import BadInput, quoted, unknown

AS_RULED = "rules"
"""A task ends as the rules say."""


@dataclass
class Surroundings:
    """The settings of an environment.

    Attributes
    ----------
    polls
        How often the status of a task is read before the task ends. The rules decide how it ends.
    chances
        For a choice of the environment, by its variable: the probability that a request has it.
    next_choices
        For a choice: how many of the next requests in which it matters have it; or a list of its values, one for each
        of these requests.
    next_tasks
        How the next tasks end: ``rules`` (as the rules say), or the refusal with which one fails, whatever the rules
        say.
    failing
        Operations (patterns), each with the error code that the next call of it gets.
    denied
        Patterns of operations for which the caller has no permission.
    page
        The largest number of elements on a page of a list; None: as the client asks.
    lag
        How many reads after a change still show the state before it.
    throttle
        The probability that a call is throttled.
    throttle_next
        How many of the next calls are throttled.
    seed
        Of the random numbers.
    """

    polls: int = 1
    chances: dict[str, float] = field(default_factory=dict[str, float])
    next_choices: dict[str, int | Sequence[Any]] = field(default_factory=dict[str, "int | Sequence[Any]"])
    next_tasks: Sequence[str] = ()
    failing: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    denied: Sequence[str] = ()
    page: int | None = None
    lag: int = 0
    throttle: float = 0
    throttle_next: int = 0
    seed: int = 0

    def __post_init__(self) -> None:
        """Seed the random numbers."""
        self._random = random.Random(self.seed)
        self._polled = 0

    def set(self, given: Mapping[str, Any], account: EmulatedAccount) -> None:
        """Change settings.

        Raises
        ------
        BadInput
            When there is no such setting, choice or operation, or a value has another form; nothing is changed then.
        """
        for name, value in given.items():
            if name not in FORMS:
                raise BadInput(unknown("setting", name, FORMS, show=len(FORMS)))
            form, fits = FORMS[name]
            if not fits(value):
                raise BadInput(f"{name} is {form}, not {quoted(repr(value))}")
        _check_names(given, account)
        for name, value in given.items():
            setattr(self, name, [tuple(one) for one in value] if name == "failing" else value)
        if "seed" in given:
            self._random = random.Random(self.seed)

    def before(self, account: EmulatedAccount, call: ServiceCall, operation: EmulatedOperation) -> None:
        """Act before a call is answered.

        Raises
        ------
        Fault
            When the call fails for a reason outside of the model.
        """
        for number, (pattern, code) in enumerate(self.failing):
            if fnmatchcase(operation.operation, pattern):
                del self.failing[number]
                raise Fault(code, "The environment was told to let this call fail.")
        if operation.brings:
            waiting = account.attempt(operation.brings).outcome != "refused"
            self._polled = self._polled + 1 if waiting else 0
            if self._polled > self.polls:
                account.act(operation.brings)
                self._polled = 0

    def fate(self) -> str:
        """The refusal with which the next task fails; empty: as the rules say."""
        if not self.next_tasks:
            return ""
        fate, *self.next_tasks = self.next_tasks
        return "" if fate == AS_RULED else fate

    def throttles(self) -> bool:
        """Whether the next call is one too many."""
        if self.throttle_next > 0:
            self.throttle_next -= 1
            return True
        return bool(self.throttle) and self.throttle > self._random.random()

    def permits(self, operation: str) -> bool:
        """Whether the caller has the permission for an operation."""
        return not any(fnmatchcase(operation, pattern) for pattern in self.denied)

    def choices(self, account: EmulatedAccount, rule: Rule, path: Path) -> Mapping[str, Any]:
        """The choices that the environment makes in a step."""
        found: dict[str, Any] = {}
        for variable in rule.inputs:
            if variable.kind != "choice":
                continue
            others = [value for value in _values(variable) if value != _usual(variable)]
            left = self.next_choices.get(variable.name)
            if isinstance(left, int) and left > 0 and _matters(account, rule, path, variable.name, others[0]):
                self.next_choices[variable.name] = left - 1
                found[variable.name] = others[0]
            elif not isinstance(left, int) and left and _matters(account, rule, path, variable.name, left[0]):
                found[variable.name], self.next_choices[variable.name] = left[0], left[1:]
            elif self.chances.get(variable.name, 0) > self._random.random():
                found[variable.name] = self._random.choice(others)
        return found

    def after(self, account: EmulatedAccount, action: str, path: Path) -> None:
        """Act after a step of a client."""


def _values(variable: Flag | Enum) -> tuple[Any, ...]:
    return variable.values if isinstance(variable, Enum) else (False, True)


def _usual(variable: Flag | Enum) -> Any:
    return _values(variable)[usual(variable)]


def _matters(account: EmulatedAccount, rule: Rule, path: Path, name: str, value: Any) -> bool:
    """Whether a choice changes what a request does in this state, or is the usual one."""
    usually, chosen = (account.attempt(rule.action, path, inputs) for inputs in ({}, {name: value}))
    return usually != chosen or value == _usual(next(one for one in rule.inputs if one.name == name))


def _check_names(given: Mapping[str, Any], account: EmulatedAccount) -> None:
    """Reject choices and operations that do not exist."""
    known = {one.name: one for rule in account.rules.values() for one in rule.inputs if one.kind == "choice"}
    for setting in ("chances", "next_choices"):
        for name, value in given.get(setting, {}).items():
            if name not in known:
                raise BadInput(unknown("choice", name, known, show=len(known)))
            values = cast("Sequence[Any]", value) if isinstance(value, list | tuple) else ()
            for one in values:
                if one not in _values(known[name]):
                    raise BadInput(unknown(f"value of {name}", str(one), list(map(str, _values(known[name])))))
    fates = {
        guard.otherwise.id
        for action in account.emulation.awaited & account.rules.keys()
        for guard in account.rules[action].guards
        if guard.fails
    }
    for fate in given.get("next_tasks", ()):
        if fate not in {AS_RULED, *fates}:
            raise BadInput(unknown("end of a task", fate, [AS_RULED, *sorted(fates)]))
    patterns = [*given.get("denied", ()), *(pattern for pattern, _ in given.get("failing", ()))]
    for pattern in patterns:
        if not any(fnmatchcase(operation, pattern) for operation in account.emulation.operations):
            raise BadInput(unknown("operation", pattern, account.emulation.operations))


# ---------------------------------------------------------------- forms

LARGEST = 10**9


def _whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= LARGEST


def _texts(value: Any) -> bool:
    return isinstance(value, list | tuple) and all(isinstance(one, str) for one in cast("list[Any]", value))


def _table(fits: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: (
        isinstance(value, dict)
        and all(isinstance(name, str) and fits(one) for name, one in cast("dict[Any, Any]", value).items())
    )


def _next(value: Any) -> bool:
    if isinstance(value, list | tuple):
        return all(isinstance(one, str | bool) for one in cast("list[Any]", value))
    return _whole(value)


def _probability(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 1


def _failures(value: Any) -> bool:
    return isinstance(value, list | tuple) and all(_texts(one) and len(one) == 2 for one in cast("list[Any]", value))


FORMS: dict[str, tuple[str, Callable[[Any], bool]]] = {
    "polls": ("a whole number", _whole),
    "chances": ("a table of choices with probabilities", _table(_probability)),
    "next_choices": ("a table of choices with whole numbers or lists of values", _table(_next)),
    "next_tasks": ("a list of refusals, or 'rules'", _texts),
    "failing": ("a list of pairs of an operation and an error code", _failures),
    "denied": ("a list of operations", _texts),
    "page": ("a whole number above 0, or null", lambda value: value is None or (_whole(value) and value > 0)),
    "lag": ("a whole number", _whole),
    "throttle": ("a probability", _probability),
    "throttle_next": ("a whole number", _whole),
    "seed": ("a whole number", _whole),
}
"""The settings, each with its form."""
