"""Assumptions: points on which AWS's pages are silent or contradictory, with possible values and the evidence.

Each assumption switches rules: `rules` marks the guards and effects that exist only under some of its values. The first
value is the default.
"""

from backup_slr.engine.core.rule import Assumption

USAGE_CHECK = Assumption(
    "usage-check",
    "When does IAM check whether the role is still needed?",
    {
        "at-task-end": "Every request is accepted; the deletion task checks at its end, and then succeeds or fails.",
        "at-submit": "The request itself is refused; an accepted task succeeds, whatever happens in the meantime.",
    },
    "DeleteServiceLinkedRole documents no error for a role in use, and the status of the task lists what still uses "
    "the role; so the check belongs to the task. DeleteConflict, which a refused request shows here, is an error of "
    "DeleteRole. No page says at which moment of the task it happens. The IAM guide "
    "said in 2023 that the list can be incomplete or empty.",
)
TRIGGER_WHILE_DELETING = Assumption(
    "trigger-while-deleting",
    "What does a trigger do to a role whose deletion is pending?",
    {
        "no-effect": "The trigger succeeds and does not change the role; the deletion continues.",
        "recreates": "The trigger succeeds and the role is present again, as new; the deletion is canceled.",
        "refused": "The trigger is refused while the deletion is pending.",
    },
    "Not documented. A trigger that finds a role has no reason to create one, hence the default.",
)
EDIT_WHILE_DELETING = Assumption(
    "edit-while-deleting",
    "Can the description be edited while the deletion is pending?",
    {"refused": "No.", "allowed": "Yes; the edit is lost if the deletion succeeds."},
    "Not documented. UpdateRole and UpdateRoleDescription both list UnmodifiableEntity.",
)
USE_WHILE_DELETING = Assumption(
    "use-while-deleting",
    "Can the service assume the role while its deletion is pending?",
    {"refused": "No, and no job starts either.", "allowed": "Yes, until the role is deleted."},
    "Not documented. The trust policy of the role exists until the task succeeds.",
)
DEFAULT_VAULT = Assumption(
    "default-vault",
    "May the default vault be deleted from the CLI when it is the last vault of its Region?",
    {
        "cli-deletes": "Yes: the CLI deletes it like any other vault.",
        "needs-another-vault": "No: the CLI deletes it only while its Region has another vault.",
    },
    "This page gives the CLI command without a condition. AWS's page on deleting a vault has changed three times: "
    "about 2021 to 2023 the default vault could not be deleted; about 2023 and 2024 only if the Region had another "
    "vault; since October 2025 at the latest the CLI deletes it if it is empty, also in the version of September "
    "2026. No value stands for the first version, which contradicts this page of the same time (CLEAN-6).",
)
EFS_VAULT_DELETION = Assumption(
    "efs-vault",
    "Can the EFS automatic vault be deleted?",
    {
        "deletable": "Yes, like any other vault (once its access policy, which denies it, has been replaced).",
        "never": "No: only its recovery points can be deleted.",
    },
    "This page says all vaults. The EFS guide said from January 2021 to 2022 at least that this vault cannot be "
    "deleted; its newest version does not. Since about 2023 the page on deleting a vault excludes it from the console"
    " only. The page on restoring EFS (2026) says to change the policy of the vault from Deny to Allow, and users "
    "report that the vault can then be deleted.",
)
EFS_CREATES_ITS_VAULT = Assumption(
    "efs-creates-its-vault",
    "Does EFS automatic backup create the EFS automatic vault of its Region?",
    {"yes": "Yes, together with the role.", "no": "No; then that vault never exists."},
    "Since March 2022 the policy of EFS's own service-linked role allows CreateBackupVault on exactly this vault.",
)
EMPTY_VAULTS_COUNT = Assumption(
    "empty-vaults-count",
    "Does an empty vault block the deletion of the role?",
    {"yes": "Yes: all vaults must be deleted first.", "no": "No: only recovery points and running jobs do."},
    "This page says to delete the vaults too. What IAM's usage check counts for AWS Backup is not documented.",
)
SCHEDULED_RUN_RECREATES = Assumption(
    "scheduled-run-recreates",
    "Does a backup run, scheduled or on demand, create the role when it is absent?",
    {"no": "No: without the role the run cannot start.", "yes": "Yes: it creates the role and starts."},
    "This page (about November 2021) lists three triggers, and EFS automatic backup is the only backup among them. "
    "Since October 2025 at the latest its newest version names backups in general, so those on demand as well: see "
    "the edition 2025-10.",
)
TRIGGER_WITHOUT_PERMISSION = Assumption(
    "trigger-without-permission",
    "What does a trigger do for a caller who may not create the role?",
    {
        "refused": "The request is refused.",
        "lists-without-role": "The request succeeds (it lists, or turns the feature on) but creates no role.",
    },
    "The permission to create the role must be given to the caller (PERM-1); whether the call then fails or succeeds "
    "without the role is not documented. The page of the same kind about App Mesh describes the second. EFS automatic"
    " backup has its own assumption.",
)
EFS_TRIGGER_WITHOUT_PERMISSION = Assumption(
    "efs-trigger-without-permission",
    "Does EFS automatic backup need the caller's permission to create the role?",
    {
        "creates-role": "No: EFS creates it with its own permissions, for any caller.",
        "refused": "Yes: without it the request is refused.",
    },
    "Since March 2022 the policy of EFS's own service-linked role allows iam:CreateServiceLinkedRole for AWS Backup, "
    "while the policy for EFS administrators does not: so EFS itself creates it. PERM-1 is about callers in general.",
)
CONSOLE_VISIT_RECREATES_DEFAULT_VAULT = Assumption(
    "console-visit-recreates-default-vault",
    "Does visiting a Region in the console create its default vault again?",
    {"yes": "Yes: listing does so in every Region, and a request about a vault does so in its Region.", "no": "No."},
    "This page is silent. Since October 2025 at the latest the page on creating and deleting vaults says that the "
    "console recreates a deleted default vault when it is opened in the Region. Which pages of the console count is "
    "not documented. Here the pages of vaults do, on which the console of AWS Backup creates and deletes a vault, "
    "sets its lock or its access policy and deletes its recovery points, and listing does. Its other pages do not, "
    "such as those of backup plans, legal holds and settings, nor do the consoles of other services.",
)

