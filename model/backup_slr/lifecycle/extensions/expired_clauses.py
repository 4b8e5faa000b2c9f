"""The clauses and conventions of the extension ``expired``."""

from backup_slr.engine.spec.documentation import Clause
from backup_slr.lifecycle.extensions.deleting_clauses import BACKUP_DELETION, DELETE_RECOVERY_POINT

DESCRIBE_RECOVERY_POINT = "DescribeRecoveryPoint"

CLAUSES = (
    Clause(
        "EXPIRED-1",
        "rule",
        "If a role or its permission is missing, the request succeeds and the recovery point stays EXPIRED.",
        (
            "9ecd8d4c2f5c1d4ad4f76f0e020600493043afe15e221a4752b706ca21c7affc",
            "f0d2ce0a33da861bab9db973b8f0c33052391745080f3ec49b10bc641fdb7c45",
            "f49841cfcb1b9590a23cb7c4e0fe6dd7200a95bb9461f8075ece20bd3d0142cb",
        ),
        page=DELETE_RECOVERY_POINT,
    ),
    Clause(
        "EXPIRED-2",
        "rule",
        "Such a recovery point can be deleted once the role may create the service-linked role.",
        ("e93ec1ed49b1e60d32c5d494075ff86fc80423aa73f9ff784f9cff021e0c4387",),
        page=DELETE_RECOVERY_POINT,
    ),
    Clause(
        "EXPIRED-3",
        "rule",
        "AWS Backup cannot delete a recovery point whose snapshot is locked in Amazon EBS, so that it is EXPIRED.",
        ("52b10cf74effbf984fb2c6f4559c1196404b913f188b8360256a96d644a0e8ac",),
        page=BACKUP_DELETION,
        seen="2026-04",
    ),
    Clause(
        "EXPIRED-4",
        "property",
        "A recovery point that is EXPIRED is still stored in the account.",
        ("b0aac57154d8c2eda7092b94020d8456706e9d38aff16326204021f60f29d817",),
        page=BACKUP_DELETION,
        seen="2026-04",
    ),
    Clause(
        "EXPIRED-5",
        "rule",
        "A recovery point is EXPIRED when its retention period has ended and AWS Backup cannot delete it.",
        ("20ddefd694476f76cf4905af6e2e11523457b016cb66b5b31e7aebb0fe877e18",),
        page=DESCRIBE_RECOVERY_POINT,
    ),
)

CONVENTIONS = {
    "ASSUME-EXPIRED": "An image that uses the snapshot of a recovery point keeps it like a lock. A person can "
    "remove both. The first reason that a deletion finds lasts until it is removed; meanwhile further requests "
    "succeed and delete nothing, and neither does the end of a retention period. The latter finds a reason to keep a "
    "further recovery point only while none is being deleted, and several reasons at once count as the first."
}
