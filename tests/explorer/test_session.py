"""The protocol of the explorer: random walks, ways, other rules, links and what is wrong."""

from __future__ import annotations

import base64
import json
import random
import subprocess
import sys
import zlib
from pathlib import Path
from typing import Any

import pytest
from support.console import call
from support.second_role import CLUSTERS

from backup_slr.engine.check.exploration import Explored
from backup_slr.engine.check.witness import Seeker, Witness
from backup_slr.engine.spec.lifecycle import Lifecycle
from backup_slr.errors import BadInput
from backup_slr.explorer.session import ExplorerSession
from backup_slr.explorer.terminal import SEARCHING, TerminalExplorer
from backup_slr.explorer.walk_content import content_of_file
from backup_slr.explorer.walk_formats import FORMATS
from backup_slr.lifecycle import BACKUP

SMALL = "simulations/accounts/small.toml"


def session(**new: Any) -> ExplorerSession:
    made = ExplorerSession()
    assert "error" not in made.answer({"do": "new", **new})
    return made


def linked(content: dict[str, Any]) -> str:
    """A link that no page writes."""
    return f"1.x.{base64.urlsafe_b64encode(zlib.compress(json.dumps(content).encode())).decode().rstrip('=')}"


def walked(seed: int, made: ExplorerSession, most: int = 12) -> dict[str, Any]:
    """A random walk; every answer is JSON."""
    chance, view = random.Random(seed), made.answer({"do": "view"})
    for _ in range(most):
        action = chance.choice(view["actions"])
        inputs = dict(action["given"])
        for one in action["inputs"]:
            if chance.random() < 0.2:
                inputs[one["name"]] = chance.choice(one["values"])
        view = made.answer({"do": "step", "action": action["action"], "place": action["place"], "inputs": inputs})
        assert "error" not in view, view
        json.dumps(view)
    return view


@pytest.mark.parametrize("seed", range(6))
def test_a_walk_is_a_scenario_and_a_test_that_pass(seed: int, tmp_path: Path) -> None:
    rules = {"extensions": [["vault-lock"], ["access-policy", "deleting"], []][seed % 3]}
    made = session(rules=rules, account={"role": "present", "vaults": {"us-east-1/archive": 2}})
    walked(seed, made)
    (tmp_path / "walk.toml").write_text(made.answer({"do": "copy", "format": "scenario"})["text"])
    assert call("simulate", "--quiet", str(tmp_path / "walk.toml")).code == 0
    code = made.answer({"do": "copy", "format": "pytest"})["text"]
    done = subprocess.run([sys.executable, "-c", f"{code}\ntest_walk()"], capture_output=True, check=False, text=True)
    assert done.returncode == 0, done.stderr
    for form in FORMATS:
        assert made.answer({"do": "copy", "format": form})["text"].strip()


@pytest.mark.parametrize("seed", range(4))
def test_undo_redo_and_links_lead_to_the_same_view(seed: int) -> None:
    made = session(account={"role": "present", "vaults": {"us-east-1/archive": 2}})
    end = walked(seed, made)
    for _ in range(5):
        made.answer({"do": "undo"})
    for _ in range(5):
        again = made.answer({"do": "redo"})
    assert again == end
    other = ExplorerSession().answer({"do": "open", "link": made.answer({"do": "link"})["link"]})
    assert {**other, "branches": 1} == {**end, "branches": 1}
    assert "warning" not in other


@pytest.mark.parametrize("seed", range(8))
def test_the_way_past_a_refusal_can_be_taken_and_is_one_where_it_is_done(seed: int) -> None:
    made = session(account={"role": "present", "vaults": {"us-east-1/archive": 1}})
    view = walked(seed, made, 4)
    for action in random.Random(seed).sample([one for one in view["actions"] if one["outcome"] == "refused"], 4):
        asked = {"action": action["action"], "place": action["place"], "inputs": action["given"]}
        way = made.answer({"do": "unblock", **asked})
        if way["verdict"] == "reached":
            made.answer({"do": "fork"})
            made.answer({"do": "take", "steps": way["steps"]})
            after = made.answer({"do": "step", **asked})
            assert after["steps"][-1]["outcome"] == "done"
            made.answer({"do": "branch", "number": 0})
            assert way["says"].startswith("reached after" if way["steps"] else "it is already so")
        else:
            assert way["verdict"] in ("never", "unreachable", "inconclusive")
            assert way["says"].startswith(("no state at all", "no way leads there", "not established"))


