"""Conformance of an implementation with the model: the same requests to both, and the first divergence."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import product
from typing import Any, cast

from backup_slr.engine.core.model import Model
from backup_slr.engine.core.scope import State
from backup_slr.engine.core.step import Machine, Request, Step
from backup_slr.engine.core.trace import changes
from backup_slr.engine.core.variable import Enum, Flag, numbers_of, usual
from backup_slr.errors import raised
from backup_slr.lifecycle import BACKUP
from backup_slr.report.names import Names
from backup_slr.report.reference import clause_says
from backup_slr.report.trace_text import Telling
from backup_slr.scenario.account_codec import account_at
from backup_slr.testing.adapter import Adapter, Parameters, Reply, account_of, parameters_of, reply_of
from backup_slr.testing.divergence import Divergence, Ignore, Known, Response, known_to


class ConformanceRun:
    """One run of an implementation, after a reset, and of the model: requests, responses, and the first divergence.

    The implementation makes the `free` choices itself: an answer is correct if the model gives it for some of their
    values.
    """

    divergence: Divergence | None = None

    def __init__(
        self, adapter: Adapter, machine: Machine, names: Names, free: Collection[str] = (), known: Known | None = None
    ) -> None:
        self.implementation = adapter
        self.machine, self.names, self.free = machine, names, free
        self.known = known or Known()
        self._rules = {rule.action: rule for rule in machine.model.rules}
        self._accounts: dict[State, dict[str, Any]] = {}
        self._begin()

    def _begin(self) -> None:
        self.implementation.reset()
        self.state = self.machine.initial
        self.asked: list[Request] = []
        self.heard: list[Response] = []
        self._moved: list[Request] = []

    def step(self, request: Request) -> Divergence | None:
        """Send a request to both; return the divergence, unless there is none or it is known."""
        step, divergence = self._ask(request)
        if divergence is not None:
            if not self.known.covers(divergence):
                self.divergence = divergence
                return divergence
            self.known.met[divergence.pair] += 1
        if divergence is None or not divergence.severe:
            if step.state != self.state:
                self._moved.append(request)
            self.state = step.state
            return None
        again = self._moved
        self._begin()
        return next(filter(None, map(self.step, again)), None)

    def shows(self, wanted: Divergence | None) -> bool:
        """Whether the run ends in the wanted divergence: same action, same answer of the model."""
        found = self.divergence
        if found is None or wanted is None:
            return False
        return found.pair == wanted.pair and (found.heard.error is None) == (wanted.heard.error is None)

    def _ask(self, request: Request) -> tuple[Step, Divergence | None]:
        parameters = parameters_of(request, self._rules[request.action], self.names)
        heard = self._hear(request.action, parameters)
        self.asked.append(request)
        self.heard.append(heard)
        found: list[tuple[list[str], bool, Step]] = []
        for step in self._answers(request):
            wrong, severe = self._compared(step, heard)
            if not (wrong or severe):
                return step, None
            found.append((wrong, severe, step))
        wrong, severe, nearest = min(found, key=lambda each: (each[1], len(each[0])))
        every = dict.fromkeys(self._telling(request, step).answered for *_, step in found)
        clauses = self._telling(request, nearest).clauses
        guard, model = nearest.guard, self.machine.model
        divergence = Divergence(
            request.action,
            parameters,
            nearest.outcome,
            guard.otherwise.id if guard else None,
            guard.shows_as if guard else None,
            clauses,
            heard,
            tuple(wrong),
            tuple(f"by {clause}: {clause_says(BACKUP, model, clause)}" for clause in clauses),
            ", or ".join(every),
            severe,
        )
        return nearest, divergence

    def _hear(self, action: str, parameters: Parameters) -> Response:
        reply: Reply | None = None
        try:
            reply = reply_of(self.implementation.perform(action, dict(parameters)))
            seen = account_of(self.implementation.observe(), self._account(self.state))
            return Response(reply, {key: _comparable(value) for key, value in seen.items()})
        except Exception as error:  # the implementation may raise anything
            return Response(reply, {"raised": raised(error)}, error)

    def _compared(self, step: Step, heard: Response) -> tuple[list[str], bool]:
        """The differences as text, and whether the outcome or the account differs."""
        if heard.error is not None or heard.reply is None:
            return [], True
        reply, guard = heard.reply, step.guard
        parts = (
            ("outcome", reply.outcome, step.outcome),
            ("refusal", reply.because, guard.otherwise.id if guard else None),
            ("error code", reply.error_code, guard.shows_as if guard else None),
        )
        wrong = [f"{what}: expected {due or 'none'}, got {own}" for what, own, due in parts if own not in (None, due)]
        expected = self._account(step.state)
        differing = [(key, value) for key, value in heard.account.items() if value != expected[key]]
        of_account = [f"{key}: expected {expected[key]}, got {value}" for key, value in differing]
        return wrong + of_account, bool(of_account) or reply.outcome != step.outcome

    def _account(self, state: State) -> dict[str, Any]:
        if state not in self._accounts:
            account = account_at(self.machine.layout, state, self.names)
            self._accounts[state] = {key: _comparable(value) for key, value in account.items()}
        return self._accounts[state]

    def _answers(self, request: Request) -> Iterator[Step]:
        """The answers of the model, for every value of the free choices."""
        if not self.free:
            yield self.machine.step(self.state, request)
            return
        open_ = [i for i in self._rules[request.action].inputs if i.name in self.free]
        for values in product(*(values_of(i) for i in open_)):
            inputs = {**request.inputs, **{i.name: value for i, value in zip(open_, values, strict=True)}}
            yield self.machine.step(self.state, Request(request.action, request.place, inputs))

    def _telling(self, request: Request, step: Step) -> Telling:
        changed = changes(self.machine.layout, self.state, step.state)
        return Telling(self._rules[request.action], request, step.outcome, step.guard, changed, self.names)


def reproduction(requests: Iterable[Request], model: Model, names: Names) -> Iterator[str]:
    """Python statements that make the requests to an implementation called ``adapter``."""
    yield "adapter.reset()"
    for request in requests:
        yield f"adapter.perform({request.action!r}, {parameters_of(request, model.rule(request.action), names)})"
    yield "adapter.observe()"


def requests_lines(requests: Iterable[Request], model: Model, names: Names) -> Iterator[str]:
    """Requests with all their inputs, a numbered line each."""
    for number, request in enumerate(requests, 1):
        said = parameters_of(request, model.rule(request.action), names)
        place = [str(said.pop(key)) for key in names.document(request.place)]
        inputs = [f"{key}={str(value).lower()}" for key, value in said.items()]
        yield f"  {number:>2} {' '.join([request.action, *place, *inputs])}"


def values_of(variable: Flag | Enum) -> Sequence[int]:
    """The values of an input, the usual one first."""
    return sorted(numbers_of(variable), key=lambda value: value != usual(variable))


def _comparable(value: Any) -> Any:
    """A value with sorted lists and keys, so that order is ignored."""
    if isinstance(value, str | int):
        return value
    if isinstance(value, list | tuple | set | frozenset):
        values = [_comparable(each) for each in cast(Collection[Any], value)]
        return sorted(values, key=str) if len(values) > 1 else values
    if isinstance(value, Mapping):
        account = cast(Mapping[Any, Any], value)
        return {key: account[key] for key in sorted(account)}
    return value


def follow(
    adapter: Adapter, machine: Machine, names: Names, requests: Iterable[Request], ignore: Ignore = ()
) -> str | None:
    """The first divergence of an implementation from the model in a sequence of requests, if there is one.

    Parameters
    ----------
    adapter
        The implementation; the caller closes it.
    machine, names, requests
        The model at a scope, its names and the requests: of a `Tour`, ``tour.trace.machine``, ``tour.names`` and
        ``tour.requests``.
    ignore
        Known differences, see `Known`. Each one that is undone repeats the requests before it, so use short tours
        (``suite(longest=60)``).

    Raises
    ------
    Exception
        An exception of the adapter, or a TypeError if it returns an invalid value. A note has the step.
    """
    run = ConformanceRun(adapter, machine, names, known=known_to(machine.model, ignore))
    for number, request in enumerate(requests, 1):
        if found := run.step(request):
            if found.heard.error is not None:
                found.heard.error.add_note(f"at step {number}, {request.action} {found.parameters}")
                raise found.heard.error
            return f"step {number}, {found.line}"
    return None
