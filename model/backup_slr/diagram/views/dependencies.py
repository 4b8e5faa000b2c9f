"""Dependencies between the variables of an account, derived from the guards: what blocks or needs what.

A guard of an action that creates or deletes a resource requires other resources to exist (the resource *needs* them),
or not to exist, or not to be in some state (they *block* it, or only *might* if it depends on chance). Guards about
the resource itself are left out: that it must exist before it is deleted is obvious.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

from backup_slr.diagram.caption import cited, nouns, table_caption
from backup_slr.diagram.graph import Cluster, Diagram, Edge, EdgeKind, Node, numbered
from backup_slr.diagram.labels import LabelStyle, action_label, reason_label
from backup_slr.diagram.line_breaks import wrapped
from backup_slr.engine.core.rule import Guard, Rule
from backup_slr.engine.core.variable import Count, Effect, Enum, Flag, Variable, label
from backup_slr.engine.spec.lifecycle import Lifecycle
from backup_slr.report.unblock import by_chance, leaves, takes_away

Joined: TypeAlias = tuple[str, str, EdgeKind, str]
"""The ends of an arrow, by names of variables (first what blocks or needs); its kind; and the state that blocks."""
Cause: TypeAlias = tuple[Rule, Guard, Effect, int]
"""The reason for an arrow: a guard of an action that prevents an effect, because of a value of the other variable."""


NARROW, FEW = 20, 6
"""The most letters on a line of a label, and the most boxes of a picture that goes down; more are stacked instead."""


def dependencies_diagram(
    lifecycle: Lifecycle, without: tuple[str, ...] = (), labels: LabelStyle = "id", brief: bool = False
) -> Diagram:
    """Resources as nodes, in frames for accounts and places; arrows for what blocks and what is needed.

    A `brief` picture has only what blocks the goal of the lifecycle, directly or through what blocks that.
    """
    model, called = lifecycle.model, nouns(lifecycle)
    found: dict[Joined, list[Cause]] = {}
    for rule in model.rules:
        for joined, cause in links(rule):
            same = found.setdefault(joined, [])
            if cause not in same:
                same.append(cause)
    shown_variables = {v.name for v in model.state}
    if brief:
        found = _blocking(found, lifecycle.goal.variable.name)
        shown_variables = {name for source, target, *_ in found for name in (source, target)}
    kept_for = ["the account", *(f"each {called[param.sort.name]}" for param in lifecycle.place)]
    frames = [Cluster(f"per-{n}", frame, f"per-{n - 1}" if n else "") for n, frame in enumerate(kept_for)]
    nodes: list[Node] = []
    for v in model.state:
        if v.name not in shown_variables:
            continue
        depth = len(v.per)
        # A flag with the name of its sort records whether the place exists in the next larger one.
        where = kept_for[depth - (v.name == v.per[-1].name)] if v.per else ""
        lines = (label(v), *([f"in {where}"] if where else []))
        tip = ", ".join(v.reads) if isinstance(v, Flag | Enum) else v.reads
        nodes.append(Node(f"n-{v.name}", "thing", lines, tooltip=tip, cluster=f"per-{depth}", called=label(v)))
    edges = [_edge(lifecycle, joined, causes, labels, brief) for joined, causes in found.items()]
    goal = label(lifecycle.goal.variable)
    others = ", ".join(label(v) for v in model.state if v.name not in shown_variables)
    how = f"these do not block it: {others}" if others else "that a resource must exist to be deleted is left out"
    return Diagram(
        "dependencies",
        f"What blocks the deletion of the {goal}" if brief else "What blocks or needs what",
        "Arrow with a bar: while the first exists, or has the state that the arrow names, the action on the second is "
        "refused or fails. Dotted arrow: it may be refused."
        + ("" if brief else " Arrow without a bar: the first requires the second."),
        table_caption(model, how, without),
        tuple(nodes),
        numbered(edges),
        clusters=tuple(frames),
        direction="TB" if len(nodes) <= FEW else "LR",
        numbers={"links": sum(map(len, found.values()))},
    )


def _blocking(found: dict[Joined, list[Cause]], goal: str) -> dict[Joined, list[Cause]]:
    """The links that block a deletion that is needed for the goal: found backward from it."""
    blocking = {
        joined: causes
        for joined, causes in found.items()
        if joined[2] in ("blocks", "might") and any(takes_away(effect) for _, _, effect, _ in causes)
    }
    needed, size = {goal}, 0
    while size < len(needed):
        size = len(needed)
        needed |= {source for source, target, *_ in blocking if target in needed}
    return {joined: causes for joined, causes in blocking.items() if joined[1] in needed}


def links(rule: Rule) -> Iterator[tuple[Joined, Cause]]:
    """The main effect of an action, with each other variable that one of its guards reads.

    The main effect is the first at the action's own place; the others are side effects.
    """
    own = [e for e in rule.effects if e.variable.at == rule.place and not e.each]
    for effect in (own or rule.effects)[:1]:
        for guard in rule.guards:
            for leaf in leaves(guard.condition):
                if len(leaf) == 3 and leaf[0].kind == "state" and leaf[0] != effect.variable:
                    thing, value, wanted = leaf
                    if _wants_presence(thing, value, wanted):
                        yield (effect.variable.name, thing.name, "needs", ""), (rule, guard, effect, value)
                        continue
                    kind: EdgeKind = "might" if by_chance(guard.condition) is not None else "blocks"
                    # A guard that wants one value is blocked by all others, for which there is no phrase.
                    so = f"while {thing.reads[value]}" if isinstance(thing, Enum) and not wanted else ""
                    yield (thing.name, effect.variable.name, kind, so), (rule, guard, effect, value)


def _wants_presence(thing: Variable, value: int, wanted: bool) -> bool:
    """Whether it requires something to exist, rather than not to exist."""
    match thing:
        case Flag():
            return wanted
        case Enum():
            # The first value of an enumeration is that of the empty account.
            return wanted == (value != 0)
        case Count():
            return not wanted


def _edge(lifecycle: Lifecycle, joined: Joined, causes: list[Cause], labels: LabelStyle, brief: bool) -> Edge:
    source, target, kind, so = joined
    actions = tuple(dict.fromkeys(rule.action for rule, *_ in causes))
    names = dict.fromkeys(action_label(rule, labels) for rule, *_ in causes)
    refusals = dict.fromkeys(
        reason_label(guard, labels, kind == "blocks" and sum(g.otherwise == guard.otherwise for g in rule.guards) > 1)
        for rule, guard, *_ in causes
    )
    reasons = refusals if brief else [*names, f"({', '.join(refusals)})"]
    said = "" if any(so.removeprefix("while ") in text for text in reasons) else so
    tips = [
        f"{rule.action} ({'deletes' if takes_away(effect) else 'creates or sets'} {label(effect.variable)}): "
        f"else {guard.otherwise.id}. {cited(lifecycle, (guard.clause,))}"
        for rule, guard, effect, _ in causes
    ]
    return Edge(
        f"e-{source}--{target}-{kind}",
        f"n-{source}",
        f"n-{target}",
        kind,
        (*(line for text in reasons for line in wrapped(text, NARROW)), *wrapped(said, NARROW)),
        "\n".join(tips),
        tuple(dict.fromkeys(guard.clause for _, guard, *_ in causes)),
        actions,
        so,
    )
