"""IAM and STS as the emulated API answers them."""

from __future__ import annotations

from backup_slr.engine.spec.emulation import Each, EmulatedOperation, ErrorAnswer, Find, Merged, Of, OperationCase
from backup_slr.engine.spec.inventory import Showing
from backup_slr.lifecycle.clauses import POLICY_NAME, ROLE_NAME, ROLE_PATH, SERVICE_PRINCIPAL
from backup_slr.lifecycle.emulation.emulated_records import CREATED_ROLE, LISTED_ROLE, POLICY_ARN
from backup_slr.lifecycle.operations import DELETION_STATUS

THE_ROLE = Showing("RoleName", "is", (ROLE_NAME,))
OF_BACKUP = Showing("AWSServiceName", "is", (SERVICE_PRINCIPAL,))
THE_POLICY = Showing("PolicyArn", "is", (f"arn:aws*:iam::aws:policy/aws-service-role/{POLICY_NAME}",))
NO_ROLE = ErrorAnswer("NoSuchEntity", "The role with name {RoleName} cannot be found.")
NO_TASK = ErrorAnswer("NoSuchEntity", "The deletion task {DeletionTaskId} cannot be found.")
FIND_ROLE = Find("role", {"RoleName": "{RoleName}"}, NO_ROLE)
ABOVE = tuple(ROLE_PATH[:end] for end in range(1, len(ROLE_PATH) + 1))
"""The prefixes of the path of the role."""
DESCRIBED = {"role": {"Description": "{Description}"}}
OTHER_ROLE = OperationCase(fails=NO_ROLE)
"""The account has no other role."""


def _about_role(operation: str, action: str, *cases: OperationCase, **more: object) -> EmulatedOperation:
    """An operation that performs an action on the role."""
    case = OperationCase(when=(THE_ROLE,), action=action, **more)  # pyright: ignore[reportArgumentType]
    return EmulatedOperation(f"iam:{operation}", (case, *cases, OTHER_ROLE))


def _read_role(operation: str, **shows: object) -> EmulatedOperation:
    """An operation that reads something of the role."""
    return EmulatedOperation(f"iam:{operation}", (OperationCase(shows, finds=(FIND_ROLE,)),))


def _tag_role(operation: str, **how: str) -> EmulatedOperation:
    tags = {"role": {"Tags": Merged("{Tags}", listed=True, **how)}}
    return EmulatedOperation(f"iam:{operation}", (OperationCase(finds=(FIND_ROLE,), attributes=tags),))


POLICIES = "edit_permissions_policy"
ELSEWHERE = OperationCase(when=(THE_POLICY,), action="attach_policy_elsewhere")

OPERATIONS = (
    EmulatedOperation(
        "sts:GetCallerIdentity",
        (
            OperationCase(
                {
                    "Account": "{account}",
                    "UserId": "AIDA00000000000000000",
                    "Arn": "arn:{partition}:iam::{account}:user/operator",
                }
            ),
        ),
    ),
    EmulatedOperation(
        "sts:AssumeRole",
        (
            OperationCase(
                when=(Showing("RoleArn", "is", (f"*/{ROLE_NAME}",)),), action="assume_role", inputs={"by": "other"}
            ),
            OperationCase(
                fails=ErrorAnswer(
                    "AccessDenied",
                    "User: arn:{partition}:iam::{account}:user/operator is not authorized to perform: "
                    "sts:AssumeRole on resource: {RoleArn}",
                    403,
                )
            ),
        ),
    ),
    EmulatedOperation(
        "iam:ListAccountAliases", (OperationCase({"AccountAliases": ["backup-slr"], "IsTruncated": False}),)
    ),
    EmulatedOperation(
        "iam:CreateServiceLinkedRole",
        (
            OperationCase(
                when=(OF_BACKUP, Showing("CustomSuffix", "set")),
                fails=ErrorAnswer("InvalidInput", f"Custom suffix is not allowed for {SERVICE_PRINCIPAL}"),
            ),
            OperationCase(
                {"Role": {name: Of("role", name) for name in CREATED_ROLE}},
                (OF_BACKUP,),
                action="create_service_linked_role",
                attributes=DESCRIBED,
            ),
        ),
    ),
    _read_role("GetRole", Role=Of("role")),
    EmulatedOperation(
        "iam:ListRoles",
        (
            OperationCase(
                {"Roles": [], "IsTruncated": False},
                (Showing("PathPrefix", "set"), Showing("PathPrefix", "is not", ABOVE)),
            ),
            OperationCase({"Roles": Each(("role",), shows=LISTED_ROLE), "IsTruncated": False}),
        ),
    ),
    _read_role(
        "ListAttachedRolePolicies",
        AttachedPolicies=[{"PolicyName": POLICY_NAME, "PolicyArn": POLICY_ARN}],
        IsTruncated=False,
    ),
    _read_role("ListRolePolicies", PolicyNames=[], IsTruncated=False),
    _read_role("ListInstanceProfilesForRole", InstanceProfiles=[], IsTruncated=False),
    _read_role("ListRoleTags", Tags=Of("role", "Tags"), IsTruncated=False),
    _tag_role("TagRole", added="Tags"),
    _tag_role("UntagRole", removed="TagKeys"),
    _about_role("UpdateRoleDescription", "edit_description", shows={"Role": Of("role")}, attributes=DESCRIBED),
    EmulatedOperation(
        "iam:UpdateRole",
        (
            OperationCase(
                when=(THE_ROLE, Showing("Description", "set")), action="edit_description", attributes=DESCRIBED
            ),
            OperationCase(finds=(FIND_ROLE,)),
        ),
    ),
    _about_role("AttachRolePolicy", POLICIES, ELSEWHERE),
    EmulatedOperation("iam:AttachUserPolicy", (ELSEWHERE,)),
    EmulatedOperation("iam:AttachGroupPolicy", (ELSEWHERE,)),
    _about_role("DetachRolePolicy", POLICIES),
    _about_role("PutRolePolicy", POLICIES),
    _about_role("DeleteRolePolicy", POLICIES),
    _about_role("PutRolePermissionsBoundary", POLICIES),
    _about_role("UpdateAssumeRolePolicy", "edit_trust_policy"),
    _about_role("DeleteRole", "delete_role"),
    _about_role(
        "DeleteServiceLinkedRole", "delete_service_linked_role", shows={"DeletionTaskId": Of("task", "DeletionTaskId")}
    ),
    EmulatedOperation(
        DELETION_STATUS,
        (OperationCase(Of("task"), finds=(Find("task", {"id": "{DeletionTaskId}"}, NO_TASK),)),),
        brings="finish_deletion_task",
    ),
)
