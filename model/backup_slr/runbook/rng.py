"""Random numbers of a run: the same in any batch, process and order.

A run has a key, drawn from NumPy's `SeedSequence`: the children of the seed give keys to 1,024 runs each. Its draws are
a function of that key, of their purpose (a *stream*) and of their number in it; no generator is shared, and the order
of events does not matter. So any part of a simulation can run anywhere and gives the same bits, and two runbooks meet
the same jobs (common random numbers).

The function is SplitMix64 (Steele, Lea and Flood, Fast splittable pseudorandom number generators, OOPSLA 2014), whose
n-th number can be computed without those before it. A stream starts 2**32 numbers after the previous one.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

KEYS = 1024
"""Runs that get their keys from one child of the seed."""

Words = NDArray[np.uint64]
Numbers = NDArray[np.float64]
Integers = NDArray[np.int64]

_GAMMA = np.uint64(0x9E3779B97F4A7C15)
_FIRST = np.uint64(0xBF58476D1CE4E5B9)
_SECOND = np.uint64(0x94D049BB133111EB)
_UNIT = 2.0**-53


class Stream:
    """The purpose of a draw.

    Streams of other users start at `OTHERS`, those of jobs, three for each, at `JOBS`, those of other clocks at
    `CLOCKS`, those of choices, for each source of events, at `CHOICES`, and those of views at `VIEWS`.
    """

    CALL, COLLIDE, THROTTLE, STALE, BACKOFF, BEFORE, TASK, VAULTS, POINTS = range(9)
    OTHERS, OTHERS_COLLIDE = 1 << 10, (1 << 10) + (1 << 9)
    JOBS = 1 << 20
    EVERY, TAKES, SUCCEEDS = range(3)
    CLOCKS, CHOICES, MOST_CHOICES, VIEWS = 1 << 24, 1 << 25, 32, 1 << 26


def keys(seed: int, first: int, count: int, *of: int) -> Words:
    """The keys of `count` runs, starting at number `first`; `of` distinguishes other uses of keys.

    >>> keys(7, 1020, 8)[4:].tolist() == keys(7, 1024, 4).tolist()
    True
    """
    blocks = range(first // KEYS, (first + count - 1) // KEYS + 1)
    words = [np.random.SeedSequence(seed, spawn_key=(*of, b)).generate_state(KEYS, np.uint64) for b in blocks]
    start = first - blocks[0] * KEYS
    return np.concatenate(words).astype(np.uint64)[start : start + count]


def uniform(key: Words, stream: int | Integers, number: int | Integers) -> Numbers:
    """One number from [0, 1) for each key: the draw with this number in this stream."""
    at = np.asarray((np.asarray(stream) << 32) + number + 1).astype(np.uint64)
    word = key + at * _GAMMA
    word ^= word >> np.uint64(30)
    word *= _FIRST
    word ^= word >> np.uint64(27)
    word *= _SECOND
    word ^= word >> np.uint64(31)
    return (word >> np.uint64(11)).astype(np.float64) * _UNIT
