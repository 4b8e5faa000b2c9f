"""Where AWS's pages leave a choice, the reading we take, why there is a choice, and what else it could mean.

Each assumption really switches rules: `rules` marks the guards and effects that exist under one reading only. The
first value is the default.
"""

from __future__ import annotations

from backup_slr.engine.core.rule import Assumption

USAGE_CHECK = Assumption(
    "usage-check",
    "When does IAM look whether the role is still needed?",
    {
        "at-task-end": "Every request is accepted; the deletion task looks when it ends, and then succeeds or fails.",
        "at-submit": "The request itself is refused; a task that was accepted succeeds, whatever came in between.",
    },
    "DeleteServiceLinkedRole lists no error for a role in use, and the status of the task carries the list of what "
    "still uses it; so the check belongs to the task. No page says at which moment of the task it happens.",
)
TRIGGER_WHILE_DELETING = Assumption(
    "trigger-while-deleting",
    "What does a trigger do to a role whose deletion is pending?",
    {
        "no-effect": "It does what it was asked and leaves the role alone; the deletion goes on.",
        "recreates": "It does what it was asked and the role is present again, as new; the deletion is void.",
        "refused": "It is refused while the deletion is pending.",
    },
    "No page speaks of it. A trigger that sees a role has no reason to create one, hence the default.",
)
EDIT_WHILE_DELETING = Assumption(
    "edit-while-deleting",
    "Can the description be edited while the deletion is pending?",
    {"refused": "It cannot.", "allowed": "It can; the edit is lost if the deletion succeeds."},
    "No page speaks of it. UpdateRole and UpdateRoleDescription both list UnmodifiableEntity.",
)
USE_WHILE_DELETING = Assumption(
    "use-while-deleting",
    "Can the service assume the role while its deletion is pending?",
    {"refused": "It cannot, just as no job starts then.", "allowed": "It can, until the role is gone."},
    "No page speaks of it. The role's trust policy is still there until the task succeeds.",
)
DEFAULT_VAULT = Assumption(
    "default-vault",
    "May the default vault be deleted from the CLI when it is the last vault of its Region?",
    {
        "cli-deletes": "Yes: the CLI deletes it like any other vault.",
        "needs-another-vault": "No: it goes only while another vault is left in its Region.",
    },
    "This page gives the CLI command without a condition. The newer page on deleting a vault says that the CLI deletes "
    "it only if the Region has another vault; an older one says that it cannot be deleted at all.",
)
EFS_VAULT_DELETION = Assumption(
    "efs-vault",
    "Can the EFS automatic vault be deleted?",
    {
        "deletable": "Yes, like any other vault (once its access policy, which denies it, has been replaced).",
        "never": "No: only its recovery points can be deleted.",
    },
    "This page says all vaults. Two other AWS texts say that this vault cannot be deleted. Users report that it goes "
    "after its access policy was replaced.",
)
EFS_CREATES_ITS_VAULT = Assumption(
    "efs-creates-its-vault",
    "Does EFS automatic backup create the EFS automatic vault of its Region?",
    {"yes": "Yes, together with the role.", "no": "No; then that vault never comes into being."},
    "The policy of EFS's own service-linked role allows CreateBackupVault on exactly this vault.",
)
EMPTY_VAULTS_COUNT = Assumption(
    "empty-vaults-count",
    "Does an empty vault keep the role from being deleted?",
    {"yes": "Yes: all vaults must be gone.", "no": "No: only recovery points and running jobs do."},
    "This page tells to delete the vaults too. What IAM's check of usage counts for AWS Backup is documented nowhere.",
)
SCHEDULED_RUN_RECREATES = Assumption(
    "scheduled-run-recreates",
    "Does a scheduled backup run create the role when it is absent?",
    {"no": "No: without the role the run cannot start.", "yes": "Yes: it creates the role and starts."},
    "This page names actions of the customer; whether a mere run of a backup plan counts is said nowhere.",
)
TRIGGER_WITHOUT_PERMISSION = Assumption(
    "trigger-without-permission",
    "What does a trigger do for a caller who may not create the role?",
    {
        "refused": "It is refused as a whole.",
        "lists-without-role": "It does what it was asked (lists, switches on), and creates no role.",
    },
    "The permission to create the role must be given to the caller (PERM-1); whether the call then fails or merely "
    "leaves the role out is said nowhere. EFS automatic backup has an assumption of its own.",
)
EFS_TRIGGER_WITHOUT_PERMISSION = Assumption(
    "efs-trigger-without-permission",
    "Does EFS automatic backup need the caller's permission to create the role?",
    {
        "refused": "Yes: without it the request is refused.",
        "creates-role": "No: EFS creates it with permissions of its own, whoever asks.",
    },
    "The policy of EFS's own service-linked role allows iam:CreateServiceLinkedRole for AWS Backup, while the policy "
    "for EFS administrators does not: so EFS itself would create it. PERM-1 reads otherwise.",
)
CONSOLE_VISIT_RECREATES_DEFAULT_VAULT = Assumption(
    "console-visit-recreates-default-vault",
    "Does looking at a Region in the console create its default vault again?",
    {
        "no": "No.",
        "yes": "Yes: listing does so in every Region, a request about a vault in the Region of that vault.",
    },
    "The console, and nothing else, creates the default vault at the first visit of a Region's vaults; whether a "
    "visit after it was deleted counts as the first again is said nowhere.",
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

# Four more silences that no reading can settle by itself, cited by guards and effects as well. They have no
# alternatives to switch to: each says which sense we give to something that the page does not speak of.
CONVENTIONS = {
    "ASSUME-EXISTENCE": "What is asked of a role, vault, recovery point or task that is not there is refused as not "
    "found; what exists already is not created twice.",
    "ASSUME-JOB": "A backup job is how the service uses the role: it needs role and vault to start, at most one runs "
    "in a vault, and a job that succeeds leaves one recovery point if its vault is still there.",
    "ASSUME-TASK": "Deletion is asynchronous, as in IAM: a request makes a task, asking again changes nothing, and the "
    "end of the task decides; a failed task leaves the role as it was.",
    "ASSUME-FRESH": "A role created anew remembers nothing: its description is the default one.",
}
