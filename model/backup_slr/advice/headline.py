"""The answer to "why can't I delete this role?" in one line, and the phrases that its parts share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from backup_slr.advice.obstacles import AccountObstacle
from backup_slr.advice.why import Why
from backup_slr.engine.core.rule import Rule
from backup_slr.engine.core.variable import Count
from backup_slr.engine.spec.lifecycle import Lifecycle
from backup_slr.report.names import place_text, plural
from backup_slr.scenario.starting_account import Place

SHOWN = 2
"""The number of places that a line names."""


def moment(date: datetime) -> str:
    """A time in UTC.

    >>> from datetime import timezone
    >>> moment(datetime(2027, 1, 31, 12, tzinfo=timezone.utc))
    '2027-01-31T12:00:00Z'
    """
    return f"{date:%Y-%m-%dT%H:%M:%SZ}"


def counted(number: int, noun: str) -> str:
    """A number with its noun.

    >>> counted(1, "request"), counted(2000, "request")
    ('1 request', '2,000 requests')
    """
    return f"{number:,} {noun if number == 1 else plural(noun)}"


def where(lifecycle: Lifecycle, places: Sequence[Place]) -> str:
    """The phrase for some places of one depth; empty for the account.

    >>> from backup_slr.lifecycle import BACKUP
    >>> where(BACKUP, [("eu-west-1", name) for name in "abcd"])
    '4 vaults in 1 Region (eu-west-1/a, eu-west-1/b and 2 more)'
    """
    if len(places) == 1:
        return place_text(*places[0])
    sorts = [sort for sort, _ in zip(lifecycle.sorts, places[0], strict=False)]
    outer = f" in {counted(len({place[0] for place in places}), sorts[0].noun)}" if len(sorts) > 1 else ""
    named = ", ".join(place_text(*place) for place in places[:SHOWN])
    more = f" and {len(places) - SHOWN:,} more" if len(places) > SHOWN else ""
    return f"{counted(len(places), sorts[-1].noun)}{outer} ({named}{more})"


def what_and_where(lifecycle: Lifecycle, obstacle: AccountObstacle) -> str:
    """An obstacle with its places."""
    places = list(obstacle.places)
    there, variable = where(lifecycle, places), obstacle.variable
    if isinstance(variable, Count):
        return f"{obstacle.what} in {there}" if there else obstacle.what
    if variable.per and variable.name == variable.per[-1].name:
        return there if len(places) > 1 else f"the {variable.per[-1].noun} {there}"
    return f"{obstacle.what}: {there}" if there else obstacle.what


def called(rule: Rule) -> str:
    """An action with its name and API operations."""
    return f"{rule.says} ({', '.join((rule.action, *rule.operations))})"


def headline(why: Why) -> str:
    """The answer in one sentence.

    >>> from backup_slr.advice.why import asked
    >>> from backup_slr.lifecycle import BACKUP
    >>> from backup_slr.scenario.spec import AccountSpec
    >>> from backup_slr.scenario.starting_account import StartingAccount
    >>> headline(asked(StartingAccount("", BACKUP, AccountSpec({"role": 1}))))
    'Can be deleted now: nothing in the account blocks the deletion.'
    """
    unknown = f"At least (some of the account is unknown): {_answer(why)}" if why.at_least else _answer(why)
    return f"{unknown[0].upper()}{unknown[1:]}"


def _answer(why: Why) -> str:
    lifecycle, goal = why.clearing.lifecycle, why.clearing.goal
    match why.verdict:
        case "deleted":
            words: Mapping[str, str] = dict(zip(goal.variable.values, goal.variable.reads, strict=False))
            return f"there is nothing to delete: {words.get(goal.gone, goal.gone)}."
        case "now":
            subject = "nothing that is known" if why.at_least else "nothing in the account"
            return f"can be deleted now: {subject} blocks the deletion."
        case "after-steps":
            helped = [o for o in why.obstacles if o.remover != "you"]
            who = sorted({str(o.remover) for o in helped})
            more = f", with the help of {' and '.join(who)}" if who else ""
            return f"can be deleted after these steps: {counted(why.requests, 'request')} in all{more}."
        case "not-before":
            waits = [o for o in why.obstacles if o.remover == "time"]
            what = " and ".join(what_and_where(lifecycle, o) for o in waits)
            if why.date is None:
                return f"can be deleted only after a date that is not known: only time removes {what}."
            unknown = "" if why.date_is_known else " (some dates are not known, and can be later)"
            return f"cannot be deleted before {moment(why.date)}{unknown}: only time removes {what}."
        case "never":
            reasons = " and ".join(_together(lifecycle, several) for several in why.permanent if several)
            return f"can never be deleted while {reasons or 'the rules are as they are'}."
        case "undecided":
            return "not decided: no order of steps was found that works, and none is excluded."


def _together(lifecycle: Lifecycle, several: Sequence[AccountObstacle]) -> str:
    """The obstacles of the same places of which all must be the case."""
    *first, last = (f"{o.what} exist" if isinstance(o.variable, Count) else o.what for o in several)
    return f"{', '.join(first)}{' and ' if first else ''}{last} ({where(lifecycle, list(several[0].places))})"
