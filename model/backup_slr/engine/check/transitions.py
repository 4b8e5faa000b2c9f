"""Every way in which a step can go in a scope, spelled out: the rules with place and inputs filled in.

A *move* is one action at one place that ends in one way: refused by its third guard, done with these writes, ... It
happens exactly where its condition holds, which speaks of the state before it only. Together the moves are the
whole transition relation; exploration, properties and liveness are all judged on them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import product

from backup_slr.engine.compile.analysis import foregone
from backup_slr.engine.compile.grounding import Ending, Ground
from backup_slr.engine.compile.simplify import Facts, assume, conj, negate
from backup_slr.engine.core.formula import FALSE, TRUE, Element, Formula, Literal, Param
from backup_slr.engine.core.model import Model
from backup_slr.engine.core.rule import Guard, Rule
from backup_slr.engine.core.scope import Scope
from backup_slr.engine.core.step import Request
from backup_slr.engine.core.variable import Count, Effect, Enum, Flag, Variable, usual


@dataclass(frozen=True)
class Move:
    """One way for a step to go: how it ends, where it happens, and all inputs with which it goes exactly so.

    `writes` says what it changes (see `Ending`); a write that would change nothing anyway may be left out.
    """

    ending: Ending
    guard: Guard | None
    condition: Formula
    inputs: tuple[Mapping[str, int], ...]

    @property
    def request(self) -> Request:
        """The request that takes this move, with the most ordinary of its inputs."""
        return Request(self.ending.action, self.ending.place, self.inputs[0])

    @cached_property
    def facts(self) -> Facts:
        """What is known where it happens."""
        return Facts.of(self.condition)

    def where(
        self, formula: Formula, scope: Scope, place: Mapping[Param, Element], inputs: Mapping[str, int]
    ) -> Formula:
        """Where a formula about a step holds of this move with some of its inputs: a formula about the state before."""
        known = foregone(formula, self.ending)
        if known is not None:
            return Literal(known)
        return assume(Ground(scope, place, inputs, self.ending)(formula), self.facts)

    @property
    def way(self) -> tuple[str, str, str | None]:
        """Action, outcome and refusal."""
        return self.ending.action, self.ending.ends[0], self.guard.otherwise.id if self.guard else None

    def inputs_by(self, names: Collection[str]) -> list[Mapping[str, int]]:
        """Its inputs, each combination of values of these names once."""
        found: dict[tuple[int | None, ...], Mapping[str, int]] = {}
        for inputs in self.inputs:
            found.setdefault(tuple(inputs.get(name) for name in names), inputs)
        return list(found.values())


def moves(model: Model, scope: Scope) -> tuple[Move, ...]:
    """All moves of a model whose assumptions are settled, in the order of its rules and places.

    Raises
    ------
    ValueError
        When the assumptions of the model are not settled.
    """
    model.needs_settled()
    return tuple(move for rule in model.rules for move in moves_of(rule, scope))


def moves_of(rule: Rule, scope: Scope) -> Iterator[Move]:
    """The moves of one rule."""
    for place in scope.places(rule.place):
        numbers = tuple(element.index for element in place.values())
        merged: dict[tuple[object, ...], list[Mapping[str, int]]] = {}
        found: dict[tuple[object, ...], Move] = {}
        for inputs in _all_inputs(rule):
            ground = Ground(scope, place, inputs)
            for guard, condition, writes in _ways(rule, ground):
                ends = ("done",) if guard is None else ("failed" if guard.fails else "refused", guard.otherwise.id)
                key = (guard, condition, tuple(writes.items()))
                merged.setdefault(key, []).append(inputs)
                found.setdefault(key, Move(Ending(rule.action, numbers, ends, writes), guard, condition, ()))
        for key, move in found.items():
            yield Move(move.ending, move.guard, move.condition, tuple(merged[key]))


def _all_inputs(rule: Rule) -> Iterator[dict[str, int]]:
    """Every combination of inputs, the most ordinary one first."""
    options = [sorted(range(_values(i)), key=lambda value, i=i: value != usual(i)) for i in rule.inputs]
    for values in product(*options):
        yield {i.name: value for i, value in zip(rule.inputs, values, strict=True)}


def _values(variable: Flag | Enum) -> int:
    return 2 if isinstance(variable, Flag) else len(variable.values)


def _ways(rule: Rule, ground: Ground) -> Iterator[tuple[Guard | None, Formula, dict[Variable, int]]]:
    """How a rule with everything filled in can go: the guard that stops it, where, and what is written."""
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
    """Effects that happen under a condition make two cases of it, so that what a move writes is never in doubt."""
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
    """The write is known to change nothing."""
    return not isinstance(variable, Count) and facts.decide(is_now(variable, value)) == TRUE


def is_now(variable: Flag | Enum, value: int) -> Formula:
    """The variable has that value."""
    if isinstance(variable, Enum):
        return variable.is_(variable.values[value])
    return variable if value else negate(variable)
