"""The statements of the AWS page that the model formalizes, each with a stable id.

The page is "Using roles to list resources to back up, copy across accounts, and automatically backup Amazon EFS" of the
AWS Backup developer guide. Each clause has a paraphrase and the SHA-256 of the sentence (or sentences) that state it,
not the sentences themselves: the hashes detect a change of the page, which remains the authority.
"""

from __future__ import annotations

from backup_slr.engine.spec.documentation import Clause

# Constants of the role (clauses of kind "fact"); the rules name the operations.
ROLE_NAME = "AWSServiceRoleForBackup"
SERVICE_PRINCIPAL = "backup.amazonaws.com"
ROLE_PATH = f"/aws-service-role/{SERVICE_PRINCIPAL}/"
POLICY_NAME = "AWSBackupServiceLinkedRolePolicyForBackup"

FACTS: dict[str, tuple[str, ...]] = {
    "ROLE-1": (f"arn:aws:iam::<account>:role{ROLE_PATH}{ROLE_NAME}",),
    "ROLE-3": (ROLE_NAME,),
    "ROLE-4": ("list_resources", "set_up_cross_account_backup", "perform_efs_automatic_backup"),
    "TRUST-2": (SERVICE_PRINCIPAL,),
    "POLICY-3": (POLICY_NAME, "list", "read", "write", "tag"),
}
"""The constants in each of these clauses; ROLE-4 names the actions through which its three features are used."""

