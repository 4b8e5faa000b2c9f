"""A small dose of every kind of random case; ``make fuzz MINUTES=10`` tries large ones."""

from __future__ import annotations

import pytest
from fuzz import kind, names

DOSES = [0, pytest.param(1, marks=pytest.mark.slow)]
"""An eighth of the cases is quick; the rest is for ``make test-all``."""


@pytest.mark.parametrize("rest", DOSES)
@pytest.mark.parametrize("name", names())
def test_the_program_and_an_independent_judge_agree(name: str, rest: int) -> None:
    asked = kind(name)
    few = max(1, asked.dose // 8)
    seeds = range(few, asked.dose) if rest else range(few)
    wrong = [f"python -m fuzz {name} {seed}: {found}" for seed in seeds if (found := asked.run(seed))]
    assert asked.dose > 0
    assert not wrong, "\n".join(wrong)
