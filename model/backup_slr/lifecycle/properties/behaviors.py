"""Behaviors: what can happen (*sometimes*), what must happen (*eventually*), and what stays possible (*possible*).

A *sometimes* property fails if the rules are too strict. An *eventually* property states the fairness that it needs. A
*possible* property shows that no reachable state is a dead end. `core.rule.Property` defines the kinds.
"""

from dataclasses import replace

from backup_slr.engine.core.formula import Does, Ends, Every, Param, Some
from backup_slr.engine.core.rule import Fair, Property
from backup_slr.lifecycle.guards import ANOTHER_VAULT_HERE
from backup_slr.lifecycle.predicates import (
    ABSENT,
    BY_OPERATOR,
    DELETING,
    DONE,
    ORDINARY,
    PRESENT,
    REFUSED,
    at_vault,
)
from backup_slr.lifecycle.rules import RULES
from backup_slr.lifecycle.vocabulary import (
    DEFAULT,
    REGION,
    cross_account,
    efs_automatic_backup,
    points,
    r,
    using_role,
    v,
    vault,
)

BY_SERVICE = Does(tuple(rule.action for rule in RULES if rule.by == "service"))
elsewhere = Param("elsewhere", REGION)

SOMETIMES = (
    Property(
        "sometimes",
        "role_gone_with_feature_on",
        "The role can be absent while a feature is on",
        ABSENT & (cross_account | Some((r,), efs_automatic_backup[r])),
        ("CREATE-7", "DELETE-2"),
    ),
    Property(
        "sometimes",
        "deletion_fails_for_another_region",
        "A deletion can fail because of a Region that was overlooked",
        Ends(("resources-remain",)) & Every((v,), ~vault[r, v]) & Some((v,), vault[elsewhere, v]),
        ("REGION-1", "CLEAN-2"),
        earlier=Some((v,), vault[r, v]) & Some((v,), vault[elsewhere, v]),
        meanwhile=~Does(("delete_backup_vault", "delete_recovery_point"), (elsewhere,)),
        each=(r, elsewhere),
        needs=(("region", 2),),
    ),
    Property(
        "sometimes",
        "empty_vault_fills_before_deletion",
        "A vault that was empty can hold a recovery point when its deletion arrives",
        Does(("delete_backup_vault",), (r, v)) & Ends(("vault-has-recovery-points",)),
        ("CLEAN-1", "CLEAN-3"),
        earlier=vault[r, v] & points[r, v].is_zero(),
        meanwhile=BY_SERVICE,
        each=(r, v),
    ),
    Property(
        "sometimes",
        "deletion_succeeds_despite_use",
        "A deletion can succeed while the service uses the role",
        Does(("delete_backup_vault", "delete_recovery_point")) & DONE & using_role,
        ("CLEAN-3",),
    ),
    Property(
        "sometimes",
        "role_returns_after_deletion",
        "The role can be present again after it was deleted",
        PRESENT,
        ("CREATE-7",),
        earlier=ABSENT & cross_account,
    ),
)

JOBS_END = Fair("weak", Does(("finish_job",), (r, v)) & DONE, "every job ends", each=(r, v))
TASKS_END = Fair("weak", Does(("finish_deletion_task",)) & ~REFUSED, "IAM ends every deletion task")
EXISTS = ~Ends(("no-such-vault", "no-recovery-points", "no-such-role"))
DELETION = Does(("delete_backup_vault", "delete_recovery_point"), (r, v))
RETRIED = DELETION & BY_OPERATOR

CLEANING = Does(("delete_recovery_point", "delete_backup_vault")) & BY_OPERATOR
REQUESTING = Does(("delete_service_linked_role",)) & BY_OPERATOR

