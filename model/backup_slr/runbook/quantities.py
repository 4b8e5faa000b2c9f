"""Numbers in runbook and account files: minutes, probabilities, counts and durations, or names of parameters."""

from __future__ import annotations

import csv
from io import StringIO
from pathlib import Path as FilePath
from typing import Annotated, Any, ClassVar, TypeAlias

from msgspec import UNSET, Struct, UnsetType

from backup_slr.engine.serialize.validation import LARGEST_NUMBER, words
from backup_slr.errors import BadInput, printable, quoted, unknown
from backup_slr.runbook.distributions import Duration, Exponential, Fixed, Lognormal, Observed
from backup_slr.scenario.toml_source import TomlSource, read

MOST_MINUTES = 1e9
LEAST = 1e-6
"""The shortest time: with shorter ones a run could make endless calls before its deadline."""
MOST_SIGMA = 10.0
ABOVE_ZERO = f"a number above 0 (at least {LEAST:.6f}) and at most {MOST_MINUTES:,.0f}"
PROBABILITY = "a probability from 0 to 1"

Number: TypeAlias = int | float | str
Minutes: TypeAlias = Annotated[Number, words("minutes, or the name of a parameter", wanted=ABOVE_ZERO)]
Chance: TypeAlias = Annotated[Number, words("a probability, or the name of a parameter", wanted=PROBABILITY)]
Whole: TypeAlias = Annotated[Number, words("a whole number, or the name of a parameter", wanted="a whole number")]


class LognormalTable(Struct, forbid_unknown_fields=True):
    """A lognormal distribution: half of the durations are below the median."""

    UNKNOWN: ClassVar[str] = "key of lognormal:"
    MISSING: ClassVar[str] = "lognormal needs a {key}"

    median: Minutes
    sigma: Minutes


class DurationTable(Struct, forbid_unknown_fields=True):
    """A distribution of durations in minutes: exactly one of these keys."""

    UNKNOWN: ClassVar[str] = "key of a duration:"

    fixed: Minutes | UnsetType = UNSET
    exponential: Minutes | UnsetType = UNSET
    lognormal: LognormalTable | UnsetType = UNSET
    csv: str | UnsetType = UNSET


Lasting: TypeAlias = Annotated[Number | DurationTable, words("minutes, fixed or drawn", wanted=ABOVE_ZERO)]


class QuantitySource(TomlSource):
    """A TOML file whose numbers may be names of `parameters`; error messages have the line."""

    parameters: dict[str, float] | None = None

    def number(self, value: Any, *path: str | int) -> Any:
        if self.parameters is None or not isinstance(value, str):
            return value
        if value not in self.parameters:
            hint = unknown("parameter", value, self.parameters)
            self.fail(f"{hint} (a number, or a name from [parameters])", *path)
        return self.parameters[value]

    def above_zero(self, value: Any, *path: str | int) -> float:
        return self._within(value, LEAST, MOST_MINUTES, ABOVE_ZERO, *path)

    def chance(self, value: Any, *path: str | int) -> float:
        return self._within(value, 0, 1, PROBABILITY, *path)

    def _within(self, value: Any, least: float, most: float, wanted: str, *path: str | int) -> float:
        value = self.number(value, *path)
        if isinstance(value, str) or not least <= value <= most:
            self.wrong(wanted, value, *path)
        return float(value)

    def count(self, value: Any, least: int, *path: str | int, most: int = LARGEST_NUMBER) -> int:
        value = self.number(value, *path)
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if not isinstance(value, int) or not least <= value <= most:
            limit = f"of at least {least}" if most == LARGEST_NUMBER else f"from {least} to {most}"
            self.wrong(f"a whole number {limit}", value, *path)
        return value

    def duration(self, value: Number | DurationTable, *path: str | int) -> Duration:
        if not isinstance(value, DurationTable):
            return Fixed(self.above_zero(value, *path))
        kinds = [kind for kind in DurationTable.__struct_fields__ if getattr(value, kind) is not UNSET]
        if len(kinds) != 1:
            self.fail(f"a duration has exactly one of {', '.join(DurationTable.__struct_fields__)}", *path)
        here = (*path, *kinds)
        if isinstance(value.csv, str):
            return Observed(self.observed(value.csv, *here))
        if isinstance(value.lognormal, LognormalTable):
            sigma = self.above_zero(value.lognormal.sigma, *here, "sigma")
            if sigma > MOST_SIGMA:
                self.wrong(f"a number above 0 and at most {MOST_SIGMA:g}", sigma, *here, "sigma")
            return Lognormal(self.above_zero(value.lognormal.median, *here, "median"), sigma)
        if not isinstance(value.fixed, UnsetType):
            return Fixed(self.above_zero(value.fixed, *here))
        return Exponential(self.above_zero(value.exponential, *here))

    def observed(self, name: str, *path: str | int) -> tuple[float, ...]:
        """The first column of a CSV file next to this file, in minutes; a first row without a number is a heading."""
        if not name:
            self.fail("the name of a CSV file cannot be empty", *path)
        file = FilePath(self.file).parent / name
        found: list[float] = []
        try:
            rows = list(csv.reader(StringIO(read(file, "CSV file")), strict=True))
        except csv.Error as error:
            raise BadInput(f"not valid CSV: {error}", str(file)) from None
        heading = next((number for number, row in enumerate(rows, 1) if row), 0)
        for number, row in enumerate(rows, 1):
            for column, cell in enumerate(row, 1):
                try:
                    minutes = float(cell)
                except ValueError:
                    if number == heading:
                        break
                    bad = _bad(number, column, f"{quoted(cell)} is not a number of minutes")
                    raise BadInput(bad, str(file)) from None
                if not LEAST <= minutes <= MOST_MINUTES:
                    told = f"{printable(cell)} is not between {LEAST:.6f} and {MOST_MINUTES:,.0f}"
                    raise BadInput(_bad(number, column, told), str(file))
                if column > 1:
                    raise BadInput(_bad(number, column, "expected one number in each row"), str(file))
                found.append(minutes)
        if not found:
            raise BadInput("empty: expected one number of minutes in each row", str(file))
        return tuple(found)


def _bad(row: int, column: int, what: str) -> str:
    return f"row {row}, column {column}: {what}"
