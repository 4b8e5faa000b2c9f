"""A line on stderr that tells how far an exploration is, for whoever waits at a terminal."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from backup_slr.engine.check.exploration import Explored
from backup_slr.engine.check.memory import MIB, peak
from backup_slr.engine.core.rule import Property

PATIENCE = 2.0
"""Seconds before anything is said."""


def progress() -> Callable[[Explored, int], None]:
    """A callback for `Space.explore`: on a terminal it rewrites one line, elsewhere it is silent."""
    last = [PATIENCE]

    def tell(explored: Explored, frontier: int) -> None:
        if explored.seconds < last[0] or not sys.stderr.isatty():
            return
        last[0] = explored.seconds + 0.5
        states = sum(map(len, explored.levels))
        rate = states / explored.seconds
        line = f"level {len(explored.levels) - 1}, frontier {frontier:,}, {states:,} states, {rate:,.0f} a second"
        _show(f"{line}, {peak() // MIB:,} MiB")

    return tell


def judging() -> Callable[[Property], None]:
    """A callback for `Checker.check`: on a terminal it tells which property is judged."""
    began = time.monotonic()

    def tell(asked: Property) -> None:
        if time.monotonic() - began > PATIENCE and sys.stderr.isatty():
            _show(f"judging: {asked.sentence}")

    return tell


T = TypeVar("T")


def bar(total: int, what: str) -> Callable[[Iterable[T]], Iterator[T]]:
    """Go through things one by one; on a terminal, after a while, a line tells how many of them are done."""
    began = time.monotonic()

    def tell(things: Iterable[T]) -> Iterator[T]:
        for number, thing in enumerate(things):
            if time.monotonic() - began > PATIENCE and sys.stderr.isatty():
                done = 40 * number // max(1, total)
                _show(f"[{'#' * done}{'.' * (40 - done)}] {number:,} of {total:,} {what}")
            yield thing

    return tell


_shown = [0]
"""How many columns the line has that is on the terminal now."""


def _width() -> int:
    """The columns that a line may have and stay one: in the last one some terminals begin the next line."""
    try:
        columns = os.get_terminal_size(sys.stderr.fileno()).columns
    except (OSError, ValueError):
        columns = 0
    return (columns or 80) - 1


def _show(line: str) -> None:
    line = line[: _width()]
    sys.stderr.write(f"\r{line:<{min(_shown[0], _width())}}")
    sys.stderr.flush()
    _shown[0] = len(line)


def clear() -> None:
    """Take the line away again, if there is one."""
    if _shown[0] and sys.stderr.isatty():
        sys.stderr.write("\r" + " " * min(_shown[0], _width()) + "\r")
        sys.stderr.flush()
    _shown[0] = 0
