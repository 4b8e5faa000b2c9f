"""Variables, actions and guards of the extension ``copies``."""

from __future__ import annotations

from backup_slr.engine.core.formula import Some
from backup_slr.engine.core.rule import Guard, Refusal, Rule
from backup_slr.engine.core.variable import Enum, Flag
from backup_slr.engine.spec.extension import AddedGuard
from backup_slr.lifecycle.extensions.order import COLLISION, EXISTENCE
from backup_slr.lifecycle.guards import AT_SUBMIT, AT_TASK_END, UNKNOWN
from backup_slr.lifecycle.predicates import ABSENT, DELETING, EMPTY, GAINS_A_POINT, LAST_POINT
from backup_slr.lifecycle.vocabulary import (
    A_VAULT,
    BACKUP,
    DEFAULT,
    NO_RECOVERY_POINTS,
    NO_SUCH_ROLE,
    NO_SUCH_VAULT,
    REGION,
    ROLE_BEING_DELETED,
    SERVICE_USING_ROLE,
    VAULT,
    collides,
    cross_account,
    points,
    r,
    succeeds,
    v,
    vault,
)

copying = Enum(
    "copying",
    ("none", "into", "out"),
    per=(REGION, VAULT),
    reads=("no copy job is running", "a copy into the vault is running", "a copy out of the vault is running"),
    reads_not=("a copy job is running", "no copy into the vault is running", "no copy out of the vault is running"),
    owner=A_VAULT,
)
copies_linger = Flag(
    "copies_linger",
    reads=("copies may start late, after cross-account backup was turned off", "no copy may start late"),
    words=("no", "yes", "no"),
    label="late copies",
    owner=BACKUP,
)
caller_account = Enum(
    "caller_account",
    ("management", "member"),
    kind="parameter",
    reads=(
        "the request comes from the management account of the organization",
        "the request comes from a member account",
    ),
    reads_not=("the request comes from a member account", "the request comes from the management account"),
)

CROSS_ACCOUNT_OFF = Refusal("cross-account-off", "cross-account backup is off", None)
DEFAULT_IS_NO_DESTINATION = Refusal(
    "default-vault-is-no-destination", "the default vault cannot be the destination of a copy", None
)
COPY_ALREADY_RUNNING = Refusal("copy-already-running", "a copy job is already running in this vault", None)
NO_RUNNING_COPY = Refusal("no-running-copy", "no copy job is running in this vault", None, absent=True)
ALREADY_ON = Refusal("cross-account-on", "cross-account backup is on", None)
NO_COPIES_LINGER = Refusal("no-copies-linger", "cross-account backup was not turned off just now", None, absent=True)
RECOVERY_POINT_BUSY = Refusal(
    "recovery-point-busy", "the recovery point is being copied", "InvalidResourceStateException", transient=True
)
NOT_MANAGEMENT_ACCOUNT = Refusal(
    "not-management-account",
    "only the management account of the organization can turn cross-account backup on or off",
    "InvalidRequestException",
)

INTO, OUT, FINISH, END = "start_copy_into", "start_copy_out", "finish_copy", "end_late_copies"
TURN_ON, TURN_OFF = "set_up_cross_account_backup", "turn_off_cross_account_backup"
ELSEWHERE_ON, ELSEWHERE_OFF = "organization_turns_copies_on", "organization_turns_copies_off"
POINT, WHOLE_VAULT = "delete_recovery_point", "delete_backup_vault"

NONE, COPYING_IN, COPYING_OUT = (copying[r, v].is_(value) for value in copying.values)
USING = Some((r, v), COPYING_IN)
"""The service is using the role for a copy."""
MAY_START = cross_account | copies_linger
COPY_ARRIVES = COPYING_IN & GAINS_A_POINT
LAST_IS_COPIED = COPYING_OUT & LAST_POINT
COPIED = COPYING_OUT & (collides | LAST_POINT)
"""A request to delete a recovery point of the vault is about the one that is being copied, the last if any."""

CROSS_ACCOUNT_ON = Guard(MAY_START, CROSS_ACCOUNT_OFF, "COPY-3")
VAULT_EXISTS = Guard(vault[r, v], NO_SUCH_VAULT, "ASSUME-COPY", error_code=UNKNOWN)
NO_COPY_RUNS = Guard(NONE, COPY_ALREADY_RUNNING, "ASSUME-COPY")

STARTS_NONE_LATE = copies_linger.becomes(False, clause="COPY-3")
STARTS_SOME_LATE = copies_linger.becomes(True, clause="COPY-3", when=cross_account)

