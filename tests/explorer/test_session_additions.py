"""The menu, files, pictures, switches and questions of a session."""

from __future__ import annotations

import json
import shlex
import subprocess
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from support.console import call
from support.second_role import CLUSTERS

from backup_slr.api.role_model import RoleModel
from backup_slr.errors import MissingTool
from backup_slr.explorer.session import ExplorerSession
from backup_slr.explorer.walk_content import content_of_file, values_of
from backup_slr.explorer.walk_gallery import WalkGallery, example_walks
from backup_slr.lifecycle import BACKUP

SMALL = "simulations/accounts/small.toml"


def opened(file: str | Path) -> dict[str, Any]:
    return ExplorerSession().answer({"do": "open", "text": Path(file).read_text(), "name": str(file)})


# ---------------------------------------------------------------- the menu


def test_every_entry_of_the_menu_can_be_loaded_and_steps_end_as_recorded() -> None:
    session = ExplorerSession()
    menu = session.answer({"do": "menu"})["groups"]
    assert [group["id"] for group in menu] == ["finding", "scenarios", "broken", "accounts", "inventories"]
    for group in menu[:1] + [{"entries": group["entries"][4::9]} for group in menu[1:]]:
        for entry in group["entries"]:
            view = session.answer({"do": "load", "id": entry["id"]})
            assert view["title"] == entry["title"], view
            told = call("simulate", f"simulations/{entry['id']}", "--json")
            if view["steps"]:
                played = json.loads(told.out)["scenarios"][0]["steps"]
                expected = [(step["outcome"], step["because"]) for step in played if step["do"] != "wait"]
                reasons = [(step["reasons"] or [{"refusal": None}])[0]["refusal"] for step in view["steps"]]
                assert list(zip((step["outcome"] for step in view["steps"]), reasons, strict=True)) == expected


def test_a_counterexample_of_the_gallery_violates_its_property() -> None:
    view = ExplorerSession().answer({"do": "load", "id": "broken/role-is-deleted-before-its-vault.toml"})
    assert [one["id"] for one in view["properties"] if one["status"] != "holds"]
    assert view["rules"]["without"]


def test_a_gallery_survives_json() -> None:
    gallery = WalkGallery(example_walks(BACKUP).entries[:4])
    again = WalkGallery.of_json(gallery.to_json())
    assert again.menu() == gallery.menu()
    for one in gallery.entries:
        assert again.content(one.id) == gallery.content(one.id)


# ---------------------------------------------------------------- files


@pytest.mark.parametrize(
    "file",
    [
        *("simulations/accounts/small.toml", "simulations/accounts/many-regions.toml"),
        *("simulations/inventories/small.json", "simulations/inventories/locks-and-holds.json"),
        *("simulations/a-lock-can-be-removed-during-its-grace-time.toml", "simulations/a-job-outlives-its-vault.toml"),
    ],
)
def test_the_values_of_an_account_make_the_same_account(file: str) -> None:
    from backup_slr.api import load, load_account

    content, account = content_of_file(file, BACKUP), load_account(file)
    again = load(**content["rules"]).account(**content["account"])
    assert again.by_place() == account.by_place()
    assert values_of(again) == content["account"]
    shown = opened(file)
    assert "error" not in shown
    assert "simulations" not in ExplorerSession(account=file).answer({"do": "link"})["link"]


def test_the_account_of_a_scenario_has_its_title_and_story() -> None:
    from backup_slr.api.starting import load_account

    start = load_account("simulations/a-job-outlives-its-vault.toml")
    view = ExplorerSession.of(RoleModel(start.lifecycle, {}, start=start)).answer({"do": "view"})
    assert view["title"] == "A backup that outlives its vault blocks the deletion of the role"
    assert view["story"].startswith("The vault is empty, so it can be deleted")
    assert "title" not in ExplorerSession.of(RoleModel(BACKUP, {})).answer({"do": "view"})


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "empty"),
        ("{}", "inventory"),
        ('{"schema_version": 1}', "has no trace; the JSON of check"),
        ('{"schema_version": 1, "trace": null}', "has no trace: everything holds"),
        ('{"schema_version": 1, "properties": [{"trace": [{"do": "list_resources"}]}]}', "written by an older version"),
        ('{"schema_version": 1, "trace": [1], "scenario": 3}', "written by an older version"),
        ('{"schema_version": 1, "scenario": "title = 1"}', "title"),
        ('{"steps": 1}', "steps is a list"),
        ('{"rules": 1}', "rules is an object"),
        ('{"rules": {}, "title": 5}', "title is a text"),
        ('title = "x"\n[[step]]\ndo = "sing"', "sing"),
        ("\x00\x01", "file.toml"),
        ("[" * 100_000, "file.toml"),
        *(
            (json.dumps({"schema_version": 1, "differences": [{"reading": reading}], "new": new}), message)
            for new, reading, message in (
                *(("", {}, "compares with ''"), ("now '", {}, "compares with"), ("now --with x", {}, "extension 'x'")),
                *(("now", 1, "reading is an object"), ("now", "ab", "reading is an object")),
            )
        ),
        *(
            (json.dumps({"schema_version": 1, "scenarios": [{"file": file}]}), "is not a file here")
            for file in ("-", "\0", "x" * 5000, "/dev/zero", "/", "nowhere.toml")
        ),
        ("{" * 100_000, "file.toml"),
    ],
)
def test_a_file_that_cannot_be_opened_is_one_message(text: str, message: str) -> None:
    session = ExplorerSession()
    before = session.answer({"do": "view"})
    found = session.answer({"do": "open", "text": text, "name": "file.toml"})
    assert message in found["error"]
    assert len(found["error"]) < 500
    assert session.answer({"do": "view"}) == before


