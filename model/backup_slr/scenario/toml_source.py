"""Read and parse TOML files, and report errors with their line."""

from __future__ import annotations

import re
import sys
import tomllib
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path as FilePath
from typing import Any, NoReturn

from backup_slr.engine.serialize.validation import Path, Source
from backup_slr.errors import BadInput, printable, quoted
from backup_slr.scenario.toml_lines import lines

STDIN = "-"
LARGEST_FILE = 64 * 1024 * 1024


def read(file: str | FilePath, kind: str = "scenario") -> str:
    """Read the text of a file; ``-`` is standard input. Raises `BadInput` when it cannot be read or is not text."""
    name, one = str(file), f"{'an' if kind[0] in 'aeiou' else 'a'} {kind}"
    try:
        with nullcontext(sys.stdin.buffer) if name == STDIN else FilePath(file).open("rb") as stream:
            data = stream.read(LARGEST_FILE + 1)
    except IsADirectoryError:
        what = "a folder without scenarios (*.toml)" if kind == "scenario" else f"a folder, not {one}"
        raise BadInput(what, name) from None
    except (OSError, ValueError) as error:  # some names are not valid file names
        raise BadInput(f"cannot be read: {getattr(error, 'strerror', None) or error}", name) from None
    if len(data) > LARGEST_FILE:
        raise BadInput(f"larger than {LARGEST_FILE // 2**20} MiB: not {one}", name)
    end = len(data)
    try:
        text = data.decode("utf-8-sig")
        if "\0" not in text:
            return text
        end = data.index(0)
    except UnicodeDecodeError as error:
        end = error.start
    what = {"CSV file": "", "trace": "; a trace is JSON"}.get(kind, f"; {one} is TOML")
    raise BadInput(f"not a text file in UTF-8{what}", name, data.count(b"\n", 0, end) + 1)


def is_folder(path: FilePath) -> bool:
    """Whether the path is a folder; `read` reports a path that cannot be accessed."""
    try:
        return path.is_dir()
    except OSError:
        return False


class TomlSource(Source):
    """A TOML text, and errors with their lines."""

    table = "a table"

    def __init__(self, text: str, file: str) -> None:
        self.text = text
        self.file = file

    def document(self) -> dict[str, Any]:
        """The parsed text. Raises `BadInput` when it is not valid TOML."""
        try:
            return tomllib.loads(self.text)
        except tomllib.TOMLDecodeError as error:
            raise self._not_toml(str(error)) from None
        except ValueError:  # Python limits the digits of a number
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

    def fail(self, message: str, *path: str | int) -> NoReturn:
        """Raise an error with the line of the nearest element on the path that has one."""
        where = lines(self.text)
        at: Path = path
        while at and at not in where:
            at = at[:-1]
        raise BadInput(message, self.file, where.get(at, 1))

    def about(self, path: Sequence[str | int]) -> str:
        """The element at a path, as the subject of a message."""
        last = path[-1]
        return f"element {last + 1} of {self.about(path[:-1])}" if isinstance(last, int) else f"{quoted(last)} "
