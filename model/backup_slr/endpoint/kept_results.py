"""What botocore computes again for each call, with the same result: the URL of an endpoint, and equal timestamps.

Both are a third of the time of a call that is answered before it is signed.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from typing import Any
from weakref import WeakKeyDictionary

OF_CLIENT = frozenset({"Region", "UseDualStack", "UseFIPS", "Endpoint", "UseGlobalEndpoint"})
"""Parameters of an endpoint that a client has the same for all its calls."""
BEFORE = "before-endpoint-resolution"
"""The event whose handlers may change these parameters for a call."""


def kept_timestamps(parse: Callable[[Any], datetime]) -> Callable[[Any], datetime]:
    """Return the same parser of timestamps; a datetime cannot change, so that equal numbers can share one.

    Text is parsed each time: for this, botocore reads the clock, which makes a difference where the clock is that of a
    script which is checked.

    Examples
    --------
    >>> parse = kept_timestamps(lambda value: datetime.fromtimestamp(value))
    >>> parse(60) is parse(60)
    True
    """

    @lru_cache(4096, typed=True)
    def kept(value: Any, *zone: Any) -> datetime:
        return parse(value)

    def parsed(value: Any) -> datetime:
        if isinstance(value, str):
            return parse(value)
        # A process can change its time zone, in which numbers are shown.
        return kept(value, time.timezone, time.altzone, time.tzname)

    return parsed


def kept_endpoints(construct: Callable[..., Any]) -> Callable[..., Any]:
    """Return `EndpointRulesetResolver.construct_endpoint`, which computes only what can be another result."""
    found: WeakKeyDictionary[Any, tuple[Any, bool, dict[str, Any]]] = WeakKeyDictionary()

    def construct_endpoint(self: Any, operation_model: Any, call_args: Any, request_context: Any) -> Any:
        emitter, name = self._event_emitter._emitter, operation_model.name
        known, keeps, kept = found.get(self, (None, False, {}))
        if known is not emitter._lookup_cache:  # an emitter has another cache after each registration
            kept = dict[str, Any]()
            keeps = _depends_on_client(self, emitter)
            found[self] = emitter._lookup_cache, keeps, kept
        result = kept.get(name)
        if result is None:
            result = construct(self, operation_model, call_args, request_context)
            if keeps and not operation_model.context_parameters and not operation_model.operation_context_parameters:
                kept[name] = result
        return result._replace(headers=dict(result.headers))

    return construct_endpoint


def _depends_on_client(resolver: Any, emitter: Any) -> bool:
    """Whether nothing but the client and the operation decide an endpoint, and nothing watches that."""
    builtins = (resolver._builtins.get(one.builtin) for one in resolver._param_definitions.values())
    return (
        resolver._param_definitions.keys() <= OF_CLIENT
        and not any(map(callable, builtins))
        and not emitter._handlers.prefix_search(f"{BEFORE}.{resolver._service_model.service_id.hyphenize()}")
    )