def test_a_path_is_a_shortest_one() -> None:
    made = session(account={"role": "present", "vaults": {"us-east-1/archive": 2}})
    way = made.answer({"do": "path", "expression": "role == absent"})
    assert [step["action"] for step in way["steps"]].count("delete_recovery_point") == 2
    assert len(way["steps"]) == 5
    assert made.answer({"do": "take", "steps": way["steps"]})["account"][0]["value"] == "absent"


def test_other_rules_show_the_first_step_with_another_result() -> None:
    made = ExplorerSession(account=SMALL)
    made.answer({"do": "step", "action": "list_resources", "inputs": {"via": "console"}})
    made.answer({"do": "step", "action": "delete_service_linked_role"})
    found = made.answer({"do": "what-if", "rules": {"assume": {"usage-check": "at-submit"}}})
    assert (found["different"], found["step"]["action"]) == (1, "delete_service_linked_role")
    assert "resources-remain" in found["step"]["after"]
    kept = made.answer({"do": "what-if", "rules": {"assume": {"usage-check": "at-submit"}}, "keep": True})
    assert kept["steps"][1]["outcome"] == "refused"
    found = made.answer({"do": "what-if", "rules": {"extensions": ["legal-hold"]}})
    assert found["chosen"] == {"extensions": ["retention", "legal-hold"]}


def test_branches_are_compared() -> None:
    made = ExplorerSession(account=SMALL)
    made.answer({"do": "fork"})
    made.answer({"do": "step", "action": "delete_service_linked_role"})
    found = made.answer({"do": "compare", "number": 0})
    (one,) = found["differences"]
    assert (one["variable"], one["place"], one["here"], one["there"]) == ("role", "", "deleting", "present")
    assert (one["here_says"], one["there_says"]) == ("the role is being deleted", "the role is present")
    assert found["steps"] == [["1", "request the deletion of the role", ""]]


def test_a_broken_rule_shows_which_property_is_violated_and_since_when() -> None:
    account = content_of_file(SMALL, BACKUP)["account"]
    made = session(account=account, rules={"without": ["finish_deletion_task/resources-remain"]})
    made.answer({"do": "step", "action": "delete_service_linked_role"})
    made.answer({"do": "step", "action": "finish_deletion_task"})
    view = made.answer({"do": "step", "action": "list_resources"})
    wrong = {one["id"]: one for one in view["properties"] if one["status"] != "holds"}
    assert wrong["role_leaves_only_when_unneeded"]["since"] == 2


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        ({}, "unknown request"),
        ({"do": 3}, "unknown request '3'"),
        ({"do": "step", "action": "delete_vault"}, "unknown action"),
        ({"do": "step", "action": "delete_backup_vault", "place": "us-east-1"}, "needs a place REGION/VAULT"),
        ({"do": "step", "action": "list_resources", "inputs": {"via": "phone"}}, "phone"),
        ({"do": "inputs", "inputs": {"through": "cli"}}, "unknown input 'through'"),
        ({"do": "inputs", "inputs": {"via": "phone"}}, "unknown value of via 'phone'"),
        ({"do": "inputs", "inputs": {"permitted": 1}}, "unknown value of permitted"),
        ({"do": "inputs"}, "inputs is an object"),
        ({"do": "jump", "to": -1}, "the positions 0 to 0"),
        ({"do": "jump", "to": True}, "a whole number"),
        ({"do": "branch", "number": 9}, "the branches 0 to 0"),
        ({"do": "path", "expression": "role = "}, "expression"),
        ({"do": "path"}, "expression is a text"),
        ({"do": "take", "steps": "x"}, "steps is a list"),
        ({"do": "take", "steps": [{"action": "list_resources"}, {"action": "nope"}]}, "unknown action"),
        ({"do": "copy", "format": "pdf"}, "unknown format"),
        ({"do": "open", "link": "hello"}, "not a link"),
        ({"do": "open", "link": "1.abc.!!!"}, "damaged"),
        ({"do": "open", "link": linked({"steps": 1})}, "steps is a list"),
        ({"do": "new", "rules": {"assume": {"usage-check": "never"}}}, "usage-check"),
        ({"do": "new", "rules": {"assumed": {}}}, "unknown member of rules"),
        ({"do": "new", "account": {"role": "gone"}}, "gone"),
    ],
)
def test_a_wrong_request_is_one_message_and_changes_nothing(request_: dict[str, Any], message: str) -> None:
    made = ExplorerSession(account=SMALL)
    before = made.answer({"do": "view"})
    assert message in made.answer(request_)["error"]
    assert made.answer({"do": "view"}) == before


