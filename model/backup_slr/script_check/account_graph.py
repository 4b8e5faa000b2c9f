"""The account of a script as a graph: its states, the answers of calls in them, and the events of the environment.

A script is run many times, and most calls of a run were made in the same state before. So states are numbered, and
each answer, event and wait is computed once.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import product
from typing import Any, TypeAlias

from backup_slr.endpoint.backend.answering import Answering, TakenAction
from backup_slr.endpoint.backend.emulated_account import EmulatedAccount, Snapshot
from backup_slr.endpoint.backend.record_store import Path
from backup_slr.endpoint.backend.surroundings import Surroundings
from backup_slr.endpoint.wire.dialects import BY_SERVICE
from backup_slr.endpoint.wire.identity import identify
from backup_slr.endpoint.wire.messages import Fault, HttpRequest, HttpResponse, ServiceCall
from backup_slr.endpoint.wire.protocol import Wire
from backup_slr.engine.core.rule import Rule
from backup_slr.engine.core.step import Request, Step
from backup_slr.engine.core.variable import Enum, Flag
from backup_slr.script_check.script_tree import ScriptCall

Number: TypeAlias = int
"""The number of a state of the account."""

THROTTLING = ("throttle", "throttle-once")
ATTEMPT, FIRST_ATTEMPT = "amz-sdk-request", "attempt=1"
"""The header with which SDKs count the attempts of a call."""
DIFFERENT = ("amz-sdk-invocation-id", "x-amz-date")
"""Headers that differ between requests of one call, and that no operation reads."""
REQUEST_ID = "00000001-0000-4000-8000-000000000001"
RANDOM_TOKEN = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
SAME_TOKEN = "00000000-0000-4000-8000-000000000000"
Inputs: TypeAlias = tuple[tuple[str, Any], ...]


@dataclass(frozen=True)
class EnvironmentEvent:
    """Something that the environment does before a call, or a choice that it makes for this call.

    `kind` is ``act`` (the service or another person does something), ``choose`` (a choice for the call), ``lag`` (a
    list shows the state before the last change), ``throttle`` (the call is refused until the client gives up) or
    ``throttle-once`` (it is refused, but not when the client sends it again). `fails` is the refusal with which what
    the service does fails.
    """

    kind: str
    action: str = ""
    path: Path = ()
    inputs: Inputs = ()
    fails: str = field(default="", compare=False)

    @property
    def told(self) -> str:
        """The event, and how it ends."""
        return f"{self} (fails: {self.fails})" if self.fails else str(self)

    def __str__(self) -> str:
        inputs = (f"{name}={str(value).lower()}" for name, value in self.inputs)
        words = (self.action, "/".join(self.path), *inputs) if self.kind in ("act", "choose") else (self.kind,)
        return " ".join(filter(None, words))


Schedule: TypeAlias = tuple[tuple[int, EnvironmentEvent], ...]
"""Events, each with the number of the call (from 0) before which it happens; after the last call, their number."""


@dataclass(frozen=True)
class CallAnswer:
    """The answer to a call: the response, and what the model says of it."""

    number: int
    """Equal responses have the same number."""
    response: HttpResponse
    fault: Fault | None
    step: TakenAction | None
    """The action that it performed or tried; None for a call that only reads."""


class ScriptedSurroundings(Surroundings):
    """An environment that makes the choices of one event, and ends tasks only when the script waits."""

    def __init__(self, page: int | None = None) -> None:
        super().__init__(page=page)
        self.chosen: Mapping[str, Any] = {}
        self.throttled = False

    def before(self, account: EmulatedAccount, call: ServiceCall, operation: object) -> None:
        """Nothing happens by itself."""

    def throttles(self) -> bool:
        """Whether the event is that the call is throttled."""
        return self.throttled

    def choices(self, account: EmulatedAccount, rule: Rule, path: Path) -> Mapping[str, Any]:
        """The choices of the event."""
        return {v.name: self.chosen[v.name] for v in rule.inputs if v.name in self.chosen}


class PlainAnswering(Answering):
    """Answers without the assumptions on which they depend: to find these takes longer than to answer."""

    def depends(self, request: Request, step: Step) -> Mapping[str, str]:
        """Nothing."""
        return {}


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
        Whether calls can be throttled.
    page
        The largest number of elements on a page of a list; None: as the client asks.
    """

    account: EmulatedAccount
    lag: bool = True
    throttling: bool = False
    page: int | None = None
    _calls: dict[Hashable, ScriptCall] = field(default_factory=dict[Hashable, ScriptCall], init=False)
    _numbers: dict[Hashable, Number] = field(default_factory=dict[Hashable, Number], init=False)
    _snapshots: list[Snapshot] = field(default_factory=list[Snapshot], init=False)
    _answers: dict[Hashable, tuple[CallAnswer, Number]] = field(default_factory=dict[Hashable, Any], init=False)
    _events: dict[Hashable, tuple[EnvironmentEvent, ...]] = field(default_factory=dict[Hashable, Any], init=False)
    _goal: dict[Number, bool] = field(default_factory=dict[Number, bool], init=False)
    _after: dict[Hashable, Number] = field(default_factory=dict[Hashable, Number], init=False)
    _responses: dict[HttpResponse, int] = field(default_factory=dict[HttpResponse, int], init=False)
    responses: list[HttpResponse] = field(default_factory=list[HttpResponse], init=False)
    """The responses, by their numbers."""

    def __post_init__(self) -> None:
        """Number the first state."""
        self._surroundings = ScriptedSurroundings(self.page)
        self._answering = PlainAnswering(self.account, self._surroundings)
        self._wire = Wire(self.account.emulation.reserved)
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

    def read(self, request: HttpRequest, line: str = "") -> ScriptCall:
        """The call that a request of a client is; one that is not valid has its response already."""
        headers = tuple(one for one in request.headers if one[0] not in DIFFERENT)
        key = (request.method, request.target, headers, request.body)
        if key not in self._calls:
            self._calls[key] = self._read(request)
        return replace(self._calls[key], line=line)

    def _read(self, request: HttpRequest) -> ScriptCall:
        rejected: HttpResponse | None = None
        try:
            call = self._wire.read_call(request, REQUEST_ID)
        except Fault as fault:
            self._wire.restart()  # the same id in each run
            rejected = self._wire.answer(request, _none)
            known = identify(request)
            service = known.dialect.service if known.dialect else ""
            name = dict(known.form).get("Action", "") or f"{request.method} {known.path} ({fault.code})"
            call = ServiceCall(service, name, known.region, known.access_key, {}, REQUEST_ID)
        headers = dict(request.headers)
        agent = headers.get("user-agent", "")
        client = next((name for name in self.account.emulation.interfaces if agent.startswith(name)), "")
        parameters = {name: _without_token(value) for name, value in call.parameters.items()}
        call = replace(call, client=client, parameters=parameters, headers=[])
        again = headers.get(ATTEMPT, FIRST_ATTEMPT).partition(";")[0] != FIRST_ATTEMPT
        key = (call.service, call.operation, call.region, client, again, rejected, repr(parameters))
        return ScriptCall(call, key, retry=again, rejected=rejected)

    def answer(
        self, number: Number, made: ScriptCall, event: EnvironmentEvent | None = None
    ) -> tuple[CallAnswer, Number]:
        """The answer to a call in a state, and the state afterwards; `event` is a choice for this call."""
        key = (number, made.key, event)
        if key not in self._answers:
            self._answers[key] = self._answered(number, made, event)
        return self._answers[key]

    def _answered(self, number: Number, made: ScriptCall, event: EnvironmentEvent | None) -> tuple[CallAnswer, Number]:
        kind, call = event.kind if event else "", made.call
        if made.rejected is not None:
            fault = Fault("InvalidRequest", "", made.rejected.status)
            return CallAnswer(self._number(made.rejected), made.rejected, fault, None), number
        self._at(number)
        self._surroundings.chosen = dict(event.inputs) if event and kind == "choose" else {}
        self._surroundings.throttled = kind in THROTTLING
        taken = self._answering.taken = list[TakenAction]()
        call.headers.clear()
        fault: Fault | None = None
        try:
            response = self._wire.write_result(call, self._answering.answer(call))
        except Fault as raised:
            fault = raised
            response = self._wire.write_fault(BY_SERVICE[call.service], fault, REQUEST_ID, tuple(call.headers))
        answer = CallAnswer(self._number(response), response, fault, taken[0] if taken else None)
        return answer, self._numbered()

    def _number(self, response: HttpResponse) -> int:
        number = self._responses.setdefault(response, len(self.responses))
        if number == len(self.responses):
            self.responses.append(response)
        return number

    # ---------------------------------------------------------------- the environment

    def events(self, number: Number, earlier: Number, call: ScriptCall) -> tuple[EnvironmentEvent, ...]:
        """What the environment can do before a call, or choose for it, that makes a difference.

        `earlier` is the state before the last change, which a list that lags still shows.
        """
        key = (number, earlier, call.key)
        if key not in self._events:
            self._events[key] = (*self.acts(number), *self._choices(number, call), *self._late(number, earlier, call))
        return self._events[key]

    def acts(self, number: Number) -> tuple[EnvironmentEvent, ...]:
        """What the service and other people can do in a state."""
        if number not in self._events:
            self._events[number] = tuple(_possible(self._at(number)))
        return self._events[number]

    def _choices(self, number: Number, call: ScriptCall) -> Iterator[EnvironmentEvent]:
        plain, after = self.answer(number, call)
        if plain.step is None:
            return
        for variable in self.account.rules[plain.step.action].inputs:
            for value in _values(variable) if variable.kind == "choice" else ():
                event = EnvironmentEvent("choose", inputs=((variable.name, value),))
                other, other_after = self.answer(number, call, event)
                if (other.number, other_after) != (plain.number, after):
                    yield event

    def _late(self, number: Number, earlier: Number, call: ScriptCall) -> Iterator[EnvironmentEvent]:
        plain = self.answer(number, call)[0]
        late = self.lag and earlier != number and plain.step is None and self._answering.lags(call.call)
        if late and self.answer(earlier, call)[0].number != plain.number:
            yield EnvironmentEvent("lag")
        if self.throttling and call.rejected is None:
            yield from map(EnvironmentEvent, THROTTLING)

    def take(self, number: Number, event: EnvironmentEvent) -> Number:
        """The state after an event; a choice for a call changes nothing by itself."""
        if event.kind != "act":
            return number
        key = (number, event)
        if key not in self._after:
            self._at(number).act(event.action, event.path, dict(event.inputs))
            self._after[key] = self._numbered()
        return self._after[key]

    def wait(self, number: Number, seconds: float, passive: bool = False) -> Number:
        """The state after a wait: the clock was advanced, and unless it is `passive`, jobs and tasks have ended."""
        key = (number, seconds, passive)
        if key not in self._after:
            account = self._at(number)
            if not passive:
                account.settle()
            account.advance(seconds)
            self._after[key] = self._numbered()
        return self._after[key]


