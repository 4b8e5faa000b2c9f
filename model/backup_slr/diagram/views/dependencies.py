"""Dependencies between the variables of an account, read off the guards: what blocks or needs what.

A guard of an action that makes something come or go asks for other things to be there (what the action changes *needs*
them) or not to be there, or not to be in some condition (they *block* it; where chance has a say, they only *might*).
Guards about the very thing that the action changes are left out: that what is there cannot come, and what is not there
cannot go, is no news. That a thing needs another one of its kind is.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from backup_slr.diagram.caption import cited, nouns, table_caption
from backup_slr.diagram.graph import Cluster, Diagram, Edge, EdgeKind, Node, numbered, wrapped
from backup_slr.engine.core.rule import Guard, Rule
from backup_slr.engine.core.variable import Count, Effect, Enum, Flag, Variable, label
from backup_slr.engine.spec.lifecycle import Lifecycle
from backup_slr.report.unblock import by_chance, leaves


@dataclass(frozen=True)
class Link:
    """That one thing, while it is as `value` says, keeps an action from doing something to another; or must be there.

    `value` is the number of the value of an enumeration, or 1 for what is there at all.
    """

    rule: Rule
    guard: Guard
    effect: Effect
    thing: Variable
    value: int
    kind: EdgeKind

    @property
    def ends(self) -> tuple[str, str]:
        """The names of the variables that its arrow joins: from what blocks, or from what needs, to the other."""
        ends = self.thing.name, self.effect.variable.name
        return (ends[1], ends[0]) if self.kind == "needs" else ends

    @property
    def while_(self) -> str:
        """In which condition the other thing must be to block, in words; empty if it only must be there."""
        return f"while {self.thing.reads[self.value]}" if isinstance(self.thing, Enum) and self.kind != "needs" else ""


def dependencies_diagram(lifecycle: Lifecycle, without: tuple[str, ...] = ()) -> Diagram:
    """Things as nodes, in frames of what they are kept for; arrows for what blocks and what is needed."""
    model, called = lifecycle.model, nouns(lifecycle)
    kept_for = ["the account", *(f"each {called[param.sort.name]}" for param in lifecycle.place)]
    frames = [Cluster(f"per-{n}", frame, f"per-{n - 1}" if n else "") for n, frame in enumerate(kept_for)]
    nodes = [
        Node(
            f"n-{v.name}",
            "thing",
            (label(v), f"of {kept_for[len(v.per)]}"),
            tooltip=_values(v),
            cluster=f"per-{len(v.per)}",
            called=label(v),
        )
        for v in model.state
    ]
    found: dict[tuple[object, ...], list[Link]] = {}
    for rule in model.rules:
        for link in links(rule):
            same = found.setdefault((*link.ends, link.kind, link.while_), [])
            if link not in same:
                same.append(link)
    edges = [_edge(lifecycle, items) for items in found.values()]
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


def links(rule: Rule) -> Iterator[Link]:
    """What an action is for, with each other thing that one of its guards is about.

    What an action is for is its first effect at its own place, of whatever rank; the others come along.
    """
    own = [e for e in rule.effects if e.variable.at == rule.place and not e.each]
    for effect in (own or rule.effects)[:1]:
        for guard in rule.guards:
            for leaf in leaves(guard.condition):
                if len(leaf) == 3 and leaf[0].kind == "state" and leaf[0] != effect.variable:
                    blocks: EdgeKind = "might" if by_chance(guard.condition) is not None else "blocks"
                    thing, value, wanted = leaf
                    kind = "needs" if _wants_presence(thing, value, wanted) else blocks
                    yield Link(rule, guard, effect, thing, value, kind)


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


def _goes(effect: Effect) -> bool:
    return effect.value < 0 if isinstance(effect.variable, Count) else effect.value == 0


def _values(variable: Variable) -> str:
    return ", ".join(variable.reads) if isinstance(variable, Flag | Enum) else variable.reads


def _edge(lifecycle: Lifecycle, items: list[Link]) -> Edge:
    first = items[0]
    source, target = first.ends
    actions = tuple(dict.fromkeys(i.rule.action for i in items))
    refusals = ", ".join(dict.fromkeys(i.guard.otherwise.id for i in items))
    told = [
        f"{i.rule.action} (so that {label(i.effect.variable)} {'goes' if _goes(i.effect) else 'comes'}): "
        f"else {i.guard.otherwise.id}. {cited(lifecycle, (i.guard.clause,))}"
        for i in items
    ]
    return Edge(
        f"e-{source}--{target}-{first.kind}",
        f"n-{source}",
        f"n-{target}",
        first.kind,
        (*actions, *wrapped(f"({refusals})"), *wrapped(first.while_)),
        "\n".join(told),
        tuple(dict.fromkeys(i.guard.clause for i in items)),
        actions,
        first.while_,
    )
