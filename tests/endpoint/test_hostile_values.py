"""Calls with hostile values through the whole stack: the endpoint never fails, and the state stays well formed."""

from __future__ import annotations

import random
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from botocore.awsrequest import prepare_request_dict
from botocore.exceptions import BotoCoreError
from botocore.serialize import create_serializer
from botocore.session import get_session
from tests.support.console import call as program

from backup_slr.api.emulated import emulated
from backup_slr.endpoint.emulated_aws import EmulatedAws
from backup_slr.endpoint.wire.dialects import DIALECTS
from backup_slr.endpoint.wire.messages import HttpRequest
from backup_slr.lifecycle.emulation import EMULATION

ROLE = "AWSServiceRoleForBackup"
SESSION = get_session()
SCOPES = {dialect.service: dialect.scope for dialect in DIALECTS}
EXTENSIONS = (
    (),
    ("access-policy", "vault-lock"),
    ("backup-plans", "legal-hold", "copies"),
    ("deleting", "expired"),
    ("backup-roles",),
)
EMOJI = "\N{GRINNING FACE}"
DENIES = '{"Statement": {"Effect": "Deny", "Principal": "*", "Action": "*"}}'
ODD_POLICY = '{"Statement": {"Effect": "Deny", "Principal": {"AWS": 1}, "Action": {}, "Condition": 7}}'
TEXTS = (
    *("", " ", "a", "Default", "aws/efs/automatic-backup-vault", "a/b", "a\nb"),
    *("{vault}", "{", "}", "{0}", "{.x}", "%s", "a.b", "..", "../../etc/passwd"),
    *("\x00", "\x7f", "\u202e", EMOJI, "a" * 50, "a" * 2000, "<x>&amp;]]>", '"', "'", "\\"),
    *("0", "-1", "1e9", "true", "null", "NaN", "*", "?", "[a", "page-1", "page-99999999999", "page-\u0661"),
    *("fs-1", "arn:aws:backup:us-east-1:1:backup-vault:a", ROLE, "x/" + ROLE, "backup.amazonaws.com"),
    *('{"Statement": []}', DENIES, ODD_POLICY, "[" * 500, "{" * 500),
)
NUMBERS = (0, 1, -1, 3, 1000, 2**31 - 1, 2**31, 10**12, -(10**12), 2**63 - 1)


def hostile(shape: Any, chance: random.Random, known: list[str], depth: int = 0) -> Any:
    """A value of a shape; often one that obeys its constraints."""
    match shape.type_name:
        case "structure":
            wanted = [n for n in shape.members if n in shape.required_members or chance.random() < 0.5]
            inner = {name: shape.members[name] for name in wanted if depth < 4}
            return {name: hostile(one, chance, known, depth + 1) for name, one in inner.items()}
        case "list":
            return [hostile(shape.member, chance, known, depth + 1) for _ in range(chance.choice([0, 1, 1, 3]))]
        case "map":
            return {
                hostile(shape.key, chance, known, depth + 1): hostile(shape.value, chance, known, depth + 1)
                for _ in range(chance.choice([0, 1, 3]))
            }
        case "boolean":
            return chance.random() < 0.5
        case "timestamp":
            return datetime.fromtimestamp(chance.choice([0, 1, 2**31, 253402300799]), UTC)
        case "integer" | "long":
            return chance.choice(NUMBERS)
        case "double" | "float":
            return chance.choice([0.0, -1.5, 1e300])
        case "blob":
            return b"\xff"
        case _:
            values = shape.metadata.get("enum")
            return chance.choice(values if values and chance.random() < 0.8 else [*known, *known, *TEXTS])


def sent(aws: EmulatedAws, chance: random.Random, known: list[str]) -> None:
    """Send one call, and check that the answer is one of AWS."""
    one = chance.choice(list(EMULATION.operations.values()))
    service = EMULATION.clients.get(one.service, one.service)
    model = SESSION.get_service_model(service)
    operation = model.operation_model(one.operation.partition(":")[2])
    parameters = hostile(operation.input_shape, chance, known) if operation.input_shape else {}
    try:
        made = create_serializer(model.resolved_protocol, include_validation=False).serialize_to_request(
            parameters, operation
        )
        prepare_request_dict(made, "http://127.0.0.1")
    except (BotoCoreError, UnicodeError, OverflowError, AttributeError):
        return
    region = chance.choice(["us-east-1", "eu-west-1", "cn-north-1", "mars-1"])
    signature = f"AWS4-HMAC-SHA256 Credential=A/20260101/{region}/{SCOPES[service]}/aws4_request"
    headers = [(str(name).lower(), str(value)) for name, value in made["headers"].items()]
    body = made["body"]
    body = urlencode(body) if isinstance(body, dict) else body
    target = made["url"].removeprefix("http://127.0.0.1")
    content = body.encode() if isinstance(body, str) else bytes(body)
    response = aws.answer(HttpRequest(made["method"], target, (*headers, ("authorization", signature)), content))
    assert response.status in (200, 201, 204, 400, 403, 404, 409, 501, 503), (one.operation, parameters, response)


@pytest.mark.parametrize("seed", [*range(5), *(pytest.param(n, marks=pytest.mark.slow) for n in range(5, 8))])
def test_hostile_values_end_in_answers_and_a_scenario(seed: int, tmp_path: Path, caplog: Any) -> None:
    chance = random.Random(seed)
    aws = emulated(extensions=EXTENSIONS[seed % len(EXTENSIONS)])
    account = aws.account("A")
    for _ in range(600):
        ids = [one.id for kind in EMULATION.records for one in account.emulated.all_of(kind)]
        sent(aws, chance, ["a", "b", "Default", ROLE, "backup.amazonaws.com", *chance.choices(ids or ["x"], k=4)])
        if chance.random() < 0.1:
            account.wait(chance.choice([1, 60, 10**9]))
    assert caplog.text == ""
    (tmp_path / "run.toml").write_text(account.scenario())
    assert program("simulate", "--quiet", str(tmp_path / "run.toml")).code == 0
    again = emulated(extensions=EXTENSIONS[seed % len(EXTENSIONS)]).account()
    again.load(account.account_file())
    assert again.emulated.values() == account.emulated.values()