CLAUSES: tuple[Clause, ...] = (
    Clause(
        "ROLE-1",
        "fact",
        "It is a service-linked role: an IAM role of a special kind, defined in advance by AWS Backup and tied to it.",
        (
            "ac9da32fd9948d4ece011be7c456083fb031b9e39374c755d8d485c852368e75",
            "e5c728056a3c5c00757b812df0f0bed6ad72c8f48206eb126c6d5c3808333e2d",
        ),
    ),
    Clause(
        "ROLE-2",
        "advice",
        "It carries every permission that the service needs to call other services; they need no manual setup.",
        (
            "e5c728056a3c5c00757b812df0f0bed6ad72c8f48206eb126c6d5c3808333e2d",
            "291cb6105347c2ce204d10c4d5bec9354c94e5675e12d209efd7af1dc5f4173a",
        ),
    ),
    Clause(
        "ROLE-3",
        "fact",
        "Its name is AWSServiceRoleForBackup.",
        ("e1af12b5bf8beff1fae98229c96e36de04229eec178c072d973021c6eff1f3cf",),
    ),
    Clause(
        "ROLE-4",
        "fact",
        "It serves three features: listing what can be backed up, copying across accounts, and EFS automatic backup.",
        ("e1af12b5bf8beff1fae98229c96e36de04229eec178c072d973021c6eff1f3cf",),
    ),
    Clause(
        "TRUST-1",
        "property",
        "Unless defined otherwise, only AWS Backup can assume it.",
        ("c790124f36cf5ebcfa676b6cb83a8eb72c22dae9e5c521cea056b508c0b33a2a",),
    ),
    Clause(
        "TRUST-2",
        "fact",
        "Its trust policy names the AWS Backup service and nothing else.",
        (
            "1e1c54c8ee086cd37dd164afbbe323ac9f42bc9ed9b84ee18bd29860478411dd",
            "bfecad8c1bced6952aac08a0e94c643f1ab7f4345ade18345b10370bfaf384ce",
        ),
    ),
    Clause(
        "POLICY-1",
        "property",
        "The service, not the customer, defines its permissions: the trust policy and the permissions policy.",
        (
            "c790124f36cf5ebcfa676b6cb83a8eb72c22dae9e5c521cea056b508c0b33a2a",
            "f612a3272146b7ffe8bae7216c63ec378ac15a0e36337954d7c6a5eac4680810",
        ),
    ),
    Clause(
        "POLICY-2",
        "rule",
        "Its permissions policy cannot be attached to any other IAM entity.",
        ("f612a3272146b7ffe8bae7216c63ec378ac15a0e36337954d7c6a5eac4680810",),
    ),
    Clause(
        "POLICY-3",
        "fact",
        "The policy lets AWS Backup list, read, write and tag every resource type that it supports.",
        (
            "671e08aaf512700f9c479372b8655868e6846028fed35ab3e388d8d9db20fe62",
            "34ba8ab910785dcab2783660ddbd1e9329f63596416a1d1d786a697a112312f6",
            "d3a8b83a8c1724fcc7a722583bf9345ef1c9e4d180f2f05a44ef9b45e9615826",
        ),
    ),
    Clause(
        "PERM-1",
        "rule",
        "A user, group or role needs explicit permission to create, edit or delete a service-linked role.",
        ("3ef1eb0176cffcbf35c6310856658e0cd73d6c6d8f9712dd87db6379bcd1865a",),
    ),
    Clause(
        "CREATE-1",
        "advice",
        "The role does not have to be created manually.",
        ("1022767cd149499b5fa00dcc55f6090fa6763f9bd0f60b9a6483833263ccc51a",),
    ),
    Clause(
        "CREATE-2",
        "rule",
        "Listing the resources that can be backed up makes AWS Backup create the role.",
        ("5db0a6074070b4459f2bb2be499e9699bb28b6916b023776f723cacd7c66f1a1",),
    ),
    Clause(
        "CREATE-3",
        "rule",
        "Setting up cross-account backup makes AWS Backup create the role.",
        ("5db0a6074070b4459f2bb2be499e9699bb28b6916b023776f723cacd7c66f1a1",),
    ),
    Clause(
        "CREATE-4",
        "rule",
        "Performing EFS automatic backup makes AWS Backup create the role.",
        ("5db0a6074070b4459f2bb2be499e9699bb28b6916b023776f723cacd7c66f1a1",),
    ),
    Clause(
        "CREATE-5",
        "property",
        "This holds in the console, the CLI and the API alike.",
        ("5db0a6074070b4459f2bb2be499e9699bb28b6916b023776f723cacd7c66f1a1",),
    ),
    Clause(
        "CREATE-6",
        "rule",
        "An action in another service that uses the same features can create the role as well.",
        ("d10f5baa7620f619370f53555f04fce02ca3324ead4fe4e6658345d4a9a48a6b",),
    ),
    Clause(
        "CREATE-7",
        "property",
        "Once the role was deleted, the same three actions create it again.",
        (
            "872c243cfa3884356653aba92d9f195171bce8855b4471f6678b58e8e3b5b6cc",
            "7f7039f80766164b661c561bd9dd3e6dbe27fc0040f8dc634507670e3d28a867",
        ),
    ),
    Clause(
        "EDIT-1",
        "rule",
        "AWS Backup does not allow edits of the role.",
        ("2235c7584d0220432f40f3307c12fbddc8030598c1366247da7be20bfb17487e",),
    ),
    Clause(
        "EDIT-2",
        "property",
        "Its name cannot change once it exists, because other entities may refer to it.",
        ("962bf40cc87b7923f6ff0ed2537a556f260a3e865da44d79444b249f9de2048e",),
    ),
    Clause(
        "EDIT-3",
        "rule",
        "Its description can be edited, with IAM.",
        ("18f0cb6e5093bb57f8fa6b53979fa0e57f4229424d015353aa83fa5ab5d8dd10",),
    ),
    Clause(
        "DELETE-1",
        "property",
        "It can be deleted only after its related resources, so that permission to reach them is not lost by accident.",
        (
            "2aef27ac033080241a886fd1272e097fb639d9fad2734b84d3180a07d51ba065",
            "2121f098f1aa204bda0ae61381258e3bce3c35f773fc6055580d496a57be02eb",
        ),
    ),
    Clause(
        "DELETE-2",
        "advice",
        "If the service or feature is no longer needed, delete the role, so that no unmonitored entity remains.",
        (
            "9913317cd33d0872ddf2dd720b14e5ff984b23c786607b1ea8ec2f7aada08c92",
            "88009dac4b11d96493f371768dcb17e3ec9b9b62b4d118ded7451515388923f7",
        ),
    ),
    Clause(
        "DELETE-3",
        "rule",
        "Before the role can be deleted manually, its resources must be deleted.",
        (
            "287dbe6dd2b7e33de9610128d765af799bc7ccd5d93335b411ff359698a5d7d3",
            "862ad8cc34f6b7c2178e5941d266b8e42ac3fabfe07293ee7f4627cbea2441b6",
        ),
    ),
    Clause(
        "DELETE-4",
        "rule",
        "The role is deleted with IAM: in its console, its CLI or its API.",
        ("97e313e2d8a382e053c5b064f289f9f5ed9e99d9ab2596ee115c5a5d5f463205",),
    ),
    Clause(
        "CLEAN-1",
        "rule",
        "Delete all recovery points first.",
        ("1d2beef6ba8adcdac7c3d60b8e3ebb24e706770f45e7b13739300f835ae3ffe8",),
    ),
    Clause(
        "CLEAN-2",
        "rule",
        "Then delete all backup vaults.",
        ("63c5bb53e03c1fb5e0b74c238ed353b5c33c80bfa1556c8e24bbac45f92326a4",),
    ),
    Clause(
        "CLEAN-3",
        "rule",
        "Deleting a resource might fail while AWS Backup is using the role.",
        ("f116b770374de133288bc4c80b7cca029df75e4f23f8a20cdf08a322db2ec924",),
    ),
    Clause(
        "CLEAN-4",
        "property",
        "After such a failure, wait a few minutes and try again.",
        ("dccfa88875f564bc1b64d116949321d7ed1f36895541ab70950898bf7d8f2e5e",),
    ),
    Clause(
        "CLEAN-5",
        "rule",
        "The console can delete every vault except the default one.",
        (
            "63a68ed178145467bf361735973e0b9a7e37a1bb8952298847a6627ea7f39940",
            "66597984a1eebd4456ae5948e148a2d3b7c34153b2c4d292ed81346e952ed5c7",
        ),
    ),
    Clause(
        "CLEAN-6",
        "rule",
        "Delete the default vault with the CLI command delete-backup-vault, giving its name and Region.",
        (
            "08fb64421fd092bc0b5431caf4e2d01a591f7846265d242f201b392eac7f3544",
            "0da9bd05b5e561c2c29a75c6de465e2c0fb09a2734d15c0fb8bc6290194efbb2",
        ),
    ),
    Clause(
        "CLEAN-7",
        "fact",
        "In the CLI the operations are delete-recovery-point and delete-backup-vault.",
        (
            "45cd38dbed3f8b096a5809edcdcc552be73b84e01bfc5c108d6784f65cb16916",
            "2adc7a7b32b8ad03419141c8e72962c00fcf34c3b8c3ed69482de3cfbfc24097",
            "d2667a965f0c31c68ae7b0ef042692a3c6d77a12e56dc16cc11031155876b5ef",
        ),
    ),
    Clause(
        "CLEAN-8",
        "fact",
        "In the API the operations are DeleteRecoveryPoint and DeleteBackupVault.",
        (
            "23cc4fb872e8e3aeaa8f4275ca98d3c17691e1861c1c7f1422f45ff3bdaf0fdb",
            "d4057b2a08d73cafc940f8d3bb314217955571b6054b71ed8e54dff20fbc85c9",
            "13567a15e2722156cd32669c6dea8c3ff38a2a2655859aa620227aee333a215f",
        ),
    ),
    Clause(
        "REGION-1",
        "property",
        "It works in every Region that has AWS Backup: one role per account, vaults and recovery points per Region.",
        ("3275d0c4ad4cd5c8d3f0d220b48a7440dc5fc0ff9e042435b7fcebf277a72054",),
    ),
    Clause(
        "XREF-1",
        "advice",
        "Other services have service-linked roles too; the IAM documentation lists them.",
        (
            "ae0efa9997f609992c0f8ba69a430a8d166220b7f1656a24dd41eebc472ae6c3",
            "e60109ae39fe3c7fb153d51ac0786f34f4c477cfff20c1a87ea771417a374a0e",
        ),
        unchecked="It points to a list about other services; nothing in the lifecycle of this role depends on it.",
    ),
)
