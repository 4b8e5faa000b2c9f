"""The types of answers, made from the paths that an inventory reads, and the values at a path."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from functools import cache
from typing import Annotated, Any, TypeAlias, cast

import msgspec
from msgspec.structs import replace

from backup_slr.engine.spec.inventory import Inventory, kebab
from backup_slr.errors import BadInput, printable

Alike = Annotated[int, msgspec.Meta(ge=1)]
Where: TypeAlias = tuple[str, int | None]
"""A file and a line, for messages."""
Scalar: TypeAlias = str | int | float | bool
Steps: TypeAlias = tuple[str, ...]
Tree = dict[str, "Tree"]


class TypedAnswers:
    """Decoders for the answers of each operation, which check only what is read, and count alike elements.

    An element of a list has the number of elements that it stands for in its field `alike`, both in an inventory that
    counts alike elements and after a list of single elements is decoded.
    """

    def __init__(self, inventory: Inventory) -> None:
        self.decoders: dict[str, msgspec.json.Decoder[Any]] = {}
        for operation, paths in inventory.paths().items():
            tree: Tree = {}
            for path in paths:
                node = tree
                for name in steps(path):
                    node = node.setdefault(name, {})
            tree |= {name: {} for name in inventory.cut if name not in tree}
            name = kebab(operation.partition(":")[2])
            answer = _struct(name, tree, steps(paths[0])[0])
            self.decoders[name] = msgspec.json.Decoder(answer)

    def decoded(self, operation: str, answer: bytes, where: Where) -> Any:
        """An answer, as an instance of the type of its operation, with alike elements counted.

        Raises `BadInput` when it is the answer of another call.
        """
        try:
            return counted(self.decoders[operation].decode(answer))
        except (msgspec.DecodeError, UnicodeError) as error:  # a ValidationError is a DecodeError
            why = printable(str(error), 200)
            raise BadInput(f"not an answer of {operation}: {why}", *where) from None
        except RecursionError:
            raise BadInput(f"not an answer of {operation}: nested too deep", *where) from None


def counted(answer: Any) -> Any:
    """The same answer, in which one element of a list stands for all equal ones."""
    for name in answer.__struct_fields__:
        found = getattr(answer, name)
        if isinstance(found, list) and len(cast("list[Any]", found)) > 1:
            try:
                numbers = Counter(cast("list[msgspec.Struct]", found))
            except TypeError:  # an element with a list in it
                continue
            kinds = [one if n == 1 else replace(one, alike=n * one.alike) for one, n in numbers.items()]  # type: ignore[attr-defined]
            answer = replace(answer, **{name: kinds})
    return answer


def _struct(name: str, tree: Tree, required: str = "", element: bool = False) -> Any:
    fields: list[Any] = [("alike", Alike, 1)] if element else []
    for key, below in tree.items():
        several = key.endswith("[]")
        inner: Any = _struct(f"{name}.{key}", below, element=several) if below or several else Scalar
        kind = list[inner] if several else inner
        member = key.removesuffix("[]")
        fields.append((member, kind) if key == required else (member, kind | None, None))
    # Without the garbage collector, which a million elements would keep busy: JSON has no cycles.
    return msgspec.defstruct(printable(name, None), fields, kw_only=True, frozen=True, gc=False, omit_defaults=True)


@cache
def steps(path: str) -> Steps:
    """The members on a path, from the outside.

    >>> steps("Regions[].RegionName")
    ('Regions[]', 'RegionName')
    """
    return tuple(path.split(".")) if path else ()


def values(item: Any, path: Sequence[str]) -> Iterator[Any]:
    """Every value at a path of an answer, typed or not: elements of lists one by one, nothing for a missing member."""
    if item is None:
        return
    if not path:
        yield item
        return
    member = path[0].removesuffix("[]")
    found = cast("dict[str, Any]", item).get(member) if isinstance(item, dict) else getattr(item, member, None)
    for one in cast("Iterable[Any]", found) if isinstance(found, list) else (found,):
        yield from values(one, path[1:])


def first(item: Any, path: str) -> Any:
    """The first value at a path of a typed answer, or None: as `values`, but faster where there is no list."""
    if "[]" in path:
        return next(values(item, steps(path)), None)
    for name in steps(path):
        item = getattr(item, name, None)
    return item


def text(value: Scalar) -> str:
    """A value as JSON writes it, without quotes."""
    return value if isinstance(value, str) else json.dumps(value)


def instant(value: str | float | int | bool | None) -> datetime | None:
    """A time in seconds since 1970, as version 1 of the AWS CLI prints it, or in ISO 8601; None if it is neither.

    >>> instant(1600721892.5) == instant("2020-09-21T20:58:12.500000+00:00") == instant("2020-09-21T20:58:12.5Z")
    True
    """
    try:
        if isinstance(value, str):
            found = datetime.fromisoformat(value)
            return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
        return None if value is None or isinstance(value, bool) else datetime.fromtimestamp(value, UTC)
    except (ValueError, OverflowError, OSError):
        return None


# ---------------------------------------------------------------- policies


def denied(policy: str, operations: Iterable[str], resource: str = "", place: Sequence[str] = ()) -> tuple[bool, bool]:
    """Whether a policy denies one of the operations to every caller, and whether only in part.

    In part means to some callers, for some resources or under a condition. `resource` is the form of the ARNs of
    places, and `place` the one that has the policy.

    >>> denied('{"Statement": {"Effect": "Deny", "Principal": "*", "Action": "backup:Delete*"}}', ["backup:DeleteX"])
    (True, False)

    Raises `ValueError` when it is no policy.
    """
    document: Any = json.loads(policy)
    said: Any = cast("dict[str, Any]", document)["Statement"] if isinstance(document, dict) else None
    every = some = False
    for statement in cast("list[Any]", said if isinstance(said, list) else [said]):
        if not isinstance(statement, dict):
            raise ValueError("a statement is no object")
        one = cast("dict[str, Any]", statement)
        if one.get("Effect") == "Deny" and any(_covers(one, operation) for operation in operations):
            here, elsewhere = _resources(one, resource, place)
            anyone = here and "*" in _list(one.get("Principal")) and not one.get("Condition")
            every, some = every or anyone, some or not (anyone or elsewhere)
    return every, some


def _covers(statement: dict[str, Any], operation: str) -> bool:
    def named(key: str) -> bool:
        return any(fnmatchcase(operation.lower(), pattern.lower()) for pattern in _list(statement.get(key)))

    return named("Action") if "Action" in statement else "NotAction" in statement and not named("NotAction")


def _resources(statement: dict[str, Any], form: str, place: Sequence[str]) -> tuple[bool, bool]:
    """Whether a statement is about everything at a place, and whether it is about other places only."""
    if "Resource" not in statement:
        return "NotResource" not in statement, False
    patterns = _list(statement["Resource"])
    if "*" in patterns or not form:
        return True, False
    own, every = (form.format(*names).split(":") for names in (place, ["*"] * len(place)))
    of_places = [p.split(":") for p in patterns if fnmatchcase(p, ":".join(every))]
    pairs = [list(zip(own, parts, strict=True)) for parts in of_places if len(parts) == len(own)]
    here = any(all(one == "*" or fnmatchcase(one, pattern) for one, pattern in pair) for pair in pairs)
    return here, not here and len(pairs) == len(patterns)


def _list(value: Any) -> list[str]:
    """The strings in a value: one, a list, or the lists of an object."""
    if isinstance(value, dict):
        return [one for each in cast("dict[str, Any]", value).values() for one in _list(each)]
    return [one for one in cast("list[Any]", value if isinstance(value, list) else [value]) if isinstance(one, str)]
