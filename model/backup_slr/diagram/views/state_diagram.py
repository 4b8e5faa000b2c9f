"""The life of a role as a state diagram, and its reachable graph: both are quotients under an abstraction."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import groupby

from backup_slr.diagram.caption import caption, cited, counted
from backup_slr.diagram.graph import Cluster, Diagram, Edge, EdgeKind, Node, name_of, numbered, slug, wrapped
from backup_slr.diagram.quotient import Arrow, Class, Quotient, Way, called
from backup_slr.engine.core.model import Model
from backup_slr.engine.core.rule import Guard
from backup_slr.engine.core.variable import Flag
from backup_slr.report.english import english
from backup_slr.report.provenance import speaks_of_all
from backup_slr.report.unblock import by_chance

MOST_LINES = 9
"""So many lines of what is asked, and under which conditions, are drawn beside an arrow."""
WIDE = 42
"""So many letters of a condition stand on a line."""
START = Node("n-start", "initial", ("start",), tooltip="an empty account")
"""Where every behaviour begins."""


def lifecycle_diagram(found: Quotient, usual: str = "") -> Diagram:
    """A state diagram: the states of the role under an abstraction; the usual one gives the picture a short name."""
    said = (
        f"A state diagram under the abstraction '{found.abstraction.name}', with {len(found.classes)} nodes. Arrows "
        "name the request, its condition and the clause; what is refused, or leads to no other node, is listed in the "
        "node."
    )
    return _diagram("lifecycle", f"The life of {found.reached.lifecycle.name}", said, found, usual)


def reachable_diagram(found: Quotient, usual: str = "") -> Diagram:
    """The whole reachable graph under an abstraction, clustered by the first word of each class."""
    said = (
        f"The reachable graph under the abstraction '{found.abstraction.name}': "
        f"{len(found.classes)} nodes for {sum(found.classes.values()):,} states."
    )
    clusters = {c[0]: Cluster(slug(c[0]), c[0]) for c in found.classes}
    return _diagram("reachable", "Everything that can be reached", said, found, usual, clusters)


def _diagram(
    kind: str, title: str, said: str, found: Quotient, usual: str, clusters: Mapping[str, Cluster] | None = None
) -> Diagram:
    """The classes and the arrows between them; where there are clusters, without details."""
    states, details = len(found.reached.explored.states), clusters is None
    nodes = [_node(found, c, clusters[c[0]].id if clusters and len(c) > 1 else "", details) for c in found.classes]
    return Diagram(
        kind if found.abstraction.name == usual else name_of(kind, found.abstraction.name),
        f"{title}: {found.abstraction.says}",
        said,
        caption(found.reached.lifecycle, found.reached.scope, states, f"taken together by {found.abstraction.says}"),
        (START, *nodes),
        numbered((first_edge(found), *_edges(found, details))),
        tuple(clusters.values()) if clusters and len(found.abstraction.parts) > 1 else (),
        numbers={
            "states": states,
            "transitions": found.reached.explored.transitions,
            "classes": len(found.classes),
            "arrows": len(found.arrows),
        },
    )


def class_id(words: Class) -> str:
    """The stable id of a node that stands for a class."""
    return f"n-{slug(' '.join(words))}"


def first_edge(found: Quotient) -> Edge:
    """From there to the class of the empty account."""
    return Edge("e-start", START.id, class_id(found.initial), "start", (), "every behaviour starts in an empty account")


# ---------------------------------------------------------------- nodes


def _node(found: Quotient, words: Class, cluster: str, details: bool) -> Node:
    size = counted(found.classes[words], "state")
    # Refusals that are met in every class alike come last.
    met = sorted(found.refused[words], key=lambda way: all(way in r for r in found.refused.values()))
    stays, refused = _grouped(found.stays[words]), _grouped(met)
    folded = [f"stays: {', '.join(stays[None])}"] if None in stays else []
    fails = [f"fails, {refusal}: {', '.join(actions)}" for refusal, actions in stays.items() if refusal]
    folded += [*fails, *(f"{refusal}: {', '.join(actions)}" for refusal, actions in refused.items())]
    told = [f"{', '.join(words)}: {size}"]
    if details:
        told += [f"done, and it stays so: {', '.join(stays[None])}"] if None in stays else []
        told += [f"{line}, and it stays so" for line in fails]
        told += [f"refused ({refusal}): {', '.join(actions)}" for refusal, actions in refused.items()]
    lines = tuple(folded) if details else ()
    return Node(
        class_id(words), "state", (*words, size), lines, "\n".join(told), cluster=cluster, called=", ".join(words)
    )


def _grouped(ways: Iterable[Way]) -> dict[str | None, list[str]]:
    """Actions by refusal."""
    found: dict[str | None, list[str]] = {}
    for action, _, refusal in ways:
        found.setdefault(refusal, []).append(action)
    return {refusal: list(dict.fromkeys(actions)) for refusal, actions in found.items()}


# ---------------------------------------------------------------- edges


def _edges(found: Quotient, details: bool) -> Iterable[Edge]:
    """One edge for each pair of classes and kind, however many ways lead there."""
    model, classes = found.reached.lifecycle.model, list(found.classes)

    def key(arrow: Arrow) -> tuple[int, int, EdgeKind]:
        return classes.index(arrow.source), classes.index(arrow.target), _kind(model, arrow)

    for (start, end, kind), arrows in groupby(sorted(found.arrows, key=key), key=key):
        source, target = classes[start], classes[end]
        same = list(arrows)
        conditions = [_conditions(found, a) for a in same]
        common = [c for c in conditions[0] if all(c in other for other in conditions)]
        names = tuple(dict.fromkeys(called(a.way) for a in same))
        yield Edge(
            f"e-{class_id(source)[2:]}--{class_id(target)[2:]}-{kind}",
            class_id(source),
            class_id(target),
            kind,
            _label(same, conditions, common) if details else names,
            "\n".join(_told(found, a) for a in same),
            tuple(dict.fromkeys(c for a in same for c in _clauses(model, a))) if details else (),
            tuple(dict.fromkeys(a.way[0] for a in same)),
            "; ".join(common),
            "all" if all(len(a.states) == found.classes[source] for a in same) else "some",
            most=MOST_LINES if details else 1,
        )


def _label(arrows: list[Arrow], conditions: list[list[str]], common: list[str]) -> tuple[str, ...]:
    """Each way with the conditions that are its own, and behind them those that all have in common."""
    lines: list[str] = []
    for arrow, own in zip(arrows, conditions, strict=True):
        lines += [called(arrow.way), *_bracketed([c for c in own if c not in common])]
    return (*dict.fromkeys(lines), *_bracketed(common))


def _bracketed(conditions: list[str]) -> tuple[str, ...]:
    return wrapped(f"[{'; '.join(conditions)}]", WIDE) if conditions else ()


def _kind(model: Model, arrow: Arrow) -> EdgeKind:
    return "failed" if arrow.way[1] == "failed" else model.rule(arrow.way[0]).by


def _told(found: Quotient, arrow: Arrow) -> str:
    """Everything about an arrow, for the tooltip."""
    size = found.classes[arrow.source]
    condition = "; ".join(_conditions(found, arrow))
    citation = cited(found.reached.lifecycle, _clauses(found.reached.lifecycle.model, arrow))
    number = len(arrow.states)
    how_many = f"from all {size:,} states" if number == size else f"from {number:,} of {size:,} states"
    return f"{called(arrow.way)}{f' [{condition}]' if condition else ''}, {how_many}. {citation}"


def _conditions(found: Quotient, arrow: Arrow) -> list[str]:
    """What must hold, of the guards that some state of the class does not pass; of a failure, what is wrong."""
    guard = arrow.moves[0].guard
    if guard is not None:
        return [guard.otherwise.says]
    rule = found.reached.lifecycle.model.rule(arrow.way[0])
    failing = [a.way for a in found.arrows if a.source == arrow.source and a.way[1] == "failed"]
    failing += [way for way in found.stays[arrow.source] if way[1] == "failed"]
    met = {refusal for action, _, refusal in (*found.refused[arrow.source], *failing) if action == rule.action}
    doubts = [guard for guard in rule.guards if guard.otherwise.id in met]
    # That of the caller's permission last.
    doubts.sort(key=lambda g: isinstance(g.condition, Flag) and g.condition.kind == "parameter")
    return list(dict.fromkeys(map(_positive, doubts)))


def _positive(guard: Guard) -> str:
    """What a guard asks for; if it is about all vaults or a matter of chance, what it rules out, which is shorter."""
    chance = by_chance(guard.condition)
    if chance is not None:
        return f"unless {chance.reads[0]}"
    return f"unless {guard.otherwise.says}" if speaks_of_all(guard) else english(guard.condition)


def _clauses(model: Model, arrow: Arrow) -> tuple[str, ...]:
    """The clause of the guard that made it fail, or those of what it writes."""
    guard = arrow.moves[0].guard
    if guard is not None:
        return (guard.clause,)
    rule = model.rule(arrow.way[0])
    written = {v.name for m in arrow.moves for v in m.ending.writes}
    cited = tuple(dict.fromkeys(e.clause for e in rule.effects if e.variable.name in written))
    return cited or rule.clauses