def test_no_request_names_a_file_of_the_host() -> None:
    """A file may be a pipe, whose end never comes, or standard input."""
    made = ExplorerSession()
    before = made.answer({"do": "view"})
    assert made.answer({"do": "new", "file": SMALL}) == before


def test_an_account_that_cannot_be_read_is_a_message() -> None:
    for file in ("nowhere.toml", "x" * 5000, "\0"):
        with pytest.raises(BadInput, match="cannot be read"):
            _ = ExplorerSession(account=file)


def test_chosen_inputs_are_those_of_every_action_that_has_them() -> None:
    made = ExplorerSession(account=SMALL)
    view = made.answer({"do": "inputs", "inputs": {"via": "console", "collides": True}})
    known = {one["action"]: one for one in view["actions"]}
    assert known["delete_recovery_point"]["given"] == {"via": "console", "collides": True}
    assert known["start_job"]["given"] == {}
    assert view["inputs"] == {"via": "console", "collides": True}


@pytest.mark.parametrize("lifecycle", [BACKUP, CLUSTERS], ids=["backup", "clusters"])
def test_every_input_has_words_for_each_value(lifecycle: Lifecycle) -> None:
    made = ExplorerSession(lifecycle)
    inputs = [one for action in made.answer({"do": "view"})["actions"] for one in action["inputs"]]
    assert inputs
    for one in inputs:
        assert list(one["words"]) == [json.dumps(value).strip('"') for value in one["values"]]
        assert all(" " in word for word in one["words"].values()), one


def test_results_and_branches_are_in_words() -> None:
    made = ExplorerSession()
    made.answer({"do": "new", "account": {"role": "present", "vaults": {"us-east-1/a": 1}}})
    made.answer({"do": "fork"})
    step = {"action": "delete_recovery_point", "place": "us-east-1/a", "inputs": {"via": "cli"}}
    assert "1 recovery point" in [one["says"] for one in made.answer({"do": "view"})["account"]]
    last = made.answer({"do": "step", **step})["last"]
    assert last["text"] == "delete one recovery point of a vault: done\n  us-east-1/a: recovery points 1 -> 0"
    steps = made.answer({"do": "compare", "number": 0})["steps"]
    assert steps == [["1", "delete one recovery point of a vault: us-east-1/a, the request comes from the CLI", ""]]


def test_a_link_of_other_rules_is_opened_with_a_warning() -> None:
    made = session()
    link = made.answer({"do": "link"})["link"]
    version = link.split(".")[1]
    assert "other rules" in made.answer({"do": "open", "link": link.replace(version, "0" * 12)})["warning"]


def test_the_second_role_is_explored_too() -> None:
    made = ExplorerSession(CLUSTERS)
    view = walked(1, made, 8)
    assert {one["action"] for one in view["actions"]} == {rule.action for rule in CLUSTERS.model.rules}


