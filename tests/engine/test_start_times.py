"""The times of schedules: what is understood, and what is not."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from backup_slr.engine.spec.start_times import StartTimes

FROM = datetime(2027, 1, 1, 5, tzinfo=UTC)  # a Friday
UNKNOWN = ""


@pytest.mark.parametrize(
    ("fields", "zone", "next_time"),
    [
        ("0 5 ? * * *", "UTC", "2027-01-02T05:00"),
        ("30/10 5 * * ? *", "UTC", "2027-01-01T05:30"),
        ("*/20 3-5 * * ? *", "UTC", "2027-01-01T05:20"),
        ("0 1,23 * * ? *", "UTC", "2027-01-01T23:00"),
        ("0 5 ? * MON-FRI *", "UTC", "2027-01-04T05:00"),
        ("0 5 ? * 1 *", "UTC", "2027-01-03T05:00"),
        ("0 5 ? * 6#3 *", "UTC", "2027-01-15T05:00"),
        ("0 5 ? * friL *", "UTC", "2027-01-29T05:00"),
        ("0 5 L * ? *", "UTC", "2027-01-31T05:00"),
        ("0 5 29 feb ? *", "UTC", "2028-02-29T05:00"),
        ("0 5 1 1 ? 2030", "UTC", "2030-01-01T05:00"),
        ("0 5 ? * * *", "Asia/Tokyo", "2027-01-01T20:00"),
        ("30 2 28 3 ? *", "Europe/Berlin", UNKNOWN),  # the clock skips it
        ("30 2 31 10 ? *", "Europe/Berlin", UNKNOWN),  # the clock has it twice
        ("0 5 1 1 ? 2020", "UTC", UNKNOWN),  # never again
        ("0 5 * * * *", "UTC", UNKNOWN),
        ("0 5 ? * ? *", "UTC", UNKNOWN),
        ("0 5 15W * ? *", "UTC", UNKNOWN),
        ("60 5 * * ? *", "UTC", UNKNOWN),
        ("0 5-3 * * ? *", "UTC", UNKNOWN),
        ("0/0 5 * * ? *", "UTC", UNKNOWN),
        ("\u0660 5 * * ? *", "UTC", UNKNOWN),
        ("0 5 * * ?", "UTC", UNKNOWN),
        ("0 5 ? * * *", "Mars/Olympus", UNKNOWN),
        ("0 5 ? * * *", "../../etc/passwd", UNKNOWN),
    ],
)
def test_the_next_time(fields: str, zone: str, next_time: str) -> None:
    found = StartTimes(f"cron({fields})", zone).after(FROM)
    assert (found.strftime("%Y-%m-%dT%H:%M") if found else UNKNOWN) == next_time


@pytest.mark.parametrize("expression", ["rate(1 day)", "at(2027-01-01T00:00:00)", "", "cron()", "tomorrow"])
def test_other_expressions_are_not_understood(expression: str) -> None:
    assert StartTimes(expression).after(FROM) is None
