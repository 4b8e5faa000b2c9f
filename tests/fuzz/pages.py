"""Invented pages, edited and written in many ways; the removed, moved and new sentences are known.

Each page is a list of blocks of invented sentences. Edits change its content; its format (wrapped, quoted, as HTML in
the guide's frame, as Markdown) must not matter. Moved sentences are found by trying all sets of sentences.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from itertools import combinations
from random import Random
from textwrap import fill

from backup_slr.drift.comparison import PageComparison
from backup_slr.engine.spec.documentation import Clause, SavedPage, sentence_hash
from backup_slr.errors import BadInput
from backup_slr.lifecycle import BACKUP, lifecycle
from backup_slr.lifecycle.clauses import CLAUSES
from backup_slr.report.coverage import Covered, coverage
from backup_slr.report.drift import drift_document, drift_lines

DOSE = 250
TEXT = (
    "barn bread&butter basket bell (big) bird's boat-house bread, broom brook candle cart cat-flap cellar chair, cloth "
    "copper door eel egg fence ferry, field-mouse flour gate glove goose hall hay-loft hen-house honey inn jar "
    "kettle key ladder lamp latch mill moth-eaten nail oat oven path pond-water rake rope rye shed snow straw "
    "tin-can tub turnip vat well wheel window wood yard keeper\u2019s "
)
WORDS = TEXT.split()


@dataclass(frozen=True)
class Block:
    """A heading, a label (a short heading that may share a block with the next text), a paragraph or an item."""

    kind: str
    sentences: tuple[str, ...]


@cache
def covered() -> dict[str, Covered]:
    """The citations of each clause of the model; the invented clauses have the same ids."""
    return {c.clause.id: c for c in coverage(BACKUP, lifecycle(), {})}


def made_up(random: Random, end: str) -> str:
    """A sentence that is almost certainly not on the page yet."""
    words = random.choices(WORDS, k=random.randint(4, 16))
    return f"{' '.join(words).strip(',').capitalize()}{end}"


def block(random: Random) -> Block:
    """A block of new sentences."""
    kind = random.choice(("heading", "label", "paragraph", "paragraph", "bullet", "number"))
    if kind == "label":
        return Block(kind, (" ".join(random.sample(("Note", "it", "well", "now", "or", "rue"), 3)),))
    if kind == "paragraph":
        return Block(kind, tuple(made_up(random, random.choice(".?!.")) for _ in range(random.randint(1, 3))))
    return Block(kind, (made_up(random, random.choice((".", "", ":")) if kind != "heading" else ""),))


def said(page: list[Block]) -> list[str]:
    """The sentences of a page."""
    return [sentence for one in page for sentence in one.sentences]


# ---------------------------------------------------------------- edits of the content


def edited(random: Random, page: list[Block]) -> list[Block]:
    """The page with one change."""
    page = list(page)
    at, other = (random.randrange(1, len(page)) for _ in "ab")
    inside = random.randrange(len(page[at].sentences))
    sentences = list(page[at].sentences)
    match random.choice(("drop", "word", "front", "insert", "swap", "swap", "move", "reverse")):
        case "drop":
            del sentences[inside]
        case "word":
            words = sentences[inside].split()
            words[random.randrange(len(words) - 1)] = "otherwise"
            sentences[inside] = " ".join(words)
        case "front":
            sentences[inside] = f"{random.choice(('Seldom', 'In winter,', 'Unless it rains,'))} {sentences[inside]}"
        case "insert":
            page.insert(at, block(random))
            return page
        case "swap" if len(sentences) > 1:
            sentences.reverse()
        case "swap":
            page[at], page[other] = page[other], page[at]
            return page
        case "move":
            page.insert(other, page.pop(at))
            return page
        case _:
            return [page[0], *reversed(page[1:])]
    page[at] = replace(page[at], sentences=tuple(sentences))
    return [one for one in page if one.sentences]


# ---------------------------------------------------------------- formats


def plain(random: Random, page: list[Block]) -> list[str]:
    """One line for each block."""
    bullet = random.choice("\u2022*-+")
    before = {"bullet": f"  {bullet} ", "number": f"  {random.randint(1, 12)}. "}
    space = random.choice((" ", "  "))
    return [before.get(one.kind, "") + space.join(one.sentences) for one in page]


def folded(random: Random, line: str) -> str:
    """Break a line as ``fold -s`` does: after the last space that fits, or inside a word that does not fit."""
    width, lines = random.choice((18, random.randint(30, 110))), []
    while len(line) > width:
        cut = line.rfind(" ", 0, width) + 1 or width
        lines.append(line[:cut])
        line = line[cut:]
    return "\n".join([*lines, line])


def ragged(random: Random, line: str) -> str:
    """Break a line as ``fmt`` does: somewhat before the width."""
    width = random.randint(40, 110)
    lines, words = [""], line.split()
    for word in words:
        room = width - (random.randint(0, 8) if random.random() < 0.5 else 0)
        if lines[-1] and len(lines[-1]) + 1 + len(word) > room:
            lines.append(word)
        else:
            lines[-1] = f"{lines[-1]} {word}".strip()
    return "\n".join(lines)


def as_text(random: Random, page: list[Block], known: list[str]) -> str:
    """Text: unchanged or wrapped in one of three ways, quoted or not.

    Wrapped lines need no empty lines between blocks if all sentences are known.
    """
    lines = plain(random, page)
    seed = random.random()
    wrap: Callable[[str], str] = random.choice((
        str,
        lambda line: fill(line, 30 + int(seed * 80)),
        lambda line: folded(Random(seed), line),
        lambda line: ragged(Random(seed), line),
    ))  # fmt: skip
    blocks = list(map(wrap, lines))
    width = max(len(line) for one in blocks for line in one.splitlines())
    tight = (set(said(page)) <= set(known) and wrap is not str) or width > 120
    between = random.choice(("\n", "\n\n") if tight else ("\n\n", "\n\n\n"))
    text = blocks[0]
    for one, label, this in zip(page, blocks, blocks[1:], strict=False):
        follows = one.kind == "label" and 2 * (len(label) + 1 + len(this.split()[0])) < width
        text += ("\n" if follows else between) + this
    if random.random() < 0.3:
        text = re.sub("^", random.choice(("> ", ">", "> > ")), text, flags=re.MULTILINE)
    return text


def with_marks(random: Random, sentence: str, marks: tuple[str, ...]) -> str:
    """Some words of a sentence between marks; punctuation stays outside."""
    words = sentence.split(" ")
    for n, word in enumerate(words):
        if random.random() < 0.15:
            core = word.strip(".,:?!")
            words[n] = word.replace(core, random.choice(marks).format(core), 1)
    return " ".join(words)


def as_html(random: Random, page: list[Block], known: list[str]) -> str:
    """HTML in the frame of the guide, with markup in sentences and broken marked sections between blocks."""
    tags = {"heading": "h2", "label": "h6", "paragraph": "p", "bullet": "li", "number": "li"}
    marks = ("<b>{}</b>", "<a href='x>y'>{}</a>", '<code class="c">{}</code>', "<em>{}</em >", "<wbr>{}")
    junk = (
        "<![CDATA[x]]>",
        "<![CDAT>",
        "<![1)>",
        '<!["CDATA[>',
        "<!>",
        "<!-- x > y -->",
        "<?x ?>",
        "</nothing>",
        "<hr>",
    )
    parts: list[str] = []
    for one in page:
        text = "  \n".join(with_marks(random, html.escape(s), marks) for s in one.sentences)
        if one.kind == "number" and set(one.sentences) <= set(known):
            text = html.escape(one.sentences[0]).replace(" ", "<br>", 1)
        if one.kind == "paragraph" and random.random() < 0.5 and parts and parts[-1].startswith("<h6>"):
            text = f"<strong>{parts.pop()[4:-5]}</strong><br />{text}"
        parts.append(f"<{tags[one.kind]}>{text}</{tags[one.kind]}>")
        if random.random() < 0.2:
            parts.append(random.choice(junk))
    start, end = random.choice(
        (("<div id='main-col-body'>", "</div>"), ("<main>", "</main>"), ("<article>", "</article>"))
    )
    inner = f"{start}<awsdocs-language-banner>Read in Latin</awsdocs-language-banner>{''.join(parts)}{end}"
    return (
        "<html><head><title>None</title></head><body><awsdocs-header></awsdocs-header><div>Cookies.</div>"
        f"<awsdocs-view><head><title>None</title></head><body>{inner}</body></awsdocs-view><p>Any help?</p></html>"
    )


def as_markdown(random: Random, page: list[Block], known: list[str]) -> str:
    """Markdown, wrapped or not."""
    marks = (
        "**{}**",
        "*{}*",
        "_{}_",
        "`{}`",
        "[{}](https://example.org/a_(b)#c)",
        "[ {}](x.html)",
        "{{{{{}}}}}",
        "`[{}](y)`",
    )
    before = {"heading": "## ", "label": "", "paragraph": "", "bullet": "+ ", "number": "1. "}
    parts: list[str] = []
    for one in page:
        said = (html.escape(s, quote=False) if random.random() < 0.5 else s for s in one.sentences)
        text = before[one.kind] + " ".join(with_marks(random, s, marks) for s in said)
        if one.kind == "paragraph" and parts and parts[-1].endswith("**"):
            text = f"{parts.pop()}  \n{text}"
        elif one.kind == "label":
            parts.append(f"**{one.sentences[0]}**")
            continue
        parts.append(
            text
            if one.kind == "heading" or "\n" in text or random.random() < 0.5
            else fill(text, 60, break_on_hyphens=False)
        )
        if one.kind == "heading" and random.random() < 0.5:
            parts[-1] += '\n<a name="some-where"></a>'
    return "\n\n".join(parts)


# ---------------------------------------------------------------- the judge


def moved(order: list[int]) -> set[int]:
    """The numbers that are missing in some longest increasing subsequence, found by trying all sets."""
    for size in range(len(order), -1, -1):
        rising = [set(c) for c in combinations(order, size) if list(c) == sorted(c)]
        if rising:
            return set(order) - set.intersection(*rising)
    raise AssertionError("the empty set is in order")


def judged(as_read: SavedPage, before: list[str], after: list[str], found: PageComparison) -> str | None:
    """Compare the changed and moved clauses and the new sentences with the result of the program."""
    number = {sentence: n for n, sentence in enumerate(before)}
    out_of_order = {before[n] for n in moved([number[s] for s in after if s in number])}
    missing = set(before) - set(after)
    for drift in found.compared:
        own = [s for s in before if sentence_hash(s) in drift.clause.sha256]
        expected = {"unchanged"}
        if set(own) & missing:
            expected = {"changed", "gone"} if set(own) <= missing else {"changed"}
        elif set(own) & out_of_order:
            expected = {"moved"}
        if drift.status not in expected:
            return f"{drift.clause.id} is {drift.status}, not {' or '.join(expected)}"
    new = [s for s in after if s not in number]
    told = [*found.new, *(s.now for s in (*found.uncarried, *(s for d in found.compared for s in d.sentences)))]
    lost = [s for s in new if s not in told]
    if lost or set(found.new) - set(new):
        return f"new: {found.new}, not {new}"
    carried = {h for clause in as_read.clauses for h in clause.sha256}
    uncarried = {s for s in missing | out_of_order if sentence_hash(s) not in carried}
    if {s.sha256 for s in found.uncarried} != set(map(sentence_hash, uncarried)):
        return f"{len(found.uncarried)} sentences that no clause carries are not as they were, not {len(uncarried)}"
    if found.drifted != bool(missing or out_of_order or new):
        return f"drifted: {found.drifted}"
    return None


def trial(random: Random) -> str | None:
    """Make a page and clauses, edit it, write it, and compare."""
    page = [Block("heading", ("How to keep the AWSServiceRoleForBackup tidy",)), *(block(random) for _ in range(5))]
    before = said(page)
    if len(set(before)) < len(before):
        return None
    ids = random.sample([c.id for c in CLAUSES], random.randint(2, 6))
    clauses = tuple(
        Clause(i, "rule", made_up(random, "."), tuple(map(sentence_hash, random.sample(before, random.randint(1, 2)))))
        for i in ids
    )
    as_read = SavedPage(clauses, tuple(map(sentence_hash, before)))
    now = page
    for _ in range(random.choice((0, 0, 1, 1, 1, 2, 3))):
        now = edited(random, now) if len(now) > 1 else now
    after = said(now)
    if len(set(after)) < len(after):
        return None
    old = as_text(random, page, before) if random.random() < 0.5 else None
    write = random.choice((as_text, as_text, as_html, as_markdown))
    text = write(random, now, before)
    mangled = random.random() < 0.1
    if mangled:
        for junk in random.choices(
            ("<![CDAT", "<![1)", "<!", "<p", "[a](", "```\n", "&#x110000;", "\\", "* ", "<a"), k=4
        ):
            at = random.randrange(len(text))
            text = text[:at] + junk + text[at + random.randint(0, 9) :]
    found = PageComparison(text, old, as_read, "AWSServiceRoleForBackup")
    try:
        found.require_page("page")
    except BadInput as error:
        carried = {h for clause in clauses for h in clause.sha256}
        if mangled or not carried & set(map(sentence_hash, after)):
            return None
        return f"refused: {error}: {text!r}"
    drift_document(found, covered(), "page", None)
    list(drift_lines(found, covered()))
    wrong = None if mangled else judged(as_read, before, after, found)
    return wrong and f"{wrong}: {write.__name__} {text!r}"
