"""Answers told: the text of a check and of a search, what was found for machines, and how to ask again."""

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
from backup_slr.errors import shortened
from backup_slr.report import check as reports
from backup_slr.report.coverage import Covered
from backup_slr.report.names import example_names
from backup_slr.report.sarif import Finding
from backup_slr.report.scopes import scope_document, scope_options_text, scope_text
from backup_slr.report.trace_text import asked_and_answered, change_text, steps_text, tell, trace_documents, trace_lines

if TYPE_CHECKING:
    from backup_slr.api.assumed_model import AssumedModel

MOST_STATES = 10**12
MOST_SECONDS = 10**9
LONGEST = 200
"""Expressions longer than this are cut where they are only repeated."""


def again(asked: AssumedModel, scope: Scope, *question: str) -> str:
    """The command line that asks the same again."""
    rules = [f"--rules {quote(asked.rules)}"] if asked.rules is not None else []
    readings = [f"--assume {name}={value}" for name, value in asked.assume.items()]
    without = [f"--without {part}" for part in asked.without]
    where = scope_options_text(asked.lifecycle, scope)
    return " ".join(["backup-slr", *question, where, *rules, *readings, *without])


def place_of(text: str, *modules: str) -> tuple[str | None, int | None]:
    """File and line in the sources of the lifecycle that hold a text, if they lie below the working directory.

    >>> place_of("no source says this", "rules")
    (None, None)
    """
    folder = Path(__file__).parent.parent / "lifecycle"
    for module in modules:
        file = folder / f"{module}.py"
        try:
            name = str(file.relative_to(Path.cwd()))
        except ValueError:  # the package is installed elsewhere: its lines are not those of the reader's project
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
        for t in tell(trace, names)
    )


# ---------------------------------------------------------------- check


def check_lines(asked: AssumedModel, report: Report, covered: list[Covered] | None) -> Iterator[str]:
    """A check for people, with the table of clauses if there is one."""
    yield f"verdict      {report.verdict}"
    if asked.rules is not None:
        yield f"rules        {asked.rules}"
    yield from reports.summary_lines(asked.lifecycle, report, asked.without)
    if report.outcomes:
        yield from reports.way_lines(report)
    yield ""
    yield "properties"
    yield from reports.property_lines(report)
    command = again(asked, report.scope, "check")
    reproduce = {j.property.id: f"{command} --property {j.property.id}" for j in report.results}
    yield from reports.failure_lines(asked.lifecycle, report, reproduce)
    if covered is not None:
        yield ""
        yield "clauses, and what reaches them"
        yield from reports.clause_lines(covered)


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
    asked: AssumedModel, expression: str, avoid: str | None, scope: Scope, found: Witness
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
        "stopped": None if found.explored.stopped == "found" else found.explored.stopped,
        "trace": trace_documents(found.trace, names) if found.trace else None,
        "states": found.explored.count,
        "representatives": found.explored.representatives,
        "engine": found.explored.engine,
        "peak_mib": round(peak() / MIB, 1),
    }


def witness_lines(
    asked: AssumedModel, expression: str, avoid: str | None, scope: Scope, found: Witness, limits: Limits | None
) -> Iterator[str]:
    """A search for people; without `limits`, nothing was looked for."""
    states, stopped = found.explored.count, found.explored.stopped
    wanted, where = shortened(expression, LONGEST), scope_text(asked.lifecycle, scope)
    if found.trace is not None:
        yield f"reached in {steps_text(len(found.trace.steps))}, and no fewer: {wanted}"
        yield from trace_lines(found.trace, example_names(asked.lifecycle, scope))
    elif found.verdict == "unreachable":
        yield f"unreachable in this scope: {wanted}{f', avoiding {shortened(avoid, LONGEST)}' if avoid else ''}"
        yield f"  all {states:,} states were looked at ({where})"
        options = ", ".join(f"--{name}" for name in scope_document(asked.lifecycle, scope))
        yield f"  a larger scope may still reach it: {options}"
    else:
        why = reports.WHY_STOPPED[stopped or "interrupted"] if limits else "nothing was looked for"
        yield f"inconclusive: {wanted}"
        yield f"  not found among the first {states:,} states ({where}); {why}"
        if limits:  # with the one that was hit ten times as large
            avoiding = [f"--avoid {quote(avoid)}"] if avoid else []
            command = again(asked, scope, "witness", quote(expression), *avoiding)
            command += f" --max-states {min(limits.states * (10 if stopped == 'states' else 1), MOST_STATES)}"
            if limits.seconds is not None:
                seconds = limits.seconds * (10 if stopped == "time" else 1)
                command += f" --timeout {min(seconds, MOST_SECONDS):.9g}"
            yield f"  again: {command}"


def witness_scenario(asked: AssumedModel, expression: str, trace: Trace) -> str:
    """A trace that was found as a file for ``backup-slr simulate``."""
    from backup_slr.scenario.scenario_text import scenario_text

    names = example_names(asked.lifecycle, trace.machine.scope)
    return scenario_text(trace, names, expression, asked.parts, asked.table)
