"""Exports to Promela and to graphs, checked with Spin and networkx."""

from __future__ import annotations

import io
import json
import re
import shutil
import subprocess
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import patch

import networkx as nx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support import slow
from support.awkward import WHERE, awkward
from support.console import asked, call
from support.random_models import formulas, random_models

from backup_slr.cli.spin import SpinReport, comparison_lines
from backup_slr.engine.check.checker import Checker
from backup_slr.engine.core.formula import Does, Ends
from backup_slr.engine.core.model import Model
from backup_slr.engine.core.rule import Property
from backup_slr.engine.core.scope import Scope
from backup_slr.engine.core.variable import Enum, Flag
from backup_slr.engine.export.formula_text import comment, identifiers
from backup_slr.engine.export.promela import asserted, promela
from backup_slr.engine.export.tla import configuration, tla
from backup_slr.lifecycle import BACKUP, lifecycle, scope
from backup_slr.lifecycle.vocabulary import cross_account

MODEL = lifecycle().assuming()
SMALL = scope(regions=1, vaults=2, points=1)
SPIN = "Spin or a C compiler is not installed (apt-get install spin gcc)"
needs_spin = pytest.mark.skipif(not (shutil.which("spin") and shutil.which("gcc")), reason=SPIN)
EXTENSIONS = [extension.name for extension in BACKUP.extensions]
BROKEN = ("--without", "delete_backup_vault/vault-has-recovery-points")


# ---------------------------------------------------------------- Spin


def spin(lines: Iterable[str], optimised: bool = False) -> tuple[int, set[str]]:
    """The result of Spin: the number of states, and the violated properties.

    Compiling takes longer than searching, unless there are many states.
    """
    with TemporaryDirectory() as folder:
        (Path(folder) / "m.pml").write_text("\n".join(lines) + "\n")

        def run(*command: str) -> str:
            done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120)
            assert done.returncode == 0, done.stdout + done.stderr
            return done.stdout

        run("spin", "-a", "m.pml")
        run("gcc", "-O1" if optimised else "-O0", "-w", "-DSAFETY", "-o", "pan", "pan.c")
        out = run("./pan", "-m1000000", "-w20", "-c0")
    states = re.search(r"(\d+) states, stored", out)
    assert states, out
    assert "max search depth too small" not in out
    assert "pan:1: invalid end state" not in out
    return int(states[1]), set(re.findall(r"assertion violated holds_(\w+)", out))


def ours(model: Model, where: Scope) -> tuple[int, set[str]]:
    """The same result by exploration."""
    judge = Checker(model, where)
    report = judge.check(only=[p.id for p in model.properties if p.kind in ("always", "step")] or ["none"])
    return len(judge.explored.states), {j.property.id for j in report.results if j.verdict == "violated"}


PLANTED = [
    "delete_backup_vault/vault-has-recovery-points",
    "finish_deletion_task/role",
    *slow(
        "delete_backup_vault/default-vault-in-console",
        "finish_deletion_task/resources-remain",
        "finish_deletion_task/service-using-role",
        "delete_recovery_point/service-using-role",
        "edit_description/role-being-deleted",
        "rename_role/name-is-immutable",
        "list_resources/role",
        "start_job/no-such-role",
        "assume_role/only-the-service-may-assume",
    ),
]
READINGS = [
    {"console-visit-recreates-default-vault": "yes", "trigger-while-deleting": "recreates"},
    *slow(
        {"usage-check": "at-submit"},
        {"default-vault": "needs-another-vault"},
        {"empty-vaults-count": "no", "efs-trigger-without-permission": "creates-role"},
    ),
]


@needs_spin
@pytest.mark.slow
def test_spin_finds_the_same_states_at_the_default_scope_and_no_violation() -> None:
    assert spin(promela(MODEL, scope(regions=2, vaults=2, points=1)), optimised=True) == (41_504, set())


@needs_spin
@pytest.mark.slow
@pytest.mark.parametrize("size", [(1, 2, 2), (1, 2, 1), (1, 3, 1)], ids=str)
def test_spin_finds_the_same_number_of_states(size: tuple[int, int, int]) -> None:
    assert spin(promela(MODEL, scope(*size))) == ours(MODEL, scope(*size))


