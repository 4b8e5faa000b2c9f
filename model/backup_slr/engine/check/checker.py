"""Check every property of a model at a scope, and support each verdict with a trace.

A verdict that needs all reachable states (that something never happens, or must happen) requires a complete
exploration; otherwise it is *inconclusive*. A counterexample to an *always* property or a witness of a *sometimes*
property counts in any case.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import cached_property

from backup_slr.engine.check.confirm import Unconfirmed, confirm, confirm_outcome
from backup_slr.engine.check.engine import (
    DEFAULT_SETTINGS,
    Settings,
    chosen,
    conceivable,
    explore,
    lazy_queries,
    queries,
    symmetry_of,
)
from backup_slr.engine.check.exploration import DEFAULT_LIMITS, Explored, Limits, Progress, Space, stop_of
from backup_slr.engine.check.place_reach import PlaceReach
from backup_slr.engine.check.queries import Queries
from backup_slr.engine.check.results import EVERY_OUTCOME, OutcomeCoverage, PropertyResult, Report, Verdict
from backup_slr.engine.check.step_cases import Place, StepCases
from backup_slr.engine.check.symmetry import Symmetry
from backup_slr.engine.compile.analysis import speaks_of_step
from backup_slr.engine.compile.grounding import Ground
from backup_slr.engine.compile.simplify import disj
from backup_slr.engine.core.formula import TRUE, Formula, Some
from backup_slr.engine.core.model import Model
from backup_slr.engine.core.rule import Property, Rule
from backup_slr.engine.core.scope import Scope
from backup_slr.engine.core.step import Machine, Request
from backup_slr.engine.core.trace import Trace, replay


class Checker:
    """One exploration and all properties that are checked on it.

    If `settings` allow it, properties that symmetry preserves are checked on representatives; all others need the
    `whole`, a second exploration without symmetry. `by_place`: what the states of single places show is used too, for
    scopes of which not all states can be explored.
    """

    def __init__(
        self, model: Model, scope: Scope, settings: Settings = DEFAULT_SETTINGS, by_place: bool = False
    ) -> None:
        self.model = model
        self.scope = scope
        self.settings = settings
        self.machine = Machine(model, scope)
        self.symmetry: Symmetry | None = None
        self.places = PlaceReach(self.steps) if by_place else None
        self._limits = DEFAULT_LIMITS
        self._progress: Progress | None = None
        self._until: float | None = None
        self._whole: Queries | None = None
        self._whole_anyway = False
        self._lazy: Queries | None = None

    @classmethod
    def of(cls, space: Space, explored: Explored) -> Checker:
        """A checker of states that are already explored, without symmetry."""
        checker = cls(space.model, space.scope)
        checker.space, checker.explored = space, explored
        return checker

    @cached_property
    def space(self) -> Space:
        """The transition relation."""
        return Space(self.model, self.scope)

    @cached_property
    def steps(self) -> StepCases:
        """The steps that satisfy formulas."""
        return StepCases(self.space)

    @cached_property
    def explored(self) -> Explored:
        """The explored states: all of them, without symmetry, unless `check` or `of` sets it."""
        return explore(self.space, self.settings)

    def check(
        self,
        limits: Limits = DEFAULT_LIMITS,
        progress: Progress | None = None,
        only: Iterable[str] = (),
        judging: Callable[[Property], None] = lambda _: None,
    ) -> Report:
        """Explore, and check every property, or `only` those with these ids; `judging` is called before each."""
        wanted = set(only)
        began = time.monotonic()
        asked = [p for p in self.model.properties if not wanted or p.id in wanted]
        self.symmetry = self._symmetry(asked)
        if wanted and len(asked) == len(wanted) and conceivable(self.space) > limits.states:
            decided = tuple(PropertyResult(one, "holds") for one in asked if self._by_place(one))
            if len(decided) == len(asked):
                explored = Explored([[self.space.start]], stopped="places")
                return Report(self.model, self.scope, explored, decided, (), None, time.monotonic() - began)
        # Half of the time is for the exploration, the rest for the properties.
        half = None if limits.seconds is None else limits.seconds / 2
        explored = self.explored = explore(
            self.space, self.settings, replace(limits, seconds=half), progress=progress, symmetry=self.symmetry
        )
        self.queries = queries(self.space, explored, self.symmetry)
        self._whole, self._lazy, self._limits, self._progress = None, None, limits, progress
        self._whole_anyway = explored.complete and any(p.kind == "eventually" for p in asked)
        until = self._until = None if limits.seconds is None else began + limits.seconds
        results: list[PropertyResult] = []
        outcomes: tuple[OutcomeCoverage, ...] = ()
        try:
            for one in sorted(asked, key=_needs_whole):
                if until is not None and time.monotonic() > until:
                    explored.stopped = explored.stopped or "time"
                    results.append(PropertyResult(one, "inconclusive"))
                else:
                    judging(one)
                    results.append(self._result(one))
            if not wanted or EVERY_OUTCOME.id in wanted:
                judging(EVERY_OUTCOME)
                try:
                    outcomes = self.outcomes(until)
                    verdict = self._of_witnesses(all(outcome.states for outcome in outcomes))
                    results.append(PropertyResult(EVERY_OUTCOME, verdict))
                except Unconfirmed as error:
                    results.append(PropertyResult(EVERY_OUTCOME, "inconclusive", flaw=str(error)))
        except KeyboardInterrupt as error:
            explored.stopped = stop_of(error)
        results.sort(key=lambda r: asked.index(r.property) if r.property in asked else len(asked))
        deadlocks = self.queries.deadlocks if explored.complete and not wanted else None
        whole = self._whole.explored if self._whole else None
        seconds = time.monotonic() - began
        return Report(self.model, self.scope, explored, tuple(results), outcomes, deadlocks, seconds, whole)

    def _symmetry(self, asked: list[Property]) -> Symmetry | None:
        """The symmetry to use; none if few states are explored and some property needs all of them anyway."""
        if chosen(self.space, self.settings) == "python" and any(map(_needs_whole, asked)):
            return None
        return symmetry_of(self.space, self.settings, properties=[p for p in asked if not _needs_whole(p)])

    @cached_property
    def queries(self) -> Queries:
        """Queries over the states that were explored."""
        return queries(self.space, self.explored, self.symmetry)

    def _queries_for(self, asked: Property) -> Queries:
        """Queries over enough states for a property."""
        # If all states are needed anyway, one graph is enough.
        shared = asked.kind == "possible" and not asked.each and self._whole_anyway
        if self.symmetry is None or not (_needs_whole(asked) or shared):
            return self.queries
        if asked.kind == "sometimes" and self.explored.engine != "python":
            self._lazy = self._lazy or lazy_queries(self.space, self._limits)
            return self._lazy
        # If not even all representatives were found, exploring all states is pointless.
        if not self.explored.complete:
            return self.queries
        self._whole = self._whole or queries(self.space, self._explore_whole())
        return self._whole if self._whole.explored.complete or not shared else self.queries

    def _explore_whole(self) -> Explored:
        """All states, without symmetry."""
        limits = self._limits
        if self.explored.count > limits.states:
            return Explored([], stopped="states", engine=self.explored.engine)
        if self._until is not None:
            limits = replace(limits, seconds=max(self._until - time.monotonic(), 0))
        return explore(self.space, self.settings, limits, progress=self._progress)

    # ------------------------------------------------------------ one property

    def _result(self, asked: Property) -> PropertyResult:
        try:
            return self.judge(asked)
        except Unconfirmed as error:
            return PropertyResult(asked, "inconclusive", flaw=str(error))

    def judge(self, asked: Property) -> PropertyResult:
        """The verdict on a property, from the explored states.

        Raises `Unconfirmed` when the trace does not confirm the verdict: an error of this program.
        """
        if not asked.fits(self.scope.sizes):
            return PropertyResult(asked, "out of scope")
        on = self._queries_for(asked)
        if asked.kind in ("eventually", "possible") and not on.explored.complete:
            return PropertyResult(asked, "inconclusive")
        shown = self._shown(asked, on)
        if shown:
            confirm(asked, shown)
        if asked.kind == "sometimes":
            cut = shown is None and not on.explored.complete
            return PropertyResult(asked, "inconclusive" if cut else self._of_witnesses(shown is not None), shown)
        if shown:
            return PropertyResult(asked, "violated", shown)
        return PropertyResult(asked, "holds" if self.explored.complete or self._by_place(asked) else "inconclusive")

    def _by_place(self, asked: Property) -> bool:
        """Whether the states of single places show that a property of states or steps holds."""
        return self.places is not None and self.places.show(asked)

    def _of_witnesses(self, all_found: bool) -> Verdict:
        """The verdict on a *sometimes*: without a witness it is known only if the search was complete."""
        if all_found:
            return "holds"
        return "violated" if self.explored.complete else "inconclusive"

    def _shown(self, asked: Property, on: Queries) -> Trace | None:
        """A counterexample to a property (for a *sometimes*, a witness), the shortest over all places."""
        if asked.kind == "sometimes" and asked.earlier != TRUE:
            return self._first_after(asked, on)
        if _needs_whole(asked):
            traces = (self._at(asked, place, on) for place in self.scope.kinds_of_places(asked.each))
            return min((t for t in traces if t), key=lambda t: len(t.steps), default=None)
        if asked.kind == "possible":
            return self._lost(asked, {}, on)
        wanted = asked.formula if asked.kind == "sometimes" else ~asked.formula
        return self._first(Some(asked.each, wanted) if asked.each else wanted, on)

    def _at(self, asked: Property, place: Place, on: Queries) -> Trace | None:
        """A counterexample at one place, for kinds of properties that need all states."""
        if asked.kind == "eventually":
            lasso = on.lasso(asked, place)
            return lasso and replay(self.machine, [*lasso.stem, *lasso.loop], loop_from=len(lasso.stem))
        return self._lost(asked, place, on)

    def _lost(self, asked: Property, place: Place, on: Queries) -> Trace | None:
        """A shortest trace to a state from which no path leads to a goal."""
        number = on.lost(Ground(self.scope, place)(asked.formula))
        return None if number is None else replay(self.machine, on.path(number)[0])

    def _first(self, formula: Formula, on: Queries) -> Trace | None:
        """A shortest trace to a state that satisfies a formula, or to a step that does, including that step."""
        if not speaks_of_step(formula):
            number = on.first(Ground(self.scope)(formula))
            return None if number is None else self.trace_to(number)
        cases = list(self.steps.cases(formula, {}))
        number = on.first(disj(where for where, _, _ in cases))
        if number is None:
            return None
        path, word = on.path(number)
        return replay(self.machine, [*path, self.steps.which(cases, word)])

    def _first_after(self, asked: Property, on: Queries) -> Trace | None:
        """A shortest trace through a state that satisfies `earlier`, then `meanwhile` steps, then to the goal.

        The searches at all places take turns, so that none explores beyond the shortest trace.
        """
        searches = [self._traces_after(asked, place, on) for place in self.scope.kinds_of_places(asked.each)]
        while searches:
            turn = [(search, next(search, "ended")) for search in searches]
            found = [trace for _, trace in turn if isinstance(trace, Trace)]
            if found:
                return min(found, key=lambda trace: len(trace.steps))
            searches = [search for search, trace in turn if trace is None]
        return None

    def _traces_after(self, asked: Property, place: Place, on: Queries) -> Iterator[Trace | None]:
        ground = Ground(self.scope, place)
        by_step = speaks_of_step(asked.formula)
        wanted = list(self.steps.cases(asked.formula, place)) if by_step else []
        goal = disj(where for where, _, _ in wanted) if by_step else ground(asked.formula)
        for found in on.later(ground(asked.earlier), list(self.steps.cases(asked.meanwhile, place)), goal):
            if found is None:
                yield None
            else:
                path, word = found
                yield replay(self.machine, [*path, *([self.steps.which(wanted, word)] if by_step else [])])

    # ------------------------------------------------------------ traces and coverage

    def trace_to(self, number: int, *then: Request) -> Trace:
        """A shortest trace to a found state (or to one that it represents), followed by further steps."""
        return replay(self.machine, [*self.queries.path(number)[0], *then])

    def outcomes(self, until: float | None = None) -> tuple[OutcomeCoverage, ...]:
        """Every outcome of every action; states are counted until this time (`time.monotonic`)."""
        found: list[OutcomeCoverage] = []
        for rule in self.model.rules:
            for outcome, because in rule.outcomes():
                clauses = _clauses(rule, because)
                if until is not None and time.monotonic() > until:
                    self.explored.stopped = self.explored.stopped or "time"
                    found.append(OutcomeCoverage(rule, outcome, because, clauses, None, None))
                    continue
                ending = [t for t in self.space.transitions if t.label == (rule.action, outcome, because)]
                where = disj(t.condition for t in ending)
                number, trace = self.queries.first(where), None
                if number is not None:
                    path, word = self.queries.path(number)
                    last = self.steps.which([(t.condition, t.request, t) for t in ending], word)
                    trace = replay(self.machine, [*path, last])
                    confirm_outcome(trace, outcome, because)
                count = 0 if number is None else self.queries.count(where)
                found.append(OutcomeCoverage(rule, outcome, because, clauses, count, trace))
        return tuple(found)


def _needs_whole(asked: Property) -> bool:
    """Whether symmetry does not preserve it: it depends on fairness, or on one place in several states."""
    return asked.kind == "eventually" or asked.earlier != TRUE or (asked.kind == "possible" and bool(asked.each))


def _clauses(rule: Rule, because: str | None) -> tuple[str, ...]:
    """The clauses behind an outcome: those of the guards with this refusal, or of the rule itself."""
    guards = tuple(dict.fromkeys(g.clause for g in rule.guards if g.otherwise.id == because))
    return guards or rule.clauses
