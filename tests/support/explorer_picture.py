"""The screenshot of the explorer for the README: ``PYTHONPATH=tests .venv/bin/python -m support.explorer_picture``.

It needs Chromium, and Pillow, which matplotlib brings: 256 colors make the file half as large.
"""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

from backup_slr.endpoint.server import serving
from backup_slr.explorer.page_server import PageServer
from backup_slr.explorer.session import ExplorerSession
from support.browser import CHROMIUM, QUIET

PICTURE = Path(__file__).parents[2] / "diagrams" / "explorer.png"
COLORS, SIZE = 256, {"width": 1400, "height": 900}


def screenshot() -> bytes:
    """The page after the tour opened the finding: the failed step, its clause, and why the role remains."""
    pages = PageServer(ExplorerSession)
    with serving(pages.answer, threaded=True) as url, sync_playwright() as found:
        browser = found.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        page = browser.new_page(viewport=SIZE, color_scheme="light")
        page.goto(f"{url}/{pages.secret}/")
        for _ in range(4):
            page.get_by_role("button", name="Next").click()
        page.get_by_role("button", name="Open the trap").click()
        page.locator("#why-content .outcome .failed").wait_for()
        page.wait_for_timeout(5000)  # until the message of the last step has faded
        taken = page.screenshot()
        browser.close()
    return taken


if __name__ == "__main__":
    image = Image.open(BytesIO(screenshot())).convert("RGB")
    image.quantize(COLORS, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE).save(PICTURE, optimize=True)
    print(f"{PICTURE}: {PICTURE.stat().st_size:,} bytes")
