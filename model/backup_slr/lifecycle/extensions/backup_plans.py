"""The extension ``backup-plans``: plans start the jobs, and only an operator who deletes the plans stops new work.

The page's own rules let a job start at any time. Here a job starts only while a plan may back up into its vault. The
variable says that there is *no* plan, so that an account about which nothing is known has plans, as in the base.
"""

from backup_slr.engine.core.formula import After, Does, Ends, Every, Some
from backup_slr.engine.core.rule import Fair, Guard, Property, Refusal, Rule
from backup_slr.engine.core.variable import Flag
from backup_slr.engine.spec.documentation import Clause
from backup_slr.engine.spec.extension import AddedEffects, AddedGuard, Amendment, Extension
from backup_slr.engine.spec.processes import Activity, Plan
from backup_slr.lifecycle.extensions.order import CLIENT
from backup_slr.lifecycle.extensions.statements import NO_VAULT_CASE, NOT_PERMITTED_CASE, answers, changes_only
from backup_slr.lifecycle.guards import BACKUP_PERMISSION, NAMES_VAULT
from backup_slr.lifecycle.predicates import BY_OPERATOR, DONE, EMPTY, at_vault, everywhere
from backup_slr.lifecycle.vocabulary import (
    A_VAULT,
    EFS_VAULT,
    REGION,
    VAULT,
    efs_automatic_backup,
    permitted,
    r,
    v,
    vault,
    via,
)

unplanned = Flag(
    "unplanned",
    per=(REGION, VAULT),
    reads=("no backup plan backs up into the vault", "a backup plan may back up into the vault"),
    words=("no", "yes", "no"),
    label="without plan",
    owner=A_VAULT,
)

NOTHING_PLANNED = Refusal("nothing-planned", "no backup plan backs up into this vault", None)
PLAN_BELONGS_TO_EFS = Refusal(
    "plan-belongs-to-efs", "only turning off EFS automatic backup removes its plan", "InvalidRequestException"
)

PLANNED = Guard(~unplanned[r, v], NOTHING_PLANNED, "PLAN-2", stratum=CLIENT)

CREATE, DELETE = "create_backup_plan", "delete_backup_plan"
START = "start_job"
TURN_ON, TURN_OFF = "perform_efs_automatic_backup", "turn_off_efs_automatic_backup"

RULES = (
    Rule(
        CREATE,
        "create a backup plan for a vault",
        by="person",
        operations=("backup:CreateBackupPlan", "backup:CreateBackupSelection"),
        clauses=("PLAN-1",),
        place=(r, v),
        inputs=(permitted, via),
        guards=(BACKUP_PERMISSION, NAMES_VAULT),
        effects=(unplanned[r, v].becomes(False, clause="PLAN-1"),),
    ),
    Rule(
        DELETE,
        "delete the backup plans of a vault, after their selections",
        by="person",
        operations=("backup:DeleteBackupSelection", "backup:DeleteBackupPlan"),
        clauses=("PLAN-2",),
        place=(r, v),
        inputs=(permitted, via),
        guards=(BACKUP_PERMISSION, Guard(~v.is_(EFS_VAULT), PLAN_BELONGS_TO_EFS, "PLAN-4")),
        effects=(unplanned[r, v].becomes(True, clause="PLAN-2"),),
    ),
)

SAYS_SO = Ends((NOTHING_PLANNED.id,))
UNPLANNED_START = Some((r, v), at_vault(START) & unplanned[r, v])
EFS_UNPLANNED = unplanned[r, EFS_VAULT]

PROPERTIES = (
    Property(
        "step",
        "jobs_start_only_with_a_plan",
        "Without a backup plan for its vault no job starts, and the reason names the plan",
        everywhere(at_vault(START).implies((unplanned[r, v] & SAYS_SO) | (~unplanned[r, v] & ~SAYS_SO))),
        ("PLAN-1", "PLAN-2"),
    ),
    Property(
        "step",
        "plans_are_created_on_request",
        "A permitted caller can create a backup plan for a vault",
        answers((CREATE,), NOT_PERMITTED_CASE, NO_VAULT_CASE, done=After(~unplanned[r, v])),
        ("PLAN-1",),
    ),
    Property(
        "step",
        "plans_are_deleted_on_request",
        "A permitted caller can delete every backup plan except that of EFS automatic backup",
        answers((DELETE,), NOT_PERMITTED_CASE, (v.is_(EFS_VAULT), PLAN_BELONGS_TO_EFS.id), done=After(unplanned[r, v])),
        ("PLAN-2", "PLAN-4"),
    ),
    Property(
        "step",
        "efs_automatic_backup_brings_its_plan",
        "EFS automatic backup creates its backup plan when it is turned on, and removes it when it is turned off",
        Every(
            (r,),
            (Does((TURN_ON,), (r,)) & DONE).implies(After(~EFS_UNPLANNED))
            & (Does((TURN_OFF,), (r,)) & DONE).implies(After(EFS_UNPLANNED)),
        ),
        ("PLAN-4",),
    ),
    Property(
        "step",
        "plans_change_only_by_their_actions",
        "Backup plans change only by the actions on their vault, or on EFS automatic backup in its Region",
        everywhere(
            (unplanned[r, v] & After(~unplanned[r, v])).implies(
                at_vault(CREATE) | (Does((TURN_ON,), (r,)) & v.is_(EFS_VAULT))
            )
            & (~unplanned[r, v] & After(unplanned[r, v])).implies(
                at_vault(DELETE) | (Does((TURN_OFF,), (r,)) & v.is_(EFS_VAULT))
            )
        )
        & changes_only((CREATE, DELETE), "unplanned", own=(unplanned,)),
        ("PLAN-1", "PLAN-2", "PLAN-3", "PLAN-4"),
    ),
    Property(
        "sometimes",
        "vault_refills_while_planned",
        "A vault that was emptied can fill again while a backup plan is left",
        ~EMPTY,
        ("PLAN-1",),
        earlier=vault[r, v] & EMPTY & ~unplanned[r, v],
        meanwhile=Does((START, "finish_job")),
        each=(r, v),
    ),
)

