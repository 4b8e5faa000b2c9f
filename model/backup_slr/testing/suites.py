"""Fixed test suites from the graph of the model: every transition, or every pair of transitions, in few requests.

A suite is a list of tours, each a sequence of requests from the empty account. The shortest tour of all transitions is
a directed Chinese postman tour (J. Edmonds and E. L. Johnson, *Matching, Euler tours and the Chinese postman*, 1973):
edges are duplicated at nodes with more incoming than outgoing edges, at minimum cost, until an Euler tour exists.
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
"""States and requests, or requests and their successors."""


@dataclass(frozen=True)
class Tour:
    """A test: requests from the empty account, and the model's answer to each."""

    number: int
    trace: Trace
    names: Names

    @property
    def requests(self) -> tuple[Request, ...]:
        """The requests, in their order."""
        return tuple(step.request for step in self.trace.steps)

    def scenario(self) -> str:
        """The text of a scenario file with these requests."""
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
    """Tours of every transition of the model in a scope, or of every pair of consecutive transitions.

    Parameters
    ----------
    cover
        What to cover: each transition, or each pair of consecutive transitions. Requests that do not change the state
        make no pairs (there would be millions): a second tour has those.
    regions, vaults, points, assume, actions, model
        The model; see `machine_for`. A transition is an action at a place that changes the state.
    longest
        Start a new tour after about this number of steps, so that a failure is near the start of its test.
    changes_only
        Request each transition once, and nothing else. By default each state gets all possible requests: those that are
        refused, those that change nothing, and each change with every value of its parameters.

    Raises
    ------
    ValueError
        When an action is unknown, or no tour exists, since the graph is not strongly connected.
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
    """The transitions, and edges for all other requests in their states.

    Choices of the environment are not part of a request: one value is tried for each possible outcome.
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
    """The graph whose nodes are transitions and whose edges are pairs of consecutive ones."""
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
    """The requests of a shortest tour of every edge of a graph, from its start and back, or a `ValueError`."""
    if not nx.is_strongly_connected(graph):
        raise ValueError("there is no tour: some state does not lead back to all others")
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
    """For each node the requests of a shortest path from the start, the nearest first."""
    paths = nx.single_source_shortest_path(graph, _start(graph))
    return {node: [_between(graph, a, b) for a, b in pairwise(path)] for node, path in paths.items()}


def _between(graph: RequestGraph, source: Hashable, target: Hashable) -> Any:
    return next(iter(graph[source][target].values()))["request"]


def _cut(
    tour: list[tuple[Hashable, Request | None]], longest: int | None, graph: RequestGraph
) -> Iterable[list[Request]]:
    """Cut a tour into pieces of about `longest` steps, each after a shortest path from the empty account."""
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
