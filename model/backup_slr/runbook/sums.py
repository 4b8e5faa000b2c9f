"""Sums over runs, exactly, and the confidence intervals that they give.

Runs that share something are no independent evidence: those of one account of a fleet are alike. So sums are kept by
*group* too (cluster sampling; Cochran, Sampling Techniques, 1977, chapter 9): how much further the means of groups lie
apart than those of so many independent runs would is the *design effect*, by which all intervals are widened.
"""

# SciPy has no type stubs.
# pyright: reportMissingTypeStubs=false, reportUnknownVariableType=false, reportUnknownMemberType=false
# pyright: reportUnknownArgumentType=false
from __future__ import annotations

from dataclasses import astuple, dataclass
from math import sqrt

import numpy as np
from scipy.stats import norm, t

from backup_slr.runbook.draws import Integers

Interval = tuple[float, float]


@dataclass
class Sums:
    """Number, sum and sum of squares of values.

    And of the groups that have any: how many, the sums of their numbers squared, of their numbers times their sums, and
    of their sums squared. Where each value is a group of its own these are the first three again.
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
        """The sums of these values; `groups` are numbers of groups, ascending, none of which has values elsewhere."""
        numbers = values.tolist()
        n, total, squares = len(numbers), sum(numbers), sum(x * x for x in numbers)
        if groups is None or not n:
            return cls(n, total, squares, n, n, total, squares)
        starts = np.unique(groups, return_index=True)[1].tolist()
        ends = [*starts[1:], n]
        sizes = [end - start for start, end in zip(starts, ends, strict=True)]
        totals = [sum(numbers[start:end]) for start, end in zip(starts, ends, strict=True)]
        products = sum(size * x for size, x in zip(sizes, totals, strict=True))
        return cls(n, total, squares, len(sizes), sum(x * x for x in sizes), products, sum(x * x for x in totals))

    def __add__(self, other: Sums) -> Sums:
        return Sums(*(a + b for a, b in zip(astuple(self), astuple(other), strict=True)))

    @property
    def mean(self) -> float | None:
        """The mean; None of nothing."""
        return self.total / self.number if self.number else None

    def _variance(self) -> float:
        """The variance of the mean, from how far the groups lie apart (the mean is a ratio of two sums)."""
        apart = self.totals_squared * self.number**2
        apart += self.total * (self.total * self.numbers_squared - 2 * self.number * self.products)
        return apart * self.groups / (self.number**4 * (self.groups - 1))

    @property
    def design_effect(self) -> float:
        """How many times as many runs are needed as if they were independent; at least 1."""
        if self.groups == self.number or self.groups < 2:
            return 1.0
        spread = self.number * self.squares - self.total**2
        if not spread:  # all alike: nothing tells what groups are worth, so each counts once
            return self.number / self.groups
        few = (float(t.ppf(0.975, self.groups - 1)) / float(norm.ppf(0.975))) ** 2
        return max(1.0, few * self._variance() * self.number**2 * (self.number - 1) / spread)

    def interval(self, level: float = 0.95) -> Interval | None:
        """The confidence interval of the mean (Student's)."""
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
