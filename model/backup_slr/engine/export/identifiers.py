"""Map names of a model to identifiers of another language: valid and unique."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from typing import TypeVar
from unicodedata import normalize

K = TypeVar("K")


def identifiers(wanted: Iterable[tuple[K, str]], reserved: Collection[str] = ()) -> dict[K, str]:
    """Choose an identifier for each key: the wanted name, or the nearest free one.

    Accents are removed, all characters except ASCII letters, digits and underscores become underscores, and a name that
    starts with a digit or is reserved in the language gets the prefix ``the_``. If several keys want the same name, the
    first gets it, and the others get a number.

    >>> identifiers([(1, "role-absent"), (2, "role_absent"), (3, "2 Büros"), (4, "if")], reserved={"if"})
    {1: 'role_absent', 2: 'role_absent_2', 3: 'the_2_Buros', 4: 'the_if'}
    """
    found: dict[K, str] = {}
    taken = set(reserved)
    for thing, name in wanted:
        if thing not in found:
            plain = "".join(c for c in normalize("NFKD", name) if not "\u0300" <= c <= "\u036f")
            text = re.sub(r"[^A-Za-z0-9_]", "_", plain)
            base = found[thing] = f"the_{text}" if text in reserved or not text[:1].isalpha() else text
            number = 2
            while found[thing] in taken:
                found[thing] = f"{base}_{number}"
                number += 1
            taken.add(found[thing])
    return found


def comment(text: str) -> str:
    """Make a text safe for a comment: one line, without the delimiters of comments in either language.

    >>> comment("over */ and *) out")
    'over * / and * ) out'
    """
    return re.sub(r"(?<=[*(/\\])(?=[*)/])", " ", " ".join(text.split()))
