"""The extension ``policy-lockout``: an access policy that denies its own replacement to every caller.

Such a policy locks its authors out too. What it denies stays denied until someone deletes the policy, and if it denies
that as well, for good: then only the end of retention periods empties the vault.
"""

from backup_slr.engine.core.formula import TRUE, After, Does, Ends, Some
from backup_slr.engine.core.rule import Guard, Property, Refusal, Rule
from backup_slr.engine.core.variable import Enum
from backup_slr.engine.spec.extension import AddedEffects, AddedGuard, Amendment, Extension
from backup_slr.lifecycle.extensions.access_policy import (
    ACCESS_POLICY,
    ANSWERED_AFTER_THE_POLICY,
    DELETIONS_THAT_SUCCEED,
    DENY,
    REMOVE,
    REPLACE,
    deletion_denied,
)
from backup_slr.lifecycle.extensions.order import ACCESS_POLICY as POLICY
from backup_slr.lifecycle.extensions.retention import RETENTION, kept_forever
from backup_slr.lifecycle.extensions.statements import NO_VAULT_CASE, NOT_PERMITTED_CASE, answers, changes_only
from backup_slr.lifecycle.guards import BACKUP_PERMISSION, CONSOLE_VISIT_HERE, NEEDS_VAULT
from backup_slr.lifecycle.predicates import DONE, EMPTY, at_vault, everywhere
from backup_slr.lifecycle.vocabulary import A_VAULT, REGION, VAULT, permitted, r, v, vault, via

lockout = Enum(
    "lockout",
    ("none", "until_deleted", "points", "deletions"),
    per=(REGION, VAULT),
    reads=(
        "its access policy does not deny its own replacement",
        "its access policy denies deletions and its own replacement, but not its own deletion",
        "its access policy denies deletions of recovery points for good, because it denies its own replacement",
        "its access policy denies deletions for good, because it denies its own replacement",
    ),
    reads_not=(
        "its access policy denies its own replacement",
        "its access policy does not wait for its own deletion",
        "its access policy does not deny deletions of recovery points alone for good",
        "its access policy does not deny all deletions for good",
    ),
    label="lockout by access policy",
    owner=A_VAULT,
)
OPEN, UNTIL_DELETED, POINTS, DELETIONS = (lockout[r, v].is_(value) for value in lockout.values)

locks_out = Enum(
    "locks_out",
    lockout.values[1:],
    kind="parameter",
    reads=(
        "the policy is to deny deletions, but not its own deletion",
        "the policy is to deny deletions of recovery points, and its own deletion",
        "the policy is to deny all deletions, its own too",
    ),
    reads_not=(
        "the policy is to deny its own deletion",
        "the policy is not to deny deletions of recovery points alone",
        "the policy is not to deny all deletions",
    ),
)

LOCKED_OUT = Refusal(
    "locked-out-by-access-policy",
    "the access policy of the vault denies the request, and its own replacement",
    "AccessDeniedException",
)

LOCK_OUT = "lock_out_by_access_policy"
DELETE_POINT, DELETE_VAULT = ("delete_recovery_point",), ("delete_backup_vault",)
POINTS_ALLOWED = Guard(OPEN, LOCKED_OUT, "LOCKOUT-2", stratum=POLICY)
VAULT_ALLOWED = Guard(OPEN | POINTS, LOCKED_OUT, "LOCKOUT-2", stratum=POLICY)
POLICY_ALLOWED = Guard(OPEN, LOCKED_OUT, "LOCKOUT-1", stratum=POLICY)
REMOVAL_ALLOWED = Guard(OPEN | UNTIL_DELETED, LOCKED_OUT, "LOCKOUT-3", stratum=POLICY)

