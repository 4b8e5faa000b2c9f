"""Break and cut the text of a label so that it fits a picture."""

from __future__ import annotations

from collections.abc import Callable


def short(text: str, longest: int) -> str:
    """A line that fits a label; a long line is cut after a word.

    >>> short("the vault still holds recovery points", 24)
    'the vault still holds …'
    """
    if len(text) <= longest:
        return text
    head = text[: longest - 1]
    kept = head.rsplit(" ", 1)[0] if " " in head[longest // 2 :] else head
    return f"{kept} …" if kept != head else f"{head}…"


def few(listed: str, longest: int) -> str:
    """A line that ends in a list of names; a long list is cut, and the number of the others is added.

    >>> few("no-such-role: edit_description, rename_role, delete_role", 40)
    'no-such-role: edit_description +2'
    """
    names = listed.split(", ")
    for number in range(len(names), 0, -1):
        text = ", ".join(names[:number]) + (f" +{len(names) - number}" if number < len(names) else "")
        if len(text) <= longest:
            return text
    return short(listed, longest)


def wrapped(text: str, longest: float = 34, wide: Callable[[str], float] = len) -> tuple[str, ...]:
    """Split a text into lines of a label; only a single word may be longer (or wider, by `wide`) than `longest`.

    Of all ways with the fewest lines, the one whose longest line is shortest, so that a lone word is rare.

    >>> wrapped("the vault still holds recovery points")
    ('the vault still holds', 'recovery points')
    """
    lines = _filled(text, longest, wide)
    while len(lines) > 1:
        widest = max(map(wide, lines))
        narrower = _filled(text, widest, wide, below=True)
        if len(narrower) > len(lines) or max(map(wide, narrower)) >= widest:
            break
        lines = narrower
    return lines


def _filled(text: str, longest: float, wide: Callable[[str], float], below: bool = False) -> tuple[str, ...]:
    """Lines as long as possible, at most (or if `below`, less than) `longest`."""
    lines: list[str] = []
    for word in text.split():
        size = wide(f"{lines[-1]} {word}") if lines else longest + 1
        if size < longest or (size == longest and not below):
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return tuple(lines)
