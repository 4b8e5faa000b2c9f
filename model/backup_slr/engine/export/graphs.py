"""The reachable states as a graph, streamed in formats that other tools read.

A node is a state, 0 the initial one, in the order of the exploration. An edge is a step that changes the
state: one for each state, action with its place, and next state, as a check counts transitions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias
from xml.sax.saxutils import escape, quoteattr

from backup_slr.engine.check.exploration import Explored, Space
from backup_slr.engine.core.scope import shown
from backup_slr.engine.core.variable import Count, Enum, Variable

Naming: TypeAlias = Callable[[tuple[int, ...]], str]
"""A function from places to their names."""

LEFT_OUT = "steps that change nothing, the inputs of a step, and all properties"
"""The parts of a model that a graph omits."""


@dataclass(frozen=True)
class GraphEdge:
    """A step from one state to another, by their numbers."""

    source: int
    target: int
    action: str
    place: str
    outcome: str

    @property
    def label(self) -> str:
        return f"{self.action} {self.place}".rstrip()


@dataclass(frozen=True)
class StateGraph:
    """The explored states, with names for places; edges to states beyond a limit are omitted."""

    space: Space
    explored: Explored
    named: Naming

    @property
    def nodes(self) -> int:
        return len(self.explored.states)

    def attributes(self) -> list[tuple[str, Variable]]:
        """Return the attributes of a node: the name of each cell, and its variable."""
        cells = self.space.words.layout.cells
        return [(f"{v.name} {self.named(place)}".rstrip(), v) for v, place in cells]

    def states(self) -> Iterator[dict[str, str | int | bool]]:
        """Each state in order, by the names of its cells."""
        names = self.attributes()
        for word in self.explored.states:
            values = self.space.words.unpack(word)
            yield {name: shown(variable, x) for (name, variable), x in zip(names, values, strict=True)}

    def edges(self) -> Iterator[GraphEdge]:
        """Every step that changes a state."""
        number, successors = {word: n for n, word in enumerate(self.explored.states)}, self.space.successors
        ends = [(m.ending.action, self.named(m.ending.place), m.ending.ends[0]) for m in self.space.transitions]
        for source, word in enumerate(self.explored.states):
            for move, target in successors(word):
                if target in number:
                    yield GraphEdge(source, number[target], *ends[move])


def aut(graph: StateGraph) -> Iterator[str]:
    """The lines of an Aldebaran file: ``des (first, transitions, states)``, then ``(from, "label", to)``."""
    complete = graph.explored.complete
    transitions = graph.explored.transitions if complete else sum(1 for _ in graph.edges())
    yield f"des (0, {transitions}, {graph.nodes})"
    for edge in graph.edges():
        yield f'({edge.source}, "{edge.label}", {edge.target})'


def node_link(graph: StateGraph, about: Mapping[str, Any]) -> dict[str, Any]:
    """A document in the node-link form of networkx and of d3; its nodes and edges are iterators."""
    return {
        "schema_version": 1,
        "directed": True,
        "multigraph": True,
        "graph": dict(about),
        "nodes": ({"id": number, **state} for number, state in enumerate(graph.states())),
        "edges": map(vars, graph.edges()),
    }


EDGE_KEYS = ("action", "place", "outcome")


def graphml(graph: StateGraph, about: Mapping[str, Any]) -> Iterator[str]:
    yield '<?xml version="1.0" encoding="UTF-8"?>'
    yield '<graphml xmlns="http://graphml.graphdrawing.org/xmlns">'
    names = graph.attributes()
    keys = {name: f"d{i}" for i, (name, _) in enumerate(names)}
    for name, variable in names:
        kind = "string" if isinstance(variable, Enum) else "int" if isinstance(variable, Count) else "boolean"
        yield f'  <key id="{keys[name]}" for="node" attr.name={quoteattr(name)} attr.type="{kind}"/>'
    for name in EDGE_KEYS:
        yield f'  <key id="{name}" for="edge" attr.name="{name}" attr.type="string"/>'
    for name in about:
        yield f'  <key id="g_{name}" for="graph" attr.name={quoteattr(name)} attr.type="string"/>'
    yield '  <graph edgedefault="directed">'
    for name, value in about.items():
        yield f'    <data key="g_{name}">{_text(value)}</data>'
    for number, state in enumerate(graph.states()):
        data = "".join(f'<data key="{keys[name]}">{_text(value)}</data>' for name, value in state.items())
        yield f'    <node id="{number}">{data}</node>'
    for number, edge in enumerate(graph.edges()):
        data = "".join(f'<data key="{name}">{_text(getattr(edge, name))}</data>' for name in EDGE_KEYS)
        yield f'    <edge id="{number}" source="{edge.source}" target="{edge.target}">{data}</edge>'
    yield "  </graph>"
    yield "</graphml>"


def _text(value: object) -> str:
    return escape(str(value).lower() if isinstance(value, bool) else str(value))
