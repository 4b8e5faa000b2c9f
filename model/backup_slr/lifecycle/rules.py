"""The rules of the lifecycle of AWSServiceRoleForBackup: the only definition of behavior in this project.

Theory of operation
-------------------
Each rule is one action. Read it from top to bottom:

- who does it (a user or the service), at which *place* (a Region, a vault), with which *inputs*;
- its *guards*, in order: conditions that must hold. The first that does not hold names the refusal. All rules use the
  same order: permission, existence, the kind of request (never possible, not in the console), content (recovery
  points, vaults), and last the guard that *might* fail;
- its *effects*: what changes. A variable that no effect lists keeps its value, and all effects read the old state.

Every guard and effect cites its source: a clause of the AWS page, or an assumption. ``under=`` marks a part that
exists only under some values of an assumption.

A request is **done**, or **refused** (then nothing changes). Only the deletion task can also **fail**: the request was
accepted earlier, and now the role becomes present again (`on_failure`). "Might fail" is the choice `collides`, an input
of each step: no rule draws a random number.

Behavior is defined only here, and as data: no callables. `guards` has the guards and effects that several rules share.
"""

from __future__ import annotations

from backup_slr.engine.core.formula import FALSE
from backup_slr.engine.core.rule import Guard, Rule
from backup_slr.lifecycle import assumptions as assume
from backup_slr.lifecycle.guards import (
    ANOTHER_VAULT_HERE,
    AT_SUBMIT,
    AT_TASK_END,
    BACKUP_PERMISSION,
    CONSOLE_VISIT_EVERYWHERE,
    CONSOLE_VISIT_HERE,
    EFS_PERMISSION,
    EMPTY_VAULTS_COUNT,
    IAM_PERMISSION,
    NEEDS_ROLE,
    NEEDS_VAULT,
    NEW_VAULT,
    NO_POINTS_ANYWHERE,
    NO_VAULTS_ANYWHERE,
    OTHER_IAM_PERMISSION,
    TRIGGER_PERMISSION,
    TRIGGER_WHILE_DELETING,
    UNKNOWN,
    no_collision,
    the_role_appears,
)
from backup_slr.lifecycle.predicates import ABSENT, DELETING, PRESENT
from backup_slr.lifecycle.vocabulary import (
    DEFAULT,
    DEFAULT_VAULT_IN_CONSOLE,
    DEFAULT_VAULT_NEEDS_ANOTHER_VAULT,
    EFS_VAULT,
    EFS_VAULT_NOT_DELETABLE,
    JOB_ALREADY_RUNNING,
    NAME_IS_IMMUTABLE,
    NO_DELETION_TASK,
    NO_RECOVERY_POINTS,
    NO_RUNNING_JOB,
    NO_SUCH_ROLE,
    NO_SUCH_VAULT,
    NOT_DELETABLE_AS_PLAIN_ROLE,
    ONLY_THE_SERVICE_MAY_ASSUME,
    POLICY_NOT_ATTACHABLE,
    RESOURCES_REMAIN,
    ROLE_BEING_DELETED,
    ROLE_EXISTS,
    ROLE_NOT_EDITABLE,
    SERVICE_USING_ROLE,
    VAULT_HAS_RECOVERY_POINTS,
    by,
    collides,
    cross_account,
    description,
    efs_automatic_backup,
    job,
    permitted,
    points,
    r,
    role,
    succeeds,
    using_role,
    v,
    vault,
    via,
)

# ---------------------------------------------------------------- requests that create the role

