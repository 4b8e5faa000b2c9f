"""Check parameters by their shapes: required members, lengths, ranges, patterns and enumerations.

The validator of botocore checks neither maximums nor patterns nor enumerations.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from backup_slr.endpoint.wire.shape import Shape

LONGEST_ECHO = 500
SPACES = " \u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"


@dataclass(frozen=True, slots=True)
class Problem:
    """One parameter that breaks a constraint of its shape."""

    path: str
    value: Any
    constraint: str
    secret: bool = False

    def sentence(self, echoes: bool) -> str:
        """Say it in the words of AWS, which repeat the value or not.

        >>> Problem("roleName", "x", "Member must not be short").sentence(echoes=False)
        "Value at 'roleName' failed to satisfy constraint: Member must not be short"
        """
        shown = "Value null" if self.value is None else "Value"
        if echoes and self.value is not None and not self.secret:
            shown = f"Value '{str(self.value)[:LONGEST_ECHO]}'"
        return f"{shown} at '{self.path}' failed to satisfy constraint: {self.constraint}"


Check = Callable[[Any, str, list[Problem]], None]


def input_check(shape: Shape, exempt: frozenset[str]) -> Check:
    """Return what appends the problems of a value at a path.

    Parameters
    ----------
    shape
        From the model of the service.
    exempt
        Strings that may break any pattern.
    """
    own = _constraints(shape, exempt)
    below = _content(shape, exempt)
    if not own:
        return below or _nothing

    secret = bool(shape.metadata.get("sensitive"))

    def both(value: Any, path: str, problems: list[Problem]) -> None:
        for broken, constraint in own:
            if broken(value):
                problems.append(Problem(path, value, constraint, secret))
                break
        if below is not None:
            below(value, path, problems)

    return both


def _nothing(value: Any, path: str, problems: list[Problem]) -> None:
    return None


Broken = Callable[[Any], bool]


def _constraints(shape: Shape, exempt: frozenset[str]) -> list[tuple[Broken, str]]:
    """The constraints of a shape itself, in the order in which they are checked."""
    found: list[tuple[Broken, str]] = []
    metadata, kind = shape.metadata, shape.type_name
    measured, noun = (len, "length") if kind in ("string", "blob", "list", "map") else (float, "value")
    least, most = metadata.get("min"), metadata.get("max")
    if most is not None:
        found.append((lambda value: measured(value) > most, f"Member must have {noun} less than or equal to {most}"))
    if least is not None:
        found.append(
            (lambda value: measured(value) < least, f"Member must have {noun} greater than or equal to {least}")
        )
    if metadata.get("enum") and kind == "string":
        values = frozenset(metadata["enum"])
        found.append(
            (lambda value: value not in values, f"Member must satisfy enum value set: [{', '.join(metadata['enum'])}]")
        )
    if metadata.get("pattern") and kind == "string":
        matches = _pattern(metadata["pattern"])
        found.append(
            (
                lambda value: not matches(value) and value not in exempt,
                f"Member must satisfy regular expression pattern: {metadata['pattern']}",
            )
        )
    return found


def _pattern(pattern: str) -> Callable[[str], Any]:
    r"""Compile a pattern of a model, which is written for Java.

    Unicode classes become their nearest equals in Python, which also have the underscore. A pattern without anchors
    matches the whole text.

    >>> bool(_pattern(r"[\p{L}-]+")("é-"))
    True
    """
    python = pattern.replace(r"\p{L}", r"\w").replace(r"\p{N}", "").replace(r"\p{Z}", SPACES)
    if python.endswith("$"):
        return re.compile(python[:-1] + r"\Z").search
    compiled = re.compile(python)
    return compiled.search if python.startswith("^") else compiled.fullmatch


def _content(shape: Shape, exempt: frozenset[str]) -> Check | None:
    """What checks the parts of a value."""
    if shape.type_name == "structure":
        return _structure(shape, exempt)
    if shape.type_name == "list":
        item = input_check(shape.member, exempt)
        if item is _nothing:
            return None

        def items(value: list[Any], path: str, problems: list[Problem]) -> None:
            for number, one in enumerate(value, 1):
                item(one, f"{path}.{number}.member", problems)

        return items
    if shape.type_name == "map":
        key, below = input_check(shape.key, exempt), input_check(shape.value, exempt)

        def entries(value: dict[Any, Any], path: str, problems: list[Problem]) -> None:
            for name, one in value.items():
                key(name, f"{path}.key", problems)
                below(one, f"{path}.{name}.member", problems)

        return entries
    return None


def _structure(shape: Shape, exempt: frozenset[str]) -> Check:
    members: dict[str, tuple[str, Check]] = {}
    required: list[tuple[str, str]] = []

    def structure(value: dict[str, Any], path: str, problems: list[Problem]) -> None:
        if not members:  # at the first use: a shape may contain itself
            for name, member in shape.members.items():
                members[name] = (name[0].lower() + name[1:], input_check(member, exempt))
            required.extend((name, members[name][0]) for name in shape.required_members)
        prefix = f"{path}." if path else ""
        for name, shown in required:
            if name not in value:
                problems.append(Problem(prefix + shown, None, "Member must not be null"))
        for name, one in value.items():
            shown, check = members[name]
            if check is not _nothing:
                check(one, prefix + shown, problems)

    return structure
