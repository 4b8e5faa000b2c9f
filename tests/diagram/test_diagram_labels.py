"""Labels in English, by API operation or by id; brief pictures; the state diagram of Mermaid."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from support import slow
from support.console import call
from support.pictures import BUILDER, gallery
from support.schemas import valid
from support.second_role import CLUSTERS

from backup_slr.advice.plan import full_account
from backup_slr.cli.app import parse
from backup_slr.cli.choices import DIAGRAMS, FORMATS, FORMS
from backup_slr.diagram.formats import PICTURES, TEXT
from backup_slr.diagram.graph import Diagram
from backup_slr.diagram.labels import BRIEF, LABEL_STYLES, LabelStyle, action_label, request_label
from backup_slr.diagram.quotient import quotient, reach
from backup_slr.diagram.views.decision import decision_diagram
from backup_slr.diagram.views.state_diagram import lifecycle_diagram
from backup_slr.diagram.views.teardown import teardown_diagram
from backup_slr.engine.check.exploration import Limits
from backup_slr.lifecycle import BACKUP

TOY = CLUSTERS.having(CLUSTERS.model.assuming())


def drawn(*words: str) -> Diagram:
    return BUILDER.diagram(parse(["diagram", *words]))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("labels", "box", "back"),
    [
        ("english", "5. delete one recovery point of a vault", "the vault still holds recovery points"),
        ("aws", "5. DeleteRecoveryPoint", "InvalidRequestException"),
        pytest.param("id", "5. delete_recovery_point", "vault-has-recovery-points", marks=pytest.mark.slow),
    ],
)
def test_boxes_and_arrows_have_the_labels_of_the_style(labels: str, box: str, back: str) -> None:
    english = labels == "english"
    picture = gallery()["teardown-cli"] if english else drawn("teardown", "--via", "cli", "--labels", labels)
    assert picture.nodes[5].lines[0] == box
    assert back in {" ".join(e.lines) for e in picture.edges}


@pytest.mark.parametrize("form", TEXT)
def test_pictures_are_in_english_and_data_has_ids(form: str) -> None:
    text = call("diagram", "dependencies", "--full", "-f", form).out
    assert ("delete one recovery" in text) == (form not in ("json", "graphml", "scxml"))


@pytest.mark.parametrize("labels", LABEL_STYLES)
def test_every_action_has_a_label_also_without_an_api_operation(labels: LabelStyle) -> None:
    for rule in (*BACKUP.model.rules, *TOY.model.rules):
        assert action_label(rule, labels)
    assert action_label(BACKUP.model.rule("use_feature_from_another_service"), "aws").startswith("use a feature")


def test_inputs_of_a_request_are_in_english() -> None:
    rule = BACKUP.model.rule("delete_recovery_point")
    label = request_label(BACKUP, rule, "r/v", {"via": "cli", "collides": True}, "english")
    assert label == "delete one recovery point of a vault: r/v, with the CLI, the request collides with a running job"


@pytest.mark.parametrize("name", ["lifecycle", *slow("teardown"), "dependencies", "reachable"])
def test_a_brief_picture_has_no_lists_and_no_clauses(name: str) -> None:
    brief = drawn(name, "--brief")
    assert not any(n.folded for n in brief.nodes)
    assert not any(e.clauses or e.reach for e in brief.edges)
    assert any(e.lines for e in brief.edges)


def test_a_brief_picture_of_dependencies_has_only_what_blocks_the_goal() -> None:
    assert len(drawn("dependencies", "--full").nodes) > 4
    assert {n.id for n in drawn("dependencies", "--brief").nodes} == {"n-role", "n-vault", "n-points", "n-job"}
    assert {e.kind for e in drawn("dependencies", "--brief").edges} == {"blocks", "might"}


@pytest.mark.parametrize("name", BRIEF[:3])
def test_pictures_are_brief_unless_all_details_are_requested_and_data_is_not(name: str) -> None:
    assert drawn(name) == drawn(name, "--brief") != drawn(name, "--full")
    assert drawn(name, "--json", "--labels", "english") == drawn(name, "--full")


@pytest.mark.parametrize(
    ("labels", "title", "boxes"),
    [
        (
            "english",
            "Why 'delete a backup vault' is refused",
            {
                "delete a backup vault user request",
                "refused: the vault still holds recovery points",
                "error: InvalidRequestException "
                "fix: repeat 'delete one recovery point of a vault' until the vault holds no recovery points",
            },
        ),
        (
            "aws",
            "Why DeleteBackupVault is refused",
            {
                "DeleteBackupVault user request",
                "refused: InvalidRequestException the vault still holds recovery points",
                "refused: the console cannot delete the default vault",
                "fix: repeat DeleteRecoveryPoint until the vault holds no recovery points",
            },
        ),
        (
            "id",
            "Why delete_backup_vault is refused",
            {
                "delete_backup_vault user request",
                "refused: vault-has-recovery-points the vault still holds recovery points",
                "error: InvalidRequestException "
                "fix: repeat delete_recovery_point until the vault holds no recovery points",
            },
        ),
    ],
)
def test_decision_trees_have_the_labels_of_the_style(labels: str, title: str, boxes: set[str]) -> None:
    picture = drawn("decision", "delete_backup_vault", "--labels", labels)
    assert picture.title == title
    assert boxes <= {" ".join(lines) for node in picture.nodes for lines in (node.lines, node.folded)}


def test_a_decision_tree_of_another_role_in_the_words_of_its_api() -> None:
    nodes = decision_diagram(TOY, TOY.model.rule("delete_cluster"), labels="aws").nodes
    assert nodes[0].lines == ("Delete", "user request")


def test_labels_of_another_role() -> None:
    scope = TOY.scope(2, 1)
    found = quotient(reach(TOY, scope, Limits()), TOY.abstractions[0])
    edges = lifecycle_diagram(found, labels="english", brief=True).edges
    assert [e.lines for e in edges] == [(), ("create a cluster",), ("delete the role", "[unless clusters are left]")]
    plan = teardown_diagram(replace(full_account(CLUSTERS), assume={"nodes-block": "no"}), labels="aws")
    assert [n.lines[0] for n in plan.nodes[1:3]] == ["1. Delete", "2. DeleteServiceLinkedRole"]


def test_a_state_diagram_of_mermaid_has_every_state_and_arrow() -> None:
    picture = gallery()["lifecycle"]
    lines = TEXT["mermaid-state"](picture).splitlines()
    assert "stateDiagram-v2" in lines
    assert "  [*] --> n_absent" in lines
    assert sum(" --> " in line for line in lines) == len(picture.edges)
    assert sum(line.startswith("  state ") for line in lines) == len(picture.nodes) - 1
    assert TEXT["mermaid-state"](gallery()["sequence-clean-up-in-the-console"]).count("sequenceDiagram") == 1


def test_help_has_a_line_for_each_view() -> None:
    text = call("diagram", "--help").out
    assert all(f"{name:<15} {means}" in text for name, means in DIAGRAMS.items())


def test_pictures_and_formats_are_listed_with_a_line_each(tmp_path: Path) -> None:
    valid("list", call("diagram", "--list", "--json"))
    text = call("diagram", "--list").out
    assert [line.split()[0] for line in text.splitlines()] == [*DIAGRAMS, *FORMATS]
    assert set(FORMATS) == {*TEXT, *PICTURES, "html", "csv"}
    file = tmp_path / "forms.txt"
    assert call("export", "--list", "-o", str(file)).code == 0
    assert [line.split()[0] for line in file.read_text().splitlines()] == list(FORMS)


def test_only_large_pictures_outside_of_the_gallery_have_a_warning() -> None:
    assert "41 arrows are hard to read" in call("diagram", "lifecycle", "--abstract", "features", "-f", "dot").err
    large = call("diagram", "sequence", "--scenario", "simulations/clean-up-in-the-console.toml", "-f", "dot")
    assert (large.code, large.err) == (0, "")
