"""A trace as a picture: its states, the changes in each, and the state to which a loop returns."""

from __future__ import annotations

from dataclasses import replace

from backup_slr.diagram.caption import cited
from backup_slr.diagram.graph import Diagram, Edge, EdgeKind, Node
from backup_slr.diagram.labels import LabelStyle, refusal_label, request_label
from backup_slr.diagram.line_breaks import wrapped
from backup_slr.engine.compile.layout import Layout
from backup_slr.engine.core.rule import Property
from backup_slr.engine.core.scope import State, shown
from backup_slr.engine.core.trace import Trace
from backup_slr.engine.core.variable import Flag, Variable, label, usual
from backup_slr.engine.spec.lifecycle import Lifecycle
from backup_slr.report.names import Names, counted
from backup_slr.report.trace_text import Telling, step_tellings

WIDE = 72


def trace_diagram(
    lifecycle: Lifecycle,
    asked: Property,
    violated: bool,
    trace: Trace,
    names: Names,
    caption: str,
    labels: LabelStyle = "id",
) -> Diagram:
    """The states of a trace from top to bottom; the last is where the property is violated (or shown)."""
    tellings = step_tellings(trace, names)
    states = [trace.machine.initial, *(s.after for s in trace.steps)]
    looping = trace.loop_from is not None
    shown_states = states[:-1] if looping and trace.loop_from != len(trace.steps) else states
    layout = trace.machine.layout
    nodes = [_node(layout, names, number, states[max(number - 1, 0)], s) for number, s in enumerate(shown_states)]
    if not looping:
        last = nodes[-1]
        mark = "the property is violated here" if violated else "the property is shown here"
        nodes[-1] = replace(last, kind="bad" if violated else "final", lines=(*last.lines, mark))
    edges = [_edge(lifecycle, trace, number, telling, len(nodes), labels) for number, telling in enumerate(tellings, 1)]
    if looping and trace.loop_from == len(trace.steps):
        edges.append(Edge("e-for-ever", nodes[-1].id, nodes[-1].id, "loop", ("this state never changes again",)))
    how = "A loop: the last step returns to an earlier state." if looping else "A shortest trace."
    return Diagram(
        f"counterexample-{asked.id}".replace("_", "-"),
        f"{'Counterexample' if violated else 'Example'}: {asked.sentence}",
        f"{how} {counted(len(trace.steps), 'step')} from an empty account. Each box shows first what the step changed.",
        caption,
        tuple(nodes),
        tuple(edges),
        numbers={"steps": len(trace.steps)},
    )


def _node(layout: Layout, names: Names, number: int, before: State, state: State) -> Node:
    """A state: first the variables that the step changed, then the others that differ from an empty account.

    The first variable is always listed.
    """
    changed: list[str] = []
    same: list[str] = []
    for was, value, (variable, place) in zip(before, state, layout.cells, strict=True):
        where = f" {names.place(place)}" if place else ""
        if was != value:
            changed.append(f"{label(variable)}{where}: {_text(variable, was, 0)} -> {_text(variable, value, 2)}")
        elif value or not (changed or same):
            text = "" if isinstance(variable, Flag) else f": {_text(variable, value, 0)}"
            same.append(f"{label(variable)}{where}{text}")
    when = f"after step {number}" if number else "at the start"
    main = changed or (["nothing changes"] if number else same)
    lines = [line for text in main for line in wrapped(text, WIDE)]
    return Node(
        f"n-{number}",
        "moment",
        (when, *lines),
        tuple(same) if main is not same else (),
        f"{when}: {'; '.join((*changed, *same))}",
        called=when,
    )


def _text(variable: Variable, value: int, absent: int) -> str:
    """A value in words; `absent` chooses the word for a flag that is not set."""
    if isinstance(variable, Flag):
        return variable.words[1 if value else absent]
    return str(shown(variable, value))


def _edge(lifecycle: Lifecycle, trace: Trace, number: int, telling: Telling, states: int, labels: LabelStyle) -> Edge:
    loop = trace.loop_from
    target = number if number < states else loop
    kind: EdgeKind = telling.rule.by if telling.outcome == "done" else telling.outcome
    if loop is not None and number > loop:
        kind = "loop"
    answer = (f"{telling.outcome}: {refusal_label(telling.guard, labels)}",) if telling.guard else ()
    inputs = {i.name: shown(i, telling.request.inputs.get(i.name, usual(i))) for i in telling.rule.inputs}
    place = telling.names.place(telling.request.place)
    request = request_label(lifecycle, telling.rule, place, inputs, labels)
    return Edge(
        f"e-{number}",
        f"n-{number - 1}",
        f"n-{target}",
        kind,
        (*wrapped(f"{number}. {request}", WIDE), *answer),
        f"{telling.asked}: {telling.answered}. {cited(lifecycle, telling.clauses)}",
        telling.clauses,
        (telling.rule.action,),
        order=number,
    )
