"""``backup-slr prove``: does it hold for any number of Regions, vaults and recovery points?"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from typing import TypeVar

from backup_slr.api.answers import Answer
from backup_slr.cli.bounds import because
from backup_slr.cli.command_options import ProveOptions
from backup_slr.cli.options import LIFECYCLE
from backup_slr.cli.parameters import UsageError
from backup_slr.cli.progress import ProgressBar
from backup_slr.engine.core.model import Model
from backup_slr.errors import unknown

T = TypeVar("T")
EXIT = {"proved": 0, "violated": 1, "inconclusive": 5, "not-inductive": 6}
"""The last one: a counterexample to induction, after which nothing is known to be wrong, nor to be right."""


def prove(options: ProveOptions) -> Answer:
    """Prove every property of states and of steps by induction."""
    from backup_slr.engine.prove.proof_search import AssumptionAnalysis, ProofSearch, overall
    from backup_slr.report import proof

    began = time.monotonic()
    if options.scope.too_large():
        raise UsageError("the scope of the search is too large; what is proof holds for every size anyway")
    scope, without, limits = options.scope.scope, options.model.parts, options.bounds.limits(options.scope)
    if options.all_assumptions:
        if options.model.assume:
            raise UsageError("--all-assumptions takes every reading by itself: leave --assume out")
        readings = AssumptionAnalysis(options.model.table.without(options.model.left_out), scope, limits)
        asked = readings.under()
    else:
        readings, asked = None, ProofSearch(options.model.model, scope, limits)
    _check_names(options.property, [invariant.id for invariant in asked.asked()], asked.model)
    invariants = asked.asked(options.property)
    with ProgressBar("properties", len(invariants)) as bar:
        if readings is not None:
            depend, stopped = until_interrupted(map(readings.depend, bar.over(invariants)))
            verdict = overall([d.default.verdict for d in depend])
            document = proof.readings_document(LIFECYCLE, readings, depend, without, time.monotonic() - began, stopped)
            lines = proof.readings_lines(LIFECYCLE, readings, depend, without, stopped)
        else:
            found, stopped = until_interrupted(map(asked.settle, bar.over(invariants)))
            verdict = overall([s.verdict for s in found])
            again = " ".join(["backup-slr prove", *options.scope.arguments(), *options.model.arguments()])
            document = proof.prove_document(LIFECYCLE, asked, found, without, time.monotonic() - began, stopped)
            lines = proof.prove_lines(LIFECYCLE, asked, found, without, again, stopped)
    return Answer(
        lambda: lines,
        lambda: document,
        note=f"{because()}: what was settled so far is what you see" if stopped else "",
        code=130 if stopped else EXIT[verdict],
    )


def _check_names(names: Iterable[str], known: list[str], model: Model) -> None:
    kinds = {p.id: p.kind for p in model.properties}
    for name in names:
        if name in kinds and name not in known:
            raise UsageError(f"--property: {name!r} is of kind {kinds[name]!r}: induction cannot tell; see 'check'")
        if name not in known:
            raise UsageError(f"--property: {unknown('property', name, known)}")


def until_interrupted(things: Iterator[T]) -> tuple[list[T], bool]:
    """What an iterator gives until it ends or is interrupted, and whether it was."""
    found: list[T] = []
    try:
        for thing in things:  # one by one: what came before an interruption is kept
            found.append(thing)
    except KeyboardInterrupt:
        return found, True
    return found, False
