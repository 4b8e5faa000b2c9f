"""Sensitivity: the verdict under each value is that of a check with it, and pairs are reported separately."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import AbstractContextManager
from functools import cache
from itertools import islice
from pathlib import Path
from unittest.mock import patch

import pytest
from support.console import asked, call
from support.naive import Naive
from support.verdicts import PlainJudge

from backup_slr.engine.check.combinations import Assignment
from backup_slr.engine.check.exploration import Limits
from backup_slr.engine.check.sensitivity import Sensitivity, Variation, readings
from backup_slr.lifecycle import lifecycle, scope

MODEL = lifecycle()
SMALL = scope(regions=1, vaults=2, points=1)
LEAVES = "role_leaves_only_when_unneeded"
DEFAULT_VAULT = "cli_and_api_delete_empty_default_vault"
POSSIBLE = "role_deletable_from_everywhere"
OPERATOR = "cleanup_ends_without_role"
QUICK = tuple(x for name in (LEAVES, DEFAULT_VAULT, POSSIBLE) for x in ("--property", name))


@cache
def alone() -> tuple[Sensitivity, tuple[Variation, ...]]:
    """Every value alone, against every property."""
    sensitivity = Sensitivity(MODEL, SMALL)
    return sensitivity, tuple(sensitivity.judge_all(readings(MODEL, pairs=False)))


def singly() -> AbstractContextManager[object]:
    """Skip the pairs, which take most of the time, where they do not matter."""
    return patch("backup_slr.cli.check.readings", lambda model: readings(model, pairs=False))


def test_every_value_and_every_pair_of_values_of_two_assumptions_is_checked() -> None:
    wanted = readings(MODEL)
    values = {(a.name, v) for a in MODEL.assumptions for v in a.values if v != a.default}
    assert wanted[0] == ()
    assert {taken[0] for taken in wanted if len(taken) == 1} == values
    pairs = {frozenset(taken) for taken in wanted if len(taken) == 2}
    assert pairs == {frozenset((a, b)) for a in values for b in values if a[0] != b[0]}
    assert len(wanted) == 1 + len(values) + len(pairs) == len(set(wanted))


@pytest.mark.slow
def test_the_matrix_is_that_of_the_readme() -> None:
    sensitivity, found = alone()
    dependencies, together = sensitivity.dependencies(found)
    assert not together
    matrix: dict[tuple[str, str], set[str]] = {}
    for d in dependencies:
        matrix.setdefault(d.taken[0], set()).add(d.property.id)
        assert (d.before, d.verdict) == ("holds", "violated")
    assert matrix == {
        ("usage-check", "at-submit"): {LEAVES},
        ("empty-vaults-count", "no"): {LEAVES},
        ("efs-vault", "never"): {OPERATOR, POSSIBLE},
        ("default-vault", "needs-another-vault"): {
            DEFAULT_VAULT,
            OPERATOR,
            "retried_deletion_succeeds",
            "retries_suffice_without_new_work",
        },
    }
    readme = Path("model/README.md").read_text(encoding="utf-8")
    table = re.findall(r"^\| `([a-z-]+)=([a-z-]+)` \| (.*) \|$", readme, re.MULTILINE)
    assert {(name, value): len(cell.split(";")) for name, value, cell in table} == {
        taken: len(broken) for taken, broken in matrix.items()
    }


@pytest.mark.slow
def test_each_dependency_has_a_trace_that_shows_it() -> None:
    sensitivity, found = alone()
    dependencies = sensitivity.dependencies(found)[0]
    assert {"step", "possible"} <= {d.property.kind for d in dependencies}
    for d in dependencies:
        assert d.trace is not None
        taken = {a.name: a.default for a in MODEL.assumptions} | dict(d.taken)
        assert dict(d.trace.machine.model.assumed) == taken
        if d.property.kind != "eventually":
            plain = PlainJudge(Naive(d.trace.machine.model, SMALL, quick=True))
            assert plain.replays(d.trace)
            assert plain.shows(d.property, d.trace)


@pytest.mark.slow
def test_the_verdict_under_a_value_is_that_of_a_check_under_it() -> None:
    _, found = alone()
    for one in islice(found, 0, None, 4):
        options = [x for name, value in one.taken for x in ("--assume", f"{name}={value}")]
        document = asked("check", "--regions", "1", *options, "--json").document
        assert {p["id"]: p["verdict"] for p in document["properties"]} == {
            name: verdict for name, (verdict, _, _) in one.verdicts.items()
        }


def test_one_process_and_several_find_the_same() -> None:
    sensitivity = Sensitivity(MODEL, SMALL, only=(LEAVES, DEFAULT_VAULT))
    wanted = readings(MODEL, pairs=False)[:6]
    assert list(sensitivity.judge_all(wanted, jobs=1)) == list(sensitivity.judge_all(wanted, jobs=2))


def test_pairs_that_interact_are_reported_with_the_expected_verdict() -> None:
    needs, without = ("default-vault", "needs-another-vault"), ("efs-creates-its-vault", "no")
    never = ("efs-vault", "never")
    sensitivity = Sensitivity(MODEL, SMALL, only=(POSSIBLE,))
    asked_ = [sensitivity.judge(t) for t in ((), (needs,), (without,), (never,), (needs, without), (never, without))]
    alone, together = sensitivity.dependencies(asked_)
    assert [d.taken for d in alone] == [(never,)]
    trap, healed = together
    assert (trap.taken, trap.before, trap.verdict) == ((needs, without), "holds", "violated")
    assert [step.request.action for step in trap.trace.steps] == ["list_resources"]
    assert (healed.taken, healed.before, healed.verdict) == ((never, without), "violated", "holds")
    assert healed.trace is None


def test_the_table_is_short_and_shows_the_dependencies() -> None:
    with singly():
        answer = asked("check", "--all-assumptions", *QUICK)
    assert answer.code == 0
    assert max(map(len, answer.out.splitlines())) < 400
    rows = {line.split()[0]: line.split()[1:] for line in answer.out.splitlines() if "=" in line and "  ." in line}
    assert rows == {
        "usage-check=at-submit": ["X", ".", "."],
        "default-vault=needs-another-vault": [".", "X", "."],
        "efs-vault=never": [".", ".", "X"],
        "empty-vaults-count=no": ["X", ".", "."],
    }
    assert "no property depends on: trigger-while-deleting=recreates" in answer.out
    assert "usage-check=at-submit: VIOLATED 1\n      list_resources, delete_service_linked_role" in answer.out


def test_a_violation_under_the_defaults_is_reported() -> None:
    part = ("--without", "delete_backup_vault/vault-has-recovery-points")
    with singly():
        answer = call("check", "--all-assumptions", "--property", "recovery_points_lie_in_vaults", *part)
    assert answer.code == 1
    assert "VIOLATED under the default assumptions: recovery_points_lie_in_vaults" in answer.out


def test_findings_for_machines_are_notes(tmp_path: Path) -> None:
    file = tmp_path / "readings.sarif"
    with singly():
        answer = call("check", "--all-assumptions", "--property", LEAVES, "--sarif", str(file))
    assert answer.code == 0
    results = json.loads(file.read_text())["runs"][0]["results"]
    assert [(r["ruleId"], r["level"]) for r in results] == [(LEAVES, "note")] * 2


# ---------------------------------------------------------------- limits and errors


def test_an_incomplete_check_is_inconclusive() -> None:
    answer = call("check", "--all-assumptions", "--timeout", "1e-9", "--json")
    assert answer.code == 5
    assert {p["verdict"] for p in answer.document["properties"]} == {"inconclusive"}
    assert not answer.document["dependencies"]
    cut = Sensitivity(MODEL, SMALL, Limits(states=50)).judge(())
    assert not cut.complete
    assert cut.verdicts[OPERATOR][0] == "inconclusive"


NOTHING = "In this scope no verdict depends on one of these values alone."
OPEN = "No verdict is known to depend on a value, but some verdicts are not known."


@pytest.mark.parametrize(("limit", "said", "unsaid"), [
    (("--timeout", "1e-9"), (OPEN, "checked      0 values other than the defaults, each alone, and 0 pairs"), NOTHING),
    (("--max-states", "100"), ("verdicts under the defaults are not known",), "no property depends on"),
    ((), (NOTHING, "all hold under the default assumptions; no other value violates anything"), OPEN),
], ids=str)  # fmt: skip
@pytest.mark.slow
def test_nothing_follows_from_unknown_verdicts(limit: tuple[str, ...], said: tuple[str, ...], unsaid: str) -> None:
    only = () if limit else ("--property", "recovery_points_lie_in_vaults")
    with singly():
        answer = call("check", "--all-assumptions", *limit, *only)
        document = call("check", "--all-assumptions", *limit, *only, "--json").document
    assert answer.code == (5 if limit else 0)
    for text in said:
        assert text in answer.out
    assert unsaid not in answer.out
    assert bool(re.search(r"usage-check=at-submit +X +\?", answer.out)) is ("--max-states" in limit)
    counted = document["readings"]
    assert (counted["unknown_verdicts"] > 0) is (counted["judged"] < counted["asked"]) is bool(limit)
    assert all(d["verdict"] != "inconclusive" for d in document["dependencies"])


def test_an_unknown_verdict_has_its_own_mark_and_is_not_compared() -> None:
    """Under one value all properties were checked, under another none; the verdicts under the defaults are known."""
    late = ("efs-vault", "never")

    def judged(self: Sensitivity, wanted: list[Assignment], jobs: int | None = None) -> Iterator[Variation]:
        yield from (Variation(taken, {}, False) if taken == (late,) else self.judge(taken) for taken in wanted)

    with singly(), patch.object(Sensitivity, "judge_all", judged):
        answer = call("check", "--all-assumptions", "--property", LEAVES, "--property", POSSIBLE)
    assert answer.code == 5
    assert (
        "all hold under the default assumptions; 2 other values violate something; not all combinations" in answer.out
    )
    assert "not all verdicts are known under: efs-vault=never" in answer.out
    assert "efs-vault=never" not in re.search("no property depends on: (.*)", answer.out)[1]  # type: ignore[index]
    table = [line.split() for line in answer.out.splitlines() if re.match(r"  [a-z-]+=[a-z-]+  +[X?.]", line)]
    assert table == [["usage-check=at-submit", "X"], ["empty-vaults-count=no", "X"]]


def test_a_violation_is_reported_even_if_the_verdict_under_the_defaults_is_unknown() -> None:
    sensitivity = Sensitivity(MODEL, SMALL, only=(LEAVES,))
    value = (("usage-check", "at-submit"),)
    broken = sensitivity.judge(value)
    (found,), _ = sensitivity.dependencies([Variation((), {}, False), broken])
    assert (found.before, found.verdict) == ("inconclusive", "violated")
    holds = sensitivity.judge((("efs-vault", "never"),))
    assert sensitivity.dependencies([Variation((), {}, False), holds]) == ([], [])
    assert sensitivity.dependencies([sensitivity.judge(()), Variation(value, {}, False)]) == ([], [])


def test_an_interruption_keeps_the_verdicts_so_far() -> None:
    def some(self: Sensitivity, wanted: list[Assignment], jobs: int | None = None) -> Iterator[Variation]:
        yield from map(self.judge, wanted[:2])
        raise KeyboardInterrupt

    with patch.object(Sensitivity, "judge_all", some):
        answer = call("check", "--all-assumptions", "--property", LEAVES, "--json")
    assert answer.code == 130
    assert answer.document["readings"]["judged"] == 2
    assert [d["value"] for d in answer.document["dependencies"]] == ["at-submit"]
