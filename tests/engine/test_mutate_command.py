"""``backup-slr mutate``: it selects mutants, consults the judges, and writes the results."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from support.console import Answer, asked, call

from backup_slr.engine.mutation.kills import Kill, MutantResult, MutationResults
from backup_slr.engine.mutation.mutants import mutants
from backup_slr.lifecycle import BACKUP, lifecycle
from backup_slr.lifecycle.clauses import CLAUSES
from backup_slr.report.mutation import matrix, matrix_lines, matrix_markdown
from backup_slr.testing.adapter import Reply

MUTANTS = mutants(lifecycle())
ORACLE = "support.beside_oracle:adapter"
EQUIVALENT = "create_backup_vault/move-effect/vault-1/to-2"
SURVIVES = "delete_recovery_point/drop-reading/vault"
"""A mutant that only the oracle kills, and no property, outcome or scenario."""
READS = "delete_backup_vault/drop-reading/default-vault-needs-another-vault"
NO_SCENARIOS = ("--scenarios", "tests", "--jobs", "1")


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("backup_slr.cli.mutate.LIFECYCLE", replace(BACKUP, small_scopes=((1, 2, 1),)))


def mutate(id: str, *arguments: str) -> Answer:
    return asked("mutate", "--mutant", id, *NO_SCENARIOS, *arguments)


@pytest.mark.slow
def test_a_command_checks_only_the_chosen_properties(tmp_path: Path) -> None:
    sarif = tmp_path / "found.sarif"
    chosen = ("--action", "rename_role", "--jobs", "2", "--oracle", ORACLE)
    answer = call("mutate", *chosen, "--matrix", "--sarif", str(sarif))
    assert answer.code == 0
    assert len(answer.out.splitlines()) == sum(m.action == "rename_role" for m in MUTANTS)
    assert all(line.startswith("killed ") for line in answer.out.splitlines())
    assert json.loads(sarif.read_text())["runs"][0]["results"] == []


def test_an_operator_and_an_action_choose_together() -> None:
    chosen = ("--action", "rename_role", "--operator", "drop-guard")
    answer = call("mutate", *chosen, "--matrix", "--oracle", ORACLE, *NO_SCENARIOS)
    assert answer.code == 0
    killed = [line.split()[1].removesuffix(":") for line in answer.out.splitlines() if line.startswith("killed ")]
    assert killed == [m.id for m in MUTANTS if m.action == "rename_role" and m.operator == "drop-guard"]


# ---------------------------------------------------------------- output


@pytest.mark.slow
def test_a_survivor_and_untouched_clauses_are_shown_even_if_the_picture_fails(tmp_path: Path) -> None:
    sarif, picture = tmp_path / "found.sarif", str(tmp_path / "nowhere" / "kills.svg")
    answer = call("mutate", "--mutant", SURVIVES, "--jobs", "1", "--sarif", str(sarif), "--picture", picture)
    assert answer.code == 3
    assert f"{picture}: cannot be written" in answer.err
    assert f"SURVIVED {SURVIVES}" in answer.out
    assert "done: vault us-east-1/Default absent -> exists" in answer.out
    assert "  by scenarios" in answer.out
    assert [r["ruleId"] for r in json.loads(sarif.read_text())["runs"][0]["results"]] == ["survived/drop-reading"]
    silent = [c for c in CLAUSES if c.id not in {clause for m in MUTANTS for clause in m.clauses}]
    assert silent
    for kind in {clause.kind for clause in silent}:
        assert f"  {kind}: {' '.join(c.id for c in silent if c.kind == kind)}" in answer.out.splitlines()
    assert mutate(SURVIVES, "--json").document["untouched"] == [clause.id for clause in silent]


@pytest.mark.parametrize("form", [("--json",), ("--format", "json", "--matrix")])
def test_json_is_the_same_however_it_is_requested(form: tuple[str, ...]) -> None:
    answer = mutate(SURVIVES, *form)
    assert answer.code == 1
    assert answer.document["survived"][0]["id"] == SURVIVES


def test_the_result_and_the_matrix_are_available_as_markdown() -> None:
    lines = mutate(SURVIVES, "--format", "md").out.splitlines()
    assert lines[0] == "## Mutants of the rules"
    assert {"| survived | 1 |", f"SURVIVED {SURVIVES}"} <= set(lines)
    answer = mutate(SURVIVES, "--matrix", "--format", "md")
    assert answer.out.splitlines()[0] == "| mutant | verdict | properties | outcomes |"
    assert f"| `{SURVIVES}` | survived |" in answer.out


def test_the_matrix_has_the_number_of_further_kills() -> None:
    kills = tuple(Kill("scenarios", name) for name in ("one", "two", "three"))
    found = MutationResults((MutantResult(MUTANTS[0], "killed", kills),), ("properties", "scenarios"), 0.0)
    assert list(matrix_lines(matrix(found))) == [f"killed     {MUTANTS[0].id}: scenarios (one and 2 more)"]
    assert list(matrix_markdown(matrix(found)))[-1] == f"| `{MUTANTS[0].id}` | killed |  | one and 2 more |"


def test_without_z3_a_note_says_that_nothing_is_proved(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("backup_slr.cli.mutate.available", lambda: False)
    answer = call("mutate", "--mutant", EQUIVALENT, *NO_SCENARIOS)
    assert "z3 is not installed, so 'equivalent' is only for the explored scopes" in answer.err
    assert "0 proved at every size, 1 in the explored scopes" in answer.out


# ---------------------------------------------------------------- other tables, scenarios


@pytest.mark.parametrize("assumed", [
    pytest.param((), marks=pytest.mark.slow),
    ("--assume", "default-vault=needs-another-vault"),
], ids=["all", "one taken"])  # fmt: skip
def test_a_table_in_a_file_has_the_same_mutants_under_the_same_assumptions(
    tmp_path: Path, assumed: tuple[str, ...]
) -> None:
    def figures(*arguments: str) -> dict[str, object]:
        some = ("--mutant", READS, *NO_SCENARIOS)
        document = call("mutate", "--json", *arguments, *some).document
        return {key: value for key, value in document.items() if key not in ("seconds", "matrix")}

    file = tmp_path / "rules.json"
    assert call("rules", "--json", *assumed, "-o", str(file)).code == 0
    assert json.loads(file.read_text())["table"]["assumed"] == dict(a.split("=") for a in assumed[1:])
    assert figures("--rules", str(file)) == figures(*assumed)


UNKNOWN = """title = "A refusal that is left out"
[[step]]
do = "delete_backup_vault"
region = "us-east-1"
vault = "Default"
expect = "refused"
because = "vault-has-recovery-points"
"""


@pytest.mark.parametrize("jobs", ["1", pytest.param("2", marks=pytest.mark.slow)])
def test_scenarios_that_cannot_run_or_fail_on_the_table_are_skipped(tmp_path: Path, jobs: str) -> None:
    step = 'title = "A wrong one"\n[[step]]\ndo = "{}"\nexpect = "{}"\n'
    (tmp_path / "broken.toml").write_text("steps = [", encoding="utf-8")
    (tmp_path / "wrong.toml").write_text(step.format("list_resources", "refused"), encoding="utf-8")
    (tmp_path / "fine.toml").write_text(step.format("list_resources", "done"), encoding="utf-8")
    (tmp_path / "unknown.toml").write_text(UNKNOWN, encoding="utf-8")
    without = ("--without", "delete_backup_vault/vault-has-recovery-points")
    answer = call("mutate", *without, "--mutant", SURVIVES, "--jobs", jobs, "--scenarios", str(tmp_path))
    assert answer.code == 1
    assert f"skipped {tmp_path / 'broken.toml'}:1: " in answer.err
    assert "unknown refusal 'vault-has-recovery-points'" in answer.err
    assert f"skipped {tmp_path / 'wrong.toml'}: it does not pass on the unmodified rules" in answer.err
    assert "  by scenarios" in answer.out


# ---------------------------------------------------------------- the oracle


@pytest.mark.slow
def test_a_killed_worker_loses_only_mutants_without_results() -> None:
    chosen = ("--action", "rename_role", "--action", "delete_role", "--scenarios", "tests")
    answer = call("mutate", *chosen, "--json", "--jobs", "2", "--oracle", "support.killed_oracle:adapter")
    assert answer.code == 5
    assert "a worker process ended unexpectedly" in answer.err
    assert "Traceback" not in answer.err
    document = answer.document
    assert document["complete"] is False
    assert 0 < document["judged"] == len(document["matrix"]) < document["mutants"]


def nonsense(
    *_: object,
    perform: Callable[..., Reply] = lambda *_: Reply("done", "nonsense"),
    observe: Any = dict,
) -> object:
    """An implementation that answers every request in the same way."""
    return SimpleNamespace(reset=lambda: None, perform=perform, observe=observe)


def raising(*_: object) -> Reply:
    raise RuntimeError("out of order")


@pytest.fixture
def outside(monkeypatch: pytest.MonkeyPatch) -> Callable[[object], str]:
    """Put an object into a module, and return its name for ``--oracle``."""

    def put(something: object) -> str:
        module = ModuleType("an_outside_oracle")
        module.adapter = something  # type: ignore[attr-defined]
        monkeypatch.setitem(sys.modules, module.__name__, module)
        return f"{module.__name__}:adapter"

    return put


def test_an_oracle_that_disagrees_with_the_table_kills_no_mutant(outside: Callable[[object], str]) -> None:
    answer = call("mutate", "--mutant", SURVIVES, *NO_SCENARIOS, "--oracle", outside(nonsense))
    assert answer.code == 1
    assert f"SURVIVED {SURVIVES}" in answer.out
    assert "the oracle disagrees with the unchanged rules before 1 of the mutants" in answer.out


@pytest.mark.parametrize(
    ("oracle", "message"),
    [
        (partial(nonsense, perform=raising), "RuntimeError: out of order, after the requests rename_role"),
        (lambda: nonsense(), "it must take (regions, vaults, points, assumptions)"),
        (partial(nonsense, observe=lambda: 5), "return an Adapter"),
        (partial(nonsense, perform=lambda *_: None), "return an Adapter"),
        (5, "an_outside_oracle:adapter is not a function, but '5'"),
    ],
    ids=["raises", "wants nothing", "sees numbers", "answers nothing", "is a number"],
)
def test_an_oracle_that_cannot_answer_is_reported(
    outside: Callable[[object], str], oracle: object, message: str
) -> None:
    mutant = "rename_role/drop-guard/not-permitted"
    answer = call("mutate", "--mutant", mutant, *NO_SCENARIOS, "--oracle", outside(oracle))
    assert answer.code in (2, 3)
    assert message in answer.err
    assert "Traceback" not in answer.err
