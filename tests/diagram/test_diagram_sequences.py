"""Sequences: senders and receivers; equal labels have equal ends, and no step of a run is lost."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from functools import cache
from io import BytesIO, TextIOWrapper
from pathlib import Path
from typing import Any

import pytest
from support.console import call, scenario
from support.pictures import BUILDER, ROOT

from backup_slr.cli.app import parse
from backup_slr.diagram.formats import TEXT
from backup_slr.diagram.graph import Diagram, Edge
from backup_slr.diagram.svg.sequence_layout import sequence_drawing
from backup_slr.diagram.views.sequence import sequence_diagram
from backup_slr.engine.core.scope import shown
from backup_slr.engine.core.variable import Flag, usual
from backup_slr.lifecycle import BACKUP, lifecycle
from backup_slr.scenario.scenario_file import load

SIMULATIONS = ROOT / "simulations"
SCENARIOS = sorted(file.stem for file in SIMULATIONS.glob("*.toml"))
RULES = {rule.action: rule for rule in lifecycle().extended(*BACKUP.extensions).rules}
OPERATOR, IAM, AWS_BACKUP, VAULTS = "n-operator", "n-iam", "n-aws-backup", "n-the-vaults"


def sequence(*words: str) -> Diagram:
    return BUILDER.diagram(parse(["diagram", "sequence", "--labels", "id", *words]))


@cache
def drawn(name: str) -> Diagram:
    """A scenario of the gallery as a sequence."""
    return sequence("--scenario", str(SIMULATIONS / f"{name}.toml"))


def bare(line: str) -> str:
    """A line without its step number."""
    return re.sub(r"^\d+\. ", "", line)


def told(edge: Edge) -> tuple[str, str, str]:
    return edge.source, edge.target, bare(edge.lines[0])


@pytest.mark.slow
@pytest.mark.parametrize("name", SCENARIOS)
def test_only_the_sender_acts_and_only_the_service_changes_other_lanes(name: str) -> None:
    assert {"person", "service"} & {edge.kind for edge in drawn(name).edges}
    for edge in drawn(name).edges:
        if edge.kind == "pause":
            assert (edge.source, edge.target) == (OPERATOR, OPERATOR)
            continue
        rule = RULES[edge.events[0]]
        if edge.kind == "person":
            assert edge.source == OPERATOR
            assert rule.by == "person"
            iam = any(o.startswith(("iam:", "sts:")) for o in rule.operations)
            assert edge.target == (IAM if iam else AWS_BACKUP)
        elif edge.kind == "service":
            assert edge.source in (IAM, AWS_BACKUP), "vaults and operators do nothing by themselves"
            iam = any(o.startswith("iam:") for o in rule.operations)
            assert rule.by == "service" or edge.source == (IAM if iam else AWS_BACKUP)


def test_requests_that_look_the_same_in_one_account_end_the_same() -> None:
    """A request is completely on its arrow, so only a changed account can change its outcome."""
    compared = 0
    for name in SCENARIOS:
        found: dict[str, str] = {}
        asked = ""
        for edge in drawn(name).edges:
            if bare(edge.lines[0]).split(" ")[0] in RULES:
                asked = bare(edge.lines[0]).split(" (")[0]
            if edge.kind in ("refused", "failed", "answer"):
                end = next(x for x in edge.lines if x.split(":")[0] in ("refused", "failed", "done"))
                compared += asked in found
                assert found.setdefault(asked, end) == end, (name, asked)
            if "->" in " ".join(edge.lines):
                found.clear()
    assert compared > 0


@pytest.mark.parametrize("name", SCENARIOS)
def test_the_inputs_of_every_step_are_on_an_arrow(name: str) -> None:
    lines = [bare(line) for e in drawn(name).edges for line in e.lines]
    steps = load(SIMULATIONS / f"{name}.toml").steps
    assert any(said.do in RULES for said in steps)
    for said in steps:
        if said.do not in RULES:
            assert any(line.startswith("wait ") for line in lines)
            continue
        place = "/".join(said.place)
        mine = [line for line in lines if line.startswith(" ".join(filter(None, (said.do, place))))]
        assert mine, said.do
        for key, value in said.inputs.items():
            variable = next(i for i in RULES[said.do].inputs if i.name == key)
            text = f"{key}={str(shown(variable, value)).lower()}"
            assert value == usual(variable) or any(text in line for line in mine), (said.do, text)


def test_the_service_assumes_the_role_and_the_operator_is_refused() -> None:
    edges = list(map(told, drawn("only-aws-backup-assumes-the-role").edges))
    assert edges[:4] == [
        (OPERATOR, IAM, "assume_role via=cli by=other"),
        (IAM, OPERATOR, "refused: only-the-service-may-assume (AccessDenied)"),
        (AWS_BACKUP, IAM, "assume_role by=service"),
        (IAM, AWS_BACKUP, "done"),
    ]


def test_a_nightly_run_creates_the_role_as_the_service() -> None:
    picture = drawn("a-scheduled-run-recreates-the-role")
    assert (AWS_BACKUP, IAM, "role absent -> present") in list(map(told, picture.edges))
    assert (AWS_BACKUP, VAULTS, "start_job eu-west-1/plan-b") in list(map(told, picture.edges))


def test_an_action_without_a_console_button_sends_no_request() -> None:
    picture = drawn("clean-up-in-the-console")
    turned = [e for e in picture.edges if "refused: default-vault-in-console" in e.lines]
    assert len(turned) == 2
    for edge in turned:
        assert (edge.source, edge.target, edge.kind) == (OPERATOR, OPERATOR, "refused")
        assert bare(edge.lines[0]).startswith("delete_backup_vault")
        assert "no request is sent" in edge.lines
        assert edge.clauses == ("CLEAN-5",)


def test_clauses_are_on_responses_not_on_requests() -> None:
    picture = drawn("clean-up-in-the-console")
    asked = [e for e in picture.edges if e.kind == "person"]
    assert asked
    assert not any(e.clauses for e in asked)
    failed = next(e for e in picture.edges if e.kind == "failed")
    assert failed.lines == ("failed: resources-remain (FAILED)", "role deleting -> present")
    assert failed.clauses == ("CLEAN-2",)
    gone = [e for e in picture.edges if e.lines == ("vault exists -> deleted",)]
    assert [e.clauses for e in gone] == [("CLEAN-2",), ("CLEAN-2",), ("CLEAN-6",), ("CLEAN-6",)]


def test_the_deletion_task_asks_the_service_and_ends_in_the_lane_of_iam() -> None:
    drawn_edges = drawn("the-role-before-its-vaults").edges
    edges = [(e.source, e.target, "; ".join(map(bare, e.lines))) for e in drawn_edges]
    asked = edges.index((IAM, AWS_BACKUP, "finish_deletion_task; asks about recovery points, vault, job"))
    assert edges[asked + 1] == (IAM, IAM, "failed: resources-remain (FAILED); role deleting -> present")
    assert edges[-1] == (IAM, IAM, "done; role deleting -> absent")


def test_repetitions_are_one_message_with_their_number_and_total_change() -> None:
    picture = drawn("clean-up-in-the-console")
    assert picture.edges[0].lines == ("1. delete_recovery_point us-east-1/Default via=console (3 times)",)
    assert told(picture.edges[1]) == (AWS_BACKUP, VAULTS, "recovery points 3 -> 0")
    assert [e.lines for e in drawn("a-job-in-another-region-blocks-a-deletion").edges if e.kind == "pause"] == [
        ("2. wait 5 minutes",)
    ]


def test_the_account_at_the_start_is_in_the_heads_of_the_lanes() -> None:
    heads = {n.id: n.folded for n in drawn("clean-up-in-the-console").nodes}
    assert heads == {
        OPERATOR: (),
        IAM: ("role present",),
        AWS_BACKUP: (),
        VAULTS: (
            "us-east-1/Default: recovery points 3",
            "us-east-1/payroll: recovery points 12",
            "eu-west-1/Default: vault exists",
            "eu-west-1/archive: recovery points 250",
        ),
    }
    features = {n.id: n.folded for n in drawn("every-step-needs-its-permission").nodes}
    assert features[AWS_BACKUP] == ("cross-account backup on", "us-east-1: EFS automatic backup on")


def test_the_caption_has_the_size_of_a_run() -> None:
    told = drawn("clean-up-in-the-console").caption
    assert "275 steps, 273 of which change the account; 2 Regions and 4 vaults" in told
    # Three Regions, each with the vault that is created too; requests name only two of the vaults.
    told = drawn("efs-backup-creates-role-and-vault").caption
    assert "3 Regions and 3 vaults" in told


# ---------------------------------------------------------------- files from users, missed expectations


def witness(tmp_path: Path) -> str:
    file = tmp_path / "witness.json"
    file.write_text(call("witness", "role == absent and cross_account", "--regions", "1", "--json").out)
    return str(file)


def test_a_witness_starts_in_an_empty_account_and_says_so(tmp_path: Path) -> None:
    picture = sequence("--trace", witness(tmp_path))
    assert next(n.folded for n in picture.nodes if n.id == IAM) == ("role absent",)


def test_a_run_can_be_read_from_standard_input(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = Path(witness(tmp_path)).read_bytes()
    monkeypatch.setattr("sys.stdin", TextIOWrapper(BytesIO(text)))
    answer = call("diagram", "sequence", "--trace", "-", "-f", "json")
    assert answer.code == 0, answer.err
    assert answer.document["edges"] == json.loads(TEXT["json"](sequence("--trace", witness(tmp_path))))["edges"]
    assert answer.document["caption"].splitlines()[0].endswith("; standard input")
    monkeypatch.setattr("sys.stdin", TextIOWrapper(BytesIO(b"no run")))
    answer = call("diagram", "sequence", "--trace", "-")
    assert (answer.code, answer.out) == (3, "")


def test_requests_that_differ_in_an_input_of_other_rules_are_distinguished() -> None:
    """A user's rule set may have inputs that the built-in one lacks."""
    table = lifecycle().assuming()
    forced = Flag("forced", kind="parameter")
    rules = tuple(replace(r, inputs=(*r.inputs, forced)) if r.place else r for r in table.rules)
    step = {"do": "delete_backup_vault", "region": "us-east-1", "vault": "Default", "outcome": "done", "changed": []}
    steps = [step | {"forced": True}, step | {"forced": False}]
    picture = sequence_diagram(BACKUP.having(replace(table, rules=rules)), "x", "x", "", steps, "")
    assert [e.lines[0] for e in picture.edges if e.kind == "person"] == [
        "1. delete_backup_vault us-east-1/Default forced=true",
        "2. delete_backup_vault us-east-1/Default",
    ]


