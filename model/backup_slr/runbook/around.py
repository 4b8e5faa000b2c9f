"""Everybody but the operator, in a batch of runs: jobs, the deletion task, other people."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from backup_slr.engine.core.step import Request
from backup_slr.engine.core.variable import usual
from backup_slr.lifecycle.vocabulary import collides, job, points, role, succeeds, vault
from backup_slr.runbook.batch import (
    EVERY,
    JOBS,
    OTHERS,
    POINTS,
    SUCCEEDS,
    TAKES,
    TASK,
    VAULTS,
    Batch,
    Event,
    Flags,
    Limits,
    drawn,
)
from backup_slr.runbook.draws import Integers, Numbers, Words, uniform
from backup_slr.runbook.vector import At
from backup_slr.scenario.account import starting

DELETING = role.values.index("deleting")
MOST_POINTS = 1e12
ABSENT = role.values.index("absent")


class Around:
    """The states of a batch while it is played, and what goes on in them beside the runbook.

    `S` are the cells (see `vector`), `D` the kept formulas; `env` says when each source of events has its next one:
    the schedules, then the deletion task, then other people. `next` is the earliest of these.
    """

    def __init__(
        self, batch: Batch, keys: Words, limits: Limits, fleet: Words | None, events: list[Event] | None
    ) -> None:
        self.b, self.t, self.keys, self.limits, self.events = batch, batch.t, keys, limits, events
        n = batch.size
        environment = batch.environment
        cells = starting(self.t.machine, environment.names, environment.said)
        self.S = np.repeat(np.array(cells, np.int64), n)
        if fleet is not None:
            self._draw_accounts(fleet)
        self.D = np.zeros((len(self.t.kept), n), bool)
        self.alive, self.changed = np.ones(n, bool), False
        self.success, self.minutes = np.zeros(n, bool), np.zeros(n)
        self.ended, self.stopped = np.zeros(n, bool), np.zeros(n, bool)
        self.turn = np.zeros(n, np.int64)
        self.jobs = len(batch.schedules)
        self.env = np.full((self.jobs + 1 + len(batch.others), n), np.inf)
        self.draws = np.zeros(self.env.shape, np.int64)
        self.start, self.finish, self.end_task = (
            f(self.S, self.D) for f in (batch.start, batch.finish, batch.end_task)
        )
        self.others = [f(self.S, self.D) for f in batch.others]
        self.kept = [f(self.S, self.D) for f in batch.kept]
        lanes = np.arange(n)
        self.keep(lanes)
        for k, schedule in enumerate(batch.schedules):
            running = self._running(k, lanes)
            idle = drawn(schedule.every, keys, JOBS + 3 * k + EVERY, lanes * 0)
            self.env[k] = np.where(running, drawn(schedule.takes, keys, JOBS + 3 * k + TAKES, lanes * 0), idle)
        for k, other in enumerate(environment.others):
            self.env[self.jobs + 1 + k] = drawn(other.every, keys, OTHERS + k, lanes * 0)
        self.draws += 1
        self.next = self.env.min(axis=0)
        self.busy = np.array([self._running(k, lanes) for k in range(self.jobs)])

    def _running(self, schedule: int | Integers, a: Integers) -> Flags:
        """A job runs in the vault of a schedule."""
        return self.S[self.b.job_offsets[1][schedule] + self.b.job_cell + a] != 0

    def _draw_accounts(self, fleet: Words) -> None:
        """Each account of a fleet has some of the vaults, and other numbers of points in them."""
        said, layout = self.b.environment.fleet, self.t.layout
        if said is None:
            return
        states = self.S.reshape(-1, self.b.size)
        for i, place in enumerate(self.b.environment.places):
            there = states[layout.cell(vault.name, place)]
            there *= uniform(fleet, VAULTS, i) < said.vault
            held = states[layout.cell(points.name, place)]
            if said.points is not None:
                held[:] = np.rint(np.minimum(said.points.at(uniform(fleet, POINTS, i)), MOST_POINTS))
            held *= there
            states[layout.cell(job.name, place)] *= there

    def keep(self, a: Integers) -> None:
        """Bring the kept formulas up to date."""
        for k, formula in enumerate(self.kept):
            self.D[k, a] = formula(At(a, (), ()))

    def over(self, a: Integers, minutes: Numbers) -> None:
        """These runs are over: with success if the role is gone by now."""
        self.alive[a] = False
        self.success[a] = self.S[self.b.role_cell + a] == ABSENT
        self.minutes[a] = minutes
        self.changed = True

    def happen(self, a: Integers, now: Numbers) -> None:
        """The next thing in each of these lanes that is not the operator's doing."""
        source = self.env[:, a].argmin(axis=0)
        sub = np.flatnonzero(source < self.jobs)
        if sub.size:
            self._jobs(a[sub], source[sub], now[sub])
        sub = np.flatnonzero(source == self.jobs)
        if sub.size:
            self._task(a[sub], now[sub])
        if self.others:
            for k in range(len(self.others)):
                sub = np.flatnonzero(source == self.jobs + 1 + k)
                if sub.size:
                    self._somebody(k, a[sub], now[sub])
        self.keep(a)
        self.next[a] = self.env[:, a].min(axis=0)

    # ------------------------------------------------------------ jobs

    def _jobs(self, a: Integers, source: Integers, now: Numbers) -> None:
        """A job ends where one runs; elsewhere one may start, unless its plan is off."""
        b = self.b
        places = [o[source] + a for o in b.job_offsets]
        running = self._running(source, a)
        efs = b.is_efs[source]
        allowed = np.where(efs, self.S[b.efs[source] + a] != 0, ~self.stopped[a])
        allowed &= self.S[places[1] + b.vault_cell] != 0  # nobody plans backups into a vault that is not there
        draw = self.draws[source, a]
        for sub, ends in ((np.flatnonzero(running), True), (np.flatnonzero(~running & allowed), False)):
            if not sub.size:
                continue
            at = At(a[sub], tuple(p[sub] for p in places), tuple(n[source[sub]] for n in b.job_numbers))
            if ends:
                stream = JOBS + 3 * source[sub] + SUCCEEDS
                said = {succeeds.name: uniform(self.keys[a[sub]], stream, draw[sub]) < b.succeeds[source[sub]]}
            else:
                said = {}
            action, make = ("finish_job", self.finish) if ends else ("start_job", self.start)
            code = make(at, *self.chosen(action, a[sub], said))
            if self.events is not None:
                inputs = {name: int(value[0]) for name, value in said.items()}
                self.note(now[0], "service", Request(action, b.schedules[int(source[0])].place, inputs), int(code[0]))
        # What comes next in this vault: the end of the job, or a start.
        started = self._running(source, a)
        stream = JOBS + 3 * source + np.where(started, TAKES, EVERY)
        level = uniform(self.keys[a], stream, draw)
        durations, which = b.lasting
        kinds = which[started.astype(np.int64), source]
        until = now.copy()
        for k, duration in enumerate(durations):
            sub = np.flatnonzero(kinds == k) if len(durations) > 1 else slice(None)
            until[sub] += duration.at(level[sub])
        # Plans that were stopped stay so; EFS automatic backup may be switched on again.
        until[~started & self.stopped[a] & ~efs] = np.inf
        self.env[source, a] = until
        self.draws[source, a] += 1
        if b.moves_jobs:
            self.busy[source, a] = started
            self.resume(a, now)

    def resume(self, a: Integers, now: Numbers) -> None:
        """Where a job began or ended otherwise than by its schedule, time begins again in that vault."""
        for k, schedule in enumerate(self.b.schedules):
            running = self._running(k, a)
            sub = np.flatnonzero(running != self.busy[k, a])
            if not sub.size:
                continue
            lane, draw, stream = a[sub], self.draws[k, a[sub]], JOBS + 3 * k
            takes = drawn(schedule.takes, self.keys[lane], stream + TAKES, draw)
            idle = drawn(schedule.every, self.keys[lane], stream + EVERY, draw)
            self.env[k, lane] = now[sub] + np.where(running[sub], takes, idle)
            self.draws[k, lane] += 1
            self.busy[k, lane] = running[sub]
            self.next[lane] = self.env[:, lane].min(axis=0)

    # ------------------------------------------------------------ the deletion task, other people

    def chosen(self, action: str, a: Integers, said: Mapping[str, Flags]) -> list[Flags]:
        """The choices that a rule reads, in its order: as drawn, or as usual."""
        inputs = self.t.machine.model.rule(action).inputs
        choices = [i for i in inputs if i.kind == "choice"]
        return [said[i.name] if i.name in said else np.full(a.size, bool(usual(i))) for i in choices]

    def requested(self, a: Integers, now: Numbers) -> None:
        """What a request sets going: a deletion that is pending now ends some time, and then is decided."""
        if self.b.moves_jobs:
            self.resume(a, now)
        new = np.flatnonzero((self.S[self.b.role_cell + a] == DELETING) & np.isinf(self.env[self.jobs][a]))
        if new.size:
            lane = a[new]
            takes = drawn(self.b.environment.deletion, self.keys[lane], TASK, self.turn[lane])
            self.env[self.jobs][lane] = now[new] + takes
            self.next[lane] = self.env[:, lane].min(axis=0)

    def _task(self, a: Integers, now: Numbers) -> None:
        code = self.end_task(At(a, (), ()), *self.chosen("finish_deletion_task", a, {}))
        self.env[self.jobs][a] = np.inf
        if self.events is not None:
            self.note(now[0], "service", Request("finish_deletion_task"), int(code[0]))
        if self.b.moves_jobs:
            self.resume(a, now)
        over = self.ended[a] | (self.S[self.b.role_cell + a] == ABSENT)
        if over.any():
            self.over(a[over], now[over])

    def _somebody(self, k: int, a: Integers, now: Numbers) -> None:
        other = self.b.environment.others[k]
        offsets, numbers = self.b.other_places
        at = At(a, tuple(o[k] + a for o in offsets), tuple(n[k] + a * 0 for n in numbers))
        action = other.request.action
        stream = OTHERS + k
        source = self.jobs + 1 + k
        draw = self.draws[source, a]
        hit: dict[str, Flags] = {}
        if self.t.collides(action):
            hit = {collides.name: uniform(self.keys[a], stream + (1 << 9), draw) < self.b.environment.collides}
        code = self.others[k](at, *self.chosen(action, a, hit))
        if self.events is not None:
            said = {**other.request.inputs, **{name: int(value[0]) for name, value in hit.items()}}
            self.note(now[0], "other", Request(action, other.request.place, said), int(code[0]))
        self.requested(a, now)
        self.env[source][a] = now + drawn(other.every, self.keys[a], stream, draw)
        self.draws[source, a] += 1

    def note(self, minute: float, by: str, request: Request, code: int) -> None:
        """Record a request."""
        assert self.events is not None
        rule = self.t.machine.model.rule(request.action)
        answer = rule.guards[code - 1].otherwise.id if code else "done"
        operation = rule.operations[0] if rule.operations else rule.action
        self.events.append(Event(float(minute), by, operation, request, answer, code - 1, request.place))
