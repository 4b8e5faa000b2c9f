"""Names as identifiers of another language: what is called freely in a model must be a word there, and only once."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from typing import TypeVar
from unicodedata import normalize

K = TypeVar("K")


def identifiers(wanted: Iterable[tuple[K, str]], reserved: Collection[str] = ()) -> dict[K, str]:
    """An identifier for each thing: the name that is wanted for it, or the nearest one that is free.

    Letters lose their accents, whatever else is no ASCII letter, digit or underscore becomes an underscore, and a name
    that would begin with a digit or that the language keeps for itself gets ``the_`` before it. Where two things
    want one name the first has it, and the others get a number.

    >>> identifiers([(1, "role-absent"), (2, "role_absent"), (3, "2 Büros"), (4, "if")], reserved={"if"})
    {1: 'role_absent', 2: 'role_absent_2', 3: 'the_2_Buros', 4: 'the_if'}
    """
    found: dict[K, str] = {}
    taken = set(reserved)
    for thing, name in wanted:
        if thing not in found:
            text = _word(name)
            base = f"the_{text}" if text in reserved or not text[:1].isalpha() else text
            found[thing] = free(base, taken)
            taken.add(found[thing])
    return found


def free(name: str, taken: Collection[str], first: int = 2) -> str:
    """The name if nothing is called so; else with the lowest number, from 2 on, that makes it free."""
    number = first
    text = name
    while text in taken:
        text = f"{name}_{number}"
        number += 1
    return text


def comment(text: str) -> str:
    """A text as it may stand in a comment: on one line, and without what begins or ends a comment of either language.

    >>> comment("over */ and *) out")
    'over * / and * ) out'
    """
    return re.sub(r"(?<=[*(/\\])(?=[*)/])", " ", " ".join(text.split()))


def _word(name: str) -> str:
    plain = normalize("NFKD", name)
    return re.sub(r"[^A-Za-z0-9_]", "_", "".join(c for c in plain if not "\u0300" <= c <= "\u036f"))
