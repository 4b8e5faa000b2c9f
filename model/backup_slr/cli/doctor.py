"""``backup-slr doctor``: show which tools are installed, in which version, and how to install the others."""

from __future__ import annotations

import platform
from collections.abc import Iterable, Iterator
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path
from shutil import which
from typing import Any

from backup_slr.api.answers import Answer
from backup_slr.cli.command_options import DoctorOptions
from backup_slr.diagram.svg.renderers import Renderer, renderers
from backup_slr.engine.export.tla import TLC
from backup_slr.errors import install, install_system
from backup_slr.version import __version__

USES = {
    "wasi": "draws SVG (Graphviz as WebAssembly)",
    "dot": "draws SVG (Graphviz as a program)",
    "png": "converts SVG to PNG",
    "z3": "proves properties (prove, diff, mutate)",
    "matplotlib": "draws the plots of 'run'",
    "boto3": "reads an account (collect)",
    "dask": "distributes 'run' over machines",
    "hypothesis": "tests implementations against the model (backup_slr.testing)",
    "spin": "checks exported models (export promela --check)",
    "tlc": f"checks exported modules (export tla -o MODULE.tla, then {TLC})",
    "git": "reads the revisions for 'diff'",
}
JAR = Path("tla2tools.jar")
"""TLC, in the current folder, where the command expects it."""
INSTALL_TLC = f"{JAR} from https://github.com/tlaplus/tlaplus/releases, and Java"
LIBRARIES = {
    "z3": ("z3", "z3-solver", ""),
    "matplotlib": ("matplotlib", "matplotlib", "plots"),
    "boto3": ("boto3", "boto3", "aws"),
    "dask": ("distributed", "distributed", "dask"),
    "hypothesis": ("hypothesis", "hypothesis", "testing"),
}
"""By name: the module, the distribution, and the extra, if the library is not required."""


def tools() -> Iterator[Renderer]:
    """Iterate over all tools, installed or not."""
    yield from renderers()
    for name, (module, distribution, extra) in LIBRARIES.items():
        version = f"{distribution} {metadata.version(distribution)}" if find_spec(module) else None
        yield Renderer(name, version, install(extra, distribution))
    yield Renderer("spin", which("spin"), install_system("spin"))
    yield Renderer("tlc", which("tlc") or (str(JAR) if which("java") and JAR.is_file() else None), INSTALL_TLC)
    yield Renderer("git", which("git"), install_system("git"))


def doctor(options: DoctorOptions) -> Answer:
    """List the tools; a missing tool is not an error."""
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
        state = tool.version or (f"does not work: {tool.broken}" if tool.broken else "missing")
        yield f"{'ok' if tool.version else '--'} {tool.name:<10} {USES[tool.name]}: {state}"
        if not tool.version:
            yield f"   {'':<10} install: {tool.how}"
