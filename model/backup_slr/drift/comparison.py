"""Compare a saved copy of the page with the clauses: by hashes alone, or word by word if an older copy is given.

The sentences of the page are not stored, only their hashes, their order, and hashes of the parts of some. So for a
removed sentence the comparison shows the new text between its former neighbors; only an older copy has its old text.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from functools import cached_property
from typing import Literal as Exactly

from backup_slr.drift.blame import blamed
from backup_slr.drift.page_lines import FRAMES
from backup_slr.drift.sentences import PageSentence, is_html, sentences
from backup_slr.drift.subsequence import in_order
from backup_slr.engine.spec.documentation import Clause, SavedPage, words
from backup_slr.errors import BadInput

ALIKE = 0.55
"""A sentence at least this similar to the old one, or to its paraphrase, is considered its successor."""
ROLES = re.compile(r"(?<!\w)AWSServiceRoleFor\w+")
"""Names of service-linked roles."""


@dataclass(frozen=True)
class SentenceDrift:
    """A sentence of the page behind a clause: its hash, and its change.

    It is *kept* if only words of another clause, or of a link, changed. It *moved* if its position in the order of the
    page changed. `now` is the new sentence, `before` the old one, if an older copy has it. If it moved, `after` is the
    sentence before it now; if it was removed, the last sentence before it that is still in place; `None` is the
    beginning of the page.
    """

    sha256: str
    status: Exactly["unchanged", "kept", "moved", "changed", "gone"]
    now: str | None
    before: str | None
    after: str | None = None

    @property
    def diff(self) -> str | None:
        """The changes, word by word: ``[-removed-]`` and ``{+new+}``."""
        if self.status not in ("kept", "changed") or self.before is None or self.now is None:
            return None
        return word_diff(self.before, self.now)


@dataclass(frozen=True)
class ClauseDrift:
    """The change of one clause: its sentences, in its own order."""

    clause: Clause
    sentences: tuple[SentenceDrift, ...]

    @property
    def status(self) -> Exactly["unchanged", "moved", "changed", "gone"]:
        """The status of the clause: gone only if no sentence is left, moved only if nothing else changed."""
        statuses = {s.status for s in self.sentences} - {"unchanged", "kept"}
        if not statuses:
            return "unchanged"
        if statuses == {"moved"}:
            return "moved"
        return "gone" if all(s.status == "gone" for s in self.sentences) else "changed"


def word_diff(before: str, now: str) -> str:
    """Two sentences as one, word by word.

    >>> word_diff("You must delete all vaults.", "You may delete all your vaults.")
    'You [-must-] {+may+} delete all {+your+} vaults.'
    """
    old, new = before.split(), now.split()
    parts: list[str] = []
    for what, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if what == "equal":
            parts += old[a:b]
            continue
        if a < b:
            parts.append(f"[-{' '.join(old[a:b])}-]")
        if c < d:
            parts.append(f"{{+{' '.join(new[c:d])}+}}")
    return " ".join(parts)


@dataclass(frozen=True)
class PageComparison:
    """The comparison of a saved copy of the page with the recorded page, and with an `old` copy if there is one.

    `role` is the name of the role of the page; `facts` has the facts of clauses of the kind *fact*, by their ids: a
    changed sentence belongs to the clause whose facts it repeats.
    """

    text: str
    old: str | None
    as_read: SavedPage
    role: str
    facts: Mapping[str, Sequence[str]] = field(default_factory=dict[str, Sequence[str]])

    @cached_property
    def _all(self) -> list[PageSentence]:
        """Every sentence of the copy, in order."""
        return sentences(self.text, self.as_read.known)

    @cached_property
    def _inside(self) -> list[PageSentence]:
        """The sentences of the text of the page, without navigation and other elements of an HTML page.

        The text is the content of the narrowest element for it, if it has a known sentence; else everything from the
        first to the last known sentence.
        """
        known = [n for n, s in enumerate(self._all) if s.sha256 in self.as_read.known]
        if not is_html(self.text) or not known:
            return self._all
        for frame in FRAMES:
            if any(frame in self._all[n].frames for n in known):
                return [s for s in self._all if frame in s.frames]
        return self._all[known[0] : known[-1] + 1]

    @cached_property
    def on_page(self) -> int:
        """The number of different sentences of the copy."""
        return len({s.sha256 for s in self._all})

    @cached_property
    def outside(self) -> int:
        """The number of sentences outside the text, which were not compared."""
        return self.on_page - len({s.sha256 for s in self._inside})

    @cached_property
    def was(self) -> dict[str, str]:
        """Every sentence of the older copy, by its hash."""
        return {} if self.old is None else {s.sha256: s.sentence for s in sentences(self.old, self.as_read.known)}

    @cached_property
    def _where(self) -> dict[str, int]:
        """The first position of each sentence in the text, by its hash."""
        return {s.sha256: n for n, s in reversed(list(enumerate(self._inside)))}

    @cached_property
    def _in_place(self) -> dict[str, int]:
        """The positions of known sentences that are still in order."""
        place = {h: n for n, h in enumerate(self.as_read.page)}
        known = [(n, place[s.sha256]) for n, s in enumerate(self._inside) if s.sha256 in place]
        return {self.as_read.page[p]: known[i][0] for p, i in in_order([p for _, p in known]).items()}

    @cached_property
    def matched(self) -> int:
        """The number of sentences of clauses that are unchanged and in place."""
        return len(self.as_read.carried & self._in_place.keys())

    @cached_property
    def _unknown(self) -> dict[str, str]:
        """Sentences that are new, by their hash."""
        return {s.sha256: s.sentence for s in self._inside if s.sha256 not in self.as_read.known}

    def require_page(self, file: str) -> None:
        """Raise `BadInput` if nothing of the page is there, or it never names the role, or another one more often."""
        if not self.as_read.carried & self._where.keys():
            raise BadInput(
                f"is not the page: none of its {self.on_page:,} sentences is one that a clause comes from; save the "
                "page of the AWS Backup guide about this role, as HTML, text or Markdown",
                file,
            )
        inside, everywhere = (
            Counter(r for s in x for r in ROLES.findall(s.sentence)) for x in (self._inside, self._all)
        )
        roles = inside or everywhere
        other, times = max(roles.items(), key=lambda item: item[1], default=("", 0))
        if times > roles[self.role]:
            raise BadInput(f"is the page of another role, {other}; save the page about {self.role}", file)
        if not roles:
            raise BadInput(f"is another page: it never names {self.role}, though some sentences are the same", file)

    @cached_property
    def _successors(self) -> dict[str, str]:
        """For each missing hash, the sentence that most likely replaced it."""
        free = dict(self._unknown)
        found: dict[str, str] = {}
        missing = [h for h in self.as_read.page if h not in self._where]
        missing.sort(key=lambda h: h not in self.as_read.carried)  # sentences of clauses choose first
        for close in (True, False):  # first sentences in the same place, then all others
            for h in missing:
                here = self._between_neighbors(h, free) if close else list(free)
                best = self._best(h, here, alone=close and len(here) == 1 and self._alone(h))
                if h not in found and best is not None:
                    found[h] = free.pop(best)
        return found

    def _between_neighbors(self, missing: str, free: Iterable[str]) -> list[str]:
        """New sentences between its nearest neighbors that are still in place."""
        page, place = self.as_read.page, self._in_place
        at = page.index(missing)
        low = next((place[h] for h in reversed(page[:at]) if h in place), -1)
        high = next((place[h] for h in page[at + 1 :] if h in place), len(self._inside))
        return [h for h in free if low < self._where[h] < high]

    def _alone(self, missing: str) -> bool:
        """Whether it is the only missing sentence between its neighbors, so that new text there can only replace it."""
        page = self.as_read.page
        at = page.index(missing)
        return all(h in self._in_place for h in (*page[max(at - 1, 0) : at], *page[at + 1 : at + 2]))

    def _best(self, missing: str, options: list[str], alone: bool) -> str | None:
        if alone:
            return options[0]
        likeness = {h: self._likeness(missing, self._unknown[h]) for h in options}
        return max((h for h in options if likeness[h] >= ALIKE), key=likeness.__getitem__, default=None)

    def _likeness(self, missing: str, sentence: str) -> float:
        """The similarity of a sentence to the missing one, or if that is unknown, to its paraphrase.

        From 0 to 1: the share of words that are the same, in order (Ratcliff and Obershelp).
        """
        clauses = [c for c in self.as_read.clauses if missing in c.sha256]
        said = [self.was[missing]] if missing in self.was else [c.says for c in clauses]
        facts = [fact for c in clauses for fact in self.facts.get(c.id, ())]
        now = words(sentence.lower())
        pairs = (SequenceMatcher(None, words(one.lower()), now, autojunk=False) for one in (*said, *facts))
        return max((pair.ratio() for pair in pairs), default=0)

    @cached_property
    def compared(self) -> tuple[ClauseDrift, ...]:
        """The change of each clause."""
        return tuple(ClauseDrift(c, tuple(self._sentence(h, c.id) for h in c.sha256)) for c in self.as_read.clauses)

    @cached_property
    def uncarried(self) -> tuple[SentenceDrift, ...]:
        """The changed headings and references without a clause."""
        carried = self.as_read.carried
        found = (self._sentence(h, "") for h in self.as_read.page if h not in carried)
        return tuple(s for s in found if s.status != "unchanged")

    def _sentence(self, sha256: str, of: str) -> SentenceDrift:
        before = self.was.get(sha256)
        if sha256 in self._where:
            at = self._where[sha256]
            now = self._inside[at].sentence
            if sha256 in self._in_place:
                return SentenceDrift(sha256, "unchanged", now, before)
            return SentenceDrift(sha256, "moved", now, before, self._inside[at - 1].sentence if at else None)
        now = self._successors.get(sha256)
        if now is None:
            earlier = reversed(self.as_read.page[: self.as_read.page.index(sha256)])
            last = next((self._in_place[h] for h in earlier if h in self._in_place), None)
            return SentenceDrift(sha256, "gone", None, before, None if last is None else self._inside[last].sentence)
        everyone = frozenset(c.id for c in self.as_read.clauses if sha256 in c.sha256) or frozenset((of,))
        changed = of in blamed(self.as_read.parts.get(sha256, ()), now, everyone)
        return SentenceDrift(sha256, "changed" if changed else "kept", now, before)

    @cached_property
    def new(self) -> list[str]:
        """New sentences that replace none, and second copies of sentences of clauses."""
        taken = set(self._successors.values())
        again = (s for n, s in enumerate(self._inside) if self._where[s.sha256] < n)
        copies = dict.fromkeys(s.sentence for s in again if s.sha256 in self.as_read.carried)
        return [*(s for s in self._unknown.values() if s not in taken), *copies]

    @property
    def links(self) -> list[SentenceDrift]:
        """Sentences in which nothing but the words of a link changed."""
        carried = [s for d in self.compared for s in d.sentences]
        changed = {s.sha256 for s in carried if s.status == "changed"}
        kept = {s.sha256: s for s in (*carried, *self.uncarried) if s.status == "kept" and s.sha256 not in changed}
        return list(kept.values())

    @property
    def drifted(self) -> bool:
        """Whether anything changed, including the words of a link."""
        return (
            bool(self.new)
            or any(d.status != "unchanged" for d in self.compared)
            or any(s.status != "kept" for s in self.uncarried)
        )
