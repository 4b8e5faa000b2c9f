"""Measure the endpoint beside moto, in one run: ``python tests/benchmarks/bench_endpoint.py``.

Over HTTP: requests a second of eight connections, processor time of the server a request, and the time to the first
answer. In process: processor time a call of boto3. Needs Linux; moto_server needs flask and flask-cors.
"""

from __future__ import annotations

import os
import re
import selectors
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from http.client import HTTPConnection
from importlib.util import find_spec
from statistics import median
from tempfile import NamedTemporaryFile
from typing import Any

import boto3
from botocore.config import Config

from backup_slr import Account, load
from backup_slr.api.emulated import aws

SECONDS, ROUNDS, CALLS = 2.0, 5, 100
ROLE = "AWSServiceRoleForBackup"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
SIGNATURE = "AWS4-HMAC-SHA256 Credential=AKID/20260101/us-east-1/{}/aws4_request, SignedHeaders=host, Signature=00"
REQUESTS = {
    "ListBackupVaults": ("GET", "/backup-vaults/", None, {"Authorization": SIGNATURE.format("backup")}),
    "GetRole": (
        "POST",
        "/",
        f"Action=GetRole&Version=2010-05-08&RoleName={ROLE}".encode(),
        {**FORM, "Authorization": SIGNATURE.format("iam")},
    ),
}


VAULTS = [f"name-{number}" for number in range(5)]


def account() -> Account:
    """The role and five vaults."""
    return load().account(role="present", vaults={f"us-east-1/{name}": 0 for name in VAULTS})


# ---------------------------------------------------------------- over HTTP


@contextmanager
def server(command: list[str], port: int) -> Iterator[tuple[int, float]]:
    """A server as a process, with the seconds to its first answer."""
    began = time.perf_counter()
    quiet = subprocess.DEVNULL
    with subprocess.Popen([sys.executable, *command], stdout=quiet, stderr=quiet) as process:
        try:
            while True:
                try:
                    send(HTTPConnection("127.0.0.1", port), "ListBackupVaults")
                    break
                except OSError:
                    if process.poll() is not None or time.perf_counter() - began > 60:
                        raise SystemExit(f"{command} does not answer") from None
                    time.sleep(0.02)
            yield process.pid, time.perf_counter() - began
        finally:
            process.terminate()


def send(connection: HTTPConnection, name: str) -> None:
    """One request, of which the answer is read."""
    method, target, body, headers = REQUESTS[name]
    connection.request(method, target, body, headers)
    connection.getresponse().read()


def processor_time(pid: int) -> float:
    """Seconds that a process has used, of all its threads."""
    with open(f"/proc/{pid}/stat") as file:
        fields = file.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def loaded(port: int, pid: int, name: str) -> tuple[float, float]:
    """Requests a second of eight connections, and microseconds of the server for each.

    The client is as cheap as possible, because it shares the machine with the server.
    """
    method, target, body, headers = REQUESTS[name]
    lines = [f"{method} {target} HTTP/1.1", "Host: 127.0.0.1", *(f"{one}: {text}" for one, text in headers.items())]
    data = "\r\n".join([*lines, f"Content-Length: {len(body or b'')}", "", ""]).encode() + (body or b"")
    ready, total = selectors.DefaultSelector(), 0

    def connect() -> None:
        made = socket.create_connection(("127.0.0.1", port))
        made.sendall(data)
        ready.register(made, selectors.EVENT_READ, bytearray())

    for _ in range(8):
        connect()
    used, began = processor_time(pid), time.perf_counter()
    while time.perf_counter() < began + SECONDS:
        for key, _ in ready.select():
            made: Any = key.fileobj
            key.data.extend(part := made.recv(1 << 16))
            head, blank, content = key.data.partition(b"\r\n\r\n")
            length = re.search(rb"(?i)content-length: (\d+)", head)
            if part and not (blank and length and len(content) >= int(length[1])):
                continue
            total += 1
            if part and head.startswith(b"HTTP/1.1") and b"close" not in head.lower():
                key.data.clear()
                made.sendall(data)
            else:
                ready.unregister(made)
                made.close()
                connect()
    rate, spent = total / (time.perf_counter() - began), (processor_time(pid) - used) / total * 1e6
    for key in list(ready.get_map().values()):
        key.fileobj.close()  # type: ignore[union-attr]
    return rate, spent


