"""The calls of an inventory for people: the permissions, and a table of every member that is read."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from backup_slr.engine.spec.inventory import (
    CountsOne,
    EarliestDate,
    Effect,
    ExceptHere,
    Exists,
    Identifies,
    Inventory,
    NeedsExtension,
    NotModeled,
    OneRequest,
    SetsValue,
    ShowsAssumption,
    StartsWork,
    kebab,
)
from backup_slr.report.tables import Row, labeled, markdown_table


def policy_lines(inventory: Inventory) -> Iterator[str]:
    """The policy that permits the calls, as JSON."""
    statement = {"Effect": "Allow", "Action": sorted(inventory.permissions()), "Resource": "*"}
    yield from json.dumps({"Version": "2012-10-17", "Statement": [statement]}, indent=2).splitlines()


def field_documents(inventory: Inventory) -> list[dict[str, Any]]:
    """Every fact: the call, the members that it reads, the condition, and the effect on the model."""
    return [
        {
            "operation": kebab(fact.call.partition(":")[2]),
            "reads": [path for path in dict.fromkeys(fact.paths()) if path],
            "when": [str(showing) for showing in fact.when],
            "model": effect_text(fact.effect),
            "says": fact.says,
        }
        for fact in inventory.facts
    ]


def fields_lines(inventory: Inventory) -> Iterator[str]:
    """The table as text, one fact after the other."""
    before = ""
    for row in field_documents(inventory):
        if row["operation"] != before:
            yield from ([""] if before else [])
            yield row["operation"]
            before = row["operation"]
        yield from labeled("", f"{row['model']}: {row['says']}", 0)
        if row["when"]:
            yield from labeled("if", " and ".join(row["when"]), 4, 6)


def fields_markdown(inventory: Inventory) -> Iterator[str]:
    """The table as Markdown."""
    rows: list[Row] = []
    for row in field_documents(inventory):
        reads = "<br>".join(f"`{path}`" for path in row["reads"])
        rows.append((f"`{row['operation']}`", reads, " and ".join(row["when"]), row["model"], row["says"]))
    yield from markdown_table(("call", "reads", "if", "in the model", "meaning"), rows)


def effect_text(effect: Effect) -> str:
    """An effect in a few words.

    >>> effect_text(SetsValue("lock", "grace"))
    'lock = grace'
    """
    match effect:
        case Exists(variable):
            return f"{variable} exists"
        case SetsValue(variable, value):
            return f"{variable} = {value}"
        case CountsOne(variable, path, part_of):
            more = f", {part_of} - 1, with the extension of {variable}" if part_of else ""
            return f"{variable} = {path}" if path else f"{variable} + 1{more}"
        case ExceptHere(variable):
            return f"{variable} = no, and yes in other places"
        case EarliestDate(action, path):
            return f"{action} not before {path}"
        case OneRequest(action):
            return f"{action} once for all of these"
        case Identifies(kind):
            return f"id of the {kind}"
        case NeedsExtension(extension):
            return f"extension {extension}"
        case StartsWork(path):
            return f"work starts at the times of {path}"
        case ShowsAssumption(assumption, value):
            return f"{assumption} is {value}"
        case NotModeled(unless=variable):
            return f"not modeled without {variable}" if variable else "not modeled"
