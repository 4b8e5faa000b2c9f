"""What passes between a transport, the protocols and a backend."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

Headers = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """One HTTP request.

    Parameters
    ----------
    method
        In capitals.
    target
        Path and query as they were sent: ``%2F`` remains.
    headers
        With names in lower case.
    body
        The whole body.
    """

    method: str
    target: str
    headers: Headers = ()
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class HttpResponse:
    """One HTTP response, without headers that belong to the transport (length, date, connection)."""

    status: int
    headers: Headers = ()
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class ServiceCall:
    """One call of an operation, with checked parameters.

    Parameters
    ----------
    service
        The name that botocore has for it: ``"iam"``, ``"backup"``, ``"efs"``, ``"sts"``, ``"ec2"``.
    operation
        Its name in the API, as ``"CreateRole"``.
    region
        From the signature; the Region of the wire if the request is not signed.
    access_key
        From the signature; empty if the request is not signed.
    parameters
        By the names of the API, with Python's types: bytes for blobs, aware datetimes.
    request_id
        The id that the response carries.
    client
        The user agent.
    headers
        What a backend adds here is sent with the response, be it a result or a fault.
    """

    service: str
    operation: str
    region: str
    access_key: str
    parameters: dict[str, Any]
    request_id: str
    client: str = ""
    headers: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])


class Fault(Exception):
    """An error that the client receives.

    Parameters
    ----------
    code
        The error code, as ``"NoSuchEntity"``.
    message
        For people.
    status
        The HTTP status; by default the one that the service's model has for the code, else 400.
    detail
        A second code, for services whose bodies have one (``ERROR_nnnn`` in AWS Backup).

    Examples
    --------
    >>> str(Fault("NoSuchEntity", "The role with name X cannot be found."))
    'NoSuchEntity: The role with name X cannot be found.'
    """

    def __init__(self, code: str, message: str = "", status: int | None = None, detail: str = "") -> None:
        super().__init__(f"{code}: {message}")
        self.code, self.message, self.status, self.detail = code, message, status, detail


Backend = Callable[[ServiceCall], Mapping[str, Any]]
"""What an operation does: it returns the result by the names of the API, or raises a `Fault`.

In a result, timestamps may be datetimes or seconds since 1970. `None` is ``null`` in JSON, and left out of XML.
"""
