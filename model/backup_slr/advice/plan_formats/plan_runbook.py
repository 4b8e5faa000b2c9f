"""A plan as a runbook for ``backup-slr run``."""

from __future__ import annotations

from collections.abc import Iterator

from backup_slr.advice.plan import StepPlan
from backup_slr.advice.plan_phases import SETTLE, STOP, TASK, WAIT, phases
from backup_slr.errors import BadInput
from backup_slr.scenario.scenario_text import toml


def plan_runbook(plan: StepPlan, closing: str) -> str:
    """Return the runbook of a plan that reaches the goal. Raises `BadInput` when the lifecycle has no simulations."""
    environment = plan.start.lifecycle.environment
    if environment is None:
        raise BadInput("a runbook needs the processes of a simulation, and this lifecycle defines none")
    return "".join(f"{line}\n" for line in _lines(plan, closing))


def _lines(plan: StepPlan, closing: str) -> Iterator[str]:
    lifecycle = plan.start.lifecycle
    environment = lifecycle.environment
    contents = environment.contents.removal if environment else ""
    sorts = [sort.name for sort in lifecycle.sorts]
    yield 'title = "The steps of a plan"'
    yield f"story = {toml(closing)}"
    yield "deadline = 2880"
    yield ""
    yield "[retry]"
    yield "wait = 5"
    for phase in phases(plan):
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
