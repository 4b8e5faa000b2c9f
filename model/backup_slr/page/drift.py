"""Has the page changed under the clauses? Told by hashes alone, or word by word if an older copy of it is there too.

We keep no sentence of the page, only the hash of each and their order. So of a sentence that is no longer there it can
be said what stands now between the two that were its neighbours; what it said then, only an older copy knows.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cached_property
from typing import Literal as Exactly
from typing import TypeAlias

from backup_slr.errors import BadInput
from backup_slr.lifecycle.clauses import CLAUSES, ROLE_NAME, Clause, sentence_hash
from backup_slr.lifecycle.page import PAGE
from backup_slr.page.sentences import FRAMES, framed, is_html, sentences

Status: TypeAlias = Exactly["unchanged", "changed", "gone"]

ALIKE = 0.55
"""A sentence that shares so much with the old one, or with our paraphrase of it, is taken for its successor."""


@dataclass(frozen=True)
class Sentence:
    """A sentence of the page as a clause knows it: its hash, and what became of it.

    `now` is what stands there instead (or itself), `before` what it was, if an older copy tells.
    """

    sha256: str
    status: Status
    now: str | None
    before: str | None

    @property
    def diff(self) -> str | None:
        """What changed, word by word: ``[-gone-]`` and ``{+new+}``."""
        if self.status != "changed" or self.before is None or self.now is None:
            return None
        return word_diff(self.before, self.now)


@dataclass(frozen=True)
class Drift:
    """What became of one clause: its sentences, in its own order."""

    clause: Clause
    sentences: tuple[Sentence, ...]

    @property
    def status(self) -> Status:
        """Of the clause: gone only if nothing is left of it."""
        statuses = {s.status for s in self.sentences}
        if statuses == {"unchanged"}:
            return "unchanged"
        return "gone" if statuses == {"gone"} else "changed"


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
class Comparison:
    """A saved copy of the page beside the clauses, and beside an `old` copy if there is one.

    Raises
    ------
    BadInput
        When it is not the page at all (on `compared`).
    """

    text: str
    old: str | None = None

    @cached_property
    def found(self) -> dict[str, str]:
        """Every sentence of the copy in order, by its hash."""
        return {sentence_hash(s): s for s in self._framed}

    @cached_property
    def _framed(self) -> dict[str, frozenset[str]]:
        return framed(self.text)

    @cached_property
    def was(self) -> dict[str, str]:
        """The same of the older copy."""
        return {} if self.old is None else {sentence_hash(s): s for s in sentences(self.old)}

    @cached_property
    def wanted(self) -> list[str]:
        """The hashes of all sentences that clauses carry, in the order of the page."""
        carried = {h for clause in CLAUSES for h in clause.sha256}
        return [h for h in PAGE if h in carried]

    @cached_property
    def known(self) -> frozenset[str]:
        """The hashes of all sentences that were on the page when it was read."""
        return frozenset(PAGE)

    @cached_property
    def matched(self) -> int:
        """How many of them are still there, as they were."""
        return sum(h in self.found for h in self.wanted)

    @cached_property
    def outside(self) -> list[str]:
        """What stands around the text of an HTML page.

        The text is what the narrowest element for it has, if a known sentence is in that; where there is none, what
        stands from the first to the last known sentence.
        """
        known = [n for n, h in enumerate(self.found) if h in self.known]
        if not is_html(self.text) or not known:
            return []
        for frame in FRAMES:
            if any(frame in self._framed[s] for h, s in self.found.items() if h in self.known):
                return [s for s, frames in self._framed.items() if frame not in frames]
        return [s for n, s in enumerate(self.found.values()) if not known[0] <= n <= known[-1]]

    @cached_property
    def _unknown(self) -> dict[str, str]:
        """Sentences that are new, by their hash."""
        outside = set(self.outside)
        return {h: s for h, s in self.found.items() if h not in self.known and s not in outside}

    def require_page(self, file: str) -> None:
        """Make sure that this is the page, in whatever version.

        Raises
        ------
        BadInput
            When nothing of it is there, or when it never speaks of the role.
        """
        if self.matched == 0:
            raise BadInput(
                f"is not the page: none of its {len(self.found):,} sentences is one that a clause comes from; save the "
                "page of the AWS Backup guide about this role, as HTML or text",
                file,
            )
        if ROLE_NAME not in self.text:
            raise BadInput(f"is another page: it never names {ROLE_NAME}, though some sentences are the same", file)

    @cached_property
    def successors(self) -> dict[str, str]:
        """For each hash that is no longer there, the sentence that most likely took its place."""
        free = dict(self._unknown)
        found: dict[str, str] = {}
        missing = [h for h in self.wanted if h not in self.found]
        for close in (True, False):  # first what stands in the same place, then what stands anywhere
            for h in missing:
                here = self._between_neighbours(h, free) if close else free
                best = self._best(h, here, alone=close and len(here) == 1 and self._alone(h))
                if h not in found and best is not None:
                    found[h] = free.pop(best)
        return found

    def _between_neighbours(self, missing: str, free: Iterable[str]) -> list[str]:
        """New sentences between the nearest ones before and behind that are still there."""
        order = {h: n for n, h in enumerate(self.found)}
        at = PAGE.index(missing)
        low = next((order[h] for h in reversed(PAGE[:at]) if h in order), -1)
        high = next((order[h] for h in PAGE[at + 1 :] if h in order), len(order))
        return [h for h in free if low < order[h] < high]

    def _alone(self, missing: str) -> bool:
        """No other sentence is missing between its neighbours, so that what is new there can replace only this one."""
        at = PAGE.index(missing)
        sides = (PAGE[at + 1 : at + 2], PAGE[at - 1 : at] if at else ())
        return all(h in self.found for side in sides for h in side)

    def _best(self, missing: str, among: Iterable[str], alone: bool) -> str | None:
        options = list(among)
        if alone:
            return options[0]
        likeness = {h: self._likeness(missing, self.found[h]) for h in options}
        best = max(options, key=lambda h: likeness[h], default=None)
        return best if best is not None and likeness[best] >= ALIKE else None

    def _likeness(self, missing: str, sentence: str) -> float:
        """How much a sentence is like the one that is missing, or if nobody knows that, like what we say of it."""
        said = [self.was[missing]] if missing in self.was else [c.says for c in CLAUSES if missing in c.sha256]
        return max(alike(one, sentence) for one in said)

    @cached_property
    def compared(self) -> tuple[Drift, ...]:
        """What became of each clause."""
        return tuple(Drift(clause, tuple(map(self._sentence, clause.sha256))) for clause in CLAUSES)

    def _sentence(self, sha256: str) -> Sentence:
        before = self.was.get(sha256)
        if sha256 in self.found:
            return Sentence(sha256, "unchanged", self.found[sha256], before)
        now = self.successors.get(sha256)
        return Sentence(sha256, "gone" if now is None else "changed", now, before)

    @cached_property
    def new(self) -> list[str]:
        """Sentences that were not there and that take the place of none that a clause carries."""
        taken = set(self.successors.values())
        return [s for s in self._unknown.values() if s not in taken]

    @property
    def drifted(self) -> bool:
        """Something is not as it was."""
        return bool(self.new) or any(d.status != "unchanged" for d in self.compared)


def alike(one: str, other: str) -> float:
    """How much two sentences share, from 0 to 1: of their words, in order (Ratcliff and Obershelp)."""
    return SequenceMatcher(None, _words(one), _words(other), autojunk=False).ratio()


def _words(sentence: str) -> Sequence[str]:
    return [word.strip(".,;:()'\"").lower() for word in sentence.split()]