APPEARING = (
    Rule(
        "list_resources",
        "list the resources that can be backed up",
        by="person",
        operations=("backup:ListProtectedResources",),
        clauses=("CREATE-2", "CREATE-5", "CREATE-7"),
        inputs=(permitted, via),
        guards=(TRIGGER_PERMISSION, TRIGGER_WHILE_DELETING),
        effects=(*the_role_appears("CREATE-2", when=permitted), CONSOLE_VISIT_EVERYWHERE),
    ),
    Rule(
        "set_up_cross_account_backup",
        "set up cross-account backup",
        by="person",
        operations=("backup:UpdateGlobalSettings",),
        clauses=("CREATE-3", "CREATE-5", "CREATE-7"),
        inputs=(permitted, via),
        guards=(TRIGGER_PERMISSION, TRIGGER_WHILE_DELETING),
        effects=(cross_account.becomes(True, clause="CREATE-3"), *the_role_appears("CREATE-3", when=permitted)),
    ),
    Rule(
        "perform_efs_automatic_backup",
        "turn on EFS automatic backup in a Region",
        by="person",
        operations=("elasticfilesystem:PutBackupPolicy", "elasticfilesystem:CreateFileSystem"),
        clauses=("CREATE-4", "CREATE-5", "CREATE-7"),
        place=(r,),
        inputs=(permitted, via),
        guards=(EFS_PERMISSION, TRIGGER_WHILE_DELETING),
        effects=(
            efs_automatic_backup[r].becomes(True, clause="CREATE-4"),
            *the_role_appears("CREATE-4"),
            vault[r, EFS_VAULT].becomes(
                True, clause=assume.EFS_CREATES_ITS_VAULT.id, under=assume.EFS_CREATES_ITS_VAULT.read_as("yes")
            ),
        ),
    ),
    Rule(
        "use_feature_from_another_service",
        "use a feature of the role through another service",
        by="person",
        operations=(),
        clauses=("CREATE-6",),
        inputs=(permitted, via),
        guards=(TRIGGER_PERMISSION, TRIGGER_WHILE_DELETING),
        effects=the_role_appears("CREATE-6", when=permitted),
    ),
    Rule(
        "create_service_linked_role",
        "create the role manually",
        by="person",
        operations=("iam:CreateServiceLinkedRole",),
        clauses=("CREATE-1", "PERM-1"),
        inputs=(permitted, via),
        guards=(
            IAM_PERMISSION,
            Guard(~PRESENT, ROLE_EXISTS, "ASSUME-EXISTENCE"),
            Guard(~DELETING, ROLE_BEING_DELETED, "ASSUME-TASK", error_code="InvalidInput"),
        ),
        effects=(role.becomes("present", clause="CREATE-1"),),
    ),
)

# ---------------------------------------------------------------- turning features off, vaults, recovery points

RESOURCES = (
    Rule(
        "turn_off_cross_account_backup",
        "turn off cross-account backup",
        by="person",
        operations=("backup:UpdateGlobalSettings",),
        clauses=("CREATE-3",),
        inputs=(permitted, via),
        guards=(BACKUP_PERMISSION,),
        effects=(cross_account.becomes(False, clause="CREATE-3"),),
    ),
    Rule(
        "turn_off_efs_automatic_backup",
        "turn off EFS automatic backup in a Region",
        by="person",
        operations=("elasticfilesystem:PutBackupPolicy",),
        clauses=("CREATE-4",),
        place=(r,),
        inputs=(permitted, via),
        guards=(BACKUP_PERMISSION,),
        effects=(efs_automatic_backup[r].becomes(False, clause="CREATE-4"),),
    ),
    Rule(
        "create_backup_vault",
        "create a backup vault",
        by="person",
        operations=("backup:CreateBackupVault",),
        clauses=("REGION-1",),
        place=(r, v),
        inputs=(permitted, via),
        guards=(BACKUP_PERMISSION, *NEW_VAULT),
        effects=(CONSOLE_VISIT_HERE, vault[r, v].becomes(True, clause="REGION-1")),
    ),
    Rule(
        "delete_recovery_point",
        "delete one recovery point of a vault",
        by="person",
        operations=("backup:DeleteRecoveryPoint",),
        clauses=("CLEAN-1", "CLEAN-7", "CLEAN-8"),
        place=(r, v),
        inputs=(permitted, via, collides),
        guards=(
            BACKUP_PERMISSION,
            NEEDS_VAULT,
            Guard(~points[r, v].is_zero(), NO_RECOVERY_POINTS, "ASSUME-EXISTENCE"),
            no_collision("InvalidResourceStateException"),
        ),
        effects=(points[r, v].decreases(clause="CLEAN-1"), CONSOLE_VISIT_HERE),
    ),
    Rule(
        "delete_backup_vault",
        "delete a backup vault",
        by="person",
        operations=("backup:DeleteBackupVault",),
        clauses=("CLEAN-2", "CLEAN-6", "CLEAN-7", "CLEAN-8"),
        place=(r, v),
        inputs=(permitted, via, collides),
        guards=(
            BACKUP_PERMISSION,
            NEEDS_VAULT,
            Guard(~(v.is_(DEFAULT) & via.is_("console")), DEFAULT_VAULT_IN_CONSOLE, "CLEAN-5"),
            Guard(
                ~v.is_(EFS_VAULT),
                EFS_VAULT_NOT_DELETABLE,
                assume.EFS_VAULT_DELETION.id,
                assume.EFS_VAULT_DELETION.read_as("never"),
            ),
            Guard(points[r, v].is_zero(), VAULT_HAS_RECOVERY_POINTS, "CLEAN-1"),
            Guard(
                v.is_(DEFAULT).implies(ANOTHER_VAULT_HERE),
                DEFAULT_VAULT_NEEDS_ANOTHER_VAULT,
                assume.DEFAULT_VAULT.id,
                assume.DEFAULT_VAULT.read_as("needs-another-vault"),
            ),
            no_collision("InvalidRequestException"),
        ),
        effects=(
            CONSOLE_VISIT_HERE,
            vault[r, v].becomes(False, clause="CLEAN-2", when=~v.is_(DEFAULT)),
            vault[r, v].becomes(False, clause="CLEAN-6", when=v.is_(DEFAULT)),
        ),
    ),
)

