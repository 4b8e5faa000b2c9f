"""Broken models: a scenario with a part of the rules left out, which must fail in exactly the way it says.

Its steps are the counterexample that `check` finds: the same requests, as many, and the property violated at the end.
"""

from __future__ import annotations

from collections.abc import Iterator

from backup_slr.engine.check.checker import Judge
from backup_slr.engine.check.exploration import Limits
from backup_slr.engine.check.verdicts import Judgement
from backup_slr.engine.core.model import Model
from backup_slr.lifecycle import scope
from backup_slr.report.names import usual_names
from backup_slr.report.trace_text import tell
from backup_slr.scenario.run import Run
from backup_slr.scenario.scenario import CounterexampleSaid

MOST_STATES = 50_000
"""A scenario need not say a larger scope than its counterexample needs; of one that does, no more states are kept."""


def judged(model: Model, said: CounterexampleSaid) -> Judgement:
    """What `check` finds out about the property that a broken scenario names, in the scope that it names.

    Raises
    ------
    KeyboardInterrupt
        When it was interrupted, for then there is nothing to compare the scenario with.
    """
    judge = Judge(model, scope(said.regions, said.vaults, said.points))
    report = judge.check(Limits(MOST_STATES), only=[said.property]).confirmed()
    if report.explored.stopped not in (None, "states"):
        raise KeyboardInterrupt
    return report.judgements[0]


def misses(run: Run) -> Iterator[str]:
    """Sentences about where a broken model does not fail as its scenario says."""
    said = run.scenario.counterexample
    if said is None:
        return
    found = judged(run.machine.model, said)
    if found.verdict != "violated":
        why = f", for it looks at no more than {MOST_STATES:,} states: name a smaller scope"
        inconclusive = found.verdict == "inconclusive"
        yield f"{said.property} should be violated; the check says: {found.verdict}{why if inconclusive else ''}"
        return
    names = usual_names(said.regions, said.vaults)
    expected = [telling.asked for telling in tell(found.trace, names)] if found.trace else []
    actual = [telling.asked for step in run.steps if (telling := run.telling(step))]
    if expected != actual:
        yield f"the counterexample to {said.property} is: {'; '.join(expected) or 'no step at all'}"
