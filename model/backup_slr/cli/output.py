"""Where results go: data to stdout or a file, notes to stderr, colour only where somebody can see it."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from backup_slr.errors import BadInput

STYLES = {
    "VIOLATED": "bold red",
    "FAIL": "bold red",
    "MISSED:": "bold red",
    "unreachable": "bold red",
    "inconclusive": "bold yellow",
    "out of scope": "yellow",
    "ok": "green",
    "PASS": "green",
    "reached": "green",
    "holds": "green",
    "refused": "yellow",
    "failed": "yellow",
}


def coloured(stream: Any) -> bool:
    """Whether a stream is one for colours: a terminal that can, or one that is told to be."""
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return bool(stream.isatty()) and os.environ.get("TERM") != "dumb"


def write(text: str, target: str | None) -> None:
    """Write data to a file, or to stdout (None or ``-``).

    Raises
    ------
    BadInput
        When the file cannot be written.
    """
    if target is None or target == "-":
        sys.stdout.write(text)
        sys.stdout.flush()
        return
    try:
        Path(target).write_text(text, encoding="utf-8")
    except OSError as error:
        raise BadInput(f"cannot be written: {error.strerror or error}", target) from None


def write_lines(lines: Iterable[str], target: str | None) -> None:
    """Write lines; to a terminal with the words that matter in colour."""
    if target in (None, "-") and coloured(sys.stdout):
        from rich.console import Console
        from rich.text import Text

        console = Console(highlight=False, soft_wrap=True, force_terminal=True)
        for line in lines:
            text = Text(line)
            for word, style in STYLES.items():
                text.highlight_regex(rf"(?<![\w-]){word}(?![\w-])", style)
            console.print(text)
        return
    write("".join(f"{line}\n" for line in lines), target)


def write_json(document: Any, target: str | None) -> None:
    """Write exactly one JSON document."""
    write(json.dumps(document, indent=2, ensure_ascii=False) + "\n", target)


def note(message: str) -> None:
    """Tell something on stderr."""
    print(message, file=sys.stderr, flush=True)
