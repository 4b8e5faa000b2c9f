"""Clocks of the actions that extensions bring: sampled, exact, recorded, and reported."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from support.console import asked, call
from support.runbooks import ACCOUNTS, BOOKS, MEMORYLESS_ACCOUNT, MEMORYLESS_BOOK, study, written
from support.schemas import valid

from backup_slr.engine.core.rule import Rule
from backup_slr.engine.core.variable import Enum, Flag
from backup_slr.errors import BadInput
from backup_slr.lifecycle import BACKUP
from backup_slr.lifecycle.environment import ENVIRONMENT
from backup_slr.lifecycle.vocabulary import r, v
from backup_slr.runbook import busy_account
from backup_slr.runbook.experiment import Recorded, Study, dispatch_of, played, recorded
from backup_slr.runbook.markov.markov_chain import NoAnswer
from backup_slr.runbook.markov.solve import exact
from backup_slr.runbook.rng import keys
from backup_slr.runbook.service_clocks import clocked, drawn_choices, environment_of
from backup_slr.runbook.simulate.batch import Batch, Results
from backup_slr.runbook.simulate.events import Simulation
from backup_slr.runbook.study_document import percent
from backup_slr.runbook.to_scenario import scenario_text
from backup_slr.scenario.player import play as play_scenario
from backup_slr.scenario.scenario_file import parse

EXTENSIONS = [extension.name for extension in BACKUP.extensions]
SMALL, BUSY = str(ACCOUNTS / "small.toml"), str(ACCOUNTS / "busy.toml")
PAGE, ONCE = str(BOOKS / "the-page.toml"), str(BOOKS / "no-retry.toml")
FEW = ("--runs", "200")
EXPIRED = 'with = ["expired"]\n|[chances]\n'
"""The head of an account, and the tail."""


def drawn(choice: Flag | Enum) -> str:
    """Probabilities of a choice in which every value happens."""
    if isinstance(choice, Flag):
        return "0.3"
    rest = ", ".join(f"{value} = 0.1" for value in choice.values[1:])
    return f"{{ {choice.values[0]} = {1 - 0.1 * (len(choice.values) - 1):.1f}, {rest} }}"


def lively(name: str, account: str = MEMORYLESS_ACCOUNT) -> str:
    """An account in which every action of an extension happens, and every choice is drawn."""
    lifecycle = BACKUP.extended(name)
    times = [f"{rule.action} = {{ exponential = 7 }}" for rule in clocked(lifecycle)]
    chances = [f"{choice} = {drawn(v)}" for choice, v in drawn_choices(lifecycle).items()]
    head = account.replace("[account]", f'with = ["{name}"]\n[account]', 1)
    return "\n".join([head, "[clocks]", *times, "[chances]", *chances])


def extended(folder: Path, name: str, book: str = MEMORYLESS_BOOK, account: str = "", **rest: object) -> Study:
    """A study with an extension; the runbook is read under it too."""
    from backup_slr.runbook import runbook_file

    environment = busy_account.load(written(folder, "account.toml", account or lively(name)))
    loaded = runbook_file.load(written(folder, "book.toml", book), lifecycle=environment.lifecycle)
    said = {"seed": 1, "runs": 200, **rest}
    return Study((loaded,), environment, **said)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", EXTENSIONS)
def test_every_extension_says_when_each_of_its_actions_happens(name: str) -> None:
    lifecycle = BACKUP.extended(name)
    environment = environment_of(lifecycle)
    assert {rule.action for rule in clocked(lifecycle)} == set(environment.added.clocks)
    assert set(environment.added.chances) <= set(drawn_choices(lifecycle)) | {environment.process.succeeds.name}


@pytest.mark.slow
@pytest.mark.parametrize("name", EXTENSIONS)
def test_a_recorded_run_with_clocks_is_a_scenario_that_passes(name: str, tmp_path: Path) -> None:
    one = extended(tmp_path, name)
    for run in range(3):
        found = recorded(one, 0, run)
        again = play_scenario(parse(scenario_text(found, "a run", one.environment.names)))
        assert again.passed
        assert (again.final[again.machine.layout.cell("role")] == 0) == found.success


@pytest.mark.slow
@pytest.mark.parametrize("name", ["deleting", "obstacle", "retention", "expired"])
def test_sampled_and_exact_answers_agree(name: str, tmp_path: Path) -> None:
    account = lively(name).replace("points = 3", "points = 1").replace("points = 2", "points = 1")
    one = extended(tmp_path, name, account=account, runs=4000)
    sampled, exactly = played(one, 0, one.total).summaries[0], exact(dispatch_of(one, 0), one.limits(one.books[0]))
    interval = sampled.calls.interval(1 - 5e-6)
    assert interval is not None
    assert interval[0] <= exactly.calls <= interval[1]
    share, n = sampled.success[0], sampled.runs
    assert abs(share - exactly.success) <= 4.6 * np.sqrt(max(share * (1 - share), 1 / n) / n)


def test_a_run_with_clocks_has_the_same_bits_in_any_batch(tmp_path: Path) -> None:
    one = extended(tmp_path, "deleting")
    tables, limits = dispatch_of(one, 0), one.limits(one.books[0])
    whole = Simulation(Batch(tables, 30), keys(1, 0, 30), limits).run()
    part = Simulation(Batch(tables, 10), keys(1, 20, 10), limits).run()
    assert part.minutes.tobytes() == whole.minutes[20:].tobytes()
    assert (part.counts == whole.counts[:, 20:]).all()


def test_a_script_without_retry_fails_if_deletions_take_time() -> None:
    document = valid("run", asked("run", PAGE, ONCE, "--account", SMALL, "--with", "deleting", *FEW, "--json"))
    page, once = document["runbooks"]
    assert (page["success_rate"], once["success_rate"]) == (1, 0)
    assert once["refusals"]["point-being-deleted"] > 0
    assert any(text.startswith("simplified: a vault deletes one recovery point") for text in document["remarks"])
    assert document["clocks"]["finish_point_deletion"] == "exponential, mean 1 min"
    assert document["chances"] == {"takes_time": 1, "expires": 0, "keeps_forever": 0}


def test_the_report_names_actions_that_never_happen() -> None:
    out = " ".join(asked("run", PAGE, "--account", SMALL, "--with", "vault-lock", *FEW).out.split())
    assert "never retention_ends (no time in [clocks])" in out
    assert "time brings grace_time_ends (exponential, mean 4320 min)" in out


def test_each_value_of_a_choice_has_its_probability(tmp_path: Path) -> None:
    account = (
        Path(SMALL).read_text(encoding="utf-8").replace("points = 6", "points = 1").replace("points = 2", "points = 0")
    )
    account += "[chances]\ntakes_time = 0\nfinds = { nothing = 0.6, snapshot = 0.4 }\n"
    file = written(tmp_path, "account.toml", 'with = ["expired"]\n' + account)
    book = written(
        tmp_path, "once.toml", Path(ONCE).read_text(encoding="utf-8").replace("attempts = 0", "attempts = 9")
    )
    answer = asked("run", book, "--account", file, "--runs", "2000", "--json")
    assert valid("run", answer)["choices"] == {"finds": {"nothing": 0.6, "permission": 0.0, "snapshot": 0.4}}
    # The only recovery point stays if its deletion finds another use of the snapshot.
    assert abs(answer.document["runbooks"][0]["success_rate"] - 0.6) < 4.6 * (0.6 * 0.4 / 2000) ** 0.5
    out = " ".join(asked("run", book, "--account", file, *FEW).out.split())
    assert "finds nothing 60 % or snapshot 40 %" in out


def test_a_service_action_of_other_rules_has_a_clock_only_if_the_account_gives_it_one(tmp_path: Path) -> None:
    arrives = Rule("point_arrives", "a point arrives", "service", (), ("CLEAN-1",), (r, v))
    lifecycle = BACKUP.having(replace(BACKUP.model, rules=(*BACKUP.model.rules, arrives)))
    loaded = busy_account.load(SMALL, lifecycle)
    assert loaded.clocks.clocks == {"point_arrives": None}
    text = Path(SMALL).read_text(encoding="utf-8") + "\n[clocks]\npoint_arrives = 5\n"
    assert busy_account.load(written(tmp_path, "a.toml", text), lifecycle).clocks.running["point_arrives"].mean == 5


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ("[clocks]\nfinish_point_deletion = 5", 'add with = ["deleting"]'),
        ("[clocks]\nfinish_job = 5", "[clocks]"),
        ("[chances]\nexpires = 2", 'add with = ["deleting"]'),
        (f"{EXPIRED}finds = {{ nothing = 0.5, permission = 0.4 }}", "of finds must sum to 1, not 0.9 (a value"),
        (f"{EXPIRED}finds = {{ nothing = 1.5 }}", "a probability from 0 to 1, not 1.5"),
        (f"{EXPIRED}finds = {{ snapshots = 1 }}", "did you mean 'snapshot'"),
        (f"{EXPIRED}finds = 0.5", "'finds' must be a table, not 0.5"),
    ],
)
def test_a_wrong_clock_is_one_message(more: str, told: str, tmp_path: Path) -> None:
    head, _, tail = more.rpartition("|")
    text = head + Path(SMALL).read_text(encoding="utf-8") + "\n" + tail + "\n"
    with pytest.raises(BadInput) as error:
        busy_account.load(written(tmp_path, "a.toml", text))
    assert told in str(error.value)


# ---------------------------------------------------------------- plans


DELETE_PLANS = """
title = "Plans first"
deadline = 480
[[step]]
each = "vault"
[[step.step]]
do = "delete_backup_plan"
[[step]]
do = "wait"
minutes = 400
"""


def test_with_plans_of_its_own_an_account_starts_no_job_after_they_are_deleted(tmp_path: Path) -> None:
    account = MEMORYLESS_ACCOUNT.replace("[account]", 'with = ["backup-plans"]\n[account]', 1)
    book = DELETE_PLANS.replace("[[step]]", '[[step]]\ndo = "wait"\nminutes = 20\n[[step]]', 1)
    one = recorded(extended(tmp_path, "backup-plans", book, account), 0, 3)
    starts = [event.minute for event in one.events if event.action == ENVIRONMENT.process.start]
    plans = [event.minute for event in one.events if event.action == "delete_backup_plan"]
    assert len(plans) == 2
    assert starts
    assert max(starts) < max(plans)


def test_the_hidden_step_is_refused_where_the_account_has_plans() -> None:
    answer = call("run", str(BOOKS / "stop-new-work-first.toml"), "--account", SMALL, "--with", "backup-plans")
    assert answer.code == 3
    assert "use delete_backup_plan" in answer.err
    assert "Traceback" not in answer.err


# ---------------------------------------------------------------- the role stays deleted


@pytest.mark.slow
def test_the_role_must_stay_deleted() -> None:
    question = ("run", PAGE, "--account", BUSY, *FEW, "--deadline", "1440", "--json")
    once, stays = (valid("run", asked(*question, *more)) for more in ((), ("--stays-gone",)))
    assert once["success_means"] == "the role is absent within 8.0 h"
    assert stays["success_means"] == "the role is absent at the end of 24.0 h"
    assert (once["stays_gone"], stays["stays_gone"]) == (False, True)
    one, other = once["runbooks"][0], stays["runbooks"][0]
    assert one["success_rate"] == 1
    assert one["failures"]["recreated"] == 0
    assert other["success_rate"] < 0.5
    assert other["failures"]["recreated"] == other["failures"]["runs"]
    assert other["no_exact_because"] == "delays of jobs or other users are not exponential"


def test_where_nobody_works_a_deleted_role_stays_deleted_since_the_same_minute(tmp_path: Path) -> None:
    quiet = MEMORYLESS_ACCOUNT.partition("[[schedule]]")[0]
    once = study(tmp_path, environment=quiet, runs=100)
    results: list[Results] = []
    for stay in (False, True):
        asked_for = replace(once, stay=stay)
        limits = asked_for.limits(asked_for.books[0])
        results.append(Simulation(Batch(dispatch_of(asked_for, 0), 100), keys(1, 0, 100), limits).run())
    one, other = results
    both = one.success & other.success
    assert both.sum() > 90
    assert (one.minutes[both] == other.minutes[both]).all()


def test_without_a_deadline_no_end_is_known() -> None:
    answer = call("run", ONCE, "--account", SMALL, "--stays-gone")
    assert answer.code == 3
    assert "it has no deadline until which the role must stay deleted" in answer.err


# ---------------------------------------------------------------- limits, pages and a late status

HASTE = """
title = "Many points"
[account]
role = "present"
vaults = [{ region = "us-east-1", name = "archive", points = 60 }, { region = "eu-west-1", name = "other", points = 9 }]
[calls]
takes = 0.0005
limits = LIMITS
[lists]
page = 25
[deletion]
takes = { exponential = 2 }
"""
QUICK = MEMORYLESS_BOOK.replace('until = "empty"', "")


def hasty(folder: Path, limits: str = "true") -> Study:
    return study(folder, QUICK, environment=HASTE.replace("LIMITS", limits), runs=20)


def busiest_second(one: Recorded) -> int:
    """The largest number of deletions of recovery points that were done within a second in one Region."""
    done = [e for e in one.events if (e.action, e.answer) == (ENVIRONMENT.contents.removal, "done")]
    return max(sum(0 <= (e.minute - f.minute) * 60 < 1 and e.place[0] == f.place[0] for e in done) for f in done)


def test_no_second_has_more_calls_than_the_service_accepts(tmp_path: Path) -> None:
    with_limits, without = recorded(hasty(tmp_path), 0, 0), recorded(hasty(tmp_path, "false"), 0, 0)
    # A bucket of ten that is refilled with ten in a second.
    assert busiest_second(with_limits) <= 20 < busiest_second(without)
    answers = [event.answer for event in with_limits.events]
    assert "throttled" in answers
    assert "throttled" not in [event.answer for event in without.events]
    assert with_limits.success
    with pytest.raises(NoAnswer, match="the rate limits of AWS"):
        exact(dispatch_of(hasty(tmp_path), 0), hasty(tmp_path).limits(hasty(tmp_path).books[0]))


@pytest.mark.slow
@pytest.mark.parametrize(("paginate", "lists"), [("true", 1), ("false", 3)])
def test_a_step_that_does_not_paginate_sees_the_first_page(paginate: str, lists: int, tmp_path: Path) -> None:
    book = MEMORYLESS_BOOK.replace('until = "empty"', f'until = "empty"\npaginate = {paginate}')
    account = HASTE.replace("LIMITS", "false").replace("takes = 0.0005", "takes = { exponential = 0.0005 }")
    one = study(tmp_path, book, environment=account, runs=400)
    found = played(one, 0, one.total).summaries[0]
    counts = {op: n / found.runs for (op, _, called), n in found.counts.items() if called}
    # The list of the larger vault has three pages; each loop ends with a list that is empty.
    assert counts[ENVIRONMENT.contents.operation] == lists + 3
    exactly = exact(dispatch_of(one, 0), one.limits(one.books[0]))
    interval = found.calls.interval(1 - 5e-6)
    assert interval is not None
    assert interval[0] <= exactly.calls <= interval[1]


def test_a_late_status_delays_the_operator(tmp_path: Path) -> None:
    minutes: list[float] = []
    book = 'title = "Ask"\n[[step]]\ndo = "delete_service_linked_role"\npoll = 1\n[[step]]\ndo = "list_resources"\n'
    account = 'title = "x"\n[account]\nrole = "present"\nregions = ["us-east-1"]\n[deletion]\ntakes = 2.5\n'
    for more in ("", "lag = 10\n"):
        one = recorded(study(tmp_path, book, environment=account + more, runs=1, deadline=60, stay=True), 0, 0)
        minutes.append(max(event.minute for event in one.events if event.operation == ENVIRONMENT.task.operation))
    assert 2.5 < minutes[0] < 5
    assert 12.5 < minutes[1] < 14


def test_only_a_list_has_pages(tmp_path: Path) -> None:
    book = 'title = "x"\n[[step]]\neach = "vault"\n[[step.step]]\ndo = "delete_recovery_point"\npaginate = false\n'
    with pytest.raises(BadInput, match='paginate needs each = "recovery-point"'):
        study(tmp_path, book)


# ---------------------------------------------------------------- findings


def findings() -> list[tuple[str, str, str]]:
    """The accounts, runbooks and success rates of the table in the README of runbooks."""
    table = (BOOKS / "README.md").read_text(encoding="utf-8").partition("## Findings")[2]
    account = ""
    found: list[tuple[str, str, str]] = []
    for line in table.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if len(cells) == 4 and cells[2].endswith("%"):
            account = cells[0] or account
            found.append((account, cells[1], cells[2]))
    return found


@pytest.mark.slow
@pytest.mark.parametrize(("account", "book", "share"), findings(), ids=str)
def test_a_finding_is_what_run_reports(account: str, book: str, share: str) -> None:
    name, _, options = account.partition(", ")
    file = str(ACCOUNTS / f"{name}.toml")
    question = ("run", str(BOOKS / f"{book}.toml"), "--account", file, *options.strip("`").split(), "--json")
    assert percent(asked(*question).document["runbooks"][0]["success_rate"]) == share