RULES = (
    Rule(
        ELSEWHERE_ON,
        "the management account of the organization turns cross-account backup on",
        by="service",
        operations=(),
        clauses=("COPY-4", "ASSUME-MEMBER"),
        guards=(Guard(~cross_account, ALREADY_ON, "COPY-4"),),
        effects=(cross_account.becomes(True, clause="COPY-4"), STARTS_NONE_LATE),
    ),
    Rule(
        ELSEWHERE_OFF,
        "the management account of the organization turns cross-account backup off",
        by="service",
        operations=(),
        clauses=("COPY-3", "COPY-4", "ASSUME-MEMBER"),
        guards=(Guard(cross_account, CROSS_ACCOUNT_OFF, "COPY-4"),),
        effects=(cross_account.becomes(False, clause="COPY-4"), STARTS_SOME_LATE),
    ),
    Rule(
        INTO,
        "a copy from another account starts and uses the role",
        by="service",
        operations=("backup:StartCopyJob",),
        clauses=("COPY-1", "COPY-2", "COPY-3", "ASSUME-COPY"),
        place=(r, v),
        guards=(
            CROSS_ACCOUNT_ON,
            Guard(~ABSENT, NO_SUCH_ROLE, "COPY-1", error_code=UNKNOWN),
            Guard(~DELETING, ROLE_BEING_DELETED, "ASSUME-COPY", error_code=UNKNOWN),
            VAULT_EXISTS,
            Guard(~v.is_(DEFAULT), DEFAULT_IS_NO_DESTINATION, "COPY-2"),
            NO_COPY_RUNS,
        ),
        effects=(copying[r, v].becomes("into", clause="ASSUME-COPY"),),
    ),
    Rule(
        OUT,
        "a copy of a recovery point to another account starts",
        by="service",
        operations=("backup:StartCopyJob",),
        clauses=("COPY-1", "COPY-3", "ASSUME-COPY", "ASSUME-COPY-OUT"),
        place=(r, v),
        guards=(
            CROSS_ACCOUNT_ON,
            VAULT_EXISTS,
            Guard(~EMPTY, NO_RECOVERY_POINTS, "ASSUME-COPY-OUT", error_code=UNKNOWN),
            NO_COPY_RUNS,
        ),
        effects=(copying[r, v].becomes("out", clause="ASSUME-COPY-OUT"),),
    ),
    Rule(
        FINISH,
        "a copy job ends",
        by="service",
        operations=(),
        clauses=("ASSUME-COPY",),
        place=(r, v),
        inputs=(succeeds,),
        guards=(Guard(~NONE, NO_RUNNING_COPY, "ASSUME-COPY"),),
        effects=(
            copying[r, v].becomes("none", clause="ASSUME-COPY"),
            points[r, v].increases(clause="ASSUME-COPY", when=COPY_ARRIVES),
        ),
    ),
    Rule(
        END,
        "no more copies start after cross-account backup was turned off",
        by="service",
        operations=(),
        clauses=("COPY-3",),
        guards=(Guard(copies_linger, NO_COPIES_LINGER, "COPY-3"),),
        effects=(copies_linger.becomes(False, clause="COPY-3"),),
    ),
)

MANAGEMENT = Guard(caller_account.is_("management"), NOT_MANAGEMENT_ACCOUNT, "COPY-4", stratum=EXISTENCE)


def in_use(error: str) -> Guard:
    """While a copy uses the role, deleting a resource might fail, as it does during a job."""
    return Guard(~(USING & collides), SERVICE_USING_ROLE, "COPY-1", error_code=error, stratum=COLLISION)


GUARDS = (
    AddedGuard((TURN_ON, TURN_OFF), "after not-permitted", MANAGEMENT),
    AddedGuard((POINT,), "after service-using-role", in_use("InvalidResourceStateException")),
    AddedGuard(
        (POINT,),
        "after service-using-role",
        Guard(~COPIED, RECOVERY_POINT_BUSY, "ASSUME-COPY-OUT", stratum=COLLISION),
    ),
    AddedGuard((WHOLE_VAULT,), "after service-using-role", in_use("InvalidRequestException")),
    AddedGuard(
        ("delete_service_linked_role",),
        "after service-using-role",
        Guard(
            DELETING | ~USING, SERVICE_USING_ROLE, "COPY-1", AT_SUBMIT, error_code="DeleteConflict", stratum=COLLISION
        ),
    ),
    AddedGuard(
        ("finish_deletion_task",),
        "after service-using-role",
        Guard(~USING, SERVICE_USING_ROLE, "COPY-1", AT_TASK_END, fails=True, error_code="FAILED", stratum=COLLISION),
    ),
)
