"""The model as it should be, at one scope and under one reading: what every mutant is compared with."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import TypeAlias

from backup_slr.engine.check.checker import Checker
from backup_slr.engine.check.exploration import Explored, Space
from backup_slr.engine.check.results import PropertyResult
from backup_slr.engine.check.transitions import Transition
from backup_slr.engine.compile.simplify import conj, disj, negate
from backup_slr.engine.core.formula import Formula
from backup_slr.engine.core.model import Model
from backup_slr.engine.core.rule import Rule
from backup_slr.engine.core.scope import Scope
from backup_slr.engine.diff.transition_diff import changes

Seen: TypeAlias = tuple[str, str, str | None, bool]
"""An action, how it ended and why, and whether it changed the state."""


class Whole:
    """A settled model at a scope with its reachable states, and what its properties come to, each asked once."""

    def __init__(self, model: Model, scope: Scope) -> None:
        self.model = model
        self.scope = scope
        self._judgements: dict[str, PropertyResult] = {}

    @cached_property
    def space(self) -> Space:
        """Its transition relation."""
        return Space(self.model, self.scope)

    @cached_property
    def explored(self) -> Explored:
        """Its reachable states, found when they are first asked for."""
        return self.space.explore()

    @cached_property
    def judge(self) -> Checker:
        """The judge who has explored it."""
        return Checker.of(self.space, self.explored)

    @cached_property
    def words(self) -> set[int]:
        """Its reachable states as a set."""
        return set(self.explored.states)

    @cached_property
    def moves(self) -> dict[str, list[Transition]]:
        """The moves of each action."""
        found: dict[str, list[Transition]] = {rule.action: [] for rule in self.model.rules}
        for move in self.space.transitions:
            found[move.ending.action].append(move)
        return found

    def judgement(self, number: int) -> PropertyResult:
        """What a property, by its number, comes to here."""
        asked = self.model.properties[number]
        if asked.id not in self._judgements:
            self._judgements[asked.id] = self.judge.judge(asked)
        return self._judgements[asked.id]

    @cached_property
    def each_way(self) -> bool:
        """No row of the table is dead (`EVERY_OUTCOME`)."""
        return all(self.takes_every_way(rule) for rule in self.model.rules)

    def takes_every_way(self, rule: Rule) -> bool:
        """A rule ends in each of its ways in some reachable state."""
        return takes_every_way(rule, self.moves[rule.action], self.space, self.explored.states)

    @cached_property
    def seen(self) -> dict[str, frozenset[Seen]]:
        """For each action every outcome that a reachable state shows."""
        return {action: outcomes(moves, self.space, self.explored.states) for action, moves in self.moves.items()}


def takes_every_way(rule: Rule, moves: Iterable[Transition], space: Space, states: Sequence[int]) -> bool:
    """Some of the states shows each way in which a rule can end."""
    found = list(moves)
    for outcome, because in rule.outcomes():
        where = disj(m.condition for m in found if m.label == (rule.action, outcome, because))
        if space.first(where, states) is None:
            return False
    return True


def outcomes(moves: Iterable[Transition], space: Space, states: Sequence[int]) -> frozenset[Seen]:
    """Every outcome of some moves that some of the states show."""
    where: dict[Seen, list[Transition]] = {}
    for move in moves:
        for changing in (False, True):
            where.setdefault((*move.label, changing), []).append(move)
    return frozenset(
        seen
        for seen, among in where.items()
        if space.first(disj(_changing(move, seen[3]) for move in among), states) is not None
    )


def _changing(move: Transition, wanted: bool) -> Formula:
    return conj((move.condition, changes(move) if wanted else negate(changes(move))))
