"""The guards of one action as a decision tree: asked from top to bottom, the first *no* names the refusal."""

from __future__ import annotations

from backup_slr.core.formula import FALSE, Formula
from backup_slr.core.rule import Guard, Model, Rule
from backup_slr.core.variable import Flag
from backup_slr.diagram.caption import model_text
from backup_slr.diagram.graph import Diagram, Edge, Node, wrapped
from backup_slr.report.english import effect_english, english
from backup_slr.report.tables import clause_says
from backup_slr.report.unblock import leaves, unblocking

WIDE = 40


def decision_diagram(model: Model, rule: Rule, without: tuple[str, ...] = ()) -> Diagram:
    """The decision tree of an action; in a picture questions go down and refusals to the side."""
    asks = "a person asks" if rule.by == "person" else "the service does it"
    nodes = [Node("n-start", "action", (rule.action, asks), (), rule.says, rule.clauses)]
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
            "chance" if _by_chance(guard.condition) else "condition",
            wrapped(english(guard.condition) + "?", WIDE, most=5),
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
    left_out = f", without {', '.join(without)}" if without else ""
    return Diagram(
        f"decision-{rule.action}",
        f"Why {rule.action} is refused",
        f"A decision tree with {_counted(len(rule.guards))}: {rule.says}. The first one answered with no names "
        "the reason.",
        f"{model_text(model)}{left_out}",
        tuple(nodes),
        tuple(edges),
        numbers={"guards": len(rule.guards), "effects": len(rule.effects)},
    )


def _counted(questions: int) -> str:
    return f"{questions} question{'s'[: questions != 1]}"


def _by_chance(condition: Formula) -> bool:
    """It has to do with what the page leaves to chance."""
    return any(isinstance(leaf[0], Flag) and leaf[0].kind == "choice" for leaf in leaves(condition))


def _refusal(model: Model, number: int, guard: Guard) -> Node:
    ways = "; ".join(unblocking(model, guard)) or "nothing: this is never possible"
    code = guard.shows_as
    return Node(
        f"n-refusal-{number}",
        "failed" if guard.fails else "refused",
        (f"{'fails' if guard.fails else 'refused'}: {guard.otherwise.id}", *wrapped(guard.otherwise.says, WIDE)),
        tuple(part for part in (f"shows as {code}" if code else "", *wrapped(f"past it: {ways}", 46, most=5)) if part),
        f"{guard.clause}: {clause_says(model, guard.clause)}\nunblocked by: {ways}",
        (guard.clause,),
    )


def _done(rule: Rule) -> Node:
    effects = [effect_english(e) for e in rule.effects]
    lines = tuple(line for text in effects for line in wrapped(text, 46, most=3))
    clauses = tuple(dict.fromkeys(e.clause for e in rule.effects)) or rule.clauses
    return Node("n-done", "done", ("done",), lines or ("nothing changes",), "\n".join(effects), clauses)


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
