"""The common model as dicts and functions, as a general library of state machines would run it; for comparison.

The duplication is intended: the engines are measured against it, and it counts states as they do.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from typing import Any

State = dict[str, Any]
Transition = tuple[Callable[[State], bool], Callable[[State], State]]


def transitions(vaults: int, points: int) -> Iterator[Transition]:
    """Each with its guard and its effect."""

    def to(**changes: Any) -> Callable[[State], State]:
        return lambda s: {**s, **changes}

    yield lambda s: s["role"] == "absent", to(role="present")
    for feature in ("cross_account", "efs"):
        yield lambda s, f=feature: not s[f] and s["role"] != "deleting", to(**{feature: True}, role="present")
        yield lambda s, f=feature: s[f], to(**{feature: False})
    yield (
        lambda s: s["role"] == "present" and not any(s[f"there{i}"] for i in range(vaults)),
        to(role="deleting"),
    )
    yield lambda s: s["role"] == "deleting", to(role="absent")
    yield lambda s: s["role"] == "deleting", to(role="present")
    for i in range(vaults):
        there, busy, held = f"there{i}", f"busy{i}", f"points{i}"
        yield lambda s, t=there: not s[t] and s["role"] != "deleting", to(**{there: True}, role="present")
        yield (
            lambda s, t=there, p=held: s[t] and s[p] < points and s["role"] == "present",
            lambda s, p=held: {**s, p: s[p] + 1},
        )
        yield lambda s, t=there, b=busy: s[t] and not s[b] and s["role"] == "present", to(**{busy: True})
        yield lambda s, b=busy: s[b], to(**{busy: False})
        yield (
            lambda s, t=there, b=busy, p=held: s[t] and s[p] > 0 and not s[b],
            lambda s, p=held: {**s, p: s[p] - 1},
        )
        yield lambda s, t=there, b=busy, p=held: s[t] and s[p] == 0 and not s[b], to(**{there: False})


def explored(vaults: int, points: int) -> int:
    """The number of reachable states."""
    start: State = {"role": "absent", "cross_account": False, "efs": False}
    for i in range(vaults):
        start |= {f"there{i}": False, f"busy{i}": False, f"points{i}": 0}
    every = list(transitions(vaults, points))
    seen, frontier = {tuple(start.values())}, [start]
    while frontier:
        new: list[State] = []
        for state in frontier:
            for guard, effect in every:
                if guard(state):
                    after = effect(state)
                    key = tuple(after.values())
                    if key not in seen:
                        seen.add(key)
                        new.append(after)
        frontier = new
    return len(seen)


if __name__ == "__main__":
    print(explored(int(sys.argv[1]), int(sys.argv[2])))
