"""The verdict on every property of a model at a scope, each with the trace that shows it.

A verdict that needs all reachable states (that something never happens, that something comes) is given only when the
exploration was complete; otherwise it is *inconclusive*. What was found is found, complete or not: a counterexample
to an *always*, a witness of a *sometimes*.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TypeAlias

from backup_slr.engine.check.confirm import Unconfirmed, confirm, confirm_way
from backup_slr.engine.check.engine import USUAL, Settings, answers, chosen, explore, stepwise, symmetry_of
from backup_slr.engine.check.exploration import NO_HURRY, Explored, Limits, Space, stop_of
from backup_slr.engine.check.liveness import Lasso
from backup_slr.engine.check.queries import Answers, Cases
from backup_slr.engine.check.symmetry import Symmetry
from backup_slr.engine.check.transitions import Move
from backup_slr.engine.check.verdicts import EACH_WAY, Judgement, Report, Verdict, Way
from backup_slr.engine.compile.analysis import inputs_in, speaks_of_step
from backup_slr.engine.compile.grounding import Ground
from backup_slr.engine.compile.simplify import conj, disj
from backup_slr.engine.core.formula import FALSE, TRUE, Element, Formula, Param, Some
from backup_slr.engine.core.model import Model
from backup_slr.engine.core.rule import Property, Rule
from backup_slr.engine.core.scope import Scope
from backup_slr.engine.core.step import Machine, Request
from backup_slr.engine.core.trace import Trace, replay

Place: TypeAlias = Mapping[Param, Element]


@dataclass
class Judge:
    """One exploration and all questions that are asked about it.

    Where `settings` allow it, what symmetry does not change is judged on states that stand for others; the rest
    needs the `whole`, which is explored apart.
    """

    model: Model
    scope: Scope
    settings: Settings = USUAL
    space: Space = field(init=False)
    machine: Machine = field(init=False)
    limits: Limits = field(init=False, default=NO_HURRY)
    progress: Callable[[Explored, int], None] | None = field(init=False, default=None)
    symmetry: Symmetry | None = field(init=False, default=None)
    until: float | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        self.space = Space(self.model, self.scope)
        self.machine = Machine(self.model, self.scope)

    def check(
        self,
        limits: Limits = NO_HURRY,
        progress: Callable[[Explored, int], None] | None = None,
        only: Iterable[str] = (),
        judging: Callable[[Property], None] = lambda _: None,
    ) -> Report:
        """Explore, and judge every property (or `only` those with these ids); `judging` is told which it is now."""
        wanted = set(only)
        began = time.monotonic()
        asked = [p for p in self.model.properties if not wanted or p.id in wanted]
        self.limits, self.progress = limits, progress
        self.symmetry = self._symmetry(asked)
        # Half of the time is for finding states, the rest for judging what was found.
        half = None if limits.seconds is None else limits.seconds / 2
        self.explored = explore(
            self.space, self.settings, replace(limits, seconds=half), progress=progress, symmetry=self.symmetry
        )
        until = self.until = None if limits.seconds is None else began + limits.seconds
        judgements: list[Judgement] = []
        ways: tuple[Way, ...] = ()
        try:
            for one in sorted(asked, key=_needs_whole):
                if until is not None and time.monotonic() > until:
                    self.explored.stopped = self.explored.stopped or "time"
                    judgements.append(Judgement(one, "inconclusive"))
                else:
                    judging(one)
                    judgements.append(self._judgement(one))
            if not wanted or EACH_WAY.id in wanted:
                judging(EACH_WAY)
                try:
                    ways = self.ways(until)
                    judgements.append(Judgement(EACH_WAY, self._of_witnesses(all(way.states for way in ways))))
                except Unconfirmed as error:
                    judgements.append(Judgement(EACH_WAY, "inconclusive", flaw=str(error)))
        except KeyboardInterrupt as error:
            self.explored.stopped = stop_of(error)
        judgements.sort(key=lambda j: asked.index(j.property) if j.property in asked else len(asked))
        deadlocks = self.answers.deadlocks if self.explored.complete and not wanted else None
        seconds = time.monotonic() - began
        whole = self.whole.explored if self.symmetry is not None and "whole" in self.__dict__ else None
        return Report(self.model, self.scope, self.explored, tuple(judgements), ways, deadlocks, seconds, whole)

    def _symmetry(self, asked: list[Property]) -> Symmetry | None:
        """What may be exchanged; nothing where few states are explored, all of which something needs anyway."""
        if chosen(self.space, self.settings) == "python" and any(map(_needs_whole, asked)):
            return None
        return symmetry_of(self.space, self.settings, properties=[p for p in asked if not _needs_whole(p)])

    @cached_property
    def answers(self) -> Answers:
        """What can be asked of the states that were explored."""
        return answers(self.space, self.explored, self.symmetry)

    @cached_property
    def whole(self) -> Answers:
        """The same of all states, none of which stands for others."""
        if self.symmetry is None:
            return self.answers
        limits = self.limits
        if self.until is not None:
            limits = replace(limits, seconds=max(self.until - time.monotonic(), 0))
        everything = Explored([], stopped="states", engine=self.explored.engine)
        if self.explored.count <= limits.states:
            everything = explore(self.space, self.settings, limits, progress=self.progress)
        return answers(self.space, everything)

    @cached_property
    def _partly(self) -> Answers:
        return stepwise(self.space, self.limits)

    def _answers_to(self, asked: Property) -> Answers:
        """What knows enough to judge a property."""
        if self.symmetry is None or not _needs_whole(asked):
            return self.answers
        if asked.kind == "sometimes" and self.explored.engine != "python":
            return self._partly
        # Where not even the states that stand for others were all found, nobody looks for all of them.
        return self.whole if self.explored.complete else self.answers

    # ------------------------------------------------------------ one property

    def _judgement(self, asked: Property) -> Judgement:
        """The same as `judge`, but an error in one property does not keep the others from being judged."""
        try:
            return self.judge(asked)
        except Unconfirmed as error:
            return Judgement(asked, "inconclusive", flaw=str(error))

    def judge(self, asked: Property) -> Judgement:
        """The verdict on a property, from what was explored.

        Raises
        ------
        Unconfirmed
            When the trace that was found does not show it.
        """
        if not asked.fits(self.scope.sizes):
            return Judgement(asked, "out of scope")
        on = self._answers_to(asked)
        if asked.kind in ("eventually", "possible") and not on.explored.complete:
            return Judgement(asked, "inconclusive")
        shown = self._shown(asked, on)
        if shown:
            confirm(asked, shown)
        if asked.kind == "sometimes":
            cut = shown is None and not on.explored.complete
            return Judgement(asked, "inconclusive" if cut else self._of_witnesses(shown is not None), shown)
        if shown:
            return Judgement(asked, "violated", shown)
        return Judgement(asked, "holds" if self.explored.complete else "inconclusive")

    def _of_witnesses(self, all_found: bool) -> Verdict:
        """The verdict on a *sometimes*: a missing witness says something only if everything was looked at."""
        if all_found:
            return "holds"
        return "violated" if self.explored.complete else "inconclusive"

    def _shown(self, asked: Property, on: Answers) -> Trace | None:
        """What shows that the property is violated (or, of a *sometimes*, that it holds), shortest of all places."""
        if asked.kind == "sometimes" and asked.earlier != TRUE:
            return self._first_after(asked, on)
        if _needs_whole(asked):
            traces = (self._at(asked, place, on) for place in self.scope.kinds_of_places(asked.each))
            return min((t for t in traces if t), key=lambda t: len(t.steps), default=None)
        if asked.kind == "possible":
            number = on.lost(Ground(self.scope)(asked.formula))
            return None if number is None else self.trace_to(number)
        wanted = asked.formula if asked.kind == "sometimes" else ~asked.formula
        return self._first(Some(asked.each, wanted) if asked.each else wanted, on)

    def _at(self, asked: Property, place: Place, on: Answers) -> Trace | None:
        """What shows it at one place, where all states are needed for that."""
        ground = Ground(self.scope, place)
        if asked.kind == "eventually":
            lasso = on.lasso(asked, place)
            return lasso and self._lasso(lasso)
        number = on.lost(ground(asked.formula))
        return None if number is None else replay(self.machine, on.way(number)[0])

    def _first(self, formula: Formula, on: Answers) -> Trace | None:
        """A shortest trace to a state that satisfies a formula, or to a step that does, with that step."""
        if not speaks_of_step(formula):
            number = on.first(Ground(self.scope)(formula))
            return None if number is None else self.trace_to(number)
        cases = list(self._cases(formula, {}))
        number = on.first(disj(where for where, _, _ in cases))
        if number is None:
            return None
        way, word = on.way(number)
        return replay(self.machine, [*way, self._which(cases, word)])

    def _which(self, cases: Cases, word: int) -> Request:
        """The first of some cases that may happen in a state."""
        return next(request for where, request, _ in cases if self.space.first(where, [word]) == 0)

    def _cases(self, formula: Formula, place: Place) -> Iterator[tuple[Formula, Request, Move]]:
        """For each move and inputs where the step that it is satisfies a formula."""
        names = inputs_in(formula)
        for move in self.space.moves:
            seen: set[Formula] = set()
            for inputs in move.inputs_by(names):
                where = move.where(formula, self.scope, place, inputs)
                if where != FALSE and where not in seen:
                    seen.add(where)
                    request = Request(move.ending.action, move.ending.place, inputs)
                    yield conj((move.condition, where)), request, move

    def step_where(self, formula: Formula, place: Place, states: Sequence[int]) -> tuple[int, Request] | None:
        """The number of the first of some states from which a step satisfies a formula, and that step."""
        cases = list(self._cases(formula, place))
        number = self.space.first(disj(where for where, _, _ in cases), states)
        return None if number is None else (number, self._which(cases, states[number]))

    def _first_after(self, asked: Property, on: Answers) -> Trace | None:
        """A shortest trace past a state that satisfies `earlier`, then `meanwhile` steps, then what is asked.

        The searches at all places go on in turn, so that none of them goes further than the shortest trace is long.
        """
        searches = [self._traces_after(asked, place, on) for place in self.scope.kinds_of_places(asked.each)]
        while searches:
            turn = [(search, next(search, "ended")) for search in searches]
            found = [trace for _, trace in turn if isinstance(trace, Trace)]
            if found:
                return min(found, key=lambda trace: len(trace.steps))
            searches = [search for search, trace in turn if trace is None]
        return None

    def _traces_after(self, asked: Property, place: Place, on: Answers) -> Iterator[Trace | None]:
        ground = Ground(self.scope, place)
        by_step = speaks_of_step(asked.formula)
        wanted = list(self._cases(asked.formula, place)) if by_step else []
        goal = disj(where for where, _, _ in wanted) if by_step else ground(asked.formula)
        for found in on.later(ground(asked.earlier), list(self._cases(asked.meanwhile, place)), goal):
            if found is None:
                yield None
            else:
                way, word = found
                yield replay(self.machine, [*way, *([self._which(wanted, word)] if by_step else [])])

    # ------------------------------------------------------------ traces and coverage

    def trace_to(self, number: int, *then: Request) -> Trace:
        """A shortest trace to a found state (or to one for which it stands), with further steps behind it."""
        return replay(self.machine, [*self.answers.way(number)[0], *then])

    def _lasso(self, lasso: Lasso) -> Trace:
        return replay(self.machine, [*lasso.stem, *lasso.loop], loop_from=len(lasso.stem))

    def ways(self, until: float | None = None) -> tuple[Way, ...]:
        """Every way in which an action of the table can end, and where it is open; counted until some moment."""
        found: list[Way] = []
        for rule in self.model.rules:
            for outcome, because in rule.outcomes():
                clauses = _clauses(rule, because)
                if until is not None and time.monotonic() > until:
                    self.explored.stopped = self.explored.stopped or "time"
                    found.append(Way(rule, outcome, because, clauses, None, None))
                    continue
                moves = [m for m in self.space.moves if m.way == (rule.action, outcome, because)]
                where = disj(m.condition for m in moves)
                number, trace = self.answers.first(where), None
                if number is not None:
                    way, word = self.answers.way(number)
                    last = self._which([(m.condition, m.request, m) for m in moves], word)
                    trace = replay(self.machine, [*way, last])
                    confirm_way(trace, outcome, because)
                count = 0 if number is None else self.answers.count(where)
                found.append(Way(rule, outcome, because, clauses, count, trace))
        return tuple(found)


def _needs_whole(asked: Property) -> bool:
    """It tells states apart that symmetry takes for one: what comes under fairness, or at one place all along."""
    return asked.kind == "eventually" or asked.earlier != TRUE or (asked.kind == "possible" and bool(asked.each))


def _clauses(rule: Rule, because: str | None) -> tuple[str, ...]:
    """The clauses behind one way to end: those of the guards that name it, or of the rule itself."""
    guards = tuple(dict.fromkeys(g.clause for g in rule.guards if g.otherwise.id == because))
    return guards or rule.clauses
