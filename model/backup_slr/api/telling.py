"""The answers of `AssumedModel` as text and JSON, with findings and the commands that reproduce them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from shlex import quote

from backup_slr.api.answers import TraceStep
from backup_slr.api.assumed_model import AssumedModel
from backup_slr.engine.check.results import Report
from backup_slr.engine.core.scope import Scope
from backup_slr.engine.core.trace import Trace
from backup_slr.engine.spec.stated_property import option_of
from backup_slr.report import check as reports
from backup_slr.report.coverage import Covered
from backup_slr.report.names import example_names
from backup_slr.report.sarif import Finding
from backup_slr.report.scopes import scope_options_text
from backup_slr.report.trace_text import asked_and_answered, change_text, step_tellings


def again(asked: AssumedModel, scope: Scope, *question: str) -> str:
    """The command line that asks the same question."""
    rules = [f"--rules {quote(asked.rules)}"] if asked.rules is not None else []
    rules += [f"--with {','.join(asked.extensions)}"] if asked.extensions else []
    readings = [f"--assume {name}={value}" for name, value in asked.assume.items()]
    without = [f"--without {part}" for part in asked.without]
    rules += [f"--account {quote(asked.start.file)}"] if asked.start is not None and asked.start.file else []
    where = scope_options_text(asked.lifecycle, scope)
    return " ".join(["backup-slr", *question, where, *rules, *readings, *without])


def place_of(text: str, *modules: str) -> tuple[str | None, int | None]:
    """Find a text in modules of the lifecycle (patterns): file and line, if they are below the working directory.

    >>> place_of("no source has this text", "rules")
    (None, None)
    """
    folder = Path(__file__).parent.parent / "lifecycle"
    for file in (file for module in modules for file in sorted(folder.glob(f"{module}.py"))):
        try:
            name = str(file.relative_to(Path.cwd()))
        except ValueError:  # the package is installed outside of the project in the working directory
            return None, None
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
            if text in line:
                return name, number
    return None, None


def placed(finding: Finding) -> Finding:
    """A finding about a rule, with the source location of the rule."""
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

    `chosen`: properties were named, so they are listed, and a *sometimes* property is shown with its witness;
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
    explored = asked.explored(report.scope)
    if explored is not None:
        yield f"account      {explored.file}"
        yield from (f"{'':13}{line}" for line in explored.details())
        if explored.smaller:
            yield f"{'':13}a verdict that does not carry over from this smaller account to the account is inconclusive"
    yield from reports.scope_lines(asked.lifecycle, report, asked.without)
    yield from reports.explored_lines(report, verbose)
    yield from reports.unchecked_lines(report)
    yield f"verdict      {reports.verdict_text(asked.lifecycle, report)}"


def check_scenarios(asked: AssumedModel, report: Report) -> list[dict[str, str]]:
    """For each property: its trace as a scenario, if it has one."""
    return [
        {"scenario": trace_scenario(asked, j.property.sentence, j.trace)} if j.trace else {} for j in report.results
    ]


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
                *place_of(f'"{sentence}"', "properties/*"),
                clauses=j.property.clauses,
                trace=asked_and_answered(j.trace, example_names(asked.lifecycle, report.scope)) if j.trace else (),
            )


def trace_scenario(asked: AssumedModel, title: str, trace: Trace) -> str:
    """A trace as a scenario file for ``backup-slr simulate``."""
    from backup_slr.scenario.scenario_text import scenario_text

    names = example_names(asked.lifecycle, trace.machine.scope)
    return scenario_text(trace, names, title, asked.parts, asked.table, asked.lifecycle)
