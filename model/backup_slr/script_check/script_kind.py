"""How a script is run, by its file."""

from __future__ import annotations

import os
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from backup_slr.errors import BadInput, MissingTool, install
from backup_slr.script_check.faster_programs import note

PYTHON, PROCESS = "backup_slr.script_check.python_runner", "backup_slr.script_check.process_runner"


def host_of(file: Path, arguments: Sequence[str]) -> tuple[str, list[str], str]:
    """The program of the host, its arguments, and what a report has to say about the time of the script.

    A file whose name ends in ``.py``, or whose first line names Python, is a Python program.

    Raises
    ------
    BadInput
        When the script cannot be run.
    MissingTool
        When a library is not installed.
    """
    if not hasattr(os, "fork"):
        raise BadInput("checking scripts needs processes that fork, as Linux and macOS have them")
    for library in ("botocore", "uvicorn", "httptools"):
        if find_spec(library) is None:
            raise MissingTool(f"checking scripts needs {library}: {install('serve')}")
    try:
        with file.open("rb") as opened:
            first = opened.readline(200)
    except OSError as error:
        raise BadInput(f"{file}: cannot be read: {error.strerror}") from None
    command = [str(file.absolute()), *arguments]
    if file.suffix == ".py" or (first.startswith(b"#!") and b"python" in first):
        return PYTHON, command, ""
    if not os.access(file, os.X_OK):
        raise BadInput(f"{file}: cannot be executed; 'chmod +x' it, or name a Python program with .py at its end")
    return PROCESS, command, note(first)
