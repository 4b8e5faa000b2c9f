"""The properties that depend on an assumption, as JSON and as a table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from backup_slr.engine.check.combinations import Assignment
from backup_slr.engine.check.results import Verdict
from backup_slr.engine.check.sensitivity import Dependency, Sensitivity, Variation, verdict_of
from backup_slr.engine.core.rule import Property
from backup_slr.engine.core.trace import Trace
from backup_slr.engine.spec.lifecycle import Lifecycle
from backup_slr.report.names import Names, example_names
from backup_slr.report.scopes import scope_document, scope_text
from backup_slr.report.trace_text import step_tellings, trace_documents

Document = dict[str, Any]
BECAME = {"violated": "VIOLATED", "holds": "holds again"}
"""The words for the verdict under another value, if they differ from the verdict."""
MARKS: dict[Verdict, str] = {"holds": "ok", "violated": "X", "inconclusive": "?", "out of scope": "-"}


@dataclass(frozen=True)
class SensitivityReport:
    """The checks under each combination of assumptions, and the resulting dependencies."""

    lifecycle: Lifecycle
    sensitivity: Sensitivity
    found: Sequence[Variation]
    wanted: Sequence[Assignment]
    without: list[str]
    seconds: float
    interrupted: bool = False

    @cached_property
    def _both(self) -> tuple[list[Dependency], list[Dependency]]:
        return self.sensitivity.dependencies(self.found)

    @property
    def alone(self) -> list[Dependency]:
        return self._both[0]

    @property
    def together(self) -> list[Dependency]:
        return self._both[1]

    @property
    def default(self) -> dict[str, Verdict]:
        first = next((one for one in self.found if not one.taken), None)
        return {} if first is None else {name: verdict for name, (verdict, _, _) in first.verdicts.items()}

    @property
    def verdict(self) -> Verdict:
        """The verdict under the defaults; inconclusive if a check is incomplete."""
        if "violated" in self.default.values():
            return "violated"
        complete = len(self.found) == len(self.wanted) and all(one.complete for one in self.found)
        return "holds" if complete and not self.unknown else "inconclusive"

    @cached_property
    def unknown(self) -> dict[Assignment, list[Property]]:
        """The combinations under which some verdicts are unknown, with those properties."""
        asked = self.sensitivity.properties
        judged = {one.taken: one.unknown(asked) for one in self.found}
        return {taken: open_ for taken in self.wanted if (open_ := judged.get(taken, asked))}

    @property
    def judged(self) -> list[Assignment]:
        return [taken for taken in self.wanted if taken not in self.unknown]

    @property
    def names(self) -> Names:
        return example_names(self.lifecycle, self.sensitivity.scope)


def sensitivity_document(answer: SensitivityReport) -> Document:
    return {
        "schema_version": 1,
        "scope": scope_document(answer.lifecycle, answer.sensitivity.scope),
        "assumed": dict(answer.sensitivity.model.assumed),
        "without": answer.without,
        "seconds": round(answer.seconds, 3),
        "verdict": answer.verdict,
        "readings": {
            "asked": len(answer.wanted),
            "judged": len(answer.judged),
            "alone": sum(len(taken) == 1 for taken in answer.judged),
            "pairs": sum(len(taken) == 2 for taken in answer.judged),
            "unknown_verdicts": sum(map(len, answer.unknown.values())),
        },
        "properties": [
            {"id": p.id, "sentence": p.sentence, "kind": p.kind, "verdict": answer.default.get(p.id, "inconclusive")}
            for p in answer.sensitivity.properties
        ],
        "dependencies": [
            {
                "property": d.property.id,
                "assumption": d.taken[0][0],
                "value": d.taken[0][1],
                "verdict": d.verdict,
                "trace": trace_documents(d.trace, answer.names) if d.trace else None,
            }
            for d in answer.alone
        ],
        "together": [
            {
                "property": d.property.id,
                "assumptions": dict(d.taken),
                "verdict": d.verdict,
                "expected": d.before,
                "trace": trace_documents(d.trace, answer.names) if d.trace else None,
            }
            for d in answer.together
        ],
    }


# ---------------------------------------------------------------- for people


def sensitivity_lines(answer: SensitivityReport) -> Iterator[str]:
    """A table of values and properties, a shortest trace to each violation, the effects of pairs, and the verdict."""
    numbers = {p.id: n for n, p in enumerate(dict.fromkeys(d.property for d in answer.alone), 1)}
    yield f"scope        {scope_text(answer.lifecycle, answer.sensitivity.scope)}"
    yield from (f"assuming     {name} = {value}" for name, value in answer.sensitivity.model.assumed)
    yield from (f"without      {part}" for part in answer.without)
    alone, pairs = (sum(len(taken) == size for taken in answer.judged) for size in (1, 2))
    yield f"checked      {alone} values other than the defaults, each alone, and {pairs} pairs of them"
    if answer.unknown:
        verdicts = sum(map(len, answer.unknown.values()))
        yield f"inconclusive {verdicts} verdicts under {len(answer.unknown)} more combinations"
    broken = [name for name, verdict in answer.default.items() if verdict == "violated"]
    yield from (f"VIOLATED under the default assumptions: {name}" for name in broken)
    if numbers:
        yield from _table(answer, numbers)
    elif alone and not any(len(taken) < 2 for taken in answer.unknown):
        yield ""
        yield "In this scope no verdict depends on one of these values alone."
    elif any(len(taken) == 1 for taken in answer.wanted):
        yield ""
        yield "No verdict is known to depend on a value, but some verdicts are not known."
    if answer.together:
        yield ""
        yield "pairs of values with a verdict that neither value alone explains"
        for taken in dict.fromkeys(d.taken for d in answer.together):
            yield f"  {' and '.join(f'{name}={value}' for name, value in taken)}"
            for d in answer.together:
                if d.taken == taken:
                    yield f"      {BECAME.get(d.verdict, d.verdict)}: {d.property.sentence}"
                    if d.trace:
                        yield f"          {path(d.trace, answer.names)}"
    yield ""
    if answer.found:
        yield "A larger scope may show more: --vaults 3, --regions 2"
    yield f"verdict      {_verdict_text(answer)}"


def _verdict_text(answer: SensitivityReport) -> str:
    """The verdict under the defaults, and the number of other values that violate something."""
    broken = {d.taken for d in (*answer.alone, *answer.together) if d.verdict == "violated"}
    values, pairs = (sum(len(taken) == size for taken in broken) for size in (1, 2))
    found = [f"{values} other value{'s'[: values != 1]} violate{'s'[: values == 1]} something"] if values else []
    found += [f"{pairs} pair{'s'[: pairs != 1]} of values violate{'s'[: pairs == 1]} more"] if pairs else []
    if answer.unknown:
        found.append("not all combinations were checked")
    elsewhere = "; ".join(found) or "no other value violates anything"
    default = dict.fromkeys(verdict_of(one, p) for one in answer.found[:1] for p in answer.sensitivity.properties)
    if "violated" in default:
        return f"violated under the default assumptions; {elsewhere if found else 'no other value violates more'}"
    if "inconclusive" in default or not default:
        return f"inconclusive under the default assumptions; {elsewhere}"
    return f"all hold under the default assumptions; {elsewhere}"


def _table(answer: SensitivityReport, numbers: dict[str, int]) -> Iterator[str]:
    by_id = {p.id: p for p in answer.sensitivity.properties}
    values = list(dict.fromkeys(d.taken[0] for d in answer.alone))
    width = max(len("=".join(value)) for value in values)
    yield ""
    yield f"  {'':<{width}}  {' '.join(f'{n:>2}' for n in numbers.values())}"
    marks = {(d.taken[0], d.property.id): MARKS[d.verdict] for d in answer.alone}
    for value in values:
        row = (
            marks.get((value, name), "?" if by_id[name] in answer.unknown.get((value,), ()) else ".")
            for name in numbers
        )
        yield f"  {'='.join(value):<{width}}  {' '.join(mark.rjust(2) for mark in row)}"
    yield ""
    yield from (f"  {n:>2} {by_id[name].sentence}" for name, n in numbers.items())
    others = [taken[0] for taken in answer.judged if len(taken) == 1 and taken[0] not in values]
    if others and () not in answer.unknown:
        yield ""
        yield f"  in this scope no property depends on: {', '.join('='.join(value) for value in others)}"
    doubtful = ["=".join(taken[0]) for taken in answer.unknown if len(taken) == 1]
    if () in answer.unknown:
        yield ""
        number = len(answer.unknown[()])
        yield f"  {number} verdicts under the defaults are not known, so dependencies on a value are not known either"
    elif doubtful:
        yield ""
        yield f"  not all verdicts are known under: {', '.join(doubtful)}"
    yield ""
    yield "shortest traces"
    for d in answer.alone:
        yield f"  {'='.join(d.taken[0])}: {BECAME.get(d.verdict, d.verdict)} {numbers[d.property.id]}"
        if d.trace:
            yield f"      {path(d.trace, answer.names)}"


def path(trace: Trace, names: Names) -> str:
    """The requests of a trace on one line; a loop is in brackets."""
    steps = [f"{t.asked}{'' if t.outcome == 'done' else f' ({t.outcome})'}" for t in step_tellings(trace, names)]
    loop = trace.loop_from
    if loop is None:
        return ", ".join(steps) or "the initial state itself"
    return ", ".join([*steps[:loop], f"[{', '.join(steps[loop:]) or 'no further change'}, forever]"])
