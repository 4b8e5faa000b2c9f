"""``backup-slr doctor``: which optional tools are there, in which version, and how to get the others."""

from __future__ import annotations

import platform
from collections.abc import Iterable, Iterator
from importlib import metadata
from importlib.util import find_spec
from shutil import which
from typing import Any

from backup_slr.api.answers import Answer
from backup_slr.cli.command_options import DoctorOptions
from backup_slr.diagram.svg.renderers import Renderer, renderers
from backup_slr.errors import install
from backup_slr.version import __version__

USES = {
    "wasi": "draws SVG (Graphviz as WebAssembly)",
    "dot": "draws SVG (Graphviz as a program)",
    "png": "turns SVG into PNG",
    "z3": "proves (prove, mutate)",
    "matplotlib": "draws the plots of run",
    "dask": "spreads run over machines",
    "hypothesis": "drives implementations beside the model (backup_slr.testing)",
    "spin": "judges what export writes for it (export promela --check)",
    "git": "finds the revisions that diff compares",
}
LIBRARIES = {
    "z3": ("z3", "z3-solver", "prove"),
    "matplotlib": ("matplotlib", "matplotlib", "plots"),
    "dask": ("distributed", "distributed", "dask"),
    "hypothesis": ("hypothesis", "hypothesis", "testing"),
}
"""By name: the module, the distribution, the extra that brings it."""


def tools() -> Iterator[Renderer]:
    """Every optional tool, whether it is there or not."""
    yield from renderers()
    for name, (module, distribution, extra) in LIBRARIES.items():
        version = f"{distribution} {metadata.version(distribution)}" if find_spec(module) else None
        yield Renderer(name, version, install(extra))
    for name in ("spin", "git"):
        yield Renderer(name, which(name), f"install {name} with the package manager of your system")


def doctor(options: DoctorOptions) -> Answer:
    """List the tools; the exit code is 0 whatever is missing, for nothing is wrong with that."""
    found = list(tools())
    return Answer(lambda: _lines(found), lambda: _document(found))


def _document(found: Iterable[Renderer]) -> dict[str, Any]:
    return {
        "schema_version": 1,
        "version": __version__,
        "python": platform.python_version(),
        "tools": [
            {"name": t.name, "use": USES[t.name], "version": t.version, "broken": t.broken or None, "how": t.how}
            for t in found
        ],
    }


def _lines(found: Iterable[Renderer]) -> Iterator[str]:
    yield f"backup-slr {__version__}, Python {platform.python_version()}"
    yield ""
    for tool in found:
        state = tool.version or (f"does not work: {tool.broken}" if tool.broken else "not there")
        yield f"{'ok' if tool.version else '--'} {tool.name:<10} {USES[tool.name]}: {state}"
        if not tool.version:
            yield f"   {'':<10} to get it: {tool.how}"
