"""The lines of a page saved as text or Markdown: wrapped or not, quoted or not."""

from __future__ import annotations

import html
import re

from backup_slr.drift.markup import Line

WIDEST = 120
"""Lines of a text that are all no longer than this may be wrapped in the middle of a sentence."""
FULL = 0.75
"""Programs that wrap leave less than this share of the width only where the next word has no room.

They differ in how: greedy or balanced, by characters or by bytes. ``fold`` leaves the space at which it breaks a
line, and cuts a word that is longer than the line.
"""
ITEM = re.compile(r"[•◦▪‣·]$|\(?\d{1,2}[.)]$")
"""What begins an item and never continues a sentence, as a dash may."""
MARKER = re.compile(r"[-*+]$")
"""What begins an item in Markdown."""
MARKDOWN = re.compile(r"\]\(|^ {0,3}#{1,6} |^[ \t]*(?:```|~~~)|\*\*|`[^`\n]+`|(?<!\w)_\w[^_]*\w_(?!\w)", re.MULTILINE)
QUOTED = re.compile(r"^(?:[ \t]*>)+ ?", re.MULTILINE)
HARD_BREAK = "\x1f"
"""Stands for the end of a line that does not continue; it is white space, as the two spaces for which it stands."""
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
        (r"^([ \t]*)\*(?=[ \t])", r"\1+"),  # an item, before what emphasizes is taken away
        (r"(?<!\\)(?:\*+|`+)", ""),
        (r"(?<![\w\\])_{1,2}(?=\S)|(?<=\S)(?<!\\)_{1,2}(?!\w)", ""),
        (r"\{\{([^{}\n]*)\}\}", r"\1"),  # what the reader replaces
        (r"\\([!-/:-@\[-`{-~])", r"\1"),
    )
)
"""What takes the marks of Markdown away and leaves the text."""


def text_lines(text: str) -> list[Line]:
    """The lines of a text that are not empty, in order.

    >>> [line.text for line in text_lines("> # A *box*\\n> 1. See [the `key`](https://example.org).")]
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
