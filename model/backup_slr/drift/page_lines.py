"""The lines of a page saved as HTML, as text or as Markdown; text may be wrapped or quoted.

HTML has one line for each block (paragraph, item, heading), more where it has ``<br>``.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Literal as Exactly

_INLINE = "a abbr b bdi bdo cite code em font i img kbd mark q s samp small span strong sub sup tt u var wbr"
INLINE = frozenset(_INLINE.split())
"""Elements inside a sentence; every other one, except ``<br>``, starts and ends a block."""
_SKIPPED = "script style noscript template svg head nav button select"
_WIDGETS = "header toc language-banner page-header filter-selector copyright thumb-feedback page-utilities tools-panel"
SKIPPED = frozenset((*_SKIPPED.split(), *(f"awsdocs-{name}" for name in _WIDGETS.split()), "awsdocs-cookie-banner"))
"""Elements without text of the page. The text of the guide is in ``awsdocs-view``, so its widgets are listed."""
FRAMES = ("#main-col-body", "article", "main")
"""Elements that hold the text of a page, the narrowest first; outside are menus, notices and so on."""


@dataclass(frozen=True)
class Line:
    """A line of a page, and how it continues the previous one.

    `link` is "block" where a sentence certainly starts, "break" where it probably does, "join" where the line probably
    continues the previous one, "cut" where it continues it in the middle of a word. `frames` are those of the `FRAMES`
    that hold the line.
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
    """The text of each block of an HTML page, and the frames that hold it."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[Line] = []
        self._open: list[str] = []
        self._frames: dict[str, tuple[str, int]] = {}
        """The open frames, each with its tag, and the number of elements with that tag that were opened since."""
        self._skipping: list[str] = []

    def parse_marked_section(self, i: int, report: int = 1) -> int:
        """Read ``<![`` as a comment up to the next ``>``, as browsers do; an SGML parser would fail."""
        return self.parse_bogus_comment(i)

    def end_block(self) -> None:
        """End a block: the text since the last one."""
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


# ---------------------------------------------------------------- text and Markdown

WIDEST = 120
"""Lines of a text that are all no longer than this may be wrapped in the middle of a sentence."""
FULL = 0.75
"""A wrapped line is shorter than this share of the width only if the next word does not fit.

Programs wrap greedily or evenly, by characters or by bytes. ``fold`` keeps the space at which it breaks a line, and
cuts a word that is longer than the line.
"""
ITEM = re.compile(r"[•◦▪‣·]$|\(?\d{1,2}[.)]$")
"""The start of an item that never continues a sentence, unlike a dash."""
MARKER = re.compile(r"[-*+]$")
"""The start of an item in Markdown."""
MARKDOWN = re.compile(r"\]\(|^ {0,3}#{1,6} |^[ \t]*(?:```|~~~)|\*\*|`[^`\n]+`|(?<!\w)_\w[^_]*\w_(?!\w)", re.MULTILINE)
QUOTED = re.compile(r"^(?:[ \t]*>)+ ?", re.MULTILINE)
HARD_BREAK = "\x1f"
"""The end of a line that does not continue; it is white space, like the two spaces that it replaces."""
_URL = r"\([^()]*(?:\([^()]*\)[^()]*)*\)"
UNMARK = tuple(
    (re.compile(pattern, re.MULTILINE), by)
    for pattern, by in (
        (r"(?:(?<![ \t])[ \t]{2,}|\\)$", HARD_BREAK),
        (r"^[ \t]*(?:```|~~~).*$", ""),  # a fence around code
        (r"<br\b[^<>]*>", "\n"),
        (r"</?[A-Za-z][^<>]*>", ""),
        (r"(?<=\S)[ \t]#+[ \t]*$", ""),  # the end of a heading
        (r"^ {0,3}#{1,6}[ \t]+(.*)$", r"\n\1\n"),  # a heading
        (r"^[ \t]*([-=*_])(?:[ \t]*\1){2,}[ \t]*$", ""),  # a rule
        (r"!\[[^\[\]]*\]" + _URL, ""),  # an image
        (r"\[([^\[\]]*)\](?:" + _URL + r"|\[[^\[\]]*\])", r"\1"),  # a link
        (r"^([ \t]*)\*(?=[ \t])", r"\1+"),  # an item, before emphasis is removed
        (r"(?<!\\)(?:\*+|`+)", ""),
        (r"(?<![\w\\])_{1,2}(?=\S)|(?<=\S)(?<!\\)_{1,2}(?!\w)", ""),
        (r"\{\{([^{}\n]*)\}\}", r"\1"),  # text that the reader replaces
        (r"\\([!-/:-@\[-`{-~])", r"\1"),
    )
)
"""Replacements that remove Markdown marks and leave the text."""


def text_lines(text: str) -> list[Line]:
    r"""The lines of a text that are not empty, in order.

    >>> [line.text for line in text_lines("> # A *box*\n> 1. See [the `key`](https://example.org).")]
    ['A box', '1. See the key.']
    """
    text = QUOTED.sub("", text)
    markdown = MARKDOWN.search(text) is not None
    if markdown:
        for pattern, by in UNMARK:
            text = pattern.sub(by, text)
        text = html.unescape(text)
    lines = text.splitlines()
    width = max(map(len, lines), default=0)
    folded = any(len(line) > FULL * width and line.endswith(" ") for line in lines)
    found: list[Line] = []
    before = ""
    for line in lines:
        first = (line.split(maxsplit=1) or [""])[0]
        if not first:
            pass
        elif not before.strip() or ITEM.match(first) or (markdown and MARKER.match(first)):
            found.append(Line(line, "block"))
        elif markdown:
            found.append(Line(line, "break" if before.endswith(HARD_BREAK) else "join"))
        else:
            full = width <= WIDEST and len(before.rstrip()) + 1 + len(first) > FULL * width
            cut = full and folded and len(before.rstrip()) == width and line.startswith(first)
            found.append(Line(line, "cut" if cut else "join" if full else "break"))
        before = line
    return found
