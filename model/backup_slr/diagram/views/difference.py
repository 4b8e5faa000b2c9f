"""What a change of the rules adds and removes: two quotients under one abstraction, laid over each other."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import groupby

from backup_slr.diagram.caption import caption
from backup_slr.diagram.graph import LONGEST_FOLDED, Diagram, Edge, EdgeKind, Node, numbered, short
from backup_slr.diagram.quotient import Arrow, Class, Quotient, Way
from backup_slr.diagram.views.lifecycle import class_id

MOST_NAMED = 3
Step = tuple[Class, Class, Way]


def difference_diagram(old: Quotient, new: Quotient, names: tuple[str, str], name: str = "difference") -> Diagram:
    """Both pictures in one: what only the new one has is *added*, what only the old one has is *removed*.

    Parameters
    ----------
    old, new
        Quotients of two models at one scope under one abstraction.
    names
        What the two models are called.
    """
    before, after = _steps(old), _steps(new)
    classes = list(dict.fromkeys((*old.classes, *new.classes)))
    edges: list[Edge] = []
    order = {c: n for n, c in enumerate(classes)}
    every = sorted({*before, *after}, key=lambda s: (order[s[0]], order[s[1]], _kind(s, before, after), s[2][0]))
    for (source, target, kind), steps in groupby(every, key=lambda s: (s[0], s[1], _kind(s, before, after))):
        ways = [way for _, _, way in steps]
        lines = _lines(ways) if kind != "same" else ()
        tip = f"{kind}: {', '.join(map(_called, ways))}"
        events = tuple(dict.fromkeys(way[0] for way in ways))
        edge_id = f"e-{class_id(source)[2:]}--{class_id(target)[2:]}-{kind}"
        edges.append(Edge(edge_id, class_id(source), class_id(target), kind, lines, tip, events=events))
    nodes = [_node(old, new, c) for c in classes]
    added, removed = (sum(e.kind == kind for e in edges) for kind in ("added", "removed"))
    folded = sum(len(n.folded) for n in nodes)
    return Diagram(
        name,
        f"What changes from {names[0]} to {names[1]}",
        f"The life of the role under both tables: {added} arrows are added, {removed} removed; {folded} differences "
        "in what is refused are listed in the boxes, with a plus or a minus sign.",
        caption(new.reached.model, new.reached.scope, len(new.reached.explored.states), f"against {names[0]}"),
        tuple(nodes),
        numbered(edges),
        numbers={"arrows": len(after), "steps": len(before)},
    )


def _steps(found: Quotient) -> dict[Step, Arrow]:
    return {(a.source, a.target, a.way): a for a in found.arrows}


def _kind(step: Step, before: Mapping[Step, Arrow], after: Mapping[Step, Arrow]) -> EdgeKind:
    if step in before and step in after:
        return "same"
    return "added" if step in after else "removed"


def _lines(ways: Iterable[Way]) -> tuple[str, ...]:
    called = list(dict.fromkeys(map(_called, ways)))
    more = len(called) - MOST_NAMED
    return (*called[:MOST_NAMED], f"+{more} more") if more > 0 else tuple(called)


def _called(way: Way) -> str:
    action, outcome, refusal = way
    return action if outcome == "done" else f"{action}: {refusal}"


def _node(old: Quotient, new: Quotient, words: Class) -> Node:
    """A class, with the refusals that it has gained and lost."""
    was, is_ = old.refused.get(words, {}), new.refused.get(words, {})
    signs = [("+", way) for way in is_ if way not in was] + [("-", way) for way in was if way not in is_]
    folded = tuple(short(f"{sign} {way[0]}: {way[2]}", LONGEST_FOLDED) for sign, way in signs)
    kind = "state" if words in old.classes and words in new.classes else "gained" if words in new.classes else "lost"
    sizes = f"{old.classes.get(words, 0):,} -> {new.classes.get(words, 0):,} states"
    told = "\n".join((f"{', '.join(words)}: {sizes}", *(f"{sign} {_called(way)}" for sign, way in signs)))
    same = old.classes.get(words) == new.classes.get(words)
    return Node(class_id(words), kind, (*words, f"{new.classes[words]:,} states" if same else sizes), folded, told)
