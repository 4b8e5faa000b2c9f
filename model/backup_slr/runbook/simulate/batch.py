"""What is prepared once to simulate many runs of one runbook at once, and what comes out of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from backup_slr.engine.core.formula import FALSE
from backup_slr.engine.core.step import Request
from backup_slr.lifecycle import BACKUP
from backup_slr.lifecycle.environment import ENVIRONMENT
from backup_slr.runbook.distributions import Duration, Fixed
from backup_slr.runbook.rng import Integers, Numbers, Words, uniform
from backup_slr.runbook.simulate.dispatch import Dispatch
from backup_slr.runbook.simulate.vectorized_rules import Flags, Vectorizer, settle

FOREVER = 1e300
UNLIMITED = 2**62
CALLING, WAITING, PAUSING = range(3)
"""Where an operator's time goes: into calls, into waits before another try, into pauses between looks."""


@dataclass(frozen=True)
class Event:
    """One event of a recorded run: when, by whom, the action, the request with its choices, and the answer.

    There is no request where the model was not asked: a call that only reads, or that was throttled. `guard` is the
    number of the guard that did not hold (-1: none).
    """

    minute: float
    by: str
    operation: str
    action: str
    request: Request | None
    answer: str
    guard: int
    place: tuple[int, ...]


@dataclass(frozen=True)
class Results:
    """The outcome of each run: success, minutes until the role was gone or all was over, counters, where time went."""

    success: Flags
    minutes: Numbers
    counts: Integers
    times: Numbers


@dataclass(frozen=True)
class RunLimits:
    """When a run ends without success: after a number of minutes, or of calls.

    One that takes more than `steps` steps (turns in which anything happens in it) is not simulated to its end.
    """

    minutes: float = FOREVER
    calls: int = UNLIMITED
    steps: int = UNLIMITED


class RunUnfinished(Exception):
    """A run, by its lane, took all the steps that it may, and by then had come to some minute."""

    def __init__(self, lane: int, minute: float) -> None:
        super().__init__(lane, minute)
        self.lane, self.minute = lane, minute


class Batch:
    """The generated functions and the arrays for batches of one size."""

    def __init__(self, dispatch: Dispatch, size: int) -> None:
        self.t = t = dispatch
        self.environment = environment = dispatch.environment
        self.size = size
        model, over = t.machine.model, BACKUP.place
        process, stopped, collides = ENVIRONMENT.process, ENVIRONMENT.stop.stopped, ENVIRONMENT.collides.name
        kept = t.unchanged()
        make = Vectorizer(t.layout, size, kept)
        self.attempts = [make.attempt(rule, dict(inputs)) for rule, inputs in t.requests]
        self.repetitions = [make.repetition(rule, dict(inputs), collides) for rule, inputs in t.requests]
        if environment.throttled or not isinstance(environment.call, Fixed):
            self.repetitions = [None] * len(self.repetitions)  # each call has draws of its own
        self.tests = [make.test(formula, over) for formula in t.tests[0]]
        self.kept = [Vectorizer(t.layout, size).test(formula, ()) for formula in kept]
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
        plans = list(dict.fromkeys(s.plan for s in schedules))
        conditions = [ENVIRONMENT.plan(name).starts_while for name in plans]
        self.plan = np.array([plans.index(s.plan) for s in schedules], np.int64)
        self.may_start = [make.test(condition, over, [stopped.name]) for condition in conditions]
        ended = np.array([settle(condition, {stopped.name: 1}) == FALSE for condition in conditions], bool)
        self.ends_when_stopped = ended[self.plan]
        distinct = tuple(dict.fromkeys(duration for s in schedules for duration in (s.every, s.takes)))
        self.lasting = (
            distinct,
            np.array([[distinct.index(s.every) for s in schedules], [distinct.index(s.takes) for s in schedules]]),
        )
        self.succeeds = np.array([s.succeeds for s in schedules])

        self.others = [make.attempt(model.rule(o.request.action), o.request.inputs) for o in environment.others]
        self.other_places = t.places([o.request.place for o in environment.others], size)


def drawn(duration: Duration, key: Words, stream: int, number: Integers) -> Numbers:
    """Durations, one for each key."""
    if isinstance(duration, Fixed):
        return np.full(key.size, duration.minutes)
    return duration.at(uniform(key, stream, number))
