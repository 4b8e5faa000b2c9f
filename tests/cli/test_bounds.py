"""Interruptions of a command by time, memory and signals; partial results are written."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import NoReturn

import pytest
from support.console import PASSING, call, playing, program, scenario

from backup_slr.cli import bounds
from backup_slr.cli import export as export_command
from backup_slr.cli.app import parse
from backup_slr.cli.commands import COMMANDS
from backup_slr.engine.check.exploration import Exhausted
from backup_slr.engine.core.model import Model
from backup_slr.engine.core.scope import Scope

LONG = 120
"""The seconds after which a test fails if it was not interrupted."""


@pytest.fixture
def strict(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make limits interrupt at once."""
    monkeypatch.setattr(bounds, "SLACK", 0.0)
    monkeypatch.setattr(bounds, "GRACE", 0.5)


def work() -> NoReturn:
    """Compute until interrupted."""
    until = time.monotonic() + LONG
    while time.monotonic() < until:
        pass
    pytest.fail("it was not interrupted")


# ---------------------------------------------------------------- time and memory


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_can_be_bounded(command: str) -> None:
    wanted = {"check": (), "witness": ("role == absent",), "explain": ("delete_role",), "simulate": ("x.toml",)}
    wanted |= {"why": ("x.toml",), "plan": ("x.toml",), "check-script": ("x.py",)}
    wanted |= {"run": ("x.toml", "--account", "y.toml"), "diff": ("now", "now"), "export": ("tla",)}
    options = parse([command, *wanted.get(command, ()), "--timeout", "7", "--max-memory", "900"])
    assert (options.bounds.timeout, options.bounds.max_memory) == (7, 900)


@pytest.mark.parametrize(("seconds", "memory", "bound"), [(0.2, None, "time"), (None, 1, "memory")])
def test_code_that_ignores_its_limits_is_interrupted(
    seconds: float | None, memory: int | None, bound: str, strict: None
) -> None:
    with pytest.raises(Exhausted) as ended, bounds.bounded(seconds, memory):
        work()
    assert ended.value.bound == bound


def test_a_distant_limit_changes_nothing(strict: None) -> None:
    before = signal.getsignal(signal.SIGALRM)
    with bounds.bounded(LONG, 1 << 60):
        time.sleep(3 * bounds.TICK)
    assert signal.getsignal(signal.SIGALRM) == before
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)


class Finalized:
    """An object with a slow finalizer; Python drops exceptions in it."""

    def __del__(self) -> None:
        time.sleep(5 * bounds.TICK)


def test_a_timeout_in_a_finalizer_is_not_lost(strict: None) -> None:
    def freed() -> None:
        Finalized()
        work()

    with pytest.raises(Exhausted), bounds.bounded(2 * bounds.TICK, None):
        freed()


def test_an_interrupted_command_writes_its_partial_results(strict: None, tmp_path: Path) -> None:
    files = [scenario(tmp_path, PASSING, name) for name in ("a.toml", "b.toml", "c.toml")]
    with playing("b.toml", work):
        answer = call("simulate", "--json", "--timeout", "1", *files)
    assert answer.code == 5
    assert [Path(run["file"]).name for run in answer.document["scenarios"]] == ["a.toml"]
    assert f"the time limit was reached (--timeout) in {files[1]}" in answer.err


def endless(model: Model, scope: Scope) -> Iterator[str]:
    """A text that has no end."""
    yield "first"
    work()


def test_writing_is_limited_too_and_leaves_no_partial_file(
    strict: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "model.pml"
    target.write_text("before")
    monkeypatch.setattr(export_command, "promela", endless)
    answer = call("export", "promela", "--timeout", "0.2", "-o", str(target))
    assert answer.code == 5
    assert answer.err == "error: the time limit was reached (--timeout) before the result was complete\n"
    assert target.read_text() == "before"
    assert os.listdir(tmp_path) == ["model.pml"]


# ---------------------------------------------------------------- signals


def python(code: str) -> subprocess.CompletedProcess[str]:
    """Run a few lines as a program."""
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=LONG, check=False)


PREAMBLE = """
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGTERM, signal.SIG_DFL)
from backup_slr.cli import app, bounds, main
"""


@pytest.mark.parametrize(("name", "code"), [("SIGINT", 130), ("SIGTERM", 143)])
def test_a_signal_during_imports_ends_the_program_without_a_traceback(name: str, code: int) -> None:
    ran = python(f"""{PREAMBLE}
import builtins
load, raised = builtins.__import__, []
def loading(wanted, *rest, **named):
    if wanted == "backup_slr.engine.check.checker" and not raised:
        raised.append(wanted)
        signal.raise_signal(signal.{name})
    return load(wanted, *rest, **named)
builtins.__import__ = loading
sys.argv = ["backup-slr", "check", "--regions", "1"]
main.main()
""")
    assert (ran.returncode, ran.stdout, ran.stderr) == (code, "", "interrupted before the result was complete\n")


@pytest.mark.parametrize(("name", "code"), [("SIGINT", 130), ("SIGTERM", 143)])
def test_a_signal_during_the_first_import_is_handled(name: str, code: int, tmp_path: Path) -> None:
    (tmp_path / "difflib.py").write_text(
        f"import signal\nsignal.raise_signal(signal.{name})\nget_close_matches = None\n"
    )
    heard = partial(signal.signal, signal.SIGINT, signal.default_int_handler)
    path = f"{tmp_path}{os.pathsep}{os.environ.get('PYTHONPATH', '')}"
    ran = program("rules", environment={"PYTHONPATH": path}, timeout=LONG, preexec_fn=heard)
    assert (ran.returncode, ran.stdout, ran.stderr) == (code, "", "interrupted before the result was complete\n")


def test_a_second_signal_ends_the_program_at_once_and_quietly(tmp_path: Path) -> None:
    ran = python(f"""{PREAMBLE}
from backup_slr.cli import files
def written():
    yield b"half"
    try:
        signal.raise_signal(signal.SIGINT)
    except KeyboardInterrupt:
        signal.raise_signal(signal.SIGINT)
bounds.listen()
files.save(written(), {str(tmp_path / "target")!r})
""")
    assert (ran.returncode, ran.stdout, ran.stderr) == (130, "", "")
    assert os.listdir(tmp_path) == []


def test_a_signal_that_is_ignored_stays_so() -> None:
    ran = python("""
import signal
signal.signal(signal.SIGINT, signal.SIG_IGN)
from backup_slr.cli import bounds
bounds.listen()
signal.raise_signal(signal.SIGINT)
""")
    assert (ran.returncode, ran.stderr) == (0, "")
