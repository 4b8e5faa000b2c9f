"""``backup-slr prove``: prove properties for any number of Regions, vaults and recovery points."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TypeVar

from backup_slr.api.answers import Answer, exit_code, until_interrupted
from backup_slr.api.role_model import RoleModel
from backup_slr.cli.bounds import because
from backup_slr.cli.command_options import ProveOptions
from backup_slr.cli.options import SMALLEST_SCOPE
from backup_slr.cli.parameters import UsageError, blaming
from backup_slr.cli.progress import ProgressBar
from backup_slr.engine.spec.stated_property import stated_formulas

T = TypeVar("T")


def prove(options: ProveOptions) -> Answer:
    """Prove *always* and *step* properties by induction."""
    if options.scope.too_large():
        raise UsageError("the scope of the search for violations is too large; proofs hold for every scope")
    role = options.model.every_reading if options.all_assumptions else options.model.role
    role, names = options.stated.added_to(role, options.property, ("always", "step"))
    with blaming("--property"):
        if options.all_assumptions:
            answer = _all_assumptions(options, role, names)
        else:
            limits = options.bounds.limits(options.scope)
            answer = role.prove(*names, limits=limits, progress=_shown, **options.scope.given)
    if answer.code == 130:
        return replace(answer, note=f"{because()}; showing partial results")
    return answer


def _shown(invariants: Sequence[T]) -> Iterator[T]:
    with ProgressBar("properties", len(invariants)) as bar:
        yield from bar.over(invariants)


def _all_assumptions(options: ProveOptions, role: RoleModel, names: Sequence[str]) -> Answer:
    """Prove them under all values of assumptions at once, and under each value alone."""
    from backup_slr.engine.prove.proof_search import AssumptionAnalysis, overall
    from backup_slr.report import proof

    began = time.monotonic()
    smallest = dict(zip(options.scope.numbers, SMALLEST_SCOPE, strict=True))
    scope = role.scope_for(stated_formulas(role.table.properties), options.scope.given, smallest)
    analysis = AssumptionAnalysis(role.table, scope, options.bounds.limits(options.scope))
    search = analysis.under()
    only = role.provable_ids(names, search.asked())
    depend, stopped = until_interrupted(map(analysis.depend, _shown(search.asked(only))))
    about, seconds = (options.model.lifecycle, analysis, depend, options.model.parts), time.monotonic() - began
    return Answer(
        lambda: proof.readings_lines(*about, stopped),
        lambda: proof.readings_document(*about, seconds, stopped),
        code=exit_code(overall([d.default.verdict for d in depend]), stopped),
    )
