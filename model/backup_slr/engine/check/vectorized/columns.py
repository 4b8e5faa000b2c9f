"""States as arrays: one column of 64-bit words for each word of a state, all of equal length."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, TypeAlias, overload

import numpy as np
import numpy.typing as npt

Array: TypeAlias = npt.NDArray[Any]
Columns: TypeAlias = list[npt.NDArray[np.uint64]]

CHUNK = 1 << 14
"""The number of states that are processed at once: few enough for the caches of a processor."""


def taken(columns: Columns, at: Array) -> Columns:
    """The states at these numbers."""
    return [column.take(at) for column in columns]


def distinct(columns: Columns) -> Columns:
    """The states in order, each once; the first column is the most significant."""
    if len(columns[0]) < 2:
        return columns
    one = len(columns) == 1
    ordered = [np.sort(columns[0])] if one else taken(columns, np.lexsort(columns[::-1]))
    new = np.zeros(len(ordered[0]), bool)
    new[0] = True
    for column in ordered:
        new[1:] |= column[1:] != column[:-1]
    return taken(ordered, np.flatnonzero(new))


def joined(parts: Sequence[Columns]) -> Columns:
    """The concatenation of some pieces."""
    return parts[0] if len(parts) == 1 else [np.concatenate(c) for c in zip(*parts, strict=True)]


def chunks(columns: Columns, size: int = CHUNK) -> Iterator[Columns]:
    """The states in pieces that fit into processor caches."""
    for start in range(0, len(columns[0]), size):
        yield [column[start : start + size] for column in columns]


class States(Sequence[int]):
    """Columns as a sequence of words."""

    def __init__(self, columns: Columns) -> None:
        self.columns = columns

    def __len__(self) -> int:
        return len(self.columns[0])

    @overload
    def __getitem__(self, at: int) -> int: ...
    @overload
    def __getitem__(self, at: slice) -> States: ...
    def __getitem__(self, at: int | slice) -> int | States:
        if isinstance(at, slice):
            return States([column[at] for column in self.columns])
        return word_of(self.columns, at)

    def __iter__(self) -> Iterator[int]:
        lists = [column.tolist() for column in self.columns]
        if len(lists) == 1:
            return iter(lists[0])
        return (sum(word << 64 * k for k, word in enumerate(state)) for state in zip(*lists, strict=True))


def of_numbers(words: Sequence[int], width: int) -> Columns:
    """The columns of some words."""
    return [np.array([w >> 64 * k & 2**64 - 1 for w in words], np.uint64) for k in range(width)]


def word_of(columns: Columns, at: int) -> int:
    """One of the states as a word."""
    return sum(int(column[at]) << 64 * k for k, column in enumerate(columns))
