"""The control API of an endpoint, below ``/_slr/``: JSON over HTTP, for tests that are not written in Python.

Each path below is one method of `AwsAccount`. The query parameter ``account`` is the access key of the account; without
it, the first account is meant. ``GET /_slr/`` lists the paths.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, cast
from urllib.parse import parse_qs, urlsplit

from backup_slr.endpoint.aws_account import AwsAccount
from backup_slr.endpoint.backend.surroundings import FORMS
from backup_slr.endpoint.emulated_aws import CONTROL, EmulatedAws
from backup_slr.endpoint.wire.messages import HttpRequest, HttpResponse
from backup_slr.errors import BadInput, quoted, unknown

LARGEST_NUMBER = 1e9
NAMED = {"name"}


@dataclass(frozen=True)
class ControlPath:
    """One path: what it does, the keys of its body (None: the body is text), and the function that does it."""

    says: str
    does: Callable[[AwsAccount, Any], Any]
    keys: frozenset[str] | None = frozenset()


def _act(account: AwsAccount, given: Mapping[str, Any]) -> Any:
    inputs: Any = given.get("inputs", {})
    if not isinstance(inputs, dict):
        raise BadInput("inputs is an object")
    action, place = _text(given, "action"), _text(given, "place", "")
    return {"outcome": account.act(action, place, **cast("dict[str, Any]", inputs))}


def _clock(account: AwsAccount, given: Mapping[str, Any]) -> Any:
    account.wait(_number(given, "seconds", 0))
    return {"now": account.emulated.now.isoformat()}


def _environment(account: AwsAccount, given: Mapping[str, Any]) -> Any:
    account.configure(**given)
    return asdict(account.environment)


def _snapshot(account: AwsAccount, given: Mapping[str, Any]) -> Any:
    account.snapshot(_text(given, "name", ""))
    return {}


def _restore(account: AwsAccount, given: Mapping[str, Any]) -> Any:
    account.restore(_text(given, "name", ""))
    return account.state


def _load(account: AwsAccount, text: str) -> Any:
    account.load(text)
    return account.state


def _reset(account: AwsAccount, given: Mapping[str, Any]) -> Any:
    account.reset()
    return account.state


READS: dict[str, ControlPath] = {
    "state": ControlPath("the state, with the keys of account files", lambda account, _: account.state),
    "account": ControlPath("the state as an account file", lambda account, _: account.account_file()),
    "scenario": ControlPath("what was done, as a scenario for 'backup-slr simulate'", lambda one, _: one.scenario()),
    "log": ControlPath("the last calls", lambda account, _: [asdict(call) for call in account.calls]),
    "clock": ControlPath("the time", lambda account, _: {"now": account.emulated.now.isoformat()}),
    "environment": ControlPath("the settings of the environment", lambda account, _: asdict(account.environment)),
    "actions": ControlPath("the actions, with their inputs", lambda account, _: account.actions()),
}
CHANGES: dict[str, ControlPath] = {
    "reset": ControlPath("return to the first state; without ?account=KEY, in all accounts", _reset),
    "account": ControlPath("replace the state by that of an account file, which is the body", _load, None),
    "snapshot": ControlPath('keep the state under a name: {"name": ...}', _snapshot, frozenset(NAMED)),
    "restore": ControlPath('return to a state that was kept: {"name": ...}', _restore, frozenset(NAMED)),
    "act": ControlPath(
        'an action of the service or of another person: {"action": ..., "place": "REGION/VAULT", "inputs": {...}}',
        _act,
        frozenset({"action", "place", "inputs"}),
    ),
    "clock": ControlPath(
        'let time pass; jobs and tasks end, however short it is, and dates come: {"seconds": ...}',
        _clock,
        frozenset({"seconds"}),
    ),
    "environment": ControlPath(
        f"change settings: {'; '.join(f'{name}: {form}' for name, (form, _) in FORMS.items())}",
        _environment,
        frozenset(FORMS),
    ),
}


def answer(aws: EmulatedAws, request: HttpRequest) -> HttpResponse:
    """The response to a request to the control API."""
    parts = urlsplit(request.target)
    name = parts.path.removeprefix(CONTROL).strip("/")
    paths = {"GET": READS, "POST": CHANGES, "PUT": CHANGES}.get(request.method)
    if paths is None:
        return _json(405, {"error": f"{quoted(request.method)} is not used: GET reads, POST changes"})
    if not name and request.method == "GET":
        differences = aws.account().differences
        about = {
            "get": _about(READS),
            "post": _about(CHANGES),
            "accounts": list(aws.accounts),
            "differences": differences,
        }
        return _json(200, about)
    if name not in paths:
        return _json(404, {"error": unknown(f"path of {request.method} {CONTROL}", name, paths, show=len(paths))})
    try:
        key = _key(parts.query)
        if key and key not in aws.accounts and paths[name].keys is not None:
            return _json(404, {"error": unknown("access key", key, [one for one in aws.accounts if one])})
        given = _body(request, name, paths[name])
        if name == "reset" and not key:
            aws.reset()
            return _json(200, aws.account().state)
        found = paths[name].does(aws.account(key, claims=False), given)
    except BadInput as error:
        return _json(400, {"error": " ".join(str(error).split())})
    if isinstance(found, str):
        return HttpResponse(200, (("content-type", "application/toml; charset=utf-8"),), found.encode())
    return _json(200, found)


def _about(paths: Mapping[str, ControlPath]) -> dict[str, str]:
    return {f"{CONTROL}{name}": one.says for name, one in paths.items()}


def _key(query: str) -> str:
    """The access key that a query names."""
    try:
        given = parse_qs(query, keep_blank_values=True, errors="strict", max_num_fields=10)
    except ValueError:
        raise BadInput("the query cannot be read") from None
    for name, values in given.items():
        if name != "account" or len(values) > 1:
            raise BadInput(f"the query is ?account=KEY, without {quoted(name)}")
    key = given.get("account", [""])[0]
    if not (key.isascii() and key.isprintable() and len(key) <= 200 and "/" not in key):
        raise BadInput(f"an access key has at most 200 letters, digits and signs, not {quoted(key)}")
    return key


def _body(request: HttpRequest, name: str, path: ControlPath) -> Any:
    if request.method == "GET":
        return {}
    try:
        text = request.body.decode()
        if path.keys is None:
            return text
        found: Any = json.loads(text, parse_constant=_no_constant) if text.strip() else {}
    except (ValueError, RecursionError):
        raise BadInput("the body is not text in UTF-8" if path.keys is None else "the body is not JSON") from None
    if not isinstance(found, dict):
        raise BadInput("the body is a JSON object")
    for key in cast("dict[str, Any]", found):
        if key not in path.keys:
            raise BadInput(unknown(f"key of {CONTROL}{name}", key, path.keys, show=len(path.keys)))
    return cast("dict[str, Any]", found)


def _no_constant(text: str) -> None:
    raise ValueError(f"{text} is not JSON")


def _text(given: Mapping[str, Any], name: str, default: str | None = None) -> str:
    value = given.get(name, default)
    if not isinstance(value, str):
        raise BadInput(f"{name} is a text")
    return value


def _number(given: Mapping[str, Any], name: str, default: float) -> float:
    value = given.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= LARGEST_NUMBER:
        raise BadInput(f"{name} is a number from 0 to {LARGEST_NUMBER:,.0f}")
    return float(value)


def _json(status: int, content: Any) -> HttpResponse:
    body = json.dumps(content, indent=1, default=str).encode() + b"\n"
    return HttpResponse(status, (("content-type", "application/json"),), body)
