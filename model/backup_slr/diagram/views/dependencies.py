"""Dependencies between the variables of an account, read off the guards: what blocks or needs what.

A guard of an action that makes something come or go asks for other things to be there (what the action changes *needs*
them) or not to be there, or not to be in some condition (they *block* it; where chance has a say, they only *might*).
Guards about the very thing that the action changes are left out: that what is there cannot come, and what is not there
cannot go, is no news. That a thing needs another one of its kind is.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

from backup_slr.diagram.caption import cited, nouns, table_caption
from backup_slr.diagram.graph import Cluster, Diagram, Edge, EdgeKind, Node, numbered, wrapped
from backup_slr.engine.core.rule import Guard, Rule
from backup_slr.engine.core.variable import Count, Effect, Enum, Flag, Variable, label
from backup_slr.engine.spec.lifecycle import Lifecycle
from backup_slr.report.unblock import by_chance, leaves, takes_away

Joined: TypeAlias = tuple[str, str, EdgeKind, str]
"""What an arrow joins, by the names of variables: from what blocks, or from what needs; how, and while what is so."""
Cause: TypeAlias = tuple[Rule, Guard, Effect, int]
"""What an arrow stands for: a guard keeps an action from an effect, because of a value of the other thing."""


def dependencies_diagram(lifecycle: Lifecycle, without: tuple[str, ...] = ()) -> Diagram:
    """Things as nodes, in frames of what they are kept for; arrows for what blocks and what is needed."""
    model, called = lifecycle.model, nouns(lifecycle)
    kept_for = ["the account", *(f"each {called[param.sort.name]}" for param in lifecycle.place)]
    frames = [Cluster(f"per-{n}", frame, f"per-{n - 1}" if n else "") for n, frame in enumerate(kept_for)]
    nodes: list[Node] = []
    for v in model.state:
        lines, depth = (label(v), f"of {kept_for[len(v.per)]}"), len(v.per)
        tip = ", ".join(v.reads) if isinstance(v, Flag | Enum) else v.reads
        nodes.append(Node(f"n-{v.name}", "thing", lines, tooltip=tip, cluster=f"per-{depth}", called=label(v)))
    found: dict[Joined, list[Cause]] = {}
    for rule in model.rules:
        for joined, cause in links(rule):
            same = found.setdefault(joined, [])
            if cause not in same:
                same.append(cause)
    edges = [_edge(lifecycle, joined, causes) for joined, causes in found.items()]
    return Diagram(
        "dependencies",
        "What blocks what",
        "Things that an account has. An arrow with a bar: while the first is there (or is as the arrow says), the "
        "action is refused or fails, and so the second stays as it is; a dotted one: it might be. An arrow without a "
        "bar: for the action, the first needs the second to be there.",
        table_caption(model, "that a thing must be there in order to go is left out", without),
        tuple(nodes),
        numbered(edges),
        clusters=tuple(frames),
        direction="LR",
        numbers={"links": sum(map(len, found.values()))},
    )


def links(rule: Rule) -> Iterator[tuple[Joined, Cause]]:
    """What an action is for, with each other thing that one of its guards is about.

    What an action is for is its first effect at its own place, of whatever rank; the others come along.
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
                    so = f"while {thing.reads[value]}" if isinstance(thing, Enum) else ""
                    yield (thing.name, effect.variable.name, kind, so), (rule, guard, effect, value)


def _wants_presence(thing: Variable, value: int, wanted: bool) -> bool:
    """It asks for something to be there, rather than not to be."""
    match thing:
        case Flag():
            return wanted
        case Enum():
            # The first value of an enumeration is that of the empty account.
            return wanted == (value != 0)
        case Count():
            return not wanted


def _edge(lifecycle: Lifecycle, joined: Joined, causes: list[Cause]) -> Edge:
    source, target, kind, so = joined
    actions = tuple(dict.fromkeys(rule.action for rule, *_ in causes))
    refusals = ", ".join(dict.fromkeys(guard.otherwise.id for _, guard, *_ in causes))
    told = [
        f"{rule.action} (so that {label(effect.variable)} {'goes' if takes_away(effect) else 'comes'}): "
        f"else {guard.otherwise.id}. {cited(lifecycle, (guard.clause,))}"
        for rule, guard, effect, _ in causes
    ]
    return Edge(
        f"e-{source}--{target}-{kind}",
        f"n-{source}",
        f"n-{target}",
        kind,
        (*actions, *wrapped(f"({refusals})"), *wrapped(so)),
        "\n".join(told),
        tuple(dict.fromkeys(guard.clause for _, guard, *_ in causes)),
        actions,
        so,
    )
