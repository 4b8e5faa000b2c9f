"""The clocks of a batch for actions of the service that schedules do not define (see `service_clocks`).

Each action has a clock at each place, which runs while the action can happen there. It starts with a new duration when
the action becomes possible, and again after the action has happened. An action with a date that has been possible since
the start happens at its date, and then as soon as it is possible.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from backup_slr.engine.core.step import Request
from backup_slr.runbook.busy_account import BusyAccount
from backup_slr.runbook.distributions import Duration
from backup_slr.runbook.rng import Integers, Numbers, Stream, Words, uniform
from backup_slr.runbook.simulate.vectorized_rules import Flags, Rules, Test, Vectorizer, possible

Choice: TypeAlias = Flags | Integers
"""The values of a choice in each lane: a flag, or the number of a value."""


class TimedAction(NamedTuple):
    """An action, its clock, and the requests at its places: the first of them has the number `first`."""

    duration: Duration
    possible: Test
    attempt: Rules
    requests: tuple[Request, ...]
    first: int
    dates: Numbers
    """The time of each request that a date defines; otherwise not a number."""


def timed_actions(make: Vectorizer, environment: BusyAccount) -> Iterator[TimedAction]:
    """The actions that time brings in an account."""
    first = 0
    for action, duration in environment.clocks.timed.items():
        rule = environment.model.rule(action)
        requests = tuple(Request(action, place) for place in environment.names.places(len(rule.place)))
        dates = np.array([environment.clocks.dates.get((action, r.place), np.nan) for r in requests], float)
        test, attempt = make.test(possible(rule), rule.place), make.attempt(rule, {})
        yield TimedAction(duration, test, attempt, requests, first, dates)
        first += len(requests)


def drawn_choices_of(
    choices: Mapping[str, tuple[float, ...]], key: Words, source: Any, number: Integers
) -> dict[str, Choice]:
    """Values of choices with these probabilities of each value, from the draws of a source of events."""
    found: dict[str, Choice] = {}
    for i, (name, shares) in enumerate(choices.items()):
        if max(shares) == 1:
            value = np.full(key.size, shares.index(1))
        else:
            stream = Stream.CHOICES + (np.asarray(source) + 1) * Stream.MOST_CHOICES + i
            level = uniform(key, stream, number)
            # The last value has the lowest levels.
            value = sum((level < sum(shares[k:])).astype(np.int64) for k in range(1, len(shares)))
        found[name] = np.asarray(value, bool if len(shares) == 2 else np.int64)
    return found


def restarted(clock: Numbers, runs: Flags, starts: Numbers) -> Numbers:
    """The times of clocks after an event: stopped where they do not run, and where they start, as `starts` says."""
    return np.where(runs, np.where(np.isinf(clock), starts, clock), np.inf)
