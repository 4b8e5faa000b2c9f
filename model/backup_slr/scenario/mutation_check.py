"""The scenarios that fail when a rule is changed.

Each scenario runs once on the unchanged rules. For a changed rule only the steps of its action are repeated, each from
its recorded state; the whole scenario runs again only if one of them leads to a different state.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TypeAlias

from backup_slr.engine.compile.interpreter import Situation, interpreted_step
from backup_slr.engine.core.formula import elements_at
from backup_slr.engine.core.model import Model
from backup_slr.engine.core.rule import Rule
from backup_slr.engine.core.scope import State
from backup_slr.engine.core.step import Machine, Request, Step, written
from backup_slr.scenario.player import ScenarioRun, play
from backup_slr.scenario.spec import WAIT, Scenario, StepSpec

_Tried: TypeAlias = tuple[State, Request, StepSpec]
"""A step of a scenario: the state before it, the request, and the step of the file."""


MANY = 20
"""The number of steps from which a changed rule is compiled."""


class ScenarioJudge:
    """The oracle of scenarios for mutants: the scenarios that pass on the unchanged rules.

    Parameters
    ----------
    table
        The model whose assumptions are not settled.
    scenarios
        The scenarios; those that remove parts of the rules or do not pass are ignored.
    """

    def __init__(self, table: Model, scenarios: Iterable[Scenario]) -> None:
        self.table = table
        self._played: list[tuple[ScenarioRun, dict[str, list[_Tried]]]] = []
        for scenario in scenarios:
            run = play(scenario, table.assuming(scenario.assume))
            if run.passed and not scenario.without:
                self._played.append((run, _tried(run)))

    def __call__(self, rule: Rule) -> Iterator[str]:
        """Return the scenarios that fail with this rule instead of the original one."""
        for run, tried in self._played:
            if rule.action in tried and self._notices(run, tried[rule.action], rule):
                yield run.scenario.file

    def _notices(self, run: ScenarioRun, tried: list[_Tried], rule: Rule) -> bool:
        before = run.machine.model.rule(rule.action)
        after = rule.assuming(dict(run.machine.model.assumed))
        if before == after:
            return False
        step = _step(run.machine, after, len(tried))
        for state, request, said in tried:
            outcome, guard, then = step(state, request)
            if not said.expects(outcome, guard.otherwise.id if guard else None):
                return True
            if then != run.machine.step(state, request).state:
                return not play(run.scenario, self.table.replacing(rule).assuming(run.scenario.assume)).passed
        return False


def _step(machine: Machine, rule: Rule, times: int) -> Callable[[State, Request], Step]:
    """Return the function of steps of a changed rule; compiling it takes longer than a few interpreted steps."""

    def interpreted(state: State, request: Request) -> Step:
        here = Situation(machine.layout, state, elements_at(rule.place, request.place), request.inputs)
        return Step(*interpreted_step(rule, here))

    return interpreted if times < MANY else Machine(machine.model.replacing(rule), machine.scope).step


def _tried(run: ScenarioRun) -> dict[str, list[_Tried]]:
    """The steps of a run by action; repetitions of one step in one state are one."""
    found: dict[str, dict[object, _Tried]] = {}
    state = run.initial
    for step in run.steps:
        if step.said.do == WAIT:
            continue
        rule = run.machine.model.rule(step.said.do)
        request = run.request(step.said, rule)
        key = (state, request.place, *sorted(request.inputs.items()), step.said.expect, step.said.because)
        found.setdefault(rule.action, {})[key] = (state, request, step.said)
        state = written(state, [(cell, after) for cell, _, after in step.writes])
    return {action: list(tried.values()) for action, tried in found.items()}
