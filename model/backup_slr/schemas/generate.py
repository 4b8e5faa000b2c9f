"""Generate the schemas from the types of input files: ``python -m backup_slr.schemas.generate`` writes them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from msgspec.json import schema_components

from backup_slr.engine.serialize.formulas import FORM_OF, OPERATORS
from backup_slr.engine.serialize.table_types import LARGEST, ExtensionsDocument, ModelTable, TableDocument
from backup_slr.engine.spec.extension import documented
from backup_slr.engine.spec.lifecycle import Lifecycle
from backup_slr.lifecycle import BACKUP
from backup_slr.runbook.account_file_type import account_file_type
from backup_slr.runbook.runbook_file import LoopTable, call_types, runbook_type
from backup_slr.scenario.file_types import scenario_type
from backup_slr.scenario.property_file import property_file_type
from backup_slr.schemas import NAMES

DIALECT = "https://json-schema.org/draft/2020-12/schema"


EVERYTHING = documented(BACKUP.having(BACKUP.model.extended(*BACKUP.extensions)), BACKUP.extensions)
"""The lifecycle with all extensions, also those that exclude each other, since a file may name any of them."""


def generated(name: str, lifecycle: Lifecycle = EVERYTHING) -> str:
    """The text of the schema of a kind of file, for the files of a lifecycle."""
    match name:
        case "rules":
            schema = _schema([ModelTable, TableDocument, ExtensionsDocument])
            schema["$defs"] |= _formula_schemas()
        case "scenario":
            schema = _schema([scenario_type(lifecycle)])
        case "account":
            schema = _schema([account_file_type(lifecycle)])
        case "properties":
            schema = _schema([property_file_type(lifecycle)])
        case _:
            steps = [LoopTable, *call_types(lifecycle.model)]
            file = runbook_type(lifecycle.model)
            schema = {**_schema([file]), "$defs": _schema([file, *steps])["$defs"]}
            for table in (file, LoopTable):  # steps are converted one by one, because loops have no tag
                references = [{"$ref": f"#/$defs/{step.__name__}"} for step in steps]
                schema["$defs"][table.__name__]["properties"]["step"]["items"] = {"anyOf": references}
    return (
        json.dumps({"$schema": DIALECT, "title": f"backup-slr {name}", **schema}, indent=1, ensure_ascii=False) + "\n"
    )


def _formula_schemas() -> dict[str, Any]:
    """JSON Schemas of formulas and of their operands, by name."""

    def array(first: list[Any], rest: Any) -> dict[str, Any]:
        return {"type": "array", "prefixItems": first, "items": rest, "minItems": len(first)}

    reference = {kind: {"$ref": f"#/$defs/{form}"} for kind, form in FORM_OF.items()}
    # One rule for each operator, because a union of all operators would try each of them on every operand.
    operators = [
        {
            "if": {"prefixItems": [{"const": name}]},
            "then": array(
                [{"const": name}, *(reference[kind] for kind in one.operands)], reference.get(one.rest, False)
            ),
        }
        for name, one in OPERATORS.items()
    ]
    known = array([{"enum": list(OPERATORS)}], True)
    return {
        "Formula": {"if": {"type": "array"}, "then": {**known, "allOf": operators}, "else": {"type": "boolean"}},
        "Variable": {"anyOf": [{"type": "string"}, array([{"type": "string"}], reference["Index"])]},
        "Index": {"anyOf": [{"type": "string"}, {"type": "object", "minProperties": 1, "maxProperties": 1}]},
        "Name": {"type": "string"},
        "Names": {"type": "array", "items": {"type": "string"}, "minItems": 1},
        "Number": {"type": "integer", "minimum": 0, "maximum": LARGEST},
    }


def _schema(types: Sequence[Any]) -> dict[str, Any]:
    schemas, components = schema_components(types, ref_template="#/$defs/{name}")
    first = schemas[0] if len(types) == 1 else {"anyOf": list(schemas)}
    return {**first, "$defs": components}


if __name__ == "__main__":
    for one in NAMES:
        (Path(__file__).parent / f"{one}.json").write_text(generated(one), encoding="utf-8")
