"""What no state has, shown by the states of single places while nothing is known about all others.

The values of a place and of those around it have every step that is possible for some values of all other places. So
they reach at least what they reach in any reachable state: a formula that holds nowhere there holds in no reachable
state. The opposite is not shown.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property

from backup_slr.engine.check.projection import MOST_PROJECTED, Cells, Influence
from backup_slr.engine.check.step_cases import StepCases
from backup_slr.engine.compile.analysis import speaks_of_step
from backup_slr.engine.compile.codegen import compiled
from backup_slr.engine.compile.grounding import Ground
from backup_slr.engine.compile.simplify import conj, disj
from backup_slr.engine.core.formula import FALSE, TRUE, And, Formula, Or, Some
from backup_slr.engine.core.rule import Property

Spot = tuple[int, ...]


class PlaceReach:
    """The values that places reach, with the steps in a space.

    >>> from backup_slr.engine.check.exploration import Space
    >>> from backup_slr.lifecycle import lifecycle, scope
    >>> model = lifecycle().assuming()
    >>> reach = PlaceReach(StepCases(Space(model, scope(1, 2, 1))))
    >>> [reach.show(one) for one in model.properties if one.id in ("jobs_have_a_role", "role_can_be_deleted")]
    [True]
    """

    def __init__(self, steps: StepCases) -> None:
        self.steps, self.space = steps, steps.space
        self._read = Influence(self.space, FALSE)
        self._reached: dict[Spot, list[int] | None] = {}

    def show(self, asked: Property) -> bool:
        """Whether it is shown that a property of states or steps holds; of other properties nothing is."""
        if asked.kind not in ("always", "step") or asked.earlier != TRUE:
            return False
        wrong = Some(asked.each, ~asked.formula) if asked.each else ~asked.formula
        if speaks_of_step(wrong):
            return self.excludes(where for where, _, _ in self.steps.cases(wrong, {}))
        return self.excludes([Ground(self.space.scope)(wrong)])

    def excludes(self, formulas: Iterable[Formula]) -> bool:
        """Whether it is shown that none of some grounded formulas holds in a reachable state."""
        parts: dict[Spot, list[Formula]] = {}
        for formula in formulas:
            for one in _cases(formula):
                parts.setdefault(self._place(one), []).append(one)
        return all(self._holds_nowhere(place, several) for place, several in parts.items())

    def _holds_nowhere(self, place: Spot, formulas: list[Formula]) -> bool:
        where = disj(self._read.possible(one, self._cells[place]) for one in formulas)
        if where in (TRUE, FALSE):
            return where == FALSE
        reached = self._of(place)
        holds = compiled("holds", f"def holds(s): return {self.space.test(where)}")
        return reached is not None and not any(map(holds, reached))

    def _place(self, formula: Formula) -> Spot:
        """The innermost place of which a formula reads the most."""
        cells, at = self.space.words.layout.cells, dict[Spot, int]()
        for cell in self._read.read(formula):
            at[cells[cell][1]] = at.get(cells[cell][1], 0) + 1
        return max(at, key=lambda place: (len(place), at[place], place), default=())

    @cached_property
    def _cells(self) -> dict[Spot, Cells]:
        """For each place its cells, with those around it."""
        cells = self.space.words.layout.cells
        places = {place for _, place in cells}
        return {p: frozenset(n for n, (_, at) in enumerate(cells) if p[: len(at)] == at) for p in (*places, ())}

    def _of(self, place: Spot) -> list[int] | None:
        """The values that a place reaches; None if there are too many."""
        if place not in self._reached:
            self._reached[place] = self._explored(self._cells[place])
        return self._reached[place]

    def _explored(self, kept: Cells) -> list[int] | None:
        moves = dict.fromkeys(move for t in self.space.transitions if (move := self._read.seen(t, kept)))
        lines = ["def follow(s):", "    out = []", *(f"    if {where}: out.append({to})" for where, to in moves)]
        follow = compiled("follow", "\n".join([*lines, "    return out"]))
        start = self.space.start & self._read.mask(kept)
        found, todo = {start}, [start]
        while todo:
            for after in follow(todo.pop()):
                if after not in found:
                    found.add(after)
                    todo.append(after)
            if len(found) > MOST_PROJECTED:
                return None
        return list(found)


def _cases(formula: Formula) -> Iterator[Formula]:
    """Formulas of which one holds wherever another does: its disjuncts, also those of a part of a conjunction."""
    match formula:
        case Or(parts):
            for part in parts:
                yield from _cases(part)
        case And(parts) if (several := next((part for part in parts if isinstance(part, Or)), None)) is not None:
            rest = [part for part in parts if part is not several]
            yield from (conj((*rest, one)) for one in several.parts)
        case _:
            yield formula
