"""The refusals of an action in the reachable states of a small scope, and what gets past each: found by stepping."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property

from backup_slr.diagram.quotient import Reached, reach
from backup_slr.diagram.teardown_plan import Place, inputs
from backup_slr.engine.check.exploration import Explored, Limits
from backup_slr.engine.core.rule import Guard, Rule
from backup_slr.engine.core.scope import Scope, State
from backup_slr.engine.core.step import Machine, Request
from backup_slr.engine.core.variable import Count, Enum
from backup_slr.engine.spec.lifecycle import Lifecycle
from backup_slr.report.provenance import speaks_of_all, to_blame


class Unfinished(Exception):
    """Not all reachable states were found, so that nothing can be said of them."""

    def __init__(self, explored: Explored) -> None:
        super().__init__(explored.stopped)
        self.explored = explored


@dataclass
class Obstacle:
    """A guard that stops an action in some reachable state, and what helps past it.

    `helpers` are other actions, each with its place, after one of which the same request passes the guard, or meets
    less that keeps the guard from holding. `chance`: the request passes in the very same state if the environment
    chooses otherwise. `idle`: wherever the guard stops the action, there is nothing left for the action to do.
    """

    guard: Guard
    helpers: set[tuple[str, Place]] = field(default_factory=set[tuple[str, Place]])
    chance: bool = False
    idle: bool = True


@dataclass(frozen=True)
class Refusals:
    """The reachable states of a lifecycle at a scope, and the answers to requests in them."""

    lifecycle: Lifecycle
    scope: Scope
    limits: Limits

    def obstacles(self, rule: Rule, places: Sequence[Place], interfaces: Sequence[str]) -> list[Obstacle]:
        """The guards that stop an action at some of these places through these interfaces, in their order."""
        found: dict[int, Obstacle] = {}
        choices = {i.name for i in rule.inputs if i.kind == "choice"}
        for place in places:
            asked = list(inputs(rule, interfaces))
            answers = [self._answers(rule, place, given) for given in asked]
            for given, own in zip(asked, answers, strict=True):
                varied = [
                    other
                    for values, other in zip(asked, answers, strict=True)
                    if all(values[name] == value for name, value in given.items() if name not in choices)
                ]
                self._meet(found, rule, Request(rule.action, place, given), own, varied)
        return [found[number] for number in sorted(found)]

    def _meet(
        self,
        found: dict[int, Obstacle],
        rule: Rule,
        request: Request,
        answers: Sequence[int],
        varied: Sequence[Sequence[int]],
    ) -> None:
        """Note every guard that stops a request, with what helps past it."""

        @cache
        def blame(guard: int, number: int) -> frozenset[tuple[str, Place]]:
            return frozenset(to_blame(self.machine.layout, rule, rule.guards[guard], request, self.states[number]))

        for number, answer in enumerate(answers):
            if answer == len(rule.guards):
                continue
            obstacle = found.setdefault(answer, Obstacle(rule.guards[answer]))
            obstacle.idle = obstacle.idle and self._idle(rule, request.place, self.states[number])
            obstacle.chance = obstacle.chance or any(other[number] > answer for other in varied)
            many = speaks_of_all(obstacle.guard)
            for by, target in self._steps[number]:
                if by[0] != rule.action and by not in obstacle.helpers:
                    fewer = many and blame(answer, target) and blame(answer, target) < blame(answer, number)
                    if fewer or answers[target] > answer:
                        obstacle.helpers.add(by)

    def _idle(self, rule: Rule, place: Place, state: State) -> bool:
        """The goal is reached, or all that the action removes at its place is gone."""
        cell, goal = self.machine.layout.cell, self.lifecycle.goal
        if state[cell(goal.variable.name)] == goal.variable.values.index(goal.gone):
            return True
        removed = [
            e.variable
            for e in rule.effects
            if e.variable.at == rule.place
            and (e.value < 0 if isinstance(e.variable, Count) else not e.value and not isinstance(e.variable, Enum))
        ]
        return bool(removed) and not any(state[cell(v.name, place[: len(v.per)])] for v in removed)

    # ------------------------------------------------------------ the reachable states

    @cached_property
    def reached(self) -> Reached:
        """The reachable graph.

        Raises
        ------
        Unfinished
            When a limit cut the search short.
        """
        found = reach(self.lifecycle, self.scope, self.limits)
        if not found.explored.complete:
            raise Unfinished(found.explored)
        return found

    @cached_property
    def machine(self) -> Machine:
        """The model at the scope."""
        return Machine(self.lifecycle.model, self.scope)

    @cached_property
    def states(self) -> list[State]:
        """All reachable states."""
        return [self.reached.space.words.unpack(word) for word in self.reached.explored.states]

    @cached_property
    def _steps(self) -> list[list[tuple[tuple[str, Place], int]]]:
        """From each state, the actions with their places that change it, and the state that each leads to."""
        return [
            [((way[0], place), target) for target, ways in targets.items() for way, place in ways]
            for targets in self.reached.graph
        ]

    @cached_property
    def _known(self) -> dict[tuple[object, ...], list[int]]:
        return {}

    def _answers(self, rule: Rule, place: Place, given: Mapping[str, int]) -> list[int]:
        """By the number of each state: the number of the guard that stops a request, or of all guards if none does."""
        key = (rule.action, place, *given.items())
        if key not in self._known:
            request, numbers = Request(rule.action, place, given), {id(guard): n for n, guard in enumerate(rule.guards)}
            guards = (self.machine.step(state, request).guard for state in self.states)
            self._known[key] = [len(numbers) if guard is None else numbers[id(guard)] for guard in guards]
        return self._known[key]
