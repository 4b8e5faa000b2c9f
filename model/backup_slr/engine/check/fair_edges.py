"""The steps that may happen while an *eventually* property waits for its goal, and which of them are fair steps.

`liveness` searches the graph that they form. Each fairness of the property has a bit for each of its places.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from typing import TypeAlias

from backup_slr.engine.check.cycles import may_return
from backup_slr.engine.check.exploration import Space
from backup_slr.engine.check.transitions import Transition
from backup_slr.engine.compile.analysis import inputs_in, speaks_of_step
from backup_slr.engine.compile.codegen import compiled
from backup_slr.engine.compile.grounding import Ground
from backup_slr.engine.compile.simplify import conj, disj, negate
from backup_slr.engine.core.formula import FALSE, TRUE, After, Element, Formula, Param
from backup_slr.engine.core.rule import Fair, Property
from backup_slr.engine.core.step import Request

Arrow: TypeAlias = tuple[int, int, int]
"""The number of an edge, the word it leads to, and a bit for each fair step that it is."""


@dataclass(frozen=True)
class LabelledEdge:
    """A transition with inputs that count alike: where it may happen before the goal, and which fair steps it is."""

    number: int
    transition: Transition
    request: Request
    allowed: Formula
    kinds: tuple[Formula, ...]

    @property
    def is_fair(self) -> bool:
        """It may be a fair step."""
        return any(kind != FALSE for kind in self.kinds)


class FairEdges:
    """The labeled steps of a space, for one *eventually* property at one place."""

    def __init__(self, space: Space, asked: Property, place: Mapping[Param, Element]) -> None:
        self.space = space
        self.asked = asked
        self.ground = Ground(space.scope, place)
        self.fair: list[tuple[Fair, Mapping[Param, Element]]] = [
            (fair, {**place, **each}) for fair in asked.fair for each in space.scope.places(fair.each)
        ]
        self.names = inputs_in(asked.formula, asked.earlier, asked.meanwhile, *(fair.steps for fair in asked.fair))
        self.weak = sum(1 << i for i, (fair, _) in enumerate(self.fair) if fair.strength == "weak")
        self.strong = sum(1 << i for i, (fair, _) in enumerate(self.fair) if fair.strength == "strong")

    def _on(
        self, formula: Formula, transition: Transition, inputs: Mapping[str, int], place: Mapping[Param, Element]
    ) -> Formula:
        return transition.where(formula, self.space.scope, place, inputs)

    def _kinds(self, transition: Transition, inputs: Mapping[str, int], meanwhile: Formula) -> tuple[Formula, ...]:
        """For each fair step the condition under which this transition is one.

        Fairness cannot require steps that the behaviors in question never take. `meanwhile` is evaluated at the place
        of the property: parameters of the same names that a fairness binds are different ones.
        """
        if meanwhile == FALSE:
            return (FALSE,) * len(self.fair)
        return tuple(conj((meanwhile, self._on(fair.steps, transition, inputs, where))) for fair, where in self.fair)

    @cached_property
    def _labels(self) -> list[tuple[int, Mapping[str, int], Formula, tuple[Formula, ...]]]:
        """For each transition, by number, and inputs: where it may happen meanwhile, and where it is a fair step."""
        found: list[tuple[int, Mapping[str, int], Formula, tuple[Formula, ...]]] = []
        for number, transition in enumerate(self.space.transitions):
            for inputs in transition.inputs_by(self.names):
                meanwhile = self._on(self.asked.meanwhile, transition, inputs, self.ground.stands_for)
                found.append((number, inputs, meanwhile, self._kinds(transition, inputs, meanwhile)))
        return found

    @cached_property
    def edges(self) -> list[LabelledEdge]:
        """Every kind of step that may happen before the goal, refused ones included."""
        goal = self.asked.formula
        goal = goal if speaks_of_step(goal) else goal | After(goal)
        found: dict[tuple[int, Formula, tuple[Formula, ...]], LabelledEdge] = {}
        for number, inputs, meanwhile, kinds in self._labels:
            transition = self.space.transitions[number]
            if meanwhile == FALSE or not (transition.ending.writes or any(kind != FALSE for kind in kinds)):
                continue
            reached = self._on(goal, transition, inputs, self.ground.stands_for)
            allowed = conj((transition.condition, meanwhile, negate(reached)))
            if allowed != FALSE:
                request = Request(transition.ending.action, transition.ending.place, inputs)
                found.setdefault((number, allowed, kinds), LabelledEdge(number, transition, request, allowed, kinds))
        return list(found.values())

    @cached_property
    def returning(self) -> set[int]:
        """The positions of the edges that may lie on a cycle."""
        return may_return([edge.transition for edge in self.edges], self.space.words.layout)

    @cached_property
    def _taken(self) -> int:
        """A bit for each fair step that some edge may be."""
        return sum(1 << i for i in range(len(self.fair)) if any(e.kinds[i] != FALSE for e in self.edges))

    @cached_property
    def _enabled(self) -> list[Formula]:
        """For each fair step where it is enabled, whether or not it reaches the goal."""
        where: list[list[Formula]] = [[] for _ in self.fair]
        for number, _, _, kinds in self._labels:
            for possible, kind in zip(where, kinds, strict=True):
                possible.append(conj((self.space.transitions[number].condition, kind)))
        return [disj(possible) for possible in where]

    def _bits(self, kinds: Iterable[Formula]) -> str:
        constant = 0
        terms: list[str] = []
        for i, formula in enumerate(kinds):
            if formula == TRUE:
                constant |= 1 << i
            elif formula != FALSE:
                terms.append(f"({1 << i} if {self.space.test(formula)} else 0)")
        return " | ".join([str(constant), *terms])

    @cached_property
    def arrows(self) -> Callable[[int], list[Arrow]]:
        """Generated: from a word, all edges that change it."""
        lines = ["def arrows(s):", "    out = []"]
        for number, edge in enumerate(self.edges):
            if edge.transition.ending.writes:
                lines.append(f"    if {self.space.test(edge.allowed)}:")
                lines.append(f"        t = {self.space.target(edge.transition)}")
                lines.append(f"        if t != s: out.append(({number}, t, {self._bits(edge.kinds)}))")
        return cache(compiled("arrows", "\n".join([*lines, "    return out"])))

    @cached_property
    def loops(self) -> Callable[[int], list[Arrow]]:
        """Generated: from a word, all edges that leave it as it is and are fair steps."""
        lines = ["def loops(s):", "    out = []"]
        for number, edge in enumerate(self.edges):
            if edge.is_fair:
                target = self.space.target(edge.transition)
                lines.append(f"    if {self.space.test(edge.allowed)} and ({target}) == s:")
                lines.append(f"        out.append(({number}, s, {self._bits(edge.kinds)}))")
        return compiled("loops", "\n".join([*lines, "    return out"]))

    @cached_property
    def enabled(self) -> Callable[[int], int]:
        """Generated: from a word, a bit for each fair step that is enabled."""
        return compiled("enabled", f"def enabled(s): return {self._bits(self._enabled)}")
