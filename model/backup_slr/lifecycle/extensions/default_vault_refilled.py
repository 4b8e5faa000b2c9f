"""The extension ``default-vault-refilled``: the Default vault of a Region is created again, and filled again.

Opening the vaults page of the console creates the Default vault of the Region, and the role. AWS Backup places images
that have lost their recovery point in a Default vault that exists. So a Default vault does not stay deleted or empty:
it must be deleted with the CLI after the last visit of the console.
"""

from backup_slr.engine.core.formula import After, Does, Ends, Every, Some, Unchanged
from backup_slr.engine.core.rule import Guard, Property, Refusal, Rule
from backup_slr.engine.core.variable import Flag
from backup_slr.engine.spec.documentation import Clause
from backup_slr.engine.spec.extension import Amendment, Extension
from backup_slr.engine.spec.processes import Activity
from backup_slr.lifecycle.extensions.statements import changes_only
from backup_slr.lifecycle.guards import BACKUP_PERMISSION, TRIGGER_WHILE_DELETING, UNKNOWN, the_role_appears
from backup_slr.lifecycle.predicates import ABSENT, DELETING, DONE, EMPTY, NOTHING_NEEDS_IT, PRESENT, everywhere
from backup_slr.lifecycle.vocabulary import (
    BACKUP,
    DEFAULT,
    NO_SUCH_ROLE,
    NO_SUCH_VAULT,
    REGION,
    ROLE_BEING_DELETED,
    description,
    permitted,
    points,
    r,
    v,
    vault,
)

VAULTS_PAGE = "Backup vault creation and deletion"
ACCOUNTS_PAGE = "Managing AWS Backup resources across multiple AWS accounts"

orphaned_images = Flag(
    "orphaned_images",
    per=(REGION,),
    reads=("orphaned images exist", "no orphaned images exist"),
    label="orphaned images",
    words=("none", "exist", "placed"),
    owner=BACKUP,
)
ORPHANS = orphaned_images[r]
NO_ORPHANED_IMAGE = Refusal("no-orphaned-image", "the Region has no orphaned images", None, absent=True)

VISIT, LOSE, PLACE = "open_vaults_page", "lose_recovery_point", "place_orphaned_image"
VISITED, LOST, PLACED = (Does((action,), (r,)) for action in (VISIT, LOSE, PLACE))

RULES = (
    Rule(
        VISIT,
        "open the vaults page of a Region in the console",
        by="person",
        operations=(),
        clauses=("REFILL-1", "REFILL-2", "REFILL-3"),
        place=(r,),
        inputs=(permitted,),
        guards=(BACKUP_PERMISSION, TRIGGER_WHILE_DELETING),
        effects=(*the_role_appears("REFILL-3"), vault[r, DEFAULT].becomes(True, clause="REFILL-2")),
    ),
    Rule(
        LOSE,
        "an image in a Region loses its recovery point",
        by="service",
        operations=(),
        clauses=("REFILL-6",),
        place=(r,),
        effects=(ORPHANS.becomes(True, clause="REFILL-6"),),
    ),
    Rule(
        PLACE,
        "AWS Backup places an orphaned image in the Default vault of its Region",
        by="service",
        operations=(),
        clauses=("REFILL-4", "REFILL-5"),
        place=(r,),
        guards=(
            Guard(ORPHANS, NO_ORPHANED_IMAGE, "REFILL-4"),
            Guard(~ABSENT, NO_SUCH_ROLE, "REFILL-7", error_code=UNKNOWN),
            Guard(~DELETING, ROLE_BEING_DELETED, "REFILL-7", error_code=UNKNOWN),
            Guard(vault[r, DEFAULT], NO_SUCH_VAULT, "REFILL-4", error_code=UNKNOWN),
        ),
        effects=(points[r, DEFAULT].increases(clause="REFILL-4"), ORPHANS.becomes(False, clause="REFILL-4")),
    ),
)

