"""Commands for shell scripts on the model's time: ``sleep``, ``date`` and ``aws``, in a folder in front of the PATH.

``sleep`` reports to the host how long the script waits, and ends at once. ``date`` shows the time of the model. ``aws``
is the installed AWS CLI with ``--endpoint-url``, which its older versions need; if it is a Python program, a process
that has loaded it forks for each call, which takes a tenth of the time.
"""

from __future__ import annotations

import os
import re
import select
import shutil
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from backup_slr.script_check import aws_cli_forks

CLOCK = "/_slr/clock"
UNITS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400}
SLEEP = f"""#!{{python}} -IS
import os, socket, sys
host, _, port = os.environ["BACKUP_SLR_ENDPOINT"].rpartition("/")[2].rpartition(":")
body = " ".join(sys.argv[1:]).encode()
with socket.create_connection((host, int(port))) as server:
    head = f"POST {CLOCK} HTTP/1.1\\r\\nHost: {{{{host}}}}:{{{{port}}}}\\r\\nConnection: close\\r\\n"
    server.sendall(f"{{{{head}}}}Content-Length: {{{{len(body)}}}}\\r\\n\\r\\n".encode() + body)
    sys.exit(not server.recv(64).startswith(b"HTTP/1.1 200"))
"""
DATE = """#!/bin/sh
for one in "$@"; do
  case "$one" in -d*|--date*|-r*|--reference*|-s*|--set*|-f*|--file*) exec {real} "$@" ;; esac
done
exec {real} -d "@$(cat {clock})" "$@"
"""
AWS = """#!/bin/sh
exec {real} --endpoint-url "$AWS_ENDPOINT_URL" "$@"
"""
READY = 30.0
"""Seconds in which the process that has loaded the AWS CLI has to be ready."""


def seconds_of(words: str) -> float:
    """The seconds that ``sleep`` waits for its arguments; 0 if they are not valid.

    >>> seconds_of("1m 30"), seconds_of("0.5h")
    (90.0, 1800.0)
    """
    total = 0.0
    for word in words.split():
        match = re.fullmatch(r"([0-9]{1,9}(?:\.[0-9]{0,9})?|\.[0-9]{1,9})([smhd]?)", word)
        total += float(match[1]) * UNITS[match[2]] if match else 1e9 if word in ("inf", "infinity") else 0
    return total


class ShellCommands:
    """The folder of the commands.

    Attributes
    ----------
    environment
        Variables that make scripts use them.
    processes
        Processes that belong to the commands, and not to a run.
    """

    def __init__(self, folder: Path) -> None:
        self._folder, self._clock = folder, folder / "clock"
        self._now = 0.0
        self.environment: dict[str, str] = {}
        self.processes: set[int] = set()

    def set_clock(self, now: float) -> None:
        """Set the time, in seconds since 1970."""
        self._now = now
        self._clock.write_text(f"{now:.3f}")

    def sleep(self, words: str) -> float:
        """Advance the time as ``sleep`` with these arguments does; return the seconds."""
        seconds = seconds_of(words)
        self.set_clock(self._now + seconds)
        return seconds

    @contextmanager
    def running(self, url: str) -> Generator[None]:
        """Make the commands, and what they need."""
        bin = self._folder / "bin"
        bin.mkdir()
        self.set_clock(0)
        self.environment = {"PATH": f"{bin}{os.pathsep}{os.environ.get('PATH', '')}", "BACKUP_SLR_ENDPOINT": url}
        _command(bin / "sleep", SLEEP.format(python=sys.executable))
        if date := shutil.which("date"):
            _command(bin / "date", DATE.format(real=date, clock=self._clock))
        real = shutil.which("aws")
        if real is None:
            yield
            return
        _command(bin / "aws", AWS.format(real=real))
        python = _python_of(Path(real))
        process = self._loaded(python, bin) if python is not None else None
        try:
            yield
        finally:
            if process is not None:
                process.kill()

    def _loaded(self, python: str, bin: Path) -> subprocess.Popen[bytes] | None:
        """Start a process that has loaded the AWS CLI; its command replaces the slow one when it is ready."""
        path = self._folder / "aws"
        program = [python, aws_cli_forks.__file__, str(path)]
        process = subprocess.Popen(program, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
        assert process.stdout is not None
        ready, _, _ = select.select([process.stdout], [], [], READY)
        if not ready or process.stdout.readline() != aws_cli_forks.READY:
            process.kill()
            return None
        self.processes.add(process.pid)
        _command(bin / "aws", f"#!{sys.executable} -IS\n" + aws_cli_forks.CLIENT.format(path=str(path)))
        return process


def _command(file: Path, text: str) -> None:
    file.write_text(text)
    file.chmod(0o700)


def _python_of(command: Path) -> str | None:
    """The interpreter of the AWS CLI, if it is a Python program."""
    for file in (command, Path(sys.base_prefix) / "bin" / command.name):
        try:
            with file.open("rb") as opened:
                first = opened.readline(300).decode(errors="replace")
        except OSError:
            continue
        words = first.removeprefix("#!").split()
        if first.startswith("#!") and words and "python" in words[-1]:
            found = words[0] if "python" in words[0] else shutil.which(words[-1])
            if found is not None and _has(found):
                return found
    return None


def _has(python: str) -> bool:
    """Whether an interpreter has the AWS CLI."""
    return subprocess.run([python, "-c", "import awscli.clidriver"], capture_output=True).returncode == 0
