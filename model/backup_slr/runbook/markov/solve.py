"""Exact answers from the Markov chain of a runbook: the limits of the sampled values.

Expectations solve sparse linear systems over the embedded chain. Answers for a deadline use uniformization (Jensen
1953): the chain is observed at the ticks of a Poisson process that is faster than any of its clocks.
"""

# SciPy has no type stubs.
# pyright: reportMissingTypeStubs=false, reportUnknownVariableType=false, reportUnknownMemberType=false
# pyright: reportUnknownArgumentType=false
from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.sparse import csc_matrix, csr_matrix, diags_array, identity
from scipy.sparse.linalg import splu
from scipy.stats import poisson

from backup_slr.runbook import MAX_STATES
from backup_slr.runbook.markov.build import chain
from backup_slr.runbook.markov.markov_chain import FAILURE, SUCCESS, Chain, NoAnswer
from backup_slr.runbook.markov.staying import at_deadline, steps_until
from backup_slr.runbook.rng import Numbers
from backup_slr.runbook.simulate.batch import FOREVER, UNLIMITED, Dispatch, RunLimits

NEGLIGIBLE = 1e-9
"""A deadline that is missed with at most this probability is ignored."""


@dataclass(frozen=True)
class Exact:
    """The expected minutes (of runs that succeed) and calls (of all runs), and the share of runs that succeed."""

    minutes: float | None
    calls: float
    success: float
    states: int
    ticks: Numbers | None = None
    rate: float = 0.0
    deadline: float = FOREVER

    def by(self, minutes: Numbers) -> Numbers | None:
        """The share of runs that have succeeded by each of these times; None where only expectations are known."""
        if self.ticks is None:
            return None
        k = np.arange(len(self.ticks))
        shares = np.array([float(poisson.pmf(k, self.rate * t) @ self.ticks) for t in minutes])
        return np.where(minutes >= self.deadline, self.success, np.minimum(shares, self.success))


def exact(dispatch: Dispatch, limits: RunLimits, most: int = MAX_STATES) -> Exact:
    """The exact answer for a runbook in an account, or `NoAnswer`."""
    if limits.calls < UNLIMITED:
        raise NoAnswer("a limit on the number of calls")
    found = chain(dispatch, most, limits.stay)
    if limits.stay:
        if not found.memoryless:
            raise NoAnswer("the role must stay deleted, and waits, calls or the deletion task are not exponential")
        share, minutes, calls = at_deadline(found, limits.minutes, limits.gives_up)
        return Exact(minutes, calls, share, len(found.states))
    if found.first < 0:
        return Exact(0.0 if found.first == SUCCESS else None, 0.0, float(found.first == SUCCESS), 0)
    matrices = Matrices.of(found)
    if limits.minutes < FOREVER:
        late = _probability_of_more_than(matrices, limits.minutes)
        if late > NEGLIGIBLE:
            if not found.memoryless:
                raise NoAnswer("there is a deadline, and waits or calls are not exponential")
            return by_deadline(matrices, limits.minutes)
    return in_the_end(matrices)


@dataclass(frozen=True)
class Matrices:
    """The embedded chain of the states before the end, the transitions to success and failure, sojourns and calls."""

    between: Any
    success: Numbers
    failure: Numbers
    sojourn: Numbers
    calls: Numbers
    gone: Numbers

    @classmethod
    def of(cls, found: Chain) -> Matrices:
        size = len(found.states)
        entries = [(i, j, p) for i, row in enumerate(found.next) for j, p in row.items() if j >= 0]
        rows, columns, values = zip(*entries, strict=True) if entries else ((), (), ())
        between = csr_matrix((values, (rows, columns)), shape=(size, size), dtype=float)
        success, failure = (np.array([row.get(end, 0.0) for row in found.next]) for end in (SUCCESS, FAILURE))
        return cls(
            between, success, failure, np.array(found.sojourn), np.array(found.calls), np.array(found.gone, float)
        )

    def solve(self, *right: Numbers) -> list[Numbers]:
        """Solutions x of x = right + between x."""
        lu = splu(csc_matrix(identity(len(self.success), format="csc") - self.between))
        return [lu.solve(column) for column in right]


def in_the_end(matrices: Matrices) -> Exact:
    try:
        success, failure, calls = matrices.solve(matrices.success, matrices.failure, matrices.calls)
    except RuntimeError:  # the ends are not reached from everywhere
        raise NoAnswer("a run may never end") from None
    (minutes,) = matrices.solve(matrices.sojourn * success)
    # They add up to 1, apart from rounding.
    one, other = (max(float(probability[0]), 0.0) for probability in (success, failure))
    share = one / (one + other) if one + other > 0 else 0.0
    return Exact(float(minutes[0]) / share if share > 0 else None, float(calls[0]), share, len(success))


def _probability_of_more_than(matrices: Matrices, minutes: float) -> float:
    """A bound on the probability that a run takes longer (Cantelli), as if every sojourn were exponential at most."""
    try:
        (first,) = matrices.solve(matrices.sojourn)
    except RuntimeError:  # the ends are not reached from everywhere
        return 1.0
    (second,) = matrices.solve(2 * matrices.sojourn * first)
    mean, square = float(first[0]), float(second[0])
    variance = max(square - mean**2, 0.0)
    if not minutes > mean:
        return 1.0
    return variance / (variance + (minutes - mean) ** 2)


def by_deadline(matrices: Matrices, deadline: float) -> Exact:
    """The answer for runs that end at a deadline, in a chain whose sojourns are all exponential."""
    rates, size = 1 / matrices.sojourn, len(matrices.sojourn)
    rate = float(rates.max())
    steps = steps_until(deadline, rate, matrices.between.nnz + size)
    share = rates / rate
    transposed = csr_matrix((diags_array(share) @ matrices.between).T) + diags_array(1 - share)
    into, calls_rate = share * matrices.success, rates * matrices.calls
    now = np.zeros(size)
    now[0] = 1.0
    succeeded, called, gone = np.zeros(steps + 1), np.zeros(steps + 1), np.zeros(steps + 1)
    for k in range(steps + 1):
        called[k], gone[k] = now @ calls_rate, now @ matrices.gone
        if k < steps:
            succeeded[k + 1] = succeeded[k] + now @ into
            now = transposed @ now
    k = np.arange(steps + 1)
    at, beyond = poisson.pmf(k, rate * deadline), poisson.sf(k, rate * deadline)
    success = min(float(at @ (succeeded + gone)), 1.0)
    area = float(beyond @ succeeded) / rate
    calls = float(beyond @ called) / rate
    minutes = min(max(deadline - area / success, 0.0), deadline) if success > 0 else None
    return Exact(minutes, calls, success, size, succeeded, rate, deadline)
