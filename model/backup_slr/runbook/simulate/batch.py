"""The tables for simulating many runs of one runbook at once, and their results.

A program is looked up by position and answer, in arrays for batches of any size; rules are generated for one size.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias, TypeVar

import numpy as np

from backup_slr.engine.core.formula import FALSE
from backup_slr.engine.core.step import Machine, Request
from backup_slr.lifecycle import BACKUP, scope
from backup_slr.lifecycle.environment import ENVIRONMENT
from backup_slr.runbook.busy_account import BusyAccount
from backup_slr.runbook.control_flow import GOOD, TIMELESS, Branch, Position, Program
from backup_slr.runbook.distributions import Duration, Fixed
from backup_slr.runbook.rng import Integers, Numbers, Words, uniform
from backup_slr.runbook.simulate.seen import Views
from backup_slr.runbook.simulate.timers import timed_actions
from backup_slr.runbook.simulate.vectorized_rules import At, Flags, Vectorizer, settle
from backup_slr.runbook.views import lagging_views

T = TypeVar("T")

LIST, POLL, OTHER = 0, 1, 2
"""The kinds of positions without a request, as numbers in `Dispatch.what`; requests have the numbers after these."""


CONTENTS = (ENVIRONMENT.items.there, ENVIRONMENT.contents.number, ENVIRONMENT.process.running)
"""The contents of an account, any of which can remain at the end of a run."""


class CallKind(NamedTuple):
    """A counted kind of calls: an operation and its answer."""

    operation: str
    answer: str
    called: bool


@dataclass(frozen=True)
class Places:
    """Places of positions, schedules or requests: the numbers of their Region and vault, and offsets in flat states."""

    offsets: tuple[Integers, ...]
    numbers: tuple[Integers, ...]

    def at(self, which: Integers, lanes: Integers) -> At:
        return At(lanes, tuple(o[which] + lanes for o in self.offsets), tuple(n[which] for n in self.numbers))


class Dispatch:
    """The lookup tables of a batch.

    `codes` is the maximum number of answers of a position. `jump`, `retry`, `waits`, `takes` and `counter`
    are indexed by ``position * codes + answer``, `jump` also by whether no known point is left.
    """

    def __init__(self, program: Program, environment: BusyAccount) -> None:
        self.program, self.environment = program, environment
        names = environment.names
        self.machine = Machine(environment.model, scope(len(names.regions), max(map(len, names.vaults)), None))
        self.layout = self.machine.layout
        self.positions = positions = program.positions
        self.codes = max(len(p.branches) - 2 * p.calls for p in positions) + 2
        self.throttled, self.exhausted = self.codes - 2, self.codes - 1

        branches = np.array([self._by_code(p, p.branches, Branch(i, i)) for i, p in enumerate(positions)])
        self.jump = branches[:, :, :2].reshape(-1)
        self.retry, self.waits = (branches[:, :, k].reshape(-1).astype(bool) for k in (2, 3))
        self.takes = branches[:, :, 4].reshape(-1)
        counters = [
            CallKind(p.operation, answer, p.calls) for p in positions for answer in self._by_code(p, p.answers, "")
        ]
        self.counters, self.counter = _distinct(counters)

        requests = [p.request and (p.request.action, tuple(sorted(p.request.inputs.items()))) for p in positions]
        distinct, which = _distinct(requests)
        self.views = lagging_views(environment, self.layout, positions)
        self.requests = tuple((environment.model.rule(action), inputs) for action, inputs in distinct)
        kinds = np.array([{"list": LIST, "poll": POLL}.get(p.kind, OTHER) for p in positions])
        self.what = np.where(which < 0, kinds, OTHER + 1 + which)

        backoffs = [p.backoff for p in positions]
        self.limit = np.array([UNLIMITED if b is None or b.attempts is None else b.attempts for b in backoffs])
        self.tries_matter = any(b is not None and (b.attempts is not None or b.grows != "fixed") for b in backoffs)
        self.backoffs = _distinct(backoffs)
        self.before = _distinct([p.before for p in positions])
        self.tests = _distinct([p.formula if p.kind == "test" else None for p in positions])
        self.timeless = np.array([p.kind in TIMELESS for p in positions])
        self.called = np.array([p.calls for p in positions])
        self.refusals = np.array([kind.called and kind.answer not in GOOD for kind in self.counters])
        self.page = np.array([UNLIMITED if p.paginate else environment.page for p in positions])
        operations = [p.operation if p.operation in environment.limits else None for p in positions]
        limited, which = _distinct([o and (o, p.place[0]) for o, p in zip(operations, positions, strict=True)])
        self.limits = np.array([environment.limits[operation] for operation, _ in limited]), which
        self.stops = np.array([p.kind == "stop" for p in positions])
        # After it is done, the operator repeats it while known points are left.
        self.repeats = np.array([bool(p.branches) and p.branches[0].to == i for i, p in enumerate(positions)])

    def _by_code(self, position: Position, values: Sequence[T], filler: T) -> list[T]:
        """The values of all answers of a position, throttled and exhausted last."""
        end = len(values) - 2 * position.calls
        return [*values[:end], *[filler] * (self.codes - 2 - end), *(values[end:] or [filler] * 2)]

    def places(self, places: Sequence[tuple[int, ...]], size: int) -> Places:
        deepest = max(self.layout.model.state, key=lambda variable: len(variable.per))
        blocks = self.layout.affine[deepest.name][1]
        numbers = [np.array([p[d] if len(p) > d else 0 for p in places], np.int64) for d in range(len(blocks))]
        offsets = np.cumsum([n * block for n, block in zip(numbers, blocks, strict=True)], axis=0) * size
        return Places(tuple(offsets), tuple(numbers))

    def collides(self, action: str) -> bool:
        """Whether a request of this action may collide, at random, with a use of its target."""
        return any(i.name == ENVIRONMENT.collides.name for i in self.machine.model.rule(action).inputs)


def _distinct(values: Sequence[T | None]) -> tuple[tuple[T, ...], Integers]:
    """The distinct values, and for each position the number of its value (-1: none)."""
    found = {value: i for i, value in enumerate(dict.fromkeys(x for x in values if x is not None))}
    return tuple(found), np.array([-1 if x is None else found[x] for x in values], np.int64)


FOREVER = 1e300
UNLIMITED = 2**62
CALLING, WAITING, PAUSING = range(3)
"""The uses of an operator's time: calls, waits before a retry, pauses between polls."""