# ---------------------------------------------------------------- requests about the role

ROLE = (
    Rule(
        "edit_description",
        "edit the description of the role",
        by="person",
        operations=("iam:UpdateRole", "iam:UpdateRoleDescription"),
        clauses=("EDIT-3",),
        inputs=(permitted, via),
        guards=(
            IAM_PERMISSION,
            NEEDS_ROLE,
            Guard(
                ~DELETING,
                ROLE_BEING_DELETED,
                assume.EDIT_WHILE_DELETING.id,
                assume.EDIT_WHILE_DELETING.read_as("refused"),
            ),
        ),
        effects=(description.becomes("edited", clause="EDIT-3"),),
    ),
    Rule(
        "rename_role",
        "rename the role",
        by="person",
        operations=("iam:UpdateRole",),
        clauses=("EDIT-2",),
        inputs=(permitted, via),
        guards=(IAM_PERMISSION, NEEDS_ROLE, Guard(FALSE, NAME_IS_IMMUTABLE, "EDIT-2")),
    ),
    Rule(
        "edit_permissions_policy",
        "change the permissions policy of the role",
        by="person",
        operations=("iam:AttachRolePolicy", "iam:DetachRolePolicy", "iam:PutRolePolicy", "iam:DeleteRolePolicy"),
        clauses=("EDIT-1", "POLICY-1"),
        inputs=(permitted, via),
        guards=(IAM_PERMISSION, NEEDS_ROLE, Guard(FALSE, ROLE_NOT_EDITABLE, "EDIT-1")),
    ),
    Rule(
        "edit_trust_policy",
        "change the trust policy of the role",
        by="person",
        operations=("iam:UpdateAssumeRolePolicy",),
        clauses=("EDIT-1", "POLICY-1"),
        inputs=(permitted, via),
        guards=(IAM_PERMISSION, NEEDS_ROLE, Guard(FALSE, ROLE_NOT_EDITABLE, "EDIT-1")),
    ),
    Rule(
        "attach_policy_elsewhere",
        "attach the permissions policy of the role to another user, group or role",
        by="person",
        operations=("iam:AttachRolePolicy", "iam:AttachUserPolicy", "iam:AttachGroupPolicy"),
        clauses=("POLICY-2",),
        inputs=(permitted, via),
        guards=(OTHER_IAM_PERMISSION, Guard(FALSE, POLICY_NOT_ATTACHABLE, "POLICY-2")),
    ),
    Rule(
        "assume_role",
        "assume the role",
        by="person",
        operations=("sts:AssumeRole",),
        clauses=("TRUST-1", "TRUST-2"),
        inputs=(permitted, via, by),
        guards=(
            OTHER_IAM_PERMISSION,
            Guard(~ABSENT, NO_SUCH_ROLE, "ASSUME-EXISTENCE", error_code="AccessDenied"),
            Guard(
                ~DELETING,
                ROLE_BEING_DELETED,
                assume.USE_WHILE_DELETING.id,
                assume.USE_WHILE_DELETING.read_as("refused"),
                error_code="AccessDenied",
            ),
            Guard(by.is_("service"), ONLY_THE_SERVICE_MAY_ASSUME, "TRUST-1"),
        ),
    ),
    Rule(
        "delete_role",
        "delete the role with DeleteRole, like an ordinary role",
        by="person",
        operations=("iam:DeleteRole",),
        clauses=("DELETE-4",),
        inputs=(permitted, via),
        guards=(IAM_PERMISSION, NEEDS_ROLE, Guard(FALSE, NOT_DELETABLE_AS_PLAIN_ROLE, "DELETE-4")),
    ),
    Rule(
        "delete_service_linked_role",
        "request the deletion of the role",
        by="person",
        operations=("iam:DeleteServiceLinkedRole",),
        clauses=("DELETE-4", "ASSUME-TASK"),
        inputs=(permitted, via),
        guards=(
            IAM_PERMISSION,
            NEEDS_ROLE,
            Guard(DELETING | NO_POINTS_ANYWHERE, RESOURCES_REMAIN, "CLEAN-1", AT_SUBMIT, error_code="DeleteConflict"),
            Guard(
                DELETING | NO_VAULTS_ANYWHERE,
                RESOURCES_REMAIN,
                "CLEAN-2",
                AT_SUBMIT + EMPTY_VAULTS_COUNT,
                error_code="DeleteConflict",
            ),
            Guard(DELETING | ~using_role, SERVICE_USING_ROLE, "DELETE-1", AT_SUBMIT, error_code="DeleteConflict"),
        ),
        effects=(role.becomes("deleting", clause="DELETE-4"),),
    ),
)

