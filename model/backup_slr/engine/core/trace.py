"""Traces: requests, their outcomes, and the states between them; a lasso represents an infinite run."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from backup_slr.engine.compile.layout import Layout
from backup_slr.engine.core.rule import Guard, Outcome
from backup_slr.engine.core.scope import State
from backup_slr.engine.core.step import Machine, Request
from backup_slr.engine.core.variable import Variable


@dataclass(frozen=True)
class Taken:
    """One step of a trace: the request, its outcome, the guard that did not hold, the states before and after."""

    request: Request
    outcome: Outcome
    guard: Guard | None
    before: State
    after: State

    @property
    def because(self) -> str | None:
        """The id of the refusal, if any."""
        return self.guard.otherwise.id if self.guard else None


@dataclass(frozen=True)
class Change:
    """A variable at a place that a step changed."""

    variable: Variable
    place: tuple[int, ...]
    before: int
    after: int


@dataclass(frozen=True)
class Trace:
    """Steps from the initial state.

    With `loop_from`, the steps from that number on form a loop that repeats forever; if no steps follow, the run stays
    in its last state forever.
    """

    machine: Machine
    steps: tuple[Taken, ...]
    loop_from: int | None = None

    @property
    def final(self) -> State:
        """The state after the last step."""
        return self.steps[-1].after if self.steps else self.machine.initial


def changes(layout: Layout, before: State, after: State) -> list[Change]:
    """The differences between two states, in the order of the cells."""
    return [Change(*layout.cells[i], a, b) for i, (a, b) in enumerate(zip(before, after, strict=True)) if a != b]


def replay(machine: Machine, requests: Iterable[Request], loop_from: int | None = None) -> Trace:
    """Execute requests in order from the initial state."""
    state = machine.initial
    steps: list[Taken] = []
    for request in requests:
        outcome, guard, after = machine.step(state, request)
        steps.append(Taken(request, outcome, guard, state, after))
        state = after
    return Trace(machine, tuple(steps), loop_from)
