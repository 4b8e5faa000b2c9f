"""The account of a script as a graph: its states, the answers of calls in them, and the events of the environment.

A script is run many times, and most calls of a run were made in the same state before. So states are numbered, and
each answer, event and wait is computed once.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import product
from typing import Any, TypeAlias

from backup_slr.endpoint.backend.answering import Answering, TakenAction
from backup_slr.endpoint.backend.emulated_account import EmulatedAccount, Path, Snapshot
from backup_slr.endpoint.backend.surroundings import Surroundings
from backup_slr.endpoint.wire.messages import Fault, ServiceCall
from backup_slr.engine.core.rule import Rule
from backup_slr.engine.core.variable import Enum, Flag

Number: TypeAlias = int
"""The number of a state of the account."""

Inputs: TypeAlias = tuple[tuple[str, Any], ...]


@dataclass(frozen=True)
class EnvironmentEvent:
    """Something that the environment does before a call, or a choice that it makes for this call.

    `kind` is ``act`` (the service or another person does something), ``choose`` (a choice for the call), ``lag`` (a
    list shows the state before the last change) or ``throttle`` (the call is refused until the client gives up).
    """

    kind: str
    action: str = ""
    path: Path = ()
    inputs: Inputs = ()

    def __str__(self) -> str:
        inputs = (f"{name}={str(value).lower()}" for name, value in self.inputs)
        words = (self.action, "/".join(self.path), *inputs) if self.kind in ("act", "choose") else (self.kind,)
        return " ".join(filter(None, words))


@dataclass(frozen=True)
class CallAnswer:
    """The answer to a call: a result or a fault, and what the model says of it."""

    result: Mapping[str, Any] | None
    fault: Fault | None
    step: TakenAction | None
    """The action that it performed or tried; None for a call that only reads."""

    @property
    def key(self) -> str:
        """What the client sees, as text."""
        return repr(self.result) if self.fault is None else f"{self.fault} {self.fault.status} {self.fault.detail}"


class ScriptedSurroundings(Surroundings):
    """An environment that makes the choices of one event, and ends tasks only when the script waits."""

    def __init__(self) -> None:
        super().__init__()
        self.chosen: Mapping[str, Any] = {}

    def before(self, account: EmulatedAccount, call: ServiceCall, operation: object) -> None:
        """Nothing happens by itself."""

    def choices(self, account: EmulatedAccount, rule: Rule, path: Path) -> Mapping[str, Any]:
        """The choices of the event."""
        return {v.name: self.chosen[v.name] for v in rule.inputs if v.name in self.chosen}


@dataclass
class AccountGraph:
    """The states of an account that calls and events reach.

    Parameters
    ----------
    account
        The account, in the state in which every run of the script starts.
    lag
        Whether reads can show the state before the last change.
    throttling
        The code of the error with which a call can be throttled; empty: no call is.
    """

    account: EmulatedAccount
    lag: bool = True
    throttling: str = ""
    _numbers: dict[Hashable, Number] = field(default_factory=dict[Hashable, Number], init=False)
    _snapshots: list[Snapshot] = field(default_factory=list[Snapshot], init=False)
    _answers: dict[Hashable, tuple[CallAnswer, Number]] = field(default_factory=dict[Hashable, Any], init=False)
    _events: dict[Hashable, tuple[EnvironmentEvent, ...]] = field(default_factory=dict[Hashable, Any], init=False)
    _goal: dict[Number, bool] = field(default_factory=dict[Number, bool], init=False)
    _after: dict[Hashable, Number] = field(default_factory=dict[Hashable, Number], init=False)

    def __post_init__(self) -> None:
        """Number the first state."""
        self._surroundings = ScriptedSurroundings()
        self._answering = Answering(self.account, self._surroundings)
        self.start = self._numbered()

    # ---------------------------------------------------------------- states

    def _numbered(self) -> Number:
        """The number of the present state of the account."""
        snapshot = self.account.snapshot()
        records = tuple(
            (record.kind, record.path, record.id, record.born, record.ended, repr(record.attributes))
            for one in snapshot.records.values()
            for record in one
        )
        key = (
            snapshot.state,
            tuple(snapshot.names.below.items()),
            records,
            tuple(snapshot.counters.items()),
            snapshot.now,
        )
        number = self._numbers.setdefault(key, len(self._snapshots))
        if number == len(self._snapshots):
            self._snapshots.append(snapshot)
        return number

    def _at(self, number: Number) -> EmulatedAccount:
        self.account.restore(self._snapshots[number])
        return self.account

    def at_goal(self, number: Number) -> bool:
        """Whether the goal of the lifecycle is reached in a state."""
        if number not in self._goal:
            account = self._at(number)
            self._goal[number] = account.holds(account.lifecycle.goal.is_("gone"), ())
        return self._goal[number]

    def back_at_start(self) -> EmulatedAccount:
        """The account, in the state in which every run starts."""
        return self._at(self.start)

    # ---------------------------------------------------------------- calls

    def answer(
        self, number: Number, call: ServiceCall, event: EnvironmentEvent | None = None
    ) -> tuple[CallAnswer, Number]:
        """The answer to a call in a state, and the state afterwards; `event` is a choice for this call."""
        key = (number, keyed(call), event)
        if key not in self._answers:
            self._answers[key] = self._answered(number, call, event)
        return self._answers[key]

    def _answered(self, number: Number, call: ServiceCall, event: EnvironmentEvent | None) -> tuple[CallAnswer, Number]:
        kind = event.kind if event else ""
        if kind == "throttle":
            return CallAnswer(None, Fault(self.throttling, "Rate exceeded", 400), None), number
        self._at(number)
        self._surroundings.chosen = dict(event.inputs) if event and kind == "choose" else {}
        taken = self._answering.taken = list[TakenAction]()
        try:
            answer = CallAnswer(self._answering.answer(call), None, None)
        except Fault as fault:
            answer = CallAnswer(None, fault, None)
        step = taken[0] if taken else None
        return CallAnswer(answer.result, answer.fault, step), self._numbered()

    # ---------------------------------------------------------------- the environment

    def events(self, number: Number, earlier: Number, call: ServiceCall) -> tuple[EnvironmentEvent, ...]:
        """What the environment can do before a call, or choose for it, that makes a difference.

        `earlier` is the state before the last change, which a list that lags still shows.
        """
        key = (number, earlier, keyed(call))
        if key not in self._events:
            self._events[key] = (*self._acts(number), *self._choices(number, call), *self._late(number, earlier, call))
        return self._events[key]

    def _acts(self, number: Number) -> tuple[EnvironmentEvent, ...]:
        if number not in self._events:
            self._events[number] = tuple(_possible(self._at(number)))
        return self._events[number]

    def _choices(self, number: Number, call: ServiceCall) -> Iterator[EnvironmentEvent]:
        plain, after = self.answer(number, call)
        if plain.step is None:
            return
        for variable in self.account.rules[plain.step.action].inputs:
            for value in _values(variable) if variable.kind == "choice" else ():
                event = EnvironmentEvent("choose", inputs=((variable.name, value),))
                other, other_after = self.answer(number, call, event)
                if (other.key, other_after) != (plain.key, after):
                    yield event

    def _late(self, number: Number, earlier: Number, call: ServiceCall) -> Iterator[EnvironmentEvent]:
        plain = self.answer(number, call)[0]
        late = self.lag and earlier != number and plain.step is None and self._answering.lags(call)
        if late and self.answer(earlier, call)[0].key != plain.key:
            yield EnvironmentEvent("lag")
        if self.throttling:
            yield EnvironmentEvent("throttle")

    def take(self, number: Number, event: EnvironmentEvent) -> Number:
        """The state after an event; a choice for a call changes nothing by itself."""
        if event.kind != "act":
            return number
        key = (number, event)
        if key not in self._after:
            self._at(number).act(event.action, event.path, dict(event.inputs))
            self._after[key] = self._numbered()
        return self._after[key]

    def wait(self, number: Number, seconds: float) -> Number:
        """The state after a wait: jobs and tasks have ended, and the clock was advanced."""
        key = (number, seconds)
        if key not in self._after:
            account = self._at(number)
            account.settle()
            account.advance(seconds)
            self._after[key] = self._numbered()
        return self._after[key]


def keyed(call: ServiceCall) -> Hashable:
    """What distinguishes a call from others."""
    return call.service, call.operation, call.region, repr(call.parameters)


def _paths(account: EmulatedAccount, rule: Rule) -> list[Path]:
    return [account.names.parts(place) for place in account.names.places(len(rule.place))]


def _values(variable: Flag | Enum) -> tuple[Any, ...]:
    return variable.values if isinstance(variable, Enum) else (False, True)


def _possible(account: EmulatedAccount) -> Iterator[EnvironmentEvent]:
    """Every action of the service and of other people that changes the state."""
    acts: list[tuple[Rule, Mapping[str, Any]]] = [(rule, {}) for rule in account.rules.values() if rule.by == "service"]
    acts += [(account.rules[name], inputs) for name, inputs in account.emulation.other_people if name in account.rules]
    for rule, inputs in acts:
        choices = [variable for variable in rule.inputs if variable.kind == "choice"]
        for path in _paths(account, rule):
            seen = {account.state}
            for values in product(*map(_values, choices)):
                chosen = {**inputs, **{v.name: value for v, value in zip(choices, values, strict=True)}}
                step = account.attempt(rule.action, path, chosen)
                if step.outcome != "refused" and step.state not in seen:
                    seen.add(step.state)
                    yield EnvironmentEvent("act", rule.action, path, tuple(sorted(chosen.items())))
