"""A plan as text, as a checklist in Markdown, and as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from backup_slr.advice.headline import excluded, kept_says, moment, reasons_for_good, subject
from backup_slr.advice.obstacles import worded
from backup_slr.advice.plan import StepPlan
from backup_slr.advice.plan_formats.plan_shell import example_call
from backup_slr.advice.plan_phases import MOST_PLACES, PlanPhase, date_of, heading, phases, requests, why_not
from backup_slr.advice.plan_proof import PlanProof
from backup_slr.advice.plan_runs import HAPPENS, Chosen
from backup_slr.advice.plan_step import Remains
from backup_slr.advice.why_report import deadline_says, other_ends, remark_says
from backup_slr.report.names import counted, listed, place_text
from backup_slr.report.tables import labeled, without_markup
from backup_slr.scenario.starting_account import Place


def goal_says(plan: StepPlan) -> str:
    """The goal in words."""
    goal = plan.start.lifecycle.goal
    return goal.variable.reads[goal.number("gone")]


def proof_says(plan: StepPlan, proof: PlanProof) -> str:
    """The closing line: what was proved."""
    if plan.needless:
        return "There was nothing to prove."
    if plan.interrupted and not plan.reached:
        return "Nothing was proved: these steps were found so far, and alone they do not reach the goal."
    if not plan.reached and for_good(plan):
        return f"Proof: {excluded(plan.why)}."
    varied, missing = _worded(plan, proof.varied), _worded(plan, proof.excluded)
    noun = plan.start.lifecycle.sorts[-1].noun
    known = " The proof is about what the model represents: see what it does not." if plan.why.unrepresented else ""
    known = known if proof.combinations and not proof.refuted and not proof.interrupted else ""
    return f"{proof.says(noun, goal_says(plan), bool(plan.fails_under()), varied, missing)}{known}"


def _worded(plan: StepPlan, chosen: Sequence[Chosen]) -> list[str]:
    """Choices of the environment in words."""
    choices = {i.name: i for rule in plan.start.lifecycle.model.rules for i in rule.inputs if i.kind == "choice"}
    rules = {rule.action: rule.says for rule in plan.start.lifecycle.model.rules}
    return [rules[name] if value == HAPPENS else worded(choices[name], value) for name, value in chosen]


def headline(plan: StepPlan, full: bool = False, proof: PlanProof | None = None) -> str:
    """Whether the plan reaches the goal, with how many requests, and whether the proof says so; else why not."""
    about = subject(plan.start.lifecycle)
    if plan.needless:
        return f"There is nothing to do: {goal_says(plan)}."
    if plan.interrupted and not plan.reached:
        return "Not decided: the search for the steps was interrupted."
    if not plan.reached:
        return f"{about[0].upper()}{about[1:]} cannot be deleted: {_cause(plan, full)}."
    found = phases(plan)
    sent = counted(sum(requests(plan, phase) for phase in found), "request")
    dates = [date for phase in found if (date := date_of(plan, phase)) and date > plan.why.now]
    date = f", but not before {moment(max(dates))}" if dates else ""
    if plan.why.verdict == "not-before" and plan.why.date is None:
        date = ", but only after a date that is not known"
    refuted = proof is not None and bool(proof.refuted)
    steps = f"{about[0].upper()}{about[1:]} can {'perhaps ' * refuted}be deleted with these steps"
    if plan.why.at_least:
        steps += " as far as is known" if not plan.why.unrepresented else " as far as the model knows"
    causes = f" if {' or '.join(proof.causes)}" if proof and proof.causes else ""
    doubt = f" This is not proved: at the end it may still exist{causes}." if refuted else ""
    if not plan.reached_by_default:
        return f"{steps} only under {works_under(plan)}, which is not the default{date}: {sent} in all.{doubt}"
    some = " It depends on assumptions: see below." if plan.fails_under() else ""
    some += " It depends on how running work ends: see below." if any(other_ends(plan.why)) else ""
    return f"{steps}{date}: {sent} in all.{doubt}{some}"


def works_under(plan: StepPlan) -> str:
    """The values of assumptions under which the plan reaches the goal."""
    return " or ".join(" and ".join(f"{name}={value}" for name, value in part.items()) for part in plan.works_under())


def _cause(plan: StepPlan, full: bool) -> str:
    """Why the goal is not reached: what is kept, or what keeps the account in every answer to "why"."""
    if plan.keep:
        return kept_says(plan.keep)
    reasons = for_good(plan, full)
    return "; and ".join(reasons) or next((why_not(plan, one, full) for one in plan.remains), "no step helps")


def for_good(plan: StepPlan, full: bool = False) -> list[str]:
    """What keeps the account for good; none if the plan keeps places."""
    return reasons_for_good(plan.why, full) if not plan.keep and plan.why.verdict == "never" else []


def limits(plan: StepPlan, full: bool = False) -> Iterator[str]:
    """What remains and why, and the assumptions that matter."""
    if plan.interrupted and plan.reached:
        yield "the search was interrupted: the steps are those under the default values of assumptions that are open"
    if not plan.reached:
        for one in () if plan.interrupted or for_good(plan) else plan.remains:
            yield f"what remains: {why_not(plan, one, full)}"
        return
    for part in plan.fails_under():
        under = " and ".join(f"{name}={value}" for name, value in part.items())
        reasons = sorted({why_not(plan, one, full) for one in plan.remains if _about(plan, one, part)})
        reasons = reasons or ([kept_says(plan.keep)] if plan.keep else ["see the steps"])
        yield f"under {under} it cannot be deleted: {'; '.join(reasons)}"
    if names := dict.fromkeys(name for part in plan.fails_under() for name in part):
        yield f"to find out which values are right: backup-slr assumptions {' '.join(names)}"


def _about(plan: StepPlan, one: Remains, part: dict[str, str]) -> bool:
    cases = {i for i, case in enumerate(plan.cases) if part.items() <= case.assume.items()}
    return cases <= one.cases


def cautions(plan: StepPlan) -> Iterator[str]:
    """What comes too late or undoes the plan, and what the account may have that is not known."""
    for deadline in plan.why.deadlines if plan.reached and not plan.needless else ():
        passed = deadline.first and deadline.first <= plan.why.now
        first = "this has probably happened, so read the account again" if passed else "act before"
        yield f"{first}: {deadline_says(plan.why, deadline)}"
    for says in other_ends(plan.why) if plan.reached and not plan.needless else ():
        yield f"it depends on how the work of the service ends: {says}"
    if plan.reached and not plan.needless and plan.start.lifecycle.operations:
        yield from plan.start.lifecycle.operations.warnings
    observed = plan.start.observation
    for remark in observed.unknown if observed else ():
        yield f"not known: {remark_says(remark)}"
    for remark in observed.not_modeled if observed else ():
        yield f"found, but not represented in the model: {remark_says(remark)}"


# ---------------------------------------------------------------- text


def plan_text(plan: StepPlan, proof: PlanProof, verbose: bool = False) -> Iterator[str]:
    """Yield the lines of a plan; with `verbose`, all places, and the names and API operations of the actions."""
    yield from labeled("", headline(plan, verbose, proof), 0, 0)
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
        if person := plan.start.lifecycle.other_people.get(phase.action):
            yield from labeled("", f"decided by {person}", 0, 4)
        if not _has_call(plan, phase):
            yield "    no call of AWS Backup or IAM does this: it is for the person who owns it"
    for section in ([*limits(plan, verbose)], [*cautions(plan)]):
        if section:
            yield ""
        for line in section:
            yield from labeled("-", line, 2, 0)
    if not plan.needless:
        yield ""
        yield from labeled("", proof_says(plan, proof), 0, 0)


def _has_call(plan: StepPlan, phase: PlanPhase) -> bool:
    return phase.kind != "action" or phase.procedure is not None or not plan.start.lifecycle.operations


# ---------------------------------------------------------------- Markdown


def plan_markdown(plan: StepPlan, proof: PlanProof, verbose: bool = False) -> Iterator[str]:
    """Yield a checklist with calls of the CLI: a visit of the console can undo what was done before."""
    yield f"**{without_markup(headline(plan, verbose, proof))}**"
    yield ""
    for number, phase in enumerate(phases(plan), 1):
        title = heading(plan, phase)
        yield f"## {number}. {without_markup(f'{title[0].upper()}{title[1:]}')}"
        yield ""
        if person := plan.start.lifecycle.other_people.get(phase.action):
            yield f"Decided by {person}."
            yield ""
        if phase.kind not in ("action", "task"):
            yield f"- [ ] {without_markup(listed(phase.where, None if verbose else MOST_PLACES)) or 'done'}"
        else:
            for step in phase.steps:
                for place in plan.places(step) if step.place else ((),):
                    how = _with_call(plan, phase, place)
                    yield f"- [ ] {f'{_code(place)}: {how}'.removeprefix(': ') if how else _code(place) or title}"
        yield ""
    closing = () if plan.needless else (proof_says(plan, proof),)
    for line in (*limits(plan, verbose), *cautions(plan), *closing):
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
        "verdict": "reached" if plan.reached else "interrupted" if plan.interrupted else "blocked",
        "reached_by_default": plan.reached and plan.reached_by_default,
        "keep": [dict(zip(sorts, place, strict=False)) for place in plan.keep],
        "phases": [
            {
                "n": number,
                "kind": phase.kind,
                "action": phase.action,
                "title": phase.title,
                "requests": requests(plan, phase),
                "not_before": (date := date_of(plan, phase)) and moment(date),
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
            "unusual_choices": proof.choices,
            "varied": _worded(plan, proof.varied),
            "not_covered": _worded(plan, proof.excluded),
            "says": proof_says(plan, proof),
        },
    }