@needs_spin
@pytest.mark.parametrize(
    "arguments",
    [
        *(("--regions", str(regions)) for regions in (1, 2, 3, 4)),
        ("--regions", "2", "--vaults", "3"),
        *(("--with", name) for name in EXTENSIONS),
        ("--with", "all", "--regions", "1"),
    ],
    ids=" ".join,
)
def test_spin_accepts_every_export(arguments: tuple[str, ...], tmp_path: Path) -> None:
    written = call("export", "promela", *arguments, "-o", str(tmp_path / "m.pml"))
    assert written.code == 0
    done = subprocess.run(["spin", "-a", "m.pml"], cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@needs_spin
@pytest.mark.slow
@pytest.mark.parametrize("name", EXTENSIONS)
@pytest.mark.parametrize("broken", [(), BROKEN], ids=["holds", "broken"])
def test_spin_agrees_under_each_extension(name: str, broken: tuple[str, ...]) -> None:
    answer = call("export", "promela", "--check", "--with", name, "--regions", "1", *broken)
    assert (answer.code, answer.out.splitlines()[0]) == (int(bool(broken)), "verdict      agrees"), answer


@pytest.mark.slow
@needs_spin
@pytest.mark.parametrize("part", PLANTED)
def test_spin_finds_the_same_injected_faults(part: str) -> None:
    action, _, name = part.partition("/")
    model = MODEL.without([(action, name)])
    found = spin(promela(model, SMALL))
    assert found == ours(model, SMALL)
    assert found[1] or part in ("delete_recovery_point/service-using-role", "edit_description/role-being-deleted")


@pytest.mark.slow
@needs_spin
@pytest.mark.parametrize("taken", READINGS, ids=str)
def test_spin_has_the_same_verdicts_under_other_assumptions(taken: dict[str, str]) -> None:
    model = lifecycle().assuming(taken)
    assert spin(promela(model, SMALL)) == ours(model, SMALL)


@st.composite
def guesses(draw: st.DrawFn) -> tuple[Model, Scope]:
    """A random model with a few random properties."""
    model, where = draw(random_models(most=64))
    drawn = [("always", formulas(model.state))] * 2 + [("step", formulas(model.state, depth=2, steps=model.rules))] * 2
    found = [Property(kind, f"guess_{n}", f"Guess {n}", draw(kinds), ()) for n, (kind, kinds) in enumerate(drawn)]
    return replace(model, properties=tuple(found)), where


@needs_spin
@pytest.mark.parametrize("dose", [2, *slow(8)])
def test_spin_agrees_on_random_models(dose: int) -> None:
    @settings(max_examples=dose)
    @given(guesses())
    def agree(guess: tuple[Model, Scope]) -> None:
        model, where = guess
        assert spin(promela(model, where)) == ours(model, where)

    agree()


@needs_spin
def test_spin_reads_awkward_names_correctly() -> None:
    model = awkward()
    states, violated = spin(promela(model, WHERE))
    ids = {id_: name.removeprefix("holds_") for name, id_ in asserted(model, WHERE).items()}
    expected, broken = ours(model, WHERE)
    assert (states, violated) == (expected, {ids[id_] for id_ in broken})
    assert expected > 20
    assert len(broken) == 3


@needs_spin
def test_spin_finds_a_violation_in_a_repeated_step() -> None:
    idle = Does(("turn_off_cross_account_backup",)) & ~cross_account & Ends(("done",))
    model = replace(MODEL, properties=(Property("step", "not_twice", "Not twice", ~idle, ()),))
    assert spin(promela(model, SMALL)) == ours(model, SMALL) == (584, {"not_twice"})


def test_a_property_out_of_scope_is_not_asserted_and_a_comment_says_so() -> None:
    large = Scope({"room": 3, "shelf": 1}, {"the_points": 1})
    for lines, name in ((promela, "There is room"), (configuration, "there_is_room")):
        told = [[line for line in lines(awkward(), where) if name in line] for where in (WHERE, large)]
        assert [["does not apply in this scope" in line for line in some] for some in told] == [[True], [False]]
    assert not any("assert(holds_there_is_room)" in line for line in promela(awkward(), WHERE))
    assert any("assert(holds_there_is_room)" in line for line in promela(awkward(), large))


def test_an_input_that_no_rule_reads_has_its_usual_value() -> None:
    unread = Flag("unread", kind="choice"), Enum("how", ("by hand", "by post"), kind="parameter")
    asked_ = Property("step", "unread", "Unread", unread[0] | unread[1].is_("by post"), ())
    lines = map(str.strip, promela(replace(awkward(), properties=(asked_,)), WHERE))
    assert "holds_unread = false;" in lines


def test_all_names_are_unique_and_none_is_a_reserved_word() -> None:
    wanted = ("a-b", "a_b", "a_b_2", "a b", "if", "the_if", "", "7")
    found = identifiers(enumerate(wanted), ("if",))
    assert list(found.values()) == ["a_b", "a_b_2", "a_b_2_2", "a_b_3", "the_if", "the_if_2", "the_", "the_7"]


@pytest.mark.parametrize("text", ["*/", "/*", "*)", "(*", "**/", "/**/", "*)*/(*", "a\n\\* b"])
def test_a_comment_has_no_delimiter_inside(text: str) -> None:
    said = comment(text)
    assert not any(sign in said for sign in ("*/", "/*", "*)", "(*", "\n"))
    assert said.replace(" ", "") == "".join(text.split())


def test_the_head_of_an_export_lists_omitted_parts() -> None:
    kinds = Counter(p.kind for p in MODEL.properties)
    told = [f"{kinds[kind]} of kind '{kind}'" for kind in ("sometimes", "eventually", "possible")]
    for lines in (tla(MODEL), promela(MODEL, SMALL)):
        head = "\n".join(islice(lines, 4))
        assert all(part in head for part in (*told, "fairness"))
    assert "Left out" not in "\n".join(tla(replace(MODEL, properties=())))
    graph = asked("export", "json", "--regions", "1").document["graph"]
    assert "steps that change nothing" in graph["left_out"]
    assert graph["left_out"] in asked("export", "graphml", "--regions", "1").out


# ---------------------------------------------------------------- Spin, called by the program


def changed(folder: Path, change: Any) -> str:
    """A file with the built-in table, changed."""
    document = asked("rules", "--json").document
    change(document["table"])
    file = folder / "rules.json"
    file.write_text(json.dumps(document))
    return str(file)


@needs_spin
@pytest.mark.slow
def test_the_program_runs_spin_on_a_broken_table_with_awkward_names(tmp_path: Path) -> None:
    """A refusal has the name of a value of a variable, and a property has no ASCII name."""

    def change(table: Any) -> None:
        table |= json.loads(json.dumps(table).replace('"no-such-role"', '"role-absent"'))
        wrong = {"kind": "always", "sentence": "2 B\u00fcros */", "clauses": ["CLEAN-1"], "formula": False}
        table["properties"] = [*table["properties"], wrong]

    answer = call("export", "promela", "--check", "--regions", "1", "--rules", changed(tmp_path, change))
    assert (answer.code, answer.out.splitlines()[0]) == (1, "verdict      agrees")
    assert "584 states" in answer.out
    assert "both report VIOLATED: 2_b\u00fcros" in answer.out


@needs_spin
@pytest.mark.slow
def test_the_program_runs_spin_on_its_export_and_compares() -> None:
    fine = call("export", "promela", "--check", "--regions", "1")
    assert (fine.code, fine.out.splitlines()[0]) == (0, "verdict      agrees")
    broken = call("export", "promela", "--check", "--regions", "1", *BROKEN)
    assert broken.code == 1
    assert "both report VIOLATED: recovery_points_lie_in_vaults" in broken.out
    cut = call("export", "promela", "--check", "--regions", "1", "--max-states", "10")
    assert cut.code == 5
    assert "verdict      inconclusive" in cut.out
    assert "states, incomplete: the maximum number of states was reached (--max-states)" in cut.out


def test_without_spin_its_package_is_named() -> None:
    with patch("shutil.which", lambda _: None):
        answer = call("export", "promela", "--check", "--regions", "1")
    assert answer.code == 4
    assert "apt-get install spin gcc" in answer.err
    assert call("export", "aut", "--check").code == 2


@pytest.mark.parametrize(("spun", "ours", "verdict"), [
    ((3, (), True), (4, [], ""), "DISAGREES"),
    ((4, ("a",), True), (4, [], ""), "DISAGREES"),
    ((0, (), False), (4, [], ""), "inconclusive"),
    ((4, (), True), (4, [], "it was cut"), "inconclusive"),  # one search is incomplete
    ((9, (), True), (4, [], "it was cut"), "inconclusive"),
    ((4, (), False), (4, [], ""), "inconclusive"),
    ((9, ("a",), True), (4, [], "it was cut"), "inconclusive"),  # the other search may still find it
    ((9, (), True), (4, ["a"], "it was cut"), "DISAGREES"),  # Spin would have found it
    ((3, ("a",), False), (4, [], ""), "DISAGREES"),
    ((4, ("a",), True), (4, ["a"], ""), "agrees"),
])  # fmt: skip
def test_properties_that_were_not_compared_neither_agree_nor_disagree(
    spun: tuple[int, tuple[str, ...], bool], ours: tuple[int, list[str], str], verdict: str
) -> None:
    lines = list(comparison_lines(SpinReport(*spun, "it was late"), *ours))
    assert lines[0] == f"verdict      {verdict}"
    assert ("incomplete: it was cut" in "".join(lines)) is bool(ours[2])
    assert not any("No property" in line for line in lines)


@pytest.mark.parametrize("program", ["spin", "gcc"])
def test_a_program_that_fails_is_not_reported_as_missing_or_as_a_limit(program: str, tmp_path: Path) -> None:
    for name in ("spin", "gcc"):
        (tmp_path / name).write_text(f"#!/bin/sh\n[ {name} != {program} ] || {{ printf 'no \\033 luck'; exit 1; }}\n")
        (tmp_path / name).chmod(0o755)
    with patch.dict("os.environ", {"PATH": f"{tmp_path}:/usr/bin:/bin"}):
        answer = call("export", "promela", "--check", "--regions", "1")
    assert (answer.code, answer.out) == (4, "")
    assert answer.err == f"error: {program} failed: no \\x1b luck\n"


@pytest.mark.parametrize("element", [{"vault": 3}, {"vault": 0}, {"region": 1}])
def test_elements_without_a_name_are_interchangeable(element: dict[str, int], tmp_path: Path) -> None:
    """All elements without a name are interchangeable, as symmetry, proofs and exports require."""

    def change(table: Any) -> None:
        at = ["vault", "r", element] if "vault" in element else ["vault", element, {"vault": "Default"}]
        table["properties"][0]["formula"] = ["every", ["r"], ["not", ["flag", at]]]

    file = changed(tmp_path, change)
    (name,) = element
    for command in (("check",), ("export", "tla"), ("export", "promela"), ("prove",)):
        answer = call(*command, "--rules", file)
        assert (answer.code, answer.out) == (3, "")
        assert f"].{name}: " in answer.err
        assert "interchangeable" in answer.err


# ---------------------------------------------------------------- graphs

GRAPHS = [
    ("--regions", "1", "--assume", "efs-creates-its-vault=no"),
    *slow(("--regions", "1"), ("--regions", "1", *BROKEN)),
]


def checked(arguments: tuple[str, ...]) -> tuple[int, int]:
    document = asked("check", *arguments, "--json").document
    return document["states"], document["transitions"]


def read_aut(text: str) -> nx.MultiDiGraph:
    head, *lines = text.splitlines()
    first, transitions, states = map(int, re.fullmatch(r"des \((\d+), (\d+), (\d+)\)", head).groups())  # type: ignore[union-attr]
    graph = nx.MultiDiGraph(first=first)
    graph.add_nodes_from(range(states))
    for line in lines:
        source, label, target = re.fullmatch(r'\((\d+), "([^"]*)", (\d+)\)', line).groups()  # type: ignore[union-attr]
        graph.add_edge(int(source), int(target), label=label)
    assert graph.number_of_edges() == transitions
    assert graph.number_of_nodes() == states
    return graph


def labelled(graph: nx.MultiDiGraph) -> Counter[tuple[int, str, int]]:
    """The edges of a graph with their labels."""
    return Counter(
        (int(a), data.get("label") or f"{data['action']} {data['place']}".strip(), int(b))
        for a, b, data in graph.edges(data=True)
    )


@pytest.mark.parametrize("arguments", GRAPHS, ids=" ".join)
def test_all_forms_of_the_graph_are_one_graph_and_count_as_the_check_does(arguments: tuple[str, ...]) -> None:
    aut = read_aut(asked("export", "aut", *arguments).out)
    graphml = nx.read_graphml(io.BytesIO(asked("export", "graphml", *arguments).out.encode()), force_multigraph=True)
    document = json.loads(asked("export", "json", *arguments).out)
    linked = nx.node_link_graph({key: document[key] for key in ("directed", "multigraph", "graph", "nodes", "edges")},
                                edges="edges")  # fmt: skip
    for graph in (aut, graphml, linked):
        assert (graph.number_of_nodes(), graph.number_of_edges()) == checked(arguments)
        assert graph.is_directed()
    assert labelled(aut) == labelled(graphml) == labelled(linked)
    assert set(labelled(aut).values()) == {1}
    assert {int(n): data for n, data in graphml.nodes(data=True)} == dict(linked.nodes(data=True))
    assert len({tuple(data.items()) for _, data in linked.nodes(data=True)}) == linked.number_of_nodes()
    assert set(linked.nodes[0].values()) == {"absent", "default", False}
    assert len(nx.descendants(nx.DiGraph(aut), 0)) == aut.number_of_nodes() - 1


@pytest.mark.parametrize("form", ["aut", "graphml", "json"])
def test_a_graph_that_is_too_large_is_written_in_part_and_marked_as_partial(form: str) -> None:
    answer = call("export", form, "--max-states", "200")
    assert answer.code == 5
    assert "incomplete graph" in answer.err
    if form == "aut":
        assert read_aut(answer.out).number_of_nodes() > 200
    elif form == "graphml":
        graph = nx.read_graphml(io.BytesIO(answer.out.encode()))
        assert graph.graph["complete"] == "false"
    else:
        assert json.loads(answer.out)["graph"]["complete"] is False
