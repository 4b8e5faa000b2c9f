"""Read input by its shape: form fields and JSON into parameters by the names of the API."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, cast

from backup_slr.endpoint.wire.shape import Shape

Read = Callable[[Any], Any]
Node = dict[str, Any]
"""A form field: its own value under the empty name, and the fields below it."""
DEEPEST = 40
"""Parts of the longest name of a form field."""
WHOLE = re.compile(r"-?[0-9]{1,19}", re.ASCII)
BITS = {"integer": 31, "long": 63}


class Unreadable(Exception):
    """Input that does not have the type of its shape; the message says which."""


def _instant(value: str | int | float) -> datetime:
    """Read a timestamp in any of the formats of AWS."""
    try:
        if not isinstance(value, str):
            return datetime.fromtimestamp(value, UTC)
        if re.fullmatch(r"-?[0-9]+(\.[0-9]+)?([eE][0-9]+)?", value, re.ASCII):
            return datetime.fromtimestamp(float(value), UTC)
        found = datetime.fromisoformat(value) if value[:1].isdigit() else parsedate_to_datetime(value)
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError, OSError, TypeError):
        raise Unreadable("a timestamp is expected") from None


def _bounded(value: int, kind: str) -> int:
    if -(1 << BITS[kind]) <= value < 1 << BITS[kind]:
        return value
    raise Unreadable(f"the number is too large: {kind}")


def _whole(text: str, kind: str) -> int:
    if not WHOLE.fullmatch(text):
        raise Unreadable("a whole number is expected")
    return _bounded(int(text), kind)


def _truth(text: str) -> bool:
    if text.lower() not in ("true", "false"):
        raise Unreadable("true or false is expected")
    return text.lower() == "true"


def _blob(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise Unreadable("Base64 is expected") from None


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise Unreadable("a number is expected") from None


def scalar_reader(shape: Shape) -> Read:
    """Return what reads a value that was sent as text, in a form, a path or a query."""
    kind: str = shape.type_name
    if kind in BITS:
        return lambda text: _whole(text, kind)
    readers: dict[str, Read] = {
        "string": str,
        "character": str,
        "boolean": _truth,
        "timestamp": _instant,
        "blob": _blob,
        "float": _number,
        "double": _number,
    }
    return readers[kind]


# ---------------------------------------------------------------- forms


def form_tree(fields: list[tuple[str, str]]) -> Node:
    """Nest form fields by the parts of their names.

    >>> form_tree([("Tags.member.1.Key", "a"), ("RoleName", "r")])
    {'Tags': {'member': {'1': {'Key': {'': 'a'}}}}, 'RoleName': {'': 'r'}}
    """
    tree: Node = {}
    for name, value in fields:
        parts = name.split(".")
        if len(parts) > DEEPEST:
            raise Unreadable("the name of a field has too many parts")
        node = tree
        for part in parts:
            node = cast("Node", node.setdefault(part or "-", {}))
        node[""] = value
    return tree


def form_reader(shape: Shape, ec2: bool) -> Read:
    """Return what reads a `form_tree`."""
    if shape.type_name == "structure":
        return _form_structure(shape, ec2)
    if shape.type_name == "list":
        return _form_list(shape, ec2)
    if shape.type_name == "map":
        return _form_map(shape, ec2)
    read = scalar_reader(shape)

    def scalar(node: Node) -> Any:
        if "" not in node:
            raise Unreadable("a value is expected")
        return read(node[""])

    return scalar


def _sent_name(name: str, member: Shape, ec2: bool) -> str:
    """The name of a member in a form."""
    given = member.serialization
    if ec2:
        sent = given.get("queryName") or given.get("name", name)
        return sent if "queryName" in given else sent[0].upper() + sent[1:]
    if member.type_name == "list" and given.get("flattened") and member.member.serialization.get("name"):
        return member.member.serialization["name"]
    return given.get("name", name)


def _form_structure(shape: Shape, ec2: bool) -> Read:
    return _structure(
        shape, lambda name, member: _sent_name(name, member, ec2), lambda member: form_reader(member, ec2)
    )


def _structure(shape: Shape, sent_name: Callable[[str, Shape], str], reader: Callable[[Shape], Read]) -> Read:
    """What reads a structure, from the names under which its members are sent; members without such a name are not."""
    members: dict[str, tuple[str, Read]] = {}

    def structure(node: Node) -> dict[str, Any]:
        if not members:  # at the first use: a shape may contain itself
            for name, member in shape.members.items():
                if sent := sent_name(name, member):
                    members[sent] = (name, reader(member))
        found: dict[str, Any] = {}
        for sent, below in node.items():
            if below is not None and sent in members:
                name, read = members[sent]
                try:
                    found[name] = read(below)
                except Unreadable as error:
                    raise Unreadable(f"{name}: {error}") from None
        return found

    return structure


def _numbered(node: Node) -> list[Any]:
    """Fields by their numbers; numbers may be missing."""
    numbers = [part for part in node if part and WHOLE.fullmatch(part)]
    return [node[part] for part in sorted(numbers, key=int)]


def _form_list(shape: Shape, ec2: bool) -> Read:
    read = form_reader(shape.member, ec2)
    flat = ec2 or bool(shape.serialization.get("flattened"))
    name = shape.member.serialization.get("name", "member")
    return lambda node: [read(below) for below in _numbered(node if flat else node.get(name, {}))]


def _form_map(shape: Shape, ec2: bool) -> Read:
    key, value = form_reader(shape.key, ec2), form_reader(shape.value, ec2)
    flat = ec2 or bool(shape.serialization.get("flattened"))
    names = shape.key.serialization.get("name", "key"), shape.value.serialization.get("name", "value")

    def mapping(node: Node) -> dict[str, Any]:
        pairs = _numbered(node if flat else node.get("entry", {}))
        return {key(pair.get(names[0], {})): value(pair.get(names[1], {})) for pair in pairs}

    return mapping


# ---------------------------------------------------------------- JSON

KINDS: Mapping[str, tuple[tuple[type, ...], str]] = {
    "string": ((str,), "a string"),
    "character": ((str,), "a string"),
    "blob": ((str,), "a string in Base64"),
    "boolean": ((bool,), "true or false"),
    "integer": ((int,), "a whole number"),
    "long": ((int,), "a whole number"),
    "float": ((int, float), "a number"),
    "double": ((int, float), "a number"),
    "timestamp": ((str, int, float), "a timestamp"),
    "structure": ((dict,), "an object"),
    "map": ((dict,), "an object"),
    "list": ((list,), "a list"),
}


def _text(value: str) -> str:
    if not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError:
            raise Unreadable("the text has half of a surrogate pair") from None
    return value


def json_reader(shape: Shape) -> Read:
    """Return what reads parsed JSON."""
    read = _json_content(shape)
    kinds, expected = KINDS[shape.type_name]
    numeric = bool not in kinds

    def typed(value: Any) -> Any:
        if not isinstance(value, kinds) or (numeric and isinstance(value, bool)):
            raise Unreadable(f"{expected} is expected")
        return read(value)

    return typed


def _json_content(shape: Shape) -> Read:
    kind: str = shape.type_name
    if shape.type_name == "structure":
        return _json_structure(shape)
    if shape.type_name == "list":
        item = json_reader(shape.member)
        return lambda value: [item(one) for one in value if one is not None]
    if shape.type_name == "map":
        key, below = json_reader(shape.key), json_reader(shape.value)
        return lambda value: {key(name): below(one) for name, one in value.items() if one is not None}
    if kind in BITS:
        return lambda value: _bounded(value, kind)
    readers: dict[str, Read] = {"timestamp": _instant, "blob": _blob, "string": _text, "character": _text}
    return readers.get(kind, lambda value: value)


def _json_structure(shape: Shape) -> Read:
    return _structure(shape, _json_name, json_reader)


def _json_name(name: str, member: Shape) -> str:
    """The name of a member in a body; empty if it is sent elsewhere."""
    return "" if "location" in member.serialization else member.serialization.get("name", name)