# ---------------------------------------------------------------- actions of the service

SERVICE = (
    Rule(
        "start_job",
        "a backup job starts and uses the role",
        by="service",
        operations=("backup:StartBackupJob",),
        clauses=("ROLE-2", "ASSUME-JOB"),
        place=(r, v),
        guards=(
            Guard(~ABSENT, NO_SUCH_ROLE, "ROLE-2", assume.SCHEDULED_RUN_RECREATES.read_as("no"), error_code=UNKNOWN),
            Guard(~DELETING, ROLE_BEING_DELETED, "ASSUME-JOB", error_code=UNKNOWN),
            Guard(vault[r, v], NO_SUCH_VAULT, "ASSUME-JOB", error_code=UNKNOWN),
            Guard(~job[r, v], JOB_ALREADY_RUNNING, "ASSUME-JOB"),
        ),
        effects=(
            job[r, v].becomes(True, clause="ASSUME-JOB"),
            role.becomes(
                "present",
                clause=assume.SCHEDULED_RUN_RECREATES.id,
                when=ABSENT,
                under=assume.SCHEDULED_RUN_RECREATES.read_as("yes"),
            ),
        ),
    ),
    Rule(
        "finish_job",
        "a backup job ends and stops using the role",
        by="service",
        operations=(),
        clauses=("CLEAN-4", "ASSUME-JOB"),
        place=(r, v),
        inputs=(succeeds,),
        guards=(Guard(job[r, v], NO_RUNNING_JOB, "ASSUME-JOB"),),
        effects=(
            job[r, v].becomes(False, clause="ASSUME-JOB"),
            points[r, v].increases(clause="ASSUME-JOB", when=succeeds & vault[r, v] & points[r, v].has_room()),
        ),
    ),
    Rule(
        "finish_deletion_task",
        "the deletion task ends",
        by="service",
        operations=("iam:GetServiceLinkedRoleDeletionStatus",),
        clauses=("DELETE-1", "DELETE-3", "ASSUME-TASK"),
        guards=(
            Guard(DELETING, NO_DELETION_TASK, "ASSUME-EXISTENCE"),
            Guard(NO_POINTS_ANYWHERE, RESOURCES_REMAIN, "CLEAN-1", AT_TASK_END, fails=True),
            Guard(NO_VAULTS_ANYWHERE, RESOURCES_REMAIN, "CLEAN-2", AT_TASK_END + EMPTY_VAULTS_COUNT, fails=True),
            Guard(~using_role, SERVICE_USING_ROLE, "DELETE-1", AT_TASK_END, fails=True, error_code="FAILED"),
        ),
        effects=(role.becomes("absent", clause="DELETE-1"), description.becomes("default", clause="ASSUME-FRESH")),
        on_failure=(role.becomes("present", clause="ASSUME-TASK"),),
    ),
)

RULES: tuple[Rule, ...] = (*APPEARING, *RESOURCES, *ROLE, *SERVICE)
