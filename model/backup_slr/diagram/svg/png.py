"""Render an SVG of one theme as PNG with resvg, with the bundled typeface if it is installed."""

from __future__ import annotations

import re
from importlib.util import find_spec
from pathlib import Path

from backup_slr.errors import MissingTool, install

ZOOM = 2.0
"""Pixels for each unit of the SVG."""
MOST_PIXELS = 100_000_000
"""A larger picture takes too long, and hardly anything shows it."""
WESTERN = re.compile(r"[\x00-\u024f\u0370-\u052f\u2010-\u2027\u2030-\u205e]*")
"""What the typeface that comes along has signs for: Latin, Greek, Cyrillic, and their punctuation."""


class TooLarge(Exception):
    """A picture of more pixels than `MOST_PIXELS`; the message says how large it would be."""


def png_bytes(svg: str) -> bytes:
    """The PNG of an SVG whose colours are settled.

    Raises
    ------
    MissingTool
        When resvg is not installed, or does not work.
    TooLarge
        When it would have too many pixels even if each unit were one.
    """
    if find_spec("resvg_py") is None:
        raise MissingTool(f"no PNG without resvg: {install('png')}")
    zoom = _zoom(svg)
    fonts = find_spec("font_roboto")
    folders = [str(Path(fonts.origin).parent / "files")] if fonts is not None and fonts.origin else None
    # With the typeface that comes along a picture looks alike everywhere; for other scripts we need what is there.
    alone = bool(folders) and WESTERN.fullmatch(svg) is not None
    try:
        import resvg_py

        return bytes(resvg_py.svg_to_bytes(svg_string=svg, zoom=zoom, font_dirs=folders, skip_system_fonts=alone))
    except Exception as error:
        said = (str(error).strip().splitlines() or [type(error).__name__])[-1]
        raise MissingTool(f"resvg cannot draw this ({said}): take SVG, or {install('png')} --force-reinstall") from None


def _zoom(svg: str) -> float:
    """As many pixels for each unit as the picture bears."""
    found = re.search(r'<svg [^>]*?width="([\d.]+)" height="([\d.]+)"', svg)
    width, height = (float(v) for v in found.groups()) if found else (1.0, 1.0)
    for zoom in (ZOOM, 1.0):
        if width * height * zoom * zoom <= MOST_PIXELS:
            return zoom
    raise TooLarge(f"as PNG it would be {width:,.0f} x {height:,.0f} pixels, which is too much: take SVG")
