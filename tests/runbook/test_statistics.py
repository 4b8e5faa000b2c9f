"""The mathematics of `run`, each compared with an independent formula.

Waits, durations and limits are compared exactly. Random values are compared at fixed seeds, with error probabilities
below 1e-5 (4.5 standard errors).
"""

from __future__ import annotations

import csv
import shlex
from dataclasses import fields, replace
from itertools import accumulate, pairwise
from math import comb, exp, log, sqrt
from pathlib import Path
from statistics import NormalDist, fmean, stdev
from typing import Any

import numpy as np
import pytest
from scipy.stats import t as student
from support.console import call
from support.runbooks import ACCOUNTS, BOOKS, MEMORYLESS_BOOK, STORM_ACCOUNT, gallery, rows_of, study

from backup_slr.engine.compile.layout import Layout
from backup_slr.lifecycle.vocabulary import EFS_VAULT_NAME, job, points, vault
from backup_slr.runbook import plots
from backup_slr.runbook.distributions import Backoff, Exponential, Fixed, Lognormal, Observed
from backup_slr.runbook.experiment import LARGEST_BATCH, Study, dispatch_of, played, recorded
from backup_slr.runbook.markov.markov_chain import NoAnswer
from backup_slr.runbook.rng import keys
from backup_slr.runbook.simulate.background import Background
from backup_slr.runbook.simulate.batch import Batch, CallKind, Results, RunLimits
from backup_slr.runbook.simulate.events import Simulation
from backup_slr.runbook.statistics import TICKS, Summary, Sums
from backup_slr.runbook.study_document import results_of

PAGE, FIXED = (str(BOOKS / f"{name}.toml") for name in ("the-page", "fixed-wait"))
SMALL, BUSY = (str(ACCOUNTS / f"{name}.toml") for name in ("small", "busy"))
Z = NormalDist().inv_cdf(0.975)
ERRORS = 4.5


# ---------------------------------------------------------------- waits and durations


@pytest.mark.parametrize(
    ("backoff", "waits"),
    [
        (Backoff(Fixed(3.0)), [3, 3, 3, 3]),
        (Backoff(Fixed(3.0), "linear"), [3, 6, 9, 12]),
        (Backoff(Fixed(3.0), "linear", most=7.0), [3, 6, 7, 7]),
        (Backoff(Fixed(3.0), "exponential"), [3, 6, 12, 24]),
        (Backoff(Fixed(3.0), "exponential", factor=10.0, most=200.0), [3, 30, 200, 200]),
    ],
)
@pytest.mark.parametrize("uniform", [0.0, 0.25, 0.875])
def test_the_wait_before_each_retry(backoff: Backoff, waits: list[float], uniform: float) -> None:
    tries, level = np.arange(1.0, 5.0), np.full(4, uniform)
    for jitter, share in (("none", 1.0), ("full", uniform), ("equal", 0.5 + uniform / 2)):
        jittered = Backoff(backoff.wait, backoff.grows, backoff.factor, backoff.most, jitter)  # type: ignore[arg-type]
        assert jittered.at(tries, level).tolist() == [wait * share for wait in waits]


def minutes_of_tries(folder: Path, ends: str, retry: str) -> list[float]:
    """The times at which the calls of a run end, all of which collide."""
    text = f"""
title = "One call, again and again"
{ends}
[retry]
{retry}
[[step]]
do = "delete_recovery_point"
region = "us-east-1"
vault = "archive"
"""
    asked = study(folder, text, environment=STORM_ACCOUNT.format(points=1, chance=1.0, takes=0.5))
    return [event.minute for event in recorded(asked, 0, 0).events]


@pytest.mark.parametrize(
    ("said", "waits"),
    [
        ('wait = 3\ngrows = "linear"', [3, 6, 9]),
        ('wait = 3\ngrows = "exponential"\nfactor = 5\nmost = 20', [3, 15, 20]),
    ],
)
def test_waits_between_the_tries_of_a_runbook(tmp_path: Path, said: str, waits: list[float]) -> None:
    """For a call that always collides, the times of its tries are the sums of waits and call times."""
    minutes = minutes_of_tries(tmp_path, "deadline = 1e9", f"{said}\nattempts = 3")
    assert minutes == pytest.approx([0.5, *(0.5 * (k + 2) + sum(waits[: k + 1]) for k in range(3))])


