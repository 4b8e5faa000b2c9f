"""What a check finds out: a verdict on each property, the ways in which actions end, and what was explored for it."""

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
class Judgement:
    """The verdict on one property, with a counterexample, a witness or a lasso where there is one.

    A `flaw` is an error of this program: a trace was found that does not show what it should (see `confirm`).
    """

    property: Property
    verdict: Verdict
    trace: Trace | None = None
    flaw: str = ""


@dataclass(frozen=True)
class Way:
    """One way in which an action can end, in how many states it is open (None: not counted), a shortest trace to it."""

    rule: Rule
    outcome: Outcome
    because: str | None
    clauses: tuple[str, ...]
    states: int | None
    trace: Trace | None


EACH_WAY = Property("sometimes", "every_outcome_is_reached", "Every action can end in each of its ways", TRUE, ())
"""Judged of every model: no row of the table is dead. Its witnesses are those of the ways themselves."""


@dataclass(frozen=True)
class Report:
    """Everything that a check found out."""

    model: Model
    scope: Scope
    explored: Explored
    judgements: tuple[Judgement, ...]
    ways: tuple[Way, ...]
    deadlocks: int | None
    seconds: float
    whole: Explored | None = None

    @property
    def stopped(self) -> Stop | None:
        """What cut the search short, be it only the one of all states that symmetry cannot help."""
        return self.explored.stopped or (self.whole.stopped if self.whole else None)

    def confirmed(self) -> Report:
        """This report, for callers that cannot report a flaw.

        Raises
        ------
        Unconfirmed
            When a trace was found that does not show what it should.
        """
        for j in self.judgements:
            if j.flaw:
                raise Unconfirmed(f"{j.property.id}: {j.flaw}")
        return self

    @property
    def verdict(self) -> Exactly["holds", "violated", "inconclusive"]:
        """Of all properties together."""
        verdicts = {j.verdict for j in self.judgements}
        if "violated" in verdicts:
            return "violated"
        return "holds" if self.explored.complete and "inconclusive" not in verdicts else "inconclusive"
