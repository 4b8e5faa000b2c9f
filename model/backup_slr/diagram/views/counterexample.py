"""A trace as a picture: its states, the steps between them, and the state to which a lasso returns."""

from __future__ import annotations

from backup_slr.diagram.caption import cited, counted
from backup_slr.diagram.graph import Diagram, Edge, EdgeKind, Node, wrapped
from backup_slr.engine.compile.layout import Layout
from backup_slr.engine.core.rule import Property
from backup_slr.engine.core.scope import State, shown
from backup_slr.engine.core.trace import Trace
from backup_slr.engine.core.variable import Flag, label
from backup_slr.engine.spec.lifecycle import Lifecycle
from backup_slr.report.names import Names
from backup_slr.report.trace_text import Telling, step_tellings

WIDE = 64


def trace_diagram(
    lifecycle: Lifecycle, asked: Property, violated: bool, trace: Trace, names: Names, caption: str
) -> Diagram:
    """The states of a trace one below the other; the last is where the property is violated (or shown)."""
    tellings = step_tellings(trace, names)
    states = [trace.machine.initial, *(s.after for s in trace.steps)]
    looping = trace.loop_from is not None
    shown_states = states[:-1] if looping and trace.loop_from != len(trace.steps) else states
    nodes = [_node(trace.machine.layout, names, number, state) for number, state in enumerate(shown_states)]
    if not looping:
        last = nodes[-1]
        mark = "here the property is violated" if violated else "here it is shown"
        nodes[-1] = Node(last.id, "bad" if violated else "final", (*last.lines, mark), (), last.tooltip)
    edges = [_edge(lifecycle, trace, number, telling, len(nodes)) for number, telling in enumerate(tellings, 1)]
    if looping and trace.loop_from == len(trace.steps):
        edges.append(Edge("e-for-ever", nodes[-1].id, nodes[-1].id, "loop", ("and there it stays for ever",)))
    how = "A lasso: its last step leads back, and so on for ever." if looping else "A shortest trace."
    return Diagram(
        f"counterexample-{asked.id}".replace("_", "-"),
        f"{'A counterexample to' if violated else 'A witness of'}: {asked.sentence}",
        f"{how} {counted(len(trace.steps), 'step')} from an empty account.",
        caption,
        tuple(nodes),
        tuple(edges),
        numbers={"steps": len(trace.steps)},
    )


def _node(layout: Layout, names: Names, number: int, state: State) -> Node:
    """What is not as in an empty account, a line each; the first line is the first variable, whatever it is."""
    lines: list[str] = []
    for value, (variable, place) in zip(state, layout.cells, strict=True):
        if value or not lines:
            where = f" {names.place(place)}" if place else ""
            text = "" if isinstance(variable, Flag) else f": {shown(variable, value)}"
            lines.append(f"{label(variable)}{where}{text}")
    kept = [line for text in lines for line in wrapped(text, WIDE)]
    when = f"after step {number}" if number else "at the start"
    return Node(f"n-{number}", "moment", (when, *kept), (), f"{when}: {'; '.join(lines)}")


def _edge(lifecycle: Lifecycle, trace: Trace, number: int, telling: Telling, states: int) -> Edge:
    loop = trace.loop_from
    target = number if number < states else loop
    kind: EdgeKind = telling.rule.by if telling.outcome == "done" else telling.outcome
    if loop is not None and target == loop and number == len(trace.steps) and number != loop:
        kind = "loop"
    answer = (f"{telling.outcome}: {telling.guard.otherwise.id}",) if telling.guard else ()
    return Edge(
        f"e-{number}",
        f"n-{number - 1}",
        f"n-{target}",
        kind,
        (*wrapped(f"{number} {telling.asked}", WIDE), *answer),
        f"{telling.asked}: {telling.answered}. {cited(lifecycle, telling.clauses)}",
        telling.clauses,
        (telling.rule.action,),
        order=number,
    )
