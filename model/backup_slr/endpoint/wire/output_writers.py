"""Write results by their shapes: XML for forms, and what a JSON body contains."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from backup_slr.endpoint.wire.messages import Fault
from backup_slr.endpoint.wire.shape import Shape

WriteJson = Callable[[Any], Any]
WriteXml = Callable[[Any, list[str]], None]
ENCODED = "policyDocumentType"
"""The shape of policies in IAM, whose characters are encoded as in a URL."""
MARKUP = re.compile("[&<>]")
ESCAPED = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"})
NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def xml_text(text: str) -> str:
    r"""Return text for an element; characters that XML cannot have are replaced.

    >>> xml_text("a<b\x00")
    'a&lt;b\ufffd'
    """
    if text.isprintable() and not MARKUP.search(text):
        return text
    return NOT_XML.sub("\ufffd", text).translate(ESCAPED)  # xml.sax.saxutils is slow to import


def _percent(value: str) -> str:
    return quote(value, safe="")


def _seconds(value: datetime | float) -> float:
    """A timestamp in JSON."""
    return value.timestamp() if isinstance(value, datetime) else value


def _iso(value: datetime | float) -> str:
    """A timestamp in XML."""
    moment = value if isinstance(value, datetime) else datetime.fromtimestamp(value, UTC)
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _base64(value: bytes) -> str:
    return base64.b64encode(value).decode()


def _truth(value: bool) -> str:
    return "true" if value else "false"


# ---------------------------------------------------------------- JSON


def json_writer(shape: Shape, nulls: bool = False) -> WriteJson:
    """Return what turns a value into what `json.dumps` accepts.

    With `nulls`, structures have all members in alphabetical order, those without a value as None.
    """
    if shape.type_name == "structure":
        return _json_structure(shape, nulls)
    if shape.type_name == "list":
        item = json_writer(shape.member, nulls)
        return lambda value: [item(one) for one in value]
    if shape.type_name == "map":
        below = json_writer(shape.value, nulls)
        return lambda value: {name: below(one) for name, one in value.items()}
    writers: dict[str, WriteJson] = {"timestamp": _seconds, "blob": _base64}
    return writers.get(shape.type_name, lambda value: value)


def _json_structure(shape: Shape, nulls: bool) -> WriteJson:
    members: dict[str, tuple[str, WriteJson]] = {}
    absent: dict[str, None] = {}

    def structure(value: dict[str, Any]) -> dict[str, Any]:
        if not members:  # at the first use: a shape may contain itself
            for name, member in shape.members.items():
                members[name] = (member.serialization.get("name", name), json_writer(member, nulls))
            absent.update(dict.fromkeys(sorted(sent for sent, _ in members.values())) if nulls else {})
        found: dict[str, Any] = dict(absent)
        for name, one in value.items():
            if name in members:  # a backend shows one thing in several shapes, some of which have fewer members
                sent, write = members[name]
                found[sent] = None if one is None else write(one)
        return found

    return structure


# ---------------------------------------------------------------- XML


def xml_writer(shape: Shape) -> WriteXml:
    """Return what appends the content of an element to the parts of a document."""
    if shape.type_name == "structure":
        return _xml_structure(shape)
    if shape.type_name == "list":
        return _xml_list(shape, shape.member.serialization.get("name", "member"))
    if shape.type_name == "map":
        return _xml_map(shape)
    convert: dict[str, Callable[[Any], str]] = {"timestamp": _iso, "blob": _base64, "boolean": _truth}
    write = _percent if shape.name == ENCODED else convert.get(shape.type_name)
    if write is not None:
        return lambda value, parts: parts.append(write(value))
    return lambda value, parts: parts.append(xml_text(str(value)))


def _xml_structure(shape: Shape) -> WriteXml:
    members: dict[str, WriteXml] = {}

    def structure(value: dict[str, Any], parts: list[str]) -> None:
        if not members:  # at the first use: a shape may contain itself
            for name, member in shape.members.items():
                members[name] = _xml_member(name, member)
        for name, one in value.items():
            if one is not None and name in members:
                members[name](one, parts)

    return structure


def _xml_member(name: str, member: Shape) -> WriteXml:
    """What appends a member with its element; a flattened list has an element for each item."""
    tag = member.serialization.get("name", name)
    if member.type_name == "list" and member.serialization.get("flattened"):
        return _xml_list(member, member.member.serialization.get("name", tag))
    if member.type_name == "map" and member.serialization.get("flattened"):
        return _xml_map(member, tag)
    return _element(tag, xml_writer(member))


def _element(tag: str, write: WriteXml) -> WriteXml:
    begin, end = f"<{tag}>", f"</{tag}>"

    def element(value: Any, parts: list[str]) -> None:
        parts.append(begin)
        write(value, parts)
        parts.append(end)

    return element


def _xml_list(shape: Shape, tag: str) -> WriteXml:
    item = _element(tag, xml_writer(shape.member))

    def items(value: list[Any], parts: list[str]) -> None:
        for one in value:
            item(one, parts)

    return items


def _xml_map(shape: Shape, tag: str = "entry") -> WriteXml:
    key = _element(shape.key.serialization.get("name", "key"), xml_writer(shape.key))
    below = _element(shape.value.serialization.get("name", "value"), xml_writer(shape.value))

    def entries(value: dict[str, Any], parts: list[str]) -> None:
        for name, one in value.items():
            parts.append(f"<{tag}>")
            key(name, parts)
            below(one, parts)
            parts.append(f"</{tag}>")

    return entries


def xml_error(fault: Fault, status: int, request_id: str, form: str = "", namespace: str = "") -> bytes:
    """Return the document of an error; the `form` is of ``ec2``, ``s3``, or all other services."""
    said = f"<Code>{xml_text(fault.code)}</Code><Message>{xml_text(fault.message)}</Message>"
    if form == "ec2":
        text = f"<Response><Errors><Error>{said}</Error></Errors><RequestID>{request_id}</RequestID></Response>"
    elif form == "s3":
        text = f"<Error>{said}<RequestId>{request_id}</RequestId></Error>"
    else:
        of = f' xmlns="{namespace}"' if namespace else ""
        error = f"<Error><Type>{'Sender' if status < 500 else 'Receiver'}</Type>{said}</Error>"
        text = f"<ErrorResponse{of}>{error}<RequestId>{request_id}</RequestId></ErrorResponse>"
    return text.encode(errors="replace")
