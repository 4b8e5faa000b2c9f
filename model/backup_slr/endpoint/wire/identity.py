"""The service, the Region and the sender of a request."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import parse_qsl, unquote

from backup_slr.endpoint.wire.dialects import DIALECTS, Dialect
from backup_slr.endpoint.wire.foreign_errors import not_modeled
from backup_slr.endpoint.wire.messages import Fault, HttpRequest

FIELDS = 10_000
"""Form fields that a request may have."""
SCOPES = {dialect.scope: dialect for dialect in DIALECTS}
VERSIONS = {dialect.version: dialect for dialect in DIALECTS if dialect.version}
CREDENTIAL = re.compile(r"AWS4-[A-Z0-9-]+ +(?:.*[, ])?Credential=([^, ]*)", re.ASCII)


@dataclass(slots=True)
class Identity:
    """A request, so far as it was understood before its input was read.

    Parameters
    ----------
    headers
        By name in lower case.
    form
        The fields of a form, or of the query if the body is none.
    query
        The query, each name with all its values.
    path
        Without the query, as it was sent.
    dialect
        The service, if it is known.
    region, access_key, scope
        From the signature; the scope is the service.
    problem
        Why the request cannot be answered.
    """

    headers: Mapping[str, str]
    path: str
    query: dict[str, list[str]]
    form: list[tuple[str, str]]
    dialect: Dialect | None = None
    region: str = ""
    access_key: str = ""
    scope: str = ""
    problem: Fault | None = None


def identify(request: HttpRequest) -> Identity:
    """Read what a request says about itself.

    Examples
    --------
    >>> found = identify(HttpRequest("POST", "/", (), b"Action=GetUser&Version=2010-05-08"))
    >>> found.dialect.service, found.access_key
    ('iam', '')
    """
    path, _, text = request.target.partition("?")
    found = Identity(dict(request.headers), path, {}, [])
    try:
        queried = _fields(text) if text else []
        for name, value in queried:
            found.query.setdefault(name, []).append(value)
        sent = found.headers.get("content-type", "").partition(";")[0].strip().lower()
        if sent == "application/x-www-form-urlencoded" or (not sent and b"Action=" in request.body):
            found.form = [*queried, *_fields(request.body.decode())]
        else:
            found.form = queried
    except ValueError:  # also of text that is not UTF-8
        found.problem = Fault("MalformedQueryString", "The query string or the form cannot be read.")
    _read_signature(request, found)
    if found.dialect is None and found.problem is None:
        found.dialect = _by_content(found)
    return found


def _fields(text: str) -> list[tuple[str, str]]:
    return parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=FIELDS)


def _read_signature(request: HttpRequest, found: Identity) -> None:
    """The service, the Region and the access key; a presigned URL has them in its query."""
    header = found.headers.get("authorization")
    if header is not None:
        match = CREDENTIAL.match(header)
        scope = _scope(match[1] if match else "")
    elif "X-Amz-Credential" in found.query:
        scope = _scope(found.query["X-Amz-Credential"][0])
    else:
        return
    if scope is None:
        message = "Authorization header requires 'Credential' parameter: KEY/DATE/REGION/SERVICE/aws4_request."
        found.problem = found.problem or Fault("IncompleteSignature", message)
        return
    found.access_key, found.region, found.scope = scope
    found.dialect = SCOPES.get(found.scope)
    if found.dialect is None:
        found.problem = found.problem or not_modeled(request, found.scope)


@lru_cache(1024)
def _scope(credential: str) -> tuple[str, str, str] | None:
    """Access key, Region and service of a credential; clients send the same one for a day."""
    parts = unquote(credential).split("/")
    if len(parts) < 5 or not all(part.isascii() and part.isprintable() and part for part in parts):
        return None
    return "/".join(parts[:-4]), parts[-3], parts[-2]


def _by_content(found: Identity) -> Dialect | None:
    """The service of an unsigned request, if it names an API version or a target."""
    fields = dict(found.form)
    target = found.headers.get("x-amz-target", "").partition(".")[0]
    return VERSIONS.get(fields.get("Version", "") if "Action" in fields else target)
