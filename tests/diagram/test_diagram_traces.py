"""Files with a recorded run, and the error messages for invalid ones."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from support.console import call, scenario


@pytest.mark.parametrize(
    ("text", "facts"),
    [
        ("{", ("is not JSON",)),
        ("[1]", ("contains no run",)),
        ('{"steps": []}', ("contains no run",)),
        ("[" * 100_000, ("is not a run: it is nested too deep",)),
        ('{"steps": [1]}', ("steps[0]", "expected an object")),
        ('{"steps": [{"do": "list_resource", "outcome": "done"}]}', ("steps[0]", "did you mean 'list_resources'")),
        ('{"steps": [{"do": "wait", "outcome": "done", "minutes": NaN}]}', ("NaN is not a JSON number",)),
        ('{"steps": [{"do": "wait", "outcome": "done", "minutes": -Infinity}]}', ("-Infinity is not a JSON number",)),
        ('{"steps": [{"do": "wait", "outcome": "done", "minutes": 1e999}]}', ("minutes is a number",)),
        ('{"steps": [{"do": "wait", "outcome": "done", "minutes": %s}]}' % ("9" * 5000), ("is not JSON",)),
        ('{"title": 7, "steps": [{"do": "wait", "outcome": "done"}]}', ("title is a text, not '7'",)),
    ],
    ids=lambda x: x[:40] if isinstance(x, str) else None,
)
def test_json_without_a_run_is_reported_with_its_place(text: str, facts: tuple[str, ...], tmp_path: Path) -> None:
    answer = call("diagram", "sequence", "--trace", scenario(tmp_path, text, "trace.json"))
    assert answer.code == 3
    assert all(fact in answer.err for fact in facts), answer.err


CHANGE = {"variable": "vault", "region": "r", "vault": "v", "before": False, "after": True}


@pytest.mark.parametrize(
    ("key", "value", "facts"),
    [
        ("region", 7, ("region is a text",)),
        ("outcome", "don", ("'don'", "refused")),
        ("clauses", 5, ("clauses is a list of texts", "'5'")),
        ("clauses", [1], ("clauses is a list of texts",)),
        ("changed", 7, ("changed is a list of objects",)),
        ("changed", [7], ("changed[0]", "'variable'", "'before'")),
        ("changed", [CHANGE | {"variable": "valt"}], ("changed[0]", "did you mean 'vault'")),
        ("changed", [CHANGE | {"region": ["a"]}], ("changed[0]: region is a text",)),
        ("changed", [CHANGE | {"vault": 3}], ("changed[0]: vault is a text",)),
        ("changed", [CHANGE | {"before": 1}], ("changed[0]: before is true or false",)),
        ("changed", [CHANGE | {"variable": "points"}], ("before is a whole number",)),
        ("changed", [{"variable": "role", "before": "absent", "after": "gone"}], ("after is one of absent, present",)),
        ("permitted", "no", ("permitted is true or false",)),
        ("by", 1, ("by is a text",)),
        ("expected", "done", ("expected is an object",)),
        ("expected", {"outcome": 1}, ("expected: outcome is a text",)),
        ("outcome", "refused", ("because is the reason",)),
        ("minutes", -5, ("minutes is a number from 0 to",)),
        ("minutes", "x", ("minutes is a number",)),
        ("minutes", True, ("minutes is a number",)),
        ("minutes", 10**400, ("minutes is a number",)),
        ("minutes", 1e300, ("minutes is a number",)),
    ],
)
def test_an_invalid_step_is_reported_with_its_place(
    key: str, value: object, facts: tuple[str, ...], tmp_path: Path
) -> None:
    step = {"do": "list_resources", "outcome": "done", key: value}
    answer = call("diagram", "sequence", "--trace", scenario(tmp_path, json.dumps({"steps": [step]}), "trace.json"))
    assert answer.code == 3
    assert "trace.json: steps[0]" in answer.err
    assert all(fact in answer.err for fact in facts), answer.err


def test_a_trace_that_is_not_text_is_reported_as_json_not_toml(tmp_path: Path) -> None:
    file = tmp_path / "trace.json"
    file.write_bytes(b"\xff\xfe\x00")
    answer = call("diagram", "sequence", "--trace", str(file))
    assert answer.code == 3
    assert "a trace is JSON" in answer.err
    assert "TOML" not in answer.err


def test_a_run_without_a_title_is_drawn(tmp_path: Path) -> None:
    for title in ({}, {"title": None}):
        trace = json.dumps({**title, "steps": [{"do": "list_resources", "outcome": "done", "region": None}]})
        answer = call("diagram", "sequence", "--trace", scenario(tmp_path, trace, "trace.json"), "--json")
        assert answer.document["title"] == "A run"
