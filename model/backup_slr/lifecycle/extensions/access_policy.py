"""The extension ``access-policy``: the access policy of a vault denies deletions to every caller.

EFS creates its vault with such a policy, and a person can put one on any vault. Until the policy is replaced, neither
the recovery points nor the vault can be deleted, whatever permissions the caller has.
"""

from backup_slr.engine.core.formula import TRUE, After, Does, Ends, Some
from backup_slr.engine.core.rule import Guard, Property, Refusal, Rule
from backup_slr.engine.core.variable import Flag
from backup_slr.engine.spec.documentation import Clause
from backup_slr.engine.spec.extension import AddedEffects, AddedGuard, Amendment, Extension
from backup_slr.lifecycle import assumptions as assume
from backup_slr.lifecycle.extensions.order import ACCESS_POLICY as POLICY
from backup_slr.lifecycle.extensions.statements import (
    NO_VAULT_CASE,
    NOT_PERMITTED_CASE,
    answers,
    changes_only,
    operator_does,
)
from backup_slr.lifecycle.guards import BACKUP_PERMISSION, CONSOLE_VISIT_HERE, NEEDS_VAULT
from backup_slr.lifecycle.predicates import BY_OPERATOR, EMPTY, at_vault, everywhere
from backup_slr.lifecycle.vocabulary import A_VAULT, EFS_VAULT, REGION, VAULT, permitted, r, v, vault, via

POLICIES_PAGE = "Vault access policies"
EFS_PAGE = "Restore an Amazon EFS file system"

deletion_denied = Flag(
    "deletion_denied",
    per=(REGION, VAULT),
    reads=(
        "deletions in the vault are denied by its access policy",
        "deletions in the vault are not denied by its access policy",
    ),
    words=("no", "yes", "no"),
    owner=A_VAULT,
)
DENIED = deletion_denied[r, v]
DENIED_BY_POLICY = Refusal(
    "denied-by-access-policy", "the access policy of the vault denies deletions", "AccessDeniedException"
)

DENY, REPLACE, REMOVE = "deny_deletions", "replace_access_policy", "delete_access_policy"
DELETIONS = ("delete_recovery_point", "delete_backup_vault")
POLICY_ALLOWS = Guard(~DENIED, DENIED_BY_POLICY, "ACCESS-2", stratum=POLICY)

RULES = (
    Rule(
        DENY,
        "put an access policy that denies deletions on a vault",
        by="person",
        operations=("backup:PutBackupVaultAccessPolicy",),
        clauses=("ACCESS-1",),
        place=(r, v),
        inputs=(permitted, via),
        guards=(BACKUP_PERMISSION, NEEDS_VAULT),
        effects=(CONSOLE_VISIT_HERE, DENIED.becomes(True, clause="ACCESS-1")),
    ),
    Rule(
        REPLACE,
        "replace the access policy of a vault by one that allows deletions",
        by="person",
        operations=("backup:PutBackupVaultAccessPolicy",),
        clauses=("ACCESS-4",),
        place=(r, v),
        inputs=(permitted, via),
        guards=(BACKUP_PERMISSION, NEEDS_VAULT),
        effects=(CONSOLE_VISIT_HERE, DENIED.becomes(False, clause="ACCESS-4")),
    ),
    Rule(
        REMOVE,
        "delete the access policy of a vault",
        by="person",
        operations=("backup:DeleteBackupVaultAccessPolicy",),
        clauses=("ACCESS-5",),
        place=(r, v),
        inputs=(permitted, via),
        guards=(BACKUP_PERMISSION, Guard(~DENIED, DENIED_BY_POLICY, "ACCESS-5", stratum=POLICY), NEEDS_VAULT),
        effects=(CONSOLE_VISIT_HERE,),
    ),
)

BLOCKED = Some((r, v), at_vault(*DELETIONS) & DENIED)
EFS_TURNED_ON = Does(("perform_efs_automatic_backup",), (r,)) & v.is_(EFS_VAULT)
VAULT_APPEARS = ~vault[r, v] & After(vault[r, v])

DENIED_VAULTS_EXIST = Property(
    "always",
    "denied_vaults_exist",
    "Only a vault that exists has an access policy that denies deletions",
    everywhere(DENIED.implies(vault[r, v])),
    ("ACCESS-1",),
)

