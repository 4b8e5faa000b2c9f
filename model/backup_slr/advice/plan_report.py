"""A plan as text, as a checklist in Markdown, and as JSON."""

from __future__ import annotations

from collections.abc import Iterator
from textwrap import wrap
from typing import Any

from backup_slr.advice.plan import StepPlan
from backup_slr.advice.plan_formats.plan_shell import example_call
from backup_slr.advice.plan_phases import PlanPhase, listed, phases, why_not
from backup_slr.advice.plan_proof import PlanProof
from backup_slr.advice.plan_search import Remains
from backup_slr.engine.core.step import Request
from backup_slr.engine.core.variable import Enum
from backup_slr.report.names import place_text
from backup_slr.scenario.starting_account import Place


def goal_says(plan: StepPlan) -> str:
    """The goal in words."""
    goal = plan.start.lifecycle.goal
    return f"{goal.variable.reads[goal.variable.values.index(goal.gone)]}"


def proof_says(plan: StepPlan, proof: PlanProof) -> str:
    """The closing line: what was proved."""
    if plan.needless:
        return "Nothing was to be proved."
    return proof.says(plan.start.lifecycle.sorts[-1].name, goal_says(plan))


def headline(plan: StepPlan) -> str:
    """Whether the plan reaches the goal."""
    goal = goal_says(plan)
    if plan.needless:
        return f"nothing to do: {goal}"
    if not plan.reached:
        return f"no order of steps reaches the goal that {goal}"
    some = ", but not under every value of the open assumptions" if plan.fails_under() else ""
    return f"after these steps {goal}{some}"


def limits(plan: StepPlan) -> Iterator[str]:
    """What remains and why, the assumptions that matter, and what was not observed."""
    if not plan.reached:
        for one in plan.remains:
            yield f"what remains: {why_not(plan, one)}"
        return
    for part in plan.fails_under():
        under = " and ".join(f"{name}={value}" for name, value in part.items())
        reasons = {why_not(plan, one) for one in plan.remains if _about(plan, one, part)}
        yield f"under {under} it is not reached: {'; '.join(sorted(reasons)) or 'see the steps'}"
        for name in part:
            yield f"to find out which value of {name} is right: backup-slr assumptions {name}"


def _about(plan: StepPlan, one: Remains, part: dict[str, str]) -> bool:
    return any(part.items() <= plan.cases[i].assume.items() for i in one.cases)


def cautions(plan: StepPlan) -> Iterator[str]:
    """What undoes the plan, and what the account may have that is not known."""
    if plan.reached and plan.start.lifecycle.operations:
        yield from plan.start.lifecycle.operations.warnings
    observed = plan.start.observation
    for remark in observed.unknown if observed else ():
        yield f"not known: {f'{place_text(*remark.place)}: ' if remark.place else ''}{remark.says}"


def not_before(plan: StepPlan, phase: PlanPhase) -> str:
    """Until when a phase waits, if that was observed."""
    if plan.start.observation is None:
        return ""
    dates = plan.start.observation.not_before
    known = [dates[phase.action, place] for place in phase.places if (phase.action, place) in dates]
    latest = [date for date in known if date is not None]
    return f" (not before {max(latest).isoformat()})" if latest else ""


# ---------------------------------------------------------------- text


def plan_text(plan: StepPlan, proof: PlanProof) -> Iterator[str]:
    """Yield the lines of a plan."""
    yield f"plan     {headline(plan)}"
    if plan.start.file:
        yield f"account  {plan.start.file}"
    found = phases(plan)
    for number, phase in enumerate(found, 1):
        yield f"  {number}. {phase.title}{not_before(plan, phase)}"
        if phase.where:
            yield from wrap(
                listed(phase.where), 110, initial_indent="       ", subsequent_indent="       ", break_on_hyphens=False
            )
        if phase.kind == "action" and phase.procedure is None and plan.start.lifecycle.operations:
            yield "       no call of AWS Backup or IAM does this: it is for the person who owns it"
    for line in (*limits(plan), *cautions(plan)):
        yield from wrap(line, 118, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False)
    yield from wrap(
        proof_says(plan, proof), 118, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False
    )