BACKUP_PLANS = Extension(
    "backup-plans",
    "jobs start only while a backup plan backs up into their vault, and operators can delete the plans",
    pages=("Backup plans", "Delete a backup plan", "Amazon EFS User Guide: automatic backups (2021)"),
    state=(unplanned,),
    rules=RULES,
    guards=(AddedGuard((START,), "first", PLANNED),),
    effects=(
        AddedEffects(TURN_ON, (unplanned[r, EFS_VAULT].becomes(False, clause="PLAN-4"),)),
        AddedEffects(TURN_OFF, (unplanned[r, EFS_VAULT].becomes(True, clause="PLAN-4"),)),
    ),
    amendments=(
        Amendment(
            (
                "missing_resource_is_reported",
                "existing_things_are_not_made_twice",
                "nothing_starts_while_deleting",
                "jobs_start_and_end",
            ),
            "A job without a backup plan does not start in any case.",
            unless=UNPLANNED_START,
        ),
        Amendment(
            ("cleanup_ends_without_role",),
            "The operator stops new work by deleting the plans, so that nothing needs to be assumed about new jobs.",
            meanwhile=Does((START,)) | (Does((DELETE, TURN_OFF)) & BY_OPERATOR),
            fair=(
                Fair(
                    "weak",
                    Does((DELETE,), (r, v)) & BY_OPERATOR & ~v.is_(EFS_VAULT) & ~unplanned[r, v],
                    "the operator deletes every backup plan",
                    each=(r, v),
                ),
                Fair(
                    "weak",
                    Does((TURN_OFF,), (r,)) & BY_OPERATOR & ~EFS_UNPLANNED,
                    "the operator turns EFS automatic backup off in every Region",
                    each=(r,),
                ),
            ),
            variant="cleanup_without_plans_ends_without_role",
            sentence="An operator who deletes the backup plans and keeps cleaning up deletes the role",
            clauses=("PLAN-2", "PLAN-4"),
        ),
    ),
    properties=PROPERTIES,
    clauses=(
        Clause(
            "PLAN-1",
            "rule",
            "AWS Backup backs up the resources of a plan by itself, into the vault that the plan names.",
            ("67f8dbd91f81c133877d121067e9b64a2fcad679132cdbf28a128946021ab3b6",),
            page="Backup plans",
        ),
        Clause(
            "PLAN-2",
            "rule",
            "A plan can be deleted when its selections of resources were deleted; then it starts no more jobs.",
            ("9b1aa73c7d91a9efa4be7ada6802ea2c7c6854d2ae42a6e5a9b29e76286aa232",),
            page="Delete a backup plan",
        ),
        Clause(
            "PLAN-3",
            "property",
            "Deleting a plan deletes no recovery point.",
            ("e0d929ff77d83f044f45c8e48755cf863067092bb415bbad7aa83a35cbbef7ec",),
            page="Delete a backup plan",
        ),
        Clause(
            "PLAN-4",
            "rule",
            "The plan of EFS automatic backup cannot be deleted by itself.",
            ("0b60bd3e1690d7b1c25360ce3f9989ecee7cc3d90e4c5282edc795362e82be9d",),
            page="Amazon EFS User Guide: automatic backups (2021)",
        ),
    ),
    conventions={
        "ASSUME-PLAN": "An account about which nothing is known has plans for all its vaults, since in the page's "
        "own rules jobs may start. Turning off EFS automatic backup stops its plan."
    },
    activity=Activity(
        plans=(
            Plan("backup-plan", covers=~v.is_(EFS_VAULT), starts_while=~unplanned[r, v] & vault[r, v]),
            Plan("efs", covers=v.is_(EFS_VAULT), starts_while=efs_automatic_backup[r] & ~unplanned[r, v] & vault[r, v]),
        ),
        stops=(DELETE, TURN_OFF),
    ),
)
