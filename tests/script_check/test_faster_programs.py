"""Programs that are neither Python nor shell scripts: how they sleep, and that the report says it."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

import pytest

from backup_slr.api.script_checking import ScriptAnswer, check_script
from backup_slr.script_check import faster_programs
from backup_slr.script_check.faster_programs import FASTER, library, note

ACCOUNT = "simulations/accounts/small.toml"
SLEEPS = """#!/usr/bin/env node
const before = new Date();
setTimeout(() => console.log(before.toISOString(), Math.round((new Date() - before) / 1000)), 45000);
"""
needs_node = pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed")
needs_library = pytest.mark.skipif(library() is None, reason="libfaketime is not installed")


def program(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "sleeps"
    file.write_text(text)
    file.chmod(0o755)
    return file


def once(script: Path) -> ScriptAnswer:
    return check_script(script, ACCOUNT, events=0, jobs=1, seconds=20)


@needs_node
@needs_library
def test_a_program_sleeps_faster_from_the_time_of_the_model_on(tmp_path: Path) -> None:
    began = time.monotonic()
    found = once(program(tmp_path, SLEEPS))
    assert time.monotonic() - began < 90, "it runs twice"
    (run,) = found.failing
    started, seconds = run.ending.output.split()
    assert started.startswith("2026-01-01T0")
    assert int(seconds) >= 44
    assert run.verdict.value == "says-done"
    assert not list(Path("/dev/shm").glob("*faketime*")), "nothing of the library is left"


@pytest.mark.parametrize("installed", [False, True])
def test_the_report_says_how_a_program_sleeps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, installed: bool) -> None:
    monkeypatch.setattr(faster_programs, "library", lambda: Path("/lib/fake.so") if installed else None)
    found = once(program(tmp_path, "#!/usr/bin/perl\nexit 1;\n"))
    said = f"{FASTER} times as fast as it says" if installed else "in real time, because libfaketime is not installed"
    (line,) = [line for line in found.text() if "neither Python nor a shell script" in line]
    assert said in line
    assert "does not know that it waits" in line
    assert line in found.markdown()
    assert found.document()["note"] == line


def test_a_shell_script_has_the_time_of_the_model_and_no_note(tmp_path: Path) -> None:
    assert note(b"#!/usr/bin/env bash") == ""
    found = once(program(tmp_path, '#!/bin/sh\necho "[$LD_PRELOAD][$FAKETIME]"\nexit 1\n'))
    assert "neither" not in "\n".join(found.text())
    assert "[][]" in found.failing[0].ending.output
