"""Send calls with boto3."""

from __future__ import annotations

from threading import Lock
from typing import Any

from backup_slr.engine.spec.inventory import ReadCall
from backup_slr.errors import BadInput, MissingTool, install
from backup_slr.inventory.collector import Arguments, CallFailed


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
            import boto3
            from botocore.config import Config
            from botocore.exceptions import BotoCoreError
        except ImportError:
            raise MissingTool(
                f"'collect' needs boto3: {install('aws', 'boto3')}\n'collect --script' does not"
            ) from None
        try:
            self.session: Any = boto3.Session(profile_name=profile)  # pyright: ignore[reportUnknownMemberType]
        except BotoCoreError as error:
            raise BadInput(f"--profile: {error}") from None
        self.config = Config(connect_timeout=10, read_timeout=60, retries={"mode": "standard", "max_attempts": 8})
        self.clients: dict[tuple[str, str], Any] = {}
        self.lock = Lock()

    def client(self, service: str, outer: str) -> Any:
        """The client of a service in a Region; clients may be shared by threads, but not made by two at once."""
        with self.lock:
            if (service, outer) not in self.clients:
                made = self.session.client(service, region_name=outer, config=self.config)
                self.clients[service, outer] = made
            return self.clients[service, outer]

    def send(self, outer: str, call: ReadCall, arguments: Arguments) -> Any:
        """Return the answer of a call, all pages of it.

        Raises
        ------
        CallFailed
            When AWS returns an error, or cannot be reached.
        """
        from botocore import xform_name
        from botocore.exceptions import BotoCoreError, ClientError

        method = xform_name(call.name)
        try:
            client = self.client(call.command[0], outer)
            if client.can_paginate(method):
                return client.get_paginator(method).paginate(**arguments).build_full_result()
            answer = getattr(client, method)(**arguments)
        except ClientError as error:
            raise CallFailed(str(error)) from None
        except (BotoCoreError, ValueError) as error:  # a name that is no Region is a ValueError
            raise CallFailed(f"{type(error).__name__}: {error}", unreachable=True) from None
        return {name: value for name, value in answer.items() if name != "ResponseMetadata"}
