"""A plan as phases for a reader: one action at all of its places, with names."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote as percent_encoded

from backup_slr.advice.headline import due, moment
from backup_slr.advice.plan import StepPlan
from backup_slr.advice.plan_search import SPARE
from backup_slr.advice.plan_sources import running_work
from backup_slr.advice.plan_step import PlanStep, Remains
from backup_slr.engine.core.rule import Rule
from backup_slr.engine.core.step import Request
from backup_slr.engine.core.variable import Count
from backup_slr.engine.spec.procedure import Procedure
from backup_slr.report.names import listed, place_text
from backup_slr.scenario.starting_account import Place

MOST_PLACES = 5
"""The number of places that a line names by default."""
STOP, SETTLE, ACTION, WAIT, TASK = "stop", "settle", "action", "wait", "task"


@dataclass(frozen=True)
class PlanPhase:
    """One phase: what to do, and where.

    `kind` is ``stop`` (new work), ``settle`` (running work ends), ``action``, ``wait`` (until the service acts) or
    ``task`` (the request that reaches the goal, and its end). `procedure` is None if no call does it.
    """

    kind: str
    title: str
    action: str
    places: tuple[Place, ...]
    steps: tuple[PlanStep, ...] = ()
    procedure: Procedure | None = None

    @property
    def where(self) -> tuple[str, ...]:
        """The places in words."""
        return tuple(place_text(*place) for place in self.places if place)


def phases(plan: StepPlan) -> list[PlanPhase]:
    """The phases of a plan in their order; none if it does not reach the goal, unless its search was interrupted."""
    lifecycle = plan.start.lifecycle
    if plan.needless or not (plan.reached or plan.interrupted):
        return []
    environment, operations = lifecycle.environment, lifecycle.operations
    known = operations.procedures if operations else dict[str, Procedure]()
    found: list[PlanPhase] = []
    items = tuple(
        dict.fromkeys(place for step in plan.steps for place in plan.places(step) if len(place) == len(lifecycle.sorts))
    )
    items = tuple(place for place in items if place[-1] != SPARE)
    ends = {environment.task.begins, environment.task.ends} if environment else set[str]()
    for number, step in enumerate(plan.steps):
        if number == plan.urgent and plan.stop and environment and items:
            stop, procedure = environment.stop, operations.stop if operations else None
            title = f"{stop.name.replace('_', ' ')} of these places"
            found.append(PlanPhase(STOP, title, stop.name, items, (), procedure))
        if number == plan.settled:
            found += _settle(plan, items)
        if environment and step.rule.action == environment.task.begins:
            end = lifecycle.model.rule(environment.task.ends)
            title = f"{step.rule.says}, and wait until {end.says}"
            title = f"wait until {end.says}; if it failed, {step.rule.says} again" if step.in_case else title
            found.append(PlanPhase(TASK, title, step.rule.action, ((),), (step,)))
        elif step.rule.action not in ends:
            _add(found, plan, step, known.get(step.rule.action))
    return found


def _settle(plan: StepPlan, items: tuple[Place, ...]) -> Iterator[PlanPhase]:
    """The wait for the end of running work."""
    lifecycle = plan.start.lifecycle
    if lifecycle.environment and items:
        finish = lifecycle.model.rule(lifecycle.environment.process.finish)
        known = lifecycle.operations.procedures if lifecycle.operations else dict[str, Procedure]()
        says = f"wait until {finish.says}, wherever one is running"
        yield PlanPhase(SETTLE, says, finish.action, items, (), known.get(finish.action))


def _add(found: list[PlanPhase], plan: StepPlan, step: PlanStep, procedure: Procedure | None) -> None:
    kind, title = WAIT if step.waits else ACTION, _title(step)
    title = f"{title} ({procedure.note})" if procedure and procedure.note else title
    places = plan.places(step) if step.place else ((),)
    last = found[-1] if found else None
    before = last.steps[-1] if last is not None and (last.kind, last.title) == (kind, title) else None
    if last is not None and before and (before.interfaces, before.turn) == (step.interfaces, step.turn):
        found[-1] = PlanPhase(kind, last.title, last.action, last.places + places, (*last.steps, step), procedure)
    else:
        found.append(PlanPhase(kind, title, step.rule.action, places, (step,), procedure))


def _title(step: PlanStep) -> str:
    says = f"wait until {step.rule.says}" if step.waits else step.rule.says
    says = f"{says}, until none is left" if isinstance(step.want.variable, Count) else says
    return f"{says} (only if work that still runs adds something)" if step.in_case else says


def requests(plan: StepPlan, phase: PlanPhase) -> int:
    """The number of requests of a phase, if nothing is added to the account meanwhile."""
    if phase.kind == TASK:
        return sum(not step.in_case for step in phase.steps)
    if phase.kind != ACTION:
        return 0
    numbers = Counter[Place]()
    for step in phase.steps:
        for place in plan.places(step) if step.place else ((),):
            numbers[place] += _number(plan, step, place) if isinstance(step.want.variable, Count) else 1
    seen = plan.start.observation
    return seen.requests(phase.action, numbers) if seen else numbers.total()


def _number(plan: StepPlan, step: PlanStep, place: Place) -> int:
    """The number of things at a place that earlier steps leave to a step, without what running work may add.

    The reduced account has fewer of a kind.
    """
    begun, left = plan.left[id(step)]
    return plan.contents.get(place, {}).get(step.want.variable.name, 0) - max(begun - left, 0) if left else 0


def run_as(plan: StepPlan, phase: PlanPhase) -> str:
    """The kind of a phase for a script, which can stay and wait for what ends soon."""
    soon = phase.kind == WAIT and phase.action not in plan.start.lifecycle.only_time
    return SETTLE if soon else phase.kind


def most(plan: StepPlan, place: Place) -> int:
    """The number of things at a place that the plan knows, with those that running work may add."""
    values = plan.contents.get(place, {})
    lifecycle = plan.start.lifecycle
    counts = {variable.name for variable in lifecycle.model.state if isinstance(variable, Count)}
    ends = [rule for rule, name in running_work(lifecycle) if values.get(name)]
    return sum(value for name, value in values.items() if name in counts) + sum(_adds(plan, end, place) for end in ends)


def _adds(plan: StepPlan, end: Rule, place: Place) -> bool:
    """Whether the end of running work, with success, may add something at a place."""
    environment = plan.start.lifecycle.environment
    kind = next((one for one, places in plan.stands_for.items() if place in places), place)
    success = {environment.process.succeeds.name: 1} if environment else {}
    request = Request(end.action, plan.names.numbers(*kind), success)
    for case in plan.cases:
        cells = zip(case.machine.layout.cells, case.state, case.machine.step(case.state, request).state, strict=True)
        if any(isinstance(variable, Count) and after > before for (variable, _), before, after in cells):
            return True
    return False


def saved_as(place: Place) -> str:
    """The file in which a script saves what it replaces at a place.

    >>> saved_as(("eu-west-1", "a/b"))
    'eu-west-1.a%2Fb'
    """
    return ".".join(percent_encoded(name, safe="") for name in place)


def date_of(plan: StepPlan, phase: PlanPhase) -> datetime | None:
    """The last of the dates until which a phase waits, of those that were observed."""
    observed = plan.start.observation
    if observed is None or phase.kind != WAIT:
        return None
    waits = [step for step in phase.steps if not step.in_case]
    known = (observed.not_before.get((phase.action, place)) for step in waits for place in plan.places(step))
    return max((date for date in known if date is not None), default=None)


def heading(plan: StepPlan, phase: PlanPhase) -> str:
    """What to do in a phase; a wait for time begins with its date."""
    in_case = any(step.in_case for step in phase.steps)
    if phase.kind != WAIT or phase.action not in plan.start.lifecycle.only_time or in_case:
        return phase.title
    date = date_of(plan, phase)
    if date and date <= plan.why.now:
        return f"{phase.title} ({due(date)})"
    return phase.title.replace("wait until ", f"wait until {moment(date) if date else 'a date that is not known'}: ", 1)


def why_not(plan: StepPlan, one: Remains, full: bool = False) -> str:
    """What remains, in one line; in full with all names."""
    most = None if full else MOST_PLACES
    own = [place_text(*place) for place in plan.expanded(one.place)] if one.place else []
    wanted = [want for want in one.wants if want.place]
    blamed = sorted({place_text(*place) for want in wanted for place in plan.expanded(want.place)})
    at = f"{listed(own, most)}: " if own else ""
    because = f": {listed(blamed, most)}" if blamed and not own else ""
    refusal = one.guard.otherwise
    return f"{at}{refusal.says} ({refusal.id}, {one.guard.clause}){because}"
