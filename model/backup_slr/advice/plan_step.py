"""The steps of a plan, and what remains."""

from __future__ import annotations

from dataclasses import dataclass

from backup_slr.advice.wants import Spot, Want
from backup_slr.engine.core.rule import Guard, Rule
from backup_slr.engine.core.scope import State
from backup_slr.engine.core.step import Machine, Request
from backup_slr.engine.core.variable import Enum


@dataclass(frozen=True)
class PlanStep:
    """An action at a place of the reduced account, repeated until `want` is met; or a wait until the service acts.

    `in_case`: only work that still runs can make it necessary. `interfaces` are those through which it must be
    requested (none: any); `turn` is its number among the groups of steps of the same action whose order matters.
    """

    rule: Rule
    place: Spot
    want: Want
    in_case: bool = False
    interfaces: tuple[str, ...] = ()
    turn: int = 0

    @property
    def waits(self) -> bool:
        """Whether no request can bring it."""
        return self.rule.by == "service"

    @property
    def inputs(self) -> dict[str, int]:
        """The inputs of its request."""
        named = (i for i in self.rule.inputs if isinstance(i, Enum))
        return {i.name: i.values.index(one) for i in named for one in self.interfaces[:1] if one in i.values}

    def performed(self, machine: Machine, state: State) -> State:
        """The state after it was repeated until `want` is met, or it changes nothing."""
        request = Request(self.rule.action, self.place, self.inputs)
        while not self.want.met(machine.layout, state):
            step = machine.step(state, request)
            if step.state == state:
                break
            state = step.state
        return state


@dataclass(frozen=True)
class Remains:
    """What no step can change: the guard that then refuses the action, and the assumptions under which it does."""

    rule: Rule
    place: Spot
    guard: Guard
    wants: tuple[Want, ...]
    cases: frozenset[int]
    depth: int = 0
