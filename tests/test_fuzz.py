"""A small dose of every kind of random case; ``make fuzz MINUTES=10`` tries large ones."""

from __future__ import annotations

import pytest
from fuzz import kind, names


@pytest.mark.parametrize("name", names())
def test_the_program_and_an_independent_judge_agree(name: str) -> None:
    asked = kind(name)
    wrong = [f"python -m fuzz {name} {seed}: {found}" for seed in range(asked.dose) if (found := asked.run(seed))]
    assert asked.dose > 0
    assert not wrong, "\n".join(wrong)
