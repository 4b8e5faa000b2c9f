"""``backup-slr prove``: does it hold for any number of Regions, vaults and recovery points?"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from typing import TypeVar

from backup_slr.cli import progress
from backup_slr.cli.bounds import because
from backup_slr.cli.options import (
    UsageError,
    left_out,
    limits,
    scope_arguments,
    the_model,
    the_scope,
    the_table,
    too_large,
)
from backup_slr.cli.output import note, write_json, write_lines
from backup_slr.errors import unknown

NOT_INDUCTIVE = 6
"""The exit code of its own that a counterexample to induction has: nothing is known to be wrong, nor to be right."""
EXIT = {"proved": 0, "violated": 1, "not-inductive": NOT_INDUCTIVE, "inconclusive": 5}


def prove(args: argparse.Namespace) -> int:
    """Prove every property of states and of steps by induction."""
    from backup_slr.engine.prove.verdict import Prove, Readings, overall
    from backup_slr.report.proof import prove_document, prove_lines, readings_document, readings_lines

    began = time.monotonic()
    scope, without = the_scope(args), list(dict.fromkeys(args.without))
    if too_large(args):
        raise UsageError("the scope of the search is too large; what is proved holds for every size anyway")
    bounds = limits(args)
    if args.all_assumptions:
        if args.assume:
            raise UsageError("--all-assumptions takes every reading by itself: leave --assume out")
        model = the_table(args)
        readings = Readings(model.without(left_out(without, model)), scope, bounds)
        asked = readings.under()
    else:
        readings, asked = None, Prove(the_model(args), scope, bounds)
    ids = [invariant.id for invariant in asked.asked()]
    for name in args.property:
        if name not in ids:
            kinds = {p.id: p.kind for p in asked.model.properties}
            if name in kinds:
                raise UsageError(f"--property: {name!r} is of kind {kinds[name]!r}: induction cannot tell; see 'check'")
            raise UsageError(f"--property: {unknown('property', name, ids)}")
    wanted = asked.asked(args.property)
    bar = progress.bar(len(wanted), "properties")
    if readings is not None:
        depend, stopped = until_interrupted(readings.depend(invariant) for invariant in bar(wanted))
        verdict = overall([d.default.verdict for d in depend])
        document = readings_document(readings, depend, without, time.monotonic() - began, stopped)
        lines = readings_lines(readings, depend, without, stopped)
    else:
        found, stopped = until_interrupted(asked.settle(invariant) for invariant in bar(wanted))
        verdict = overall([s.verdict for s in found])
        document = prove_document(asked, found, without, time.monotonic() - began, stopped)
        lines = prove_lines(asked, found, without, f"backup-slr prove {scope_arguments(args)}", stopped)
    progress.clear()
    if args.json:
        write_json(document, args.output)
    else:
        write_lines(lines, args.output)
    if stopped:
        note(f"{because()}: what was settled so far is what you see")
        return 130
    return EXIT[verdict]


T = TypeVar("T")


def until_interrupted(things: Iterator[T]) -> tuple[list[T], bool]:
    """What an iterator gives until it ends or somebody interrupts it, and whether somebody did."""
    found: list[T] = []
    try:
        for thing in things:  # one by one: what came before an interruption is kept
            found.append(thing)
    except KeyboardInterrupt:
        return found, True
    return found, False
