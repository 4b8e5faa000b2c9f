"""Reads that lag: a runbook sees the account as it was some time ago."""

from __future__ import annotations

from math import exp
from pathlib import Path

import numpy as np
import pytest
from support.console import asked
from support.runbooks import MEMORYLESS_ACCOUNT, MEMORYLESS_BOOK, study
from support.schemas import valid

from backup_slr.errors import BadInput
from backup_slr.runbook.experiment import Study, dispatch_of, played, recorded
from backup_slr.runbook.markov.markov_chain import NoAnswer
from backup_slr.runbook.markov.solve import exact
from backup_slr.runbook.rng import keys
from backup_slr.runbook.simulate.batch import Batch
from backup_slr.runbook.simulate.events import Simulation

ERRORS = 4.58
"""As in the tests of the Markov chain."""
LAGS = ("0.25", "2", "{ exponential = 2 }", "{ lognormal = { median = 1, sigma = 1 } }")

ONE_JOB = """
title = "One job runs, and no other starts"
[account]
role = "present"
vaults = [{ region = "us-east-1", name = "archive", points = 0, job = true }]
[calls]
takes = { exponential = 0.1 }
[collisions]
chance = 0
[deletion]
takes = { exponential = 1 }
[[schedule]]
region = "us-east-1"
vault = "archive"
plan = "efs"  # which is off
every = { exponential = 1 }
takes = { exponential = 10 }
"""
NAIVE = """
title = "An empty list means an empty vault"
deadline = 400
[retry]
attempts = 0
[on]
vault-has-recovery-points = "stop"
resources-remain = "stop"
[[step]]
do = "wait"
minutes = { exponential = 30 }
[[step]]
each = "vault"
[[step.step]]
do = "delete_recovery_point"
each = "recovery-point"
until = "empty"
[[step.step]]
do = "delete_backup_vault"
[[step]]
do = "delete_service_linked_role"
poll = { exponential = 1 }
"""


def lagging(account: str, lag: str) -> str:
    """An account whose lists lag."""
    if "[lists]" in account:
        return account.replace("[lists]", f"[lists]\nlag = {lag}")
    return account.replace("[calls]", f"[lists]\nlag = {lag}\n[calls]")


def agree(one: Study) -> float:
    """The exact success rate, after a comparison with the sampled values."""
    sampled, exactly = played(one, 0, one.total).summaries[0], exact(dispatch_of(one, 0), one.limits(one.books[0]))
    interval = sampled.calls.interval(1 - 5e-6)
    assert interval is not None
    assert interval[0] <= exactly.calls <= interval[1]
    share = exactly.success
    assert abs(sampled.success[0] - share) <= ERRORS * np.sqrt(share * (1 - share) / sampled.runs) + 1e-9
    return share


@pytest.mark.slow
def test_a_script_that_takes_an_empty_list_for_empty_fails_more_often(tmp_path: Path) -> None:
    shares = [
        agree(study(tmp_path, NAIVE, environment=account, runs=4000))
        for account in (ONE_JOB, lagging(ONE_JOB, "{ exponential = 5 }"), lagging(ONE_JOB, "{ exponential = 50 }"))
    ]
    assert shares[0] > shares[1] + 0.05 > shares[2] + 0.1


@pytest.mark.slow
@pytest.mark.parametrize("lag", ["{ exponential = 0.5 }", "{ exponential = 6 }"])
def test_sampled_and_exact_values_agree_where_lists_lag(lag: str, tmp_path: Path) -> None:
    account = lagging(MEMORYLESS_ACCOUNT.replace("points = 3", "points = 1"), lag)
    agree(study(tmp_path, environment=account, runs=10_000))


SEEN = """
title = "Look once"
[[step]]
do = "wait"
minutes = 12
[[step]]
when = "WHEN"
do = "list_resources"
"""
CREATED = """
title = "A vault is created, and with it the role"
[account]
regions = ["us-east-1"]
[calls]
takes = 1e-6
[[others]]
do = "create_backup_vault"
region = "us-east-1"
vault = "new"
every = 10
[[others]]
do = "list_resources"
every = 10
"""


