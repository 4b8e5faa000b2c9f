"""Report the extensions and the editions of a lifecycle as text, Markdown and JSON."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from backup_slr.engine.core.formula import FALSE
from backup_slr.engine.core.model import Model
from backup_slr.engine.spec.extension import Extension, interactions_of
from backup_slr.engine.spec.lifecycle import Edition
from backup_slr.report.english import english
from backup_slr.report.tables import labeled, markdown_table

Document = dict[str, Any]


def extension_document(one: Extension, model: Model) -> Document:
    """Return an extension as JSON, with the interactions that a model without it has for it."""
    together = [(part, [required.name for required in part.requires]) for part in interactions_of(model)]
    return {
        "name": one.name,
        "says": one.says,
        "pages": list(one.pages),
        "variables": [variable.name for variable in one.state],
        "inputs": _inputs(one, model),
        "actions": [rule.action for rule in one.rules],
        "guards": [
            {"action": action, "at": added.at, "refusal": added.guard.otherwise.id}
            for added in one.guards
            for action in added.actions
        ],
        "effects": list(dict.fromkeys(added.action for added in one.effects)),
        "restrictions": [
            {"action": each.action, "variable": each.variable, "when": english(each.when)} for each in one.restrictions
        ],
        "assumptions": [assumption.name for assumption in one.assumptions],
        "properties": [asked.id for asked in one.properties],
        "amendments": [
            {
                "properties": list(each.properties),
                "retired": each.retired,
                "why": each.why,
                "unless": None if each.unless == FALSE else english(each.unless),
                "meanwhile": None if each.meanwhile == FALSE else english(each.meanwhile),
                "fair": [fair.says for fair in each.fair],
                "variant": each.variant or None,
                "sentence": each.sentence or None,
            }
            for each in one.amendments
        ],
        "clauses": [{"id": clause.id, "says": clause.says, "page": clause.page} for clause in one.clauses],
        "conventions": dict(one.conventions),
        "requires": [required.name for required in one.requires],
        "excludes": dict(one.excludes),
        "interactions": [
            {"with": [name for name in names if name != one.name], "says": part.says}
            for part, names in together
            if one.name in names
        ],
    }


def _inputs(one: Extension, model: Model) -> list[str]:
    known = {i.name for rule in model.rules for i in rule.inputs}
    names = dict.fromkeys(i.name for rule in (*one.rules, *one.effects) for i in rule.inputs)
    return [name for name in names if name not in known]


def extensions_lines(extensions: Iterable[Extension], model: Model, full: bool) -> Iterator[str]:
    """Yield the extensions; in full with everything that each adds and changes."""
    for one in extensions:
        yield from labeled(one.name, one.says, 24, indent=0)
        if full:
            for label, text in _facts(one, model):
                yield from labeled(label, text, 14)
            yield ""


def extensions_markdown(extensions: Iterable[Extension], model: Model) -> Iterator[str]:
    """Yield the extensions as a Markdown table."""
    rows = [
        (f"`{one.name}`", one.says, "<br>".join(f"{label}: {text}" for label, text in _facts(one, model)))
        for one in extensions
    ]
    return markdown_table(("extension", "with it", "adds and changes"), rows)


def _facts(one: Extension, model: Model) -> Iterator[tuple[str, str]]:
    found = extension_document(one, model)
    for key in ("variables", "inputs", "actions"):
        if found[key]:
            yield key, ", ".join(found[key])
    for guard in found["guards"]:
        yield "refuses", f"{guard['action']} ({guard['refusal']}), {guard['at']}"
    if found["effects"]:
        yield "affects", ", ".join(found["effects"])
    for each in found["restrictions"]:
        yield "restricts", f"{each['action']}, its effect on {each['variable']}: only if {each['when']}"
    for assumption in one.assumptions:
        yield "assumption", f"{assumption.name} ({', '.join(assumption.values)}): {assumption.question}"
    for asked in one.properties:
        yield "property", f"{asked.id}: {asked.sentence}"
    for each in found["amendments"]:
        yield from _amended(each)
    for clause in one.clauses:
        yield "clause", f"{clause.id}{f' ({clause.page})' if clause.page else ''}: {clause.says}"
    for id, says in one.conventions.items():
        yield "convention", f"{id}: {says}"
    if one.requires:
        yield "builds on", ", ".join(found["requires"])
    for each in found["interactions"]:
        yield "together", f"with {', '.join(each['with'])}: {each['says']}"
    for why in dict.fromkeys(one.excludes.values()):
        yield "not with", f"{', '.join(name for name, same in one.excludes.items() if same == why)}: {why}"
    if one.pages:
        yield "pages", "; ".join(one.pages)


def _amended(each: Document) -> Iterator[tuple[str, str]]:
    """The parts of an amendment; if a variant has them, the property itself stays as it is."""
    of = ", ".join(each["properties"])
    if each["retired"]:
        yield "retires", f"{of}: {each['why']}"
        return
    if each["variant"]:
        yield "variant", f"{each['variant']}, of {of}: {each['sentence']} ({each['why']})"
    else:
        yield "amends", f"{of}: {each['why']}"
    if each["unless"]:
        yield "  premise", f"not required if {each['unless']}"
    if each["meanwhile"]:
        yield "  meanwhile", f"also {each['meanwhile']}"
    for says in each["fair"]:
        yield "  fairness", says


# ---------------------------------------------------------------- editions


def edition_document(one: Edition) -> Document:
    """Return an edition as JSON."""
    return {
        "name": one.name,
        "date": one.date,
        "says": one.says,
        "assume": dict(one.assume),
        "changes": [{"about": about, "says": says} for about, says in one.changes],
    }


def editions_lines(editions: Iterable[Edition]) -> Iterator[str]:
    """Yield the editions, with what each implies and says."""
    for one in editions:
        yield from labeled(one.name, f"{one.says} First seen {one.date}.", 10, indent=0)
        for label, text in _implied(one):
            yield from labeled(label, text, 12)
        yield ""


def editions_markdown(editions: Iterable[Edition]) -> Iterator[str]:
    """Yield the editions as a Markdown table."""
    rows = [
        (f"`{one.name}`", one.date, one.says, "<br>".join(f"{label}: {text}" for label, text in _implied(one)))
        for one in editions
    ]
    return markdown_table(("edition", "first seen", "in short", "implies and says"), rows)


def _implied(one: Edition) -> Iterator[tuple[str, str]]:
    if one.assume:
        yield "assume", ", ".join(f"{name}={value}" for name, value in one.assume.items())
    yield from one.changes
