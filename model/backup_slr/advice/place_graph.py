"""The behavior of one place while nothing is known about all others.

The states of a `PlaceGraph` are the values of the variables of one place. A step exists if the rules allow it for some
values of everything else. So the graph has every behavior of the place in every account, and perhaps more: a state that
it does not reach is never reached. A path in it still has to be performed on the model.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from heapq import heappop, heappush
from itertools import product
from operator import eq, gt, le, ne
from typing import TypeAlias

from backup_slr.engine.compile.codegen import compiled
from backup_slr.engine.compile.grounding import Ground
from backup_slr.engine.core import formula as f
from backup_slr.engine.core.formula import Element, Formula, Param
from backup_slr.engine.core.model import Model
from backup_slr.engine.core.rule import Rule
from backup_slr.engine.core.scope import Scope
from backup_slr.engine.core.variable import AtMost, Count, Effect, Flag, Is, Variable, numbers_of, usual
from backup_slr.engine.spec.lifecycle import Lifecycle

Values: TypeAlias = tuple[int, ...]
"""The values of the variables of a place, counts clipped."""
Test: TypeAlias = Callable[[Values], bool]
Solved: TypeAlias = "dict[Values, tuple[PathStep, ...] | None]"
"""The best path from each state for which it is known; None if there is none."""
COMPARED = {"==": eq, "!=": ne, "<=": le, ">": gt}
OWN, OTHERS_TURN, SERVICE, TIME, BY_CHANCE = 2, 20, 200, 20_000, 100
"""The costs of steps: a path that the user can take alone is the best, one that waits for a date the worst."""


@dataclass(frozen=True)
class Move:
    """An action with its inputs that changes the place, and the place of the request in the scope of the graph."""

    rule: Rule
    inputs: Mapping[str, int]
    place: tuple[int, ...]


@dataclass(frozen=True)
class PathStep:
    """One step of a path: a move, and the values before and after it."""

    move: Move
    before: Values
    after: Values


@dataclass(frozen=True)
class _Write:
    """A write to a cell, with the sources of the tests whether it may happen and whether it may not."""

    cell: int
    value: int
    counts: bool
    may: str
    may_not: str


@dataclass(frozen=True)
class _Way:
    """A way in which an action can end that changes the place; `allowed` is the source of a test."""

    cost: int
    move: Move
    allowed: str
    writes: tuple[_Write, ...]


Ways: TypeAlias = dict[tuple[Rule, tuple[Element, ...]], tuple[_Way, ...]]
"""The ways of rules at kinds of places, which graphs under other values of assumptions share."""


@cache
def _test(source: str) -> Test:
    """The test of a source."""
    return compiled("test", f"def test(s): return {source}")


def clip_of(model: Model) -> int:
    """A number that stands for every larger one: no rule compares them, and a repetition still shows."""
    parts = (part for rule in model.rules for part in (*rule.guards, *rule.effects, *rule.on_failure))
    formulas = (part.when if isinstance(part, Effect) else part.condition for part in parts)
    return 3 + max((node.number for whole in formulas for node in f.walk(whole) if isinstance(node, AtMost)), default=0)


class PlaceGraph:
    """The graph of one kind of place: its element of each sort is special, or any other one.

    >>> from backup_slr.lifecycle import BACKUP
    >>> graph = PlaceGraph(BACKUP, BACKUP.model.assuming(), ("", ""))
    >>> [v.name for v in graph.variables]
    ['vault', 'points', 'job']
    >>> empty = lambda values: not values[1]
    >>> [step.move.rule.action for step in graph.path((1, 1, 0), empty)]
    ['delete_recovery_point']
    """

    def __init__(self, lifecycle: Lifecycle, model: Model, kind: Sequence[str], shared: Ways | None = None) -> None:
        self.lifecycle, self.model = lifecycle, model
        sorts = lifecycle.sorts
        self.scope = Scope(
            {sort.name: len(sort.special) + 2 for sort in model.sorts},
            {v.name: None for v in model.state if isinstance(v, Count)},
        )
        self.place = tuple(
            sort.special.index(name) if name else len(sort.special) for sort, name in zip(sorts, kind, strict=False)
        )
        self.elements = tuple(Element(sort, i) for sort, i in zip(sorts, self.place, strict=False))
        self.variables = tuple(v for v in model.state if len(v.per) == len(self.place))
        self.cells = {v.name: i for i, v in enumerate(self.variables)}
        self.clip = clip_of(model)
        self._shared: Ways = {} if shared is None else shared
        self._known: dict[tuple[Values, frozenset[str]], list[tuple[int, Move, Values]]] = {}

    def clipped(self, values: Sequence[int]) -> Values:
        """The state of a place with these values."""
        return tuple(
            min(n, self.clip) if isinstance(v, Count) else n for v, n in zip(self.variables, values, strict=True)
        )

    # ---------------------------------------------------------------- formulas

    def may(self, formula: Formula, given: Mapping[str, int] | None = None) -> Test:
        """A test whether a ground formula can hold where the place has some values; `given` are further ones."""
        return _test(self._source(formula, True, given or {}))

    def _source(self, formula: Formula, wanted: bool, given: Mapping[str, int]) -> str:
        match formula:
            case f.Literal(value):
                return str(value == wanted)
            case Flag():
                return self._compared(formula, "!=" if wanted else "==", 0, given)
            case Is(variable, value):
                return self._compared(variable, "==" if wanted else "!=", value, given)
            case AtMost(variable, number):
                return self._compared(variable, "<=" if wanted else ">", number, given)
            case f.Not(body):
                return self._source(body, not wanted, given)
            case f.And(parts) | f.Or(parts):
                every = isinstance(formula, f.And) == wanted
                neutral, final = ("True", "False") if every else ("False", "True")
                found = dict.fromkeys(self._source(part, wanted, given) for part in parts)
                found.pop(neutral, None)
                if final in found or not found:
                    return final if found else neutral
                return f"({(' and ' if every else ' or ').join(found)})"
            case _:
                return "True"

    def _compared(self, variable: Variable, how: str, number: int, given: Mapping[str, int]) -> str:
        """The source of a comparison; "True" where the value is unknown."""
        if variable.name in given:
            return str(COMPARED[how](given[variable.name], number))
        if variable.name in self.cells and variable.at == self.elements:
            return f"s[{self.cells[variable.name]}] {how} {number}"
        return "True"

    # ---------------------------------------------------------------- steps

    @cached_property
    def _ways(self) -> list[_Way]:
        """All ways, the cheapest first; of those of a rule that do the same, only the first."""
        every = (way for rule in self.model.rules for way in self._ways_of(rule))
        return sorted(every, key=lambda way: way.cost)

    def _ways_of(self, rule: Rule) -> tuple[_Way, ...]:
        key = rule, self.elements
        if key not in self._shared:
            every = (way for at in self.scope.places(rule.place) for way in self._ways_at(rule, at))
            found: dict[tuple[str, tuple[_Write, ...]], _Way] = {}
            for way in sorted(every, key=lambda way: way.cost):
                found.setdefault((way.allowed, way.writes), way)
            self._shared[key] = tuple(found.values())
        return self._shared[key]

    def _ways_at(self, rule: Rule, at: Mapping[Param, Element]) -> Iterator[_Way]:
        ground, place = Ground(self.scope, at), tuple(element.index for element in at.values())
        for fails in (None, *(n for n, guard in enumerate(rule.guards) if guard.fails)):
            hits = [
                hit
                for effect in (rule.on_failure if fails is not None else rule.effects)
                for hit in self._hits(effect, ground)
            ]
            if not hits:
                continue
            conditions = [ground(guard.condition) for guard in rule.guards[:fails]]
            if fails is not None:
                conditions.append(f.Not(ground(rule.guards[fails].condition)))
            for chosen in product(*map(numbers_of, rule.inputs)):
                inputs = {i.name: n for i, n in zip(rule.inputs, chosen, strict=True)}
                allowed = self._source(f.And(tuple(conditions)), True, inputs)
                if allowed == "False":
                    continue
                writes = tuple(
                    _Write(
                        cell,
                        effect.value,
                        isinstance(effect.variable, Count),
                        self._source(when, True, inputs),
                        self._source(when, False, inputs),
                    )
                    for cell, effect, when in hits
                )
                unusual = [i.kind for i in rule.inputs if inputs[i.name] != usual(i)]
                cost = self.cost(rule) + BY_CHANCE * unusual.count("choice") + unusual.count("parameter")
                yield _Way(cost, Move(rule, inputs, place), allowed, writes)

    def _hits(self, effect: Effect, ground: Ground) -> Iterator[tuple[int, Effect, Formula]]:
        """The writes of an effect to the place."""
        if effect.variable.name not in self.cells:
            return
        for each in self.scope.places(effect.each):
            there = ground.at(each)
            if there.placed(effect.variable).at == self.elements:
                yield self.cells[effect.variable.name], effect, there(effect.happens)

    def steps(self, values: Values, banned: frozenset[str] = frozenset()) -> list[tuple[int, Move, Values]]:
        """For each next state the best step and its cost; `banned` actions do not happen here."""
        key = values, banned
        if key not in self._known:
            found: dict[Values, tuple[int, Move]] = {}
            for cost, move, after in self.every_step(values, banned):
                found.setdefault(after, (cost, move))
            self._known[key] = [(cost, move, after) for after, (cost, move) in found.items()]
        return self._known[key]

    def every_step(self, values: Values, banned: frozenset[str] = frozenset()) -> Iterator[tuple[int, Move, Values]]:
        """All steps that change the place, the cheapest first, also those that do the same."""
        for way in self._ways:
            if way.move.rule.action not in banned and _test(way.allowed)(values):
                yield from ((way.cost, way.move, after) for after in self._after(way, values) if after != values)

    def cost(self, rule: Rule) -> int:
        """The cost of a step by this action."""
        if rule.by == "service":
            return TIME if rule.action in self.lifecycle.only_time else SERVICE
        return OTHERS_TURN if rule.action in self.lifecycle.other_people else OWN

    def _after(self, way: _Way, values: Values) -> set[Values]:
        found: set[Values] = {values}
        for write in way.writes:
            if not _test(write.may)(values):
                continue
            changed = {
                (*one[: write.cell], new, *one[write.cell + 1 :]) for one in found for new in self._new(write, values)
            }
            found = found | changed if _test(write.may_not)(values) else changed
        return found

    def _new(self, write: _Write, values: Values) -> tuple[int, ...]:
        old = values[write.cell]
        if not write.counts:
            return (write.value,)
        if old == self.clip:  # this number or any larger one
            return (old,) if write.value > 0 else (old - 1, old)
        return (old + write.value,)

    # ---------------------------------------------------------------- paths

    def reached(self, start: Values, banned: frozenset[str] = frozenset()) -> set[Values]:
        """All states that can be reached."""
        found, todo = {start}, [start]
        while todo:
            for _, _, after in self.steps(todo.pop(), banned):
                if after not in found:
                    found.add(after)
                    todo.append(after)
        return found

    def path(
        self,
        start: Values,
        target: Callable[[Values], bool],
        banned: frozenset[str] = frozenset(),
        solved: Solved | None = None,
    ) -> tuple[PathStep, ...] | None:
        """A path of least cost to a state that satisfies a test; None if there is none.

        It starts no new work of the service, which no user can count on. `solved` has what earlier searches with the
        same test found, and gets what this one finds: accounts have many states of which one leads to the other.
        """
        solved = {} if solved is None else solved
        if start in solved:
            return solved[start]
        begins = self.lifecycle.environment and self.lifecycle.environment.process.start
        best: dict[Values, int] = {start: 0}
        came: dict[Values, PathStep] = {}
        heap: list[tuple[int, int, Values]] = [(0, 0, start)]
        while heap:
            cost, _, values = heappop(heap)
            if cost > best[values]:
                continue
            if target(values):
                found: tuple[PathStep, ...] = ()
                while values != start:
                    # The rest of a best path is a best path.
                    solved.setdefault(values, found)
                    found = (came[values], *found)
                    values = came[values].before
                return solved.setdefault(start, found)
            for more, move, after in self.steps(values, banned):
                if move.rule.action == begins or solved.get(after, ()) is None:
                    continue
                if cost + more < best.get(after, cost + more + 1):
                    best[after] = cost + more
                    came[after] = PathStep(move, values, after)
                    heappush(heap, (cost + more, len(came), after))
        solved |= dict.fromkeys(best)
        return None
