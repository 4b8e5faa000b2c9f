"""The unchanged model at one scope under one combination of assumption values, to compare mutants with."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import TypeAlias

from backup_slr.engine.check.checker import Checker
from backup_slr.engine.check.exploration import Explored, Space
from backup_slr.engine.check.results import PropertyResult
from backup_slr.engine.check.transitions import Transition
from backup_slr.engine.compile.simplify import conj, disj, negate
from backup_slr.engine.core.model import Model
from backup_slr.engine.core.rule import Property, Rule
from backup_slr.engine.core.scope import Scope
from backup_slr.engine.diff.transition_diff import changes

ObservedOutcome: TypeAlias = tuple[str, str, str | None, bool]
"""An action, how it ended and why, and whether it changed the state."""


@dataclass
class Baseline:
    """A model at a scope with its reachable states, and cached verdicts on its properties."""

    model: Model
    scope: Scope

    @cached_property
    def space(self) -> Space:
        return Space(self.model, self.scope)

    @cached_property
    def explored(self) -> Explored:
        return self.space.explore()

    @cached_property
    def checker(self) -> Checker:
        return Checker.of(self.space, self.explored)

    @cached_property
    def moves(self) -> dict[str, list[Transition]]:
        found: dict[str, list[Transition]] = {rule.action: [] for rule in self.model.rules}
        for move in self.space.transitions:
            found[move.ending.action].append(move)
        return found

    @cached_property
    def judgement(self) -> Callable[[Property], PropertyResult]:
        return cache(self.checker.judge)

    @cached_property
    def reaches_every_outcome(self) -> bool:
        """No outcome of the table is dead (`EVERY_OUTCOME`)."""
        states = self.explored.states
        return all(reaches_outcomes_of(r, self.moves[r.action], self.space, states) for r in self.model.rules)

    @cached_property
    def outcomes(self) -> dict[str, frozenset[ObservedOutcome]]:
        """The outcomes of each action in reachable states."""
        return {
            action: observed_outcomes(moves, self.space, self.explored.states) for action, moves in self.moves.items()
        }


def reaches_outcomes_of(rule: Rule, moves: Sequence[Transition], space: Space, states: Sequence[int]) -> bool:
    """Whether each outcome of a rule occurs in some of the states."""
    return all(
        space.first(disj(m.condition for m in moves if m.label == (rule.action, *way)), states) is not None
        for way in rule.outcomes()
    )


def observed_outcomes(moves: Iterable[Transition], space: Space, states: Sequence[int]) -> frozenset[ObservedOutcome]:
    """Return all outcomes of some moves that occur in some of the states."""
    where: dict[ObservedOutcome, list[Transition]] = {}
    for move in moves:
        where.setdefault((*move.label, False), []).append(move)
        where.setdefault((*move.label, True), []).append(move)

    def occurs(moves: list[Transition], changing: bool) -> bool:
        conditions = (conj((m.condition, changes(m) if changing else negate(changes(m)))) for m in moves)
        return space.first(disj(conditions), states) is not None

    return frozenset(outcome for outcome, moves in where.items() if occurs(moves, outcome[3]))
