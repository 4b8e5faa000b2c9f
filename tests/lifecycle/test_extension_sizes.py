"""The sizes of the composed models, and the reasons for them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from backup_slr.engine.check.exploration import Space
from backup_slr.engine.core.scope import State
from backup_slr.engine.core.step import Machine
from backup_slr.lifecycle import BACKUP, scope

FOREVER = {"endless-retention": "yes"}


def reachable(name: str, assume: Mapping[str, str]) -> tuple[Machine, list[State]]:
    """The states in one Region with two vaults of at most one recovery point."""
    model = BACKUP.extended(name).model.assuming(assume)
    space = Space(model, scope(1, 2, 1))
    machine = Machine(model, space.scope)
    seen = {space.words.pack(machine.layout.initial)}
    todo = list(seen)
    while todo:
        new = {after for _, after in space.successors(todo.pop())} - seen
        seen |= new
        todo += new
    return machine, [space.words.unpack(word) for word in seen]


SIZES: list[tuple[str, dict[str, str], int]] = [
    ("retention", {}, 584),
    ("retention", FOREVER, 1_032),
    ("legal-hold", {}, 1_032),
    ("deleting", {}, 1_608),
    ("backup-plans", {}, 1_752),
    ("vault-lock", {}, 6_360),
    ("vault-lock", FOREVER, 12_504),
]


def test_the_readme_of_benchmarks_has_these_sizes() -> None:
    readme = (Path(__file__).parent.parent / "benchmarks" / "README.md").read_text(encoding="utf-8")
    table = readme.partition("## Sizes of extensions")[2].partition("## ")[0]
    rows = re.findall(r"^\| ([a-z].*?) \| ([0-9,]+) \|", table, re.MULTILINE)
    named = [(", ".join([name, *(f"{key}={x}" for key, x in assume.items())]), f"{n:,}") for name, assume, n in SIZES]
    assert rows == named
    assert all(words in table for words in ("292 states each", "5,204 without", "there are 10,836"))


@pytest.mark.parametrize(("name", "assume", "states"), SIZES)
def test_number_of_states(name: str, assume: dict[str, str], states: int) -> None:
    assert len(reachable(name, assume)[1]) == states


def test_a_plan_for_each_vault_would_be_four_times_the_base_without_that_of_efs() -> None:
    """While EFS automatic backup is on, its plan exists: of 8 combinations of the flags 6 remain, 292 states each."""
    machine, states = reachable("backup-plans", {})
    on = machine.layout.cell("efs_automatic_backup", (0,))
    unplanned = [i for i, (variable, _) in enumerate(machine.layout.cells) if variable.name == "unplanned"]
    flags = [(state[on], *(state[i] for i in unplanned)) for state in states]
    assert {one: flags.count(one) for one in set(flags)} == {
        (efs, other, own): 292 for efs in (0, 1) for other in (0, 1) for own in (0, 1) if not (efs and own)
    }


def test_air_gapped_vaults_are_the_difference_of_locks() -> None:
    """Without this fifth kind of lock there are 5,204 states, and 10,836 where recovery points may be kept forever."""
    for assume, expected in (({}, 5_204), (FOREVER, 10_836)):
        machine, states = reachable("vault-lock", assume)
        cells = [(i, v.values.index("air_gapped")) for i, (v, _) in enumerate(machine.layout.cells) if v.name == "lock"]
        assert sum(all(state[i] != value for i, value in cells) for state in states) == expected
