"""The shapes of the JSON documents that commands print, and their validation.

A shape in ``schemas/`` is a JSON Schema in short. An object is closed, and has all of its keys except those that end in
``?``. A list has the allowed values. A string names a shape: of `PLAIN`, of the ``$defs`` of its file or of
``common.json``, or as ``file:name`` of another file. ``/pattern/`` is a string, ``[shape]`` an array and ``{shape}``
one without repetitions, with a ``+`` behind it not empty; ``shape?`` may be null. ``$list`` is an array, ``$map`` an
object with any keys, ``$like`` an object with further keys; all else that begins with ``$`` is JSON Schema.
"""

from __future__ import annotations

import json
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from support.console import Answer

PLAIN = {
    **{name: {"type": name} for name in ("string", "boolean", "null", "number", "integer")},
    "text": {"type": "string", "minLength": 1},
    "amount": {"type": "number", "minimum": 0},
    "share": {"type": "number", "minimum": 0, "maximum": 1},
    "count": {"type": "integer", "minimum": 0},
    "positive": {"type": "integer", "minimum": 1},
}
SHAPES = {file.stem: json.loads(file.read_text()) for file in (Path(__file__).parent.parent / "schemas").glob("*.json")}


def schema(shape: Any, file: str) -> Any:
    """The JSON Schema of a shape in a file."""
    match shape:
        case str():
            return named(shape, file)
        case list():
            return {"enum": shape}
        case {"$list": item}:
            return {"type": "array", "items": schema(item, file)}
        case {"$map": value}:
            return {"type": "object", "additionalProperties": schema(value, file)}
        case {"$like": other, **more}:
            where, name = defined(other, file)
            base, own = schema(SHAPES[where]["$defs"][name], where), schema(more, file)
            base["required"] += own["required"]
            base["properties"] |= own["properties"]
            return base
        case dict():
            keys = {key: value for key, value in shape.items() if key[0] != "$"}
            closed = {
                "type": "object",
                "properties": {key.rstrip("?"): schema(value, file) for key, value in keys.items()},
                "required": [key for key in keys if key[-1] != "?"],
                "additionalProperties": False,
            }
            said = dict(keyword(key, value, file) for key, value in shape.items() if key[0] == "$")
            return {**(closed if keys else {}), **said}
        case _:
            return shape


def keyword(key: str, value: Any, file: str) -> tuple[str, Any]:
    """A keyword of JSON Schema and its value, with shapes expanded."""
    match key:
        case "$defs":
            return key, {name: schema(one, file) for name, one in value.items()}
        case "$ref":
            return key, value
        case "$anyOf" | "$oneOf" | "$prefixItems":
            return key[1:], [schema(one, file) for one in value]
        case "$items" | "$additionalProperties":
            return key[1:], schema(value, file)
        case _:
            return key[1:], value


def named(shape: str, file: str) -> Any:
    """The JSON Schema of a shape that is a string."""
    if shape in PLAIN:
        return PLAIN[shape]
    match shape[0], shape[-1]:
        case _, "?":
            return {"anyOf": [named(shape[:-1], file), {"type": "null"}]}
        case _, "+":
            return {**named(shape[:-1], file), "minItems": 1}
        case "/", _:
            return {"type": "string", "pattern": shape[1:-1]}
        case "[", _:
            return {"type": "array", "items": named(shape[1:-1], file)}
        case "{", _:
            return {"type": "array", "items": named(shape[1:-1], file), "uniqueItems": True}
        case _:
            where, name = defined(shape, file)
            return {"$ref": f"{where}.json#/$defs/{name}"}


def defined(shape: str, file: str) -> tuple[str, str]:
    """The file that has a shape in its ``$defs``, and its name there."""
    where, _, name = shape.rpartition(":")
    return where or (file if name in SHAPES[file].get("$defs", {}) else "common"), name


SCHEMAS = {file: {"$id": f"{file}.json", **schema(shape, file)} for file, shape in SHAPES.items()}
SHIPPED = json.loads((resources.files("backup_slr") / "schemas" / "rules.json").read_text(encoding="utf-8"))
SCHEMAS["table"] = {**SHIPPED, "$id": "table.json", "anyOf": [{"$ref": "#/$defs/ModelTable"}]}


@cache
def validator(command: str) -> Draft202012Validator:
    """The validator for the output of a command."""
    resources_by_id = ((one["$id"], DRAFT202012.create_resource(one)) for one in SCHEMAS.values())
    return Draft202012Validator(SCHEMAS[command], registry=Registry().with_resources(resources_by_id))


def valid(command: str, answer: Answer) -> Any:
    """The document of an answer, after its validation."""
    document = answer.document
    errors = [f"{error.json_path}: {error.message[:200]}" for error in validator(command).iter_errors(document)]
    assert not errors, errors[:5]
    return document
