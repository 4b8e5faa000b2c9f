"""The host of a Python script: a process that forks for each run, so that nothing of a run remains for the next.

It is started as ``python -m backup_slr.script_check.python_runner SOCKET FILE ARGUMENTS...``. botocore is complete: it
validates, signs, parses and retries; only what it would send goes to the checker.
"""

from __future__ import annotations

import atexit
import gc
import os
import random
import signal
import socket
import sys
import threading
import traceback
import uuid
from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import CodeType, FrameType, ModuleType
from typing import Any, NoReturn

from backup_slr.script_check import model_clock
from backup_slr.script_check.host_link import HostLink, packed, unpacked_answer

if __name__ == "__main__":
    model_clock.replace_dates()  # before botocore, which imports them by name

from backup_slr.endpoint.in_process import hooked
from backup_slr.endpoint.wire.messages import HttpRequest, HttpResponse
from backup_slr.script_check.left_processes import adopt_orphans, end_with_parent, kill_left
from backup_slr.script_check.ready_clients import ReadyClients
from backup_slr.script_check.script_outcome import outcome

NEEDED = ("botocore.session", "botocore.endpoint", "botocore.retryhandler")
SEVERAL = "works in several processes, whose calls have no fixed order; use threads, which can be checked"
OWN_FOLDER = str(Path(__file__).parents[1])
IF_INSTALLED = ("boto3", "aiobotocore.session", "aiobotocore.endpoint", "asyncio")


class PythonHost:
    """The script, and the socket to the checker."""

    def __init__(self, link: HostLink, file: str, arguments: list[str]) -> None:
        self.link, self.file, self.arguments = link, file, arguments
        self._folder = str(Path(file).resolve().parent)
        self._lock = threading.Lock()
        self._process = 0
        self._let_others: Callable[[], None] = lambda: None
        self.start = 0.0
        self.code: CodeType = compile(Path(file).read_bytes(), file, "exec")

    def serve(self) -> None:
        """Run the script as often as the checker says."""
        _import()
        adopt_orphans()
        signal.signal(signal.SIGTERM, _end)
        end_with_parent()
        with hooked(self._answer):
            clients = ReadyClients()
            _freeze()
            self.link.send("ready")
            while True:
                try:
                    kind, *rest = self.link.receive()
                except EOFError:
                    return
                if kind != "run":  # the answer to a call of a run that was killed
                    continue
                used, self.start = rest
                if clients.prepare(used):
                    _freeze()
                self._fork(clients)

    def _fork(self, clients: ReadyClients) -> None:
        process = os.fork()
        if not process:
            try:
                os.setsid()
                signal.signal(signal.SIGTERM, signal.SIG_DFL)
                self.link.send("started", os.getpid())
                code = self._run(clients)
            except BaseException:
                traceback.print_exc()
                code = 70
            os._exit(code)
        _, status = os.waitpid(process, 0)
        kill_left(process, set())
        self.link.send("ended", status)

    # ---------------------------------------------------------------- in the process of a run

    def _answer(self, request: HttpRequest) -> HttpResponse:
        if os.getpid() != self._process:
            self._cannot(SEVERAL)
        with self._lock:
            self._send("call", packed(request), self._line())
            answer = self.link.receive()[1:]
        self._let_others()
        return unpacked_answer(answer)

    def _send(self, *message: Any) -> None:
        """Send a message; a process that the script forked sends none."""
        if os.getpid() == self._process:
            self.link.send(*message)

    def _cannot(self, reason: str) -> NoReturn:
        """End the check."""
        self.link.send("cannot", reason)
        os._exit(1)

    def _line(self) -> str:
        """The innermost line of the script, or of a module beside it, that is being executed."""
        frame: FrameType | None = sys._getframe(2)  # pyright: ignore[reportPrivateUsage]
        while frame is not None:
            name = frame.f_code.co_filename
            if self._is_of_script(name):
                return f"{Path(name).name}:{frame.f_lineno}"
            frame = frame.f_back
        return ""

    def _is_of_script(self, name: str) -> bool:
        """Whether a file is the script, or a module beside it."""
        is_beside = name.startswith(self._folder) and "site-packages" not in name
        return name == self.file or (is_beside and not name.startswith(OWN_FOLDER))

    def _wait(self, seconds: float, passive: bool) -> None:
        with self._lock:
            self._send("wait", seconds, passive)

    def _run(self, clients: ReadyClients) -> int:
        self._process = os.getpid()
        main = ModuleType("__main__")
        main.__dict__.update(__file__=self.file, __builtins__=__builtins__)
        sys.modules["__main__"] = main
        sys.argv[:] = [self.file, *self.arguments]
        sys.path.insert(0, self._folder)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        _no_network()
        process: Any = import_module("multiprocessing.process").BaseProcess
        process.start = lambda *_: self._cannot(SEVERAL)  # pyright: ignore[reportUnknownLambdaType]
        _same_random_numbers()
        clock = model_clock.ScriptClock(self.start, self._wait)
        self._let_others = clock.turns.let_others
        model_clock.run_on(clock)
        code, error = outcome(lambda: exec(self.code, main.__dict__), self._is_of_script)
        clock.turns.end_all()
        if threading.active_count() > 1:
            threading._shutdown()  # type: ignore[attr-defined]
        atexit._run_exitfuncs()  # pyright: ignore[reportPrivateUsage]
        for stream in (sys.stdout, sys.stderr):
            if stream is not None and not stream.closed:  # pyright: ignore[reportUnnecessaryComparison]
                stream.flush()
        with self._lock:
            self._send("said", code, error, clients.used)
        return code


def _no_network() -> None:
    """Let only sockets of this machine's file system connect."""
    real = socket.socket.connect

    def connect(self: socket.socket, address: Any) -> None:
        if self.family != socket.AF_UNIX:
            raise ConnectionRefusedError(f"no network while a script is checked: {address!r}")
        real(self, address)

    socket.socket.connect = connect  # type: ignore[method-assign]


def _same_random_numbers() -> None:
    """Draw the same numbers in each run: tokens of requests and the times between attempts depend on them."""
    random.seed(0)
    source = random.Random(0)
    os.urandom = random._urandom = source.randbytes  # type: ignore[attr-defined]

    def made(*_: Any) -> uuid.UUID:
        return uuid.UUID(int=source.getrandbits(128), version=4)

    uuid.uuid4 = uuid.uuid1 = made


# ---------------------------------------------------------------- in the host


def _end(*_: object) -> NoReturn:
    """End this host, and its run."""
    kill_left(0, set())
    os._exit(0)


def _freeze() -> None:
    """Let a fork copy fewer pages."""
    gc.collect()
    gc.freeze()


def _import() -> None:
    """Import what scripts import."""
    for name in (*NEEDED, *(one for one in IF_INSTALLED if find_spec(one.partition(".")[0]))):
        import_module(name)
    sys.dont_write_bytecode = True
    session: Any = import_module("botocore.session").Session
    scoped, missing = session.get_scoped_config, import_module("botocore.exceptions").ProfileNotFound

    def get_scoped_config(self: Any) -> Any:
        try:
            return scoped(self)
        except missing:  # the profiles of the user are not read; each one exists, and is empty
            return {}

    session.get_scoped_config = get_scoped_config


def main() -> None:
    """Run as a program."""
    number, file, *arguments = sys.argv[1:]
    link = HostLink(socket.socket(fileno=int(number)))
    try:
        host = PythonHost(link, file, arguments)
    except (OSError, SyntaxError, ValueError) as error:
        link.send("cannot", f"is not a Python program: {error}")
        return
    host.serve()


if __name__ == "__main__":
    main()
