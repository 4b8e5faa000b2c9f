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
from itertools import pairwise

from backup_slr.engine.check.cycles import components
from backup_slr.engine.check.exploration import Explored, Space
from backup_slr.engine.check.fair_edges import Arrow, FairEdges
from backup_slr.engine.check.transitions import Transition
from backup_slr.engine.compile.analysis import speaks_of_step
from backup_slr.engine.compile.simplify import conj, negate
from backup_slr.engine.core.formula import FALSE, Element, Formula, Param
from backup_slr.engine.core.rule import Property
from backup_slr.engine.core.step import Request


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


class Liveness(FairEdges):
    """One *eventually* property at one place, decided on everything that was explored."""

    def __init__(
        self,
        space: Space,
        explored: Explored,
        asked: Property,
        place: Mapping[Param, Element],
        path: Callable[[int], tuple[list[Request], int]],
    ) -> None:
        super().__init__(space, asked, place)
        self.explored = explored
        self.path = path

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

    # ------------------------------------------------------------ where the wait begins

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
