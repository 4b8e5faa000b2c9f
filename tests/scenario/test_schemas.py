"""JSON Schemas: they are current, and agree with the readers about the files of the gallery."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from backup_slr.engine.serialize.table_writer import table_document
from backup_slr.lifecycle import BACKUP
from backup_slr.schemas import NAMES, recorded
from backup_slr.schemas.generate import generated

FILES = {
    "scenario": [
        *sorted(Path("simulations").glob("*.toml"))[::4],
        *sorted(Path("simulations/broken").glob("*.toml"))[::3],
    ],
    "account": list(Path("simulations/accounts").glob("*.toml")),
    "runbook": list(Path("simulations/runbooks").rglob("*.toml")),
    "properties": list(Path("tests/samples/properties").glob("*.toml")),
}


def validator(name: str) -> Any:
    """The validator of a schema."""
    return jsonschema.Draft202012Validator(json.loads(recorded(name)))


@pytest.mark.parametrize("name", NAMES)
def test_a_schema_is_current(name: str) -> None:
    assert recorded(name) == generated(name), "run: python -m backup_slr.schemas.generate"
    jsonschema.Draft202012Validator.check_schema(json.loads(recorded(name)))


@pytest.mark.parametrize("name", FILES)
def test_the_files_of_the_gallery_fit_their_schema(name: str) -> None:
    assert len(FILES[name]) > (0 if name == "properties" else 3)
    for file in FILES[name]:
        validator(name).validate(tomllib.loads(file.read_text(encoding="utf-8")))


def test_the_table_of_rules_fits_its_schema() -> None:
    table = json.loads(json.dumps(table_document(BACKUP.model, BACKUP.definitions)))
    validator("rules").validate(table)
    table["rules"][0]["guards"][0]["condition"] = ["nott", True]
    assert not validator("rules").is_valid(table)


def test_a_file_of_extensions_alone_fits_the_schema_of_rules() -> None:
    for file in Path("simulations/extensions").glob("*.json"):
        document = json.loads(file.read_text(encoding="utf-8"))
        assert document.keys() == {"extensions"}
        validator("rules").validate(document)
        assert not validator("rules").is_valid({"extensions": [{**document["extensions"][0], "gards": []}]})


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("scenario", 'title = "x"\n[[step]]\ndo = "list_resource"\n'),
        ("scenario", 'title = "x"\n[[step]]\ndo = "start_job"\nregion = "eu-west-1"\n'),
        ("scenario", 'title = "x"\n[[step]]\ndo = "list_resources"\nvia = "consol"\n'),
        ("scenario", 'title = "x"\n[[step]]\ndo = "list_resources"\nbecause = "no-such-vault"\n'),
        ("scenario", 'title = "x"\n[account]\nrole = "presnt"\n'),
        ("scenario", 'title = "x"\n[account]\nvaults = [{ region = "eu-west-1" }]\n'),
        ("account", 'title = "x"\n[account]\n[[others]]\ndo = "start_job"\nevery = 5\n'),
        ("account", 'title = "x"\n[account]\n[deletion]\ntakes = { exponental = 1 }\n'),
        ("runbook", 'title = "x"\n[[step]]\ndo = "list_resources"\non = { resource-remains = "retry" }\n'),
        ("runbook", 'title = "x"\n[[step]]\neach = "vault"\n[[step.step]]\ndo = "finish_job"\n'),
    ],
)
def test_a_schema_sees_names_that_are_unknown_and_keys_that_are_missing(name: str, text: str) -> None:
    assert not validator(name).is_valid(tomllib.loads(text))
