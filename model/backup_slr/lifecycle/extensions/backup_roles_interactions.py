"""Where ``backup-roles`` meets other extensions: they also apply to jobs and recovery points under the own role.

Each part is composed by itself once the extensions that it requires are.
"""

from backup_slr.engine.core.formula import After, Does, Ends, Every, Some, Unchanged
from backup_slr.engine.core.rule import Fair, Guard, Property, Rule
from backup_slr.engine.core.variable import Flag
from backup_slr.engine.spec.extension import AddedEffects, AddedGuard, Amendment, Extension, Restriction
from backup_slr.engine.spec.processes import Activity
from backup_slr.lifecycle import assumptions as assume
from backup_slr.lifecycle.extensions.access_policy import ACCESS_POLICY, DENIED, DENIED_BY_POLICY, POLICY_ALLOWS
from backup_slr.lifecycle.extensions.backup_plans import BACKUP_PLANS, NOTHING_PLANNED, PLANNED, unplanned
from backup_slr.lifecycle.extensions.backup_roles import BACKUP_ROLES, creation
from backup_slr.lifecycle.extensions.backup_roles_actions import (
    DELETE,
    DELETED_WITH_THE_ROLE,
    FINISH,
    GAINS_A_POINT,
    HAS_ROLE,
    LAST_OWN_POINT,
    LOSES_A_POINT,
    MAY_NOT_CREATE_ROLE,
    OWN_EMPTY,
    START,
    may_create_role,
    own_job,
    own_points,
)
from backup_slr.lifecycle.extensions.default_vault_refilled import DEFAULT_VAULT_REFILLED, VISIT, VISITED
from backup_slr.lifecycle.extensions.retention import (
    ENDLESS_RETENTION,
    NO_RETENTION_ENDS,
    RETENTION,
    keeps_forever,
    kept_forever,
)
from backup_slr.lifecycle.extensions.statements import answers, blocks, changes_only
from backup_slr.lifecycle.extensions.vault_lock import AIR_GAPPED, UNLOCKED, UNLOCKED_VAULT, VAULT_LOCK, VAULT_LOCKED
from backup_slr.lifecycle.predicates import ABSENT, DONE, at_vault, everywhere
from backup_slr.lifecycle.vocabulary import A_VAULT, DEFAULT, REGION, VAULT, permitted, r, v, vault

# ---------------------------------------------------------------- backup-plans

SAYS_SO = Ends((NOTHING_PLANNED.id,))

PLANS = Extension(
    "backup-roles-and-plans",
    "jobs under the customer's own role start only while a backup plan backs up into their vault",
    requires=(BACKUP_PLANS, BACKUP_ROLES),
    guards=(AddedGuard((START,), "first", PLANNED),),
    amendments=(
        Amendment(
            ("own_jobs_need_only_their_vault",),
            "A job without a backup plan does not start in any case.",
            unless=Some((r, v), at_vault(START) & unplanned[r, v]),
        ),
        Amendment(
            ("cleanup_without_plans_ends_without_role",),
            "Deleting the plans stops the jobs under the customer's own role too.",
            meanwhile=Does((START,)),
        ),
    ),
    properties=(
        Property(
            "step",
            "own_jobs_start_only_with_a_plan",
            "Without a backup plan for its vault no job under the customer's own role starts, and the reason names the "
            "plan",
            everywhere(at_vault(START).implies((unplanned[r, v] & SAYS_SO) | (~unplanned[r, v] & ~SAYS_SO))),
            ("PLAN-1", "PLAN-2"),
        ),
    ),
)

# ---------------------------------------------------------------- default-vault-refilled

