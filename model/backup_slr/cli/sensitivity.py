"""``backup-slr check --all-assumptions``: what depends on how the page is read."""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from concurrent.futures.process import BrokenProcessPool

from backup_slr.cli import progress
from backup_slr.cli.bounds import because
from backup_slr.cli.findings import hand_over, place_of
from backup_slr.cli.options import UsageError, left_out, limits, the_scope, the_table, too_large
from backup_slr.cli.output import note, write_json, write_lines
from backup_slr.engine.check.sensitivity import Found, Sensitivity, readings
from backup_slr.engine.check.verdicts import EACH_WAY
from backup_slr.engine.check.workers import LOST
from backup_slr.errors import unknown
from backup_slr.report.sarif import Finding
from backup_slr.report.sensitivity import Answer, sensitivity_document, sensitivity_lines
from backup_slr.report.trace_text import asked_and_answered

EXIT = {"holds": 0, "violated": 1, "inconclusive": 5}


def all_assumptions(args: argparse.Namespace) -> int:
    """Judge every property under every value of every assumption, alone and in pairs."""
    if args.assume:
        raise UsageError("--all-assumptions takes every reading by itself: leave --assume out")
    scope, without = the_scope(args), list(dict.fromkeys(args.without))
    if too_large(args):
        note("a scope of so many vaults or recovery points is too large for this; nothing is known of it")
        return 5
    table = the_table(args)
    model = table.without(left_out(without, table))
    ids = [p.id for p in (*model.properties, EACH_WAY)]
    for name in args.property:
        if name not in ids:
            raise UsageError(f"--property: {unknown('property', name, ids)}")
    asked = Sensitivity(model, scope, limits(args), tuple(args.property))
    wanted = readings(model)
    began = time.monotonic()
    found: list[Found] = []
    stopped = lost = False
    try:
        for one in progress.bar(len(wanted), "readings")(asked.judge_all(wanted)):
            found.append(one)
    except KeyboardInterrupt:
        stopped = True
    except BrokenProcessPool:
        lost = True
    progress.clear()
    answer = Answer(asked, found, wanted, without, time.monotonic() - began, stopped)
    if args.json:
        write_json(sensitivity_document(answer), args.output)
    else:
        write_lines(sensitivity_lines(answer), args.output)
    hand_over(_findings(answer), args)
    if stopped:
        note(f"{because()}: what was judged so far is what you see")
        return 130
    if lost:
        note(f"{LOST}: {len(found):,} of {len(wanted):,} combinations were judged")
        return 5
    return EXIT[answer.verdict]


def _findings(answer: Answer) -> Iterator[Finding]:
    """Each dependency, as a note: it is no fault that something depends on a reading, but worth to know."""
    for d in answer.alone:
        name, value = d.taken[0]
        sentence = d.property.sentence
        yield Finding(
            d.property.id,
            f"Depends on a reading: {d.verdict} under {name}={value}. {sentence}.",
            f"{sentence}.",
            f"{name}={value}",
            "note",
            *place_of(f'"{name}"', "assumptions"),
            clauses=d.property.clauses,
            trace=asked_and_answered(d.trace, answer.names) if d.trace else (),
        )
