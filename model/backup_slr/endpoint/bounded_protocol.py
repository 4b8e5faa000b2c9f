"""HTTP on one connection: the parser of httptools on the connections of uvicorn, with limits.

The endpoint answers a request as soon as it was read, without a task of its own: an answer takes less time than a task.
"""

from __future__ import annotations

import asyncio
import json
from typing import Any

import httptools
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from backup_slr.endpoint.wire.messages import HttpRequest, HttpResponse

LARGEST_BODY = 1 << 20
LARGEST_HEAD = 1 << 16
"""Bytes of the request line and all headers."""
CONNECTIONS = 500


def http_error(status: int, code: str, message: str) -> HttpResponse:
    """An error about HTTP itself, before a service is known."""
    headers = (("content-type", "application/json"), ("x-amzn-errortype", code), ("connection", "close"))
    return HttpResponse(status, headers, json.dumps({"message": message}).encode())


def _bytes(response: HttpResponse, closes: bool, with_body: bool) -> bytes:
    """A response as it is sent."""
    head = "".join([f"{name}: {value}\r\n" for name, value in response.headers])
    if head.count("\n") != len(response.headers) or head.count("\r") != len(response.headers):
        return _bytes(http_error(500, "InternalFailure", "the answer has a header of several lines"), closes, with_body)
    if response.status != 204:
        head += f"content-length: {len(response.body)}\r\n"
    if closes and ("connection", "close") not in response.headers:
        head += "connection: close\r\n"
    sent = response.body if with_body and response.status != 204 else b""
    return STATUS_LINE[response.status] + head.encode("latin-1", "replace") + b"\r\n" + sent


class BoundedProtocol(HttpToolsProtocol):
    """HTTP with a limit on headers and connections, and with errors in a shape that clients of AWS read."""

    _unread = 0
    _head = 0
    _large = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # pyright: ignore[reportIncompatibleMethodOverride]
        """Accept a client, unless there are too many."""
        super().connection_made(transport)
        if len(self.connections) > CONNECTIONS:
            self._reject(http_error(503, "ServiceUnavailableException", f"{CONNECTIONS} connections are open"))

    def data_received(self, data: bytes) -> None:
        """Read bytes of a client."""
        self._large |= self._unread > LARGEST_HEAD  # a header without end reaches no other method
        self._unread += len(data)
        if self._large:
            self.send_400_response("")
        elif not self.transport.is_closing():
            super().data_received(data)

    def on_url(self, url: bytes) -> None:
        """Count a part of the request line."""
        self._count(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Count a header."""
        self._count(len(name) + len(value) + 4)
        super().on_header(name, value)

    def _count(self, size: int) -> None:
        self._head += size
        if self._head > LARGEST_HEAD:
            self._large = True
            raise ValueError("the headers are too large")

    def on_headers_complete(self) -> None:
        """Start to answer."""
        super().on_headers_complete()
        self._unread = -(1 << 62)  # a body follows, which has a limit of its own

    def on_message_complete(self) -> None:
        """Expect the next request."""
        super().on_message_complete()
        self._unread = self._head = 0

    def pause_writing(self) -> None:
        """Read nothing more of a client that does not read its answers."""
        super().pause_writing()
        self.flow.pause_reading()

    def resume_writing(self) -> None:
        """Read again."""
        super().resume_writing()
        self.flow.resume_reading()

    def send_400_response(self, msg: str) -> None:
        """Reject bytes that are no request."""
        if self._large:
            self._reject(http_error(431, "RequestHeaderSectionTooLargeException", "the headers are too large"))
        else:
            self._reject(http_error(400, "BadRequestException", "the request is not valid HTTP/1.1"))

    def _reject(self, response: HttpResponse) -> None:
        if self.transport.is_closing():
            return
        head = [f"HTTP/1.1 {response.status} Rejected", *(f"{name}: {value}" for name, value in response.headers)]
        head.append(f"content-length: {len(response.body)}")
        cycle: Any = self.cycle  # none before the first request
        if cycle is None or cycle.response_complete or not cycle.response_started:
            self.transport.write("\r\n".join([*head, "", ""]).encode("latin-1") + response.body)
        self.transport.close()


class DirectProtocol(BoundedProtocol):
    """The same, and a request is answered as soon as it was read, without a task of its own."""

    def on_message_begin(self) -> None:
        """Start to read a request."""
        self.url, self.headers, self.expect_100_continue, self._body = b"", [], False, bytearray()

    def on_headers_complete(self) -> None:
        """Let the client send the body."""
        if self.expect_100_continue:
            self.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        self._unread = -(1 << 62)  # a body follows, which has a limit of its own

    def on_body(self, body: bytes) -> None:
        """Read a part of the body."""
        if not self.transport.is_closing():
            self._body += body
            if len(self._body) > LARGEST_BODY:
                self._reject(
                    http_error(413, "RequestEntityTooLargeException", f"the body has more than {LARGEST_BODY} bytes")
                )

    def on_message_complete(self) -> None:
        """Answer the request, and expect the next one."""
        self._answer_now()
        self._unread = self._head = 0

    def _answer_now(self) -> None:
        if self.transport.is_closing():
            return
        url = self.url
        if not url.startswith(b"/"):
            parsed = httptools.parse_url(url)
            url = (parsed.path or b"/") + (b"?" + parsed.query if parsed.query else b"")
        path, mark, query = url.partition(b"#")[0].partition(b"?")
        target = path.decode("ascii") + (mark + query).decode("latin-1")
        headers = tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in self.headers)
        parser: Any = self.parser
        application: Any = self.config.app
        method: str = parser.get_method().decode("ascii")
        response: HttpResponse = application.answer(HttpRequest(method, target, headers, bytes(self._body)))
        keeps = parser.should_keep_alive() and parser.get_http_version() != "1.0"
        closes = not keeps or ("connection", "close") in response.headers
        self.transport.write(_bytes(response, closes, method != "HEAD"))
        if closes:
            self.transport.close()
        else:
            self._unset_keepalive_if_required()
            wait = self.timeout_keep_alive
            self.timeout_keep_alive_task = self.loop.call_later(wait, self.timeout_keep_alive_handler)
