"""The obstacles on the way to the goal: for each what it is, where, and who or what removes it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import groupby
from typing import Literal as Exactly
from typing import TypeAlias

from backup_slr.advice.clearing import AlikePlaces, Clearing
from backup_slr.advice.place_graph import TIME, PathStep, PlaceGraph, Values
from backup_slr.advice.plan_sources import running_work
from backup_slr.engine.compile.analysis import variables_in
from backup_slr.engine.core.rule import Guard, Rule
from backup_slr.engine.core.variable import Count, Enum, Flag, Variable, label
from backup_slr.report.names import nouns
from backup_slr.report.unblock import takes_away
from backup_slr.scenario.starting_account import Observation, Place

Remover: TypeAlias = Exactly["you", "another person", "AWS", "time"]
ObstacleKey: TypeAlias = tuple[object, ...]
"""What obstacles at several places have in common that are reported as one."""


@dataclass(frozen=True)
class Refused:
    """The request that an obstacle blocks: its action, and the guard that does not hold."""

    rule: Rule
    guard: Guard


@dataclass
class AccountObstacle:
    """Something that must change before the goal is possible, at all places where it is alike.

    Attributes
    ----------
    variable, value
        What is the case: a variable with its value; for a count any number.
    rule
        The action that removes it; None if nothing does.
    remover
        Who or what performs that action.
    refused
        What it blocks.
    later
        It does not exist yet: an earlier step creates it.
    places
        The places, each with the number of requests (of happenings, if no user performs the action).
    dates
        The earliest date at each place, where time removes it and the date is known.
    seen
        What shows where one request is enough for several places.
    """

    variable: Variable
    value: int
    rule: Rule | None
    remover: Remover | None
    refused: Refused | None
    later: bool = False
    places: dict[Place, int] = field(default_factory=dict[Place, int])
    dates: dict[Place, datetime] = field(default_factory=dict[Place, datetime])
    seen: Observation | None = None

    @property
    def requests(self) -> int:
        """The number of requests for all places."""
        by_place = sum(self.places.values())
        return self.seen.requests(self.rule.action, self.places) if self.seen and self.rule else by_place

    @property
    def until(self) -> datetime | None:
        """The date at which time has removed it everywhere; None if a date is not known."""
        return max(self.dates.values()) if self.dates and len(self.dates) == len(self.places) else None

    @property
    def what(self) -> str:
        """What is the case, in words."""
        if isinstance(self.variable, Count):
            return f"{self.requests:,} {nouns(self.requests, label(self.variable))}"
        return worded(self.variable, self.value)


@dataclass(frozen=True)
class Deadline:
    """An event of the service after which the way is longer, or there is none, with the places and their dates."""

    rule: Rule
    places: Mapping[Place, datetime | None]
    then_never: bool

    @property
    def first(self) -> datetime | None:
        """The first of the dates that are known."""
        return min((date for date in self.places.values() if date is not None), default=None)


def existence(variable: Variable) -> bool:
    """Whether a variable says that the place itself exists."""
    return bool(variable.per) and variable.name == variable.per[-1].name


def worded(variable: Variable, value: int) -> str:
    """A value of a variable in words."""
    match variable:
        case Flag():
            return variable.reads[0 if value else 1]
        case Enum():
            return (variable.reads or variable.values)[value]
        case Count():
            return f"{value:,} {label(variable)}"


def obstacles(clearing: Clearing) -> list[AccountObstacle]:
    """The obstacles that steps, people or time remove, in an order in which they can be removed."""
    found: dict[ObstacleKey, tuple[int, AccountObstacle]] = {}
    earlier: dict[ObstacleKey, set[ObstacleKey]] = {}
    for group in clearing.blocking:
        path, before = clearing.path(group), list[ObstacleKey]()
        for left, obstacle in _of_group(clearing, group, path) if path else ():
            key = obstacle.variable.name, obstacle.value, obstacle.rule, obstacle.refused, obstacle.later
            if key in found:
                rank, first = found[key]
                for place, times in obstacle.places.items():
                    first.places[place] = first.places.get(place, 0) + times
                first.dates |= obstacle.dates
                found[key] = max(rank, left), first
            else:
                found[key] = left, obstacle
            earlier.setdefault(key, set()).update(before)
            before.append(key)
    # Work that is running can end at any time, and until then requests may fail.
    ends = {rule.action for rule, _ in running_work(clearing.lifecycle)}
    running = [key for key, (_, one) in found.items() if one.rule and one.rule.action in ends and not one.later]
    others = {key: ranked for key, ranked in found.items() if key not in running}
    return [*(found[key][1] for key in running), *_in_order(others, earlier)]


def _in_order(
    found: dict[ObstacleKey, tuple[int, AccountObstacle]], earlier: Mapping[ObstacleKey, set[ObstacleKey]]
) -> Iterator[AccountObstacle]:
    """The obstacles, each after those that are removed before it at some place; the longest way first."""
    todo = sorted(found, key=lambda key: -found[key][0])
    while todo:
        # Two kinds of places may need opposite orders; then the longest way decides.
        key = next((key for key in todo if not earlier[key] & {*todo} - {key}), todo[0])
        todo.remove(key)
        yield found[key][1]


def _of_group(
    clearing: Clearing, group: AlikePlaces, path: Sequence[PathStep]
) -> Iterator[tuple[int, AccountObstacle]]:
    """Each obstacle of a group, with the number of phases that are left when it is removed."""
    phases = [list(steps) for _, steps in groupby(path, key=lambda step: step.move.rule.action)]
    extra = {place: [max(0, n - group.graph.clip) for n in whole] for place, whole in group.places.items()}
    repeated = _repeated(group.graph, phases)
    for number, steps in enumerate(phases):
        rule, before, after = steps[0].move.rule, steps[0].before, steps[-1].after
        cell = next(i for i, (a, b) in enumerate(zip(before, after, strict=True)) if a != b)
        variable = group.graph.variables[cell]
        counts = isinstance(variable, Count) and after[cell] < before[cell]
        times: dict[Place, int] = {}
        for place, more in extra.items():
            times[place] = before[cell] - after[cell] if counts else len(steps)
            times[place] += more[cell] if repeated.get(cell) == number else 0
        later = [phase[0].move.rule for phase in phases[number + 1 :]]
        refused = _refused(clearing, group.graph, before, steps[-1].after, later)
        first = before[cell] != group.values[cell] and not (isinstance(variable, Count) and group.values[cell])
        value = 0 if isinstance(variable, Count) else before[cell]
        obstacle = AccountObstacle(variable, value, rule, remover(clearing, rule), refused, first, times)
        obstacle.seen = clearing.start.observation
        if group.graph.cost(rule) >= TIME and clearing.start.observation:
            dated = ((place, clearing.start.observation.not_before.get((rule.action, place))) for place in times)
            obstacle.dates |= {place: date for place, date in dated if date is not None}
        yield len(later), obstacle


def _repeated(graph: PlaceGraph, phases: Sequence[Sequence[PathStep]]) -> dict[int, int]:
    """For each count the number of the phase that is repeated for a larger count: the one that lowers it most."""
    lowered: dict[int, dict[int, int]] = {}
    for number, steps in enumerate(phases):
        for cell, variable in enumerate(graph.variables):
            if isinstance(variable, Count) and (less := steps[0].before[cell] - steps[-1].after[cell]) > 0:
                lowered.setdefault(cell, {})[number] = less
    return {cell: max(by, key=by.__getitem__) for cell, by in lowered.items()}


def _refused(
    clearing: Clearing, graph: PlaceGraph, before: Values, after: Values, later: Sequence[Rule]
) -> Refused | None:
    """The first guard that does not hold, of the actions that follow, which reads what a phase changes."""
    changed = {v.name for v, a, b in zip(graph.variables, before, after, strict=True) if a != b}
    name = clearing.goal.variable.name
    blocked = [(rule, dict[str, int]()) for rule in later]
    blocked += [(rule, {name: final.before}) for final in clearing.finals for rule in final.rules]
    for rule, given in blocked:
        for guard, may_hold in clearing.conditions(graph, rule, given):
            if _reads(guard) & changed and not may_hold(before):
                return Refused(rule, guard)
    return None


def _reads(guard: Guard) -> set[str]:
    return {variable.name for variable in variables_in(guard.condition)}


def remover(clearing: Clearing, rule: Rule) -> Remover:
    """Who or what performs an action."""
    if rule.by == "service":
        return "time" if rule.action in clearing.lifecycle.only_time else "AWS"
    return "another person" if rule.action in clearing.lifecycle.other_people else "you"


# ---------------------------------------------------------------- what nothing removes


def permanent(clearing: Clearing) -> list[list[AccountObstacle]]:
    """For the places that no path clears, what keeps them: in each list, a change of one alone would open a path."""
    found: dict[tuple[object, ...], list[AccountObstacle]] = {}
    for group in clearing.blocking:
        if clearing.path(group) is not None or clearing.keep & group.places.keys():
            continue
        cells = list(_keeping(clearing, group))
        several = found.setdefault((clearing.never(group), *((group.graph.cells[v.name], n) for v, n in cells)), [])
        for i, (variable, value) in enumerate(cells):
            shown = 0 if isinstance(variable, Count) else value
            if len(several) <= i:
                refused = _kept(clearing, group, variable)
                several.append(AccountObstacle(variable, shown, None, None, refused))
            cell = group.graph.cells[variable.name]
            counts = isinstance(variable, Count)
            several[i].places |= {place: whole[cell] if counts else 1 for place, whole in group.places.items()}
    return list(found.values())


def _keeping(clearing: Clearing, group: AlikePlaces) -> Iterator[tuple[Variable, int]]:
    """What keeps a place: each variable of which another value alone would open a path, with its value.

    A variable at its initial value explains nothing: no part of a new account keeps it. That some action was observed
    never to happen here is left out too, because a variable says why.
    """
    free, found = replace(group, banned=frozenset()), False
    for cell, (variable, value) in enumerate(zip(group.graph.variables, group.values, strict=True)):
        others = range(len(variable.values)) if isinstance(variable, Enum) else (0,)
        for other in others:
            changed = (*group.values[:cell], other, *group.values[cell + 1 :])
            if value not in (0, other) and clearing.path(free, changed) is not None:
                found = True
                yield variable, value
                break
    if not found:
        yield from ((v, n) for v, n in zip(group.graph.variables, group.values, strict=True) if n and existence(v))


def _kept(clearing: Clearing, group: AlikePlaces, variable: Variable) -> Refused | None:
    """The refusal of the user who tries to remove it, or what it blocks."""
    for rule in clearing.model.rules:
        if rule.by == "person" and any(e.variable.name == variable.name and takes_away(e) for e in rule.effects):
            for guard, may_hold in clearing.conditions(group.graph, rule):
                if not may_hold(group.values):
                    return Refused(rule, guard)
    changed = tuple(
        0 if v.name == variable.name else n for v, n in zip(group.graph.variables, group.values, strict=True)
    )
    return _refused(clearing, group.graph, group.values, changed, ())


# ---------------------------------------------------------------- what gets worse


def deadlines(clearing: Clearing) -> list[Deadline]:
    """The events of the service after which a place needs time that it does not need now, or is never cleared."""
    found: dict[tuple[Rule, bool], dict[Place, datetime | None]] = {}
    seen = clearing.start.observation
    for group in clearing.groups:
        path = clearing.path(group) if group.graph.place else None
        if path is None:
            continue
        for _, move, after in group.graph.steps(group.values, group.banned):
            action = move.rule.action
            if action not in clearing.lifecycle.only_time:
                continue
            then = clearing.path(group, after)
            if then is None or _waits(clearing, then) > _waits(clearing, path):
                places = found.setdefault((move.rule, then is None), {})
                places |= {place: seen.not_before.get((action, place)) if seen else None for place in group.places}
    return [Deadline(rule, places, never) for (rule, never), places in found.items()]


def _waits(clearing: Clearing, path: Sequence[PathStep]) -> int:
    return sum(step.move.rule.action in clearing.lifecycle.only_time for step in path)
