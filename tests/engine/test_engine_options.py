"""The options of exploration: engines, limits, their reports, and errors in them."""

from __future__ import annotations

import subprocess
import sys
from math import comb
from pathlib import Path

import pytest
from benchmarks import common_model
from support.console import call

from backup_slr.engine.check import engine, memory

SMALL = ("--regions", "1", "--vaults", "3")
EVERY = ["python", "numpy"]


# ---------------------------------------------------------------- errors

MUTATE = ("mutate", "--scenarios", "tests")
READINGS = ("check", "--all-assumptions")
MISTAKES = [
    *((("check", f"--max-memory={given}"), 2, "--max-memory: a whole number") for given in ("0", "-5", "lots")),
    ((*READINGS, "--assume", "efs-vault=never"), 2, "omit --assume"),
    ((*READINGS, "--property", "recovery_points_lie_in_vault"), 2, "did you mean"),
    ((*READINGS, "--regions", "0"), 2, "--regions: a whole number from 1 to"),
    ((*READINGS, "--regions", "500"), 5, "too large"),
    (("prove", "--property", "recovery_points_lie_in_vault"), 2, "did you mean 'recovery_points_lie_in_vaults'"),
    (("prove", "--property", "deletion_task_ends"), 2, "is of kind 'eventually'"),
    (("prove", "--all-assumptions", "--assume", "efs-vault=never"), 2, "omit --assume"),
    (("prove", "--timeout", "0"), 2, "--timeout"),
    (("prove", "--vaults", "1"), 2, "--vaults: a whole number from 2 to"),
    (("prove", "--regions", "1000"), 2, "too large"),
    (("export", "spn"), 2, "unknown format 'spn'; known: promela"),
    (("export", "graphm"), 2, "did you mean 'graphml'"),
    (("export",), 2, "name a format"),
    (("export", "-o", "model.tlaa"), 2, "unknown suffix '.tlaa'; did you mean '.tla'"),
    (("export", "aut", "--cfg"), 2, "only tla"),
    (("export", "aut", "--check"), 2, "only promela"),
    (("export", "promela", "--points", "256"), 2, "255"),
    (("export", "graphml", "--max-memory", "1"), 5, "incomplete graph"),
    (("export", "promela", "--regions", "200"), 5, "too large"),
    (("export", "aut", "--without", "list_resource/role"), 2, "did you mean 'list_resources'"),
    (("export", "aut", "--regions", "1", "-o", "/nowhere/at/all.aut"), 3, "'/nowhere/at' does not exist"),
    ((*MUTATE, "--action", "foo"), 2, "unknown action 'foo'; known: list_resources, "),
    ((*MUTATE, "--action", "rename_rule"), 2, "unknown action 'rename_rule'; did you mean 'rename_role'?"),
    ((*MUTATE, "--operator", "drop-gard"), 2, "unknown operator 'drop-gard'; did you mean 'drop-guard'?"),
    ((*MUTATE, "--mutant", "x"), 2, "unknown mutant 'x'"),
    ((*MUTATE, "--jobs", "0"), 2, "--jobs: a whole number from 1 to"),
    ((*MUTATE, "--action", "rename_role", "--operator", "drop-effect"), 2, "no mutant has that action and operator"),
    ((*MUTATE, "--oracle", "oracle"), 2, "expected MODULE:FUNCTION"),
    ((*MUTATE, "--oracle", "nowhere_at_all:x"), 2, "cannot be imported"),
    ((*MUTATE, "--oracle", "oracle:nothing"), 2, "oracle has no 'nothing'"),
    (("mutate", "--scenarios", "nowhere"), 3, "not a folder of scenarios"),
    ((*MUTATE, "--rules", "nowhere.json"), 3, "cannot be read"),
]


@pytest.mark.parametrize(("arguments", "code", "said"), MISTAKES, ids=[" ".join(a) for a, _, _ in MISTAKES])
def test_a_contradictory_command_line_is_rejected(arguments: tuple[str, ...], code: int, said: str) -> None:
    answer = call(*arguments)
    assert answer.code == code
    assert said in answer.err
    assert not answer.out or code == 5