CLEANUP = Property(
    "eventually",
    "cleanup_ends_without_role",
    "If no new jobs start, an operator who keeps cleaning up deletes the role",
    ABSENT,
    ("DELETE-3", "CLEAN-1", "CLEAN-2", "CLEAN-4", "CLEAN-6"),
    earlier=~ABSENT,
    meanwhile=Does(("finish_job", "finish_deletion_task")) | CLEANING | REQUESTING,
    fair=(
        JOBS_END,
        TASKS_END,
        Fair(
            "weak",
            Does(("delete_recovery_point",), (r, v)) & EXISTS,
            "the operator tries to delete every recovery point",
            each=(r, v),
        ),
        Fair(
            "weak",
            Does(("delete_backup_vault",), (r, v)) & EXISTS,
            "the operator tries to delete every vault",
            each=(r, v),
        ),
        Fair("weak", Does(("delete_service_linked_role",)) & EXISTS, "the operator requests the deletion of the role"),
    ),
)
IN_ORDER = at_vault("delete_backup_vault") & (
    (v.is_(DEFAULT) & ANOTHER_VAULT_HERE) | (~v.is_(DEFAULT) & ~vault[r, DEFAULT])
)
TEMPORARY = at_vault("create_backup_vault") & ORDINARY & vault[r, DEFAULT]

EVENTUALLY = (
    Property(
        "eventually",
        "retried_deletion_succeeds",
        "A deletion refused for use of the role succeeds when it is retried",
        DELETION & DONE,
        ("CLEAN-3", "CLEAN-4"),
        earlier=DELETION & Ends(("service-using-role",)),
        fair=(Fair("strong", RETRIED & DONE, "the operator retries the deletion, and the retries do not all collide"),),
        each=(r, v),
    ),
    Property(
        "eventually",
        "retries_suffice_without_new_work",
        "If no new jobs start, retrying such a deletion is enough",
        DELETION & DONE,
        ("CLEAN-3", "CLEAN-4"),
        earlier=DELETION & Ends(("service-using-role",)),
        meanwhile=Does(("finish_job",)) | CLEANING,
        # Retrying the deletion of the vault alone is not enough: the job that collided may have added a recovery point.
        fair=(
            JOBS_END,
            Fair(
                "weak",
                RETRIED & EXISTS & Does(("delete_recovery_point",)),
                "the operator tries to delete its recovery points",
            ),
            Fair("weak", RETRIED & EXISTS & Does(("delete_backup_vault",)), "the operator tries to delete the vault"),
        ),
        each=(r, v),
    ),
    Property(
        "eventually",
        "deletion_task_ends",
        "Every deletion task ends",
        ~DELETING,
        ("DELETE-4", "ASSUME-TASK"),
        earlier=DELETING,
        fair=(TASKS_END,),
    ),
    CLEANUP,
    replace(
        CLEANUP,
        id="default_vault_first_ends_without_role",
        sentence="If no new jobs start, an operator who deletes each default vault first, beside another vault, "
        "deletes the role",
        meanwhile=Does(("finish_job", "finish_deletion_task"))
        | (BY_OPERATOR & (Does(("delete_recovery_point",)) | Some((r, v), IN_ORDER | TEMPORARY)))
        | REQUESTING,
        fair=(
            *CLEANUP.fair,
            Fair(
                "weak",
                Some((v,), TEMPORARY) & ~ANOTHER_VAULT_HERE & BY_OPERATOR & DONE,
                "the operator creates a temporary vault beside a default vault that is alone in its Region",
                each=(r,),
            ),
        ),
        needs=(("vault", 3),),  # Default, that of EFS, and a temporary one
        variant_of=CLEANUP.id,
    ),
)

POSSIBLE = (
    Property(
        "possible",
        "role_deletable_from_everywhere",
        "From every reachable state the role can still be deleted",
        ABSENT,
        ("DELETE-4", "DELETE-3"),
    ),
    Property(
        "possible",
        "role_creatable_from_everywhere",
        "From every reachable state the role can become present",
        PRESENT,
        ("CREATE-1", "CREATE-7"),
    ),
)
