"""A plan as a runbook for ``backup-slr run``."""

from __future__ import annotations

from collections.abc import Iterator
from math import ceil

from backup_slr.advice.plan import StepPlan
from backup_slr.advice.plan_phases import SETTLE, STOP, TASK, WAIT, PlanPhase, date_of, phases
from backup_slr.engine.core.variable import Count
from backup_slr.errors import BadInput
from backup_slr.scenario.scenario_text import toml

DEADLINE = 2880
"""Minutes for everything that needs no date."""
LONGER = 5
"""How much longer than usual what only time brings may take."""


def plan_runbook(plan: StepPlan, closing: str) -> str:
    """Return the runbook of a plan that reaches the goal. Raises `BadInput` when the lifecycle has no simulations."""
    environment = plan.start.lifecycle.environment
    if environment is None:
        raise BadInput("a runbook needs the processes of a simulation, and this lifecycle defines none")
    return "".join(f"{line}\n" for line in _lines(plan, closing))


def _minutes_until_date(plan: StepPlan, phase: PlanPhase) -> float:
    """The minutes until the date for which a phase waits; 0 if it does not wait for one."""
    date, seen = date_of(plan, phase), plan.start.observation
    return ceil((date - seen.at[1]).total_seconds() / 60) if date and seen else 0.0


def _slow(plan: StepPlan, phase: PlanPhase) -> float:
    """The minutes for which a phase may wait for what only time brings."""
    environment = plan.start.lifecycle.environment
    if date := _minutes_until_date(plan, phase):
        return max(date, 0.0)
    slow = phase.kind == WAIT and phase.action in plan.start.lifecycle.only_time
    usual = environment.added.clocks.get(phase.action) if environment and slow else None
    return LONGER * (usual or 0.0)


def _wait(phase: PlanPhase, outer: str, minutes: float) -> Iterator[str]:
    """The wait for a date; it is left out when the steps begin again and nothing is left to wait for."""
    want, place = phase.steps[0].want, phase.places[0]
    if isinstance(want.variable, Count) and place:
        yield from ("", "[[step]]", f"each = {toml(outer)}", f"{outer}s = [{toml(place[0])}]")
        yield from (f"when = {toml(f'any({want.variable.name} > {want.value})')}", "", "[[step.step]]")
    else:
        yield from ("", "[[step]]")
    yield from ('do = "wait"', f"minutes = {minutes:g}")


def _lines(plan: StepPlan, closing: str) -> Iterator[str]:
    lifecycle = plan.start.lifecycle
    environment = lifecycle.environment
    contents = environment.contents.removal if environment else ""
    sorts = [sort.name for sort in lifecycle.sorts]
    yield 'title = "The steps of a plan"'
    yield f"story = {toml(closing)}"
    found = phases(plan)
    yield f"deadline = {DEADLINE + sum(_slow(plan, phase) for phase in found):g}"
    yield ""
    yield "[retry]"
    yield "wait = 5"
    begun = 0.0
    for phase in found:
        if (date := _minutes_until_date(plan, phase)) > begun:
            yield from _wait(phase, sorts[0], date - begun)
            begun = date
        if phase.kind in (WAIT, SETTLE):
            continue
        if phase.kind in (STOP, TASK):
            yield from ("", "[[step]]", f"do = {toml(phase.action)}")
            if phase.kind == TASK:
                yield "poll = 1"
            continue
        for place in phase.places:
            yield from ("", "[[step]]", f"do = {toml(phase.action)}")
            for sort, name in zip(sorts, place, strict=False):
                yield f"{sort} = {toml(name)}"
            if phase.action == contents:
                yield 'each = "recovery-point"'
