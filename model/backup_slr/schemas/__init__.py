"""JSON Schemas of input files, as package data, for editors that complete and check them."""

from __future__ import annotations

from pathlib import Path

NAMES = ("rules", "scenario", "account", "runbook", "properties")


def recorded(name: str) -> str:
    """The text of a schema.

    Raises
    ------
    KeyError
        When there is no such schema.
    """
    if name not in NAMES:
        raise KeyError(name)
    return (Path(__file__).parent / f"{name}.json").read_text(encoding="utf-8")
