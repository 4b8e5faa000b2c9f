"""Clients of botocore that are made before a run, because that takes longer than all calls of a short run.

A client that was made before is used only where the script would make an equal one: with the default session, while
nothing was registered or set in it, in the same environment. Each is used once.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from backup_slr.endpoint.wire.dialects import BY_SERVICE
from backup_slr.endpoint.wire.service_data import service_data

Key = tuple[str, str | None]
MOST = 64
"""Clients that are made before; a script with more makes the others itself."""


class ReadyClients:
    """The default session, and its clients.

    Attributes
    ----------
    used
        The clients that this run made with the default session: service and Region.
    """

    def __init__(self) -> None:
        _remember_files()
        self._emitters = _watch_emitters()
        self.used: list[Key] = []
        self._ready: dict[Key, list[Any]] = {}
        boto3: Any = import_module("boto3") if find_spec("boto3") else None
        if boto3 is not None:
            boto3.setup_default_session()
        self._session: Any = (
            boto3.DEFAULT_SESSION._session if boto3 is not None else import_module("botocore.session").get_session()
        )
        session_class: Any = import_module("botocore.session").Session
        session_class.create_client = self._creator(session_class.create_client)
        for service in ("iam", "backup"):
            self._session.create_client(service, region_name="us-east-1")
        self.used.clear()
        self._first = self._print()

    def prepare(self, used: list[Key]) -> bool:
        """Make the clients that an earlier run used; whether any was new."""
        new = False
        for key, number in Counter((service, region) for service, region in used).items():
            ready = self._ready.setdefault(key, [])
            while len(ready) < number and sum(map(len, self._ready.values())) < MOST:
                new = True
                ready.append(self._make(self._session, *key))
        return new

    def _print(self) -> tuple[Any, ...]:
        """What clients of the session depend on."""
        session = self._session
        return (
            self._emitters.get(id(session._events._emitter)),
            dict(session._session_instance_vars),
            id(session._credentials),
            id(session._client_config),
            session._profile,
            dict(os.environ),
        )

    def _creator(self, create: Callable[..., Any]) -> Callable[..., Any]:
        self._make = create

        def create_client(session: Any, service_name: str, region_name: Any = None, **rest: Any) -> Any:
            plain = all(value is None or (name == "use_ssl" and value is True) for name, value in rest.items())
            if session is not self._session or not plain:
                return create(session, service_name, region_name, **rest)
            key = (service_name, region_name)
            self.used.append(key)
            is_ready = self._ready.get(key) and self._print() == self._first
            return self._ready[key].pop(0) if is_ready else create(session, service_name, region_name, **rest)

        return create_client


def _watch_emitters() -> dict[int, int]:
    """For each emitter of events, how often something was registered or removed."""
    changes: dict[int, int] = {}
    emitter: Any = import_module("botocore.hooks").HierarchicalEmitter

    def counting(method: Callable[..., Any]) -> Callable[..., Any]:
        def counted(self: Any, *arguments: Any, **named: Any) -> Any:
            changes[id(self)] = changes.get(id(self), 0) + 1
            return method(self, *arguments, **named)

        return counted

    emitter._register_section = counting(emitter._register_section)
    emitter.unregister = counting(emitter.unregister)
    return changes


def _remember_files() -> None:
    """Read the files of botocore once."""
    loaders: Any = import_module("botocore.loaders")
    loaders.JSONFileLoader.load_file = _remembered(loaders.JSONFileLoader().load_file)
    loaders.JSONFileLoader.exists = _remembered(loaders.JSONFileLoader().exists)
    load = loaders.Loader.load_service_model
    data: dict[Any, Any] = {}

    def load_service_model(self: Any, service_name: str, type_name: str, api_version: str | None = None) -> Any:
        if service_name not in BY_SERVICE or api_version is not None:
            return load(self, service_name, type_name, api_version)
        key = (tuple(self.search_paths), service_name, type_name)
        if key not in data:
            data[key] = service_data(service_name, type_name, self)
        return data[key]

    loaders.Loader.load_service_model = load_service_model
    creator: Any = import_module("botocore.client").ClientCreator
    made, models = creator._load_service_model, dict[Any, Any]()

    def _load_service_model(self: Any, service_name: str, api_version: str | None = None) -> Any:
        if service_name not in BY_SERVICE:
            return made(self, service_name, api_version)
        key = (tuple(self._loader.search_paths), service_name, api_version)
        if key not in models:
            models[key] = made(self, service_name, api_version)
        return models[key]

    creator._load_service_model = _load_service_model
    hooks: Any = import_module("botocore.hooks")
    hooks.accepts_kwargs = cache(hooks.accepts_kwargs)
    alias, usual = hooks.EventAliaser._alias_event_name, hooks.EVENT_ALIASES
    aliases: dict[str, str] = {}

    def alias_event_name(self: Any, event_name: str) -> str:
        if not self.__dict__.setdefault("_are_usual", self._event_aliases == usual):
            return alias(self, event_name)
        if event_name not in aliases:
            aliases[event_name] = alias(self, event_name)
        return aliases[event_name]

    hooks.EventAliaser._alias_event_name = alias_event_name


def _remembered(function: Callable[[Any], Any]) -> Callable[[Any, Any], Any]:
    """A method whose result depends on its argument only."""
    found = cache(function)
    return lambda self, argument: found(argument)
