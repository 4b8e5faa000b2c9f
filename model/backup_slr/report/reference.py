"""The tables for people: rules, clauses, assumptions, and one action explained; as text, Markdown or JSON."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from backup_slr.engine.core.formula import FALSE, TRUE
from backup_slr.engine.core.model import Model
from backup_slr.engine.core.rule import Assumption, Guard, Rule
from backup_slr.engine.core.variable import Effect
from backup_slr.engine.spec.lifecycle import Lifecycle
from backup_slr.report.coverage import Covered
from backup_slr.report.english import effect_english, english
from backup_slr.report.unblock import unblocking

Document = dict[str, Any]


# ---------------------------------------------------------------- rules and explain


def guard_document(lifecycle: Lifecycle, model: Model, guard: Guard) -> Document:
    """A guard as JSON."""
    return {
        "condition": english(guard.condition),
        "refusal": guard.otherwise.id,
        "says": guard.otherwise.says,
        "outcome": "failed" if guard.fails else "refused",
        "error_code": guard.shows_as,
        "clause": guard.clause,
        "clause_says": clause_says(lifecycle, model, guard.clause),
        "unblocked_by": unblocking(model, guard),
    }


def effect_document(effect: Effect) -> Document:
    """An effect as JSON."""
    return {
        "variable": effect.variable.name,
        "says": effect_english(effect),
        "when": None if effect.when == TRUE else english(effect.when),
        "clause": effect.clause,
    }


def rule_document(lifecycle: Lifecycle, model: Model, rule: Rule) -> Document:
    """A rule as JSON."""
    return {
        "action": rule.action,
        "says": rule.says,
        "by": rule.by,
        "operations": list(rule.operations),
        "clauses": list(rule.clauses),
        "place": [p.sort.name for p in rule.place],
        "inputs": [i.name for i in rule.inputs],
        "guards": [guard_document(lifecycle, model, g) for g in rule.guards],
        "effects": [effect_document(e) for e in rule.effects],
        "on_failure": [effect_document(e) for e in rule.on_failure],
    }


def clause_says(lifecycle: Lifecycle, model: Model, clause: str) -> str:
    """What a clause, assumption or convention says, in our words."""
    texts = {c.id: c.says for c in lifecycle.clauses} | dict(lifecycle.conventions)
    taken = dict(model.assumed)
    for a in model.assumptions:
        texts[a.id] = f"{a.question} {a.values[taken.get(a.name, a.default)]}"
    return texts.get(clause, "")


def explain_lines(lifecycle: Lifecycle, model: Model, rule: Rule) -> Iterator[str]:
    """One action: its guards in order with the way past each, then what it changes."""
    inner_first = [param.sort.noun for param in reversed(rule.place)]
    where = f" in a {' of a '.join(inner_first)}" if inner_first else ""
    yield f"{rule.action}: {rule.says}"
    yield f"  {'asked by a person' if rule.by == 'person' else 'done by the service'}{where}"
    yield f"  stands for   {', '.join(rule.operations) or 'no API operation of its own'}"
    yield f"  clauses      {' '.join(rule.clauses)}"
    if rule.inputs:
        yield f"  reads        {', '.join(f'{i.name} ({i.kind})' for i in rule.inputs)}"
    if rule.guards:
        yield ""
        yield "Guards, in order; the first that does not hold names the reason:"
    for number, guard in enumerate(rule.guards, 1):
        ways = unblocking(model, guard)
        yield f"  {number}. {english(guard.condition)}"
        yield f"     else {'FAILED' if guard.fails else 'refused'}: {guard.otherwise.says} ({guard.otherwise.id})"
        yield f"     shows as     {guard.shows_as or 'nothing: no request is sent'}"
        yield f"     because      {guard.clause}: {clause_says(lifecycle, model, guard.clause)}"
        yield f"     unblocked by {'; '.join(ways) or 'nothing: this is never possible'}"
    yield ""
    if any(guard.condition == FALSE for guard in rule.guards):
        yield "It is never done."
        return
    yield "When it is done:" if rule.effects else "When it is done, nothing changes."
    for effect in rule.effects:
        yield f"  - {effect_english(effect)}  [{effect.clause}]"
    if rule.on_failure:
        yield "When it fails:"
    for effect in rule.on_failure:
        yield f"  - {effect_english(effect)}  [{effect.clause}]"


def explain_markdown(lifecycle: Lifecycle, model: Model, rule: Rule) -> Iterator[str]:
    """One action as a Markdown section with a table of its guards."""
    yield f"## `{rule.action}{_where(rule)}`: {rule.says}"
    yield ""
    yield "| needs, in order | else | shows as | because | unblocked by |"
    yield "|---|---|---|---|---|"
    for guard in rule.guards:
        refusal = f"`{guard.otherwise.id}`{' (the task fails)' if guard.fails else ''}"
        ways = "; ".join(unblocking(model, guard)) or "nothing"
        cells = (english(guard.condition), refusal, guard.shows_as or "nothing", guard.clause, ways)
        yield f"| {' | '.join(cells)} |"
    yield ""
    for effect in rule.effects:
        yield f"- when it is done: {effect_english(effect)} [{effect.clause}]"
    for effect in rule.on_failure:
        yield f"- when it fails: {effect_english(effect)} [{effect.clause}]"


def rules_lines(rules: Iterable[Rule]) -> Iterator[str]:
    """All rules, one paragraph each."""
    for rule in rules:
        yield f"{rule.action}{_where(rule)}  [{' '.join(rule.clauses)}]"
        yield f"  {rule.says}"
        for guard in rule.guards:
            yield f"  needs    {english(guard.condition)}"
            yield f"           else {guard.otherwise.id}{' (the task fails)' if guard.fails else ''}  [{guard.clause}]"
        for effect in rule.effects:
            yield f"  then     {effect_english(effect)}  [{effect.clause}]"
        for effect in rule.on_failure:
            yield f"  if failed {effect_english(effect)}  [{effect.clause}]"
        yield ""


def _where(rule: Rule) -> str:
    return f"[{','.join(p.name for p in rule.place)}]" if rule.place else ""


def rules_markdown(rules: Iterable[Rule]) -> Iterator[str]:
    """All rules as one Markdown table."""
    yield "| action | asks | needs, in order (else) | changes | clauses |"
    yield "|---|---|---|---|---|"
    for rule in rules:
        guards = "<br>".join(f"{english(g.condition)} (`{g.otherwise.id}`)" for g in rule.guards)
        effects = "<br>".join(effect_english(e) for e in rule.effects)
        failed = "".join(f"<br>if it fails: {effect_english(e)}" for e in rule.on_failure)
        cells = (f"`{rule.action}{_where(rule)}`", rule.by, guards, f"{effects}{failed}", " ".join(rule.clauses))
        yield f"| {' | '.join(cells)} |"


# ---------------------------------------------------------------- clauses and assumptions


def clauses_documents(covered: Iterable[Covered]) -> list[Document]:
    """The clauses as JSON, with what cites them."""
    return [
        {
            "id": c.clause.id,
            "kind": c.clause.kind,
            "says": c.clause.says,
            "sha256": list(c.clause.sha256),
            "covered_by": c.by,
            "reason": c.reason or None,
        }
        for c in covered
    ]


def clauses_lines(covered: Iterable[Covered]) -> Iterator[str]:
    """The clauses with what cites them."""
    for c in covered:
        yield f"{c.clause.id:<10} {c.clause.kind:<9} {c.clause.says}"
        for kind, names in (("rules", c.rules), ("properties", c.properties), ("scenarios", c.scenarios)):
            if names:
                yield f"{'':<10} {kind + ':':<11} {', '.join(names)}"
        if c.facts:
            yield f"{'':<10} {'constants:':<11} {', '.join(c.facts)}"
        if c.reason:
            yield f"{'':<10} {c.reason}"


def clauses_markdown(covered: Iterable[Covered]) -> Iterator[str]:
    """The clauses as a Markdown table."""
    yield "| clause | kind | what the page says, in our words | rules | properties | scenarios |"
    yield "|---|---|---|---|---|---|"
    for c in covered:
        names = (_codes(c.rules or c.facts), _codes(c.properties), str(len(c.scenarios)))
        yield f"| {c.clause.id} | {c.clause.kind} | {c.clause.says} | {' | '.join(names)} |"


def _codes(names: Iterable[str]) -> str:
    return "<br>".join(f"`{name}`" for name in names)


def assumptions_documents(model: Model, chosen: Iterable[Assumption]) -> list[Document]:
    """The assumptions as JSON, each with the value that is taken."""
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
    """The assumptions, the value that is taken marked with a star."""
    taken = dict(model.assumed)
    for a in chosen:
        yield f"{a.name}: {a.question}"
        for value, means in a.values.items():
            star = "*" if value == taken.get(a.name, a.default) else " "
            yield f"  {star} {value:<20} {means}"
        yield f"    evidence: {a.evidence}"
        yield ""
    if conventions:
        yield "Conventions, which have no alternatives:"
    for name, text in conventions.items():
        yield f"  {name}: {text}"


def assumptions_markdown(chosen: Iterable[Assumption]) -> Iterator[str]:
    """The assumptions as a Markdown table."""
    yield "| assumption | question | default | alternatives | evidence |"
    yield "|---|---|---|---|---|"
    for a in chosen:
        default, *others = (f"`{value}`: {means}" for value, means in a.values.items())
        yield f"| `{a.name}` | {a.question} | {default} | {'<br>'.join(others)} | {a.evidence} |"
