"""The command that opens a trace in the explorer, for people who have just read it."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from typing import Any

from backup_slr.api.answers import Answer

FOUND = {"check": 1, "check-script": 1, "simulate": 1, "witness": 0}
"""The commands that show a trace, and the exit code with which they do."""


def walk_hint(name: str, arguments: Sequence[str], options: Any, answer: Answer | int, code: int) -> str | None:
    """The line that says how to walk through a trace; None if there is none, or its reader is a program.

    Parameters
    ----------
    name, arguments, options
        The command, all words after the program, and its options.
    answer, code
        What it answered, and the exit code.
    """
    if FOUND.get(name) != code or any(getattr(options, one, False) for one in ("list", "all_assumptions", "replay")):
        return None
    file = options.output.output if options.output.output not in (None, "-") else None
    if options.output.json or getattr(options, "scenario", False):
        opened = file and f"backup-slr explore --trace {shlex.quote(file)}"
    elif name == "simulate" and isinstance(answer, Answer):
        failed = (run["file"] for run in answer.document()["scenarios"] if run["verdict"] != "pass")
        opened = next((f"backup-slr explore --trace {shlex.quote(one)}" for one in failed), None)
    elif file or options.output.form != "text" or "-" in arguments:
        return None
    else:
        words = [one for one in arguments[1:] if one not in ("-v", "--verbose", "-q", "--quiet")]
        opened = f"{shlex.join(['backup-slr', name, '--json', *words])} | backup-slr explore --trace -"
    return opened and f"to walk through it: {opened}"
