"""The AWS CLI, loaded once; each call is a fork of this process.

It is run by the interpreter of the AWS CLI, as ``python aws_cli_forks.py SOCKET``, so it imports nothing of this
package. A client sends its file descriptors, arguments, folder and environment; the answer is the exit code.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from functools import lru_cache
from importlib import import_module
from typing import Any

LARGEST = 1 << 20
READY = b"ready\n"
CLIENT = """import json, os, socket, sys
with socket.socket(socket.AF_UNIX) as server:
    server.connect({path!r})
    call = json.dumps([sys.argv[1:], os.getcwd(), dict(os.environ)]).encode()
    socket.send_fds(server, [len(call).to_bytes(8, "big")], [0, 1, 2])
    server.sendall(call)
    sys.exit((server.recv(1) or bytes([255]))[0])
"""
"""The program ``aws``."""


def call(connection: socket.socket) -> None:
    """Be the AWS CLI for one call."""
    length, descriptors, _, _ = socket.recv_fds(connection, 8, 3)
    size, text = int.from_bytes(length, "big"), b""
    while len(text) < size:
        text += connection.recv(min(size - len(text), LARGEST))
    arguments, folder, environment = json.loads(text)
    for number, descriptor in enumerate(descriptors):
        os.dup2(descriptor, number)
        os.close(descriptor)
    os.chdir(folder)
    own = {name: value for name, value in os.environ.items() if name == "AWS_DATA_PATH"}  # which the AWS CLI sets
    os.environ.clear()
    os.environ.update({**environment, **own})
    time.sleep = _no_time  # between attempts only
    connection.sendall(bytes([main(["--endpoint-url", environment["AWS_ENDPOINT_URL"], *arguments])]))


def _no_time(seconds: float) -> None:
    """Do not sleep."""


def main(arguments: list[str]) -> int:
    """Run the AWS CLI; return its exit code."""
    sys.argv[1:] = arguments
    try:
        code: Any = import_module("awscli.clidriver").main()
    except SystemExit as end:
        code = end.code
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    return code & 0xFF if isinstance(code, int) else int(code is not None)


def load() -> None:
    """Load the AWS CLI, and remember what it reads from its own files."""
    loaders: Any = import_module("botocore.loaders")
    with suppress(ImportError):
        loaders = import_module("awscli.botocore.loaders")  # version 2
    for name in ("load_file", "exists"):
        setattr(loaders.JSONFileLoader, name, _remembered(getattr(loaders.JSONFileLoader(), name)))
    os.environ.update(AWS_MAX_ATTEMPTS="1", AWS_ENDPOINT_URL="http://127.0.0.1:9")
    output = os.dup(1), os.dup(2)
    with open(os.devnull, "wb") as nothing:
        for number in (1, 2):
            os.dup2(nothing.fileno(), number)
        for service in (["backup", "list-backup-vaults"], ["iam", "list-roles"]):
            main(["--endpoint-url", "http://127.0.0.1:9", *service])
    for number, descriptor in zip((1, 2), output):  # noqa: B905  also for an old interpreter
        os.dup2(descriptor, number)


def _remembered(read: Callable[[str], Any]) -> Callable[[Any, str], Any]:
    found = lru_cache(None)(read)
    return lambda self, path: found(path)


def serve(path: str) -> None:
    """Answer calls until this process is killed."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(path)
        server.listen(16)
        os.write(1, READY)
        while True:
            connection, _ = server.accept()
            if os.fork() == 0:
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                call(connection)
                os._exit(0)
            connection.close()


if __name__ == "__main__":
    (own_path,) = sys.argv[1:]
    load()
    serve(own_path)
