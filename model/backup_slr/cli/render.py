"""Write results: data to stdout or a file, notes to stderr, color only to terminals.

Names in a result may come from any file, so every line of text is made printable; JSON has them unchanged, in ASCII.
"""

from __future__ import annotations

import json
import os
import re
import sys
from codecs import getincrementaldecoder
from collections.abc import Iterable, Iterator, Mapping
from importlib.util import find_spec
from itertools import chain
from math import isfinite
from typing import Any, cast

from backup_slr.api.answers import Answer
from backup_slr.cli.bounds import writing
from backup_slr.cli.files import NotWritten, save, save_whole
from backup_slr.cli.options import OutputOptions
from backup_slr.errors import BadInput, printable
from backup_slr.report.sarif import Finding, github_lines, sarif_document
from backup_slr.version import __version__

# ---------------------------------------------------------------- answers


def write_answer(answer: Answer, command: str, output: OutputOptions) -> int:
    """Write an answer and its findings as the options say, and return the exit code.

    Raises `BadInput` when a file cannot be written.
    """
    if output.form == "json":
        write_json(answer.document(), output.output)
    else:
        lines = answer.markdown if output.form == "md" and answer.markdown else answer.text
        write_lines(lines(), output.output)
    if answer.findings is not None:
        _write_findings(list(answer.findings()), command, output.sarif)
    if answer.note:
        note(answer.note)
    return answer.code


def _write_findings(found: list[Finding], command: str, file: str | None) -> None:
    """Write findings to a file (``--sarif``), and annotate the change if this is a job on GitHub."""
    if os.environ.get("GITHUB_ACTIONS") == "true":
        for line in github_lines(found):
            note(line)
    if file is not None:
        text = json.dumps(sarif_document(found, command, __version__), indent=2)
        save_whole(f"{text}\n".encode(), file, "the findings ")


def note(message: str) -> None:
    """Write a message to stderr."""
    print("\n".join(printable(line, None) for line in message.split("\n")), file=sys.stderr, flush=True)


# ---------------------------------------------------------------- text and bytes


def write(parts: Iterable[str], target: str | None) -> None:
    """Write text to a file, or to stdout (None or ``-``).

    Raises `BadInput` when the file cannot be written. The text goes to stdout first, so that no work is lost.
    """
    writing()
    if target is None or target == "-":
        sys.stdout.writelines(parts)
        sys.stdout.flush()
        return
    try:
        save((part.encode("utf-8", "backslashreplace") for part in parts), target)
    except NotWritten as error:
        decoder = getincrementaldecoder("utf-8")()
        sys.stdout.writelines(map(decoder.decode, error.rest))
        sys.stdout.flush()
        raise BadInput(f"cannot be written: {error}; the result went to stdout", target) from None


def write_bytes(data: bytes, target: str | None) -> None:
    """Write a picture to a file, or to stdout. Raises `BadInput` when the file cannot be written."""
    writing()
    if target is None or target == "-":
        sys.stdout.buffer.write(data)
        sys.stdout.flush()
    else:
        save_whole(data, target)


# ---------------------------------------------------------------- lines and their colors

GOOD, BAD, OPEN = "green", "bold red", "bold yellow"
STYLES = {
    **dict.fromkeys(("ok", "PASS", "reachable", "holds", "proved", "equivalent", "agrees"), GOOD),
    **dict.fromkeys(("VIOLATED", "violated", "FAIL", "MISSED", "DISAGREES", "drifted"), BAD),
    **dict.fromkeys(("inconclusive", "not proved"), OPEN),
    **dict.fromkeys(("out of scope", "refused", "failed"), "yellow"),
}
VERDICT = re.compile(
    "|".join(
        (
            r"verdict {2,}(WORD)\b",  # the first line of most results
            r" {2}(WORD)(?= {2,}| (?:always|step|sometimes|eventually|possible) )",  # the first column of a table
            r"(ok)(?= [\w-]+ )",
            r"(PASS|FAIL)(?= .*: \d+ steps?$)",
            r"(reachable)(?= in \d)",
            r"(inconclusive|equivalent)(?=:)",
            r" *(MISSED)(?=: )",
            r" {5}(refused|failed)(?=: )",  # how a step of a scenario ends
        )
    ).replace("WORD", "|".join(STYLES))
)
"""The verdict columns of lines; the same words elsewhere are prose."""


def write_lines(lines: Iterable[str], target: str | None) -> None:
    """Write lines, with colored verdicts if stdout is a terminal."""
    safe = (f"{printable(line, None)}\n" for line in lines)
    write(_in_color(safe) if target in (None, "-") and _colored() else safe, target)


def _colored() -> bool:
    """Return whether stdout gets colors: a terminal that supports them, or FORCE_COLOR; Rich must be installed."""
    if os.environ.get("NO_COLOR") or find_spec("rich") is None:
        return False
    return bool(os.environ.get("FORCE_COLOR")) or (sys.stdout.isatty() and os.environ.get("TERM") != "dumb")


def _in_color(lines: Iterable[str]) -> Iterator[str]:
    from rich.console import Console
    from rich.text import Text

    console = Console(highlight=False, soft_wrap=True, force_terminal=True)
    for line in lines:
        text = Text(line)
        found = VERDICT.match(line)
        if found and found.lastindex:
            text.stylize(STYLES[found[found.lastindex]], *found.span(found.lastindex))
        with console.capture() as captured:
            console.print(text, end="")
        yield captured.get()


# ---------------------------------------------------------------- JSON


def write_json(document: Mapping[str, Any], target: str | None) -> None:
    """Write exactly one JSON document; an iterator in it becomes an array, and is written as a stream.

    Infinity and "not a number", which JSON lacks, become null.
    """
    write(chain(_json(document, "\n"), ("\n",)), target)


def _json(value: Any, margin: str) -> Iterator[str]:
    """Generate the text of a value, indented; elements of an iterator take one line each."""
    inner = f"{margin}  "
    if isinstance(value, Mapping):
        pairs = cast("Mapping[str, Any]", value).items()
        brackets, items = "{}", (chain((f"{_plain(key)}: ",), _json(each, inner)) for key, each in pairs)
    elif isinstance(value, list):
        brackets, items = "[]", (_json(each, inner) for each in cast("list[Any]", value))
    elif isinstance(value, Iterator):
        brackets, items = "[]", ((_plain(each),) for each in cast("Iterator[Any]", value))
    else:
        yield _plain(value)
        return
    before = brackets[0]
    for item in items:
        yield f"{before}{inner}"
        yield from item
        before = ","
    yield f"{margin}{brackets[1]}" if before == "," else brackets


def _plain(value: Any) -> str:
    """Return the text of a value on one line."""
    try:
        return json.dumps(value, allow_nan=False)
    except ValueError:
        return json.dumps(_finite(value), allow_nan=False)


def _finite(value: Any) -> Any:
    """Replace each number that is not finite by null."""
    if isinstance(value, Mapping):
        return {key: _finite(inner) for key, inner in cast("Mapping[str, Any]", value).items()}
    if isinstance(value, list | tuple):
        return [_finite(inner) for inner in cast("list[Any]", value)]
    return None if isinstance(value, float) and not isfinite(value) else value
