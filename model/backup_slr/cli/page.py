"""``backup-slr clauses --page FILE``: has the page changed under us?"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping

from backup_slr.cli.check import scenario_clauses
from backup_slr.cli.citing import clauses_of_tests
from backup_slr.cli.findings import hand_over, place_of
from backup_slr.cli.options import UsageError, the_model, the_table
from backup_slr.cli.output import note, write_json, write_lines
from backup_slr.drift.comparison import ClauseDrift, PageComparison, SentenceDrift
from backup_slr.drift.sentences import read
from backup_slr.lifecycle import page as original
from backup_slr.lifecycle.clauses import FACTS, ROLE_NAME
from backup_slr.report.coverage import Covered, coverage
from backup_slr.report.drift import drift_document, drift_lines, drift_message, sentence_lines
from backup_slr.report.sarif import Finding


def page(args: argparse.Namespace) -> int:
    """Compare a saved copy of the page with the clauses."""
    if args.format == "md":
        raise UsageError("--format md: with --page, text or json")
    old = None if args.old_page is None else read(args.old_page)
    found = PageComparison(read(args.page), old, original.SAVED_PAGE, ROLE_NAME, FACTS)
    found.require_page(args.page)
    if found.old is not None and not found.as_read.carried & found.was.keys():
        note(f"{args.old_page}: none of its sentences is one that a clause comes from; it does not help")
    covered: dict[str, Covered] = {}
    if any(d.status != "unchanged" for d in found.compared):
        scenarios = scenario_clauses(args.scenarios, the_table(args))
        covered = {c.clause.id: c for c in coverage(the_model(args), scenarios, clauses_of_tests(args.tests))}
    if args.json or args.format == "json":
        write_json(drift_document(found, covered, args.page, args.old_page), args.output)
    else:
        write_lines(drift_lines(found, covered), args.output)
    hand_over(_findings(found, covered), args)
    return 1 if found.drifted else 0


def _findings(found: PageComparison, covered: Mapping[str, Covered]) -> Iterator[Finding]:
    for d in found.compared:
        if d.status != "unchanged":
            yield _finding(d, covered[d.clause.id])
    for s in found.uncarried:
        if s.status != "kept":
            yield _uncarried(s)
    for sentence in found.new:
        yield Finding(
            "new-sentence",
            f"No clause carries this sentence of the page: {sentence}",
            "A sentence of the page that no clause carries.",
            sentence[:60],
            "warning",
            *place_of("CLAUSES: tuple", "clauses"),
        )


def _finding(drift: ClauseDrift, covered: Covered) -> Finding:
    clause, where = drift.clause, place_of(f'"{drift.clause.id}"', "clauses")
    message, about = drift_message(drift, covered), f"{clause.id}: {clause.says}"
    return Finding(clause.id, message, about, clause.id, "error", *where, clauses=(clause.id,))


def _uncarried(sentence: SentenceDrift) -> Finding:
    lines = ". ".join(sentence_lines(sentence))
    return Finding(
        "uncarried-sentence",
        f"A heading or reference that no clause carries is {sentence.status} on the page: {lines}",
        "A heading or reference of the page that no clause carries.",
        sentence.sha256[:12],
        "warning",
        *place_of(sentence.sha256, "page"),
    )
