"""The lifecycle picture of random altered tables: arrows, refusals and the rest are checked by stepping."""

from __future__ import annotations

from collections.abc import Iterable
from random import Random

from support.altered import altered, assumptions
from support.naive import Naive

from backup_slr.diagram.quotient import quotient, reach
from backup_slr.engine.check.exploration import Limits
from backup_slr.engine.core.scope import State
from backup_slr.engine.spec.abstraction import abstraction
from backup_slr.lifecycle import BACKUP, lifecycle, scope

DOSE = 3


def trial(random: Random) -> str | None:
    """Compare the quotient of an altered table by the role with its plain machine."""
    table = lifecycle()
    for _ in range(random.choice((1, 1, 2))):
        table = altered(random, table)
    model = table.assuming(assumptions(random, table, 0.2))
    found = quotient(reach(BACKUP.having(model), scope(1, 2, 1), Limits()), abstraction("role", BACKUP))
    naive = Naive(model, scope(1, 2, 1), quick=True)
    arrows: dict[tuple[int, int, object], set[State]] = {}
    refused: dict[tuple[int, object], set[State]] = {}
    stays: dict[tuple[int, object], set[State]] = {}
    leaves: dict[tuple[int, object], set[State]] = {}
    seen = {naive.layout.initial}
    todo = [naive.layout.initial]
    role = naive.layout.cell("role")
    while todo:
        state = todo.pop()
        for request in naive.requests:
            taken = naive.taken(state, request)
            way = request.action, taken.outcome, taken.because
            if taken.after[role] != state[role]:
                arrows.setdefault((state[role], taken.after[role], way), set()).add(state)
                leaves.setdefault((state[role], way), set()).add(state)
            kept = refused if taken.outcome == "refused" else stays
            kept.setdefault((state[role], way), set()).add(state)
            if taken.after not in seen:
                seen.add(taken.after)
                todo.append(taken.after)
    numbers = dict(zip(found.classes, _roles(found.classes), strict=True))
    drawn = {(numbers[a.source], numbers[a.target], a.way): len(a.states) for a in found.arrows}
    if drawn != (wanted := {key: len(states) for key, states in arrows.items()}):
        return f"arrows {sorted(map(str, drawn.items() ^ wanted.items()))}"
    for told, kept in ((found.refused, refused), (found.stays, stays)):
        said = {(numbers[words], way): n for words, ways in told.items() for way, n in ways.items()}
        met = {key: len(states - leaves.get(key, set())) for key, states in kept.items()}
        if said != (wanted_here := {key: n for key, n in met.items() if n}):
            return f"listed {sorted(map(str, said.items() ^ wanted_here.items()))}"
    return None


def _roles(classes: Iterable[tuple[str, ...]]) -> list[int]:
    """The number of the value of the role behind each class."""
    return [next(n for n, word in enumerate(("absent", "present", "deleted")) if word in " ".join(c)) for c in classes]
