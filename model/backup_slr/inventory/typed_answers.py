"""The types of answers, made from the paths that an inventory reads, and the values at a path."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from fnmatch import fnmatchcase
from functools import cache
from typing import Any, TypeAlias, cast

import msgspec

from backup_slr.engine.spec.inventory import Inventory, kebab
from backup_slr.errors import BadInput, printable
from backup_slr.inventory.recorded_calls import RecordedCall

Scalar: TypeAlias = str | int | float | bool
Steps: TypeAlias = tuple[str, ...]
Tree = dict[str, "Tree"]


class TypedAnswers:
    """Decoders for the answers of each operation, which check only what is read."""

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
            self.decoders[name] = msgspec.json.Decoder(_struct(name, tree, steps(paths[0])[0]))

    def decoded(self, call: RecordedCall) -> Any:
        """The answer of a call, as an instance of the type of its operation.

        Raises
        ------
        BadInput
            When it is the answer of another call.
        """
        try:
            return self.decoders[call.operation].decode(call.answer or b"")
        except (msgspec.DecodeError, UnicodeError) as error:  # a ValidationError is a DecodeError
            why = printable(str(error), 200)
            raise BadInput(f"not an answer of {call.operation}: {why}", *call.where) from None
        except RecursionError:
            raise BadInput(f"not an answer of {call.operation}: nested too deep", *call.where) from None


def _struct(name: str, tree: Tree, required: str = "") -> type[msgspec.Struct]:
    fields: list[Any] = []
    for key, below in tree.items():
        inner: Any = _struct(f"{name}.{key}", below) if below or key.endswith("[]") else Scalar
        kind = list[inner] if key.endswith("[]") else inner
        member = key.removesuffix("[]")
        fields.append((member, kind) if key == required else (member, kind | None, None))
    return msgspec.defstruct(printable(name, None), fields, kw_only=True)


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


# ---------------------------------------------------------------- policies


def denied(policy: str, operations: Iterable[str]) -> tuple[bool, bool]:
    """Whether a policy denies one of the operations to every caller, and whether to some or under a condition.

    >>> denied('{"Statement": {"Effect": "Deny", "Principal": "*", "Action": "backup:Delete*"}}', ["backup:DeleteX"])
    (True, False)

    Raises
    ------
    ValueError
        When it is no policy.
    """
    document: Any = json.loads(policy)
    said: Any = cast("dict[str, Any]", document)["Statement"] if isinstance(document, dict) else None
    every = some = False
    for statement in cast("list[Any]", said if isinstance(said, list) else [said]):
        if not isinstance(statement, dict):
            raise ValueError("a statement is no object")
        one = cast("dict[str, Any]", statement)
        if one.get("Effect") == "Deny" and any(_covers(one, operation) for operation in operations):
            anyone = "*" in _list(one.get("Principal")) and not one.get("Condition")
            every, some = every or anyone, some or not anyone
    return every, some


def _covers(statement: dict[str, Any], operation: str) -> bool:
    def named(key: str) -> bool:
        return any(fnmatchcase(operation.lower(), pattern.lower()) for pattern in _list(statement.get(key)))

    return named("Action") if "Action" in statement else "NotAction" in statement and not named("NotAction")


def _list(value: Any) -> list[str]:
    """The strings in a value: one, a list, or the lists of an object."""
    if isinstance(value, dict):
        return [one for each in cast("dict[str, Any]", value).values() for one in _list(each)]
    return [one for one in cast("list[Any]", value if isinstance(value, list) else [value]) if isinstance(one, str)]
