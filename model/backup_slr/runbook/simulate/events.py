"""Many runs of one runbook at once, event by event: in each turn, every run of the batch takes its next step.

A run is a lane of the arrays. The simulator chooses the next event and its random values; the model
(`vectorized_rules`) defines its effect on the account. The random numbers of a lane depend only on its key, so a run
has the same bits in any batch.
"""

from __future__ import annotations

import numpy as np

from backup_slr.engine.core.step import Request
from backup_slr.lifecycle.environment import ENVIRONMENT
from backup_slr.runbook.control_flow import GONE, PENDING, THERE
from backup_slr.runbook.distributions import Fixed
from backup_slr.runbook.rng import Integers, Numbers, Stream, Words, uniform
from backup_slr.runbook.simulate import batch
from backup_slr.runbook.simulate.background import each_kind
from backup_slr.runbook.simulate.operator import Operator
from backup_slr.runbook.simulate.vectorized_rules import At, Flags

AHEAD = 8
"""The number of repetitions of a request that may collide that are drawn at once."""


class Simulation(Operator):
    """The event loop: the next event of a run is the operator's or one of the environment's, whichever is first."""

    def run(self) -> batch.Results:
        """Simulate all runs to their end; `RunUnfinished` if one takes more steps than the limits allow."""
        lanes = np.arange(self.b.size)
        self.arrive(lanes, lanes, lanes * 0, np.zeros(self.b.size))
        active = lanes
        horizon = min(self.limits.minutes, batch.FOREVER)
        steps = 0
        while active.size:
            steps += 1
            if steps > self.limits.steps:
                first = int(active[0])
                raise batch.RunUnfinished(first, float(min(self.top[:, first].min(), self.next[first])))
            if self.workers == 1:
                x, to = active, self.due[active]
            else:
                times = self.top[:, active]
                worker = times.argmin(axis=0)
                to = times[worker, np.arange(active.size)]
                x = worker * self.b.size + active
            if self.limits.stay:
                to = np.where(to > self.limits.gives_up, np.inf, to)
            te = self.next[active]
            # First all earlier background events, then the operator's event.
            some = np.flatnonzero((te < to) & (te <= horizon))
            if some.size:
                self.happen(active[some], te[some])
                te = self.next[active]
            late = np.minimum(to, te) > horizon
            operators = (to <= te) & ~late
            if self.changed:
                alive = self.alive[active]
                operators &= alive
                late &= alive
            if late.any():
                over = active[late]
                self.over(over, np.full(over.size, self.limits.minutes))
            some = np.flatnonzero(operators)
            if some.size == active.size:
                self.operate(active, x, to)
            elif some.size:
                self.operate(active[some], x[some], to[some])
            if self.changed:
                active = active[self.alive[active]]
                self.changed = False
        self._unbook()
        return batch.Results(
            self.success,
            self.minutes,
            self.counts.reshape(-1, self.b.size),
            self.times,
            self.refused,
            self._remains(),
            self.was_gone & ~self.success,
        )

    def _remains(self) -> Flags:
        """For each of the contents of an account, whether any of it remains."""
        states, cells = self.S.reshape(-1, self.b.size), self.t.layout.cells
        rows = ([i for i, (held, _) in enumerate(cells) if held.name == v.name] for v in batch.CONTENTS)
        return np.array([states[row].any(axis=0) for row in rows])

    def _unbook(self) -> None:
        """Count the time of unfinished calls, waits and pauses up to the end of the run."""
        call = self.b.environment.call
        if isinstance(call, Fixed):
            self.booked[batch.CALLING] = self.t.called[self.pc] * call.minutes * np.isfinite(self.due)
            begun = self.booked[batch.CALLING].reshape(self.workers, -1).sum(axis=0)
            self.times[batch.CALLING] = self.calls * call.minutes + begun
        due = np.where(np.isfinite(self.top), self.top, 0.0)
        beyond = np.maximum(due - np.minimum(self.end, self.limits.gives_up), 0.0).reshape(-1)
        for kind in (batch.CALLING, batch.PAUSING, batch.WAITING):
            cut = np.minimum(beyond, self.booked[kind])
            self.times[kind] -= cut.reshape(self.workers, -1).sum(axis=0)
            beyond -= cut

    # ------------------------------------------------------------ the operation at a position

    def operate(self, a: Integers, x: Integers, now: Numbers) -> None:
        """Take one step of the operator in each of these lanes: a call is answered, or a wait ends."""
        t = self.t
        p = self.pc[x]
        if (waited := t.timeless[p]).any():
            self.booked[batch.WAITING][x[waited]] = 0.0
            self.arrive(a[waited], x[waited], p[waited], now[waited])
            if waited.all():
                return
            a, x, now, p = a[~waited], x[~waited], now[~waited], p[~waited]
        turn, known, key = self.turn[a], self.known[x], self.keys[a]
        what = t.what[p]
        code = np.zeros(a.size, np.int64)
        throttled: Flags | None = None
        if self.b.environment.throttled:
            throttled = t.called[p] & (uniform(key, Stream.THROTTLE, turn) < self.b.environment.throttled)
        if self.b.environment.limits:
            chance = np.zeros(a.size, bool) if throttled is None else throttled
            throttled = chance | self.over_limit(a, np.where(chance, -1, t.limits[1][p]), now)
        if throttled is not None:
            what[throttled] = batch.OTHER
        for kind, sub in each_kind(what):
            if kind == batch.LIST:
                # A stale list shows the operator's old knowledge.
                shown, stale = self.observed(a[sub]), self.b.environment.stale
                seen = self.b.known(shown, self.b.places.at(p[sub], a[sub]))
                seen = np.minimum(seen, t.page[p[sub]])
                lags = uniform(key[sub], Stream.STALE, turn[sub]) < stale if stale else np.False_
                known[sub] = np.where(lags, known[sub], seen)
            elif kind == batch.POLL:
                at = At(a[sub])
                pending = self.b.pending(self, at) | (now[sub] < self.status[a[sub]])
                code[sub] = np.where(pending, PENDING, np.where(self.b.gone(self, at), GONE, THERE))
            elif kind == batch.OTHER:
                stops = t.stops[p[sub]]
                if stops.any():
                    here = stops if throttled is None else stops & ~throttled[sub]
                    self.stopped[a[sub][here]] = True
            else:
                number = kind - batch.OTHER - 1
                found = self._request(number, a[sub], p[sub], key[sub], turn[sub], now[sub])
                code[sub] = found
                if self.b.repetitions[number] is not None:
                    now, more = now.copy(), known[sub]
                    now[sub] = self._repeat(number, a[sub], x[sub], p[sub], now[sub], found, more)
                    known[sub] = more
        if throttled is not None:
            code[throttled] = t.throttled
        self._note_call(now, p, code)
        counter = t.counter[p * t.codes + code]
        self.counts[counter * self.b.size + a] += 1
        bad = t.refusals[counter]
        self.refused[a[bad]] = counter[bad]
        self.calls[a] += t.called[p]
        self.go(a, x, p, now, code, known)

    def _request(self, number: int, a: Integers, p: Integers, key: Words, turn: Integers, now: Numbers) -> Integers:
        """Make a request to the model; with a fork, workers of several lanes may make the same request in turn."""
        asked = self._asked(p)
        at = self.b.places.at(p, a)
        hit = {**self.choices(asked.action, at, -1, turn), **self.collisions(asked.action, key, Stream.COLLIDE, turn)}
        code = self.ask(self.b.attempts[number], at, now, "person", asked, hit)
        self.requested(a, now)
        return code

    def _repeat(
        self, number: int, a: Integers, x: Integers, p: Integers, now: Numbers, code: Integers, known: Integers
    ) -> Numbers:
        """Repeat the same request to the same vault while no other event is earlier.

        Each repetition is a step of the model, with the same draws as a single one. Subtracts them from `known` and
        returns the time of the last one.
        """
        b, again = self.b, self.b.repetitions[number]
        call = b.environment.call
        assert again is not None
        assert isinstance(call, Fixed)
        latency = call.minutes
        cell = b.places.offsets[-1][p] + a + again.cell
        end = np.minimum(self.next[a], min(self.limits.minutes, self.limits.gives_up))
        if self.workers > 1:
            others = self.top[:, a]
            others[x // b.size, np.arange(a.size)] = np.inf
            end = np.minimum(end, others.min(axis=0))
        times = np.minimum(np.minimum(known - 1, self.S[cell]), (end - now) / latency).astype(np.int64)
        times *= (code == 0) & self.t.repeats[p]
        if self.limits.calls < batch.UNLIMITED:
            times = np.minimum(times, self.limits.calls - self.calls[a] - 1)
        times = np.maximum(times, 0)
        some = np.flatnonzero(times)
        if not some.size:
            return now
        sure, calm = (test(self, b.places.at(p[some], a[some])) for test in (again.sure, again.calm))
        times[some[~sure & ~calm]] = 0
        open_ = some[~sure & calm]
        if open_.size:
            steps = np.arange(1, AHEAD + 1)[:, None]
            lane = a[open_]
            hit = uniform(self.keys[lane], Stream.COLLIDE, self.turn[lane] + steps) < b.environment.collides
            first = np.where(hit.any(axis=0), hit.argmax(axis=0), AHEAD)
            times[open_] = np.minimum(times[open_], first)
        later = now + times * latency
        times -= later > end
        times[times < 0] = 0
        self.S[cell] -= times
        known -= times
        self.turn[a] += times
        self.calls[a] += times
        self.counts[self.t.counter[p * self.t.codes] * b.size + a] += times
        if self.events is not None:
            calm = {ENVIRONMENT.collides.name: np.zeros(1, bool)}
            for step in range(int(times[0])):
                self.note(now + (step + 1) * latency, "person", self._asked(p), calm, code)
        return now + times * latency

    def _asked(self, p: Integers) -> Request:
        """The request at the first of these positions, all of which have the same action."""
        request = self.t.positions[int(p[0])].request
        assert request is not None
        return request

    def _note_call(self, now: Numbers, p: Integers, code: Integers) -> None:
        position = self.t.positions[int(p[0])]
        if self.events is None or not position.calls or (position.request and code[0] != self.t.throttled):
            return
        counter = self.t.counters[int(self.t.counter[p[0] * self.t.codes + code[0]])]
        action = position.request.action if position.request else ""
        by, place = "person", position.place
        self.events.append(batch.Event(float(now[0]), by, counter.operation, action, None, counter.answer, -1, place))
