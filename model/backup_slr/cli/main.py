"""The entry point of the program. Slow imports come after signals are handled."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from io import UnsupportedOperation
from typing import NoReturn

from backup_slr.cli import bounds


def run(arguments: Sequence[str]) -> int:
    """Run one command line and return the exit code."""
    with bounds.held():
        from backup_slr.cli.app import run
    if instruction := os.environ.get("_BACKUP_SLR_COMPLETE"):
        from backup_slr.cli.completion import complete

        return complete(instruction)
    return run(arguments)


def _say_no_more() -> None:
    """Discard all further output, even at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _reason(error: OSError) -> str:
    return "stdout is closed" if isinstance(error, UnsupportedOperation) else error.strerror or str(error)


def main() -> NoReturn:
    """Run the program; users never see a traceback."""
    try:
        bounds.listen()
        with bounds.held():
            pass  # handles a signal that came before
        code = _answered()
    except KeyboardInterrupt:
        print(f"{bounds.because()} before the result was complete", file=sys.stderr)
        code = bounds.code_of(130)
    if code in (5, 130, 143):
        bounds.end_children()
    raise SystemExit(code)


def _answered() -> int:
    """Run the command line of this process and return the exit code."""
    # A stream that the caller closed: notes are lost, but a result that cannot be written is an error.
    sys.stdout = sys.stdout or open(os.devnull)  # noqa: SIM115
    sys.stderr = sys.stderr or open(os.devnull, "w")  # noqa: SIM115
    for name in ("stdout", "stderr"):
        if hasattr(getattr(sys, name), "reconfigure"):
            getattr(sys, name).reconfigure(errors="backslashreplace")
    try:
        code = run(sys.argv[1:])
        sys.stdout.flush()
    except BrokenPipeError:
        # The reader closed the pipe, as `head` does; the rest of the output was not read.
        _say_no_more()
        code = 141
    except OSError as error:
        _say_no_more()
        print(f"error: the result cannot be written: {_reason(error)}", file=sys.stderr)
        code = 3
    except ImportError as error:
        if (error.name or "").partition(".")[0] == "backup_slr":
            raise
        print(f"error: a library cannot be loaded: {error}; see 'backup-slr doctor'", file=sys.stderr)
        code = 4
    except MemoryError:
        print("error: out of memory; use a smaller scope or --max-states", file=sys.stderr)
        code = 5
    return code
