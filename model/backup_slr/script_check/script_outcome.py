"""How a Python script ended: its exit code, or the exception that it did not handle, with its line in the script."""

from __future__ import annotations

import linecache
import sys
import traceback
from collections.abc import Callable
from pathlib import Path

from backup_slr.errors import printable

LONGEST_MESSAGE, LONGEST_LINE = 1000, 200
"""Characters that are shown of an exception, and of the line that raised it."""


def outcome(program: Callable[[], None], is_of_script: Callable[[str], bool]) -> tuple[int, str]:
    """The exit code of a program, and the exception that it did not handle, with its line in the script."""
    try:
        program()
    except SystemExit as end:
        if isinstance(end.code, int):  # of which the system keeps the last eight bits
            return int(end.code) & 0xFF if abs(end.code) < 1 << 63 else 255, ""
        if end.code is not None:
            print(end.code, file=sys.stderr)
        return int(end.code is not None), ""
    except BaseException as problem:
        linecache.clearcache()
        inner = problem.__traceback__
        for _ in range(2):  # the frames of this module and of its caller
            inner = inner and inner.tb_next
        traceback.print_exception(problem.with_traceback(inner))
        return 1, f"{_message(problem)}{_place(problem, is_of_script)}"
    return 0, ""


def _message(problem: BaseException) -> str:
    """The name and the message of an exception, on one line."""
    try:
        said = str(problem)
    except Exception:
        said = "its message cannot be read"
    return printable(f"{type(problem).__name__}: {said}" if said else type(problem).__name__, LONGEST_MESSAGE)


def _place(problem: BaseException, is_of_script: Callable[[str], bool]) -> str:
    """The innermost line of the script in the traceback of an exception, for the end of its message."""
    frames = [one for one in traceback.extract_tb(problem.__traceback__) if is_of_script(one.filename)]
    if not frames:
        return ""
    line = printable(frames[-1].line or "", LONGEST_LINE)
    return f"  [{Path(frames[-1].filename).name}:{frames[-1].lineno}{': ' if line else ''}{line}]"
