"""Text for people: tables in columns or as Markdown, and labeled lines that fit the terminal."""

from __future__ import annotations

import shutil
import sys
import textwrap
from collections.abc import Iterable, Iterator
from typing import TypeAlias

Row: TypeAlias = tuple[str | int, ...]


def text_table(head: Row, rows: Iterable[Row]) -> Iterator[str]:
    """Yield a table in columns; numbers are aligned to the right, and the last column is not padded."""
    every = [head, *rows]
    cells = [tuple(map(str, row)) for row in every]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    numbers = [isinstance(cell, int) for cell in every[-1]]
    for row in cells:
        columns = zip(row, widths, numbers, strict=True)
        yield "  " + "  ".join(c.rjust(w) if number else c.ljust(w) for c, w, number in columns).rstrip()


def markdown_table(head: Row, rows: Iterable[Row]) -> Iterator[str]:
    """Yield a table as Markdown; a bar in a cell, which would end the cell, becomes a slash."""
    yield f"| {' | '.join(map(str, head))} |"
    yield f"|{'---|' * len(head)}"
    for row in rows:
        yield f"| {' | '.join(str(cell).strip().replace('|', '/') for cell in row)} |"


def without_markup(text: str) -> str:
    r"""Return Markdown that shows a text as it is.

    >>> print(without_markup("a|b <c>"))
    a\|b \<c\>
    """
    return "".join(f"\\{sign}" if sign in "\\`*_<>[]|" else sign for sign in text)


WIDEST = 100


def columns() -> int:
    """Return the width of text: that of the terminal, but at most 100 columns; 100 without a terminal."""
    # Not from the environment: a library may have set COLUMNS there, and files must not depend on it.
    width = shutil.get_terminal_size((WIDEST, 24)).columns if sys.stdout.isatty() else WIDEST
    return max(40, min(WIDEST, width))


def labeled(label: str, text: str, width: int, indent: int = 2) -> Iterator[str]:
    """Yield a text after its label, wrapped with a hanging indent; `width` is that of the column of labels.

    >>> list(labeled("why", "The role exists.", 6))
    ['  why   The role exists.']
    """
    first = f"{' ' * indent}{label:<{width}}"
    wrapper = textwrap.TextWrapper(columns(), first, " " * len(first), break_long_words=False, break_on_hyphens=False)
    yield from wrapper.wrap(text) or [first.rstrip()]
