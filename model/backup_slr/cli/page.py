"""``backup-slr clauses --page FILE``: has the page changed under us?"""

from __future__ import annotations

import argparse
from collections.abc import Iterator

from backup_slr.cli.findings import hand_over, place_of
from backup_slr.cli.options import UsageError
from backup_slr.cli.output import note, write_json, write_lines
from backup_slr.page.drift import Comparison
from backup_slr.page.sentences import read
from backup_slr.report.drift import drift_document, drift_lines, drift_message
from backup_slr.report.sarif import Finding


def page(args: argparse.Namespace) -> int:
    """Compare a saved copy of the page with the clauses."""
    if args.format == "md":
        raise UsageError("--format md: with --page, text or json")
    found = Comparison(read(args.page), None if args.old_page is None else read(args.old_page))
    found.require_page(args.page)
    if found.old is not None and not set(found.wanted) & set(found.was):
        note(f"{args.old_page}: none of its sentences is one that a clause comes from; it does not help")
    if args.json or args.format == "json":
        write_json(drift_document(found, args.page, args.old_page), args.output)
    else:
        write_lines(drift_lines(found), args.output)
    hand_over(_findings(found), args)
    return 1 if found.drifted else 0


def _findings(found: Comparison) -> Iterator[Finding]:
    for d in found.compared:
        if d.status != "unchanged":
            where = place_of(f'"{d.clause.id}"', "clauses")
            about = f"{d.clause.id}: {d.clause.says}"
            yield Finding(d.clause.id, drift_message(d), about, d.clause.id, "error", *where, clauses=(d.clause.id,))
    for sentence in found.new:
        yield Finding(
            "new-sentence",
            f"No clause carries this sentence of the page: {sentence}",
            "A sentence of the page that no clause carries.",
            sentence[:60],
            "warning",
            *place_of("CLAUSES: tuple", "clauses"),
        )
