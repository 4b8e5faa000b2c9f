"""What is told to somebody whose input cannot be used: what, where, and what would be right."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


class BadInput(Exception):
    """A file, a name or an expression that cannot be used; the message is complete and ends up on stderr as it is.

    Parameters
    ----------
    message
        What is wrong, and what would be right.
    file, line
        Where, as far as it is known.
    """

    def __init__(self, message: str, file: str | None = None, line: int | None = None) -> None:
        where = f"{file}:{line}: " if file and line else f"{file}: " if file else ""
        super().__init__(f"{where}{message}")


def unknown(kind: str, name: object, known: Iterable[str], show: int = 12) -> str:
    """A message about a name that nobody knows: with the nearest known one, or with all of them if they are few.

    >>> unknown("action", "list_resource", ["list_resources", "rename_role"])
    "unknown action 'list_resource'; did you mean 'list_resources'?"
    """
    names = list(known)
    near = get_close_matches(str(name), names, n=1, cutoff=0.6)
    shown = repr(name) if len(str(name)) <= 60 else repr(str(name)[:60]) + " ..."
    if near:
        return f"unknown {kind} {shown}; did you mean {near[0]!r}?"
    if len(names) <= show:
        return f"unknown {kind} {shown}; known: {', '.join(names) or 'none'}"
    return f"unknown {kind} {shown}"
