"""Variables and actions of the extension ``backup-roles``."""

from backup_slr.engine.core.formula import After, Every, Unchanged
from backup_slr.engine.core.rule import Guard, Refusal, Rule
from backup_slr.engine.core.variable import Count, Flag
from backup_slr.lifecycle.guards import BACKUP_PERMISSION, CONSOLE_VISIT_HERE, NEEDS_VAULT, UNKNOWN, no_collision
from backup_slr.lifecycle.predicates import ABSENT
from backup_slr.lifecycle.vocabulary import (
    A_VAULT,
    JOB_ALREADY_RUNNING,
    NO_RECOVERY_POINTS,
    NO_RUNNING_JOB,
    NO_SUCH_VAULT,
    REGION,
    VAULT,
    collides,
    permitted,
    r,
    role,
    succeeds,
    v,
    vault,
    via,
)

own_points = Count(
    "own_points", per=(REGION, VAULT), reads="own-role recovery points", label="own-role recovery points", owner=A_VAULT
)
own_job = Flag(
    "own_job",
    per=(REGION, VAULT),
    reads=("a job is running under the customer's own role", "no job is running under the customer's own role"),
    words=("none", "running", "ended"),
    label="own-role job",
    owner=A_VAULT,
)
may_create_role = Flag(
    "may_create_role",
    kind="parameter",
    default=True,
    reads=("the request may create the role", "the request may not create the role"),
)

MAY_NOT_CREATE_ROLE = Refusal(
    "may-not-create-role", "the caller may not create the absent role", "AccessDeniedException"
)

START, FINISH, DELETE = "start_own_job", "finish_own_job", "delete_own_recovery_point"
EFS_TRIGGER = "perform_efs_automatic_backup"
OWN_EMPTY = own_points[r, v].is_zero()
NO_OWN_POINTS = Every((r, v), OWN_EMPTY)
HAS_ROLE = ~ABSENT | may_create_role
"""Deleting a recovery point has a role to use: it exists, or the request creates it."""
GAINS_A_POINT = succeeds & vault[r, v] & own_points[r, v].has_room()
LAST_OWN_POINT = own_points[r, v].at_most(1)

LOSES_A_POINT = (
    own_points[r, v].decreases(clause="OWN-2", when=HAS_ROLE),
    role.becomes("present", clause="OWN-4", when=ABSENT & may_create_role),
)
"""The effects of the deletion of a recovery point."""
DELETED_WITH_THE_ROLE = HAS_ROLE.implies(After(~ABSENT) & (~LAST_OWN_POINT | After(OWN_EMPTY))) & (
    HAS_ROLE | Unchanged(("own_points", "role"))
)
"""What holds of such a step."""

RULES = (
    Rule(
        START,
        "a backup job starts under the customer's own role",
        by="service",
        operations=("backup:StartBackupJob",),
        clauses=("OWN-1", "ASSUME-OWN-JOB"),
        place=(r, v),
        guards=(
            Guard(vault[r, v], NO_SUCH_VAULT, "ASSUME-OWN-JOB", error_code=UNKNOWN),
            Guard(~own_job[r, v], JOB_ALREADY_RUNNING, "ASSUME-OWN-JOB"),
        ),
        effects=(own_job[r, v].becomes(True, clause="ASSUME-OWN-JOB"),),
    ),
    Rule(
        FINISH,
        "a backup job under the customer's own role ends",
        by="service",
        operations=(),
        clauses=("ASSUME-OWN-JOB",),
        place=(r, v),
        inputs=(succeeds,),
        guards=(Guard(own_job[r, v], NO_RUNNING_JOB, "ASSUME-OWN-JOB"),),
        effects=(
            own_job[r, v].becomes(False, clause="ASSUME-OWN-JOB"),
            own_points[r, v].increases(clause="ASSUME-OWN-JOB", when=succeeds & vault[r, v]),
        ),
    ),
    Rule(
        DELETE,
        "delete one recovery point that was made under the customer's own role",
        by="person",
        operations=("backup:DeleteRecoveryPoint",),
        clauses=("OWN-1", "OWN-2", "OWN-3", "OWN-4"),
        place=(r, v),
        inputs=(permitted, via, collides, may_create_role),
        guards=(
            BACKUP_PERMISSION,
            NEEDS_VAULT,
            Guard(~OWN_EMPTY, NO_RECOVERY_POINTS, "ASSUME-EXISTENCE"),
            no_collision("InvalidResourceStateException"),
        ),
        effects=(
            CONSOLE_VISIT_HERE,
            *LOSES_A_POINT,
        ),
    ),
)
