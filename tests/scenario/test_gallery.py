"""The gallery: every scenario passes and matches its recording; every broken model fails as expected."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from backup_slr.engine.check.checker import Checker
from backup_slr.lifecycle import lifecycle
from backup_slr.scenario import expected_failures
from backup_slr.scenario.player import play
from backup_slr.scenario.run_report import recorded, trace_file
from backup_slr.scenario.scenario_file import load
from backup_slr.scenario.spec import WAIT

GALLERY = Path("simulations")
GOOD = sorted(GALLERY.glob("*.toml"))
BROKEN = sorted(GALLERY.glob("broken/*.toml"))


def name(file: Path) -> str:
    """The name of a scenario in the list of tests."""
    return file.stem


def test_the_gallery_exists() -> None:
    assert len(GOOD) >= 25
    assert len(BROKEN) >= 8


@pytest.mark.parametrize("file", [*GOOD, *BROKEN], ids=name)
def test_a_scenario_ends_as_it_expects_and_as_recorded(file: Path) -> None:
    run = play(load(file))
    assert run.passed, "\n".join([*run.misses, *(str(s) for s in run.steps if not s.as_expected)])
    assert recorded(run) == trace_file(run).read_text(encoding="utf-8")


@pytest.mark.parametrize("file", GOOD, ids=name)
def test_a_scenario_has_a_story_and_expectations_for_every_step_and_the_end(file: Path) -> None:
    scenario = load(file)
    assert scenario.clauses
    assert len(scenario.story.split()) >= 10
    assert all(step.expect or step.do == WAIT for step in scenario.steps)
    assert scenario.finally_ is not None
    assert not scenario.without


@pytest.mark.parametrize("file", BROKEN, ids=name)
def test_a_broken_model_fails_with_the_counterexample_that_check_finds(file: Path) -> None:
    scenario = load(file)
    assert scenario.without
    assert scenario.counterexample
    assert list(expected_failures.misses(play(scenario))) == []


@pytest.mark.parametrize("file", BROKEN, ids=name)
def test_a_broken_model_without_its_fault_is_not_broken(file: Path) -> None:
    scenario = load(file)
    said = scenario.counterexample
    assert said
    whole = Checker(scenario.lifecycle.model.assuming(scenario.assume), scenario.lifecycle.scope(**said.scope))
    assert [j.verdict for j in whole.check(only=[said.property]).results] == ["holds"]


def test_every_other_value_of_an_assumption_has_a_scenario() -> None:
    shown = {pair for file in GOOD for pair in load(file).assume.items()}
    wanted = {(a.name, value) for a in lifecycle().assumptions for value in list(a.values)[1:]}
    assert wanted <= shown, wanted - shown


def test_every_recording_belongs_to_a_scenario() -> None:
    scenarios = {file.with_suffix("") for file in (*GOOD, *BROKEN)}
    assert {file.with_suffix("") for file in GALLERY.rglob("*.trace")} == scenarios


@pytest.mark.parametrize(
    ("readme", "folder"),
    [
        ("README.md", "."),
        ("broken/README.md", "broken"),
        ("runbooks/README.md", "runbooks"),
        ("runbooks/README.md", "accounts"),
    ],
)
def test_a_readme_lists_every_file_of_a_folder_with_its_title(readme: str, folder: str) -> None:
    page = GALLERY / readme
    rows = re.findall(r"^\| \[(\S+)\]\((\S+\.toml)\) \| (.*?) \|", page.read_text(encoding="utf-8"), re.MULTILINE)
    listed = [
        (name, (page.parent / link).resolve(), title.partition(" (assumes ")[0])
        for name, link, title in rows
        if (page.parent / link).resolve().parent == (GALLERY / folder).resolve()
    ]
    files = [(file.stem, file.resolve()) for file in sorted((GALLERY / folder).glob("*.toml"))]
    assert sorted(listed) == [(*file, tomllib.loads(file[1].read_text(encoding="utf-8"))["title"]) for file in files]


def test_the_readme_names_the_assumptions_of_every_scenario() -> None:
    lines = (GALLERY / "README.md").read_text(encoding="utf-8").splitlines()
    for file in GOOD:
        line = next(line for line in lines if f"({file.name})" in line)
        assumed = re.findall(r"`(\S+) = (\S+)`", line)
        assert dict(assumed) == load(file).assume, file


def test_titles_and_names_are_short() -> None:
    for file in [*GOOD, *BROKEN]:
        assert len(load(file).title) <= 70, file
        assert len(file.stem) <= 45, file


def test_the_example_of_the_file_format_passes(tmp_path: Path) -> None:
    found = re.search(r"```toml\n(.*?)```", (GALLERY / "FORMAT.md").read_text(encoding="utf-8"), re.DOTALL)
    assert found
    file = tmp_path / "my-scenario.toml"
    file.write_text(found[1], encoding="utf-8")
    assert play(load(file)).passed
