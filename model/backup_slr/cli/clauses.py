"""``backup-slr clauses``: list the statements of the page with their citations, or compare a saved copy."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from backup_slr.api.answers import Answer
from backup_slr.api.telling import place_of
from backup_slr.cli.check import scenario_clauses
from backup_slr.cli.citations import clauses_of_tests
from backup_slr.cli.command_options import ClausesOptions
from backup_slr.cli.model_options import LIFECYCLE
from backup_slr.cli.parameters import UsageError, blaming
from backup_slr.cli.render import note
from backup_slr.drift.comparison import PageComparison
from backup_slr.drift.sentences import read
from backup_slr.engine.spec.selection import names_matching
from backup_slr.report import reference
from backup_slr.report.coverage import Covered, coverage
from backup_slr.report.drift import drift_document, drift_lines, drift_message, sentence_lines
from backup_slr.report.sarif import Finding


def clauses(options: ClausesOptions) -> Answer:
    """List the clauses of the page with their citations, or compare a saved copy of the page with them."""
    if options.page is not None:
        return _drift(options, options.page)
    if options.old_page is not None or options.tests is not None or options.output.sarif is not None:
        raise UsageError("--old-page, --tests and --sarif are for --page FILE")
    covered = coverage(
        options.model.lifecycle, options.model.model, scenario_clauses(options.scenarios, options.model.lifecycle)
    )
    if options.ids:
        with blaming():
            wanted = names_matching("clause", options.ids, {c.clause.id: c.clause.says for c in covered})
        covered = [c for c in covered if c.clause.id in wanted]
    return Answer(
        lambda: reference.clauses_lines(covered),
        lambda: {"schema_version": 1, "clauses": reference.clauses_documents(covered)},
        lambda: reference.clauses_markdown(covered),
    )


def _drift(options: ClausesOptions, page: str) -> Answer:
    """Compare a saved copy of the page with the clauses."""
    if options.ids:
        raise UsageError("--page compares the whole page: omit the clauses")
    old = options.old_page
    if options.output.format == "md":
        raise UsageError("--format md: with --page, text or json")
    found = PageComparison(
        read(page), None if old is None else read(old), LIFECYCLE.page, LIFECYCLE.name, LIFECYCLE.facts
    )
    found.require_page(page)
    if found.old is not None and not found.as_read.carried & found.was.keys():
        note(f"{old}: none of its sentences belongs to a clause, so it is not used")
    covered: dict[str, Covered] = {}
    if any(d.status != "unchanged" for d in found.compared):
        scenarios = scenario_clauses(options.scenarios, options.model.lifecycle)
        cited = clauses_of_tests(options.tests)
        covered = {c.clause.id: c for c in coverage(options.model.lifecycle, options.model.model, scenarios, cited)}
    return Answer(
        lambda: drift_lines(found, covered),
        lambda: drift_document(found, covered, page, old),
        findings=lambda: _findings(found, covered),
        code=int(found.drifted),
    )


def _findings(found: PageComparison, covered: Mapping[str, Covered]) -> Iterator[Finding]:
    for drift in found.compared:
        if drift.status != "unchanged":
            clause, where = drift.clause, place_of(f'"{drift.clause.id}"', "clauses")
            message, about = drift_message(drift, covered[clause.id]), f"{clause.id}: {clause.says}"
            yield Finding(clause.id, message, about, clause.id, "error", *where, clauses=(clause.id,))
    for sentence in found.uncarried:
        if sentence.status != "kept":
            lines = ". ".join(sentence_lines(sentence))
            yield Finding(
                "uncarried-sentence",
                f"A heading or reference without a clause is {sentence.status} on the page: {lines}",
                "A heading or reference of the page without a clause.",
                sentence.sha256[:12],
                "warning",
                *place_of(sentence.sha256, "page"),
            )
    for new in found.new:
        yield Finding(
            "new-sentence",
            f"This sentence of the page has no clause: {new}",
            "A sentence of the page without a clause.",
            new[:60],
            "warning",
            *place_of("CLAUSES: tuple", "clauses"),
        )
