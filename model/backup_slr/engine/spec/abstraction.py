"""Abstractions by name or by expressions: how the states of a diagram are merged.

Each part of an abstraction classifies a state: a part is a list of cases, and the first case that holds determines the
word. States with the same words are one node of a diagram.
"""

from __future__ import annotations

from backup_slr.engine.core.formula import TRUE
from backup_slr.engine.core.variable import Enum
from backup_slr.engine.spec.lifecycle import Abstraction, Case, Lifecycle
from backup_slr.engine.spec.query import parse
from backup_slr.errors import BadInput, unknown


def abstraction(text: str, lifecycle: Lifecycle) -> Abstraction:
    """The abstraction with this name, or the one described by expressions separated by commas.

    Raises `BadInput` when it is neither; the message has the place of the mistake or the nearest name.

    >>> from backup_slr.lifecycle import BACKUP
    >>> [word for word, _ in abstraction("role, any(points > 1)", BACKUP).parts[1]]
    ['any(points > 1)', 'not any(points > 1)']
    """
    account, _ = lifecycle.question_names()
    for known in lifecycle.abstractions:
        if text == known.name:
            return known
    parts = [part.strip() for part in _pieces(text)]
    if len(parts) == 1 and parts[0].isidentifier() and parts[0] not in account:
        raise BadInput(f"{unknown('abstraction', text, [a.name for a in lifecycle.abstractions])}; or give expressions")
    return Abstraction(text, f"{text}", tuple(_part(part, lifecycle) for part in parts))


def _part(text: str, lifecycle: Lifecycle) -> tuple[Case, ...]:
    thing = lifecycle.question_names()[0].get(text)
    if isinstance(thing, Enum):
        return tuple((f"{thing.name} {value}", thing.is_(value)) for value in thing.values)
    return (text, parse(text, lifecycle)), (
        f"not {text}" if text.replace("_", "").isalnum() or text.endswith(")") else f"not ({text})",
        TRUE,
    )


def _pieces(text: str) -> list[str]:
    """Split a text at commas outside brackets."""
    pieces, depth = [""], 0
    for sign in text:
        depth += {"(": 1, ")": -1}.get(sign, 0)
        if sign == "," and depth == 0:
            pieces.append("")
        else:
            pieces[-1] += sign
    return pieces
