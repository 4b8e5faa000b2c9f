"""Runbooks as plain data: calls, loops over Regions, vaults and recovery points, and reactions to refusals.

A *reaction* to a refusal is one of: continue with the *next* item; *retry* the call after a wait; *restart* the current
item of the innermost loop (outside loops: the runbook) after a wait; *stop*.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal as Exactly
from typing import TypeAlias

from backup_slr.engine.core.formula import TRUE, Formula
from backup_slr.lifecycle import BACKUP
from backup_slr.lifecycle.environment import ENVIRONMENT
from backup_slr.runbook.distributions import Backoff, Duration

Reaction: TypeAlias = Exactly["next", "retry", "restart", "stop"]

THROTTLED = "throttled"
"""In addition to the refusals of the model: the API rejected the call because of its rate limit."""
STOP_PLANS = ENVIRONMENT.stop.name
"""A step in addition to the actions of the model: no plan starts another job."""
WAIT = "wait"

USUAL: Mapping[str, Reaction] = {
    THROTTLED: "retry",
    **{g.otherwise.id: "retry" for rule in BACKUP.model.rules for g in rule.guards if g.otherwise.transient},
    **{refusal.id: "restart" for refusal in ENVIRONMENT.redo},
}
"""The default reactions to refusals; after any other refusal a runbook continues with the next item."""


@dataclass(frozen=True)
class Call:
    """One action of the model. With `each_point` it applies to every recovery point in a list of the vault.

    `until_empty`: list again afterwards, until the list is empty. `poll`: the interval at which to check whether the
    deletion task has ended.
    """

    do: str
    inputs: Mapping[str, int]
    place: tuple[str, ...]
    backoff: Backoff
    on: Mapping[str, Reaction]
    exhausted: Reaction
    when: Formula = TRUE
    each_point: bool = False
    until_empty: bool = False
    poll: Duration | None = None


@dataclass(frozen=True)
class Pause:
    """A wait."""

    takes: Duration


@dataclass(frozen=True)
class StopPlans:
    """The operator stops the backup plans (see `STOP_PLANS`)."""

    backoff: Backoff


@dataclass(frozen=True)
class Loop:
    """Steps for each Region, or for each vault of the Regions at hand: for all, the default ones or the others.

    `workers` vaults are worked on at once.
    """

    each: Exactly["region", "vault"]
    steps: tuple[Part, ...]
    regions: tuple[str, ...] | None
    workers: int
    backoff: Backoff
    when: Formula = TRUE
    vaults: str = "all"


Part: TypeAlias = Call | Pause | StopPlans | Loop


@dataclass(frozen=True)
class Runbook:
    """A whole file: its steps, and when the operator gives up (minutes, calls; None: never)."""

    file: str
    name: str
    title: str
    story: str
    steps: tuple[Part, ...]
    deadline: float | None
    calls: int | None
    parameters: Mapping[str, float] = field(default_factory=dict[str, float])
