"""Clients of AWS that others wrote, each called in the same way.

``tests/judges/clients/install`` installs them. A test skips, with the reason, the one that is not installed.
"""

from __future__ import annotations

import json
import os
import subprocess
import sysconfig
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from shutil import which
from typing import Any, Protocol

import boto3
import pytest
from botocore import xform_name
from botocore.exceptions import ClientError

import backup_slr

CLIENTS = Path(__file__).parent.parent / "judges" / "clients"
INSTALLED = CLIENTS / "installed"
DEBIAN = INSTALLED / "debian" / "usr"
MODEL = Path(backup_slr.__file__).parent.parent
KEYS = {"AWS_ACCESS_KEY_ID": "AKID", "AWS_SECRET_ACCESS_KEY": "secret"}
"""The access key of every client: they share an account if they share an endpoint."""


@dataclass(frozen=True)
class ClientAnswer:
    """What a client made of one answer."""

    result: Mapping[str, Any] = field(default_factory=dict[str, Any])
    code: str = ""
    message: str = ""
    status: int | None = None
    typed: bool | None = None
    """Whether the error has a class of its own; None if the client has no such classes."""


class Call(Protocol):
    """One call of a client."""

    def __call__(self, service: str, operation: str, region: str, parameters: Mapping[str, Any]) -> ClientAnswer:
        """The result, or the error."""
        ...


def python_of(client: str) -> str:
    """The interpreter of the environment of a client."""
    return str(INSTALLED / client / "bin" / "python")


def environment(**more: str) -> dict[str, str]:
    """Variables for the process of a client, without what the machine says about AWS."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    files = {"AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull}
    return {**kept, **KEYS, **files, "AWS_EC2_METADATA_DISABLED": "true", "PYTHONWARNINGS": "ignore", **more}


COMMANDS: dict[str, tuple[list[str], dict[str, str]]] = {
    "aioboto3": ([python_of("aioboto3"), "aio.py", "URL"], {}),
    "aws-cli-1": ([python_of("aws-cli"), "aws_cli.py", "URL"], {}),
    "aws-cli-2": (
        ["/usr/bin/python3", "aws_cli.py", "URL"],
        {"PYTHONPATH": str(DEBIAN / "lib" / "python3" / "dist-packages")},
    ),
    "javascript-2": (["node", "javascript.mjs", "v2", "URL"], {"NODE_NO_WARNINGS": "1"}),
    "javascript-3": (["node", "javascript.mjs", "v3", "URL"], {"NODE_NO_WARNINGS": "1"}),
}
"""For each client with a process: its command, and variables."""
NEEDS = {
    "aioboto3": INSTALLED / "aioboto3",
    "ansible": INSTALLED / "ansible",
    "aws-cli-1": INSTALLED / "aws-cli",
    "aws-cli-2": DEBIAN / "bin" / "aws",
    "aws-nuke": DEBIAN / "bin" / "aws-nuke",
    "custodian": INSTALLED / "custodian",
    "javascript-2": CLIENTS / "node_modules" / "aws-sdk",
    "javascript-3": CLIENTS / "node_modules" / "@aws-sdk",
}


def needs(client: str) -> pytest.MarkDecorator:
    """Skip a test, with the reason, if a client is not installed."""
    there = NEEDS[client].exists() and (which("node") or not client.startswith("javascript"))
    return pytest.mark.skipif(not there, reason=f"{client} is not installed: tests/judges/clients/install")


@contextmanager
def boto3_calls(url: str | None = None) -> Iterator[Call]:
    """The client of this environment."""
    session = boto3.Session(aws_access_key_id="AKID", aws_secret_access_key="secret")
    made: dict[tuple[str, str], Any] = {}

    def call(service: str, operation: str, region: str, parameters: Mapping[str, Any]) -> ClientAnswer:
        if (service, region) not in made:
            made[service, region] = session.client(service, region, endpoint_url=url)
        try:
            result = getattr(made[service, region], xform_name(operation))(**parameters)
        except ClientError as error:
            said, about = error.response["Error"], error.response["ResponseMetadata"]
            typed = type(error) is not ClientError
            return ClientAnswer({}, said["Code"], said["Message"], about["HTTPStatusCode"], typed)
        del result["ResponseMetadata"]
        return ClientAnswer(result)

    yield call


@contextmanager
def calls(client: str, url: str, **variables: str) -> Iterator[Call]:
    """The calls of a client against an endpoint."""
    if client == "boto3":
        with boto3_calls(url) as call:
            yield call
        return
    words, more = COMMANDS[client]
    command = [url if word == "URL" else word for word in words]
    with lines_of(command, {**more, **variables}) as ask:
        yield lambda *call: ClientAnswer(**ask(dict(zip(ASKED, call, strict=True))))


ASKED = ("service", "operation", "region", "parameters")


@contextmanager
def aioboto3_in_process(extensions: Sequence[str]) -> Iterator[tuple[Call, Callable[..., Any]]]:
    """The calls of aioboto3, answered in its own process; and what lets the service act there."""
    paths = [str(MODEL), sysconfig.get_path("purelib")]
    with lines_of([python_of("aioboto3"), "aio.py", "in-process", ",".join(extensions), *paths], {}) as ask:

        def act(action: str, place: str, **inputs: Any) -> None:
            ask({"action": action, "place": place, "inputs": inputs})

        yield lambda *call: ClientAnswer(**ask(dict(zip(ASKED, call, strict=True)))), act


@contextmanager
def lines_of(command: Sequence[str], variables: Mapping[str, str]) -> Iterator[Callable[[Any], dict[str, Any]]]:
    """Ask a process, whose answer to each line of JSON is another."""
    pipe = subprocess.PIPE
    with subprocess.Popen(
        command, cwd=CLIENTS, env=environment(**variables), stdin=pipe, stdout=pipe, text=True
    ) as process:
        asked, answered = process.stdin, process.stdout
        assert asked is not None
        assert answered is not None

        def ask(value: Any) -> dict[str, Any]:
            print(json.dumps(value), file=asked, flush=True)
            line = answered.readline()
            assert line, f"{command} ended at {value}"
            return json.loads(line)

        yield ask


def run(program: list[str], timeout: float = 300, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a program of a client to its end."""
    return subprocess.run(
        program, env=environment(**variables), capture_output=True, text=True, timeout=timeout, check=False
    )
