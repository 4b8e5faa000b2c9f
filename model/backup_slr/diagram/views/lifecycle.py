"""The role's life as a state diagram, and the reachable graph: both are quotients under an abstraction."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby

from backup_slr.core.rule import Guard, Model, Rule
from backup_slr.core.variable import Flag
from backup_slr.diagram.caption import caption
from backup_slr.diagram.graph import (
    LONGEST_FOLDED,
    LONGEST_LINE,
    Cluster,
    Diagram,
    Edge,
    EdgeKind,
    Node,
    Reach,
    numbered,
    short,
    slug,
    wrapped,
)
from backup_slr.diagram.quotient import Arrow, Class, Quotient, Way
from backup_slr.report.english import english
from backup_slr.report.tables import clause_says

MOST_EVENTS = 3
START = "n-start"


def lifecycle_diagram(found: Quotient, name: str = "lifecycle") -> Diagram:
    """What can happen to the role: its states as the abstraction tells them apart, and what leads where."""
    return Diagram(
        name if found.abstraction.name == "role" else f"{name}-{slug(found.abstraction.name)}",
        f"The life of {found.reached.model.name}",
        f"A state diagram under the abstraction '{found.abstraction.name}' ({found.abstraction.says}), with "
        f"{len(found.classes)} nodes. Arrows name the request, its condition and the clause; what is refused, or leads "
        "to no other node, is listed in the node.",
        _caption(found, f"taken together by {found.abstraction.says}"),
        (_start(), *(_node(found, c) for c in found.classes)),
        numbered((_first(found), *_edges(found))),
        numbers=_numbers(found),
    )


def reachable_diagram(found: Quotient, name: str = "reachable") -> Diagram:
    """All that can be reached, at a glance: clustered by the first word of each class."""
    clusters = {c[0]: Cluster(slug(c[0]), c[0]) for c in found.classes}
    nodes = [_node(found, c, clusters[c[0]].id if len(c) > 1 else "", details=False) for c in found.classes]
    return Diagram(
        name,
        "Everything that can be reached, taken together",
        f"The reachable graph under the abstraction '{found.abstraction.name}' ({found.abstraction.says}): "
        f"{len(found.classes)} nodes for {sum(found.classes.values()):,} states.",
        _caption(found, f"taken together by {found.abstraction.says}"),
        (_start(), *nodes),
        numbered((_first(found), *_edges(found, details=False))),
        clusters=tuple(clusters.values()) if len(found.abstraction.parts) > 1 else (),
        numbers=_numbers(found),
    )


def _caption(found: Quotient, how: str) -> str:
    return caption(found.reached.model, found.reached.scope, len(found.reached.explored.states), how)


def _numbers(found: Quotient) -> dict[str, int]:
    return {
        "states": len(found.reached.explored.states),
        "transitions": found.reached.explored.transitions,
        "classes": len(found.classes),
        "arrows": len(found.arrows),
    }


def class_id(words: Class) -> str:
    """The stable id of a node that stands for a class."""
    return f"n-{slug(' '.join(words))}"


def _start() -> Node:
    return Node(START, "initial", ("start",), tooltip="an empty account")


def _first(found: Quotient) -> Edge:
    return Edge("e-start", START, class_id(found.initial), "start", (), "every behaviour starts in an empty account")


# ---------------------------------------------------------------- nodes


def _node(found: Quotient, words: Class, cluster: str = "", details: bool = True) -> Node:
    size = found.classes[words]
    stays, refused = _grouped(found.stays[words]), _grouped(_telling(found, words))
    folded = [f"stays: {_few(stays[None])}"] if None in stays else []
    folded += [f"{refusal}: {_few(actions)}" for refusal, actions in refused.items() if refusal]
    told = [f"{', '.join(words)}: {size:,} states"]
    if details:
        everything = _grouped(found.refused[words])
        told += [f"done, and it stays so: {', '.join(stays[None])}"] if None in stays else []
        told += [f"refused ({refusal}): {', '.join(actions)}" for refusal, actions in everything.items()]
    lines = words if cluster == "" else words[1:]
    return Node(
        class_id(words),
        "state",
        (*lines, f"{size:,} states" if size > 1 else "1 state"),
        tuple(short(line, LONGEST_FOLDED) for line in folded) if details else (),
        "\n".join(told),
        cluster=cluster,
    )


def _telling(found: Quotient, words: Class) -> dict[Way, int]:
    """The refusals of a class that are not met in every class alike."""
    return {way: n for way, n in found.refused[words].items() if not all(way in r for r in found.refused.values())}


def _grouped(ways: Iterable[Way]) -> dict[str | None, list[str]]:
    """Actions by refusal."""
    found: dict[str | None, list[str]] = {}
    for action, _, refusal in ways:
        found.setdefault(refusal, []).append(action)
    return {refusal: list(dict.fromkeys(actions)) for refusal, actions in found.items()}


def _few(actions: list[str]) -> str:
    return actions[0] if len(actions) == 1 else f"{actions[0]} +{len(actions) - 1}"


# ---------------------------------------------------------------- edges


def _edges(found: Quotient, details: bool = True) -> Iterable[Edge]:
    """One edge for each pair of classes and kind, however many ways lead there."""
    model = found.reached.model

    def key(arrow: Arrow) -> tuple[Class, Class, EdgeKind]:
        return arrow.source, arrow.target, _kind(model, arrow)

    order = {c: n for n, c in enumerate(found.classes)}
    sort = sorted(found.arrows, key=lambda a: (order[a.source], order[a.target], _kind(model, a)))
    for (source, target, kind), arrows in groupby(sort, key=key):
        same = list(arrows)
        told = [_told(found, a) for a in same]
        clauses = tuple(dict.fromkeys(c for a in same for c in _clauses(model, a)))
        conditions = list(dict.fromkeys(_condition(found, a) for a in same))
        condition = conditions[0] if len(conditions) == 1 else ""
        lines = _event_lines(same) if details or len(same) == 1 else (*_event_lines(same[:1]), f"+{len(same) - 1} more")
        if condition and details:
            lines = (*lines, *wrapped(f"[{condition}]", most=3))
        yield Edge(
            f"e-{class_id(source)[2:]}--{class_id(target)[2:]}-{kind}",
            class_id(source),
            class_id(target),
            kind,
            lines,
            "\n".join(told),
            clauses if details else (),
            tuple(dict.fromkeys(a.way[0] for a in same)),
            condition,
            _reach(found, same),
        )


def _event_lines(arrows: list[Arrow]) -> tuple[str, ...]:
    names = list(dict.fromkeys(_name(a) for a in arrows))
    if len(names) <= MOST_EVENTS:
        return tuple(names)
    return (*names[: MOST_EVENTS - 1], f"+{len(names) - MOST_EVENTS + 1} more")


def _name(arrow: Arrow) -> str:
    action, outcome, refusal = arrow.way
    return action if outcome == "done" else f"{action}: {refusal}"


def _kind(model: Model, arrow: Arrow) -> EdgeKind:
    if arrow.way[1] == "failed":
        return "failed"
    return model.rule(arrow.way[0]).by


def _reach(found: Quotient, arrows: list[Arrow]) -> Reach:
    """Whether every state of the class has one of these steps."""
    return "all" if len({state for a in arrows for state in a.states}) == found.classes[arrows[0].source] else "some"


def _told(found: Quotient, arrow: Arrow) -> str:
    """Everything about an arrow, for the tooltip."""
    model, size = found.reached.model, found.classes[arrow.source]
    condition = _condition(found, arrow)
    cited = "; ".join(f"{c}: {clause_says(model, c)}" for c in _clauses(model, arrow))
    number = len(arrow.states)
    how_many = f"from all {size:,} states" if number == size else f"from {number:,} of {size:,} states"
    return f"{_name(arrow)}{f' [{condition}]' if condition else ''}, {how_many}. {cited}"


def _condition(found: Quotient, arrow: Arrow) -> str:
    """What must hold, of the guards that some state of the class does not pass; of a failure, what is wrong."""
    guard = arrow.moves[0].guard
    if guard is not None:
        return guard.otherwise.says
    rule = found.reached.model.rule(arrow.way[0])
    failing = [a.way for a in found.arrows if a.source == arrow.source and a.way[1] == "failed"]
    return "; ".join(dict.fromkeys(map(_positive, _in_doubt(rule, [*found.refused[arrow.source], *failing]))))


def _positive(guard: Guard) -> str:
    """What a guard asks for; where that takes many words, what it rules out."""
    asked = english(guard.condition)
    return asked if len(asked) <= LONGEST_LINE else f"unless {guard.otherwise.says}"


def _in_doubt(rule: Rule, refused: Iterable[Way]) -> list[Guard]:
    """The guards of a rule that stop it in some states of a class; that of the caller's permission last."""
    met = {way[2] for way in refused if way[0] == rule.action}
    guards = [g for g in rule.guards if g.otherwise.id in met]
    return sorted(guards, key=lambda g: isinstance(g.condition, Flag) and g.condition.kind == "parameter")


def _clauses(model: Model, arrow: Arrow) -> tuple[str, ...]:
    """The clause of the guard that made it fail, or those of what it writes."""
    guard = arrow.moves[0].guard
    if guard is not None:
        return (guard.clause,)
    rule = model.rule(arrow.way[0])
    written = {v.name for m in arrow.moves for v in m.ending.writes}
    cited = tuple(dict.fromkeys(e.clause for e in rule.effects if e.variable.name in written))
    return cited or rule.clauses