PROPERTIES = (
    DENIED_VAULTS_EXIST,
    Property(
        "step",
        "access_policy_blocks_deletion",
        "A permitted deletion in a vault is refused for its access policy exactly when the policy denies it",
        everywhere(
            (at_vault(*DELETIONS) & permitted & DENIED).implies(Ends((DENIED_BY_POLICY.id,)))
            & (at_vault(*DELETIONS, REMOVE) & Ends((DENIED_BY_POLICY.id,))).implies(permitted & DENIED)
        ),
        ("ACCESS-2", "ACCESS-3"),
    ),
    Property(
        "step",
        "access_policy_is_replaced_on_request",
        "A permitted caller can replace the access policy of a vault, and so deny deletions or allow them",
        answers((DENY,), NOT_PERMITTED_CASE, NO_VAULT_CASE, done=After(DENIED))
        & answers((REPLACE,), NOT_PERMITTED_CASE, NO_VAULT_CASE, done=After(~DENIED)),
        ("ACCESS-1", "ACCESS-4"),
    ),
    Property(
        "step",
        "denying_policy_cannot_be_deleted",
        "A policy that denies deletions cannot itself be deleted, and deleting another one changes nothing",
        answers((REMOVE,), NOT_PERMITTED_CASE, (DENIED, DENIED_BY_POLICY.id), NO_VAULT_CASE, done=TRUE)
        & changes_only((REMOVE,), "vault", own=(deletion_denied,)),
        ("ACCESS-5",),
    ),
    Property(
        "step",
        "efs_vault_starts_with_denying_policy",
        "The vault that EFS creates has an access policy that denies deletions, and no other vault starts with one",
        everywhere(
            (EFS_TURNED_ON & VAULT_APPEARS).implies(After(DENIED))
            & (VAULT_APPEARS & ~EFS_TURNED_ON).implies(After(~DENIED))
        ),
        ("ACCESS-3",),
        by=(DENIED_VAULTS_EXIST,),
    ),
    Property(
        "step",
        "access_policy_changes_only_by_its_actions",
        "The access policy of an existing vault changes only when a caller replaces it",
        everywhere(
            (vault[r, v] & ~DENIED & After(DENIED)).implies(at_vault(DENY))
            & (DENIED & After(~DENIED)).implies(at_vault(REPLACE))
        )
        & changes_only((DENY, REPLACE), "deletion_denied", "vault", own=(deletion_denied,)),
        ("ACCESS-1", "ACCESS-4"),
    ),
)

ANSWERED_AFTER_THE_POLICY = (
    "missing_resource_is_reported",
    "full_vault_names_its_recovery_points",
    "console_refuses_default_vault_always",
    "collision_is_reported",
)
DELETIONS_THAT_SUCCEED = (
    "point_deletion_succeeds_without_use",
    "ordinary_vault_deletion_succeeds_without_use",
    "cli_and_api_delete_empty_default_vault",
)
"""Properties of the page's own rules about answers and deletions, which a denying policy prevents."""

ACCESS_POLICY = Extension(
    "access-policy",
    "the access policy of a vault can deny deletions to every caller, and the one of the EFS vault does",
    pages=(POLICIES_PAGE, EFS_PAGE),
    state=(deletion_denied,),
    rules=RULES,
    guards=(AddedGuard(DELETIONS, "after not-permitted", POLICY_ALLOWS),),
    effects=(
        AddedEffects(
            "perform_efs_automatic_backup",
            (
                deletion_denied[r, EFS_VAULT].becomes(
                    True,
                    clause="ACCESS-3",
                    when=~vault[r, EFS_VAULT],
                    under=assume.EFS_CREATES_ITS_VAULT.read_as("yes"),
                ),
            ),
        ),
    ),
    amendments=(
        Amendment(
            ANSWERED_AFTER_THE_POLICY,
            "The access policy is checked before the vault and what it holds.",
            unless=BLOCKED,
        ),
        Amendment(
            DELETIONS_THAT_SUCCEED,
            "Nothing in a vault can be deleted while its access policy denies it.",
            unless=BLOCKED,
        ),
        Amendment(
            ("retried_deletion_succeeds",),
            "While the operator retries, someone can put an access policy on the vault that denies the deletion.",
            unless=After(DENIED),
        ),
        Amendment(
            ("cleanup_ends_without_role",),
            "The operator replaces the access policies of the vaults.",
            meanwhile=Does((REPLACE,)) & BY_OPERATOR,
            fair=(operator_does("the operator replaces the access policy of every vault", REPLACE),),
        ),
    ),
    properties=PROPERTIES,
    clauses=(
        Clause(
            "ACCESS-1",
            "rule",
            "A vault can have an access policy, for example one that keeps users from deleting its recovery points.",
            (
                "d718fcaf55640de5842fa7c68126b900760cae1d4483e64c75a27d79f3fba9a7",
                "800c89ae5af5fdb004acd76fbc98783678e3a4246522de63d0c5eb4e3cd5e528",
            ),
            page=POLICIES_PAGE,
        ),
        Clause(
            "ACCESS-2",
            "rule",
            "Such a policy can keep every caller from deleting anything in the vault, and can deny requests about the "
            "vault itself.",
            (
                "da7a048f2aaf031c1a4764bb9a45d1e6edf99748b1fbad4ffc53a7754c1e969c",
                "b78027a060c2bb0901d77edc6c078e2c9365d1573c4eb8574e6c65689f3ce3ac",
            ),
            page=POLICIES_PAGE,
        ),
        Clause(
            "ACCESS-3",
            "rule",
            "The EFS vault has a denying policy from its creation, so that deleting its recovery points fails.",
            (
                "d3797070f0965a1204f9f0c90ae81114da329658bc15c35a94079ef8699e75d6",
                "5b1868da1a1136b35f4af184a654b04a9f109690dc781ddaa1d4f9be50c2195f",
            ),
            page=EFS_PAGE,
            seen="2026",
        ),
        Clause(
            "ACCESS-4",
            "rule",
            "The policy of the EFS vault stops denying when it is edited so that it allows what it denied.",
            ("1bd88775236c7781ee9e760e34d942addbb00c334acdfaf5461a97b4bbf9b18a",),
            page=EFS_PAGE,
            seen="2026",
        ),
    ),
    conventions={
        "ACCESS-5": "A policy that denies deletions denies its own deletion too, as the one of the EFS vault does; it "
        "does not deny its replacement (policy-lockout is about policies that do). One that denies deletions of "
        "recovery points alone is taken to deny that of the vault as well: in AWS it can be deleted if it is empty."
    },
    abstracts=(("open", ~DENIED | EMPTY), ("person", TRUE)),
)
