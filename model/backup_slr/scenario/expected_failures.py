"""Broken models: a scenario that removes a part of the rules must fail exactly as it expects.

Its steps are the counterexample that `check` finds: the same requests, after which the property is violated.
"""

from __future__ import annotations

from collections.abc import Iterator

from backup_slr.engine.check.checker import Checker
from backup_slr.engine.check.exploration import Limits
from backup_slr.report.names import example_names
from backup_slr.report.trace_text import step_tellings
from backup_slr.scenario.player import ScenarioRun

MOST_STATES = 50_000
"""The maximum number of states to explore for a counterexample."""


def misses(run: ScenarioRun) -> Iterator[str]:
    """The differences between the failure of a broken model and the one that its scenario expects.

    Raises `KeyboardInterrupt` when the check was interrupted.
    """
    said = run.scenario.counterexample
    if said is None:
        return
    scope = run.scenario.lifecycle.scope(**said.scope)
    report = Checker(run.machine.model, scope).check(Limits(MOST_STATES), only=[said.property]).confirmed()
    if report.explored.stopped not in (None, "states"):
        raise KeyboardInterrupt
    found = report.results[0]
    if found.verdict != "violated":
        inconclusive = found.verdict == "inconclusive"
        why = f" after {MOST_STATES:,} states: use a smaller scope" if inconclusive else ""
        yield f"expected {said.property} to be violated; the check reports: {found.verdict}{why}"
        return
    names = example_names(run.scenario.lifecycle, scope)
    expected = [telling.asked for telling in step_tellings(found.trace, names)] if found.trace else []
    actual = [telling.asked for step in run.steps if (telling := run.telling(step))]
    if expected != actual:
        yield f"expected the counterexample to {said.property}: {'; '.join(expected) or 'no step'}"
