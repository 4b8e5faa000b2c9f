"""The API of the role as clients of AWS see it: operations, records, and error messages.

Error messages of IAM and of a vault that is not empty are those that AWS is known to send; of the others only the code
is documented. Codes such as ``ERROR_9101`` stand in the body of errors of AWS Backup; only that one is known.
"""

from backup_slr.engine.spec.emulation import Emulation, ErrorAnswer
from backup_slr.lifecycle.clauses import ROLE_NAME
from backup_slr.lifecycle.emulation import emulated_backup, emulated_efs, emulated_extensions, emulated_iam
from backup_slr.lifecycle.emulation.emulated_records import KINDS, PARTITIONS, UNKNOWN_DATE, VAULT_ARN
from backup_slr.lifecycle.extensions.access_policy import DENIED_BY_POLICY
from backup_slr.lifecycle.extensions.backup_roles_interactions import OWN_RETENTION_ENDS
from backup_slr.lifecycle.extensions.policy_lockout import LOCKED_OUT
from backup_slr.lifecycle.extensions.retention import RETENTION_ENDS
from backup_slr.lifecycle.extensions.vault_lock import GRACE_ENDS
from backup_slr.lifecycle.operations import GET_ROLE
from backup_slr.lifecycle.vocabulary import (
    EFS_VAULT_NAME,
    NAME_IS_IMMUTABLE,
    NO_SUCH_ROLE,
    NO_SUCH_VAULT,
    NOT_DELETABLE_AS_PLAIN_ROLE,
    ROLE_EXISTS,
    ROLE_NOT_EDITABLE,
    VAULT_HAS_RECOVERY_POINTS,
)

PROTECTED = (
    f"Cannot perform the operation on the protected role '{ROLE_NAME}' - this role is only modifiable by AWS",
    "",
)
USER = "User: arn:{partition}:iam::{account}:user/operator is not authorized to perform: {operation}"

NO_REGION = "Credential should be scoped to a valid region."

EMULATION = Emulation(
    operations={
        one.operation: one
        for module in (emulated_iam, emulated_backup, emulated_extensions, emulated_efs)
        for one in module.OPERATIONS
    },
    records={kind.name: kind for kind in KINDS},
    clients={"elasticfilesystem": "efs", "tag": "resourcegroupstaggingapi"},
    refusals={
        NO_SUCH_ROLE.id: (f"The role with name {ROLE_NAME} cannot be found.", ""),
        ROLE_EXISTS.id: (
            f"Service role name {ROLE_NAME} has been taken in this account, please try a different suffix.",
            "",
        ),
        NAME_IS_IMMUTABLE.id: PROTECTED,
        ROLE_NOT_EDITABLE.id: PROTECTED,
        NOT_DELETABLE_AS_PLAIN_ROLE.id: PROTECTED,
        NO_SUCH_VAULT.id: ("Backup vault does not exist: {vault}", ""),
        VAULT_HAS_RECOVERY_POINTS.id: (
            "Backup vault cannot be deleted because it contains recovery points.",
            "ERROR_9101",
        ),
        **dict.fromkeys(
            (DENIED_BY_POLICY.id, LOCKED_OUT.id),
            (f"{USER} on resource: {VAULT_ARN} with an explicit deny in a resource-based policy", ""),
        ),
    },
    denied={
        "iam": ErrorAnswer("AccessDenied", USER, 403),
        "sts": ErrorAnswer("AccessDenied", USER, 403),
        "": ErrorAnswer("AccessDeniedException", USER, 403),
    },
    reserved=(EFS_VAULT_NAME,),
    statuses={"AccessDenied": 403, "AccessDeniedException": 403},
    lags=("*:List*", "*:Describe*", GET_ROLE),
    settles=(
        "finish_job",
        "finish_own_job",
        "finish_copy",
        "end_late_copies",
        "finish_point_deletion",
        "finish_deletion_task",
    ),
    dated={
        GRACE_ENDS: ("LockDate", ("vault",)),
        RETENTION_ENDS: ("DeleteAt", ("point",)),
        OWN_RETENTION_ENDS: ("DeleteAt", ("own-point",)),
    },
    undated=UNKNOWN_DATE,
    other_people=(("list_resources", {"via": "console"}), ("open_vaults_page", {})),
    interfaces={"aws-cli": {"via": "cli"}},
    partitions=PARTITIONS,
    foreign={
        "iam": ErrorAnswer("SignatureDoesNotMatch", NO_REGION, 403),
        "sts": ErrorAnswer("SignatureDoesNotMatch", NO_REGION, 403),
        "": ErrorAnswer("InvalidSignatureException", NO_REGION, 403),
    },
    throttled={
        "iam": ErrorAnswer("Throttling", "Rate exceeded", 400),
        "sts": ErrorAnswer("Throttling", "Rate exceeded", 400),
        "": ErrorAnswer("ThrottlingException", "Rate exceeded", 400),
    },
)
