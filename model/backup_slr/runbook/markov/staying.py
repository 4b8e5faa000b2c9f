"""Exact answers for a role that must stay deleted until a deadline, by uniformization (see `solve`).

The chain has no ends. The operator gives up at some time; after that only the environment acts.
"""

# SciPy has no type stubs.
# pyright: reportMissingTypeStubs=false, reportUnknownVariableType=false, reportUnknownMemberType=false
# pyright: reportUnknownArgumentType=false
from __future__ import annotations

import numpy as np
from scipy.sparse import csr_matrix
from scipy.stats import poisson

from backup_slr.runbook.markov.markov_chain import OVER, Chain, NoAnswer
from backup_slr.runbook.rng import Integers, Numbers

MOST_WORK = 2e10
"""The maximum number of multiplications for an answer with a deadline."""


def steps_until(deadline: float, rate: float, size: int) -> int:
    """The number of ticks at this rate by a deadline, but for a negligible probability; `NoAnswer` if too much work."""
    mean = rate * deadline
    steps = int(mean + 12 * np.sqrt(mean) + 50)
    if steps * size > MOST_WORK:
        raise NoAnswer("the deadline is too far away for a chain of this size")
    return steps


def at_deadline(found: Chain, deadline: float, gives_up: float) -> tuple[float, float | None, float]:
    """The share of runs in which the role is deleted at a deadline, since when (the mean), and the mean of calls."""
    size = len(found.states)
    every, chances = np.arange(size), np.zeros(size)
    chances[0] = 1.0
    until = min(gives_up, deadline)
    chances, ages, calls = _after(found, every, chances, np.zeros(size), until)
    if until < deadline:
        into = np.array(found.given_up)
        chances, ages = (np.asarray(np.bincount(into, column, size), float) for column in (chances, ages))
        over = np.array([i for i in every if found.states[i].phase == OVER], np.int64)
        chances, ages, _ = _after(found, over, chances[over], ages[over], deadline - until)
        gone = np.array(found.gone)[over]
    else:
        gone = np.array(found.gone)
    success = min(float(chances[gone].sum()), 1.0)
    return success, deadline - float(ages.sum()) / success if success > 0 else None, calls


def _after(
    found: Chain, some: Integers, chances: Numbers, ages: Numbers, minutes: float
) -> tuple[Numbers, Numbers, float]:
    """The probabilities of some states later, and the mean number of calls until then; no transition leaves `some`.

    `ages` are the mean times for which the role has been deleted in each state, times the probability of the state.
    """
    place = {int(state): i for i, state in enumerate(some)}
    rates = np.array([1 / found.sojourn[i] for i in some])
    rate, gone = float(rates.max()), np.array(found.gone, float)[some]
    if rate == 0:
        return chances, ages + minutes * chances * gone, 0.0
    entries = [(place[j], place[i], p * rates[place[i]] / rate) for i in place for j, p in found.next[i].items()]
    entries += [(i, i, 1 - own / rate) for i, own in enumerate(rates)]
    rows, columns, values = zip(*entries, strict=True)
    step = csr_matrix((values, (rows, columns)), shape=(len(some), len(some)))
    called = rates * np.array([found.calls[i] for i in some])
    steps = steps_until(minutes, rate, 2 * step.nnz)
    k = np.arange(steps + 1)
    at, beyond = poisson.pmf(k, rate * minutes), poisson.sf(k, rate * minutes) / rate
    later, older, calls = np.zeros(len(some)), np.zeros(len(some)), 0.0
    for now, rest in zip(at, beyond, strict=True):
        later += now * chances
        older += now * ages
        calls += rest * float(chances @ called)
        # Where the role is deleted, time passes; a state in which it is not ends the count.
        ages = (step @ ages + chances / rate) * gone
        chances = step @ chances
    return later, older, calls
