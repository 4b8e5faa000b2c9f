"""What blocks what, and what needs what: read off the guards, between the things that an account has.

A guard of an action that makes something come or go asks for other things to be there (what the action changes *needs*
them) or not to be there, or not to be in some condition (they *block* it; where chance has a say, they only *might*).
Guards about the very thing that the action changes are left out: that what is there cannot come, and what is not there
cannot go, is no news. That a thing needs another one of its kind is.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from backup_slr.diagram.caption import table_caption
from backup_slr.diagram.graph import Cluster, Diagram, Edge, EdgeKind, Node, numbered, wrapped
from backup_slr.engine.core.model import Model
from backup_slr.engine.core.rule import Guard, Rule
from backup_slr.engine.core.variable import Count, Effect, Enum, Flag, Variable
from backup_slr.report.english import NAMES
from backup_slr.report.reference import clause_says
from backup_slr.report.unblock import by_chance, leaves

FRAMES = ("the account", "each Region", "each vault")


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


def dependencies_diagram(model: Model, without: tuple[str, ...] = ()) -> Diagram:
    """Things as nodes, in frames of what they are kept for; arrows for what blocks and what is needed."""
    frames = [Cluster(f"per-{depth}", FRAMES[depth], f"per-{depth - 1}" if depth else "") for depth in range(3)]
    nodes = [
        Node(
            f"n-{v.name}",
            "thing",
            (_called(v), f"of {FRAMES[len(v.per)]}"),
            tooltip=_values(v),
            cluster=f"per-{len(v.per)}",
            called=_called(v),
        )
        for v in model.state
    ]
    found: dict[tuple[object, ...], list[Link]] = {}
    for rule in model.rules:
        for link in links(rule):
            same = found.setdefault((*link.ends, link.kind, link.while_), [])
            if link not in same:
                same.append(link)
    edges = [_edge(model, items) for items in found.values()]
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


def _called(variable: Variable) -> str:
    return NAMES.get(variable.name, variable.name.replace("_", " "))


def _values(variable: Variable) -> str:
    return ", ".join(variable.reads) if isinstance(variable, Flag | Enum) else variable.reads


def _edge(model: Model, items: list[Link]) -> Edge:
    first = items[0]
    source, target = first.ends
    actions = tuple(dict.fromkeys(i.rule.action for i in items))
    refusals = ", ".join(dict.fromkeys(i.guard.otherwise.id for i in items))
    told = [
        f"{i.rule.action} (so that {_called(i.effect.variable)} {'goes' if _goes(i.effect) else 'comes'}): "
        f"else {i.guard.otherwise.id}. {i.guard.clause}: {clause_says(model, i.guard.clause)}"
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
