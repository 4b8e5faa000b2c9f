"""The scripts of plans, under every schedule within a bound: the plan is proved on the model, and the script is run."""

from __future__ import annotations

from pathlib import Path

import pytest
from support import needs_the_cli, slow

from backup_slr.api.planning import plan_answer
from backup_slr.api.script_checking import ScriptAnswer, check_script
from backup_slr.api.starting import load_account
from backup_slr.endpoint.emulated_aws import FIRST_ACCOUNT

pytest.importorskip("boto3", reason="the programs of plans use boto3")
SIMULATIONS = Path(__file__).parents[2] / "simulations"
ACCOUNTS = {
    **{f"scripts/{file.stem}": file for file in sorted((SIMULATIONS / "scripts" / "accounts").glob("*.toml"))},
    **{file.stem: file for file in sorted((SIMULATIONS / "accounts").glob("*.toml"))},
}
LOCKED = "scripts/a-locked-vault"
TINY = """
title = "One vault"
[assume]
console-visit-recreates-default-vault = "{visit}"
[account]
role = "present"
vaults = [{{ region = "us-east-1", name = "archive", points = 1 }}]
"""


def checked(file: Path, form: str, events: int, folder: Path) -> ScriptAnswer:
    """Check the script of the plan of an account."""
    answer = plan_answer(load_account(file))
    if not answer.reached:
        pytest.skip(f"there is no plan: {answer.proof}")
    script = folder / {"python": "plan.py", "shell": "plan.sh"}[form]
    script.write_text(answer.program(form), encoding="utf-8")
    script.chmod(0o755)
    return check_script(
        script, file, arguments=("--yes", "--new-points", "--account", FIRST_ACCOUNT), events=events, calls=3000
    )


def tiny(folder: Path, visit: str = "no") -> Path:
    """An account file with one vault; with "yes", visits of the console can create another, unknown to the plan."""
    file = folder / "tiny.toml"
    file.write_text(TINY.format(visit=visit), encoding="utf-8")
    return file


def assert_copes(found: ScriptAnswer) -> None:
    assert found.copes, "\n".join(found.text())


@pytest.mark.parametrize("events", [1, *slow(2)])
def test_the_program_for_one_vault_copes(events: int, tmp_path: Path) -> None:
    assert_copes(checked(tiny(tmp_path), "python", events, tmp_path))


@pytest.mark.parametrize("events", slow(0, 1))
def test_the_shell_script_for_one_vault_copes(events: int, tmp_path: Path) -> None:
    needs_the_cli()
    assert_copes(checked(tiny(tmp_path), "shell", events, tmp_path))


@pytest.mark.parametrize("name", slow(*(name for name in ACCOUNTS if name != LOCKED)))
def test_the_program_for_an_example_copes(name: str, tmp_path: Path) -> None:
    assert_copes(checked(ACCOUNTS[name], "python", int(name.startswith("scripts/")), tmp_path))


@pytest.mark.slow
def test_a_vault_that_the_plan_does_not_name_is_reported(tmp_path: Path) -> None:
    found = checked(tiny(tmp_path, "yes"), "python", 1, tmp_path)
    assert set(found.verdicts) == {"gone", "gives-up"}
    assert "in use by other resources" in "\n".join(found.text())


@pytest.mark.slow
def test_a_program_that_needs_time_says_so(tmp_path: Path) -> None:
    found = checked(ACCOUNTS[LOCKED], "python", 0, tmp_path)
    assert dict(found.verdicts) == {"gives-up": 1}
    assert "Something needs more time" in "\n".join(found.text())
