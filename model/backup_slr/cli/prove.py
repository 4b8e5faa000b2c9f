"""``backup-slr prove``: does it hold for any number of Regions, vaults and recovery points?"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TypeVar

from backup_slr.api.answers import Answer, exit_code, until_interrupted
from backup_slr.cli.bounds import because
from backup_slr.cli.command_options import ProveOptions
from backup_slr.cli.options import LIFECYCLE
from backup_slr.cli.parameters import UsageError, blaming
from backup_slr.cli.progress import ProgressBar

T = TypeVar("T")


def prove(options: ProveOptions) -> Answer:
    """Prove every property of states and of steps by induction."""
    if options.scope.too_large():
        raise UsageError("the scope of the search is too large; what is proof holds for every size anyway")
    with blaming("--property"):
        if options.all_assumptions:
            answer = _all_assumptions(options)
        else:
            limits = options.bounds.limits(options.scope)
            role = options.model.role
            answer = role.prove(*options.property, limits=limits, progress=_shown, **options.scope.given)
    if answer.code == 130:
        return replace(answer, note=f"{because()}: what was settled so far is what you see")
    return answer


def _shown(invariants: Sequence[T]) -> Iterator[T]:
    with ProgressBar("properties", len(invariants)) as bar:
        yield from bar.over(invariants)


def _all_assumptions(options: ProveOptions) -> Answer:
    """Prove them under all readings at once, and under each value by itself."""
    from backup_slr.engine.prove.proof_search import AssumptionAnalysis, overall
    from backup_slr.report import proof

    began, role = time.monotonic(), options.model.every_reading
    readings = AssumptionAnalysis(role.table, options.scope.scope, options.bounds.limits(options.scope))
    asked = readings.under()
    role.know_provable(options.property, asked.asked())
    depend, stopped = until_interrupted(map(readings.depend, _shown(asked.asked(options.property))))
    about, seconds = (LIFECYCLE, readings, depend, options.model.parts), time.monotonic() - began
    return Answer(
        lambda: proof.readings_lines(*about, stopped),
        lambda: proof.readings_document(*about, seconds, stopped),
        code=exit_code(overall([d.default.verdict for d in depend]), stopped),
    )
