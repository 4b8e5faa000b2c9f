"""``backup-slr check`` and ``backup-slr witness``: questions about all that can be reached."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path
from shlex import quote

from backup_slr.check.explore import Explored, Limits
from backup_slr.check.judge import EACH_WAY, Judge, Report
from backup_slr.check.witness import Witness, points_spoken_of, seek
from backup_slr.cli import progress
from backup_slr.cli.options import UsageError, scope_arguments, the_model, the_scope, too_large
from backup_slr.cli.output import note, write, write_json, write_lines
from backup_slr.errors import BadInput, unknown
from backup_slr.lifecycle.expression import parse
from backup_slr.report.checked import (
    check_document,
    clause_lines,
    failure_lines,
    property_lines,
    scope_text,
    summary_lines,
    way_lines,
)
from backup_slr.report.coverage import Covered, coverage
from backup_slr.report.names import usual_names
from backup_slr.report.steps import trace_documents, trace_lines
from backup_slr.scenario.load import load
from backup_slr.scenario.save import scenario_text

EXIT = {"holds": 0, "violated": 1, "inconclusive": 5, "reached": 0, "unreachable": 1}


def scenario_clauses(folder: str | None) -> dict[str, tuple[str, ...]]:
    """The clauses that the scenarios of a folder name; a file that cannot be read is told of and passed over."""
    path = Path(folder or "simulations")
    if not path.is_dir():
        if folder:
            raise BadInput("is no folder of scenarios", folder)
        return {}
    found: dict[str, tuple[str, ...]] = {}
    for file in sorted(path.glob("*.toml")):
        try:
            found[file.stem] = load(file).clauses
        except BadInput as error:
            note(f"passed over: {error}")
    return found


def check(args: argparse.Namespace) -> int:
    """Explore everything, judge every property, and tell clause by clause what reaches it."""
    model, scope = the_model(args), the_scope(args)
    ids = [p.id for p in (*model.properties, EACH_WAY)]
    for name in args.property:
        if name not in ids:
            raise UsageError(f"--property: {unknown('property', name, ids)}")
    covered = coverage(model, scenario_clauses(args.scenarios))
    if too_large(args):
        note("a scope of so many vaults or points is too large to begin with; nothing is known of it")
        report = Report(model, scope, Explored([[0]], stopped="states"), (), (), None, 0.0)
    else:
        try:
            limits = Limits(args.max_states, args.timeout)
            report = Judge(model, scope).check(limits, progress.progress(), args.property)
        finally:
            progress.clear()
    without = list(dict.fromkeys(args.without))
    if args.json:
        write_json(check_document(report, covered, without), args.output)
    else:
        write_lines(_check_lines(report, covered, without, args), args.output)
    if report.explored.stopped == "interrupted":
        note("interrupted: what was found so far is what you see")
        return 130
    return EXIT[report.verdict]


def _check_lines(report: Report, covered: list[Covered], without: list[str], args: argparse.Namespace) -> Iterator[str]:
    yield f"verdict      {report.verdict}"
    yield from summary_lines(report, without)
    if report.ways:
        yield from way_lines(report)
    yield ""
    yield "properties"
    yield from property_lines(report)
    again = f"backup-slr check {scope_arguments(args)}"
    yield from failure_lines(report, {j.property.id: f"{again} --property {j.property.id}" for j in report.judgements})
    if not args.property:
        yield ""
        yield "clauses, and what reaches them"
        yield from clause_lines(covered)


def witness(args: argparse.Namespace) -> int:
    """Find a shortest trace to a state that an expression describes."""
    wanted = parse(args.expression)
    avoid = parse(args.avoid) if args.avoid else None
    if args.points is None:
        args.points = max(1, points_spoken_of(wanted), points_spoken_of(avoid) if avoid is not None else 0)
    model, scope = the_model(args), the_scope(args)
    if too_large(args):
        note("a scope of so many vaults or points is too large to begin with; nothing is known of it")
        found = Witness("inconclusive", None, Explored([[0]], stopped="states"))
    else:
        try:
            found = seek(model, scope, wanted, avoid, Limits(args.max_states, args.timeout), progress.progress())
        finally:
            progress.clear()
    names = usual_names(args.regions, args.vaults)
    states = len(found.explored.states)
    if args.json:
        document = {
            "schema_version": 1,
            "expression": args.expression,
            "avoid": args.avoid,
            "scope": {"regions": args.regions, "vaults": args.vaults, "points": args.points},
            "assumptions": dict(model.assumed),
            "verdict": found.verdict,
            "trace": trace_documents(found.trace, names) if found.trace else None,
            "states": states,
        }
        write_json(document, args.output)
    elif args.scenario and found.trace:
        write(scenario_text(found.trace, names, args.expression), args.output)
    else:
        write_lines(_witness_lines(found, args, states), args.output)
    if found.explored.stopped == "interrupted":
        return 130
    return EXIT[found.verdict]


def _witness_lines(found: Witness, args: argparse.Namespace, states: int) -> Iterator[str]:
    names = usual_names(args.regions, args.vaults)
    scope = scope_text(args.regions, args.vaults, args.points)
    if found.trace is not None:
        yield f"reached in {len(found.trace.steps)} steps, and no fewer: {args.expression}"
        yield from trace_lines(found.trace, names)
    elif found.verdict == "unreachable":
        avoiding = f", avoiding {args.avoid}" if args.avoid else ""
        yield f"unreachable in this scope: {args.expression}{avoiding}"
        yield f"  all {states:,} states were looked at ({scope})"
        yield "  a larger scope may still reach it: --regions, --vaults, --points"
    else:
        yield f"inconclusive: {args.expression}"
        yield f"  not found among the first {states:,} states ({scope})"
        again = f"{quote(args.expression)} {scope_arguments(args)} --max-states {10 * args.max_states}"
        yield f"  again: backup-slr witness {again}"
