"""Requests that no client sends: valid ones, altered at random."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from collections.abc import Callable
from random import Random
from typing import Any

from backup_slr.endpoint.wire.messages import HttpRequest, HttpResponse
from support import wire_values

JUNK: tuple[bytes, ...] = (
    *(
        b"",
        b"\x00",
        b"%",
        b"%ff",
        b"%2F",
        b"\xff\xfe",
        b"&&&=",
        b"?",
        b"#",
        b";",
        b"//",
        b"../..",
        b"\r\n",
        b"\xe2\x80\xa8",
    ),
    *(
        b"{",
        b"[" * 3000,
        b'{"a":' * 3000,
        b"null",
        b"NaN",
        b"1e999",
        b'"\\ud800"',
        b"-9" * 30,
        b"9" * 5000,
        b"true",
        b"{}",
    ),
    *(b"<!DOCTYPE a>", b"A.member." * 60, b"member.0", b"Action=", b"Version=2016-11-15", b"a.b..c=", b"=.", b"."),
)
VALUES: tuple[Any, ...] = (
    *(None, 1, -(2**70), 1e308, True, "", "\ud800", "é\x00", "9" * 400),
    *([], {}, [[]], {"": None}, [None]),
)
METHODS = ("GET", "PUT", "POST", "DELETE", "PATCH", "HEAD", "OPTIONS", "get", "")
NAMES = ("authorization", "content-type", "x-amz-target", "host", "user-agent")
OPERATIONS = wire_values.operations("iam", "backup", "efs", "sts")


def spoiled(draw: Random, data: bytes) -> bytes:
    """Bytes with a part cut out, altered or replaced by junk."""
    start = draw.randint(0, len(data))
    end = min(len(data), start + draw.choice((0, 0, 1, 3, 20, len(data))))
    middle = draw.choice(JUNK) if draw.random() < 0.8 else draw.randbytes(draw.randint(0, 8))
    return data[:start] + middle + data[end:]


def altered(draw: Random, value: Any) -> Any:
    """JSON with one of its parts replaced."""
    if isinstance(value, dict) and value and draw.random() < 0.7:
        name = draw.choice(list(value))
        return {**value, name: altered(draw, value[name])}
    if isinstance(value, list) and value and draw.random() < 0.7:
        return [*value[1:], altered(draw, value[0])]
    return draw.choice(VALUES)


def request(draw: Random) -> HttpRequest:
    """A valid request with one to three faults."""
    operation = draw.choice(OPERATIONS)
    made = wire_values.request(
        operation, wire_values.value(draw, operation.input_shape) if operation.input_shape else {}
    )
    for _ in range(draw.choice((1, 1, 2, 3))):
        made = draw.choice(FAULTS)(draw, made)
    return made


def _body(draw: Random, made: HttpRequest) -> HttpRequest:
    return HttpRequest(made.method, made.target, made.headers, spoiled(draw, made.body))


def _json(draw: Random, made: HttpRequest) -> HttpRequest:
    if not made.body.startswith(b"{"):
        return _body(draw, made)
    try:
        content = json.loads(made.body)
    except (ValueError, RecursionError):
        return made
    return HttpRequest(made.method, made.target, made.headers, json.dumps(altered(draw, content)).encode())


def _target(draw: Random, made: HttpRequest) -> HttpRequest:
    target = spoiled(draw, made.target.encode()).decode("latin-1")
    return HttpRequest(made.method, target, made.headers, made.body)


def _header(draw: Random, made: HttpRequest) -> HttpRequest:
    headers = dict(made.headers)
    name = draw.choice(NAMES)
    if draw.random() < 0.3:
        headers.pop(name, None)
    else:
        headers[name] = spoiled(draw, headers.get(name, "").encode("latin-1")).decode("latin-1")
    return HttpRequest(made.method, made.target, tuple(headers.items()), made.body)


def _method(draw: Random, made: HttpRequest) -> HttpRequest:
    return HttpRequest(draw.choice(METHODS), made.target, made.headers, made.body)


FAULTS: tuple[Callable[[Random, HttpRequest], HttpRequest], ...] = (
    _body,
    _body,
    _json,
    _target,
    _header,
    _header,
    _method,
)


def complaint(response: HttpResponse) -> str:
    """Why a response is no result and no error of AWS; empty if it is one."""
    headers = dict(response.headers)
    if response.status == 500 or response.status < 200:
        return f"status {response.status}"
    if b"Traceback" in response.body:
        return "a traceback"
    if headers.get("content-type") == "text/xml":
        root = ET.fromstring(response.body)
        error = response.status >= 400
        if error != (root.tag.rpartition("}")[2] in ("ErrorResponse", "Response")):
            return f"status {response.status} of {root.tag}"
        codes = [one.text for one in root.iter() if one.tag.endswith("Code")]
        return "" if not error or (codes and codes[0]) else "no code"
    if response.status < 400:
        return "" if not response.body or isinstance(json.loads(response.body), dict) else "no object"
    content = json.loads(response.body)
    return "" if headers.get("x-amzn-errortype") and isinstance(content, dict) else "no code"


def raw(draw: Random, made: HttpRequest) -> bytes:
    """The bytes of a request, with faults in its head."""
    headers = [f"{name}: {value}".encode("latin-1") for name, value in made.headers if name != "content-length"]
    headers.append(b"host: " + draw.choice((b"127.0.0.1", b"127.0.0.1", b"example.com", b"")))
    body = made.body
    if draw.random() < 0.3:
        headers.append(b"transfer-encoding: chunked")
        size = draw.choice((b"%x" % len(body), b"zz", b"-1", b"ffffffffffffffffff", b""))
        body = size + b"\r\n" + body + draw.choice((b"\r\n0\r\n\r\n", b"", b"0\r\n"))
    else:
        lengths = (b"%d" % len(body), b"%d" % len(body), b"-1", b"x", b"99999999999999999999", b"0")
        headers.append(b"content-length: " + draw.choice(lengths))
    head = b"\r\n".join([f"{made.method} {made.target} HTTP/1.1".encode("latin-1"), *headers, b"", b""])
    return (spoiled(draw, head) if draw.random() < 0.5 else head) + body
