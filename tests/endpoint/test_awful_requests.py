"""Malformed requests of any kind have an AWS error as their answer, and leave the server as it was."""

from __future__ import annotations

import http.client
import io
import socket
from random import Random
from typing import Any
from urllib.parse import urlsplit

import pytest
from support import awful, slow, wire_values

from backup_slr.endpoint.server import serving
from backup_slr.endpoint.wire.messages import HttpRequest, HttpResponse, ServiceCall
from backup_slr.endpoint.wire.protocol import Wire

WIRE = Wire(wire_values.POOL)


def result(call: ServiceCall) -> dict[str, Any]:
    return {}


@pytest.mark.parametrize("seed", [0, *slow(*range(1, 25))])
def test_any_request_has_a_result_or_an_error_of_aws(seed: int, caplog: pytest.LogCaptureFixture) -> None:
    draw = Random(seed)
    for _ in range(1000):
        request = awful.request(draw)
        response = WIRE.answer(request, result)
        assert awful.complaint(response) == "", (request, response)
    assert caplog.records == []


class Reply(io.BytesIO):
    def makefile(self, *_: Any) -> Reply:
        return self


def sent(url: str, data: bytes) -> HttpResponse | None:
    """The first response to some bytes, after which nothing follows."""
    address = urlsplit(url)
    assert address.hostname is not None
    received = b""
    with socket.create_connection((address.hostname, address.port or 0), timeout=10) as made:
        try:
            made.sendall(data)
            made.shutdown(socket.SHUT_WR)
            while part := made.recv(1 << 16):
                received += part
        except ConnectionError:
            pass  # rejected before all was sent
    if not received or b"HEAD" in data[:20]:  # it has no body
        return None
    reply = http.client.HTTPResponse(Reply(received))  # type: ignore[arg-type]
    reply.begin()
    headers = tuple((name.lower(), value) for name, value in reply.getheaders())
    return HttpResponse(reply.status, headers, reply.read())


@pytest.mark.parametrize("seed", [0, *slow(*range(1, 10))])
def test_any_bytes_have_an_error_or_no_answer(seed: int, caplog: pytest.LogCaptureFixture) -> None:
    draw = Random(seed)
    answered = 0
    with serving(lambda request: WIRE.answer(request, result)) as url:
        for _ in range(300):
            data = awful.raw(draw, awful.request(draw))
            response = sent(url, data)
            if response is not None:
                answered += 1
                assert awful.complaint(response) == "", (data, response)
        assert whole_reply(url, WHOLE).status == 200
    assert answered > 50
    assert caplog.records == []


WHOLE = b"GET /?Action=GetCallerIdentity&Version=2011-06-15 HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n"


def whole_reply(url: str, data: bytes) -> HttpResponse:
    """The response to a whole request, after which the server closes the connection."""
    address = urlsplit(url)
    assert address.hostname is not None
    with socket.create_connection((address.hostname, address.port or 0), timeout=10) as made:
        made.sendall(data)
        reply = http.client.HTTPResponse(made)
        reply.begin()
        return HttpResponse(reply.status, tuple((n.lower(), v) for n, v in reply.getheaders()), reply.read())


HEAD = b"POST / HTTP/1.1\r\nhost: 127.0.0.1\r\n"


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"no http at all\r\n\r\n", 400),
        (HEAD + b"content-length: -1\r\n\r\n", 400),
        (HEAD + b"content-length: 1\r\ncontent-length: 2\r\n\r\n", 400),
        (HEAD + b"transfer-encoding: chunked\r\n\r\nzz\r\n", 400),
        (HEAD + b"x-long: " + b"x" * 70_000 + b"\r\n\r\n", 431),
        (HEAD + b"x: y\r\n" * 20_000 + b"\r\n", 431),
        (HEAD + b"x-endless: " + b"x" * 2_000_000, 431),
        (b"GET /" + b"x" * 70_000 + b" HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n", 431),
        (HEAD + b"content-length: 2000000\r\n\r\n" + b"x" * 2_000_000, 413),
        (HEAD + b"host: 127.0.0.1\r\n\r\n", 403),
        (b"POST / HTTP/1.1\r\n\r\n", 403),
        (b"CONNECT x:1 HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n", 400),
        ("GET /é HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n".encode(), 400),
    ],
)
def test_requests_that_are_too_large_or_no_http_are_rejected(data: bytes, status: int) -> None:
    reached: list[HttpRequest] = []

    def answer(request: HttpRequest) -> HttpResponse:
        reached.append(request)
        return HttpResponse(200)

    with serving(answer) as url:
        try:
            response = whole_reply(url, data)
        except ConnectionError:  # closed while more was sent
            assert status in (413, 431)
        else:
            assert response.status == status
            assert awful.complaint(response) == ""
    assert reached == []
