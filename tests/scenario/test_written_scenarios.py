"""Every scenario that the program writes, as the answer to a question, is one that `simulate` plays and passes."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest
from support import slow
from support.console import call

import backup_slr as slr
from backup_slr.engine.check.exploration import Limits
from backup_slr.engine.core.variable import Enum, Flag
from backup_slr.lifecycle import BACKUP
from backup_slr.scenario.player import play
from backup_slr.scenario.scenario_file import parse

EXTENSIONS = [extension.name for extension in BACKUP.extensions]
GUARDS = [f"{rule.action}/{guard.otherwise.id}" for rule in slr.load().model.rules for guard in rule.guards]
VALUES = [(one.name, value) for one in BACKUP.model.assumptions for value in one.values if value != one.default]


def passes(text: str) -> None:
    run = play(parse(text))
    assert run.passed, f"{run}\n{text}"


def checked(model: slr.RoleModel, regions: int) -> int:
    """Play the scenarios in the document of a check, and count them."""
    written = [one["scenario"] for one in model.check(regions=regions).document()["properties"] if "scenario" in one]
    for text in written:
        passes(text)
    return len(written)


def expression(random: Random, model: slr.RoleModel) -> str:
    """A few conditions on variables of the model, joined."""
    parts: list[str] = []
    for _ in range(random.randint(1, 4)):
        variable = random.choice(model.model.state)
        if isinstance(variable, Flag):
            one = random.choice(("", "not ")) + variable.name
        elif isinstance(variable, Enum):
            one = f"{variable.name} == {random.choice(variable.values)}"
        else:
            one = f"{variable.name} > {random.randint(0, 1)}"
        parts.append(f"{random.choice(('any', 'all'))}({one})" if variable.per else one)
    return " and ".join(parts)


@pytest.mark.parametrize("name", ["", *EXTENSIONS])
@pytest.mark.parametrize("dose", [1, *slow(3)])
def test_the_scenario_of_a_witness_passes(name: str, dose: int) -> None:
    random, found = Random(f"{name} {dose}"), 0
    asked = "role == deleting and any(points > 0) and cross_account"
    while found < dose:
        chosen = {
            "regions": random.choice((1, 2, 3)) if found else 2,
            "vaults": random.choice((2, 2, 3)) if dose > 1 else 2,
        }
        model = slr.load(extensions=[name] if name else [], assume=dict([random.choice(VALUES)] if found % 2 else []))
        answer = model.witness(asked, limits=Limits(50_000, 5), **chosen)
        if answer.scenario is not None:
            passes(answer.scenario())
            found += 1
        asked = expression(random, model)


@pytest.mark.parametrize(
    ("part", "regions"),
    [
        ("delete_backup_vault/vault-has-recovery-points", 2),
        *(pytest.param(part, regions, marks=pytest.mark.slow) for part in GUARDS for regions in (1, 2)),
    ],
)
def test_the_scenarios_of_a_check_without_a_guard_pass(part: str, regions: int) -> None:
    """Few guards are needed by no property; without them, no property is violated."""
    assert checked(slr.load(without=[part]), regions)


@pytest.mark.parametrize("taken", [("default-vault", "needs-another-vault"), *slow(*VALUES)], ids=str)
def test_the_scenarios_of_a_check_under_a_value_pass(taken: tuple[str, str]) -> None:
    assert checked(slr.load(assume=dict([taken])), 2)


def test_the_scenario_of_a_run_has_the_regions_in_which_nothing_is(tmp_path: Path) -> None:
    """A visit of the console creates vaults there too."""
    (tmp_path / "account.toml").write_text(
        'title = "a"\n[account]\nrole = "present"\nregions = ["us-east-1", "eu-west-1"]\n'
    )
    (tmp_path / "book.toml").write_text('title = "look"\ncalls = 9\n[[step]]\ndo = "list_resources"\nvia = "console"\n')
    ran = call(
        *("run", str(tmp_path / "book.toml"), "--account", str(tmp_path / "account.toml"), "--runs", "1"),
        *("--scenario-out", str(tmp_path / "run.toml")),
    )
    assert ran.code == 0, ran
    text = (tmp_path / "run.toml").read_text()
    passes(text)
    assert text.count('name = "Default"') >= 2
