"""The answer to "why can't I delete this role?" as JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from backup_slr.advice.headline import headline, moment, what_and_where
from backup_slr.advice.obstacles import AccountObstacle
from backup_slr.advice.unfinished import PARTS
from backup_slr.advice.why import Why
from backup_slr.engine.core.scope import shown
from backup_slr.engine.core.variable import Count
from backup_slr.scenario.starting_account import Place, Remark


def why_document(why: Why) -> dict[str, Any]:
    """The answer as a JSON document."""
    observation = why.observation
    return {
        "schema_version": 1,
        "file": why.start.file,
        "verdict": why.verdict,
        "says": headline(why),
        "deletable": why.deletable,
        "at_least": why.at_least,
        "now": moment(why.now),
        "not_before": why.date and moment(why.date),
        "not_before_is_complete": why.date_is_known and PARTS["obstacles"] not in why.missing,
        "assumptions": dict(why.model.assumed),
        "requests": why.requests,
        "keep": [_names(why, place) for place in why.keep],
        "obstacles": [_obstacle(why, one) for one in why.obstacles],
        "permanent": [[_obstacle(why, one) for one in several] for several in why.permanent],
        "detours": [{"action": s.move.rule.action, "place": _names(why, s.place)} for s in why.detours],
        "then": [step.move.rule.action for step in why.clearing.own_path or ()],
        "deadlines": [
            {
                "action": deadline.rule.action,
                "then_never": deadline.then_never,
                "places": [
                    {**_names(why, place), "not_before": date and moment(date)}
                    for place, date in deadline.places.items()
                ],
            }
            for deadline in why.deadlines
        ],
        "other_ends": [
            {
                "action": one.rule.action,
                "says": one.says,
                "then_never": one.then_never,
                "places": [_names(why, place) for place in one.places],
            }
            for one in why.other_ends
        ],
        "running": [
            {
                "variable": one.variable.name,
                "value": shown(one.variable, one.value),
                "ends_with": one.ends.action,
                "places": [_names(why, place) for place in one.places],
            }
            for one in why.running
        ],
        "creates_role_again": [{"action": t.rule.action, "clauses": list(t.clauses)} for t in why.triggers],
        "still_on": [
            {
                "variable": one.variable.name,
                "value": shown(one.variable, one.value),
                "places": [_names(why, place) for place in one.places],
                "removed_by": one.cleared_by and one.cleared_by.action,
            }
            for one in why.still_on
        ],
        "creates_obstacles_again": [
            {"action": one.move.rule.action, "prevented_by": one.prevented_by and one.prevented_by.action}
            for one in why.returning
        ],
        "other_answers": [
            {"assumption": one.assumption, "value": one.value, "verdict": one.why.verdict, "says": headline(one.why)}
            for one in why.others
        ],
        "unknown": _remarks(why, observation.unknown if observation else ()),
        "not_modeled": _remarks(why, observation.not_modeled if observation else ()),
        "schedules": [
            {
                "place": _names(why, one.place),
                "owner": one.owner,
                "name": one.name,
                "expression": one.expression,
                "zone": one.zone or "UTC",
                "next": (start := one.next_start(why.now)) and moment(start),
            }
            for one in (observation.schedules if observation else ())
        ],
        "missing": why.missing,
    }


def _names(why: Why, place: Place) -> Mapping[str, str]:
    return {sort.name: name for sort, name in zip(why.clearing.lifecycle.sorts, place, strict=False)}


def _remarks(why: Why, remarks: Sequence[Remark]) -> list[dict[str, Any]]:
    return [{"place": _names(why, one.place), "says": one.says} for one in remarks]


def _obstacle(why: Why, obstacle: AccountObstacle) -> dict[str, Any]:
    rule, refused = obstacle.rule, obstacle.refused
    dates = {place: moment(date) for place, date in obstacle.dates.items()}
    return {
        "says": what_and_where(why.clearing.lifecycle, obstacle),
        "variable": obstacle.variable.name,
        "value": None if isinstance(obstacle.variable, Count) else shown(obstacle.variable, obstacle.value),
        "later": obstacle.later,
        "removed_by": obstacle.remover,
        "action": rule and rule.action,
        "operations": list(rule.operations) if rule else [],
        "times": obstacle.requests,
        "not_before": obstacle.until and moment(obstacle.until),
        "blocks": refused
        and {
            "action": refused.rule.action,
            "refusal": refused.guard.otherwise.id,
            "says": refused.guard.otherwise.says,
            "error_code": refused.guard.shows_as,
            "clause": refused.guard.clause,
        },
        "places": [
            {**_names(why, place), "times": times, "not_before": dates.get(place)}
            for place, times in obstacle.places.items()
        ],
    }
