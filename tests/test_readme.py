"""The README and the page for people on call show the output of the program, and the numbers of the model."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from backup_slr.cli.main import run
from backup_slr.engine.check.exploration import Space
from backup_slr.lifecycle import lifecycle, scope
from backup_slr.lifecycle.extensions import EXTENSIONS

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
ON_CALL = (ROOT / "simulations" / "ON-CALL.md").read_text(encoding="utf-8")
SCENARIOS = (ROOT / "simulations" / "README.md").read_text(encoding="utf-8")


def examples() -> Iterator[tuple[str, str]]:
    """Every command of both pages with the output that follows it."""
    for block in re.findall(r"```console\n(.*?)```", README + ON_CALL, re.DOTALL):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, output = part.partition("\n")
            yield command, output


def matches(shown: str, actual: str) -> bool:
    """Whether the output is as shown, where a line of three dots stands for any number of lines."""
    parts = [re.escape(part) for part in re.split(r"^\.\.\.\n", shown, flags=re.MULTILINE)]
    return re.fullmatch(r"(?:.*\n)*".join(parts), actual) is not None


def test_examples_exist() -> None:
    assert len(list(examples())) >= 15


@pytest.fixture(scope="module", autouse=True)
def _nothing_is_left_behind() -> Iterator[None]:
    """One example writes a file that the next one reads."""
    yield
    (ROOT / "new.json").unlink(missing_ok=True)


def test_a_scenario_runs_as_its_readme_shows(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    found = re.search(r"```console\n\$ backup-slr (simulate \S+)\n```.*?```\n(.*?)```", SCENARIOS, re.DOTALL)
    assert found
    assert run(found[1].split()) == 0
    actual = capsys.readouterr().out
    assert matches(found[2], actual), actual


@pytest.mark.parametrize(("command", "shown"), list(examples()), ids=lambda text: text[:60])
def test_an_example_prints_the_output_in_the_readme(
    command: str, shown: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    words = shlex.split(command)
    assert words[0] == "backup-slr"
    code = run(words[1:])
    actual = capsys.readouterr().out
    assert code in (0, 1)
    assert matches(shown, actual), actual


def test_the_numbers_are_those_of_the_default_scope() -> None:
    explored = Space(lifecycle().assuming(), scope(2, 2, 1)).explore()
    assert f"{len(explored.states):,} states and {explored.transitions:,} transitions" in " ".join(README.split())
    assert f"at most {len(explored.levels) - 1} steps" in " ".join(README.split())


def test_the_numbers_of_mutants_are_the_recorded_ones() -> None:
    """`tests/mutants.py` compares the record with a whole run."""
    record = json.loads((ROOT / "tests/golden/mutants.json").read_text(encoding="utf-8"))
    assert set(record) == {"base", *(extension.name for extension in EXTENSIONS)}
    assert all(kept["proved_equivalent"] == kept["equivalent"] for kept in record.values())
    rest = {part: kept["mutants"] - kept["equivalent"] for part, kept in record.items()}
    base = record["base"]["killed"]
    assert (rest["base"], record["base"]["survived"]) == (base, [])
    extended, of = sum(kept["killed"] for kept in record.values()) - base, sum(rest.values()) - base
    said = f"{base} of {base} non-equivalent mutants of the rules, and {extended:,} of {of:,} of the extensions, are "
    said += "killed (`make mutants`, where it judges too)"
    assert said in " ".join(README.split())


def test_links_have_targets() -> None:
    targets = re.findall(r"\]\(([^)#]+)\)", README)
    assert len(targets) > 5
    for target in targets:
        assert "://" in target or (ROOT / target).exists(), target
