"""Exact answers: against closed forms, against Storm on the same chain, and against sampling.

Each comparison with sampled values has a fixed seed, and would fail for a correct model once in about 370,000 seeds
(4.58 standard errors), so the tests are neither tuned nor flaky.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.sparse import csr_matrix
from scipy.sparse.linalg import expm_multiply
from support.runbooks import MEMORYLESS_ACCOUNT, MEMORYLESS_BOOK, STORM_ACCOUNT, STORM_BOOK, gallery, study

from backup_slr.runbook.experiment import Study, dispatch_of, played
from backup_slr.runbook.markov.build import chain
from backup_slr.runbook.markov.markov_chain import FAILURE, SUCCESS, Chain, NoAnswer
from backup_slr.runbook.markov.solve import Exact, Matrices, by_deadline, exact, in_the_end
from backup_slr.runbook.rng import Numbers
from backup_slr.runbook.statistics import TICKS, Summary, Sums

ERRORS = 4.58
"""The standard errors by which a sampled value may differ: a two-sided error probability below 5e-6."""


def near(value: float, sums: Sums, scale: float = 1.0) -> bool:
    """A value is within the interval of a sampled mean."""
    interval = sums.interval(1 - 5e-6)
    assert interval is not None
    return interval[0] / scale <= value <= interval[1] / scale


def answer(asked: Study) -> Exact:
    """The exact answer for the first runbook."""
    return exact(dispatch_of(asked, 0), asked.limits(asked.books[0]))


def agreed(asked: Study) -> tuple[Summary, Exact]:
    """The results of sampling and of the chain, after a check that they have the same means."""
    summary, found = played(asked, 0, asked.runs).summaries[0], answer(asked)
    assert found.minutes is not None
    assert near(found.minutes, summary.minutes, TICKS)
    assert near(found.calls, summary.calls)
    return summary, found


# ---------------------------------------------------------------- closed forms


@pytest.mark.parametrize(("points", "chance"), [(1, 0.5), (8, 0.2), (8, 0.5), (8, 0.9), (20, 0.0)])
def test_the_number_of_calls_to_delete_k_points_that_collide_with_probability_q(
    tmp_path: Path, points: int, chance: float
) -> None:
    environment = STORM_ACCOUNT.format(points=points, chance=chance, takes=0.5)
    found = answer(study(tmp_path, STORM_BOOK, environment=environment))
    # K / (1 - q) deletions, and two lists: the vaults, their points
    assert found.calls == pytest.approx(points / (1 - chance) + 2, rel=1e-12)


def test_a_sampled_mean_agrees_with_the_closed_form_and_the_mean_time_too(tmp_path: Path) -> None:
    environment = STORM_ACCOUNT.format(points=8, chance=0.5, takes=0.5)
    asked = study(tmp_path, STORM_BOOK, environment=environment, runs=20_000)
    summary = played(asked, 0, 20_000).summaries[0]
    assert near(8 / 0.5 + 2, summary.calls)
    assert summary.runs == 20_000
    assert summary.successes == 0  # no request to delete the role


# ---------------------------------------------------------------- sampling


@pytest.mark.parametrize("deadline", [15.0, 30.0, 1e9])
@pytest.mark.parametrize("book", ["", 'until = "empty"\n'])
def test_sampled_values_lie_within_their_interval_of_the_exact_ones(tmp_path: Path, deadline: float, book: str) -> None:
    text = MEMORYLESS_BOOK.replace("deadline = 60", f"deadline = {deadline}").replace('until = "empty"\n', book)
    summary, found = agreed(study(tmp_path, text, runs=40_000, seed=5))
    share = summary.successes / summary.runs
    error = np.sqrt(max(found.success * (1 - found.success), 1e-12) / summary.runs)
    assert abs(share - found.success) <= ERRORS * error


def test_the_distribution_by_deadline_is_the_sampled_one(tmp_path: Path) -> None:
    summary, found = agreed(study(tmp_path, runs=40_000, seed=6))
    moments = np.array([5.0, 10.0, 15.0, 20.0, 30.0, 45.0])
    exactly = found.by(moments)
    assert exactly is not None
    for time, share in zip(moments, exactly, strict=True):
        error = np.sqrt(share * (1 - share) / summary.runs)
        times, upto = summary.curve()
        by = upto[bisect_right(times, time) - 1] if times[0] <= time else 0
        assert abs(by / summary.runs - share) <= ERRORS * error + 1e-3 * error


@pytest.mark.parametrize(
    "change",
    [
        ("wait = { exponential = 3 }", "wait = { exponential = 3 }\nattempts = 2"),
        ("wait = { exponential = 3 }", 'wait = { exponential = 3 }\ngrows = "linear"\nattempts = 3'),
        ("[[step]]\neach", '[[step]]\ndo = "stop_backup_plans"\n[[step]]\neach'),
        ('do = "delete_backup_vault"', 'do = "delete_backup_vault"\non = { service-using-role = "restart" }'),
        ('each = "vault"\n', 'each = "vault"\nwhen = "any(points > 1)"\n'),
        ("poll = { exponential = 1 }", ""),
    ],
    ids=lambda change: change[1].split("\n")[-1],
)
def test_sampled_and_exact_values_agree_for_all_features_of_runbooks(tmp_path: Path, change: tuple[str, str]) -> None:
    assert change[0] in MEMORYLESS_BOOK
    agreed(study(tmp_path, MEMORYLESS_BOOK.replace(*change), runs=20_000, seed=7))


def test_the_small_account_of_the_gallery_has_an_exact_and_a_sampled_answer() -> None:
    agreed(gallery("now-and-then", "small", runs=20_000))


def test_without_a_deadline_the_answer_is_the_limit_of_late_deadlines(tmp_path: Path) -> None:
    matrices = Matrices.of(chain(dispatch_of(study(tmp_path), 0)))
    late, never = by_deadline(matrices, 2000.0), in_the_end(matrices)
    assert late.minutes == pytest.approx(never.minutes, rel=1e-9)
    assert late.calls == pytest.approx(never.calls, rel=1e-9)
    assert late.success == pytest.approx(1.0, rel=1e-9)


# ---------------------------------------------------------------- the role stays deleted

STAYS = MEMORYLESS_ACCOUNT.replace("every = { exponential = 30 }", "every = { exponential = 200 }").replace(
    "points = 3", "points = 1"
)
"""Other users create the role again from time to time."""


def staying(folder: Path, gives_up: float, deadline: float, **rest: object) -> Study:
    book = MEMORYLESS_BOOK.replace("deadline = 60", f"deadline = {gives_up}")
    return study(folder, book, environment=STAYS, deadline=deadline, stay=True, **rest)  # type: ignore[arg-type]


@pytest.mark.parametrize(("gives_up", "deadline"), [(20.0, 20.0), (20.0, 90.0), (400.0, 300.0)])
def test_sampled_and_exact_values_agree_if_the_role_must_stay_deleted(
    gives_up: float, deadline: float, tmp_path: Path
) -> None:
    summary, found = agreed(staying(tmp_path, gives_up, deadline, runs=10_000))
    share = summary.successes / summary.runs
    assert abs(share - found.success) <= ERRORS * np.sqrt(found.success * (1 - found.success) / summary.runs)
    assert 0.1 < found.success < 0.95


@pytest.mark.parametrize(("gives_up", "deadline"), [(30.0, 30.0), (4.0, 30.0)])
def test_the_exponential_of_the_generator_gives_the_same_probability(
    gives_up: float, deadline: float, tmp_path: Path
) -> None:
    one = staying(tmp_path, gives_up, deadline)
    found = chain(dispatch_of(one, 0), stay=True)
    size = len(found.states)
    generator, given_up, gone = np.zeros((size, size)), np.zeros((size, size)), np.array(found.gone, float)
    for i, row in enumerate(found.next):
        given_up[i, found.given_up[i]] = 1
        generator[i, i] -= 1 / found.sojourn[i]
        for j, share in row.items():
            generator[i, j] += share / found.sojourn[i]

    def later(minutes: float, clock: Numbers) -> Numbers:
        """The probabilities at a time, from the first state, and for how long the role has been deleted."""
        both = np.block([[generator, np.diag(gone)], [np.zeros((size, size)), generator * gone]])
        return np.asarray(expm_multiply(csr_matrix(both.T * minutes), clock))

    now = np.zeros(2 * size)
    now[0] = 1
    now = later(gives_up, now)
    if gives_up < deadline:
        now = later(deadline - gives_up, np.concatenate((now[:size] @ given_up, now[size:] @ given_up)))
    success = now[:size] @ gone
    ours = answer(one)
    assert ours.success == pytest.approx(success, rel=1e-9)
    assert ours.minutes == pytest.approx(deadline - now[size:].sum() / success, rel=1e-9)


def test_storm_finds_the_same_probability_that_the_role_stays_deleted(tmp_path: Path) -> None:
    one = staying(tmp_path, 25.0, 25.0)
    found = chain(dispatch_of(one, 0), stay=True)
    (theirs,) = storm(found, tmp_path, 'P=? [F[25,25] "gone"]')
    assert answer(one).success == pytest.approx(theirs, abs=1e-5)


def test_a_role_that_nobody_creates_again_stays_deleted(tmp_path: Path) -> None:
    one = staying(tmp_path, 500.0, 500.0)
    quiet = replace(one, environment=replace(one.environment, others=()))
    once = replace(quiet, stay=False)
    assert answer(quiet).success == pytest.approx(answer(once).success, rel=1e-9)
    assert answer(quiet).minutes == pytest.approx(answer(once).minutes, rel=1e-6)


# ---------------------------------------------------------------- no answer


@pytest.mark.parametrize(
    ("book", "environment", "why"),
    [
        (MEMORYLESS_BOOK.replace("{ exponential = 3 }", "3"), MEMORYLESS_ACCOUNT, "not exponential while"),
        (
            MEMORYLESS_BOOK,
            MEMORYLESS_ACCOUNT.replace("takes = { exponential = 5 }", "takes = 5"),
            "jobs or other users",
        ),
        (MEMORYLESS_BOOK + "", MEMORYLESS_ACCOUNT.replace("succeeds = 0", ""), "more than 2,000 states"),
        (MEMORYLESS_BOOK.replace("deadline = 60", "calls = 50"), MEMORYLESS_ACCOUNT, "a limit on the number of calls"),
        (MEMORYLESS_BOOK.replace('each = "vault"\n', 'each = "vault"\nworkers = 2\n'), MEMORYLESS_ACCOUNT, "several"),
    ],
)
def test_an_exact_answer_that_is_not_available_has_a_reason(
    tmp_path: Path, book: str, environment: str, why: str
) -> None:
    asked = study(tmp_path, book, environment=environment)
    with pytest.raises(NoAnswer, match=why):
        exact(dispatch_of(asked, 0), asked.limits(asked.books[0]), most=2000)


# ---------------------------------------------------------------- Storm


def drn(found: Chain) -> str:
    """The chain as Storm reads chains (its DRN format): exit rates, rates, rewards by time spent."""
    size = len(found.states)
    ends = {SUCCESS: size, FAILURE: size + 1}
    lines = ["@type: CTMC", "@parameters", "", "@reward_models", "calls minutes"]
    lines += ["@nr_states", str(size + 2), "@nr_choices", str(size + 2), "@model"]
    for i, (row, sojourn, calls) in enumerate(zip(found.next, found.sojourn, found.calls, strict=True)):
        rates = {ends.get(j, j): share / sojourn for j, share in row.items()} or {i: 1.0}
        labels = " init" * (i == 0) + " gone" * found.gone[i]
        lines.append(f"state {i} !{sum(rates.values())!r} [{calls / sojourn!r}, 1]{labels}")
        lines.append("\taction 0")
        lines += (f"\t\t{j} : {rate!r}" for j, rate in sorted(rates.items()))
    for state, name in ((size, "success"), (size + 1, "failure")):
        lines += [f"state {state} !1 [0, 0] {name}", "\taction 0", f"\t\t{state} : 1"]
    return "\n".join(lines) + "\n"


def storm(found: Chain, folder: Path, *formulas: str, exactly: bool = False) -> list[float]:
    """The results of Storm for the initial state of the same chain; with `exactly` in rational numbers."""
    stormpy = pytest.importorskip("stormpy", reason="Storm is not installed: pip install stormpy")
    file = folder / "chain.drn"
    file.write_text(drn(found), encoding="utf-8")
    build = stormpy.build_model_from_drn
    model = build[stormpy.Rational](str(file)) if exactly else build(str(file))
    assert model.nr_states == len(found.states) + 2
    results = [stormpy.model_checking(model, stormpy.parse_properties(formula)[0]) for formula in formulas]
    return [float(result.get_value(model.initial_states[0])) for result in results]


@pytest.mark.parametrize("environment", [MEMORYLESS_ACCOUNT, None], ids=["two vaults", "small"])
def test_storm_finds_the_same_numbers_on_the_same_chain(tmp_path: Path, environment: str | None) -> None:
    asked = study(tmp_path, environment=environment) if environment else gallery("now-and-then", "small")
    found = chain(dispatch_of(asked, 0))
    over = 'F ("success" | "failure")'
    formulas = (f'R{{"minutes"}}=? [{over}]', f'R{{"calls"}}=? [{over}]', 'P=? [F "success"]')
    minutes, calls, success = storm(found, tmp_path, *formulas, exactly=True)
    ours = in_the_end(Matrices.of(found))
    assert ours.minutes == pytest.approx(minutes, rel=1e-9)
    assert ours.calls == pytest.approx(calls, rel=1e-9)
    assert ours.success == pytest.approx(success, rel=1e-9)


@pytest.mark.parametrize("deadline", [2.0, 5.0, 12.0])
def test_storm_finds_the_same_probability_of_success_by_a_deadline(tmp_path: Path, deadline: float) -> None:
    found = chain(dispatch_of(study(tmp_path), 0))
    ours = by_deadline(Matrices.of(found), deadline)
    (theirs,) = storm(found, tmp_path, f'P=? [F<={deadline} "success"]')
    assert ours.success == pytest.approx(theirs, abs=1e-6)  # Storm truncates its Poisson sums at 1e-6 by default
    assert 0 < ours.success < 1
    assert ours.success < by_deadline(Matrices.of(found), deadline * 2).success
