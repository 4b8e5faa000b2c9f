"""The shapes of errors, the codes and the words, service by service."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

import pytest
from support.wire_values import signed

from backup_slr.endpoint.wire.dialects import Dialect
from backup_slr.endpoint.wire.identity import SCOPES
from backup_slr.endpoint.wire.messages import Fault, HttpRequest, HttpResponse, ServiceCall
from backup_slr.endpoint.wire.protocol import Wire
from backup_slr.endpoint.wire.service_model import UnsupportedModel, WireService

RESERVED = "aws/efs/automatic-backup-vault"


def raising(fault: Exception) -> Any:
    def backend(call: ServiceCall) -> dict[str, Any]:
        call.headers.append(("x-note", "n"))
        raise fault

    return backend


def form(service: str, **fields: str) -> HttpRequest:
    version = {"iam": "2010-05-08", "sts": "2011-06-15", "ec2": "2016-11-15"}[service]
    headers = (("content-type", "application/x-www-form-urlencoded"), signed(service))
    return HttpRequest("POST", "/", headers, urlencode({"Version": version, **fields}).encode())


def rest(service: str, method: str, target: str, body: object = None) -> HttpRequest:
    return HttpRequest(method, target, (signed(service),), b"" if body is None else json.dumps(body).encode())


def result(call: ServiceCall) -> dict[str, Any]:
    return {}


def refused(response: HttpResponse) -> tuple[int, str, str]:
    """Status, code and message of a REST error."""
    body = json.loads(response.body)
    return response.status, dict(response.headers)["x-amzn-errortype"], body.get("Message") or body.get("message")


def test_iam() -> None:
    response = Wire().answer(form("iam", Action="GetRole", RoleName="r"), raising(Fault("NoSuchEntity", "No <r>.")))
    assert response.status == 404
    assert response.headers == (
        ("content-type", "text/xml"),
        ("x-amzn-requestid", "00000001-0000-4000-8000-000000000001"),
        ("x-note", "n"),
    )
    assert response.body.decode() == (
        '<ErrorResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><Error><Type>Sender</Type>'
        "<Code>NoSuchEntity</Code><Message>No &lt;r&gt;.</Message></Error>"
        "<RequestId>00000001-0000-4000-8000-000000000001</RequestId></ErrorResponse>"
    )


def test_backup_names_the_exception_in_the_header_and_another_code_in_the_body() -> None:
    fault = Fault("InvalidRequestException", "Not empty.", detail="ERROR_9101")
    response = Wire().answer(rest("backup", "DELETE", "/backup-vaults/v-1"), raising(fault))
    assert response.status == 400
    assert dict(response.headers)["x-amzn-errortype"] == "InvalidRequestException"
    assert response.body == b'{"Code":"ERROR_9101","Message":"Not empty.","Type":null,"Context":null}'


def test_efs() -> None:
    request = rest("efs", "GET", "/2015-02-01/file-systems/fs-01234567/backup-policy")
    response = Wire().answer(request, raising(Fault("PolicyNotFound")))
    assert (response.status, response.body) == (404, b'{"ErrorCode":"PolicyNotFound","Message":null}')


def test_ec2_and_tagging() -> None:
    fault = Fault("UnauthorizedOperation", "No.", 403)
    response = Wire().answer(form("ec2", Action="DescribeRegions"), raising(fault))
    assert response.status == 403
    assert b"<Response><Errors><Error><Code>UnauthorizedOperation</Code><Message>No." in response.body
    target = ("x-amz-target", "ResourceGroupsTaggingAPI_20170126.GetResources")
    request = HttpRequest("POST", "/", (signed("resourcegroupstaggingapi"), target), b"{}")
    response = Wire().answer(request, raising(Fault("ThrottledException", "Slow.")))
    assert json.loads(response.body) == {"Message": "Slow.", "__type": "ThrottledException"}


INVALID = "1 validation error detected: Value{} at '{}' failed to satisfy constraint: {}"
LONG = "Member must have length less than or equal to 64"
PATTERN = "Member must satisfy regular expression pattern: ^[a-zA-Z0-9\\-\\_]{2,50}$"


@pytest.mark.parametrize(
    ("request_", "code", "message"),
    [
        (form("iam", Action="GetRole", RoleName="r" * 65), "ValidationError", INVALID.format("", "roleName", LONG)),
        (
            form("iam", Action="GetRole"),
            "ValidationError",
            INVALID.format(" null", "roleName", "Member must not be null"),
        ),
        (form("iam", Action="ListRoles", MaxItems="x"), "MalformedInput", "MaxItems: a whole number is expected"),
        (form("iam", Action="Nothing"), "InvalidAction", "Could not find operation Nothing for version 2010-05-08"),
    ],
)
def test_invalid_input_of_a_form_does_not_echo_values(request_: HttpRequest, code: str, message: str) -> None:
    body = Wire().answer(request_, result).body.decode().replace("&#39;", "'")
    assert f"<Code>{code}</Code>" in body
    assert message in body


@pytest.mark.parametrize(
    ("request_", "status", "code", "message"),
    [
        (
            rest("backup", "PUT", "/backup-vaults/a%20b", {}),
            400,
            "InvalidParameterValueException",
            INVALID.format("", "backupVaultName", PATTERN),
        ),
        (
            rest("backup", "PUT", "/tags"),
            404,
            "UnknownOperationException",
            "Could not find operation PUT /tags",
        ),
        (
            rest("efs", "POST", "/2015-02-01/file-systems", {"CreationToken": "t", "PerformanceMode": "fast"}),
            400,
            "ValidationException",
            INVALID.format(" 'fast'", "performanceMode", "Member must satisfy enum value set: [generalPurpose, maxIO]"),
        ),
        (
            rest("backup", "PUT", "/backup-jobs", {"BackupVaultName": "ab"}),
            400,
            "MissingParameterValueException",
            "2 validation errors detected: Value null at 'resourceArn' failed to satisfy constraint: "
            "Member must not be null; Value null at 'iamRoleArn' failed to satisfy constraint: Member must not be null",
        ),
        (
            rest("backup", "PUT", "/backup-jobs", {"BackupVaultName": 1}),
            400,
            "SerializationException",
            "The input cannot be read: BackupVaultName: a string is expected",
        ),
        (
            HttpRequest(
                "POST", "/", (("authorization", "AWS4-HMAC-SHA256 Credential=K/1/r/glue/aws4_request"),), b"{}"
            ),
            501,
            "NotImplemented",
            "glue (POST /) is outside the model; answered here are account, backup, ec2, elasticfilesystem, iam, sts, "
            "tagging",
        ),
    ],
)
def test_invalid_input_of_rest(request_: HttpRequest, status: int, code: str, message: str) -> None:
    assert refused(Wire().answer(request_, result)) == (status, code, message)


def test_an_exempt_name_breaks_the_pattern() -> None:
    request = rest("backup", "GET", "/backup-vaults/aws%2Fefs%2Fautomatic-backup-vault/recovery-points/")
    assert Wire().answer(request, result).status == 400
    call = Wire({RESERVED}).read_call(request)
    assert (call.operation, call.parameters) == ("ListRecoveryPointsByBackupVault", {"BackupVaultName": RESERVED})


def test_an_exception_of_the_backend_is_a_failure_of_the_service(caplog: pytest.LogCaptureFixture) -> None:
    wire = Wire()
    response = wire.answer(form("iam", Action="ListRoles"), raising(KeyError("x")))
    assert response.status == 500
    assert b"<Type>Receiver</Type><Code>ServiceFailure</Code>" in response.body
    assert "KeyError" not in response.body.decode()
    assert "KeyError" in caplog.text


def test_a_model_with_another_protocol_is_an_error_that_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    other = Dialect("iam", "iam", ("rest-xml",))
    with pytest.raises(UnsupportedModel, match=r"iam speaks \['query'\] in botocore .*: install another version"):
        WireService(other)
    monkeypatch.setitem(SCOPES, "iam", other)
    response = Wire().answer(form("iam", Action="ListRoles"), result)
    assert response.status == 501
    assert b"<Code>NotImplemented</Code>" in response.body


def test_a_result_that_does_not_fit_its_shape_is_a_failure_of_the_service(caplog: pytest.LogCaptureFixture) -> None:
    assert Wire().answer(form("iam", Action="ListRoles"), lambda call: {"Roles": [1]}).status == 500
    assert "int" in caplog.text


def test_members_that_the_shape_does_not_have_are_left_out() -> None:
    response = Wire().answer(form("iam", Action="ListRoles"), lambda call: {"Roles": [{"Other": 1}], "Unknown": 1})
    assert response.status == 200
    assert b"Unknown" not in response.body
    assert b"Other" not in response.body


def test_service_and_region_without_a_signature() -> None:
    wire = Wire(region="eu-north-1")
    call = wire.read_call(HttpRequest("GET", "/?Action=GetCallerIdentity&Version=2011-06-15"))
    assert (call.service, call.region, call.access_key) == ("sts", "eu-north-1", "")
    assert wire.read_call(HttpRequest("GET", "/backup-vaults/")).operation == "ListBackupVaults"
    response = wire.answer(HttpRequest("GET", "/"), result)
    assert refused(response)[:2] == (403, "MissingAuthenticationToken")


def test_a_presigned_request_has_its_signature_in_the_query() -> None:
    credential = "X-Amz-Credential=AKID%2F20260101%2Feu-west-3%2Fsts%2Faws4_request"
    call = Wire().read_call(HttpRequest("GET", f"/?Action=GetCallerIdentity&Version=2011-06-15&{credential}"))
    assert (call.service, call.region, call.access_key) == ("sts", "eu-west-3", "AKID")


def test_nulls_and_dates_in_a_result_of_backup() -> None:
    backend = {"BackupVaultList": [{"CreatorRequestId": None, "CreationDate": 1576492491.322}], "NextToken": None}
    response = Wire().answer(rest("backup", "GET", "/backup-vaults/"), lambda call: backend)
    document = json.loads(response.body)
    assert list(document) == ["BackupVaultList", "NextToken"]
    (vault,) = document["BackupVaultList"]
    assert vault.pop("CreationDate") == 1576492491.322
    assert list(vault) == sorted(vault)
    assert vault.keys() >= {"CreatorRequestId", "LockDate"}
    assert set(vault.values()) == {None}


def test_policies_of_iam_are_encoded_as_in_a_url() -> None:
    role = {"Role": {"RoleName": "r", "AssumeRolePolicyDocument": '{"Version": "2012"}'}}
    response = Wire().answer(form("iam", Action="GetRole", RoleName="r"), lambda call: role)
    assert b"<AssumeRolePolicyDocument>%7B%22Version%22%3A%20%222012%22%7D</AssumeRole" in response.body


def test_two_runs_are_equal_byte_for_byte() -> None:
    requests = [form("iam", Action="ListRoles"), rest("backup", "GET", "/backup-vaults/"), form("sts", Action="No")]
    runs = [[wire.answer(request, result) for request in requests] for wire in (Wire(), Wire())]
    assert runs[0] == runs[1]