KEPT = Unchanged(("role", "description"))
AS_NEW = After(PRESENT) & After(description.is_("default"))
BY_VISIT = Does((VISIT,))
BY_PLACING = Does((PLACE,))
CLEAN_DEFAULT = vault[r, DEFAULT] & points[r, DEFAULT].is_zero()

PROPERTIES = (
    Property(
        "step",
        "visit_creates_role_and_default_vault",
        "A permitted visit of the vaults page creates the Default vault of its Region, and the role",
        Every(
            (r,),
            (VISITED & ~permitted).implies(Ends(("not-permitted",)))
            & (VISITED & permitted & ~DELETING).implies(DONE & After(PRESENT) & After(vault[r, DEFAULT]))
            & (VISITED & permitted & DELETING).implies(
                Ends((ROLE_BEING_DELETED.id,)) | DONE & After(vault[r, DEFAULT]) & (KEPT | AS_NEW)
            )
            & (VISITED & PRESENT).implies(KEPT),
        ),
        ("REFILL-1", "REFILL-2", "REFILL-3"),
    ),
    Property(
        "step",
        "visit_creates_one_vault",
        "A visit of the vaults page creates no other vault, and changes nothing else but the role",
        everywhere((BY_VISIT & ~vault[r, v] & After(vault[r, v])).implies(VISITED & v.is_(DEFAULT)))
        & changes_only((VISIT,), "role", "description", "vault", own=(orphaned_images,)),
        ("REFILL-2", "REFILL-3"),
    ),
    Property(
        "step",
        "orphaned_images_are_placed_in_default_vault",
        "AWS Backup places an orphaned image in an existing Default vault while the role is present",
        Every(
            (r,),
            (PLACED & ~ORPHANS).implies(Ends((NO_ORPHANED_IMAGE.id,)))
            & (PLACED & ORPHANS & ABSENT).implies(Ends((NO_SUCH_ROLE.id,)))
            & (PLACED & ORPHANS & DELETING).implies(Ends((ROLE_BEING_DELETED.id,)))
            & (PLACED & ORPHANS & PRESENT & ~vault[r, DEFAULT]).implies(Ends((NO_SUCH_VAULT.id,)))
            & (PLACED & ORPHANS & PRESENT & vault[r, DEFAULT]).implies(
                DONE
                & After(~ORPHANS)
                & After(~points[r, DEFAULT].is_zero())
                & (~points[r, DEFAULT].has_room() | ~Unchanged(("points",)))
            ),
        ),
        ("REFILL-4", "REFILL-7"),
    ),
    Property(
        "step",
        "orphaned_images_fill_no_other_vault",
        "An orphaned image becomes a recovery point of the Default vault of its Region, and nothing else changes",
        everywhere((BY_PLACING & EMPTY & After(~EMPTY)).implies(PLACED & v.is_(DEFAULT)))
        & changes_only((PLACE,), "points", "orphaned_images", own=(orphaned_images,)),
        ("REFILL-4",),
    ),
    Property(
        "step",
        "orphaned_images_change_only_by_their_actions",
        "Orphaned images appear only when an image loses its recovery point, and AWS Backup alone places them",
        Every(
            (r,),
            LOST.implies(DONE & After(ORPHANS))
            & (~ORPHANS & After(ORPHANS)).implies(LOST)
            & (ORPHANS & After(~ORPHANS)).implies(PLACED),
        )
        & changes_only((LOSE,), "orphaned_images", own=(orphaned_images,)),
        ("REFILL-4", "REFILL-6"),
    ),
    Property(
        "sometimes",
        "visit_makes_role_deletion_fail",
        "After the last vault is deleted, a visit of the vaults page can make the deletion of the role fail",
        Ends(("resources-remain",)),
        ("REFILL-2", "CLEAN-2", "CLEAN-6"),
        earlier=NOTHING_NEEDS_IT & PRESENT,
        meanwhile=Does((VISIT, LOSE, PLACE, "delete_service_linked_role")),
    ),
    Property(
        "sometimes",
        "visit_undoes_finished_cleanup",
        "After the role is deleted, a visit of the vaults page creates the role and a Default vault",
        PRESENT & Some((r,), vault[r, DEFAULT]),
        ("REFILL-2", "REFILL-3"),
        earlier=NOTHING_NEEDS_IT & ABSENT,
        meanwhile=BY_VISIT,
    ),
    Property(
        "sometimes",
        "default_vault_fills_without_jobs",
        "A Default vault that was empty can hold a recovery point although no job ran",
        ~points[r, DEFAULT].is_zero(),
        ("REFILL-4",),
        earlier=CLEAN_DEFAULT,
        meanwhile=Does((LOSE, PLACE)),
        each=(r,),
    ),
)

