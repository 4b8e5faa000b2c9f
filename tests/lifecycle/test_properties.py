"""The properties of the lifecycle: they hold, and are violated by broken models."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
from support.beside import Size, settled
from support.naive import Naive
from support.verdicts import PlainJudge, Waiting

from backup_slr.engine.check.checker import Checker, PropertyResult
from backup_slr.engine.check.exploration import Limits
from backup_slr.engine.check.results import EVERY_OUTCOME
from backup_slr.engine.core.rule import Property
from backup_slr.lifecycle import lifecycle, scope

SMALL: Size = (1, 2, 1)
Part = tuple[str, str]
SAFETY: list[Property] = [p for p in lifecycle().properties if p.kind in ("always", "step")]
GUARDS: list[Part] = [
    (rule.action, refusal)
    for rule in settled().rules
    for refusal in dict.fromkeys(guard.otherwise.id for guard in rule.guards)
]
IN_RANGE: Part = ("delete_recovery_point", "no-recovery-points")  # without it a count becomes negative


def name(part: Part | None) -> str:
    return " without ".join(part) if part else "nothing left out"


@cache
def plain(without: Part | None) -> Naive:
    model = settled().without([without]) if without else settled()
    return Naive(model, scope(*SMALL), quick=True)


# ---------------------------------------------------------------- the lifecycle satisfies them


@pytest.mark.parametrize("size", [SMALL, (2, 2, 1), pytest.param((1, 3, 2), marks=pytest.mark.slow)], ids=str)
def test_every_property_holds(size: Size) -> None:
    report = Checker(settled(), scope(*size)).check()
    wrong = {result.property.id: result.verdict for result in report.results if result.verdict != "holds"}
    needs = {p.id for p in settled().properties if any(scope(*size).sizes[s] < n for s, n in p.needs)}
    assert wrong == dict.fromkeys(needs, "out of scope")
    assert report.verdict == "holds"
    assert report.explored.complete


def test_every_outcome_of_an_action_has_a_trace_that_shows_it() -> None:
    judge = Checker(settled(), scope(*SMALL))
    ways = judge.check().outcomes
    listed = [(rule.action, *way) for rule in settled().rules for way in rule.outcomes()]
    assert [(way.rule.action, way.outcome, way.because) for way in ways] == listed
    open_in = Counter(
        way for steps in plain(None).steps.values() for way in {(t.request.action, t.outcome, t.because) for t in steps}
    )
    for way in ways:
        assert way.trace is not None
        last = way.trace.steps[-1]
        assert (last.request.action, last.outcome, last.because) == (way.rule.action, way.outcome, way.because)
        assert way.states == open_in[way.rule.action, way.outcome, way.because]


# ---------------------------------------------------------------- broken models violate them


@cache
def results(without: Part | None, limits: Limits = Limits()) -> dict[str, PropertyResult]:  # noqa: B008
    """The verdicts on the *always* and *step* properties."""
    naive = plain(without)
    judge = Checker(naive.model, naive.scope)
    judge.explored = judge.space.explore(limits)
    return {asked.id: judge.judge(asked) for asked in SAFETY}


@pytest.mark.parametrize("without", [part for part in GUARDS if part != IN_RANGE], ids=name)
def test_a_counterexample_replays_and_violates_its_property(without: Part) -> None:
    """For every removed guard whose removal violates a property; Spin checks that none is missed (`test_export`)."""
    judge = PlainJudge(plain(without))
    for result in results(without).values():
        assert (result.trace is not None) is (result.verdict == "violated")
        if result.trace is not None:
            assert judge.replays(result.trace)
            assert judge.shows(result.property, result.trace)


def test_a_counterexample_replays_if_a_count_leaves_its_range() -> None:
    judge = PlainJudge(plain(IN_RANGE))
    found = results(IN_RANGE, Limits(states=5000))
    shown = [result for result in found.values() if result.trace is not None]
    assert [j.property.id for j in shown if not judge.shows(j.property, j.trace)] == []


EVENTUALLY = [p for p in lifecycle().properties if p.kind == "eventually"]


@pytest.mark.parametrize("asked", EVENTUALLY, ids=lambda p: p.id)
def test_eventually_properties_fail_without_fairness(asked: Property) -> None:
    """Each of them requires an action; the lasso is a run without it."""
    naive = Naive(settled(), scope(1, dict(asked.needs).get("vault", 2), 1), quick=True)
    judge = Checker(naive.model, naive.scope)
    judge.explored = judge.space.explore()
    for number in range(len(asked.fair)):
        fewer = replace(asked, fair=asked.fair[:number] + asked.fair[number + 1 :])
        result = judge.judge(fewer)
        if result.trace is not None:
            reasons = [Waiting(naive, fewer, place).why_not(result.trace) for place in naive.scope.places(asked.each)]
            assert "" in reasons
    idle = judge.judge(replace(asked, fair=()))
    assert idle.verdict == "violated"


def test_ids_are_short_and_never_change() -> None:
    """Commands, files, recordings and scripts of users refer to properties by their ids."""
    recorded = (Path(__file__).parent.parent / "golden" / "property_ids.txt").read_text().split()
    known = {p.id: p for named in lifecycle().properties for p in (named, *named.by)} | {
        EVERY_OUTCOME.id: EVERY_OUTCOME
    }
    assert set(recorded) <= set(known), "an id was renamed or is gone"
    assert set(known) <= set(recorded), "a new id is not recorded"
    assert all(re.fullmatch(r"[a-z][a-z0-9_]*", name) and len(name) <= 50 for name in known)
