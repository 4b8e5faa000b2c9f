"""Broken models: a scenario with a part of the rules left out, which must fail in exactly the way it says.

Its steps are the counterexample that `check` finds: the same requests, as many, and the property violated at the end.
"""

from __future__ import annotations

from collections.abc import Iterator

from backup_slr.check.judge import Judge
from backup_slr.core.trace import Trace
from backup_slr.lifecycle import lifecycle, scope
from backup_slr.report.names import usual_names
from backup_slr.report.steps import tell
from backup_slr.scenario.run import Run
from backup_slr.scenario.scenario import Scenario


def counterexample(scenario: Scenario) -> Trace | None:
    """What `check` finds against the property that a broken scenario names, in the scope that it names."""
    said = scenario.counterexample
    assert said is not None
    model = lifecycle().assuming(scenario.assume).without(scenario.without)
    judge = Judge(model, scope(said.regions, said.vaults, said.points))
    judgements = judge.check(only=[said.property]).judgements
    return judgements[0].trace if judgements[0].verdict == "violated" else None


def misses(run: Run) -> Iterator[str]:
    """Sentences about where a broken model does not fail as its scenario says."""
    said = run.scenario.counterexample
    if said is None:
        return
    found = counterexample(run.scenario)
    if found is None:
        yield f"{said.property} holds, though it should be violated"
        return
    names = usual_names(said.regions, said.vaults)
    expected = [telling.asked for telling in tell(found, names)]
    actual = [telling.asked for step in run.steps if (telling := run.telling(step))]
    if expected != actual:
        yield f"the counterexample to {said.property} is: {'; '.join(expected)}"