@pytest.mark.parametrize(("name", "form"), [("m.pml", "spin"), ("m.tla", "tlc"), ("m.aut", "aldebaran")])
def test_the_format_of_an_export_has_aliases_and_follows_from_the_file_name(
    name: str, form: str, tmp_path: Path
) -> None:
    one, other = tmp_path / name, tmp_path / f"o{name}"
    assert call("export", "-o", str(one), "--regions", "1").code == 0
    assert call("export", form, "-o", str(other), "--regions", "1").code == 0
    assert one.read_text().count("\n") == other.read_text().count("\n") > 9


# ---------------------------------------------------------------- engines


@pytest.mark.slow
def test_without_symmetry_every_state_is_kept() -> None:
    four = ("--vaults", "4", "--safety", "--engine", "numpy")
    one, other = (call("check", "--regions", "1", *four, *more, "--json").document for more in ((), ("--no-symmetry",)))
    assert one["states"] == other["states"] == other["representatives"]
    assert one["representatives"] < one["states"]
    assert [p["verdict"] for p in one["properties"]] == [p["verdict"] for p in other["properties"]]
    told = call("check", "--regions", "1", *four, "--verbose")
    assert f"stored       {one['representatives']:,} (symmetry reduction)" in told.out


@pytest.mark.parametrize("name", EVERY)
def test_witness_takes_every_engine(name: str) -> None:
    expression = "role == deleting and any(points > 0) and all(vault)"
    usual = call("witness", expression, "--json", "--engine", "python").document
    found = call("witness", expression, "--json", "--engine", name).document
    assert found["engine"] == name
    assert len(found["trace"]) == len(usual["trace"])
    assert found["states"] == usual["states"]


def test_safety_skips_eventually_properties() -> None:
    found = call("check", *SMALL, "--safety", "--json").document
    assert {p["kind"] for p in found["properties"]} == {"always", "step", "sometimes"}
    assert found["verdict"] == "holds"
    alone = "deletion_task_ends"
    answer = call("check", *SMALL, "--safety", "--property", alone)
    assert answer.code == 2
    assert "of kind always, step, sometimes" in answer.err


def test_an_engine_without_its_library_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "has", lambda *libraries: "numpy" not in libraries)
    for command in (("check",), ("witness", "cross_account")):
        answer = call(*command, *SMALL, "--engine", "numpy")
        assert answer.code == 4
        assert "pip install" in answer.err
        assert answer.out == ""


@pytest.mark.slow
def test_without_numpy_plain_python_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    usual = call("check", *SMALL, "--json").document
    monkeypatch.setattr(engine, "has", lambda *_: False)
    found = call("check", *SMALL, "--json").document
    assert (found["engine"], found["states"], found["verdict"]) == ("python", usual["states"], usual["verdict"])


def test_a_broken_library_is_named(tmp_path: Path) -> None:
    (tmp_path / "scipy.py").write_text("raise ImportError('libblas.so: no such file', name='scipy')")
    code = f"import sys; sys.path.insert(0, {str(tmp_path)!r})\nfrom backup_slr.cli.main import main\nmain()"
    command = [sys.executable, "-c", code, "check", "--regions", "1", "--engine", "numpy"]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert ran.returncode == 4
    assert ran.stderr.splitlines()[-1].startswith("error: a library cannot be loaded: libblas.so: no such file")
    assert "Traceback" not in ran.stderr


# ---------------------------------------------------------------- limits


@pytest.mark.parametrize(("question", "sooner"), [
    (("check",), ("in a smaller scope: backup-slr check --regions 1 --vaults 2 --points 1", "backup-slr prove")),
    (("check", "--with", "retention,copies"), ("in a smaller scope", "with fewer extensions", "backup-slr prove")),
    (("witness", "all(points == 3)", "--avoid", "cross_account"), ("in a smaller scope",)),
])  # fmt: skip
def test_a_search_of_too_many_states_says_which_commands_answer_sooner(
    question: tuple[str, ...], sooner: tuple[str, ...]
) -> None:
    answer = call(*question, "--regions", "3", "--max-states", "500")
    assert answer.code == 5
    assert "the search stops at 500 (--max-states)" in answer.err
    assert [said for said in sooner if said not in answer.err] == []


