"""The differences between the services on the wire that their models do not describe: codes and wording of errors."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Dialect:
    """How one service names itself and its errors.

    Parameters
    ----------
    service
        The name that botocore has for it.
    scope
        Its name in signatures.
    protocols
        Protocols of its model that can be spoken here, the preferred one first.
    version
        The API version that requests name, if its protocol has one.
    invalid, missing, malformed
        Codes of a value that breaks a constraint, of a required one that is missing, and of input that cannot be read.
    unknown
        Code and status for an operation that does not exist.
    echoes
        Whether messages repeat the invalid value.
    shows_null
        Whether a JSON body has all members in alphabetical order, those without a value as null.
    """

    service: str
    scope: str
    protocols: tuple[str, ...]
    version: str = ""
    invalid: str = "ValidationException"
    missing: str = "ValidationException"
    malformed: str = "SerializationException"
    unknown: tuple[str, int] = ("UnknownOperationException", 404)
    echoes: bool = False
    shows_null: bool = False


INVALID_ACTION = ("InvalidAction", 404)
DIALECTS = (
    Dialect(
        "iam", "iam", ("query",), "2010-05-08", "ValidationError", "ValidationError", "MalformedInput", INVALID_ACTION
    ),
    Dialect(
        "sts", "sts", ("query",), "2011-06-15", "ValidationError", "ValidationError", "MalformedInput", INVALID_ACTION
    ),
    Dialect(
        "backup",
        "backup",
        ("rest-json",),
        invalid="InvalidParameterValueException",
        missing="MissingParameterValueException",
        shows_null=True,
    ),
    Dialect("efs", "elasticfilesystem", ("rest-json",), echoes=True),
    Dialect("account", "account", ("rest-json",)),
    Dialect(
        "ec2",
        "ec2",
        ("ec2",),
        "2016-11-15",
        "InvalidParameterValue",
        "MissingParameter",
        "MalformedQueryString",
        ("InvalidAction", 400),
    ),
    Dialect(
        "resourcegroupstaggingapi",
        "tagging",
        ("json",),
        "ResourceGroupsTaggingAPI_20170126",
        invalid="InvalidParameterException",
        missing="InvalidParameterException",
        unknown=("UnknownOperationException", 400),
    ),
)
BY_SERVICE = {dialect.service: dialect for dialect in DIALECTS}
STATUS = {
    "AccessDenied": 403,
    "AccessDeniedException": 403,
    "ExpiredToken": 403,
    "InternalFailure": 500,
    "InvalidClientTokenId": 403,
    "NotImplemented": 501,
    "ServiceFailure": 500,
    "ServiceUnavailable": 503,
}
"""HTTP status of codes that the models do not have; the others are 400."""