def test_two_files_of_one_long_name_or_of_another_script_give_pictures_of_different_names(tmp_path: Path) -> None:
    names = ["a" * 70 + "1", "a" * 70 + "2", "雪", "冬", "plain"]
    pictures: list[str] = []
    for name in names:
        file = tmp_path / f"{name}.json"
        file.write_text(json.dumps({"title": "x", "steps": [{"do": "list_resources", "outcome": "done"}]}))
        pictures.append(sequence("--trace", str(file)).name)
    assert len(set(pictures)) == len(names)
    assert pictures[-1] == "sequence-plain"
    assert all(p.isascii() for p in pictures)


def test_a_long_name_is_complete_in_data_and_cut_only_in_pictures(tmp_path: Path) -> None:
    vault = "v" * 300
    step = {"do": "delete_backup_vault", "region": "r", "vault": vault, "via": "console", "outcome": "done"}
    file = scenario(tmp_path, json.dumps({"steps": [step]}), "trace.json")
    picture = sequence("--trace", file)
    wanted = f"1. delete_backup_vault r/{vault} via=console"
    assert picture.edges[0].lines[0] == wanted
    assert picture.edges[0].tooltip.split("\n")[0] == wanted
    for form in ("json", "graphml", "md"):
        assert wanted.split(" ")[2] in call("diagram", "sequence", "--trace", file, "-f", form).out
    assert picture.edges[0].shown[0].endswith("…")
    width = float((sequence_drawing(picture).get("viewBox") or "").split(" ")[2])
    assert width < 1200


