"""``backup-slr explore``: walk through the lifecycle in the terminal."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from backup_slr.cli.endpoint_options import ExploreOptions
from backup_slr.cli.render import write
from backup_slr.errors import BadInput
from backup_slr.explorer.session import ExplorerSession
from backup_slr.explorer.terminal import TerminalExplorer


def explore(options: ExploreOptions) -> int:
    """Walk through the lifecycle in the terminal."""
    session = ExplorerSession.of(options.model.role)
    if options.link is not None:
        opened = session.answer({"do": "open", "link": options.link})
        if "error" in opened:
            raise BadInput(opened["error"])
    TerminalExplorer(session, lambda line: write((line + "\n",), None)).run(_lines())
    return 0


def _lines() -> Iterator[str]:
    """The lines that the user types, each after a prompt if there is a terminal."""
    while True:
        if sys.stdin.isatty():
            print("> ", end="", flush=True)
        line = sys.stdin.readline()
        if not line:
            return
        yield line
