"""Verdicts, except on liveness, by every engine, with and without symmetry, against a plain judge (`verdicts`)."""

from __future__ import annotations

from dataclasses import replace
from random import Random

from support.naive import Naive
from support.random_models import Maker
from support.strategies import ENGINES
from support.verdicts import PlainJudge

from backup_slr.engine.check.checker import Checker
from backup_slr.engine.check.results import Report

DOSE = 120


def trial(random: Random) -> str | None:
    """Some properties of a random model, checked together: the verdict, the trace, and its shortest length."""
    maker = Maker(random)
    model, scope = maker.model()
    drawn = [maker.property(model, kind) for kind in ("always", "step", "sometimes", "sometimes", "possible")]
    asked = tuple(replace(one, id=f"it_is_so_{number}") for number, one in enumerate(drawn))
    model = replace(model, properties=asked)
    plain = PlainJudge(Naive(model, scope))
    expected = [plain.shortest(one) for one in asked]
    some = {one.id for one in asked if maker.chance(0.8)} or {asked[0].id}
    reports = [(how, Checker(model, scope, how).check(only=some)) for how in ENGINES]
    whole = [(how, Checker(model, scope, how).check()) for how in ENGINES] if maker.chance(0.2) else []
    for how, report in whole:
        if _coverage(report) != _coverage(whole[0][1]):
            return f"{how}: {_coverage(report)}, and not {_coverage(whole[0][1])}"
    for how, report in reports:
        for result in report.results:
            one, trace = result.property, result.trace
            length = expected[asked.index(one)]
            verdict = "holds" if (length is None) is not (one.kind == "sometimes") else "violated"
            if result.verdict != verdict:
                return f"{how}: {result.verdict}, and not {verdict}: {one}"
            if (None if trace is None else len(trace.steps)) != length:
                return f"{how}: {trace and len(trace.steps)} steps, and not {length}: {one}"
            if trace is not None and not (plain.replays(trace) and plain.shows(one, trace)):
                return f"{how}: the trace {[t.request for t in trace.steps]} does not show it: {one}"
    return None


def _coverage(report: Report) -> list[object]:
    """The coverage, which must be the same for every engine."""
    outcomes = [
        (o.rule.action, o.outcome, o.because, o.states, o.trace and len(o.trace.steps)) for o in report.outcomes
    ]
    return [report.explored.count, report.explored.transitions, report.deadlocks, *outcomes]
