"""What blocks what, and what needs what: read off the guards, between the things that an account has.

A guard of an action that makes something come or go asks for other things to be there (it *needs* them) or not to be
there (they *block* it). Guards about the very thing that the action changes are left out: that what is there cannot
come, and what is not there cannot go, is no news.
"""

from __future__ import annotations

from collections.abc import Iterator

from backup_slr.core.rule import Guard, Model, Rule
from backup_slr.core.variable import Count, Effect, Enum, Flag, Variable
from backup_slr.diagram.caption import model_text
from backup_slr.diagram.graph import Cluster, Diagram, Edge, Node, numbered, wrapped
from backup_slr.report.english import NAMES
from backup_slr.report.tables import clause_says
from backup_slr.report.unblock import leaves

FRAMES = ("the account", "each Region", "each vault")


def dependencies_diagram(model: Model, without: tuple[str, ...] = ()) -> Diagram:
    """Things as nodes, in frames of what they are kept for; arrows for what blocks and what is needed."""
    frames = [Cluster(f"per-{depth}", FRAMES[depth], f"per-{depth - 1}" if depth else "") for depth in range(3)]
    nodes = [
        Node(f"n-{v.name}", "thing", (_called(v),), (), _values(v), cluster=f"per-{len(v.per)}") for v in model.state
    ]
    found: dict[tuple[str, str, str], list[tuple[Rule, Guard, str]]] = {}
    for rule in model.rules:
        for effect, guard, blocker, blocks in _links(rule):
            kind = "blocks" if blocks else "needs"
            item = (rule, guard, "goes" if _goes(effect) else "comes")
            same = found.setdefault((blocker.name, effect.variable.name, kind), [])
            if item not in same:
                same.append(item)
    edges = [_edge(model, *key, items) for key, items in found.items()]
    left_out = f", without {', '.join(without)}" if without else ""
    return Diagram(
        "dependencies",
        "What blocks what",
        "Things that an account has. An arrow with a bar says that as long as the first is there, something cannot be "
        "done to the second; a dashed arrow says that the second needs the first.",
        f"{model_text(model)}{left_out}\nread off the guards; that a thing must be there in order to go is left out",
        tuple(nodes),
        numbered(edges),
        clusters=tuple(frames),
        direction="LR",
        numbers={"links": sum(map(len, found.values()))},
    )


def _links(rule: Rule) -> Iterator[tuple[Effect, Guard, Variable, bool]]:
    """What an action is for with each of its guards, the other thing that the guard is about, and whether that blocks.

    The first effect of a rule is what the action is for; the others come along.
    """
    for effect in rule.effects[:1]:
        for guard in rule.guards:
            for leaf in leaves(guard.condition):
                thing = leaf[0]
                if not isinstance(thing, Flag | Enum | Count) or thing.kind != "state":
                    continue
                if thing.name != effect.variable.name:
                    yield effect, guard, thing, not _wants_presence(leaf)


def _wants_presence(leaf: tuple[object, ...]) -> bool:
    """The leaf asks for something to be there, rather than not to be."""
    thing, *rest = leaf
    wanted = bool(rest[-1])
    if isinstance(thing, Flag):
        return wanted
    if isinstance(thing, Enum):
        # The first value of an enumeration is that of the empty account.
        return wanted == (rest[0] != 0)
    return not wanted


def _goes(effect: Effect) -> bool:
    return effect.value < 0 if isinstance(effect.variable, Count) else effect.value == 0


def _called(variable: Variable) -> str:
    return NAMES.get(variable.name, variable.name.replace("_", " "))


def _values(variable: Variable) -> str:
    return ", ".join(variable.reads) if isinstance(variable, Flag | Enum) else variable.reads


def _edge(model: Model, source: str, target: str, kind: str, items: list[tuple[Rule, Guard, str]]) -> Edge:
    actions = list(dict.fromkeys(rule.action for rule, _, _ in items))
    refusals = list(dict.fromkeys(guard.otherwise.id for _, guard, _ in items))
    clauses = tuple(dict.fromkeys(guard.clause for _, guard, _ in items))
    told = [
        f"{rule.action} (so that {target.replace('_', ' ')} {how}): else {guard.otherwise.id}. "
        f"{guard.clause}: {clause_says(model, guard.clause)}"
        for rule, guard, how in items
    ]
    lines = (*actions[:2], *([f"+{len(actions) - 2} more"] if len(actions) > 2 else []))
    said = wrapped(f"({', '.join(refusals)})", most=2)
    return Edge(
        f"e-{source}--{target}-{kind}",
        f"n-{source}",
        f"n-{target}",
        "blocks" if kind == "blocks" else "needs",
        (*lines, *said),
        "\n".join(told),
        clauses,
        tuple(actions),
        ", ".join(refusals),
    )
