"""The extension ``obstacle``: something protects the recovery points of a vault, and someone or something lifts it.

It is the common abstraction of the extensions about locks, holds, policies and slow deletions. It keeps only who or
what removes the obstacle, which is enough to decide whether the role can still be deleted, with far fewer states.
"""

from backup_slr.engine.core.formula import TRUE, After, Does, Some, Unchanged
from backup_slr.engine.core.rule import Fair, Guard, Property, Refusal, Rule
from backup_slr.engine.core.variable import Enum
from backup_slr.engine.spec.extension import AddedEffects, AddedGuard, Amendment, Extension
from backup_slr.engine.spec.processes import Activity
from backup_slr.lifecycle.extensions.order import LOCK
from backup_slr.lifecycle.extensions.statements import (
    NO_VAULT_CASE,
    NOT_PERMITTED_CASE,
    answers,
    changes_only,
    operator_does,
)
from backup_slr.lifecycle.guards import BACKUP_PERMISSION, CONSOLE_VISIT_HERE, NEEDS_VAULT
from backup_slr.lifecycle.predicates import BY_OPERATOR, DONE, EMPTY, GAINS_A_POINT, at_vault, everywhere
from backup_slr.lifecycle.vocabulary import A_VAULT, REGION, VAULT, collides, job, permitted, r, using_role, v, via

obstacle = Enum(
    "obstacle",
    ("open", "person", "time", "never"),
    per=(REGION, VAULT),
    reads=(
        "nothing protects its recovery points",
        "its recovery points are protected until a person acts",
        "its recovery points are protected until time passes",
        "its recovery points are protected permanently",
    ),
    reads_not=(
        "something protects its recovery points",
        "no person needs to act on its recovery points",
        "its recovery points do not wait for time to pass",
        "its recovery points are not protected permanently",
    ),
    owner=A_VAULT,
)
OPEN, PERSON, TIME, NEVER = (obstacle[r, v].is_(value) for value in obstacle.values)
WEAKER = {"person": OPEN, "time": OPEN | PERSON, "never": ~NEVER}
"""For each protection, where a new recovery point that has it adds to that of the vault: one never weakens another."""

born = Enum(
    "born",
    obstacle.values,
    kind="choice",
    reads=(
        "the new recovery point is not protected",
        "the new recovery point is protected until a person acts",
        "the new recovery point is protected until time passes",
        "the new recovery point is protected permanently",
    ),
    reads_not=(
        "the new recovery point is protected",
        "the new recovery point does not wait for a person",
        "the new recovery point does not wait for time to pass",
        "the new recovery point is not protected permanently",
    ),
)
lifted_by = Enum(
    "lifted_by",
    ("person", "time"),
    kind="parameter",
    reads=("a person can lift the protection", "only time lifts the protection"),
    reads_not=("no person can lift the protection", "a person can lift the protection"),
)

NEEDS_A_PERSON = Refusal(
    "protected-until-a-person-acts",
    "a person must lift the protection of the recovery points",
    "InvalidRequestException",
)
NEEDS_TIME = Refusal(
    "protected-until-time-passes", "only time lifts the protection of the recovery points", "InvalidRequestException"
)
PERMANENT = Refusal(
    "protected-permanently", "nothing lifts the protection of the recovery points", "InvalidRequestException"
)
NOTHING_TO_PROTECT = Refusal("nothing-to-protect", "the vault holds no unprotected recovery points", None)
NOTHING_TO_LIFT = Refusal("nothing-to-lift", "there is no protection that a person can lift", None, absent=True)
NOTHING_WAITS = Refusal("nothing-waits", "there is no protection that ends by itself", None, absent=True)

PLACE, REMOVE, PASS = "place_obstacle", "remove_obstacle", "time_passes"
DELETE = ("delete_recovery_point",)

