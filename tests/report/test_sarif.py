"""Findings for machines: SARIF that conforms to the standard, annotations in GitHub's format."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from support.console import call

from backup_slr.report.sarif import Finding, github_lines, sarif_document

SCHEMA = json.loads((Path(__file__).parent.parent / "schemas" / "others" / "sarif-2.1.0-subset.json").read_text())
BROKEN = ("check", "--regions", "1", "--without", "delete_backup_vault/vault-has-recovery-points")
texts = st.text(min_size=1)
findings = st.builds(
    Finding,
    texts,
    texts,
    st.text(),
    st.text(),
    st.sampled_from(("error", "warning", "note")),
    st.none() | texts,
    st.none() | st.integers(1, 10**6),
    st.lists(texts, max_size=2).map(tuple),
    st.lists(texts, max_size=3).map(tuple),
)


def valid_sarif(document: Any) -> list[dict[str, Any]]:
    """The results of a SARIF document, after a check of its schema."""
    errors = [f"{e.json_path}: {e.message[:200]}" for e in Draft202012Validator(SCHEMA).iter_errors(document)]
    assert not errors, errors[:5]
    (run,) = document["runs"]
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert len(rules) == len(set(rules))
    for result in run["results"]:
        assert rules[result["ruleIndex"]] == result["ruleId"]
    return run["results"]


def test_the_schema_is_valid_and_rejects_invalid_sarif() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    good = sarif_document([Finding("a", "b")], "check", "1")
    assert Draft202012Validator(SCHEMA).is_valid(good)
    for bad in ({**good, "version": "2.0.0"}, {**good, "runs": []}, {**good, "result": []}):
        assert not Draft202012Validator(SCHEMA).is_valid(bad)


@given(st.lists(findings, max_size=5))
def test_any_findings_make_a_valid_document(found: list[Finding]) -> None:
    results = valid_sarif(json.loads(json.dumps(sarif_document(found, "check", "1.0"))))
    assert [r["message"]["text"] for r in results] == [f.message for f in found]
    assert [len(r["codeFlows"][0]["threadFlows"][0]["locations"]) if "codeFlows" in r else 0 for r in results] == [
        len(f.trace) for f in found
    ]


@given(st.lists(findings, min_size=1, max_size=5))
def test_an_annotation_is_one_line_that_github_can_parse(found: list[Finding]) -> None:
    def whole(text: str) -> str:
        for code in ("%3A", "%2C", "%0D", "%0A", "%25"):
            text = text.replace(code, chr(int(code[1:], 16)))
        return text

    for finding, line in zip(found, github_lines(found), strict=True):
        assert "\n" not in line
        assert "\r" not in line
        head, _, text = line.removeprefix("::").partition("::")
        assert whole(text) == "\n".join([finding.message, *finding.trace])
        command, _, rest = head.partition(" ")
        said = dict(part.split("=", 1) for part in rest.split(","))
        assert command == {"error": "error", "warning": "warning", "note": "notice"}[finding.level]
        assert whole(said["title"]) == f"backup-slr: {finding.rule}"
        assert whole(said.get("file", "")) == (finding.file or "")


def test_findings_of_two_runs_match_although_their_lines_and_words_differ() -> None:
    one, two, other = Finding("a", "b", subject="c", line=1), Finding("a", "d", subject="c", line=2), Finding("a", "b")
    prints = [r["partialFingerprints"] for r in valid_sarif(sarif_document([one, two, other], "check", "1"))]
    assert prints[0] == prints[1] != prints[2]


def test_a_check_that_finds_something_writes_it_as_sarif(tmp_path: Path) -> None:
    file = tmp_path / "found.sarif"
    answer = call(*BROKEN, "--sarif", str(file))
    assert answer.code == 1
    results = valid_sarif(json.loads(file.read_text()))
    told = {line.split()[1] for line in answer.out.splitlines() if line.startswith("VIOLATED ")}
    assert {result["ruleId"] for result in results} == told
    (found,) = (r for r in results if r["ruleId"] == "recovery_points_lie_in_vaults")
    place = found["locations"][0]["physicalLocation"]
    line = Path(place["artifactLocation"]["uri"]).read_text().splitlines()[place["region"]["startLine"] - 1]
    assert "Every recovery point belongs to an existing vault" in line
    assert [s["location"]["message"]["text"].split()[0] for s in found["codeFlows"][0]["threadFlows"][0]["locations"]][
        -1
    ] == "delete_backup_vault"


def test_a_check_that_finds_nothing_writes_a_document_without_results(tmp_path: Path) -> None:
    file = tmp_path / "nothing.sarif"
    assert call("check", "--regions", "1", "--sarif", str(file)).code == 0
    assert valid_sarif(json.loads(file.read_text())) == []


@pytest.mark.parametrize("said", ["true", "false", ""])
def test_annotations_are_written_only_on_github_and_not_to_stdout(said: str) -> None:
    answer = call(*BROKEN, "--json", environment={"GITHUB_ACTIONS": said})
    assert answer.document["verdict"] == "violated"
    lines = [line for line in answer.err.splitlines() if line.startswith("::")]
    violated = [p for p in answer.document["properties"] if p["verdict"] == "violated"]
    assert len(lines) == (len(violated) if said == "true" else 0)
    assert all(line.startswith("::error file=model/backup_slr/lifecycle/") for line in lines)


def test_sarif_needs_a_file_of_its_own_that_can_be_written(tmp_path: Path) -> None:
    answer = call("check", "--regions", "1", "--sarif", "-")
    assert (answer.code, answer.out) == (2, "")
    assert "name a file" in answer.err
    answer = call("check", "--regions", "1", "--sarif", str(tmp_path / "no" / "such.sarif"))
    assert answer.code == 3
    assert "cannot be written" in answer.err
    assert answer.out == ""
