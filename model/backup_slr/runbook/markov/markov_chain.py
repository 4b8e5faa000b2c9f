"""A runbook in an account as a Markov chain.

A state is the cells of the account, the position of the runbook, and the running clocks. The chain exists where
durations are memoryless: each clock is exponential, or runs alone (then expectations depend only on its mean: a
semi-Markov chain).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from backup_slr.engine.core.scope import State
from backup_slr.runbook.distributions import Duration

WAIT, PAUSE, CALL, OVER = range(4)
"""The use of the operator's clock: a wait before a retry, the pause before a position, a call, or none."""
SUCCESS, FAILURE = -1, -2
"""The ends of a run, used in place of numbers of states."""
NEVER = float("inf")
"""The sojourn in a state in which nothing happens."""


class NoAnswer(Exception):
    """The exact answer is not available; the message gives the reason."""


class ChainState(NamedTuple):
    """A state of the chain.

    `task`: a deletion task is pending; `target`: the position after a wait; `seen`: the cells that lagging reads show.
    """

    cells: State
    position: int
    phase: int = CALL
    tries: int = 0
    known: int = 0
    stopped: bool = False
    task: bool = False
    target: int = -1
    seen: State = ()


Targets = list[tuple[float, "ChainState | int"]]
"""The possible next states or ends, with probabilities."""


class Clock(NamedTuple):
    """A clock of a state: its use, the next states when it expires, and the number of calls that end then."""

    duration: Duration
    targets: Targets
    calls: int = 0


@dataclass
class Chain:
    """The first state (or the end, if a run ends at once) and the data of each state.

    These are its expected sojourn time, the expected calls at its end, and the probabilities of the next states.
    """

    first: int = 0
    states: list[ChainState] = field(default_factory=list[ChainState])
    sojourn: list[float] = field(default_factory=list[float])
    calls: list[float] = field(default_factory=list[float])
    next: list[dict[int, float]] = field(default_factory=list[dict[int, float]])
    gone: list[bool] = field(default_factory=list[bool])
    """For each state, whether the role is deleted: a run that ends there by its deadline has succeeded."""
    given_up: list[int] = field(default_factory=list[int])
    """For each state, the one in which the operator has given up; empty if the chain has no such states."""
    memoryless: bool = True
    """Whether every sojourn is exponential."""
