"""The report of a check as JSON and for people: verdicts with their traces, rules taken, clauses reached."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from backup_slr.engine.check.memory import MIB, peak
from backup_slr.engine.check.results import EVERY_OUTCOME, Report
from backup_slr.engine.spec.lifecycle import Lifecycle
from backup_slr.report.coverage import Covered
from backup_slr.report.names import Names, example_names
from backup_slr.report.scopes import scope_document, scope_text, unusual
from backup_slr.report.trace_text import trace_documents, trace_lines

Document = dict[str, Any]
WHY_STOPPED = {
    "found": "what was sought was found",
    "states": "the limit on states was reached (--max-states)",
    "time": "the time was up (--timeout)",
    "memory": "the limit on memory was reached (--max-memory)",
    "interrupted": "it was interrupted",
}
WORDS = {"holds": "ok", "violated": "VIOLATED"}
"""Verdicts that stand out as other words."""
KINDS = ("always", "step", "sometimes", "eventually", "possible")


def names_of(lifecycle: Lifecycle, report: Report) -> Names:
    """What the elements of a checked scope are called; nothing, in a scope too large to be explored."""
    return example_names(lifecycle, report.scope) if report.results else Names()


def check_document(lifecycle: Lifecycle, report: Report, covered: list[Covered], without: list[str]) -> Document:
    """The whole report as JSON; the README of the project describes it."""
    names = names_of(lifecycle, report)
    return {
        "schema_version": 1,
        "scope": scope_document(lifecycle, report.scope),
        "assumptions": dict(report.model.assumed),
        "without": without,
        "states": report.explored.count,
        "representatives": report.explored.representatives,
        "transitions": report.explored.transitions,
        "depth": len(report.explored.levels) - 1,
        "deadlocks": report.deadlocks,
        "complete": report.explored.complete,
        "stopped": report.stopped,
        "engine": report.explored.engine,
        "seconds": round(report.seconds, 3),
        "peak_mib": round(peak() / MIB, 1),
        "verdict": report.verdict,
        "properties": [
            {
                "id": j.property.id,
                "sentence": j.property.sentence,
                "kind": j.property.kind,
                "clauses": list(j.property.clauses),
                "verdict": j.verdict,
                "fairness": [{"strength": f.strength, "says": f.says} for f in j.property.fair],
                "trace": trace_documents(j.trace, names) if j.trace else None,
                **({"internal_error": j.flaw} if j.flaw else {}),
            }
            for j in report.results
        ],
        "rules": [
            {
                "action": way.rule.action,
                "outcome": way.outcome,
                "because": way.because,
                "clauses": list(way.clauses),
                "taken": way.states,
                "trace": trace_documents(way.trace, names) if way.trace else None,
            }
            for way in report.outcomes
        ],
        "clauses": [
            {"id": c.clause.id, "kind": c.clause.kind, "covered_by": c.by, "reason": c.reason or None} for c in covered
        ],
    }


def summary_lines(lifecycle: Lifecycle, report: Report, without: list[str]) -> Iterator[str]:
    """What was explored, and how far."""
    explored = report.explored
    yield f"scope        {scope_text(lifecycle, report.scope)}"
    yield from (f"assuming     {name} = {value}" for name, value in unusual(report.model).items())
    yield from (f"without      {part}" for part in without)
    found = f"{explored.count:,} states, {explored.transitions:,} transitions, depth {len(explored.levels) - 1}"
    why = WHY_STOPPED[explored.stopped or "interrupted"]
    if explored.stopped == "states" and not report.results:
        why = "the scope is too large to begin with"
    yield f"explored     {found}{': all of them' if explored.complete else f', and not all: {why}'}"
    if explored.unreduced is not None:
        yield f"kept         {explored.representatives:,} of them: the others differ only in which is which"
    if explored.complete and report.whole and report.whole.stopped:
        yield f"not judged   what needs all of them, as what comes in the end does: {WHY_STOPPED[report.whole.stopped]}"
    if explored.complete and report.deadlocks is not None:
        yield f"dead ends    {report.deadlocks or 'none: some action is possible in every state'}"


def property_lines(report: Report) -> Iterator[str]:
    """One line for each property, by kind."""
    for kind in KINDS:
        for j in report.results:
            if j.property.kind == kind:
                least = ", ".join(f"{number} {sort}s" for sort, number in j.property.needs)
                needs = f" (needs at least {least})" if j.verdict == "out of scope" else ""
                length = f" ({len(j.trace.steps)} steps)" if kind == "sometimes" and j.trace else ""
                yield f"  {WORDS.get(j.verdict, j.verdict):<12} {kind:<10} {j.property.sentence}{length}{needs}"


def failure_lines(lifecycle: Lifecycle, report: Report, reproduce: Mapping[str, str]) -> Iterator[str]:
    """Every violated property with its trace, and the command that shows it again."""
    names = names_of(lifecycle, report)
    for j in report.results:
        if j.flaw:
            yield ""
            yield f"INTERNAL ERROR {j.property.id}: no verdict is given, since {j.flaw}"
            yield f"  please report this, with the table and this command: {reproduce[j.property.id]}"
        if j.verdict != "violated":
            continue
        yield ""
        yield f"VIOLATED {j.property.id}"
        yield f"  {j.property.sentence}. [{' '.join(j.property.clauses)}]"
        for fair in j.property.fair:
            yield f"  under {fair.strength} fairness: {fair.says}"
        if j.trace:
            yield from trace_lines(j.trace, names)
        elif j.property is EVERY_OUTCOME:
            yield from (line for line in way_lines(report) if "never taken" in line)
        elif j.property.kind == "sometimes":
            where = " at any place" if j.property.each else ""
            yield f"  no reachable state or step of this scope shows it{where}"
        yield f"  again: {reproduce[j.property.id]}"


def way_lines(report: Report) -> Iterator[str]:
    """How many of the ways in which actions can end were taken, and which were not."""
    taken = sum(bool(w.states) for w in report.outcomes)
    unknown = sum(w.states is None for w in report.outcomes)
    complete = report.explored.complete
    told = f", and {unknown} were not looked at" if unknown else ""
    where = "in this scope" if complete else "in the states that were found"
    yield f"ways to end  {taken} of {len(report.outcomes)} (action, outcome, refusal) are taken {where}{told}"
    for way in report.outcomes:
        if way.states == 0:
            ended = f"{way.rule.action} {way.outcome}{f' ({way.because})' if way.because else ''}"
            yield f"  {'never taken' if complete else 'not taken so far'}: {ended}"


def clause_lines(covered: list[Covered]) -> Iterator[str]:
    """A table: each clause with how many rules, properties and scenarios reach it."""
    yield f"  {'clause':<10} {'kind':<9} {'rules':>5} {'properties':>10} {'scenarios':>9}"
    for c in covered:
        note = f"  {c.reason}" if c.reason else f"  constants: {len(c.facts)}" if c.facts else ""
        counts = f"{len(c.rules):>5} {len(c.properties):>10} {len(c.scenarios):>9}"
        yield f"  {c.clause.id:<10} {c.clause.kind:<9} {counts}{note}"
