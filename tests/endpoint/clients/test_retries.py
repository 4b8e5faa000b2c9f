"""How often clients try a call that fails: the code of an error decides whether a clean-up survives it."""

from __future__ import annotations

import pytest
from support.clients import calls, needs

from backup_slr.api.emulated import emulated
from backup_slr.endpoint.server import serving

TRANSIENT = {"boto3": 3, "aioboto3": 5, "aws-cli-1": 5, "aws-cli-2": 3, "javascript-3": 3, "javascript-2": 4}
"""Attempts of a call that is throttled or unavailable, for each client as it is without settings."""
SLOW = ("aioboto3", "aws-cli-1")
"""Clients that wait for about ten seconds in all; one of the codes is enough for them."""


@pytest.mark.slow
@pytest.mark.parametrize(
    "client", [pytest.param(name, marks=needs(name)) if name != "boto3" else name for name in TRANSIENT]
)
def test_clients_retry_what_is_transient_but_not_a_recovery_point_in_use(client: str) -> None:
    wanted = {"ThrottlingException": TRANSIENT[client], "InvalidResourceStateException": 1}
    if client not in SLOW:
        wanted["ServiceUnavailableException"] = TRANSIENT[client]
    made = emulated()
    found: dict[str, int] = {}
    with serving(made.answer) as url, calls(client, url) as call:
        account = made.account("AKID")
        for code in wanted:
            account.calls.clear()
            account.environment.failing = [("backup:ListBackupVaults", code)] * 9
            answer = call("backup", "ListBackupVaults", "us-east-1", {})
            assert answer.code == code
            assert answer.status in (None, 500 if code == "ServiceUnavailableException" else 400)
            found[code] = len(account.calls)
    assert found == wanted