@pytest.mark.parametrize(("jitter", "least"), [("full", 0.0), ("equal", 0.5)])
def test_jitter_takes_a_uniform_share(tmp_path: Path, jitter: str, least: float) -> None:
    minutes = minutes_of_tries(tmp_path, "calls = 400", f'wait = 8\njitter = "{jitter}"')
    shares = [((after - before - 0.5) / 8 - least) / (1 - least) for before, after in pairwise(minutes)]
    assert len(shares) == 399
    assert min(shares) > -1e-9
    assert max(shares) < 1 + 1e-9
    # Kolmogorov and Smirnov: further away than this once in 100,000 times
    away = max(abs(k / 399 - share) for k, share in enumerate(sorted(shares), 1))
    assert away < sqrt(log(2 / 1e-5) / 2 / 399)


LEVELS = (np.arange(20_000) + 0.5) / 20_000


def test_durations_are_the_quantiles_of_their_distributions() -> None:
    normal = [NormalDist().inv_cdf(level) for level in LEVELS.tolist()]
    assert Exponential(4.0).at(LEVELS).tolist() == pytest.approx([-4.0 * log(1 - level) for level in LEVELS.tolist()])
    assert Lognormal(4.0, 0.7).at(LEVELS).tolist() == pytest.approx([4.0 * exp(0.7 * z) for z in normal])
    assert Fixed(4.0).at(LEVELS).tolist() == [4.0] * len(LEVELS)
    seen = Observed((7.0, 1.0, 4.0, 1.0)).at(LEVELS).tolist()
    assert [seen.count(value) for value in (1.0, 4.0, 7.0)] == [10_000, 5_000, 5_000]
    ends = np.array([0.0, 1 - 2.0**-53])
    assert Observed((7.0, 1.0, 4.0)).at(ends).tolist() == [1.0, 7.0]
    assert np.isfinite(Lognormal(4.0, 0.7).at(ends)).all()
    assert np.isfinite(Exponential(4.0).at(ends)).all()


@pytest.mark.parametrize("duration", [Fixed(3.0), Exponential(3.0), Lognormal(3.0, 0.5), Observed((1.0, 2.0, 6.0))])
def test_the_mean_of_a_duration_is_that_of_its_quantiles(duration: Any) -> None:
    assert duration.at(LEVELS).mean() == pytest.approx(duration.mean, rel=1e-3)


# ---------------------------------------------------------------- intervals


def summary_of(minutes: list[float]) -> Summary:
    """The summary of runs that succeeded at these times."""
    n = len(minutes)
    counts, nothing = np.zeros((1, n), np.int32), np.zeros((3, n))
    none = np.zeros(n, bool)
    results = Results(~none, np.array(minutes), counts, nothing, np.full(n, -1), nothing > 0, none)
    return Summary.of(results, (CallKind("backup:ListBackupVaults", "done", True),))


@pytest.mark.parametrize("n", [30, 500])
@pytest.mark.parametrize("level", [0.5, 0.9, 0.99])
def test_the_interval_of_a_quantile_is_between_the_right_ranks(n: int, level: float) -> None:
    """The nearest ranks that leave 2.5 % on either side; there is no value after the last run."""
    summary = summary_of([float(k) for k in range(1, n + 1)])
    below = list(
        accumulate(comb(n, i) * level**i * (1 - level) ** (n - i) for i in range(n))
    )  # the probability that the quantile is below rank k + 1
    low = max((k for k in range(1, n + 1) if below[k - 1] <= 0.025), default=0)
    high = min((k for k in range(1, n + 1) if 1 - below[k - 1] <= 0.025), default=None)
    found = summary.quantile_interval(level)
    assert found is not None
    assert found[0] == pytest.approx(low, rel=2e-4)
    assert found[1] is None if high is None else found[1] == pytest.approx(high, rel=2e-4)
    assert (high is None) == (n == 30 and level > 0.8)
    assert summary.quantile(level) == pytest.approx(np.ceil(level * n), rel=2e-4)


