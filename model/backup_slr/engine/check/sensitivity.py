"""Sensitivity of verdicts to assumptions: every value alone, and every two together, for every property.

A verdict *depends* on a value if it differs from the one under the defaults. Two values *interact* if the verdict under
both differs from the one expected from each alone. An unknown (inconclusive) verdict is not compared, but a violation
is always reported.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

from backup_slr.engine.check.checker import Checker
from backup_slr.engine.check.combinations import Assignment
from backup_slr.engine.check.exploration import DEFAULT_LIMITS, Limits
from backup_slr.engine.check.results import EVERY_OUTCOME, Verdict
from backup_slr.engine.check.workers import workers
from backup_slr.engine.core.model import Model
from backup_slr.engine.core.rule import Property
from backup_slr.engine.core.scope import Scope
from backup_slr.engine.core.step import Machine, Request
from backup_slr.engine.core.trace import Trace, replay


@dataclass(frozen=True)
class Variation:
    """The verdicts under some values other than the defaults, with the requests that show each.

    A property without a verdict was not checked in time.
    """

    taken: Assignment
    verdicts: Mapping[str, tuple[Verdict, tuple[Request, ...] | None, int | None]]
    complete: bool

    def unknown(self, properties: Sequence[Property]) -> list[Property]:
        """The properties among these whose verdict is unknown."""
        return [asked for asked in properties if verdict_of(self, asked) == "inconclusive"]


@dataclass(frozen=True)
class Dependency:
    """A verdict that differs from `before`: that under the defaults, or the one expected from each value alone."""

    property: Property
    taken: Assignment
    verdict: Verdict
    before: Verdict
    trace: Trace | None


def readings(model: Model, pairs: bool = True) -> list[Assignment]:
    """The defaults, every other value alone, and every pair of these for different assumptions.

    An assumption that the model notes as `assumed` is not varied.
    """
    open_ = [a for a in model.assumptions if a.name not in dict(model.assumed)]
    single = [(a.name, value) for a in open_ for value in a.values if value != a.default]
    found: list[Assignment] = [(), *((one,) for one in single)]
    if pairs:
        found += [(one, other) for one, other in combinations(single, 2) if one[0] != other[0]]
    return found


@dataclass(frozen=True)
class Sensitivity:
    """The question: a model whose assumptions are not settled, a scope, and some properties (none named: all)."""

    model: Model
    scope: Scope
    limits: Limits = DEFAULT_LIMITS
    only: tuple[str, ...] = ()

    @property
    def properties(self) -> list[Property]:
        """The properties in question, in order."""
        return [p for p in (*self.model.properties, EVERY_OUTCOME) if not self.only or p.id in self.only]

    def settled(self, taken: Assignment) -> Model:
        """The model with these values, and with those that it notes as `assumed`."""
        return self.model.assuming(dict(taken))

    def judge(self, taken: Assignment, until: float | None = None) -> Variation:
        """Check the model with these values, until this time (of `time.monotonic`)."""
        left = None if until is None else until - time.monotonic()
        if left is not None and left <= 0:
            return Variation(taken, {}, False)
        model = self.settled(taken)
        report = Checker(model, self.scope).check(replace(self.limits, seconds=left), only=self.only).confirmed()
        verdicts: dict[str, tuple[Verdict, tuple[Request, ...] | None, int | None]] = {
            j.property.id: (
                j.verdict,
                tuple(step.request for step in j.trace.steps) if j.trace and j.verdict == "violated" else None,
                j.trace.loop_from if j.trace else None,
            )
            for j in report.results
        }
        return Variation(taken, verdicts, report.stopped is None)

    def judge_all(self, wanted: Sequence[Assignment], jobs: int | None = None) -> Iterator[Variation]:
        """Check the model under each of some assignments, in their order, on all processors."""
        until = None if self.limits.seconds is None else time.monotonic() + self.limits.seconds
        number = min(jobs or os.cpu_count() or 1, len(wanted))
        if number < 2:
            yield from (self.judge(taken, until) for taken in wanted)
            return
        with workers(number, _begin, self, until) as pool:
            for future in [pool.submit(_judge, taken) for taken in wanted]:
                yield future.result()

    # ------------------------------------------------------------ comparison

    def dependencies(self, found: Sequence[Variation]) -> tuple[list[Dependency], list[Dependency]]:
        """Dependencies on a single value, and interactions of two values."""
        by_taken = {one.taken: one for one in found}
        default = by_taken.get(())
        alone: list[Dependency] = []
        together: list[Dependency] = []
        if default is None:
            return alone, together
        for one in found:
            for asked in self.properties:
                verdict = verdict_of(one, asked)
                usual = verdict_of(default, asked)
                if verdict == "inconclusive" or (usual == "inconclusive" and verdict != "violated"):
                    continue
                if len(one.taken) == 1 and verdict != usual:
                    alone.append(self._dependency(asked, one, usual))
                elif len(one.taken) == 2:
                    each: list[Verdict] = [verdict_of(by_taken[(value,)], asked) for value in one.taken]
                    others: list[Verdict] = [v for v in each if v != usual]
                    expected = others[0] if others else usual
                    if verdict != expected and "inconclusive" not in (*each, usual):
                        together.append(self._dependency(asked, one, expected))
        return alone, together

    def _dependency(self, asked: Property, one: Variation, before: Verdict) -> Dependency:
        verdict, requests, loop = one.verdicts.get(asked.id, ("inconclusive", None, None))
        trace = None
        if requests is not None:
            trace = replay(Machine(self.settled(one.taken), self.scope), requests, loop)
        return Dependency(asked, one.taken, verdict, before, trace)


def verdict_of(found: Variation, asked: Property) -> Verdict:
    """The verdict on a property; inconclusive if it was not checked."""
    return found.verdicts[asked.id][0] if asked.id in found.verdicts else "inconclusive"


# ---------------------------------------------------------------- in worker processes

_work: list[tuple[Sensitivity, float | None]] = []


def _begin(sensitivity: Sensitivity, until: float | None) -> None:
    """Store the data that every task in a new process needs."""
    _work[:] = [(sensitivity, until)]


def _judge(taken: Assignment) -> Variation:
    sensitivity, until = _work[0]
    return sensitivity.judge(taken, until)