RULES = (
    Rule(
        LOCK_OUT,
        "put an access policy that denies its own replacement on a vault",
        by="person",
        operations=("backup:PutBackupVaultAccessPolicy",),
        clauses=("LOCKOUT-1",),
        place=(r, v),
        inputs=(permitted, via, locks_out),
        guards=(BACKUP_PERMISSION, POLICY_ALLOWED, NEEDS_VAULT),
        effects=(
            CONSOLE_VISIT_HERE,
            *(
                lockout[r, v].becomes(value, clause="LOCKOUT-1", when=locks_out.is_(value))
                for value in locks_out.values
            ),
            deletion_denied[r, v].becomes(False, clause="LOCKOUT-1"),
        ),
    ),
)

DENIED = deletion_denied[r, v]
FOR_GOOD = POINTS | DELETIONS
KEEPS_VAULT = UNTIL_DELETED | DELETIONS
DENIES_REQUEST = (
    at_vault(*DELETE_POINT, DENY, REPLACE, LOCK_OUT) & ~OPEN
    | at_vault(*DELETE_VAULT) & KEEPS_VAULT
    | at_vault(REMOVE) & FOR_GOOD
)
"""The policy of the vault denies the request."""
BLOCKED = Some((r, v), at_vault(*DELETE_POINT) & ~OPEN | at_vault(*DELETE_VAULT) & KEEPS_VAULT)
ANY_LOCKOUT = Some((r, v), ~OPEN)

VAULT_EXISTS = Property(
    "always",
    "locked_out_vaults_exist",
    "Only a vault that exists has an access policy that denies its own replacement",
    everywhere(OPEN | vault[r, v]),
    ("LOCKOUT-1",),
)
ONE_POLICY = Property(
    "always",
    "lockout_is_by_the_only_policy",
    "A vault has one access policy: it denies its own replacement, or it can be replaced",
    everywhere(OPEN | ~DENIED),
    ("LOCKOUT-1",),
    by=(VAULT_EXISTS,),
)

PROPERTIES = (
    VAULT_EXISTS,
    ONE_POLICY,
    Property(
        "step",
        "lockout_blocks_what_the_policy_denies",
        "A permitted request is refused for a lockout exactly when the access policy denies it and its own replacement",
        everywhere(
            (DENIES_REQUEST & permitted).implies(Ends((LOCKED_OUT.id,)))
            & Ends((LOCKED_OUT.id,)).implies(Some((r, v), DENIES_REQUEST) & permitted)
        ),
        ("LOCKOUT-2", "LOCKOUT-3"),
        by=(ONE_POLICY,),
    ),
    Property(
        "step",
        "lockout_is_made_on_request",
        "A permitted caller can put a policy on a vault that denies its own replacement, unless its policy denies that",
        answers(
            (LOCK_OUT,),
            NOT_PERMITTED_CASE,
            (~OPEN, LOCKED_OUT.id),
            NO_VAULT_CASE,
            done=(~locks_out.is_("until_deleted") | After(UNTIL_DELETED))
            & (~locks_out.is_("points") | After(POINTS))
            & (~locks_out.is_("deletions") | After(DELETIONS)),
        ),
        ("LOCKOUT-1",),
    ),
    Property(
        "step",
        "lockout_ends_with_the_deletion_of_its_policy",
        "A permitted caller can delete an access policy that does not deny that, and it denies no more",
        everywhere((at_vault(REMOVE) & permitted & UNTIL_DELETED).implies(DONE & After(OPEN))),
        ("LOCKOUT-3",),
        by=(ONE_POLICY, VAULT_EXISTS),
    ),
    Property(
        "step",
        "lockout_changes_only_by_its_actions",
        "A lockout ends only when its policy is deleted, or with its vault, and one of all deletions never ends",
        everywhere(
            (OPEN & After(~OPEN)).implies(at_vault(LOCK_OUT))
            & (UNTIL_DELETED & After(~UNTIL_DELETED)).implies(at_vault(REMOVE) & After(OPEN))
            & (POINTS & After(~POINTS)).implies(at_vault(*DELETE_VAULT) & After(OPEN & ~vault[r, v]))
            & DELETIONS.implies(After(DELETIONS))
        )
        & changes_only(
            (LOCK_OUT,), "lockout", "deletion_denied", "vault", own=(lockout, deletion_denied, kept_forever)
        ),
        ("LOCKOUT-1", "LOCKOUT-2", "LOCKOUT-3"),
    ),
)

