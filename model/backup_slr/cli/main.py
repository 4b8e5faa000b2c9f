"""The entry point of the program. What takes long to import is imported after signals are heard."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import NoReturn

from backup_slr.cli import bounds


def run(arguments: Sequence[str]) -> int:
    """Run one command line; the exit code."""
    with bounds.held():
        from backup_slr.cli.app import run
    if instruction := os.environ.get("_BACKUP_SLR_COMPLETE"):
        from backup_slr.cli.completion import complete

        return complete(instruction)
    return run(arguments)


def _say_no_more() -> None:
    """Nothing is left to be written, not even at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def main() -> NoReturn:
    """The entry point of the program: never a traceback for what a user does."""
    try:
        bounds.listen()
        with bounds.held():
            pass  # a signal that came before is heard now
        code = _answered()
    except KeyboardInterrupt:
        print(bounds.because(), file=sys.stderr)
        code = bounds.code_of(130)
    if code in (5, 130, 143):
        bounds.end_children()
    raise SystemExit(code)


def _answered() -> int:
    """Run the command line of this process; the exit code."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # closed by whoever started us
            setattr(sys, name, open(os.devnull, "w"))  # noqa: SIM115
        if hasattr(getattr(sys, name), "reconfigure"):
            getattr(sys, name).reconfigure(errors="backslashreplace")
    try:
        code = run(sys.argv[1:])
        sys.stdout.flush()
    except BrokenPipeError:
        # The reader closed the pipe, as `head` does. The exit code must not say that all is well: nobody read the rest.
        _say_no_more()
        code = 141
    except OSError as error:
        _say_no_more()
        print(f"error: the result cannot be written: {error.strerror or error}", file=sys.stderr)
        code = 3
    except ImportError as error:
        if (error.name or "").partition(".")[0] == "backup_slr":
            raise
        print(f"error: a library cannot be loaded: {error}; 'backup-slr doctor' tells what is there", file=sys.stderr)
        code = 4
    except MemoryError:
        print("error: out of memory; take a smaller scope or --max-states", file=sys.stderr)
        code = 5
    return code