# ---------------------------------------------------------------- Markdown


def plan_markdown(plan: StepPlan, proof: PlanProof) -> Iterator[str]:
    """Yield a checklist: in the console where that has the same result, else with the CLI."""
    yield f"# {headline(plan).capitalize()}"
    yield ""
    console = _in_the_console(plan)
    for number, phase in enumerate(phases(plan), 1):
        yield f"## {number}. {phase.title}{not_before(plan, phase)}"
        yield ""
        places = phase.places if any(phase.places) else ((),)
        by_place = {place: step for step in phase.steps for place in (plan.places(step) if step.place else ((),))}
        for place in places:
            step = by_place.get(place)
            how = ""
            if step is not None and not step.waits:
                interface = next(iter(plan.start.lifecycle.interfaces.values()), "")
                how = f" {interface}" if console.get((step.rule.action, step.place)) else _with_call(plan, phase, place)
            yield f"- [ ] {_code(place) or phase.title}{how}"
        yield ""
    for line in (*limits(plan), *cautions(plan), proof_says(plan, proof)):
        yield f"- {line}"


def _code(place: Place) -> str:
    return f"`{place_text(*place).replace('`', ' ')}`" if place else ""


def _with_call(plan: StepPlan, phase: PlanPhase, place: Place) -> str:
    operations = plan.start.lifecycle.operations
    call = example_call(operations, phase.action, place, plan) if operations else ""
    return f": `{call}`" if call else ""


def _in_the_console(plan: StepPlan) -> dict[tuple[str, tuple[int, ...]], bool]:
    """Whether each step has the same result through the first interface as by default, in every case."""
    first = next(iter(plan.start.lifecycle.interfaces), "")
    same: dict[tuple[str, tuple[int, ...]], bool] = {}
    for i, case in enumerate(plan.cases):
        state = case.state
        for step in plan.steps if i not in plan.blocked else ():
            inputs = {
                v.name: v.values.index(first) for v in step.rule.inputs if isinstance(v, Enum) and first in v.values
            }
            while not step.want.met(case.machine.layout, state):
                usual = case.machine.step(state, Request(step.rule.action, step.place))
                there = case.machine.step(state, Request(step.rule.action, step.place, inputs))
                key = (step.rule.action, step.place)
                same[key] = same.get(key, True) and bool(inputs) and usual.state == there.state
                if usual.state == state:
                    break
                state = usual.state
    return same


# ---------------------------------------------------------------- JSON


def plan_document(plan: StepPlan, proof: PlanProof) -> dict[str, Any]:
    """The plan as a JSON document."""
    sorts = [sort.name for sort in plan.start.lifecycle.sorts]
    return {
        "schema_version": 1,
        "account": plan.start.file,
        "verdict": "reached" if plan.reached else "blocked",
        "phases": [
            {
                "n": number,
                "kind": phase.kind,
                "action": phase.action,
                "title": phase.title,
                "places": [dict(zip(sorts, place, strict=False)) for place in phase.places if place],
            }
            for number, phase in enumerate(phases(plan), 1)
        ],
        "open_assumptions": {name: list(values) for name, values in plan.open.items()},
        "fails_under": plan.fails_under(),
        "remains": [
            {
                "do": one.rule.action,
                "places": [
                    dict(zip(sorts, place, strict=False))
                    for spot in dict.fromkeys([one.place] if one.place else [want.place for want in one.wants])
                    for place in plan.expanded(spot)
                ],
                "because": one.guard.otherwise.id,
                "clause": one.guard.clause,
                "says": why_not(plan, one),
            }
            for one in plan.remains
        ],
        "warnings": list(cautions(plan)),
        "proof": {
            "places": proof.places,
            "combinations": proof.combinations,
            "refuted": list(proof.refuted),
            "collisions": proof.collisions,
            "starts": proof.starts,
            "failed_tasks": proof.failures,
            "says": proof_says(plan, proof),
        },
    }
