"""The control API of an endpoint, below ``/_slr/``: JSON over HTTP, for tests that are not written in Python.

Each path below is one method of `AwsAccount`. The query parameter ``account`` is the access key of the account; without
it, the first account is meant.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any
from urllib.parse import parse_qs, urlsplit

from backup_slr.endpoint.emulated_aws import CONTROL, AwsAccount, EmulatedAws
from backup_slr.endpoint.wire.messages import HttpRequest, HttpResponse
from backup_slr.errors import BadInput, unknown

Handler = Callable[[AwsAccount, Mapping[str, Any]], Any]


def _act(account: AwsAccount, given: Mapping[str, Any]) -> Any:
    inputs = given.get("inputs", {})
    if not isinstance(inputs, dict):
        raise BadInput("inputs is an object")
    return {"outcome": account.act(_text(given, "action"), _text(given, "place", ""), **inputs)}  # pyright: ignore[reportUnknownArgumentType]


def _clock(account: AwsAccount, given: Mapping[str, Any]) -> Any:
    account.wait(_number(given, "seconds"))
    return {}


def _environment(account: AwsAccount, given: Mapping[str, Any]) -> Any:
    try:
        account.environment.set(given)
    except ValueError as error:
        raise BadInput(str(error)) from None
    return asdict(account.environment)


def _named(method: Callable[[AwsAccount, str], None]) -> Handler:
    def handler(account: AwsAccount, given: Mapping[str, Any]) -> Any:
        method(account, _text(given, "name", ""))
        return {}

    return handler


def _reset(account: AwsAccount, given: Mapping[str, Any]) -> Any:
    account.reset()
    return {}


READS: dict[str, tuple[str, Handler]] = {
    "state": ("the state, with the keys of account files", lambda account, _: account.state),
    "log": ("the calls since the last reset", lambda account, _: [asdict(call) for call in account.calls]),
    "account": ("the state as an account file", lambda account, _: account.account_file()),
    "scenario": ("what was done, as a scenario for 'backup-slr simulate'", lambda account, _: account.scenario()),
    "environment": ("the settings of the environment", lambda account, _: asdict(account.environment)),
}
CHANGES: dict[str, tuple[str, Handler]] = {
    "reset": ("return to the first state", _reset),
    "snapshot": ('keep the state under a name: {"name": ...}', _named(AwsAccount.snapshot)),
    "restore": ('return to a state that was kept: {"name": ...}', _named(AwsAccount.restore)),
    "act": ('an action of the service or of another person: {"action", "place", "inputs"}', _act),
    "clock": ('let time pass; jobs and tasks end: {"seconds": ...}', _clock),
    "environment": ("change settings of the environment", _environment),
}


def answer(aws: EmulatedAws, request: HttpRequest) -> HttpResponse:
    """The response to a request to the control API."""
    parts = urlsplit(request.target)
    name = parts.path.removeprefix(CONTROL).strip("/")
    try:
        if not name:
            return _json(200, {"get": _about(READS), "post": _about(CHANGES)})
        handlers = {"GET": READS, "POST": CHANGES}.get(request.method)
        if handlers is None:
            return _json(405, {"error": f"{request.method} is not used: GET reads, POST changes"})
        if name not in handlers:
            return _json(404, {"error": unknown(f"{request.method} {CONTROL}", name, handlers, show=len(handlers))})
        key = parse_qs(parts.query).get("account", [""])[0]
        if key and key not in aws.accounts:
            return _json(404, {"error": unknown("access key", key, [one for one in aws.accounts if one])})
        found = handlers[name][1](aws.account(key), _body(request))
    except BadInput as error:
        return _json(400, {"error": str(error)})
    if isinstance(found, str):
        return HttpResponse(200, (("content-type", "application/toml; charset=utf-8"),), found.encode())
    return _json(200, found)


def _about(handlers: Mapping[str, tuple[str, Handler]]) -> dict[str, str]:
    return {f"{CONTROL}{name}": says for name, (says, _) in handlers.items()}


def _body(request: HttpRequest) -> Mapping[str, Any]:
    if not request.body.strip():
        return {}
    try:
        found = json.loads(request.body)
    except (ValueError, RecursionError):
        raise BadInput("the body is not JSON") from None
    if not isinstance(found, dict):
        raise BadInput("the body is a JSON object")
    return found  # pyright: ignore[reportUnknownVariableType]


def _text(given: Mapping[str, Any], name: str, default: str | None = None) -> str:
    value = given.get(name, default)
    if not isinstance(value, str):
        raise BadInput(f"{name} is a text")
    return value


def _number(given: Mapping[str, Any], name: str) -> float:
    value = given.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1e9:
        raise BadInput(f"{name} is a number from 0 to 1,000,000,000")
    return float(value)


def _json(status: int, content: Any) -> HttpResponse:
    body = json.dumps(content, indent=1, default=str).encode() + b"\n"
    return HttpResponse(status, (("content-type", "application/json"),), body)
