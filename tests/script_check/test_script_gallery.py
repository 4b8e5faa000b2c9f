"""The gallery of clean-up scripts: each schedule that breaks one is a shortest, and its run is a scenario."""

from __future__ import annotations

import ast
import tomllib
from pathlib import Path
from typing import Any

import pytest
from support import needs_the_cli, slow

from backup_slr.api.script_checking import ScriptAnswer, check_script
from backup_slr.cli.main import run

pytest.importorskip("boto3", reason="the scripts of the gallery use boto3")
FOLDER = Path(__file__).parents[2] / "simulations" / "scripts"
ROWS: list[dict[str, Any]] = tomllib.loads((FOLDER / "verdicts.toml").read_text(encoding="utf-8"))["script"]
GOOD = ("gone", "came-back")


def events(row: dict[str, Any]) -> int:
    """The number of events of the recorded schedule, or the bound within which the script copes."""
    return row["events"] if row["verdict"] in GOOD else sum(map(bool, row["schedule"].split(";")))


def command(row: dict[str, Any]) -> str:
    """The command that finds the verdict."""
    words = [f"backup-slr check-script simulations/scripts/{row['file']}"]
    words.append(f"--account simulations/scripts/accounts/{row['account']}.toml --events {events(row)}")
    words += [f"--with {','.join(row['with'])}"] if "with" in row else []
    words += [f"--page {row['page']}"] if "page" in row else []
    return " ".join(words)


def table() -> list[str]:
    """The rows of the table in the README."""
    return [
        f"| [{row['file']}]({row['file']}) | {row['fault']} | {row['verdict']} | "
        f"{'none' if row['verdict'] in GOOD else events(row)} | `{command(row).removeprefix('backup-slr ')}` |"
        for row in ROWS
    ]


def found(row: dict[str, Any], replay: str | None = None) -> ScriptAnswer:
    """The result of a script within the recorded number of events."""
    if row["file"].endswith(".sh"):
        needs_the_cli()
    return check_script(
        FOLDER / row["file"],
        FOLDER / "accounts" / f"{row['account']}.toml",
        events=events(row),
        extensions=row.get("with", ()),
        page=row.get("page"),
        calls=30 if row["verdict"] == "never-ends" else 400,
        replay=replay,
    )


def simulated(answer: ScriptAnswer, folder: Path) -> None:
    """Run the failing run as a scenario."""
    file = folder / "run.toml"
    file.write_text(answer.scenario(), encoding="utf-8")
    assert run(["simulate", "--quiet", str(file)]) == 0


BREAKING = [row for row in ROWS if row["verdict"] not in GOOD]


def test_every_script_has_a_verdict() -> None:
    files = [file.name for file in FOLDER.iterdir() if file.suffix in (".py", ".sh")]
    assert sorted(files) == sorted(row["file"] for row in ROWS)
    accounts = {file.stem for file in (FOLDER / "accounts").iterdir()}
    assert accounts == {row["account"] for row in ROWS}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["file"])
def test_the_header_of_a_script_names_its_fault(row: dict[str, Any]) -> None:
    text = (FOLDER / row["file"]).read_text(encoding="utf-8")
    header = ast.get_docstring(ast.parse(text)) if row["file"].endswith(".py") else text
    assert "\nFault: " in str(header).replace("\n# ", "\n")


@pytest.mark.slow
@pytest.mark.parametrize("row", BREAKING, ids=lambda row: row["file"])
def test_the_recorded_schedule_is_a_shortest_that_fails(row: dict[str, Any], tmp_path: Path) -> None:
    answer = found(row)
    assert not answer.copes
    first = answer.failing[0]
    assert (first.verdict.value, len(first.schedule)) == (row["verdict"], events(row))
    simulated(answer, tmp_path)


@pytest.mark.parametrize("row", [BREAKING[0], *slow(*BREAKING[1:])], ids=lambda row: row["file"])
def test_the_recorded_schedule_fails_again(row: dict[str, Any], tmp_path: Path) -> None:
    answer = found(row, row["schedule"])
    assert dict(answer.verdicts) == {row["verdict"]: 1}
    simulated(answer, tmp_path)


@pytest.mark.parametrize("row", [row for row in ROWS if row["verdict"] in GOOD], ids=lambda row: row["file"])
@pytest.mark.parametrize("bound", [1, *slow(2)])
def test_a_script_copes(row: dict[str, Any], bound: int) -> None:
    assert found({**row, "events": min(bound, row["events"])}).copes


def test_the_readme_lists_the_verdicts() -> None:
    lines = (FOLDER / "README.md").read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if line.startswith("| [")] == table()
