"""The difference of two tables as a picture: their quotients under one abstraction, laid over each other.

What an abstraction does not tell apart no arrow shows: actions that are answered otherwise and change nothing in the
picture are named beside it.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from backup_slr.diagram.caption import caption, counted
from backup_slr.diagram.graph import Diagram, Edge, EdgeKind, Node, numbered
from backup_slr.diagram.quotient import Class, Quotient, Way, called
from backup_slr.diagram.views.state_diagram import START, class_id, first_edge
from backup_slr.engine.core.variable import label

MOST_NAMED = 3
SIGNS = (("+", "refused only after the change"), ("-", "refused only before the change"))
Step = tuple[Class, Class, Way]


def difference_diagram(old: Quotient, new: Quotient, names: tuple[str, str], differing: Sequence[str]) -> Diagram:
    """Both pictures in one: what only the new one has is *added*, what only the old one has is *removed*.

    Parameters
    ----------
    old, new
        Quotients of two models at one scope under one abstraction.
    names
        What the two models are called.
    differing
        The actions that the two models answer otherwise (see `check.differ.compare`).
    """
    before, after = ([(a.source, a.target, a.way) for a in found.arrows] for found in (old, new))
    classes = list(dict.fromkeys((*old.classes, *new.classes)))

    def key(step: Step) -> tuple[int, int, EdgeKind]:
        kind = "same" if step in before and step in after else "added" if step in after else "removed"
        return classes.index(step[0]), classes.index(step[1]), kind

    edges: list[Edge] = []
    every = sorted(dict.fromkeys((*before, *after)), key=lambda step: (*key(step), step[2][0]))
    for (start, end, kind), steps in groupby(every, key=key):
        ways = [way for _, _, way in steps]
        lines = tuple(dict.fromkeys(map(called, ways))) if kind != "same" else ()
        source, target = class_id(classes[start]), class_id(classes[end])
        edge, tip = f"e-{source[2:]}--{target[2:]}-{kind}", f"{kind}: {', '.join(map(called, ways))}"
        events = tuple(dict.fromkeys(way[0] for way in ways))
        edges.append(Edge(edge, source, target, kind, lines, tip, events=events, most=MOST_NAMED))
    nodes = [_node(old, new, c) for c in classes]
    changed = [e for e in edges if e.kind != "same"]
    refused = {action for c in classes for _, (action, _, _) in _signed(old, new, c)}
    hidden = [a for a in differing if a not in refused and not any(a in e.events for e in changed)]
    added, removed = (sum(e.kind == kind for e in edges) for kind in ("added", "removed"))
    folded = sum(len(n.folded) for n in nodes)
    told = f"; {', '.join(hidden)} answered otherwise too, where no arrow shows it" if hidden else ""
    counts = [counted(len(q.reached.explored.states), "state") for q in (old, new)]
    return Diagram(
        "difference",
        f"What changes from {names[0]} to {names[1]}",
        f"The life of the {label(new.reached.lifecycle.goal.variable)} under both tables: {counted(added, 'arrow')} "
        f"added, {removed} removed; {counted(folded, 'difference')} in what is refused, listed in the boxes with a "
        f"plus or a minus sign{told}.",
        caption(
            new.reached.lifecycle,
            new.reached.scope,
            len(new.reached.explored.states),
            f"{names[0]}: {counts[0]}; {names[1]}: {counts[1]}; taken together by {new.abstraction.says}",
        ),
        (START, *nodes, *([_hidden(hidden)] if hidden else [])),
        numbered((first_edge(new), *edges)),
        numbers={
            "differing": len(differing),
            "added": added,
            "removed": removed,
            "refusals": folded,
            "hidden": len(hidden),
        },
        signs=tuple((sign, means) for sign, means in SIGNS if any(f.startswith(sign) for n in nodes for f in n.folded)),
    )


def _hidden(actions: list[str]) -> Node:
    """The actions of which the picture shows nothing."""
    lines = ("answered otherwise too", "('backup-slr diff' tells how)")
    return Node("n-hidden", "note", lines, tuple(actions), f"answered otherwise too: {', '.join(actions)}")


def _signed(old: Quotient, new: Quotient, words: Class) -> list[tuple[str, Way]]:
    """The refusals that a class has gained and lost."""
    was, is_ = old.refused.get(words, {}), new.refused.get(words, {})
    return [*(("+", way) for way in is_ if way not in was), *(("-", way) for way in was if way not in is_)]


def _node(old: Quotient, new: Quotient, words: Class) -> Node:
    """A class, with the refusals that it has gained and lost."""
    signed = _signed(old, new, words)
    folded = tuple(f"{sign} {way[0]}: {way[2]}" for sign, way in signed)
    kind = "state" if words in old.classes and words in new.classes else "gained" if words in new.classes else "lost"
    was, is_ = old.classes.get(words, 0), new.classes.get(words, 0)
    sizes = counted(is_, "state") if was == is_ else f"{was:,} -> {counted(is_, 'state')}"
    told = "\n".join((f"{', '.join(words)}: {sizes}", *(f"{sign} {called(way)}" for sign, way in signed)))
    return Node(class_id(words), kind, (*words, sizes), folded, told, called=", ".join(words))
