"""The set of (action, outcome, refusal, changed?) in the reachable states, as a golden file.

Invariants alone detect few changes of a rule; this set detects most. Update it with ``python
tests/lifecycle/test_outcomes.py --record``, and review the difference before you commit it.
"""

from __future__ import annotations

import sys
from pathlib import Path

from backup_slr.engine.check.exploration import Space
from backup_slr.engine.compile.codegen import compiled
from backup_slr.lifecycle import lifecycle, scope

GOLDEN = Path(__file__).parent.parent / "golden" / "outcomes.txt"


def seen(assumed: dict[str, str]) -> list[str]:
    """One line for each kind of step from a reachable state, under some assumptions."""
    space = Space(lifecycle().assuming(assumed), scope(1, 3, 1))
    states = space.explore().states
    found: set[str] = set()
    for move in space.transitions:
        after = compiled("after", f"def after(s): return {space.target(move)}")
        words = [states[number] for number in space.all(move.condition, states)]
        action, outcome, because = move.label
        for changed in {after(word) != word for word in words}:
            found.add(f"{action} {outcome}{f' {because}' if because else ''}{' changes' if changed else ''}")
    return sorted(found)


def text() -> str:
    """The default outcomes, then for every other value of every assumption the added and removed outcomes."""
    default = seen({})
    lines = list(default)
    for assumption in lifecycle().assumptions:
        for value in list(assumption.values)[1:]:
            now = seen({assumption.name: value})
            lines.append(f"\n{assumption.name} = {value}")
            lines += (f"- {line}" for line in default if line not in now)
            lines += (f"+ {line}" for line in now if line not in default)
    return "\n".join(lines) + "\n"


def test_the_reachable_outcomes_are_those_recorded() -> None:
    assert text() == GOLDEN.read_text(encoding="utf-8")


if __name__ == "__main__" and "--record" in sys.argv:
    GOLDEN.write_text(text(), encoding="utf-8")
    print(f"recorded {GOLDEN.name}")
