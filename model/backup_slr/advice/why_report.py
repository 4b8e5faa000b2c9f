"""The answer to "why can't I delete this role?" as text and as Markdown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from backup_slr.advice.headline import (
    SHOWN,
    answer,
    called,
    due,
    excluded,
    headline,
    moment,
    reasons_for_good,
    what_and_where,
    where,
)
from backup_slr.advice.obstacles import AccountObstacle, Deadline, worded
from backup_slr.advice.why import OtherAnswer, Returning, StillOn, Why
from backup_slr.engine.core.rule import Rule
from backup_slr.engine.core.variable import Enum
from backup_slr.errors import printable
from backup_slr.report.names import counted, listed, place_text
from backup_slr.report.tables import labeled, markdown_table, without_markup
from backup_slr.scenario.starting_account import Place, Remark, ScheduledWork

WIDTH, MOST_SCHEDULES = 8, 5
Section = tuple[str, list[str]]


def why_lines(why: Why, verbose: bool = False) -> Iterator[str]:
    """The answer as text: the verdict, the obstacles in the order of the work, and what else to know.

    With `verbose`, the names of all places, the request that each obstacle blocks, with its error, and the names of
    actions and clauses.
    """
    yield from labeled("", headline(why), 0, 0)
    lifecycle = why.clearing.lifecycle
    if why.obstacles or _reachable(why):
        yield ""
    if why.obstacles and why.verdict in ("never", "undecided"):
        yield "The other obstacles can be removed:"
    for number, obstacle in enumerate(why.obstacles, 1):
        yield from labeled(f"{number}.", _what(why, obstacle, verbose), 4, 0)
        yield from labeled("", _how(why, obstacle, verbose), 0, 4)
        if verbose and obstacle.refused:
            yield from labeled("blocks", _blocked(obstacle), WIDTH, 4)
    if _reachable(why):
        yield from labeled(f"{len(why.obstacles) + 1}.", worded(*_goal(why)), 4, 0)
        yield from labeled("", _own(why, verbose), 0, 4)
    for several in why.permanent if verbose or why.verdict == "undecided" else ():
        yield ""
        yield from labeled("", _kept(why), 0, 0)
        for obstacle in several:
            yield from labeled("-", what_and_where(lifecycle, obstacle, verbose), 2)
            if obstacle.refused:
                yield from labeled("blocks", _blocked(obstacle), WIDTH, 4)
    for title, items in _sections(why, verbose):
        yield ""
        yield f"{title}:"
        for item in items:
            yield from labeled("-", item, 2)
    if proof := _proof(why):
        yield ""
        yield from labeled("", proof, 0, 0)


def why_markdown(why: Why, verbose: bool = False) -> Iterator[str]:
    """The answer as Markdown, for a ticket; with `verbose`, the names of all places, actions and clauses."""
    lifecycle = why.clearing.lifecycle
    yield f"**{without_markup(headline(why))}**"
    if why.obstacles or _reachable(why):
        yield ""
        rows = [(_what(why, o, verbose), _how(why, o, verbose), _blocked(o)) for o in why.obstacles]
        if _reachable(why):
            rows.append((worded(*_goal(why)), _own(why, verbose), ""))
        cells = ((n, *map(without_markup, row)) for n, row in enumerate(rows, 1))
        yield from markdown_table(("#", "obstacle", "who removes it, and how", "blocks until then"), cells)
    for several in why.permanent:
        yield ""
        yield _kept(why)
        yield ""
        for obstacle in several:
            details = f" (blocks {_blocked(obstacle)})" if obstacle.refused else ""
            yield f"- {without_markup(what_and_where(lifecycle, obstacle, verbose) + details)}"
    for title, items in _sections(why, verbose):
        yield ""
        yield f"{title}:"
        yield ""
        yield from (f"- {without_markup(item)}" for item in items)
    if proof := _proof(why):
        yield ""
        yield without_markup(proof)


# ---------------------------------------------------------------- obstacles


def _reachable(why: Why) -> bool:
    return why.verdict in ("now", "after-steps", "not-before")


def _goal(why: Why) -> tuple[Enum, int]:
    variable = why.clearing.goal.variable
    return variable, why.clearing.group_of[()].values[why.clearing.group_of[()].graph.cells[variable.name]]


def _kept(why: Why) -> str:
    start = "Nothing removes this" if why.verdict == "never" else "No way was found past this"
    return f"{start} while all of it is the case:"


def _what(why: Why, obstacle: AccountObstacle, full: bool) -> str:
    later = " (appears after the steps before it)" if obstacle.later else ""
    return f"{what_and_where(why.clearing.lifecycle, obstacle, full)}{later}"


def _how(why: Why, obstacle: AccountObstacle, full: bool) -> str:
    """Who or what removes an obstacle, and how."""
    if obstacle.rule is None:
        return ""
    number = f", {counted(obstacle.requests, 'request')}" if obstacle.rule.by == "person" else ""
    return f"{_remover(why, obstacle, obstacle.rule)}: {called(obstacle.rule, full)}{number}"


def _remover(why: Why, obstacle: AccountObstacle, rule: Rule) -> str:
    match obstacle.remover:
        case "another person":
            return why.clearing.lifecycle.other_people[rule.action]
        case "time":
            known = len(obstacle.dates)
            if not known:
                return "time (date unknown)"
            last = max(obstacle.dates.values())
            if obstacle.until is None:
                unknown = counted(len(obstacle.places) - known, "date")
                return f"time, until {moment(last)} or later ({unknown} unknown)"
            if last <= why.now:
                return f"time ({due(last)})"
            return f"time, until {moment(last)}"
        case remover:
            return str(remover)


def _blocked(obstacle: AccountObstacle) -> str:
    if obstacle.refused is None:
        return ""
    guard = obstacle.refused.guard
    error = f"{guard.shows_as}, " if guard.shows_as else ""
    return f"{obstacle.refused.rule.says}: {error}{guard.otherwise.says} ({guard.otherwise.id}, {guard.clause})"


def _own(why: Why, full: bool) -> str:
    """The steps of the role itself, in one line."""
    rules = [step.move.rule for step in why.clearing.own_path or ()]
    return "; then ".join(
        f"you: {called(rule, full)}, 1 request" if rule.by == "person" else f"AWS: {called(rule, full)}"
        for rule in rules
    )


# ---------------------------------------------------------------- what else to know


def _sections(why: Why, full: bool) -> Iterator[Section]:
    """The lists after the obstacles: each with its title, one line for each fact."""
    if why.detours:
        yield "Only this order works", [f"{called(s.move.rule, full)} {_at(s.place)}".rstrip() for s in why.detours]
    if ends := list(other_ends(why, full)):
        yield "Only if the work of the service ends as the steps need it", ends
    if working := list(running(why, full)):
        yield "Running, and until it ends requests may be refused", working
    past = [deadline for deadline in why.deadlines if (date := deadline.first) and date <= why.now]
    if coming := [deadline for deadline in why.deadlines if deadline not in past]:
        yield "Act before", [deadline_says(why, deadline, full) for deadline in coming]
    if past:
        title = "Dates that have passed: read the account again, for this has probably happened"
        yield title, [deadline_says(why, deadline, full) for deadline in past]
    if _reachable(why) or why.verdict == "deleted":
        if why.still_on:
            yield (
                "Still on afterwards, and may create the role again",
                [_still_on(why, one, full) for one in why.still_on],
            )
        if why.triggers:
            clauses = (f" [{' '.join(t.clauses)}]" if full else "" for t in why.triggers)
            back = [f"{called(t.rule, full)}{c}" for t, c in zip(why.triggers, clauses, strict=True)]
            yield "Afterwards, this creates the role again", back
    if why.returning and why.verdict != "deleted":
        yield "Meanwhile, this creates obstacles again", list(_returning(why, full))
    if why.others:
        yield "Another value of an assumption changes the answer", [_other(why, one) for one in why.others]
    if observation := why.observation:
        if observation.schedules and why.verdict != "deleted":
            yield "Schedules that start work", list(_schedules(why, observation.schedules, full))
        if observation.unknown:
            yield "Not known", [remark_says(one) for one in observation.unknown]
        if observation.not_modeled:
            yield "Found, but not represented in the model", [remark_says(one) for one in observation.not_modeled]
    if why.missing:
        yield "Interrupted, so these parts of the answer are missing", why.missing


def _proof(why: Why) -> str:
    """What shows that the answer is right; empty for an answer that is plain."""
    if why.verdict == "never":
        return f"Proof: {excluded(why)}."
    if why.verdict not in ("after-steps", "not-before"):
        return ""
    sorts, steps = why.clearing.lifecycle.sorts, counted(len(why.walk.steps), "step")
    noun = sorts[-1].noun if sorts else ""
    alike = f"; one {noun} stands for all that are in the same state" if sorts else ""
    ends = "; the work of the service ended as the steps need it" if why.other_ends else ""
    return f"Proof: the model ran these steps to the end ({steps}{alike}{ends})."


def _returning(why: Why, full: bool) -> Iterator[str]:
    """The actions that create obstacles again; those that do so through another interface than usual in one line."""
    through: dict[str, list[str]] = {}
    for one in why.returning:
        if phrase := _interface(why, one):
            through.setdefault(phrase, []).append(one.move.rule.action if full else one.move.rule.says)
        else:
            by = one.prevented_by
            yield f"{called(one.move.rule, full)}{f'; to prevent it, {called(by, full)}' if by else ''}"
    yield from (f"{phrase}: {listed(actions, None if full else SHOWN)}" for phrase, actions in through.items())


def _interface(why: Why, one: Returning) -> str:
    """The interface through which an action must be requested to create an obstacle; empty for the usual one."""
    interfaces = why.clearing.lifecycle.interfaces
    chosen = ((i, one.move.inputs[i.name]) for i in one.move.rule.inputs if isinstance(i, Enum))
    return next((interfaces[i.values[n]] for i, n in chosen if n and i.values[n] in interfaces), "")


def _at(place: Place) -> str:
    return f"in {place_text(*place)}" if place else ""


def remark_says(remark: Remark) -> str:
    """A remark with its place."""
    return f"{place_text(*remark.place)}: {remark.says}" if remark.place else remark.says


def _schedules(why: Why, schedules: Sequence[ScheduledWork], full: bool) -> Iterator[str]:
    """What starts work; the first start comes first, and schedules that are not understood last."""
    dated = [(one.next_start(why.now), one) for one in schedules]
    dated.sort(key=lambda pair: (pair[0] is None, pair[0] or why.now))
    for start, one in dated[: None if full else MOST_SCHEDULES]:
        when = f"next due {moment(start)}" if start else "the next time is not known"
        names = printable(": ".join(filter(None, (one.owner, one.name))))
        by = printable(f"{one.expression} {one.zone}".strip())
        yield f"{place_text(*one.place)}: {one.says} ({', '.join(filter(None, (names, by)))}), {when}"
    if not full and len(dated) > MOST_SCHEDULES:
        yield f"{len(dated) - MOST_SCHEDULES:,} more"


def other_ends(why: Why, full: bool = False) -> Iterator[str]:
    """The ends of the service's work after which only time helps, or nothing does."""
    for one in why.other_ends if _reachable(why) else ():
        then = "the deletion is never possible" if one.then_never else "only time helps"
        yield f"{one.rule.says} ({where(why.clearing.lifecycle, one.places, full)}): if {one.says}, {then}"


