"""The statements of AWS's pages that the extension ``deleting`` formalizes, its assumption and its conventions."""

from backup_slr.engine.core.rule import Assumption
from backup_slr.engine.spec.documentation import Clause

BACKUP_DELETION, DELETE_RECOVERY_POINT = "Backup deletion", "DeleteRecoveryPoint"

DELETION_USES_ROLE = Assumption(
    "deletion-uses-role",
    "Does the deletion of a recovery point count as use of the role while it is under way?",
    {
        "no": "No: only jobs count.",
        "yes": "Yes: meanwhile the deletion of another recovery point, or of a vault, might fail as during a job.",
    },
    "Since October 2025 at the latest the newest version of this page says that the role deletes backups, and in April "
    "2026 the page on deleting backups says that AWS Backup deletes with this role. Whether other deletions can then "
    "fail (CLEAN-3) is not documented. Under both values the role itself stays, since its recovery point still exists.",
)

CLAUSES = (
    Clause(
        "DELETING-1",
        "rule",
        "A recovery point whose deletion was accepted is DELETING until AWS Backup has deleted it.",
        ("ad3db957b64ef53e32b14ea0997fb654d1c8c60f1f788ee56bec4631c9591fa1",),
        page=BACKUP_DELETION,
        seen="2026-04",
    ),
    Clause(
        "DELETING-2",
        "rule",
        "While AWS Backup works on a recovery point, it refuses other requests about it.",
        (
            "bd43f693f7b82041ad50d507de8b4bc614860f4bc8684ebfb00848cedf0a466c",
            "1c0a38a62200e937984a6f17ac64ca3c525ac48e86a8ea91b66ca2d5a229ba42",
        ),
        page=DELETE_RECOVERY_POINT,
    ),
    Clause(
        "DELETING-3",
        "rule",
        "A deletion can end, after days, with the recovery point EXPIRED; another request then deletes it.",
        (
            "1306c9b4ba4b70f6fb02fae7fc5318892ecd0d056dd4295983647ec8421869c5",
            "abb464598ec50d6dd8bb57ca82910a3ea18bba42f11df5a73c04cbbec6e1048f",
        ),
        page=BACKUP_DELETION,
        seen="2026-04",
    ),
)

CONVENTIONS = {
    "ASSUME-DELETING": "At most one recovery point of a vault is DELETING or EXPIRED at a time, and the next "
    "request to delete one is about it, although AWS deletes different ones at the same time. A recovery point that is "
    "DELETING or EXPIRED counts like any other, for its vault and for the role."
}
