"""Durations in minutes: fixed, exponential, lognormal, or from a list of observed ones.

Each is defined by its quantile function, so that one uniform number gives one duration.
"""

# SciPy has no type stubs.
# pyright: reportMissingTypeStubs=false, reportUnknownVariableType=false, reportUnknownMemberType=false
# pyright: reportUnknownArgumentType=false
from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from math import exp
from typing import Literal as Exactly
from typing import TypeAlias

import numpy as np
from scipy.special import ndtri

from backup_slr.runbook.rng import Numbers


@dataclass(frozen=True)
class Fixed:
    minutes: float

    def at(self, uniform: Numbers) -> Numbers:
        return np.full_like(uniform, self.minutes)

    @property
    def mean(self) -> float:
        return self.minutes

    @property
    def says(self) -> str:
        """The duration in words."""
        return f"{self.minutes:g} min"


@dataclass(frozen=True)
class Exponential:
    """Memoryless, with this mean."""

    mean: float

    def at(self, uniform: Numbers) -> Numbers:
        return np.log1p(-uniform) * -self.mean

    @property
    def says(self) -> str:
        """The duration in words."""
        return f"exponential, mean {self.mean:g} min"


@dataclass(frozen=True)
class Lognormal:
    """Lognormal; `sigma` is the standard deviation of the logarithm."""

    median: float
    sigma: float

    def at(self, uniform: Numbers) -> Numbers:
        # The levels 0 and 1 are not levels of a duration.
        return np.exp(ndtri(np.maximum(uniform, 2.0**-54)) * self.sigma) * self.median

    @property
    def mean(self) -> float:
        return self.median * exp(self.sigma**2 / 2)

    @property
    def says(self) -> str:
        """The duration in words."""
        return f"lognormal, median {self.median:g} min, sigma {self.sigma:g}"


@dataclass(frozen=True)
class Observed:
    """One of these, with equal probabilities."""

    minutes: tuple[float, ...]

    @cached_property
    def _sorted(self) -> Numbers:
        return np.sort(np.array(self.minutes))

    def at(self, uniform: Numbers) -> Numbers:
        return self._sorted[(uniform * len(self.minutes)).astype(np.int64)]

    @property
    def mean(self) -> float:
        return float(np.mean(self._sorted))

    @property
    def says(self) -> str:
        """The duration in words."""
        return f"{len(self.minutes):,} observed, mean {self.mean:g} min"


Duration: TypeAlias = Fixed | Exponential | Lognormal | Observed


@dataclass(frozen=True)
class Backoff:
    """The wait before a retry of a call, which grows with the number k of the retry.

    *fixed* does not grow, *linear* is k times as long, *exponential* `factor` times as long as the previous one; at
    most `most`. Jitter *full* takes a uniform share of it, *equal* a share of its second half (the names are from
    Brooker, Exponential Backoff And Jitter, 2015). After `attempts` retries the call is given up.
    """

    wait: Duration
    grows: Exactly["fixed", "linear", "exponential"] = "fixed"
    factor: float = 2.0
    most: float = float("inf")
    jitter: Exactly["none", "full", "equal"] = "none"
    attempts: int | None = None

    def at(self, attempt: Numbers, uniform: Numbers) -> Numbers:
        """The waits before these retries (1, 2, ...), from one uniform number each."""
        scale = 1.0 if self.grows == "fixed" else attempt
        if self.grows == "exponential":
            # Beyond this exponent every wait is longer than any run.
            scale = self.factor ** np.minimum(attempt - 1, 64)
        if isinstance(self.wait, Fixed):
            longest = np.minimum(self.wait.minutes * scale, self.most)
            share = {"none": 1.0, "full": uniform, "equal": 0.5 + uniform / 2}[self.jitter]
            return np.broadcast_to(longest * share, uniform.shape)
        return np.minimum(self.wait.at(uniform) * scale, self.most)

    @property
    def says(self) -> str:
        """The wait in words, without the number of retries."""
        growth = {"fixed": "", "linear": ", growing linearly", "exponential": f", each {self.factor:g} times as long"}
        most = "" if self.most == float("inf") else f", at most {self.most:g} min"
        return f"{self.wait.says}{growth[self.grows]}{most}{'' if self.jitter == 'none' else f', {self.jitter} jitter'}"
