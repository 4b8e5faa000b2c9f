"""Answer a call of botocore before it is signed.

Signing, preparing and sending a request take most of the time of a call. They make no difference where only handlers
of botocore itself watch them and the call succeeds; a response that botocore could retry takes the whole way.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from importlib import import_module
from threading import local
from typing import Any, cast
from urllib.parse import urlencode
from weakref import WeakKeyDictionary

from backup_slr.endpoint.wire.messages import HttpRequest, HttpResponse

Answer = Callable[[HttpRequest], HttpResponse]
WATCHED = (
    "request-created",
    "choose-signer",
    "before-sign",
    "before-send",
    "before-parse",
    "response-received",
    "needs-retry",
)
"""The events of botocore between a request that is complete but not signed, and its response."""
OWN = frozenset(
    {
        ("botocore.handlers", "add_retry_headers"),
        ("botocore.handlers", "set_operation_specific_signer"),
        ("botocore.handlers", "_set_auth_scheme_preference_signer"),
        ("botocore.signers", "RequestSigner.handler"),
        ("botocore.useragent", "UserAgentString.rebuild_and_replace_user_agent_handler"),
        ("botocore.retryhandler", "RetryHandler"),
        ("botocore.retries.standard", "RetryHandler.needs_retry"),
        ("botocore.retries.standard", "MaxAttemptsSeeder.seed_max_attempts"),
    }
)
"""Handlers of these events that do nothing for a call that is not signed and succeeds at once."""
OF_MOTO = ("moto.core.botocore_stubber", "BotocoreStubber")
"""The handler of moto, which every client has that was made after moto was imported."""


class ResponseBody:
    """The body of a response, for botocore and for aiobotocore."""

    raw_headers = ()

    def __init__(self, body: bytes) -> None:
        self._body = body

    def stream(self, **_: Any) -> list[bytes]:
        """The body in one piece."""
        return [self._body]

    async def read(self) -> bytes:
        """The body."""
        return self._body


def text(value: Any) -> str:
    """The value of a header.

    >>> text(b"a")
    'a'
    """
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)


def target(url: str) -> str:
    """Path and query of a URL.

    >>> target("http://localhost/a%2Fb?c")
    '/a%2Fb?c'
    """
    rest = url.partition("://")[2]
    slash = rest.find("/")
    return rest[slash:] if slash >= 0 else "/"


class EarlyAnswers:
    """The calls that are answered before they are signed.

    Parameters
    ----------
    answer
        Turns a request into a response.
    scopes
        The services that are answered.
    key
        The access key of a client without credentials.
    always
        Whether all calls are answered so; botocore then retries none.
    beside_moto
        Whether the handler of moto was made to leave out the services that are answered.
    """

    def __init__(
        self, answer: Answer, scopes: frozenset[str], key: str, always: bool, beside_moto: bool = False
    ) -> None:
        self._own = OWN | {OF_MOTO} if beside_moto else OWN
        self._answer, self._scopes, self._key, self._always = answer, scopes, key, always
        self._response: Any = import_module("botocore.awsrequest").AWSResponse
        self._endpoint: Any = import_module("botocore.endpoint")
        self._whole = (self._endpoint.Endpoint.make_request, self._endpoint.Endpoint._send_request)
        self._log = logging.getLogger("botocore.endpoint")
        self._unwatched: WeakKeyDictionary[Any, tuple[Any, dict[str, bool]]] = WeakKeyDictionary()
        self._given = local()

    def again(self, request: HttpRequest) -> HttpResponse:
        """The response to a request on its whole way; the first one was given already."""
        given = self._given.__dict__.pop("response", None)
        return self._answer(request) if given is None else given

    def maker(self, original: Callable[..., Any]) -> Callable[..., Any]:
        """The method of a client that sends a call."""

        def _make_request(client: Any, operation: Any, made: Any, context: Any) -> Any:
            if not self._is_early(client, operation, context):
                return original(client, operation, made, context)
            found = self._answer(self._request(client, operation, made))
            if self._always or found.status < 300:
                return self._read(client, operation, made["url"], found)
            self._given.response = found
            try:
                return original(client, operation, made, context)
            finally:
                self._given.__dict__.clear()

        return _make_request

    def async_maker(self, original: Callable[..., Any]) -> Callable[..., Any]:
        """The same for aiobotocore, if all calls are answered so."""

        async def _make_request(client: Any, operation: Any, made: Any, context: Any) -> Any:
            if operation.service_model.endpoint_prefix not in self._scopes:
                return await original(client, operation, made, context)
            return self._read(client, operation, made["url"], self._answer(self._request(client, operation, made)))

        return _make_request

    def _is_early(self, client: Any, operation: Any, context: Mapping[str, Any]) -> bool:
        if operation.service_model.endpoint_prefix not in self._scopes:
            return False
        if self._always:
            return True
        endpoint: Any = client._endpoint.__class__
        signer: Any = client._request_signer
        return (
            (endpoint.make_request, endpoint._send_request) == self._whole
            and signer._signature_version == "v4" == (context.get("auth_type") or "v4")
            and self._is_unwatched(client, operation)
            and not self._log.isEnabledFor(logging.DEBUG)
            and not self._endpoint.history_recorder._enabled
        )

    def _is_unwatched(self, client: Any, operation: Any) -> bool:
        """Whether only botocore watches what happens to a request."""
        emitter = client.meta.events._emitter
        # An emitter has another cache after each registration.
        known, found = self._unwatched.get(client, (None, {}))
        if known is not emitter._lookup_cache:
            known, found = self._unwatched[client] = (emitter._lookup_cache, {})
        name = operation.name
        if name not in found:
            rest = f"{operation.service_model.service_id.hyphenize()}.{name}"
            handlers = (one for event in WATCHED for one in emitter._handlers.prefix_search(f"{event}.{rest}"))
            streams = operation.has_streaming_output or operation.has_event_stream_output
            found[name] = not streams and all(_name(one) in self._own for one in handlers)
        return found[name]

    def _request(self, client: Any, operation: Any, made: Mapping[str, Any]) -> HttpRequest:
        """A request that is not signed yet."""
        signing = made.get("context", {}).get("signing", {})
        region = signing.get("region") or client.meta.region_name or "us-east-1"
        credentials = client._request_signer._credentials
        key = credentials.access_key if credentials is not None else self._key
        scope = f"{key}/00000000/{region}/{operation.service_model.endpoint_prefix}/aws4_request"
        headers = [(name.lower(), text(value)) for name, value in made["headers"].items()]
        headers.append(("authorization", f"AWS4-HMAC-SHA256 Credential={scope}"))
        body = made["body"]
        content: Any = urlencode(cast("dict[str, Any]", body)) if isinstance(body, dict) else body
        content = content.encode() if isinstance(content, str) else content
        return HttpRequest(made["method"], target(made["url"]), tuple(headers), content)

    def _read(self, client: Any, operation: Any, url: str, found: HttpResponse) -> tuple[Any, dict[str, Any]]:
        """What botocore reads in a response."""
        response = self._response(url, found.status, dict(found.headers), ResponseBody(found.body))
        read = {"status_code": found.status, "headers": response.headers, "body": found.body}
        endpoint = client._endpoint
        parser = endpoint._response_parser_factory.create_parser(operation.service_model.resolved_protocol)
        parsed: dict[str, Any] = parser.parse(read, operation.output_shape)
        if found.status >= 300:
            self._endpoint.Endpoint._add_modeled_error_fields(endpoint, read, parsed, operation, parser)
        metadata = parsed.setdefault("ResponseMetadata", {})
        if _is_last_attempt(client.meta.config.retries or {}):
            metadata["MaxAttemptsReached"] = True
        metadata["RetryAttempts"] = 0
        return response, parsed


def _is_last_attempt(retries: Mapping[str, Any]) -> bool:
    """Whether botocore says that it made the last attempt, which it does in this mode after each response."""
    return retries.get("total_max_attempts") == 1 and retries.get("mode") in ("standard", "adaptive")


def _name(handler: Any) -> tuple[str, str]:
    """Where a handler is defined."""
    named: Any = handler if hasattr(handler, "__qualname__") else handler.__class__
    return named.__module__, named.__qualname__
