"""The static site, its wheels, files with traces, and what is said when something is missing."""

from __future__ import annotations

import base64
import io
import json
import os
import re
from hashlib import sha256
from pathlib import Path
from zipfile import ZipFile

import pytest
from support.console import call

from backup_slr.cli.walk_hint import walk_hint
from backup_slr.explorer.hosted_session import answering
from backup_slr.explorer.links import decoded
from backup_slr.explorer.site_wheels import wheel
from backup_slr.explorer.static_site import CORE

SMALL = "simulations/accounts/small.toml"


@pytest.fixture
def pyodide(tmp_path: Path) -> Path:
    """A folder that looks like Pyodide."""
    folder = tmp_path / "pyodide"
    folder.mkdir()
    for name in CORE:
        (folder / name).write_text("{}")
    return folder


def test_the_site_is_made_of_installed_files_alone(pyodide: Path, tmp_path: Path) -> None:
    done = call("explore", "--site", str(tmp_path / "site"), "--pyodide", str(pyodide), "--account", SMALL)
    assert done.code == 0, done.err
    assert "any web server can serve it" in done.err
    assert "files of users cannot be opened there" in done.err
    site = tmp_path / "site"
    assert {*CORE} == {file.name for file in (site / "pyodide").iterdir()}
    named = json.loads((site / "site.json").read_text())
    assert all((site / one).is_file() for one in named["wheels"])
    page = (site / "index.html").read_text()
    assert 'data-host="worker"' in page
    assert "connect-src 'self';" in page
    assert not re.findall(r"https?://", page)
    answer = answering((site / "gallery.json").read_text(), link=named["link"])
    assert json.loads(answer('{"do": "view"}'))["link"] == named["link"]
    assert decoded(named["link"])[1]["account"]["role"] == "present"
    assert len(json.loads(answer('{"do": "menu"}'))["groups"]) == 5


def test_pyodide_at_an_address_is_the_only_other_place(tmp_path: Path) -> None:
    done = call("explore", "--site", str(tmp_path / "site"), "--pyodide", "https://example.org/pyodide")
    assert done.code == 0, done.err
    assert "connect-src 'self' https://example.org;" in (tmp_path / "site" / "index.html").read_text()
    assert json.loads((tmp_path / "site" / "site.json").read_text())["pyodide"] == "https://example.org/pyodide/"
    assert not (tmp_path / "site" / "pyodide").exists()


@pytest.mark.parametrize("name", ["backup-slr", "graphviz"])
def test_every_file_of_a_wheel_is_in_its_record(name: str) -> None:
    file, content = wheel(name)
    assert (file, content) == wheel(name)
    with ZipFile(io.BytesIO(content)) as archive:
        names = archive.namelist()
        (record,) = (one for one in names if one.endswith(".dist-info/RECORD"))
        rows = [row.rsplit(",", 2) for row in archive.read(record).decode().splitlines()]
        assert sorted(row[0] for row in rows) == sorted(names)
        for path, digest, size in rows:
            if path != record:
                hashed = base64.urlsafe_b64encode(sha256(archive.read(path)).digest()).decode().rstrip("=")
                assert (digest, size) == (f"sha256={hashed}", str(len(archive.read(path))))
    if name == "backup-slr":
        assert {"backup_slr/explorer/page/worker.js", "backup_slr/examples/accounts/small.toml"} <= {*names}
        assert not [one for one in names if "__pycache__" in one]


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["--site", "SITE"], 2, "add --pyodide URL|DIR"),
        (["--pyodide", "x"], 2, "add --site DIR"),
        (["--site", "SITE", "--pyodide", "EMPTY"], 3, "has no pyodide.mjs, so it is not Pyodide"),
        (["--site", "SITE", "--pyodide", "nowhere"], 3, "npm install pyodide"),
        (["--site", "FULL", "--pyodide", "PYODIDE"], 3, "is not an empty folder; name a new one"),
        (["--site", "FILE", "--pyodide", "PYODIDE"], 3, "is not an empty folder; name a new one"),
        (["--site", "FILE/site", "--pyodide", "PYODIDE"], 3, "cannot be written"),
        (["--site", "x" * 300, "--pyodide", "PYODIDE"], 3, "File name too long"),
        (["--site", "SITE", "--pyodide", "x" * 300], 3, "is neither a folder nor an address"),
        *(
            (["--site", "SITE", "--pyodide", f"https://{address}"], 3, "is not the address of a folder")
            for address in (
                *("[", 'a"><script>/x', "a;script-src *", "u:p@h/x", "h/x?y", "/x", "h:port/x", "h/#"),
                "é.de/",
            )
        ),
        (["--trace", "nowhere.toml"], 3, "nowhere.toml"),
        (["--trace", "FILE", "--text"], 3, "is empty"),
        (["--trace", SMALL, "--link", "1.a.b"], 2, "leave one out"),
        (["--trace", "-", "--text"], 2, "name a file"),
        (["--link", "1.a.b"], 3, "the link is damaged"),
    ],
)
def test_what_is_missing_is_said_in_one_message(
    words: list[str], code: int, message: str, pyodide: Path, tmp_path: Path
) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").touch()
    places = {"SITE": tmp_path / "site", "EMPTY": tmp_path / "empty", "FULL": pyodide, "PYODIDE": pyodide}
    places |= {"FILE": tmp_path / "file", "FILE/site": tmp_path / "file" / "site"}
    done = call("explore", *(str(places.get(word, word)) for word in words))
    assert done.code == code, done.err
    assert message in done.err
    assert "Traceback" not in done.err


