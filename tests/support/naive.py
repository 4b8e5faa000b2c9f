"""A slow and simple explorer: no packed words, no transitions, no generated text."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import product

from backup_slr.engine.compile.interpreter import Situation, interpreted_step
from backup_slr.engine.compile.layout import Layout
from backup_slr.engine.core.formula import Element, Param
from backup_slr.engine.core.model import Model
from backup_slr.engine.core.rule import Rule
from backup_slr.engine.core.scope import Scope, State
from backup_slr.engine.core.step import Machine, Request
from backup_slr.engine.core.trace import Taken
from backup_slr.engine.core.variable import Enum

Transition = tuple[State, str, tuple[int, ...], State]


@dataclass(frozen=True)
class Found:
    """The states at each distance from the initial one; each step from one to another, by its action and place."""

    levels: list[set[State]]
    transitions: set[Transition]

    @property
    def states(self) -> list[State]:
        """All states, nearest first."""
        return [state for level in self.levels for state in level]


@dataclass(frozen=True)
class Naive:
    """A model at a scope, run by the interpreter; if `quick`, its rules are compiled, for larger models."""

    model: Model
    scope: Scope
    quick: bool = False

    @cached_property
    def layout(self) -> Layout:
        return Layout(self.model, self.scope)

    @cached_property
    def requests(self) -> list[Request]:
        """Every action at every place with every combination of its inputs."""
        return [
            Request(rule.action, tuple(element.index for element in place.values()), inputs)
            for rule in self.model.rules
            for place in self.scope.places(rule.place)
            for inputs in every_input(rule)
        ]

    def situation(self, before: State, request: Request) -> Situation:
        """A request before it is tried."""
        params = self.model.rule(request.action).place
        stands_for = {p: Element(p.sort, i) for p, i in zip(params, request.place, strict=True)}
        return Situation(self.layout, before, stands_for, request.inputs)

    def taken(self, before: State, request: Request) -> Taken:
        """A request after it is tried."""
        if self.quick:
            outcome, guard, after = self._machine.step(before, request)
            return Taken(request, outcome, guard, before, after)
        rule = self.model.rule(request.action)
        outcome, guard, after = interpreted_step(rule, self.situation(before, request))
        return Taken(request, outcome, guard, before, after)

    def of_step(self, taken: Taken, at: Mapping[Param, Element]) -> Situation:
        """The context of a formula about a step; its own parameters stand for `at`."""
        ends = (taken.outcome, *([taken.because] if taken.because else []))
        request = taken.request
        return Situation(
            self.layout, taken.before, at, request.inputs, taken.after, request.action, request.place, ends
        )

    def of_state(self, state: State, at: Mapping[Param, Element]) -> Situation:
        """The context of a formula about a state."""
        return Situation(self.layout, state, at)

    @cached_property
    def _machine(self) -> Machine:
        return Machine(self.model, self.scope)

    @cached_property
    def steps(self) -> dict[State, list[Taken]]:
        """Every step from every reachable state, breadth first."""
        return {state: [self.taken(state, request) for request in self.requests] for state in self.search().states}

    def search(self, avoid: Callable[[State], bool] = lambda _: False) -> Found:
        """All reachable states, through no state to avoid."""
        levels = [{self.layout.initial} - set(filter(avoid, [self.layout.initial]))]
        seen = set(levels[0])
        transitions: set[Transition] = set()
        while levels[-1]:
            found = {
                (state, request.action, request.place, self.taken(state, request).after)
                for state in levels[-1]
                for request in self.requests
            }
            shunned = {after for after in {after for *_, after in found} if avoid(after)}
            transitions |= {t for t in found if t[0] != t[3] and t[3] not in shunned}
            levels.append({after for *_, after in found} - seen - shunned)
            seen |= levels[-1]
        return Found(levels[:-1] or [set()], transitions)


def every_input(rule: Rule) -> list[dict[str, int]]:
    """Every combination of values of the inputs of a rule."""
    sizes = [len(i.values) if isinstance(i, Enum) else 2 for i in rule.inputs]
    return [
        {i.name: value for i, value in zip(rule.inputs, values, strict=True)} for values in product(*map(range, sizes))
    ]
