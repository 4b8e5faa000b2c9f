"""The line of every key and value of a TOML file; tomllib does not keep it.

The text is valid TOML (tomllib has parsed it), so this only tracks positions. It is only used to report errors.
"""

from __future__ import annotations

import re
import tomllib

from backup_slr.engine.serialize.validation import Path

KEY = re.compile(r"""[ \t]*(?:("(?:[^"\\]|\\.)*")|'([^']*)'|([A-Za-z0-9_-]+))[ \t]*""")
GAP = re.compile(r"(?:[ \t\r\n,]+|#[^\n]*)*")
STRING = re.compile(r'"""(?:[^\\]|\\.)*?"{3,5}|\'\'\'.*?\'{3,5}|"(?:[^"\\\n]|\\.)*"|\'[^\'\n]*\'', re.DOTALL)
PLAIN = re.compile(r"[^,\]}#\n]+")


def lines(text: str) -> dict[Path, int]:
    r"""The line of every key and array element, by its path.

    >>> lines('a = 1\n[[step]]\ndo = "x"\n')[("step", 0, "do")]
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
        self.counted = 0  # the position up to which newlines are counted

    def run(self) -> dict[Path, int]:
        prefix: Path = ()
        while self.peek():
            if self.peek() == "[":
                prefix = self.header()
            else:
                self.pair(prefix)
        return self.found

    def peek(self) -> str:
        """Return the next character that is not in a gap, or an empty string at the end."""
        gap = GAP.match(self.text, self.at)
        self.at = gap.end() if gap else self.at
        return self.text[self.at : self.at + 1]

    def here(self) -> int:
        """The line of the position, which never decreases."""
        self.line += self.text.count("\n", self.counted, self.at)
        self.counted = self.at
        return self.line

    def key(self) -> list[str]:
        """Read a dotted key, and move past it."""
        names: list[str] = []
        while match := KEY.match(self.text, self.at):
            escaped, literal, bare = match.groups()
            names.append(literal or bare or "" if escaped is None else tomllib.loads(f"key = {escaped}")["key"])
            self.at = match.end()
            if self.text[self.at] != ".":
                break
            self.at += 1
        return names

    def header(self) -> Path:
        """Read a table header; elements of arrays of tables are numbered in order."""
        line, array = self.here(), self.text.startswith("[[", self.at)
        self.at += 2 if array else 1
        names = self.key()
        self.at += 2 if array else 1
        path: Path = ()
        for number, name in enumerate(names, 1):
            path = (*path, name)
            self.found.setdefault(path, line)
            if array and number == len(names):
                self.counts[path] = self.counts.get(path, -1) + 1
            if path in self.counts:
                path = (*path, self.counts[path])
                self.found.setdefault(path, line)
        return path

    def pair(self, path: Path) -> None:
        line = self.here()
        for name in self.key():
            path = (*path, name)
            self.found.setdefault(path, line)
        self.at += 1
        self.value(path)

    def value(self, path: Path) -> None:
        first = self.peek()
        if first not in ("[", "{"):
            match = STRING.match(self.text, self.at) or PLAIN.match(self.text, self.at)
            self.at = match.end() if match else self.at + 1
            return
        self.at += 1
        number = 0
        while self.peek() not in ("]", "}", ""):
            if first == "{":
                self.pair(path)
            else:
                self.found[*path, number] = self.here()
                self.value((*path, number))
                number += 1
        self.at += 1
