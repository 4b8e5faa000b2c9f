"""The rules without extensions as a judge of mutants of the composed rules."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cache

from backup_slr.engine.check.combinations import Assignment, assignments
from backup_slr.engine.check.exploration import Space
from backup_slr.engine.check.transitions import Transition, is_now, transitions_of
from backup_slr.engine.compile.simplify import disj, negate
from backup_slr.engine.core.formula import Element, Formula
from backup_slr.engine.core.model import Model
from backup_slr.engine.core.rule import Rule
from backup_slr.engine.core.scope import Scope
from backup_slr.engine.core.variable import Count, Variable
from backup_slr.engine.diff.model_diff import TransitionDiff, diff_transitions, first_difference
from backup_slr.engine.mutation.mutants import Mutant
from backup_slr.engine.spec.reduction import initial_values, reduced


class BaseJudge:
    """Finds mutants that answer a request differently than the base, where the extensions change nothing.

    The states are those that the composed rules reach by actions of the base while the variables of the extensions keep
    their initial values. So a mutant that behaves like the composed rules is never killed.
    """

    def __init__(self, base: Model, composed: Model, scopes: Sequence[Scope]) -> None:
        self.base, self.composed, self.scopes = base, composed, scopes
        self.own = initial_values(composed, base)
        self.rules = {rule.action: reduced(composed.rule(rule.action), self.own) for rule in base.rules}
        self._reached = cache(self._reached_at)
        self._moves = cache(self._moves_at)

    def _moves_at(self, rule: Rule, number: int) -> tuple[Transition, ...]:
        return tuple(transitions_of(rule, self.scopes[number]))

    def _reached_at(self, assumed: Assignment, number: int) -> tuple[Space, Sequence[int]]:
        model, scope = self.composed.assuming(dict(assumed)), self.scopes[number]
        moves = (move for rule in model.rules if rule.action in self.rules for move in transitions_of(rule, scope))
        space = Space(model, scope, moves)
        cells = ((v, place) for v, place in space.words.layout.cells if v.name in self.own)
        left = disj(negate(_has(variable, place, self.own[variable.name])) for variable, place in cells)
        return space, space.explore(avoid=left).states

    def __call__(self, mutant: Mutant) -> str | None:
        """Return the request that is answered differently, if there is one."""
        if mutant.action not in self.rules:
            return None
        rule, changed = self.rules[mutant.action], reduced(mutant.rule, self.own)
        for number, scope in enumerate(self.scopes):
            for assumed in assignments(self.composed, rule, changed):
                before, after = (one.assuming(dict(assumed)) for one in (rule, changed))
                if before == after:
                    continue
                found = list(diff_transitions(self._moves(before, number), transitions_of(after, scope)))
                if found and self._reaches(found, assumed, number):
                    return f"{mutant.action} is answered differently"
        return None

    def _reaches(self, found: Sequence[TransitionDiff], assumed: Assignment, number: int) -> bool:
        space, states = self._reached(assumed, number)
        return first_difference(space, found, states) is not None


def _has(variable: Variable, place: tuple[int, ...], value: int) -> Formula:
    """The grounded formula that the variable has a value at a place."""
    placed = replace(variable, at=tuple(map(Element, variable.per, place)))
    return placed.at_most(value) if isinstance(placed, Count) else is_now(placed, value)
