"""The account of a plan under each combination of the values of open assumptions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product

from backup_slr.advice.wants import Spot
from backup_slr.engine.compile.grounding import Ground
from backup_slr.engine.compile.interpreter import Situation
from backup_slr.engine.core.formula import FALSE, TRUE, Formula, elements_at
from backup_slr.engine.core.rule import Guard, Rule
from backup_slr.engine.core.scope import State
from backup_slr.engine.core.step import Machine, Request
from backup_slr.engine.spec.lifecycle import Lifecycle
from backup_slr.report.names import Names
from backup_slr.scenario.spec import AccountSpec
from backup_slr.scenario.starting_account import StartingAccount

MOST_COUNTED = 2
"""Larger counts are this one: one that something special is done with, and one more."""


@dataclass
class PlanCase:
    """The account under one value of each open assumption."""

    assume: Mapping[str, str]
    machine: Machine
    state: State
    names: Names

    def refused_by(self, request: Request) -> Guard | None:
        """The first guard that does not hold."""
        return self.machine.step(self.state, request).guard

    def here(self, rule: Rule, place: Spot) -> Situation:
        """The situation of an action at a place."""
        return Situation(self.machine.layout, self.state, elements_at(rule.place, place))


def settled_cases(
    lifecycle: Lifecycle,
    given: Mapping[str, str],
    open_: Mapping[str, tuple[str, ...]],
    names: Names,
    spec: AccountSpec,
) -> list[PlanCase]:
    """The reduced account under each combination of these values of assumptions; counts have no maximum."""
    found: list[PlanCase] = []
    for values in product(*open_.values()):
        assume = dict(zip(open_, values, strict=True))
        model = lifecycle.model.assuming({**given, **assume})
        machine = Machine(model, names.unbounded(model))
        account = StartingAccount("", lifecycle, spec, given)
        account.__dict__["names"] = names
        found.append(PlanCase(assume, machine, account.state(machine), names))
    return found


def open_values(
    lifecycle: Lifecycle, given: Mapping[str, str], rules: Sequence[Rule], names: Names, spec: AccountSpec
) -> dict[str, tuple[str, ...]]:
    """The assumptions that are not given and on which one of these actions depends at a place of the account."""
    known = {**dict(lifecycle.model.assumed), **given}
    (case,) = settled_cases(lifecycle, given, {}, names, spec)
    there = existing(case)
    read: set[str] = set()
    for rule in dict.fromkeys(rules):
        parts: list[tuple[frozenset[str], Formula, Formula]] = []
        for guard in rule.guards:
            parts.append((frozenset(one.assumption for one in guard.under), guard.condition, TRUE))
        for effect in (*rule.effects, *rule.on_failure):
            if not effect.each:
                parts.append((frozenset(one.assumption for one in effect.under), effect.when, FALSE))
        parts = [part for part in parts if part[0] - known.keys()]
        # Whether a formula is idle depends on what is special about the place.
        kinds = {
            tuple(min(e.index, len(e.sort.special)) for e in place.values()): place
            for place in (case.machine.scope.places(rule.place) if parts else ())
            if not place or tuple(e.index for e in place.values()) in there
        }
        for place in kinds.values():
            ground = Ground(case.machine.scope, place, {})
            for under, formula, idle in parts:
                if under - known.keys() - read and ground(formula) != idle:
                    read |= under - known.keys()
    return {a.name: tuple(a.values) for a in lifecycle.model.assumptions if a.name in read}


def existing(case: PlanCase) -> frozenset[Spot]:
    """The places of the account where anything is."""
    places = (place for _, place in case.machine.layout.nonzero(case.state))
    return frozenset(place[:n] for place in places for n in range(len(place) + 1))
