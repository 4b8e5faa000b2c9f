"""What became of the clauses on a saved copy of the page, as JSON and for people."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import Any

from backup_slr.page.drift import Comparison, Drift, Sentence

Document = dict[str, Any]
WORDS = {"unchanged": "ok", "changed": "CHANGED", "gone": "GONE"}


def drift_document(found: Comparison, page: str, old_page: str | None) -> Document:
    """The comparison as JSON."""
    return {
        "schema_version": 1,
        "page": page,
        "old_page": old_page,
        "verdict": "drifted" if found.drifted else "unchanged",
        "sentences": {"on_page": len(found.found), "carried": len(found.wanted), "matched": found.matched},
        "clauses": [
            {
                "id": d.clause.id,
                "status": d.status,
                "says": d.clause.says,
                "sentences": [
                    {
                        "sha256": s.sha256,
                        "status": s.status,
                        "now": s.now if s.status == "changed" else None,
                        "before": s.before if s.status != "unchanged" else None,
                        "diff": s.diff,
                    }
                    for s in d.sentences
                ],
            }
            for d in found.compared
        ],
        "new": found.new,
        "outside": len(found.outside),
    }


def drift_lines(found: Comparison) -> Iterator[str]:
    """What changed, what is gone, what is new; of what stayed as it was only the number."""
    changed = [d for d in found.compared if d.status != "unchanged"]
    yield f"page         {found.matched} of {len(found.wanted)} sentences that clauses come from are as they were"
    same = len(found.compared) - len(changed)
    yield f"clauses      {same} of {len(found.compared)} unchanged"
    if found.outside:
        yield f"             {len(found.outside)} sentences before and behind the known ones were not compared"
    for sentences, drifts in groupby(changed, key=lambda d: d.sentences):
        yield ""
        yield from (f"{WORDS[d.status]} {d.clause.id} ({d.clause.kind}): {d.clause.says}" for d in drifts)
        for s in sentences:
            yield from (f"  {line}" for line in sentence_lines(s))
    if found.new:
        yield ""
        yield "NEW, and carried by no clause"
        yield from (f"  {sentence}" for sentence in found.new)
    if changed and not found.was:
        yield ""
        yield "We keep no words of the page: --old-page FILE, an older copy, shows what changed in them."


def sentence_lines(sentence: Sentence) -> Iterator[str]:
    """What became of one sentence."""
    match sentence:
        case Sentence(status="unchanged"):
            yield "one of its sentences is as it was"
        case Sentence(status="changed", now=now):
            if sentence.diff is None:
                yield f"in its place: {now}"
            else:
                yield f"word by word: {sentence.diff}"
        case Sentence(before=None):
            yield "its sentence is gone, and nothing like it is there"
        case _:
            yield f"gone: {sentence.before}"


def drift_message(drift: Drift) -> str:
    """What a finding says of a clause."""
    return f"{drift.clause.id} is {drift.status} on the page. " + " ".join(
        f"{line[0].upper()}{line[1:]}" for s in drift.sentences if s.status != "unchanged" for line in sentence_lines(s)
    )
