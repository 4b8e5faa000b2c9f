"""The whole reachable graph, as data: every state, every step that changes one."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping

from backup_slr.diagram.quotient import Reached
from backup_slr.engine.core.scope import shown
from backup_slr.report.names import usual_names

RAW_FORMATS = ("graphml", "json", "dot")


def raw_text(reached: Reached, form: str) -> Iterator[str]:
    """The graph in a format, piece by piece."""
    writers: Mapping[str, Callable[[Reached], Iterator[str]]] = {"graphml": _graphml, "json": _json, "dot": _dot}
    return writers[form](reached)


def _values(reached: Reached, word: int) -> dict[str, str | int | bool]:
    """A state as names and values."""
    words = reached.space.words
    names = usual_names(reached.scope.sizes["region"], reached.scope.sizes["vault"])
    cells = zip(words.unpack(word), words.layout.cells, strict=True)
    return {
        f"{variable.name}{f' {names.place(place)}' if place else ''}": shown(variable, value)
        for value, (variable, place) in cells
    }


def _steps(reached: Reached) -> Iterator[tuple[int, int, str, str, str]]:
    """Source, target, action, place, and how it ends."""
    names = usual_names(reached.scope.sizes["region"], reached.scope.sizes["vault"])
    for source, target, move in reached.steps():
        ending = reached.space.moves[move].ending
        refusal = reached.space.moves[move].way[2]
        end = f"{ending.ends[0]}: {refusal}" if refusal else ending.ends[0]
        yield source, target, ending.action, names.place(ending.place), end


def _graphml(reached: Reached) -> Iterator[str]:
    import networkx as nx  # here, since only this format needs it

    graph: nx.MultiDiGraph[str] = nx.MultiDiGraph(name="reachable")
    for number, word in enumerate(reached.explored.states):
        values = {name: str(value) for name, value in _values(reached, word).items()}
        graph.add_node(f"s{number}", **values)
    for number, (source, target, action, place, end) in enumerate(_steps(reached)):
        graph.add_edge(f"s{source}", f"s{target}", key=f"t{number}", action=action, place=place, end=end)
    lines: Iterator[str] = nx.generate_graphml(graph)  # pyright: ignore[reportUnknownMemberType]
    return (f"{line}\n" for line in lines)


def _json(reached: Reached) -> Iterator[str]:
    yield '{"schema_version": 1, "name": "reachable-raw", "states": [\n'
    states = (json.dumps({"id": f"s{n}", "values": _values(reached, w)}) for n, w in enumerate(reached.explored.states))
    yield from _separated(states)
    yield '], "transitions": [\n'
    keys = ("source", "target", "action", "place", "end")
    yield from _separated(
        json.dumps(dict(zip(keys, (f"s{s[0]}", f"s{s[1]}", *s[2:]), strict=True))) for s in _steps(reached)
    )
    yield "]}\n"


def _separated(items: Iterator[str]) -> Iterator[str]:
    for number, item in enumerate(items):
        yield f",\n{item}" if number else item
    yield "\n"


def _dot(reached: Reached) -> Iterator[str]:
    yield "digraph reachable {\n  newrank=true\n"
    for number, word in enumerate(reached.explored.states):
        told = ", ".join(f"{k}={v}" for k, v in _values(reached, word).items() if v not in (False, 0))
        yield f"  s{number} [tooltip={json.dumps(told)}]\n"
    for source, target, action, place, end in _steps(reached):
        label = " ".join(part for part in (action, place, end if end != "done" else "") if part)
        yield f"  s{source} -> s{target} [label={json.dumps(label)}]\n"
    yield "}\n"
