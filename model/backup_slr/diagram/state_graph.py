"""The whole reachable graph as data: every state, and every step that changes one."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass

from backup_slr.diagram.quotient import Reached
from backup_slr.engine.core.scope import shown
from backup_slr.report.names import Names

RAW_FORMATS = ("graphml", "json", "dot")


@dataclass(frozen=True)
class GraphTransition:
    """A step between two states, by their ids: the action, its place, and how it ends."""

    source: str
    target: str
    action: str
    place: str
    end: str


def state_graph_text(reached: Reached, form: str, names: Names) -> Iterator[str]:
    """The graph in one of the `RAW_FORMATS`, piece by piece; `names` are those of places."""
    writers: Mapping[str, Callable[[Reached, Names], Iterator[str]]] = {"graphml": _graphml, "json": _json, "dot": _dot}
    return writers[form](reached, names)


def _states(reached: Reached, names: Names) -> Iterator[tuple[str, dict[str, str | int | bool]]]:
    """The id of each state, and its variables by name and place."""
    words = reached.space.words
    called = [f"{v.name}{f' {names.place(place)}' if place else ''}" for v, place in words.layout.cells]
    variables = [variable for variable, _ in words.layout.cells]
    for number, word in enumerate(reached.explored.states):
        yield f"s{number}", dict(zip(called, map(shown, variables, words.unpack(word)), strict=True))


def _transitions(reached: Reached, names: Names) -> Iterator[GraphTransition]:
    for source, target, number in reached.steps():
        move = reached.space.transitions[number]
        refusal = move.label[2]
        end = f"{move.ending.ends[0]}: {refusal}" if refusal else move.ending.ends[0]
        yield GraphTransition(f"s{source}", f"s{target}", move.ending.action, names.place(move.ending.place), end)


def _graphml(reached: Reached, names: Names) -> Iterator[str]:
    import networkx as nx  # here, since only this format needs it

    graph: nx.MultiDiGraph[str] = nx.MultiDiGraph(name="reachable")
    for state, values in _states(reached, names):
        graph.add_node(state, **{name: str(value) for name, value in values.items()})
    for number, t in enumerate(_transitions(reached, names)):
        graph.add_edge(t.source, t.target, key=f"t{number}", action=t.action, place=t.place, end=t.end)
    lines: Iterator[str] = nx.generate_graphml(graph)  # pyright: ignore[reportUnknownMemberType]
    return (f"{line}\n" for line in lines)


def _json(reached: Reached, names: Names) -> Iterator[str]:
    yield '{"schema_version": 1, "name": "reachable-raw", "states": [\n'
    yield from _separated(json.dumps({"id": state, "values": values}) for state, values in _states(reached, names))
    yield '], "transitions": [\n'
    yield from _separated(json.dumps(asdict(transition)) for transition in _transitions(reached, names))
    yield "]}\n"


def _separated(items: Iterator[str]) -> Iterator[str]:
    for number, item in enumerate(items):
        yield f",\n{item}" if number else item
    yield "\n"


def _dot(reached: Reached, names: Names) -> Iterator[str]:
    yield "digraph reachable {\n  newrank=true\n"
    for state, values in _states(reached, names):
        tooltip = ", ".join(f"{name}={value}" for name, value in values.items() if value not in (False, 0))
        yield f"  {state} [tooltip={json.dumps(tooltip)}]\n"
    for t in _transitions(reached, names):
        label = " ".join(part for part in (t.action, t.place, t.end if t.end != "done" else "") if part)
        yield f"  {t.source} -> {t.target} [label={json.dumps(label)}]\n"
    yield "}\n"