# ---------------------------------------------------------------- the terminal


def said(*lines: str, account: str | None = SMALL) -> str:
    written: list[str] = []
    TerminalExplorer(ExplorerSession(account=account), written.append).run(lines)
    return "\n".join(written)


def test_the_terminal_shows_what_is_possible_and_why_the_rest_is_not() -> None:
    text = said("n", "w 6", "q")
    assert "us-east-1/archive: 6 recovery points" in text
    assert "6  delete_backup_vault us-east-1/Default: the vault still holds recovery points" in text
    assert "vault-has-recovery-points, InvalidRequestException" in text
    assert "CLEAN-1" in text


def test_the_terminal_takes_the_shortest_way_past_a_refusal() -> None:
    text = said("n", "g 6", "s", "p role == absent", "c markdown", "l", "u", "r")
    assert "us-east-1/Default: vault exists -> deleted" in text
    assert text.count("  delete_recovery_point us-east-1/Default") >= 2
    assert "properties of single states and steps hold" in text
    assert "`finish_deletion_task`" in text


@pytest.mark.parametrize("line", ["x", "99", "w", "g 77", "p rol", "a", "a nope", "c pdf", "?", "a list via=1"])
def test_a_wrong_line_is_answered_and_the_dialog_goes_on(line: str) -> None:
    assert "recovery points" in said(line, "u", "n").rpartition("\n")[0]


def test_the_command_explores_from_an_account_and_a_link(tmp_path: Path) -> None:
    made = ExplorerSession(account=SMALL)
    made.answer({"do": "step", "action": "delete_service_linked_role"})
    link = made.answer({"do": "link"})["link"]
    command = [sys.executable, "-m", "backup_slr", "explore", "--text", "--link", link]
    done = subprocess.run(command, input="q\n", capture_output=True, check=False, text=True)
    assert done.returncode == 0, done.stderr
    assert "the role is being deleted" in done.stdout


def test_a_search_in_the_terminal_is_canceled_and_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def searched(*_: object) -> None:
        raise KeyboardInterrupt

    made, lines = ExplorerSession(account=SMALL), list[str]()
    ended = list[str]()
    terminal = TerminalExplorer(made, lines.append, lambda: ended.append("Ctrl-C"))
    monkeypatch.setattr("backup_slr.explorer.session.way_document", searched)
    terminal.run(["a list_resources", "p role == absent", "u"])
    assert [one for one in lines if one.startswith(("searching", "canceled"))] == [SEARCHING, "canceled"]
    assert ended == ["Ctrl-C"]
    assert made.answer({"do": "view"})["at"] == 0


@pytest.mark.parametrize("when", ["guided", "exhaustive"])
def test_a_way_that_is_interrupted_is_not_searched_further(when: str, monkeypatch: pytest.MonkeyPatch) -> None:
    searches: list[str] = []

    def search(name: str, stopped: str) -> Any:
        def found(self: object, *_: object, **__: object) -> Witness:
            searches.append(name)
            return Witness("inconclusive", None, Explored([[]], stopped=stopped))  # type: ignore[arg-type]

        return found

    monkeypatch.setattr(Seeker, "guided", search("guided", "interrupted" if when == "guided" else "states"))
    monkeypatch.setattr(Seeker, "exhaustive", search("exhaustive", "interrupted"))
    with pytest.raises(KeyboardInterrupt):
        ExplorerSession(account=SMALL).answer({"do": "path", "expression": "role == absent"})
    assert searches[-1] == when


def test_an_account_whose_transitions_take_too_long_to_list_is_not_searched(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("backup_slr.api.ways.MOST_LISTING", 0.0)
    found = ExplorerSession(account=SMALL).answer({"do": "ask", "expression": "role == absent"})
    assert (found["verdict"], found["explored"], found["steps"]) == ("not-established", 0, [])
    assert found["says"] == "not established: the account has too many places"
