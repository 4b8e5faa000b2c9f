"""A plan as text, as a checklist in Markdown, and as JSON."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from backup_slr.advice.headline import excluded, listed, moment, reasons_for_good, subject
from backup_slr.advice.plan import StepPlan
from backup_slr.advice.plan_formats.plan_shell import example_call
from backup_slr.advice.plan_interface import requested
from backup_slr.advice.plan_phases import PlanPhase, date_of, heading, phases, requests, why_not
from backup_slr.advice.plan_proof import PlanProof
from backup_slr.advice.plan_search import Remains
from backup_slr.report.names import counted, place_text
from backup_slr.report.tables import labeled, without_markup
from backup_slr.scenario.starting_account import Place

MOST_PLACES = 5
"""The number of places of a step that the text names by default."""


def goal_says(plan: StepPlan) -> str:
    """The goal in words."""
    goal = plan.start.lifecycle.goal
    return f"{goal.variable.reads[goal.variable.values.index(goal.gone)]}"


def proof_says(plan: StepPlan, proof: PlanProof) -> str:
    """The closing line: what was proved."""
    if plan.needless:
        return "Nothing was to be proved."
    if not plan.reached and for_good(plan):
        return f"Proof: {excluded(plan.why)}."
    lifecycle = plan.start.lifecycle
    chosen = {i.name for rule in lifecycle.model.rules for i in rule.inputs if i.kind == "choice"}
    if (environment := lifecycle.environment) is not None:
        chosen -= {environment.collides.name, environment.process.succeeds.name}
    return proof.says(lifecycle.sorts[-1].name, goal_says(plan), bool(plan.fails_under()), sorted(chosen))


def headline(plan: StepPlan) -> str:
    """Whether the plan reaches the goal, with how many requests; else why not."""
    about = subject(plan.start.lifecycle)
    if plan.needless:
        return f"There is nothing to do: {goal_says(plan)}."
    if not plan.reached:
        return f"{about[0].upper()}{about[1:]} cannot be deleted: {_cause(plan)}."
    found = phases(plan)
    sent = counted(sum(requests(plan, phase) for phase in found), "request")
    dates = [date for phase in found if (date := date_of(plan, phase))]
    date = f", but not before {moment(max(dates))}" if dates else ""
    some = " It depends on assumptions: see below." if plan.fails_under() else ""
    return f"{about[0].upper()}{about[1:]} can be deleted with these steps{date}: {sent} in all.{some}"


def _cause(plan: StepPlan) -> str:
    """Why the goal is not reached: what is kept, or what keeps the account in every answer to "why"."""
    if plan.keep:
        kept = listed([place_text(*place) for place in plan.keep])
        return f"{kept} {'is' if len(plan.keep) == 1 else 'are'} kept"
    reasons = for_good(plan)
    return "; and ".join(reasons) or next((why_not(plan, one) for one in plan.remains), "no step helps")


def for_good(plan: StepPlan) -> list[str]:
    """What keeps the account for good; none if the plan keeps places."""
    return reasons_for_good(plan.why) if not plan.keep and plan.why.verdict == "never" else []


def limits(plan: StepPlan) -> Iterator[str]:
    """What remains and why, and the assumptions that matter."""
    if not plan.reached:
        for one in () if for_good(plan) else plan.remains:
            yield f"what remains: {why_not(plan, one)}"
        return
    for part in plan.fails_under():
        under = " and ".join(f"{name}={value}" for name, value in part.items())
        reasons = {why_not(plan, one) for one in plan.remains if _about(plan, one, part)}
        yield f"under {under} it cannot be deleted: {'; '.join(sorted(reasons)) or 'see the steps'}"
    if names := dict.fromkeys(name for part in plan.fails_under() for name in part):
        yield f"to find out which values are right: backup-slr assumptions {' '.join(names)}"


def _about(plan: StepPlan, one: Remains, part: dict[str, str]) -> bool:
    return any(part.items() <= plan.cases[i].assume.items() for i in one.cases)


def cautions(plan: StepPlan) -> Iterator[str]:
    """What undoes the plan, and what the account may have that is not known."""
    if plan.reached and plan.start.lifecycle.operations:
        yield from plan.start.lifecycle.operations.warnings
    observed = plan.start.observation
    for remark in observed.unknown if observed else ():
        yield f"not known: {f'{place_text(*remark.place)}: ' if remark.place else ''}{remark.says}"


# ---------------------------------------------------------------- text


def plan_text(plan: StepPlan, proof: PlanProof, verbose: bool = False) -> Iterator[str]:
    """Yield the lines of a plan; with `verbose`, all places, and the names and API operations of the actions."""
    yield from labeled("", headline(plan), 0, 0)
    found = phases(plan)
    if found:
        yield ""
    for number, phase in enumerate(found, 1):
        sent = requests(plan, phase)
        number_of = f", {counted(sent, 'request')}" if sent else ""
        yield from labeled(f"{number}.", f"{heading(plan, phase)}{number_of}", 4, 0)
        if phase.where:
            yield from labeled("", listed(phase.where, None if verbose else MOST_PLACES), 0, 4)
        if verbose:
            names = (phase.action, *(op for step in phase.steps[:1] for op in step.rule.operations))
            yield from labeled("", ", ".join(names), 0, 4)
        if not _has_call(plan, phase):
            yield "    no call of AWS Backup or IAM does this: it is for the person who owns it"
    for section in ([*limits(plan)], [*cautions(plan)]):
        if section:
            yield ""
        for line in section:
            yield from labeled("-", line, 2, 0)
    yield ""
    yield from labeled("", proof_says(plan, proof), 0, 0)


def _has_call(plan: StepPlan, phase: PlanPhase) -> bool:
    return phase.kind != "action" or phase.procedure is not None or not plan.start.lifecycle.operations


# ---------------------------------------------------------------- Markdown


def plan_markdown(plan: StepPlan, proof: PlanProof) -> Iterator[str]:
    """Yield a checklist: in the console where that has the same result, else with the CLI."""
    yield f"**{without_markup(headline(plan))}**"
    yield ""
    interface, says = next(iter(plan.start.lifecycle.interfaces.items()), ("", ""))
    able = [i for i in range(len(plan.cases)) if i not in plan.blocked]
    asked, _ = requested(plan, plan.steps, able)
    same = {(step.rule.action, step.place) for step in asked if interface in step.interfaces}
    for number, phase in enumerate(phases(plan), 1):
        title = heading(plan, phase)
        yield f"## {number}. {without_markup(f'{title[0].upper()}{title[1:]}')}"
        yield ""
        if phase.kind not in ("action", "task"):
            yield f"- [ ] {without_markup(listed(phase.where)) or 'done'}"
        else:
            for step in phase.steps:
                for place in plan.places(step) if step.place else ((),):
                    how = says if (step.rule.action, step.place) in same else _with_call(plan, phase, place)
                    yield f"- [ ] {f'{_code(place)}: {how}'.removeprefix(': ') if how else _code(place) or title}"
        yield ""
    for line in (*limits(plan), *cautions(plan), proof_says(plan, proof)):
        yield f"- {without_markup(line)}"


def _code(place: Place) -> str:
    return f"`{place_text(*place).replace('`', ' ')}`" if place else ""


def _with_call(plan: StepPlan, phase: PlanPhase, place: Place) -> str:
    operations = plan.start.lifecycle.operations
    call = example_call(operations, phase.action, place, plan) if operations else ""
    return f"`{call}`" if call else ""


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
