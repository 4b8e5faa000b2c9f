"""The answer to "why can't I delete this role?" as text, Markdown and JSON."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from backup_slr.advice.headline import called, counted, headline, moment, what_and_where, where
from backup_slr.advice.obstacles import AccountObstacle, Deadline, worded
from backup_slr.advice.why import OtherAnswer, StillOn, Why
from backup_slr.engine.core.rule import Rule
from backup_slr.engine.core.scope import shown
from backup_slr.engine.core.variable import Count, Enum
from backup_slr.report.names import place_text
from backup_slr.report.tables import labeled, markdown_table
from backup_slr.scenario.starting_account import Place, Remark

WIDTH = 12
Section = tuple[str, list[str]]


def why_lines(why: Why) -> Iterator[str]:
    """The answer as text: the first line is the verdict."""
    yield from labeled("", headline(why), 0, 0)
    lifecycle = why.clearing.lifecycle
    for number, obstacle in enumerate(why.obstacles, 1):
        yield ""
        yield from labeled(f"{number}.", what_and_where(lifecycle, obstacle), 4, 0)
        for label, text in _details(why, obstacle):
            yield from labeled(label, text, WIDTH, 4)
    for several in why.permanent:
        yield ""
        yield from labeled("", _kept(why), 0, 0)
        for obstacle in several:
            yield from labeled("-", what_and_where(lifecycle, obstacle), 2)
            for label, text in _details(why, obstacle):
                yield from labeled(label, text, WIDTH, 4)
    for title, items in _sections(why):
        yield ""
        yield f"{title}:"
        for item in items:
            yield from labeled("-", item, 2)


def why_markdown(why: Why) -> Iterator[str]:
    """The answer as Markdown, for a ticket."""
    lifecycle = why.clearing.lifecycle
    yield f"**{_plain(headline(why))}**"
    if why.obstacles:
        yield ""
        head = ("#", "obstacle", "removed by", "action", "requests", "blocks until then")
        yield from markdown_table(head, (_row(why, n, o) for n, o in enumerate(why.obstacles, 1)))
    for several in why.permanent:
        yield ""
        yield _kept(why)
        yield ""
        for obstacle in several:
            details = "; ".join(f"{label} {text}" for label, text in _details(why, obstacle))
            yield f"- {_plain(what_and_where(lifecycle, obstacle))}{f' ({_plain(details)})' if details else ''}"
    for title, items in _sections(why):
        yield ""
        yield f"{title}:"
        yield ""
        yield from (f"- {_plain(item)}" for item in items)


def _kept(why: Why) -> str:
    start = "Nothing removes this" if why.verdict == "never" else "No way was found past this"
    return f"{start} while all of it is the case:"


def _plain(text: str) -> str:
    """A text in which Markdown finds no markup."""
    for sign in "\\`*_<>[]|":
        text = text.replace(sign, f"\\{sign}")
    return text


def _row(why: Why, number: int, obstacle: AccountObstacle) -> tuple[str | int, ...]:
    details = dict(_details(why, obstacle))
    sent = counted(obstacle.requests, "request") if obstacle.remover in ("you", "another person") else "none"
    cells = (what_and_where(why.clearing.lifecycle, obstacle), _remover(why, obstacle), called(_rule(obstacle)))
    return (number, *map(_plain, cells), sent, _plain(details.get("blocks", "")))


def _rule(obstacle: AccountObstacle) -> Rule:
    assert obstacle.rule is not None
    return obstacle.rule


# ---------------------------------------------------------------- parts


def _remover(why: Why, obstacle: AccountObstacle) -> str:
    rule = _rule(obstacle)
    match obstacle.remover:
        case "another person":
            return why.clearing.lifecycle.other_people[rule.action]
        case "time":
            known = len(obstacle.dates)
            if not known:
                return "time (date unknown)"
            last = max(obstacle.dates.values())
            unknown = counted(len(obstacle.places) - known, "date")
            more = f" or later ({unknown} unknown)" if obstacle.until is None else ""
            return f"time, {'due since' if last <= why.now and not more else 'until'} {moment(last)}{more}"
        case remover:
            return str(remover)


def _details(why: Why, obstacle: AccountObstacle) -> Iterator[tuple[str, str]]:
    if obstacle.later:
        yield "appears", "only on the way, after the steps before it"
    if obstacle.rule is not None:
        by_people = obstacle.rule.by == "person"
        number = f"; {counted(obstacle.requests, 'request')}" if by_people else ""
        yield "removed by", f"{_remover(why, obstacle)}: {called(obstacle.rule)}{number}"
    if obstacle.refused is not None:
        guard = obstacle.refused.guard
        error = f"{guard.shows_as}, " if guard.shows_as else ""
        because = f"{error}{guard.otherwise.says} ({guard.otherwise.id}, {guard.clause})"
        yield "blocks", f"{obstacle.refused.rule.says}: {because}"


def _sections(why: Why) -> Iterator[Section]:
    """The lists after the obstacles: each with its title, in sentences."""
    lifecycle = why.clearing.lifecycle
    if why.detours:
        yield "Only this order works", [f"{called(s.move.rule)} {_at(s.place)}".rstrip() for s in why.detours]
    if why.verdict in ("now", "after-steps", "not-before"):
        own = [step.move.rule for step in why.clearing.own_path or ()]
        yield "Then", [f"{called(rule)}{'' if rule.by == 'person' else ', which AWS does'}" for rule in own]
    if why.deadlines:
        yield "Act before", [_deadline(why, deadline) for deadline in why.deadlines]
    if why.still_on:
        yield "Still on afterwards", [_still_on(why, one) for one in why.still_on]
    if why.triggers:
        back = [f"{called(t.rule)}: {' '.join(t.clauses)}" for t in why.triggers]
        yield "Afterwards, this creates the role again", back
    if why.returning:
        yield "Meanwhile, this creates obstacles again", list(_returning(why))
    if why.others:
        yield (
            "The answer is another one if an assumption has another value",
            [_other(why, one) for one in why.others],
        )
    if observation := why.observation:
        if observation.unknown:
            yield "Unknown, so there may be more obstacles", [_remark(one) for one in observation.unknown]
        if observation.not_modeled:
            yield "Found, but not represented in the model", [_remark(one) for one in observation.not_modeled]
    if why.verdict in ("after-steps", "not-before"):
        steps = counted(len(why.walk.steps), "step")
        alike = f", with one {lifecycle.sorts[-1].noun} for all that are in the same state" if lifecycle.sorts else ""
        yield "Proof", [f"the model performed the way in {steps}{alike}"]
    elif why.verdict == "never":
        yield "Proof", ["no sequence of actions of any kind removes these obstacles, by exhaustive search"]


def _returning(why: Why) -> Iterator[str]:
    """The actions that create obstacles again; those that do so through another interface than usual in one line."""
    through: dict[str, list[str]] = {}
    interfaces = why.clearing.lifecycle.interfaces
    for one in why.returning:
        rule, inputs = one.move.rule, one.move.inputs
        unusual = [i.values[n] for i in rule.inputs if isinstance(i, Enum) and (n := inputs[i.name])]
        phrases = [interfaces[value] for value in unusual if value in interfaces]
        if phrases:
            through.setdefault(phrases[0], []).append(rule.action)
        else:
            yield f"{called(rule)}{f'; to prevent it, {called(one.prevented_by)}' if one.prevented_by else ''}"
    yield from (f"{phrase}: {', '.join(actions)}" for phrase, actions in through.items())


def _at(place: Place) -> str:
    return f"in {place_text(*place)}" if place else ""


def _remark(remark: Remark) -> str:
    return f"{place_text(*remark.place)}: {remark.says}" if remark.place else remark.says


def _deadline(why: Why, deadline: Deadline) -> str:
    dates = [date for date in deadline.places.values() if date is not None]
    when = moment(min(dates)) if dates else "date unknown"
    then = "then the deletion is never possible" if deadline.then_never else "then only time helps"
    there = where(why.clearing.lifecycle, list(deadline.places))
    return f"{deadline.rule.says} ({when}), {there}: {then}"


def _other(why: Why, other: OtherAnswer) -> str:
    says = headline(other.why)
    differ = " The obstacles are different." if says == headline(why) else ""
    return f"{other.assumption}={other.value}: {says}{differ}"


def _still_on(why: Why, one: StillOn) -> str:
    there = where(why.clearing.lifecycle, one.places)
    text = f"{worded(one.variable, one.value)}{f': {there}' if there else ''}"
    return f"{text}; to change that, {called(one.cleared_by)}" if one.cleared_by else text


# ---------------------------------------------------------------- JSON


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
        "not_before_is_complete": why.date_is_known,
        "assumptions": dict(why.model.assumed),
        "requests": why.requests,
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
            {
                "assumption": one.assumption,
                "value": one.value,
                "verdict": one.why.verdict,
                "says": headline(one.why),
            }
            for one in why.others
        ],
        "unknown": _remarks(why, observation.unknown if observation else ()),
        "not_modeled": _remarks(why, observation.not_modeled if observation else ()),
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
