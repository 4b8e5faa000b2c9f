"""The comparison of clauses with a saved copy of the page, as JSON and as text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import Any

from backup_slr.drift.comparison import ClauseDrift, PageComparison, SentenceDrift
from backup_slr.report.coverage import Covered

Document = dict[str, Any]
WORDS = {"unchanged": "ok", "moved": "MOVED", "changed": "CHANGED", "gone": "GONE"}


def drift_document(found: PageComparison, covered: Mapping[str, Covered], page: str, old_page: str | None) -> Document:
    """The comparison as JSON; `covered` has the citations of each changed clause, by its id."""
    return {
        "schema_version": 1,
        "page": page,
        "old_page": old_page,
        "verdict": "drifted" if found.drifted else "unchanged",
        "sentences": {"on_page": found.on_page, "carried": len(found.as_read.carried), "matched": found.matched},
        "clauses": [
            {
                "id": d.clause.id,
                "status": d.status,
                "says": d.clause.says,
                "sentences": [_sentence_document(s) for s in d.sentences],
                "cited_by": None if d.status == "unchanged" else _citing(covered[d.clause.id]),
            }
            for d in found.compared
        ],
        "uncarried": [_sentence_document(s) for s in found.uncarried],
        "new": found.new,
        "outside": found.outside,
    }


def _sentence_document(sentence: SentenceDrift) -> Document:
    return {
        "sha256": sentence.sha256,
        "status": sentence.status,
        "now": sentence.now if sentence.status != "unchanged" else None,
        "before": sentence.before if sentence.status != "unchanged" else None,
        "diff": sentence.diff,
        "after": sentence.after,
    }


def _citing(covered: Covered) -> dict[str, list[str]]:
    return {kind: list(getattr(covered, kind)) for kind in ("rules", "properties", "scenarios", "tests")}


def drift_lines(found: PageComparison, covered: Mapping[str, Covered]) -> Iterator[str]:
    """The changed clauses and their citations, other changed and new sentences, and numbers of unchanged ones."""
    changed = [d for d in found.compared if d.status != "unchanged"]
    carried = len(found.as_read.carried)
    yield f"page         {found.matched} of {carried} sentences that clauses come from are unchanged"
    same = len(found.compared) - len(changed)
    yield f"clauses      {same} of {len(found.compared)} unchanged"
    if found.outside:
        yield f"             {found.outside} sentences outside the text of the page were not compared"
    for sentences, drifts in groupby(changed, key=lambda d: d.sentences):
        yield ""
        alike = list(drifts)
        yield from (f"{WORDS[d.status]} {d.clause.id} ({d.clause.kind}): {d.clause.says}" for d in alike)
        for s in sentences:
            yield from (f"  {line}" for line in sentence_lines(s))
        for d in alike:
            citing = _citing(covered[d.clause.id]).items()
            yield from (f"  {d.clause.id} {kind + ':':<11} {', '.join(names)}" for kind, names in citing if names)
    elsewhere = [s for s in found.uncarried if s.status != "kept"]
    for title, lines in (
        ("CHANGED, MOVED or GONE, without a clause", [line for s in elsewhere for line in sentence_lines(s)]),
        ("NEW, without a clause", found.new),
        ("LINKS with different words, which change no clause", [s.diff or s.now or "" for s in found.links]),
    ):
        if lines:
            yield ""
            yield title
            yield from (f"  {line}" for line in lines)
    if (changed or elsewhere) and not found.was:
        yield ""
        yield "The words of the page are not stored: use --old-page FILE with an older copy to see the changed words."


def sentence_lines(sentence: SentenceDrift) -> Iterator[str]:
    match sentence:
        case SentenceDrift(status="unchanged"):
            yield "one of its sentences is unchanged"
        case SentenceDrift(status="kept"):
            yield f"one of its sentences changed in words that belong to other clauses: {sentence.diff or sentence.now}"
        case SentenceDrift(status="moved"):
            yield f"moved on the page: {sentence.now}"
            yield f"  it is {_behind(sentence)}"
        case SentenceDrift(status="changed", now=now):
            if sentence.diff is None:
                yield f"replaced by: {now}"
            else:
                yield f"word by word: {sentence.diff}"
        case SentenceDrift(before=None):
            yield f"a sentence was removed without a similar one; it was {_behind(sentence)}"
        case _:
            yield f"removed: {sentence.before}"


def _behind(sentence: SentenceDrift) -> str:
    return "at the beginning" if sentence.after is None else f"after: {sentence.after}"


def drift_message(drift: ClauseDrift, covered: Covered) -> str:
    lines = [line for s in drift.sentences if s.status not in ("unchanged", "kept") for line in sentence_lines(s)]
    citing = [f"{kind}: {', '.join(names)}" for kind, names in _citing(covered).items() if names]
    return " ".join((
        f"{drift.clause.id} is {drift.status} on the page.",
        *(f"{line[0].upper()}{line[1:]}" for line in lines),
        *((f"It is cited by {'; '.join(citing)}.",) if citing else ()),
    ))  # fmt: skip
