"""The same random walk through native Python, the server and the worker: every answer is the same."""

from __future__ import annotations

import functools
import http.server
import json
import random
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, ClassVar

import pytest
from support import slow
from support.browser import CHROMIUM, QUIET, needs_chromium
from support.outside import JUDGES, needs_npm

from backup_slr.endpoint.wire.messages import HttpRequest
from backup_slr.explorer.page_server import PageServer
from backup_slr.explorer.session import ExplorerSession
from backup_slr.explorer.static_site import write_site

Document = dict[str, Any]
HOSTILE = "<script>alert(1)</script>\u202eabc&" + "x" * 10_000
ELSEWHERE: list[Document] = [
    *({"do": "undo"}, {"do": "redo"}, {"do": "fork"}, {"do": "branch", "number": 0}, {"do": "compare", "number": 0}),
    *({"do": "copy", "format": form} for form in ("scenario", "pytest", "cli", "markdown", "mermaid", "pdf")),
    *({"do": "rules"}, {"do": "link"}, {"do": "menu"}, {"do": "picture", "kind": "sequence"}),
    {"do": "load", "id": "broken/role-is-deleted-before-its-vault.toml"},
    {"do": "load", "id": "the-last-visit-must-precede-the-cli-step.toml"},
    {"do": "picture", "kind": "lifecycle"},
    {"do": "what-if", "rules": {"assume": {"usage-check": "at-submit"}}},
    {"do": "what-if", "rules": {"extensions": ["vault-lock"]}, "keep": True},
    {"do": "ask", "expression": "role == absent and not any(vault)", "states": 20_000},
    {"do": "unblock", "action": "delete_service_linked_role"},
    {"do": "new", "account": {"role": "present", "vaults": {f"us-east-1/{HOSTILE}": 2}}},
    {"do": "path", "expression": "role ="},
    {"do": "open", "link": "1.abc.damaged"},
    {"do": "open", "text": "{}", "name": HOSTILE} | {"link": 3, "text": '{"schema_version": 1}'},
    {"do": HOSTILE},
]


def walk(seed: int, length: int) -> tuple[list[Document], list[Document]]:
    """Random requests, and the answers of native Python."""
    chance, session = random.Random(seed), ExplorerSession()
    requests, answers = list[Document](), list[Document]()
    view = session.answer({"do": "view"})
    others = chance.sample(ELSEWHERE, len(ELSEWHERE))
    for _ in range(length):
        action = chance.choice(view["actions"])
        step: Document = {"do": "step", "action": action["action"], "place": action["place"], "inputs": action["given"]}
        for request in (step, *([others.pop()] if others else [])):
            requests.append(request)
            answers.append(json.loads(json.dumps(session.answer(request))))
        view = session.answer({"do": "view"})
    return requests, answers


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("hosts") / "site"
    list(write_site(folder, str(JUDGES / "node_modules" / "pyodide"), ExplorerSession()))
    return folder


def by_server(requests: list[Document]) -> list[Document]:
    pages = PageServer(ExplorerSession)
    target = f"/{pages.secret}/tab/{'a' * 32}"
    sent = (HttpRequest("POST", target, (), json.dumps(request).encode()) for request in requests)
    return [json.loads(pages.answer(one).body) for one in sent]


def compared(requests: list[Document], native: list[Document], other: list[Document]) -> None:
    assert len(native) == len(other)
    for request, here, there in zip(requests, native, other, strict=True):
        assert here == there, str(request)[:300]


@pytest.mark.parametrize("seed", [1, *slow(2)])
def test_the_server_answers_as_native_python(seed: int) -> None:
    requests, native = walk(seed, 30)
    assert sum("error" in one for one in native) >= 4
    compared(requests, native, by_server(requests))


@needs_npm("pyodide")
@pytest.mark.slow
def test_python_as_webassembly_answers_as_native_python(site: Path) -> None:
    requests, native = walk(4, 30)
    command = ["node", str(JUDGES / "explorer.mjs"), str(site)]
    told = subprocess.run(command, input=json.dumps(requests).encode(), capture_output=True, check=False, timeout=600)
    assert told.returncode == 0, told.stderr.decode()[-2000:]
    compared(requests, native, json.loads(told.stdout))


# ---------------------------------------------------------------- the site in a browser


class SiteHandler(http.server.SimpleHTTPRequestHandler):
    """A plain web server."""

    extensions_map: ClassVar = {**http.server.SimpleHTTPRequestHandler.extensions_map, ".mjs": "text/javascript"}

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


@pytest.fixture
def served(site: Path) -> Iterator[str]:
    handler = functools.partial(SiteHandler, directory=str(site))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}/"
        server.shutdown()


@pytest.fixture
def opened(served: str) -> Iterator[Callable[..., Any]]:
    """Opens the site; nothing is requested from elsewhere, and no script fails."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    wrong: list[str] = []
    with playwright.sync_playwright() as found, found.chromium.launch(executable_path=CHROMIUM, args=QUIET) as browser:

        def opened(address: str = "") -> Any:
            context = browser.new_context()
            context.add_init_script("localStorage.setItem('explorer-tour-seen', 'yes')")
            page = context.new_page()
            page.on("request", lambda one: None if one.url.startswith((served, "data:")) else wrong.append(one.url))
            page.on("pageerror", lambda error: wrong.append(str(error)))
            page.on("console", lambda one: wrong.append(one.text) if one.type == "error" else None)
            page.set_default_timeout(180_000)
            page.goto(served + address)
            page.wait_for_selector("#steps button")
            return page

        yield opened
    assert wrong == []


@needs_chromium
@needs_npm("pyodide")
@pytest.mark.slow
def test_the_worker_in_a_browser_answers_as_native_python(opened: Callable[..., Any]) -> None:
    requests, native = walk(5, 25)
    script = """async (requests) => {
        const { host } = await import("./worker_host.js");
        const { ask } = host();
        return Promise.all(requests.map((request) => ask(request)));
    }"""
    compared(requests, native, opened().evaluate(script, requests))


@needs_chromium
@needs_npm("pyodide")
@pytest.mark.slow
def test_the_site_is_used_as_the_page_is(opened: Callable[..., Any]) -> None:
    page = opened()
    page.get_by_role("button", name="Examples", exact=True).click()
    page.locator("#dialog .menu button").first.click()
    page.locator("#steps button").nth(5).wait_for()
    page.get_by_role("tab", name="Lifecycle").click()
    page.wait_for_selector("#panel svg .lit")
    # A search that is canceled ends, and the walk is still there.
    steps = page.locator("#steps button").count()
    script = """async () => {
        const { host } = await import("./worker_host.js");
        const session = host();
        await session.ask({ do: "step", action: "list_resources" });
        const search = session.ask({ do: "ask", expression: "any(points > 90)" });
        session.cancel();
        return [await search, await session.ask({ do: "view" })];
    }"""
    search, view = page.evaluate(script)
    assert search == {"error": "canceled", "canceled": True}
    assert view["at"] == 1
    assert page.locator("#steps button").count() == steps
