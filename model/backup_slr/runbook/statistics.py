"""Constant-size summary statistics over runs: exact sums, a sketch of the distribution, confidence intervals.

All sums are integers, so that adding summaries in any order gives the same bits: times in millionths of a minute, and
their distribution in a sketch with bins of equal ratio, whose quantiles have a relative error of at most 0.01 % (after
Masson, Rim and Lee, DDSketch, VLDB 2019).

Runs of one account of a fleet are not independent. So sums are also kept by *group* (cluster sampling; Cochran,
Sampling Techniques, 1977, chapter 9): the ratio of the variance of the group means to that of the same number of
independent runs is the *design effect*, by which all intervals are widened.
"""

# SciPy has no type stubs.
# pyright: reportMissingTypeStubs=false, reportUnknownVariableType=false, reportUnknownMemberType=false
# pyright: reportUnknownArgumentType=false
from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from dataclasses import dataclass, field, fields
from itertools import accumulate
from math import log, sqrt
from typing import Any, Self, cast

import numpy as np
from scipy.stats import binom, norm, t

from backup_slr.runbook.rng import Integers, Numbers
from backup_slr.runbook.simulate.batch import CONTENTS, CallKind, Results

Interval = tuple[float, float]
TICKS = 1_000_000
"""Parts of a minute."""
ACCURACY = 0.0001
"""The largest relative error of a quantile."""
RATIO = log((1 + ACCURACY) / (1 - ACCURACY))
"""The logarithm of the ratio between the times of a bin and of the previous one."""
MOST_MINUTES = 1e12

HalfOpen = tuple[float, float | None]
"""An interval, without an upper end if there are too few runs for one."""


class Additive:
    """A value that is added field by field."""

    def __add__(self, other: Self) -> Self:
        return type(self)(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(cast(Any, self))))


@dataclass
class Sums(Additive):
    """Number, sum and sum of squares of values.

    For the groups with values: their number, the sums of their numbers squared, of their numbers times their sums, and
    of their sums squared. If each value is its own group, these repeat the first three.
    """

    number: int = 0
    total: int = 0
    squares: int = 0
    groups: int = 0
    numbers_squared: int = 0
    products: int = 0
    totals_squared: int = 0

    @classmethod
    def of(cls, values: Integers, groups: Integers | None = None) -> Sums:
        """The sums of these values; `groups` are ascending numbers of groups, each complete."""
        exactly = values.astype(object)  # Python integers, which do not overflow
        n, total, squares = len(values), int(exactly.sum()), int(exactly @ exactly)
        if groups is None or not n:
            return cls(n, total, squares, n, n, total, squares)
        starts = np.unique(groups, return_index=True)[1]
        sizes, totals = np.diff(starts, append=n).astype(object), np.add.reduceat(exactly, starts)
        return cls(n, total, squares, len(sizes), int(sizes @ sizes), int(sizes @ totals), int(totals @ totals))

    @property
    def mean(self) -> float | None:
        """The mean; None without values."""
        return self.total / self.number if self.number else None

    def _variance(self) -> float:
        """The variance of the mean, from the variance between groups (the mean is a ratio of two sums)."""
        apart = self.totals_squared * self.number**2
        apart += self.total * (self.total * self.numbers_squared - 2 * self.number * self.products)
        return apart * self.groups / (self.number**4 * (self.groups - 1))

    @property
    def design_effect(self) -> float:
        """The ratio of the runs needed to the number of independent runs needed; at least 1."""
        if self.groups == self.number or self.groups < 2:
            return 1.0
        spread = self.number * self.squares - self.total**2
        if not spread:  # if all values are equal, the effect of groups is unknown, so each group counts once
            return self.number / self.groups
        few = (float(t.ppf(0.975, self.groups - 1)) / float(norm.ppf(0.975))) ** 2
        return max(1.0, few * self._variance() * self.number**2 * (self.number - 1) / spread)

    def interval(self, level: float = 0.95) -> Interval | None:
        if self.groups < 2:
            return None
        reach = float(t.ppf((1 + level) / 2, self.groups - 1)) * sqrt(max(self._variance(), 0.0))
        mean = self.total / self.number
        return mean - reach, mean + reach


def wilson(successes: float, runs: float, level: float = 0.95) -> Interval:
    """The confidence interval of a share (Wilson 1927).

    >>> [round(x, 3) for x in wilson(10, 10)]
    [0.722, 1.0]
    """
    z = float(norm.ppf((1 + level) / 2))
    share = successes / runs
    centre = share + z * z / (2 * runs)
    reach = z * sqrt(share * (1 - share) / runs + z * z / (4 * runs * runs))
    scale = 1 + z * z / runs
    low = (centre - reach) / scale if successes else 0.0
    return low, (centre + reach) / scale if successes < runs else 1.0


