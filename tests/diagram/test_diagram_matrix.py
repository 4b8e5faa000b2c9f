"""The traceability matrix (sentence, rule, property, scenario, test) in every format, and the marks of tests."""

from __future__ import annotations

import csv
import re
from contextlib import chdir
from functools import cache
from io import StringIO
from pathlib import Path
from xml.etree import ElementTree

import pytest
from support.console import Answer, call, scenario
from support.pictures import ROOT

from backup_slr.cli.citations import clauses_of_tests
from backup_slr.lifecycle.clauses import CLAUSES


@cache
def matrix(form: str, *arguments: str) -> Answer:
    """The matrix of this repository, made once."""
    with chdir(ROOT):
        return call("diagram", "traceability", "-f", form, *arguments)


def test_the_matrix_has_a_row_for_each_clause_in_every_format() -> None:
    ids = [c.id for c in CLAUSES]
    table = list(csv.reader(StringIO(matrix("csv").out)))
    assert [row[0] for row in table[1:]] == ids
    assert {len(row) for row in table} == {7}
    page = ElementTree.fromstring(
        matrix("html")
        .out.replace("<!doctype html>", "")
        .replace('<meta charset="utf-8">', "")
        .replace('<meta name="viewport" content="width=device-width">', "")
        .replace("<wbr>", "")
    )
    assert [th.text for th in page.iter("th") if th.get("scope") == "row"] == ids
    rows = matrix("json").document["rows"]
    assert [row["clause"] for row in rows] == ids
    assert matrix("md").out.count("\n| ") == len(ids) + 1


def test_every_rule_and_property_of_the_page_is_traced_to_a_test() -> None:
    for row in matrix("json").document["rows"]:
        if row["kind"] in ("rule", "property"):
            assert all(row[key] for key in ("rules", "properties", "scenarios", "tests")), row["clause"]
            # The oracle is an independent implementation: its tests do not cover the rules.
            assert [t for t in row["tests"] if not t.startswith("test_oracle.py::")], row["clause"]


@pytest.mark.slow
def test_the_caption_of_the_matrix_counts_the_properties_that_are_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    judged = call("check", "--regions", "1", "--json").document["properties"]
    found = matrix("md").out
    named = {name for row in matrix("json").document["rows"] for name in row["properties"]}
    uncited = [p["id"] for p in judged if p["id"] not in named]
    assert "every_outcome_is_reached" in uncited
    assert f"{len(judged)} properties ({len(uncited)} of which have no clause of the page)" in found


def test_marks_name_existing_clauses() -> None:
    marked = clauses_of_tests(str(ROOT / "tests")).values()
    assert {clause for clauses in marked for clause in clauses} <= {c.id for c in CLAUSES}


MARKED = """
import pytest
from pytest import mark

pytestmark = [pytest.mark.clause("MODULE-1"), pytest.mark.slow]
about = pytest.mark.clause("NAMED-1")


@pytest.mark.clause("FUNCTION-1", "FUNCTION-2")
def test_one(): ...


@about
async def test_two(): ...


@pytest.mark.parametrize("x", [1, pytest.param(2, marks=pytest.mark.clause("PARAM-1")),
                               pytest.param(3, marks=[mark.clause("PARAM-2")])])
def test_three(x): ...


@pytest.mark.clause("CLASS-1")
class TestOf:
    pytestmark = pytest.mark.clause("CLASS-2")

    @pytest.mark.clause("METHOD-1")
    def test_four(self): ...

    def helper(self): ...


def not_a_test(): ...
"""


def test_marks_are_found_wherever_pytest_allows_them(tmp_path: Path) -> None:
    scenario(tmp_path, MARKED, "test_marked.py")
    module = ("MODULE-1",)
    assert clauses_of_tests(str(tmp_path)) == {
        "test_marked.py::test_one": (*module, "FUNCTION-1", "FUNCTION-2"),
        "test_marked.py::test_two": (*module, "NAMED-1"),
        "test_marked.py::test_three": (*module, "PARAM-1", "PARAM-2"),
        "test_marked.py::TestOf::test_four": (*module, "CLASS-1", "CLASS-2", "METHOD-1"),
    }


def test_a_file_of_tests_that_is_not_python_is_skipped_with_a_note(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    scenario(tmp_path, "def mark.clause", "test_broken.py")
    assert clauses_of_tests(str(tmp_path)) == {}
    assert "test_broken.py" in capsys.readouterr().err


def test_the_page_breaks_names_only_after_punctuation_and_collapses_long_lists() -> None:
    text = matrix("html").out
    assert "<code>delete_<wbr>backup_<wbr>vault/<wbr>vault-<wbr>has-<wbr>recovery-<wbr>points</code>" in text
    assert "overflow-wrap:anywhere" not in text
    for list_ in re.findall(r"<details>.*?</details>", text):
        said, column = re.match(r"<details><summary>(\d+) (\w+)</summary>", list_).groups()  # type: ignore[union-attr]
        assert list_.count("<li>") == int(said) > 1
        assert column in ("rules", "properties", "scenarios", "tests")
    assert "<details>" in text
    assert 'role="rowheader"' in text


@pytest.mark.slow
@pytest.mark.parametrize("form", ["html", "md"])
def test_scenarios_and_tests_are_linked_to_relative_to_the_file(
    form: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    file = tmp_path / f"matrix.{form}"
    assert call("diagram", "traceability", "-o", str(file)).code == 0
    text = file.read_text(encoding="utf-8")
    links = re.findall(r'href="([^"]*)"', text) if form == "html" else re.findall(r"`\]\(([^)]*)\)", text)
    assert len(links) > 100
    assert {Path(link).suffix for link in links} == {".toml", ".py"}
    assert not [link for link in set(links) if not (tmp_path / link).resolve().is_file()]
    kept = (ROOT / "diagrams" / f"traceability.{form}").read_text(encoding="utf-8")
    links = re.findall(r'href="([^"]*)"', kept) if form == "html" else re.findall(r"`\]\(([^)]*)\)", kept)
    assert links
    assert not [link for link in set(links) if not (ROOT / "diagrams" / link).resolve().is_file()]


def test_the_caption_of_the_matrix_counts_what_is_in_it() -> None:
    text = matrix("html").out
    rows = matrix("json").document["rows"]
    scenarios = {s for row in rows for s in row["scenarios"]}
    tests = {t for row in rows for t in row["tests"]}
    assert f"{len(rows)} clauses, 21 rules," in text
    assert f"{len(scenarios)} scenarios, {len(tests)} tests" in text
    assert "assuming usage-check = at-submit" in matrix("html", "--assume", "usage-check=at-submit").out
