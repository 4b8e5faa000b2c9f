"""Serve requests on a port of loopback: ASGI on uvicorn, with the parser of httptools.

The connections are for clients on this machine. A request whose ``Host`` is not loopback, or that a browser sends for
another site, is refused: a web page must not reach an endpoint, whatever its name resolves to.
"""

from __future__ import annotations

import asyncio
import errno
import ipaddress
import logging
import re
import socket
import threading
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from typing import Any

from backup_slr.endpoint.wire.messages import HttpRequest, HttpResponse
from backup_slr.errors import BadInput, MissingTool, install, quoted

try:
    import uvicorn

    from backup_slr.endpoint.bounded_protocol import (
        CONNECTIONS,
        LARGEST_BODY,
        BoundedProtocol,
        DirectProtocol,
        http_error,
    )
except ImportError:
    raise MissingTool(f"serving needs uvicorn and httptools: {install('serve')}") from None

LOG = logging.getLogger("backup_slr.endpoint")
Answer = Callable[[HttpRequest], HttpResponse]
HOST = re.compile(r"(127\.0\.0\.1|localhost|\[::1\])(:[0-9]{1,5})?", re.ASCII | re.IGNORECASE)
SAME_SITE = ("same-origin", "none")


def refusal(headers: Iterable[tuple[str, str]]) -> str:
    """Return why a request must not be answered; empty if it may be.

    Parameters
    ----------
    headers
        With names in lower case.

    Examples
    --------
    >>> refusal([("host", "127.0.0.1:8000")])
    ''
    >>> refusal([("host", "example.com")])
    "the Host header must name loopback, not 'example.com'"
    """
    hosts = [value for name, value in headers if name == "host"]
    if len(hosts) != 1:
        return "exactly one Host header is required"
    if not HOST.fullmatch(hosts[0]):
        return f"the Host header must name loopback, not {quoted(hosts[0])}"
    for name, value in headers:
        if name == "origin" and value.lower() != f"http://{hosts[0].lower()}":
            return f"requests for another site are refused: Origin {quoted(value)}"
        if name == "sec-fetch-site" and value.lower() not in SAME_SITE:
            return f"requests for another site are refused: Sec-Fetch-Site {quoted(value)}"
    return ""


class Application:
    """The ASGI application: it collects a request, refuses what is too large or foreign, and answers.

    It is run as such if its answers may take long: it calls `answer` in other threads. Otherwise the protocol calls
    `answer` with one request at a time, in the thread of the server, which takes half the time.
    """

    def __init__(self, answer: Answer) -> None:
        self._answer = answer
        # One for each connection: a request that cancels long ones must not wait for one of their threads.
        self._threads = ThreadPoolExecutor(CONNECTIONS)

    async def __call__(self, scope: dict[str, Any], receive: Callable[[], Any], send: Callable[[Any], Any]) -> None:
        """Answer one request."""
        headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"]]
        response = await self._respond(scope, headers, receive)
        if response is None:
            return  # the client closed the connection
        sent = [(name.encode("latin-1"), value.encode("latin-1", "replace")) for name, value in response.headers]
        if response.status != 204:
            sent.append((b"content-length", str(len(response.body)).encode()))
        await send({"type": "http.response.start", "status": response.status, "headers": sent})
        await send({"type": "http.response.body", "body": response.body})

    def answer(self, request: HttpRequest) -> HttpResponse:
        """The answer to a request that was read completely."""
        refused = refusal(request.headers)
        if refused:
            return http_error(403, "AccessDeniedException", refused)
        try:
            return self._answer(request)
        except Exception:
            LOG.exception("the answer to a request failed")
            return http_error(500, "InternalFailure", "the server failed; its log says why")

    async def _respond(
        self, scope: dict[str, Any], headers: list[tuple[str, str]], receive: Callable[[], Any]
    ) -> HttpResponse | None:
        refused = refusal(headers)
        if refused:
            return http_error(403, "AccessDeniedException", refused)
        body = b""
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                return None
            body += message.get("body", b"")
            if len(body) > LARGEST_BODY:
                return http_error(413, "RequestEntityTooLargeException", f"the body has more than {LARGEST_BODY} bytes")
            if not message.get("more_body"):
                break
        target = scope["raw_path"].decode("latin-1")
        query = scope["query_string"].decode("latin-1")
        request = HttpRequest(scope["method"], f"{target}?{query}" if query else target, tuple(headers), body)
        return await asyncio.get_running_loop().run_in_executor(self._threads, self.answer, request)


