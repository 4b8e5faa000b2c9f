"""``backup-slr doctor``: which optional tools are there, in which version, and how to get the others."""

from __future__ import annotations

import argparse
import platform

from backup_slr.cli.output import write_json, write_lines
from backup_slr.diagram.engines import renderers
from backup_slr.version import __version__

USES = {
    "wasi": "draws SVG (Graphviz as WebAssembly)",
    "dot": "draws SVG (Graphviz as a program)",
    "png": "turns SVG into PNG",
}


def doctor(args: argparse.Namespace) -> int:
    """List the tools; the exit code is 0 whatever is missing, for nothing is wrong with that."""
    tools = list(renderers())
    if args.json:
        found = [{"name": t.name, "use": USES[t.name], "version": t.version, "how": t.how} for t in tools]
        document = {"version": __version__, "python": platform.python_version(), "tools": found}
        write_json({"schema_version": 1, **document}, args.output)
        return 0
    lines = [f"backup-slr {__version__}, Python {platform.python_version()}", ""]
    for tool in tools:
        state = tool.version or "not there"
        lines.append(f"{'ok' if tool.version else '--'} {tool.name:<6} {USES[tool.name]}: {state}")
        if not tool.version:
            lines.append(f"   {'':<6} to get it: {tool.how}")
    write_lines(lines, args.output)
    return 0
