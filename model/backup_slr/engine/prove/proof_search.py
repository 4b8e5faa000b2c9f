"""Proof results: a verdict on each *always* and *step* property, and the assumptions on which it depends.

=================  ===========================================================================================
*proved*           it holds in the initial state, and every action preserves it, in every scope
*violated*         a trace violates it, in the given scope or in that of a counterexample to induction
*not-inductive*    an action violates it from some state, but no trace to that state was found; a helper invariant
                   (`Property.by`) or a larger search may decide it
*inconclusive*     z3 gave no answer, or the time limit was reached
=================  ===========================================================================================
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Literal as Exactly
from typing import TypeAlias

from backup_slr.engine.check.checker import Checker
from backup_slr.engine.check.exploration import DEFAULT_LIMITS, Limits
from backup_slr.engine.check.results import Report
from backup_slr.engine.core.model import Model
from backup_slr.engine.core.rule import Property
from backup_slr.engine.core.scope import Scope
from backup_slr.engine.core.step import Machine
from backup_slr.engine.core.trace import Trace, replay
from backup_slr.engine.core.variable import Count
from backup_slr.engine.prove.cti import CounterexampleToInduction, find_cti
from backup_slr.engine.prove.induction import Invariant, Proof, Prover, Query

ProofVerdict: TypeAlias = Exactly["proved", "violated", "not-inductive", "inconclusive"]
FEW = 100_000
"""The maximum number of states to explore for a trace to a counterexample to induction."""
SMALL = 12
"""Scopes with more elements of a sort than this, or with higher counts, are not explored."""
WORST: tuple[ProofVerdict, ...] = ("violated", "not-inductive", "inconclusive", "proved")


@dataclass(frozen=True)
class ProofResult:
    """The verdict on one property, with the actions that violate it and a trace or a counterexample to induction."""

    property: Invariant
    verdict: ProofVerdict
    proof: Proof
    actions: tuple[str, ...] = ()
    trace: Trace | None = None
    example: CounterexampleToInduction | None = None


@dataclass
class ProofSearch:
    """Proofs about one model whose assumptions are settled, and searches for violations where a proof fails.

    `scope` is the scope of these searches; proofs are not restricted to it.
    """

    model: Model
    scope: Scope
    limits: Limits = DEFAULT_LIMITS
    known: dict[object, Query] = field(default_factory=dict[object, Query], repr=False)
    prover: Prover = field(init=False)
    _looked_at: dict[object, Report] = field(init=False, default_factory=dict[object, Report], repr=False)

    def __post_init__(self) -> None:
        self.prover = Prover(self.model, until=self._until, known=self.known)

    @cached_property
    def _until(self) -> float | None:
        return None if self.limits.seconds is None else time.monotonic() + self.limits.seconds

    def _report(self, scope: Scope, states: int) -> Report:
        """The check of all provable properties in a scope; cached."""
        key = repr(scope)
        if key not in self._looked_at:
            left = None if self._until is None else max(0.0, self._until - time.monotonic())
            ids = [invariant.id for invariant in self.asked() if isinstance(invariant, Property)]
            bounds = replace(self.limits, states=states, seconds=left)
            report = Checker(self.model, scope).check(bounds, only=ids).confirmed()
            if report.explored.stopped == "interrupted":
                raise KeyboardInterrupt
            self._looked_at[key] = report
        return self._looked_at[key]

    def asked(self, only: Sequence[str] = ()) -> list[Invariant]:
        """The provable invariants of the model, or those with these ids."""
        every = [*self.prover.counts, *(p for p in self.model.properties if p.kind in ("always", "step"))]
        return [invariant for invariant in every if not only or invariant.id in only]

    def settle(self, invariant: Invariant) -> ProofResult:
        """The verdict on one invariant."""
        proof = self.prover.prove(invariant)
        if proof.proved:
            return ProofResult(invariant, "proved", proof)
        breaks, unknown = proof.those("breaks"), proof.those("unknown")
        actions = tuple(query.action or "" for query in breaks or unknown)
        trace = self._reached(invariant, self.scope, self.limits.states)
        found: tuple[str, CounterexampleToInduction] | None = None
        for query in breaks if trace is None else ():
            example = find_cti(self.prover, proof, query)
            trace = self._into(invariant, example) if example else None
            if trace is not None:
                break
            found = found or (example and (query.action or "", example))
        if trace is not None:
            last = trace.steps[-1].request.action if trace.steps else ""
            return ProofResult(invariant, "violated", proof, tuple(dict.fromkeys((last, *actions))), trace)
        if found is not None:
            first = dict.fromkeys((found[0], *actions))
            return ProofResult(invariant, "not-inductive", proof, tuple(first), example=found[1])
        return ProofResult(invariant, "inconclusive", proof, actions)

    def _reached(self, invariant: Invariant, scope: Scope, states: int) -> Trace | None:
        """A trace in a scope that violates a property, if one is found in time."""
        if not isinstance(invariant, Property) or (self._until is not None and time.monotonic() >= self._until):
            return None
        return next((j.trace for j in self._report(scope, states).results if j.property.id == invariant.id), None)

    def _into(self, invariant: Invariant, example: CounterexampleToInduction) -> Trace | None:
        """A trace that violates a property, in the scope of a counterexample to induction; its step may be one."""
        trace, where = example.trace, bounded(example)
        if not trace.steps or trace.steps[0].before == trace.machine.initial:
            return replay(Machine(self.model, where), (step.request for step in trace.steps))
        numbers = (*where.sizes.values(), *(bound or 0 for bound in where.bounds.values()))
        return (
            self._reached(invariant, where, min(FEW, self.limits.states)) if max(numbers, default=0) <= SMALL else None
        )

    def searched(self, scope: Scope) -> int | None:
        """The number of states of a scope that were searched for violations; None if it was not searched."""
        report = self._looked_at.get(repr(scope))
        return None if report is None else report.explored.count


def bounded(example: CounterexampleToInduction) -> Scope:
    """The scope of a counterexample with a bound on every count, so that it can be explored.

    This loses nothing: a property must hold under every bound.
    """
    trace = example.trace
    states = [trace.machine.initial, *(state for step in trace.steps for state in (step.before, step.after))]
    bounds = dict(example.scope.bounds)
    for number, (variable, _) in enumerate(trace.machine.layout.cells):
        if isinstance(variable, Count) and example.scope.bound(variable) is None:
            bounds[variable.name] = max(1, bounds.get(variable.name) or 0, *(state[number] for state in states))
    return Scope(example.scope.sizes, bounds)


def overall(verdicts: Sequence[ProofVerdict], stopped: bool = False) -> ProofVerdict:
    """The worst verdict; if the search was `stopped`, the others are inconclusive."""
    every: list[ProofVerdict] = [*verdicts, "inconclusive" if stopped else "proved"]
    return min(every, key=WORST.index)


# ---------------------------------------------------------------- under other assumptions


@dataclass(frozen=True)
class AssumptionDependence:
    """The verdicts on one property under other values of assumptions.

    `default` is the verdict under the defaults. `depends` has the single values, all others at their defaults, under
    which the verdict differs. `everywhere`: with the assumptions in `depends` at their defaults, the property is proved
    under every combination of values of all others.
    """

    default: ProofResult
    everywhere: bool
    depends: tuple[tuple[str, str, ProofResult], ...]


@dataclass
class AssumptionAnalysis:
    """Proofs under other values of assumptions: each value alone, and as many combinations at once as can be proved.

    Values that the model notes as `assumed` are fixed.
    """

    model: Model
    scope: Scope
    limits: Limits = DEFAULT_LIMITS
    known: dict[object, Query] = field(default_factory=dict[object, Query], repr=False)
    _under: dict[object, ProofSearch] = field(default_factory=dict[object, ProofSearch])
    _free: dict[object, Prover] = field(default_factory=dict[object, Prover])

    def __post_init__(self) -> None:
        self.taken = dict(self.model.assumed)  # throughout
        self.until = None if self.limits.seconds is None else time.monotonic() + self.limits.seconds

    def singly(self) -> Iterator[tuple[str, str]]:
        """Every value of every assumption that is not its default."""
        for assumption in self.model.assumptions:
            for value in assumption.values if assumption.name not in self.taken else ():
                if value != assumption.default:
                    yield assumption.name, value

    def under(self, *taken: tuple[str, str]) -> ProofSearch:
        """The proofs under some values, defaults for the rest."""
        if taken not in self._under:
            left = None if self.until is None else max(0.001, self.until - time.monotonic())
            model = self.model.assuming(dict(taken))
            self._under[taken] = ProofSearch(model, self.scope, replace(self.limits, seconds=left), self.known)
        return self._under[taken]

    def _combined(self, invariant: Invariant, *pinned: tuple[str, str]) -> bool:
        """Return whether a property is proved under every combination of values, with some of them pinned."""
        if pinned not in self._free:
            self._free[pinned] = Prover(self.model, {**self.taken, **dict(pinned)}, until=self.until, known=self.known)
        return self._free[pinned].prove(invariant).proved

    def depend(self, invariant: Invariant) -> AssumptionDependence:
        """Find the values on which the verdict on a property depends."""
        default = self.under().settle(invariant)
        if default.verdict == "proved" and self._combined(invariant):
            return AssumptionDependence(default, True, ())
        found: list[tuple[str, str, ProofResult]] = []
        for name, value in self.singly():
            settled = self.under((name, value)).settle(invariant)
            # An unknown verdict is not compared, but a violation is always reported.
            known = settled.verdict == "violated" or "inconclusive" not in (settled.verdict, default.verdict)
            if known and settled.verdict != default.verdict:
                found.append((name, value, settled))
        usual = {a.name: a.default for a in self.model.assumptions}
        pinned = {name: usual[name] for name, _, _ in found}
        everywhere = default.verdict == "proved" and self._in_cases(invariant, pinned)
        return AssumptionDependence(default, everywhere, tuple(found))

    def _in_cases(self, invariant: Invariant, pinned: dict[str, str]) -> bool:
        """Return whether it is proved under every combination with `pinned`, perhaps by cases of one assumption."""
        if pinned and self._combined(invariant, *pinned.items()):
            return True
        return any(
            all(self._combined(invariant, *pinned.items(), (a.name, value)) for value in a.values)
            for a in self.model.assumptions
            if a.name not in (*self.taken, *pinned)
        )