POLICY_LOCKOUT = Extension(
    "policy-lockout",
    "an access policy can deny its own replacement to every caller, and its own deletion too",
    requires=(ACCESS_POLICY, RETENTION),
    state=(lockout,),
    rules=RULES,
    guards=(
        AddedGuard(DELETE_POINT, "after not-permitted", POINTS_ALLOWED),
        AddedGuard(DELETE_VAULT, "after not-permitted", VAULT_ALLOWED),
        AddedGuard((DENY, REPLACE), "after not-permitted", POLICY_ALLOWED),
        AddedGuard((REMOVE,), "after not-permitted", REMOVAL_ALLOWED),
    ),
    effects=(
        AddedEffects(REMOVE, (lockout[r, v].becomes("none", clause="LOCKOUT-3", when=UNTIL_DELETED),)),
        AddedEffects("delete_backup_vault", (lockout[r, v].becomes("none", clause="LOCKOUT-4", when=POINTS),)),
    ),
    amendments=(
        Amendment(
            ANSWERED_AFTER_THE_POLICY,
            "The access policy is checked before the vault and what it holds.",
            unless=BLOCKED,
        ),
        Amendment(
            DELETIONS_THAT_SUCCEED,
            "Nothing that the access policy denies can be deleted while it does so.",
            unless=BLOCKED,
        ),
        Amendment(
            ("retries_suffice_without_new_work", "retried_deletion_succeeds"),
            "While the operator retries, someone can put an access policy on the vault that denies the deletion.",
            unless=After(~OPEN),
        ),
        Amendment(
            ("access_policy_is_replaced_on_request", "denying_policy_cannot_be_deleted"),
            "No caller can replace an access policy that denies it, or delete one that denies that.",
            unless=Some((r, v), at_vault(DENY, REPLACE, REMOVE) & ~OPEN),
        ),
        Amendment(
            ("access_policy_changes_only_by_its_actions",),
            "A policy that denies its own replacement replaces one that could be replaced.",
            unless=Does((LOCK_OUT,)),
        ),
        Amendment(
            ("role_deletable_from_everywhere",),
            "An access policy that no caller can replace keeps the vault and the role.",
            unless=ANY_LOCKOUT,
        ),
        Amendment(
            ("cleanup_ends_without_role",),
            "The operator does not replace an access policy that denies that.",
            unless=ANY_LOCKOUT,
        ),
    ),
    properties=PROPERTIES,
    abstracts=(
        ("open", EMPTY | (OPEN & ~DENIED)),
        ("person", OPEN | UNTIL_DELETED),
        ("never", kept_forever[r, v]),
        ("time", TRUE),  # retention periods end; that the vault itself may stay is no obstacle of its recovery points
    ),
    conventions={
        "LOCKOUT-1": "An access policy can deny its own replacement, which is a request about the vault (ACCESS-2). "
        "AWS Config has a rule that asks for a policy which denies both this and the deletion of recovery points.",
        "LOCKOUT-2": "An explicit denial to every caller includes administrators and the root user. AWS documents that "
        "the root user can still replace such policies of Amazon S3 and Amazon SQS, and nothing of the kind about "
        "AWS Backup. Whether AWS Support can is not documented: the model takes the denial as final.",
        "LOCKOUT-3": "A policy that denies its own replacement but not its own deletion can be deleted.",
        "LOCKOUT-4": "Access policies apply to requests of callers: AWS Backup still deletes recovery points whose "
        "retention period ends, and the policy ends with its vault.",
    },
)
