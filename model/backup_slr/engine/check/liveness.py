"""Check leads-to properties under fairness, with strongly connected components.

A property fails if some fair behavior, after `earlier`, never reaches its goal. Such a behavior finally stays in one
strongly connected component of the states before the goal (or in one state forever, since stuttering is allowed). So
the question for each component is whether a fair run can stay in it:

- *weak* fairness is violated if the step is enabled in all states of the component but taken by no edge inside it;
- *strong* fairness is violated if the step is enabled in some state of the component but taken by no edge inside it. A
  run may avoid those states, so the rest of the component is checked again (Streett's condition; Emerson and Lei 1987).

`vectorized.array_liveness` implements the search (`_search`) with arrays; the rest is shared.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import pairwise
from typing import TypeAlias

from backup_slr.engine.check.cycles import may_return
from backup_slr.engine.check.exploration import Explored, Space
from backup_slr.engine.check.scc import components
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
    """A transition with equivalent inputs: the condition under which it happens before the goal, and its fair steps."""

    number: int
    transition: Transition
    request: Request
    allowed: Formula
    kinds: tuple[Formula, ...]

    @property
    def is_fair(self) -> bool:
        """Whether it may be a fair step."""
        return any(kind != FALSE for kind in self.kinds)


@dataclass(frozen=True)
class Lasso:
    """An infinite behavior: requests of its stem and of its loop (none: it stays where it is)."""

    stem: tuple[Request, ...]
    loop: tuple[Request, ...]


@dataclass(frozen=True)
class FairPath:
    """A path to a component where a fair run can stay: the state where waiting starts, and the words from there on.

    If a step starts the wait, `origin` is the number of the state before it.
    """

    origin: int
    words: list[int]
    component: set[int]


class Liveness:
    """One *eventually* property at one place, decided on everything that was explored."""

    def __init__(
        self,
        space: Space,
        explored: Explored,
        asked: Property,
        place: Mapping[Param, Element],
        path: Callable[[int], tuple[list[Request], int]],
    ) -> None:
        self.space = space
        self.explored = explored
        self.asked = asked
        self.path = path
        self.ground = Ground(space.scope, place)
        self.fair: list[tuple[Fair, Mapping[Param, Element]]] = [
            (fair, {**place, **each}) for fair in asked.fair for each in space.scope.places(fair.each)
        ]
        self.names = inputs_in(asked.formula, asked.earlier, asked.meanwhile, *(fair.steps for fair in asked.fair))
        self.weak = sum(1 << i for i, (fair, _) in enumerate(self.fair) if fair.strength == "weak")
        self.strong = sum(1 << i for i, (fair, _) in enumerate(self.fair) if fair.strength == "strong")

    def lasso(self) -> Lasso | None:
        """A fair behavior that never reaches the goal, if any."""
        found = self._search()
        if found is None:
            return None
        stem, here = self.path(found.origin)
        if speaks_of_step(self.asked.earlier):
            stem.append(
                next(
                    request
                    for where, request, transition in self._occasions()
                    if self.space.first(where, [here]) == 0 and self.space.after(transition)(here) == found.words[0]
                )
            )
        for word, after in pairwise(found.words):
            edge = next(number for number, target, _ in self.arrows(word) if target == after)
            stem.append(self.edges[edge].request)
        return Lasso(tuple(stem), self._loop(found.words[-1], found.component))

    # ------------------------------------------------------------ edges and their labels

    def _on(
        self, formula: Formula, transition: Transition, inputs: Mapping[str, int], place: Mapping[Param, Element]
    ) -> Formula:
        return transition.where(formula, self.space.scope, place, inputs)

    def _kinds(self, transition: Transition, inputs: Mapping[str, int], meanwhile: Formula) -> tuple[Formula, ...]:
        """For each fair step, the condition under which this transition is that step.

        Fairness cannot require steps that these behaviors never take. `meanwhile` is evaluated at the place
        of the property: parameters of the same names that a fairness binds are different ones.
        """
        if meanwhile == FALSE:
            return (FALSE,) * len(self.fair)
        return tuple(conj((meanwhile, self._on(fair.steps, transition, inputs, where))) for fair, where in self.fair)

    @cached_property
    def _labels(self) -> list[tuple[int, Mapping[str, int], Formula, tuple[Formula, ...]]]:
        """For each transition (by number) and its inputs, when it is a `meanwhile` step and which fair steps it is."""
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
        """The positions of the edges that may be on a cycle."""
        return may_return([edge.transition for edge in self.edges], self.space.words.layout)

    @cached_property
    def _taken(self) -> int:
        """A bit for each fair step that some edge may be."""
        return sum(1 << i for i in range(len(self.fair)) if any(e.kinds[i] != FALSE for e in self.edges))

    @cached_property
    def _enabled(self) -> list[Formula]:
        """For each fair step, the condition under which it is enabled, whether or not it reaches the goal."""
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
        """Generated: from a word, all edges that do not change it and are fair steps."""
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

    # ------------------------------------------------------------ the start of the wait

    def _occasions(self) -> Iterator[tuple[Formula, Request, Transition]]:
        """If a step starts the wait: the condition under which it happens, its request, and its transition."""
        for transition in self.space.transitions:
            inputs_of = reversed(transition.inputs_by(self.names))
            cases = {self._on(self.asked.earlier, transition, i, self.ground.stands_for): i for i in inputs_of}
            for where, inputs in cases.items():
                here = conj((transition.condition, where))
                if here != FALSE:
                    yield here, Request(transition.ending.action, transition.ending.place, inputs), transition

    def _begins(self) -> dict[int, int]:
        """For each word where waiting starts, the number of the first state that starts it (see `FairPath.origin`)."""
        states = self.explored.states
        if not speaks_of_step(self.asked.earlier):
            return {states[number]: number for number in self.space.all(self.ground(self.asked.earlier), states)}
        found: dict[int, int] = {}
        for where, _, transition in self._occasions():
            after = self.space.after(transition)
            for number in self.space.all(where, states):
                word = after(states[number])
                found[word] = min(number, found.get(word, number))
        return dict(sorted(found.items(), key=lambda one: one[1]))

    # ------------------------------------------------------------ the search

    def _search(self) -> FairPath | None:
        """A shortest path from the start of the wait to a component in which a fair run can stay."""
        states = self.explored.states
        waiting = set(states)
        if not speaks_of_step(self.asked.formula):
            waiting = {states[n] for n in self.space.all(negate(self.ground(self.asked.formula)), states)}
        inside = self._may_stay(waiting)
        parts = [part for whole in components(inside, self._targets) for part in self._fair_parts(whole)]
        component_of = {word: part for part in parts for word in part}
        origin = {word: number for word, number in self._begins().items() if word in waiting} if parts else {}
        parent: dict[int, int | None] = dict.fromkeys(origin)
        layer = list(parent)
        while layer:
            if hits := [word for word in layer if word in component_of]:
                # The nearest one whose wait can start soonest, whatever the order in which they are found.
                word = min(hits, key=lambda word: (self.explored.level_of(origin[word]), word))
                component, number, words = component_of[word], origin[word], [word]
                while (before := parent[words[-1]]) is not None:
                    words.append(before)
                return FairPath(number, words[::-1], component)
            new: list[int] = []
            for word in layer:
                for target in self._targets(word):
                    if target in waiting and target not in parent:
                        parent[target] = word
                        origin[target] = origin[word]
                        new.append(target)
            layer = new
        return None

    def _targets(self, word: int) -> Iterator[int]:
        return (target for _, target, _ in self.arrows(word))

    def _may_stay(self, waiting: set[int]) -> set[int]:
        """The words where a fair run that waits forever may stay, by the steps enabled in each word alone.

        A fair step that always reaches the goal is never taken while waiting. So if it must be strongly fair, it is not
        even enabled; if it must be weakly fair, it is disabled somewhere, or there is no such run.
        """
        inside = {word for word in waiting if not self.enabled(word) & self.strong & ~self._taken}
        always = self.weak & ~self._taken
        for word in inside if always else ():
            always &= self.enabled(word)
            if not always:
                break
        return set() if always else inside

    def _fair_parts(self, part: set[int]) -> Iterator[set[int]]:
        """The largest parts of a component in which a fair run can stay forever."""
        always, some = self._always_and_sometimes(part)
        taken = 0
        for word in part:
            for _, target, bits in self.arrows(word):
                if target in part:
                    taken |= bits
            if (some & ~taken) and (always & self.weak | some & self.strong) & ~taken:
                for _, _, bits in self.loops(word):
                    taken |= bits
        if always & self.weak & ~taken:
            return
        starved = some & self.strong & ~taken
        if not starved:
            yield part
            return
        rest = {word for word in part if not self.enabled(word) & starved}
        for smaller in components(rest, self._targets):
            yield from self._fair_parts(smaller)

    def _always_and_sometimes(self, part: Iterable[int]) -> tuple[int, int]:
        """A bit for each fair step that is enabled in all of these words, and for each that is enabled in any."""
        always, some = -1, 0
        for word in part:
            possible = self.enabled(word)
            always &= possible
            some |= possible
        return always, some

    # ------------------------------------------------------------ the loop of a lasso

    def _loop(self, start: int, part: set[int]) -> tuple[Request, ...]:
        """Go around the component and back, through every step that fairness requires."""
        always, some = self._always_and_sometimes(part)
        loop: list[Request] = []
        here = start
        bits = [1 << i for i in range(len(self.fair))]
        for bit in bits:
            if some & bit and not bit & self.weak & ~always:
                here = self._walk(here, part, loop, lambda arrow, bit=bit: bool(arrow[2] & bit))
        for bit in bits:
            if bit & self.weak & ~always:
                here = self._walk(here, part, loop, None, lambda word, bit=bit: not self.enabled(word) & bit)
        if len(part) > 1 or loop:
            self._walk(here, part, loop, None, lambda word: word == start)
        return tuple(loop)

    def _walk(
        self,
        start: int,
        part: set[int],
        requests: list[Request],
        over: Callable[[Arrow], bool] | None,
        to: Callable[[int], bool] = lambda _: False,
    ) -> int:
        """Add a shortest path in a component over a wanted arrow or to a wanted word; return its end."""
        if to(start):
            return start
        before: dict[int, tuple[int, Arrow]] = {}
        todo, seen = deque([start]), {start}
        while todo:
            word = todo.popleft()
            for arrow in (*self.arrows(word), *self.loops(word)):
                target = arrow[1]
                if target not in part:
                    continue
                if over(arrow) if over else to(target):
                    back = [arrow]
                    while word != start:
                        word, arrow = before[word]
                        back.append(arrow)
                    requests += [self.edges[number].request for number, _, _ in reversed(back)]
                    return target
                if target not in seen:
                    seen.add(target)
                    before[target] = (word, arrow)
                    todo.append(target)
        raise AssertionError("a component is connected, and has every step that fairness requires")
