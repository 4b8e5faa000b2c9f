"""The difference of two rule sets as a picture: their quotients under one abstraction, overlaid.

An abstraction hides some differences: actions that behave differently but change nothing in the picture are listed in a
note.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import groupby

from backup_slr.diagram.caption import caption
from backup_slr.diagram.graph import Diagram, Edge, EdgeKind, Node, numbered
from backup_slr.diagram.labels import LabelStyle, way_label
from backup_slr.diagram.line_breaks import wrapped
from backup_slr.diagram.quotient import Class, Quotient, Way
from backup_slr.diagram.views.state_diagram import START, class_id, first_edge
from backup_slr.engine.core.variable import label
from backup_slr.report.names import counted

MOST_NAMED = 3
SIGNS = (("+", "refused only after the change"), ("-", "refused only before the change"))
Step = tuple[Class, Class, Way]


def difference_diagram(
    old: Quotient, new: Quotient, names: tuple[str, str], differing: Sequence[str], labels: LabelStyle = "id"
) -> Diagram:
    """Both pictures in one: parts of the new one only are *added*, parts of the old one only are *removed*.

    Parameters
    ----------
    old, new
        Quotients of two models at one scope under one abstraction.
    names
        The names of the two models.
    differing
        The actions that behave differently in the two models (see `model_diff.diff_models`).
    labels
        How actions and refusals are labelled.
    """
    model = new.reached.lifecycle.model

    def called(way: Way) -> str:
        old_model = old.reached.lifecycle.model
        known = way[2] in {g.otherwise.id for g in model.rule(way[0]).guards} or way[1] == "done"
        return way_label(model if known else old_model, way, labels)

    before, after = ([(a.source, a.target, a.way) for a in found.arrows] for found in (old, new))
    classes = list(dict.fromkeys((*old.classes, *new.classes)))

    def key(step: Step) -> tuple[int, int, EdgeKind]:
        kind = "same" if step in before and step in after else "added" if step in after else "removed"
        return classes.index(step[0]), classes.index(step[1]), kind

    edges: list[Edge] = []
    every = sorted(dict.fromkeys((*before, *after)), key=lambda step: (*key(step), step[2][0]))
    for (start, end, kind), steps in groupby(every, key=key):
        ways = [way for _, _, way in steps]
        names_of_ways = tuple(dict.fromkeys(map(called, ways)))
        lines = tuple(line for name in names_of_ways for line in wrapped(name)) if kind != "same" else ()
        source, target = class_id(classes[start]), class_id(classes[end])
        edge, tip = f"e-{source[2:]}--{target[2:]}-{kind}", f"{kind}: {', '.join(map(called, ways))}"
        events = tuple(dict.fromkeys(way[0] for way in ways))
        edges.append(Edge(edge, source, target, kind, lines, tip, events=events, most=MOST_NAMED))
    nodes = [_node(old, new, c, called) for c in classes]
    changed = [e for e in edges if e.kind != "same"]
    refused = {action for c in classes for _, (action, _, _) in _signed(old, new, c)}
    hidden = [a for a in differing if a not in refused and not any(a in e.events for e in changed)]
    added, removed = (sum(e.kind == kind for e in edges) for kind in ("added", "removed"))
    folded = sum(len(n.folded) for n in nodes)
    other = f"; {', '.join(hidden)} also behave differently, but no arrow shows it" if hidden else ""
    nothing = "" if differing else "nothing differs; "
    counts = [counted(len(q.reached.explored.states), "state") for q in (old, new)]
    return Diagram(
        "difference",
        _title(*names) if differing else f"No difference between {names[0]} and {names[1]}",
        f"The lifecycle of the {label(new.reached.lifecycle.goal.variable)} before and after: "
        f"{counted(added, 'arrow')} added, {removed} removed; {counted(folded, 'difference')} in refusals, listed in "
        f"the boxes with a plus or a minus sign{other}.",
        caption(
            new.reached.lifecycle,
            new.reached.scope,
            len(new.reached.explored.states),
            f"{nothing}{names[0]}: {counts[0]}; {names[1]}: {counts[1]}; grouped by {new.abstraction.says}",
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


def _title(old: str, new: str) -> str:
    """A title; a change that is an option added to the old rules is named after the option."""
    option, _, part = new.removeprefix(f"{old} ").partition(" ")
    effect = {"--without": "removing", "--assume": "assuming"}.get(option)
    return f"Effect of {effect} {part}" if effect else f"Changes from {old} to {new}"


def _hidden(actions: list[str]) -> Node:
    """The actions whose difference the picture does not show."""
    lines = ("also behave differently", "(see 'backup-slr diff')")
    return Node("n-hidden", "note", lines, tuple(actions), f"also behave differently: {', '.join(actions)}")


def _signed(old: Quotient, new: Quotient, words: Class) -> list[tuple[str, Way]]:
    """The refusals that a class has gained and lost."""
    was, is_ = old.refused.get(words, {}), new.refused.get(words, {})
    return [*(("+", way) for way in is_ if way not in was), *(("-", way) for way in was if way not in is_)]


def _node(old: Quotient, new: Quotient, words: Class, called: Callable[[Way], str]) -> Node:
    """A class, with the refusals that it has gained and lost."""
    signed = _signed(old, new, words)
    folded = tuple(f"{sign} {called(way)}" for sign, way in signed)
    kind = "state" if words in old.classes and words in new.classes else "gained" if words in new.classes else "lost"
    was, is_ = old.classes.get(words, 0), new.classes.get(words, 0)
    sizes = counted(is_, "state") if was == is_ else f"{was:,} -> {counted(is_, 'state')}"
    tip = "\n".join((f"{', '.join(words)}: {sizes}", *folded))
    return Node(class_id(words), kind, words, folded, tip, called=", ".join(words))
