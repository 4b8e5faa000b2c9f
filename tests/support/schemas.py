"""The schemas of the JSON documents that commands print, and whether a document has the shape that its schema says."""

from __future__ import annotations

import json
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from referencing import Registry, Resource

from support.console import Answer

SCHEMAS = {
    file.stem: json.loads(file.read_text()) for file in (Path(__file__).parent.parent / "schemas").glob("*.json")
}
SHIPPED = json.loads((resources.files("backup_slr") / "schemas" / "rules.json").read_text(encoding="utf-8"))
SCHEMAS["table"] = {**SHIPPED, "$id": "table.json", "anyOf": [{"$ref": "#/$defs/ModelTable"}]}


@cache
def validator(command: str) -> Draft202012Validator:
    """The validator of what a command prints."""
    registry: Registry[Any] = Registry().with_resources(
        (schema["$id"], Resource.from_contents(schema)) for schema in SCHEMAS.values()
    )
    return Draft202012Validator(SCHEMAS[command], registry=registry)


def valid(command: str, answer: Answer) -> Any:
    """The document of an answer, which has the shape that it should have."""
    document = answer.document
    errors = [f"{error.json_path}: {error.message[:200]}" for error in validator(command).iter_errors(document)]
    assert not errors, errors[:5]
    return document
