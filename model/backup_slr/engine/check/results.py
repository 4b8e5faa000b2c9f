"""The results of a check: one for each property, the outcomes of all actions, and the exploration."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal as Exactly
from typing import TypeAlias

from backup_slr.engine.check.confirm import Unconfirmed
from backup_slr.engine.check.exploration import Explored, Stop
from backup_slr.engine.core.formula import TRUE
from backup_slr.engine.core.model import Model
from backup_slr.engine.core.rule import Outcome, Property, Rule
from backup_slr.engine.core.scope import Scope
from backup_slr.engine.core.trace import Trace

Verdict: TypeAlias = Exactly["holds", "violated", "inconclusive", "out of scope"]


@dataclass(frozen=True)
class PropertyResult:
    """The verdict on one property, with a counterexample, a witness or a lasso where there is one.

    A `flaw` is an error of this program: a trace does not confirm its verdict (see `confirm`).
    """

    property: Property
    verdict: Verdict
    trace: Trace | None = None
    flaw: str = ""


@dataclass(frozen=True)
class OutcomeCoverage:
    """One outcome of an action: in how many states it is possible (None: not counted), and a shortest trace to it."""

    rule: Rule
    outcome: Outcome
    because: str | None
    clauses: tuple[str, ...]
    states: int | None
    trace: Trace | None


EVERY_OUTCOME = Property(
    "sometimes", "every_outcome_is_reached", "Every outcome of every action is reachable", TRUE, ()
)
"""Checked for every model: no outcome in the rules is unreachable. Its witnesses are those of the outcomes."""


@dataclass(frozen=True)
class Report:
    """The result of a check; `whole` is the exploration without symmetry, if there was one."""

    model: Model
    scope: Scope
    explored: Explored
    results: tuple[PropertyResult, ...]
    outcomes: tuple[OutcomeCoverage, ...]
    deadlocks: int | None
    seconds: float
    whole: Explored | None = None

    @property
    def stopped(self) -> Stop | None:
        """The reason why the search, or the one without symmetry, stopped early."""
        return self.explored.stopped or (self.whole.stopped if self.whole else None)

    def confirmed(self) -> Report:
        """Return this report, for callers that cannot report a flaw.

        Raises `Unconfirmed` when a trace does not confirm its verdict.
        """
        for result in self.results:
            if result.flaw:
                raise Unconfirmed(f"{result.property.id}: {result.flaw}")
        return self

    @property
    def verdict(self) -> Exactly["holds", "violated", "inconclusive"]:
        """The verdict on all properties together."""
        verdicts = {result.verdict for result in self.results}
        if "violated" in verdicts:
            return "violated"
        decided = self.explored.complete or self.explored.stopped == "places"
        return "holds" if decided and "inconclusive" not in verdicts else "inconclusive"
