"""``backup-slr explore``: walk through the lifecycle in a browser, or in the terminal."""

from __future__ import annotations

import sys
import threading
import webbrowser
from collections.abc import Iterator

from backup_slr.cli.endpoint_options import ExploreOptions
from backup_slr.cli.render import note, write
from backup_slr.errors import BadInput
from backup_slr.explorer.session import ExplorerSession
from backup_slr.explorer.terminal import TerminalExplorer


def explore(options: ExploreOptions) -> int:
    """Walk through the lifecycle in a browser, or in the terminal."""
    session = _session(options)  # a wrong link or account is a message before anything is served
    if options.text:
        TerminalExplorer(session, lambda line: write((line + "\n",), None)).run(_lines())
    else:
        _serve(options)
    return 0


def _session(options: ExploreOptions) -> ExplorerSession:
    session = ExplorerSession.of(options.model.role)
    if options.link is not None:
        opened = session.answer({"do": "open", "link": options.link})
        if "error" in opened:
            raise BadInput(opened["error"])
    return session


def _serve(options: ExploreOptions) -> None:
    from backup_slr.explorer.page_server import serve_page  # here, so that a missing library is a message

    def ready(address: str) -> None:
        note(f"the explorer is at {address}")
        note("Ctrl-C ends it" if options.no_browser else "it ends when its last tab is closed, or by Ctrl-C")
        if not options.no_browser:  # in a thread: some browsers return only when they are closed
            threading.Thread(target=_open, args=(address,), daemon=True).start()

    serve_page(lambda: _session(options), options.port, ready, until_closed=not options.no_browser)


def _open(address: str) -> None:
    try:
        opened = webbrowser.open(address)
    except (webbrowser.Error, OSError):
        opened = False
    if not opened:
        note("no browser was found: open the address in one")


def _lines() -> Iterator[str]:
    """The lines that the user types, each after a prompt if there is a terminal."""
    while True:
        if sys.stdin.isatty():
            print("> ", end="", flush=True)
        line = sys.stdin.readline()
        if not line:
            return
        yield line
