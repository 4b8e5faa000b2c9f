"""Two tables compared, told: what each action that differs answers before and after, as text, Markdown and JSON."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from backup_slr.check.differ import ActionDiffers, Comparison
from backup_slr.core.interpret import Situation, holds
from backup_slr.core.rule import Property
from backup_slr.core.trace import Trace
from backup_slr.report.checked import scope_text
from backup_slr.report.names import Names, usual_names
from backup_slr.report.sarif import Finding
from backup_slr.report.steps import Telling, tell, trace_documents

Document = dict[str, Any]
REACHED = {
    "both": "both models get there by the same answers",
    "old": "only the old model gets there",
    "new": "only the new model gets there",
}


def _sizes(found: Comparison) -> tuple[int, int, int]:
    sizes = found.scope.sizes
    return sizes["region"], sizes["vault"], found.scope.bounds["points"] or 0


def _names(found: Comparison) -> Names:
    return usual_names(*_sizes(found)[:2])


def _last(found: Comparison, differs: ActionDiffers) -> tuple[Telling, Telling] | None:
    """The step that is answered differently, as the old and as the new model answer it."""
    if differs.old is None or differs.new is None:
        return None
    return tell(differs.old, _names(found))[-1], tell(differs.new, _names(found))[-1]


def clauses(found: Comparison, differs: ActionDiffers) -> tuple[str, ...]:
    """The clauses behind both answers; of an action that only one model has, those of its rule."""
    if last := _last(found, differs):
        return tuple(dict.fromkeys(clause for telling in last for clause in telling.clauses))
    model = found.old if differs.reached == "old" else found.new
    return model.rule(differs.action).clauses


def properties(found: Comparison, differs: ActionDiffers) -> tuple[str, ...]:
    """The *always* and *step* properties of which the two answers make one thing true and the other false."""
    if differs.old is None or differs.new is None:
        return ()
    every = {p.id: p for model in (found.old, found.new) for p in model.properties if p.kind in ("always", "step")}
    return tuple(id for id, p in every.items() if _holds_at_last(p, differs.old) != _holds_at_last(p, differs.new))


def _holds_at_last(asked: Property, trace: Trace) -> bool:
    """Whether a property holds of the last step of a trace, or of the state that it leads to."""
    layout, step = trace.machine.layout, trace.steps[-1]
    ends = (step.outcome, step.because) if step.because else (step.outcome,)
    before = step.after if asked.kind == "always" else step.before
    here = Situation(layout, before, {}, step.request.inputs, step.after, step.request.action, step.request.place, ends)
    places = layout.scope.places(asked.each)
    return all(holds(asked.formula, replace(here, stands_for=place)) for place in places)


def without_effect(found: Comparison) -> list[str]:
    """Actions whose rules are written otherwise and answer the same."""
    return [action for action in found.changed if action not in {d.action for d in found.differing}]


def comparison_document(found: Comparison, old: str, new: str) -> Document:
    """A comparison as JSON; each trace is the old model's, and its last step has the new model's answer beside it."""
    regions, vaults, points = _sizes(found)
    return {
        "schema_version": 1,
        "old": old,
        "new": new,
        "scope": {"regions": regions, "vaults": vaults, "points": points},
        "assumptions": {"old": dict(found.old.assumed), "new": dict(found.new.assumed)},
        "verdict": found.verdict,
        "stopped": found.explored.stopped,
        "changed_without_effect": without_effect(found),
        "differences": [
            {
                "action": d.action,
                "reached": d.reached,
                "trace": trace_documents(d.old, _names(found)) if d.old else None,
                "new_answer": trace_documents(d.new, _names(found))[-1] if d.new else None,
                "clauses": list(clauses(found, d)),
                "properties": list(properties(found, d)),
            }
            for d in found.differing
        ],
    }


def _head(found: Comparison, old: str, new: str) -> Iterator[str]:
    number, sizes = len(found.differing), scope_text(*_sizes(found))
    if found.verdict == "different":
        yield f"different: {number} action{'' if number == 1 else 's'} of {new} answer otherwise than in {old}"
    elif found.verdict == "equivalent":
        yield f"equivalent: {new} answers every request as {old} does"
    else:
        yield f"inconclusive: no difference was found, and not everything was looked at ({found.explored.stopped})"
    yield f"  in {sizes}: {len(found.explored.states):,} states"
    if alike := without_effect(found):
        yield f"  written otherwise without an effect: {', '.join(alike)}"


def _missing(differs: ActionDiffers) -> str:
    return "the new table has no such action" if differs.reached == "old" else "the old table has no such action"


def comparison_lines(found: Comparison, old: str, new: str) -> Iterator[str]:
    """A comparison for people."""
    yield from _head(found, old, new)
    for d in found.differing:
        yield ""
        yield f"DIFFERS {d.action}  [{' '.join(clauses(found, d))}]"
        last = _last(found, d)
        if d.old is None or last is None:
            yield f"  {_missing(d)}"
            continue
        for number, telling in enumerate(tell(d.old, _names(found))[:-1], 1):
            yield f"  {number:>2} {telling.asked}"
        yield f"  {len(d.old.steps):>2} {last[0].asked}"
        yield f"     old  {last[0].answered}"
        yield f"     new  {last[1].answered}"
        if d.reached != "both":
            yield f"     {REACHED[d.reached]}"
        if touched := properties(found, d):
            yield f"     properties that tell them apart: {', '.join(touched)}"


def comparison_markdown(found: Comparison, old: str, new: str) -> Iterator[str]:
    """A comparison as Markdown, to be put under a change that is asked to be merged."""
    first, *rest = _head(found, f"`{old}`", f"`{new}`")
    yield f"### Rules: {first}"
    yield ""
    yield from (line.strip() for line in rest)
    if found.differing:
        yield ""
        yield "| action | after | old | new | clauses |"
        yield "|---|---|---|---|---|"
    for d in found.differing:
        last = _last(found, d)
        if d.old is None or last is None:
            cells = (f"`{d.action}`", "", _missing(d), "", " ".join(clauses(found, d)))
        else:
            steps = "<br>".join(f"`{t.asked}`" for t in tell(d.old, _names(found)))
            cells = (f"`{d.action}`", steps, last[0].answered, last[1].answered, " ".join(clauses(found, d)))
        yield f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |"


def comparison_findings(found: Comparison) -> Iterator[Finding]:
    """Every action that differs as a finding."""
    for d in found.differing:
        last = _last(found, d)
        said = f"old: {last[0].answered}; new: {last[1].answered}" if last else _missing(d)
        trace = tuple(t.asked for t in tell(d.old, _names(found))) if d.old else ()
        yield Finding(
            f"differs/{d.action}", f"{d.action} is answered otherwise: {said}", f"{d.action} is answered otherwise",
            d.action, clauses=clauses(found, d), trace=trace,
        )  # fmt: skip
