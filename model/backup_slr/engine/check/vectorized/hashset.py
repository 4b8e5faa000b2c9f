"""Vectorized hash tables of states: open addressing with linear probing (Knuth 6.4).

A key is one or more 64-bit words, given as columns. Sorting the new states with the known ones (`numpy.unique`) would
take two to five times as long, since most candidates of a search are known and drop out at the first probe.
"""

from __future__ import annotations

import numpy as np

from backup_slr.engine.check.vectorized.columns import Array, Columns, chunks, distinct, joined, taken

FREE = np.uint64(2**64 - 1)
"""A word that is not a state, because the highest bit is never used."""
FACTORS = (0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9, 0xD6E8FEB86659FD93)
"""Odd numbers with well mixed bits, one for each column in turn (multiplicative hashing)."""
BATCH = 1 << 16


class HashSet:
    """The states so far. It grows so that at least half of it is always free."""

    def __init__(self, width: int, bits: int = 16) -> None:
        self.width = width
        self.count = 0
        self._bits = bits
        self._slots = self._free()

    def add(self, keys: Columns) -> Columns:
        """Add keys; return the new ones, each once, in order."""
        found: list[Columns] = []
        for batch in chunks(keys, 4 * BATCH):
            while self.count + len(batch[0]) >= 1 << self._bits or self.count * 2 > 1 << self._bits:
                self._grow()
            found.append(distinct(self._insert(batch)))
            self.count += len(found[-1][0])
        return joined(found) if found else keys

    def growth(self, more: int) -> int:
        """The memory needed to add this many keys."""
        bits = self._bits
        while self.count + more >= 1 << bits or self.count * 2 > 1 << bits:
            bits += 1
        return 0 if bits == self._bits else 8 * self.width << bits

    def _free(self) -> Columns:
        return [np.full(1 << self._bits, FREE) for _ in range(self.width)]

    def _grow(self) -> None:
        old = self._slots
        self._bits += 1
        self._slots = self._free()
        for start in range(0, len(old[0]), BATCH):
            keys = [slots[start : start + BATCH] for slots in old]
            self._insert(taken(keys, np.flatnonzero(keys[0] != FREE)))

    def _insert(self, keys: Columns) -> Columns:
        """Insert keys; return the inserted ones, in which a key may occur twice."""
        slots, last = self._slots, (1 << self._bits) - 1
        at = _home(keys, self._bits)
        put: list[Columns] = []
        while len(at):
            # Most are known: they are found at the first probe and drop out.
            there = slots[0].take(at)
            differs = there != keys[0]
            for slot, key in zip(slots[1:], keys[1:], strict=True):
                differs |= slot.take(at) != key
            left = np.flatnonzero(differs)
            if not len(left):
                break
            keys, at, there = taken(keys, left), at.take(left), there.take(left)
            free = np.flatnonzero(there == FREE)
            if len(free):
                # If several keys compete for a slot, the last one gets it, in every column.
                new, place = taken(keys, free), at.take(free)
                for slot, key in zip(slots, new, strict=True):
                    slot[place] = key
                got = slots[0].take(place) == new[0]
                for slot, key in zip(slots[1:], new[1:], strict=True):
                    got &= slot.take(place) == key
                put.append(taken(new, np.flatnonzero(got)))
                lost = np.ones(len(at), bool)
                lost[free] = ~got
                left = np.flatnonzero(lost)
                keys, at = taken(keys, left), at.take(left)
            at += 1
            at &= last
        return joined(put) if put else [key[:0] for key in keys]


def _home(keys: Columns, bits: int) -> Array:
    """The slot where the search for each key starts, in a table of 2**bits slots."""
    where = keys[0] * np.uint64(FACTORS[0])
    for number, column in enumerate(keys[1:], 1):
        where += column * np.uint64(FACTORS[number % len(FACTORS)])
    where >>= np.uint64(64 - bits)
    return where.view(np.int64)


class StateIndex:
    """An index from distinct states to their numbers."""

    def __init__(self, states: Columns) -> None:
        size = len(states[0])
        self.states = states
        self._bits = max(4, (2 * size).bit_length())
        self._slots = np.full(1 << self._bits, -1, np.int32 if size < 1 << 31 else np.int64)
        for start in range(0, size, BATCH):
            self._put(np.arange(start, min(size, start + BATCH)))

    def _put(self, numbers: Array) -> None:
        at = _home(taken(self.states, numbers), self._bits)
        while len(numbers):
            free = self._slots.take(at) < 0
            self._slots[at[free]] = numbers[free]
            left = np.flatnonzero(self._slots.take(at) != numbers)
            numbers, at = numbers.take(left), at.take(left) + 1 & (1 << self._bits) - 1

    def of(self, keys: Columns) -> Array:
        """The number of each key; -1 if it is not one of the states."""
        at = _home(keys, self._bits)
        found = self._slots.take(at)
        left = np.flatnonzero(self._other(keys, found))
        keys, at = taken(keys, left), at.take(left)
        while len(left):
            at = at + 1 & (1 << self._bits) - 1
            next_ = self._slots.take(at)
            found[left] = next_
            on = np.flatnonzero(self._other(keys, next_))
            left, at, keys = left.take(on), at.take(on), taken(keys, on)
        return found

    def _other(self, keys: Columns, found: Array) -> Array:
        """The slots with a different state than the key, at which the search continues."""
        differs = np.zeros(len(found), bool)
        for column, key in zip(self.states, keys, strict=True):
            differs |= column.take(found, mode="wrap") != key
        return differs & (found >= 0)
