"""What the environment of an emulated account does between and during calls."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any, cast

from backup_slr.endpoint.backend.emulated_account import EmulatedAccount, Path
from backup_slr.endpoint.wire.messages import Fault, ServiceCall
from backup_slr.engine.core.rule import Rule
from backup_slr.engine.spec.emulation import EmulatedOperation


@dataclass
class Surroundings:
    """The settings of an environment.

    Attributes
    ----------
    polls
        How often the status of a task is read before it has ended.
    chances
        For a choice of the environment, by its variable: the probability that a request has it.
    next_choices
        For a choice: how many of the next requests that could have it do.
    failing
        Operations (patterns), each with the error code that the next call of it gets.
    denied
        Patterns of operations for which the caller has no permission.
    page
        The largest number of elements on a page of a list; None: as the client asks.
    seed
        Of the random numbers.
    """

    polls: int = 1
    chances: dict[str, float] = field(default_factory=dict[str, float])
    next_choices: dict[str, int] = field(default_factory=dict[str, int])
    failing: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    denied: Sequence[str] = ()
    page: int | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        """Seed the random numbers."""
        self._random = random.Random(self.seed)
        self._polled = 0

    def set(self, given: Mapping[str, Any]) -> None:
        """Change settings.

        Raises
        ------
        ValueError
            When there is no such setting, or it has another form; the message says which.
        """
        for name, value in given.items():
            if name not in FORMS:
                raise ValueError(f"unknown setting {name!r}; known: {', '.join(FORMS)}")
            form, fits = FORMS[name]
            if not fits(value):
                raise ValueError(f"{name} is {form}, not {value!r}")
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

    def permits(self, operation: str) -> bool:
        """Whether the caller has the permission for an operation."""
        return not any(fnmatchcase(operation, pattern) for pattern in self.denied)

    def choices(self, account: EmulatedAccount, rule: Rule, path: Path) -> Mapping[str, Any]:
        """The choices that the environment makes in a step."""
        found: dict[str, Any] = {}
        for variable in rule.inputs:
            if variable.kind != "choice":
                continue
            if self.next_choices.get(variable.name, 0) > 0:
                self.next_choices[variable.name] -= 1
                found[variable.name] = True
            elif self.chances.get(variable.name, 0) > self._random.random():
                found[variable.name] = True
        return found

    def after(self, account: EmulatedAccount, action: str, path: Path) -> None:
        """Act after a step of a client."""


def _whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _texts(value: Any) -> bool:
    return isinstance(value, list | tuple) and all(isinstance(one, str) for one in cast("list[Any]", value))


def _table(fits: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: (
        isinstance(value, dict)
        and all(isinstance(name, str) and fits(one) for name, one in cast("dict[Any, Any]", value).items())
    )


def _probability(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 1


def _failures(value: Any) -> bool:
    return isinstance(value, list | tuple) and all(_texts(one) and len(one) == 2 for one in cast("list[Any]", value))


FORMS: dict[str, tuple[str, Callable[[Any], bool]]] = {
    "polls": ("a whole number", _whole),
    "chances": ("a table of choices with probabilities", _table(_probability)),
    "next_choices": ("a table of choices with whole numbers", _table(_whole)),
    "failing": ("a list of pairs of an operation and an error code", _failures),
    "denied": ("a list of operations", _texts),
    "page": ("a whole number above 0, or null", lambda value: value is None or (_whole(value) and value > 0)),
    "seed": ("a whole number", _whole),
}
"""The settings, each with its form."""
