"""Call the command line in a test: inside this process, with its output captured."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Mapping
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from functools import cache
from io import StringIO
from pathlib import Path
from typing import Any, NoReturn
from unittest.mock import patch

from backup_slr.cli.main import run
from backup_slr.engine.core.model import Model
from backup_slr.scenario.player import ScenarioRun, play
from backup_slr.scenario.spec import Scenario

COLOURS = ("NO_COLOR", "FORCE_COLOR")
PASSING = 'title = "a role appears"\n[[step]]\ndo = "list_resources"\nexpect = "done"\n[finally]\nrole = "present"\n'
"""A scenario that passes."""


@dataclass(frozen=True)
class Answer:
    """The result of a command line: exit code, data and notes."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """The data, which must be exactly one JSON document."""
        return json.loads(self.out)


def call(*arguments: str, environment: Mapping[str, str] | None = None) -> Answer:
    """Run a command line; its exceptions propagate."""
    out, err = StringIO(), StringIO()
    around = {key: value for key, value in os.environ.items() if key not in COLOURS} | dict(environment or {})
    with patch.dict(os.environ, around, clear=True), redirect_stdout(out), redirect_stderr(err):
        code = run(arguments)
    return Answer(code, out.getvalue(), err.getvalue())


def program(*arguments: str | bytes, environment: Mapping[str, str] | None = None, **more: Any) -> Any:
    """Run the program as a separate process; `more` is for `subprocess.run`."""
    env = {k: v for k, v in os.environ.items() if k not in COLOURS} | dict(environment or {})
    more = {"text": True, "stderr": subprocess.PIPE, "stdout": subprocess.PIPE, "timeout": 60, "env": env} | more
    return subprocess.run([sys.executable, "-m", "backup_slr", *arguments], check=False, **more)


@cache
def asked(*arguments: str) -> Answer:
    """Call a command line that changes nothing, once for all tests."""
    return call(*arguments)


def timeless(text: str) -> str:
    """A text without the time that a check took."""
    return re.sub(r"\(\d+\.\d s\)", "(0.0 s)", text)


def playing(file: str, end: Callable[[], NoReturn]) -> Any:
    """Patch `simulate` to call `end` when it runs a file of that name."""

    def played(scenario: Scenario, model: Model) -> ScenarioRun:
        return end() if str(scenario.file).endswith(file) else play(scenario, model)

    return patch("backup_slr.cli.simulate.play", played)


def interrupted() -> NoReturn:
    """Raise the exception of Ctrl-C."""
    raise KeyboardInterrupt


def scenario(folder: Path, text: str, name: str = "scenario.toml") -> str:
    """Write a file with this text and return its name."""
    file = folder / name
    file.write_text(text, encoding="utf-8")
    return str(file)
