"""The guards of one action as a decision tree: the first one answered with *no* names the refusal."""

from __future__ import annotations

from dataclasses import replace

from backup_slr.diagram.caption import cited, counted, table_caption
from backup_slr.diagram.graph import Diagram, Edge, Node, wrapped
from backup_slr.engine.compile.simplify import disj
from backup_slr.engine.core.formula import FALSE, TRUE
from backup_slr.engine.core.rule import Guard, Rule
from backup_slr.engine.core.variable import Effect
from backup_slr.engine.spec.lifecycle import Lifecycle
from backup_slr.report.english import effect_english, english
from backup_slr.report.unblock import by_chance, unblocking

WIDE, FOLDED = 40, 46
"""So many letters stand on a line of a box, and of what is folded into it."""


def decision_diagram(lifecycle: Lifecycle, rule: Rule, without: tuple[str, ...] = ()) -> Diagram:
    """The decision tree of an action; in a picture questions go down and refusals to the side."""
    asks = "a person asks" if rule.by == "person" else "the service does it"
    kind = "action" if rule.by == "person" else "work"
    nodes = [Node("n-start", kind, (rule.action, asks), (), rule.says, rule.clauses)]
    edges: list[Edge] = []
    last, word = "n-start", ""
    for number, guard in enumerate(rule.guards, 1):
        if guard.condition == FALSE:
            # Nothing to decide any more: whoever comes here is refused.
            nodes.append(_refusal(lifecycle, number, guard))
            edges.append(_edge(last, nodes[-1].id, word, guard))
            break
        kind = "chance" if by_chance(guard.condition) is not None else "condition"
        said, cause = english(guard.condition), cited(lifecycle, (guard.clause,))
        lines = wrapped(f"{said}?", WIDE)
        question = Node(f"n-guard-{number}", kind, lines, (), f"{said}\n{cause}", (guard.clause,))
        refusal = _refusal(lifecycle, number, guard)
        nodes += [question, refusal]
        edges += [_edge(last, question.id, word), _edge(question.id, refusal.id, "no", guard)]
        last, word = question.id, "yes"
    else:
        nodes.append(_done(rule))
        edges.append(_edge(last, "n-done", word))
    return Diagram(
        f"decision-{rule.action}",
        f"Why {rule.action} is refused",
        f"A decision tree with {counted(len(rule.guards), 'question')}: {rule.says}. The first one "
        "answered with no names the reason.",
        table_caption(lifecycle.model, without=without),
        tuple(nodes),
        tuple(edges),
        numbers={"guards": len(rule.guards), "effects": len(rule.effects)},
    )


def _refusal(lifecycle: Lifecycle, number: int, guard: Guard) -> Node:
    ways = "; ".join(unblocking(lifecycle.model, guard)) or "nothing: this is never possible"
    shows = f"shows as {guard.shows_as}" if guard.shows_as else ""
    return Node(
        f"n-refusal-{number}",
        "failed" if guard.fails else "refused",
        (f"{'fails' if guard.fails else 'refused'}: {guard.otherwise.id}", *wrapped(guard.otherwise.says, WIDE)),
        (*([shows] if shows else []), *wrapped(f"past it: {ways}", FOLDED)),
        f"{cited(lifecycle, (guard.clause,))}\nunblocked by: {ways}",
        (guard.clause,),
    )


def _done(rule: Rule) -> Node:
    """The leaf where it is done: what changes, each with the clauses that say so."""
    changes = [f"{effect_english(effect)} [{' '.join(clauses)}]" for effect, clauses in _merged(rule.effects)]
    lines = tuple(line for text in changes for line in wrapped(text, FOLDED))
    clauses = tuple(dict.fromkeys(e.clause for e in rule.effects)) or rule.clauses
    return Node("n-done", "done", ("done",), lines or ("nothing changes",), "\n".join(changes), clauses)


def _merged(effects: tuple[Effect, ...]) -> list[tuple[Effect, tuple[str, ...]]]:
    """Effects that do the same to one variable under one condition or another, as one with all of their clauses."""
    found: dict[Effect, list[Effect]] = {}
    for effect in effects:
        found.setdefault(replace(effect, when=TRUE, clause=""), []).append(effect)
    return [
        (replace(bare, when=disj(e.when for e in same)), tuple(dict.fromkeys(e.clause for e in same)))
        for bare, same in found.items()
    ]


def _edge(source: str, target: str, word: str, guard: Guard | None = None) -> Edge:
    kind = "next" if guard is None else "failed" if guard.fails else "refused"
    told, clauses = (guard.otherwise.says, (guard.clause,)) if guard else (word, ())
    lines = (word,) if word else ()
    return Edge(f"e-{source[2:]}--{target[2:]}", source, target, kind, lines, told, clauses, condition=word)
