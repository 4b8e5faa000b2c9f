"""The explorer's page on loopback: its files, and a session for each tab, behind a secret in the address.

The address is ``http://127.0.0.1:PORT/SECRET/``. Everything is below the secret, so relative addresses have it, and a
program of another user, which can reach the port, cannot use it. Below it are the files of the page, and for each tab
``tab/ID`` (POST a request of the session, get its answer), ``tab/ID/cancel`` and ``tab/ID/close``.
"""

from __future__ import annotations

import ctypes
import json
import re
import secrets
import threading
from collections.abc import Callable
from contextlib import suppress
from hmac import compare_digest
from pathlib import Path
from types import FrameType
from typing import Any

from backup_slr.endpoint.server import listening, server_of, url_of
from backup_slr.endpoint.wire.messages import HttpRequest, HttpResponse
from backup_slr.explorer.page_files import PAGE, policy
from backup_slr.explorer.request_reading import request_in
from backup_slr.explorer.session import ExplorerSession

TYPES = {".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
MOST_TABS = 50
SECONDS_WITHOUT_TAB = 3.0
"""A reload closes a tab and opens another one within this time."""
TAB = re.compile(r"tab/([0-9a-f]{8,64})(?:/(cancel|close))?", re.ASCII)
FILE = re.compile(r"[a-z_]+\.[a-z]+", re.ASCII)
HEADERS = (
    ("cache-control", "no-store"),
    ("content-security-policy", policy("frame-ancestors 'none'")),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    ("referrer-policy", "no-referrer"),
    ("x-content-type-options", "nosniff"),
)


class SessionTab:
    """The session of one tab: it answers one request after the other, and a request that takes long can be canceled."""

    def __init__(self, session: ExplorerSession) -> None:
        self._session = session
        self._answering, self._state = threading.Lock(), threading.Lock()
        self._thread: int | None = None
        self._cancels = 0

    def answer(self, request: dict[str, Any]) -> dict[str, Any]:
        """Answer a request; one that is canceled changes nothing."""
        cancels = self._cancels
        with self._answering:
            undo = self._session.undoing()
            try:
                with self._state:
                    if cancels != self._cancels:  # while this request waited for another one
                        raise KeyboardInterrupt
                    self._thread = threading.get_ident()
                try:
                    return self._session.answer(request)
                finally:
                    with self._state:
                        self._thread = None
            except KeyboardInterrupt:
                undo()
                return {"error": "canceled", "canceled": True}

    def cancel(self) -> None:
        """End the search of the present request; searches end in the same way when Ctrl-C is pressed.

        Requests that wait for it are not answered either.
        """
        with self._state:
            self._cancels += 1
            if self._thread is not None:
                thread, error = ctypes.c_ulong(self._thread), ctypes.py_object(KeyboardInterrupt)
                ctypes.pythonapi.PyThreadState_SetAsyncExc(thread, error)
                self._thread = None  # a second one would reach the thread after this request


class PageServer:
    """Answers the requests of the page.

    Parameters
    ----------
    make
        Makes the session of a new tab.
    closed
        Called when the last tab has been closed for some seconds.

    Examples
    --------
    >>> server = PageServer(ExplorerSession)
    >>> server.answer(HttpRequest("GET", f"/{server.secret}/", (), b"")).status
    200
    >>> server.answer(HttpRequest("GET", "/wrong/", (), b"")).status
    403
    """

    def __init__(self, make: Callable[[], ExplorerSession], closed: Callable[[], None] = lambda: None) -> None:
        self.secret = secrets.token_urlsafe(24)
        self._make, self._closed = make, closed
        self._tabs: dict[str, SessionTab] = {}
        self._changing = threading.Lock()

    def answer(self, request: HttpRequest) -> HttpResponse:
        """Answer a request of a browser."""
        _, secret, path = ["", *request.target.partition("?")[0].lstrip("/").split("/", 1), ""][:3]
        if not compare_digest(secret.encode(), self.secret.encode()):
            return _failure(403, "this is not the address that 'backup-slr explore' printed: its secret is missing")
        tab = TAB.fullmatch(path)
        if tab and request.method == "POST":
            return self._tab(tab[1], tab[2], request.body)
        if request.method == "GET" and not path:
            if not request.target.partition("?")[0].endswith("/"):
                return HttpResponse(308, (("location", f"/{self.secret}/"), *HEADERS), b"")
            return _file("index.html")
        if request.method == "GET" and FILE.fullmatch(path) and (PAGE / path).is_file():
            return _file(path)
        return _failure(404, "the explorer has no such page")

    def _tab(self, name: str, what: str | None, body: bytes) -> HttpResponse:
        if what == "close":
            with self._changing:
                tab = self._tabs.pop(name, None)
            if tab is not None:
                tab.cancel()
            timer = threading.Timer(SECONDS_WITHOUT_TAB, self._end_if_closed)
            timer.daemon = True
            timer.start()
            return HttpResponse(204, HEADERS, b"")
        if what == "cancel":
            if (tab := self._tabs.get(name)) is not None:
                tab.cancel()
            return HttpResponse(204, HEADERS, b"")
        given = request_in(body)
        if given is None:
            return _failure(400, "the body of a request is a JSON object")
        with self._changing:
            if name not in self._tabs:
                if len(self._tabs) >= MOST_TABS:
                    return _failure(503, f"{MOST_TABS} tabs are open; close some of them")
                self._tabs[name] = SessionTab(self._make())
            tab = self._tabs[name]
        return _json(200, tab.answer(given))

    def cancel(self) -> None:
        """Cancel what all tabs are searching."""
        for tab in list(self._tabs.values()):
            tab.cancel()

    def _end_if_closed(self) -> None:
        if not self._tabs:
            self._closed()


def _file(name: str) -> HttpResponse:
    kind = f"{TYPES.get(Path(name).suffix, 'application/octet-stream')}; charset=utf-8"
    return HttpResponse(200, (("content-type", kind), *HEADERS), (PAGE / name).read_bytes())


def _json(status: int, content: dict[str, Any]) -> HttpResponse:
    return HttpResponse(status, (("content-type", "application/json"), *HEADERS), json.dumps(content).encode())


def _failure(status: int, message: str) -> HttpResponse:
    return _json(status, {"error": message})


def serve_page(
    make: Callable[[], ExplorerSession], port: int, ready: Callable[[str], None], until_closed: bool = True
) -> None:
    """Serve the page until Ctrl-C, or until its last tab is closed.

    Parameters
    ----------
    make
        Makes the session of a new tab.
    port
        0 takes a free one.
    ready
        Called with the address, which has the secret, as soon as connections are accepted.
    until_closed
        End when the last tab is closed, too.

    Raises
    ------
    BadInput
        If the port cannot be used.
    """
    pages = PageServer(make, lambda: setattr(server, "should_exit", until_closed))
    server = server_of(pages.answer, threaded=True)
    exits = server.handle_exit

    def exit_soon(sig: int, frame: FrameType | None) -> None:
        pages.cancel()  # the server ends when all requests are answered
        exits(sig, frame)

    server.handle_exit = exit_soon
    made = listening(port=port)
    with made, suppress(KeyboardInterrupt):
        ready(f"{url_of(made)}/{pages.secret}/")
        server.run(sockets=[made])
