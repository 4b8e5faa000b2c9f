"""Errors for requests whose service has no model here, in the protocol that the request shows."""

from __future__ import annotations

import json
from collections.abc import Iterable
from urllib.parse import parse_qsl

from backup_slr.endpoint.wire.dialects import DIALECTS, STATUS
from backup_slr.endpoint.wire.messages import Fault, HttpRequest, HttpResponse
from backup_slr.endpoint.wire.output_writers import xml_error

XML_SCOPES = frozenset({"s3", "s3express", "s3-outposts", "s3-object-lambda", "cloudfront", "route53"})
"""The services whose REST protocol has XML, as signatures name them."""
SCOPES = frozenset(dialect.scope for dialect in DIALECTS)
FORM = "application/x-www-form-urlencoded"
LONGEST = 200
"""Characters of the name of an operation that are shown."""


def not_modeled(request: HttpRequest, scope: str, scopes: Iterable[str] = SCOPES) -> Fault:
    """Return the error for a request to a service that is not among those that are answered.

    Examples
    --------
    >>> str(not_modeled(HttpRequest("GET", "/bucket"), "s3"))[:41]
    'NotImplemented: s3 (GET /bucket) is outsi'
    """
    message = f"{scope} ({_operation(request)}) is outside the model; answered here are {', '.join(sorted(scopes))}"
    return Fault("NotImplemented", message, 501)


def foreign_error(request: HttpRequest, fault: Fault, request_id: str, scope: str = "") -> HttpResponse:
    """Write an error for a client whose service is not known.

    Parameters
    ----------
    request
        What the client sent.
    fault
        The error.
    request_id
        For the response.
    scope
        The service, as the signature names it; empty if it does not.
    """
    status = fault.status or STATUS.get(fault.code, 400)
    headers = dict(request.headers)
    sent = headers.get("content-type", "")
    identified = (("x-amzn-requestid", request_id), ("x-amzn-errortype", fault.code))
    if headers.get("smithy-protocol") == "rpc-v2-cbor":
        members = ("__type", fault.code), ("message", fault.message)
        body = b"\xa2" + b"".join(_cbor(name) + _cbor(value) for name, value in members)
        kinds = (("content-type", "application/cbor"), ("smithy-protocol", "rpc-v2-cbor"))
        return HttpResponse(status, (*kinds, *identified), body)
    is_json = "json" in sent or "x-amz-target" in headers or request.body[:1] in (b"{", b"[")
    is_form = sent.startswith(FORM) or "Action=" in request.target or (request.method == "POST" and not scope)
    if scope in XML_SCOPES or (is_form and not is_json):
        body = xml_error(fault, status, request_id, "s3" if scope.startswith("s3") else scope)
        return HttpResponse(status, (("content-type", "text/xml"), *identified), body)
    content = {"message": fault.message} | ({"__type": fault.code} if "x-amz-target" in headers else {})
    kind = sent if sent.startswith("application/x-amz-json-") else "application/json"
    return HttpResponse(status, (("content-type", kind), *identified), json.dumps(content).encode())


def _operation(request: HttpRequest) -> str:
    """The operation, as far as the protocol names it; else method and path."""
    headers = dict(request.headers)
    path, _, query = request.target.partition("?")
    named = headers.get("x-amz-target", "").rpartition(".")[2]
    if not named and headers.get("smithy-protocol"):
        named = path.rpartition("/")[2]
    if not named and (query or headers.get("content-type", "").startswith(FORM)):
        fields = parse_qsl(f"{query}&{request.body[:LONGEST].decode(errors='replace')}")
        named = dict(fields).get("Action", "")
    return (named or f"{request.method} {path}")[:LONGEST]


def _cbor(text: str) -> bytes:
    """A text string, with its length in four bytes."""
    data = text.encode(errors="replace")
    return b"\x7a" + len(data).to_bytes(4, "big") + data
