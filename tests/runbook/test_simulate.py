"""Every step of a simulation is a step of the model, and a run is the same wherever it is simulated."""

from __future__ import annotations

from itertools import product
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.runbooks import ACCOUNTS, BOOKS, fits, gallery, study

from backup_slr.engine.core.step import Machine
from backup_slr.lifecycle import lifecycle, scope
from backup_slr.lifecycle.vocabulary import EFS_VAULT_NAME
from backup_slr.runbook.experiment import dispatch_of, played, recorded
from backup_slr.runbook.rng import keys, uniform
from backup_slr.runbook.simulate.batch import Batch
from backup_slr.runbook.simulate.events import Simulation
from backup_slr.runbook.simulate.vectorized_rules import At, Vectorizer
from backup_slr.runbook.to_scenario import scenario_text, trace
from backup_slr.scenario.player import play as play_scenario
from backup_slr.scenario.scenario_file import parse

RUNBOOKS = sorted(str(file.relative_to(BOOKS).with_suffix("")) for file in BOOKS.rglob("*.toml"))
ENVIRONMENTS = sorted(file.stem for file in ACCOUNTS.glob("*.toml"))
MODEL = lifecycle()
PAIRS = [
    pytest.param(book, environment, marks=[] if (i + k) % len(ENVIRONMENTS) == 0 else pytest.mark.slow)
    for i, book in enumerate(RUNBOOKS)
    for k, environment in enumerate(ENVIRONMENTS)
    if fits(book, environment)
]
"""Every runbook in every account; in the quick suite, each in one account."""
ASSUMED: list[dict[str, str]] = [{}] + [{a.name: value} for a in MODEL.assumptions for value in list(a.values)[1:]]


@pytest.mark.parametrize("assumed", ASSUMED, ids=str)
def test_a_generated_rule_agrees_with_the_machine_in_every_lane(assumed: dict[str, str]) -> None:
    model = MODEL.assuming(assumed)
    machine = Machine(model, scope(2, 3, None))
    layout = machine.layout
    rng = np.random.default_rng(0)
    n = 150
    tops = [3 if v.name in ("role", "points") else 2 for v, _ in layout.cells]
    states = np.array([rng.integers(0, top, n) for top in tops])
    lanes = np.arange(n)
    region, vault = rng.integers(0, 2, n), rng.integers(0, 3, n)
    for rule in model.rules:
        inputs = {i.name: int(rng.integers(0, 2)) for i in rule.inputs if i.kind == "parameter"}
        choices = [rng.random(n) < 0.5 for i in rule.inputs if i.kind == "choice"]
        names = [i.name for i in rule.inputs if i.kind == "choice"]
        block = [layout.affine["efs_automatic_backup"][1][0], layout.affine["vault"][1][1]]
        offsets = (region * block[0] * n + lanes, (region * block[0] + vault * block[1]) * n + lanes)
        after = states.reshape(-1).copy()
        here = At(lanes, offsets, (region, vault))
        code = Vectorizer(layout, n).attempt(rule, inputs)(SimpleNamespace(S=after), here, *choices)
        for k in range(n):
            place = (int(region[k]), int(vault[k]))[: len(rule.place)]
            said = {**inputs, **{name: int(c[k]) for name, c in zip(names, choices, strict=True)}}
            number, writes = machine.compiled(rule.action)(
                tuple(states[:, k].tolist()), *place, *machine.arguments(rule.action, said)
            )
            expected = states[:, k].copy()
            for cell, value in writes:
                expected[cell] = value
            assert number + 1 == code[k], (rule.action, place, said)
            assert after.reshape(-1, n)[:, k].tolist() == expected.tolist(), (rule.action, place, said)


@pytest.mark.slow
@pytest.mark.parametrize(("book", "environment"), PAIRS)
def test_a_recorded_run_is_a_trace_of_the_model_and_a_scenario_that_passes(book: str, environment: str) -> None:
    asked = gallery(book, environment)
    for run in range(2):
        one = recorded(asked, 0, run)
        steps = trace(one).steps  # asserts that the machine answers each request as recorded
        assert len(steps) == sum(event.request is not None for event in one.events)
        minutes = [event.minute for event in one.events]
        assert minutes == sorted(minutes)
        text = scenario_text(one, "a run", asked.environment.names)
        again = play_scenario(parse(text))
        assert again.passed
        assert (again.final[again.machine.layout.cell("role")] == 0) == one.success


@pytest.mark.slow
@pytest.mark.parametrize(("book", "environment"), PAIRS)
def test_a_run_has_the_same_bits_alone_and_in_any_batch(book: str, environment: str) -> None:
    asked = gallery(book, environment, fleet=50 if environment == "busy" else None)
    tables, limits = dispatch_of(asked, 0), asked.limits(asked.books[0])
    fleet = keys(1, 0, 50) if asked.fleet else None
    whole = Simulation(Batch(tables, 50), keys(1, 0, 50), limits, fleet).run()
    for first, number in ((13, 1), (20, 30)):
        some = None if fleet is None else fleet[first : first + number]
        part = Simulation(Batch(tables, number), keys(1, first, number), limits, some).run()
        assert part.minutes.tobytes() == whole.minutes[first : first + number].tobytes()
        assert part.success.tobytes() == whole.success[first : first + number].tobytes()
        assert part.times.tobytes() == whole.times[:, first : first + number].tobytes()
        assert (part.counts == whole.counts[:, first : first + number]).all()


