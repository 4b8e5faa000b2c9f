"""The whole reachable graph as data: every state, and every step that changes one."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TypeAlias

from backup_slr.diagram.quotient import Reached
from backup_slr.engine.core.scope import shown
from backup_slr.report.names import Names

RAW_FORMATS = ("graphml", "json", "dot")
States: TypeAlias = Iterator[tuple[str, dict[str, str | int | bool]]]
Transitions: TypeAlias = Iterator[dict[str, str]]


def state_graph_text(reached: Reached, form: str, names: Names) -> Iterator[str]:
    """The graph in one of the `RAW_FORMATS`, piece by piece; `names` are those of places."""
    writers = {"graphml": _graphml, "json": _json, "dot": _dot}
    return writers[form](_states(reached, names), _transitions(reached, names))


def _states(reached: Reached, names: Names) -> States:
    """The id of each state, and its variables by name and place."""
    words = reached.space.words
    called = [f"{v.name}{f' {names.place(place)}' if place else ''}" for v, place in words.layout.cells]
    variables = [variable for variable, _ in words.layout.cells]
    for number, word in enumerate(reached.explored.states):
        yield f"s{number}", dict(zip(called, map(shown, variables, words.unpack(word)), strict=True))


def _transitions(reached: Reached, names: Names) -> Transitions:
    """The steps between two states, by their ids: the action, its place, and how it ends."""
    for source, target, number in reached.steps():
        move = reached.space.transitions[number]
        refusal = move.label[2]
        end = f"{move.ending.ends[0]}: {refusal}" if refusal else move.ending.ends[0]
        step = {"action": move.ending.action, "place": names.place(move.ending.place), "end": end}
        yield {"source": f"s{source}", "target": f"s{target}", **step}


def _graphml(states: States, transitions: Transitions) -> Iterator[str]:
    import networkx as nx  # imported here, because only this format needs it

    graph: nx.MultiDiGraph[str] = nx.MultiDiGraph(name="reachable")
    for state, values in states:
        graph.add_node(state, **{name: str(value) for name, value in values.items()})
    for number, step in enumerate(transitions):
        graph.add_edge(step.pop("source"), step.pop("target"), key=f"t{number}", **step)
    lines: Iterator[str] = nx.generate_graphml(graph)  # pyright: ignore[reportUnknownMemberType]
    return (f"{line}\n" for line in lines)


def _json(states: States, transitions: Transitions) -> Iterator[str]:
    yield '{"schema_version": 1, "name": "reachable-raw", "states": [\n'
    yield from _separated({"id": state, "values": values} for state, values in states)
    yield '], "transitions": [\n'
    yield from _separated(transitions)
    yield "]}\n"


def _separated(items: Iterator[object]) -> Iterator[str]:
    for number, item in enumerate(items):
        yield f",\n{json.dumps(item)}" if number else json.dumps(item)
    yield "\n"


def _dot(states: States, transitions: Transitions) -> Iterator[str]:
    yield "digraph reachable {\n  newrank=true\n"
    for state, values in states:
        tooltip = ", ".join(f"{name}={value}" for name, value in values.items() if value not in (False, 0))
        yield f"  {state} [tooltip={json.dumps(tooltip)}]\n"
    for step in transitions:
        parts = step["action"], step["place"], step["end"] if step["end"] != "done" else ""
        yield f"  {step['source']} -> {step['target']} [label={json.dumps(' '.join(filter(None, parts)))}]\n"
    yield "}\n"