VISITS = Extension(
    "backup-roles-and-visits",
    "a visit of the vaults page creates the role only with the permission for that",
    requires=(DEFAULT_VAULT_REFILLED, BACKUP_ROLES),
    guards=creation((VISIT,), assume.TRIGGER_WITHOUT_PERMISSION.read_as("refused")),
    effects=(AddedEffects(VISIT, inputs=(may_create_role,)),),
    restrictions=tuple(Restriction(VISIT, variable, may_create_role) for variable in ("role", "description")),
    amendments=(
        Amendment(
            ("visit_creates_role_and_default_vault",),
            "A visit does not create the role without the permission for that.",
            unless=Does((VISIT,)) & ~may_create_role,
        ),
    ),
    properties=(
        Property(
            "step",
            "visits_create_the_role_only_with_its_permission",
            "A visit of the vaults page without the permission to create the role leaves the role as it is; it is "
            "refused for it, or creates the Default vault alone",
            Every(
                (r,),
                (VISITED & ~may_create_role).implies(Unchanged(("role", "description")))
                & (VISITED & ~may_create_role & ABSENT & permitted).implies(
                    Ends((MAY_NOT_CREATE_ROLE.id,)) | (DONE & After(vault[r, DEFAULT]))
                ),
            ),
            ("PERM-1", "CREATE-5", "REFILL-3"),
        ),
    ),
)

# ---------------------------------------------------------------- retention

own_kept_forever = Flag(
    "own_kept_forever",
    per=(REGION, VAULT),
    reads=(
        "one of its own-role recovery points is kept without end",
        "none of its own-role recovery points is kept without end",
    ),
    words=("no", "yes", "no"),
    label="own-role recovery point kept without end",
    owner=A_VAULT,
)
OWN_RETENTION_ENDS = "own_retention_ends"
CAN_END = ~OWN_EMPTY & (~own_kept_forever[r, v] | ~LAST_OWN_POINT)

OWN_RETENTION = Extension(
    "backup-roles-and-retention",
    "AWS Backup deletes recovery points made under the customer's own role when their retention periods end",
    requires=(RETENTION, BACKUP_ROLES),
    state=(own_kept_forever,),
    rules=(
        Rule(
            OWN_RETENTION_ENDS,
            "the retention period of a recovery point made under the customer's own role ends, and AWS Backup deletes "
            "it",
            by="service",
            operations=(),
            clauses=("RETAIN-1", "OWN-3", "OWN-4", "ASSUME-OWN-RETENTION"),
            place=(r, v),
            inputs=(may_create_role,),
            guards=(Guard(CAN_END, NO_RETENTION_ENDS, "RETAIN-1"),),
            effects=LOSES_A_POINT,
        ),
    ),
    effects=(
        AddedEffects(
            FINISH,
            (
                own_kept_forever[r, v].becomes(
                    True, clause="RETAIN-2", when=keeps_forever & GAINS_A_POINT, under=ENDLESS_RETENTION.read_as("yes")
                ),
            ),
            inputs=(keeps_forever,),
        ),
        AddedEffects(
            DELETE,
            (own_kept_forever[r, v].becomes(False, clause="ASSUME-KEPT", when=~OWN_EMPTY & LAST_OWN_POINT & HAS_ROLE),),
        ),
    ),
    amendments=(
        Amendment(
            ("own_jobs_and_points_change_only_by_their_actions",),
            "The end of a retention period deletes recovery points as well.",
            unless=Does((OWN_RETENTION_ENDS,)),
        ),
    ),
    properties=(
        Property(
            "always",
            "endless_retention_needs_an_own_point",
            "A vault where a recovery point made under the customer's own role is kept without end holds such a point",
            everywhere(~own_kept_forever[r, v] | ~OWN_EMPTY),
            ("RETAIN-2", "ASSUME-KEPT"),
        ),
        Property(
            "step",
            "own_retention_ends_where_it_can",
            "The end of a retention period deletes one recovery point made under the customer's own role, as a request "
            "does, but never the last one of those kept without end",
            answers((OWN_RETENTION_ENDS,), (~CAN_END, NO_RETENTION_ENDS.id), done=DELETED_WITH_THE_ROLE)
            & changes_only(
                (OWN_RETENTION_ENDS,),
                "own_points",
                "role",
                own=(kept_forever, own_points, own_job, own_kept_forever),
            ),
            ("RETAIN-1", "OWN-4", "ASSUME-OWN-RETENTION"),
        ),
        Property(
            "step",
            "endless_retention_of_own_points_changes_in_place",
            "Only a job under the customer's own role brings such a recovery point that is kept without end, and only "
            "the deletion of the last one removes it",
            everywhere(
                (~own_kept_forever[r, v] & After(own_kept_forever[r, v])).implies(
                    at_vault(FINISH) & ~Unchanged(("own_points",))
                )
                & (own_kept_forever[r, v] & After(~own_kept_forever[r, v])).implies(
                    at_vault(DELETE) & LAST_OWN_POINT & After(OWN_EMPTY)
                )
            ),
            ("RETAIN-2", "ASSUME-KEPT"),
        ),
    ),
    conventions={
        "ASSUME-OWN-RETENTION": "The end of a retention period deletes a recovery point made under the customer's own "
        "role as a request does: with the service-linked role, which it creates if that is absent and the role of the "
        "recovery point may do so; else the recovery point stays."
    },
    activity=Activity(clocks={OWN_RETENTION_ENDS: None}),
)

