"""The operator in a batch of runs: waits, pauses, tests, workers and the end."""

from __future__ import annotations

import numpy as np

from backup_slr.runbook.distributions import Fixed
from backup_slr.runbook.rng import Integers, Numbers, Stream, Words, uniform
from backup_slr.runbook.simulate.background import Background, each_kind
from backup_slr.runbook.simulate.batch import CALLING, PAUSING, UNLIMITED, WAITING, Batch, Recording, RunLimits, drawn
from backup_slr.runbook.simulate.vectorized_rules import Flags


class Operator(Background):
    """The position of each worker of each run (`pc`), its memory, and the time of its next step.

    Registers are indexed by worker and lane: worker w of lane k is number ``w * B + k``. In the methods, `a` are
    lanes, `x` the registers of their workers, `p` positions.
    """

    def __init__(
        self, batch: Batch, keys: Words, limits: RunLimits, fleet: Words | None = None, events: Recording = None
    ) -> None:
        super().__init__(batch, keys, limits, fleet, events)
        n, self.workers = batch.size, self.t.program.workers
        self.pc, self.tries, self.known = (np.zeros(self.workers * n, np.int64) for _ in range(3))
        self.top = np.full((self.workers, n), np.inf)
        self.due = self.top.reshape(-1)
        self.idle, self.queue, self.calls = (np.zeros(n, np.int64) for _ in range(3))
        self.counts = np.zeros(len(self.t.counters) * n, np.int64)
        self.refused = np.full(n, -1)
        rates = self.t.limits[0]
        self.tokens, self.filled = np.repeat(rates[:, None], n, axis=1), np.zeros((rates.size, n))
        self.times = np.zeros((3, n))
        self.booked = np.zeros((3, self.workers * n))  # the row of `times` for the next step

    def over_limit(self, a: Integers, limit: Integers, now: Numbers) -> Flags:
        """Whether each of these calls is over its limit (-1: none): a token bucket that holds one second of calls."""
        over = np.zeros(a.size, bool)
        some = np.flatnonzero(limit >= 0)
        lane, row = a[some], limit[some]
        rate = self.t.limits[0][row]
        tokens = np.minimum(self.tokens[row, lane] + (now[some] - self.filled[row, lane]) * 60 * rate, rate)
        over[some] = tokens < 1
        self.tokens[row, lane], self.filled[row, lane] = tokens - (tokens >= 1), now[some]
        return over

    def go(self, a: Integers, x: Integers, p: Integers, now: Numbers, code: Integers, known: Integers) -> None:
        """Follow the branch of the answer, after its wait if it has one."""
        t = self.t
        branch = p * t.codes + code
        if t.tries_matter:
            tries = (self.tries[x] + 1) * t.retry[branch]
            exhausted = tries > t.limit[p]
            if exhausted.any():
                branch = np.where(exhausted, p * t.codes + t.exhausted, branch)
                tries[exhausted] = 0
            self.tries[x] = tries
        known = known - t.takes[branch]
        target = t.jump[branch * 2 + (known <= 0)]
        self.known[x] = known
        self.booked[WAITING][x] = 0.0
        waits = np.flatnonzero(t.waits[branch])
        if waits.size:
            now = now.copy()
            lane = a[waits]
            wait = self._wait(lane, p[waits], np.maximum(self.tries[x[waits]], 1))
            self.times[WAITING][lane] += wait
            self.booked[WAITING][x[waits]] = wait
            now[waits] += wait
        if self.limits.calls < UNLIMITED:
            target[self.calls[a] >= self.limits.calls] = len(t.positions) - 1
        if waits.size and (later := t.timeless[target] & t.waits[branch]).any():
            # A test after a wait reads the state after the wait.
            self.pc[x[later]], self.due[x[later]] = target[later], now[later]
            self.booked[CALLING][x[later]] = self.booked[PAUSING][x[later]] = 0.0
            sooner = ~later
            a, x, target, now = a[sooner], x[sooner], target[sooner], now[sooner]
        self.arrive(a, x, target, now)

    def _wait(self, a: Integers, p: Integers, tries: Integers) -> Numbers:
        backoffs, which = self.t.backoffs
        found = np.zeros(a.size)
        for k, sub in each_kind(which[p]):
            lane, backoff = a[sub], backoffs[k]
            draws = backoff.jitter != "none" or not isinstance(backoff.wait, Fixed)
            share = uniform(self.keys[lane], Stream.BACKOFF, self.turn[lane]) if draws else np.zeros(lane.size)
            found[sub] = backoff.at(tries[sub].astype(np.float64), share)
        return found

    def arrive(self, a: Integers, x: Integers, p: Integers, now: Numbers) -> None:
        """Compute the time at which a position is done: after its pause and its call."""
        t = self.t
        passing = np.flatnonzero(t.timeless[p])
        if passing.size:
            p = p.copy()
            p[passing] = self._pass(a[passing], x[passing], p[passing], now[passing])
        self.pc[x] = p
        self.turn[a] += 1
        turn = self.turn[a]
        pauses, which = t.before
        if pauses:
            self.booked[PAUSING][x] = 0.0
            pausing = np.flatnonzero(which[p] >= 0)
            now = now.copy()
            for k, some in each_kind(which[p[pausing]]):
                sub = pausing[some]
                pause = drawn(pauses[k], self.keys[a[sub]], Stream.BEFORE, turn[sub])
                self.times[PAUSING][a[sub]] += pause
                self.booked[PAUSING][x[sub]] = pause
                now[sub] += pause
        call = self.b.environment.call
        if isinstance(call, Fixed):
            latency = t.called[p] * call.minutes
        else:
            latency = drawn(call, self.keys[a], Stream.CALL, turn) * t.called[p]
            self.times[CALLING][a] += latency
            self.booked[CALLING][x] = latency
        done = now + latency
        if passing.size:
            done[t.timeless[p]] = np.inf
        self.due[x] = done

    # ------------------------------------------------------------ positions that take no time

    def _pass(self, a: Integers, x: Integers, p: Integers, now: Numbers) -> Integers:
        """Advance lanes at positions that take no time to their next positions that take time."""
        t = self.t
        todo = np.arange(a.size)
        while todo.size:
            tests = t.tests[1][p[todo]]
            left: list[Integers] = []
            for k, test in enumerate(self.b.tests):
                sub = todo[tests == k]
                if sub.size:
                    here, lane = p[sub], a[sub]
                    holds = test(self.observed(lane), self.b.places.at(here, lane))
                    p[sub] = t.jump[(here * t.codes + np.where(holds, 0, 1)) * 2]
                    left.append(sub)
            rest = todo[tests < 0]
            stands = p[rest]  # before any of them continues
            for position in dict.fromkeys(stands.tolist()):
                sub = rest[stands == position]
                left.append(self._special(position, sub, a, x, p, now))
            todo = np.concatenate(left)
            todo = todo[t.timeless[p[todo]]]
        return p

    def _special(self, position: int, sub: Integers, a: Integers, x: Integers, p: Integers, now: Numbers) -> Integers:
        """Process the end and the workers; return the lanes that continue at once."""
        kind = self.t.positions[position].kind
        if kind == "end":
            self.ended[a[sub]] = True
            self.top[:, a[sub]] = np.inf
            done = sub[np.isinf(self.clocks[self.task][a[sub]])]
            if done.size:
                self.over(a[done], now[done])
            return sub[:0]
        fork = position if kind == "fork" else self.t.positions[position].branches[0].to
        if kind == "fork":
            first = x[sub] < self.b.size
            begin = sub[first]
            if begin.size:
                self.queue[a[begin]] = self.idle[a[begin]] = 0
                for worker in range(1, self.workers):
                    lane = a[begin]
                    self.arrive(lane, lane + worker * self.b.size, np.full(lane.size, fork), now[begin])
        return self._take(fork, sub, a, x, p, now)

    def _take(self, fork: int, sub: Integers, a: Integers, x: Integers, p: Integers, now: Numbers) -> Integers:
        """Take the next item for a worker; the last idle worker continues after the fork as the first one."""
        items = np.array([*self.t.positions[fork].items, fork])
        after = self.t.positions[fork].branches[0].to
        lane = a[sub]
        some = self.queue[lane] < len(items) - 1
        p[sub] = items[np.minimum(self.queue[lane], len(items) - 1)]
        self.queue[lane] += some
        rest = sub[~some]
        if rest.size:
            self.idle[a[rest]] += 1
            last = rest[self.idle[a[rest]] == self.workers]
            own = x[last] < self.b.size
            p[last[own]] = after
            others = last[~own]
            if others.size:
                self.arrive(a[others], a[others], np.full(others.size, after), now[others])
            return np.concatenate((sub[some], last[own]))
        return sub
