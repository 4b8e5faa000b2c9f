"""What is prepared once to play many runs of one runbook at once, and what comes out of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from backup_slr.engine.core.model import Model
from backup_slr.engine.core.step import Request
from backup_slr.lifecycle.vocabulary import job, points, r, role, v, vault
from backup_slr.runbook.draws import Integers, Numbers, Words, uniform
from backup_slr.runbook.durations import Duration, Fixed
from backup_slr.runbook.tables import Tables
from backup_slr.runbook.vector import Vector

CALL, COLLIDE, THROTTLE, STALE, BACKOFF, BEFORE, TASK, VAULTS, POINTS = range(9)
OTHERS, JOBS = 1 << 10, 1 << 20
"""What draws are for: streams. Those of others are numbered from here on; those of jobs too, in threes."""
EVERY, TAKES, SUCCEEDS = range(3)

FOREVER = 1e300
UNLIMITED = 2**62
CALLING, WAITING, PAUSING = range(3)
"""Where an operator's time goes: into calls, into waits before another try, into pauses between looks."""

Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Event:
    """One event of a recorded run: when, by whom, the request with its choices if it was one, and the answer.

    `guard` is the number of the guard that did not hold (-1: none).
    """

    minute: float
    by: str
    operation: str
    request: Request | None
    answer: str
    guard: int = -1
    place: tuple[int, ...] = ()


@dataclass(frozen=True)
class Results:
    """What became of each run: success, minutes until the role was gone or all was over, counters, where time went."""

    success: Flags
    minutes: Numbers
    counts: Integers
    times: Numbers


@dataclass(frozen=True)
class Limits:
    """When a run ends without success: after so many minutes, or so many calls.

    One that takes more than so many `steps` (turns in which anything happens in it) is not played to its end.
    """

    minutes: float = FOREVER
    calls: int = UNLIMITED
    steps: int = UNLIMITED


class Unfinished(Exception):
    """A run, by its lane, took all the steps that it may, and by then had come to some minute."""

    def __init__(self, lane: int, minute: float) -> None:
        super().__init__(lane, minute)
        self.lane, self.minute = lane, minute


class Batch:
    """The generated functions and the tables for batches of one size."""

    def __init__(self, tables: Tables, size: int) -> None:
        self.t = tables
        self.environment = tables.environment
        self.size = size
        layout, rule = tables.layout, tables.machine.model.rule
        make = Vector(layout, size, tables.kept)
        self.attempts = [make.attempt(of, dict(inputs)) for of, inputs in tables.requests]
        self.again = [make.again(of, dict(inputs)) for of, inputs in tables.requests]
        if self.environment.throttled or not isinstance(self.environment.call, Fixed):
            self.again = [None] * len(self.again)  # each call has draws of its own
        self.moves_jobs = _moves_jobs(tables.machine.model)
        self.start, self.finish = make.attempt(rule("start_job"), {}), make.attempt(rule("finish_job"), {})
        self.end_task = make.attempt(rule("finish_deletion_task"), {})
        self.others = [make.attempt(rule(o.request.action), o.request.inputs) for o in self.environment.others]
        self.tests = [make.test(f, (r, v)) for f in tables.tests[0]]
        self.kept = [Vector(layout, size).test(f, ()) for f in tables.kept]
        self.offsets, self.numbers = tables.place([p.place for p in tables.positions], size)
        self.schedules = self.environment.schedules
        self.job_offsets, self.job_numbers = tables.place([s.place for s in self.schedules], size)
        self.other_places = tables.place([o.request.place for o in self.environment.others], size)
        self.efs = np.array([layout.cell("efs_automatic_backup", s.place[:1]) * size for s in self.schedules])
        self.is_efs = np.array([s.plan == "efs" for s in self.schedules], bool)
        lasting = [[s.every for s in self.schedules], [s.takes for s in self.schedules]]
        distinct = tuple(dict.fromkeys(duration for row in lasting for duration in row))
        self.lasting = distinct, np.array([[distinct.index(duration) for duration in row] for row in lasting])
        self.succeeds = np.array([s.succeeds for s in self.schedules])
        self.vault_cell = layout.affine(vault.name)[0] * size
        self.job_cell = layout.affine(job.name)[0] * size
        self.point_cell = layout.affine(points.name)[0] * size
        self.role_cell = layout.cell(role.name) * size


def _moves_jobs(model: Model) -> bool:
    """Some rule starts or ends a job otherwise than in the vault where a schedule does so."""
    return any(
        e.variable.name == job.name and (rule.action not in ("start_job", "finish_job") or e.variable.at != rule.place)
        for rule in model.rules
        for e in (*rule.effects, *rule.on_failure)
    )


def drawn(duration: Duration, key: Words, stream: int, number: Integers) -> Numbers:
    """Durations, one for each key."""
    if isinstance(duration, Fixed):
        return np.full(key.size, duration.minutes)
    return duration.at(uniform(key, stream, number))
