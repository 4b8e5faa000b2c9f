"""The report of a proof as text and as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from backup_slr.engine.compile.layout import Layout
from backup_slr.engine.core.rule import Property
from backup_slr.engine.core.scope import State, shown
from backup_slr.engine.core.trace import changes
from backup_slr.engine.core.variable import Flag
from backup_slr.engine.prove.cti import CounterexampleToInduction
from backup_slr.engine.prove.proof_search import (
    AssumptionAnalysis,
    AssumptionDependence,
    ProofResult,
    ProofSearch,
    ProofVerdict,
    bounded,
    overall,
)
from backup_slr.engine.spec.lifecycle import Lifecycle
from backup_slr.engine.spec.stated_property import StatedProperty, option_of, statement
from backup_slr.report.names import example_names
from backup_slr.report.scopes import everywhere_text, scope_document, scope_options_text, scope_text, unusual
from backup_slr.report.trace_text import change_document, few, trace_documents, trace_lines

Document = dict[str, Any]
WORDS: Mapping[ProofVerdict, str] = {
    "proved": "proved",
    "violated": "VIOLATED",
    "not-inductive": "not proved",
    "inconclusive": "inconclusive",
}
VERDICTS: Mapping[ProofVerdict, str] = {
    "not-inductive": "not proved: induction fails, and no violation is known; see the counterexample to induction",
    "inconclusive": "inconclusive: not every property is decided",
}
"""The verdict on all properties together, where it is more than a word."""


# ---------------------------------------------------------------- JSON


def settled_document(lifecycle: Lifecycle, settled: ProofResult) -> Document:
    asked = settled.property
    trace, example = settled.trace, settled.example
    return {
        "id": asked.id,
        "sentence": asked.sentence,
        "kind": getattr(asked, "kind", "bounds"),
        "clauses": list(asked.clauses) if isinstance(asked, Property) else [],
        "verdict": settled.verdict,
        "action": next(filter(None, settled.actions), None),
        "actions": [action for action in settled.actions if action],
        "by": [helper.id for helper in settled.proof.by],
        "trace": None if trace is None else trace_documents(trace, example_names(lifecycle, trace.machine.scope)),
        "trace_scope": None if trace is None else scope_document(lifecycle, trace.machine.scope),
        "counterexample_to_induction": None
        if example is None
        else {
            "scope": scope_document(lifecycle, example.scope),
            "before": state_documents(lifecycle, example.trace.machine.layout, example.trace.steps[0].before),
            "step": trace_documents(example.trace, example_names(lifecycle, example.scope))[0],
        },
    }


def state_documents(lifecycle: Lifecycle, layout: Layout, state: State) -> list[Document]:
    names = example_names(lifecycle, layout.scope)
    return [
        {key: value for key, value in change_document(change, names).items() if key != "before"}
        for change in changes(layout, layout.initial, state)
    ]


def prove_document(
    lifecycle: Lifecycle,
    asked: ProofSearch,
    found: Sequence[ProofResult],
    without: list[str],
    seconds: float,
    stopped: bool = False,
) -> Document:
    """The whole report as JSON; partial if it was `stopped`."""
    return {
        "schema_version": 1,
        "assumptions": dict(asked.model.assumed),
        "without": without,
        "searched": scope_document(lifecycle, asked.scope) | {"states": asked.searched(asked.scope)},
        "seconds": round(seconds, 3),
        "verdict": overall([s.verdict for s in found], stopped),
        "properties": [settled_document(lifecycle, settled) for settled in found],
    }


def readings_document(
    lifecycle: Lifecycle,
    asked: AssumptionAnalysis,
    found: Sequence[AssumptionDependence],
    without: list[str],
    seconds: float,
    stopped: bool = False,
) -> Document:
    """The report under all assumptions as JSON; partial if it was `stopped`."""
    return {
        "schema_version": 1,
        "assumed": dict(asked.model.assumed),
        "without": without,
        "searched": scope_document(lifecycle, asked.scope),
        "seconds": round(seconds, 3),
        "verdict": overall([d.default.verdict for d in found], stopped),
        "properties": [
            settled_document(lifecycle, d.default)
            | {"every_other_reading": d.everywhere, "depends_on": list(dict.fromkeys(name for name, _, _ in d.depends))}
            for d in found
        ],
        "dependencies": [
            {
                "property": d.default.property.id,
                "assumption": name,
                "value": value,
                "verdict": settled.verdict,
                "action": next(filter(None, settled.actions), None),
                "trace": settled_document(lifecycle, settled)["trace"],
            }
            for d in found
            for name, value, settled in d.depends
        ],
    }


# ---------------------------------------------------------------- for people


def prove_lines(
    lifecycle: Lifecycle,
    asked: ProofSearch,
    found: Sequence[ProofResult],
    without: list[str],
    again: str,
    stopped: bool = False,
    chosen: bool = False,
) -> Iterator[str]:
    """One line for each property, then the reasons for those that are not proved; `chosen`: some were not tried."""
    verdict = overall([s.verdict for s in found], stopped)
    yield f"verdict      {VERDICTS.get(verdict, verdict)}"
    yield f"for          {everywhere_text(lifecycle)}"
    yield from (f"assuming     {name} = {value}" for name, value in unusual(asked.model).items())
    yield from (f"without      {part}" for part in without)
    yield ""
    for settled in found:
        helpers = () if isinstance(settled.property, StatedProperty) else settled.proof.by
        by = f"  (with: {'; '.join(h.sentence for h in helpers)})" if helpers else ""
        word = WORDS[settled.verdict]
        yield f"  {word:<13} {getattr(settled.property, 'kind', 'bounds'):<7} {settled.property.sentence}{by}"
    for settled in found:
        if settled.verdict != "proved" and (chosen or settled.verdict != "inconclusive"):
            yield ""
            yield from failure_lines(lifecycle, settled, asked)
            option = option_of(settled.property) if isinstance(settled.property, Property) else ""
            yield f"  again: {again} {option or f'--property {settled.property.id}'}"
    yield ""
    proved, unknown = (sum(s.verdict == verdict for s in found) for verdict in ("proved", "inconclusive"))
    if unknown and not chosen:
        yield f"{unknown} inconclusive: z3 did not answer in time; for the actions, name one with --property."
    others = [p.kind for p in asked.model.properties if p.kind not in ("always", "step")]
    kinds = ", ".join(dict.fromkeys(others))
    rest = f" The other {len(others)} ({kinds}) cannot be proved by induction; see 'backup-slr check'."
    yield f"{proved} of {len(found) if chosen else len(asked.asked())} proved.{rest if others and not chosen else ''}"


def failure_lines(lifecycle: Lifecycle, settled: ProofResult, asked: ProofSearch) -> Iterator[str]:
    yield f"{WORDS[settled.verdict]} {settled.property.id}"
    asked_for = settled.property
    yield f"  {statement(asked_for) if isinstance(asked_for, Property) else f'{asked_for.sentence}.'}"
    actions = few([action or "the initial state" for action in settled.actions])
    if settled.trace is not None:
        if settled.trace.machine.scope != asked.scope:
            yield f"  in {scope_text(lifecycle, settled.trace.machine.scope)}"
        yield from trace_lines(settled.trace, example_names(lifecycle, settled.trace.machine.scope))
    elif settled.example is not None:
        yield f"  induction fails for: {actions}"
        yield "  counterexample to induction: from this state, which may be unreachable,"
        layout = settled.example.trace.machine.layout
        words = list(state_words(lifecycle, layout, settled.example.trace.steps[0].before))
        yield from (f"      {text}" for text in words or ["the initial state itself"])
        yield "  this step violates it:"
        yield from trace_lines(settled.example.trace, example_names(lifecycle, settled.example.scope))
        yield f"  No trace to this state is known: {_searched(lifecycle, asked, settled.example)}."
        yield "  A search in a larger scope, or a proved invariant that excludes this state, may decide it."
    else:
        yield f"  z3 did not answer in time for: {actions}"


def _searched(lifecycle: Lifecycle, asked: ProofSearch, example: CounterexampleToInduction) -> str:
    """The scopes that were searched for a trace: the given one, and that of the state."""
    scopes = {tuple(scope_document(lifecycle, s).values()): s for s in (asked.scope, bounded(example))}
    told = [
        f"{states:,} states were searched ({scope_options_text(lifecycle, scope)})"
        for scope in scopes.values()
        if (states := asked.searched(scope))
    ]
    return " and ".join(told) or "nothing was searched"


def state_words(lifecycle: Lifecycle, layout: Layout, state: State) -> Iterator[str]:
    names = example_names(lifecycle, layout.scope)
    for change in changes(layout, layout.initial, state):
        variable = change.variable
        value = shown(variable, change.after)
        if isinstance(variable, Flag):
            value = variable.words[1]
        where = f" {names.place(change.place)}" if change.place else ""
        yield f"{variable.name.replace('_', ' ')}{where}: {value}"


def readings_lines(
    lifecycle: Lifecycle,
    asked: AssumptionAnalysis,
    found: Sequence[AssumptionDependence],
    without: list[str],
    stopped: bool = False,
) -> Iterator[str]:
    """The properties that are proved under all assumptions, and those that depend on one."""
    violated = {(name, value) for d in found for name, value, settled in d.depends if settled.verdict == "violated"}
    verdict = overall([d.default.verdict for d in found], stopped)
    if violated:
        values = "another value violates" if len(violated) == 1 else f"{len(violated)} other values violate"
        yield f"verdict      {WORDS[verdict]} under the default assumptions; {values} something"
    else:
        yield f"verdict      {WORDS[verdict]} under the default assumptions"
    yield f"for          {everywhere_text(lifecycle)}"
    yield from (f"assuming     {name} = {value}" for name, value in asked.model.assumed)
    yield from (f"without      {part}" for part in without)
    every = [d for d in found if d.everywhere and not d.depends]
    yield f"everywhere   {len(every)} of {len(found)} are proved under every combination of assumption values at once"
    rest = [d for d in found if d not in every]
    if not rest:
        return
    yield ""
    yield "the others"
    for d in rest:
        yield f"  {WORDS[d.default.verdict]:<13} {d.default.property.sentence}"
        for name, value, settled in d.depends:
            action = next(iter(settled.actions), "")
            yield f"      {WORDS[settled.verdict]} under {name}={value}{f' by {action}' if action else ''}"
        if d.everywhere:
            yield "      proved under every combination of values of the other assumptions"
        elif d.default.verdict == "proved":
            yield "      proved under the default assumptions; not decided for every combination"
