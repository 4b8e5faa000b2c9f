"""The environment of a batch of runs: background jobs, the deletion task and other users."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from backup_slr.engine.core.step import Request
from backup_slr.engine.core.variable import usual
from backup_slr.lifecycle.environment import ENVIRONMENT
from backup_slr.runbook.quantities import LEAST
from backup_slr.runbook.rng import Integers, Numbers, Stream, Words, uniform
from backup_slr.runbook.simulate.batch import Batch, Event, Recording, RunLimits, drawn
from backup_slr.runbook.simulate.seen import Seen
from backup_slr.runbook.simulate.timers import Choice, TimedAction, drawn_choices_of, restarted
from backup_slr.runbook.simulate.vectorized_rules import At, Flags, Rules
from backup_slr.scenario.account_codec import account_format

MOST_POINTS = 1e12


class Background:
    """The states of a batch while it is simulated, and their background events.

    Each run has one of the `keys`; with a fleet, `fleet` has the key of its account.

    `S` has the cells, `clocks` the next event of each source: the schedules, then the deletion task, then other users,
    then `timers`, then views. `next` is the earliest of these.
    """

    def __init__(
        self, batch: Batch, keys: Words, limits: RunLimits, fleet: Words | None = None, events: Recording = None
    ) -> None:
        self.b, self.t, self.keys, self.limits, self.events = batch, batch.t, keys, limits, events
        n = batch.size
        environment = batch.environment
        cells = account_format(self.t.machine.model.state).cells(self.t.machine, environment.names, environment.said)
        self.S = np.repeat(np.array(cells, np.int64), n)
        if fleet is not None:
            self._draw_accounts(fleet)
        self.alive, self.changed = np.ones(n, bool), False
        self.success, self.minutes, self.end = np.zeros(n, bool), np.zeros(n), np.zeros(n)
        self.since, self.was_gone = np.full(n, np.inf), np.zeros(n, bool)
        self.ended, self.stopped = np.zeros(n, bool), np.zeros(n, bool)
        self.turn = np.zeros(n, np.int64)
        self.status = np.full(n, -np.inf)  # until then the status of the deletion task is out of date
        self.task = len(batch.schedules)
        self.timer = self.task + 1 + len(batch.others)
        self.viewing = self.timer + len(batch.timers)
        self.seen = None if batch.views is None else Seen(batch.views, self.S, n)
        many = 0 if batch.views is None else batch.views.number
        self.clocks = np.full((self.viewing + many, n), np.inf)
        self.draws = np.zeros(self.clocks.shape, np.int64)
        dates = [date for action in batch.timed for date in action.dates]
        self.lapsed = np.repeat(np.isnan(np.array(dates, float))[:, None], n, axis=1)  # no date, or not possible since
        self.begun = np.zeros(self.lapsed.shape, bool)  # it was possible once
        lanes = np.arange(n)
        self.busy = np.zeros((self.task, n), bool)
        for k, schedule in enumerate(batch.schedules):
            self.busy[k] = self.b.running(self, self._at_schedule(k, lanes))
            idle = drawn(schedule.every, keys, Stream.JOBS + 3 * k + Stream.EVERY, lanes * 0)
            takes = drawn(schedule.takes, keys, Stream.JOBS + 3 * k + Stream.TAKES, lanes * 0)
            self.clocks[k] = np.where(self.busy[k], takes, idle)
        for k, other in enumerate(environment.others):
            self.clocks[self.task + 1 + k] = drawn(other.every, keys, Stream.OTHERS + k, lanes * 0)
        self.draws[: self.timer] += 1
        self.tick(lanes, np.zeros(n))
        self.observe(lanes, np.zeros(n))
        self.next = self.clocks.min(axis=0)

    def _at_schedule(self, schedule: int | Integers, a: Integers) -> At:
        return self.b.schedule_places.at(np.broadcast_to(schedule, a.shape), a)

    def _draw_accounts(self, fleet: Words) -> None:
        """Draw the vaults and the numbers of points of each account of a fleet.

        All variables of a vault that does not exist are zero.
        """
        said, layout = self.b.environment.fleet, self.t.layout
        if said is None:
            return
        states = self.S.reshape(-1, self.b.size)
        there = ENVIRONMENT.items.there
        inner = [variable.name for variable in layout.model.state if variable.per == there.per]
        for i, place in enumerate(self.b.environment.places):
            states[layout.cell(there.name, place)] *= uniform(fleet, Stream.VAULTS, i) < said.vault
            if said.points is not None:
                held = np.rint(np.minimum(said.points.at(uniform(fleet, Stream.POINTS, i)), MOST_POINTS))
                states[layout.cell(ENVIRONMENT.contents.number.name, place)] = held
            for name in inner:
                states[layout.cell(name, place)] *= states[layout.cell(there.name, place)]

    def over(self, a: Integers, minutes: Numbers) -> None:
        """Mark runs as finished: successful if the role is deleted; unless it must stay deleted, and time is left."""
        if self.limits.stay:
            left = minutes < self.limits.minutes
            a, minutes = a[~left], minutes[~left]
        self.alive[a] = False
        self.success[a] = self.b.gone(self, At(a))
        self.end[a] = minutes
        self.minutes[a] = np.where(self.success[a], np.minimum(self.since[a], minutes), minutes)
        self.changed = True

    def observe(self, a: Integers, now: Numbers) -> None:
        """Note since when the role is deleted, if it must stay deleted."""
        if self.limits.stay:
            gone = self.b.gone(self, At(a))
            self.since[a] = np.where(gone, np.minimum(self.since[a], now), np.inf)
            self.was_gone[a] |= gone

    def happen(self, a: Integers, now: Numbers) -> None:
        source = self.clocks[:, a].argmin(axis=0)
        sub = np.flatnonzero(source < self.task)
        if sub.size:
            self._processes(a[sub], source[sub], now[sub])
        sub = np.flatnonzero(source == self.task)
        if sub.size:
            self._task(a[sub], now[sub])
        for k in range(len(self.b.others)):
            sub = np.flatnonzero(source == self.task + 1 + k)
            if sub.size:
                self._other(k, a[sub], now[sub])
        for action in self.b.timed:
            first = self.timer + action.first
            sub = np.flatnonzero((source >= first) & (source < first + len(action.requests)))
            if sub.size:
                self._happens(action, a[sub], source[sub], now[sub])
        if self.seen is not None:
            sub = np.flatnonzero(source >= self.viewing)
            for view, some in each_kind(source[sub] - self.viewing):
                self.seen.update(view, a[sub][some])
            self.clocks[source[sub], a[sub]] = np.inf
            self.draws[source[sub], a[sub]] += 1
        self.tick(a, now)
        self.observe(a, now)
        self.next[a] = self.clocks[:, a].min(axis=0)

    # ------------------------------------------------------------ jobs

    def _processes(self, a: Integers, source: Integers, now: Numbers) -> None:
        """Finish the running job of each vault; in a vault without one, start one if its plan allows it."""
        b, process = self.b, ENVIRONMENT.process
        at, draw = self._at_schedule(source, a), self.draws[source, a]
        running = self.b.running(self, at)
        sub = np.flatnonzero(running)
        if sub.size:
            stream = Stream.JOBS + 3 * source[sub] + Stream.SUCCEEDS
            succeeds = uniform(self.keys[a[sub]], stream, draw[sub]) < b.succeeds[source[sub]]
            drawn_here = self.choices(process.finish, at[sub], source[sub], draw[sub])
            said = {**drawn_here, process.succeeds.name: succeeds}
            self.ask(
                b.finish, at[sub], now, "service", Request(process.finish, b.schedules[int(source[0])].place), said
            )
        allowed = np.zeros(a.size, bool)
        for k, sub in each_kind(b.plan[source]):
            allowed[sub] = b.may_start[k](self, at[sub], self.stopped[a[sub]])
        sub = np.flatnonzero(allowed & ~running)
        if sub.size:
            self.ask(b.start, at[sub], now, "service", Request(process.start, b.schedules[int(source[0])].place), {})
        # The next event in this vault: the end of the job, or a start.
        started = self.b.running(self, at)
        level = uniform(self.keys[a], Stream.JOBS + 3 * source + np.where(started, Stream.TAKES, Stream.EVERY), draw)
        durations, which = b.lasting
        until = now.copy()
        for k, sub in each_kind(which[started.astype(np.int64), source]):
            until[sub] += durations[k].at(level[sub])
        # A stopped plan starts no more jobs.
        until[~started & self.stopped[a] & b.ends_when_stopped[source]] = np.inf
        self.clocks[source, a] = until
        self.draws[source, a] += 1
        if b.starts_and_ends_elsewhere:
            self.busy[source, a] = started
            self.resume(a, now)

    def resume(self, a: Integers, now: Numbers) -> None:
        """Restart the clock of a vault where a job started or ended independently of its schedule."""
        if not self.b.starts_and_ends_elsewhere:
            return
        for k, schedule in enumerate(self.b.schedules):
            running = self.b.running(self, self._at_schedule(k, a))
            sub = np.flatnonzero(running != self.busy[k, a])
            if not sub.size:
                continue
            lane, draw, stream = a[sub], self.draws[k, a[sub]], Stream.JOBS + 3 * k
            takes = drawn(schedule.takes, self.keys[lane], stream + Stream.TAKES, draw)
            idle = drawn(schedule.every, self.keys[lane], stream + Stream.EVERY, draw)
            self.clocks[k, lane] = now[sub] + np.where(running[sub], takes, idle)
            self.draws[k, lane] += 1
            self.busy[k, lane] = running[sub]
            self.next[lane] = self.clocks[:, lane].min(axis=0)

    # ------------------------------------------------------------ the deletion task, other users

    def ask(
        self, attempt: Rules, at: At, now: Numbers, by: str, asked: Request, said: Mapping[str, Choice]
    ) -> Integers:
        """The answers to a request, with drawn or default values for the choices that its rule reads."""
        choices = [i for i in self.t.machine.model.rule(asked.action).inputs if i.kind == "choice"]
        chosen = (said[i.name] if i.name in said else np.full(at.lane.size, bool(usual(i))) for i in choices)
        code = attempt(self, at, *chosen)
        self.note(now, by, asked, said, code)
        return code

    def collisions(self, action: str, key: Words, stream: int, number: Integers) -> dict[str, Flags]:
        """Draw whether these requests collide, for actions with that choice."""
        if not self.t.collides(action):
            return {}
        return {ENVIRONMENT.collides.name: uniform(key, stream, number) < self.b.environment.collides}

    def requested(self, a: Integers, now: Numbers) -> None:
        """Draw the end of a deletion task that a request started, and update the clocks that depend on the state."""
        self.resume(a, now)
        self.observe(a, now)
        if self.b.timed or self.seen is not None:
            self.tick(a, now)
            self.next[a] = self.clocks[:, a].min(axis=0)
        new = np.flatnonzero(self.b.pending(self, At(a)) & np.isinf(self.clocks[self.task][a]))
        if new.size:
            lane = a[new]
            takes = drawn(self.b.environment.deletion, self.keys[lane], Stream.TASK, self.turn[lane])
            self.clocks[self.task][lane] = now[new] + takes
            self.next[lane] = self.clocks[:, lane].min(axis=0)

    def _task(self, a: Integers, now: Numbers) -> None:
        self.ask(self.b.end_task, At(a), now, "service", Request(ENVIRONMENT.task.ends), {})
        self.clocks[self.task][a] = np.inf
        if self.b.environment.lag:
            self.status[a] = now + self.b.environment.lag
        self.resume(a, now)
        over = self.ended[a] | self.b.gone(self, At(a))
        if over.any():
            self.over(a[over], now[over])

    def _other(self, k: int, a: Integers, now: Numbers) -> None:
        other, source = self.b.environment.others[k], self.task + 1 + k
        request, draw = other.request, self.draws[source, a]
        at = self.b.other_places.at(np.full(a.size, k), a)
        hit = self.choices(request.action, at, source, draw)
        hit |= self.collisions(request.action, self.keys[a], Stream.OTHERS_COLLIDE + k, draw)
        self.ask(self.b.others[k], at, now, "other", request, hit)
        self.requested(a, now)
        self.clocks[source][a] = now + drawn(other.every, self.keys[a], Stream.OTHERS + k, draw)
        self.draws[source, a] += 1

    def choices(self, action: str, at: At, source: Any, number: Integers) -> dict[str, Choice]:
        """Draw the choices of an action at places that have a probability there; the operator is source -1."""
        chances = self.b.environment.clocks.of(self.t.machine.model.rule(action))
        found = drawn_choices_of(chances, self.keys[at.lane], source, number) if chances else {}
        return {
            name: value * self.b.only[name](self, at) if name in self.b.only else value for name, value in found.items()
        }

    # ------------------------------------------------------------ clocks of other actions

    def tick(self, a: Integers, now: Numbers) -> None:
        """Stop the clocks of actions that became impossible, and start those of actions that became possible.

        Likewise those of views that differ from the account.
        """
        for action in self.b.timed:
            many = len(action.requests)
            which, lane = np.repeat(np.arange(many), a.size) + action.first, np.tile(a, many)
            row = which + self.timer
            runs = action.possible(self, self.b.timer_places.at(which, lane))
            level = uniform(self.keys[lane], Stream.CLOCKS + which, self.draws[row, lane])
            starts = np.tile(now, many) + action.duration.at(level)
            if not np.isnan(action.dates).all():
                lapsed = self.lapsed[which, lane] = self.lapsed[which, lane] | (self.begun[which, lane] & ~runs)
                self.begun[which, lane] |= runs
                dates = np.repeat(action.dates, a.size)
                starts = np.where(lapsed, starts, np.maximum(dates, np.tile(now, many) + LEAST))
            self._set(row, lane, restarted(self.clocks[row, lane], runs, starts))
        if self.seen is not None:
            rows, lanes = np.ix_(np.arange(self.viewing, len(self.clocks)), a)
            clocks = self.seen.clocks(self.clocks[rows, lanes], self.draws[rows, lanes], a, self.keys[a], now)
            self._set(rows, lanes, clocks)

    def _set(self, row: Integers, lane: Integers, clocks: Numbers) -> None:
        """Set clocks; one that stopped takes a new draw when it starts again."""
        self.draws[row, lane] += np.isinf(clocks) & np.isfinite(self.clocks[row, lane])
        self.clocks[row, lane] = clocks

    def observed(self, a: Integers) -> Any:
        """What reads of the operator show in these lanes, for functions of `vectorized_rules`."""
        return self if self.seen is None else self.seen.of(a)

    def _happens(self, action: TimedAction, a: Integers, source: Integers, now: Numbers) -> None:
        which, draw = source - self.timer, self.draws[source, a]
        request = self.b.timers[int(which[0])]
        at = self.b.timer_places.at(which, a)
        said = self.choices(request.action, at, source, draw)
        self.ask(action.attempt, at, now, "service", request, said)
        self.clocks[source, a] = np.inf
        self.draws[source, a] += 1
        self.requested(a, now)

    def note(self, now: Numbers, by: str, asked: Request, choices: Mapping[str, Choice], code: Integers) -> None:
        """Record a request, if the run of this batch of one is recorded."""
        if self.events is None:
            return
        rule, number = self.t.machine.model.rule(asked.action), int(code[0])
        answer = rule.guards[number - 1].otherwise.id if number else "done"
        operation = rule.operations[0] if rule.operations else rule.action
        read = {i.name for i in rule.inputs}
        said = {**asked.inputs, **{name: int(value[0]) for name, value in choices.items() if name in read}}
        request = replace(asked, inputs=said)
        self.events.append(Event(float(now[0]), by, operation, rule.action, request, answer, number - 1, asked.place))


def each_kind(kinds: Integers) -> Iterator[tuple[int, Any]]:
    """Each of these numbers, with its positions."""
    numbers = np.flatnonzero(np.bincount(kinds)).tolist()
    for number in numbers:
        yield number, slice(None) if len(numbers) == 1 else np.flatnonzero(kinds == number)


def beginning(batch: Batch, keys: Words, fleet: Words | None = None) -> tuple[int, ...]:
    """The initial cells of the only run of a batch."""
    return tuple(Background(batch, keys, RunLimits(), fleet).S.tolist())
