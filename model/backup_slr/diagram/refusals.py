"""The refusals of an action in the reachable states of a small scope, and the actions that get past each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property

from backup_slr.diagram.quotient import Reached, reach
from backup_slr.diagram.teardown_plan import Place, TeardownPlan, inputs
from backup_slr.engine.check.exploration import Explored, Limits
from backup_slr.engine.compile.analysis import variables_in
from backup_slr.engine.core.rule import Guard, Rule
from backup_slr.engine.core.scope import State
from backup_slr.engine.core.step import Request
from backup_slr.engine.core.variable import Enum
from backup_slr.report.provenance import speaks_of_all, to_blame
from backup_slr.report.unblock import takes_away


class Unfinished(Exception):
    """Raised when a limit stopped the search before all reachable states were found."""

    def __init__(self, explored: Explored) -> None:
        super().__init__(explored.stopped)
        self.explored = explored


@dataclass
class Obstacle:
    """A guard that stops an action in some reachable state, and the ways past it.

    `helpers` are other actions, each with its place, after one of which the same request passes the guard, or has fewer
    blockers. `chance`: the request passes in the same state if the environment chooses differently. `idle`: the action
    has nothing left to do in every state in which the guard stops it.
    """

    guard: Guard
    helpers: set[tuple[str, Place]] = field(default_factory=set[tuple[str, Place]])
    chance: bool = False
    idle: bool = True


@dataclass(frozen=True)
class Refusals:
    """The reachable states of the small account of a plan, and the outcomes of requests in them."""

    plan: TeardownPlan
    limits: Limits

    def obstacles(self, rule: Rule, places: Sequence[Place], interfaces: Sequence[str]) -> list[Obstacle]:
        """Return the guards that stop an action at some of these places through these interfaces, in rule order."""
        found: dict[int, Obstacle] = {}
        choices = {i.name for i in rule.inputs if i.kind == "choice"}
        for place in places:
            requests = [Request(rule.action, place, given) for given in inputs(rule, interfaces)]
            answers = [self._answers(rule, request) for request in requests]
            for request, own in zip(requests, answers, strict=True):
                fixed = {(name, value) for name, value in request.inputs.items() if name not in choices}
                alike = zip(requests, answers, strict=True)
                self._meet(found, rule, request, own, [a for r, a in alike if fixed <= {*r.inputs.items()}])
        return [found[number] for number in sorted(found)]

    def _meet(
        self,
        found: dict[int, Obstacle],
        rule: Rule,
        request: Request,
        answers: Sequence[int],
        varied: Sequence[Sequence[int]],
    ) -> None:
        """Record every guard that stops a request, and the ways past it."""
        layout = self.plan.machine.layout
        _, moves = self._cases(rule)

        @cache
        def blame(guard: int, number: int) -> frozenset[tuple[str, Place]]:
            return frozenset(to_blame(layout, rule, rule.guards[guard], request, self.states[number]))

        for number, answer in enumerate(answers):
            if answer == len(rule.guards):
                continue
            obstacle = found.setdefault(answer, Obstacle(rule.guards[answer]))
            obstacle.idle = obstacle.idle and self._idle(rule, request.place, self.states[number])
            obstacle.chance = obstacle.chance or any(other[number] > answer for other in varied)
        for source, target, action, place in moves:
            answer = answers[source]
            if answer < len(rule.guards) and (action, place) not in found[answer].helpers:
                many = speaks_of_all(rule.guards[answer])
                fewer = many and blame(answer, target) and blame(answer, target) < blame(answer, source)
                if fewer or answers[target] > answer:
                    found[answer].helpers.add((action, place))

    def _idle(self, rule: Rule, place: Place, state: State) -> bool:
        """Return whether the goal is reached, or everything that the action removes at its place was removed before."""
        cell, goal = self.plan.machine.layout.cell, self.plan.lifecycle.goal
        if state[cell(goal.variable.name)] == goal.variable.values.index(goal.gone):
            return True
        there = [e for e in rule.effects if e.variable.at == rule.place and not isinstance(e.variable, Enum)]
        removed = [e.variable for e in there if takes_away(e)]
        return bool(removed) and not any(state[cell(v.name, place[: len(v.per)])] for v in removed)

    # ------------------------------------------------------------ the reachable states

    @cached_property
    def reached(self) -> Reached:
        """The reachable graph.

        Raises
        ------
        Unfinished
            When a limit stopped the search.
        """
        found = reach(self.plan.lifecycle, self.plan.scope, self.limits)
        if not found.explored.complete:
            raise Unfinished(found.explored)
        return found

    @cached_property
    def states(self) -> list[State]:
        """All reachable states."""
        return [self.reached.space.words.unpack(word) for word in self.reached.explored.states]

    def _answers(self, rule: Rule, request: Request) -> list[int]:
        """For each state, the number of the guard that stops a request there; the number of all guards if none does."""
        numbers = {id(guard): n for n, guard in enumerate(rule.guards)} | {id(None): len(rule.guards)}
        case_of, _ = self._cases(rule)
        step = self.plan.machine.step
        known = {case: numbers[id(step(self.states[case], request).guard)] for case in set(case_of)}
        return [known[case] for case in case_of]

    def _cases(self, rule: Rule) -> tuple[list[int], set[tuple[int, int, str, Place]]]:
        """For each state the first that no guard of the rule can tell from it; and what other actions do to these.

        There are far fewer such cases than states where a rule does not read the variables of an extension.
        """
        if rule.action not in self._known_cases:
            names = {variable.name for variable in variables_in(*(guard.condition for guard in rule.guards))}
            cells = [n for n, (v, _) in enumerate(self.plan.machine.layout.cells) if v.name in names]
            first: dict[tuple[int, ...], int] = {}
            case_of = [first.setdefault(tuple([s[c] for c in cells]), n) for n, s in enumerate(self.states)]
            moves = {
                (case_of[number], case_of[target], action, place)
                for number, targets in enumerate(self.reached.graph)
                for target, ways in targets.items()
                if case_of[number] != case_of[target]
                for (action, _, _), place in ways
                if action != rule.action
            }
            self._known_cases[rule.action] = (case_of, moves)
        return self._known_cases[rule.action]

    @cached_property
    def _known_cases(self) -> dict[str, tuple[list[int], set[tuple[int, int, str, Place]]]]:
        return {}
