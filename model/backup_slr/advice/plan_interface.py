"""A plan through one interface, such as the console, wherever that has the same result as the plan."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import groupby
from typing import TypeAlias

from backup_slr.advice.plan import StepPlan
from backup_slr.advice.plan_step import PlanStep
from backup_slr.advice.wants import Spot, Want
from backup_slr.engine.core.rule import Rule
from backup_slr.engine.core.scope import State
from backup_slr.engine.core.step import Request
from backup_slr.engine.core.variable import Enum

States: TypeAlias = Mapping[int, State]
"""The state in each of some cases of a plan."""
Turns: TypeAlias = Callable[[Sequence[PlanStep], States], set[Spot]]


def interface_input(rule: Rule) -> Enum | None:
    """The input that names the interface: the only enumeration that a request may leave out."""
    return next((i for i in rule.inputs if isinstance(i, Enum) and not i.required), None)


def requested(plan: StepPlan, steps: Sequence[PlanStep], cases: Sequence[int]) -> tuple[list[PlanStep], States]:
    """The steps, each with all interfaces that have its result in all of these cases; and the states at the end."""
    states: States = {i: plan.cases[i].state for i in cases}
    found: list[PlanStep] = []
    for step in steps:
        ends, own = _after(plan, (step,), states), interface_input(step.rule)
        if own is not None and not step.waits:
            same = (v for v in own.values if _after(plan, (replace(step, interfaces=(v,)),), states) == ends)
            step = replace(step, interfaces=tuple(same))
        found.append(step)
        states = ends
    return found, states


def _alike(steps: Sequence[PlanStep], via: str) -> list[PlanStep]:
    """The steps of one turn through the same interfaces: `via` if each of them has its result with it."""
    found: list[PlanStep] = []
    for _, group in groupby(steps, key=lambda step: (step.rule.action, step.turn)):
        turn = list(group)
        shared = tuple(v for v in turn[0].interfaces if all(v in step.interfaces for step in turn))
        for step in turn:
            known = shared or step.interfaces
            found.append(replace(step, interfaces=(via,) if via in known else known))
    return found


def through(plan: StepPlan, via: str) -> StepPlan:
    """Return the plan requested through an interface wherever that is possible.

    Where it refuses some kinds of places, their turn is last; where some kinds must precede others, their turn is
    first. Of these two orders, the one that needs other interfaces at fewer places; the plan itself if neither reaches
    the goal, such as one that depends on how running work ends.

    >>> from backup_slr.advice.plan import full_account
    >>> from backup_slr.advice.plan import planned
    >>> from backup_slr.lifecycle import BACKUP
    >>> plan = through(planned(full_account(BACKUP)), "console")
    >>> vaults = [step for step in plan.steps if step.rule.action == "delete_backup_vault"]
    >>> [(plan.places(step)[0][1], step.interfaces) for step in vaults][1:]
    [('vault-1', ('console',)), ('Default', ('api', 'cli'))]
    """
    if not plan.reached:
        return plan
    goal = plan.start.lifecycle.goal
    want = Want.of(goal)

    def met(states: States) -> set[int]:
        return {i for i, state in states.items() if want.met(plan.cases[i].machine.layout, state)}

    able = [i for i in range(len(plan.cases)) if i not in plan.blocked]
    usual = usual_case(plan)

    def bound(run: Sequence[PlanStep], states: States) -> set[Spot]:
        """The kinds of which the result is another in some case if they are last: all others are last."""
        kinds = {kind_of(plan, step) for step in run}
        ends = _after(plan, run, states)
        fixed = {kind for kind in kinds if _after(plan, _last(plan, run, {kind}), states) != ends}
        return kinds - fixed if fixed else set()

    def refused(run: Sequence[PlanStep], states: States) -> set[Spot]:
        """The kinds that are refused only through the interface."""
        machine, state = plan.cases[usual].machine, states[usual]

        def outcome(step: PlanStep) -> str:
            return machine.step(state, Request(step.rule.action, step.place, step.inputs)).outcome

        turned = (step for step in run if outcome(step) != "refused")
        return {kind_of(plan, step) for step in turned if outcome(replace(step, interfaces=(via,))) == "refused"}

    orders = [_ordered(plan, able, bound), _ordered(plan, [usual], refused)]
    tried = [requested(plan, order, [usual]) for order in orders]
    steps = min(
        (_alike(steps, via) for steps, ends in tried if met(ends)),
        key=lambda steps: sum(bool(step.interfaces) and via not in step.interfaces for step in steps),
        default=None,
    )
    if steps is None:
        return plan
    start: States = {i: plan.cases[i].state for i in able}
    blocked = plan.blocked | (set(able) - met(_after(plan, steps, start)))
    return replace(plan, steps=tuple(steps), blocked=frozenset(blocked))


def usual_case(plan: StepPlan) -> int:
    """The case with the usual values of the assumptions, or the first in which the goal is reached."""
    usual = {a.name: a.default for a in plan.start.lifecycle.model.assumptions}
    able = [i for i in range(len(plan.cases)) if i not in plan.blocked]
    return max(able, key=lambda i: sum(usual[name] == value for name, value in plan.cases[i].assume.items()))


def kind_of(plan: StepPlan, step: PlanStep) -> Spot:
    """The special elements of a place; -1 for every other one."""
    sorts = plan.start.lifecycle.sorts
    return tuple(n if n < len(sort.special) else -1 for sort, n in zip(sorts, step.place, strict=False))


def _ordered(plan: StepPlan, cases: Sequence[int], late: Turns) -> list[PlanStep]:
    """The steps with kinds of places of each action that are `late` after the others."""
    states: States = {i: plan.cases[i].state for i in cases}
    found: list[PlanStep] = []
    for run in _runs(plan):
        found += _last(plan, run, late(run, states)) if len(run) > 1 else run
        states = _after(plan, run, states)
    return found


def _runs(plan: StepPlan) -> Iterator[list[PlanStep]]:
    """The steps in groups of the same action."""
    numbered = enumerate(plan.steps)
    for _, group in groupby(numbered, key=lambda pair: (pair[1].rule.action, pair[0] < plan.settled)):
        yield [step for _, step in group]


def _last(plan: StepPlan, run: Sequence[PlanStep], kinds: set[Spot]) -> list[PlanStep]:
    turned = [replace(step, turn=int(kind_of(plan, step) in kinds)) for step in run]
    return sorted(turned, key=lambda step: step.turn)


def _after(plan: StepPlan, steps: Sequence[PlanStep], states: States) -> dict[int, State]:
    found = dict(states)
    for i in found:
        for step in steps:
            found[i] = step.performed(plan.cases[i].machine, found[i])
    return found
