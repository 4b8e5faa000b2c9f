"""The proof of a plan: every run of it on the model, whatever the environment chooses within bounds, reaches the goal.

A run performs the steps in their order, each until it has its result or is refused, and begins again when the goal is
not reached at the end. After the steps that stop new work it waits until no work of the service is running. A request
may collide with work of the service, work may start where the account leaves that possible and end at any time, and the
deletion task fails where the rules say so, and may fail for an unknown reason. All of these runs are enumerated.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from backup_slr.advice.plan import StepPlan
from backup_slr.advice.plan_cases import PlanCase, existing, open_values, settled_cases
from backup_slr.advice.wants import Spot, Want
from backup_slr.engine.compile.interpreter import Situation, holds
from backup_slr.engine.core.formula import Element
from backup_slr.engine.core.scope import State
from backup_slr.engine.core.step import Request
from backup_slr.engine.spec.processes import selects
from backup_slr.report.names import counted

BOUNDS = ((2, 1, 1), (1, 1, 1), (1, 0, 1), (0, 0, 0))
"""Collisions, jobs that start, and tasks that fail for no known reason.

The largest bounds for which a proof is quick enough are used.
"""
MOST_WORKING = 3
"""If more work than this is running, it ends in the order of its places."""
MOST = 150_000
"""About the number of situations that a proof may have."""


@dataclass(frozen=True)
class Situated:
    """A run in the middle: the next step, the state, what the environment may still do, and the round."""

    at: int
    state: State
    collisions: int
    starts: int
    failures: int
    rounds: int
    stopped: bool


@dataclass(frozen=True)
class PlanProof:
    """What was proved.

    Attributes
    ----------
    places
        The number of innermost places of the reduced account.
    combinations
        The number of combinations of values of assumptions under which every run reaches the goal.
    refuted
        Combinations under which some run does not, though the plan has all steps for them.
    collisions, starts, failures
        The bounds.
    situations
        The number of situations that were looked at.
    """

    places: int
    combinations: int
    refuted: tuple[dict[str, str], ...]
    collisions: int
    starts: int
    failures: int
    situations: int

    def says(self, noun: str, goal: str, others: bool = False, fixed: Sequence[str] = ()) -> str:
        """What was proved, in one sentence.

        `others`: the plan does not reach the goal under further combinations. `fixed` are choices of the environment
        that were not varied.
        """
        size = f"the account reduced to {counted(self.places, noun)}"
        if not self.combinations and not self.refuted:
            return "Nothing was proved: the plan does not reach the goal."
        within = (
            f"at most {counted(self.collisions, 'collision')}, {counted(self.starts, 'new job')} and "
            f"{counted(self.failures, 'failed task')}"
        )
        if self.refuted:
            under = "; ".join(
                ", ".join(f"{k}={v}" for k, v in one.items()) or "every value" for one in self.refuted[:3]
            )
            return f"Not proved on {size}: with {within}, some run does not end with {goal} (under {under})."
        every = f"all {self.combinations} {'other ' * others}combinations of"
        every = every if self.combinations > 1 else "these values of the"
        usual = f" Not varied: {', '.join(fixed)}." if fixed else ""
        return f"Proved on {size}: under {every} assumptions, and with {within}, {goal} at the end.{usual}"


def proved(plan: StepPlan) -> PlanProof:
    """Enumerate the runs of a plan.

    Examples
    --------
    >>> from backup_slr.advice.plan import planned
    >>> from backup_slr.lifecycle import BACKUP
    >>> from backup_slr.scenario.spec import AccountSpec
    >>> from backup_slr.scenario.starting_account import StartingAccount
    >>> proved(planned(StartingAccount("", BACKUP, AccountSpec({"role": 1})))).refuted
    ()
    """
    lifecycle, start = plan.start.lifecycle, plan.start
    environment = lifecycle.environment
    rules = [step.rule for step in plan.steps]
    if environment:
        rules += [lifecycle.model.rule(n) for n in (environment.process.start, environment.process.finish)]
    spec = plan.spec
    open_ = open_values(lifecycle, start.assume, rules, plan.names, spec)
    blocked = plan.fails_under()
    cases = [
        case
        for case in settled_cases(lifecycle, start.assume, open_, plan.names, spec)
        if not any(part.items() <= case.assume.items() for part in blocked)
    ]
    if not plan.reached or not cases:
        return PlanProof(0, 0, (), 0, 0, 0, 0)
    innermost = len(lifecycle.sorts)
    places = [spot for spot in existing(cases[0]) if len(spot) == innermost]
    known = BOUNDS if environment else BOUNDS[-1:]
    bounds = next((b for b in known if _size(plan, len(places), b) * len(cases) <= MOST), BOUNDS[-1])
    refuted: list[dict[str, str]] = []
    situations = 0
    for case in cases:
        walk = _Walk(plan, case, sorted(places), bounds)
        if not walk.ends():
            refuted.append(dict(case.assume))
        situations += walk.situations
    return PlanProof(len(places), len(cases) - len(refuted), tuple(refuted), *bounds, situations)


def _size(plan: StepPlan, places: int, bounds: tuple[int, int, int]) -> int:
    collisions, starts, failures = bounds
    return (len(plan.steps) + 1) * (collisions + 1) * (failures + 1) * (1 + 6 * places * starts)


class _Walk:
    """All runs in one case."""

    def __init__(self, plan: StepPlan, case: PlanCase, places: list[Spot], bounds: tuple[int, int, int]) -> None:
        self.plan, self.case, self.places = plan, case, places
        self.environment = plan.start.lifecycle.environment
        self.machine = case.machine
        goal = plan.start.lifecycle.goal
        self.goal = Want(goal.variable, (), goal.variable.values.index(goal.gone), True)
        self.there = goal.variable.values.index(goal.there)
        self.rounds = 3 + sum(bounds)
        self.first = Situated(0, case.state, *bounds, self.rounds, stopped=False)
        self.situations = 0

    def ends(self) -> bool:
        """Whether every run reaches the goal: none is stuck or out of rounds."""
        seen, todo = {self.first}, [self.first]
        while todo:
            now = todo.pop()
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

    def _operator(self, now: Situated) -> Iterator[Situated]:
        """What the next step of the plan does."""
        steps = self.plan.steps
        if self.plan.stop and not now.stopped:
            yield replace(now, stopped=True)
            return
        if now.at == self.plan.settled and self._running(now.state):
            return
        if now.at == len(steps):
            yield replace(now, at=0, rounds=now.rounds - 1)
            return
        step = steps[now.at]
        if step.want.met(self.machine.layout, now.state):
            yield replace(now, at=now.at + 1)
            return
        if self.environment and step.rule.action == self.environment.task.ends and now.failures:
            again = list(now.state)
            again[self.machine.layout.cell(self.goal.variable.name, ())] = self.there
            yield replace(now, state=tuple(again), at=now.at + 1, failures=now.failures - 1)
        choices: list[dict[str, int]] = [{}]
        collides = self.environment.collides if self.environment else None
        if collides is not None and now.collisions and any(i.name == collides.name for i in step.rule.inputs):
            choices.append({collides.name: 1})
        for inputs in choices:
            result = self.machine.step(now.state, Request(step.rule.action, step.place, {**step.inputs, **inputs}))
            spent = now.collisions - bool(inputs and result.outcome == "refused")
            if result.outcome == "done" and result.state != now.state:
                yield replace(now, state=result.state)
            elif result.guard is not None and result.guard.otherwise.transient and result.outcome == "refused":
                yield replace(now, collisions=spent)  # the same step again, later
            else:
                yield replace(now, state=result.state, at=now.at + 1)

    def _running(self, state: State) -> bool:
        if self.environment is None:
            return False
        name = self.environment.process.running.name
        return any(state[self.machine.layout.cell(name, place)] for place in self.places)

    def _service(self, now: Situated) -> Iterator[Situated]:
        """What the service may do in the meantime."""
        if self.environment is None:
            return
        process = self.environment.process
        running = self.machine.layout
        working = [place for place in self.places if now.state[running.cell(process.running.name, place)]]
        first = working[:1] if len(working) > MOST_WORKING else working
        for place in self.places:
            if place in working:
                if place not in first:
                    continue
                for succeeds in (1, 0):
                    yield from self._acts(now, process.finish, place, {process.succeeds.name: succeeds}, 0)
            elif now.starts and self._planned(now, place):
                yield from self._acts(now, process.start, place, {}, 1)

    def _acts(self, now: Situated, action: str, place: Spot, inputs: dict[str, int], start: int) -> Iterator[Situated]:
        result = self.machine.step(now.state, Request(action, place, inputs))
        if result.outcome == "done":
            yield replace(now, state=result.state, starts=now.starts - start)

    def _planned(self, now: Situated, place: Spot) -> bool:
        """Whether a plan may start work at a place."""
        if self.environment is None:
            return False
        over = self.plan.start.lifecycle.place
        stands = {param: Element(param.sort, i) for param, i in zip(over, place, strict=True)}
        stopped = {self.environment.stop.stopped.name: int(now.stopped)}
        here = Situation(self.machine.layout, now.state, stands, stopped)
        return any(selects(one.covers, place, over) and holds(one.starts_while, here) for one in self.environment.plans)
