"""The lifecycle of a role as a state diagram, and its reachable graph: quotients under an abstraction."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from dataclasses import replace
from itertools import groupby

from backup_slr.diagram.caption import caption, cited
from backup_slr.diagram.graph import Cluster, Diagram, Edge, EdgeKind, Node, name_of, numbered, slug
from backup_slr.diagram.labels import LabelStyle, action_label, refusal_label, way_label
from backup_slr.diagram.line_breaks import wrapped
from backup_slr.diagram.quotient import Arrow, Class, Quotient, Way
from backup_slr.engine.core.model import Model
from backup_slr.engine.core.rule import Guard
from backup_slr.engine.core.variable import Flag
from backup_slr.report.english import english
from backup_slr.report.names import counted
from backup_slr.report.provenance import speaks_of_all
from backup_slr.report.unblock import by_chance

MOST_LINES = 9
"""The most lines of requests and conditions on an arrow."""
MOST_BRIEF, FEW, NARROW = 2, 4, 26
"""In a brief picture of more than a `FEW` groups: the most requests on an arrow, and the most letters on a line."""
MANY = 10
"""The most groups between which labels of the reachable graph have several lines; among more, arrows cross them."""
WIDE = 42
"""The most letters on a line of a label."""
UNLESS = "unless "
START = Node("n-start", "initial", ("start",), tooltip="an empty account")
"""The node from which an arrow leads to the initial state."""


def lifecycle_diagram(found: Quotient, usual: str = "", labels: LabelStyle = "id", brief: bool = False) -> Diagram:
    """A state diagram: the states of the role under an abstraction; the usual one gives the picture a short name.

    Arrows of a `brief` picture have only the conditions that are about the whole account.
    """
    description = (
        f"States grouped by {found.abstraction.says}, in {len(found.classes)} boxes. Arrows show the request and its "
        "condition; requests that are refused or do not leave the group are listed inside the box. Every request also "
        "needs its permissions."
    )
    return _diagram(
        "lifecycle", f"Lifecycle of {found.reached.lifecycle.name}", description, found, usual, labels, brief=brief
    )


def reachable_diagram(found: Quotient, usual: str = "", labels: LabelStyle = "id") -> Diagram:
    """The whole reachable graph under an abstraction, clustered by the first word of each class."""
    description = (
        f"The reachable states, grouped by {found.abstraction.says}: "
        f"{len(found.classes)} boxes for {sum(found.classes.values()):,} states."
    )
    clusters = {c[0]: Cluster(slug(c[0]), c[0]) for c in found.classes}
    return _diagram("reachable", "All reachable states", description, found, usual, labels, clusters)


def _diagram(
    kind: str,
    title: str,
    description: str,
    found: Quotient,
    usual: str,
    labels: LabelStyle,
    clusters: Mapping[str, Cluster] | None = None,
    brief: bool = False,
) -> Diagram:
    """The classes and the arrows between them; with clusters, without details."""
    states, details = len(found.reached.explored.states), clusters is None
    nodes = [
        _node(found, c, clusters[c[0]].id if clusters and len(c) > 1 else "", details, labels) for c in found.classes
    ]
    return Diagram(
        kind if found.abstraction.name == usual else name_of(kind, found.abstraction.name),
        f"{title}, grouped by {found.abstraction.says}",
        description,
        caption(
            found.reached.lifecycle,
            found.reached.scope,
            states,
            f"grouped by {found.abstraction.says}",
            complete=found.reached.explored.complete,
        ),
        (START if found.reached.scope.start is None else replace(START, tooltip="the account"), *nodes),
        numbered((first_edge(found), *_edges(found, details, labels, brief))),
        tuple(clusters.values()) if clusters and len(found.abstraction.parts) > 1 else (),
        numbers={
            "states": states,
            "transitions": found.reached.explored.transitions,
            "classes": len(found.classes),
            "arrows": len(found.arrows),
        },
    )


def class_id(words: Class) -> str:
    """The stable id of the node of a class."""
    return f"n-{slug(' '.join(words))}"


def first_edge(found: Quotient) -> Edge:
    """The arrow to the class of the initial state."""
    account = "an empty account" if found.reached.scope.start is None else "the account"
    return Edge("e-start", START.id, class_id(found.initial), "start", (), f"the initial state is {account}")


# ---------------------------------------------------------------- nodes


def _node(found: Quotient, words: Class, cluster: str, details: bool, labels: LabelStyle) -> Node:
    size = counted(found.classes[words], "state")
    # Refusals that occur in every class come last.
    met = sorted(found.refused[words], key=lambda way: all(way in r for r in found.refused.values()))
    model = found.reached.lifecycle.model
    stays, refused = _grouped(model, found.stays[words], labels), _grouped(model, met, labels)
    folded = [f"stays: {', '.join(stays[None])}"] if None in stays else []
    fails = [f"fails, {refusal}: {', '.join(actions)}" for refusal, actions in stays.items() if refusal]
    folded += [*fails, *(f"{refusal}: {', '.join(actions)}" for refusal, actions in refused.items())]
    tip = [f"{', '.join(words)}: {size}"]
    if details:
        tip += [f"done, without leaving the group: {', '.join(stays[None])}"] if None in stays else []
        tip += [f"{line}, without leaving the group" for line in fails]
        tip += [f"refused ({refusal}): {', '.join(actions)}" for refusal, actions in refused.items()]
    lines = tuple(folded) if details else ()
    return Node(class_id(words), "state", words, lines, "\n".join(tip), cluster=cluster, called=", ".join(words))


def _grouped(model: Model, ways: Iterable[Way], labels: LabelStyle) -> dict[str | None, list[str]]:
    """Actions by refusal."""
    found: dict[str | None, list[str]] = {}
    for action, _, refusal in ways:
        guards = (g for g in model.rule(action).guards if g.otherwise.id == refusal)
        reason = next((refusal_label(g, labels) for g in guards), refusal)
        found.setdefault(reason, []).append(action_label(model.rule(action), labels))
    return {refusal: list(dict.fromkeys(actions)) for refusal, actions in found.items()}


# ---------------------------------------------------------------- edges


def _edges(found: Quotient, details: bool, labels: LabelStyle, brief: bool) -> Iterable[Edge]:
    """One edge for each pair of classes and kind."""
    model, classes = found.reached.lifecycle.model, list(found.classes)
    crowded = brief and len(classes) > FEW

    def key(arrow: Arrow) -> tuple[int, int, EdgeKind]:
        return classes.index(arrow.source), classes.index(arrow.target), _kind(model, arrow)

    for (start, end, kind), arrows in groupby(sorted(found.arrows, key=key), key=key):
        source, target = classes[start], classes[end]
        same = list(arrows)
        conditions = [_conditions(found, a) for a in same]
        common = [c for c in conditions[0] if all(c in other for other in conditions)]
        if kind == "failed":
            lines = _failures(model, same, labels, (NARROW if crowded else WIDE) if details else sys.maxsize)
        elif details:
            also = "" if labels == "id" else "or "
            actions = [f"{also if n else ''}{action_label(model.rule(a.way[0]), labels)}" for n, a in enumerate(same)]
            lines = _crowded(actions) if crowded else _label(actions, conditions, common, brief)
        else:
            lines = tuple(dict.fromkeys(way_label(model, a.way, labels) for a in same))
        yield Edge(
            f"e-{class_id(source)[2:]}--{class_id(target)[2:]}-{kind}",
            class_id(source),
            class_id(target),
            kind,
            lines,
            "\n".join(_tooltip(found, a) for a in same),
            tuple(dict.fromkeys(c for a in same for c in _clauses(model, a))) if details else (),
            tuple(dict.fromkeys(a.way[0] for a in same)),
            "; ".join(common),
            "all" if all(len(a.states) == found.classes[source] for a in same) else "some",
            most=MOST_LINES if details else 1,
            wide=0 if details or (kind != "failed" and len(classes) > MANY) else NARROW,
        )


def _label(names: list[str], conditions: list[list[str]], common: list[str], brief: bool) -> tuple[str, ...]:
    """Each action with its own conditions, and after them the conditions that all have in common."""
    lines: list[str] = []
    for name, own in zip(names, conditions, strict=True):
        lines += [name, *([] if brief else _bracketed([c for c in own if c not in common]))]
    return (*dict.fromkeys(lines), *_bracketed([c for c in common if not brief or c.startswith(UNLESS)]))


def _crowded(actions: list[str]) -> tuple[str, ...]:
    """The first actions, and the number of the others."""
    names = list(dict.fromkeys(actions))
    more = len(names) - MOST_BRIEF
    kept = [*names[:MOST_BRIEF], f"+{more} more"] if more > 0 else names
    return tuple(line for name in kept for line in wrapped(name, NARROW))


def _failures(model: Model, arrows: list[Arrow], labels: LabelStyle, wide: int) -> tuple[str, ...]:
    """Each action that fails, with its reasons."""
    reasons: dict[str, dict[str, None]] = {}
    for arrow in arrows:
        action = action_label(model.rule(arrow.way[0]), labels)
        guards = {m.guard.otherwise.id: m.guard for m in arrow.moves if m.guard}
        reasons.setdefault(action, {}).update(dict.fromkeys(refusal_label(g, labels) for g in guards.values()))
    between, joined = (": ", ", ") if labels == "id" else (", but ", " or ")
    texts = (f"{action}{between}{joined.join(why)}" for action, why in reasons.items())
    return tuple(line for text in texts for line in wrapped(text, wide))


def _bracketed(conditions: list[str]) -> tuple[str, ...]:
    return wrapped(f"[{'; '.join(conditions)}]", WIDE) if conditions else ()


def _kind(model: Model, arrow: Arrow) -> EdgeKind:
    return "failed" if arrow.way[1] == "failed" else model.rule(arrow.way[0]).by


def _tooltip(found: Quotient, arrow: Arrow) -> str:
    """The details of an arrow."""
    size = found.classes[arrow.source]
    condition = "; ".join(_conditions(found, arrow))
    citation = cited(found.reached.lifecycle, _clauses(found.reached.lifecycle.model, arrow))
    number = len(arrow.states)
    how_many = f"from all {size:,} states" if number == size else f"from {number:,} of {size:,} states"
    name = way_label(found.reached.lifecycle.model, arrow.way, "id")
    return f"{name}{f' [{condition}]' if condition else ''}, {how_many}. {citation}"


def _conditions(found: Quotient, arrow: Arrow) -> list[str]:
    """The guards that some state of the class does not pass; for a failure, its reason.

    Guards about the caller are left out: every request needs its permissions.
    """
    guard = arrow.moves[0].guard
    if guard is not None:
        return [guard.otherwise.says]
    rule = found.reached.lifecycle.model.rule(arrow.way[0])
    failing = [a.way for a in found.arrows if a.source == arrow.source and a.way[1] == "failed"]
    failing += [way for way in found.stays[arrow.source] if way[1] == "failed"]
    met = {refusal for action, _, refusal in (*found.refused[arrow.source], *failing) if action == rule.action}
    doubts = [guard for guard in rule.guards if guard.otherwise.id in met and not _about_the_caller(guard)]
    return list(dict.fromkeys(map(_positive, doubts)))


def _about_the_caller(guard: Guard) -> bool:
    return isinstance(guard.condition, Flag) and guard.condition.kind == "parameter"


def _positive(guard: Guard) -> str:
    """The condition of a guard; if it is about all vaults or depends on chance, its negation, which is shorter."""
    chance = by_chance(guard.condition)
    if chance is not None:
        return f"{UNLESS}{chance.reads[0]}"
    return f"{UNLESS}{guard.otherwise.says}" if speaks_of_all(guard) else english(guard.condition)


def _clauses(model: Model, arrow: Arrow) -> tuple[str, ...]:
    """The clause of the guard that made it fail, or the clauses of its effects."""
    guard = arrow.moves[0].guard
    if guard is not None:
        return (guard.clause,)
    rule = model.rule(arrow.way[0])
    written = {v.name for m in arrow.moves for v in m.ending.writes}
    cited = tuple(dict.fromkeys(e.clause for e in rule.effects if e.variable.name in written))
    return cited or rule.clauses
