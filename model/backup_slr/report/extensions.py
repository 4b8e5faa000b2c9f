"""Report the extensions and the editions of a lifecycle as text, Markdown and JSON."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from backup_slr.engine.spec.extension import Extension
from backup_slr.engine.spec.lifecycle import Edition
from backup_slr.report.tables import labeled, markdown_table

Document = dict[str, Any]


def extension_document(one: Extension, interactions: Iterable[Extension] = ()) -> Document:
    """Return an extension as JSON, with those of the interactions that concern it."""
    together = [(part, [required.name for required in part.requires]) for part in interactions]
    return {
        "name": one.name,
        "says": one.says,
        "pages": list(one.pages),
        "variables": [variable.name for variable in one.state],
        "actions": [rule.action for rule in one.rules],
        "guards": [
            {"action": action, "at": added.at, "refusal": added.guard.otherwise.id}
            for added in one.guards
            for action in added.actions
        ],
        "effects": list(dict.fromkeys(added.action for added in (*one.effects, *one.restrictions))),
        "assumptions": [assumption.name for assumption in one.assumptions],
        "properties": [asked.id for asked in one.properties],
        "amendments": [
            {"properties": list(each.properties), "retired": each.retired, "why": each.why} for each in one.amendments
        ],
        "requires": [required.name for required in one.requires],
        "excludes": dict(one.excludes),
        "interactions": [
            {"with": [name for name in names if name != one.name], "says": part.says}
            for part, names in together
            if one.name in names
        ],
    }


def extensions_lines(
    extensions: Iterable[Extension], full: bool, interactions: Sequence[Extension] = ()
) -> Iterator[str]:
    """Yield the extensions; in full with everything that each adds and changes."""
    for one in extensions:
        yield from labeled(one.name, one.says, 24, indent=0)
        if full:
            for label, text in _facts(one, interactions):
                yield from labeled(label, text, 14)
            yield ""


def extensions_markdown(extensions: Iterable[Extension], interactions: Sequence[Extension] = ()) -> Iterator[str]:
    """Yield the extensions as a Markdown table."""
    rows = [
        (f"`{one.name}`", one.says, "<br>".join(f"{label}: {text}" for label, text in _facts(one, interactions)))
        for one in extensions
    ]
    return markdown_table(("extension", "with it", "adds and changes"), rows)


def _facts(one: Extension, interactions: Sequence[Extension]) -> Iterator[tuple[str, str]]:
    found = extension_document(one, interactions)
    for key in ("variables", "actions"):
        if found[key]:
            yield key, ", ".join(found[key])
    if one.guards:
        yield (
            "refuses",
            ", ".join(dict.fromkeys(f"{guard['action']} ({guard['refusal']})" for guard in found["guards"])),
        )
    if found["effects"]:
        yield "affects", ", ".join(found["effects"])
    for assumption in one.assumptions:
        yield "assumption", f"{assumption.name} ({', '.join(assumption.values)}): {assumption.question}"
    for each in one.amendments:
        yield "retires" if each.retired else "amends", f"{', '.join(each.properties)}: {each.why}"
    if one.requires:
        yield "builds on", ", ".join(found["requires"])
    for each in found["interactions"]:
        yield "together", f"with {', '.join(each['with'])}: {each['says']}"
    for why in dict.fromkeys(one.excludes.values()):
        yield "not with", f"{', '.join(name for name, same in one.excludes.items() if same == why)}: {why}"
    if one.pages:
        yield "pages", "; ".join(one.pages)


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
