"""The host of a script that is any program: it serves the endpoint on a port, and starts the program for each run.

It is started as ``python -m backup_slr.script_check.process_runner SOCKET FILE ARGUMENTS...``. In front of the ``PATH``
are commands that replace ``sleep``, ``date`` and ``aws`` (`shell_commands`); other programs than shell scripts sleep
faster (`faster_programs`). After a run, all processes that it
started are killed, also those that left its process group.
"""

from __future__ import annotations

import os
import queue
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from typing import Any, NoReturn

from backup_slr.endpoint.server import serving
from backup_slr.endpoint.wire.identity import identify
from backup_slr.endpoint.wire.messages import HttpRequest, HttpResponse
from backup_slr.script_check.faster_programs import faster, is_shell, remove_shared
from backup_slr.script_check.host_link import HostLink, packed, unpacked_answer
from backup_slr.script_check.left_processes import adopt_orphans, end_with_parent, kill_left
from backup_slr.script_check.shell_commands import CLOCK, ShellCommands

KEY = "AKIA{:016d}"
"""The access key of a run: a late request of an earlier run has another one."""
ENDED = HttpResponse(503, (("content-type", "application/json"), ("connection", "close")), b'{"message": "ended"}')


class ProcessHost:
    """The program, its endpoint, and the socket to the checker."""

    def __init__(self, link: HostLink, command: list[str], folder: Path) -> None:
        self.link, self.command = link, command
        self._calling, self._sending = threading.Lock(), threading.Lock()
        self._answers: queue.Queue[list[Any]] = queue.Queue()
        self._folder, self._commands = folder, ShellCommands(folder)
        self._key = ""
        self._runs = self._process = 0
        with Path(command[0]).open("rb") as opened:
            self._is_shell = is_shell(opened.readline(200))

    def serve(self) -> None:
        """Run the program as often as the checker says."""
        adopt_orphans()
        signal.signal(signal.SIGTERM, self._end)
        end_with_parent()
        with serving(self._answer) as url, self._commands.running(url):
            self._send("ready")
            while True:
                try:
                    kind, *rest = self.link.receive()
                except EOFError:
                    self._end()
                if kind == "run":
                    threading.Thread(target=self._run, args=(url, rest[1]), daemon=True).start()
                else:
                    self._answers.put(rest)

    def _end(self, *_: object) -> NoReturn:
        """End, and leave no process."""
        kill_left(0, set())
        remove_shared(self._process)
        shutil.rmtree(self._folder, ignore_errors=True)
        os._exit(0)

    def _send(self, *message: Any) -> None:
        with self._sending:
            self.link.send(*message)

    def _answer(self, request: HttpRequest) -> HttpResponse:
        with self._calling:
            if request.target.startswith(CLOCK):
                self._send("wait", self._commands.sleep(request.body.decode()), False)
                return HttpResponse(200)
            key = identify(request).access_key
            if key != self._key and key.startswith(KEY[:4]) and len(key) == len(self._key):
                return ENDED
            self._send("call", packed(request), "")
            return unpacked_answer(self._answers.get())

    def _run(self, url: str, start: float) -> None:
        self._runs += 1
        self._key = KEY.format(self._runs)
        self._commands.set_clock(start)
        try:
            process = subprocess.Popen(
                self.command,
                stdin=subprocess.DEVNULL,
                env={
                    **os.environ,
                    **self._commands.environment,
                    **({} if self._is_shell else faster(start)),
                    "AWS_ENDPOINT_URL": url,
                    "AWS_ACCESS_KEY_ID": self._key,
                },
                start_new_session=True,
            )
        except OSError as error:
            self._send("cannot", f"cannot be executed: {error.strerror}; does its first line name its interpreter?")
            return
        self._process = process.pid
        self._send("started", process.pid)
        process.wait()
        self._key = ""
        kill_left(process.pid, self._commands.processes)
        remove_shared(process.pid)
        code = process.returncode
        self._send("ended", -code if code < 0 else code << 8)


def main() -> None:
    """Run as a program."""
    number, *command = sys.argv[1:]
    with tempfile.TemporaryDirectory(prefix="backup-slr-") as folder:
        ProcessHost(HostLink(socket.socket(fileno=int(number))), command, Path(folder)).serve()


if __name__ == "__main__":
    main()
