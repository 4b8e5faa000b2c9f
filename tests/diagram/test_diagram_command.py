"""The commands that draw, and `doctor`: their output and their error messages."""

from __future__ import annotations

import shlex
import sys
import tomllib
from pathlib import Path
from xml.etree import ElementTree

import pytest
from support.console import asked, call, scenario
from support.pictures import ROOT
from support.schemas import valid

from backup_slr.cli import diagram_builder
from backup_slr.cli.doctor import LIBRARIES
from backup_slr.cli.progress import ProgressBar
from backup_slr.diagram.svg.kill_matrix import Square, kill_matrix_svg
from backup_slr.engine.check.checker import EVERY_OUTCOME
from backup_slr.errors import install

SIMULATIONS = ROOT / "simulations"
BROKEN = "delete_backup_vault/vault-has-recovery-points"
NO_JOBS = "start_job/job"
RUN = 'title = "a run"\n[[step]]\ndo = "list_resources"\n[[step]]\ndo = "wait"\nminutes = 3\n'


# ---------------------------------------------------------------- one picture


@pytest.mark.parametrize("form", ["dot", "mermaid", "plantuml", "md", "json", "graphml", "scxml"])
def test_the_suffix_of_a_file_selects_the_format(form: str, tmp_path: Path) -> None:
    file = tmp_path / f"picture.{ {'mermaid': 'mmd', 'plantuml': 'puml'}.get(form, form) }"
    assert call("diagram", "dependencies", "-o", str(file)).code == 0
    assert file.read_text() == asked("diagram", "dependencies", "--format", form).out


def test_mermaid_is_the_default_format() -> None:
    assert asked("diagram", "lifecycle").out == asked("diagram", "lifecycle", "-f", "mmd").out
    assert asked("diagram", "lifecycle").out.startswith("---\ntitle:")


def test_assumptions_and_parts_left_out_are_in_the_caption() -> None:
    document = asked("diagram", "lifecycle", "--json", "--assume", "usage-check=at-submit").document
    assert "assuming usage-check = at-submit" in document["caption"]
    document = asked("diagram", "decision", "delete_backup_vault", "--json", "--without", BROKEN).document
    assert f"without {BROKEN}" in document["caption"]


@pytest.mark.slow
def test_documents_match_their_schemas() -> None:
    valid("diagram", asked("diagram", "dependencies", "--json"))
    valid("diagram", asked("diagram", "traceability", "--json"))


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


@pytest.mark.slow
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


