"""Guards and effects that several rules share, of the page's own actions and of the extensions."""

from __future__ import annotations

from backup_slr.engine.core.formula import TRUE, Every, Formula, Some
from backup_slr.engine.core.rule import Guard
from backup_slr.engine.core.variable import Effect, Reading
from backup_slr.lifecycle import assumptions as assume
from backup_slr.lifecycle.predicates import ABSENT, DELETING
from backup_slr.lifecycle.vocabulary import (
    DEFAULT,
    EFS_VAULT,
    NO_SUCH_ROLE,
    NO_SUCH_VAULT,
    NOT_PERMITTED,
    ROLE_BEING_DELETED,
    SERVICE_USING_ROLE,
    VAULT_EXISTS,
    VAULT_NAME_RESERVED,
    collides,
    description,
    other,
    permitted,
    points,
    r,
    role,
    using_role,
    v,
    vault,
    via,
)

NO_POINTS_ANYWHERE = Every((r, v), points[r, v].is_zero())
NO_VAULTS_ANYWHERE = Every((r, v), ~vault[r, v])
ANOTHER_VAULT_HERE = Some((other,), ~other.is_(DEFAULT) & vault[r, other])

AT_SUBMIT = assume.USAGE_CHECK.read_as("at-submit")
AT_TASK_END = assume.USAGE_CHECK.read_as("at-task-end")
EMPTY_VAULTS_COUNT = assume.EMPTY_VAULTS_COUNT.read_as("yes")

UNKNOWN = ""
"""In place of an error code: none is documented, or no caller would see one."""


def permission(error: str, under: tuple[Reading, ...] = (), clause: str = "PERM-1") -> Guard:
    """The caller must have the permission; the page says so of requests that create, edit or delete the role."""
    return Guard(permitted, NOT_PERMITTED, clause, under, error_code=error)


IAM_PERMISSION = permission("AccessDenied")
OTHER_IAM_PERMISSION = permission("AccessDenied", clause="ASSUME-PERMISSION")
BACKUP_PERMISSION = permission("AccessDeniedException", clause="ASSUME-PERMISSION")
TRIGGER_PERMISSION = permission("AccessDeniedException", assume.TRIGGER_WITHOUT_PERMISSION.read_as("refused"))
EFS_PERMISSION = permission("AccessDeniedException", assume.EFS_TRIGGER_WITHOUT_PERMISSION.read_as("refused"))

NEEDS_ROLE = Guard(~ABSENT, NO_SUCH_ROLE, "ASSUME-EXISTENCE")
NEW_VAULT = (
    Guard(~vault[r, v], VAULT_EXISTS, "ASSUME-EXISTENCE"),
    Guard(~v.is_(EFS_VAULT), VAULT_NAME_RESERVED, assume.EFS_CREATES_ITS_VAULT.id),
)
NEEDS_VAULT = Guard(vault[r, v], NO_SUCH_VAULT, "ASSUME-EXISTENCE")
NAMES_VAULT = Guard(vault[r, v], NO_SUCH_VAULT, "ASSUME-EXISTENCE", error_code=UNKNOWN)
"""For operations that name a vault in their input, and list no error for one that does not exist."""

TRIGGER_WHILE_DELETING = Guard(
    ~DELETING,
    ROLE_BEING_DELETED,
    assume.TRIGGER_WHILE_DELETING.id,
    assume.TRIGGER_WHILE_DELETING.read_as("refused"),
    error_code=UNKNOWN,
)


def the_role_appears(clause: str, when: Formula = TRUE) -> tuple[Effect, ...]:
    """The effects of every trigger: the role is present afterwards; a role that was present stays as it is."""
    recreates = assume.TRIGGER_WHILE_DELETING.read_as("recreates")
    pending = assume.TRIGGER_WHILE_DELETING.id
    return (
        role.becomes("present", clause=clause, when=ABSENT & when),
        role.becomes("present", clause=pending, when=DELETING & when, under=recreates),
        description.becomes("default", clause="ASSUME-FRESH", when=DELETING & when, under=recreates),
    )


def no_collision(error: str) -> Guard:
    """While the service uses the role, deleting a resource *might* fail: the environment chooses."""
    return Guard(~(using_role & collides), SERVICE_USING_ROLE, "CLEAN-3", error_code=error)


CONSOLE_VISIT_HERE, CONSOLE_VISIT_EVERYWHERE = (
    vault[r, DEFAULT].becomes(
        True,
        each=each,
        clause=assume.CONSOLE_VISIT_RECREATES_DEFAULT_VAULT.id,
        when=via.is_("console"),
        under=assume.CONSOLE_VISIT_RECREATES_DEFAULT_VAULT.read_as("yes"),
    )
    for each in ((), (r,))
)
"""A visit of the console creates the default vault of the Region of a request, or of every Region.

Every request that the console makes on the page of a vault has the first, also in extensions.
"""