def _none(call: ServiceCall) -> Mapping[str, Any]:
    raise AssertionError(f"{call.operation} was not valid")


def _without_token(value: Any) -> Any:
    """A parameter; a random token, which clients add so that a call can be sent again, is always the same."""
    return SAME_TOKEN if isinstance(value, str) and RANDOM_TOKEN.fullmatch(value) else value


def _values(variable: Flag | Enum) -> tuple[Any, ...]:
    return variable.values if isinstance(variable, Enum) else (False, True)


def _possible(account: EmulatedAccount) -> Iterator[EnvironmentEvent]:
    """Every action of the service and of other people that changes the state."""
    acts: list[tuple[Rule, Mapping[str, Any]]] = [(rule, {}) for rule in account.rules.values() if rule.by == "service"]
    acts += [(account.rules[name], inputs) for name, inputs in account.emulation.other_people if name in account.rules]
    for rule, inputs in acts:
        choices = [variable for variable in rule.inputs if variable.kind == "choice"]
        for path in list(account.names.paths(len(rule.place))):
            seen = {account.state}
            for values in product(*map(_values, choices)):
                chosen = {**inputs, **{v.name: value for v, value in zip(choices, values, strict=True)}}
                step = account.attempt(rule.action, path, chosen)
                if step.outcome != "refused" and step.state not in seen:
                    seen.add(step.state)
                    fails = step.guard.otherwise.id if step.guard else ""
                    yield EnvironmentEvent("act", rule.action, path, tuple(sorted(chosen.items())), fails)
