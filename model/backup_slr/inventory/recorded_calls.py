"""The recorded calls of an inventory: a file with one JSON object for each call, or a folder of answers.

A file is a sequence of objects ``{region, service, operation, arguments, at, exit, output | error}``; the last one is
``{"end": true}``. A folder has the answers as the AWS CLI prints them, ``REGION/OPERATION.json`` or
``REGION/OPERATION=VALUE.json``, where VALUE is an argument (``%2F`` for ``/``, ``%25`` for ``%``); the error of a call
that failed is in ``REGION/OPERATION.error``; ``begin.json`` and ``end.json`` have the times.
"""

from __future__ import annotations

import json
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import unquote

import msgspec

from backup_slr.engine.spec.inventory import Inventory
from backup_slr.errors import BadInput, printable, quoted
from backup_slr.inventory.typed_answers import TypedAnswers, Where, instant

LARGEST_FILE = 2**31
HOW = "make an inventory with 'backup-slr collect -o inventory.json'"
AS_TOML = "the name of an account in TOML ends in .toml"
IN_FOLDER = "save answers of the AWS CLI as FOLDER/REGION/OPERATION.json and name the folder"
APART = "keep each inventory in its own file"
MARKS = (BOM_UTF8, BOM_UTF16_LE, BOM_UTF16_BE)
BEGIN, END = "begin.json", "end.json"


@dataclass(frozen=True)
class RecordedCall:
    """A call and its answer: typed if it is read, or None if it failed with the text of an error.

    `values` are its arguments without their names, `where` is the place of the answer, for messages.
    """

    outer: str
    operation: str
    values: tuple[str, ...]
    at: datetime
    answer: Any
    error: str
    where: Where


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


_LINE = msgspec.json.Decoder(RecordedLine)


def recorded_calls(file: str | Path, inventory: Inventory) -> list[RecordedCall]:
    """Read all calls of an inventory. Raises `BadInput` when it cannot be read, is cut off, or is something else."""
    path, typed = Path(file), TypedAnswers(inventory)
    try:
        if path.is_dir():
            return list(_in_folder(path, inventory, typed))
        with path.open("rb") as stream:
            return list(_in_file(stream, typed, str(file)))
    except (OSError, ValueError) as error:
        raise BadInput(f"cannot be read: {getattr(error, 'strerror', None) or error}", str(file)) from None


