"""Every operation, both ways: botocore writes what the wire reads, and reads what the wire writes."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest
from botocore.parsers import create_parser
from support import slow, wire_values

from backup_slr.endpoint.wire.dialects import DIALECTS, Dialect
from backup_slr.endpoint.wire.messages import Fault, HttpResponse, ServiceCall
from backup_slr.endpoint.wire.protocol import Wire

SERVICES = ("iam", "backup", "efs", "sts")
OTHERS = (("ec2", "DescribeRegions"), ("resourcegroupstaggingapi", "GetResources"))
OPERATIONS = [
    *wire_values.operations(*SERVICES),
    *(wire_values.model(service).operation_model(name) for service, name in OTHERS),
]
WIRE = Wire(wire_values.POOL)


def plain(value: Any) -> Any:
    """Without empty structures in lists and maps of a form, which forms cannot express."""
    if isinstance(value, dict):
        return {name: plain(one) for name, one in value.items() if one != {}}
    return [plain(one) for one in value if plain(one) != {}] if isinstance(value, list) else value


def parsed(service: str, response: HttpResponse, shape: Any) -> dict[str, Any]:
    found = create_parser(wire_values.protocol(service)).parse(
        {"status_code": response.status, "headers": dict(response.headers), "body": response.body}, shape
    )
    assert found.pop("ResponseMetadata")["RequestId"] == "an-id"
    return found


def dialect_of(service: str) -> Dialect:
    return next(dialect for dialect in DIALECTS if dialect.service == service)


def test_every_operation_is_here() -> None:
    assert len(OPERATIONS) >= 300  # 341 in botocore 1.44


@pytest.mark.parametrize("seed", [0, 1, *slow(*range(2, 10))])
def test_what_botocore_sends_is_read_as_it_was_meant(seed: int) -> None:
    draw = Random(seed)
    for operation in OPERATIONS:
        service, shape = operation.service_model.service_name, operation.input_shape
        sent = wire_values.value(draw, shape) if shape is not None else {}
        call = WIRE.read_call(wire_values.request(operation, sent), "an-id")
        assert (call.service, call.operation, call.region) == (service, operation.name, "eu-west-1")
        assert plain(call.parameters) == plain(sent), operation.name


@pytest.mark.parametrize("seed", [0, 1, *slow(*range(2, 10))])
def test_botocore_reads_results_as_they_were_meant(seed: int) -> None:
    draw = Random(seed)
    for operation in OPERATIONS:
        service, shape = operation.service_model.service_name, operation.output_shape
        result = wire_values.value(draw, shape) if shape is not None else {}
        call = ServiceCall(service, operation.name, "eu-west-1", "", {}, "an-id")
        response = WIRE.write_result(call, result)
        assert response.status == operation.http.get("responseCode", 200)
        assert plain(parsed(service, response, shape)) == plain(result), operation.name


def test_botocore_reads_the_code_and_message_of_every_error_in_the_models() -> None:
    for service in SERVICES:
        dialect = dialect_of(service)
        for shape in wire_values.model(service).error_shapes:
            error = shape.metadata.get("error", {})
            code = error.get("code", shape.name)
            response = WIRE.write_fault(dialect, Fault(code, "a <message>"), "an-id")
            found = parsed(service, response, None)["Error"]
            assert (found["Code"], found["Message"]) == (code, "a <message>")
            assert response.status in (error.get("httpStatusCode", 400), 403, 500)
    assert WIRE.service(dialect_of("backup")).error("ServiceUnavailableException")[0] == 500