# ---------------------------------------------------------------- access-policy

POLICY = Extension(
    "backup-roles-and-access-policy",
    "an access policy also denies the deletion of recovery points made under the customer's own role",
    requires=(ACCESS_POLICY, BACKUP_ROLES),
    guards=(AddedGuard((DELETE,), "after not-permitted", POLICY_ALLOWS),),
    amendments=(
        Amendment(
            ("own_points_are_deleted_with_the_role",),
            "Nothing in a vault can be deleted while its access policy denies it.",
            unless=Some((r, v), at_vault(DELETE) & DENIED),
        ),
    ),
    properties=(
        Property(
            "step",
            "access_policy_blocks_deletion_of_own_points",
            "A permitted deletion of a recovery point made under the customer's own role is refused for the access "
            "policy of its vault exactly when the policy denies it",
            everywhere(
                (at_vault(DELETE) & permitted & DENIED).implies(Ends((DENIED_BY_POLICY.id,)))
                & (at_vault(DELETE) & Ends((DENIED_BY_POLICY.id,))).implies(permitted & DENIED)
            ),
            ("ACCESS-2", "ACCESS-3"),
        ),
    ),
)

# ---------------------------------------------------------------- vault-lock

LOCK = Extension(
    "backup-roles-and-vault-lock",
    "a lock also keeps the recovery points made under the customer's own role, until their retention periods end",
    requires=(VAULT_LOCK, BACKUP_ROLES),
    guards=(AddedGuard((DELETE,), "before service-using-role", UNLOCKED_VAULT),),
    restrictions=(Restriction(FINISH, "own_kept_forever", ~AIR_GAPPED),),
    amendments=(
        Amendment(
            ("own_points_are_deleted_with_the_role",),
            "A recovery point of a locked vault cannot be deleted.",
            unless=Some((r, v), at_vault(DELETE) & ~UNLOCKED),
        ),
        Amendment(
            ("cleanup_ends_without_role",),
            "The operator waits until the retention periods of these recovery points have ended too.",
            meanwhile=Does((OWN_RETENTION_ENDS,)),
            fair=(
                Fair(
                    "weak",
                    at_vault(OWN_RETENTION_ENDS) & DONE,
                    "every retention period of a recovery point made under the customer's own role ends",
                    each=(r, v),
                ),
            ),
        ),
    ),
    properties=(
        Property(
            "step",
            "locked_own_points_stay",
            "No request deletes a recovery point of a locked vault that was made under the customer's own role, and "
            "only a locked vault is named as the reason",
            blocks((DELETE,), ~UNLOCKED, VAULT_LOCKED.id),
            ("LOCK-1", "LOCK-2"),
        ),
        Property(
            "always",
            "air_gapped_vaults_keep_no_own_point_forever",
            "No recovery point of a logically air-gapped vault that was made under the customer's own role is kept "
            "without end",
            everywhere(~(AIR_GAPPED & own_kept_forever[r, v])),
            ("AIRGAP-2",),
        ),
    ),
)

OWN_INTERACTIONS = (PLANS, VISITS, OWN_RETENTION, POLICY, LOCK)
"""In the order in which they are composed where several apply."""
