"""Proof results: a verdict on each *always* and *step* property, and on which readings of assumptions it depends.

=================  ===========================================================================================
*proved*           it holds at first and every action keeps it: in every scope, however large
*violated*         a run breaks it, and here it is: of the small scope, or of the one that z3 points to
*not-inductive*    an action breaks it from some state, but no run was found that gets there; a stronger invariant
                   beside it (`Property.by`), or a larger search, may settle it
*inconclusive*     z3 did not know, or the time was up
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
"""The most states of the scope of a counterexample to induction that are explored for a run into it."""
SMALL = 12
"""A scope with more elements of a sort than this, or with higher counts, is not looked at at all."""
WORST: tuple[ProofVerdict, ...] = ("violated", "not-inductive", "inconclusive", "proved")


@dataclass(frozen=True)
class ProofResult:
    """The verdict on one property: the actions behind it, a reachable violation or a counterexample to induction."""

    property: Invariant
    verdict: ProofVerdict
    proof: Proof
    actions: tuple[str, ...] = ()
    trace: Trace | None = None
    example: CounterexampleToInduction | None = None


@dataclass
class ProofSearch:
    """Proofs about one model whose assumptions are settled, and searches for violations where a proof fails.

    `scope` is the small one in which a reachable violation is looked for; it bounds nothing that is proved.
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
        """What an exploration says of everything that is asked here; made when it is first needed."""
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
        """What can be proved of the model, or those of it with these ids."""
        every = [*self.prover.counts, *(p for p in self.model.properties if p.kind in ("always", "step"))]
        return [invariant for invariant in every if not only or invariant.id in only]

    def settle(self, invariant: Invariant) -> ProofResult:
        """The verdict on one of them."""
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
        """A run of a scope that breaks a property, if one is found in time."""
        if not isinstance(invariant, Property) or (self._until is not None and time.monotonic() >= self._until):
            return None
        return next((j.trace for j in self._report(scope, states).results if j.property.id == invariant.id), None)

    def _into(self, invariant: Invariant, example: CounterexampleToInduction) -> Trace | None:
        """A run that breaks a property, looked for where z3 found a step that does; the step itself may be one."""
        trace, where = example.trace, bounded(example)
        if not trace.steps or trace.steps[0].before == trace.machine.initial:
            return replay(Machine(self.model, where), (step.request for step in trace.steps))
        numbers = (*where.sizes.values(), *(bound or 0 for bound in where.bounds.values()))
        return (
            self._reached(invariant, where, min(FEW, self.limits.states)) if max(numbers, default=0) <= SMALL else None
        )

    def searched(self, scope: Scope) -> int | None:
        """How many states of a scope were looked at for violations, if any were."""
        report = self._looked_at.get(repr(scope))
        return None if report is None else report.explored.count


def bounded(example: CounterexampleToInduction) -> Scope:
    """The scope of a counterexample with a bound on every count, so that it can be explored.

    What breaks a property under some bound breaks it: it is to hold under every one.
    """
    trace = example.trace
    states = [trace.machine.initial, *(state for step in trace.steps for state in (step.before, step.after))]
    bounds = dict(example.scope.bounds)
    for number, (variable, _) in enumerate(trace.machine.layout.cells):
        if isinstance(variable, Count) and example.scope.bounds[variable.name] is None:
            bounds[variable.name] = max(1, bounds[variable.name] or 0, *(state[number] for state in states))
    return Scope(example.scope.sizes, bounds)


def overall(verdicts: Sequence[ProofVerdict], stopped: bool = False) -> ProofVerdict:
    """The worst of some verdicts; if something was `stopped` before it came to others, they are inconclusive."""
    every: list[ProofVerdict] = [*verdicts, "inconclusive" if stopped else "proved"]
    return min(every, key=WORST.index)


# ---------------------------------------------------------------- under other readings


@dataclass(frozen=True)
class AssumptionDependence:
    """What becomes of one property under other readings.

    `default` is the verdict under the defaults, `depends` has the single values (all others at their defaults) under
    which it is known to be another. `everywhere`: with the assumptions in `depends` at their defaults, it is proved
    under every combination of readings of all others.
    """

    default: ProofResult
    everywhere: bool
    depends: tuple[tuple[str, str, ProofResult], ...]


@dataclass
class AssumptionAnalysis:
    """The same questions under every reading: each value alone, and as many combinations at once as can be proved.

    Readings that the model notes as `assumed` are taken throughout.
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
        """The questions under some readings, defaults for the rest."""
        if taken not in self._under:
            left = None if self.until is None else max(0.001, self.until - time.monotonic())
            model = self.model.assuming(dict(taken))
            self._under[taken] = ProofSearch(model, self.scope, replace(self.limits, seconds=left), self.known)
        return self._under[taken]

    def _combined(self, invariant: Invariant, *pinned: tuple[str, str]) -> bool:
        """Proved under every combination of readings, but for some that are settled."""
        if pinned not in self._free:
            self._free[pinned] = Prover(self.model, {**self.taken, **dict(pinned)}, until=self.until, known=self.known)
        return self._free[pinned].prove(invariant).proved

    def depend(self, invariant: Invariant) -> AssumptionDependence:
        """On which readings the verdict on a property depends."""
        default = self.under().settle(invariant)
        if default.verdict == "proved" and self._combined(invariant):
            return AssumptionDependence(default, True, ())
        found: list[tuple[str, str, ProofResult]] = []
        for name, value in self.singly():
            settled = self.under((name, value)).settle(invariant)
            # An unknown verdict is compared with nothing; but a violation is always reported.
            known = settled.verdict == "violated" or "inconclusive" not in (settled.verdict, default.verdict)
            if known and settled.verdict != default.verdict:
                found.append((name, value, settled))
        usual = {a.name: a.default for a in self.model.assumptions}
        pinned = {name: usual[name] for name, _, _ in found}
        everywhere = default.verdict == "proved" and self._in_cases(invariant, pinned)
        return AssumptionDependence(default, everywhere, tuple(found))

    def _in_cases(self, invariant: Invariant, pinned: dict[str, str]) -> bool:
        """Proved under every combination but for what is pinned, perhaps by cases of the values of one assumption."""
        if pinned and self._combined(invariant, *pinned.items()):
            return True
        return any(
            all(self._combined(invariant, *pinned.items(), (a.name, value)) for value in a.values)
            for a in self.model.assumptions
            if a.name not in (*self.taken, *pinned)
        )
