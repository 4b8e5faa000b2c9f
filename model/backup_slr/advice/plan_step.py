"""The steps of a plan, what remains, and the steps that places of one kind have in common."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from backup_slr.advice.plan_cases import PlanCase
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


Kind: TypeAlias = tuple[object, ...]
Failures: TypeAlias = dict[Want, set[int]]
"""The wants that were of no use, each with the cases."""


@dataclass(frozen=True)
class Pattern:
    """What the search for a want at one place came to, which it comes to again at every place of the same kind.

    Attributes
    ----------
    reached
        Whether steps were found.
    steps
        The steps, with their levels above that of the want.
    unmet
        The cases in which the want is not met after them.
    remains, failed
        What no step can change, and the choices that were of no use, each with a case.
    """

    reached: bool
    steps: tuple[tuple[int, PlanStep], ...]
    unmet: tuple[int, ...]
    remains: tuple[Remains, ...]
    failed: tuple[tuple[Want, int], ...]

    @staticmethod
    def kind(
        want: Want, need: Sequence[int], cases: Sequence[PlanCase], stack: Sequence[Want], failed: Failures
    ) -> Kind | None:
        """The kind of a want: everything at its place and around it; None if the place is not innermost.

        Other places are left out, so the effect of the steps has to be compared.
        """
        layout, place = cases[0].machine.layout, want.place
        if len(place) != len(layout.chain):
            return None
        special = tuple(min(i, len(sort.special)) for i, sort in zip(place, layout.chain, strict=True))
        cells = [layout.cell(v.name, place[: len(v.per)]) for v in layout.model.state]
        values = tuple(tuple(map(case.state.__getitem__, cells)) for case in cases)
        wanted = tuple((w.variable.name, w.value, w.wanted, w.place == place or w.place) for w in (*stack, want))
        useless = frozenset(
            (w.variable.name, w.value, w.wanted, *sorted(cases)) for w, cases in failed.items() if cases
        )
        return *need, special, values, wanted, useless
