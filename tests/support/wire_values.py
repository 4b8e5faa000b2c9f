"""Random values of the shapes in botocore's models, and requests as botocore makes them."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from random import Random
from typing import Any
from urllib.parse import urlencode

from botocore.awsrequest import AWSRequest, prepare_request_dict
from botocore.loaders import Loader
from botocore.model import OperationModel, ServiceModel
from botocore.serialize import create_serializer

from backup_slr.endpoint.wire.dialects import DIALECTS
from backup_slr.endpoint.wire.messages import HttpRequest

TEXTS = ("plain-text_" * 100, "a/b:c%2F?&=+ d" * 80, "<é>&\"'\t日本\U0001f600" * 120)
POOL = frozenset(text[:length] for text in TEXTS for length in range(1101))
"""All generated strings: they break patterns, so that a wire must exempt them."""
SCOPES = {dialect.service: dialect.scope for dialect in DIALECTS}


@cache
def model(service: str) -> ServiceModel:
    return ServiceModel(Loader().load_service_model(service, "service-2"), service)


def protocol(service: str) -> str:
    return next(dialect.protocols[0] for dialect in DIALECTS if dialect.service == service)


def operations(*services: str) -> list[OperationModel]:
    return [model(name).operation_model(one) for name in services for one in model(name).operation_names]


def value(draw: Random, shape: Any, depth: int = 0) -> Any:
    """A value that keeps the constraints of its shape, except for patterns."""
    kind, metadata = shape.type_name, shape.metadata
    least = metadata.get("min", 0)
    if kind == "structure":
        names = [n for n in shape.members if n in shape.required_members or (depth < 4 and draw.random() < 0.6)]
        if metadata.get("union"):
            names = names[:1]
        if depth:
            names = names or list(shape.members)[:1]  # a form cannot have an empty structure
        return {name: value(draw, shape.members[name], depth + 1) for name in names}
    if kind in ("list", "map"):
        size = max(least, 1) if depth < 4 else least
        size = min(draw.randint(size, size + 2), metadata.get("max", 9))
        if kind == "list":
            return [value(draw, shape.member, depth + 1) for _ in range(size)]
        return {value(draw, shape.key, depth + 1): value(draw, shape.value, depth + 1) for _ in range(size)}
    if kind == "string" and metadata.get("enum"):
        return draw.choice(metadata["enum"])
    if kind == "string":
        least = max(least, 1)
        texts = TEXTS[:1] if shape.name == "policyDocumentType" else TEXTS  # IAM encodes the others in results
        return draw.choice(texts)[: draw.randint(least, max(least, min(metadata.get("max", 90), 90)))]
    return {
        "boolean": lambda: draw.random() < 0.5,
        "integer": lambda: draw.randint(least, min(metadata.get("max", 999), 2**31 - 1)),
        "long": lambda: draw.randint(least, min(metadata.get("max", 2**40), 2**40)),
        "float": lambda: draw.random() + least,
        "double": lambda: draw.random() + least,
        "timestamp": lambda: datetime.fromtimestamp(draw.randint(0, 2**31), UTC),
        "blob": lambda: draw.randbytes(draw.randint(max(least, 1), 20)),
    }[kind]()


def signed(service: str, region: str = "eu-west-1", key: str = "AKIDEXAMPLE") -> tuple[str, str]:
    scope = f"{key}/20260101/{region}/{SCOPES[service]}/aws4_request"
    return "authorization", f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=00"


def request(operation: OperationModel, parameters: dict[str, Any]) -> HttpRequest:
    """What botocore sends for these parameters."""
    service = operation.service_model.service_name
    made = create_serializer(protocol(service), include_validation=False).serialize_to_request(parameters, operation)
    prepare_request_dict(made, "http://127.0.0.1", {})
    sent = AWSRequest(method=made["method"], url=made["url"], data=made["body"], headers=made["headers"]).prepare()
    body = sent.body if sent.body is not None else b""
    body = body.encode() if isinstance(body, str) else urlencode(body).encode() if isinstance(body, dict) else body
    headers = tuple((name.lower(), text) for name, text in sent.headers.items())
    return HttpRequest(made["method"], sent.url.removeprefix("http://127.0.0.1"), (*headers, signed(service)), body)
