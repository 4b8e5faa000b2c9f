"""The environment of simulations: background processes, and the observations and steps of an operator.

All of it is data, in terms of the actions, variables and formulas of a model. A simulator decides when an event happens
and draws random choices; whether it can happen, and its effects, are defined here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias

from backup_slr.engine.compile.grounding import Ground
from backup_slr.engine.core.formula import TRUE, Formula, Param, elements_at
from backup_slr.engine.core.rule import Refusal
from backup_slr.engine.core.scope import Scope
from backup_slr.engine.core.variable import Count, Flag, Variable

Template: TypeAlias = Mapping[str, Any]
"""A JSON object whose strings are filled in with `str.format`."""
Chance: TypeAlias = float | Mapping[str, float]
"""The probability that a flag holds, or that of each value of an enumerated choice (of those left out: 0)."""

NEARLY = 1e-9
"""By how much a sum of probabilities may differ from one, since decimal fractions are rounded."""


@dataclass(frozen=True)
class Process:
    """Work that starts and finishes at a place: two actions of the service.

    `running` holds in the meantime; `succeeds` is the choice of `finish` for its result.
    """

    start: str
    finish: str
    running: Flag
    succeeds: Flag


@dataclass(frozen=True)
class Plan:
    """A schedule of the process: at the places where `covers` holds it starts when due, while `starts_while` holds.

    `starts_while` may read the state at the place, and `Stop.stopped`.
    """

    name: str
    covers: Formula
    starts_while: Formula


@dataclass(frozen=True)
class Stop:
    """The step with which an operator stops plans: its `name` in runbooks, and its operation.

    After that, `stopped`, an input of `Plan.starts_while`, is true.
    """

    name: str
    operation: str
    stopped: Flag


@dataclass(frozen=True)
class Task:
    """A task that a request starts (`begins`) and the service ends (`ends`) while the goal is pending.

    `operation` returns its status. A runbook treats a failed task like the refusal `failed`.
    """

    begins: str
    ends: str
    operation: str
    failed: Refusal


@dataclass(frozen=True)
class Items:
    """The things at the innermost places, as an operator lists them with `operation`, where `there` holds.

    `groups` are the named subsets that a loop of a runbook can iterate over.
    """

    operation: str
    there: Flag
    groups: Mapping[str, Formula]


@dataclass(frozen=True)
class Contents:
    """The contents of an item: listed by `operation`, `number` of them, each deleted by the action `removal`."""

    operation: str
    number: Count
    removal: str


@dataclass(frozen=True)
class ServiceView:
    """The part of the state that `operation` shows: at each place of `over`, the `variables` there.

    `table` is the table of account files that says how long a change is not shown.
    """

    table: str
    operation: str
    over: tuple[Param, ...]
    variables: tuple[Variable, ...]


@dataclass(frozen=True)
class AuditLog:
    """The fields of API log entries of this lifecycle, apart from the caller, time and place.

    Attributes
    ----------
    service
        The name of the service as a caller.
    home
        The place where calls without a place are logged.
    task
        The id of a task (template over `uuid`).
    parameters
        The parameters of a call, by action, else by operation, else by the service before its colon.
    item
        The parameters of all other calls that are about an item.
    responses
        The response of a successful call, by operation.
    started, finished
        The events of the process; `details` are their fields, with one of the `states` running, succeeded, failed.
    """

    service: str
    home: str
    task: str
    parameters: Mapping[str, Template]
    item: Template
    responses: Mapping[str, Template]
    started: str
    finished: str
    states: tuple[str, str, str]
    details: Template


@dataclass(frozen=True)
class Activity:
    """The part of an environment that an extension brings.

    Attributes
    ----------
    clocks
        The actions of the service that time brings, each with the usual mean time in minutes from the moment at which
        it can happen; None where no time is usual, so that it happens only if an account says when.
    chances
        The usual probabilities of choices: of a flag, that it holds; of others, that of each value.
    plans
        Plans that replace those of the same names.
    stops
        The actions that stop plans. They replace `Stop`, because the model then knows which plans exist.
    simplified
        What makes the times of simulations differ from those of the service, for their reports.
    """

    clocks: Mapping[str, float | None] = field(default_factory=dict[str, "float | None"])
    chances: Mapping[str, Chance] = field(default_factory=dict[str, "Chance"])
    plans: tuple[Plan, ...] = ()
    stops: tuple[str, ...] = ()
    simplified: tuple[str, ...] = ()


@dataclass(frozen=True)
class Environment:
    """The definitions that simulations of a lifecycle need besides its model.

    Attributes
    ----------
    collides
        The choice whether a request collides with a use of its target.
    redo
        Refusals after which a runbook by default repeats its earlier steps, which remove the cause.
    limits
        The requests a second that the service accepts, by operation, in each place of the outermost sort.
    views
        The reads of an operator that can be out of date.
    added
        The activity that extensions bring.
    """

    process: Process
    plans: tuple[Plan, ...]
    stop: Stop
    task: Task
    items: Items
    contents: Contents
    collides: Flag
    redo: tuple[Refusal, ...]
    log: AuditLog
    limits: Mapping[str, float] = field(default_factory=dict[str, float])
    views: tuple[ServiceView, ...] = ()
    added: Activity = field(default_factory=Activity)

    def extended(self, activity: Activity) -> Environment:
        """The environment with the activity that an extension brings."""
        plans = {plan.name: plan for plan in (*self.plans, *activity.plans)}
        added = Activity(
            {**self.added.clocks, **activity.clocks},
            {**self.added.chances, **activity.chances},
            stops=(*self.added.stops, *activity.stops),
            simplified=(*self.added.simplified, *activity.simplified),
        )
        return replace(self, plans=tuple(plans.values()), added=added)

    @property
    def scheduled(self) -> tuple[str, ...]:
        """The actions of the service whose times the schedules and the deletion task define."""
        return self.process.start, self.process.finish, self.task.ends

    @property
    def lagging(self) -> tuple[str, ...]:
        """The tables of account files that can say for how long a change is not shown."""
        return tuple(dict.fromkeys(view.table for view in self.views))

    def plan(self, name: str) -> Plan:
        """The plan of that name."""
        return next(plan for plan in self.plans if plan.name == name)


def wrong_sum(name: str, shares: Mapping[str, float]) -> str:
    """A complaint if the probabilities of the values of a choice do not sum to one; otherwise empty.

    >>> wrong_sum("finds", {"nothing": 0.5, "permission": 0.2})
    'the probabilities of the values of finds must sum to 1, not 0.7 (a value that is left out has none)'
    """
    total = sum(shares.values())
    if abs(total - 1) <= NEARLY:
        return ""
    return f"the probabilities of the values of {name} must sum to 1, not {total:g} (a value that is left out has none)"


def selects(formula: Formula, place: Sequence[int], over: Sequence[Param]) -> bool:
    """Whether a formula about a place alone (the parameters `over`) holds at this place."""
    return Ground(Scope({}, {}), elements_at(over, place))(formula) == TRUE
