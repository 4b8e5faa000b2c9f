"""The documentation that a model formalizes: clauses in our words, sentences by their hashes.

Only hashes of sentences are stored: they detect a change of a page, which remains the authority.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256
from typing import Literal as Exactly


@dataclass(frozen=True)
class Clause:
    """One statement of the page.

    `kind`: a *rule* determines a step, a *property* must follow from the rules, a *fact* is a constant of the role, and
    *advice* is for operators. `unchecked` gives the reason why no rule or property cites a piece of advice. `page` is
    the title of its page, unless that is the page of the lifecycle; `seen` is the date (year and month) of the first
    version of that page that is known to have the statement, if known.
    """

    id: str
    kind: Exactly["rule", "property", "fact", "advice"]
    says: str
    sha256: tuple[str, ...]
    unchecked: str = ""
    page: str = ""
    seen: str = ""


STRAIGHT = str.maketrans("\u2018\u2019\u201a\u201b\u2032\u201c\u201d\u201e\u201f\u2033", "'''''" + '"' * 5)
"""Curly quotation marks, and the straight ones that stand for them."""


def sentence_hash(sentence: str) -> str:
    r"""The hash of a sentence of the page: SHA-256 of its UTF-8, in hexadecimal.

    Whitespace is collapsed and quotation marks are made straight, since both differ between copies of a page.

    >>> sentence_hash("Spaces\n don\u2019t matter.") == sentence_hash("Spaces don't matter.")
    True
    """
    return sha256(" ".join(sentence.translate(STRAIGHT).split()).encode()).hexdigest()


@dataclass(frozen=True)
class Part:
    """Consecutive words of a sentence, by their hash (`phrase_hash`).

    `of` names the clauses that depend on them; none means every clause that has the sentence. The words of a `link` to
    another page belong to no clause: they follow the title of that page.
    """

    sha256: str
    of: tuple[str, ...] = ()
    link: bool = False


@dataclass(frozen=True)
class SavedPage:
    """The page when it was saved: its clauses, the hashes of its sentences in order, and the parts of some sentences.

    `optional` are hashes of sentences that only some copies of the page contain.
    """

    clauses: tuple[Clause, ...] = ()
    page: tuple[str, ...] = ()
    parts: Mapping[str, tuple[Part, ...]] = field(default_factory=dict[str, tuple[Part, ...]])
    optional: frozenset[str] = frozenset()

    @cached_property
    def carried(self) -> frozenset[str]:
        """The hashes of the sentences that clauses have."""
        return frozenset(h for clause in self.clauses for h in clause.sha256)

    @cached_property
    def known(self) -> frozenset[str]:
        """The hashes of all sentences."""
        return self.optional.union(self.page)


def words(sentence: str) -> list[str]:
    """The words of a sentence, without the punctuation around them.

    >>> words("First, (the) \u201cRole\u201d.")
    ['First', 'the', 'Role']
    """
    return [word.strip(".,;:()'\"") for word in sentence.translate(STRAIGHT).split()]


def phrase_hash(phrase: str) -> str:
    """The hash of consecutive words of a sentence, without punctuation."""
    return sentence_hash(" ".join(words(phrase)))