def running(why: Why, full: bool = False) -> Iterator[str]:
    """The work that blocks nothing, and with which requests may collide until it ends."""
    for one in why.running if why.verdict not in ("deleted", "now") else ():
        yield f"{where(why.clearing.lifecycle, one.places, full)}: {worded(one.variable, one.value)}"


def deadline_says(why: Why, deadline: Deadline, full: bool = False) -> str:
    """A deadline with its first date, and what comes then."""
    when = moment(deadline.first) if deadline.first else "date unknown"
    then = "the deletion is never possible" if deadline.then_never else "only time helps"
    there = where(why.clearing.lifecycle, list(deadline.places), full)
    return f"{when}: {deadline.rule.says} ({there}); then {then}"


def _other(why: Why, other: OtherAnswer) -> str:
    known = reasons_for_good(why)
    says = answer(other.why, known)
    differ = "; the obstacles are different" if says in (answer(why), answer(why, known)) else ""
    return f"{other.assumption}={other.value}: {says}{differ}"


def _still_on(why: Why, one: StillOn, full: bool) -> str:
    there = where(why.clearing.lifecycle, one.places, full)
    text = f"{worded(one.variable, one.value)}{f': {there}' if there else ''}"
    return f"{text}; to change that, {called(one.cleared_by, full)}" if one.cleared_by else text
