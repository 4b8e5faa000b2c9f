"""``backup-slr explore``: walk through the lifecycle in a browser, or in the terminal."""

from __future__ import annotations

import sys
import threading
import webbrowser
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from shlex import quote

from backup_slr.cli.bounds import go_on
from backup_slr.cli.endpoint_options import ExploreOptions
from backup_slr.cli.parameters import UsageError
from backup_slr.cli.render import note, write
from backup_slr.errors import BadInput, MissingTool
from backup_slr.explorer.session import ExplorerSession
from backup_slr.explorer.terminal import TerminalExplorer
from backup_slr.scenario.examples import example
from backup_slr.scenario.toml_source import STDIN, read


def explore(options: ExploreOptions) -> int:
    """Walk through the lifecycle in a browser, or in the terminal."""
    session = session_of(options)  # a wrong link or account is a message before anything is served
    if options.site is not None or options.pyodide is not None:
        _write_site(options, session)
    elif options.text:
        TerminalExplorer(session, lambda line: write((line + "\n",), None), go_on).run(_lines())
    else:
        _serve(options)
    return 0


def session_of(options: ExploreOptions) -> ExplorerSession:
    """The session that a command line describes; raises BadInput when its link or trace cannot be opened."""
    session = ExplorerSession.of(options.model.role, options.model.before_extensions)
    request = _opening(options)
    if request is not None:
        opened = session.answer(request)
        if "error" in opened:
            raise BadInput(opened["error"])
        if "warning" in opened:
            note(opened["warning"])
    return session


def _opening(options: ExploreOptions) -> dict[str, str] | None:
    """The request that opens the walk of a link or a file."""
    if options.link is not None and options.trace is not None:
        raise UsageError("--link and --trace: each names a walk; leave one out")
    if options.trace == STDIN and options.text:
        raise UsageError("--trace -: the terminal reads requests from standard input; name a file")
    if options.trace is not None:
        return {"do": "open", "text": _text(options.trace), "name": options.trace}
    return None if options.link is None else {"do": "open", "link": options.link}


@cache
def _text(file: str) -> str:
    """The text of a file, which is read once: each tab of the page opens it, and it may be standard input."""
    return read(example(Path(file)), "trace")


def _write_site(options: ExploreOptions, session: ExplorerSession) -> None:
    if options.site is None or options.pyodide is None:
        missing = "--site DIR" if options.site is None else "--pyodide URL|DIR"
        raise UsageError(f"a static site needs both --site and --pyodide: add {missing}")
    from backup_slr.explorer.static_site import write_site

    for text in write_site(Path(options.site), options.pyodide, session):
        note(text)
    shown = quote(options.site)
    note(f"the site is in {shown}; any web server can serve it, such as 'python -m http.server -d {shown}'")


def _serve(options: ExploreOptions) -> None:
    try:
        from backup_slr.explorer.page_server import serve_page  # here, so that a missing library is a message
    except MissingTool as error:
        raise MissingTool(f"{error}; --text needs neither") from None

    def ready(address: str) -> None:
        note(f"the explorer is at {address}")
        note("Ctrl-C ends it" if options.no_browser else "it ends when its last tab is closed, or by Ctrl-C")
        if not options.no_browser:  # in a thread: some browsers return only when they are closed
            threading.Thread(target=_open, args=(address,), daemon=True).start()

    serve_page(lambda: session_of(options), options.port, ready, until_closed=not options.no_browser)


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
