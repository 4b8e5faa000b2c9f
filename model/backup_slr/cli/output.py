"""Where results go: data to stdout or a file, notes to stderr, colour only where somebody can see it.

Names in a result may come from a file that anybody wrote. So every line of text is made printable on its way out;
JSON has them as they are, in ASCII.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from importlib.util import find_spec
from itertools import chain
from math import isfinite
from pathlib import Path
from typing import Any, TextIO, cast

from backup_slr.errors import BadInput, printable

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
    """Whether a stream is one for colours: a terminal that can, or one that is told to be; Rich makes them."""
    if os.environ.get("NO_COLOR") or find_spec("rich") is None:
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return bool(stream.isatty()) and os.environ.get("TERM") != "dumb"


def write(parts: Iterable[str], target: str | None) -> None:
    """Write data to a file, or to stdout (None or ``-``).

    Raises
    ------
    BadInput
        When the file cannot be written. What is not in it goes to stdout first, so that no work is lost.
    """
    parts = iter(parts)
    if target is None or target == "-":
        _to_stdout(parts)
        return
    try:
        with _opened(target) as file:
            file.writelines(parts)
    except OSError as error:
        _to_stdout(parts)
        raise BadInput(f"cannot be written: {error.strerror or error}; the result went to stdout", target) from None


def write_bytes(data: bytes, target: str | None) -> None:
    """Write a picture to a file, or to stdout.

    Raises
    ------
    BadInput
        When the file cannot be written.
    """
    if target is None or target == "-":
        sys.stdout.buffer.write(data)
        sys.stdout.flush()
        return
    try:
        Path(target).write_bytes(data)
    except (OSError, ValueError) as error:
        raise BadInput(f"cannot be written: {getattr(error, 'strerror', None) or error}", target) from None


def _opened(target: str) -> TextIO:
    try:
        return Path(target).open("w", encoding="utf-8", errors="backslashreplace")
    except ValueError as error:  # a name that no file can have
        raise OSError(str(error)) from None


def _to_stdout(parts: Iterator[str]) -> None:
    sys.stdout.writelines(parts)
    sys.stdout.flush()


def write_lines(lines: Iterable[str], target: str | None) -> None:
    """Write lines; to a terminal with the words that matter in colour."""
    safe = (f"{printable(line, None)}\n" for line in lines)
    write(_in_colour(safe) if target in (None, "-") and coloured(sys.stdout) else safe, target)


def _in_colour(lines: Iterable[str]) -> Iterator[str]:
    from rich.console import Console
    from rich.text import Text

    console = Console(highlight=False, soft_wrap=True, force_terminal=True)
    for line in lines:
        text = Text(line)
        for word, style in STYLES.items():
            text.highlight_regex(rf"(?<![\w-]){word}(?![\w-])", style)
        with console.capture() as captured:
            console.print(text, end="")
        yield captured.get()


def write_json(document: Mapping[str, Any], target: str | None) -> None:
    """Write exactly one JSON document; an iterator in it becomes an array, written while it is gone through.

    JSON has no infinity and no "not a number": where a value does not exist, it has null.
    """
    write(chain(_json(document), ("\n",)), target)


def _plain(value: Any) -> str:
    """The text of a value on one line."""
    try:
        return json.dumps(value, allow_nan=False)
    except ValueError:
        return json.dumps(_finite(value), allow_nan=False)


def _finite(value: Any) -> Any:
    """The same with null for each number that is not finite."""
    if isinstance(value, Mapping):
        return {key: _finite(inner) for key, inner in cast("Mapping[str, Any]", value).items()}
    if isinstance(value, list | tuple):
        return [_finite(inner) for inner in cast("list[Any]", value)]
    return None if isinstance(value, float) and not isfinite(value) else value


def _json(value: Any, margin: str = "\n") -> Iterator[str]:
    """The text of a value, indented; of what an iterator gives, one element a line."""
    if isinstance(value, Mapping):
        pairs = cast("Mapping[str, Any]", value).items()
        brackets = "{}"
        items = (chain((f"{_plain(key)}: ",), _json(inner, f"{margin}  ")) for key, inner in pairs)
    elif isinstance(value, list):
        brackets = "[]"
        items = (_json(element, f"{margin}  ") for element in cast("list[Any]", value))
    elif isinstance(value, Iterator):
        brackets = "[]"
        items = ((_plain(element),) for element in cast("Iterator[Any]", value))
    else:
        yield _plain(value)
        return
    before = brackets[0]
    for item in items:
        yield f"{before}{margin}  "
        yield from item
        before = ","
    yield f"{margin}{brackets[1]}" if before == "," else brackets


def note(message: str) -> None:
    """Tell something on stderr."""
    print("\n".join(printable(line, None) for line in message.split("\n")), file=sys.stderr, flush=True)
