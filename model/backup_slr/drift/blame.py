"""Find the clauses that are affected by a change of a sentence that several share, or that has a link."""

from __future__ import annotations

import re
from collections.abc import Sequence

from backup_slr.engine.spec.documentation import Part, sentence_hash, words

BETWEEN = frozenset(("and", "or"))
"""Words that join the parts of a list, and belong to none of them."""
TITLE = re.compile(r"[A-Z][\w'/-]*(?: [\w'/-]+){0,11}")
"""The text that a link to another page may have."""
LONGEST = 120
"""Sentences with more words are not taken apart."""


def blamed(parts: Sequence[Part], now: str, everyone: frozenset[str]) -> frozenset[str]:
    """The clauses, among `everyone` with a part of a sentence, whose words changed; `now` is the new sentence.

    New words count as changed words of the parts that are missing at their position. Where none is missing, they may
    change the meaning of all parts, so all clauses are returned; also if nothing else explains the change.
    """
    new = words(now)
    if not parts or len(new) > LONGEST:
        return everyone
    changed: set[str] = set()
    explained = False
    missing: list[Part] = []
    begin = 0
    for part in (*parts, None):
        found = (len(new), len(new)) if part is None else _find(part, new, begin)
        if part is not None and found is None:
            missing.append(part)
            continue
        start, end = found or (begin, begin)
        between = now.split()[begin:start]
        if missing:
            owned = [one for one in missing if not one.link]
            changed |= {clause for one in owned for clause in one.of or everyone}
            # A link may have got another text that reads like the title of a page.
            if not owned and not TITLE.fullmatch(" ".join(between).rstrip(".")):
                return everyone
            explained = True
        elif not BETWEEN.issuperset(new[begin:start]):
            return everyone
        missing, begin = [], end
    return frozenset(changed) if explained else everyone


def _find(part: Part, new: Sequence[str], begin: int) -> tuple[int, int] | None:
    """The positions of the words of a part, from an index on."""
    windows = ((start, end) for start in range(begin, len(new)) for end in range(start + 1, len(new) + 1))
    return next((w for w in windows if sentence_hash(" ".join(new[slice(*w)])) == part.sha256), None)
