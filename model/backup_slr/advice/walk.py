"""The proof that the steps found place by place reach the goal: they are performed on the model, one after the other.

The account is `reduced` to one place for all in the same state. Where the order of the places matters and the paths of
single places fail, a short search among the actions at the places of one outermost element looks for a detour.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from heapq import heappop, heappush
from itertools import product

from backup_slr.advice.clearing import AlikePlaces, Clearing
from backup_slr.advice.place_graph import Move, Values
from backup_slr.engine.core.rule import Rule
from backup_slr.engine.core.scope import Scope, State
from backup_slr.engine.core.step import Machine, Request
from backup_slr.engine.core.variable import Count
from backup_slr.report.names import Place as Numbers
from backup_slr.scenario.reduced_account import reduced
from backup_slr.scenario.starting_account import Place

MOST_STEPS, MOST_STATES = 20_000, 3000
"""Bounds of a walk and of a search for a detour; beyond them the answer is "not decided"."""


@dataclass(frozen=True)
class WalkedStep:
    """An action that was done on the way: its place by numbers and by names."""

    move: Move
    at: Numbers
    place: Place


class Walk:
    """Walks from an account to its goal.

    >>> from backup_slr.lifecycle import BACKUP
    >>> from backup_slr.scenario.spec import AccountSpec, EntrySpec
    >>> from backup_slr.scenario.starting_account import StartingAccount
    >>> vault = EntrySpec(("eu-west-1", "Default"), {"points": 5})
    >>> spec = AccountSpec({"role": 1}, tables={"vault": (vault,)}, paths=((vault.place, ()),))
    >>> start = StartingAccount("", BACKUP, spec)
    >>> walk = Walk(Clearing(start, BACKUP.model.assuming({"default-vault": "needs-another-vault"})))
    >>> walk.reached, [step.move.rule.action for step in walk.steps][1:4]
    (True, ['delete_recovery_point', 'delete_recovery_point', 'create_backup_vault'])
    """

    def __init__(self, clearing: Clearing) -> None:
        self.clearing = clearing
        model = clearing.model
        self.small = reduced(clearing.start, count=clearing.group_of[()].graph.clip).account
        # One element more of each sort, for a detour through a place that does not exist yet.
        sizes = {sort: size + 1 for sort, size in self.small.names.sizes.items()}
        bounds: dict[str, int | None] = {v.name: None for v in model.state if isinstance(v, Count)}
        self.machine = Machine(model, Scope(sizes, bounds))
        self.start: State = self.small.state(self.machine)
        self._cells: dict[Numbers, list[int]] = {}
        self.steps: list[WalkedStep] = []
        self.detours: list[WalkedStep] = []

    @cached_property
    def _places(self) -> list[tuple[Numbers, AlikePlaces]]:
        """All places of the machine with their groups: special elements first, the account last."""
        names, found, sorts = self.small.names, dict[Numbers, AlikePlaces](), self.clearing.lifecycle.sorts
        for place, group in self.clearing.group_of.items():
            try:
                found[names.numbers(*place)] = group
            except KeyError:
                continue  # another place stands for it
        for depth in range(1, len(self.machine.layout.chain) + 1):
            for place in product(*(range(self.machine.scope.size(sort)) for sort in sorts[:depth])):
                if place not in found:
                    elements = tuple(
                        s.special[i] if i < len(s.special) else "" for i, s in zip(place, sorts, strict=False)
                    )
                    graph = self.clearing.graph(elements)
                    found[place] = AlikePlaces(graph, (0,) * len(graph.variables), frozenset())
        return sorted(found.items(), key=lambda pair: (not pair[0], pair[0]))

    @cached_property
    def reached(self) -> bool:
        """Whether the goal was reached."""
        self.end, todo = self.start, self._places
        while len(self.steps) < MOST_STEPS:
            begun = len(self.steps)
            for place, group in todo:
                if place or all(self._clear(*pair) for pair in todo if pair[0]):
                    self._follow(place, group)
            if self._arrived():
                return True
            if begun == len(self.steps) and not self._detour():
                return False
        return False

    def _arrived(self) -> bool:
        goal = self.clearing.goal
        return self.end[self.machine.layout.cell(goal.variable.name)] == goal.number("gone")

    def _values(self, place: Numbers, group: AlikePlaces, state: State) -> Values:
        if place not in self._cells:
            cell = self.machine.layout.cell
            self._cells[place] = [cell(v.name, place) for v in group.graph.variables]
        return group.graph.clipped([state[number] for number in self._cells[place]])

    def _clear(self, place: Numbers, group: AlikePlaces) -> bool:
        return self.clearing.clear(group.graph, self._values(place, group, self.end))

    def _follow(self, place: Numbers, group: AlikePlaces) -> None:
        """Perform the path of a place as far as it goes."""
        while len(self.steps) < MOST_STEPS:
            values = self._values(place, group, self.end)
            path = self.clearing.path(group, values)
            if not path or not self._done(path[0].move, place, group):
                return

    def _done(self, move: Move, place: Numbers, group: AlikePlaces) -> bool:
        for at in self._at(move, place, group):
            step = self.machine.step(self.end, Request(move.rule.action, at, move.inputs))
            if step.outcome == "done" and step.state != self.end:
                self.end = step.state
                self.steps.append(WalkedStep(move, at, self.small.names.parts(at)))
                return True
        return False

    def _at(self, move: Move, place: Numbers, group: AlikePlaces) -> Iterator[Numbers]:
        """The places of a request that is at this place in the graph: its own elements stand for those of this one."""
        own, sorts = group.graph.place, self.clearing.lifecycle.sorts
        yield from product(
            *(
                (place[i],)
                if i < len(own) and n == own[i]
                else (n,)
                if n < len(sorts[i].special)
                else range(len(sorts[i].special), self.machine.scope.size(sorts[i]))
                for i, n in enumerate(move.place)
            )
        )

    # ---------------------------------------------------------------- detours

    def _detour(self) -> bool:
        """Search for steps that clear the first outermost element where some place blocks."""
        blocked = next((place for place, group in self._places if place and not self._clear(place, group)), None)
        if blocked is None:
            return False
        here = [(place, group) for place, group in self._places if place[:1] == blocked[:1]]
        requests = list(self._requests(blocked[0]))

        def left(state: State) -> int:
            paths = (self.clearing.path(group, self._values(place, group, state)) for place, group in here)
            return sum(10**6 if path is None else len(path) for path in paths)

        heap, number = [(left(self.end), 0, self.end)], 0
        came: dict[State, tuple[State, Request] | None] = {self.end: None}
        while heap and number < MOST_STATES:
            rest, _, state = heappop(heap)
            if not rest:
                self._take(came, state)
                return True
            for request in requests:
                step = self.machine.step(state, request)
                if step.outcome == "done" and step.state not in came:
                    came[step.state] = state, request
                    number += 1
                    heappush(heap, (left(step.state), number, step.state))
        return False

    def _requests(self, outer: int) -> Iterator[Request]:
        """What people can request, and the service soon does, at the places of an outermost element."""
        goal = self.clearing.goal.variable.name

        def brings_it_back(rule: Rule) -> bool:
            return any(effect.variable.name == goal for effect in rule.effects)

        for rule in sorted(self.clearing.model.rules, key=brings_it_back):
            if rule.place and rule.action not in self.clearing.lifecycle.only_time:
                for at in self.machine.scope.places(rule.place):
                    numbers = tuple(element.index for element in at.values())
                    if numbers[0] == outer:
                        yield Request(rule.action, numbers)

    def _take(self, came: dict[State, tuple[State, Request] | None], state: State) -> None:
        found: list[WalkedStep] = []
        self.end = state
        while (before := came[state]) is not None:
            state, request = before
            rule = self.clearing.model.rule(request.action)
            move = Move(rule, request.inputs, request.place)
            found.append(WalkedStep(move, request.place, self.small.names.parts(request.place)))
        self.steps += reversed(found)
        self.detours += reversed(found)
