"""The verdicts of a check of a smaller account, as far as they carry over to the account itself."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from functools import cached_property
from math import inf
from typing import TYPE_CHECKING, Any

from backup_slr.engine.check.confirm import flaw
from backup_slr.engine.check.exploration import stop_of
from backup_slr.engine.check.results import EVERY_OUTCOME, PropertyResult, Report
from backup_slr.engine.core.rule import Property
from backup_slr.errors import MissingTool
from backup_slr.scenario.carried_over import carried_over
from backup_slr.scenario.explored_account import ExploredAccount, holds_everywhere

if TYPE_CHECKING:
    from backup_slr.engine.prove.induction import Prover

SECONDS_FOR_PROOFS = 60.0
"""The time limit of all proofs together."""


@dataclass
class AccountVerdicts:
    """What holds in the account itself, after the check of a smaller one.

    A violation carries over if the account itself can take the steps. That a property holds carries over if it is
    proved by induction, and the account satisfies all that the proof uses. All else is inconclusive.
    """

    account: ExploredAccount
    seconds: float | None = None

    def __post_init__(self) -> None:
        self.until = time.monotonic() + min(SECONDS_FOR_PROOFS, inf if self.seconds is None else self.seconds)

    def of(self, report: Report) -> Report:
        """The report, with the verdicts on the account itself."""
        found: list[PropertyResult] = []
        try:
            for one in report.results:
                found.append(self._every_outcome(report) if one.property is EVERY_OUTCOME else self._result(one))
        except KeyboardInterrupt as error:
            report.explored.stopped = stop_of(error)
            found += [PropertyResult(one.property, "inconclusive") for one in report.results[len(found) :]]
        return replace(report, results=tuple(found))

    def _every_outcome(self, report: Report) -> PropertyResult:
        traces = [outcome.trace for outcome in report.outcomes]
        reached = all(trace and any(carried_over(self.account, trace)) for trace in traces)
        return PropertyResult(EVERY_OUTCOME, "holds" if reached else "inconclusive")

    def _result(self, found: PropertyResult) -> PropertyResult:
        asked = found.property
        if found.verdict not in ("holds", "violated"):
            return found
        if found.trace is not None and found.trace.loop_from is None and asked.kind in ("always", "step", "sometimes"):
            for carried in carried_over(self.account, found.trace):
                if (trace := carried.trace) is not None and not flaw(asked, trace):
                    return replace(found, trace=trace)
        elif found.verdict == "holds" and asked.kind in ("always", "step") and self._proved(asked):
            return found
        return PropertyResult(asked, "inconclusive")

    def _proved(self, asked: Property) -> bool:
        machine = self.account.machine
        if self.account.violated or self._prover is None:
            return False
        if asked.kind == "always" and not holds_everywhere(asked, machine, machine.initial):
            return False
        return self._prover.prove(asked).proved

    @cached_property
    def _prover(self) -> Prover | None:
        """The prover; None if there is none on this machine."""
        from backup_slr.api.witness_search import answered_of

        try:
            from backup_slr.engine.prove.induction import Prover
        except MissingTool:
            return None
        known: Any = answered_of(self.account.lifecycle.model)
        return Prover(self.account.lifecycle.model, until=self.until, known=dict(known))
