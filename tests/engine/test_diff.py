"""Rule sets compared by behavior: files, revisions, the built-in one; a shortest trace for each difference."""

from __future__ import annotations

import copy
import json
import os
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from support.console import asked, call
from support.naive import Naive
from support.random_models import random_models
from support.schemas import valid
from support.strategies import Dice, dice

from backup_slr.engine.core.model import Model
from backup_slr.engine.diff.model_diff import ActionDiff, diff_models
from backup_slr.engine.diff.table_diff import TableDiff, diff_tables
from backup_slr.engine.mutation.mutants import mutants
from backup_slr.errors import install
from backup_slr.lifecycle import lifecycle
from backup_slr.lifecycle.vocabulary import VAULT

SMALL = ("--regions", "1")


@pytest.fixture(autouse=True)
def each_comparison_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Compare the same rule sets only once, and print the result in each form that a test requests."""
    kept: dict[Any, TableDiff] = {}

    def once(old: Model, new: Model, scopes: Any, limits: Any, progress: Any, prove: Any) -> TableDiff:
        key = (old, new, tuple(map(str, scopes)), limits, prove is None)
        if key not in kept:
            kept[key] = diff_tables(old, new, scopes, limits, progress, prove)
        return kept[key]

    monkeypatch.setattr("backup_slr.cli.diff.diff_tables", once)


@pytest.fixture
def table() -> Any:
    return copy.deepcopy(json.loads(asked("rules", "--json").out)["table"])


def rules_of(table: Any, action: str) -> Any:
    return next(rule for rule in table["rules"] if rule["action"] == action)


def written(folder: Path, table: Any) -> str:
    file = folder / "new.json"
    file.write_text(json.dumps(table))
    return str(file)


def guards_moved(table: Any) -> None:
    guards = rules_of(table, "start_job")["guards"]
    guards[0], guards[1] = guards[1], guards[0]


def room_for_two(table: Any) -> None:
    """No compared scope has room for a third recovery point."""
    guards = rules_of(table, "start_job")["guards"]
    guards.append(copy.deepcopy(guards[-1]) | {"condition": ["at-most", ["points", "r", "v"], 2]})


def another_code(table: Any) -> None:
    rules_of(table, "rename_role")["guards"][2]["error_code"] = "Teapot"


def another_default(table: Any) -> None:
    table["assumptions"][0]["values"] = dict(reversed(table["assumptions"][0]["values"].items()))


@pytest.mark.parametrize(("change", "arguments", "code", "said"), [
    (lambda _: None, SMALL, 0, "equivalent: "),
    (guards_moved, SMALL, 0, "written differently, with the same behavior at every size: start_job"),
    (another_code, SMALL, 1, "name-is-immutable, Teapot"),
    (another_default, SMALL, 1, "\n  assumptions changed: usage-check\n"),
    (guards_moved, ("--max-states", "3"), 5, "inconclusive"),
    pytest.param(room_for_two, (), 0, "written differently, with the same behavior in these scopes: start_job",
                 marks=pytest.mark.slow),
    (room_for_two, (*SMALL, "--points", "3"), 1, "DIFFERS start_job"),
])  # fmt: skip
def test_a_change_of_a_table_is_a_difference_or_has_no_effect(
    change: Callable[[Any], None], arguments: tuple[str, ...], code: int, said: str, tmp_path: Path, table: Any
) -> None:
    change(table)
    answer = call("diff", "now", written(tmp_path, table), *arguments)
    assert (answer.code, said in answer.out) == (code, True), answer.out
    assert ("without an effect" in answer.out) is ("without an effect" in said)


def test_each_action_that_differs_has_a_shortest_trace(tmp_path: Path, table: Any) -> None:
    del rules_of(table, "delete_backup_vault")["guards"][4]
    rules_of(table, "set_up_cross_account_backup")["effects"][0]["value"] = False
    file = written(tmp_path, table)
    answer = call("diff", "now", file, *SMALL)
    assert answer.code == 1
    assert answer.out.count("DIFFERS ") == 2
    assert "properties whose verdict changes in this step: recovery_points_lie_in_vaults" in answer.out
    document = call("diff", "now", file, *SMALL, "--json").document
    lengths = {d["action"]: len(d["trace"]) for d in document["differences"]}
    assert lengths == {"set_up_cross_account_backup": 1, "delete_backup_vault": 4}
    assert {d["reached"] for d in document["differences"]} == {"both"}
    markdown = call("diff", "now", file, *SMALL, "--format", "md").out
    assert "| `delete_backup_vault` |" in markdown


@pytest.mark.parametrize(("old", "new", "lacks"), [
    ("now", "now --with vault-lock", "old"),
    ("now --with vault-lock", "now", "new"),
])  # fmt: skip
def test_only_one_side_has_an_action_that_leads_to_a_difference(old: str, new: str, lacks: str) -> None:
    answer = call("diff", old, new, *SMALL)
    assert answer.code == 1
    assert f"\n     {lacks}  lacks an action that leads to this state\n" in answer.out
    assert "refused: the vault is locked" in call("diff", old, new, *SMALL, "--format", "md").out
    (shown,) = (d for d in call("diff", old, new, *SMALL, "--json").document["differences"]
                if d["action"] == "delete_recovery_point")  # fmt: skip
    assert (shown["reached"], len(shown["trace"])) == ("new" if lacks == "old" else "old", 5)
    assert (shown["new_answer"] is None) == (lacks == "new")


@pytest.mark.slow
def test_a_difference_that_exists_only_in_a_larger_scope_is_found(tmp_path: Path, table: Any) -> None:
    guard = copy.deepcopy(rules_of(table, "delete_backup_vault")["guards"][1])
    guard["condition"] = ["or", *(["same", "v", {"vault": name}] for name in VAULT.special)]
    rules_of(table, "delete_backup_vault")["guards"].insert(2, guard)
    file = written(tmp_path, table)
    assert call("diff", "now", file, *SMALL).out.startswith("equivalent: ")
    answer = call("diff", "now", file)
    assert answer.code == 1
    assert "DIFFERS delete_backup_vault" in answer.out
    assert "\n  in 1 Region, 3 vaults in each, up to 1 recovery point a vault\n   1 create_backup_vault" in answer.out


def test_a_difference_under_one_assumption_is_found_with_its_value(tmp_path: Path, table: Any) -> None:
    rule = rules_of(table, "delete_backup_vault")
    rule["guards"] = [g for g in rule["guards"] if g["refusal"] != "default-vault-needs-another-vault"]
    file = written(tmp_path, table)
    document = valid("diff", call("diff", "now", file, *SMALL, "--json"))
    (found,) = document["differences"]
    assert document["readings"] == [{}, found["reading"]]
    assert found["reading"] == {"default-vault": "needs-another-vault"}
    assert "\n  under default-vault=needs-another-vault\n" in call("diff", "now", file, *SMALL).out
    assert call("diff", "now", file, *SMALL, "--assume", "default-vault=cli-deletes").code == 0


EFS_VAULT_IS = ["same", "v", {"vault": VAULT.special[1]}]
WITHOUT_A_ROLE = {
    "kind": "always",
    "id": "without_a_role_no_efs_vault",
    "sentence": "Without the role there is no EFS vault",
    "clauses": [],
    "formula": [
        "implies",
        ["is", "role", "absent"],
        ["every", ["r"], ["not", ["flag", ["vault", "r", {"vault": VAULT.special[1]}]]]],
    ],
}


def needs_the_role(table: Any) -> None:
    """Delete the EFS vault only while the role exists; only deleting the role before the vaults shows a difference."""
    guards = rules_of(table, "delete_backup_vault")["guards"]
    condition = ["not", ["and", EFS_VAULT_IS, ["is", "role", "absent"]]]
    guards.insert(2, copy.deepcopy(guards[1]) | {"condition": condition, "refusal": "no-such-role"})


@pytest.mark.parametrize(
    "invariant",
    [pytest.param(False, marks=pytest.mark.slow), True],
    ids=["alone", "with an invariant of the defaults"],
)
def test_a_difference_under_an_assumption_that_another_rule_reads_is_found(
    tmp_path: Path, table: Any, invariant: bool
) -> None:
    """Under the defaults the role exists as long as a vault does; this can be proved, and used in a proof."""
    if invariant:
        table["properties"].append(copy.deepcopy(table["properties"][0]) | WITHOUT_A_ROLE)
    old = tmp_path / "old.json"
    old.write_text(json.dumps(table))
    needs_the_role(table)
    answer = call("diff", str(old), written(tmp_path, table), *SMALL, "--json")
    assert answer.code == 1
    (found,) = valid("diff", answer)["differences"]
    assert (found["action"], found["reached"], len(found["trace"])) == ("delete_backup_vault", "both", 4)
    assert found["reading"] == {"empty-vaults-count": "no"}
    text = call("diff", str(old), str(tmp_path / "new.json"), *SMALL).out
    assert re.match(r"different: 1 action behaves differently in \S+ than in ", text)
    assert "\n  under empty-vaults-count=no\n" in text


def test_equivalent_means_under_every_combination_that_is_not_pinned(tmp_path: Path, table: Any) -> None:
    needs_the_role(table)
    file = written(tmp_path, table)
    pinned = ("--assume", "usage-check=at-task-end", "--assume", "empty-vaults-count=yes")
    answer = call("diff", "now", file, *SMALL, *pinned)
    assert answer.code == 0
    assert "\n  under the assumptions given: usage-check, empty-vaults-count\n" in answer.out
    assert "\n  under every combination of the values of 10 assumptions: 1,536\n" in answer.out
    document = valid("diff", call("diff", "now", file, *SMALL, *pinned, "--json"))
    assert (document["every_combination"], len(document["varied"])) == (True, 10)


@pytest.mark.slow
def test_unexplored_combinations_are_reported(tmp_path: Path, table: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("backup_slr.engine.check.combinations.MOST", 0)
    needs_the_role(table)
    file = written(tmp_path, table)
    answer = call("diff", "now", file, *SMALL)
    assert answer.code == 5
    assert "the search was incomplete (too many combinations of assumption values)" in answer.out
    assert "\n  explored under 1 of 6,144 combinations of assumption values\n" in answer.out
    assert "without an effect" not in answer.out
    document = valid("diff", call("diff", "now", file, *SMALL, "--json"))
    assert (document["every_combination"], document["stopped"]) == (False, "readings")


def test_help_describes_one_way_to_choose_scopes() -> None:
    told = " ".join(call("diff", "--help").out.split())
    assert "(default: several small scopes)" in told
    assert "(default 2)" not in told
    assert "(default 1)" not in told


def test_one_table_under_two_assumptions_differs_from_itself() -> None:
    answer = call("diff", "now", "now --assume efs-vault=never")
    assert answer.code == 1
    assert "DIFFERS delete_backup_vault  [CLEAN-2 ASSUME-EFS-VAULT]" in answer.out


@pytest.mark.parametrize("what", ["removed", "added", "changed"])
def test_a_changed_property_is_a_difference(tmp_path: Path, table: Any, what: str) -> None:
    first = asked("rules", "--json").document["table"]["properties"][0]
    name = lifecycle().properties[0].id
    if what == "changed":
        table["properties"][0]["formula"] = True
    else:
        assert table["properties"].pop(0) == first
    file = written(tmp_path, table)
    order = (file, "now") if what == "added" else ("now", file)
    document = valid("diff", call("diff", *order, *SMALL, "--json"))
    assert (document["verdict"], document["differences"]) == ("different", [])
    assert document["properties"] == {"added": [], "removed": [], "changed": []} | {what: [name]}
    answer = call("diff", *order, *SMALL)
    assert answer.code == 1
    assert "every action behaves in " in answer.out
    assert f"\n  properties {what}: {name}\n" in answer.out


@pytest.mark.slow
def test_without_z3_only_explored_scopes_are_compared(
    tmp_path: Path, table: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("backup_slr.cli.diff.available", lambda: False)
    guards_moved(table)
    answer = call("diff", "now", written(tmp_path, table))
    assert answer.code == 0
    assert "written differently, with the same behavior in these scopes: start_job" in answer.out
    assert install(library="z3-solver") in answer.err


def test_an_action_that_one_table_lacks_differs(tmp_path: Path, table: Any) -> None:
    table["rules"] = [rule for rule in table["rules"] if rule["action"] != "turn_off_cross_account_backup"]
    table["properties"] = []
    file = written(tmp_path, table)
    answer = call("diff", "now", file, *SMALL)
    assert answer.code == 1
    assert "the new rules have no such action" in answer.out
    assert "the old rules have no such action" in call("diff", file, "now", *SMALL).out
    assert call("diff", file, "now", *SMALL, "--json").document["differences"][0]["trace"] is None


def test_a_difference_that_only_one_rule_set_reaches_is_found(tmp_path: Path, table: Any) -> None:
    """In the new rules nothing creates the role, so only states of the old ones show a change of edit_description."""
    rules_of(table, "list_resources")["effects"] = []
    for name in ("set_up_cross_account_backup", "use_feature_from_another_service", "create_service_linked_role"):
        rules_of(table, name)["effects"] = []
    rules_of(table, "perform_efs_automatic_backup")["effects"] = []
    rules_of(table, "edit_description")["guards"][2]["condition"] = False
    found = call("diff", "now", written(tmp_path, table), *SMALL, "--json").document["differences"]
    (edit,) = (d for d in found if d["action"] == "edit_description")
    assert edit["reached"] == "old"
    assert len(edit["trace"]) == 2


@pytest.mark.slow
@settings(max_examples=30)
@given(random_models(actions=2), dice())
def test_a_difference_is_real_and_none_is_missed(drawn: tuple[Model, Any], throws: Dice) -> None:
    model, here = drawn
    every = mutants(model)
    if not every:
        return
    other = every[throws.random.randrange(len(every))].of(model)
    found = diff_models(model, other, here)
    one, two = Naive(model, here), Naive(other, here)
    real: dict[str, int] = {}
    outcomes: dict[str, set[tuple[str, str]]] = {}
    level, seen, depth = [one.layout.initial], {one.layout.initial}, 0
    while level:
        depth += 1
        following: dict[Any, None] = {}
        for state in level:
            for request in one.requests:
                a, b = one.taken(state, request), two.taken(state, request)
                if (a.outcome, a.because, a.after) != (b.outcome, b.because, b.after):
                    real.setdefault(request.action, depth)
                    outcomes.setdefault(request.action, set()).add((a.outcome, b.outcome))
                elif a.after not in seen:
                    following[a.after] = None
        seen |= following.keys()
        level = list(following)
    told = [d for d in found.differing if d.reached == "both" and d.old]
    assert {d.action: len(d.old.steps) for d in told if d.old} == real
    for one in told:
        first, *others = map(_outcomes, (one, *one.others))
        reason_only = {("refused", "refused"), ("failed", "failed")}
        assert first in outcomes[one.action]
        assert sorted(others) == sorted(outcomes[one.action] - reason_only - {first})


def _outcomes(differs: ActionDiff) -> tuple[str, str]:
    assert differs.old
    assert differs.new
    return differs.old.steps[-1].outcome, differs.new.steps[-1].outcome


def test_an_action_that_is_refused_for_another_reason_and_done_where_it_was_refused_differs_twice() -> None:
    """A backup creates the role in the newest edition; without a vault, only the reason of the refusal differs."""
    answer = asked("diff", "now --edition source", "now --edition 2025-10", *SMALL, "--json")
    found = json.loads(answer.out)["differences"]
    assert [one["action"] for one in found] == ["start_job", "start_job"]
    assert [one["new_answer"]["outcome"] for one in found] == ["refused", "done"]
    assert [len(one["trace"]) for one in found] == [1, 2]


# ---------------------------------------------------------------- revisions


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A new repository with the current package in it."""
    root = Path(__file__).parent.parent.parent
    there = tmp_path / "repository"
    there.mkdir()
    around = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}

    def git(*arguments: str) -> None:
        said = ("-c", "user.name=tester", "-c", "user.email=tester@example.org")
        subprocess.run(["git", *said, *arguments], cwd=there, check=True, capture_output=True, env=around)

    git("init", "-q")
    subprocess.run(["cp", "-r", "--parents", "model", str(there)], cwd=root, check=True, capture_output=True)
    git("add", "model")
    git("commit", "-q", "-m", "as it is")
    rules = there / "model" / "backup_slr" / "lifecycle" / "rules.py"
    text = rules.read_text()
    rules.write_text(
        text.replace(
            'cross_account.becomes(False, clause="CREATE-3")', 'cross_account.becomes(True, clause="CREATE-3")'
        )
    )
    extension = there / "model" / "backup_slr" / "lifecycle" / "extensions" / "access_policy.py"
    text = extension.read_text()
    extension.write_text(text.replace('becomes(True, clause="ACCESS-1")', 'becomes(False, clause="ACCESS-1")'))
    git("commit", "-q", "-a", "-m", "changed")
    git("rm", "-q", "-r", "model")
    git("commit", "-q", "-m", "nothing left")
    return there