@dataclass(frozen=True)
class Event:
    """One event of a recorded run: when, by whom, the action, the request with its choices, and the answer.

    There is no request for a call that only reads or was throttled. `guard` is the number of the guard that did not
    hold (-1: none).
    """

    minute: float
    by: str
    operation: str
    action: str
    request: Request | None
    answer: str
    guard: int
    place: tuple[int, ...]


Recording: TypeAlias = list[Event] | None
"""The recorded events of the only run of a batch; None: do not record."""


@dataclass(frozen=True)
class Results:
    """The outcome of each run; the last axis of each array is the runs.

    `minutes` are until the role was deleted, or until the run ended; `counts` has a row for each counter, `times` one
    for each use of an operator's time. `refused` is the counter of the last refusal (-1: none), and `remains` has a
    row for each of `CONTENTS`: whether any of it remained at the end. `recreated` is whether the role was deleted
    during the run and exists at its end.
    """

    success: Flags
    minutes: Numbers
    counts: Integers
    times: Numbers
    refused: Integers
    remains: Flags
    recreated: Flags


@dataclass(frozen=True)
class RunLimits:
    """The limits of a run, in minutes and calls, after which it fails.

    A run of more than `steps` steps (turns with an event) is not simulated to its end. If the role must `stay` deleted,
    a run continues up to `minutes`, and succeeds if the role is deleted then; the operator gives up at `gives_up`.
    """

    minutes: float = FOREVER
    calls: int = UNLIMITED
    steps: int = UNLIMITED
    stay: bool = False
    gives_up: float = FOREVER


@dataclass(eq=False)
class RunUnfinished(Exception):
    """A run, given by its lane, reached the maximum number of steps at some minute."""

    lane: int
    minute: float


class Batch:
    """The generated functions and the arrays for batches of one size."""

    def __init__(self, dispatch: Dispatch, size: int) -> None:
        self.t = t = dispatch
        self.environment = environment = dispatch.environment
        self.size = size
        model, over = t.machine.model, BACKUP.place
        process, stopped, collides = ENVIRONMENT.process, ENVIRONMENT.stop.stopped, ENVIRONMENT.collides.name
        make = Vectorizer(t.layout, size)
        self.attempts = [make.attempt(rule, dict(inputs)) for rule, inputs in t.requests]
        self.repetitions = [make.repetition(rule, dict(inputs), collides) for rule, inputs in t.requests]
        drawn_singly = environment.throttled or environment.limits or environment.clocks.clocks or t.views
        if drawn_singly or not isinstance(environment.call, Fixed):
            self.repetitions = [None] * len(self.repetitions)  # each call has its own draws, or starts a clock
        self.tests = [make.test(formula, over) for formula in t.tests[0]]
        self.places = t.places([p.place for p in t.positions], size)
        self.known = make.value(ENVIRONMENT.contents.number, over)

        self.start, self.finish, self.end_task = (
            make.attempt(model.rule(action), {}) for action in (process.start, process.finish, ENVIRONMENT.task.ends)
        )
        self.running = make.test(process.running, over)
        self.pending, self.gone = (make.test(BACKUP.goal.is_(state), ()) for state in ("pending", "gone"))
        self.starts_and_ends_elsewhere = any(
            e.variable.name == process.running.name
            and (rule.action not in (process.start, process.finish) or e.variable.at != rule.place)
            for rule in model.rules
            for e in (*rule.effects, *rule.on_failure)
        )

        self.schedules = schedules = environment.schedules
        self.schedule_places = t.places([s.place for s in schedules], size)
        plans, self.plan = _distinct([s.plan for s in schedules])
        conditions = [environment.processes.plan(name).starts_while for name in plans]
        self.may_start = [make.test(condition, over, [stopped.name]) for condition in conditions]
        ended = np.array([settle(condition, {stopped.name: 1}) == FALSE for condition in conditions], bool)
        self.ends_when_stopped = ended[self.plan]
        durations, which = _distinct([*(s.every for s in schedules), *(s.takes for s in schedules)])
        self.lasting = durations, which.reshape(2, -1)
        self.succeeds = np.array([s.succeeds for s in schedules])

        self.others = [make.attempt(model.rule(o.request.action), o.request.inputs) for o in environment.others]
        self.other_places = t.places([o.request.place for o in environment.others], size)

        self.only = {name: make.test(where, over) for name, where in environment.clocks.only.items()}
        self.timed = tuple(timed_actions(make, environment))
        self.timers = [request for action in self.timed for request in action.requests]
        self.timer_places = t.places([request.place for request in self.timers], size)
        self.views = Views(t.views) if t.views else None


def drawn(duration: Duration, key: Words, stream: int, number: Integers) -> Numbers:
    if isinstance(duration, Fixed):
        return np.full(key.size, duration.minutes)
    return duration.at(uniform(key, stream, number))
