"""The extension ``retention``: AWS Backup deletes a recovery point when its retention period ends.

Extensions that block deletions build on it: a retention period ends where no person can delete anything, and some of
them delay its end.
"""

from backup_slr.engine.core.formula import TRUE, After, Does, Ends, Unchanged
from backup_slr.engine.core.rule import Assumption, Fair, Guard, Property, Refusal, Rule
from backup_slr.engine.core.variable import Flag
from backup_slr.engine.spec.documentation import Clause
from backup_slr.engine.spec.extension import AddedEffects, Amendment, Extension
from backup_slr.engine.spec.processes import Activity
from backup_slr.lifecycle.extensions.statements import answers, changes_only
from backup_slr.lifecycle.predicates import DONE, EMPTY, GAINS_A_POINT, LAST_POINT, at_vault, everywhere
from backup_slr.lifecycle.vocabulary import A_VAULT, REGION, VAULT, points, r, v

ENDLESS_RETENTION = Assumption(
    "endless-retention",
    "May a recovery point be kept without end?",
    {
        "no": "No: the retention period of every recovery point ends.",
        "yes": "Yes: a job can create a recovery point that is kept until a person deletes it.",
    },
    "AWS Backup allows both, and the backup plans of an account decide. The default describes an account whose plans "
    "all set a retention period; a vault lock with a maximum retention enforces that.",
)

kept_forever = Flag(
    "kept_forever",
    per=(REGION, VAULT),
    reads=("one of its recovery points is kept without end", "none of its recovery points is kept without end"),
    words=("no", "yes", "no"),
    label="recovery point kept without end",
    owner=A_VAULT,
)
keeps_forever = Flag(
    "keeps_forever",
    kind="choice",
    reads=("the new recovery point is kept without end", "the new recovery point has a retention period"),
)

NO_RETENTION_ENDS = Refusal(
    "no-retention-ends", "the vault holds no recovery point with a retention period", None, absent=True
)
RETENTION_ENDS = "retention_ends"
CAN_END = ~EMPTY & (~kept_forever[r, v] | ~LAST_POINT)

RULES = (
    Rule(
        RETENTION_ENDS,
        "a retention period ends, and AWS Backup deletes the recovery point",
        by="service",
        operations=(),
        clauses=("RETAIN-1",),
        place=(r, v),
        guards=(Guard(CAN_END, NO_RETENTION_ENDS, "RETAIN-1"),),
        effects=(points[r, v].decreases(clause="RETAIN-1"),),
    ),
)

RETENTIONS_END = Fair("weak", at_vault(RETENTION_ENDS) & DONE, "every retention period ends", each=(r, v))

NEEDS_A_POINT = Property(
    "always",
    "endless_retention_needs_a_recovery_point",
    "A vault where a recovery point is kept without end is not empty",
    everywhere(~kept_forever[r, v] | ~EMPTY),
    ("RETAIN-2", "ASSUME-KEPT"),
)

PROPERTIES = (
    Property(
        "step",
        "retention_ends_where_it_can",
        "The end of a retention period deletes one recovery point, but never the last one of those kept without end",
        answers(
            (RETENTION_ENDS,),
            (~CAN_END, NO_RETENTION_ENDS.id),
            done=~Unchanged(("points",)) & (~LAST_POINT | After(EMPTY)),
        )
        & changes_only((RETENTION_ENDS,), "points", own=(kept_forever,)),
        ("RETAIN-1",),
    ),
    Property(
        "step",
        "no_retention_ends_is_truthful",
        "No retention period ends only if the vault is empty, or its last recovery point is kept without end",
        everywhere((at_vault(RETENTION_ENDS) & Ends((NO_RETENTION_ENDS.id,))).implies(~CAN_END)),
        ("RETAIN-1",),
    ),
    NEEDS_A_POINT,
    Property(
        "step",
        "endless_retention_changes_in_place",
        "Only a job brings a recovery point that is kept without end, and only the deletion of the last one removes it",
        everywhere(
            (~kept_forever[r, v] & After(kept_forever[r, v])).implies(at_vault("finish_job") & ~Unchanged(("points",)))
            & (kept_forever[r, v] & After(~kept_forever[r, v])).implies(at_vault("delete_recovery_point") & LAST_POINT)
        ),
        ("RETAIN-2", "ASSUME-ENDLESS-RETENTION"),
    ),
    Property(
        "step",
        "endless_retention_ends_with_the_points",
        "A vault with a recovery point that is kept without end has one until it is empty",
        everywhere((kept_forever[r, v] & After(~kept_forever[r, v])).implies(After(EMPTY))),
        ("ASSUME-KEPT",),
    ),
)

RETENTION = Extension(
    "retention",
    "AWS Backup deletes recovery points when their retention periods end",
    pages=("Backup deletion", "Lifecycle"),
    state=(kept_forever,),
    rules=RULES,
    effects=(
        AddedEffects(
            "finish_job",
            (
                kept_forever[r, v].becomes(
                    True, clause="RETAIN-2", when=keeps_forever & GAINS_A_POINT, under=ENDLESS_RETENTION.read_as("yes")
                ),
            ),
            inputs=(keeps_forever,),
        ),
        AddedEffects(
            "delete_recovery_point",
            (kept_forever[r, v].becomes(False, clause="ASSUME-KEPT", when=~EMPTY & LAST_POINT),),
        ),
    ),
    amendments=(
        Amendment(
            ("points_and_jobs_change_only_in_place", "recovery_points_change_only_by_jobs_and_deletion"),
            "The end of a retention period deletes recovery points as well.",
            unless=Does((RETENTION_ENDS,)),
        ),
    ),
    properties=PROPERTIES,
    assumptions=(ENDLESS_RETENTION,),
    clauses=(
        Clause(
            "RETAIN-1",
            "rule",
            "AWS Backup deletes a recovery point by itself, within hours after its retention period has ended.",
            (
                "53108a0742b50f48af47321cd53e33321a689925ea0b855f9eb7f7038d394823",
                "2d44313ee83a4afb3576abd91c313fd393798cb9abc3d653d3856ad843202a3f",
            ),
            page="Backup deletion",
        ),
        Clause(
            "RETAIN-2",
            "rule",
            "A recovery point can have no retention period; then it is kept without end.",
            ("92433d18b00ca80a467fefd752a94d75d7e38ddc372c1a0f6da06704fa696609",),
            page="Lifecycle",
        ),
    ),
    conventions={
        "ASSUME-KEPT": "A vault holds a recovery point that is kept without end from the job that creates it until its "
        "last recovery point is deleted, and the retention periods of the others end first."
    },
    abstracts=(("open", TRUE),),  # a retention period keeps no one from deleting a recovery point earlier
    activity=Activity(clocks={RETENTION_ENDS: None}, chances={keeps_forever.name: 0.0}, singly=(RETENTION_ENDS,)),
)
