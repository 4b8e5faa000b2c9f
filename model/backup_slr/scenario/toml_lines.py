"""The line of every key and value of a TOML file; tomllib does not keep it.

The text is known to be valid TOML (tomllib has read it), so this only has to keep track of where things are. It is
asked for only when there is an error to report.
"""

from __future__ import annotations

import re
import tomllib

from backup_slr.engine.serialize.validation import Path

KEY = re.compile(r"""[ \t]*(?:("(?:[^"\\]|\\.)*")|'([^']*)'|([A-Za-z0-9_-]+))[ \t]*""")
GAP = re.compile(r"(?:[ \t\r\n,]+|#[^\n]*)*")
BLANK = re.compile(r"(?:[ \t\r\n]+|#[^\n]*)*")
STRING = re.compile(r'"""(?:[^\\]|\\.)*?"{3,5}|\'\'\'.*?\'{3,5}|"(?:[^"\\\n]|\\.)*"|\'[^\'\n]*\'', re.DOTALL)
PLAIN = re.compile(r"[^,\]}#\n]+")


def lines(text: str) -> dict[Path, int]:
    """The line of every key and array element, by its path.

    >>> lines('a = 1\\n[[step]]\\ndo = "x"\\n')[("step", 0, "do")]
    3
    """
    return _Scanner(text).run()


class _Scanner:
    def __init__(self, text: str) -> None:
        self.text = text.replace("\r\n", "\n")
        self.at = 0
        self.found: dict[Path, int] = {}
        self.counts: dict[Path, int] = {}
        self.line = 1
        self.counted = 0  # so far newlines were counted

    def run(self) -> dict[Path, int]:
        prefix: Path = ()
        while True:
            self.skip(BLANK)
            if self.at >= len(self.text):
                return self.found
            if self.text[self.at] == "[":
                prefix = self.header()
            else:
                self.pair(prefix)

    def skip(self, pattern: re.Pattern[str]) -> None:
        match = pattern.match(self.text, self.at)
        self.at = match.end() if match else self.at

    def note(self, path: Path) -> None:
        """What stands at the position; positions only ever grow from one note to the next."""
        self.line += self.text.count("\n", self.counted, self.at)
        self.counted = self.at
        self.found.setdefault(path, self.line)

    def key(self) -> list[str]:
        """A dotted key; the position is behind it afterwards."""
        names: list[str] = []
        while True:
            match = KEY.match(self.text, self.at)
            if match is None:
                return names
            escaped, literal, bare = match.groups()
            names.append(literal or bare or "" if escaped is None else tomllib.loads(f"key = {escaped}")["key"])
            self.at = match.end()
            if self.text[self.at : self.at + 1] != ".":
                return names
            self.at += 1

    def header(self) -> Path:
        """A table header; elements of arrays of tables are numbered as they come."""
        array = self.text.startswith("[[", self.at)
        start = self.at
        self.at += 2 if array else 1
        names = self.key()
        end = self.at + (2 if array else 1)
        self.at = start
        path: Path = ()
        for i, name in enumerate(names):
            path = (*path, name)
            self.note(path)
            if array and i == len(names) - 1:
                self.counts[path] = self.counts.get(path, -1) + 1
            if path in self.counts:
                path = (*path, self.counts[path])
                self.note(path)
        self.at = end
        return path

    def pair(self, prefix: Path) -> None:
        start = self.at
        names = self.key()
        end = self.at
        self.at = start
        path = prefix
        for name in names:
            path = (*path, name)
            self.note(path)
        self.at = end + 1
        self.value(path)

    def value(self, path: Path) -> None:
        self.skip(BLANK)
        first = self.text[self.at : self.at + 1]
        if first == "[":
            self.elements(path)
        elif first == "{":
            self.at += 1
            self.skip(GAP)
            while self.text[self.at : self.at + 1] not in ("}", ""):
                self.pair(path)
                self.skip(GAP)
            self.at += 1
        else:
            match = STRING.match(self.text, self.at) or PLAIN.match(self.text, self.at)
            self.at = match.end() if match else self.at + 1

    def elements(self, path: Path) -> None:
        self.at += 1
        self.skip(GAP)
        number = 0
        while self.text[self.at : self.at + 1] not in ("]", ""):
            self.note((*path, number))
            self.value((*path, number))
            number += 1
            self.skip(GAP)
        self.at += 1
