"""Answer the clients of this process: botocore, boto3, aiobotocore and aioboto3, without a socket.

The classes of botocore are changed, and not single clients: clients that existed before are included. Whatever botocore
would send is answered or is an error, so that no call reaches AWS.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Generator, Iterable
from contextlib import ExitStack, contextmanager
from importlib import import_module
from threading import Lock
from typing import Any

from backup_slr.endpoint.early_answers import EarlyAnswers, ResponseBody, target, text
from backup_slr.endpoint.kept_results import kept_endpoints, kept_timestamps
from backup_slr.endpoint.wire.dialects import BY_SERVICE
from backup_slr.endpoint.wire.foreign_errors import foreign_error, not_modeled
from backup_slr.endpoint.wire.identity import identify
from backup_slr.endpoint.wire.messages import HttpRequest, HttpResponse
from backup_slr.errors import MissingTool, install

Answer = Callable[[HttpRequest], HttpResponse]
SERVICES = frozenset(BY_SERVICE)
KEY, SECRET = "AKIAIOSFODNN7EXAMPLE", "none"
"""Credentials for the time of the context, if there are no others."""
ENVIRONMENT = {"AWS_ACCESS_KEY_ID": KEY, "AWS_SECRET_ACCESS_KEY": SECRET}
NO_REQUEST = "00000000-0000-4000-8000-000000000000"
"""The id of requests that reach no service."""
MOTO = "moto.core.botocore_stubber"
_active = Lock()


@contextmanager
def hooked(answer: Answer, fast: bool = False, services: Iterable[str] = SERVICES) -> Generator[None]:
    """Answer all clients of this process while the context lasts.

    Beside ``moto.mock_aws``, moto answers for the services that are not named here, if it was imported before.

    Parameters
    ----------
    answer
        Turns a request into a response, and never raises.
    fast
        Answer all requests before they are signed. Then botocore makes no retries, and emits no event between
        ``before-call`` and ``after-call``. By default this is done only where it makes no difference.
    services
        Those that are answered, by botocore's names for them; a request to another one is not sent, and is answered
        with the error ``NotImplemented``.

    Raises
    ------
    RuntimeError
        If such a context is active already.
    MissingTool
        If botocore is not installed.

    Examples
    --------
    >>> import boto3
    >>> from backup_slr.endpoint.wire.protocol import Wire
    >>> with hooked(lambda request: Wire().answer(request, lambda call: {"Account": "123456789012"})):
    ...     boto3.client("sts", "us-east-1").get_caller_identity()["Account"]
    '123456789012'
    """
    names = frozenset(services)
    scopes = frozenset(BY_SERVICE[name].scope for name in names & SERVICES)
    if not names <= SERVICES:
        raise ValueError(f"services answered here are {sorted(SERVICES)}, not {sorted(names - SERVICES)}")
    if not _active.acquire(blocking=False):
        raise RuntimeError("the clients of this process are answered already: such contexts cannot be nested")
    try:
        with ExitStack() as stack:
            stack.enter_context(_environment())
            for owner, name, made in _replacements(answer, fast, scopes):
                stack.enter_context(_replaced(owner, name, made))
            yield
    finally:
        _active.release()


def _module(name: str) -> Any:
    """A module of botocore or aiobotocore, which have no types."""
    try:
        return import_module(name)
    except ImportError:
        raise MissingTool(f"answering the clients of a process needs botocore: {install('serve')}") from None


def _replacements(answer: Answer, fast: bool, scopes: frozenset[str]) -> list[tuple[Any, str, Any]]:
    """The methods that are replaced, and by what."""
    found: list[tuple[Any, str, Any]] = []
    parsers, resolver = _module("botocore.parsers"), _module("botocore.regions").EndpointRulesetResolver
    found.append((parsers, "DEFAULT_TIMESTAMP_PARSER", kept_timestamps(parsers.DEFAULT_TIMESTAMP_PARSER)))
    found.append((resolver, "construct_endpoint", kept_endpoints(resolver.construct_endpoint)))
    early = EarlyAnswers(answer, scopes, KEY, fast, MOTO in sys.modules)
    libraries = [("botocore", "", early.maker, _sender)]
    if "aiobotocore.endpoint" in sys.modules:
        libraries.append(("aiobotocore", "Aio", early.async_maker, _async_sender))
    for library, prefix, maker, sender in libraries:
        signer = getattr(_module(f"{library}.signers"), f"{prefix}RequestSigner")
        credentials = getattr(_module(f"{library}.credentials"), f"{prefix}Credentials")(KEY, SECRET)
        found.append((signer, "get_auth_instance", _with_credentials(signer.get_auth_instance, credentials)))
        response = getattr(_module(f"{library}.awsrequest"), f"{prefix}AWSResponse")
        endpoint = getattr(_module(f"{library}.endpoint"), f"{prefix}Endpoint")
        found.append((endpoint, "_send", sender(early.again, scopes, response)))
        client = getattr(_module(f"{library}.client"), f"{prefix}BaseClient")
        if fast or not prefix:
            found.append((client, "_make_request", maker(client._make_request)))
    if MOTO in sys.modules:
        stubber: Any = sys.modules[MOTO]
        original = stubber.BotocoreStubber.__call__
        found.append((stubber.BotocoreStubber, "__call__", _moto_without(scopes, original)))
    return found


@contextmanager
def _replaced(owner: Any, name: str, made: Any) -> Generator[None]:
    before = owner.__dict__[name]
    setattr(owner, name, made)
    try:
        yield
    finally:
        setattr(owner, name, before)


@contextmanager
def _environment() -> Generator[None]:
    """Credentials that need no look-up, and no request for those of a machine in AWS."""
    added = {"AWS_EC2_METADATA_DISABLED": "true"}
    if "AWS_ACCESS_KEY_ID" not in os.environ:
        added |= ENVIRONMENT
    before = {name: os.environ.get(name) for name in added}
    os.environ.update(added)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def _with_credentials(original: Callable[..., Any], dummy: Any) -> Callable[..., Any]:
    """Sign with dummy credentials where a client has none."""

    def get_auth_instance(self: Any, *names: Any, request_credentials: Any = None, **rest: Any) -> Any:
        if request_credentials is None and self._credentials is None:
            request_credentials = dummy
        return original(self, *names, request_credentials=request_credentials, **rest)

    return get_auth_instance


# ---------------------------------------------------------------- instead of sending


def _request(prepared: Any) -> HttpRequest:
    """The HTTP request that botocore made."""
    body = prepared.body or b""
    content = body.encode() if isinstance(body, str) else bytes(body if isinstance(body, bytes) else body.read())
    headers = tuple((name.lower(), text(value)) for name, value in prepared.headers.items())
    return HttpRequest(prepared.method, target(prepared.url), headers, content)


def _sender(answer: Answer, scopes: frozenset[str], response: Any) -> Callable[[Any, Any], Any]:
    def _send(self: Any, request: Any) -> Any:
        made, scope = _request(request), self._endpoint_prefix
        found = answer(made) if scope in scopes else _not_answered(made, scope, scopes)
        return response(request.url, found.status, dict(found.headers), ResponseBody(found.body))

    return _send


def _not_answered(request: HttpRequest, scope: str, scopes: frozenset[str]) -> HttpResponse:
    """The answer to a request to another service, which is not sent."""
    signed = identify(request).scope or scope
    return foreign_error(request, not_modeled(request, scope, scopes), NO_REQUEST, signed)


def _async_sender(answer: Answer, scopes: frozenset[str], response: Any) -> Callable[[Any, Any], Any]:
    send = _sender(answer, scopes, response)

    async def _send(self: Any, request: Any) -> Any:
        return send(self, request)

    return _send


def _moto_without(scopes: frozenset[str], original: Callable[..., Any]) -> Callable[..., Any]:
    """What moto does, except for the services that are answered here."""

    def call(self: Any, event_name: str, request: Any, **rest: Any) -> Any:
        headers = tuple((name.lower(), text(value)) for name, value in request.headers.items())
        dialect = identify(HttpRequest(request.method, target(request.url), headers)).dialect
        return None if dialect is not None and dialect.scope in scopes else original(self, event_name, request, **rest)

    return call
