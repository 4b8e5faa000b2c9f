"""Longest increasing subsequences: the elements that are still in order."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence


def in_order(places: Sequence[int]) -> dict[int, int]:
    """The numbers that every longest increasing subsequence has, each with its index in one.

    All others moved: if two were exchanged, neither is in order.

    >>> in_order([0, 1, 4, 2, 3]), in_order([0, 2, 1, 3])
    ({0: 0, 1: 1, 2: 3, 3: 4}, {0: 0, 3: 3})
    """
    below = _ranks(places)
    above = _ranks([-place for place in reversed(places)])[::-1]
    longest = max(below, default=0)
    levels: dict[int, dict[int, int]] = {}
    for index, (place, low, high) in enumerate(zip(places, below, above, strict=True)):
        if low + high - 1 == longest:
            levels.setdefault(low, {}).setdefault(place, index)
    return {place: index for level in levels.values() if len(level) == 1 for place, index in level.items()}


def _ranks(places: Sequence[int]) -> list[int]:
    """The length of the longest increasing subsequence that ends at each index (patience sorting)."""
    least: list[int] = []
    ranks: list[int] = []
    for place in places:
        rank = bisect_left(least, place)
        least[rank : rank + 1] = [place]
        ranks.append(rank + 1)
    return ranks
