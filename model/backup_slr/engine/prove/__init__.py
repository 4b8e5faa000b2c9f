"""Proofs for every scope at once, by induction with z3: any number of elements of each sort, and unbounded counts."""

from __future__ import annotations

from importlib.util import find_spec


def available() -> bool:
    """Return whether z3 is installed; no other module of this package can be imported without it."""
    return find_spec("z3") is not None
