"""The words in which the lifecycle is told: state, inputs, actions' places, refusals.

One account is described. `REGION` counts its Regions and `VAULT` the places for a vault that each Region has: the
first is always called Default, the second is the vault that only EFS automatic backup makes, the rest are
ordinary vaults. A place for a vault may be empty.
"""

from __future__ import annotations

from backup_slr.engine.core.formula import Param, Some, Sort
from backup_slr.engine.core.rule import Refusal
from backup_slr.engine.core.variable import Count, Enum, Flag
from backup_slr.engine.spec.lifecycle import Participant

DEFAULT_VAULT_NAME = "Default"
EFS_VAULT_NAME = "aws/efs/automatic-backup-vault"

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

# ---------------------------------------------------------------- state: what the account remembers

role = Enum(
    "role",
    ("absent", "present", "deleting"),
    reads=("there is no role", "the role is present", "the role is being deleted"),
    reads_not=("the role is there", "the role is not present", "no deletion of the role is pending"),
    owner=IAM,
)
description = Enum(
    "description",
    ("default", "edited"),
    reads=("its description is the default one", "its description was edited"),
    reads_not=("its description was edited", "its description is the default one"),
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
    reads=("the vault is there", "the vault is not there"),
    words=("absent", "there", "gone"),
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
"""The service is using the role: some job runs, in whatever Region."""

# ---------------------------------------------------------------- inputs: what a request says of itself

permitted = Flag(
    "permitted",
    kind="parameter",
    default=True,
    reads=("the caller has the permission", "the caller lacks the permission"),
)
via = Enum(
    "via",
    ("api", "cli", "console"),
    kind="parameter",
    reads=("it is asked through the API", "it is asked through the CLI", "it is asked in the console"),
    reads_not=("it is not asked through the API", "it is not asked through the CLI", "it is not asked in the console"),
)
INTERFACES = {"console": "in the console", "cli": "with the CLI", "api": "through the API"}
by = Enum(
    "by",
    ("service", "other"),
    kind="parameter",
    required=True,
    reads=("AWS Backup itself asks", "somebody other than AWS Backup asks"),
    reads_not=("somebody other than AWS Backup asks", "AWS Backup itself asks"),
)

# ---------------------------------------------------------------- choices: what the page leaves to chance

collides = Flag(
    "collides",
    kind="choice",
    reads=("the use of the role gets in the way", "the use of the role does not get in the way"),
)
succeeds = Flag("succeeds", kind="choice", default=True, reads=("the job succeeds", "the job fails"))

INPUTS = (permitted, via, by, collides, succeeds)

# ---------------------------------------------------------------- refusals
# Each with the AWS error code it shows as; a guard may say another for its own request. None: no caller of AWS
# ever sees it, since no request is sent at all (the console offers no button, the service does not begin).

NOT_PERMITTED = Refusal("not-permitted", "the caller lacks the permission", "AccessDenied")
NO_SUCH_ROLE = Refusal("no-such-role", "there is no such role", "NoSuchEntity")
ROLE_EXISTS = Refusal("role-exists", "the role is there already", "InvalidInput")
ROLE_BEING_DELETED = Refusal("role-being-deleted", "the role is being deleted", "UnmodifiableEntity")
NAME_IS_IMMUTABLE = Refusal("name-is-immutable", "the name of the role never changes", "UnmodifiableEntity")
ROLE_NOT_EDITABLE = Refusal("role-not-editable", "only AWS Backup defines its policies", "UnmodifiableEntity")
POLICY_NOT_ATTACHABLE = Refusal("policy-not-attachable", "its policy belongs to this role alone", "PolicyNotAttachable")
NOT_DELETABLE_AS_PLAIN_ROLE = Refusal(
    "not-deletable-as-plain-role", "a service-linked role has a deletion request of its own", "UnmodifiableEntity"
)
ONLY_THE_SERVICE_MAY_ASSUME = Refusal(
    "only-the-service-may-assume", "the role trusts AWS Backup and nobody else", "AccessDenied"
)
NO_SUCH_VAULT = Refusal("no-such-vault", "there is no such vault", "ResourceNotFoundException", absent=True)
VAULT_EXISTS = Refusal("vault-exists", "a vault of that name is there already", "AlreadyExistsException")
VAULT_NAME_RESERVED = Refusal(
    "vault-name-reserved", "only EFS automatic backup makes this vault", "InvalidParameterValueException"
)
NO_RECOVERY_POINTS = Refusal("no-recovery-points", "the vault holds no recovery point", "ResourceNotFoundException")
DEFAULT_VAULT_IN_CONSOLE = Refusal("default-vault-in-console", "the console does not delete the default vault", None)
EFS_VAULT_NOT_DELETABLE = Refusal(
    "efs-vault-not-deletable", "the EFS automatic vault cannot be deleted", "AccessDeniedException"
)
VAULT_HAS_RECOVERY_POINTS = Refusal(
    "vault-has-recovery-points", "the vault still holds recovery points", "InvalidRequestException"
)
DEFAULT_VAULT_NEEDS_ANOTHER_VAULT = Refusal(
    "default-vault-needs-another-vault",
    "the default vault goes only while its Region has another vault",
    "InvalidRequestException",
)
RESOURCES_REMAIN = Refusal("resources-remain", "vaults or recovery points are left", "FAILED")
SERVICE_USING_ROLE = Refusal(
    "service-using-role", "AWS Backup is using the role", "InvalidResourceStateException", transient=True
)
JOB_ALREADY_RUNNING = Refusal("job-already-running", "a job runs there already", None)
NO_RUNNING_JOB = Refusal("no-running-job", "no job runs there", None, absent=True)
NO_DELETION_TASK = Refusal("no-deletion-task", "no deletion is pending", "NoSuchEntity")
