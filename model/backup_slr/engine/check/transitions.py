"""The transition relation of a model at a scope: its rules, with places and inputs filled in.

A *transition* is one action at one place with one end, such as being refused by its third guard, or done with certain
writes. It happens exactly where its condition holds, which is a formula about the state before it. Exploration,
properties and liveness all use these transitions.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from backup_slr.engine.compile.analysis import foregone
from backup_slr.engine.compile.grounding import Ending, Ground
from backup_slr.engine.compile.simplify import Facts, assume, conj, negate
from backup_slr.engine.core.formula import FALSE, TRUE, Element, Formula, Literal, Param
from backup_slr.engine.core.model import Model
from backup_slr.engine.core.rule import Guard, Rule
from backup_slr.engine.core.scope import Scope
from backup_slr.engine.core.step import Request
from backup_slr.engine.core.variable import Count, Effect, Enum, Flag, Variable


@dataclass(frozen=True)
class Transition:
    """A guarded command: its condition, its writes (see `Ending`), and all inputs with which it happens.

    A write that certainly changes nothing may be omitted.
    """

    ending: Ending
    guard: Guard | None
    condition: Formula
    inputs: tuple[Mapping[str, int], ...]

    @property
    def request(self) -> Request:
        """The request for this transition, with the most usual of its inputs."""
        return Request(self.ending.action, self.ending.place, self.inputs[0])

    @cached_property
    def facts(self) -> Facts:
        """The facts that hold where it happens."""
        return Facts.of(self.condition)

    def where(
        self, formula: Formula, scope: Scope, place: Mapping[Param, Element], inputs: Mapping[str, int]
    ) -> Formula:
        """The condition on the state before it for a step formula to hold for this transition with these inputs."""
        known = foregone(formula, self.ending)
        if known is not None:
            return Literal(known)
        return assume(Ground(scope, place, inputs, self.ending)(formula), self.facts)

    @property
    def label(self) -> tuple[str, str, str | None]:
        """Action, outcome and refusal."""
        return self.ending.action, self.ending.ends[0], self.guard.otherwise.id if self.guard else None

    def inputs_by(self, names: Collection[str]) -> list[Mapping[str, int]]:
        """Its inputs; each combination of values of these names occurs once."""
        found: dict[tuple[int | None, ...], Mapping[str, int]] = {}
        for inputs in self.inputs:
            found.setdefault(tuple(inputs.get(name) for name in names), inputs)
        return list(found.values())


def transitions(model: Model, scope: Scope) -> tuple[Transition, ...]:
    """All transitions of a model with settled assumptions, in the order of its rules and places.

    Raises `ValueError` when the assumptions of the model are not settled.
    """
    model.needs_settled()
    return tuple(transition for rule in model.rules for transition in transitions_of(rule, scope))


def transitions_of(rule: Rule, scope: Scope) -> Iterator[Transition]:
    """The transitions of one rule."""
    for place in scope.places(rule.place):
        numbers = tuple(element.index for element in place.values())
        merged: dict[tuple[object, ...], list[Mapping[str, int]]] = {}
        found: dict[tuple[object, ...], Transition] = {}
        for inputs in rule.every_input():
            ground = Ground(scope, place, inputs)
            for guard, condition, writes in _ends(rule, ground):
                ends = ("done",) if guard is None else ("failed" if guard.fails else "refused", guard.otherwise.id)
                key = (guard, condition, tuple(writes.items()))
                merged.setdefault(key, []).append(inputs)
                found.setdefault(key, Transition(Ending(rule.action, numbers, ends, writes), guard, condition, ()))
        for key, transition in found.items():
            yield Transition(transition.ending, transition.guard, transition.condition, tuple(merged[key]))


def _ends(rule: Rule, ground: Ground) -> Iterator[tuple[Guard | None, Formula, dict[Variable, int]]]:
    """The ends of a grounded rule: the guard that stops it (if any), the condition, the writes."""
    so_far: Formula = TRUE
    for guard in rule.guards:
        here = assume(ground(guard.condition), Facts.of(so_far))
        stopped = conj((so_far, negate(here)))
        if stopped != FALSE:
            yield from ((guard, c, w) for c, w in _split(rule.on_failure if guard.fails else (), stopped, ground))
        so_far = conj((so_far, here))
        if so_far == FALSE:
            return
    yield from ((None, c, w) for c, w in _split(rule.effects, so_far, ground))


def _split(
    effects: tuple[Effect, ...], condition: Formula, ground: Ground
) -> Iterator[tuple[Formula, dict[Variable, int]]]:
    """Split conditional effects into cases, so that each case has fixed writes."""
    single: list[tuple[Formula, Variable, int]] = [
        (g(effect.happens), g.placed(effect.variable), effect.value)
        for effect in effects
        for g in map(ground.at, ground.scope.places(effect.each))
    ]

    def cases(
        number: int, condition: Formula, writes: dict[Variable, int]
    ) -> Iterator[tuple[Formula, dict[Variable, int]]]:
        if condition == FALSE:
            return
        facts = Facts.of(condition)
        if number == len(single):
            yield condition, {v: x for v, x in writes.items() if not _idle(v, x, facts)}
            return
        when, variable, value = single[number]
        when = assume(when, facts)
        if when != FALSE:
            yield from cases(number + 1, conj((condition, when)), {**writes, variable: value})
        if when != TRUE:
            yield from cases(number + 1, conj((condition, negate(when))), writes)

    yield from cases(0, condition, {})


def _idle(variable: Variable, value: int, facts: Facts) -> bool:
    """Whether the write is known to change nothing."""
    return not isinstance(variable, Count) and facts.decide(is_now(variable, value)) == TRUE


def is_now(variable: Flag | Enum, value: int) -> Formula:
    """The formula that the variable has that value."""
    if isinstance(variable, Enum):
        return variable.is_(variable.values[value])
    return variable if value else negate(variable)


# ---------------------------------------------------------------- counting each successor once


@dataclass(frozen=True)
class Alternative:
    """One of the transitions of an action at a place, and why its target may not be a new successor.

    It may leave the state unchanged (`may_stay`), or have the same target as an earlier one of its group (`may_meet`).
    """

    number: int
    transition: Transition
    may_stay: bool
    may_meet: tuple[int, ...]


def alternatives(transitions: Iterable[Transition]) -> list[list[Alternative]]:
    """The transitions that change something, grouped by action and place."""
    groups: dict[tuple[str, tuple[int, ...]], list[Alternative]] = {}
    for number, transition in enumerate(transitions):
        if transition.ending.writes:
            group = groups.setdefault((transition.ending.action, transition.ending.place), [])
            meets = tuple(i for i, other in enumerate(group) if _may_meet(other.transition, transition))
            group.append(Alternative(number, transition, not surely_changes(transition), meets))
    return list(groups.values())


def _may_meet(one: Transition, other: Transition) -> bool:
    """Whether both may lead from one state to the same other state, by their conditions and writes.

    Two transitions of one action at one place that share an input never happen in one state.
    """
    if any(inputs in other.inputs for inputs in one.inputs):
        return False
    facts = Facts.of(conj((one.condition, other.condition)))
    for variable in {**one.ending.writes, **other.ending.writes}:
        a, b = one.ending.writes.get(variable), other.ending.writes.get(variable)
        if a == b:
            continue
        if isinstance(variable, Count) or (a is not None and b is not None):
            return False
        written = a if a is not None else b
        assert written is not None
        if facts.decide(is_now(variable, written)) == FALSE:
            return False
    return True


def surely_changes(transition: Transition) -> bool:
    """Whether it changes every state in which it happens, by its condition and writes."""
    return any(
        isinstance(variable, Count) or transition.facts.decide(is_now(variable, value)) == FALSE
        for variable, value in transition.ending.writes.items()
    )
