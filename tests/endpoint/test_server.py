"""The server: loopback only, no foreign sites, many clients, a clean end."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from backup_slr.endpoint.server import listening, serve, serving
from backup_slr.endpoint.wire.messages import Fault, HttpRequest, HttpResponse, ServiceCall
from backup_slr.endpoint.wire.protocol import Wire
from backup_slr.errors import BadInput


class Names:
    """A backend with a set of names, which is not safe for threads."""

    def __init__(self) -> None:
        self.names: list[str] = []

    def __call__(self, call: ServiceCall) -> dict[str, Any]:
        if call.operation == "ListBackupVaults":
            return {"BackupVaultList": [{"BackupVaultName": name} for name in self.names]}
        name = call.parameters["BackupVaultName"]
        if name in self.names:
            raise Fault("AlreadyExistsException", "It exists.")
        self.names.append(name)
        return {"BackupVaultName": name}


def client(url: str, region: str = "eu-west-1") -> Any:
    config = Config(retries={"total_max_attempts": 1})
    keys = {"aws_access_key_id": "AKID", "aws_secret_access_key": "secret"}
    return boto3.client("backup", region, endpoint_url=url, config=config, **keys)


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_clients_that_race_create_each_name_once(host: str) -> None:
    wire, names = Wire(), Names()
    with serving(lambda request: wire.answer(request, names), host) as url:
        clients = [client(url) for _ in range(8)]

        def create(number: int) -> str:
            try:
                return clients[number % 8].create_backup_vault(BackupVaultName=f"name-{number // 8}")["BackupVaultName"]
            except ClientError as error:
                return error.response["Error"]["Code"]

        with ThreadPoolExecutor(8) as pool:
            found = list(pool.map(create, range(160)))
        assert sorted(set(found)) == sorted(["AlreadyExistsException", *(f"name-{number}" for number in range(20))])
        assert found.count("AlreadyExistsException") == 140
        assert len(client(url).list_backup_vaults()["BackupVaultList"]) == 20


def echo(request: HttpRequest) -> HttpResponse:
    return HttpResponse(200, (), f"{request.method} {request.target} {len(request.body)}".encode())


def reply(url: str, headers: dict[str, str], method: str = "POST", target: str = "/a%2Fb?c=%2F") -> tuple[int, bytes]:
    connection = HTTPConnection(url.removeprefix("http://"))
    connection.putrequest(method, target, skip_host="Host" in headers)
    for name, value in headers.items():
        connection.putheader(name, value.replace("URL", url))
    connection.endheaders()
    response = connection.getresponse()
    body = response.read()
    connection.close()
    return response.status, body


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Host": "localhost:99"}, 200),
        ({"Origin": "URL"}, 200),
        ({"Sec-Fetch-Site": "same-origin"}, 200),
        ({"Host": "example.com"}, 403),
        ({"Host": "127.0.0.1.example.com"}, 403),
        ({"Host": "localhost@example.com"}, 403),
        ({"Host": ""}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://127.0.0.1:1"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
    ],
)
def test_foreign_hosts_and_sites_are_refused(headers: dict[str, str], status: int) -> None:
    with serving(echo) as url:
        found = reply(url, headers)
    assert found[0] == status
    if status == 200:
        assert found[1] == b"POST /a%2Fb?c=%2F 0"
    else:
        assert json.loads(found[1])["message"]


def test_an_exception_is_an_error_without_its_traceback(caplog: pytest.LogCaptureFixture) -> None:
    def answer(request: HttpRequest) -> HttpResponse:
        raise KeyError("x")

    with serving(answer) as url:
        assert reply(url, {}) == (500, b'{"message": "the server failed; its log says why"}')
    assert "KeyError" in caplog.text


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "example.com", "10.0.0.1", ""])
def test_only_loopback_is_served(host: str) -> None:
    with pytest.raises(BadInput, match="only loopback is served"):
        listening(host)


def test_a_port_in_use_is_one_message() -> None:
    with listening() as made:
        port = made.getsockname()[1]
        with pytest.raises(BadInput, match=f"port {port} of 127.0.0.1 is in use"):
            serve(echo, port=port)
    with pytest.raises(BadInput, match="from 0 to 65535"):
        listening(port=70000)


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_ctrl_c_ends_the_server() -> None:
    program = """
from backup_slr.endpoint.server import serve
from backup_slr.endpoint.wire.messages import HttpResponse
serve(lambda request: HttpResponse(200), ready=lambda url: print(url, flush=True))
print("ended")
"""
    pipe = subprocess.PIPE
    with subprocess.Popen([sys.executable, "-c", program], stdout=pipe, stderr=pipe, text=True) as process:
        assert process.stdout is not None
        assert reply(process.stdout.readline().strip(), {})[0] == 200
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=20)
    assert (process.returncode, out, err) == (0, "ended\n", "")
