"""A picture as PNG: the SVG for one theme, drawn by resvg with a typeface that comes along if it is installed."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from backup_slr.errors import MissingTool

ZOOM = 2.0
"""Pixels for each unit of the SVG."""


def png_bytes(svg: str) -> bytes:
    """The PNG of an SVG whose colours are settled.

    Raises
    ------
    MissingTool
        When resvg is not installed.
    """
    if find_spec("resvg_py") is None:
        raise MissingTool("no PNG without resvg: pip install backup-slr[png]")
    import resvg_py

    fonts = find_spec("font_roboto")
    folders = [str(Path(fonts.origin).parent / "files")] if fonts is not None and fonts.origin else None
    return bytes(resvg_py.svg_to_bytes(svg_string=svg, zoom=ZOOM, font_dirs=folders, skip_system_fonts=bool(folders)))