# ---------------------------------------------------------------- rules


def test_every_switch_can_be_moved() -> None:
    session = ExplorerSession()
    found = session.answer({"do": "rules"})
    assert {one["name"] for one in found["extensions"]} == {one.name for one in BACKUP.extensions}
    assert all(one["value"] == one["default"] for one in found["assumptions"])
    assert [one["name"] for one in found["editions"] if one["on"]] == [BACKUP.editions[0].name]
    for one in found["assumptions"]:
        rules = {"assume": {one["name"]: one["values"][-1]["value"]}}
        session.answer({"do": "new", "rules": rules})
        moved = session.answer({"do": "rules"})["assumptions"]
        assert [a["value"] for a in moved if a["name"] == one["name"]] == [one["values"][-1]["value"]]
    for one in found["parts"]:
        if one["possible"]:
            assert "error" not in session.answer({"do": "new", "rules": {"without": [one["part"]]}}), one
    moved = session.answer({"do": "rules"})["parts"]
    assert sum(not part["on"] for part in moved) == 1
    edition = found["editions"][1]
    session.answer({"do": "new", "rules": {"assume": edition["assume"]}})
    assert [one["on"] for one in session.answer({"do": "rules"})["editions"]] == [False, True]


# ---------------------------------------------------------------- questions


@pytest.mark.parametrize(
    ("expression", "more", "verdict", "every_size", "says"),
    [
        ("role == absent", {}, "reached", None, "the fewest"),
        ("role == present", {}, "reached", None, "already so"),
        ("role == absent and any(points > 0)", {"prove": True}, "unreachable", "proved", "every size"),
        ("role == absent and any(points > 0)", {}, "unreachable", None, "from this account"),
        ("role == absent and any(points > 0)", {"states": 3}, "not-established", None, "no way was found in"),
        ("any(points > 2)", {"prove": True}, "unreachable", "not-proved", "not proved for every size"),
    ],
)
def test_nothing_is_called_unreachable_that_was_not_established(
    expression: str, more: dict[str, Any], verdict: str, every_size: str | None, says: str
) -> None:
    session = ExplorerSession()
    session.answer({"do": "new", "account": {"role": "present", "vaults": {"us-east-1/a": 1}}})
    found = session.answer({"do": "ask", "expression": expression, **more})
    assert (found["verdict"], found["every_size"]) == (verdict, every_size)
    assert says in found["says"]
    assert found["more"] == (verdict == "not-established")


def test_nothing_is_proved_from_an_account_that_no_new_account_becomes() -> None:
    session = ExplorerSession()
    session.answer({"do": "new", "account": {"role": "absent", "vaults": {"us-east-1/a": 1}}})
    found = session.answer({"do": "ask", "expression": "role == absent and any(points > 5)", "prove": True})
    assert found["every_size"] is None
    assert "not tried" in found["says"] or found["verdict"] == "reached"


# ---------------------------------------------------------------- pictures


def test_the_present_state_is_lit() -> None:
    session = ExplorerSession()
    for step, present in (("list_resources", "present, nothing blocks"), ("delete_service_linked_role", "deleted")):
        session.answer({"do": "step", "action": step})
        found = session.answer({"do": "picture", "kind": "lifecycle"})
        lit = [g for g in ElementTree.fromstring(found["svg"]).iter() if "lit" in (g.get("class") or "").split()]
        assert len(lit) == 1
        assert present in found["lit"]
        assert found["lit"] in found["text"]
        assert found["arrows"]


