"""The vocabulary of the lifecycle: state variables, inputs of requests, places, and refusals.

The model covers one account. `REGION` numbers its Regions, and `VAULT` numbers the places for vaults in each Region:
the first is always called Default, the second is the vault that only EFS automatic backup creates, and the rest are
ordinary vaults. A place may hold no vault.
"""

from backup_slr.engine.core.formula import Param, Some, Sort
from backup_slr.engine.core.rule import Refusal
from backup_slr.engine.core.variable import Count, Enum, Flag
from backup_slr.engine.spec.lifecycle import Participant

DEFAULT_VAULT_NAME = "Default"
EFS_VAULT_NAME, EFS_PLAN_NAME = "aws/efs/automatic-backup-vault", "aws/efs/automatic-backup-plan"

REGION = Sort("region", label="Region")
VAULT = Sort("vault", special=(DEFAULT_VAULT_NAME, EFS_VAULT_NAME), inside="Region")
DEFAULT = VAULT.element(DEFAULT_VAULT_NAME)
EFS_VAULT = VAULT.element(EFS_VAULT_NAME)

r = Param("r", REGION)
v = Param("v", VAULT)
other = Param("other", VAULT)

IAM, BACKUP, A_VAULT = "IAM", "AWS Backup", "the vaults"
PARTICIPANTS = (
    Participant(IAM, "keeps the role", operations=("iam:", "sts:")),
    Participant(BACKUP, "the service", service=True),
    Participant(A_VAULT, "vaults and what is in them"),
)
"""The participants that keep the state, as sequence diagrams show them."""

# ---------------------------------------------------------------- state of the account

role = Enum(
    "role",
    ("absent", "present", "deleting"),
    reads=("the role does not exist", "the role is present", "the role is being deleted"),
    reads_not=("the role exists", "the role is not present", "no deletion of the role is pending"),
    owner=IAM,
)
description = Enum(
    "description",
    ("default", "edited"),
    reads=("its description is the default", "its description was edited"),
    reads_not=("its description was edited", "its description is the default"),
    owner=IAM,
)
cross_account = Flag(
    "cross_account",
    reads=("cross-account backup is on", "cross-account backup is off"),
    label="cross-account backup",
    owner=BACKUP,
)
efs_automatic_backup = Flag(
    "efs_automatic_backup",
    per=(REGION,),
    reads=("EFS automatic backup is on", "EFS automatic backup is off"),
    label="EFS automatic backup",
    owner=BACKUP,
)
vault = Flag(
    "vault",
    per=(REGION, VAULT),
    reads=("the vault exists", "the vault does not exist"),
    words=("absent", "exists", "deleted"),
    owner=A_VAULT,
)
points = Count("points", per=(REGION, VAULT), reads="recovery points", label="recovery points", owner=A_VAULT)
job = Flag(
    "job",
    per=(REGION, VAULT),
    reads=("a job is running", "no job is running"),
    words=("none", "running", "ended"),
    owner=A_VAULT,
)

STATE = (role, description, cross_account, efs_automatic_backup, vault, points, job)

using_role = Some((r, v), job[r, v])
"""The service is using the role: a job is running in some Region."""

# ---------------------------------------------------------------- inputs: parameters of a request

permitted = Flag(
    "permitted",
    label="permission of the caller",
    kind="parameter",
    default=True,
    reads=("the caller has the permission", "the caller lacks the permission"),
)
via = Enum(
    "via",
    ("api", "cli", "console"),
    label="interface",
    kind="parameter",
    reads=("the request comes from the API", "the request comes from the CLI", "the request comes from the console"),
    reads_not=(
        "the request does not come from the API",
        "the request does not come from the CLI",
        "the request does not come from the console",
    ),
)
INTERFACES = {"console": "in the console", "cli": "with the CLI", "api": "through the API"}
by = Enum(
    "by",
    ("service", "other"),
    label="caller",
    kind="parameter",
    required=True,
    reads=("the caller is AWS Backup", "the caller is not AWS Backup"),
    reads_not=("the caller is not AWS Backup", "the caller is AWS Backup"),
)

