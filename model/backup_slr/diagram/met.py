"""What stops an action in the reachable states of a small scope, and what helps: found out by stepping, not by reading.

A picture says who is refused, by which interface, and what leads past the refusal. Each is a question about reachable
states, and is asked of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from backup_slr.engine.check.exploration import Explored, Limits, Space
from backup_slr.engine.check.transitions import Move
from backup_slr.engine.core.model import Model
from backup_slr.engine.core.rule import Guard, Rule
from backup_slr.engine.core.scope import Scope
from backup_slr.engine.core.step import Request
from backup_slr.engine.core.variable import Count, Enum
from backup_slr.report.provenance import speaks_of_all, to_blame
from backup_slr.report.unblock import leaves

Place = tuple[int, ...]
Inputs = Mapping[str, int]


class Unfinished(Exception):
    """Not all reachable states were found, so that nothing can be said of them."""

    def __init__(self, explored: Explored) -> None:
        super().__init__(explored.stopped)
        self.explored = explored


@dataclass(frozen=True)
class Stop:
    """A guard that stops an action somewhere, and what helps past it.

    `helpers` are other actions, each with its place, behind one of which the same request passes the guard, or meets
    less of what the guard does not hold because of; `chance`:
    it passes in the very same state if the environment chooses otherwise; `idle`: wherever it stops the action there
    is nothing left to do, since what it removes is not there or the goal is reached.
    """

    guard: Guard
    helpers: frozenset[tuple[str, Place]]
    chance: bool
    idle: bool


@dataclass
class Met:
    """The reachable states of a model at a scope, and what becomes of requests in them."""

    model: Model
    scope: Scope
    goal: tuple[Enum, str]
    limits: Limits
    space: Space = field(init=False)
    explored: Explored = field(init=False)

    def __post_init__(self) -> None:
        self.space = Space(self.model, self.scope)
        self.explored = self.space.explore(self.limits)
        if not self.explored.complete:
            raise Unfinished(self.explored)

    def stops(self, rule: Rule, places: Sequence[Place], ways: Sequence[str]) -> list[Stop]:
        """The guards that stop an action at some of these places when it is asked for in these ways, in their order."""
        key = ("stops", rule.action, tuple(places), tuple(ways))
        if key not in self._kept:
            self._kept[key] = frozenset(self._all_stops(rule, places, ways))
        return sorted(self._kept[key], key=lambda stop: rule.guards.index(stop.guard))

    def _all_stops(self, rule: Rule, places: Sequence[Place], ways: Sequence[str]) -> list[Stop]:
        where = set(places)
        asked = {number for number, way in enumerate(ways_to_ask(rule)) if way in ways}
        found: dict[int, list[tuple[Move, Inputs]]] = {}
        for move in self._moves[rule.action]:
            if move.guard is not None and move.ending.place in where:
                inputs = [i for i in move.inputs if not asked or _way(rule, i) in asked]
                if inputs and self._states(move):
                    found.setdefault(rule.guards.index(move.guard), []).append((move, inputs[0]))
        return [self._stop(rule, rule.guards[number], found[number]) for number in sorted(found)]

    def _stop(self, rule: Rule, guard: Guard, cases: list[tuple[Move, Inputs]]) -> Stop:
        number = rule.guards.index(guard)
        choices = [i.name for i in rule.inputs if i.kind == "choice"]
        about = {leaf[0].name for leaf in leaves(guard.condition) if len(leaf) == 3}
        about |= {v.name for v in self.model.state if isinstance(v, Count)}  # of which a guard may ask for room
        many = speaks_of_all(guard)
        helpers: set[tuple[str, Place]] = set()
        chance, idle = False, True
        for move, inputs in cases:
            stopped = self._stopped(rule, move.ending.place, inputs, number)
            other = {i: v for i, v in inputs.items() if i not in choices}
            varied = [i for m in self._at(rule, move.ending.place) for i in m.inputs if other.items() <= i.items()]
            for state in self._states(move):
                idle = idle and self._idle(rule, move.ending.place, state)
                for other_move, target in self._next[state]:
                    by = other_move.ending.action, other_move.ending.place
                    if by[0] != rule.action and by not in helpers and other_move.ending.written & about:
                        request = Request(rule.action, move.ending.place, inputs)
                        if target not in stopped or (many and self._less(rule, number, request, state, target)):
                            helpers.add(by)
            for i in varied if choices and not chance else ():
                chance = not self._states(move) <= self._stopped(rule, move.ending.place, i, number)
                if chance:
                    break
        return Stop(guard, frozenset(helpers), chance, idle)

    def _idle(self, rule: Rule, place: Place, word: int) -> bool:
        """All that the action removes, or ends, at its place is not there."""
        layout, state = self.space.words.layout, self.space.words.unpack(word)
        variable, value = self.goal
        if state[layout.cell(variable.name)] == variable.values.index(value):
            return True
        gone = [e.variable for e in rule.effects if e.variable.at == rule.place and _removes(e.variable, e.value)]
        return bool(gone) and not any(state[layout.cell(v.name, place[: len(v.per)])] for v in gone)

    def _less(self, rule: Rule, number: int, request: Request, before: int, after: int) -> bool:
        """A state has less of what a guard does not hold because of than another state had."""
        left = self._blamed(rule, number, request, after)
        return bool(left) and left < self._blamed(rule, number, request, before)

    def _blamed(self, rule: Rule, number: int, request: Request, word: int) -> frozenset[Any]:
        key = (rule.action, number, request.place, tuple(request.inputs.items()), word)
        if key not in self._kept:
            words = self.space.words
            self._kept[key] = frozenset(to_blame(words.layout, rule, rule.guards[number], request, words.unpack(word)))
        return self._kept[key]

    def _at(self, rule: Rule, place: Place) -> Iterator[Move]:
        return (move for move in self._moves[rule.action] if move.ending.place == place)

    def _stopped(self, rule: Rule, place: Place, inputs: Inputs, number: int) -> frozenset[int]:
        """The states in which a request is stopped by the guard of that number or an earlier one."""
        key = (rule.action, place, tuple(sorted(inputs.items())), number)
        if key not in self._kept:
            by = [m for m in self._at(rule, place) if m.guard and rule.guards.index(m.guard) <= number]
            self._kept[key] = frozenset().union(*(self._states(m) for m in by if inputs in m.inputs))
        return self._kept[key]

    @cached_property
    def _kept(self) -> dict[tuple[object, ...], frozenset[Any]]:
        return {}

    @cached_property
    def _moves(self) -> dict[str, list[Move]]:
        found: dict[str, list[Move]] = {rule.action: [] for rule in self.model.rules}
        for move in self.space.moves:
            found[move.ending.action].append(move)
        return found

    def _states(self, move: Move) -> frozenset[int]:
        """The words of the states in which a move is open."""
        key = ("open", id(move))
        if key not in self._kept:
            states = self.explored.states
            self._kept[key] = frozenset(states[n] for n in self.space.all(move.condition, states))
        return self._kept[key]

    @cached_property
    def _next(self) -> dict[int, list[tuple[Move, int]]]:
        """From each state: the moves that change it, and the state that each leads to."""
        moves = self.space.moves
        return {w: [(moves[m], target) for m, target in self.space.successors(w)] for w in self.explored.states}


def ways_to_ask(rule: Rule) -> tuple[str, ...]:
    """The values of the input that says how somebody asks: the only enumeration that a request need not give."""
    return next((i.values for i in rule.inputs if isinstance(i, Enum) and not i.required), ())


def _way(rule: Rule, inputs: Inputs) -> int:
    asked = next(i for i in rule.inputs if isinstance(i, Enum) and not i.required)
    return inputs[asked.name]


def _removes(variable: object, value: int) -> bool:
    return value < 0 if isinstance(variable, Count) else not value and not isinstance(variable, Enum)
