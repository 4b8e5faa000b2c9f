"""Report the comparison of two rule sets as text, Markdown and JSON."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, replace
from typing import Any

from backup_slr.engine.compile.interpreter import Situation, holds
from backup_slr.engine.core.rule import Property
from backup_slr.engine.core.trace import Trace
from backup_slr.engine.diff.table_diff import Changes, ShownDiff, TableDiff
from backup_slr.engine.spec.lifecycle import Lifecycle
from backup_slr.report.names import Names, example_names
from backup_slr.report.sarif import Finding
from backup_slr.report.scopes import scope_document, scope_text
from backup_slr.report.tables import Row, markdown_table
from backup_slr.report.trace_text import Telling, step_tellings, trace_documents

Document = dict[str, Any]


def _names(lifecycle: Lifecycle, shown: ShownDiff) -> Names:
    return example_names(lifecycle, shown.within.scope)


def _steps(lifecycle: Lifecycle, shown: ShownDiff) -> list[Telling]:
    """Return the steps of the trace, in the old rules if they have all of its actions."""
    trace = shown.differs.old or shown.differs.new
    return step_tellings(trace, _names(lifecycle, shown)) if trace else []


def _last(lifecycle: Lifecycle, shown: ShownDiff) -> list[Telling]:
    """Return the last step under the old and the new rules, as far as they have all actions of the trace."""
    traces = filter(None, (shown.differs.old, shown.differs.new))
    return [step_tellings(trace, _names(lifecycle, shown))[-1] for trace in traces]


def _answers(lifecycle: Lifecycle, shown: ShownDiff) -> tuple[str, str]:
    """Return the answers of the old and the new rules to the last request."""
    told = iter(_last(lifecycle, shown))
    traces = (shown.differs.old, shown.differs.new)
    old, new = (next(told).answered if trace else "lacks an action that leads to this state" for trace in traces)
    return old, new


def clauses(lifecycle: Lifecycle, shown: ShownDiff) -> tuple[str, ...]:
    """Return the clauses behind both outcomes, or of the rule if only one model has the action."""
    if last := _last(lifecycle, shown):
        return tuple(dict.fromkeys(clause for telling in last for clause in telling.clauses))
    model = shown.within.old if shown.differs.reached == "old" else shown.within.new
    return model.rule(shown.differs.action).clauses


def properties(shown: ShownDiff) -> tuple[str, ...]:
    """Return the *always* and *step* properties that hold for one of the two outcomes only."""
    old, new, within = shown.differs.old, shown.differs.new, shown.within
    if old is None or new is None:
        return ()
    every = {p.id: p for m in (within.old, within.new) for p in m.properties if p.kind in ("always", "step")}
    fitting = {id: p for id, p in every.items() if p.fits(within.scope.sizes)}
    return tuple(id for id, p in fitting.items() if _holds_at_last(p, old) != _holds_at_last(p, new))


def _holds_at_last(judged: Property, trace: Trace) -> bool:
    """Return whether a property holds for the last step of a trace, or for the state after it."""
    layout, step = trace.machine.layout, trace.steps[-1]
    ends = (step.outcome, step.because) if step.because else (step.outcome,)
    before = step.after if judged.kind == "always" else step.before
    here = Situation(layout, before, {}, step.request.inputs, step.after, step.request.action, step.request.place, ends)
    places = layout.scope.places(judged.each)
    return all(holds(judged.formula, replace(here, stands_for=place)) for place in places)


def comparison_document(lifecycle: Lifecycle, found: TableDiff, old: str, new: str) -> Document:
    """Return a comparison as JSON; traces are of the old rules, with the new outcome of the last step.

    If the old rules lack an action of the trace, it is that of the new rules.
    """
    return {
        "schema_version": 1,
        "old": old,
        "new": new,
        "scopes": [scope_document(lifecycle, scope) for scope in found.scopes],
        "readings": [dict(reading) for reading in found.readings],
        "varied": list(found.varied),
        "combinations": found.combinations,
        "every_combination": found.stopped is None,
        "assumptions": {"old": dict(found.old.assumed), "new": dict(found.new.assumed)},
        "verdict": found.verdict,
        "stopped": found.stopped,
        "changed_without_effect": list(found.alike),
        "proved_at_every_size": list(found.proved),
        "properties": _changes(found.properties),
        "known_readings": _changes(found.assumptions),
        "differences": [
            {
                "action": shown.differs.action,
                "reached": shown.differs.reached,
                "scope": scope_document(lifecycle, shown.within.scope),
                "reading": dict(shown.reading),
                "trace": trace_documents(trace, _names(lifecycle, shown))
                if (trace := shown.differs.old or shown.differs.new)
                else None,
                "new_answer": trace_documents(shown.differs.new, _names(lifecycle, shown))[-1]
                if shown.differs.new
                else None,
                "clauses": list(clauses(lifecycle, shown)),
                "properties": list(properties(shown)),
            }
            for shown in found.shown
        ],
    }


def _changes(changes: Changes) -> dict[str, list[str]]:
    return {f.name: list(getattr(changes, f.name)) for f in fields(Changes)}


def _head(lifecycle: Lifecycle, found: TableDiff, old: str, new: str) -> Iterator[str]:
    number = len(found.differing)
    if number:
        behave = "action behaves" if number == 1 else "actions behave"
        yield f"different: {number} {behave} differently in {new} than in {old}"
    elif found.verdict == "different":
        yield f"different: every action behaves in {new} as in {old}; properties or assumptions changed"
    elif found.verdict == "equivalent":
        yield f"equivalent: every action behaves in {new} as in {old}"
    else:
        why = "too many combinations of assumption values" if found.stopped == "readings" else found.stopped
        yield f"inconclusive: no difference was found, but the search was incomplete ({why})"
    if len(found.scopes) == 1:
        yield f"  in {scope_text(lifecycle, found.scopes[0])}: {found.states:,} states"
    else:
        sizes = ", ".join(" x ".join(map(str, scope_document(lifecycle, scope).values())) for scope in found.scopes)
        yield f"  in {len(found.scopes)} scopes (Regions x vaults x recovery points): {sizes}"
    noted = {**dict(found.old.assumed), **dict(found.new.assumed)}
    if len(noted) >= len(found.old.assumptions):
        yield "  under the assumptions given, and no others"
    elif noted:
        yield f"  under the assumptions given: {', '.join(noted)}"
    if found.varied and found.stopped is not None:
        of = f"{found.combinations:,} combination{'' if found.combinations == 1 else 's'} of assumption values"
        yield f"  explored under {len(found.readings):,} of {of}"
    elif found.varied and (found.alike or not found.differing):
        several = "assumption" if len(found.varied) == 1 else f"{len(found.varied)} assumptions"
        yield f"  under every combination of the values of {several}: {found.combinations:,}"
    if found.proved:
        yield f"  written differently, with the same behavior at every size: {', '.join(found.proved)}"
    if rest := [action for action in found.alike if action not in found.proved]:
        yield f"  written differently, with the same behavior in these scopes: {', '.join(rest)}"
    for what, changes in (("properties", found.properties), ("assumptions", found.assumptions)):
        for how, names in _changes(changes).items():
            if names:
                yield f"  {what} {how}: {', '.join(names)}"


def _missing(shown: ShownDiff) -> str:
    side = "new" if shown.differs.reached == "old" else "old"
    return f"the {side} rules have no such action"


def _where(lifecycle: Lifecycle, found: TableDiff, shown: ShownDiff) -> Iterator[str]:
    """Return where a difference occurs, if not everywhere."""
    if len(found.scopes) > 1:
        yield f"in {scope_text(lifecycle, shown.within.scope)}"
    if shown.reading:
        yield f"under {', '.join(f'{name}={value}' for name, value in shown.reading)}"
    if shown.differs.reached != "both":
        yield f"only the {shown.differs.reached} model reaches this state"


def comparison_lines(lifecycle: Lifecycle, found: TableDiff, old: str, new: str) -> Iterator[str]:
    yield from _head(lifecycle, found, old, new)
    for shown in found.shown:
        d = shown.differs
        yield ""
        yield f"DIFFERS {d.action}  [{' '.join(clauses(lifecycle, shown))}]"
        steps = _steps(lifecycle, shown)
        if not steps:
            yield f"  {_missing(shown)}"
            continue
        yield from (f"  {line}" for line in _where(lifecycle, found, shown))
        for number, telling in enumerate(steps, 1):
            yield f"  {number:>2} {telling.asked}"
        for side, answered in zip(("old", "new"), _answers(lifecycle, shown), strict=True):
            yield f"     {side}  {answered}"
        if touched := properties(shown):
            yield f"     properties whose verdict changes in this step: {', '.join(touched)}"


def comparison_markdown(lifecycle: Lifecycle, found: TableDiff, old: str, new: str) -> Iterator[str]:
    first, *rest = _head(lifecycle, found, f"`{old}`", f"`{new}`")
    yield f"### Rules: {first}"
    yield ""
    yield from (f"- {line.strip()}" for line in rest)
    rows: list[Row] = []
    for shown in found.shown:
        answers = ("", _missing(shown), "")
        if asked := [f"`{telling.asked}`" for telling in _steps(lifecycle, shown)]:
            steps = "<br>".join((*asked, *_where(lifecycle, found, shown)))
            answers = (steps, *_answers(lifecycle, shown))
        rows.append((f"`{shown.differs.action}`", *answers, " ".join(clauses(lifecycle, shown))))
    if rows:
        yield ""
        yield from markdown_table(("action", "after", "old", "new", "clauses"), rows)


def comparison_findings(lifecycle: Lifecycle, found: TableDiff) -> Iterator[Finding]:
    for shown in found.shown:
        d, trace = shown.differs, tuple(telling.asked for telling in _steps(lifecycle, shown))
        said = "old: {}; new: {}".format(*_answers(lifecycle, shown)) if trace else _missing(shown)
        yield Finding(
            f"differs/{d.action}", f"{d.action} behaves differently: {said}", f"{d.action} behaves differently",
            d.action, clauses=clauses(lifecycle, shown), trace=trace,
        )  # fmt: skip
    for how, names in _changes(found.properties).items():
        for name in names:
            yield Finding(f"property-{how}/{name}", f"a property is {how}: {name}", f"a property is {how}", name)