RULES = (
    Rule(
        PLACE,
        "protect the recovery points of a vault",
        by="person",
        operations=(),
        clauses=("OBSTACLE-1",),
        place=(r, v),
        inputs=(permitted, via, lifted_by),
        guards=(BACKUP_PERMISSION, NEEDS_VAULT, Guard(~EMPTY & OPEN, NOTHING_TO_PROTECT, "OBSTACLE-1")),
        effects=(
            CONSOLE_VISIT_HERE,
            *(
                obstacle[r, v].becomes(value, clause="OBSTACLE-1", when=lifted_by.is_(value))
                for value in lifted_by.values
            ),
        ),
    ),
    Rule(
        REMOVE,
        "lift the protection of the recovery points of a vault",
        by="person",
        operations=(),
        clauses=("OBSTACLE-2",),
        place=(r, v),
        inputs=(permitted, via),
        guards=(BACKUP_PERMISSION, NEEDS_VAULT, Guard(PERSON, NOTHING_TO_LIFT, "OBSTACLE-2")),
        effects=(CONSOLE_VISIT_HERE, obstacle[r, v].becomes("open", clause="OBSTACLE-2")),
    ),
    Rule(
        PASS,
        "time lifts the protection of the recovery points of a vault",
        by="service",
        operations=(),
        clauses=("OBSTACLE-3",),
        place=(r, v),
        guards=(Guard(TIME, NOTHING_WAITS, "OBSTACLE-3"),),
        effects=(obstacle[r, v].becomes("open", clause="OBSTACLE-3"),),
    ),
)

BLOCKED = Some((r, v), at_vault(*DELETE) & ~OPEN)
ANY_NEVER = Some((r, v), NEVER)
TIME_PASSES = Fair("weak", at_vault(PASS) & DONE, "time passes", each=(r, v))
PERSON_LIFTS = operator_does("the operator lifts every protection that a person can lift", REMOVE)

PROTECTS_A_POINT = Property(
    "always",
    "only_vaults_with_points_are_protected",
    "A vault whose recovery points are protected is not empty",
    everywhere(OPEN | ~EMPTY),
    ("OBSTACLE-1",),
)
"""True unless another extension empties vaults too: a helper of proofs."""

PROPERTIES = (
    Property(
        "step",
        "obstacles_block_deletion",
        "Deleting a protected recovery point is refused, and the reason says who or what lifts the protection",
        answers(
            DELETE,
            NOT_PERMITTED_CASE,
            NO_VAULT_CASE,
            (EMPTY, "no-recovery-points"),
            (PERSON, NEEDS_A_PERSON.id),
            (TIME, NEEDS_TIME.id),
            (NEVER, PERMANENT.id),
            (using_role & collides, "service-using-role"),
            done=TRUE,
        ),
        ("OBSTACLE-2", "OBSTACLE-3", "OBSTACLE-4"),
        by=(PROTECTS_A_POINT,),
    ),
    Property(
        "step",
        "obstacles_are_placed_on_request",
        "A permitted caller can protect unprotected recovery points",
        answers(
            (PLACE,),
            NOT_PERMITTED_CASE,
            NO_VAULT_CASE,
            (EMPTY | ~OPEN, NOTHING_TO_PROTECT.id),
            done=(~lifted_by.is_("person") | After(PERSON)) & (~lifted_by.is_("time") | After(TIME)),
        ),
        ("OBSTACLE-1",),
    ),
    Property(
        "step",
        "obstacles_are_lifted_on_request",
        "A permitted caller can lift the protection that a person can lift, and no other",
        answers((REMOVE,), NOT_PERMITTED_CASE, NO_VAULT_CASE, (~PERSON, NOTHING_TO_LIFT.id), done=After(OPEN)),
        ("OBSTACLE-2",),
    ),
    Property(
        "step",
        "time_lifts_only_what_waits_for_it",
        "Time lifts only the protection that waits for it",
        answers((PASS,), (~TIME, NOTHING_WAITS.id), done=After(OPEN)),
        ("OBSTACLE-3",),
    ),
    Property(
        "step",
        "obstacles_change_only_by_their_actions",
        "The protection of a vault changes only by actions on this vault, and a permanent one never ends",
        everywhere(
            (OPEN & After(~OPEN)).implies(at_vault(PLACE) | at_vault("finish_job") & GAINS_A_POINT)
            & (PERSON & After(~PERSON)).implies(at_vault(REMOVE) | at_vault("finish_job") & GAINS_A_POINT)
            & (TIME & After(~TIME)).implies(at_vault(PASS) | at_vault("finish_job") & GAINS_A_POINT & After(NEVER))
            & NEVER.implies(After(NEVER))
        )
        & changes_only((PLACE, REMOVE), "obstacle", "vault", own=(obstacle,))
        & changes_only((PASS,), "obstacle", own=(obstacle,)),
        ("OBSTACLE-1", "OBSTACLE-2", "OBSTACLE-3", "OBSTACLE-4"),
    ),
    Property(
        "step",
        "new_points_bring_their_obstacle",
        "A recovery point that a job leaves is protected as it was created, or more strongly, as its vault",
        everywhere(
            (at_vault("finish_job") & job[r, v] & GAINS_A_POINT).implies(
                (~(born.is_("person") & OPEN) | After(PERSON))
                & (~(born.is_("time") & (OPEN | PERSON)) | After(TIME))
                & (~born.is_("never") | After(NEVER))
                & (~born.is_("open") | Unchanged(("obstacle",)))
                & (~(born.is_("person") & ~OPEN | born.is_("time") & (TIME | NEVER)) | Unchanged(("obstacle",)))
            )
        ),
        ("OBSTACLE-1",),
    ),
)

