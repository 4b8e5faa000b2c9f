"""The text of a scenario file: read, taken as TOML, and asked for values of one type each.

Whatever is not as it should be is complained of with the line on which it stands.
"""

from __future__ import annotations

import re
import sys
import tomllib
from collections.abc import Collection, Iterable
from contextlib import nullcontext
from pathlib import Path as FilePath
from typing import Any, NoReturn, cast

from backup_slr.errors import BadInput, printable, quoted, unknown
from backup_slr.scenario.positions import Path, lines

STDIN = "-"
LARGEST_FILE = 64 * 1024 * 1024
LARGEST_NUMBER = 2**63 - 1
"""TOML promises no larger whole number."""


def read(file: str | FilePath, kind: str = "scenario") -> str:
    """The text of a file, which should be of some kind; ``-`` is what comes from standard input.

    Raises
    ------
    BadInput
        When it cannot be read, or is no text.
    """
    name = str(file)
    try:
        with nullcontext(sys.stdin.buffer) if name == STDIN else FilePath(file).open("rb") as stream:
            data = stream.read(LARGEST_FILE + 1)
    except IsADirectoryError:
        raise BadInput(f"a folder, and no {kind}{' (*.toml) in it' if kind == 'scenario' else ''}", name) from None
    except OSError as error:
        raise BadInput(f"cannot be read: {error.strerror or error}", name) from None
    except ValueError as error:  # a name that no file can have
        raise BadInput(f"cannot be read: {error}", name) from None
    if len(data) > LARGEST_FILE:
        raise BadInput(f"larger than {LARGEST_FILE // 2**20} MiB: no {kind}", name)
    end = len(data)
    try:
        text = data.decode("utf-8-sig")
        if "\0" not in text:
            return text
        end = data.index(0)
    except UnicodeDecodeError as error:
        end = error.start
    article = "an" if kind[0] in "aeiou" else "a"
    what = {"CSV file": "", "trace": "; a trace is JSON"}.get(kind, f"; {article} {kind} is TOML")
    raise BadInput(f"not a text file in UTF-8{what}", name, data.count(b"\n", 0, end) + 1)


def is_folder(path: FilePath) -> bool:
    """The path is a folder; of one that cannot even be looked at, reading it will tell more."""
    try:
        return path.is_dir()
    except OSError:
        return False


class Source:
    """A text that is taken as TOML, with complaints and typed access; every access names the path of what it wants."""

    def __init__(self, text: str, file: str) -> None:
        self.text = text
        self.file = file

    def document(self) -> dict[str, Any]:
        """The text as TOML has it."""
        try:
            return tomllib.loads(self.text)
        except tomllib.TOMLDecodeError as error:
            raise self._not_toml(str(error)) from None
        except ValueError:  # Python converts only so many digits
            digits = re.search(r"[0-9][0-9_]{4000,}", self.text)
            line = self.text.count("\n", 0, digits.start()) + 1 if digits else None
            raise BadInput("not valid TOML: a number with too many digits", self.file, line) from None
        except RecursionError:
            raise BadInput("not valid TOML: nested too deep", self.file) from None

    def _not_toml(self, message: str) -> BadInput:
        found = re.fullmatch(r"(.*) \(at (?:line (\d+), column (\d+)|end of document)\)", message, re.DOTALL)
        if found is None:
            return BadInput(f"not valid TOML: {printable(message, None)}", self.file)
        what, line, column = found.groups()
        where = f"column {column}" if line else "the end of the file"
        number = int(line) if line else self.text.rstrip("\n").count("\n") + 1
        return BadInput(f"not valid TOML: {printable(what, 200)} (at {where})", self.file, number)

    # ------------------------------------------------------------ complaints

    def fail(self, message: str, *path: str | int) -> NoReturn:
        """Complain, with the line of the nearest thing on the path that has one."""
        where = lines(self.text)
        at: Path = path
        while at and at not in where:
            at = at[:-1]
        raise BadInput(message, self.file, where.get(at, 1))

    def keys(self, table: dict[str, Any], known: Collection[str], *path: str | int, of: str = "") -> None:
        """Only these keys may stand in a table."""
        for key in table:
            if key not in known:
                self.fail(unknown(f"key of {of}:" if of else "key", key, known), *path, key)

    def wrong(self, wanted: str, value: object, *path: str | int) -> NoReturn:
        """Complain that a value is not what is wanted."""
        self.fail(f"{_named(path)} must be {wanted}, not {_told(value)}", *path)

    # ------------------------------------------------------------ typed access

    def table(self, value: Any, *path: str | int) -> dict[str, Any]:
        """A table."""
        if not isinstance(value, dict):
            self.wrong("a table", value, *path)
        return cast("dict[str, Any]", value)

    def array(self, value: Any, *path: str | int) -> list[Any]:
        """An array."""
        if not isinstance(value, list):
            self.wrong("an array", value, *path)
        return cast("list[Any]", value)

    def string(self, value: Any, *path: str | int) -> str:
        """A string."""
        if not isinstance(value, str):
            self.wrong("a string", value, *path)
        return value

    def truth(self, value: Any, *path: str | int) -> bool:
        """True or false."""
        if not isinstance(value, bool):
            self.wrong("true or false", value, *path)
        return value

    def whole(self, value: Any, least: int, most: int, *path: str | int) -> int:
        """A whole number within bounds."""
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            limit = f"of at least {least}" if most == LARGEST_NUMBER else f"from {least} to {most}"
            self.wrong(f"a whole number {limit}", value, *path)
        return value

    def number(self, value: Any, most: float, *path: str | int) -> float:
        """A number that is not negative."""
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= most:
            self.wrong(f"a number from 0 to {most:,.0f}", value, *path)
        return float(value)

    def one_of(self, value: Any, known: Iterable[str], kind: str, *path: str | int) -> str:
        """One of a few known names."""
        name = self.string(value, *path)
        options = list(known)
        if name not in options:
            self.fail(unknown(kind, name, options), *path)
        return name


def _named(path: Path) -> str:
    """What stands at a path, as a complaint calls it."""
    last = path[-1]
    return f"element {last + 1} of {_named(path[:-1])}" if isinstance(last, int) else quoted(last)


def _told(value: object) -> str:
    """A value as a complaint shows it: numbers as they are, everything else by its type."""
    match value:
        case bool():
            return str(value).lower()
        case int():
            return str(value) if abs(value) < 10**30 else "a number of that size"
        case float():
            return str(value)
        case str():
            return "a string"
        case list():
            return "an array"
        case dict():
            return "a table"
        case _:
            return "a date or time"
