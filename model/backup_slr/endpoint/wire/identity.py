"""Which service a request is for, in which Region, and whose it is."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, unquote

from backup_slr.endpoint.wire.dialects import DIALECTS, Dialect
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
    region, access_key
        From the signature.
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
        queried = parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=FIELDS)
        for name, value in queried:
            found.query.setdefault(name, []).append(value)
        sent = found.headers.get("content-type", "").partition(";")[0].strip().lower()
        if sent == "application/x-www-form-urlencoded" or (not sent and b"Action=" in request.body):
            form = parse_qsl(request.body.decode(), keep_blank_values=True, errors="strict", max_num_fields=FIELDS)
            found.form = [*queried, *form]
        else:
            found.form = queried
    except ValueError:  # also of text that is not UTF-8
        found.problem = Fault("MalformedQueryString", "The query string or the form cannot be read.")
    _read_signature(found)
    if found.dialect is None and found.problem is None:
        found.dialect = _by_content(found)
    return found


def _read_signature(found: Identity) -> None:
    """The service, the Region and the access key; a presigned URL has them in its query."""
    header = found.headers.get("authorization")
    if header is not None:
        match = CREDENTIAL.match(header)
        credential = match[1] if match else ""
    elif "X-Amz-Credential" in found.query:
        credential = found.query["X-Amz-Credential"][0]
    else:
        return
    parts = unquote(credential).split("/")
    if len(parts) < 5 or not all(part.isascii() and part.isprintable() and part for part in parts):
        message = "Authorization header requires 'Credential' parameter: KEY/DATE/REGION/SERVICE/aws4_request."
        found.problem = found.problem or Fault("IncompleteSignature", message)
        return
    found.access_key, (_, found.region, scope, _) = "/".join(parts[:-4]), parts[-4:]
    found.dialect = SCOPES.get(scope)
    if found.dialect is None:
        known = ", ".join(sorted(SCOPES))
        message = f"The service {scope!r} is not part of this endpoint. It answers for {known}."
        found.problem = found.problem or Fault("UnknownService", message, 501)


def _by_content(found: Identity) -> Dialect | None:
    """The service of an unsigned request, if it names an API version or a target."""
    fields = dict(found.form)
    target = found.headers.get("x-amz-target", "").partition(".")[0]
    return VERSIONS.get(fields.get("Version", "") if "Action" in fields else target)