def test_an_old_pyodide_is_said(pyodide: Path, tmp_path: Path) -> None:
    (pyodide / "pyodide.asm.wasm").unlink()
    done = call("explore", "--site", str(tmp_path / "site"), "--pyodide", str(pyodide))
    assert (done.code, "this Pyodide has no pyodide.asm.wasm" in done.err) == (3, True)
    assert not (tmp_path / "site").exists()


@pytest.mark.parametrize("lock", ["{broken", "[]", '{"packages": 1}', '{"packages": {"msgspec": 1}}', "[" * 100_000])
def test_a_broken_list_of_packages_is_said(lock: str, pyodide: Path, tmp_path: Path) -> None:
    (pyodide / "pyodide-lock.json").write_text(lock)
    done = call("explore", "--site", str(tmp_path / "site"), "--pyodide", str(pyodide))
    assert (done.code, "is not a list of the packages of Pyodide" in done.err) == (3, True), done.err


def test_a_site_that_cannot_read_files_says_what_can(monkeypatch: pytest.MonkeyPatch) -> None:
    def lacking(*_: object) -> None:
        raise ModuleNotFoundError("No module named 'msgspec'", name="msgspec")

    monkeypatch.setattr("backup_slr.explorer.session.content_of", lacking)
    answer = answering("[]")
    found = json.loads(answer(json.dumps({"do": "open", "name": "mine.toml", "text": "title = 'mine'\n[[step]]\n"})))
    assert found["needs"] == "msgspec", "the host tries to load it"
    assert "the Pyodide of this site has no msgspec" in found["error"]
    assert "'backup-slr explore' on your computer" in found["error"]


def test_nothing_from_outside_of_pyodide_is_copied(pyodide: Path, tmp_path: Path) -> None:
    (tmp_path / "secret").touch()
    lock = {"packages": {"msgspec": {"file_name": os.path.relpath(tmp_path / "secret", pyodide)}}}
    (pyodide / "pyodide-lock.json").write_text(json.dumps(lock))
    done = call("explore", "--site", str(tmp_path / "site"), "--pyodide", str(pyodide))
    assert (done.code, (tmp_path / "site/pyodide/secret").exists()) == (0, False), done.err


# ---------------------------------------------------------------- traces of commands

BROKEN = ("--regions", "1", "--without", "finish_deletion_task/resources-remain")
WITH_LOCK = ("--with", "vault-lock", "--regions", "1")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("command", "says"),
    [
        (("check", *BROKEN), "us-east-1/Default: the vault exists"),
        (("check", *BROKEN, "--account", SMALL), "us-east-1/archive: "),
        (("witness", "role == absent and cross_account", *WITH_LOCK), "cross-account backup is on"),
        (("witness", "role == absent", "--account", SMALL), "the role does not exist"),
        (("diff", "now", "now --without delete_backup_vault/vault-has-recovery-points"), "delete_backup_vault"),
        (("simulate", "simulations/broken/job-never-ends.toml"), "finish_job"),
    ],
)
def test_the_trace_of_a_command_is_opened(
    command: tuple[str, ...], says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("q"))
    assert call(*command, "--json", "-o", str(tmp_path / "trace.json")).code in (0, 1)
    done = call("explore", "--text", "--trace", str(tmp_path / "trace.json"))
    assert done.code == 0, done.err
    assert "step " in done.out
    assert says in done.out


@pytest.mark.parametrize(
    ("name", "words", "code", "hint"),
    [
        ("check", BROKEN, 1, "backup-slr check --json --regions 1 --without"),
        ("check", BROKEN, 0, None),
        ("check", (*BROKEN, "--json"), 1, None),
        ("check", (*BROKEN, "--json", "-o", "a b.json"), 1, "backup-slr explore --trace 'a b.json'"),
        ("witness", ("x == y",), 0, "backup-slr witness --json 'x == y' | backup-slr explore --trace -"),
        ("witness", ("role == absent", "--scenario", "-o", "a.toml"), 0, "backup-slr explore --trace a.toml"),
        ("check-script", ("a.py", "-o", "a.txt"), 1, None),
        ("check-script", ("a.py", "--", "-x"), 1, "backup-slr check-script --json a.py -- -x | backup-slr explore"),
        ("explain", ("delete_backup_vault",), 0, None),
    ],
)
def test_a_trace_comes_with_the_command_that_opens_it(
    name: str, words: tuple[str, ...], code: int, hint: str | None
) -> None:
    from backup_slr.cli.app import parse

    found = walk_hint(name, (name, *words), parse((name, *words)), code, code)
    assert (found is None) == (hint is None), found
    assert hint is None or hint in str(found)
