"""The statements of AWS's pages that the extension ``copies`` formalizes, and its conventions."""

from backup_slr.engine.spec.documentation import Clause

PAGE = "Creating backup copies across AWS accounts"

CLAUSES = (
    Clause(
        "COPY-1",
        "rule",
        "A copy to another account is made with the service-linked role of the account that receives it.",
        ("be65b268ed2be6810b1e34c16a77b7a5b852d5c3994728ff8895a9376b039999",),
        page=PAGE,
        seen="2026-04",
    ),
    Clause(
        "COPY-2",
        "rule",
        "A copy to another account never goes into a default vault.",
        ("5b13ff8eb8774d0f4cc35d249dc4a33a685c479e94c18a1114fecc4d75186765",),
        page=PAGE,
        seen="2026-04",
    ),
    Clause(
        "COPY-3",
        "rule",
        "For some 15 minutes after cross-account backup is turned off, copies can still start and end.",
        (
            "9040ebeb477e53bd4f97cfe1e170f69ee914cfbb0031162a0f7522ac71dc4dac",
            "95acaa1c854389e3969a42084b0768f2f4a76a6c78b6e0c711e032624464aabf",
        ),
        page=PAGE,
        seen="2026-04",
    ),
    Clause(
        "COPY-4",
        "rule",
        "Turning cross-account backup on or off takes the management account of the organization.",
        ("946e08deae80f80c33a660082f21e373acda2bc89649cc359371eaf129f286c6",),
        page=PAGE,
        seen="2026-04",
    ),
)

CONVENTIONS = {
    "ASSUME-COPY": "A copy into a vault needs the vault, and a role that is not being deleted. At most one copy "
    "job runs in a vault, beside a backup job. A copy into a vault that succeeds leaves one recovery point if the "
    "vault still exists. A copy between vaults of the account counts as one out of a vault and one into a vault.",
    "ASSUME-MEMBER": "When the management account of an organization turns cross-account backup on or off, it is on "
    "or off in every member account. AWS does not say whether that creates the role there (CREATE-3); the model "
    "takes no, because accounts with vaults but without the role have been reported, in which copies failed.",
    "ASSUME-COPY-OUT": "A copy out of a vault needs a recovery point, and does not use the role of this account. "
    "Until it ends, nothing deletes the recovery point that is copied: deleting one of several might fail, and the "
    "last one is not deleted.",
}
