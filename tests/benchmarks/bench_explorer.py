"""Measure the explorer: ``python tests/benchmarks/bench_explorer.py``.

The session in processor seconds; the page, if Chromium and Playwright are installed, in seconds of a clock; and the
static site, if `tests/judges` has Pyodide (``npm ci --prefix tests/judges``).
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from shutil import which
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from backup_slr.endpoint.server import serving
from backup_slr.explorer.page_server import PageServer
from backup_slr.explorer.session import ExplorerSession
from backup_slr.explorer.static_site import write_site

PYODIDE = Path(__file__).parents[1] / "judges" / "node_modules" / "pyodide"
STEP = {"do": "step", "action": "list_resources"}
PATH = {"do": "ask", "expression": "role == absent and cross_account"}
LARGE = {f"us-east-1/vault-{number}": 1 for number in range(100)}
PAINT = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime"
SHOWN = """() => new Promise((resolve) => {
  const began = performance.now();
  const list = document.querySelector("#steps"), before = list.childElementCount;
  const done = () => list.childElementCount > before && resolve(performance.now() - began);
  new MutationObserver(done).observe(list, {childList: true});
  document.querySelector("#action-list .act").click();
})"""


def processor(act: Callable[[], Any], times: int = 9) -> float:
    """The median of processor seconds."""
    found: list[float] = []
    for _ in range(times):
        began = time.process_time()
        act()
        found.append(time.process_time() - began)
    return median(found)


def line(what: str, seconds: float, goal: float) -> None:
    """Print a figure next to its goal."""
    print(f"{what}: {1000 * seconds:.0f} ms (goal {1000 * goal:.0f} ms)")


def session() -> None:
    """Print the figures of the session."""
    made = ExplorerSession()
    line("a step, new account", processor(lambda: made.answer(STEP)), 0.05)
    for _ in range(300):
        made.answer(STEP)
    line("a step after 300 others", processor(lambda: made.answer({**STEP, "after": made.viewed[0]})), 0.05)
    large = ExplorerSession()
    large.answer({"do": "new", "account": {"role": "present", "vaults": LARGE}})
    line("a step, 100 vaults", processor(lambda: large.answer(STEP), 3), 0.5)
    line("the way to an expression, new account", processor(lambda: ExplorerSession().answer(PATH)), 1.0)
    made.answer({"do": "picture", "kind": "lifecycle"})
    line(
        "the picture of the lifecycle, again",
        processor(lambda: made.answer({"do": "picture", "kind": "lifecycle"})),
        0.1,
    )


def page() -> None:
    """Print the figures of the page in a browser."""
    from playwright.sync_api import sync_playwright

    pages = PageServer(ExplorerSession)
    with serving(pages.answer, threaded=True) as url, sync_playwright() as found:
        browser = found.chromium.launch(executable_path=which("chromium"), args=["--no-sandbox"])
        paints: list[float] = []
        usable: list[float] = []
        steps: list[float] = []
        for _ in range(5):
            opened = browser.new_context().new_page()
            opened.add_init_script("localStorage.setItem('explorer-tour-seen', 'yes')")
            opened.goto(f"{url}/{pages.secret}/")
            opened.wait_for_selector("#steps button")
            usable.append(opened.evaluate("performance.now()"))
            paints.append(opened.evaluate(PAINT))
            steps += [opened.evaluate(SHOWN) for _ in range(3)]
            opened.context.close()
        browser.close()
    line("first paint", median(paints) / 1000, 0.5)
    line("actions are shown", median(usable) / 1000, 1.0)
    line("a step, from the click to the page", median(steps) / 1000, 0.05)


class SiteHandler(SimpleHTTPRequestHandler):
    """A plain web server."""

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


def site() -> None:
    """Print how long the static site takes from the address to the first view."""
    from playwright.sync_api import sync_playwright

    if not PYODIDE.is_dir():
        print("the static site was not measured: npm ci --prefix tests/judges")
        return
    with TemporaryDirectory() as folder, TemporaryDirectory() as profile, sync_playwright() as found:
        list(write_site(Path(folder), str(PYODIDE), ExplorerSession()))
        # As if it was published yesterday: a browser asks again for files that were written a moment ago.
        for file in Path(folder).rglob("*"):
            os.utime(file, (time.time() - 86400,) * 2)
        server = ThreadingHTTPServer(("127.0.0.1", 0), partial(SiteHandler, directory=folder))
        threading.Thread(target=server.serve_forever, daemon=True).start()
        browser = found.chromium.launch_persistent_context(
            profile, executable_path=which("chromium"), args=["--no-sandbox"]
        )
        times: list[float] = []
        for _ in range(4):
            opened, began = browser.new_page(), time.perf_counter()
            opened.goto(f"http://127.0.0.1:{server.server_address[1]}/")
            opened.wait_for_selector("#steps button")
            times.append(time.perf_counter() - began)
            opened.close()
        browser.close()
        server.shutdown()
    line("the static site without a cache", times[0], 6.0)
    line("the static site with a warm cache", median(times[1:]), 6.0)


def main() -> None:
    """Print all figures."""
    session()
    try:
        page()
        site()
    except ImportError:
        print("the page was not measured: pip install playwright, apt-get install chromium")


if __name__ == "__main__":
    main()
