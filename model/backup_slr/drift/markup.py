"""The lines of a page saved as HTML: one for each block (paragraph, item, heading), more where it has ``<br>``."""

from __future__ import annotations

from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Literal as Exactly

_INLINE = "a abbr b bdi bdo cite code em font i img kbd mark q s samp small span strong sub sup tt u var wbr"
INLINE = frozenset(_INLINE.split())
"""Elements that stand within a sentence; every other one, except ``<br>``, begins and ends a block."""
_SKIPPED = "script style noscript template svg head nav button select"
_WIDGETS = "header toc language-banner page-header filter-selector copyright thumb-feedback page-utilities tools-panel"
SKIPPED = frozenset((*_SKIPPED.split(), *(f"awsdocs-{name}" for name in _WIDGETS.split()), "awsdocs-cookie-banner"))
"""Elements without text of the page. The guide's own text stands in ``awsdocs-view``, so its widgets are listed."""
FRAMES = ("#main-col-body", "article", "main")
"""What holds the text of a page, the narrowest first; around it are menus, notices and the like."""


@dataclass(frozen=True)
class Line:
    """A line of a page, and what its beginning means.

    `link` is "block" where a sentence begins for sure, "break" where it most likely does, "join" where the line most
    likely continues the one before it, "cut" where it does so in the middle of a word. `frames` are those of the
    `FRAMES` that hold the line.
    """

    text: str
    link: Exactly["block", "break", "join", "cut"]
    frames: frozenset[str] = frozenset()


def html_lines(text: str) -> list[Line]:
    """The lines of an HTML page, in order."""
    parser = _Blocks()
    parser.feed(text)
    parser.close()
    parser.end_block()
    return parser.found


class _Blocks(HTMLParser):
    """The text of each block of an HTML page, and in which frames it stands."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[Line] = []
        self._open: list[str] = []
        self._frames: dict[str, tuple[str, int]] = {}
        """Those that are open, each with its tag, and how many elements with that tag are open from it on."""
        self._skipping: list[str] = []

    def parse_marked_section(self, i: int, report: int = 1) -> int:
        """What begins with ``<![`` is a comment up to the next ``>``, as in browsers; an SGML parser would give up."""
        return self.parse_bogus_comment(i)

    def end_block(self) -> None:
        """What was read since the last block is one."""
        words = "".join(self._open)
        self._open.clear()
        if words.strip():
            lines = [line for line in words.split("\n") if line.strip()]
            frames = frozenset(self._frames)
            self.found += [Line(line, "break" if n else "block", frames) for n, line in enumerate(lines)]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in SKIPPED:
            self._skipping.append(tag)
        else:
            self._boundary(tag)
        frame = next((f for f in (tag, f"#{dict(attrs).get('id')}") if f in FRAMES and f not in self._frames), None)
        self._nest(tag, 1)
        if frame is not None:
            self._frames[frame] = (tag, 1)

    def handle_endtag(self, tag: str) -> None:
        if tag in self._skipping:
            while self._skipping.pop() != tag:
                pass
        else:
            self._boundary(tag)
        self._nest(tag, -1)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in SKIPPED:
            self._boundary(tag)

    def handle_data(self, data: str) -> None:
        if not self._skipping:
            self._open.append(data.replace("\n", " "))

    def _boundary(self, tag: str) -> None:
        if tag == "br":
            self._open.append("\n")
        elif tag not in INLINE:
            self.end_block()

    def _nest(self, tag: str, by: int) -> None:
        nested = {f: (t, n + by * (t == tag)) for f, (t, n) in self._frames.items()}
        self._frames = {f: (t, n) for f, (t, n) in nested.items() if n}