def test_packages_are_installed_by_the_python_that_runs_the_program(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/opt/a python/bin/python")
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    for extra in {extra for _, _, extra in LIBRARIES.values()} - {""} | {"png"}:
        assert extra in project["optional-dependencies"]
    for command in (install("png"), install(library="z3-solver"), install("", "nothing")):
        assert shlex.split(command)[:4] == ["/opt/a python/bin/python", "-m", "pip", "install"]
    (z3,) = shlex.split(install(library="z3-solver"))[4:]
    assert z3.startswith("z3-solver")
    assert shlex.split(install("", "nothing"))[4:] == ["nothing"]


def test_a_picture_of_an_account_has_progress_and_a_bound_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[str] = []

    def show(_: ProgressBar, text: str) -> None:
        shown.append(text)

    monkeypatch.setattr(diagram_builder, "MOST_PICTURED", 10)
    monkeypatch.setattr(ProgressBar, "show", show)
    file = str(SIMULATIONS / "accounts" / "small.toml")
    answer = call("diagram", "lifecycle", "--account", file)
    assert (answer.code, answer.out) == (5, "")
    assert "states were found before a limit (--max-states" in answer.err
    assert any("states" in text for text in shown)
    assert call("diagram", "lifecycle", "--account", file, "--max-states", "1000000").code == 0


# ---------------------------------------------------------------- bad input


@pytest.mark.parametrize(
    ("arguments", "code", "facts"),
    [
        ((), 2, ("name a picture", "--list")),
        (("lifecyle",), 2, ("unknown diagram 'lifecyle'", "did you mean 'lifecycle'")),
        (("lifecycle", "more"), 2, ("takes no further argument",)),
        (("lifecycle", "--format", "sgv"), 2, ("unknown format 'sgv'", "'svg'")),
        (("lifecycle", "-o", "x.bmp"), 2, ("unknown suffix '.bmp'", "known: .gv", "--format")),
        (("lifecycle", "-o", "x.svgg"), 2, ("did you mean '.svg'",)),
        (("lifecycle", "--full", "--brief"), 2, ("opposites",)),
        (
            ("sequence", "--account", "y.toml"),
            2,
            ("not with sequence; to draw requests in an account: witness",),
        ),
        (("decision", "delete_role", "--full"), 2, ("--full goes with lifecycle",)),
        (("lifecycle", "--format", "csv"), 2, ("traceability",)),
        (("lifecycle", "-f", "svg", "--theme", "drak"), 2, ("'dark'",)),
        (("lifecycle", "-f", "svg", "--renderer", "wsai"), 2, ("'wasi'",)),
        (("lifecycle", "--abstract", "obstacle"), 3, ("did you mean 'obstacles'",)),
        (("lifecycle", "--abstract", "role, any(pionts > 0)"), 3, ("unknown name 'pionts'", "'points'", "^")),
        (("lifecycle", "--abstract", "role,"), 3, ("expected",)),
        (("lifecycle", "--regions", "0"), 2, ("a whole number from 1 to 1,000",)),
        (("lifecycle", "--max-states", "10"), 5, ("30 states", "--max-states")),
        (("lifecycle", "--regions", "9", "--vaults", "9"), 5, ("too large",)),
        (("reachable", "--max-memory", "1"), 5, ("--max-memory",)),
        (("lifecycle", "--assume", "usage=x"), 2, ("did you mean 'usage-check'",)),
        (("lifecycle", "--without", "x/y"), 2, ("unknown action 'x'",)),
        (("lifecycle", "--check"), 2, ("--check goes with --all",)),
        (("lifecycle", "--all"), 2, ("leave 'lifecycle' out",)),
        (
            ("reachable", "--abstract", "role, description, cross_account, any(vault), any(points > 0), using_role"),
            2,
            ("too many", "backup-slr export"),
        ),
        (("teardown", "--via", "consle"), 2, ("'console'",)),
        (("decision",), 2, ("add the action",)),
        (("decision", "delete_backup_valt"), 2, ("did you mean 'delete_backup_vault'",)),
        (("counterexample",), 2, ("add the property",)),
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
        (("traceability", "--tests", "nowhere"), 3, ("not a folder of tests",)),
        (("--all", "--check", "-o", "nowhere"), 3, ("is not a folder of diagrams",)),
        (("dependencies", "-o", "nowhere/x.dot"), 3, ("cannot be written",)),
        (("dependencies", "-o", "nowhere/x.png"), 3, ("cannot be written",)),
        (("counterexample", EVERY_OUTCOME.id), 2, ("no single trace shows", f"check --property {EVERY_OUTCOME.id}")),
        (("counterexample", "deletion_fails_for_another_region"), 2, ("2 regions",)),
        (
            ("counterexample", "deletion_succeeds_despite_use", "--without", NO_JOBS),
            2,
            ("is violated", "never happens"),
        ),
        # Options that would be ignored are rejected.
        (("--all", "--assume", "usage-check=at-submit"), 2, ("leave --assume out",)),
        (("--all", "--abstract", "role"), 2, ("leave --abstract out",)),
        (("--all", "--theme", "dark"), 2, ("leave --theme out",)),
        (("--all", "-f", "svg"), 2, ("leave --format out",)),
        (("--all", "--json"), 2, ("leave --json out",)),
        (("--all", "--regions", "2"), 2, ("leave --regions out",)),
        (("--all", "--renderer", "wsai"), 2, ("'wasi'",)),
        (("lifecycle", "--via", "cli"), 2, ("--via goes with teardown, not with lifecycle",)),
        (("lifecycle", "--scenario", "x.toml"), 2, ("--scenario goes with sequence",)),
        (("decision", "delete_role", "--abstract", "role"), 2, ("--abstract goes with lifecycle",)),
        (("decision", "delete_role", "--vaults", "2"), 2, ("--vaults goes with",)),
        (("traceability", "--abstract", "role"), 2, ("--abstract goes with",)),
        (("difference", "now", "now", "--rules", "x.json"), 2, ("--rules goes with",)),
        (("lifecycle", "--exit-code"), 2, ("--exit-code goes with difference",)),
        (("traceability", "--brief"), 2, ("--brief goes with",)),
        (("lifecycle", "--labels", "englsh"), 2, ("did you mean 'english'",)),
        (("lifecycle", "-f", "dot", "--theme", "dark"), 2, ("--theme is for svg and png, not for dot",)),
        (("lifecycle", "-f", "md", "--renderer", "dot"), 2, ("--renderer is for svg and png",)),
        (("lifecycle", "--json", "-f", "svg"), 2, ("--json is the same as --format json, not svg",)),
        (("lifecycle", "--json", "-o", "x.svg"), 2, ("not svg",)),
        (("lifecycle", "--abstract", ""), 2, ("--abstract", "must not be empty")),
        (("lifecycle", "-f", ""), 2, ("--format", "must not be empty")),
        (("lifecycle", "-o", ""), 2, ("--output", "must not be empty")),
    ],
    ids=lambda x: " ".join(x)[:50] if isinstance(x, tuple) else None,
)
def test_bad_input_is_reported_in_one_message(
    arguments: tuple[str, ...], code: int, facts: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    answer = call("diagram", *arguments)
    assert answer.code == code, answer.err
    assert all(fact in answer.err for fact in facts), answer.err
    assert "Traceback" not in answer.err


def test_a_difference_of_unlike_models_points_to_diff() -> None:
    answer = call("diagram", "difference", "now", "now --with copies", "-f", "dot")
    assert (answer.code, answer.out) == (3, "")
    assert "backup-slr diff now 'now --with copies' compares them without a picture" in answer.err


def test_a_difference_of_equal_models_says_that_nothing_differs() -> None:
    answer = call("diagram", "difference", "now", "now", "--regions", "1", "--vaults", "2", "-f", "dot")
    assert answer.code == 0
    assert "No difference between now and now" in answer.out
    assert "nothing differs; now: 584 states; now: 584 states" in answer.out


@pytest.mark.parametrize(
    "arguments",
    [
        ("reachable", "--vaults", "2"),
        ("lifecycle", "--vaults", "2"),
        ("difference", "now", "now", "--vaults", "2"),
        ("counterexample", "recovery_points_lie_in_vaults", "--without", BROKEN),
    ],
)
def test_an_interrupt_writes_no_part_of_a_picture(arguments: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    from backup_slr.engine.check import checker as judge
    from backup_slr.engine.check import exploration as explore

    def enough(*_: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(explore.Space, "_expand", lambda *_: enough)
    monkeypatch.setattr(judge.Checker, "judge", enough)
    answer = call("diagram", *arguments)
    assert answer.code == 130
    assert "interrupted" in answer.err
    assert not answer.out


def test_a_scenario_that_does_not_run_is_reported_with_its_line(tmp_path: Path) -> None:
    answer = call("diagram", "sequence", "--scenario", scenario(tmp_path, RUN.replace("list_", "lst_")))
    assert answer.code == 3
    assert ":3:" in answer.err
    assert "did you mean 'list_resources'" in answer.err


def test_output_that_cannot_be_written_to_its_file_goes_to_stdout(tmp_path: Path) -> None:
    answer = call("diagram", "dependencies", "-f", "dot", "-o", str(tmp_path))
    assert answer.code == 3
    assert answer.out.startswith("//")


@pytest.mark.slow
def test_a_kill_matrix_is_drawn_with_a_square_for_each_mutant_and_oracle(tmp_path: Path) -> None:
    file = tmp_path / "kill.svg"
    answer = call("mutate", "--action", "delete_role", "--json", "--picture", str(file))
    root = ElementTree.parse(file).getroot()
    told = [e for e in root.iter() if e.find("{*}title") is not None and e is not root]
    assert len(told) == answer.document["mutants"] * 3
    assert root.findtext("{*}desc")


def test_every_square_of_a_kill_matrix_names_its_mutant_and_oracle() -> None:
    assert call("mutate", "--picture", "kill.gif").code == 2
    mutants = [Square("a/x", "killed", ("an invariant", "")), Square("a/y", "survived", ("", ""))]
    root = ElementTree.fromstring(kill_matrix_svg("Who", "two mutants", ["one", "two"], {"a": mutants}))
    squares = [e for e in root.iter() if e.find("{*}title") is not None and e is not root]
    assert [(e.get("class"), e.findtext("{*}title")) for e in squares] == [
        ("noticed", "a/x, one: an invariant"),
        ("survived", "a/y, one: survives"),
        ("missed", "a/x, two: not killed"),
        ("survived", "a/y, two: survives"),
    ]
