"""Proof for every scope at once: any number of elements of each sort, and counts without end, by induction and z3."""

from __future__ import annotations

from importlib.util import find_spec


def available() -> bool:
    """Whether z3 is there, without which nothing else of this package can be imported."""
    return find_spec("z3") is not None
