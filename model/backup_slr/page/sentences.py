"""The sentences of a page, saved as HTML or as text.

A sentence ends with its block (paragraph, item of a list, heading, line of text) or at a full stop, question mark
or exclamation mark that a space follows. Numbers and bullets before an item are no part of it.
"""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

from backup_slr.errors import BadInput

_INLINE = "a abbr b bdi bdo cite code em i img kbd mark q s samp small span strong sub sup tt u var wbr"
INLINE = frozenset(_INLINE.split())
"""Elements that stand within a sentence; every other one begins and ends a block."""
SKIPPED = frozenset(("script", "style", "noscript", "template", "svg", "head", "nav", "button", "select"))
"""Elements whose text nobody reads as text of the page; and so it is with the widgets of the guide, ``awsdocs-...``."""
FRAMES = ("#main-col-body", "article", "main")
"""What holds the text of a page, the narrowest first; around it are menus, notices and the like."""
WIDEST = 120
"""Lines of a text that are all no longer than this may be wrapped in the middle of a sentence."""
BULLET = re.compile(r"^(?:[•◦▪‣·*\u2013-]|\(?\d{1,2}[.)]|[a-z][.)])(?:\s+|$)")
ITEM = re.compile(r"[•◦▪‣]$|\(?\d{1,2}[.)]$")
"""What begins an item and never goes on with a sentence, as a dash may."""
UNSEEN = dict.fromkeys(map(ord, "\u00ad\u200b\u200c\u200d\u2060\ufeff"))
"""Soft hyphens and what has no width: they say where a line may break, and are no part of a sentence."""
END = re.compile(r"(?<=[.!?])\s+")


LARGEST = 16 * 2**20
"""No page is larger, in bytes."""


def read(file: str) -> str:
    """The text of a saved page.

    Raises
    ------
    BadInput
        When it cannot be read, is empty, or is no text.
    """
    try:
        with Path(file).open("rb") as stream:
            data = stream.read(LARGEST + 1)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise BadInput(f"cannot be read: {reason or error}", file) from None
    if len(data) > LARGEST:
        raise BadInput(f"larger than {LARGEST // 2**20} MiB: no page", file)
    if not data.strip():
        raise BadInput("is empty: save the page as HTML or text", file)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text:
        raise BadInput("is no text in UTF-8: save the page as HTML or text (no PDF, no web archive)", file)
    return text


def is_html(text: str) -> bool:
    """Whether a saved page is HTML rather than text."""
    return bool(re.search(r"<(?:!doctype\s+html|html|body|div|p|h1|li)\b", text[:100_000], re.IGNORECASE))


def sentences(text: str) -> list[str]:
    """Every sentence of a page in order, whitespace collapsed, each once.

    >>> sentences("<p>First, one.  Then <code>two</code>.</p><ol><li>Three</ol>")
    ['First, one.', 'Then two.', 'Three']
    >>> sentences("  1. To begin, press it. Wait!\\n\\n  \N{BULLET} An item")
    ['To begin, press it.', 'Wait!', 'An item']
    """
    return list(framed(text))


def framed(text: str) -> dict[str, frozenset[str]]:
    """The same, each with those of the `FRAMES` that it stands in.

    >>> framed("<p>Hello</p><main><p>It is so.</p></main>")
    {'Hello': frozenset(), 'It is so.': frozenset({'main'})}
    """
    blocks = _Blocks.of(text) if is_html(text) else [(block, frozenset[str]()) for block in _unwrapped(text)]
    found: dict[str, frozenset[str]] = {}
    for block, frames in blocks:
        words = BULLET.sub("", " ".join(block.translate(UNSEEN).split()))
        for sentence in END.split(words):
            if sentence:
                found[sentence] = found.get(sentence, frozenset()) | frames
    return found


def _unwrapped(text: str) -> list[str]:
    """The lines of a text; one that was ended only because the next word had no room goes on with the next line."""
    lines = [line.rstrip() for line in text.splitlines()]
    width = max(map(len, lines), default=0)
    found: list[str] = []
    before, full = "", False
    for line in lines:
        first = line.split(maxsplit=1)[:1]
        if full and first and not ITEM.match(first[0]) and len(before) + 1 + len(first[0]) > width:
            found[-1] += ("" if re.search(r"\w-$", before) else " ") + line.strip()
        else:
            found.append(line)
        before, full = line, bool(first) and width <= WIDEST
    return found


class _Blocks(HTMLParser):
    """The text of each block of an HTML page, and in which frames it stands."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[tuple[str, frozenset[str]]] = []
        self._open: list[str] = []
        self._frames: dict[str, tuple[str, int]] = {}
        """Those that are open, each with its tag, and how many elements with that tag are open from it on."""
        self._skipping: list[str] = []

    @classmethod
    def of(cls, text: str) -> list[tuple[str, frozenset[str]]]:
        """The blocks of a page, in order."""
        parser = cls()
        parser.feed(text)
        parser.close()
        parser.end_block()
        return parser.found

    def end_block(self) -> None:
        """What was read since the last block is one."""
        words = "".join(self._open)
        self._open.clear()
        if words.strip():
            self.found.append((words, frozenset(self._frames)))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if _skipped(tag):
            self._skipping.append(tag)
        elif tag not in INLINE:
            self.end_block()
        frame = next((f for f in (tag, f"#{dict(attrs).get('id')}") if f in FRAMES and f not in self._frames), None)
        self._nest(tag, 1)
        if frame is not None:
            self._frames[frame] = (tag, 1)

    def handle_endtag(self, tag: str) -> None:
        if tag in self._skipping:
            while self._skipping.pop() != tag:
                pass
        elif tag not in INLINE:
            self.end_block()
        self._nest(tag, -1)

    def _nest(self, tag: str, by: int) -> None:
        nested = {f: (t, n + by * (t == tag)) for f, (t, n) in self._frames.items()}
        self._frames = {f: (t, n) for f, (t, n) in nested.items() if n}

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in INLINE and not _skipped(tag):
            self.end_block()

    def handle_data(self, data: str) -> None:
        if not self._skipping:
            self._open.append(data)


def _skipped(tag: str) -> bool:
    return tag in SKIPPED or (tag.startswith("awsdocs-") and tag != "awsdocs-tabs")
