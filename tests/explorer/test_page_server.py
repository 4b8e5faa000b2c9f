"""The server of the page: who may use it, what a tab may send, canceling, and its end; and the scripts of the page."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from support.outside import JUDGES, needs_npm
from support.second_role import CLUSTERS

pytest.importorskip("uvicorn", reason="uvicorn is not installed: pip install backup-slr[serve]")

from backup_slr.cli.commands import COMMANDS
from backup_slr.cli.explore import session_of
from backup_slr.endpoint.server import serving
from backup_slr.explorer.page_files import PAGE
from backup_slr.explorer.page_server import PageServer, SessionTab
from backup_slr.explorer.session import ExplorerSession
from backup_slr.lifecycle import BACKUP

SMALL = "simulations/accounts/small.toml"
TAB = "tab/0123456789abcdef"


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    pages = PageServer(ExplorerSession)
    with serving(pages.answer, threaded=True) as url:
        yield f"{url}/{pages.secret}/"


def sent(url: str, body: bytes | None = None, **headers: str) -> tuple[int, Any, bytes]:
    """The status, headers and body of the response to a request; with a body it is a POST."""
    asked = Request(url, body, {name.replace("_", "-"): value for name, value in headers.items()})
    try:
        with urlopen(asked, timeout=20) as response:
            return response.status, response.headers, response.read()
    except HTTPError as error:
        return error.code, error.headers, error.read()


def asked(url: str, **request: Any) -> dict[str, Any]:
    status, _, body = sent(url + TAB, json.dumps(request).encode())
    assert status == 200
    return json.loads(body)


def test_the_page_permits_no_inline_script_and_no_other_origin(address: str) -> None:
    status, headers, body = sent(address)
    assert status == 200
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert b'data-host="server"' in body
    page = body.decode()
    assert not re.search(r"<style|<script(?![^>]*src=)|\son[a-z]+=|\sstyle=|https?://", page)
    for name in re.findall(r'(?:src|href)="([^":]+)"', page):
        assert sent(address + name)[0] == 200
    assert sent(address.rstrip("/"))[2] == body


@pytest.mark.parametrize(
    ("path", "headers", "status", "message"),
    [
        ("/", {}, 403, "secret is missing"),
        ("/wrong/", {}, 403, "secret is missing"),
        ("/SECRET", {"Host": "example.com"}, 403, "must name loopback"),
        ("/SECRET", {"Origin": "http://example.com"}, 403, "another site"),
        ("/SECRET", {"Sec-Fetch-Site": "cross-site"}, 403, "another site"),
        ("/SECRET/../session.py", {}, 404, "no such page"),
        ("/SECRET/nothing.js", {}, 404, "no such page"),
        ("/SECRET/%2e%2e%2fsession.py", {}, 404, "no such page"),
    ],
)
def test_others_are_refused(address: str, path: str, headers: dict[str, str], status: int, message: str) -> None:
    base, _, secret = address.rstrip("/").rpartition("/")
    found = sent(base + path.replace("SECRET", secret), **headers)
    assert (found[0], message in found[2].decode()) == (status, True)


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'"x"', b"[" * 100_000, b"\xff"])
def test_what_is_no_request_is_one_message(address: str, body: bytes) -> None:
    status, _, answer = sent(address + TAB, body)
    assert (status, json.loads(answer)) == (400, {"error": "the body of a request is a JSON object"})


def test_a_body_that_is_too_large_is_refused(address: str) -> None:
    assert sent(address + TAB, b"x" * ((1 << 20) + 1))[0] == 413


def test_each_tab_has_a_session_of_its_own(address: str) -> None:
    assert asked(address, do="step", action="list_resources")["at"] == 1
    status, _, body = sent(f"{address}tab/fedcba9876543210", b'{"do": "view"}')
    assert (status, json.loads(body)["at"]) == (200, 0)


def test_a_search_is_canceled_and_the_session_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    session = ExplorerSession()
    monkeypatch.setattr(session, "_path", lambda _: endless())
    tab = SessionTab(session)
    found: list[dict[str, Any]] = []
    searching = threading.Thread(target=lambda: found.append(tab.answer({"do": "path"})))
    searching.start()
    while searching.is_alive():
        tab.cancel()
        searching.join(0.05)
    assert found == [{"error": "canceled", "canceled": True}]
    tab.cancel()
    assert tab.answer({"do": "view"})["at"] == 0


def test_a_cancel_reaches_a_tab_with_more_requests_than_a_pool_has_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    session = ExplorerSession()
    monkeypatch.setattr(session, "_path", lambda _: endless())
    pages, found = PageServer(lambda: session), list[dict[str, Any]]()
    with serving(pages.answer, threaded=True) as url:
        url = f"{url}/{pages.secret}/"
        asked(url, do="view")
        many = [threading.Thread(target=lambda: found.append(asked(url, do="path"))) for _ in range(40)]
        for one in many:
            one.start()
        while any(one.is_alive() for one in many):
            assert sent(f"{url}{TAB}/cancel", b"")[0] == 204
            many[0].join(0.1)
    assert found == [{"error": "canceled", "canceled": True}] * 40


def test_a_request_that_is_canceled_at_its_end_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    session = ExplorerSession()
    tab = SessionTab(session)
    before = tab.answer({"do": "view"})
    for request in ({"do": "step", "action": "list_resources"}, {"do": "fork"}, {"do": "inputs", "inputs": {}}):
        with monkeypatch.context() as patched:
            patched.setattr(session, "_view", lambda: (tab.cancel(), endless()))
            assert tab.answer(request) == {"error": "canceled", "canceled": True}
        assert tab.answer({"do": "view"}) == before


def endless() -> dict[str, Any]:
    while True:
        time.sleep(0.001)


def test_the_last_tab_that_closes_ends_the_server_unless_it_is_reloaded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("backup_slr.explorer.page_server.SECONDS_WITHOUT_TAB", 0.2)
    ended = threading.Event()
    pages = PageServer(ExplorerSession, ended.set)
    with serving(pages.answer, threaded=True) as url:
        url = f"{url}/{pages.secret}/"
        asked(url, do="view")
        sent(f"{url}{TAB}/close", b"")
        asked(url, do="view")
        assert not ended.wait(0.4)
        sent(f"{url}{TAB}/close", b"")
        assert ended.wait(10)


@pytest.mark.parametrize("end", ["Ctrl-C", "the last tab"])
def test_the_command_prints_the_address_and_ends_cleanly(end: str) -> None:
    command = [sys.executable, "-m", "backup_slr", "explore", "--account", SMALL]
    command += ["--no-browser"] if end == "Ctrl-C" else []
    environment = {"BROWSER": "/bin/false", "PATH": "/bin:/usr/bin"}
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment) as started:
        assert started.stderr is not None
        line = started.stderr.readline()
        address = re.search(r"http://127\.0\.0\.1:\d+/\S+/", line)
        assert address, line
        assert asked(address[0], do="view")["account"][0]["value"] == "present"
        if end == "Ctrl-C":
            started.send_signal(signal.SIGINT)
        else:
            sent(f"{address[0]}{TAB}/close", b"")
        _, rest = started.communicate(timeout=30)
    assert started.returncode == 0, rest
    assert "Traceback" not in rest
    if end != "Ctrl-C":
        assert "no browser was found" in rest


def test_without_the_server_s_library_the_terminal_is_named() -> None:
    code = "import sys; sys.modules['uvicorn'] = None; from backup_slr.cli.main import main; main()"
    command = [sys.executable, "-c", code, "explore", "--no-browser"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, "--text needs neither" in done.stderr) == (4, True), done.stderr


@pytest.mark.parametrize(
    "options",
    [
        (),
        ("--with", "vault-lock"),
        ("--account", SMALL, "--assume", "usage-check=at-submit"),
        ("--edition", "2025-10"),
        ("--without", "delete_backup_vault/vault-has-recovery-points"),
    ],
)
def test_options_are_the_rules_of_the_session_and_can_be_changed(options: tuple[str, ...]) -> None:
    made = session_of(COMMANDS["explore"].parser("explore").options_of(options))
    made.answer({"do": "step", "action": "delete_service_linked_role"})
    assert made.answer({"do": "what-if", "rules": made.walk.rules})["different"] is None
    other = {"assume": {"usage-check": "at-task-end"}, "extensions": ["access-policy"]}
    assert "error" not in made.answer({"do": "what-if", "rules": other, "keep": True})
    opened = ExplorerSession().answer({"do": "open", "link": made.answer({"do": "link"})["link"]})
    assert "warning" not in opened


# ---------------------------------------------------------------- the scripts of the page


def scripts() -> dict[str, str]:
    return {file.name: file.read_text(encoding="utf-8") for file in sorted(PAGE.glob("*.js"))}


@pytest.mark.slow
@needs_npm("typescript")
def test_the_scripts_have_the_types_that_they_say() -> None:
    command = ["node", "node_modules/typescript/bin/tsc", "-p", "page.tsconfig.json"]
    done = subprocess.run(command, cwd=JUDGES, capture_output=True, text=True, check=False, timeout=300)
    assert (done.stdout, done.returncode) == ("", 0)


def test_the_scripts_are_few_lines_and_know_nothing_of_the_lifecycle() -> None:
    assert sum(text.count("\n") for text in scripts().values()) <= 1500
    rules = (*BACKUP.model.rules, *CLUSTERS.model.rules)
    names = {rule.action for rule in rules} | {guard.otherwise.id for rule in rules for guard in rule.guards}
    names = {name for name in names if re.search("[-_]", name)} | {one for rule in rules for one in rule.operations}
    names |= {one.name for one in BACKUP.model.assumptions} | {"AWS", "IAM", "vault", "recovery", "ServiceLinked"}
    assert [(name, file) for file, text in scripts().items() for name in names if name in text] == []


def test_text_reaches_the_page_only_as_text() -> None:
    wrong = re.compile(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|\.style\b")
    assert [(file, found[0]) for file, text in scripts().items() for found in wrong.finditer(text)] == []


def test_the_page_is_part_of_the_package() -> None:
    assert {"index.html", "style.css", "app.js"} <= {file.name for file in Path(PAGE).iterdir()}
