"""``backup-slr check`` and ``backup-slr witness``: questions about all that can be reached."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path
from shlex import quote
from typing import Any

from backup_slr.cli import progress
from backup_slr.cli.findings import hand_over, place_of
from backup_slr.cli.options import (
    MOST_SECONDS,
    MOST_STATES,
    UsageError,
    left_out,
    limits,
    scope_arguments,
    settings,
    the_model,
    the_scope,
    the_table,
    too_large,
)
from backup_slr.cli.output import note, write, write_json, write_lines
from backup_slr.engine.check.checker import Judge
from backup_slr.engine.check.engine import conceivable, most_memory
from backup_slr.engine.check.exploration import Explored, Space
from backup_slr.engine.check.memory import MIB, peak
from backup_slr.engine.check.verdicts import EACH_WAY, Report
from backup_slr.engine.check.witness import Witness, points_spoken_of, seek
from backup_slr.engine.core.model import Model
from backup_slr.engine.spec.query import parse
from backup_slr.errors import BadInput, shortened, unknown
from backup_slr.lifecycle import BACKUP
from backup_slr.report.check import (
    WHY_STOPPED,
    check_document,
    clause_lines,
    failure_lines,
    names_of,
    property_lines,
    scope_text,
    summary_lines,
    way_lines,
)
from backup_slr.report.coverage import Covered, coverage
from backup_slr.report.names import usual_names
from backup_slr.report.sarif import Finding
from backup_slr.report.trace_text import asked_and_answered, steps_text, trace_documents, trace_lines
from backup_slr.scenario.load import load
from backup_slr.scenario.save import scenario_text
from backup_slr.scenario.source import is_folder

LONGEST = 200
"""Expressions longer than this are cut where they are only told again."""
TOO_LARGE = "a scope of so many vaults or recovery points is too large to begin with; nothing is known of it"
SAFETY = ("always", "step", "sometimes")
EXIT = {"holds": 0, "violated": 1, "inconclusive": 5, "reached": 0, "unreachable": 1}


def scenario_clauses(folder: str | None, table: Model | None = None) -> dict[str, tuple[str, ...]]:
    """The clauses that the scenarios of a folder name; a file that cannot be read is told of and passed over."""
    path = Path("simulations" if folder is None else folder)
    if not is_folder(path):
        if folder is not None:
            raise BadInput("is no folder of scenarios", folder)
        return {}
    found: dict[str, tuple[str, ...]] = {}
    for file in sorted(path.glob("*.toml")):
        try:
            found[file.stem] = load(file, table).clauses
        except BadInput as error:
            note(f"passed over: {error}")
    return found


def check(args: argparse.Namespace) -> int:
    """Explore everything, judge every property, and tell clause by clause what reaches it."""
    if args.regions is None:
        args.regions = 1 if args.all_assumptions else 2
    if args.all_assumptions:
        from backup_slr.cli.sensitivity import all_assumptions

        return all_assumptions(args)
    model, scope = the_model(args), the_scope(args)
    ids = [p.id for p in (*model.properties, EACH_WAY)]
    for name in args.property:
        if name not in ids:
            raise UsageError(f"--property: {unknown('property', name, ids)}")
    covered = coverage(model, scenario_clauses(args.scenarios, the_table(args)))
    if too_large(args):
        note(TOO_LARGE)
        report = Report(model, scope, Explored([[0]], stopped="states"), (), (), None, 0.0)
    else:
        judge = Judge(model, scope, settings(args))
        only = args.property
        if args.safety:
            kinds = {p.id for p in (*model.properties, EACH_WAY) if p.kind in SAFETY}
            only = [name for name in ids if name in kinds and (not only or name in only)]
            if not only:
                raise UsageError("--safety: none of the properties asked for is one of safety")
        try:
            _warn_of_size(judge.space, args)
            report = judge.check(limits(args), progress.progress(), only, progress.judging())
        finally:
            progress.clear()
    without = list(dict.fromkeys(args.without))
    if args.json:
        write_json(check_document(report, covered, without), args.output)
    else:
        write_lines(_check_lines(report, covered, without, args), args.output)
    hand_over(_findings(report), args)
    if report.stopped == "interrupted":
        note("interrupted: what was found so far is what you see")
        return 130
    return EXIT[report.verdict]


def _warn_of_size(space: Space, args: argparse.Namespace) -> None:
    """Say so beforehand if the states may take more memory than there is."""
    need, there = most_memory(space, settings(args)), limits(args).memory
    if there is not None and need > there:
        note(
            f"a scope of up to {count_text(conceivable(space))} states: if all were reached, they would take "
            f"{size_text(need)} of memory, and {size_text(there)} may be used (--max-memory); it goes as far as it can"
        )


def size_text(size: int) -> str:
    """An amount of memory in words."""
    if size < 10_000 * MIB:
        return f"{size / MIB:,.0f} MiB"
    return f"{count_text(size // (1024 * MIB))} GiB"


def count_text(number: int) -> str:
    """A number in digits, or by its power of ten if those would be too many."""
    return f"{number:,}" if number < 10**12 else f"10^{len(str(number)) - 1}"


def _findings(report: Report) -> Iterator[Finding]:
    for j in report.judgements:
        if j.verdict == "violated":
            sentence = j.property.sentence
            yield Finding(
                j.property.id,
                f"Violated: {sentence}.",
                f"{sentence}.",
                j.trace.steps[-1].request.action if j.trace and j.trace.steps else "",
                "error",
                *place_of(f'"{sentence}"', "properties", "outlook", "answers"),
                clauses=j.property.clauses,
                trace=asked_and_answered(j.trace, names_of(report)) if j.trace else (),
            )


def _check_lines(report: Report, covered: list[Covered], without: list[str], args: argparse.Namespace) -> Iterator[str]:
    yield f"verdict      {report.verdict}"
    if args.rules is not None:
        yield f"rules        {args.rules}"
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
    wanted = parse(args.expression, BACKUP)
    avoid = parse(args.avoid, BACKUP) if args.avoid is not None else None
    if args.points is None:
        args.points = max(1, points_spoken_of(wanted), points_spoken_of(avoid) if avoid is not None else 0)
    model, scope = the_model(args), the_scope(args)
    if too_large(args):
        note(TOO_LARGE)
        found = Witness("inconclusive", None, Explored([[0]], stopped="states"))
    else:
        try:
            found = seek(model, scope, wanted, avoid, limits(args), progress.progress(), settings(args))
        finally:
            progress.clear()
    if args.json:
        write_json(_witness_document(found, args), args.output)
    elif not args.scenario:
        write_lines(_witness_lines(found, args), args.output)
    elif found.trace is not None:
        names, table = usual_names(args.regions, args.vaults), the_table(args)
        without = left_out(args.without, table)
        write((scenario_text(found.trace, names, args.expression, without, table),), args.output)
    else:
        note("\n".join(_witness_lines(found, args)))
    if found.explored.stopped == "interrupted":
        note("interrupted: it was not found so far")
        return 130
    return EXIT[found.verdict]


def _witness_document(found: Witness, args: argparse.Namespace) -> dict[str, Any]:
    return {
        "schema_version": 1,
        "expression": args.expression,
        "avoid": args.avoid,
        "scope": {"regions": args.regions, "vaults": args.vaults, "points": args.points},
        "assumptions": dict(the_model(args).assumed),
        "without": list(dict.fromkeys(args.without)),
        "verdict": found.verdict,
        "stopped": None if found.explored.stopped == "found" else found.explored.stopped,
        "trace": trace_documents(found.trace, usual_names(args.regions, args.vaults)) if found.trace else None,
        "states": found.explored.count,
        "representatives": found.explored.representatives,
        "engine": found.explored.engine,
        "peak_mib": round(peak() / MIB, 1),
    }


def _witness_lines(found: Witness, args: argparse.Namespace) -> Iterator[str]:
    states = found.explored.count
    scope = scope_text(args.regions, args.vaults, args.points)
    if found.trace is not None:
        yield f"reached in {steps_text(len(found.trace.steps))}, and no fewer: {shortened(args.expression, LONGEST)}"
        yield from trace_lines(found.trace, usual_names(args.regions, args.vaults))
    elif found.verdict == "unreachable":
        avoiding = f", avoiding {shortened(args.avoid, LONGEST)}" if args.avoid else ""
        yield f"unreachable in this scope: {shortened(args.expression, LONGEST)}{avoiding}"
        yield f"  all {states:,} states were looked at ({scope})"
        yield "  a larger scope may still reach it: --regions, --vaults, --points"
    else:
        why = "nothing was looked for" if too_large(args) else WHY_STOPPED[found.explored.stopped or "interrupted"]
        yield f"inconclusive: {shortened(args.expression, LONGEST)}"
        yield f"  not found among the first {states:,} states ({scope}); {why}"
        if not too_large(args):
            avoid = f" --avoid {quote(args.avoid)}" if args.avoid else ""
            states = args.max_states * (10 if found.explored.stopped == "states" else 1)
            more = f"--max-states {min(states, MOST_STATES)}"
            if args.timeout is not None:
                seconds = args.timeout * (10 if found.explored.stopped == "time" else 1)
                more += f" --timeout {min(seconds, MOST_SECONDS):.9g}"
            yield f"  again: backup-slr witness {quote(args.expression)}{avoid} {scope_arguments(args)} {more}"
