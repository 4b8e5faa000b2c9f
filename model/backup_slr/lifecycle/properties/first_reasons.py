"""The order of reasons: where several refusals apply, a request names the first.

As in `properties.responses`, each property was added because a mutant of the rules survived without it.
"""

from backup_slr.engine.core.formula import Does, Some
from backup_slr.engine.core.rule import Property
from backup_slr.lifecycle.predicates import (
    ABSENT,
    CONSOLE,
    DELETING,
    DONE,
    EMPTY,
    ORDINARY,
    PRESENT,
    TRIGGERS,
    at_vault,
    everywhere,
    says,
)
from backup_slr.lifecycle.rules import RULES
from backup_slr.lifecycle.vocabulary import DEFAULT, EFS_VAULT, by, collides, job, permitted, r, using_role, v, vault

ABOUT_THE_ROLE = (
    "edit_description",
    "rename_role",
    "edit_permissions_policy",
    "edit_trust_policy",
    "assume_role",
    "delete_role",
    "delete_service_linked_role",
)
USER_REQUESTS = tuple(rule.action for rule in RULES if rule.by == "person")

FIRST_REASONS = (
    Property(
        "step",
        "permission_is_checked_first",
        "Permission is checked first, except for triggers",
        (Does(tuple(action for action in USER_REQUESTS if action not in TRIGGERS)) & ~permitted).implies(
            says("not-permitted")
        ),
        ("PERM-1",),
    ),
    Property(
        "step",
        "missing_role_is_reported",
        "A permitted request about an absent role is refused as not found",
        (Does(ABOUT_THE_ROLE) & permitted & ABSENT).implies(says("no-such-role")),
        ("ASSUME-EXISTENCE",),
    ),
    Property(
        "step",
        "missing_resource_is_reported",
        "A permitted request about an absent vault, recovery point, job or task is refused as not found",
        everywhere(
            (at_vault("delete_recovery_point", "delete_backup_vault") & permitted & ~vault[r, v]).implies(
                says("no-such-vault")
            )
            & (at_vault("delete_recovery_point") & permitted & vault[r, v] & EMPTY).implies(says("no-recovery-points"))
            & (at_vault("start_job") & PRESENT & ~vault[r, v]).implies(says("no-such-vault"))
            & (at_vault("finish_job") & ~job[r, v]).implies(says("no-running-job"))
        )
        & (Does(("finish_deletion_task",)) & ~DELETING).implies(says("no-deletion-task")),
        ("ASSUME-EXISTENCE", "ASSUME-JOB"),
    ),
    Property(
        "step",
        "existing_things_are_not_made_twice",
        "A permitted request to create something that exists is refused as already existing",
        (Does(("create_service_linked_role",)) & permitted & PRESENT).implies(says("role-exists"))
        & everywhere(
            (at_vault("create_backup_vault") & permitted & vault[r, v]).implies(says("vault-exists"))
            & (at_vault("start_job") & PRESENT & vault[r, v] & job[r, v]).implies(says("job-already-running"))
        ),
        ("ASSUME-EXISTENCE", "ASSUME-JOB"),
    ),
    Property(
        "step",
        "nothing_starts_while_deleting",
        "While the role is being deleted, creating it and starting a job are refused",
        (Does(("start_job",)) & DELETING).implies(says("role-being-deleted"))
        & (Does(("create_service_linked_role",)) & permitted & DELETING).implies(says("role-being-deleted")),
        ("ASSUME-TASK", "ASSUME-JOB"),
    ),
    Property(
        "step",
        "impossible_edits_name_their_reason",
        "A permitted request that can never succeed is refused for that reason",
        (Does(("rename_role",)) & permitted & ~ABSENT).implies(says("name-is-immutable"))
        & (Does(("edit_permissions_policy", "edit_trust_policy")) & permitted & ~ABSENT).implies(
            says("role-not-editable")
        )
        & (Does(("attach_policy_elsewhere",)) & permitted).implies(says("policy-not-attachable"))
        & (Does(("delete_role",)) & permitted & ~ABSENT).implies(says("not-deletable-as-plain-role")),
        ("EDIT-1", "EDIT-2", "POLICY-1", "POLICY-2", "DELETE-4"),
    ),
    Property(
        "step",
        "assume_refusal_is_truthful",
        "AWS Backup is never refused as an untrusted caller",
        (Does(("assume_role",)) & permitted & PRESENT).implies(
            (by.is_("service") & DONE) | (~by.is_("service") & says("only-the-service-may-assume"))
        ),
        ("TRUST-1", "TRUST-2"),
    ),
    Property(
        "step",
        "only_efs_vault_name_is_reserved",
        "Only the name of the EFS automatic vault is reserved",
        everywhere(
            (at_vault("create_backup_vault") & permitted & ~vault[r, v]).implies(
                (v.is_(EFS_VAULT) & says("vault-name-reserved")) | (~v.is_(EFS_VAULT) & DONE)
            )
        ),
        ("REGION-1", "ASSUME-EFS-CREATES-ITS-VAULT"),
    ),
    Property(
        "step",
        "full_vault_names_its_recovery_points",
        "Deleting a vault that holds recovery points is refused because of them",
        everywhere(
            (
                at_vault("delete_backup_vault")
                & permitted
                & vault[r, v]
                & ~EMPTY
                & (ORDINARY | v.is_(DEFAULT) & ~CONSOLE)
            ).implies(says("vault-has-recovery-points"))
        ),
        ("CLEAN-1",),
    ),
    Property(
        "step",
        "console_refuses_default_vault_always",
        "The console always refuses to delete the default vault",
        everywhere(
            (at_vault("delete_backup_vault") & permitted & vault[r, v] & v.is_(DEFAULT) & CONSOLE).implies(
                says("default-vault-in-console")
            )
        ),
        ("CLEAN-5",),
    ),
    Property(
        "step",
        "collision_is_reported",
        "A deletion that collides with the use of the role is refused for that reason",
        everywhere(
            (at_vault("delete_recovery_point") & permitted & vault[r, v] & ~EMPTY & using_role & collides).implies(
                says("service-using-role")
            )
            & (
                at_vault("delete_backup_vault") & permitted & vault[r, v] & EMPTY & ORDINARY & using_role & collides
            ).implies(says("service-using-role"))
        ),
        ("CLEAN-3",),
    ),
    Property(
        "step",
        "recovery_points_block_deletion_first",
        "While recovery points remain, a deletion of the role that does not succeed names them",
        (
            Does(("delete_service_linked_role", "finish_deletion_task")) & ~DONE & permitted & Some((r, v), ~EMPTY)
        ).implies(says("resources-remain", "no-such-role", "no-deletion-task")),
        ("DELETE-1", "CLEAN-1"),
    ),
)
