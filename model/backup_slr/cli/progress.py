"""The progress bar: one line on stderr, only on a terminal, and only if the work takes some time."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterable, Iterator
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, TypeVar

from backup_slr.cli import bounds
from backup_slr.engine.check.exploration import Explored
from backup_slr.engine.check.memory import MIB, peak
from backup_slr.engine.core.rule import Property

if TYPE_CHECKING:
    from rich.progress import Progress

T = TypeVar("T")
PATIENCE = 2.0
"""Seconds before anything is shown."""
PAUSE = 0.5
"""Seconds between two updates."""
SHOW_CURSOR = b"\x1b[?25h"
"""The cursor is hidden while a bar is shown; this shows it again."""


class ProgressBar:
    """A bar for work in units, or a line of text for work without a known end.

    Calls that report progress also draw it; a separate thread would interfere with signals and child processes.
    """

    def __init__(self, unit: str = "", total: int | None = None, done: int = 0) -> None:
        self.unit, self.total, self.done, self.first = unit, total, done, done
        self.began = time.monotonic()
        self.next = self.began + PATIENCE
        self.drawn: Progress | None = None

    def __enter__(self) -> ProgressBar:
        return self

    def __exit__(self, *_: Any) -> None:
        """Remove the line, if it was shown."""
        if self.drawn is not None:
            self.drawn.stop()
            self.drawn = None

    def advance(self, number: int = 1) -> None:
        """Report that this number of further units is done."""
        self.done += number
        rate = (self.done - self.first) / max(1e-9, time.monotonic() - self.began)
        self.show(f"{self.unit}, {rate:,.0f} a second" if rate >= 1 else self.unit)

    def over(self, things: Iterable[T]) -> Iterator[T]:
        """Iterate over things, one unit of work each."""
        for thing in things:
            yield thing
            self.advance()

    def explored(self, explored: Explored, frontier: int) -> None:
        """Report the progress of an exploration."""
        states = sum(map(len, explored.levels))
        rate = states / max(1e-9, explored.seconds)
        line = f"level {len(explored.levels) - 1}, frontier {frontier:,}, {states:,} states, {rate:,.0f} a second"
        self.show(f"{line}, {peak() // MIB:,} MiB")

    def judging(self, checked: Property) -> None:
        """Report which property is being checked."""
        self.show(f"checking: {checked.sentence}")

    def show(self, text: str) -> None:
        """Show a text and the number of units done, at most every `PAUSE` seconds."""
        now = time.monotonic()
        if now < self.next or not sys.stderr.isatty():
            return
        self.next = now + PAUSE
        if self.drawn is None:
            if find_spec("rich") is None:
                return
            self.drawn = _progress(self.total, self.first)
            self.drawn.start()
        self.drawn.update(self.drawn.task_ids[0], completed=self.done, text=text)
        self.drawn.refresh()


def _progress(total: int | None, done: int) -> Progress:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, TextColumn, TimeRemainingColumn
    from rich.table import Column

    line = Column(ratio=1, no_wrap=True, overflow="ellipsis")
    columns: list[ProgressColumn] = [TextColumn("{task.fields[text]}", markup=False, table_column=line)]
    if total is not None:
        columns += [BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()]
    made = Progress(
        *columns,
        console=Console(stderr=True),
        transient=True,
        auto_refresh=False,
        expand=True,
        redirect_stdout=False,
        redirect_stderr=False,
    )
    made.add_task("", total=total, completed=done, text="")
    bounds.at_once(lambda: os.write(2, SHOW_CURSOR))
    return made
