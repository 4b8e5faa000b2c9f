"""The search for steps that bring what is wanted, backward from it, in all cases at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeAlias

from backup_slr.advice.plan_cases import PlanCase, existing
from backup_slr.advice.plan_sources import ends_of_work, stoppable
from backup_slr.advice.plan_step import PlanStep, Remains
from backup_slr.advice.wants import Spot, Want, wants, ways
from backup_slr.engine.compile.interpreter import holds
from backup_slr.engine.core.rule import Guard, Rule
from backup_slr.engine.core.scope import State
from backup_slr.engine.core.step import Request
from backup_slr.engine.core.variable import Count
from backup_slr.engine.spec.lifecycle import Lifecycle
from backup_slr.report.unblock import helps

SPARE = "backup-slr-temporary"
"""The name of a place that a plan creates, where the goal needs one more for a while."""
Batch: TypeAlias = tuple[list[int], list[Want]]
"""The cases in which a part of a guard does not hold, and the wants of which one is enough."""


class PlanSearch:
    """The search backward from what is wanted; `found` are the steps, `remains` is what no step can change."""

    def __init__(
        self, lifecycle: Lifecycle, cases: list[PlanCase], kept: frozenset[Spot], within: PlanSearch | None = None
    ) -> None:
        self.lifecycle, self.cases, self.kept = lifecycle, cases, kept
        self.model = lifecycle.model
        self._same: dict[State, State] = {}
        for case in cases:
            case.state = self._same.setdefault(case.state, case.state)
        self.begun = [case.state for case in cases]
        self.there = existing(cases[0]) if within is None else within.there
        self.brought = stoppable(lifecycle) if within is None else within.brought
        self._ends = ends_of_work(lifecycle)
        self._bad = frozenset(flag for _, flag in self.brought)
        self.found: list[tuple[int, PlanStep]] = []
        self.stack: list[Want] = []
        self.failed: dict[Want, set[int]] = {}
        self.tried: list[tuple[Want, int]] = []
        self.remains: list[Remains] = []

    def achieve(self, want: Want, depth: int | None = None) -> bool:
        """Find steps that bring what is wanted in at least one case in which it is not met; whether there are any."""
        need = self.unmet(want, range(len(self.cases)))
        if not need:
            return True
        if any(map(want.undoes, self.stack)) or (want.place in self.kept and not want.adds):
            return False
        if (
            want.adds
            and want.place not in self.there
            and self.cases[0].names.part(want.place, len(want.place) - 1) != SPARE
        ):
            return False
        level = len(self.stack) if depth is None else depth
        self.stack.append(want)
        try:
            return self._attempt(want, need, level)
        finally:
            self.stack.pop()

    def _attempt(self, want: Want, need: list[int], level: int) -> bool:
        begun = [case.state for case in self.cases], len(self.found)
        for rule, place in sorted(ways(self.model.rules, want), key=self._last):
            before = [case.state for case in self.cases]
            found, tried = len(self.found), len(self.tried)
            ready = self._ready(rule, place, want, need)
            if ready and self._enable(rule, place, want, ready):
                ready = self._ready(rule, place, want, need)
            cell = self.cases[0].machine.layout.cell(want.variable.name, want.place)
            while ready:
                left = [self.cases[i].state[cell] for i in ready]
                if self._perform(rule, place, want, ready):
                    self.found.append((level, PlanStep(rule, place, want)))
                    return True
                halfway = any(self.cases[i].state[cell] < number for i, number in zip(ready, left, strict=True))
                counts = isinstance(want.variable, Count) and want.wanted
                ready = self._ready(rule, place, want, ready) if halfway and counts else []
            if len(self.unmet(want, need)) < len(need):
                return True  # what the guards needed has brought it
            self._give_up(before, found)
            self._end(rule, place, level)
            while len(self.tried) > tried:
                choice, i = self.tried.pop()
                self.failed[choice].remove(i)
        self._give_up(*begun)
        return False

    def _end(self, rule: Rule, place: Spot, level: int) -> None:
        """Wait for what the service has begun and soon ends, though it alone is not enough for what is wanted."""
        if rule not in self._ends:
            return
        for case in self.cases:
            here = case.here(rule, place)
            under_way = (wants(guard.condition, here, False) for guard in rule.guards)
            for ended in [choices[0] for several in under_way for choices in several if len(choices) == 1]:
                if self._perform(rule, place, ended, self.unmet(ended, range(len(self.cases)))):
                    self.found.append((level, PlanStep(rule, place, ended)))

    def _last(self, way: tuple[Rule, Spot]) -> tuple[bool, bool]:
        """The last resorts: an action that turns on what a plan stops, and before these what only time brings."""
        turns_on = any((e.variable.name, bool(e.value)) in self._bad for e in way[0].effects)
        return turns_on, way[0].action in self.lifecycle.only_time

    def _give_up(self, states: list[State], found: int) -> None:
        for case, state in zip(self.cases, states, strict=True):
            case.state = state
        del self.found[found:]

    def unmet(self, want: Want, cases: Sequence[int]) -> list[int]:
        """Those of some cases in which a want is not met."""
        cell = self.cases[0].machine.layout.cell(want.variable.name, want.place)
        return [i for i in cases if not want.accepts(self.cases[i].state[cell])]

    def _ready(self, rule: Rule, place: Spot, want: Want, need: list[int]) -> list[int]:
        """The cases in which the guards of an action hold, after steps that were found for that."""
        left = list(need)
        while left:
            left = self.unmet(want, left)
            missing = self._missing(rule, place, left)
            if missing is None:
                break
            guard, parts = missing
            for cases, choices in parts:
                for choice in choices:
                    if self.achieve(choice):
                        self._failed(choice, self.unmet(choice, cases))
                        break
                    self._failed(choice, cases)
                if not choices:
                    wanted = tuple(w for part in self._parts(rule, place, guard, cases[0]) for w in part)
                    self.remains.append(Remains(rule, place, guard, wanted, frozenset(cases), len(self.stack)))
                    left = [i for i in left if i not in cases]
        return left

    def _failed(self, choice: Want, cases: Sequence[int]) -> None:
        """Remember the cases in which a choice was of no use, until the attempt that it belongs to is given up."""
        failed = self.failed.setdefault(choice, set())
        self.tried += [(choice, i) for i in cases if i not in failed]
        failed.update(cases)

    def _enable(self, rule: Rule, place: Spot, want: Want, cases: list[int]) -> bool:
        """Find steps after which the effects that bring what is wanted happen; whether there were any to find."""
        begun = len(self.found)
        for i in self.unmet(want, cases):
            case = self.cases[i]
            here = case.here(rule, place)
            own = case.machine.model.rule(rule.action).effects
            brings = [e for e in own if helps(e, want.variable, want.value, want.wanted)]
            if not any(holds(effect.when, here) for effect in brings):
                for choices in (choices for effect in brings[:1] for choices in wants(effect.when, here)):
                    any(map(self.achieve, choices))
        return len(self.found) > begun

    def _missing(self, rule: Rule, place: Spot, cases: list[int]) -> tuple[Guard, list[Batch]] | None:
        """A guard that does not hold, and for each of its parts the cases and what may help; the goal comes last."""
        later: tuple[Guard, list[Batch]] | None = None
        goal = self.lifecycle.goal.variable.name
        # The compiled rule is quicker than its guards one by one.
        request, by = Request(rule.action, place), dict[int, int]()
        for i in cases:
            if (refusing := self.cases[i].refused_by(request)) is not None:
                by[i] = next(n for n, g in enumerate(rule.guards) if _alike(g, refusing))
        least = min(by.values(), default=len(rule.guards))
        for number, guard in enumerate(rule.guards[least:], least):
            failing = [i for i in by if by[i] == number or (number > least and self._fails(rule, place, guard, i))]
            if not failing:
                continue
            first = failing[0]
            # Cases in the same state want the same; each state is one object.
            alike = {id(self.cases[i].state): i for i in failing}
            parts = {state: list(self._parts(rule, place, guard, i)) for state, i in alike.items()}
            wanted = {state: {want for part in parts[state] for want in part} for state in alike}
            state_of = {i: id(self.cases[i].state) for i in failing}
            own = parts[state_of[first]]
            left = [[want for want in part if first not in self.failed.get(want, ())] for part in own]
            batches = [([i for i in failing if some[0] in wanted[state_of[i]]], some) for some in left if some]
            if not batches:
                return guard, [([first], [])]
            if any(want.variable.name == goal for _, choices in batches for want in choices):
                later = later or (guard, batches)
            else:
                return guard, batches
        return later

    def _fails(self, rule: Rule, place: Spot, guard: Guard, i: int) -> bool:
        case = self.cases[i]
        own = case.machine.model.rule(rule.action).guards
        return any(_alike(g, guard) for g in own) and not holds(guard.condition, case.here(rule, place))

    def _parts(self, rule: Rule, place: Spot, guard: Guard, i: int) -> Iterator[list[Want]]:
        yield from wants(guard.condition, self.cases[i].here(rule, place))

    def _perform(self, rule: Rule, place: Spot, want: Want, cases: list[int]) -> bool:
        """Repeat an action until what is wanted is met; whether that works in some case."""
        met = False
        for i in cases:
            case = self.cases[i]
            state = PlanStep(rule, place, want).performed(case.machine, case.state)
            case.state = self._same.setdefault(state, state)
            met |= want.met(case.machine.layout, case.state)
        return met


def _alike(one: Guard, other: Guard) -> bool:
    return one is other or (one.condition == other.condition and one.otherwise == other.otherwise)
