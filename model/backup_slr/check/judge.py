"""The verdict on every property of a model at a scope, each with the trace that shows it.

A verdict that needs all reachable states (that something never happens, that something comes) is given only when the
exploration was complete; otherwise it is *inconclusive*. What was found is found, complete or not: a counterexample
to an *always*, a witness of a *sometimes*.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Literal as Exactly
from typing import TypeAlias

from backup_slr.check.explore import NO_HURRY, Explored, Limits, Space
from backup_slr.check.graph import Graph
from backup_slr.check.liveness import Lasso, Liveness
from backup_slr.check.moves import Move
from backup_slr.check.speaks import inputs_in, speaks_of_step
from backup_slr.core.formula import FALSE, TRUE, Element, Formula, Param
from backup_slr.core.ground import Ground
from backup_slr.core.rule import Model, Outcome, Property, Rule
from backup_slr.core.scope import Scope
from backup_slr.core.simplify import Facts, assume, conj, disj
from backup_slr.core.step import Machine, Request
from backup_slr.core.trace import Trace, replay

Verdict: TypeAlias = Exactly["holds", "violated", "inconclusive", "out of scope"]
Place: TypeAlias = Mapping[Param, Element]


@dataclass(frozen=True)
class Judgement:
    """The verdict on one property, with a counterexample, a witness or a lasso where there is one."""

    property: Property
    verdict: Verdict
    trace: Trace | None = None


@dataclass(frozen=True)
class Way:
    """One way in which an action can end, in how many states it is open (None: not counted), a shortest trace to it."""

    rule: Rule
    outcome: Outcome
    because: str | None
    clauses: tuple[str, ...]
    states: int | None
    trace: Trace | None


EACH_WAY = Property("sometimes", "Every action can end in each of its ways", TRUE, ())
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

    @property
    def verdict(self) -> Exactly["holds", "violated", "inconclusive"]:
        """Of all properties together."""
        verdicts = {j.verdict for j in self.judgements}
        if "violated" in verdicts:
            return "violated"
        return "holds" if self.explored.complete and "inconclusive" not in verdicts else "inconclusive"


@dataclass
class Judge:
    """One exploration and all questions that are asked about it."""

    model: Model
    scope: Scope
    space: Space = field(init=False)
    machine: Machine = field(init=False)

    def __post_init__(self) -> None:
        self.space = Space(self.model, self.scope)
        self.machine = Machine(self.model, self.scope)

    def check(
        self,
        limits: Limits = NO_HURRY,
        progress: Callable[[Explored, int], None] | None = None,
        only: Iterable[str] = (),
    ) -> Report:
        """Explore, and judge every property (or `only` those with these ids)."""
        wanted = set(only)
        began = time.monotonic()
        # Half of the time is for finding states, the rest for judging what was found.
        half = None if limits.seconds is None else limits.seconds / 2
        self.explored = self.space.explore(replace(limits, seconds=half), progress=progress)
        judgements: list[Judgement] = []
        ways: tuple[Way, ...] = ()
        try:
            for asked in self.model.properties:
                if wanted and asked.id not in wanted:
                    continue
                if limits.seconds is not None and time.monotonic() - began > limits.seconds:
                    self.explored.stopped = self.explored.stopped or "time"
                    judgements.append(Judgement(asked, "inconclusive"))
                else:
                    judgements.append(self.judge(asked))
            if not wanted or EACH_WAY.id in wanted:
                ways = self.ways(until=None if limits.seconds is None else began + limits.seconds)
                judgements.append(Judgement(EACH_WAY, self._of_witnesses(all(way.states for way in ways))))
        except KeyboardInterrupt:
            self.explored.stopped = "interrupted"
        deadlocks = self.graph.deadlocks if self.explored.complete and not wanted else None
        seconds = time.monotonic() - began
        return Report(self.model, self.scope, self.explored, tuple(judgements), ways, deadlocks, seconds)

    @cached_property
    def graph(self) -> Graph:
        """The reachable states as a graph."""
        return Graph(self.space, self.explored)

    # ------------------------------------------------------------ one property

    def judge(self, asked: Property) -> Judgement:
        """The verdict on a property, from what was explored."""
        if any(self.scope.sizes[sort] < least for sort, least in asked.needs):
            return Judgement(asked, "out of scope")
        if asked.kind in ("eventually", "possible") and not self.explored.complete:
            return Judgement(asked, "inconclusive")
        traces = (self._trace(asked, place) for place in self.scope.kinds_of_places(asked.each))
        shown = min((t for t in traces if t), key=lambda t: len(t.steps), default=None)
        if asked.kind == "sometimes":
            return Judgement(asked, self._of_witnesses(shown is not None), shown)
        if shown:
            return Judgement(asked, "violated", shown)
        return Judgement(asked, "holds" if self.explored.complete else "inconclusive")

    def _of_witnesses(self, all_found: bool) -> Verdict:
        """The verdict on a *sometimes*: a missing witness says something only if everything was looked at."""
        if all_found:
            return "holds"
        return "violated" if self.explored.complete else "inconclusive"

    def _trace(self, asked: Property, place: Place) -> Trace | None:
        """What shows that the property is violated (or, of a *sometimes*, that it holds) at a place."""
        match asked.kind:
            case "always" | "step":
                return self._first(~asked.formula, place)
            case "sometimes" if asked.earlier != TRUE:
                return self._first_after(asked, place)
            case "sometimes":
                return self._first(asked.formula, place)
            case "eventually":
                lasso = Liveness(self.space, self.explored, asked, place).judge()
                return lasso and self._lasso(lasso)
            case "possible":
                return self._lost(asked, place)

    def _first(self, formula: Formula, place: Place) -> Trace | None:
        """A shortest trace to a state that satisfies a formula, or to a step that does, with that step."""
        if not speaks_of_step(formula):
            number = self.space.first(Ground(self.scope, place)(formula), self.explored.states)
            return None if number is None else self.trace_to(number)
        found = self.step_where(formula, place, self.explored.states)
        return found and self.trace_to(found[0], found[1])

    def step_where(self, formula: Formula, place: Place, states: list[int]) -> tuple[int, Request] | None:
        """The first state from which some step satisfies a formula, and that step."""
        cases = list(self._cases(formula, place))
        number = self.space.first(disj(where for where, _, _ in cases), states)
        if number is None:
            return None
        word = [states[number]]
        return number, next(request for where, request, _ in cases if self.space.first(where, word) == 0)

    def _cases(self, formula: Formula, place: Place) -> Iterable[tuple[Formula, Request, Move]]:
        """For each move and inputs where the step that it is satisfies a formula."""
        names = inputs_in(formula)
        for move in self.space.moves:
            facts = Facts.of(move.condition)
            seen: set[Formula] = set()
            for inputs in move.inputs_by(names):
                where = assume(Ground(self.scope, place, inputs, move.ending)(formula), facts)
                if where != FALSE and where not in seen:
                    seen.add(where)
                    request = Request(move.ending.action, move.ending.place, inputs)
                    yield conj((move.condition, where)), request, move

    def _first_after(self, asked: Property, place: Place) -> Trace | None:
        """A shortest trace past a state that satisfies `earlier`, then `meanwhile` steps, then what is asked.

        Breadth first over pairs of a state and a stage: 0 before that state was passed, 1 after.
        """
        ground = Ground(self.scope, place)
        states, number = self.explored.states, self.graph.number
        wanted = list(self._cases(asked.formula, place))
        by_step = speaks_of_step(asked.formula)
        goal = disj(where for where, _, _ in wanted) if by_step else ground(asked.formula)
        reached = set(self.space.all(goal, states))
        passed = set(self.space.all(ground(asked.earlier), states))
        if not reached or not passed:
            return None
        any_step = [(move.condition, move.request, move) for move in self.space.moves]
        cases = (any_step, list(self._cases(asked.meanwhile, place)))
        follow = [self.space.follow([(where, move) for where, _, move in stage]) for stage in cases]
        parent: dict[tuple[int, int], tuple[tuple[int, int], Request] | None] = {(0, 0): None}
        if 0 in passed:
            parent[0, 1] = None
        todo = deque(parent)
        while todo:
            node = todo.popleft()
            here, stage = node
            if stage and here in reached:
                word = [states[here]]
                last = [next(q for where, q, _ in wanted if self.space.first(where, word) == 0)] if by_step else []
                return replay(self.machine, [*_back(node, parent), *last])
            for case, target in follow[stage](states[here]):
                to = number.get(target)
                for next_stage in (0, 1) if to in passed else (stage,):
                    if to is not None and next_stage >= stage and (to, next_stage) not in parent:
                        parent[to, next_stage] = (node, cases[stage][case][1])
                        todo.append((to, next_stage))
        return None

    def _lost(self, asked: Property, place: Place) -> Trace | None:
        """A shortest trace to a state from which no way leads to the goal."""
        goal = self.space.all(Ground(self.scope, place)(asked.formula), self.explored.states)
        number = self.graph.can_reach(goal).find(0)
        return None if number < 0 else self.trace_to(number)

    # ------------------------------------------------------------ traces and coverage

    def trace_to(self, number: int, *then: Request) -> Trace:
        """A shortest trace to a found state, with further steps behind it."""
        way = [self.space.moves[m].request for m in self.space.way_to(self.explored, number)]
        return replay(self.machine, [*way, *then])

    def _lasso(self, lasso: Lasso) -> Trace:
        return replay(self.machine, [*lasso.stem, *lasso.loop], loop_from=len(lasso.stem))

    def ways(self, until: float | None = None) -> tuple[Way, ...]:
        """Every way in which an action of the table can end, and where it is open; counted until some moment."""
        found: list[Way] = []
        for rule in self.model.rules:
            for outcome, because in rule.outcomes():
                if until is not None and time.monotonic() > until:
                    self.explored.stopped = self.explored.stopped or "time"
                    found.append(Way(rule, outcome, because, _clauses(rule, because), None, None))
                    continue
                moves = [m for m in self.space.moves if m.way == (rule.action, outcome, because)]
                where = disj(m.condition for m in moves)
                states = self.space.all(where, self.explored.states)
                trace = None
                if states:
                    word = [self.explored.states[states[0]]]
                    move = next(m for m in moves if self.space.first(m.condition, word) == 0)
                    trace = self.trace_to(states[0], move.request)
                found.append(Way(rule, outcome, because, _clauses(rule, because), len(states), trace))
        return tuple(found)


def _back(
    node: tuple[int, int], parent: Mapping[tuple[int, int], tuple[tuple[int, int], Request] | None]
) -> list[Request]:
    """The requests that led to a node, from the first on."""
    way: list[Request] = []
    while (step := parent[node]) is not None:
        node, request = step
        way.append(request)
    return way[::-1]


def _clauses(rule: Rule, because: str | None) -> tuple[str, ...]:
    """The clauses behind one way to end: those of the guards that name it, or of the rule itself."""
    guards = tuple(dict.fromkeys(g.clause for g in rule.guards if g.otherwise.id == because))
    return guards or rule.clauses
