"""The recorded calls of an inventory: a file with one JSON object for each call, or a folder of answers.

A file is a sequence of objects ``{region, service, operation, arguments, at, exit, output | error}``; the last one is
``{"end": true}``. A folder has the answers as the AWS CLI prints them, ``REGION/OPERATION.json`` or
``REGION/OPERATION=VALUE.json``, where VALUE is an argument (``%2F`` for ``/``, ``%25`` for ``%``); the error of a call
that failed is in ``REGION/OPERATION.error``; ``begin.json`` and ``end.json`` have the times.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import msgspec

from backup_slr.engine.spec.inventory import Inventory
from backup_slr.errors import BadInput, printable, quoted

LARGEST_FILE = 2**31
HOW = "make an inventory with 'backup-slr collect -o inventory.json'"
APART = "keep each inventory in its own file"
BEGIN, END = "begin.json", "end.json"


class RecordedLine(msgspec.Struct):
    """One object of an inventory file."""

    region: str = ""
    service: str = ""
    operation: str = ""
    arguments: list[str] = []
    at: str | float | None = None
    exit: int = 0
    output: msgspec.Raw = msgspec.Raw()
    error: str = ""
    end: bool = False


@dataclass(frozen=True)
class RecordedCall:
    """A call and its answer: JSON, or None if it failed with the text of an error.

    `values` are its arguments without their names, `where` is the place of the answer, for messages.
    """

    outer: str
    operation: str
    values: tuple[str, ...]
    at: datetime
    answer: bytes | None
    error: str
    where: tuple[str, int | None]


_LINE = msgspec.json.Decoder(RecordedLine)


def recorded_calls(file: str | Path, inventory: Inventory) -> list[RecordedCall]:
    """Read all calls of an inventory.

    Raises
    ------
    BadInput
        When it cannot be read, is cut off, or is something else.
    """
    path = Path(file)
    try:
        if path.is_dir():
            return list(_in_folder(path, inventory))
        with path.open("rb") as stream:
            data = stream.read(LARGEST_FILE + 1)
    except (OSError, ValueError) as error:
        raise BadInput(f"cannot be read: {getattr(error, 'strerror', None) or error}", str(file)) from None
    if len(data) > LARGEST_FILE:
        raise BadInput(f"larger than {LARGEST_FILE // 2**20} MiB: not an inventory", str(file))
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise BadInput(f"not a text file in UTF-8: {HOW}", str(file), line) from None
    return list(_in_file(text, str(file)))


def instant(value: str | float | int | bool | None) -> datetime | None:
    """A time in seconds since 1970, as version 1 of the AWS CLI prints it, or in ISO 8601; None if it is neither.

    >>> instant(1600721892.5) == instant("2020-09-21T20:58:12.500000+00:00") == instant("2020-09-21T20:58:12.5Z")
    True
    """
    try:
        if isinstance(value, str):
            found = datetime.fromisoformat(value)
            return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
        return None if value is None or isinstance(value, bool) else datetime.fromtimestamp(value, UTC)
    except (ValueError, OverflowError, OSError):
        return None


# ---------------------------------------------------------------- a file


def _in_file(text: str, file: str) -> Iterator[RecordedCall]:
    number, ended = 1, False
    for part, lines in _objects(text, file):
        if ended:
            raise BadInput(f"something follows the end: {APART}", file, number)
        try:
            line = _LINE.decode(part)
        except (msgspec.DecodeError, RecursionError, UnicodeError) as error:
            raise BadInput(f"not an inventory ({printable(str(error), 200)}): {HOW}", file, number) from None
        ended = line.end
        if not ended:
            yield _call(line, file, number)
        number += lines
    if not ended:
        raise BadInput('cut off: its last line is not {"end": true}; collect it again', file)


def _objects(text: str, file: str) -> Iterator[tuple[str, int]]:
    """Each object of a sequence, with the number of lines from its start to the next one."""
    decoder, position, number = json.JSONDecoder(), len(text) - len(text.lstrip()), 1
    while position < len(text):
        end = text.find("\n", position)
        end = len(text) if end < 0 else end
        part = text[position:end]
        try:
            msgspec.json.decode(part, type=msgspec.Raw)
        except (msgspec.DecodeError, RecursionError, UnicodeError):  # an object on several lines, or none
            end = _end(decoder, text, position, file, number)
            part = text[position:end]
        while end < len(text) and text[end].isspace():
            end += 1
        lines = text.count("\n", position, end)
        yield part, lines
        position, number = end, number + lines


def _end(decoder: json.JSONDecoder, text: str, position: int, file: str, number: int) -> int:
    try:
        return decoder.raw_decode(text, position)[1]
    except json.JSONDecodeError as error:
        line = text.count("\n", 0, error.pos) + 1
        if not text[error.pos :].strip() or "Unterminated" in error.msg:
            raise BadInput("cut off: its last line is not complete; collect it again", file, line) from None
        raise BadInput(f"not an inventory (no JSON: {error.msg}): {HOW}", file, line) from None
    except RecursionError:
        raise BadInput("nested too deep: not an inventory", file, number) from None
    except ValueError:  # Python limits the digits of a number
        raise BadInput("a number with too many digits: not an inventory", file, number) from None


def _call(line: RecordedLine, file: str, number: int) -> RecordedCall:
    if not line.operation or not line.region:
        missing = "operation" if not line.operation else "region"
        raise BadInput(f"not an inventory (an object without {missing}): {HOW}", file, number)
    at = instant(line.at)
    if at is None:
        raise BadInput(f"the call {quoted(line.operation)} has no time: at is {quoted(line.at)}", file, number)
    answer = bytes(line.output) or None if line.exit == 0 else None
    return RecordedCall(line.region, line.operation, values_of(line.arguments), at, answer, line.error, (file, number))


def values_of(words: Sequence[str]) -> tuple[str, ...]:
    """The arguments of a command line, without the names of its options.

    >>> values_of(["--by-state=RUNNING", "--all-regions", "--backup-vault-name", "web"])
    ('RUNNING', 'web')
    """
    split = [word.partition("=")[1:] if word.startswith("--") else ("=", word) for word in words]
    return tuple(value for given, value in split if given)


# ---------------------------------------------------------------- a folder


def _in_folder(folder: Path, inventory: Inventory) -> Iterator[RecordedCall]:
    found = sorted(file for file in folder.glob("*/*") if file.suffix in (".json", ".error"))
    if not any(file.name.removesuffix(file.suffix).split("=")[0] in inventory.by_operation for file in found):
        raise BadInput(f"a folder without answers (REGION/OPERATION.json): {HOW}", str(folder))
    begin, end = (_time(folder / name) for name in (BEGIN, END))
    if begin is not None and end is None:
        raise BadInput(f"cut off: there is no {END}; collect it again", str(folder))
    for file in found:
        operation, *values = file.name.removesuffix(file.suffix).split("=")
        call = inventory.by_operation.get(operation)
        if call is not None and call.each is not None and not values:
            wanted = f"{operation}=VALUE{file.suffix}, where VALUE is the {call.each.argument}"
            raise BadInput(f"the name does not say what the answer is about: name it {wanted}", str(file))
        at = end or _modified(file)
        data = file.read_bytes()
        failed = file.suffix == ".error"
        error = data.decode("utf-8", "replace") if failed else ""
        answer = None if failed or not data.strip() else data.removeprefix(b"\xef\xbb\xbf")
        name = file.parent.name
        yield RecordedCall(name, operation, tuple(map(unquote, values)), at, answer, error, (str(file), None))
        if begin is not None and file is found[0]:
            yield RecordedCall(name, "", (), begin, None, "", (str(file), None))


def _time(file: Path) -> datetime | None:
    if not file.exists():
        return None
    try:
        said: Any = msgspec.json.decode(file.read_bytes())
    except (msgspec.DecodeError, RecursionError, UnicodeError):
        said = None
    return instant(said.get("at")) if isinstance(said, dict) and isinstance(said.get("at"), str) else _modified(file)  # pyright: ignore


def _modified(file: Path) -> datetime:
    return datetime.fromtimestamp(file.stat().st_mtime, UTC)
