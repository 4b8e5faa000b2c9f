"""Lower bounds on the number of steps to a goal, from projections of a state space onto the cells of one place.

A projection has the cells of a place and of those around it, and every step that is possible for some values of all
other cells. So a way in the space is a way in each projection, and a goal that a projection does not reach is never
reached. Each transition is counted in one projection only, that of a place that it writes to. So the sum of the
distances is a lower bound (an additive pattern database; Felner, Korf and Hanan 2004).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from typing import TypeAlias

from backup_slr.engine.check.exploration import Space
from backup_slr.engine.check.transitions import Transition
from backup_slr.engine.compile.analysis import variables_in
from backup_slr.engine.compile.codegen import compiled
from backup_slr.engine.compile.simplify import conj, disj, negate
from backup_slr.engine.core.formula import FALSE, TRUE, And, Formula, Literal, Or
from backup_slr.engine.core.variable import Count, Variable

MOST_PROJECTED = 20_000
"""The largest number of conceivable states of a projection."""
NEVER = 1 << 40
"""The distance of a goal that is not reached."""
Cells: TypeAlias = frozenset[int]


class Influence:
    """The cells of a space on which it depends whether and when grounded formulas hold, and what changes them."""

    def __init__(self, space: Space, *formulas: Formula) -> None:
        self.space = space
        self._cells: dict[Formula, Cells] = {}
        self.cells: Cells = frozenset[int]().union(*map(self.read, formulas))
        left = [t for t in space.transitions if t.ending.writes]
        while any(self.cells & self.written(t) for t in left):
            found = [t for t in left if self.cells & self.written(t)]
            left = [t for t in left if not self.cells & self.written(t)]
            self.cells = self.cells.union(*(self.read(t.condition) for t in found))
        unimportant = set(map(id, left))
        self.transitions = [t for t in space.transitions if t.ending.writes and id(t) not in unimportant]

    def cell(self, variable: Variable) -> int:
        """The cell of a variable at its place."""
        return self.space.words.layout.cell(variable.name, [index.index for index in variable.at])  # type: ignore[union-attr]

    def read(self, formula: Formula) -> Cells:
        """The cells that a grounded formula reads."""
        if formula not in self._cells:
            self._cells[formula] = frozenset(map(self.cell, variables_in(formula)))
        return self._cells[formula]

    def written(self, transition: Transition) -> Cells:
        """The cells to which a transition writes."""
        return frozenset(map(self.cell, transition.ending.writes))

    def seen(self, transition: Transition, cells: Cells) -> tuple[str, str] | None:
        """What a transition does to some cells, as code: where it may happen, and the word after it; None: nothing."""
        inside = [(v, n) for v, n in transition.ending.writes.items() if self.cell(v) in cells]
        # What keeps a count within its bounds may depend on other cells.
        room = (v.has_room() if n > 0 else negate(v.is_zero()) for v, n in inside if isinstance(v, Count))
        where = conj((self.possible(transition.condition, cells), *room)) if inside else FALSE
        return None if where == FALSE else (self.space.test(where), self.space.words.target(inside)[0])

    def mask(self, cells: Iterable[int]) -> int:
        """The bits of some cells."""
        fields = self.space.words.fields
        return sum(fields[cell][1] << fields[cell][0] for cell in cells)

    def possible(self, formula: Formula, cells: Cells) -> Formula:
        """A formula about some cells that is true wherever another can be true for some values of the other cells."""
        match formula:
            case And(parts):
                return conj(self.possible(part, cells) for part in parts)
            case Or(parts):
                return disj(self.possible(part, cells) for part in parts)
            case Literal():
                return formula
            case _:
                return formula if self.read(formula) <= cells else TRUE


@dataclass(frozen=True)
class Projection:
    """The bits of some cells, and for each projected state the least number of counted steps from it to the goal."""

    mask: int
    distance: dict[int, int]


class Projections:
    """The projections of a space onto its places, for a goal that is reached through no state to avoid."""

    def __init__(self, space: Space, goal: Formula, avoid: Formula = FALSE) -> None:
        self.influence = Influence(space, goal, avoid)
        self.space = space.replacing(space.model, self.influence.transitions)
        self.goal, self.allowed = goal, negate(avoid)
        self._written = [self.influence.written(t) for t in self.space.transitions]
        self._home = list(map(self._place_of, self.space.transitions, self._written))
        self.found = [one for place in self._places() if (one := self._onto(place)) is not None]

    def _places(self) -> Iterator[tuple[int, ...]]:
        """The places, innermost first."""
        chain, size = self.space.words.layout.chain, self.space.scope.size
        for depth in reversed(range(len(chain) + 1)):
            yield from product(*(range(size(sort)) for sort in chain[:depth]))

    def _place_of(self, transition: Transition, written: Cells) -> tuple[int, ...]:
        """The place where a transition is counted: its own if it writes there."""
        cells = self.space.words.layout.cells
        places = [cells[cell][1] for cell in sorted(written & self.influence.cells)]
        own = transition.ending.place
        return own if own in places else max(places, key=len)

    def _onto(self, place: tuple[int, ...]) -> Projection | None:
        """The projection onto a place; None if it says nothing."""
        layout = self.space.words.layout
        places = {cell: layout.cells[cell][1] for cell in sorted(self.influence.cells)}
        own = [cell for cell, at in places.items() if at == place]
        around = [cell for cell, at in places.items() if at != place and place[: len(at)] == at]
        kept, states = list[int](), 1
        for cell in (*own, *around):
            states *= layout.values(layout.cells[cell][0]) or 1
            if states > MOST_PROJECTED:
                break
            kept.append(cell)
        counted = {i for i, home in enumerate(self._home) if home == place}
        if not counted or not kept:
            return None
        distance = self._distances(frozenset(kept), counted)
        mask = self.influence.mask(kept)
        start = self.space.start & mask
        return Projection(mask, distance) if any(distance.values()) or start not in distance else None

    def _distances(self, kept: Cells, counted: set[int]) -> dict[int, int]:
        moves = dict[tuple[str, str, int], None]()
        for number, (transition, cells) in enumerate(zip(self.space.transitions, self._written, strict=True)):
            if not cells.isdisjoint(kept) and (move := self.influence.seen(transition, kept)):
                moves[*move, int(number in counted)] = None
        lines = ["def follow(s):", "    out = []"]
        for where, to, cost in moves:
            lines += [f"    if {where}: out.append(({to}, {cost}))"]
        follow = compiled("follow", "\n".join([*lines, "    return out"]))
        goal, allowed = (
            compiled("holds", f"def holds(s): return {self.space.test(self.influence.possible(formula, kept))}")
            for formula in (self.goal, self.allowed)
        )
        return _distances(self.space.start & self.influence.mask(kept), follow, goal, allowed)

    @cached_property
    def least(self) -> Callable[[int], int]:
        """Generated: a lower bound on the steps from a word to the goal; at least `NEVER` if no way leads there."""
        parts = [f"d{i}(s & {one.mask}, {NEVER})" for i, one in enumerate(self.found)]
        given = {f"d{i}": one.distance.get for i, one in enumerate(self.found)}
        return compiled("least", f"def least(s): return {' + '.join(parts) or '0'}", **given)


def _distances(
    start: int,
    follow: Callable[[int], list[tuple[int, int]]],
    goal: Callable[[int], bool],
    allowed: Callable[[int], bool],
) -> dict[int, int]:
    """The least cost from each state that can be reached to a goal; costs are 0 and 1."""
    before: dict[int, list[tuple[int, int]]] = {start: []}
    todo = [start]
    while todo:
        state = todo.pop()
        for after, cost in follow(state) if allowed(state) else ():
            if after not in before:
                before[after] = []
                todo.append(after)
            before[after].append((state, cost))
    near = deque((state, 0) for state in before if allowed(state) and goal(state))
    found: dict[int, int] = {}
    while near:
        state, far = near.popleft()
        if state in found:
            continue
        found[state] = far
        for source, cost in before[state]:
            if source not in found:
                (near.append if cost else near.appendleft)((source, far + cost))
    return found
