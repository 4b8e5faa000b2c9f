"""Confirm a trace independently: replay each step with the interpreter, and evaluate the property on the trace.

This module uses only the rules and the interpreter. It uses no part of the machinery that finds traces (packed words,
transitions, generated code, symmetry), because it confirms the results of that machinery.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import product

from backup_slr.engine.compile.analysis import speaks_of_step
from backup_slr.engine.compile.interpreter import Situation, holds, interpreted_step
from backup_slr.engine.core.formula import TRUE, Element, Formula, Param, elements_at
from backup_slr.engine.core.rule import Fair, Property
from backup_slr.engine.core.scope import State
from backup_slr.engine.core.step import Request
from backup_slr.engine.core.trace import Taken, Trace
from backup_slr.engine.core.variable import numbers_of

Place = Mapping[Param, Element]


class Unconfirmed(Exception):
    """An error of this program: a trace does not confirm its verdict."""


def confirm(asked: Property, trace: Trace) -> None:
    """Raise `Unconfirmed` if a trace is not a counterexample to a property (for a *sometimes*: not a witness)."""
    wrong = flaw(asked, trace)
    if wrong:
        raise Unconfirmed(f"a trace of length {len(trace.steps)} was found, but {wrong}")


def confirm_outcome(trace: Trace, outcome: str, because: str | None) -> None:
    """Raise `Unconfirmed` if the last step of a trace has another outcome."""
    last = trace.steps[-1]
    if (last.outcome, last.because) != (outcome, because) or not CheckedRun(trace).is_one:
        raise Unconfirmed(f"the step that should be {outcome} ({because}) is {last.outcome} ({last.because})")


def flaw(asked: Property, trace: Trace) -> str:
    """The reason why a trace is not a counterexample to a property (for a *sometimes*: not a witness); empty if it is.

    For a *possible* this confirms only the trace, and that its end is not in the goal: whether a path leads there from
    its end depends on all states.
    """
    run = CheckedRun(trace)
    if not run.is_one:
        return "it is not a run of the model"
    reasons = dict.fromkeys(run.flaw_at(asked, place) for place in trace.machine.scope.places(asked.each))
    return "" if "" in reasons else ", or ".join(reasons)


def reaches(trace: Trace, wanted: Formula, avoid: Formula | None) -> bool:
    """Whether a trace is a run of the model to a state where one formula holds, through none where the other holds."""
    run = CheckedRun(trace)
    passed = [] if avoid is None else [state for state in run.states if run.in_state(avoid, state, {})]
    return run.is_one and run.in_state(wanted, trace.final, {}) and not passed


@dataclass(frozen=True)
class CheckedRun:
    """A trace, and the evaluation of formulas on it."""

    trace: Trace

    @cached_property
    def states(self) -> list[State]:
        """Its states, from the initial one on."""
        return [self.trace.machine.initial, *(taken.after for taken in self.trace.steps)]

    @property
    def is_one(self) -> bool:
        """Whether the rules give every step for its request, and a loop ends where it starts."""
        loop = self.trace.loop_from
        steps = zip(self.states, self.trace.steps, strict=False)
        return all(self._again(state, taken.request) == taken for state, taken in steps) and (
            loop is None or self.states[loop] == self.states[-1]
        )

    def _again(self, before: State, request: Request) -> Taken:
        machine = self.trace.machine
        rule = machine.model.rule(request.action)
        here = Situation(machine.layout, before, elements_at(rule.place, request.place), request.inputs)
        outcome, guard, after = interpreted_step(rule, here)
        return Taken(request, outcome, guard, before, after)

    def in_state(self, formula: Formula, state: State, place: Place) -> bool:
        """Whether a formula about a state holds in one."""
        return holds(formula, Situation(self.trace.machine.layout, state, place))

    def in_step(self, formula: Formula, taken: Taken, place: Place) -> bool:
        """Whether a formula about a step holds for one."""
        ends = (taken.outcome, *([taken.because] if taken.because else []))
        request, layout = taken.request, self.trace.machine.layout
        return holds(
            formula,
            Situation(layout, taken.before, place, request.inputs, taken.after, request.action, request.place, ends),
        )

    def at_end(self, formula: Formula, place: Place) -> bool:
        """Whether a formula holds in the last state, or for the last step if it is about a step."""
        if speaks_of_step(formula):
            return bool(self.trace.steps) and self.in_step(formula, self.trace.steps[-1], place)
        return self.in_state(formula, self.trace.final, place)

    def flaw_at(self, asked: Property, place: Place) -> str:
        """The reason why it is not a counterexample (or witness) at this place."""
        if asked.kind == "eventually":
            return _Waiting(self, asked, place).flaw
        wanted = asked.formula if asked.kind == "sometimes" else ~asked.formula
        if not self.at_end(wanted, place):
            return f"its end {'does not satisfy' if asked.kind == 'sometimes' else 'satisfies'} the formula"
        steps = self.trace.steps[:-1] if speaks_of_step(asked.formula) else self.trace.steps
        if asked.earlier != TRUE and not any(
            self.in_state(asked.earlier, state, place)
            and all(self.in_step(asked.meanwhile, taken, place) for taken in steps[number:])
            for number, state in enumerate(self.states[: len(steps) + 1])
        ):
            return "no state or step that satisfies 'earlier' is followed only by permitted steps"
        return ""


@dataclass(frozen=True)
class _Waiting:
    """A lasso as the counterexample to an *eventually* property at one place."""

    run: CheckedRun
    asked: Property
    place: Place

    @property
    def flaw(self) -> str:
        start = self.run.trace.loop_from
        if start is None:
            return "it ends"
        if not self._waits(start):
            return "it never starts to wait, or it reaches the goal, or it takes a step that is not permitted meanwhile"
        for fair in self.asked.fair:
            for own in self.run.trace.machine.scope.places(fair.each):
                if not self._is_fair(fair, {**self.place, **own}, start):
                    return f"it is not fair: {fair.says}"
        return ""

    def _waits(self, start: int) -> bool:
        """Whether waiting starts, before the loop or in it, and no later step, including those of the loop, ends it."""
        begun = False
        for number in reversed(range(len(self.run.states))):
            if self._is_goal(self.run.states[number]):
                return False
            if number < len(self.run.trace.steps) and not self._keeps_waiting(self.run.trace.steps[number]):
                return False
            begun = begun or self._begins(number)
            if begun and number <= start:
                return True
        return False

    def _is_goal(self, state: State) -> bool:
        by_step = speaks_of_step(self.asked.formula)
        return not by_step and self.run.in_state(self.asked.formula, state, self.place)

    def _keeps_waiting(self, taken: Taken) -> bool:
        if not self.run.in_step(self.asked.meanwhile, taken, self.place):
            return False
        by_step = speaks_of_step(self.asked.formula)
        return not (by_step and self.run.in_step(self.asked.formula, taken, self.place))

    def _begins(self, number: int) -> bool:
        if not speaks_of_step(self.asked.earlier):
            return self.run.in_state(self.asked.earlier, self.run.states[number], self.place)
        steps = self.run.trace.steps
        return number > 0 and self.run.in_step(self.asked.earlier, steps[number - 1], self.place)

    # ------------------------------------------------------------ fairness

    def _is_fair(self, fair: Fair, own: Place, start: int) -> bool:
        """Whether the loop takes the step, or the step is impossible in some (strong: all) states of the loop."""
        if self._any_is(fair, own, self.run.trace.steps[start:]):
            return True
        possible = (self._any_is(fair, own, self._possible(state)) for state in dict.fromkeys(self.run.states[start:]))
        return not (all(possible) if fair.strength == "weak" else any(possible))

    def _any_is(self, fair: Fair, own: Place, steps: Iterable[Taken]) -> bool:
        """Whether one of some steps is a fair one, and a `meanwhile` step at the place of the property."""
        return any(
            self.run.in_step(fair.steps, taken, own) and self.run.in_step(self.asked.meanwhile, taken, self.place)
            for taken in steps
        )

    def _possible(self, state: State) -> Iterator[Taken]:
        """Every step from a state."""
        machine = self.run.trace.machine
        for rule in machine.model.rules:
            for at in machine.scope.places(rule.place):
                for values in product(*map(numbers_of, rule.inputs)):
                    given = {i.name: value for i, value in zip(rule.inputs, values, strict=True)}
                    request = Request(rule.action, tuple(element.index for element in at.values()), given)
                    outcome, guard, after = machine.step(state, request)
                    yield Taken(request, outcome, guard, state, after)
