"""Something does come: leads-to properties under fairness, judged on strongly connected components.

A property fails if some behaviour, after `earlier`, never reaches its goal although it is fair. Such a behaviour in
the end goes round in one strongly connected part of the states from which the goal has not been reached (or stays in
one state for ever: stuttering is a behaviour too). So every component is asked whether a run can stay in it and
still be fair:

- *weak* fairness is broken if the step is possible in all of its states and taken nowhere inside;
- *strong* fairness is broken if the step is possible in one of its states and taken nowhere inside. A run may then
  avoid those states: what is left of the component is asked again (Streett's condition; Emerson and Lei 1987).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from backup_slr.engine.check.components import Arrow, components
from backup_slr.engine.check.exploration import Explored, Space
from backup_slr.engine.check.transitions import Move
from backup_slr.engine.compile.analysis import inputs_in, speaks_of_step
from backup_slr.engine.compile.codegen import compiled
from backup_slr.engine.compile.grounding import Ground
from backup_slr.engine.compile.simplify import conj, disj, negate
from backup_slr.engine.core.formula import FALSE, TRUE, After, Element, Formula, Param
from backup_slr.engine.core.rule import Fair, Property
from backup_slr.engine.core.step import Request


@dataclass(frozen=True)
class Edge:
    """Moves with inputs that count alike: where they may happen here, and which fair steps they are (by formula)."""

    move: Move
    request: Request
    allowed: Formula
    kinds: tuple[Formula, ...]


@dataclass(frozen=True)
class Lasso:
    """A behaviour without end: requests up to its loop, and those of the loop (none: it stays where it is)."""

    stem: tuple[Request, ...]
    loop: tuple[Request, ...]


class Liveness:
    """One *eventually* property at one place, judged on everything that was explored."""

    def __init__(self, space: Space, explored: Explored, asked: Property, place: Mapping[Param, Element]) -> None:
        self.space = space
        self.explored = explored
        self.asked = asked
        self.ground = Ground(space.scope, place)
        self.fair: list[tuple[Fair, Mapping[Param, Element]]] = [
            (fair, {**place, **each}) for fair in asked.fair for each in space.scope.places(fair.each)
        ]
        self.names = inputs_in(asked.formula, asked.earlier, asked.meanwhile, *(fair.steps for fair in asked.fair))
        self.weak = sum(1 << i for i, (fair, _) in enumerate(self.fair) if fair.strength == "weak")
        self.strong = sum(1 << i for i, (fair, _) in enumerate(self.fair) if fair.strength == "strong")

    # ------------------------------------------------------------ edges and their labels

    def _on(self, formula: Formula, move: Move, inputs: Mapping[str, int], place: Mapping[Param, Element]) -> Formula:
        """Where a formula about a step holds of this move, as a formula about the state before it."""
        return move.where(formula, self.space.scope, place, inputs)

    def _kinds(self, move: Move, inputs: Mapping[str, int], meanwhile: Formula) -> tuple[Formula, ...]:
        """For each fair step where this move is one.

        What the behaviours in question never do anyway, fairness cannot ask of them. `meanwhile` is read at the place
        of the property: a fairness may bind parameters of the same names, and they are others.
        """
        if meanwhile == FALSE:
            return (FALSE,) * len(self.fair)
        return tuple(conj((meanwhile, self._on(fair.steps, move, inputs, where))) for fair, where in self.fair)

    @cached_property
    def edges(self) -> list[Edge]:
        """Every kind of step that may happen before the goal, refused ones included."""
        place = self.ground.stands_for
        goal = (
            self.asked.formula if speaks_of_step(self.asked.formula) else self.asked.formula | After(self.asked.formula)
        )
        found: dict[tuple[int, Formula, tuple[Formula, ...]], Edge] = {}
        for number, move in enumerate(self.space.moves):
            for inputs in move.inputs_by(self.names):
                meanwhile = self._on(self.asked.meanwhile, move, inputs, place)
                reached = self._on(goal, move, inputs, place)
                allowed = conj((move.condition, meanwhile, negate(reached)))
                kinds = self._kinds(move, inputs, meanwhile)
                if allowed != FALSE and (move.ending.writes or any(k != FALSE for k in kinds)):
                    request = Request(move.ending.action, move.ending.place, inputs)
                    found.setdefault((number, allowed, kinds), Edge(move, request, allowed, kinds))
        return list(found.values())

    @cached_property
    def _enabled(self) -> list[Formula]:
        """For each fair step where it is possible at all, on whatever way."""
        place = self.ground.stands_for
        where: list[list[Formula]] = [[] for _ in self.fair]
        for move in self.space.moves:
            for inputs in move.inputs_by(self.names):
                kinds = self._kinds(move, inputs, self._on(self.asked.meanwhile, move, inputs, place))
                for possible, kind in zip(where, kinds, strict=True):
                    possible.append(conj((move.condition, kind)))
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
            if edge.move.ending.writes:
                lines.append(f"    if {self.space.test(edge.allowed)}:")
                lines.append(f"        t = {self.space.target(edge.move)}")
                lines.append(f"        if t != s: out.append(({number}, t, {self._bits(edge.kinds)}))")
        return compiled("arrows", "\n".join([*lines, "    return out"]))

    @cached_property
    def loops(self) -> Callable[[int], list[Arrow]]:
        """Generated: from a word, all edges that leave it as it is and are fair steps."""
        lines = ["def loops(s):", "    out = []"]
        for number, edge in enumerate(self.edges):
            if any(kind != FALSE for kind in edge.kinds):
                target = self.space.target(edge.move)
                lines.append(f"    if {self.space.test(edge.allowed)} and ({target}) == s:")
                lines.append(f"        out.append(({number}, s, {self._bits(edge.kinds)}))")
        return compiled("loops", "\n".join([*lines, "    return out"]))

    @cached_property
    def enabled(self) -> Callable[[int], int]:
        """Generated: from a word, a bit for each fair step that is possible."""
        return compiled("enabled", f"def enabled(s): return {self._bits(self._enabled)}")

    # ------------------------------------------------------------ the part of the graph where the goal is still to come

    def _waiting(self, words: list[int]) -> set[int]:
        """The words that are not goals themselves, if the goal is a matter of states."""
        if speaks_of_step(self.asked.formula):
            return set(words)
        reached = self.ground(self.asked.formula)
        return {words[i] for i in self.space.all(negate(reached), words)}

    def _occasions(self) -> Iterator[tuple[int, Request | None, int]]:
        """Where waiting begins: the number of a state, the step from it if the occasion is one, the word then."""
        states = self.explored.states
        if not speaks_of_step(self.asked.earlier):
            for number in self.space.all(self.ground(self.asked.earlier), states):
                yield number, None, states[number]
            return
        for move in self.space.moves:
            inputs_of = reversed(move.inputs_by(self.names))
            ways = {self._on(self.asked.earlier, move, i, self.ground.stands_for): i for i in inputs_of}
            for where, inputs in ways.items():
                here = conj((move.condition, where))
                after = compiled("after", f"def after(s): return {self.space.target(move)}")
                for number in self.space.all(here, states):
                    yield number, Request(move.ending.action, move.ending.place, inputs), after(states[number])

    def judge(self) -> Lasso | None:
        """A fair behaviour that never reaches the goal, if there is one."""
        waiting = self._waiting(self.explored.states)
        inside = self._may_stay(waiting)
        out = {word: [arrow for arrow in self.arrows(word) if arrow[1] in inside] for word in inside}
        parts = [part for whole in components(out, out) for part in self._fair_parts(whole, out)]
        if not parts:
            return None
        part_of = {word: part for part in parts for word in part}
        parent: dict[int, tuple[int, int] | None] = {}
        occasion: dict[int, tuple[int, Request | None]] = {}
        for number, request, word in sorted(self._occasions(), key=lambda o: o[0]):
            if word in waiting and word not in parent:
                parent[word] = None
                occasion[word] = (number, request)
        origin = {word: number for word, (number, _) in occasion.items()}
        layer = list(parent)
        while layer:
            hits = [word for word in layer if word in part_of]
            if hits:
                # Of the nearest the one whose occasion is reached soonest; the order of finding does not matter.
                word = min(hits, key=lambda word: (self.explored.level_of(origin[word]), word))
                return Lasso(self._stem(word, parent, occasion), self._loop(word, part_of[word], out))
            new: list[int] = []
            for word in layer:
                for number, target, _ in self.arrows(word):
                    if target in waiting and target not in parent:
                        parent[target] = (word, number)
                        origin[target] = origin[word]
                        new.append(target)
            layer = new
        return None

    def _may_stay(self, waiting: set[int]) -> set[int]:
        """The words where a fair run that waits for ever may be in the end, as far as a look at each alone tells.

        A fair step that always reaches the goal is never taken while waiting. So where it must be strongly fair, it
        is not even possible; and where it must be weakly fair, it is impossible somewhere, or there is no such run.
        """
        taken = 0
        for edge in self.edges:
            taken |= sum(1 << i for i, kind in enumerate(edge.kinds) if kind != FALSE)
        inside = {word for word in waiting if not self.enabled(word) & self.strong & ~taken}
        always = self.weak & ~taken
        for word in inside if always else ():
            always &= self.enabled(word)
            if not always:
                break
        return set() if always else inside

    def _fair_parts(self, part: set[int], out: Mapping[int, list[Arrow]]) -> Iterator[set[int]]:
        """The largest parts of a component in which a run can stay for ever and be fair."""
        always, some, taken = -1, 0, 0
        for word in part:
            possible = self.enabled(word)
            always &= possible
            some |= possible
        for word in part:
            for _, target, bits in out[word]:
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
        for smaller in components(rest, out):
            yield from self._fair_parts(smaller, out)

    # ------------------------------------------------------------ showing it

    def _stem(
        self,
        word: int,
        parent: Mapping[int, tuple[int, int] | None],
        occasion: Mapping[int, tuple[int, Request | None]],
    ) -> tuple[Request, ...]:
        way: list[Request] = []
        while (step := parent[word]) is not None:
            word, edge = step
            way.append(self.edges[edge].request)
        number, request = occasion[word]
        if request is not None:
            way.append(request)
        way += [self.space.moves[m].request for m in reversed(self.space.way_to(self.explored, number))]
        return tuple(reversed(way))

    def _loop(self, start: int, part: set[int], out: Mapping[int, list[Arrow]]) -> tuple[Request, ...]:
        """Round the component and back, past everything that fairness asks for."""
        way: list[Request] = []
        here, owed = start, 0
        for word in part:
            owed |= self.enabled(word)
        for bit in (1 << i for i in range(len(self.fair))):
            if not owed & bit or self._excused(bit, part):
                continue
            here = self._walk(here, part, out, way, lambda arrow, bit=bit: bool(arrow[2] & bit))
        for bit in (1 << i for i in range(len(self.fair))):
            if bit & self.weak and self._excused(bit, part):
                here = self._walk(here, part, out, way, None, lambda w, bit=bit: not self.enabled(w) & bit)
        if len(part) > 1 or way:
            here = self._walk(here, part, out, way, None, lambda w: w == start)
        return tuple(way)

    def _excused(self, bit: int, part: set[int]) -> bool:
        """Weak fairness asks for nothing, since the step is impossible somewhere in the component."""
        return bool(bit & self.weak) and any(not self.enabled(word) & bit for word in part)

    def _walk(
        self,
        start: int,
        part: set[int],
        out: Mapping[int, list[Arrow]],
        way: list[Request],
        over: Callable[[Arrow], bool] | None,
        to: Callable[[int], bool] = lambda _: False,
    ) -> int:
        """Walk inside a component, over an arrow or to a word as asked, the shortest way; where it ends."""
        if to(start):
            return start
        before: dict[int, tuple[int, Arrow]] = {}
        todo, seen = deque([start]), {start}
        while todo:
            word = todo.popleft()
            for arrow in (*out[word], *self.loops(word)):
                target = arrow[1]
                if target not in part:
                    continue
                if over(arrow) if over else to(target):
                    back = [arrow]
                    while word != start:
                        word, arrow = before[word]
                        back.append(arrow)
                    way += [self.edges[number].request for number, _, _ in reversed(back)]
                    return target
                if target not in seen:
                    seen.add(target)
                    before[target] = (word, arrow)
                    todo.append(target)
        raise AssertionError("a component is connected, and what fairness asks for is in it")