def test_the_sequence_has_every_request() -> None:
    session = ExplorerSession()
    session.answer({"do": "load", "id": "a-forgotten-opt-in-region.toml"})
    found = session.answer({"do": "picture", "kind": "sequence"})
    assert ElementTree.fromstring(found["svg"]).tag.endswith("svg")
    assert found["mermaid"].count("->>") >= 3
    said = "".join(ElementTree.fromstring(found["svg"]).itertext())
    assert "delete a backup vault" in said
    assert "me-south-1" in said
    actions = [rule.action for rule in session.lifecycle.model.rules]
    assert not [one for one in actions if one in said], "people read words, not ids"


def test_a_host_without_a_renderer_shows_the_text_and_says_why() -> None:
    def broken(dot: str) -> str:
        raise MissingTool("no Graphviz")

    found = ExplorerSession(draw=broken).answer({"do": "picture", "kind": "lifecycle"})
    assert (found["svg"], found["note"]) == (None, "no Graphviz")
    assert found["mermaid"]


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        ({"do": "load", "id": "nope"}, "unknown entry of the menu"),
        ({"do": "load"}, "id is a text"),
        ({"do": "picture", "kind": "cat"}, "unknown picture"),
        ({"do": "ask", "expression": "rol"}, "expression"),
        ({"do": "ask", "expression": "role == absent", "states": "x"}, "states is a whole number"),
        ({"do": "open"}, "link is a text"),
        ({"do": "open", "text": 1}, "text is a text"),
    ],
)
def test_a_wrong_request_is_one_message(request_: dict[str, Any], message: str) -> None:
    assert message in ExplorerSession().answer(request_)["error"]


def test_the_second_role_has_switches_pictures_and_an_empty_menu() -> None:
    session = ExplorerSession(CLUSTERS)
    assert session.answer({"do": "menu"}) == {"groups": []}
    assert session.answer({"do": "rules"})["parts"]
    for of in ("lifecycle", "sequence"):
        found = session.answer({"do": "picture", "kind": of})
        assert found.get("svg") or "no abstraction" in found["error"]


# ---------------------------------------------------------------- hostile names, and too much of everything

HOSTILE = ["<script>alert(1)</script>", "\u202egnp.exe", "x" * 10_000, "a\nb", "'; rm -rf ~ #", "\x1b[2J"]


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_is_a_name_or_one_message(name: str, tmp_path: Path) -> None:
    session = ExplorerSession()
    made = session.answer({"do": "new", "account": {"role": "present", "vaults": {f"us-east-1/{name}": 2}}})
    if "error" in made:
        assert len(made["error"]) < 500
        assert made["error"].isprintable()
        return
    session.answer({"do": "step", "action": "delete_recovery_point", "place": f"us-east-1/{name}"})
    for kind in ("lifecycle", "sequence"):
        ElementTree.fromstring(session.answer({"do": "picture", "kind": kind})["svg"])
    assert ExplorerSession().answer({"do": "open", **session.answer({"do": "link"})})["at"] == 1
    (tmp_path / "walk.toml").write_text(session.answer({"do": "copy", "format": "scenario"})["text"])
    assert call("simulate", "--quiet", str(tmp_path / "walk.toml")).code == 0
    (tmp_path / "walk.sh").write_text(session.answer({"do": "copy", "format": "cli"})["text"])
    assert subprocess.run(["bash", "-n", str(tmp_path / "walk.sh")], check=False).returncode == 0
    assert shlex.quote(f"--backup-vault-name={name}") in (tmp_path / "walk.sh").read_text()


def test_an_account_that_is_too_large_is_said_and_a_large_one_is_not_searched() -> None:
    session = ExplorerSession()
    large = {"role": "present", "vaults": {f"us-east-1/v{number}": 1 for number in range(20_000)}}
    assert "at most 200 vaults" in session.answer({"do": "new", "account": large})["error"]
    some = {"role": "present", "vaults": {f"us-east-1/v{number}": 1 for number in range(120)}}
    assert "error" not in session.answer({"do": "new", "account": some})
    found = session.answer({"do": "ask", "expression": "role == absent"})
    assert (found["verdict"], found["more"]) == ("not-established", False)
    assert "too many places" in found["says"]


def test_a_walk_that_is_too_long_for_a_picture_is_said() -> None:
    session = ExplorerSession()
    session.answer({"do": "take", "steps": [{"action": "list_resources"}] * 201})
    assert "at most 200 requests" in session.answer({"do": "picture", "kind": "sequence"})["error"]
