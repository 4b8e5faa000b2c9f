"""What depends on which reading, as JSON and as a short table for people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from backup_slr.check.judge import Verdict
from backup_slr.check.sensitivity import Dependency, Found, Sensitivity
from backup_slr.core.trace import Trace
from backup_slr.report.checked import scope_document, scope_text
from backup_slr.report.names import Names, usual_names
from backup_slr.report.steps import tell, trace_documents

Document = dict[str, Any]
MARKS: dict[Verdict, str] = {"holds": "ok", "violated": "X", "inconclusive": "?", "out of scope": "-"}


@dataclass(frozen=True)
class Answer:
    """Everything that was found out: under each reading, and what follows from it."""

    sensitivity: Sensitivity
    found: Sequence[Found]
    asked: int
    without: list[str]
    seconds: float
    interrupted: bool = False

    @cached_property
    def _both(self) -> tuple[list[Dependency], list[Dependency]]:
        return self.sensitivity.dependencies(self.found)

    @property
    def alone(self) -> list[Dependency]:
        """What depends on a single value."""
        return self._both[0]

    @property
    def together(self) -> list[Dependency]:
        """What two values add."""
        return self._both[1]

    @property
    def default(self) -> dict[str, Verdict]:
        """The verdict on each property under the defaults."""
        first = next((one for one in self.found if not one.taken), None)
        return {} if first is None else {name: verdict for name, (verdict, _, _) in first.verdicts.items()}

    @property
    def verdict(self) -> Verdict:
        """Of all properties under the defaults; inconclusive if anything was not looked at to the end."""
        if "violated" in self.default.values():
            return "violated"
        complete = len(self.found) == self.asked and all(one.complete for one in self.found)
        return "holds" if complete else "inconclusive"

    @property
    def names(self) -> Names:
        """What Regions and vaults are called."""
        scope = self.sensitivity.scope
        return usual_names(scope.sizes["region"], scope.sizes["vault"])


def sensitivity_document(answer: Answer) -> Document:
    """The answer as JSON."""
    return {
        "schema_version": 1,
        "scope": scope_document(answer.sensitivity.scope),
        "assumed": dict(answer.sensitivity.model.assumed),
        "without": answer.without,
        "seconds": round(answer.seconds, 3),
        "verdict": answer.verdict,
        "readings": {
            "asked": answer.asked,
            "judged": len(answer.found),
            "alone": sum(len(one.taken) == 1 for one in answer.found),
            "pairs": sum(len(one.taken) == 2 for one in answer.found),
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
                "trace": _trace(d.trace, answer),
            }
            for d in answer.alone
        ],
        "together": [
            {
                "property": d.property.id,
                "assumptions": dict(d.taken),
                "verdict": d.verdict,
                "expected": d.before,
                "trace": _trace(d.trace, answer),
            }
            for d in answer.together
        ],
    }


def _trace(trace: Trace | None, answer: Answer) -> list[Document] | None:
    return None if trace is None else trace_documents(trace, answer.names)


# ---------------------------------------------------------------- for people


def sensitivity_lines(answer: Answer) -> Iterator[str]:
    """A table of values by properties, the way into each violation, and what pairs add."""
    numbers = {p.id: n for n, p in enumerate(dict.fromkeys(d.property for d in answer.alone), 1)}
    yield f"verdict      {answer.verdict}, under the default readings"
    yield f"scope        {scope_text(**scope_document(answer.sensitivity.scope))}"
    yield from (f"assuming     {name} = {value}" for name, value in answer.sensitivity.model.assumed)
    yield from (f"without      {part}" for part in answer.without)
    alone = [one.taken[0] for one in answer.found if len(one.taken) == 1]
    pairs = sum(len(one.taken) == 2 for one in answer.found)
    yield f"readings     {len(alone)} values that are not the default, each alone, and {pairs} pairs of them"
    if len(answer.found) < answer.asked:
        yield f"             {answer.asked - len(answer.found)} more were not looked at"
    broken = [name for name, verdict in answer.default.items() if verdict == "violated"]
    yield from (f"VIOLATED under the defaults already: {name}" for name in broken)
    if numbers:
        yield from _table(answer, numbers)
    elif alone:
        yield ""
        yield "No verdict depends on any of these values."
    if answer.together:
        yield ""
        yield "pairs that add something: together they give another verdict than each alone lets expect"
        for taken in dict.fromkeys(d.taken for d in answer.together):
            yield f"  {' and '.join(f'{name}={value}' for name, value in taken)}"
            for d in answer.together:
                if d.taken == taken:
                    yield f"      {_became(d)}: {d.property.sentence}"
                    if d.trace:
                        yield f"          {path(d.trace, answer.names)}"
    if answer.alone or answer.together:
        yield ""
        yield "This is so in this scope; one more vault or Region may matter: --vaults 3, --regions 2"


def _table(answer: Answer, numbers: dict[str, int]) -> Iterator[str]:
    by_id = {p.id: p for p in answer.sensitivity.properties}
    values = list(dict.fromkeys(d.taken[0] for d in answer.alone))
    width = max(len("=".join(value)) for value in values)
    yield ""
    yield f"  {'':<{width}}  {' '.join(f'{n:>2}' for n in numbers.values())}"
    marks = {(d.taken[0], d.property.id): MARKS[d.verdict] for d in answer.alone}
    for value in values:
        yield f"  {'='.join(value):<{width}}  {' '.join(marks.get((value, name), '.').rjust(2) for name in numbers)}"
    yield ""
    yield from (f"  {n:>2} {by_id[name].sentence}" for name, n in numbers.items())
    others = [one.taken[0] for one in answer.found if len(one.taken) == 1 and one.taken[0] not in values]
    if others:
        yield ""
        yield f"  no property depends on: {', '.join('='.join(value) for value in others)}"
    yield ""
    yield "the shortest way there"
    for d in answer.alone:
        yield f"  {'='.join(d.taken[0])}: {_became(d)} {numbers[d.property.id]}"
        if d.trace:
            yield f"      {path(d.trace, answer.names)}"


def _became(dependency: Dependency) -> str:
    return {"violated": "VIOLATED", "holds": "holds again"}.get(dependency.verdict, dependency.verdict)


def path(trace: Trace, names: Names) -> str:
    """The requests of a trace on one line; those of a loop stand in brackets."""
    steps = [f"{t.asked}{'' if t.outcome == 'done' else f' ({t.outcome})'}" for t in tell(trace, names)]
    loop = trace.loop_from
    if loop is None:
        return ", ".join(steps) or "the initial state itself"
    return ", ".join([*steps[:loop], f"[{', '.join(steps[loop:]) or 'and there it stays'} for ever]"])