def test_an_interval_of_too_few_runs_has_no_upper_end(tmp_path: Path) -> None:
    question = ("run", PAGE, "--account", SMALL, "--runs", "40")
    low, high = call(*question, "--json").document["runbooks"][0]["minutes"]["ci95"]["p99"]
    assert high is None
    assert f"({low:.1f} or more) min" in call(*question).out


def test_a_comparison_summarizes_its_rows(tmp_path: Path) -> None:
    file = tmp_path / "runs.csv"
    question = ("run", PAGE, FIXED, "--account", BUSY, "--runs", "300", "--deadline", "60")
    document = call(*question, "--csv", str(file), "--json").document
    rows = rows_of(file)
    assert len(rows) == 600
    times: dict[str, dict[int, float]] = {}
    for found in document["runbooks"]:
        mine = [row for row in rows if row["runbook"] == found["name"]]
        assert [int(row["run"]) for row in mine] == list(range(300))
        assert fmean(int(row["refusals"]) for row in mine) == pytest.approx(sum(found["refusals"].values()))
        calls = [int(row["calls"]) for row in mine]
        summed_up(found["calls"]["mean"], found["calls"]["ci95"], calls)
        times[found["name"]] = {int(row["run"]): float(row["minutes"]) for row in mine if row["success"] == "1"}
        ranked = sorted(times[found["name"]].values())
        summed_up(found["minutes"]["mean"], found["minutes"]["ci95"]["mean"], ranked)
        for name, level in (("median", 0.5), ("p90", 0.9), ("p99", 0.99)):
            rank = max(0, -(-int(level * 1000) * len(ranked) // 1000) - 1)
            assert found["minutes"][name] == pytest.approx(ranked[rank], rel=1.1e-4)
    one, other = times.values()
    longer = [other[run] - one[run] for run in sorted(one.keys() & other.keys())]
    assert 20 < len(longer) < 300
    told = document["runbooks"][1]["longer_than_first"]
    assert told["runs"] == len(longer)
    summed_up(told["minutes"], told["ci95"], longer)


def summed_up(mean: float, interval: list[float], values: list[Any]) -> None:
    """Check that a mean and its interval are those of some values."""
    assert mean == pytest.approx(fmean(values), abs=1e-5)
    reach = student.ppf(0.975, len(values) - 1) * stdev(values) / sqrt(len(values))
    assert interval == pytest.approx([fmean(values) - reach, fmean(values) + reach], abs=1e-5)


def wilson(successes: int, runs: int) -> list[float]:
    """The shares at exactly this number of their own standard errors from the observed share (Wilson 1927)."""
    share = successes / runs
    roots = np.roots([1 + Z**2 / runs, -(2 * share + Z**2 / runs), share**2])
    return sorted(roots.real.tolist())


def test_the_interval_of_the_share_of_successes_is_that_of_wilson() -> None:
    found = call("run", PAGE, "--account", BUSY, "--runs", "300", "--deadline", "60", "--json").document["runbooks"][0]
    successes = round(found["success_rate"] * 300)
    assert 0 < successes < 300
    assert found["success_ci95"] == pytest.approx(wilson(successes, 300), abs=1e-6)


@pytest.mark.slow
def test_the_bands_of_a_curve_are_as_wide_as_their_intervals() -> None:
    pytest.importorskip("matplotlib", reason="Matplotlib is not installed: pip install matplotlib")

    asked = gallery("the-page", "busy", runs=300)
    chunk = played(asked, 0, 300)
    axes = plots.curves(asked, results_of(asked, chunk, [NoAnswer("")])).axes[0]
    line, band = axes.lines[0].get_xydata(), axes.collections[0].get_paths()[0].vertices
    times = [minutes for minutes, success in minutes_of(asked, 300) if success]
    for minute, share in line[10::30].tolist():
        successes = sum(time <= minute for time in times)
        assert share == pytest.approx(successes / 300, abs=1.01 / 300)  # a run may fall into the next bin
        edges = sorted({round(y, 9) for x, y in band.tolist() if x == minute})
        assert edges == pytest.approx(wilson(round(share * 300), 300), abs=1e-6)


def minutes_of(asked: Study, runs: int) -> list[tuple[float, bool]]:
    """The end of each run, and its success."""
    rows = list(csv.reader(played(asked, 0, runs, rows=True).rows.splitlines()))
    return [(float(row[4]), row[3] == "1") for row in rows]


# ---------------------------------------------------------------- intervals of correlated runs


def test_identical_runs_of_one_account_count_as_one() -> None:
    """Ten accounts with a hundred identical runs each: the interval is that of ten runs."""
    values = np.array([3, 1, 4, 1, 5, 9, 2, 6, 5, 3]) * 1000
    groups = np.repeat(np.arange(10), 100)
    found, ten = Sums.of(np.repeat(values, 100), groups), Sums.of(values)
    assert found.interval() == pytest.approx(ten.interval())
    assert Sums.of(values[:4]) + Sums.of(values[4:]) == ten
    halves = [Sums.of(np.repeat(values[k : k + 5], 100), groups[:500]) for k in (0, 5)]
    assert halves[0] + halves[1] == found


def test_the_interval_of_grouped_values_is_that_of_the_ratio_of_two_sums() -> None:
    rng = np.random.default_rng(5)
    groups = np.sort(rng.integers(0, 40, 900))
    values = rng.integers(0, 1000, 900) + rng.integers(0, 1000, 40)[groups]
    mean = values.mean()
    totals = [values[groups == g] - mean for g in np.unique(groups)]
    error = sqrt(len(totals) / (len(totals) - 1) * sum(float(x.sum()) ** 2 for x in totals)) / 900
    reach = float(student.ppf(0.975, len(totals) - 1)) * error
    assert Sums.of(values, groups).interval() == pytest.approx((mean - reach, mean + reach))
    assert Sums.of(values, groups).design_effect > 3
    assert Sums.of(values).design_effect == 1


@pytest.mark.slow
def test_intervals_hold_the_true_value_as_often_as_they_say_in_a_fleet() -> None:
    """Fifteen accounts with twenty runs each, a hundred times; the true value is that of all runs.

    At 95 %, fewer than 83 of 100 are right once in 100,000 times; if accounts are ignored, at most 60 are right.
    """
    asked = gallery("now-and-then", "busy", runs=20, fleet=1500, deadline=60.0)
    tables, fleet = dispatch_of(asked, 0), np.repeat(keys(1, 0, 1500, 1), 20)
    found = Simulation(Batch(tables, 30_000), keys(1, 0, 30_000), asked.limits(asked.books[0]), fleet).run()
    times = found.minutes[found.success]
    right = {"mean": 0, "median": 0, "share": 0}
    for k in range(100):
        some = slice(300 * k, 300 * (k + 1))
        part = Results(*(getattr(found, each.name)[..., some] for each in fields(Results)))
        summary = Summary.of(part, tables.counters, np.repeat(np.arange(15), 20))
        interval, ranks = summary.minutes.interval(), summary.quantile_interval(0.5)
        assert interval is not None
        assert ranks is not None
        right["mean"] += interval[0] <= times.mean() * TICKS <= interval[1]
        right["median"] += ranks[0] <= np.median(times) <= (ranks[1] or np.inf)
        right["share"] += summary.success[1][0] <= found.success.mean() <= summary.success[1][1]
    assert min(right.values()) >= 83, right


def test_all_runs_of_one_account_are_in_one_piece() -> None:
    asked = gallery("the-page", "small", runs=LARGEST_BATCH // 4 + 1, fleet=7)
    pieces = asked.cut(asked.total, 2)
    assert all(first % asked.runs == number % asked.runs == 0 for first, number in pieces)
    assert max(number for _, number in pieces) <= LARGEST_BATCH
    assert sum(number for _, number in pieces) == asked.total
    many = gallery("the-page", "small", runs=LARGEST_BATCH + 5, fleet=2)
    assert many.cut(many.total, 2) == [(0, many.runs), (many.runs, many.runs)]


def test_more_runs_than_fit_into_a_batch_have_the_same_results(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = gallery("the-page", "busy", runs=50, fleet=2)
    whole = played(asked, 0, 100, rows=True)
    monkeypatch.setattr("backup_slr.runbook.experiment.LARGEST_BATCH", 17)
    parts = [played(asked, first, number, rows=True) for first, number in asked.cut(100)]
    assert len(parts) == 2
    assert parts[0] + parts[1] == replace(whole, rows="")
    assert parts[0].rows + parts[1].rows == whole.rows


# ---------------------------------------------------------------- limits, other people, throttling


def test_a_run_is_over_at_the_earlier_of_two_deadlines(tmp_path: Path) -> None:
    text = MEMORYLESS_BOOK.replace("deadline = 60", "deadline = 20")
    for deadline, over in ((12.0, 12.0), (50.0, 20.0), (None, 20.0)):
        found = minutes_of(study(tmp_path, text, deadline=deadline), 200)
        assert all(minutes <= over if success else minutes == over for minutes, success in found)
        assert 0 < sum(success for _, success in found) < 200


def test_a_runbook_makes_at_most_its_maximum_of_calls(tmp_path: Path) -> None:
    asked = study(tmp_path, MEMORYLESS_BOOK.replace("deadline = 60", "calls = 7"))
    rows = list(csv.reader(played(asked, 0, 200, rows=True).rows.splitlines()))
    assert {int(row[5]) for row in rows} == {7}  # at least eight are needed


def test_other_users_make_requests_at_their_rate(tmp_path: Path) -> None:
    environment = STORM_ACCOUNT.format(points=0, chance=0.5, takes=0.5)
    environment += '[[others]]\ndo = "list_resources"\nevery = 10\n'
    text = 'title = "Look on"\n[[step]]\ndo = "wait"\nminutes = 95\n'
    one = recorded(study(tmp_path, text, environment=environment), 0, 0)
    assert [event.minute for event in one.events if event.by == "other"] == [10.0 * k for k in range(1, 10)]


@pytest.mark.parametrize("share", [0.0, 0.3, 1.0])
def test_the_share_of_throttled_calls(tmp_path: Path, share: float) -> None:
    environment = STORM_ACCOUNT.format(points=0, chance=0.5, takes=0.5).replace(
        "[collisions]", f"throttled = {share}\n[collisions]"
    )
    text = 'title = "Ask"\ncalls = 20\n[[step]]\neach = "vault"\n[[step.step]]\ndo = "list_resources"\n'
    summary = played(study(tmp_path, text, environment=environment), 0, 2000).summaries[0]
    calls = summary.calls.total
    throttled = sum(n for (_, answer, _), n in summary.counts.items() if answer == "throttled")
    assert calls > 5000
    assert abs(throttled - share * calls) <= ERRORS * sqrt(calls * share * (1 - share))


# ---------------------------------------------------------------- EFS automatic backup, fleets

EFS_ACCOUNT = f"""
title = "EFS"
[account]
role = "present"
efs-automatic-backup = ["us-east-1", "eu-west-1"]
vaults = [
  {{ region = "us-east-1", name = "{EFS_VAULT_NAME}", points = 0 }},
  {{ region = "eu-west-1", name = "{EFS_VAULT_NAME}", points = 0 }},
]
[[schedule]]
plan = "efs"
every = 10
takes = 2
"""


def test_efs_automatic_backup_starts_no_job_where_it_is_off(tmp_path: Path) -> None:
    text = """
title = "Off in one Region"
[[step]]
each = "region"
regions = ["us-east-1"]
[[step.step]]
do = "turn_off_efs_automatic_backup"
[[step]]
do = "wait"
minutes = 100
"""
    one = recorded(study(tmp_path, text, environment=EFS_ACCOUNT), 0, 0)
    names = one.dispatch.environment.names
    started = [e.request.place for e in one.events if e.request and e.request.action == "start_job"]
    assert [names.region(place) for place in started] == ["eu-west-1"] * 8  # every 12 minutes, from minute 10 on


def fleet_of(asked: Study, accounts: int) -> tuple[Layout, Any]:
    """The initial cells of this number of accounts of a fleet, one column for each."""
    batch = Batch(dispatch_of(asked, 0), accounts)
    around = Background(batch, keys(1, 0, accounts), RunLimits(), keys(1, 0, accounts, 1), None)
    return around.t.layout, around.S.reshape(-1, accounts)


def test_the_accounts_of_a_fleet_have_vaults_and_points_as_they_should() -> None:
    asked = gallery("the-page", "busy", fleet=4000)
    layout, cells = fleet_of(asked, 4000)
    normal = NormalDist()
    for place in asked.environment.places:
        there, held, busy = (cells[layout.cell(v.name, place)] for v in (vault, points, job))
        if asked.environment.names.vault(place) in (EFS_VAULT_NAME, "experiments"):
            assert not there.any()
            continue
        number = int(there.sum())
        assert abs(number - 0.7 * 4000) <= ERRORS * sqrt(4000 * 0.7 * 0.3)
        assert not held[there == 0].any()
        assert not busy[there == 0].any()
        for most in (5, 15, 40):
            share = normal.cdf(log((most + 0.5) / 15) / 0.8)
            seen = int((held[there == 1] <= most).sum())
            assert abs(seen - share * number) <= ERRORS * sqrt(number * share * (1 - share))


def test_a_fleet_without_points_has_those_of_the_account(tmp_path: Path) -> None:
    environment = STORM_ACCOUNT.format(points=6, chance=0.5, takes=0.5) + "[fleet]\nvault = 0.25\n"
    asked = study(tmp_path, environment=environment, fleet=1000)
    layout, cells = fleet_of(asked, 1000)
    number = asked.environment.names.numbers("us-east-1", "archive")
    there, held = (cells[layout.cell(v.name, number)] for v in (vault, points))
    assert abs(int(there.sum()) - 250) <= ERRORS * sqrt(1000 * 0.25 * 0.75)
    assert (held == 6 * there).all()


# ---------------------------------------------------------------- the command in a report


@pytest.mark.slow
@pytest.mark.parametrize(
    "options",
    [
        ("--assume", "default-vault=needs-another-vault"),
        ("--without", "delete_backup_vault/service-using-role", "--deadline", "30.5", "--run", "3"),
        ("--fleet", "20", "--runs", "3", "--seed", "4"),
        ("--max-states", "5"),
        ("--rules", "table.json"),
    ],
    ids=lambda options: options[0],
)
def test_the_command_in_a_report_makes_the_same_report(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, options: tuple[str, ...]
) -> None:
    for name in ("curves", "calls", "timeline", "svg"):
        monkeypatch.setattr(plots, name, lambda *_: "")
    if "--rules" in options:
        options = ("--rules", str(tmp_path / options[1]))
        left_out = "delete_recovery_point/service-using-role"
        assert call("rules", "--json", "--without", left_out, "-o", options[1]).code == 0
    file = tmp_path / "a report.html"
    account = BUSY if "--fleet" in options else SMALL
    more = () if "--runs" in options else ("--runs", "60")
    now = str(BOOKS / "now-and-then.toml")
    assert call("run", now, PAGE, "--account", account, *more, *options, "--report", str(file)).code == 0
    first = file.read_text(encoding="utf-8")
    (command,) = [line for line in first.splitlines() if 'id="command"' in line]
    command = command.partition(">")[2].partition("<")[0].replace("&#x27;", "'").replace("&quot;", '"')
    file.unlink()
    program, *arguments = shlex.split(command)
    assert program == "backup-slr"
    assert call(*arguments).code == 0
    assert file.read_text(encoding="utf-8") == first
