"""Decision trees: the guards of one action as questions, continued by those of the task that it starts."""

from __future__ import annotations

from backup_slr.diagram.caption import cited, table_caption
from backup_slr.diagram.graph import Diagram, Edge, Node, NodeKind
from backup_slr.diagram.labels import LabelStyle, action_label, quoted_label, refusal_label
from backup_slr.diagram.line_breaks import wrapped
from backup_slr.engine.core.formula import FALSE
from backup_slr.engine.core.rule import Guard, Rule
from backup_slr.engine.spec.lifecycle import Lifecycle
from backup_slr.report.english import question
from backup_slr.report.explain import task_of
from backup_slr.report.names import counted
from backup_slr.report.reference import changes
from backup_slr.report.unblock import by_chance, fix

WIDE, FOLDED = 40, 46
"""The maximum length of a line in a box, and in its second compartment."""


def decision_diagram(
    lifecycle: Lifecycle, rule: Rule, without: tuple[str, ...] = (), labels: LabelStyle = "id"
) -> Diagram:
    """Draw the decision tree of an action: questions go down, refusals to the side.

    Where the action starts a task, the tree goes on with the reasons why the task fails.
    """
    task = task_of(lifecycle, rule)
    label = action_label(rule, labels)
    about = "user request" if rule.by == "person" else rule.says if rule.says != label else "action of the service"
    name = wrapped(label, WIDE)
    lines, kind = (*name, *wrapped(about, WIDE)), "action" if rule.by == "person" else "work"
    nodes = [Node("n-start", kind, lines, (), rule.says, rule.clauses, heading=len(name))]
    edges: list[Edge] = []
    last, word = "n-start", ""
    number = 0
    for owner in (rule, task) if task else (rule,):
        if owner is not rule:
            lines = ("the request is accepted", *wrapped(f"then {_also(owner, labels)}", WIDE))
            nodes.append(_changing(rule, "n-task", "work", lines))
            edges.append(_edge(last, "n-task", word))
            last, word = "n-task", ""
        for guard in owner.guards:
            number += 1
            refusal = _refusal(lifecycle, owner, number, guard, labels)
            nodes.append(refusal)
            if guard.condition == FALSE:
                edges.append(_edge(last, refusal.id, word, guard))
                break
            asked, holds = question(guard.condition)
            kind = "chance" if by_chance(guard.condition) is not None else "condition"
            tip = f"{asked}\n{cited(lifecycle, (guard.clause,))}"
            box = Node(f"n-guard-{number}", kind, wrapped(asked, WIDE), (), tip, (guard.clause,))
            nodes.insert(-1, box)
            edges += [_edge(last, box.id, word), _edge(box.id, refusal.id, "no" if holds else "yes", guard)]
            last, word = box.id, "yes" if holds else "no"
    if not any(guard.condition == FALSE for guard in rule.guards):
        nodes.append(_changing(task or rule, "n-done", "done", ("done",)))
        edges.append(_edge(last, "n-done", word))
    extended = f" with {', '.join(lifecycle.composed_of)}" if lifecycle.composed_of else ""
    return Diagram(
        "-".join((f"decision-{rule.action}", *lifecycle.composed_of)),
        f"Why {quoted_label(rule, labels)} is refused" + (" or fails" if task else "") + extended,
        f"A decision tree with {counted(number, 'question')}: {rule.says}. The questions are in the order of the "
        "checks; the first that leads to the side gives the error.",
        table_caption(lifecycle.model, without=without),
        tuple(nodes),
        tuple(edges),
        numbers={"guards": number, "effects": len(rule.effects) + (len(task.effects) if task else 0)},
    )


def _also(rule: Rule, labels: LabelStyle) -> str:
    """An action of the service in words, and its id where ids are the labels."""
    return f"{rule.says} ({rule.action})" if labels == "id" else rule.says


def _refusal(lifecycle: Lifecycle, rule: Rule, number: int, guard: Guard, labels: LabelStyle) -> Node:
    advice = fix(lifecycle, rule, guard, lambda other: quoted_label(other, labels))
    label = refusal_label(guard, labels)
    says = wrapped(guard.otherwise.says, WIDE) if label != guard.otherwise.says else ()
    error = [f"error: {guard.shows_as}"] if guard.shows_as not in (None, label) else []
    name = wrapped(f"{'fails' if guard.fails else 'refused'}: {label}", WIDE)
    return Node(
        f"n-refusal-{number}",
        "failed" if guard.fails else "refused",
        (*name, *says),
        (*error, *wrapped(f"fix: {advice}", FOLDED)),
        f"{guard.otherwise.id}. {cited(lifecycle, (guard.clause,))}\nfix: {advice}",
        (guard.clause,),
        heading=len(name),
    )


def _changing(rule: Rule, name: str, kind: NodeKind, shown: tuple[str, ...]) -> Node:
    """A node with the changes that a rule makes, each with its clauses."""
    texts = changes(rule.effects)
    lines = tuple(line for text in texts for line in wrapped(text, FOLDED))
    clauses = tuple(dict.fromkeys(e.clause for e in rule.effects)) or rule.clauses
    return Node(name, kind, shown, lines or ("nothing changes",), "\n".join(texts), clauses)


def _edge(source: str, target: str, word: str, guard: Guard | None = None) -> Edge:
    kind = "next" if guard is None else "failed" if guard.fails else "refused"
    told, clauses = (guard.otherwise.says, (guard.clause,)) if guard else (word, ())
    lines = (word,) if word else ()
    return Edge(f"e-{source[2:]}--{target[2:]}", source, target, kind, lines, told, clauses, condition=word)
