"""The sentences of a page, saved as HTML, as text or as Markdown.

A sentence ends with its block (paragraph, item of a list, heading) or at a period, question mark or exclamation mark
before a space. Numbers and bullets before an item are not part of it. At the end of a line of text, a sentence may end
or not: the known sentences of the page decide, and otherwise the length of the line.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from backup_slr.drift.page_lines import Line, html_lines, text_lines
from backup_slr.engine.spec.documentation import sentence_hash
from backup_slr.errors import BadInput

BULLET = re.compile(r"^(?:[•◦▪‣·*+\u2013-]|\(?\d{1,2}[.)]|[a-z][.)])(?:\s+|$)")
UNSEEN = dict.fromkeys(map(ord, "\u00ad\u200b\u200c\u200d\u2060\ufeff"))
"""Soft hyphens and characters without width, which are not part of a sentence."""
END = re.compile(r"(?<=[.!?])\s+")
HYPHENATED = re.compile(r"\w-$")
LARGEST = 16 * 2**20
"""The maximum size of a page in bytes."""
MOST_LINES = 24
"""The maximum number of lines to which a sentence is wrapped."""
LONGEST_RUN = 1000
"""The maximum number of consecutive lines between which no sentence certainly ends."""


@dataclass(frozen=True)
class PageSentence:
    """A sentence of a page, with its hash; `frames`: see `Line`."""

    sentence: str
    sha256: str
    frames: frozenset[str]


def read(file: str) -> str:
    """The text of a saved page; `BadInput` if it cannot be read, is empty, or is no text."""
    try:
        with Path(file).open("rb") as stream:
            data = stream.read(LARGEST + 1)
    except (OSError, ValueError) as error:
        raise BadInput(f"cannot be read: {getattr(error, 'strerror', None) or error}", file) from None
    if len(data) > LARGEST:
        raise BadInput(f"larger than {LARGEST // 2**20} MiB: not a page", file)
    if not data.strip():
        raise BadInput("is empty: save the page as HTML, text or Markdown", file)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text:
        raise BadInput(
            "is not text in UTF-8: save the page as HTML, text or Markdown (not as PDF or web archive)", file
        )
    return text


def is_html(text: str) -> bool:
    """Return whether a saved page is HTML rather than text."""
    return bool(re.search(r"<(?:!doctype\s+html|html|body|div|p|h1|li)\b", text[:100_000], re.IGNORECASE))


def sentences(text: str, known: Collection[str] = ()) -> list[PageSentence]:
    r"""Every sentence of a page in order, with whitespace collapsed; `known` has the hashes of the expected sentences.

    >>> [s.sentence for s in sentences("<p>First, one.  Then <code>two</code>.</p><ol><li>Three</ol>")]
    ['First, one.', 'Then two.', 'Three']
    >>> [s.sentence for s in sentences("  1. To begin, press it. Wait!\n\n  \N{BULLET} An item")]
    ['To begin, press it.', 'Wait!', 'An item']
    """
    found: list[PageSentence] = []
    run: list[Line] = []
    for piece in _pieces(html_lines(text) if is_html(text) else text_lines(text)):
        if piece.link == "block":
            found += _tiled(run, known)
            run = []
        run.append(piece)
    return [*found, *_tiled(run, known)]


def _pieces(lines: Sequence[Line]) -> Iterator[Line]:
    """The parts of each line that belong to different sentences."""
    ended = True
    for line in lines:
        words = " ".join(line.text.translate(UNSEEN).split())
        bullet = None if line.link in ("join", "cut") else BULLET.match(words)
        start = bullet.end() if bullet else 0
        first, *more = END.split(words[start:])
        if words:
            yield Line(words[:start] + first, "block" if ended else line.link, line.frames)
            yield from (Line(part, "block", line.frames) for part in more)
            ended = words[start:].endswith((".", "!", "?"))


def _tiled(run: Sequence[Line], known: Collection[str]) -> Iterator[PageSentence]:
    """The sentences of lines between which no sentence certainly ends.

    Lines that together make a known sentence are joined. Whether other lines are joined depends on their links; so does
    whether an unknown line belongs to the known sentence next to it.
    """
    tiles: list[tuple[int, int, bool]] = []
    while (start := tiles[-1][1] if tiles else 0) < len(run):
        ends = range(min(len(run), start + MOST_LINES), start, -1) if known and len(run) <= LONGEST_RUN else ()
        end = next((end for end in ends if sentence_hash(_sentence(run[start:end])) in known), None)
        tiles.append((start, end or start + 1, end is not None))
    begin = 0
    for (_, end, one), (_, _, other) in pairwise([*tiles, (0, 0, False)]):
        if end < len(run) and run[end].link in ("join", "cut") and not (one and other):
            continue
        sentence = _sentence(run[begin:end])
        if sentence:
            yield PageSentence(sentence, sentence_hash(sentence), run[begin].frames)
        begin = end


def _sentence(lines: Sequence[Line]) -> str:
    """Join lines into one sentence; a word wrapped at its hyphen becomes one word again."""
    words = lines[0].text
    for line in lines[1:]:
        words += line.text if line.link == "cut" or HYPHENATED.search(words[-2:]) else f" {line.text}"
    return BULLET.sub("", words).strip()
