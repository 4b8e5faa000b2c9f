"""*Eventually* properties, by every engine, against trying all sets of states (`verdicts.Waiting`)."""

from __future__ import annotations

from dataclasses import replace
from random import Random

from support.naive import Naive
from support.random_models import Maker
from support.verdicts import Waiting

from backup_slr.engine.check.checker import Checker
from backup_slr.engine.check.engine import Settings

DOSE = 150
ENGINES = [Settings("python"), Settings("numpy"), Settings("python", symmetry=False)]


def trial(random: Random) -> str | None:
    """An *eventually* property of a random model with a few states."""
    maker = Maker(random)
    model, scope = maker.model(most=9)
    asked = maker.property(model, "eventually")
    model = replace(model, properties=(asked,))
    naive = Naive(model, scope)
    waiting = [Waiting(naive, asked, place) for place in scope.places(asked.each)]
    expected = "violated" if any(w.can_wait_for_ever() for w in waiting) else "holds"
    for how in ENGINES:
        result = Checker(model, scope, how).check(only=[asked.id]).results[0]
        if result.verdict != expected:
            return f"{how}: {result.verdict}, and not {expected}: {asked}"
        if (result.trace is not None) is not (expected == "violated"):
            return f"{how}: {expected} with the trace {result.trace}: {asked}"
        if result.trace is not None:
            reasons = [w.why_not(result.trace) for w in waiting]
            if "" not in reasons:
                return f"{how}: the lasso {[t.request for t in result.trace.steps]}: {reasons}: {asked}"
    return None
