"""The environment of the operator: backup jobs, the plans that start them, the deletion task, and who else acts."""

from backup_slr.engine.core.formula import TRUE
from backup_slr.engine.core.variable import Flag
from backup_slr.engine.spec.processes import Contents, Environment, Items, Plan, Process, ServiceView, Stop, Task
from backup_slr.lifecycle.operations import (
    CLOUDTRAIL,
    DELETE_PLAN,
    DELETION_STATUS,
    GET_ROLE,
    LIMITS,
    LIST_JOBS,
    LIST_POINTS,
    LIST_VAULTS,
)
from backup_slr.lifecycle.vocabulary import (
    DEFAULT,
    EFS_VAULT,
    RESOURCES_REMAIN,
    VAULT_HAS_RECOVERY_POINTS,
    collides,
    efs_automatic_backup,
    job,
    points,
    r,
    role,
    succeeds,
    v,
    vault,
)

plans_stopped = Flag("plans_stopped", kind="choice")
"""The operator has stopped the backup plans. AWS Backup has plans, but the page does not mention them."""

ENVIRONMENT = Environment(
    process=Process("start_job", "finish_job", job[r, v], succeeds),
    # A plan starts no job in a vault that does not exist.
    plans=(
        Plan("backup-plan", covers=~v.is_(EFS_VAULT), starts_while=~plans_stopped & vault[r, v]),
        Plan("efs", covers=v.is_(EFS_VAULT), starts_while=efs_automatic_backup[r] & vault[r, v]),
    ),
    stop=Stop("stop_backup_plans", DELETE_PLAN, plans_stopped),
    task=Task("delete_service_linked_role", "finish_deletion_task", DELETION_STATUS, RESOURCES_REMAIN),
    items=Items(LIST_VAULTS, vault[r, v], {"all": TRUE, "default": v.is_(DEFAULT), "others": ~v.is_(DEFAULT)}),
    contents=Contents(LIST_POINTS, points[r, v], "delete_recovery_point"),
    collides=collides,
    redo=(VAULT_HAS_RECOVERY_POINTS, RESOURCES_REMAIN),
    log=CLOUDTRAIL,
    limits=LIMITS,
    views=(
        ServiceView("lists", LIST_VAULTS, (r,), (vault,)),
        ServiceView("lists", LIST_POINTS, (r, v), (points,)),
        ServiceView("lists", LIST_JOBS, (r,), (job,)),
        ServiceView("role", GET_ROLE, (), (role,)),
    ),
)

ONLY_TIME = frozenset({"retention_ends", "own_retention_ends", "grace_time_ends", "time_passes"})
"""The actions of the service that happen at a date, and not soon after a request."""

OTHER_PEOPLE = {
    "cancel_legal_hold": "the person who is responsible for legal holds",
    "remove_obstacle": "the person who protected the recovery points",
    "release_snapshot": "the owner of the image or of the snapshot lock",
}
"""The actions that usually need another person, with that person."""
