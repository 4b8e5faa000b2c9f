"""A JSON document taken apart with care: each value knows its path, and says what is wrong with itself."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn, cast

from backup_slr.errors import BadInput, quoted, unknown

LARGEST_FILE = 16 * 1024 * 1024


class _Object(dict[str, Any]):
    """An object of a document, which remembers a key that stands in it twice."""

    twice: str | None = None


def _object(pairs: list[tuple[str, Any]]) -> _Object:
    found = _Object(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        found.twice = next(key for key in keys if keys.count(key) > 1)
    return found


@dataclass(frozen=True)
class Node:
    """A value with its path (as JSONPath writes it) in a document, and the file that the document stands in."""

    value: Any
    path: str = "$"
    file: str | None = None

    def fail(self, message: str) -> NoReturn:
        """Complain about this very value."""
        raise BadInput(f"{self.path}: {message}", self.file)

    def _wanted(self, what: str) -> NoReturn:
        self.fail(f"must be {what}, not {_told(self.value)}")

    def object(self, required: Iterable[str] = (), optional: Iterable[str] | None = ()) -> dict[str, Node]:
        """The values of an object that has these keys and, unless `optional` is None, no others but the optional."""
        given = self.value
        if not isinstance(given, dict):
            self._wanted("an object")
        value = cast("dict[str, Any]", given)
        if isinstance(value, _Object) and value.twice is not None:
            self.fail(f"the key {quoted(value.twice)} stands here twice")
        known = [*required, *(optional or ())]
        for key in value if optional is not None else ():
            if key not in known:
                self.fail(unknown("key", key, known, show=20))
        for key in required:
            if key not in value:
                self.fail(f"the key {key!r} is missing")
        return {key: Node(inner, f"{self.path}{_step(key)}", self.file) for key, inner in value.items()}

    def array(self, least: int = 0) -> list[Node]:
        """The elements of an array that has at least so many."""
        given = self.value
        if not isinstance(given, list):
            self._wanted("an array")
        values = cast("list[Any]", given)
        if len(values) < least:
            self.fail(f"must have at least {least} element{'s' if least > 1 else ''}")
        return [Node(value, f"{self.path}[{number}]", self.file) for number, value in enumerate(values)]

    def string(self, empty: bool = False) -> str:
        """A string that says something, or may be `empty`."""
        if not isinstance(self.value, str):
            self._wanted("a string")
        if not self.value and not empty:
            self.fail("must not be empty")
        return self.value

    def maybe_string(self) -> str | None:
        """A string or null."""
        if self.value is not None and not isinstance(self.value, str):
            self._wanted("a string or null")
        return self.value

    def truth(self) -> bool:
        """True or false."""
        if not isinstance(self.value, bool):
            self._wanted("true or false")
        return self.value

    def whole(self, least: int, most: int) -> int:
        """A whole number within bounds."""
        if isinstance(self.value, bool) or not isinstance(self.value, int) or not least <= self.value <= most:
            self._wanted(f"a whole number from {least} to {most}")
        return self.value

    def one_of(self, kind: str, known: Iterable[str]) -> str:
        """One of a few known names."""
        name, names = self.string(), list(known)
        if name not in names:
            self.fail(unknown(kind, name, names))
        return name

    def strings(self) -> tuple[str, ...]:
        """The elements of an array of strings, each once."""
        found: dict[str, None] = {}
        for node in self.array():
            text = node.string()
            if text in found:
                node.fail(f"{quoted(text)} stands here twice")
            found[text] = None
        return tuple(found)


def _step(key: str) -> str:
    return f".{key}" if key.replace("_", "a").isalnum() else f"[{quoted(key)}]"


def _told(value: Any) -> str:
    """A value as a complaint shows it."""
    match value:
        case None | bool():
            return json.dumps(value)
        case int() | float():
            text = str(value)
            return text if len(text) < 30 else "a number of that size"
        case str():
            return f"the string {quoted(value)}"
        case list():
            return "an array"
        case _:
            return "an object"


def parsed(text: str, file: str) -> Node:
    """The document that a text is.

    Raises
    ------
    BadInput
        When it is no JSON.
    """

    def constant(name: str) -> NoReturn:
        raise BadInput(f"not valid JSON: {name} is no number", file)

    try:
        return Node(json.loads(text, object_pairs_hook=_object, parse_constant=constant), "$", file)
    except json.JSONDecodeError as error:
        raise BadInput(f"not valid JSON: {error.msg} (column {error.colno})", file, error.lineno) from None
    except RecursionError:
        raise BadInput("not valid JSON: nested too deep", file) from None
    except ValueError:  # Python converts only so many digits
        raise BadInput("not valid JSON: a number with too many digits", file) from None


def document(file: str) -> Node:
    """The JSON document that a file holds.

    Raises
    ------
    BadInput
        When it cannot be read, or is no JSON.
    """
    try:
        with Path(file).open("rb") as stream:
            data = stream.read(LARGEST_FILE + 1)
    except OSError as error:
        raise BadInput(f"cannot be read: {error.strerror or error}", file) from None
    except ValueError as error:  # a name that no file can have
        raise BadInput(f"cannot be read: {error}", file) from None
    if len(data) > LARGEST_FILE:
        raise BadInput(f"larger than {LARGEST_FILE // 2**20} MiB: no table of rules", file)
    try:
        return parsed(data.decode("utf-8-sig"), file)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise BadInput("not a text file in UTF-8; a table of rules is JSON", file, line) from None