OBSTACLE = Extension(
    "obstacle",
    "recovery points can be protected until a person acts, until time passes, or permanently",
    state=(obstacle,),
    rules=RULES,
    guards=(
        AddedGuard(DELETE, "before service-using-role", Guard(~PERSON, NEEDS_A_PERSON, "OBSTACLE-2", stratum=LOCK)),
        AddedGuard(DELETE, "before service-using-role", Guard(~TIME, NEEDS_TIME, "OBSTACLE-3", stratum=LOCK)),
        AddedGuard(DELETE, "before service-using-role", Guard(~NEVER, PERMANENT, "OBSTACLE-4", stratum=LOCK)),
    ),
    effects=(
        AddedEffects(
            "finish_job",
            tuple(
                obstacle[r, v].becomes(value, clause="OBSTACLE-1", when=GAINS_A_POINT & born.is_(value) & weaker)
                for value, weaker in WEAKER.items()
            ),
            inputs=(born,),
        ),
    ),
    amendments=(
        Amendment(
            ("collision_is_reported", "point_deletion_succeeds_without_use"),
            "A protected recovery point cannot be deleted.",
            unless=BLOCKED,
        ),
        Amendment(
            ("role_deletable_from_everywhere",),
            "A permanent obstacle keeps the recovery point, its vault and the role.",
            unless=ANY_NEVER,
        ),
        Amendment(
            ("cleanup_ends_without_role",),
            "The operator lifts what a person can lift, and waits for the rest; a permanent obstacle stays.",
            unless=ANY_NEVER,
            meanwhile=Does((PASS,)) | (Does((REMOVE,)) & BY_OPERATOR),
            fair=(TIME_PASSES, PERSON_LIFTS),
        ),
        Amendment(
            ("retries_suffice_without_new_work", "retried_deletion_succeeds"),
            "While the operator retries, a job can leave a protected recovery point, or someone can protect one.",
            unless=After(~OPEN),
        ),
    ),
    properties=PROPERTIES,
    excludes={
        "access-policy": "an access policy is one of the obstacles that this extension abstracts from",
        "retention": "obstacle is the abstraction of what builds on retention, as vault-lock and legal-hold do",
        "vault-lock": "obstacle is the abstraction of vault-lock",
        "legal-hold": "obstacle is the abstraction of legal-hold",
        "deleting": "obstacle is the abstraction of deleting",
        "expired": "obstacle is the abstraction of expired",
    },
    conventions={
        "OBSTACLE-1": "A vault's recovery points can be protected, by a request about the vault or because a job "
        "leaves one that is.",
        "OBSTACLE-2": "Some protection lasts until a person lifts it, such as a governance lock, a hold, a policy.",
        "OBSTACLE-3": "Some protection ends by itself: a retention period, a deletion that is under way.",
        "OBSTACLE-4": "Some protection never ends: an immutable lock on a recovery point that is kept forever. "
        "Only the closure of the account ends it: 90 days later AWS deletes what it holds, locked or not.",
    },
    activity=Activity(clocks={PASS: None}),
)
