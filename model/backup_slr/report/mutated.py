"""What became of the mutants of a table, as JSON, for people, and as a matrix of mutants and judges."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from backup_slr.core.rule import Model
from backup_slr.core.step import Machine
from backup_slr.core.trace import Trace, replay
from backup_slr.mutation.court import Example, Judge, Ruling, Verdict
from backup_slr.mutation.mutants import OPERATORS
from backup_slr.report.names import Names, usual_names
from backup_slr.report.sarif import Finding
from backup_slr.report.steps import asked_and_answered, trace_documents, trace_lines

Document = dict[str, Any]


@dataclass(frozen=True)
class Matrix:
    """The kill matrix as plain data, for whoever draws it: a row for each mutant, a column for each judge.

    A cell is by what the judge notices the mutant (a property, an outcome, a scenario, what an oracle says), or empty.
    """

    judges: tuple[Judge, ...]
    rows: tuple[tuple[str, str, tuple[str, ...]], ...]
    """The id of the mutant, what became of it, and its cells."""


def matrix(verdict: Verdict) -> Matrix:
    """The kill matrix of a verdict."""
    rows = tuple(
        (r.mutant.id, r.verdict, tuple(next((k.by for k in r.kills if k.judge == j), "") for j in verdict.judges))
        for r in verdict.rulings
    )
    return Matrix(verdict.judges, rows)


def shown_on(table: Model, ruling: Ruling, example: Example) -> tuple[Trace, Names]:
    """An example as it goes on the mutant, and what things are called in it."""
    model = ruling.mutant.of(table).assuming(dict(example.assumed))
    names = usual_names(*(example.scope.sizes[sort.name] for sort in table.sorts))
    return replay(Machine(model, example.scope), example.requests), names


def mutated_document(table: Model, verdict: Verdict, total: int) -> Document:
    """All rulings as JSON."""
    return {
        "schema_version": 1,
        "mutants": total,
        "judged": len(verdict.rulings),
        "complete": verdict.complete,
        "seconds": round(verdict.seconds, 3),
        "killed": verdict.count("killed"),
        "equivalent": verdict.count("equivalent"),
        "proved_equivalent": sum(r.proved for r in verdict.rulings),
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
        "matrix": [_ruling_document(table, r) for r in verdict.rulings],
    }


def _ruling_document(table: Model, r: Ruling) -> Document:
    def traced(example: Example | None) -> Document:
        if example is None:
            return {"assumptions": {}, "trace": None}
        trace, names = shown_on(table, r, example)
        return {"assumptions": _unusual(table, example), "trace": trace_documents(trace, names)}

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


def _unusual(table: Model, example: Example) -> dict[str, str]:
    defaults = {a.name: a.default for a in table.assumptions}
    return {name: value for name, value in example.assumed if defaults[name] != value}


def _survivors(verdict: Verdict) -> list[Ruling]:
    return [r for r in verdict.rulings if r.verdict == "survived"]


def mutated_lines(table: Model, verdict: Verdict, total: int) -> Iterator[str]:
    """All rulings for people: the sums, what each operator and each clause came to, and every survivor."""
    killed, equivalent = verdict.count("killed"), verdict.count("equivalent")
    yield f"mutants      {total:,}, each one change of the table" + (
        "" if verdict.complete else f"; {len(verdict.rulings):,} of them judged"
    )
    yield f"killed       {killed:,} of {len(verdict.rulings) - equivalent:,} that can be noticed: {verdict.score:.1%}"
    for judge, number in verdict.by_judge.items():
        alone = f"  ({verdict.by_properties_alone:.1%})" if judge == "properties" else ""
        yield f"  by {judge:<10}{number:>6,}{alone}"
    proved = sum(r.proved for r in verdict.rulings)
    rest = equivalent - proved
    yield f"equivalent   {equivalent:,}: {proved:,} proved at every size, {rest:,} in the scopes looked at"
    yield f"survived     {verdict.count('survived'):,}"
    yield ""
    yield f"  {'operator':<14} {'mutants':>7} {'killed':>6} {'by properties':>13} {'equivalent':>10}  what it does"
    for operator, says in OPERATORS.items():
        rulings = [r for r in verdict.rulings if r.mutant.operator == operator]
        if rulings:
            sums = [sum(r.verdict == "killed" for r in rulings), sum(r.by_properties for r in rulings)]
            sums.append(sum(r.verdict == "equivalent" for r in rulings))
            yield f"  {operator:<14} {len(rulings):>7} {sums[0]:>6} {sums[1]:>13} {sums[2]:>10}  {says}"
    yield ""
    yield "score per clause: of the mutants of what it asks for, how many somebody notices"
    yield f"  {'clause':<40} {'mutants':>7} {'killed':>6} {'by properties':>13}"
    for clause, (number, dead, by_properties) in sorted(verdict.by_clause().items()):
        yield f"  {clause:<40} {number:>7} {dead:>6} {by_properties:>13}"
    for r in _survivors(verdict):
        yield ""
        yield f"SURVIVED {r.mutant.id}"
        yield f"  {r.mutant.change}  [{' '.join(r.mutant.clauses)}]"
        if r.example:
            yield from (f"  assuming {name} = {value}" for name, value in _unusual(table, r.example).items())
            yield from trace_lines(*shown_on(table, r, r.example))


def matrix_lines(found: Matrix) -> Iterator[str]:
    """The kill matrix for people: a line for each mutant."""
    for id, verdict, cells in found.rows:
        by = ", ".join(f"{judge} ({cell})" for judge, cell in zip(found.judges, cells, strict=True) if cell)
        yield f"{verdict:<10} {id}{': ' if by else ''}{by}"


def matrix_markdown(found: Matrix) -> Iterator[str]:
    """The kill matrix as a Markdown table."""
    yield f"| mutant | verdict | {' | '.join(found.judges)} |"
    yield f"|---|---|{'---|' * len(found.judges)}"
    for id, verdict, cells in found.rows:
        yield f"| `{id}` | {verdict} | {' | '.join(cell.replace('|', '/') for cell in cells)} |"


def mutated_findings(table: Model, verdict: Verdict) -> Iterator[Finding]:
    """Every survivor as a finding."""
    for r in _survivors(verdict):
        trace = asked_and_answered(*shown_on(table, r, r.example)) if r.example else ()
        message = f"Nobody notices that {r.mutant.change}."
        yield Finding(
            f"survived/{r.mutant.operator}", message, OPERATORS[r.mutant.operator], r.mutant.id, "warning",
            clauses=r.mutant.clauses, trace=trace,
        )  # fmt: skip
