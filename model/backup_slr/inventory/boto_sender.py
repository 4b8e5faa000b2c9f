"""Send calls with boto3."""

from __future__ import annotations

from importlib import import_module
from threading import Lock
from typing import Any

from backup_slr.engine.spec.inventory import ReadCall
from backup_slr.errors import BadInput, MissingTool, install
from backup_slr.inventory.collector import Arguments, CallFailed

LIBRARY = ("boto3", "botocore", "botocore.config", "botocore.exceptions")


class BotoSender:
    """A session of boto3, under a profile of the user.

    Parameters
    ----------
    profile
        The name of the profile; by default that of the environment.

    Raises
    ------
    MissingTool
        When boto3 is not installed.
    BadInput
        When there is no such profile.
    """

    def __init__(self, profile: str | None = None) -> None:
        try:
            # They have no types; as modules by name, their members are of any type.
            boto3, self.botocore, config, self.errors = map(import_module, LIBRARY)
        except ImportError:
            how = install("aws", "boto3")
            raise MissingTool(f"collect needs boto3: {how}\n'collect --script' does not need it") from None
        try:
            self.session: Any = boto3.Session(profile_name=profile)
        except self.errors.BotoCoreError as error:
            raise BadInput(f"--profile: {error}") from None
        self.config = config.Config(
            connect_timeout=10, read_timeout=60, retries={"mode": "standard", "max_attempts": 8}
        )
        self.clients: dict[tuple[str, str], Any] = {}
        self.lock = Lock()

    @property
    def home(self) -> str:
        """The Region that the user chose by a profile or the environment; empty if there is none."""
        return self.session.region_name or ""

    def client(self, service: str, outer: str) -> Any:
        """The client of a service in a Region; clients may be shared by threads, but not made by two at once."""
        with self.lock:
            if (service, outer) not in self.clients:
                made = self.session.client(service, region_name=outer, config=self.config)
                self.clients[service, outer] = made
            return self.clients[service, outer]

    def send(self, outer: str, call: ReadCall, arguments: Arguments) -> Any:
        """Return the answer of a call, all pages of it.

        Raises `CallFailed` when AWS returns an error, or cannot be reached.
        """
        method = self.botocore.xform_name(call.name)
        try:
            client = self.client(call.command[0], outer)
            if client.can_paginate(method):
                return client.get_paginator(method).paginate(**arguments).build_full_result()
            answer = getattr(client, method)(**arguments)
        except self.errors.ClientError as error:
            raise CallFailed(str(error)) from None
        except (self.errors.BotoCoreError, ValueError) as error:  # a name that is no Region is a ValueError
            raise CallFailed(f"{type(error).__name__}: {error}", unreachable=True) from None
        return {name: value for name, value in answer.items() if name != "ResponseMetadata"}