DEFAULT_VAULT_REFILLED = Extension(
    "default-vault-refilled",
    "the console creates the Default vault again, and AWS Backup places orphaned images in it",
    pages=(VAULTS_PAGE, ACCOUNTS_PAGE),
    state=(orphaned_images,),
    rules=RULES,
    amendments=(
        Amendment(
            ("vaults_appear_only_by_their_actions",),
            "A visit of the vaults page creates the Default vault of its Region.",
            unless=BY_VISIT,
        ),
        Amendment(
            ("recovery_points_change_only_by_jobs_and_deletion", "points_and_jobs_change_only_in_place"),
            "AWS Backup places orphaned images in the Default vault as recovery points.",
            unless=BY_PLACING,
        ),
        Amendment(
            ("cleanup_ends_without_role",),
            "AWS Backup can place orphaned images meanwhile; a visit of the vaults page must not happen meanwhile.",
            meanwhile=BY_PLACING,
            variant="cleanup_after_last_visit_ends_without_role",
            sentence="If no new jobs start, an operator who keeps cleaning up after the last visit of the vaults page "
            "deletes the role, although AWS Backup places orphaned images",
            clauses=("REFILL-2", "REFILL-4"),
        ),
    ),
    properties=PROPERTIES,
    clauses=(
        Clause(
            "REFILL-1",
            "rule",
            "The first visit of the vaults page in a Region makes the console create the Default vault there.",
            ("6cdd198a72e9c5f9b5079d4860189813abb2b1a657aaefb673552ec5606fbc30",),
            page=VAULTS_PAGE,
            seen="2025-10",
        ),
        Clause(
            "REFILL-2",
            "rule",
            "A Default vault that was deleted with the CLI exists again once someone visits its Region in the console.",
            ("7203969f705b74bfdd9603ae3312341e9adf10038770579832f232ea8a83808a",),
            page=VAULTS_PAGE,
            seen="2025-10",
        ),
        Clause(
            "REFILL-3",
            "rule",
            "A visit of the vaults page is one of the ways to get a missing role back.",
            (
                "234bb66d19f084525afc6f97340fdaf17b94de1bb5476092d7eee5d233931c61",
                "e9498321b5af120ee939cb04791aa410592c07f334437eac1733b6e1aea983c4",
            ),
            page=ACCOUNTS_PAGE,
            seen="2026-04",
        ),
        Clause(
            "REFILL-4",
            "rule",
            "From time to time AWS Backup turns images that lost their recovery point into expired recovery points of "
            "the Default vault, if this vault exists.",
            ("1ace55f6ebf2d9160f52a90fdfb1112e37d3f39eb0d0379249298cfbd4dab23b",),
            page=VAULTS_PAGE,
            seen="2026-09",
        ),
        Clause(
            "REFILL-5",
            "property",
            "Such a recovery point is deleted like any other, together with its image and snapshots.",
            ("393068055f04e66db0e4399dcd9cd3099011465b8aa94b97c6abb03d687ed08b",),
            page=VAULTS_PAGE,
            seen="2026-09",
        ),
    ),
    conventions={
        "REFILL-6": "An image can lose its recovery point at any time: AWS does not say how images become orphaned.",
        "REFILL-7": "AWS Backup needs a present role to place an image in a vault: without one the images wait.",
    },
    activity=Activity(clocks={LOSE: None, PLACE: 60.0}),
)
