"""The runs of a plan under settled rules, with everything that the environment may do within bounds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cached_property
from itertools import compress, product
from operator import itemgetter
from typing import NamedTuple, TypeAlias

from backup_slr.advice.plan import StepPlan
from backup_slr.advice.plan_cases import PlanCase
from backup_slr.advice.plan_sources import begins_of_work, ends_of_work
from backup_slr.advice.wants import Spot, Want
from backup_slr.engine.compile.interpreter import Situation, holds
from backup_slr.engine.core.formula import elements_at
from backup_slr.engine.core.rule import Rule
from backup_slr.engine.core.scope import State
from backup_slr.engine.core.step import Request
from backup_slr.engine.core.variable import usual
from backup_slr.engine.spec.processes import selects

MOST_WORKING = 3
"""If more work than this ever runs, it ends in the order of its places, with success, while the plan waits for it.

Otherwise the results and the moments of their ends would multiply.
"""
Bounds: TypeAlias = tuple[int, int, int, int]
"""The maximum numbers of collisions, jobs that start, failed tasks and unusual choices."""
Chosen: TypeAlias = tuple[str, int]
"""A choice of the environment by name, and one of its unusual values; or an action that others cause, and `HAPPENS`."""
HAPPENS = -1


class Situated(NamedTuple):
    """A run in the middle: the next step, the state, what the environment may still do, and the round."""

    at: int
    state: State
    collisions: int
    starts: int
    failures: int
    choices: int
    rounds: int
    stopped: bool


class TooManyRuns(Exception):
    """There are more situations than can be looked at."""


class PlanRuns:
    """All runs in one case; `ordered` if more work was running than ends in every order."""

    def __init__(
        self, plan: StepPlan, case: PlanCase, places: list[Spot], bounds: Bounds, varied: frozenset[Chosen]
    ) -> None:
        self.plan, self.case, self.places, self.varied = plan, case, places, varied
        self.environment = plan.start.lifecycle.environment
        self.soon = ends_of_work(replace(plan.start.lifecycle, model=case.machine.model))
        self._ends = [(r.action, at) for r in self.soon for at in dict.fromkeys(p[: len(r.place)] for p in places)]
        begins = [r.action for r in begins_of_work(plan.start.lifecycle) if (r.action, HAPPENS) in varied]
        self.begins = [case.machine.model.rule(action) for action in begins]
        self.machine = case.machine
        goal = plan.start.lifecycle.goal
        self.goal = Want.of(goal)
        self.there = goal.number("there")
        self.rounds = 3 + sum(bounds)
        self.first = Situated(0, case.state, *bounds, self.rounds, stopped=False)
        running = self.environment and self.environment.process.running.name
        cell = self.machine.layout.cell
        self._cells_of_work = [cell(running, place) for place in places] if running else []
        self._wanted = [cell(step.want.variable.name, step.want.place) for step in plan.steps]
        self.situations = 0
        self.ordered = False

    def ends(self, limit: int | None = None) -> bool:
        """Whether every run reaches the goal: none is stuck or out of rounds.

        Raises `TooManyRuns` when there are more situations than the limit.
        """
        seen, todo = {self.first}, [self.first]
        while todo:
            now = todo.pop()
            if limit is not None and len(seen) > limit:
                raise TooManyRuns
            if self.goal.met(self.machine.layout, now.state):
                continue
            after = [one for one in (*self._operator(now), *self._service(now)) if one != now]
            if not after or now.rounds == 0:
                return False
            for one in after:
                if one not in seen:
                    seen.add(one)
                    todo.append(one)
        self.situations = len(seen)
        return True

    def _met(self, at: int, state: State) -> bool:
        return self.plan.steps[at].want.accepts(state[self._wanted[at]])

    @cached_property
    def _at_work(self) -> Callable[[State], tuple[int, ...]]:
        """For each place, whether work of the service is running there."""
        if not self._cells_of_work:
            return lambda state: ()
        return itemgetter(*self._cells_of_work, self._cells_of_work[0])  # of one cell alone it would get no tuple

    def _works(self, state: State) -> bool:
        return any(self._at_work(state))

    def _onward(self, now: Situated) -> Situated:
        """The situation after the steps that have nothing left to do, if nothing can happen between them."""
        if now.starts or (self.begins and now.choices) or self.soon or self._works(now.state):
            return now
        at = now.at
        while at < len(self.plan.steps) and self._met(at, now.state):
            at += 1
        return now._replace(at=at)

    def _operator(self, now: Situated) -> Iterator[Situated]:
        """What the next step of the plan does."""
        steps = self.plan.steps
        if self.plan.stop and not now.stopped and now.at >= self.plan.urgent:
            yield now._replace(stopped=True)
            return
        if now.at == self.plan.settled and self._works(now.state):
            return
        if now.at == len(steps):
            if self.begins and any(True for _ in self._ending(now)):
                return  # the operator begins again only after work that began meanwhile has ended
            yield now._replace(at=0, rounds=now.rounds - 1)
            return
        step = steps[now.at]
        if self._met(now.at, now.state):
            yield self._onward(now._replace(at=now.at + 1))
            return
        if self.environment and step.rule.action == self.environment.task.ends and now.failures:
            again = list(now.state)
            again[self.machine.layout.cell(self.goal.variable.name, ())] = self.there
            yield now._replace(state=tuple(again), at=now.at + 1, failures=now.failures - 1)
        for chosen, cost in self._chosen(step.rule, now):
            result = self.machine.step(now.state, Request(step.rule.action, step.place, {**step.inputs, **chosen}))
            collided = self.environment and chosen.get(self.environment.collides.name) and result.outcome == "refused"
            spent = now._replace(collisions=now.collisions - bool(collided), choices=now.choices - cost)
            if result.outcome == "done" and result.state != now.state:
                yield self._onward(spent._replace(state=result.state))
            elif result.guard is not None and result.guard.otherwise.transient and result.outcome == "refused":
                yield spent  # the same step again, later
            else:
                yield spent._replace(state=result.state, at=now.at + 1)

    def _chosen(self, rule: Rule, now: Situated, succeeds: bool = False) -> Iterator[tuple[dict[str, int], int]]:
        """The choices that the environment may make in an action, and the number of those that are unusual.

        A result of work, and whether a request collides, are no unusual choices. `succeeds`: work ends with success.
        """
        if self.environment is None:
            yield {}, 0
            return
        results = (1,) if succeeds else (1, 0)
        free = {self.environment.process.succeeds.name: results, self.environment.collides.name: (0, 1)}
        if not now.collisions:
            del free[self.environment.collides.name]
        inputs = [i for i in rule.inputs if i.kind == "choice"]
        values = [
            free.get(i.name) or (usual(i), *(value for name, value in self.varied if name == i.name and now.choices))
            for i in inputs
        ]
        for several in product(*values):
            pairs = zip(inputs, several, strict=True)
            cost = sum(value != usual(i) for i, value in pairs if i.name not in free)
            if cost <= now.choices:
                yield {i.name: value for i, value in zip(inputs, several, strict=True)}, cost

    def _service(self, now: Situated) -> Iterator[Situated]:
        """What the service may do in the meantime."""
        if self.environment is None:
            return
        process = self.environment.process
        working = list(compress(self.places, self._at_work(now.state))) if self._works(now.state) else []
        self.ordered |= len(working) > MOST_WORKING
        many = self.ordered
        in_turn = working[:1] if now.at == self.plan.settled else []
        for place in in_turn if many else working:
            yield from self._acts(now, process.finish, place, many)
        for place in self.places if now.starts else ():
            if place not in working and self._planned(now, place):
                yield from self._acts(now._replace(starts=now.starts - 1), process.start, place)
        for rule in self.begins if now.choices else ():
            for place in dict.fromkeys(place[: len(rule.place)] for place in self.places):
                yield from self._acts(now._replace(choices=now.choices - 1), rule.action, place)
        ends = list(self._ending(now))
        self.ordered |= len(ends) > MOST_WORKING
        for several in ends[:1] if len(ends) > MOST_WORKING else ends:
            yield from several

    def _ending(self, now: Situated) -> Iterator[list[Situated]]:
        """For each work beyond that of the environment that can end now, the situations after it."""
        for action, place in self._ends:
            if several := list(self._acts(now, action, place)):
                yield several

    def _acts(self, now: Situated, action: str, place: Spot, succeeds: bool = False) -> Iterator[Situated]:
        for chosen, cost in self._chosen(self.machine.model.rule(action), now, succeeds):
            result = self.machine.step(now.state, Request(action, place, chosen))
            if result.outcome == "done":
                yield now._replace(state=result.state, choices=now.choices - cost)

    def _planned(self, now: Situated, place: Spot) -> bool:
        """Whether a plan may start work at a place."""
        if self.environment is None:
            return False
        over = self.plan.start.lifecycle.place
        stopped = {self.environment.stop.stopped.name: int(now.stopped)}
        here = Situation(self.machine.layout, now.state, elements_at(over, place), stopped)
        return any(selects(one.covers, place, over) and holds(one.starts_while, here) for one in self.environment.plans)
