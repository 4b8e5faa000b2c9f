"""What goes on beside the requests of people, and what an operator of runbooks can see and do: for simulations.

All of it is data about a model, in terms of its actions, variables and formulas. A simulator decides when something
happens and what chance chooses; whether it can happen, and what it means, is read here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from backup_slr.engine.compile.grounding import Ground
from backup_slr.engine.core.formula import TRUE, Element, Formula, Param
from backup_slr.engine.core.rule import Refusal
from backup_slr.engine.core.scope import Scope
from backup_slr.engine.core.variable import Count, Flag

Template: TypeAlias = Mapping[str, Any]
"""A JSON object whose strings are filled in with `str.format`."""


@dataclass(frozen=True)
class Process:
    """Work that starts and finishes at a place by itself, by two actions of the model.

    `running` holds while it goes on; `succeeds` is the choice of `finish` that says how it ended.
    """

    start: str
    finish: str
    running: Flag
    succeeds: Flag


@dataclass(frozen=True)
class Plan:
    """What makes the process start: at the places where `covers` holds, whenever it is due while `starts_while` holds.

    `starts_while` may read the state at the place, and `Stop.stopped`.
    """

    name: str
    covers: Formula
    starts_while: Formula


@dataclass(frozen=True)
class Stop:
    """The step of an operator that stops plans: its `name` in runbooks, its operation.

    From then on `stopped`, an input of `Plan.starts_while`, is true.
    """

    name: str
    operation: str
    stopped: Flag


@dataclass(frozen=True)
class Task:
    """What a request (`begins`) sets going and the service ends by itself (`ends`) while the goal is pending.

    `operation` looks at it. A runbook treats a task that failed as it treats the refusal `failed`.
    """

    begins: str
    ends: str
    operation: str
    failed: Refusal


@dataclass(frozen=True)
class Items:
    """The things at the innermost places, as an operator goes through them: listed by `operation`, if they are `there`.

    `groups` are those that a loop of a runbook can be about, by name.
    """

    operation: str
    there: Flag
    groups: Mapping[str, Formula]


@dataclass(frozen=True)
class Contents:
    """What an item holds: listed by `operation`, `number` of them, each removed by one `removal` (an action)."""

    operation: str
    number: Count
    removal: str


@dataclass(frozen=True)
class AuditLog:
    """What a log of API calls says of this lifecycle beside who, when and where.

    Attributes
    ----------
    service
        The name by which the service calls itself.
    home
        Where calls that are about no place are logged.
    task
        The id of a task (template over `uuid`).
    parameters
        What a call says of itself, by action, else by operation, else by the service before its colon.
    item
        The parameters of all other calls that are about an item.
    responses
        What a successful call returns, by operation.
    started, finished
        The events of the process; `details` is what they say, with one of the `states` running, succeeded, failed.
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
class Environment:
    """Everything that simulations of a lifecycle need beside its model.

    Attributes
    ----------
    collides
        The choice that says whether a request meets a use of what it is about.
    redo
        Refusals after which a runbook usually does the steps before again, which remove the reason.
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

    def plan(self, name: str) -> Plan:
        """The plan of that name."""
        return next(plan for plan in self.plans if plan.name == name)


def selects(formula: Formula, place: Sequence[int], over: Sequence[Param]) -> bool:
    """Whether a formula that speaks of nothing but a place (the parameters `over`) holds at this one."""
    stands_for = {param: Element(param.sort, i) for param, i in zip(over, place, strict=True)}
    return Ground(Scope({}, {}), stands_for)(formula) == TRUE
