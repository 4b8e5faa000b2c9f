"""Calls to services and operations that are not modeled: a client of each protocol reads the error that says so."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from botocore.session import get_session

from backup_slr.api.emulated import aws, emulated
from backup_slr.endpoint.server import serving
from backup_slr.endpoint.wire.foreign_errors import XML_SCOPES

SIGNED = {"aws_access_key_id": "AKID", "aws_secret_access_key": "s"}
CALLS: list[tuple[str, str, dict[str, Any], str]] = [
    ("s3", "list_buckets", {}, "s3 (GET /)"),
    ("s3", "get_object", {"Bucket": "b-1", "Key": "a/b"}, "s3 (GET /b-1/a/b)"),
    ("s3", "put_object", {"Bucket": "b-1", "Key": "a", "Body": b"{}"}, "s3 (PUT /b-1/a)"),
    ("cloudfront", "list_distributions", {}, "cloudfront (GET /2020-05-31/distribution)"),
    ("route53", "list_hosted_zones", {}, "route53 (GET /2013-04-01/hostedzone)"),
    ("lambda", "list_functions", {}, "lambda (GET /2015-03-31/functions"),
    ("lambda", "invoke", {"FunctionName": "f"}, "lambda (POST /2015-03-31/functions/f/invocations)"),
    ("glacier", "list_vaults", {}, "glacier (GET /-/vaults)"),
    ("dynamodb", "list_tables", {}, "dynamodb (ListTables)"),
    ("logs", "describe_log_groups", {}, "logs (DescribeLogGroups)"),
    ("sqs", "list_queues", {}, "sqs (ListQueues)"),
    ("sns", "list_topics", {}, "sns (ListTopics)"),
    ("cloudformation", "list_stacks", {}, "cloudformation (ListStacks)"),
    ("ec2", "describe_instances", {}, "ec2:DescribeInstances is outside the model"),
    ("iam", "list_users", {}, "iam:ListUsers is outside the model"),
]
CBOR = ("eventbridgev2", "cloudwatchomni")
"""Services of new versions of botocore whose only protocol is CBOR."""


def without_body(name: str) -> dict[str, Any]:
    """Parameters of the first operation of a service that needs none."""
    model = get_session().get_service_model(name)
    shapes = ((one, model.operation_model(one).input_shape) for one in model.operation_names)
    return next({"operation": one} for one, shape in shapes if shape is None or not shape.required_members)


def said(client: Any, operation: str, parameters: dict[str, Any]) -> ClientError:
    with pytest.raises(ClientError) as caught:
        getattr(client, operation)(**parameters)
    assert "<" not in str(caught.value)
    assert caught.value.response["Error"]["Code"] == "NotImplemented"
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 501
    assert caught.value.response["ResponseMetadata"]["RequestId"]
    return caught.value


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with serving(emulated().answer) as found:
        yield found


PLAIN = Config(s3={"addressing_style": "path"})


@pytest.mark.parametrize(("service", "operation", "parameters", "message"), CALLS)
def test_a_client_reads_over_http_what_is_not_modeled(
    url: str, service: str, operation: str, parameters: dict[str, Any], message: str
) -> None:
    client = boto3.client(service, "us-east-1", endpoint_url=url, config=PLAIN, **SIGNED)
    assert message in str(said(client, operation, parameters))


@pytest.mark.parametrize("fast", [False, True])
@pytest.mark.parametrize(("service", "operation", "parameters", "message"), CALLS)
def test_a_client_reads_in_process_what_is_not_modeled(
    fast: bool, service: str, operation: str, parameters: dict[str, Any], message: str
) -> None:
    with aws(fast=fast):
        client = boto3.client(service, "us-east-1", config=PLAIN)
        assert message in str(said(client, operation, parameters))


@pytest.mark.parametrize("service", CBOR)
def test_a_client_reads_cbor(url: str, service: str) -> None:
    if service not in get_session().get_available_services():
        pytest.skip(f"this botocore has no {service}")
    client = boto3.client(service, "us-east-1", endpoint_url=url, **SIGNED)
    name = without_body(service)["operation"]
    with pytest.raises(ClientError, match=rf"\({name}\) is outside the model") as caught:
        client._make_api_call(name, {})
    assert caught.value.response["Error"]["Code"] == "NotImplemented"


def test_an_answer_without_a_body_has_the_status(url: str) -> None:
    client = boto3.client("s3", "us-east-1", endpoint_url=url, config=PLAIN, **SIGNED)
    with pytest.raises(ClientError, match=r"\(501\) when calling the HeadBucket"):
        client.head_bucket(Bucket="b-1")


@pytest.mark.slow
def test_every_service_with_xml_is_known() -> None:
    session, found = get_session(), set[str]()
    for name in session.get_available_services():
        model = session.get_service_model(name)
        if model.resolved_protocol == "rest-xml":
            found.add(model.signing_name)
    assert found <= XML_SCOPES
