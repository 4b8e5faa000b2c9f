"""The report of a check as text and as JSON: verdicts with their traces, reached outcomes, covered clauses."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from backup_slr.engine.check.memory import MIB, peak
from backup_slr.engine.check.results import EVERY_OUTCOME, Report
from backup_slr.engine.spec.lifecycle import Lifecycle
from backup_slr.engine.spec.stated_property import statement
from backup_slr.report.coverage import Covered
from backup_slr.report.names import Names, example_names
from backup_slr.report.scopes import scope_document, scope_options_text, scope_text, unusual
from backup_slr.report.trace_text import few, trace_documents, trace_lines

Document = dict[str, Any]
WHY_STOPPED = {
    "found": "a state was found",
    "states": "the maximum number of states was reached (--max-states)",
    "time": "the time limit was reached (--timeout)",
    "memory": "the memory limit was reached (--max-memory)",
    "interrupted": "it was interrupted",
    "places": "the states of single places already show the verdict",
}
WORDS = {"holds": "ok", "violated": "VIOLATED"}
"""The words of verdicts in tables, if they differ."""
FAIRNESS = {
    "weak": "what stays possible happens at some point",
    "strong": "what is possible again and again happens at some point",
}
KINDS = ("always", "step", "sometimes", "eventually", "possible")


def names_of(lifecycle: Lifecycle, report: Report) -> Names:
    """The names of the elements of a checked scope; none if the scope is too large to explore."""
    return example_names(lifecycle, report.scope) if report.results else Names()


def check_document(
    lifecycle: Lifecycle, report: Report, covered: list[Covered], without: list[str], scenarios: Sequence[Document]
) -> Document:
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
                **scenario,
                **({"internal_error": j.flaw} if j.flaw else {}),
            }
            for j, scenario in zip(report.results, scenarios, strict=True)
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


def scope_lines(lifecycle: Lifecycle, report: Report, without: list[str]) -> Iterator[str]:
    yield f"scope        {scope_text(lifecycle, report.scope)}"
    yield from (f"assuming     {name} = {value}" for name, value in unusual(report.model).items())
    yield from (f"without      {part}" for part in without)


def explored_lines(report: Report, verbose: bool) -> Iterator[str]:
    """The number of explored states, and what was not explored or not reached."""
    explored = report.explored
    states = f"{explored.count:,} state{'s'[: explored.count != 1]}"
    found = f"{states}, {explored.transitions:,} transitions, depth {len(explored.levels) - 1}"
    why = WHY_STOPPED[explored.stopped or "interrupted"]
    if explored.stopped == "states" and not report.results:
        why = "the scope is too large"
    yield f"explored     {found} ({'complete' if explored.complete else f'incomplete: {why}'})"
    if explored.unreduced is not None and verbose:
        yield f"stored       {explored.representatives:,} (symmetry reduction)"
    if explored.complete and report.whole and report.whole.stopped:
        why = WHY_STOPPED[report.whole.stopped]
        yield f"not checked  properties that need a second search, without symmetry reduction: {why}"
    if explored.complete and report.deadlocks is not None and (verbose or report.deadlocks):
        yield f"deadlocks    {f'{report.deadlocks:,} states that no action changes' if report.deadlocks else 'none'}"
    if report.outcomes and (verbose or not all(outcome.states for outcome in report.outcomes)):
        yield from coverage_lines(report)


def unchecked_lines(report: Report) -> Iterator[str]:
    by_need: dict[str, list[str]] = {}
    for j in report.results:
        if j.verdict == "out of scope":
            need = ", ".join(f"{least} {sort}{'s'[: least != 1]}" for sort, least in j.property.needs)
            by_need.setdefault(need, []).append(j.property.id)
    for need, ids in by_need.items():
        yield f"out of scope {few(ids)} (needs at least {need})"
    unknown = [j.property.id for j in report.results if j.verdict == "inconclusive"]
    if unknown:
        yield f"inconclusive {few(unknown)}"


def verdict_text(lifecycle: Lifecycle, report: Report) -> str:
    """The verdict, with the number of properties and the time; that they hold, with the scope that was explored."""
    verdicts = [j.verdict for j in report.results]
    all_of = f"{len(verdicts)} propert{'y' if len(verdicts) == 1 else 'ies'}"
    number = verdicts.count(report.verdict)
    if not number:  # inconclusive, without a property that is
        return f"{report.verdict}: not all states were explored"
    part = "" if report.verdict == "holds" and number == len(verdicts) else f"{number} of "
    where = f" in this scope ({scope_options_text(lifecycle, report.scope)})" if report.verdict == "holds" else ""
    return f"{report.verdict}{where}: {part}{all_of} ({report.seconds:.1f} s)"


def property_lines(report: Report) -> Iterator[str]:
    for kind in KINDS:
        for j in report.results:
            if j.property.kind == kind:
                least = ", ".join(f"{number} {sort}s" for sort, number in j.property.needs)
                needs = f" (needs at least {least})" if j.verdict == "out of scope" else ""
                length = f" ({len(j.trace.steps)} steps)" if kind == "sometimes" and j.trace else ""
                yield f"  {WORDS.get(j.verdict, j.verdict):<12} {kind:<10} {j.property.sentence}{length}{needs}"


def failure_lines(lifecycle: Lifecycle, report: Report, reproduce: Mapping[str, str]) -> Iterator[str]:
    """Every violated property with its trace and the command that reproduces it, each followed by an empty line."""
    names = names_of(lifecycle, report)
    for j in report.results:
        if j.flaw:
            yield f"INTERNAL ERROR {j.property.id}: no verdict is given, since {j.flaw}"
            yield f"  please report this, with the rules and this command: {reproduce[j.property.id]}"
            yield ""
        if j.verdict != "violated":
            continue
        yield f"VIOLATED {j.property.id}"
        yield f"  {statement(j.property)}"
        for strength, means in FAIRNESS.items():
            if says := [fair.says for fair in j.property.fair if fair.strength == strength]:
                yield f"  assuming {strength} fairness ({means}):"
                yield from (f"    {each}" for each in says)
        if j.trace:
            yield from trace_lines(j.trace, names)
        elif j.property is EVERY_OUTCOME:
            yield from unreached_lines(report)
        elif j.property.kind == "sometimes":
            where = " at any place" if j.property.each else ""
            yield f"  no reachable state or step of this scope satisfies it{where}"
        yield f"  again: {reproduce[j.property.id]}"
        yield ""


def witness_lines(lifecycle: Lifecycle, report: Report) -> Iterator[str]:
    """Every *sometimes* that holds, with its witness, each followed by an empty line."""
    for j in report.results:
        if j.property.kind == "sometimes" and j.verdict == "holds" and j.trace:
            yield f"witness of {j.property.id}"
            yield f"  {statement(j.property)}"
            yield from trace_lines(j.trace, names_of(lifecycle, report))
            yield ""


def coverage_lines(report: Report) -> Iterator[str]:
    """The number of outcomes of actions that were reached, and the other outcomes."""
    reached = sum(bool(outcome.states) for outcome in report.outcomes)
    unknown = sum(outcome.states is None for outcome in report.outcomes)
    where = "" if report.explored.complete else " in the explored states"
    skipped = f"; {unknown} not counted" if unknown else ""
    yield f"coverage     {reached} of {len(report.outcomes)} outcomes reached{where}{skipped}"
    yield from unreached_lines(report)


def unreached_lines(report: Report) -> Iterator[str]:
    word = "unreachable" if report.explored.complete else "not reached so far"
    for outcome in report.outcomes:
        if outcome.states == 0:
            because = f" ({outcome.because})" if outcome.because else ""
            yield f"  {word}: {outcome.rule.action} {outcome.outcome}{because}"


def clause_lines(covered: list[Covered]) -> Iterator[str]:
    """A table of the clauses: the number of rules, properties and scenarios that cite each."""
    yield f"  {'clause':<10} {'kind':<9} {'rules':>5} {'properties':>10} {'scenarios':>9}"
    for c in covered:
        note = f"  {c.reason}" if c.reason else f"  constants: {len(c.facts)}" if c.facts else ""
        counts = f"{len(c.rules):>5} {len(c.properties):>10} {len(c.scenarios):>9}"
        yield f"  {c.clause.id:<10} {c.clause.kind:<9} {counts}{note}"