@pytest.mark.parametrize("name", EVERY)
def test_the_limit_on_memory_ends_a_check_as_inconclusive(name: str) -> None:
    answer = call("check", *SMALL, "--engine", name, "--max-memory", "1")
    assert answer.code == 5
    assert "--max-memory" in answer.out
    assert "inconclusive" in answer.out


def test_a_scope_that_may_not_fit_into_memory_has_a_warning_with_its_size() -> None:
    large = ("--regions", "4", "--vaults", "6", "--points", "3", "--max-states", "2000")
    answer = call("check", *large, "--property", "recovery_points_lie_in_vaults")
    assert answer.code == 5
    assert "of memory" in answer.err
    assert "10^" in answer.err
    assert "of memory" not in call("check", *SMALL, "--property", "recovery_points_lie_in_vaults").err


@pytest.mark.parametrize("name", EVERY)
def test_a_limit_of_states_or_time_is_reported(name: str) -> None:
    cut = call("check", *SMALL, "--engine", name, "--max-states", "50", "--json")
    assert (cut.code, cut.document["stopped"], cut.document["verdict"]) == (5, "states", "inconclusive")
    late = call("check", *SMALL, "--engine", name, "--timeout", "1e-9", "--json")
    assert (late.code, late.document["stopped"]) == (5, "time")


def test_properties_that_need_all_states_are_inconclusive_if_these_are_too_many() -> None:
    """Safety properties are checked on representatives, which are few enough; *eventually* properties are not."""
    found = call("check", "--max-states", "25000", "--engine", "numpy", "--json")
    verdicts = {p["kind"]: p["verdict"] for p in found.document["properties"] if p["verdict"] != "out of scope"}
    assert found.code == 5
    assert (verdicts["step"], verdicts["eventually"]) == ("holds", "inconclusive")
    assert (found.document["states"], found.document["representatives"]) == (41504, 21044)
    assert found.document["stopped"] == "states"


def test_memory_is_reported_if_the_system_reports_it(monkeypatch: pytest.MonkeyPatch) -> None:
    assert memory.peak() > 10 * memory.MIB
    assert (memory.installed() or 0) > memory.peak()
    monkeypatch.setattr(memory, "resource", None)
    assert memory.peak() == 0

    def nothing(_: object) -> int:
        raise ValueError

    monkeypatch.setattr(memory.os, "sysconf", nothing)
    assert memory.installed() is None


# ---------------------------------------------------------------- the common model


@pytest.mark.parametrize("symmetry", [False, True])
@pytest.mark.parametrize("name", EVERY)
@pytest.mark.parametrize(("vaults", "points", "transitions", "depth"), [(3, 3, 24340, 17), (4, 2, 96084, 18)])
def test_the_common_model_has_as_many_states_as_its_formula_says(
    name: str, symmetry: bool, vaults: int, points: int, transitions: int, depth: int
) -> None:
    """Transitions and depth are as Spin and TLC count them."""
    found = common_model.measured(vaults, points, name, symmetry)
    assert set(found) == {"states", "representatives", "transitions", "depth", "seconds", "peak_mib", "engine"}
    states = 4 * ((2 * points + 3) ** vaults + 2)
    kept = 4 * (comb(vaults + 2 * points + 2, vaults) + 2) if symmetry else states
    assert (found["states"], found["representatives"]) == (states, kept)
    assert (found["transitions"], found["depth"]) == (transitions, depth)


def test_outcomes_that_were_not_searched_completely_are_not_reported_as_unreachable() -> None:
    cut = call("check", *SMALL, "--max-states", "20")
    assert cut.code == 5
    assert "outcomes reached in the explored states" in cut.out
    assert "not reached so far: " in cut.out
    assert "unreachable" not in cut.out
    late = call("check", "--regions", "2", "--vaults", "3", "--timeout", "0.2")
    assert late.code == 5
    assert "coverage     0 of 67 outcomes reached in the explored states; 67 not counted" in late.out
