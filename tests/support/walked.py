"""Every reachable state of a small scope, reached one request at a time, to compare views with."""

from __future__ import annotations

from functools import cache

from backup_slr.engine.core.model import Model
from backup_slr.engine.core.rule import Rule
from backup_slr.engine.core.scope import State
from backup_slr.engine.core.step import Machine, Request, Step
from backup_slr.lifecycle import lifecycle, scope
from support.naive import Naive

MODEL = lifecycle().assuming()
SCOPE = scope(regions=1, vaults=3, points=1)
MACHINE = Machine(MODEL, SCOPE)
VIAS = ("console", "cli", "api")
VAULTS = ("Default", "aws/efs/automatic-backup-vault", "vault-1")
Taken = dict[State, list[tuple[Request, Step]]]


def requests(rule: Rule) -> list[Request]:
    """Every request of an action, with every place and every input."""
    return [request for request in Naive(MODEL, SCOPE).requests if request.action == rule.action]


def taken() -> Taken:
    """Every reachable state with every request and its result."""
    return walked(MODEL)


@cache
def walked(model: Model) -> Taken:
    """The same for another model."""
    machine, every = Machine(model, SCOPE), Naive(model, SCOPE).requests
    found: Taken = {}
    todo = [machine.initial]
    while todo:
        state = todo.pop()
        if state not in found:
            found[state] = [(request, machine.step(state, request)) for request in every]
            todo += [step.state for _, step in found[state] if step.state not in found]
    return found


def cell(state: State, name: str, place: tuple[int, ...] = ()) -> int:
    """The value of a variable."""
    return state[MACHINE.layout.cell(name, place)]


def obstacle(state: State) -> tuple[str, ...]:
    """The class of a state under the abstraction `obstacles`, in plain Python."""
    value = ("absent", "present", "being deleted")[cell(state, "role")]
    if value != "present":
        return (value,)
    if any(cell(state, "job", (0, v)) for v in range(3)):
        return ("present, a backup job is running",)
    if any(cell(state, "points", (0, v)) for v in range(3)):
        return ("present, recovery points remain",)
    left = any(cell(state, "vault", (0, v)) for v in range(3))
    return ("present, empty vaults remain" if left else "present, nothing blocks",)
