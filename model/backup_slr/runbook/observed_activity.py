"""The activity in an account of which only the state is known: that of an inventory, or of a scenario.

The account does not say how long calls and jobs take, so they take the usual times. These, and the parts of the account
that are not simulated, are listed in the results.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from math import inf

from backup_slr.engine.compile.interpreter import Situation, holds
from backup_slr.engine.core.formula import elements_at, walk
from backup_slr.engine.spec.processes import selects
from backup_slr.errors import BadInput
from backup_slr.report.names import place_text, plural
from backup_slr.runbook.busy_account import BusyAccount, Schedule
from backup_slr.runbook.distributions import Exponential, Fixed
from backup_slr.runbook.service_clocks import clocked, environment_of, usual_clocks
from backup_slr.scenario.starting_account import Observation, StartingAccount

CALL, DELETION = Fixed(0.02), Fixed(1.0)
COLLIDES = 0.5
EVERY, TAKES = Exponential(1440.0), Exponential(60.0)
NEVER = Exponential(1e12)
MOST_PLACES = 2000
"""The maximum number of innermost places; more do not fit into the program of a runbook in reasonable time."""
MOST_TOLD = 3


def busy_account_of(start: StartingAccount) -> BusyAccount:
    """An account in which the activity that its state shows takes usual times.

    Parameters
    ----------
    start
        The account.

    Raises
    ------
    BadInput
        When it has no place for a runbook, or is too large to be simulated.
    """
    names = start.names
    noun = start.lifecycle.sorts[-1].noun
    inner = sum(map(len, names.vaults))
    if inner > MOST_PLACES:
        raise BadInput(
            f"{inner:,} {plural(noun)} are too many to simulate: at most {MOST_PLACES:,}; 'why' and 'plan' take "
            "accounts of any size",
            start.file,
        )
    if not names.regions:
        outer = start.lifecycle.sorts[0].noun
        raise BadInput(f"an account without a {outer}: a runbook has nothing to do in it", start.file)
    schedules, unknown = _schedules(start)
    return BusyAccount(
        start.file,
        _title(start),
        "",
        start.assume,
        start.spec,
        names,
        CALL,
        throttled=0.0,
        collides=COLLIDES,
        stale=0.0,
        deletion=DELETION,
        schedules=schedules,
        others=(),
        lifecycle=start.lifecycle,
        clocks=replace(usual_clocks(start.lifecycle), dates=_dates(start)),
        remarks=tuple(_remarks(start, schedules, unknown)),
    )


def _dates(start: StartingAccount) -> dict[tuple[str, tuple[int, ...]], float]:
    """The minutes until the dates of actions that time brings."""
    seen = start.observation
    if seen is None:
        return {}
    timed = {rule.action for rule in clocked(start.lifecycle)}
    return {
        (action, start.names.numbers(*place)): inf if date is None else (date - seen.at[1]).total_seconds() / 60
        for (action, place), date in seen.not_before.items()
        if action in timed
    }


def _title(start: StartingAccount) -> str:
    seen = start.observation
    if seen is None:
        return "An account in the state of a scenario"
    return f"Account {seen.account or 'without a number'} on {seen.at[1]:%Y-%m-%d}"


def _schedules(start: StartingAccount) -> tuple[tuple[Schedule, ...], list[str]]:
    """The jobs that the state shows: those that run, and those that plans start; and the plans that it cannot show."""
    environment, over = environment_of(start.lifecycle), start.lifecycle.place
    machine = start.machine()
    state, process = start.state(machine), environment.process
    hidden = [plan.name for plan in environment.plans if environment.stop.stopped in walk(plan.starts_while)]
    found: list[Schedule] = []
    for place in start.names.places(len(over)):
        here = Situation(machine.layout, state, elements_at(over, place))
        plan = next(plan for plan in environment.plans if selects(plan.covers, place, over))
        starts = plan.name not in hidden and holds(plan.starts_while, here)
        if starts or holds(process.running, here):
            found.append(Schedule(place, EVERY if starts else NEVER, TAKES, 1.0, plan.name))
    return tuple(found), hidden


def _remarks(start: StartingAccount, schedules: tuple[Schedule, ...], hidden: list[str]) -> Iterator[tuple[str, str]]:
    """What is assumed about the activity, and what of the account is not simulated: headings and texts."""
    yield (
        "settings",
        f"the account does not state times, so the usual ones apply: a call takes {CALL.says}, the deletion task "
        f"{DELETION.says}; a deletion collides with a running job with probability {COLLIDES:g}",
    )
    noun = start.lifecycle.sorts[-1].noun
    nouns = {True: noun, False: plural(noun)}
    planned = [s for s in schedules if s.every is EVERY]
    others = len(schedules) - len(planned)
    said = ["no plan starts jobs"]
    if planned:
        said = [f"plans start jobs in {len(planned)} {nouns[len(planned) == 1]} (time between two: {EVERY.says})"]
    said += [f"one job runs in {others} {nouns[others == 1]} without a plan"] if others else []
    said += [f"jobs succeed (time of one: {TAKES.says})"] if schedules else []
    said += [f"plans are not part of this account ({', '.join(hidden)})"] if hidden else []
    yield "jobs", "; ".join(said)
    seen = start.observation
    if seen is None:
        return
    if seen.not_before:
        dated = [_dated(seen, action, nouns) for action in dict.fromkeys(action for action, _ in seen.not_before)]
        yield "dates", f"at the last date of each {noun}: {'; '.join(dated)}"
    for heading, found in (("unknown", seen.unknown), ("not modeled", seen.not_modeled)):
        if found:
            counted = Counter(f"{place_text(*r.place)}: {r.says}" if r.place else r.says for r in found)
            told = "; ".join(list(counted)[:MOST_TOLD])
            more = len(counted) - MOST_TOLD
            yield heading, told + (f"; and {more} more ('why' lists them)" if more > 0 else "")


def _dated(seen: Observation, action: str, nouns: Mapping[bool, str]) -> str:
    """In how many places an action happens at a date."""
    dates = [date for (of, _), date in seen.not_before.items() if of == action]
    known = sorted(date for date in dates if date is not None)
    never = len(dates) - len(known)
    told = [f"in {len(known)} {nouns[len(known) == 1]}, first on {known[0]:%Y-%m-%d}"] if known else []
    told += [f"never in {never} {nouns[never == 1]}"] if never else []
    return f"{action} {', '.join(told)}"
