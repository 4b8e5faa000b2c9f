"""Tables: a head and its rows, in columns for people or as Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeAlias

Row: TypeAlias = tuple[str | int, ...]


def text_table(head: Row, rows: Iterable[Row]) -> Iterator[str]:
    """A table in columns: numbers to the right, the last column as it is."""
    every = [head, *rows]
    cells = [tuple(map(str, row)) for row in every]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    numbers = [isinstance(cell, int) for cell in every[-1]]
    for row in cells:
        columns = zip(row, widths, numbers, strict=True)
        yield "  " + "  ".join(c.rjust(w) if number else c.ljust(w) for c, w, number in columns).rstrip()


def markdown_table(head: Row, rows: Iterable[Row]) -> Iterator[str]:
    """A table as Markdown; a bar in a cell, which would end it, becomes a slash."""
    yield f"| {' | '.join(map(str, head))} |"
    yield f"|{'---|' * len(head)}"
    for row in rows:
        yield f"| {' | '.join(str(cell).strip().replace('|', '/') for cell in row)} |"