@pytest.mark.slow
@pytest.mark.parametrize("book", ["the-page", "backoff-with-jitter"])
def test_repeated_deletions_in_one_step_equal_single_deletions(book: str) -> None:
    asked = gallery(book, "five-by-twenty", runs=300)
    tables, limits = dispatch_of(asked, 0), asked.limits(asked.books[0])
    fast, slow = Batch(tables, 300), Batch(tables, 300)
    assert any(again is not None for again in fast.repetitions)
    slow.repetitions = [None] * len(slow.repetitions)
    one, other = Simulation(fast, keys(1, 0, 300), limits).run(), Simulation(slow, keys(1, 0, 300), limits).run()
    assert (one.success == other.success).all()
    assert (one.counts == other.counts).all()
    # The same sums, added in another order.
    np.testing.assert_allclose(one.minutes, other.minutes, rtol=1e-12)


@pytest.mark.parametrize("book", [book for book in RUNBOOKS if fits(book, "busy")])
def test_the_recorded_run_is_the_run_that_was_counted(book: str) -> None:
    asked = gallery(book, "busy", runs=20)
    rows = played(asked, 0, 20, rows=True).rows.splitlines()
    for run in (0, 11):
        one = recorded(asked, 0, run)
        _, _, _, success, minutes, calls, *_ = rows[run].split(",")
        assert (int(success), minutes) == (one.success, f"{one.minutes:.6f}")
        assert int(calls) == sum(event.by == "person" for event in one.events)


@pytest.mark.parametrize(("book", "environment"), PAIRS)
def test_the_operators_time_is_the_time_of_the_run(book: str, environment: str) -> None:
    asked = gallery(book, environment)
    tables = dispatch_of(asked, 0)
    if tables.program.workers > 1:
        pytest.skip("several workers spend several times as much")
    found = Simulation(Batch(tables, 100), keys(1, 0, 100), asked.limits(asked.books[0])).run()
    spent = found.times.sum(axis=0)
    # The service may end the task after the operator has finished.
    assert (spent <= found.minutes * (1 + 1e-9)).all()
    if book not in ("fire-and-forget", "no-retry"):
        np.testing.assert_allclose(spent, found.minutes, rtol=1e-9)


@pytest.mark.slow
def test_two_runbooks_meet_the_same_jobs(tmp_path: Path) -> None:
    asked = gallery("the-page", "busy")
    other = gallery("fixed-wait", "busy")
    for run in range(5):
        jobs = []
        for one in (recorded(asked, 0, run), recorded(other, 0, run)):
            first = [e for e in one.events if e.request and e.request.action == "finish_job"][:2]
            jobs.append([(e.minute, e.request.place) for e in first if e.request])
        assert jobs[0] == jobs[1]


# ---------------------------------------------------------------- random numbers


def test_draws_are_uniform_and_streams_are_independent() -> None:
    key = keys(3, 0, 20_000)
    some = [uniform(key, stream, number) for stream in (0, 1, 7) for number in (0, 1, 50)]
    for draws in some:
        assert draws.min() >= 0
        assert draws.max() < 1
        counts, _ = np.histogram(draws, bins=20, range=(0, 1))
        # chi square with 19 degrees of freedom: above 60 once in 300,000 times
        assert ((counts - 1000) ** 2 / 1000).sum() < 60
    correlations = np.corrcoef(some)[np.triu_indices(len(some), 1)]
    assert abs(correlations).max() < 5 / np.sqrt(20_000)


@given(st.integers(0, 2**64), st.integers(0, 5000), st.integers(1, 3000))
@settings(max_examples=25, deadline=None)
def test_the_key_of_a_run_depends_on_the_seed_and_its_number_alone(seed: int, first: int, number: int) -> None:
    assert keys(seed, first, number).tolist() == keys(seed, 0, first + number)[first:].tolist()


def test_the_workers_take_every_vault_once(tmp_path: Path) -> None:
    asked = gallery("four-workers", "many-regions", runs=10)
    one = recorded(asked, 0, 0)
    assert one.success
    gone = [e.request.place for e in one.events if e.request and e.request.action == "delete_backup_vault"]
    assert len(gone) == len(set(gone)) == 8
    assert study(tmp_path).total == 200


@pytest.mark.slow
def test_plans_start_no_job_without_a_vault_or_after_they_were_stopped() -> None:
    starts = dict.fromkeys(("the-page", "stop-new-work-first"), 0)
    for book, run in product(starts, range(4)):
        one = recorded(gallery(book, "busy"), 0, run)
        names, stopped = one.dispatch.environment.names, False
        for event in one.events:
            stopped |= (event.operation, event.answer) == ("backup:DeleteBackupPlan", "done")
            if event.action == "start_job":
                starts[book] += 1
                assert event.answer != "no-such-vault"
                assert not stopped or names.vault(event.place) == EFS_VAULT_NAME
    assert starts["the-page"] > 4


def test_after_a_wait_the_vaults_of_that_moment_count(tmp_path: Path) -> None:
    environment = """
title = "Another user cleans up"
[account]
role = "present"
vaults = [{ region = "us-east-1", name = "archive", points = 1 }]
[[others]]
do = "delete_recovery_point"
region = "us-east-1"
vault = "archive"
every = 3
[[others]]
do = "delete_backup_vault"
region = "us-east-1"
vault = "archive"
every = 5
"""
    text = 'title = "x"\n[retry]\nwait = 10\n[[step]]\neach = "vault"\n[[step.step]]\ndo = "delete_backup_vault"\n'
    one = recorded(study(tmp_path, text, environment=environment, deadline=60.0), 0, 0)
    mine = [event.answer for event in one.events if (event.by, event.action) == ("person", "delete_backup_vault")]
    assert mine == ["vault-has-recovery-points"]