def over_http() -> None:
    """Print what two servers do with the same requests."""
    with NamedTemporaryFile("w", suffix=".toml") as file:
        file.write(account().emulated().account().account_file())
        file.flush()
        _over_http({"ours": (["-m", "backup_slr", "serve", "--port", "18921", "--account", file.name], 18921)})


def _over_http(servers: dict[str, tuple[list[str], int]]) -> None:
    if find_spec("moto") and find_spec("flask_cors"):
        servers["moto"] = (["-m", "moto.server", "-p", "18922"], 18922)
    else:
        print("moto_server is not measured: moto, flask and flask-cors are not installed")
    found: dict[str, dict[str, tuple[float, float]]] = {}
    for title, (command, port) in servers.items():
        with server(command, port) as (pid, first):
            if title == "moto":
                prepare(port)
            print(f"{title}: first answer after {first:.2f} s")
            found[title] = {name: loaded(port, pid, name) for name in REQUESTS}
        for name, (rate, used) in found[title].items():
            print(f"{title}: {name}: {rate:.0f} requests/s, {used:.0f} us of the server each")
    for name in REQUESTS if len(found) == 2 else ():
        (our_rate, our_used), (rate, used) = found["ours"][name], found["moto"][name]
        print(
            f"ours beside moto: {name}: {our_rate / rate:.1f} times the requests/s, 1/{used / our_used:.1f} of the time"
        )


def prepare(port: int) -> None:
    """Create in moto what our backend has."""
    keys = {"aws_access_key_id": "AKID", "aws_secret_access_key": "s", "endpoint_url": f"http://127.0.0.1:{port}"}
    boto3.client("iam", "us-east-1", **keys).create_role(RoleName=ROLE, AssumeRolePolicyDocument="{}")
    for name in VAULTS:
        boto3.client("backup", "us-east-1", **keys).create_backup_vault(BackupVaultName=name)


# ---------------------------------------------------------------- in process


def calls(backup: Any, iam: Any) -> dict[str, Callable[[], None]]:
    """What is measured."""

    def both() -> None:
        backup.create_backup_vault(BackupVaultName="another")
        backup.delete_backup_vault(BackupVaultName="another")

    return {
        "ListBackupVaults": lambda: backup.list_backup_vaults(),
        "GetRole": lambda: iam.get_role(RoleName=ROLE),
        "create and delete": both,
    }


def watch(**_: Any) -> None:
    """A handler, for which a request takes its whole way."""


def measured(
    context: Callable[[], AbstractContextManager[Any]], prepared: bool, watched: bool = False
) -> dict[str, float]:
    """Microseconds of each call, with clients made inside the context."""
    with context():
        config = Config(retries={"total_max_attempts": 1})
        backup, iam = (boto3.client(name, "us-east-1", config=config) for name in ("backup", "iam"))
        for one in (backup, iam) if watched else ():
            one.meta.events.register("before-send.*.*", watch)
        if not prepared:
            iam.create_role(RoleName=ROLE, AssumeRolePolicyDocument="{}")
            for name in VAULTS:
                backup.create_backup_vault(BackupVaultName=name)
        found: dict[str, float] = {}
        for name, call in calls(backup, iam).items():
            call()
            began = time.process_time()
            for _ in range(CALLS):
                call()
            found[name] = (time.process_time() - began) / CALLS * 1e6
        return found


def in_process() -> None:
    """Print the processor time of calls, in interleaved rounds."""
    contexts: dict[str, tuple[Callable[[], AbstractContextManager[Any]], bool, bool]] = {
        "ours": (lambda: aws(account()), True, False),
        "ours, signed": (lambda: aws(account()), True, True),
        "ours, fast": (lambda: aws(account(), fast=True), True, False),
    }
    if find_spec("moto"):
        from moto import mock_aws

        contexts["moto"] = (mock_aws, False, False)
    else:
        print("mock_aws is not measured: moto is not installed")
    rounds = [{title: measured(*one) for title, one in contexts.items()} for _ in range(ROUNDS)]
    for name in calls(None, None):
        used = {title: median(one[title][name] for one in rounds) for title in contexts}
        others = [title for title in used if "moto" in used and title != "moto"]
        ratios = [f"moto takes {used['moto'] / used[title]:.1f} times {title}" for title in others]
        times = [f"{title} {value:.0f} us" for title, value in used.items()]
        print(f"in process: {name}: {', '.join([*times, *ratios])}")


if __name__ == "__main__":
    over_http()
    in_process()
