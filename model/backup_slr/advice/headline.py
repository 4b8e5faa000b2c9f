"""The answer to "why can't I delete this role?" in one line, and the phrases that its parts share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from backup_slr.advice.obstacles import AccountObstacle, existence, worded
from backup_slr.advice.why import Why
from backup_slr.engine.core.rule import Rule
from backup_slr.engine.core.variable import Count, label
from backup_slr.engine.spec.lifecycle import Lifecycle
from backup_slr.report.names import counted, listed, nouns, place_text
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


def due(date: datetime) -> str:
    """What to do about something that should have happened."""
    return f"due since {moment(date)}; if it still exists, wait, or read the account again"


def where(lifecycle: Lifecycle, places: Sequence[Place], full: bool = False) -> str:
    """The phrase for some places of one depth, in full with all names; empty for the account.

    >>> from backup_slr.lifecycle import BACKUP
    >>> where(BACKUP, [("eu-west-1", name) for name in "abcd"])
    '4 vaults in 1 Region (eu-west-1/a, eu-west-1/b and 2 more)'
    """
    if len(places) == 1:
        return place_text(*places[0])
    sorts = [sort for sort, _ in zip(lifecycle.sorts, places[0], strict=False)]
    outer = f" in {counted(len({place[0] for place in places}), sorts[0].noun)}" if len(sorts) > 1 else ""
    named = listed([place_text(*place) for place in places], None if full else SHOWN)
    return f"{counted(len(places), sorts[-1].noun)}{outer} ({named})"


def what_and_where(lifecycle: Lifecycle, obstacle: AccountObstacle, full: bool = False) -> str:
    """An obstacle with its places."""
    places = list(obstacle.places)
    there, variable = where(lifecycle, places, full), obstacle.variable
    if isinstance(variable, Count):
        return f"{obstacle.what} in {there}" if there else obstacle.what
    if existence(variable):
        return there if len(places) > 1 else f"the {variable.per[-1].noun} {there}"
    return f"{obstacle.what}: {there}" if there else obstacle.what


def called(rule: Rule, full: bool = False) -> str:
    """An action with its API operation; in full with its name and all operations."""
    names = (rule.action, *rule.operations) if full else rule.operations[:1]
    return f"{rule.says} ({', '.join(names)})" if names else rule.says


def subject(lifecycle: Lifecycle) -> str:
    """What the answers are about."""
    return f"the {label(lifecycle.goal.variable)}"


def headline(why: Why) -> str:
    """The answer in one or two sentences.

    >>> from backup_slr.advice.why import asked
    >>> from backup_slr.lifecycle import BACKUP
    >>> from backup_slr.scenario.spec import AccountSpec
    >>> from backup_slr.scenario.starting_account import StartingAccount
    >>> headline(asked(StartingAccount("", BACKUP, AccountSpec({"role": 1}))))
    'Can be deleted now: nothing in the account blocks the deletion.'
    """
    said = answer(why)
    more = why.at_least and why.verdict in ("after-steps", "not-before")
    unknown = f" Part of the account is {unsure(why)}, so there may be more." if more else ""
    return f"{said[0].upper()}{said[1:]}.{unknown}"


def unsure(why: Why) -> str:
    """Why there may be more obstacles, as a phrase about a part of the account."""
    unknown = why.observation is not None and bool(why.observation.unknown)
    return " or ".join(filter(None, ("unknown" * unknown, "not represented in the model" * bool(why.unrepresented))))


def answer(why: Why, known: Sequence[str] = ()) -> str:
    """The answer as a phrase; reasons that are known already are left out of it."""
    lifecycle, goal = why.clearing.lifecycle, why.clearing.goal
    match why.verdict:
        case "deleted":
            words: Mapping[str, str] = dict(zip(goal.variable.values, goal.variable.reads, strict=False))
            return f"there is nothing to delete: {words.get(goal.gone, goal.gone)}"
        case "now" if why.at_least:
            return f"can be deleted now, unless a part of the account that is {unsure(why)} blocks it"
        case "now":
            return "can be deleted now: nothing in the account blocks the deletion"
        case "after-steps":
            who = sorted({str(o.remover) for o in why.obstacles if o.remover != "you"})
            more = f", with the help of {' and '.join(who)}" if who else ""
            return f"can be deleted after these steps: {counted(why.requests, 'request')} in all{more}{_if_ends(why)}"
        case "not-before":
            waits = [o for o in why.obstacles if o.remover == "time"]
            what = f"{only_time(lifecycle, waits)}{_if_ends(why)}"
            if why.date is None:
                return f"can be deleted only after a date that is not known: {what}"
            unknown = "" if why.date_is_known else " (some dates are not known, and can be later)"
            return f"cannot be deleted before {moment(why.date)}{unknown}: {what}"
        case "never":
            reasons = [reason for reason in reasons_for_good(why) if reason not in known]
            return f"can never be deleted{f' while {_some(reasons)}' if reasons else ''}"
        case "undecided" if why.missing:
            return "not decided: the analysis was interrupted"
        case "undecided":
            return "not decided: no order of steps was found that works, and none is excluded"


def only_time(lifecycle: Lifecycle, waits: Sequence[AccountObstacle]) -> str:
    """The clause that only time removes or ends some obstacles."""
    things, facts = (
        [
            what_and_where(lifecycle, o)
            for o in waits
            if (isinstance(o.variable, Count) or existence(o.variable)) == thing
        ]
        for thing in (True, False)
    )
    said = [f"only time removes {' and '.join(things)}"] if things else []
    return "; and ".join([*said, *(f"only time ends this: {fact}" for fact in facts)])


def _if_ends(why: Why) -> str:
    """The condition on the ends of work that the service does on the way."""
    if not why.other_ends:
        return ""
    *_, one = sorted(why.other_ends, key=lambda one: (one.then_never, -len(one.changes)))
    leaves = next((nouns(1, label(variable)) for variable, _ in one.changes if isinstance(variable, Count)), "")
    there = where(why.clearing.lifecycle, one.places)
    if not leaves:
        return f", unless after that {worded(*one.changes[0])}: {there}"
    return f", but only if what is running leaves no {leaves} in {there}"


def _some(reasons: Sequence[str]) -> str:
    more = f"; and for {len(reasons) - SHOWN:,} more reasons" if len(reasons) > SHOWN else ""
    return f"{'; and while '.join(reasons[:SHOWN])}{more}"


def reasons_for_good(why: Why, full: bool = False) -> list[str]:
    """What nothing removes: for each kind of places that keep the role, a clause; the places to keep come first."""
    kept = [kept_says(why.kept)] if why.kept else []
    return kept + [_together(why.clearing.lifecycle, several, full) for several in why.permanent if several]


def kept_says(keep: Sequence[Place]) -> str:
    """The clause that these places are kept.

    >>> kept_says([("eu-west-1", "archive")])
    'eu-west-1/archive is kept'
    """
    return f"{listed([place_text(*place) for place in keep])} {'is' if len(keep) == 1 else 'are'} kept"


def excluded(why: Why) -> str:
    """What shows that an answer is "never"."""
    deleted = f"after which {subject(why.clearing.lifecycle)} is deleted"
    kept = f" and {kept_says(why.kept)}" if why.kept else ""
    return f"an exhaustive search found no sequence of actions {deleted}{kept}"


def _together(lifecycle: Lifecycle, several: Sequence[AccountObstacle], full: bool) -> str:
    """Obstacles at the same places, of which all are the case, as a clause; the first names the places."""
    one, *others = sorted(several, key=lambda o: not isinstance(o.variable, Count))
    there = what_and_where(lifecycle, one, full)
    if isinstance(one.variable, Count):
        there = there.replace(one.what, f"{one.what} {'exists' if one.requests == 1 else 'exist'}", 1)
    elif existence(one.variable):
        there += " exists" if len(one.places) == 1 else " exist"
    *most, last = (there, *(o.what for o in others))
    return f"{', '.join(most)}{',' if len(most) > 1 else ''} and {last}" if most else last