@pytest.mark.parametrize(("table", "when"), [("lists", "any(vault)"), ("role", "role == present")])
@pytest.mark.parametrize("mean", [0.5, 2.0, 20.0])
def test_a_change_is_seen_with_the_probability_of_its_lag(table: str, when: str, mean: float, tmp_path: Path) -> None:
    account = f"{CREATED}[{table}]\nlag = {{ exponential = {mean} }}\n"
    one = study(tmp_path, SEEN.replace("WHEN", when), environment=account, runs=4000)
    share = played(one, 0, one.total).summaries[0].calls.mean or 0
    expected = 1 - exp(-2 / mean)
    assert abs(share - expected) <= ERRORS * np.sqrt(expected * (1 - expected) / one.total)


@pytest.mark.parametrize(("lag", "seen"), [("1.9", 1), ("2.1", 0)])
def test_a_fixed_lag_ends_at_once_for_every_run(lag: str, seen: int, tmp_path: Path) -> None:
    account = f"{CREATED}[lists]\nlag = {lag}\n"
    one = study(tmp_path, SEEN.replace("WHEN", "any(vault)"), environment=account, runs=50)
    assert played(one, 0, one.total).summaries[0].calls.mean == seen


@pytest.mark.slow
@pytest.mark.parametrize("lag", LAGS)
def test_a_run_with_a_lag_has_the_same_bits_in_any_batch(lag: str, tmp_path: Path) -> None:
    one = study(tmp_path, environment=lagging(MEMORYLESS_ACCOUNT, lag) + "[role]\nlag = 1\n")
    tables, limits = dispatch_of(one, 0), one.limits(one.books[0])
    whole = Simulation(Batch(tables, 30), keys(1, 0, 30), limits).run()
    part = Simulation(Batch(tables, 10), keys(1, 20, 10), limits).run()
    assert part.minutes.tobytes() == whole.minutes[20:].tobytes()
    assert (part.counts == whole.counts[:, 20:]).all()


def test_a_list_shows_points_that_are_deleted(tmp_path: Path) -> None:
    one = study(tmp_path, environment=lagging(MEMORYLESS_ACCOUNT, "5"))
    assert "no-recovery-points" in [event.answer for event in recorded(one, 0, 0).events]


def test_the_lag_of_what_a_runbook_does_not_read_has_no_effect(tmp_path: Path) -> None:
    found = [
        played(study(tmp_path, environment=MEMORYLESS_ACCOUNT + more), 0, 200).summaries[0].calls.mean
        for more in ("", "[role]\nlag = 60\n")
    ]
    assert found[0] == found[1]


def test_a_lag_without_an_exact_result_says_what_to_write(tmp_path: Path) -> None:
    one = study(tmp_path, environment=lagging(MEMORYLESS_ACCOUNT, "0.5"))
    with pytest.raises(NoAnswer, match=r"\[lists\] lag is not exponential: write lag = \{ exponential = MEAN \}"):
        exact(dispatch_of(one, 0), one.limits(one.books[0]))


def test_the_report_has_the_lags(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text(f"{lagging(ONE_JOB, '0.5')}[role]\nlag = 2\n", encoding="utf-8")
    (tmp_path / "b.toml").write_text(MEMORYLESS_BOOK, encoding="utf-8")
    question = ("run", str(tmp_path / "b.toml"), "--account", str(tmp_path / "a.toml"), "--runs", "20")
    assert valid("run", asked(*question, "--json"))["lags"] == {"lists": "0.5 min", "role": "2 min"}
    assert "lag          lists (0.5 min); role (2 min)" in asked(*question).out


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ("[role]\nlag = 0", "'lag' must be a number above 0"),
        ("[role]\nlags = 3", "unknown key of [role]: 'lags'"),
        ("[lists]\nlag = { exponential = -1 }", "'exponential' must be a number above 0"),
    ],
)
def test_a_wrong_lag_is_one_message(more: str, told: str, tmp_path: Path) -> None:
    with pytest.raises(BadInput) as error:
        study(tmp_path, environment=f"{CREATED}{more}\n")
    assert told in str(error.value)
