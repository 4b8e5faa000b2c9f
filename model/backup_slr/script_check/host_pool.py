"""The processes that run the script, and the bounds on each run: calls, waits, output, and time without a call."""

from __future__ import annotations

import os
import selectors
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from backup_slr.endpoint.backend.record_store import START
from backup_slr.endpoint.wire.messages import HttpResponse
from backup_slr.errors import BadInput
from backup_slr.script_check.host_link import HostLink, packed_answer
from backup_slr.script_check.live_run import LiveRun
from backup_slr.script_check.script_tree import ScriptEnding

TAIL = 4000
"""Characters of the output that are kept."""
MOST_OUTPUT = 10_000_000
"""Bytes; a run with more output is stopped."""
STARTING = 60.0
"""Seconds in which a host has to be ready."""
ENDING = 5.0
"""Seconds in which a host has to notice that a run was killed."""
TICK = 0.2
TOO_LATE = HttpResponse(503)
"""The answer to a run that was stopped. Each call has one answer, so that none is taken for that of another call."""
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE", "AWS_SECRET_ACCESS_KEY": "none"}
NOT_PASSED = ("AWS_SESSION_TOKEN", "AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_ROLE_ARN", "AWS_WEB_IDENTITY_TOKEN_FILE")


def environment() -> dict[str, str]:
    """The environment of scripts: as it is, but without anything that leads to a real account."""
    kept = {name: value for name, value in os.environ.items() if name not in NOT_PASSED}
    nothing = {"AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull}
    nowhere = {"AWS_EC2_METADATA_DISABLED": "true", "AWS_ENDPOINT_URL": "http://127.0.0.1:9"}
    return {"AWS_DEFAULT_REGION": "us-east-1", **kept, **CREDENTIALS, **nothing, **nowhere, "AWS_PAGER": ""}


class ScriptHost:
    """A process that runs the script again and again.

    Parameters
    ----------
    number
        From 0; sets of strings have another order in each host.
    module
        The program.
    arguments
        The script and its arguments.
    """

    def __init__(self, number: int, module: str, arguments: Sequence[str]) -> None:
        self.number, self._module, self._arguments = number, module, arguments
        self.run: LiveRun | None = None
        self.ready = False
        self.used: list[Any] = []
        """The clients that the last run used: the host makes them before the next one."""
        self._open()

    def _open(self) -> None:
        ours, theirs = socket.socketpair()
        with theirs:
            self.process = subprocess.Popen(
                [sys.executable, "-P", "-m", self._module, str(theirs.fileno()), *self._arguments],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                pass_fds=(theirs.fileno(),),
                env={**environment(), "PYTHONHASHSEED": str(self.number + 1), "PYTHONUNBUFFERED": "1"},
                start_new_session=True,
            )
        assert self.process.stdout is not None
        os.set_blocking(self.process.stdout.fileno(), False)
        self.link = HostLink(ours)
        self.ready, self.group = False, 0
        self._forget(STARTING)

    def _forget(self, seconds: float) -> None:
        self.output, self.written = b"", 0
        self.said: tuple[int, str] | None = None
        self.stopped = ""
        self.until = time.monotonic() + seconds

    def start(self, run: LiveRun, seconds: float) -> None:
        """Start a run."""
        self.run = run
        self._forget(seconds)
        self.link.send("run", self.used, START.timestamp())

    def read_output(self) -> None:
        """Read what the script wrote."""
        assert self.process.stdout is not None
        with suppress(BlockingIOError):
            while data := os.read(self.process.stdout.fileno(), 1 << 16):
                self.written += len(data)
                self.output = (self.output + data)[-TAIL:]
                if self.written > MOST_OUTPUT:
                    return

    def stop(self, reason: str) -> None:
        """Kill the script; the host then reports its end."""
        if self.stopped:
            self.close()
            return
        self.stopped = reason
        self.until = time.monotonic() + ENDING
        if self.group:
            with suppress(OSError):
                os.killpg(self.group, signal.SIGKILL)
        else:
            self.close()

    def close(self) -> None:
        """End the host: it cleans up on a signal, and is killed if it does not."""
        if self.group:
            with suppress(OSError):
                os.killpg(self.group, signal.SIGKILL)
        self.link.socket.close()
        self.process.terminate()
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(ENDING)
        with suppress(OSError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        if self.process.stdout is not None:
            self.process.stdout.close()

    def reopen(self) -> None:
        """Start the host again, after it died or was killed."""
        self.close()
        self._open()

    def ending(self, status: int) -> ScriptEnding:
        """How the run ended, by the status of its process."""
        self.read_output()
        text = self.output.decode(errors="replace")
        if self.stopped:
            return ScriptEnding(-1, "", text, self.stopped)
        if self.said is not None:
            return ScriptEnding(*self.said, text)
        code = os.waitstatus_to_exitcode(status)
        error = f"ended by {signal.Signals(-code).name}" if code < 0 else ""
        return ScriptEnding(code, error, text)


class HostPool:
    """Several hosts.

    Parameters
    ----------
    module, arguments
        The program of the hosts, and the script with its arguments.
    jobs
        The number of hosts.
    seconds
        A run without a call or a wait for this time is stopped.

    Raises
    ------
    BadInput
        When the script cannot be run.
    """

    def __init__(self, module: str, arguments: Sequence[str], jobs: int, seconds: float) -> None:
        self.script, self._seconds = Path(arguments[0]), seconds
        self._selector = selectors.DefaultSelector()
        self.hosts = [ScriptHost(number, module, arguments) for number in range(jobs)]
        self._waiting: dict[int, LiveRun] = {}
        for host in self.hosts:
            self._watch(host)

    def __enter__(self) -> HostPool:
        return self

    def __exit__(self, *_: Any) -> None:
        """Kill the hosts."""
        for host in self.hosts:
            host.close()
        self._selector.close()

    @property
    def free(self) -> bool:
        """Whether a host has nothing to do."""
        return any(host.run is None and host.number not in self._waiting for host in self.hosts)

    @property
    def busy(self) -> bool:
        """Whether a host has something to do."""
        return any(host.run is not None or host.number in self._waiting for host in self.hosts)

    def start(self, run: LiveRun, number: int | None = None) -> None:
        """Start a run in a host that is free."""
        host = next(
            one
            for one in sorted(self.hosts, key=lambda one: not one.ready)
            if one.run is None and one.number not in self._waiting and number in (None, one.number)
        )
        if host.ready:
            host.start(run, self._seconds)
        else:
            self._waiting[host.number] = run

    def step(self) -> list[LiveRun]:
        """Wait until something happens; return the runs that ended.

        Raises
        ------
        BadInput
            When the script cannot be run, or is not deterministic.
        """
        ended: list[LiveRun] = []
        for key, _ in self._selector.select(TICK):
            host, is_output = key.data
            if is_output:
                host.read_output()
                if host.written > MOST_OUTPUT and host.run is not None and not host.stopped:
                    host.stop(f"it wrote more than {MOST_OUTPUT:,} bytes")
            else:
                ended += self._messages(host)
        now = time.monotonic()
        for host in self.hosts:
            if host.until < now and host.number in self._waiting:
                raise self._bad(f"its host was not ready after {STARTING:g} s")
            if host.until < now and host.run is not None:
                again = bool(host.stopped)
                host.stop(f"{self._seconds:g} s without a call")
                if again or not host.group:
                    ended += self._died(host)
        return ended

    def _messages(self, host: ScriptHost) -> list[LiveRun]:
        try:
            messages = list(host.link.arrived())
        except (EOFError, OSError, ValueError):
            return self._died(host)
        return [run for message in messages for run in self._message(host, *message)]

    def _message(self, host: ScriptHost, kind: str, *rest: Any) -> list[LiveRun]:
        run = host.run
        try:
            match kind, rest:
                case "ready", ():
                    host.ready = True
                    if host.number in self._waiting:
                        host.start(self._waiting.pop(host.number), self._seconds)
                case "cannot", (reason,):
                    raise BadInput(reason)
                case "started", (process,):
                    host.group = process
                case (("call" | "wait" | "said"), _) if run is None or host.stopped:
                    pass
                case "call", (request, line):
                    assert run is not None
                    host.until = time.monotonic() + self._seconds
                    answer = run.call(request, line)
                    if answer is None:
                        host.stop(f"it made more than {run.calls} calls")
                    host.link.send("answer", *(answer or packed_answer(TOO_LATE)))
                case "wait", (seconds, passive):
                    assert run is not None
                    host.until = time.monotonic() + self._seconds
                    if not run.wait(seconds, passive):
                        host.stop("it waited again and again")
                case "said", (code, error, used):
                    host.said, host.used = (code, error), used
                case "ended", (status,) if run is not None:
                    return self._end(host, run, status)
                case _:
                    pass
        except BadInput as error:
            raise self._bad(str(error)) from None
        except BrokenPipeError:
            return self._died(host)
        return []

    def _end(self, host: ScriptHost, run: LiveRun, status: int) -> list[LiveRun]:
        try:
            run.end(host.ending(status))
        except BadInput as error:
            raise self._bad(str(error)) from None
        host.run, host.group = None, 0
        return [run]

    def _died(self, host: ScriptHost) -> list[LiveRun]:
        """Start a host again whose process ended."""
        run, reason = host.run, host.stopped or "its process was killed from outside"
        if not host.ready:
            host.read_output()
            raise self._bad(f"its host ended: {host.output.decode(errors='replace')[-500:]}")
        self._unwatch(host)
        host.reopen()
        self._watch(host)
        host.run = None
        if run is None:
            return []
        host.stopped = reason
        found = self._end(host, run, 0)
        host.stopped = ""
        return found

    def _bad(self, message: str) -> BadInput:
        return BadInput(f"{self.script}: {message}")

    def _watch(self, host: ScriptHost) -> None:
        self._selector.register(host.link.socket, selectors.EVENT_READ, (host, False))
        self._selector.register(host.process.stdout, selectors.EVENT_READ, (host, True))  # type: ignore[arg-type]

    def _unwatch(self, host: ScriptHost) -> None:
        for one in (host.link.socket, host.process.stdout):
            with suppress(KeyError, ValueError):
                self._selector.unregister(one)  # type: ignore[arg-type]
