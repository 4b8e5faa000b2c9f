"""Fixed suites of tests from the graph of the model: every transition, or every two in a row, in few requests.

A suite is a list of tours, each a sequence of requests from the empty account on. A tour that takes every transition
and is as short as one can be is the way of a postman through streets of one direction (J. Edmonds and E. L. Johnson,
*Matching, Euler tours and the Chinese postman*, 1973): streets are doubled where more lead to a crossing than away from
it, at least cost, until a tour of Euler exists.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any, TypeAlias, cast
from typing import Literal as Exactly

import networkx as nx

from backup_slr.engine.check.exploration import Space
from backup_slr.engine.core.model import Model
from backup_slr.engine.core.step import Machine, Request
from backup_slr.engine.core.trace import Trace, replay
from backup_slr.lifecycle import BACKUP, lifecycle, scope
from backup_slr.report.names import Names, example_names
from backup_slr.scenario.scenario_text import scenario_text
from backup_slr.testing.adapter import rules_of

RequestGraph: TypeAlias = "nx.MultiDiGraph[Any]"
"""States and requests, or requests and what follows them."""


@dataclass(frozen=True)
class Tour:
    """A test: requests from the empty account on, and what the model answers to each."""

    number: int
    trace: Trace
    names: Names

    @property
    def requests(self) -> tuple[Request, ...]:
        """The requests, in their order."""
        return tuple(step.request for step in self.trace.steps)

    def scenario(self) -> str:
        """The text of a scenario file that plays it."""
        return scenario_text(self.trace, self.names, f"tour {self.number}: {len(self.trace.steps)} steps")


def suite(
    cover: Exactly["transitions", "pairs"] = "transitions",
    *,
    regions: int = 1,
    vaults: int = 2,
    points: int = 1,
    assume: Mapping[str, str] | None = None,
    actions: Collection[str] | None = None,
    longest: int | None = None,
    changes_only: bool = False,
    model: Model | None = None,
) -> list[Tour]:
    """Tours that take every transition of the model at a scope, or every two transitions that can follow each other.

    Parameters
    ----------
    cover
        What to cover: each transition, or each pair of one and the next. Requests that leave the state as it is make
        no pairs (there would be millions): after the pairs a second tour asks for those.
    regions, vaults, points, assume, actions, model
        Which model; see `machine_for`. A transition is an action at a place that changes the state.
    longest
        Start a new tour after about this number of steps, so that a failure is near the beginning of its test.
    changes_only
        Ask for each transition once, and for nothing else. Otherwise each state is asked for all that can be said in
        it: what is refused, what is done without a change, and a change with every value of its parameters.

    Raises
    ------
    ValueError
        When an action is none of the model's, or the graph cannot be gone through from the empty account and back, so
        that no tour exists.
    """
    settled = (model or lifecycle()).assuming(assume)
    here = scope(regions, vaults, points)
    space = Space(replace(settled, rules=rules_of(settled, actions), properties=()), here)
    changes = changes_of(space)
    graphs = [_pairs(changes)] if cover == "pairs" else []
    if not (graphs and changes_only):
        graphs.append(changes if changes_only else _everything(space, changes))
    machine, names = Machine(settled, here), example_names(BACKUP, here)
    ways = [way for graph in graphs for way in _cut(list(postman(graph)), longest, graph)]
    return [Tour(n, replay(machine, way), names) for n, way in enumerate(ways, 1)]


def _start(graph: RequestGraph) -> Hashable:
    return "start" if "start" in graph else 0


def changes_of(space: Space) -> RequestGraph:
    """The states as nodes, and an edge for each transition."""
    graph: RequestGraph = nx.MultiDiGraph()
    for word in space.explore().states:
        graph.add_node(word)
        for number, target in space.successors(word):
            graph.add_edge(word, target, request=space.transitions[number].request)
    return graph


def _everything(space: Space, changes: RequestGraph) -> RequestGraph:
    """The transitions, and edges and loops for all else that can be asked for in their states.

    What the environment chooses is no part of what is asked: one value of it for each way in which a request can go.
    """
    graph: RequestGraph = nx.MultiDiGraph(changes)
    words: list[int] = list(changes)
    edges: list[Any] = list(changes.edges(data="request"))
    asked = {(word, _key(request)) for word, _, request in edges}
    said = {rule.action: [i.name for i in rule.inputs if i.kind != "choice"] for rule in space.model.rules}
    for move in space.transitions:
        action, place = move.ending.action, move.ending.place
        requests = [Request(action, place, inputs) for inputs in move.inputs_by(said[action])]
        follow = space.follow([(move.condition, move)])
        for number in space.all(move.condition, words):
            word = words[number]
            target = next((target for _, target in follow(word)), word)
            for request in requests:
                if (word, _key(request)) not in asked:
                    graph.add_edge(word, target, request=request)
    return graph


def _key(request: Request) -> Hashable:
    return request.action, request.place, tuple(request.inputs.items())


def _pairs(graph: RequestGraph) -> RequestGraph:
    """The graph whose nodes are transitions and whose edges are pairs of them, one right after the other."""
    line: RequestGraph = cast(Any, nx).line_graph(graph, create_using=nx.MultiDiGraph)
    line.add_node("start")
    transitions: list[Any] = list(graph.edges(keys=True))
    for edge in transitions:
        if edge[0] == 0:
            line.add_edge("start", edge)
        if edge[1] == 0:
            line.add_edge(edge, "start")
    pairs: list[Any] = list(line.edges(data=True))
    for _, after, data in pairs:
        data["request"] = None if after == "start" else graph.edges[after]["request"]
    return line


def postman(graph: RequestGraph) -> Iterator[Any]:
    """The requests of a shortest way that takes every edge of a graph, from its start and back there.

    Raises
    ------
    ValueError
        When there is no such way, since not every node leads to every other.
    """
    if not nx.is_strongly_connected(graph):
        raise ValueError("there is no tour: some state cannot be left again for all others")
    flow: nx.DiGraph[Any] = nx.DiGraph()
    for node in graph:
        flow.add_node(node, demand=graph.out_degree(node) - graph.in_degree(node))
    for source, target in graph.edges():
        if source != target:
            flow.add_edge(source, target, weight=1)
    again = nx.min_cost_flow(flow)
    doubled: RequestGraph = nx.MultiDiGraph(graph)
    for source, targets in again.items():
        for target, times in targets.items():
            for _ in range(times):
                doubled.add_edge(source, target, request=_between(graph, source, target))
    for source, target, key in nx.eulerian_circuit(doubled, source=_start(graph), keys=True):
        yield source, doubled.edges[source, target, key]["request"]


def shortest_ways(graph: RequestGraph) -> dict[Hashable, list[Any]]:
    """For each node the requests of a shortest way to it from the start, the nearest first."""
    paths = nx.single_source_shortest_path(graph, _start(graph))
    return {node: [_between(graph, a, b) for a, b in pairwise(path)] for node, path in paths.items()}


def _between(graph: RequestGraph, source: Hashable, target: Hashable) -> Any:
    return next(iter(graph[source][target].values()))["request"]


def _cut(
    tour: list[tuple[Hashable, Request | None]], longest: int | None, graph: RequestGraph
) -> Iterable[list[Request]]:
    """The tour in pieces of about `longest` steps, each beginning with a shortest way from the empty account."""
    requests = [request for _, request in tour]
    if longest is None:
        yield [request for request in requests if request is not None]
        return
    ways = shortest_ways(graph)
    begin = 0
    while begin < len(tour):
        lead = ways[tour[begin][0]]
        end = begin + max(1, longest - len(lead))
        yield [request for request in (*lead, *requests[begin:end]) if request is not None]
        begin = end
