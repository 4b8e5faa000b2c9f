"""What many runs came to, in a size that does not depend on how many they were.

Everything here is counted in whole numbers, so two summaries add up to the same bits in whatever order: times in
millionths of a minute, and their distribution in a sketch with bins of equal ratio, from which a quantile is read
with a relative error of at most 0.01 % (after Masson, Rim and Lee, DDSketch, VLDB 2019).
"""

# SciPy has no type stubs.
# pyright: reportMissingTypeStubs=false, reportUnknownVariableType=false, reportUnknownMemberType=false
# pyright: reportUnknownArgumentType=false
from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from dataclasses import astuple, dataclass, field
from itertools import accumulate
from math import ceil, log
from typing import Any

import numpy as np
from scipy.stats import binom

from backup_slr.runbook.batch import Results
from backup_slr.runbook.draws import Integers, Numbers
from backup_slr.runbook.sums import Interval, Sums, wilson
from backup_slr.runbook.tables import Row

TICKS = 1_000_000
"""Parts of a minute."""
ACCURACY = 0.0001
"""The largest relative error of a quantile."""
RATIO = log((1 + ACCURACY) / (1 - ACCURACY))
"""The logarithm of how much larger the times of a bin are than those of the one before."""
MOST_MINUTES = 1e12
LARGEST_BIN = ceil(log(MOST_MINUTES * TICKS) / RATIO)

HalfOpen = tuple[float, float | None]
"""Without an upper end where the runs were too few to know one."""


@dataclass
class Summary:
    """What the runs of one runbook came to; minutes are those of the runs that succeeded, in ticks.

    `share` has a 1 for each run that succeeded and a 0 for each that did not.
    """

    share: Sums = field(default_factory=Sums)
    minutes: Sums = field(default_factory=Sums)
    bins: Counter[int] = field(default_factory=Counter[int])
    calls: Sums = field(default_factory=Sums)
    counts: Counter[tuple[str, str, bool]] = field(default_factory=Counter[tuple[str, str, bool]])
    times: tuple[int, ...] = (0, 0, 0)

    @classmethod
    def of(cls, results: Results, rows: tuple[Row, ...], groups: Integers | None = None) -> Summary:
        """The summary of a batch; `groups` are numbers of accounts, where several runs have the same one."""
        ticks = in_ticks(results.minutes[results.success])
        bins, numbers = np.unique(_bin(ticks), return_counts=True)
        called = np.array([row.called for row in rows])
        counts = results.counts.sum(axis=1, dtype=np.int64).tolist()
        return cls(
            Sums.of(results.success.astype(np.int64), groups),
            Sums.of(ticks, None if groups is None else groups[results.success]),
            Counter(dict(zip(bins.tolist(), numbers.tolist(), strict=True))),
            Sums.of(results.counts[called].sum(axis=0, dtype=np.int64), groups),
            Counter({(r.operation, r.answer, r.called): n for r, n in zip(rows, counts, strict=True) if n}),
            tuple(sum(row) for row in in_ticks(results.times).tolist()),
        )

    def __add__(self, other: Summary) -> Summary:
        return Summary(
            self.share + other.share,
            self.minutes + other.minutes,
            self.bins + other.bins,
            self.calls + other.calls,
            self.counts + other.counts,
            tuple(a + b for a, b in zip(self.times, other.times, strict=True)),
        )

    # ------------------------------------------------------------ what is asked of it

    @property
    def runs(self) -> int:
        """How many runs there were."""
        return self.share.number

    @property
    def successes(self) -> int:
        """How many runs succeeded."""
        return self.minutes.number

    @property
    def success(self) -> tuple[float, Interval]:
        """The share of runs that succeeded, and its interval."""
        effect = self.share.design_effect
        return self.successes / self.runs, wilson(self.successes / effect, self.runs / effect)

    def band(self, successes: int) -> Interval:
        """The interval of a share of runs that had succeeded by some time."""
        effect = max(self.share.design_effect, self.minutes.design_effect)
        return wilson(successes / effect, self.runs / effect)

    def quantile(self, level: float) -> float | None:
        """The time by which this share of the successful runs had succeeded, in minutes."""
        rank = max(1, int(np.ceil(level * self.successes)))
        return self._ranked(rank) if self.successes else None

    def quantile_interval(self, level: float, confidence: float = 0.95) -> HalfOpen | None:
        """Between which of the ranked times the true quantile lies (order statistics, no distribution assumed)."""
        if not self.successes:
            return None
        # So many independent runs would tell as much.
        n = max(1, round(self.successes / self.minutes.design_effect))
        tail = (1 - confidence) / 2
        low, high = int(binom.ppf(tail, n, level)), int(binom.ppf(1 - tail, n, level)) + 1
        return (
            self._ranked(low * self.successes // n) if low else 0.0,
            self._ranked(-(-high * self.successes // n)) if high <= n else None,
        )

    def _ranked(self, rank: int) -> float:
        numbers, upto = self._cumulative()
        return _value(numbers[bisect_left(upto, rank)])

    def _cumulative(self) -> tuple[list[int], list[int]]:
        numbers = sorted(self.bins)
        return numbers, list(accumulate(self.bins[number] for number in numbers))

    def curve(self) -> tuple[list[float], list[int]]:
        """Minutes, ascending, and how many runs had succeeded by then."""
        numbers, upto = self._cumulative()
        return [_value(number) for number in numbers], upto

    def by(self, deadline: float) -> int:
        """How many runs had succeeded by a time (as finely as the bins are)."""
        times, upto = self.curve()
        place = bisect_left(times, deadline * (1 + ACCURACY))
        return upto[place - 1] if place else 0

    # ------------------------------------------------------------ kept in a file

    def document(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "share": astuple(self.share),
            "minutes": astuple(self.minutes),
            "bins": [[k, n] for k, n in sorted(self.bins.items())],
            "calls": astuple(self.calls),
            "counts": [[*key, n] for key, n in sorted(self.counts.items())],
            "times": list(self.times),
        }


def in_ticks(minutes: Numbers) -> Integers:
    """Minutes as whole ticks; what would last for thousands of years is cut."""
    return np.rint(np.minimum(minutes, MOST_MINUTES) * TICKS).astype(np.int64)


def _bin(ticks: Integers) -> Integers:
    return np.ceil(np.log(np.maximum(ticks, 1)) / RATIO).astype(np.int64)


def _value(number: int) -> float:
    return float(np.exp(number * RATIO) * (1 - ACCURACY) / TICKS)