ASSUMPTIONS = (
    USAGE_CHECK,
    TRIGGER_WHILE_DELETING,
    EDIT_WHILE_DELETING,
    USE_WHILE_DELETING,
    DEFAULT_VAULT,
    EFS_VAULT_DELETION,
    EFS_CREATES_ITS_VAULT,
    EMPTY_VAULTS_COUNT,
    SCHEDULED_RUN_RECREATES,
    TRIGGER_WITHOUT_PERMISSION,
    EFS_TRIGGER_WITHOUT_PERMISSION,
    CONSOLE_VISIT_RECREATES_DEFAULT_VAULT,
)

# Conventions: five more points on which the page is silent. They have no alternative values; each states how the model
# interprets something that the page does not mention. Guards and effects cite them like assumptions.
CONVENTIONS = {
    "ASSUME-EXISTENCE": "A request about a role, vault, recovery point or task that does not exist is refused as not "
    "found, and creating something that exists is refused.",
    "ASSUME-JOB": "The service uses the role through backup jobs: a job needs the role and the vault to start, at most "
    "one job runs in a vault, and a job that succeeds creates one recovery point if its vault still exists.",
    "ASSUME-TASK": "Deletion is asynchronous, as the reference of DeleteServiceLinkedRole says (the IAM guide said so "
    "until 2023; its versions of 2025 and 2026 are silent): a request creates a task, a second changes nothing, and "
    "the end of the task decides; a failed task leaves the role as it was.",
    "ASSUME-PERMISSION": "A request is refused if its caller lacks the permission for the operation.",
    "ASSUME-FRESH": "A role that is created again starts with the default description.",
}
