"""The reference: rules, clauses and assumptions, as text, Markdown or JSON."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from backup_slr.engine.compile.simplify import disj
from backup_slr.engine.core.formula import TRUE
from backup_slr.engine.core.model import Model
from backup_slr.engine.core.rule import Assumption, Guard, Rule
from backup_slr.engine.core.variable import Effect
from backup_slr.engine.spec.lifecycle import Lifecycle
from backup_slr.report.coverage import Covered
from backup_slr.report.english import effect_english, english, place_english
from backup_slr.report.tables import Row, labeled, markdown_table
from backup_slr.report.unblock import fix, unblocking

Document = dict[str, Any]


CALLERS = {"person": "a user", "service": "the service"}


# ---------------------------------------------------------------- rules


def guard_document(lifecycle: Lifecycle, model: Model, rule: Rule, guard: Guard) -> Document:
    return {
        "condition": english(guard.condition),
        "refused_if": english(guard.condition, negative=True),
        "refusal": guard.otherwise.id,
        "says": guard.otherwise.says,
        "outcome": "failed" if guard.fails else "refused",
        "error_code": guard.shows_as,
        "clause": guard.clause,
        "clause_says": clause_says(lifecycle, model, guard.clause),
        "fix": fix(lifecycle.having(model), rule, guard),
        "unblocked_by": unblocking(lifecycle.having(model), guard),
    }


def effect_document(effect: Effect) -> Document:
    return {
        "variable": effect.variable.name,
        "says": effect_english(effect),
        "when": None if effect.when == TRUE else english(effect.when),
        "clause": effect.clause,
    }


def rule_document(lifecycle: Lifecycle, model: Model, rule: Rule) -> Document:
    return {
        "action": rule.action,
        "says": rule.says,
        "by": rule.by,
        "operations": list(rule.operations),
        "clauses": list(rule.clauses),
        "place": [p.sort.name for p in rule.place],
        "inputs": [i.name for i in rule.inputs],
        "guards": [guard_document(lifecycle, model, rule, g) for g in rule.guards],
        "effects": [effect_document(e) for e in rule.effects],
        "on_failure": [effect_document(e) for e in rule.on_failure],
    }


def clause_says(lifecycle: Lifecycle, model: Model, clause: str) -> str:
    """Return the text of a clause, assumption or convention."""
    for one in model.assumptions:
        if one.id == clause:
            return f"{one.question} {one.values[dict(model.assumed).get(one.name, one.default)]}"
    known = dict(lifecycle.conventions).get(clause)
    return known or next((one.says for one in lifecycle.clauses if one.id == clause), "")


def heading(rule: Rule) -> str:
    """Return the name of an action, its meaning, and its places.

    >>> from backup_slr.lifecycle import lifecycle
    >>> heading(lifecycle().rule("delete_backup_vault"))
    'delete_backup_vault: delete a backup vault (for each vault of each Region)'
    """
    where = f" (for {place_english(rule.place, 'each')})" if rule.place else ""
    return f"{rule.action}: {rule.says}{where}"


def changes(effects: Sequence[Effect]) -> list[str]:
    """Return effects in words, each with its clauses; those that differ only in their conditions are one.

    >>> from backup_slr.lifecycle import lifecycle
    >>> changes(lifecycle().assuming({}).rule("finish_deletion_task").effects)
    ['role: absent [DELETE-1]', 'description: default [ASSUME-FRESH]']
    """
    found: dict[Effect, list[Effect]] = {}
    for effect in effects:
        found.setdefault(replace(effect, when=TRUE, clause=""), []).append(effect)
    return [
        f"{effect_english(replace(bare, when=disj(e.when for e in same)))} "
        f"[{' '.join(dict.fromkeys(e.clause for e in same))}]"
        for bare, same in found.items()
    ]


def rules_lines(rules: Iterable[Rule]) -> Iterator[str]:
    for rule in rules:
        yield from labeled("", heading(rule), 0, indent=0)
        parts = {
            "refused if": [_refusal_text(guard) for guard in rule.guards if not guard.fails],
            "fails if": [_refusal_text(guard) for guard in rule.guards if guard.fails],
            "then": changes(rule.effects),
            "if it fails": changes(rule.on_failure),
            "clauses": [" ".join(rule.clauses)],
        }
        for label, texts in parts.items():
            for n, text in enumerate(texts):
                yield from labeled("" if n else label, text, 13)
        yield ""


def _refusal_text(guard: Guard) -> str:
    return f"{english(guard.condition, negative=True)}: {guard.otherwise.id} [{guard.clause}]"


def rules_markdown(rules: Iterable[Rule]) -> Iterator[str]:
    rows: list[Row] = []
    for rule in rules:
        guards = "<br>".join(f"{english(g.condition, negative=True)}: `{g.otherwise.id}`" for g in rule.guards)
        effects = "<br>".join([*changes(rule.effects), *(f"if it fails: {text}" for text in changes(rule.on_failure))])
        action = f"`{rule.action}`" + (f"<br>for {place_english(rule.place, 'each')}" if rule.place else "")
        rows.append((action, CALLERS[rule.by], guards, effects, " ".join(rule.clauses)))
    return markdown_table(("action", "called by", "refused or fails if, in order", "changes", "clauses"), rows)


# ---------------------------------------------------------------- clauses and assumptions


def clauses_documents(covered: Iterable[Covered]) -> list[Document]:
    return [
        {
            "id": c.clause.id,
            "kind": c.clause.kind,
            "says": c.clause.says,
            "sha256": list(c.clause.sha256),
            "page": c.clause.page or None,
            "seen": c.clause.seen or None,
            "covered_by": c.by,
            "reason": c.reason or None,
        }
        for c in covered
    ]


def clauses_lines(covered: Iterable[Covered]) -> Iterator[str]:
    for c in covered:
        yield from labeled(f"{c.clause.id:<10} {c.clause.kind}", c.clause.says, 21, indent=0)
        citing = {"rules": c.rules, "properties": c.properties, "scenarios": c.scenarios, "constants": c.facts}
        for kind, names in citing.items():
            if names:
                yield from labeled(f"{kind}:", ", ".join(names), 12, indent=11)
        if c.clause.page:
            yield from labeled("page:", c.clause.page + (f" ({c.clause.seen})" if c.clause.seen else ""), 12, indent=11)
        if c.reason:
            yield from labeled("", c.reason, 0, indent=11)


def clauses_markdown(covered: Iterable[Covered]) -> Iterator[str]:
    head = ("clause", "kind", "meaning", "rules", "properties", "scenarios")
    return markdown_table(head, (
        (c.clause.id, c.clause.kind, c.clause.says, _codes(c.rules or c.facts), _codes(c.properties), len(c.scenarios))
        for c in covered
    ))  # fmt: skip


def _codes(names: Iterable[str]) -> str:
    return "<br>".join(f"`{name}`" for name in names)


def assumptions_documents(model: Model, chosen: Iterable[Assumption]) -> list[Document]:
    taken = dict(model.assumed)
    return [
        {
            "name": a.name,
            "id": a.id,
            "question": a.question,
            "default": a.default,
            "taken": taken.get(a.name, a.default),
            "values": dict(a.values),
            "evidence": a.evidence,
        }
        for a in chosen
    ]


def assumptions_lines(model: Model, chosen: Iterable[Assumption], conventions: Mapping[str, str]) -> Iterator[str]:
    """Yield the assumptions; a star marks the current value of each."""
    taken = dict(model.assumed)
    for a in chosen:
        yield from labeled("", f"{a.name}: {a.question}", 0, indent=0)
        for value, means in a.values.items():
            star = "*" if value == taken.get(a.name, a.default) else " "
            yield from labeled(f"{star} {value}", means, 23)
        yield from labeled("  evidence:", a.evidence, 23)
        yield ""
    if conventions:
        yield "Conventions (no alternatives):"
    for name, text in conventions.items():
        yield from labeled(f"{name}:", text, 18)


def assumptions_markdown(chosen: Iterable[Assumption]) -> Iterator[str]:
    rows: list[Row] = []
    for a in chosen:
        default, *others = (f"`{value}`: {means}" for value, means in a.values.items())
        rows.append((f"`{a.name}`", a.question, default, "<br>".join(others), a.evidence))
    return markdown_table(("assumption", "question", "default", "alternatives", "evidence"), rows)
