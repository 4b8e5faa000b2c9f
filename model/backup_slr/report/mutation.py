"""Report a mutation analysis as text, Markdown and JSON, and as a matrix of mutants and judges."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from backup_slr.engine.core.step import Machine
from backup_slr.engine.core.trace import Trace, replay
from backup_slr.engine.mutation.kills import Example, JudgeName, MutantResult, MutationResults
from backup_slr.engine.mutation.mutants import OPERATORS, mutants
from backup_slr.engine.spec.lifecycle import Lifecycle
from backup_slr.report.names import Names, example_names
from backup_slr.report.sarif import Finding
from backup_slr.report.scopes import unusual
from backup_slr.report.tables import Row, markdown_table, text_table
from backup_slr.report.trace_text import asked_and_answered, trace_documents, trace_lines

Document = dict[str, Any]


@dataclass(frozen=True)
class Matrix:
    """The kill matrix as plain data: a row for each mutant, a column for each judge.

    A cell has the first property, outcome, scenario, or disagreement of the oracle that kills the mutant, and the
    number of others; or it is empty.
    """

    judges: tuple[JudgeName, ...]
    rows: tuple[tuple[str, str, tuple[str, ...]], ...]
    """The id of the mutant, its verdict, and its cells."""


def matrix(verdict: MutationResults) -> Matrix:
    def cell(ruling: MutantResult, judge: JudgeName) -> str:
        first, *more = [kill.by for kill in ruling.kills if kill.judge == judge] or [""]
        return f"{first} and {len(more)} more" if more else first

    rows = tuple((r.mutant.id, r.verdict, tuple(cell(r, judge) for judge in verdict.judges)) for r in verdict.results)
    return Matrix(verdict.judges, rows)


def untouched(lifecycle: Lifecycle) -> dict[str, str]:
    cited = {clause for mutant in mutants(lifecycle.model) for clause in mutant.clauses}
    return {clause.id: clause.kind for clause in lifecycle.clauses if clause.id not in cited}


def shown_on(lifecycle: Lifecycle, ruling: MutantResult, example: Example) -> tuple[Trace, Names]:
    """Run an example on the mutant; return the trace, and the names of its places."""
    model = ruling.mutant.of(lifecycle.model).assuming(dict(example.assumed))
    return replay(Machine(model, example.scope), example.requests), example_names(lifecycle, example.scope)


def mutated_document(lifecycle: Lifecycle, verdict: MutationResults, total: int) -> Document:
    return {
        "schema_version": 1,
        "mutants": total,
        "judged": len(verdict.results),
        "complete": verdict.complete,
        "seconds": round(verdict.seconds, 3),
        "killed": verdict.count("killed"),
        "equivalent": verdict.count("equivalent"),
        "proved_equivalent": sum(r.proved for r in verdict.results),
        "varied": [a.name for a in lifecycle.model.assumptions if a.name not in dict(lifecycle.model.assumed)],
        "survived": [
            {"id": r.mutant.id, "change": r.mutant.change, "clauses": list(r.mutant.clauses)}
            for r in _survivors(verdict)
        ],
        "judges": list(verdict.judges),
        "by_judge": dict(verdict.by_judge),
        "by_properties_alone": round(verdict.by_properties_alone, 4),
        "score": round(verdict.score, 4),
        "clauses": [
            {"id": clause, "mutants": number, "killed": killed, "by_properties": by_properties}
            for clause, (number, killed, by_properties) in sorted(verdict.by_clause().items())
        ],
        "untouched": list(untouched(lifecycle)),
        "objections": sum(r.objection is not None for r in verdict.results),
        "matrix": [_ruling_document(lifecycle, r) for r in verdict.results],
    }


def _ruling_document(lifecycle: Lifecycle, r: MutantResult) -> Document:
    def traced(example: Example | None) -> Document:
        if example is None:
            return {"assumptions": {}, "trace": None}
        trace, names = shown_on(lifecycle, r, example)
        return {"assumptions": unusual(lifecycle.model, example.assumed), "trace": trace_documents(trace, names)}

    return {
        "id": r.mutant.id,
        "operator": r.mutant.operator,
        "action": r.mutant.action,
        "change": r.mutant.change,
        "clauses": list(r.mutant.clauses),
        "verdict": r.verdict,
        "proved": r.proved,
        "kills": [{"judge": k.judge, "by": k.by, **traced(k.example)} for k in r.kills],
        **traced(r.example),
    }


def _survivors(verdict: MutationResults) -> list[MutantResult]:
    return [r for r in verdict.results if r.verdict == "survived"]


def _sums(verdict: MutationResults, total: int) -> Iterator[tuple[str, str]]:
    judged, equivalent = len(verdict.results), verdict.count("equivalent")
    some = "" if verdict.complete else f"; {judged:,} of them done"
    yield "mutants", f"{total:,}, each one change of the rules{some}"
    yield (
        "killed",
        f"{verdict.count('killed'):,} of {judged - equivalent:,} that are not equivalent: {verdict.score:.1%}",
    )
    for judge, number in verdict.by_judge.items():
        alone = f"  ({verdict.by_properties_alone:.1%})" if judge == "properties" else ""
        yield f"  by {judge}", f"{number:,}{alone}"
    proved = sum(r.proved for r in verdict.results)
    rest = equivalent - proved
    varied = "under every combination of assumptions that --assume does not fix"
    yield "equivalent", f"{equivalent:,}: {proved:,} proved at every size, {rest:,} in the explored scopes; {varied}"
    yield "survived", f"{verdict.count('survived'):,}"


def _operators(verdict: MutationResults) -> tuple[Row, list[Row]]:
    rows: list[Row] = []
    for operator, says in OPERATORS.items():
        rulings = [r for r in verdict.results if r.mutant.operator == operator]
        if rulings:
            verdicts = [r.verdict for r in rulings]
            noticed = sum(r.by_properties for r in rulings)
            killed, equivalent = verdicts.count("killed"), verdicts.count("equivalent")
            rows.append((operator, len(rulings), killed, noticed, equivalent, says))
    return ("operator", "mutants", "killed", "by properties", "equivalent", "what it does"), rows


def _clauses(verdict: MutationResults) -> tuple[Row, list[Row]]:
    rows: list[Row] = [(clause, *sums) for clause, sums in sorted(verdict.by_clause().items())]
    return ("clause", "mutants", "killed", "by properties"), rows


PER_CLAUSE = "score by clause: mutants of its guards and effects, and the number killed"
UNTOUCHED = "no mutants: these clauses have no guard and no effect in the rules"


def _objections(verdict: MutationResults) -> Iterator[str]:
    said = [r.objection for r in verdict.results if r.objection is not None]
    if said:
        yield f"the oracle disagrees with the unchanged rules before {len(said):,} of the mutants, and is not counted"
        yield f"for those: {said[0]}"


def _untouched(lifecycle: Lifecycle) -> Iterator[str]:
    clauses = untouched(lifecycle)
    for kind in dict.fromkeys(clauses.values()):
        yield f"{kind}: {' '.join(clause for clause, of in clauses.items() if of == kind)}"


def mutated_lines(lifecycle: Lifecycle, verdict: MutationResults, total: int) -> Iterator[str]:
    """Return the analysis as text: totals, results by operator and by clause, and every survivor."""
    yield from (f"{label:<16}{text}" for label, text in _sums(verdict, total))
    yield from _objections(verdict)
    yield ""
    yield from text_table(*_operators(verdict))
    yield ""
    yield PER_CLAUSE
    yield from text_table(*_clauses(verdict))
    yield ""
    yield f"{UNTOUCHED}:"
    yield from (f"  {line}" for line in _untouched(lifecycle))
    for r in _survivors(verdict):
        yield ""
        yield from _survivor(lifecycle, r)


def _survivor(lifecycle: Lifecycle, r: MutantResult) -> Iterator[str]:
    yield f"SURVIVED {r.mutant.id}"
    yield f"  {r.mutant.change}  [{' '.join(r.mutant.clauses)}]"
    if r.example is None:
        yield "  no difference was found, but not every combination of assumptions could be explored"
    else:
        yield from (
            f"  assuming {name} = {value}" for name, value in unusual(lifecycle.model, r.example.assumed).items()
        )
        yield from trace_lines(*shown_on(lifecycle, r, r.example))


def mutated_markdown(lifecycle: Lifecycle, verdict: MutationResults, total: int) -> Iterator[str]:
    yield "## Mutants of the rules"
    yield ""
    yield from markdown_table(("", ""), _sums(verdict, total))
    yield ""
    yield from _objections(verdict)
    yield from markdown_table(*_operators(verdict))
    yield ""
    yield f"{PER_CLAUSE.capitalize()}:"
    yield ""
    yield from markdown_table(*_clauses(verdict))
    yield ""
    yield f"{UNTOUCHED.capitalize()}:"
    yield ""
    yield from (f"- {line}" for line in _untouched(lifecycle))
    for r in _survivors(verdict):
        yield ""
        yield "```"
        yield from _survivor(lifecycle, r)
        yield "```"


def matrix_lines(found: Matrix) -> Iterator[str]:
    for id, verdict, cells in found.rows:
        by = ", ".join(f"{judge} ({cell})" for judge, cell in zip(found.judges, cells, strict=True) if cell)
        yield f"{verdict:<10} {id}{': ' if by else ''}{by}"


def matrix_markdown(found: Matrix) -> Iterator[str]:
    rows = ((f"`{id}`", verdict, *cells) for id, verdict, cells in found.rows)
    return markdown_table(("mutant", "verdict", *found.judges), rows)


def mutated_findings(lifecycle: Lifecycle, verdict: MutationResults) -> Iterator[Finding]:
    for r in _survivors(verdict):
        trace = asked_and_answered(*shown_on(lifecycle, r, r.example)) if r.example else ()
        message = f"No test detects this change: {r.mutant.change}."
        yield Finding(
            f"survived/{r.mutant.operator}", message, OPERATORS[r.mutant.operator], r.mutant.id, "warning",
            clauses=r.mutant.clauses, trace=trace,
        )  # fmt: skip
