"""Abstractions: ways to take many states together, as data; each is a function of the state.

A state is classified by each part of an abstraction in turn; a part is a list of cases, and the first that holds
gives the word. States with the same words are one node of a diagram.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from backup_slr.engine.core.formula import TRUE, Formula, Some
from backup_slr.engine.core.variable import Enum
from backup_slr.errors import BadInput, unknown
from backup_slr.lifecycle.expression import ACCOUNT, parse
from backup_slr.lifecycle.predicates import ABSENT, DELETING, PRESENT
from backup_slr.lifecycle.vocabulary import cross_account, efs_automatic_backup, points, r, using_role, v, vault

Case: TypeAlias = tuple[str, Formula]
"""A word, and where it applies."""


@dataclass(frozen=True)
class Abstraction:
    """A function of the state, and what it looks at in words."""

    name: str
    says: str
    parts: tuple[tuple[Case, ...], ...]


ANY_POINTS = Some((r, v), ~points[r, v].is_zero())
ANY_VAULT = Some((r, v), vault[r, v])
ROLE: tuple[Case, ...] = (("absent", ABSENT), ("present", PRESENT), ("being deleted", DELETING))
LEFT: tuple[Case, ...] = (("recovery points left", ANY_POINTS), ("vaults left", ANY_VAULT), ("nothing left", TRUE))

ABSTRACTIONS: tuple[Abstraction, ...] = (
    Abstraction("role", "the role alone", (ROLE,)),
    Abstraction(
        "obstacles",
        "the role, and what is in the way of its deletion",
        (
            (
                ("absent", ABSENT),
                ("being deleted", DELETING),
                ("present, in use", using_role),
                ("present, vaults left", ANY_VAULT),
                ("present, nothing in the way", TRUE),
            ),
        ),
    ),
    Abstraction(
        "features",
        "the role, and which features are on",
        (
            ROLE,
            (("cross-account on", cross_account), ("cross-account off", TRUE)),
            (("EFS on", Some((r,), efs_automatic_backup[r])), ("EFS off", TRUE)),
        ),
    ),
    Abstraction(
        "left",
        "the role, what is left of vaults and recovery points, and whether it is in use",
        (ROLE, LEFT, (("in use", using_role), ("not in use", TRUE))),
    ),
)


def abstraction(text: str) -> Abstraction:
    """The abstraction of that name, or the one that expressions with commas between them describe.

    Raises
    ------
    BadInput
        When it is neither, with the place of the mistake or the nearest name.

    Examples
    --------
    >>> [word for word, _ in abstraction("role, any(points > 1)").parts[1]]
    ['any(points > 1)', 'not any(points > 1)']
    """
    for known in ABSTRACTIONS:
        if text == known.name:
            return known
    parts = [part.strip() for part in _pieces(text)]
    if len(parts) == 1 and parts[0].isidentifier() and parts[0] not in ACCOUNT:
        raise BadInput(f"{unknown('abstraction', text, [a.name for a in ABSTRACTIONS])}; or give expressions")
    return Abstraction(text, f"{text}", tuple(map(_part, parts)))


def _part(text: str) -> tuple[Case, ...]:
    thing = ACCOUNT.get(text)
    if isinstance(thing, Enum):
        return tuple((f"{thing.name} {value}", thing.is_(value)) for value in thing.values)
    return (text, parse(text)), (
        f"not {text}" if text.replace("_", "").isalnum() or text.endswith(")") else f"not ({text})",
        TRUE,
    )


def _pieces(text: str) -> list[str]:
    """The text split at commas outside of brackets."""
    pieces, depth = [""], 0
    for sign in text:
        depth += {"(": 1, ")": -1}.get(sign, 0)
        if sign == "," and depth == 0:
            pieces.append("")
        else:
            pieces[-1] += sign
    return pieces
