"""The times at which a schedule starts something: a cron expression with six fields in a time zone.

``cron(minutes hours day-of-month month day-of-week year)``; one of the two days is ``?``, and the first day of a week
is Sunday, 1. Fields have numbers or names, ranges, steps and lists, ``L`` for the last day of a month, ``2#1`` for the
first Monday in it, and ``2L`` for the last one. Of every other expression, the times are unknown.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo

MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
DAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
MOST_DAYS = 3660
"""The number of days that are looked at: about ten years."""
LIMITS = ((0, 59), (0, 23), (1, 31), (1, 12), (1, 7), (1970, 2199))
DayTest = Callable[[date], bool]


@dataclass(frozen=True)
class StartTimes:
    """The times of a schedule, as far as its expression is understood.

    >>> StartTimes("cron(0 5 ? * MON-FRI *)").after(datetime(2027, 1, 1, 5, tzinfo=UTC)).isoformat()
    '2027-01-04T05:00:00+00:00'
    >>> StartTimes("cron(0 5 ? * 2#1 *)", "America/New_York").after(datetime(2027, 1, 1, tzinfo=UTC)).isoformat()
    '2027-01-04T10:00:00+00:00'
    >>> StartTimes("rate(1 day)").after(datetime(2027, 1, 1, tzinfo=UTC))
    """

    expression: str
    zone: str = "UTC"

    def after(self, moment: datetime) -> datetime | None:
        """The first time after a moment, in UTC; None if it is unknown, or there is none within about ten years."""
        fields = re.fullmatch(r"cron\((\S+) (\S+) (\S+) (\S+) (\S+) (\S+)\)", self.expression.strip().upper(), re.I)
        try:
            if fields is None:
                return None
            zone: tzinfo = UTC if self.zone in ("UTC", "Etc/UTC") else ZoneInfo(self.zone)
            return _first(fields.groups(), zone, moment)
        except (ValueError, KeyError, OSError, OverflowError):  # no such zone, or not an expression that is understood
            return None


def _first(fields: tuple[str, ...], zone: tzinfo, moment: datetime) -> datetime | None:
    minutes, hours, months, years = (
        _numbers(fields[i], *LIMITS[i], names) for i, names in ((0, ()), (1, ()), (3, MONTHS), (5, ()))
    )
    fits = _day(fields[2], fields[4])
    begin = moment.astimezone(zone).date()
    for day in (begin + timedelta(days=n) for n in range(MOST_DAYS)):
        if day.year in years and day.month in months and fits(day):
            for at in (time(hour, minute) for hour in sorted(hours) for minute in sorted(minutes)):
                local = datetime.combine(day, at, zone)
                if local.astimezone(UTC) > moment:
                    # A time that the clock skips, or has twice, can mean more than one.
                    sure = local.utcoffset() == local.replace(fold=1).utcoffset()
                    return local.astimezone(UTC) if sure else None
    return None


def _day(of_month: str, of_week: str) -> DayTest:
    """The test of the two fields about the day, of which one is ``?``."""
    if (of_month == "?") == (of_week == "?"):
        raise ValueError
    if of_month == "L":
        return lambda day: (day + timedelta(days=1)).day == 1
    if of_week == "?":
        numbers = _numbers(of_month, *LIMITS[2])
        return lambda day: day.day in numbers
    found = re.fullmatch(r"(\w+?)(?:#([1-5])|L)", of_week)
    which = _numbers(found[1] if found else of_week, *LIMITS[4], DAYS)
    if found is None:
        return lambda day: day.isoweekday() % 7 + 1 in which
    if found[2]:
        return lambda day: day.isoweekday() % 7 + 1 in which and (day.day + 6) // 7 == int(found[2])
    return lambda day: day.isoweekday() % 7 + 1 in which and (day + timedelta(days=7)).month != day.month


def _numbers(field: str, least: int, most: int, names: tuple[str, ...] = ()) -> frozenset[int]:
    """The numbers that a field allows; raise `ValueError` for one that is not understood."""
    found: set[int] = set()
    for part in field.split(","):
        whole, slash, step = part.partition("/")
        first, dash, last = whole.partition("-")
        low = least if first == "*" else _number(first, names, least)
        high = _number(last, names, least) if dash else most if slash or first == "*" else low
        by = _number(step, (), 1) if slash else 1
        if not (least <= low <= high <= most and by >= 1):
            raise ValueError
        found |= {*range(low, high + 1, by)}
    return frozenset(found)


def _number(word: str, names: tuple[str, ...], least: int) -> int:
    if word in names:
        return names.index(word) + least
    if not re.fullmatch(r"[0-9]{1,4}", word):
        raise ValueError
    return int(word)