def listening(host: str = "127.0.0.1", port: int = 0) -> socket.socket:
    """Return a socket that listens on loopback.

    Parameters
    ----------
    host
        ``127.0.0.1``, ``::1`` or ``localhost``.
    port
        0 takes a free one.

    Raises
    ------
    BadInput
        If the host is not loopback, or the port cannot be used.
    """
    address = "127.0.0.1" if host == "localhost" else host
    with suppress(ValueError):
        if not 0 <= port < 1 << 16:
            raise BadInput(f"the port is a number from 0 to 65535, not {port}")
        if ipaddress.ip_address(address).is_loopback:
            family = socket.AF_INET6 if ":" in address else socket.AF_INET
            try:
                return _bound(family, address, port)
            except OSError as error:
                raise BadInput(_why_not(error, host, port)) from None
    raise BadInput(f"only loopback is served: 127.0.0.1 or ::1, not {quoted(host)}")


def _bound(family: int, address: str, port: int) -> socket.socket:
    # asyncio sends small packets at once only if the protocol is named.
    made = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind((address, port))
        made.listen(128)
    except OSError:
        made.close()
        raise
    return made


def _why_not(error: OSError, host: str, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"port {port} of {host} is in use; choose another one, or 0 for any that is free"
    return f"port {port} of {host} cannot be used: {error.strerror}"


def url_of(made: socket.socket) -> str:
    """Return the URL of a socket that listens."""
    host, port = made.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def server_of(answer: Answer, threaded: bool = False) -> uvicorn.Server:
    """Return a server that can be run with the sockets of `listening`.

    If it is `threaded`, a long answer delays no other one.
    """
    config = uvicorn.Config(
        Application(answer),
        http=BoundedProtocol if threaded else DirectProtocol,
        ws="none",
        loop="asyncio",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=False,
        log_level="critical",
        timeout_graceful_shutdown=1,
    )
    return uvicorn.Server(config)


def serve(answer: Answer, host: str = "127.0.0.1", port: int = 0, ready: Callable[[str], None] = print) -> None:
    """Serve until Ctrl-C.

    Parameters
    ----------
    answer
        Turns a request into a response, and never raises.
    host, port
        See `listening`.
    ready
        Called with the URL as soon as connections are accepted.
    """
    made = listening(host, port)
    with made, suppress(KeyboardInterrupt):
        ready(url_of(made))
        server_of(answer).run(sockets=[made])


@contextmanager
def serving(answer: Answer, host: str = "127.0.0.1", port: int = 0, threaded: bool = False) -> Generator[str]:
    """Serve from a thread while the context lasts; it has the URL.

    Parameters
    ----------
    answer
        Turns a request into a response, and never raises.
    host, port
        See `listening`.
    threaded
        See `server_of`.

    Examples
    --------
    >>> from urllib.request import urlopen
    >>> with serving(lambda request: HttpResponse(200, (), request.target.encode())) as url:
    ...     urlopen(f"{url}/a%2Fb").read()
    b'/a%2Fb'
    """
    made = listening(host, port)
    server = server_of(answer, threaded)
    thread = threading.Thread(target=lambda: asyncio.run(server.serve(sockets=[made])), daemon=True)
    with made:
        thread.start()
        try:
            yield url_of(made)
        finally:
            server.should_exit = True
            thread.join()
