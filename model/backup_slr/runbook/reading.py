"""What runbook and account files have in common: numbers that mean something, durations, tables of them."""

from __future__ import annotations

import csv
from io import StringIO
from pathlib import Path as FilePath
from typing import Any

from backup_slr.errors import BadInput, printable, quoted
from backup_slr.runbook.distributions import Duration, Exponential, Fixed, Lognormal, Observed
from backup_slr.scenario.source import Source, read

MOST_MINUTES = 1e9
LEAST = 1e-6
"""Shorter than this is no time: a run could make calls without end before its deadline."""
MOST_SIGMA = 10.0
KINDS = ("fixed", "exponential", "lognormal", "csv")


class Reading(Source):
    """A TOML file whose numbers are looked at closely; each complaint has the line."""

    def above_zero(self, value: Any, *path: str | int) -> float:
        """A number of minutes, more than 0."""
        value = self.parameter(value, *path)
        if isinstance(value, bool) or not isinstance(value, int | float) or not LEAST <= value <= MOST_MINUTES:
            self.wrong(f"a number above 0 (at least {LEAST:.6f}) and at most {MOST_MINUTES:,.0f}", value, *path)
        return float(value)

    def chance(self, value: Any, *path: str | int) -> float:
        """A probability."""
        value = self.parameter(value, *path)
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
            self.wrong("a probability from 0 to 1", value, *path)
        return float(value)

    def parameter(self, value: Any, *path: str | int) -> Any:
        """The value itself; a file with named parameters looks it up."""
        return value

    def duration(self, value: Any, *path: str | int) -> Duration:
        """A number of minutes, or a table of one distribution."""
        if not isinstance(value, dict):
            return Fixed(self.above_zero(value, *path))
        table = self.table(value, *path)
        self.keys(table, KINDS, *path, of="a duration")
        if len(table) != 1:
            self.fail(f"a duration has exactly one of {', '.join(KINDS)}", *path)
        (kind,) = table
        here = (*path, kind)
        if kind == "fixed":
            return Fixed(self.above_zero(table[kind], *here))
        if kind == "exponential":
            return Exponential(self.above_zero(table[kind], *here))
        if kind == "csv":
            return Observed(self.observed(self.string(table[kind], *here), *here))
        shape = self.table(table[kind], *here)
        self.keys(shape, ("median", "sigma"), *here, of="lognormal")
        for key in ("median", "sigma"):
            if key not in shape:
                self.fail(f"lognormal needs a {key}", *here)
        sigma = self.above_zero(shape["sigma"], *here, "sigma")
        if sigma > MOST_SIGMA:
            self.wrong(f"a number above 0 and at most {MOST_SIGMA:g}", shape["sigma"], *here, "sigma")
        return Lognormal(self.above_zero(shape["median"], *here, "median"), sigma)

    def observed(self, name: str, *path: str | int) -> tuple[float, ...]:
        """The first column of a CSV file beside this one, in minutes; a first row without a number is a heading."""
        if not name:
            self.fail("the name of a CSV file cannot be empty", *path)
        file = FilePath(self.file).parent / name
        found: list[float] = []
        try:
            rows = list(csv.reader(StringIO(read(file, "CSV file")), strict=True))
        except csv.Error as error:
            raise BadInput(f"no CSV: {error}", str(file)) from None
        heading = next((number for number, row in enumerate(rows, 1) if row), 0)
        for number, row in enumerate(rows, 1):
            for column, cell in enumerate(row, 1):
                try:
                    minutes = float(cell)
                except ValueError:
                    if number == heading:
                        break
                    raise BadInput(_bad(number, column, f"{quoted(cell)} is no number of minutes"), str(file)) from None
                if not LEAST <= minutes <= MOST_MINUTES:
                    told = f"{printable(cell)} is not above 0, or not between {LEAST:.6f} and {MOST_MINUTES:,.0f}"
                    raise BadInput(_bad(number, column, told), str(file))
                if column > 1:
                    raise BadInput(_bad(number, column, "one number in each row, and no more"), str(file))
                found.append(minutes)
        if not found:
            raise BadInput("no duration in it: one number of minutes in each row", str(file))
        return tuple(found)


def _bad(row: int, column: int, what: str) -> str:
    return f"row {row}, column {column}: {what}"