@dataclass
class Summary(Additive):
    """Statistics of the runs of one runbook; minutes are those of the runs that succeeded, in ticks.

    `share` has a 1 for each run that succeeded and a 0 for each that failed. `remains` counts the failed runs at whose
    end something of a kind (a variable) remained, `refused` those whose last refusal was an answer, and
    `recreated` those in which the role was deleted and created again.
    """

    share: Sums = field(default_factory=Sums)
    minutes: Sums = field(default_factory=Sums)
    bins: Counter[int] = field(default_factory=Counter[int])
    calls: Sums = field(default_factory=Sums)
    counts: Counter[CallKind] = field(default_factory=Counter[CallKind])
    remains: Counter[str] = field(default_factory=Counter[str])
    refused: Counter[str] = field(default_factory=Counter[str])
    recreated: int = 0
    calling: int = 0
    waiting: int = 0
    pausing: int = 0

    @classmethod
    def of(cls, results: Results, kinds: tuple[CallKind, ...], groups: Integers | None = None) -> Summary:
        """The summary of a batch; `groups` are numbers of accounts, where several runs have the same one."""
        ticks = in_ticks(results.minutes[results.success])
        numbers = np.ceil(np.log(np.maximum(ticks, 1)) / RATIO).astype(np.int64)
        bins, inside = np.unique(numbers, return_counts=True)
        called = np.array([kind.called for kind in kinds])
        counts = results.counts.sum(axis=1, dtype=np.int64).tolist()
        failed = ~results.success
        last, times = np.unique(results.refused[failed & (results.refused >= 0)], return_counts=True)
        refused: Counter[str] = Counter()
        for number, runs in zip(last.tolist(), times.tolist(), strict=True):
            refused[kinds[number].answer] += runs
        remains = (results.remains & failed).sum(axis=1).tolist()
        return cls(
            Sums.of(results.success.astype(np.int64), groups),
            Sums.of(ticks, None if groups is None else groups[results.success]),
            Counter(dict(zip(bins.tolist(), inside.tolist(), strict=True))),
            Sums.of(results.counts[called].sum(axis=0, dtype=np.int64), groups),
            Counter({kind: n for kind, n in zip(kinds, counts, strict=True) if n}),
            Counter({variable.name: n for variable, n in zip(CONTENTS, remains, strict=True) if n}),
            refused,
            int(results.recreated.sum()),
            *(sum(row) for row in in_ticks(results.times).tolist()),
        )

    @property
    def runs(self) -> int:
        return self.share.number

    @property
    def successes(self) -> int:
        return self.minutes.number

    @property
    def success(self) -> tuple[float, Interval]:
        effect = self.share.design_effect
        return self.successes / self.runs, wilson(self.successes / effect, self.runs / effect)

    def band(self, successes: int) -> Interval:
        effect = max(self.share.design_effect, self.minutes.design_effect)
        return wilson(successes / effect, self.runs / effect)

    def quantile(self, level: float) -> float | None:
        """The time by which this share of the successful runs had succeeded, in minutes."""
        rank = max(1, int(np.ceil(level * self.successes)))
        return self._ranked(rank) if self.successes else None

    def quantile_interval(self, level: float, confidence: float = 0.95) -> HalfOpen | None:
        """The confidence interval of a quantile (order statistics, no distribution assumed)."""
        if not self.successes:
            return None
        # The equivalent number of independent runs.
        n = max(1, round(self.successes / self.minutes.design_effect))
        tail = (1 - confidence) / 2
        low, high = int(binom.ppf(tail, n, level)), int(binom.ppf(1 - tail, n, level)) + 1
        return (
            self._ranked(low * self.successes // n) if low else 0.0,
            self._ranked(-(-high * self.successes // n)) if high <= n else None,
        )

    def _ranked(self, rank: int) -> float:
        times, upto = self.curve()
        return times[bisect_left(upto, rank)]

    def curve(self) -> tuple[list[float], list[int]]:
        """Minutes, ascending, and the number of runs that had succeeded by then."""
        numbers = sorted(self.bins)
        times = [float(np.exp(number * RATIO) * (1 - ACCURACY) / TICKS) for number in numbers]
        return times, list(accumulate(self.bins[number] for number in numbers))


def in_ticks(minutes: Numbers) -> Integers:
    return np.rint(np.minimum(minutes, MOST_MINUTES) * TICKS).astype(np.int64)
