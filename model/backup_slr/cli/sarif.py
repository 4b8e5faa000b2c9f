"""What a command found, handed to machines beside its own answer: a SARIF file, annotations on GitHub."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable
from pathlib import Path

from backup_slr.cli.files import NotWritten, save
from backup_slr.errors import BadInput, printable
from backup_slr.report.sarif import Finding, github_lines, sarif_document
from backup_slr.version import __version__


def write(findings: Iterable[Finding], command: str, file: str | None) -> None:
    """Write the findings to a file (``--sarif``), and annotate the change if this is a job on GitHub.

    Raises
    ------
    BadInput
        When the file cannot be written.
    """
    found = list(findings)
    if os.environ.get("GITHUB_ACTIONS") == "true":
        for line in github_lines(found):
            print(printable(line, None), file=sys.stderr, flush=True)
    if file is not None:
        text = json.dumps(sarif_document(found, command, __version__), indent=2)
        try:
            save((f"{text}\n".encode(),), file)
        except NotWritten as error:
            raise BadInput(f"the findings cannot be written: {error}", file) from None


def place_of(text: str, *modules: str) -> tuple[str | None, int | None]:
    """File and line in the sources of the lifecycle that hold a text, if they lie below the working directory.

    >>> place_of("no source says this", "rules")
    (None, None)
    """
    folder = Path(__file__).parent.parent / "lifecycle"
    for module in modules:
        file = folder / f"{module}.py"
        try:
            name = str(file.relative_to(Path.cwd()))
        except ValueError:  # the package is installed elsewhere: its lines are not those of the reader's project
            return None, None
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
            if text in line:
                return name, number
    return None, None