@pytest.mark.parametrize("letter", ["W", "i", "中", "é"])
def test_lanes_are_as_far_apart_as_their_messages_are_wide(letter: str, tmp_path: Path) -> None:
    from backup_slr.diagram.svg.style_sheet import FACES

    step = {"do": "create_backup_vault", "region": "r", "vault": letter * 40, "outcome": "done"}
    picture = sequence("--trace", scenario(tmp_path, json.dumps({"steps": [step]}), "trace.json"))
    drawing = sequence_drawing(picture)
    first = next(g for g in drawing.iter("g") if g.get("id") == "e-1-1")
    line = next(p.get("d", "") for p in first if p.get("class") == "line")
    start, end = float(line[1:].split(",")[0]), float(line.split("H")[1])
    assert FACES["said"].wide(picture.edges[0].shown[0]) < end - start + 10


MISSES = """title = "a run"
[account]
role = "present"
[[step]]
do = "list_resources"
expect = "refused"
because = "not-permitted"
[finally]
role = "absent"
"""


def test_a_missed_expectation_is_drawn_and_reported_as_a_finding(tmp_path: Path) -> None:
    answer = call("diagram", "sequence", "--scenario", scenario(tmp_path, MISSES), "--json")
    assert answer.code == 1
    assert "2 expectations of the scenario missed" in answer.err
    document: dict[str, Any] = answer.document
    assert document["edges"][-1]["lines"][-1] == "MISSED: expected refused (not-permitted)"
    assert "MISSED: at the end: expected role = absent, got present" in document["caption"]
    assert document["numbers"]["missed"] == 2
    met = MISSES.replace('expect = "refused"\nbecause = "not-permitted"', 'expect = "done"').replace(
        "absent", "present"
    )
    assert call("diagram", "sequence", "--scenario", scenario(tmp_path, met), "--json").code == 0


@pytest.mark.slow
def test_a_long_sequence_has_a_warning() -> None:
    answer = call(
        "diagram", "sequence", "--scenario", str(SIMULATIONS / "forty-vaults-in-six-regions.toml"), "-f", "dot"
    )
    assert answer.code == 0
    assert "messages are hard to read" in answer.err
    short = SIMULATIONS / "a-job-in-another-region-blocks-a-deletion.toml"
    assert not call("diagram", "sequence", "--scenario", str(short), "-f", "dot").err
