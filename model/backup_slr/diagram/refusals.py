"""The refusals of the steps of a plan: out of order, while work is running, and for requests that differ."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import takewhile
from typing import Literal as Exactly
from typing import TypeAlias, get_args

from backup_slr.advice.plan import StepPlan
from backup_slr.advice.plan_interface import interface_input, usual_case
from backup_slr.advice.plan_phases import ACTION, STOP, TASK, PlanPhase, phases
from backup_slr.advice.plan_step import PlanStep
from backup_slr.engine.core.rule import Guard, Rule
from backup_slr.engine.core.scope import State
from backup_slr.engine.core.step import Request
from backup_slr.engine.core.variable import Enum, Flag, numbers_of, usual

Way: TypeAlias = Exactly["earlier", "later", "wait", "none"]


@dataclass(frozen=True)
class Stage:
    """A phase of a plan, or the end of its task, with the steps that it consists of; no rule if no action does it."""

    phase: PlanPhase
    rule: Rule | None
    steps: tuple[PlanStep, ...]

    @property
    def tried(self) -> bool:
        """Whether its action can be refused or fail."""
        return self.rule is not None and self.phase.kind in (ACTION, TASK)

    @property
    def interfaces(self) -> tuple[str, ...]:
        """Those through which it must be requested; none: any."""
        return self.steps[0].interfaces if self.steps else ()


def stages(plan: StepPlan) -> Iterator[Stage]:
    """The phases of a plan; its task has two stages."""
    model, environment = plan.start.lifecycle.model, plan.start.lifecycle.environment
    for phase in phases(plan):
        yield Stage(phase, None if phase.kind == STOP else model.rule(phase.action), phase.steps)
        if phase.kind == TASK and environment:
            ends = tuple(step for step in plan.steps if step.rule.action == environment.task.ends)
            yield Stage(phase, model.rule(environment.task.ends), ends)


@dataclass(frozen=True)
class StageRefusal:
    """A guard that stops a stage.

    `way` is ``earlier`` (do the stage of the number `other` before), ``later`` (do that one after it), ``wait`` (for
    running work, or by chance) or ``none``. `via` is the interface, if only a request through it is stopped; `perhaps`:
    only under some open values of the assumptions.
    """

    guard: Guard
    way: Way
    other: int = -1
    via: str = ""
    perhaps: bool = False


@dataclass(frozen=True)
class Refusals:
    """The refusals on the way of a plan, under the usual values of the assumptions.

    `via` is the interface that is wanted where it is possible.
    """

    plan: StepPlan
    stages: Sequence[Stage]
    via: str

    @cached_property
    def _case(self) -> int:
        return usual_case(self.plan)

    def _guard(
        self, state: State | None, step: PlanStep, inputs: Mapping[str, int] | None = None, case: int | None = None
    ) -> Guard | None:
        if state is None:
            return None
        request = Request(step.rule.action, step.place, {**step.inputs, **(inputs or {})})
        return self.plan.cases[self._case if case is None else case].machine.step(state, request).guard

    def _walked(self, state: State, order: Iterable[int], case: int) -> list[State]:
        """The states before each stage of an order, and at the end."""
        found = [state]
        for number in order:
            for step in self.stages[number].steps:
                state = step.performed(self.plan.cases[case].machine, state)
            found.append(state)
        return found

    @cached_property
    def states(self) -> list[State]:
        """The states before each stage, and at the end."""
        return self._walked(self.plan.cases[self._case].state, range(len(self.stages)), self._case)

    @cached_property
    def _working(self) -> list[State]:
        """The same while work of the service is running that began at the beginning; none if none can begin."""
        environment, state = self.plan.start.lifecycle.environment, self.states[0]
        if environment is None:
            return []
        machine = self.plan.cases[self._case].machine
        cells = [place for v, place in machine.layout.cells if v.name == environment.process.running.name]
        begun = (machine.step(state, Request(environment.process.start, place)) for place in cells)
        first = next((step.state for step in begun if step.outcome == "done"), None)
        return [] if first is None else self._walked(first, range(len(self.stages)), self._case)

    def effect(self, number: int) -> str:
        """What else the wanted interface changes, if a stage is requested through it; empty: nothing."""
        machine, state = self.plan.cases[self._case].machine, self.states[number]
        for step in self.stages[number].steps:
            ends = [s.performed(machine, state) for s in (step, replace(step, interfaces=(self.via,)))]
            for (variable, place), usual_value, value in zip(machine.layout.cells, *ends, strict=True):
                if usual_value != value and (variable.name, place) != (step.want.variable.name, step.place):
                    return f"{variable.name} {self.plan.names.place(place)}"
            state = ends[0]
        return ""

    def of(self, number: int) -> list[StageRefusal]:
        """The refusals of a stage, in the order of its guards."""
        stage = self.stages[number]
        if not stage.tried or stage.rule is None:
            return []
        found = dict.fromkeys(stop for step in stage.steps for stop in self._stops(number, step))
        guards = [guard.otherwise for guard in stage.rule.guards]
        ways = get_args(Way)
        return sorted(found, key=lambda stop: (guards.index(stop.guard.otherwise), ways.index(stop.way)))

    def _stops(self, number: int, step: PlanStep) -> Iterator[StageRefusal]:
        states, working = self._tried_in(step, self.states), self._tried_in(step, self._working)
        met = [self._guard(state, step) for state in states]
        now, own = states[number], met[number]
        for other, guard in enumerate(met[:number]):
            # The last stage before which it is refused like this is the one that helps, with those that do the same.
            if guard is not None and met[other + 1] is not guard:
                yield StageRefusal(guard, "earlier", self._first_like(other, met))
        busy = working[number : number + 1]
        tried: list[tuple[dict[str, int], Way, State | None]] = [({}, "wait", state) for state in busy]
        for variable, value in _changes(step.rule):
            for state in (now, *busy):
                tried.append(({variable.name: value}, "wait" if variable.kind == "choice" else "none", state))
        for inputs, way, state in tried:
            guard = self._guard(state, step, inputs)
            if guard is not None and guard is not own:
                yield StageRefusal(guard, way)
        if step.interfaces and self.via not in step.interfaces:
            guard = self._guard(now, replace(step, interfaces=(self.via,)))
            if guard is not None and guard is not own:
                yield StageRefusal(guard, "none", via=self.via)
        yield from self._after(number, step)
        for guard in met[number + 1 :]:
            if guard is not None:
                yield StageRefusal(guard, "none")

    def _after(self, number: int, step: PlanStep) -> Iterator[StageRefusal]:
        """The refusals of a step after the next stages of the same action, for each case."""
        after = range(number + 1, len(self.stages))
        for other in takewhile(lambda n: self.stages[n].phase.action == step.rule.action, after):
            able = [i for i in range(len(self.plan.cases)) if i not in self.plan.blocked and i != self._case]
            for case in (self._case, *able):
                state = self._walked(self.plan.cases[case].state, range(number), case)[-1]
                late = self._walked(state, [other], case)[-1]
                guard = self._guard(late, step, case=case)
                if guard is not None and self._guard(state, step, case=case) is None:
                    yield StageRefusal(guard, "later", other, perhaps=case != self._case)
                    break

    def _first_like(self, number: int, met: Sequence[Guard | None]) -> int:
        """The first of the stages up to one that do the same, all with the same refusal before them."""
        one = (self.stages[number].phase.action, met[number])
        alike = takewhile(lambda n: (self.stages[n].phase.action, met[n]) == one, range(number, -1, -1))
        return min(alike)

    def _tried_in(self, step: PlanStep, states: list[State]) -> list[State | None]:
        """The states in which a step is tried; the end of a task only after its request, where that is done."""
        environment = self.plan.start.lifecycle.environment
        if environment is None or step.rule.action != environment.task.ends:
            return list(states)
        (begin,) = (one for one in self.plan.steps if one.rule.action == environment.task.begins)
        machine = self.plan.cases[self._case].machine
        begun = (begin.performed(machine, state) for state in states[: len(self.stages)])
        return [state if begin.want.met(machine.layout, state) else None for state in begun]


def _changes(rule: Rule) -> Iterator[tuple[Flag | Enum, int]]:
    """The unusual values of the inputs that a caller does not choose freely."""
    for variable in rule.inputs:
        if variable != interface_input(rule) and not (isinstance(variable, Enum) and variable.required):
            for value in numbers_of(variable):
                if value != usual(variable):
                    yield variable, value
