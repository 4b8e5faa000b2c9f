"""Runbooks with other rule sets: the sampler, the Markov chain and the model agree."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from support.console import asked, call
from support.runbooks import ACCOUNTS, BOOKS, MEMORYLESS_BOOK, gallery, study

from backup_slr.engine.core.formula import Every, Param, Some
from backup_slr.engine.core.model import Model
from backup_slr.engine.core.rule import Guard, Rule
from backup_slr.engine.core.step import Machine
from backup_slr.engine.core.variable import Effect
from backup_slr.lifecycle import BACKUP, lifecycle, scope
from backup_slr.lifecycle.vocabulary import (
    NO_SUCH_ROLE,
    collides,
    cross_account,
    efs_automatic_backup,
    job,
    points,
    r,
    role,
    v,
    vault,
)
from backup_slr.runbook.experiment import Study, dispatch_of, played, recorded
from backup_slr.runbook.markov.solve import Exact, exact
from backup_slr.runbook.simulate.vectorized_rules import At, Vectorizer
from backup_slr.runbook.statistics import Summary

ONE_VAULT = """
title = "One vault"
[account]
role = "present"
vaults = [{ region = "us-east-1", name = "Default", points = 4 }]
[calls]
takes = { exponential = 0.05 }
[deletion]
takes = { exponential = 2 }
"""
CLEAN = MEMORYLESS_BOOK.replace("deadline = 60", "deadline = 480")
ONCE = """
title = "Ask once"
deadline = 480
[[step]]
do = "delete_service_linked_role"
poll = { exponential = 1 }
"""


def with_rule(action: str, change: Callable[[Rule], Rule]) -> Model:
    """The built-in table, settled, with one rule changed."""
    model = lifecycle().assuming()
    return replace(model, rules=tuple(change(rule) if rule.action == action else rule for rule in model.rules))


def under(asked: Study, table: Model) -> Study:
    """The same study with another table."""
    return replace(asked, environment=replace(asked.environment, lifecycle=BACKUP.having(table)))


def answers(asked: Study) -> tuple[Summary, Exact]:
    """The results of sampling and of the chain."""
    return played(asked, 0, asked.total).summaries[0], exact(dispatch_of(asked, 0), asked.limits(asked.books[0]))


def both_succeed(asked: Study, calls: float | None = None) -> None:
    """Every run succeeds, sampled and exactly, with this mean number of calls, or that of the built-in table."""
    sampled, exactly = answers(asked)
    if calls is None:
        calls = answers(under(asked, lifecycle()))[1].calls
    assert sampled.success[0] == 1
    assert exactly.success == 1
    assert exactly.calls == pytest.approx(calls, rel=1e-9)
    interval = sampled.calls.interval(1 - 5e-6)
    assert interval is not None
    assert interval[0] <= calls <= interval[1]


# ---------------------------------------------------------------- success


def test_an_account_without_the_role_is_a_success_sampled_and_exactly(tmp_path: Path) -> None:
    absent = ONE_VAULT.replace('"present"', '"absent"')
    both_succeed(study(tmp_path, ONCE, environment=absent), calls=1)


def test_a_role_that_a_request_removes_at_once_is_a_success_sampled_and_exactly(tmp_path: Path) -> None:
    gone = role.becomes("absent", clause="CLEAN-1")
    table = with_rule("delete_service_linked_role", lambda rule: replace(rule, guards=(), effects=(gone,)))
    book = ONCE.replace("poll = { exponential = 1 }\n", "")
    both_succeed(under(study(tmp_path, book, environment=ONE_VAULT), table), calls=1)


def test_a_run_succeeds_if_the_role_is_deleted_at_the_deadline(tmp_path: Path) -> None:
    absent = ONE_VAULT.replace('"present"', '"absent"')
    book = ONCE.replace("deadline = 480\n", 'deadline = 2\n[[step]]\ndo = "wait"\nminutes = { exponential = 1 }\n')
    asked = study(tmp_path, book, environment=absent)
    sampled, exactly = answers(asked)
    assert sampled.success[0] == 1
    assert exactly.success == pytest.approx(1, abs=1e-12)
    assert exactly.minutes is not None
    assert sampled.minutes.mean == pytest.approx(exactly.minutes * 1e6, rel=0.3)
    ends = exactly.by(np.array([1.0, 2.0]))
    assert ends is not None
    assert ends[0] < 1
    assert ends[1] == exactly.success


# ---------------------------------------------------------------- effects


def test_an_effect_that_does_not_happen_does_not_override_an_earlier_one(tmp_path: Path) -> None:
    again = points[r, v].decreases(clause="CLEAN-1", when=cross_account)
    table = with_rule("delete_recovery_point", lambda rule: replace(rule, effects=(*rule.effects, again)))
    both_succeed(under(study(tmp_path, CLEAN, environment=ONE_VAULT), table))


def test_a_count_that_decreases_only_sometimes_is_not_repeated_in_one_step() -> None:
    only = points[r, v].decreases(clause="CLEAN-1", when=cross_account)
    table = with_rule("delete_recovery_point", lambda rule: replace(rule, effects=(only,)))
    vector = Vectorizer(Machine(table, scope(1, 2, None)).layout, 1)
    assert vector.repetition(table.rule("delete_recovery_point"), {}, "collides") is None
    assert vector.repetition(lifecycle().assuming().rule("delete_recovery_point"), {}, "collides") is not None


def test_an_effect_at_every_place_writes_only_where_it_happens() -> None:
    # Requests to two vaults of one Region; a missing second vault must not write the old value back.
    off = Effect(efs_automatic_backup[r], 0, "CLEAN-1", vault[r, v], (r, v))
    table = with_rule("create_service_linked_role", lambda rule: replace(rule, guards=(), effects=(off,)))
    machine = Machine(table, scope(1, 2, None))
    layout, cells = machine.layout, list(machine.initial)
    switch = layout.cell("efs_automatic_backup", (0,))
    cells[switch] = cells[layout.cell("vault", (0, 0))] = 1
    states, lane = np.array(cells, np.int64), np.zeros(1, np.int64)
    make = Vectorizer(layout, 1).attempt(table.rule("create_service_linked_role"), {})
    make(SimpleNamespace(S=states), At(lane, (), ()))
    assert states[switch] == 0


# ---------------------------------------------------------------- formulas


@pytest.mark.slow
@pytest.mark.parametrize(
    "condition",
    [
        Some((r,), Some((v,), points[r, v].at_most(1))),
        Every((r, v), cross_account.implies(vault[r, v])),
        Every((Param("elsewhere", r.sort),), Some((Param("other", v.sort),), ~job[Param("elsewhere", r.sort), v])),
        Every((r, v), collides.implies(points[r, v].has_room())),
    ],
    ids=repr,
)
def test_a_guard_may_be_any_formula(tmp_path: Path, condition: Some | Every) -> None:
    guard = Guard(condition, NO_SUCH_ROLE, "CLEAN-1")
    table = with_rule("delete_backup_vault", lambda rule: replace(rule, guards=(guard, *rule.guards)))
    both_succeed(under(study(tmp_path, CLEAN, environment=ONE_VAULT), table))


def test_a_rule_need_not_read_random_choices(tmp_path: Path) -> None:
    table = with_rule("finish_job", lambda rule: replace(rule, inputs=(), effects=(rule.effects[0],)))
    busy = ONE_VAULT + "[[schedule]]\nevery = { exponential = 5 }\ntakes = { exponential = 1 }\n"
    asked = under(study(tmp_path, CLEAN, environment=busy), table)
    assert played(asked, 0, 200).summaries[0].runs == 200
    assert recorded(asked, 0, 1).events


# ---------------------------------------------------------------- files


def test_a_file_of_rules_keeps_the_assumptions_noted_in_it(tmp_path: Path) -> None:
    file = tmp_path / "rules.json"
    assert call("rules", "--json", "--assume", "usage-check=at-submit", "-o", str(file)).code == 0
    page, account = str(BOOKS / "the-page.toml"), str(ACCOUNTS / "small.toml")
    question = ("run", page, "--account", account, "--runs", "200", "--json")
    found = asked(*question, "--rules", str(file)).document
    assert found["assumptions"]["usage-check"] == "at-submit"
    assert found == asked(*question, "--assume", "usage-check=at-submit").document
    back = asked(*question, "--rules", str(file), "--assume", "usage-check=at-task-end").document
    assert back == asked(*question).document


# ---------------------------------------------------------------- probabilities


@pytest.mark.slow
@pytest.mark.parametrize("deadline", [2_000.0, 50_000.0, 1e9])
def test_a_probability_is_never_more_than_one(deadline: float) -> None:
    asked = gallery("now-and-then", "small", deadline=deadline)
    found = exact(dispatch_of(asked, 0), asked.limits(asked.books[0]))
    assert 0 <= found.success <= 1
    assert found.calls >= 0