# ---------------------------------------------------------------- choices of the environment: the "might" of the page

collides = Flag(
    "collides",
    label="collision with a job",
    kind="choice",
    reads=("the request collides with a running job", "the request does not collide with a running job"),
)
succeeds = Flag(
    "succeeds", label="end of a job", kind="choice", default=True, reads=("the job succeeds", "the job fails")
)

# ---------------------------------------------------------------- refusals
# Each has the AWS error code that a caller sees; a guard may override the code for its own request. None: no caller
# ever sees an error, because no request is sent (the console offers no button, or the service does not start).

NOT_PERMITTED = Refusal("not-permitted", "the caller lacks the permission", "AccessDenied")
NO_SUCH_ROLE = Refusal("no-such-role", "the role does not exist", "NoSuchEntity", absent=True)
ROLE_EXISTS = Refusal("role-exists", "the role already exists", "InvalidInput")
ROLE_BEING_DELETED = Refusal("role-being-deleted", "the role is being deleted", "UnmodifiableEntity")
NAME_IS_IMMUTABLE = Refusal("name-is-immutable", "the role cannot be renamed", "UnmodifiableEntity")
ROLE_NOT_EDITABLE = Refusal(
    "role-not-editable", "only AWS Backup defines the policies of the role", "UnmodifiableEntity"
)
POLICY_NOT_ATTACHABLE = Refusal(
    "policy-not-attachable", "the policy can be attached to this role only", "PolicyNotAttachable"
)
NOT_DELETABLE_AS_PLAIN_ROLE = Refusal(
    "not-deletable-as-plain-role",
    "a service-linked role is deleted only with DeleteServiceLinkedRole",
    "UnmodifiableEntity",
)
ONLY_THE_SERVICE_MAY_ASSUME = Refusal("only-the-service-may-assume", "the role trusts only AWS Backup", "AccessDenied")
NO_SUCH_VAULT = Refusal("no-such-vault", "the vault does not exist", "ResourceNotFoundException", absent=True)
VAULT_EXISTS = Refusal("vault-exists", "a vault of this name already exists", "AlreadyExistsException")
VAULT_NAME_RESERVED = Refusal(
    "vault-name-reserved", "only EFS automatic backup creates this vault", "InvalidParameterValueException"
)
NO_RECOVERY_POINTS = Refusal(
    "no-recovery-points", "the vault holds no recovery points", "ResourceNotFoundException", absent=True
)
DEFAULT_VAULT_IN_CONSOLE = Refusal("default-vault-in-console", "the console cannot delete the default vault", None)
EFS_VAULT_NOT_DELETABLE = Refusal(
    "efs-vault-not-deletable", "the EFS automatic vault cannot be deleted", "AccessDeniedException"
)
VAULT_HAS_RECOVERY_POINTS = Refusal(
    "vault-has-recovery-points", "the vault still holds recovery points", "InvalidRequestException"
)
DEFAULT_VAULT_NEEDS_ANOTHER_VAULT = Refusal(
    "default-vault-needs-another-vault",
    "the default vault can be deleted only while its Region has another vault",
    "InvalidRequestException",
)
RESOURCES_REMAIN = Refusal("resources-remain", "vaults or recovery points remain", "FAILED")
SERVICE_USING_ROLE = Refusal(
    "service-using-role", "AWS Backup is using the role", "InvalidResourceStateException", transient=True
)
JOB_ALREADY_RUNNING = Refusal("job-already-running", "a job is already running in this vault", None)
NO_RUNNING_JOB = Refusal("no-running-job", "no job is running in this vault", None, absent=True)
NO_DELETION_TASK = Refusal("no-deletion-task", "no deletion is pending", "NoSuchEntity")