def text_of(data: bytes, file: str) -> str:
    """The text of a file in UTF-8, or in UTF-16 with a mark, which the redirection of PowerShell writes.

    Raises `BadInput` when it is neither.
    """
    try:
        return data.decode("utf-16" if data.startswith(MARKS[1:]) else "utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise BadInput(f"not a text file in UTF-8: {HOW}", file, line) from None


# ---------------------------------------------------------------- a file


def _in_file(stream: BinaryIO, typed: TypedAnswers, file: str) -> Iterator[RecordedCall]:
    number, ended = 1, False
    for line, lines in _lines(stream, file):
        if ended:
            raise BadInput(f"something follows the end: {APART}", file, number)
        ended = line.end
        if not ended:
            yield _call(line, typed, file, number)
        number += lines
    if not ended:
        raise BadInput('cut off: its last line is not {"end": true}; collect it again', file)


def _lines(stream: BinaryIO, file: str) -> Iterator[tuple[RecordedLine, int]]:
    """Each object, with the number of lines from its start to the next one: usually every line is an object."""
    number = total = 0
    while data := stream.readline(LARGEST_FILE + 1):
        number, total = number + 1, total + len(data)
        if total > LARGEST_FILE:
            raise BadInput(f"larger than {LARGEST_FILE // 2**20} MiB: not an inventory", file)
        try:
            line = _LINE.decode(data)
        except (msgspec.DecodeError, RecursionError, UnicodeError):
            yield from _objects(text_of(data + stream.read(LARGEST_FILE), file), file, number)
            return
        yield line, 1


def _objects(text: str, file: str, number: int) -> Iterator[tuple[RecordedLine, int]]:
    """The same for a text in which objects are on several lines, or which is no inventory."""
    decoder, first, position = json.JSONDecoder(), number, len(text) - len(text.lstrip())
    number += text.count("\n", 0, position)
    while position < len(text):
        end = _end(decoder, text, position, file, (first, number))
        part = text[position:end]
        while end < len(text) and text[end].isspace():
            end += 1
        lines = text.count("\n", position, end)
        try:
            yield _LINE.decode(part), lines
        except (msgspec.DecodeError, RecursionError, UnicodeError) as error:
            raise BadInput(f"not an inventory ({printable(str(error), 200)}): {HOW}", file, number) from None
        position, number = end, number + lines


def _end(decoder: json.JSONDecoder, text: str, position: int, file: str, numbers: tuple[int, int]) -> int:
    first, number = numbers
    try:
        return decoder.raw_decode(text, position)[1]
    except json.JSONDecodeError as error:
        line = text.count("\n", 0, error.pos) + first
        if not text[error.pos :].strip() or "Unterminated" in error.msg:
            raise BadInput("cut off: its last line is not complete; collect it again", file, line) from None
        raise BadInput(f"not an inventory (no JSON: {error.msg}): {HOW}; {AS_TOML}", file, line) from None
    except RecursionError:
        raise BadInput("nested too deep: not an inventory", file, number) from None
    except ValueError:  # Python limits the digits of a number
        raise BadInput("a number with too many digits: not an inventory", file, number) from None


def _call(line: RecordedLine, typed: TypedAnswers, file: str, number: int) -> RecordedCall:
    if not line.operation or not line.region:
        missing = "operation" if not line.operation else "region"
        raise BadInput(f"not an inventory (an object without {missing}): {HOW}, or {IN_FOLDER}", file, number)
    at = instant(line.at)
    if at is None:
        raise BadInput(f"the call {quoted(line.operation)} has no time: at is {quoted(line.at)}", file, number)
    where = file, number
    answer = None if line.exit else _answer(line.operation, bytes(line.output), typed, where)
    return RecordedCall(line.region, line.operation, values_of(line.arguments), at, answer, line.error, where)


def _answer(operation: str, data: bytes, typed: TypedAnswers, where: Where) -> Any:
    """An answer, typed if its operation is read; None if there is none."""
    if not data.strip():
        return None
    return typed.decoded(operation, data, where) if operation in typed.decoders else data


def values_of(words: Sequence[str]) -> tuple[str, ...]:
    """The arguments of a command line, without the names of its options.

    >>> values_of(["--by-state=RUNNING", "--all-regions", "--backup-vault-name", "web"])
    ('RUNNING', 'web')
    """
    split = [word.partition("=")[1:] if word.startswith("--") else ("=", word) for word in words]
    return tuple(value for given, value in split if given)


# ---------------------------------------------------------------- a folder


def _in_folder(folder: Path, inventory: Inventory, typed: TypedAnswers) -> Iterator[RecordedCall]:
    found = sorted(file for file in folder.glob("*/*") if file.suffix in (".json", ".error"))
    if not any(file.name.removesuffix(file.suffix).split("=")[0] in inventory.by_operation for file in found):
        raise BadInput(f"a folder without answers (REGION/OPERATION.json): {HOW}, or {IN_FOLDER}", str(folder))
    begin, end = (_time(folder / name) for name in (BEGIN, END))
    if begin is not None and end is None:
        raise BadInput(f"cut off: there is no {END}; collect it again", str(folder))
    for file in found:
        operation, *values = file.name.removesuffix(file.suffix).split("=")
        call = inventory.by_operation.get(operation)
        if call is not None and call.each is not None and not values:
            wanted = f"{operation}=VALUE{file.suffix}, where VALUE is the {call.each.argument}"
            raise BadInput(f"the name does not say what the answer is about: name it {wanted}", str(file))
        if not file.is_file():
            raise BadInput("not a regular file: it must have the answer of a call", str(file))
        at = end or _modified(file)
        data = file.read_bytes()
        failed = file.suffix == ".error"
        error = data.decode("utf-8", "replace") if failed else ""
        where, name = (str(file), None), file.parent.name
        marked = data.startswith(MARKS)
        answer = (
            None if failed else _answer(operation, text_of(data, str(file)).encode() if marked else data, typed, where)
        )
        yield RecordedCall(name, operation, tuple(map(unquote, values)), at, answer, error, where)
        if begin is not None and file is found[0]:
            yield RecordedCall(name, "", (), begin, None, "", where)


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