@pytest.mark.slow
def test_revisions_are_compared(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(repository)
    answer = call("diff", "HEAD~2", "HEAD~1", *SMALL)
    assert answer.code == 1, answer.err
    assert "DIFFERS turn_off_cross_account_backup" in answer.out
    assert answer.out.count("DIFFERS") == 1
    assert call("diff", "HEAD~2", "now", *SMALL).code == 0
    answer = call("diff", "HEAD~1 --with access-policy", "now --with access-policy", *SMALL)
    assert answer.code == 1, answer.err
    assert "DIFFERS deny_deletions" in answer.out
    for name, message in (("HEAD", "'HEAD' has no model/"), ("HEAD~9", "'HEAD~9' is neither a file nor a revision")):
        answer = call("diff", name, "now", *SMALL)
        assert (answer.code, answer.out) == (3, "")
        assert message in answer.err


@pytest.mark.parametrize("name", ["no-such-revision", "--help-me", "a\0b", "nowhere.json", "HEAD^{tree}"])
def test_a_name_that_is_neither_a_file_nor_a_revision_is_reported(name: str) -> None:
    answer = call("diff", "--", name, "now")
    assert (answer.code, answer.out) == (3, "")
    assert answer.err.startswith("error: ")
    assert "Traceback" not in answer.err


def test_an_edition_needs_the_rules_to_which_it_belongs() -> None:
    answer = call("diff", "2025-10", "now")
    assert (answer.code, answer.out) == (3, "")
    assert "'2025-10' is an edition of the page, not a rule set: write 'now --edition 2025-10'" in answer.err


def test_outside_a_repository_only_files_can_be_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    answer = call("diff", "HEAD~1", "now")
    assert answer.code == 3
    assert "no git repository is here" in answer.err


@pytest.mark.parametrize(("bound", "why"), [(("--max-states", "10"), "states"), (("--max-memory", "1"), "memory")])
def test_a_bound_that_was_hit_is_no_equivalence(bound: tuple[str, str], why: str) -> None:
    answer = call("diff", "now", "now", *bound)
    assert answer.code == 5
    assert "inconclusive" in answer.out
    assert f"the search was incomplete ({why})" in answer.out
