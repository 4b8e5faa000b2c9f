"""The order of guards across extensions: in which order AWS is taken to look for reasons to refuse a request.

A guard of an extension names the kind of its reason as its `Guard.stratum`, so that the order of the guards of a rule
does not depend on the order in which extensions are composed. AWS documents no order; all but the first four kinds have
the same error code, so that only the text of an error would show it.
"""

from backup_slr.engine.core.rule import Stratum

CLIENT, PERMISSION, ACCESS_POLICY, EXISTENCE = "client", "permission", "vault-access-policy", "existence"
LOCK, HOLD, POINT_STATE, CONTENT, COLLISION = "lock", "hold", "state-of-the-recovery-point", "content", "collision"

STRATA = (
    Stratum(CLIENT),
    Stratum("throttling"),
    Stratum(PERMISSION, ("not-permitted",)),
    Stratum(ACCESS_POLICY),
    Stratum(
        EXISTENCE,
        (
            "no-such-role",
            "role-exists",
            "role-being-deleted",
            "no-such-vault",
            "vault-exists",
            "no-recovery-points",
            "no-running-job",
            "no-deletion-task",
        ),
    ),
    Stratum(LOCK),
    Stratum(HOLD),
    Stratum(POINT_STATE),
    Stratum(
        CONTENT,
        (
            "name-is-immutable",
            "role-not-editable",
            "policy-not-attachable",
            "not-deletable-as-plain-role",
            "only-the-service-may-assume",
            "vault-name-reserved",
            "default-vault-in-console",
            "efs-vault-not-deletable",
            "vault-has-recovery-points",
            "default-vault-needs-another-vault",
            "resources-remain",
        ),
    ),
    Stratum(COLLISION, ("service-using-role", "job-already-running")),
)
"""The kinds of reasons, first to last, with the refusals of the page's own rules that are of each kind."""
