"""Runbooks as plain data: calls, loops over Regions, vaults and recovery points, and reactions to refusals.

A *reaction* to a refusal is one of: continue with the *next* item; *retry* the call after a wait; *restart* the current
item of the innermost loop (outside loops: the runbook) after a wait; *stop*.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal as Exactly
from typing import TypeAlias

from backup_slr.engine.core.formula import TRUE, Formula
from backup_slr.engine.core.model import Model
from backup_slr.engine.core.scope import shown
from backup_slr.engine.core.variable import Enum, usual
from backup_slr.lifecycle import BACKUP
from backup_slr.lifecycle.environment import ENVIRONMENT
from backup_slr.runbook.distributions import Backoff, Duration

Reaction: TypeAlias = Exactly["next", "retry", "restart", "stop"]

THROTTLED = "throttled"
"""In addition to the refusals of the model: the API rejected the call because of its rate limit."""
STOP_PLANS = ENVIRONMENT.stop.name
"""A step in addition to the actions of the model: no plan starts another job."""
WAIT = "wait"


def usual_reactions(model: Model) -> Mapping[str, Reaction]:
    """The default reactions to refusals; after any other refusal a runbook continues with the next item."""
    return {
        THROTTLED: "retry",
        **{g.otherwise.id: "retry" for rule in model.rules for g in rule.guards if g.otherwise.transient},
        **{refusal.id: "restart" for refusal in ENVIRONMENT.redo},
    }


@dataclass(frozen=True)
class Call:
    """One action of the model. With `each_point` it applies to every recovery point in a list of the vault.

    `until_empty`: list again afterwards, until the list is empty. `poll`: the interval at which to check whether the
    deletion task has ended. `paginate`: read all pages of the list, and not only the first one.
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
    paginate: bool = True


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

    @property
    def every_call(self) -> tuple[Call, ...]:
        """The calls of all steps, in their order."""
        return tuple(part for part in _parts(self.steps) if isinstance(part, Call))

    @property
    def checks_deletion(self) -> bool:
        """A step waits for the end of the deletion task, so that a failure is noticed."""
        return any(call.poll is not None for call in self.every_call)

    @property
    def settings(self) -> dict[str, str]:
        """The settings by which runbooks can differ although they have the same steps, in words."""
        calls = self.every_call
        loops = [part for part in _parts(self.steps) if isinstance(part, Loop)]
        found: dict[str, Iterable[object]] = {
            "deadline": ["none" if self.deadline is None else f"{self.deadline:g} min"],
            "maximum of calls": ["none" if self.calls is None else self.calls],
            "retry wait": [call.backoff.says for call in calls if call.backoff.attempts != 0],
            "retries": ["no limit" if c.backoff.attempts is None else c.backoff.attempts for c in calls],
            "poll": [call.poll.says for call in calls if call.poll is not None],
            "lists again until empty": ["yes" if c.until_empty else "no" for c in calls if c.each_point],
            **({} if all(c.paginate for c in calls) else {"reads all pages": ["no"]}),
            "workers": [max((loop.workers for loop in loops), default=1)],
        }
        rules = {rule.action: rule for rule in BACKUP.model.rules}
        for call in calls:
            for i in rules[call.do].inputs if call.do in rules else ():
                if isinstance(i, Enum) and i.kind == "parameter":
                    value = shown(i, call.inputs.get(i.name, usual(i)))
                    found[i.name] = [*found.get(i.name, ()), value]
        return {name: ", ".join(sorted({*map(str, values)})) or "none" for name, values in found.items()}


def _parts(parts: Iterable[Part]) -> Iterator[Part]:
    """All parts, those of loops after the loop."""
    for part in parts:
        yield part
        yield from _parts(part.steps) if isinstance(part, Loop) else ()
