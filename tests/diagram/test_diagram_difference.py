"""The difference of two rule sets as a picture: it hides nothing that `diff` finds."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest
from support.console import asked, call

from backup_slr.diagram.graph import Diagram
from backup_slr.diagram.quotient import Quotient, quotient, reach
from backup_slr.diagram.views.difference import difference_diagram
from backup_slr.engine.check.exploration import Limits
from backup_slr.engine.core.model import Model, parts_of
from backup_slr.engine.diff.model_diff import diff_models
from backup_slr.engine.spec.abstraction import abstraction
from backup_slr.lifecycle import BACKUP, lifecycle, scope

MODEL = lifecycle().assuming()
SCOPE = scope(1, 2, 1)
PARTS = list(dict.fromkeys((rule.action, part) for rule in MODEL.rules for part in parts_of(rule)))
REMAIN, CONSOLE, _ = SOME = (
    ("finish_deletion_task", "resources-remain"),
    ("delete_backup_vault", "default-vault-in-console"),
    ("delete_recovery_point", "points"),
)


@cache
def seen(*without: tuple[str, str]) -> tuple[Model, Quotient]:
    model = MODEL.without(without)
    return model, quotient(reach(BACKUP.having(model), SCOPE, Limits()), abstraction("obstacles", BACKUP))


def drawn(old: tuple[tuple[str, str], ...], new: tuple[tuple[str, str], ...]) -> tuple[Diagram, list[str]]:
    before, after = seen(*old), seen(*new)
    differing = [d.action for d in diff_models(before[0], after[0], SCOPE).differing]
    return difference_diagram(before[1], after[1], ("old", "new"), differing), differing


def arrows(picture: Diagram, kind: str) -> set[tuple[str, str, tuple[str, ...]]]:
    return {(e.source, e.target, e.lines) for e in picture.edges if e.kind == kind}


@pytest.mark.slow
@pytest.mark.parametrize(
    "part", [p if p in SOME else pytest.param(p, marks=pytest.mark.slow) for p in PARTS], ids="/".join
)
def test_every_action_that_behaves_differently_is_visible(part: tuple[str, str]) -> None:
    picture, differing = drawn((), (part,))
    changed = {event for e in picture.edges if e.kind in ("added", "removed") for event in e.events}
    signed = {line.split(" ")[1].rstrip(":") for n in picture.nodes if n.kind != "note" for line in n.folded}
    named = {line for n in picture.nodes if n.kind == "note" for line in n.folded}
    assert set(differing) <= changed | signed | named
    assert named <= set(differing)
    assert not named & (changed | signed)
    assert picture.numbers["differing"] == len(differing)
    assert picture.numbers["hidden"] == len(named)
    assert all(name in picture.description for name in named)


def test_removed_parts_are_added_in_the_reverse_difference() -> None:
    there, back = drawn((), (REMAIN,))[0], drawn((REMAIN,), ())[0]
    assert arrows(there, "removed") == arrows(back, "added") != set()
    assert arrows(there, "added") == arrows(back, "removed")
    removed = {" ".join(lines) for _, _, lines in arrows(there, "removed")}
    assert removed == {"finish_deletion_task: resources-remain"}
    added, gone = there.numbers["added"], there.numbers["removed"]
    assert f"{added} arrow{'s'[: added != 1]} added, {gone} removed" in there.description


def test_a_plus_is_refused_only_after_and_a_minus_only_before() -> None:
    there, back = drawn((), (CONSOLE,))[0], drawn((CONSOLE,), ())[0]
    assert {line for n in there.nodes for line in n.folded} == {"- delete_backup_vault: default-vault-in-console"}
    assert {line for n in back.nodes for line in n.folded} == {"+ delete_backup_vault: default-vault-in-console"}
    assert there.signs == (("-", "refused only before the change"),)
    assert back.signs == (("+", "refused only after the change"),)


def test_the_caption_has_both_sizes_and_the_picture_an_initial_state() -> None:
    picture = drawn((), (REMAIN,))[0]
    absent = next(n for n in picture.nodes if n.lines[0] == "absent")
    assert re.match(r"absent: \d+ -> \d+ states", absent.tooltip)
    before, after = (len(seen(*w)[1].reached.explored.states) for w in ((), (REMAIN,)))
    assert before < after
    assert f"old: {before:,} states; new: {after:,} states" in picture.caption
    assert picture.nodes[0].kind == "initial"
    assert picture.edges[0].kind == "start"
    assert "scope 1 Region, 2 vaults in each" in picture.caption


def test_two_equal_tables_have_only_unchanged_arrows() -> None:
    picture, differing = drawn((), ())
    assert not differing
    assert {e.kind for e in picture.edges} == {"start", "same"}
    assert not any(n.folded or n.kind == "note" for n in picture.nodes)
    assert not any(e.lines for e in picture.edges)


# ---------------------------------------------------------------- the command


@pytest.mark.slow
def test_a_difference_is_a_finding_only_if_the_exit_code_is_requested() -> None:
    same = asked("diagram", "difference", "now", "now", "--vaults", "2")
    assert (same.code, same.err) == (0, "")
    words = ("diagram", "difference", "now", "now --without edit_description/description", "--vaults", "2")
    other = asked(*words)
    assert (other.code, asked(*words, "--exit-code").code) == (0, 1)
    assert "1 action behaves differently" in other.err
    assert "also behave differently" in other.out.replace("<br/>", " ")
    assert 'title: "Effect of removing edit_description/description"' in other.out


@pytest.mark.slow
def test_tables_in_pictures_have_the_names_of_their_files(tmp_path: Path) -> None:
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        assert call("rules", "--json", "-o", str(tmp_path / folder / "rules.json")).code == 0
    one, two = (str(tmp_path / folder / "rules.json") for folder in ("one", "two"))
    document = call("diagram", "difference", "now", one, "--vaults", "2", "--json").document
    assert document["title"] == "No difference between now and rules.json"
    both = call("diagram", "difference", one, two, "--vaults", "2", "--json").document
    assert one in both["title"], "two files of one name are distinguished by their folders"


def test_the_name_of_a_rule_set_may_include_options() -> None:
    needs = "now --assume default-vault=needs-another-vault"
    document = asked("diagram", "difference", "now", needs, "--vaults", "2", "--json").document
    folded = {line for n in document["nodes"] for line in n["folded"]}
    assert folded == {"+ delete_backup_vault: default-vault-needs-another-vault"}


@pytest.mark.parametrize(
    ("new", "facts"),
    [
        ("now --assume default-valt=x", ("did you mean 'default-vault'",)),
        ("now --without x/y", ("unknown action 'x'",)),
        ("now --wthout x/y", ("'--without'",)),
        ("now --assume 'x", ("No closing quotation",)),
        ("nowhere.json --assume default-vault=x", ("nowhere.json", "cannot be read")),
    ],
)
def test_a_wrong_option_of_a_table_is_reported(new: str, facts: tuple[str, ...]) -> None:
    answer = call("diagram", "difference", "now", new, "--vaults", "2")
    assert answer.code in (2, 3)
    assert all(fact in answer.err for fact in facts), answer.err
