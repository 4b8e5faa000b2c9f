"""The answers of `AssumedModel` as text and JSON, with findings and the commands that reproduce them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Any

from backup_slr.api.answers import TraceStep
from backup_slr.engine.check.exploration import Limits
from backup_slr.engine.check.memory import MIB, peak
from backup_slr.engine.check.results import Report
from backup_slr.engine.check.witness import Witness
from backup_slr.engine.core.scope import Scope
from backup_slr.engine.core.trace import Trace
from backup_slr.engine.spec.stated_property import option_of
from backup_slr.errors import shortened
from backup_slr.report import check as reports
from backup_slr.report.coverage import Covered
from backup_slr.report.names import example_names
from backup_slr.report.sarif import Finding
from backup_slr.report.scopes import everywhere_text, scope_document, scope_options_text, scope_text
from backup_slr.report.trace_text import (
    asked_and_answered,
    change_text,
    step_tellings,
    steps_text,
    trace_documents,
    trace_lines,
)

if TYPE_CHECKING:
    from backup_slr.api.assumed_model import AssumedModel

MOST_STATES = 10**12
MOST_SECONDS = 10**9
LONGEST = 200
"""Longer expressions are cut where they are only repeated."""
UNREACHABLE = {
    None: "unreachable in this scope",
    "proved": "unreachable at every size (proved)",
    "not-proved": "unreachable in this scope; not proved for larger ones",
}
"""The result of a search without a trace, by that of the proof for every size (None: not tried)."""


def again(asked: AssumedModel, scope: Scope, *question: str) -> str:
    """The command line that asks the same question."""
    rules = [f"--rules {quote(asked.rules)}"] if asked.rules is not None else []
    rules += [f"--with {','.join(asked.extensions)}"] if asked.extensions else []
    readings = [f"--assume {name}={value}" for name, value in asked.assume.items()]
    without = [f"--without {part}" for part in asked.without]
    where = scope_options_text(asked.lifecycle, scope)
    return " ".join(["backup-slr", *question, where, *rules, *readings, *without])


def place_of(text: str, *modules: str) -> tuple[str | None, int | None]:
    """Find a text in the sources of the lifecycle: file and line, if they are below the working directory.

    >>> place_of("no source has this text", "rules")
    (None, None)
    """
    folder = Path(__file__).parent.parent / "lifecycle"
    for module in modules:
        file = folder / f"{module}.py"
        try:
            name = str(file.relative_to(Path.cwd()))
        except ValueError:  # the package is installed elsewhere, outside of the project of the reader
            return None, None
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
            if text in line:
                return name, number
    return None, None


def placed(finding: Finding) -> Finding:
    """A finding about a rule with the place of the rule."""
    file, line = place_of(f'"{finding.subject.partition("/")[0]}",', "rules")
    return replace(finding, file=file, line=line)


def steps(asked: AssumedModel, trace: Trace | None) -> tuple[TraceStep, ...] | None:
    """The steps of a trace by name."""
    if trace is None:
        return None
    names = example_names(asked.lifecycle, trace.machine.scope)
    return tuple(
        TraceStep(
            t.rule.action,
            names.place(t.request.place),
            t.outcome,
            t.guard.otherwise.id if t.guard else None,
            t.clauses,
            tuple(change_text(change, names) for change in t.changed),
            f"{t.asked}: {t.answered}",
        )
        for t in step_tellings(trace, names)
    )


# ---------------------------------------------------------------- check


def check_lines(
    asked: AssumedModel,
    report: Report,
    covered: list[Covered],
    chosen: bool,
    verbose: bool = False,
    clauses: bool = False,
) -> Iterator[str]:
    """A check for people: violations, the summary, and the verdict last.

    `chosen`: properties were named, so they are listed, and those that are *sometimes* true with their witnesses;
    `verbose` lists all properties; `clauses` adds the table of clauses.
    """
    command = again(asked, report.scope, "check")
    reproduce = {j.property.id: f"{command} {option_of(j.property)}" for j in report.results}
    yield from reports.failure_lines(asked.lifecycle, report, reproduce)
    if chosen:
        yield from reports.witness_lines(asked.lifecycle, report)
    if clauses:
        yield "coverage by clause"
        yield from reports.clause_lines(covered)
        yield ""
    if chosen or verbose:
        yield "properties"
        yield from reports.property_lines(report)
        yield ""
    if asked.rules is not None:
        yield f"rules        {asked.rules}"
    if asked.lifecycle.composed_of:
        yield f"with         {', '.join(asked.lifecycle.composed_of)}"
    yield from reports.scope_lines(asked.lifecycle, report, asked.without)
    yield from reports.explored_lines(report, verbose)
    yield from reports.unchecked_lines(report)
    yield f"verdict      {reports.verdict_text(report)}"


def check_findings(asked: AssumedModel, report: Report) -> Iterator[Finding]:
    """Every violated property."""
    for j in report.results:
        if j.verdict == "violated":
            sentence = j.property.sentence
            yield Finding(
                j.property.id,
                f"Violated: {sentence}.",
                f"{sentence}.",
                j.trace.steps[-1].request.action if j.trace and j.trace.steps else "",
                "error",
                *place_of(f'"{sentence}"', "properties/invariants", "properties/responses", "properties/behaviors"),
                clauses=j.property.clauses,
                trace=asked_and_answered(j.trace, example_names(asked.lifecycle, report.scope)) if j.trace else (),
            )


# ---------------------------------------------------------------- witness


def witness_document(
    asked: AssumedModel, expression: str, avoid: str | None, scope: Scope, found: Witness, every_size: str | None
) -> dict[str, Any]:
    """A search as JSON."""
    names = example_names(asked.lifecycle, scope)
    return {
        "schema_version": 1,
        "expression": expression,
        "avoid": avoid,
        "scope": scope_document(asked.lifecycle, scope),
        "assumptions": dict(asked.model.assumed),
        "without": asked.without,
        "verdict": found.verdict,
        "every_size": every_size,
        "stopped": None if found.explored.stopped == "found" else found.explored.stopped,
        "trace": trace_documents(found.trace, names) if found.trace else None,
        "states": found.explored.count,
        "representatives": found.explored.representatives,
        "engine": found.explored.engine,
        "peak_mib": round(peak() / MIB, 1),
    }


def witness_lines(
    asked: AssumedModel,
    expression: str,
    avoid: str | None,
    scope: Scope,
    found: Witness,
    limits: Limits | None,
    every_size: str | None,
) -> Iterator[str]:
    """A search for people; without `limits`, nothing was explored."""
    states, stopped = found.explored.count, found.explored.stopped
    wanted, where = shortened(expression, LONGEST), scope_text(asked.lifecycle, scope)
    wanted += f", avoiding {shortened(avoid, LONGEST)}" if avoid else ""
    if found.trace is not None:
        yield f"reachable in {steps_text(len(found.trace.steps))} (shortest): {wanted}"
        yield from trace_lines(found.trace, example_names(asked.lifecycle, scope))
    elif found.verdict == "unreachable":
        yield f"{UNREACHABLE[every_size]}: {wanted}"
        yield f"  explored: all {states:,} states of {where}"
        if every_size == "proved":
            yield f"  proved by induction for {everywhere_text(asked.lifecycle)}"
        else:
            options = ", ".join(f"--{name}" for name in scope_document(asked.lifecycle, scope))
            yield f"  a larger scope may reach it: {options}"
    else:
        why = reports.WHY_STOPPED[stopped or "interrupted"] if limits else "the scope is too large to explore"
        yield f"inconclusive: {wanted}"
        yield f"  not found in the first {states:,} states of {where}; {why}"
        if limits:  # with the one that was hit ten times as large
            avoiding = [f"--avoid {quote(avoid)}"] if avoid else []
            command = again(asked, scope, "witness", quote(expression), *avoiding)
            command += f" --max-states {min(limits.states * (10 if stopped == 'states' else 1), MOST_STATES)}"
            if limits.seconds is not None:
                seconds = limits.seconds * (10 if stopped == "time" else 1)
                command += f" --timeout {min(seconds, MOST_SECONDS):.9g}"
            yield f"  again: {command}"


def witness_scenario(asked: AssumedModel, expression: str, trace: Trace) -> str:
    """A trace as a scenario file for ``backup-slr simulate``."""
    from backup_slr.scenario.scenario_text import scenario_text

    names = example_names(asked.lifecycle, trace.machine.scope)
    return scenario_text(trace, names, expression, asked.parts, asked.table, asked.lifecycle)
