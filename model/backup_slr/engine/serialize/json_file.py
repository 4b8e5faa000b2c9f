"""Read and parse JSON files, and report errors with their JSON path."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path as FilePath
from typing import Any, NoReturn, cast

from backup_slr.engine.serialize.validation import Path, Source
from backup_slr.errors import BadInput, quoted

LARGEST_FILE = 16 * 1024 * 1024


@dataclass(frozen=True)
class JsonSource(Source):
    """A JSON file, or the part of it at a path (`root`)."""

    file: str | None = None
    root: Path = ()
    table = "an object"

    def fail(self, message: str, *path: str | int) -> NoReturn:
        raise BadInput(f"${''.join(map(_step, (*self.root, *path)))}: {message}", self.file)


def _step(key: str | int) -> str:
    if isinstance(key, int):
        return f"[{key}]"
    return f".{key}" if key.replace("_", "a").isalnum() else f"[{quoted(key)}]"


class _Object(dict[str, Any]):
    """An object of a document that records a duplicate key."""

    twice: str | None = None


def _object(pairs: list[tuple[str, Any]]) -> _Object:
    found = _Object(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        found.twice = next(key for key in keys if keys.count(key) > 1)
    return found


def _repeated(value: Any, path: Path) -> Iterator[tuple[str, Path]]:
    """The duplicate keys of objects, with the paths of the objects."""
    if isinstance(value, _Object):
        if value.twice is not None:
            yield value.twice, path
        for key, inner in value.items():
            yield from _repeated(inner, (*path, key))
    elif isinstance(value, list):
        for number, inner in enumerate(cast("list[Any]", value)):
            yield from _repeated(inner, (*path, number))


def parsed(text: str, file: str) -> Any:
    """The document that a text is; `BadInput` if it is no JSON, or an object has a key twice."""

    def constant(name: str) -> NoReturn:
        raise BadInput(f"not valid JSON: {name} is not a number", file)

    try:
        found = json.loads(text, object_pairs_hook=_object, parse_constant=constant)
        repeated = next(_repeated(found, ()), None)
    except json.JSONDecodeError as error:
        raise BadInput(f"not valid JSON: {error.msg} (column {error.colno})", file, error.lineno) from None
    except RecursionError:
        raise BadInput("not valid JSON: nested too deep", file) from None
    except ValueError:  # Python limits the digits of a number
        raise BadInput("not valid JSON: a number with too many digits", file) from None
    if repeated is not None:
        JsonSource(file).fail(f"duplicate key {quoted(repeated[0])}", *repeated[1])
    return found


def document(file: str) -> Any:
    try:
        with FilePath(file).open("rb") as stream:
            data = stream.read(LARGEST_FILE + 1)
    except (OSError, ValueError) as error:  # some names are not valid file names
        raise BadInput(f"cannot be read: {getattr(error, 'strerror', None) or error}", file) from None
    if len(data) > LARGEST_FILE:
        raise BadInput(f"larger than {LARGEST_FILE // 2**20} MiB: not a rule set", file)
    try:
        return parsed(data.decode("utf-8-sig"), file)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise BadInput("not a text file in UTF-8; a rule set is JSON", file, line) from None
