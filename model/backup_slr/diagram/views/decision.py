"""The guards of one action as a decision tree: asked from top to bottom, the first *no* names the refusal."""

from __future__ import annotations

from dataclasses import replace

from backup_slr.diagram.caption import table_caption
from backup_slr.diagram.graph import Diagram, Edge, Node, wrapped
from backup_slr.engine.compile.simplify import disj
from backup_slr.engine.core.formula import FALSE, TRUE
from backup_slr.engine.core.model import Model
from backup_slr.engine.core.rule import Guard, Rule
from backup_slr.engine.core.variable import Effect
from backup_slr.report.english import effect_english, english
from backup_slr.report.reference import clause_says
from backup_slr.report.unblock import by_chance, unblocking

WIDE, FOLDED = 40, 46
"""So many letters stand on a line of a box, and of what is folded into it."""


def decision_diagram(model: Model, rule: Rule, without: tuple[str, ...] = ()) -> Diagram:
    """The decision tree of an action; in a picture questions go down and refusals to the side."""
    asks = "a person asks" if rule.by == "person" else "the service does it"
    kind = "action" if rule.by == "person" else "work"
    nodes = [Node("n-start", kind, (rule.action, asks), (), rule.says, rule.clauses)]
    edges: list[Edge] = []
    last, word = "n-start", ""
    for number, guard in enumerate(rule.guards, 1):
        if guard.condition == FALSE:
            # Nothing to decide any more: whoever comes here is refused.
            nodes.append(_refusal(model, number, guard))
            edges.append(_edge(last, nodes[-1].id, word, guard))
            break
        question = Node(
            f"n-guard-{number}",
            "chance" if by_chance(guard.condition) is not None else "condition",
            wrapped(english(guard.condition) + "?", WIDE),
            (),
            f"{english(guard.condition)}\n{guard.clause}: {clause_says(model, guard.clause)}",
            (guard.clause,),
        )
        refusal = _refusal(model, number, guard)
        nodes += [question, refusal]
        edges += [_edge(last, question.id, word), _edge(question.id, refusal.id, "no", guard)]
        last, word = question.id, "yes"
    else:
        nodes.append(_done(rule))
        edges.append(_edge(last, "n-done", word))
    return Diagram(
        f"decision-{rule.action}",
        f"Why {rule.action} is refused",
        f"A decision tree with {_counted(len(rule.guards))}: {rule.says}. The first one answered with no names "
        "the reason.",
        table_caption(model, without=without),
        tuple(nodes),
        tuple(edges),
        numbers={"guards": len(rule.guards), "effects": len(rule.effects)},
    )


def _counted(questions: int) -> str:
    return f"{questions} question{'s'[: questions != 1]}"


def _refusal(model: Model, number: int, guard: Guard) -> Node:
    ways = "; ".join(unblocking(model, guard)) or "nothing: this is never possible"
    shows = f"shows as {guard.shows_as}" if guard.shows_as else ""
    return Node(
        f"n-refusal-{number}",
        "failed" if guard.fails else "refused",
        (f"{'fails' if guard.fails else 'refused'}: {guard.otherwise.id}", *wrapped(guard.otherwise.says, WIDE)),
        (*([shows] if shows else []), *wrapped(f"past it: {ways}", FOLDED)),
        f"{guard.clause}: {clause_says(model, guard.clause)}\nunblocked by: {ways}",
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
    clauses = (guard.clause,) if guard else ()
    return Edge(
        f"e-{source[2:]}--{target[2:]}",
        source,
        target,
        kind,
        (word,) if word else (),
        guard.otherwise.says if guard else word,
        clauses,
        condition=word,
    )
