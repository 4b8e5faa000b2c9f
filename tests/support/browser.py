"""Chromium, driven by Playwright, and what axe finds in a page."""

from __future__ import annotations

from functools import cache
from shutil import which
from typing import Any

import pytest

from support.outside import JUDGES

CHROMIUM = which("chromium") or which("chromium-browser") or which("google-chrome")
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
]
needs_chromium = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on the PATH: apt-get install chromium")


@cache
def axe() -> str:
    """The script of axe-core."""
    return (JUDGES / "node_modules" / "axe-core" / "axe.min.js").read_text(encoding="utf-8")


def violations(page: Any) -> list[Any]:
    """The findings of axe."""
    page.evaluate(axe())
    found = page.evaluate("() => axe.run(document, {resultTypes: ['violations']})")
    return [(v["id"], v["impact"], v["nodes"][0]["html"][:200]) for v in found["violations"]]
