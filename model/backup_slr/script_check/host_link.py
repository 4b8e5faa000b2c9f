"""Messages between the checker and a host, which runs the script: JSON arrays, one on a line of a socket.

The checker sends ``run`` (the clients to make, and the time) and ``answer`` (the response), one for each ``call``. The
host, or the process of the script, sends:

==========================  ==========================================================================
``ready``                   the host can run the script
``cannot``, reason          the script cannot be run at all
``started``, process        a run has begun
``call``, request, line     the script sent a request, and waits for the answer
``wait``, seconds, passive  the script waits; `passive`: only its library does, before it tries again
``said``, code, error, ...  the script ended itself: its exit code, the exception that it did not handle, and the
                            clients that it made
``ended``, status           the process ended, with this status of ``waitpid``
==========================  ==========================================================================
"""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from typing import Any

from backup_slr.endpoint.wire.messages import HttpRequest, HttpResponse

CHUNK = 1 << 16
LARGEST = 1 << 24
"""Bytes of one message."""


class HostLink:
    """One end of the socket."""

    def __init__(self, end: socket.socket) -> None:
        self.socket, self._unread = end, b""

    def send(self, *message: Any) -> None:
        """Send a message."""
        self.socket.sendall(f"{json.dumps(message, separators=(',', ':'))}\n".encode())

    def receive(self) -> list[Any]:
        """Wait for a message.

        Raises
        ------
        EOFError
            When the other end is closed.
        """
        while b"\n" not in self._unread:
            self._read()
        line, _, self._unread = self._unread.partition(b"\n")
        return json.loads(line)

    def arrived(self) -> Iterator[list[Any]]:
        """Read once, and return the messages that are complete.

        Raises
        ------
        EOFError
            When the other end is closed, or sends a message that is too large.
        """
        self._read()
        *lines, self._unread = self._unread.split(b"\n")
        for line in lines:
            yield json.loads(line)

    def _read(self) -> None:
        data = self.socket.recv(CHUNK)
        if not data or len(self._unread) > LARGEST:
            raise EOFError
        self._unread += data


def packed(request: HttpRequest) -> list[Any]:
    """A request as JSON.

    >>> unpacked(packed(HttpRequest("GET", "/", (("host", "a"),), b"b")))
    HttpRequest(method='GET', target='/', headers=(('host', 'a'),), body=b'b')
    """
    return [request.method, request.target, request.headers, request.body.decode("latin-1")]


def unpacked(message: list[Any]) -> HttpRequest:
    """The request of a message."""
    method, target, headers, body = message
    return HttpRequest(method, target, tuple((name, value) for name, value in headers), body.encode("latin-1"))


def packed_answer(response: HttpResponse) -> list[Any]:
    """A response as JSON."""
    return [response.status, response.headers, response.body.decode("latin-1")]


def unpacked_answer(message: list[Any]) -> HttpResponse:
    """The response of a message."""
    status, headers, body = message
    return HttpResponse(status, tuple((name, value) for name, value in headers), body.encode("latin-1"))
