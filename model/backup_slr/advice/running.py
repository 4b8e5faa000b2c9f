"""What the service can still do while steps are taken: how its work must end, and the work that may collide."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from backup_slr.advice.clearing import Clearing
from backup_slr.advice.obstacles import AccountObstacle, worded
from backup_slr.advice.place_graph import PathStep, PlaceGraph, Values
from backup_slr.advice.plan_sources import running_work
from backup_slr.engine.compile.analysis import variables_in
from backup_slr.engine.core.rule import Rule
from backup_slr.engine.core.variable import Count, Enum, Variable, label
from backup_slr.report.names import nouns
from backup_slr.scenario.starting_account import Place


@dataclass(frozen=True)
class OtherEnd:
    """Another end of the service's work than the steps need, after which only time helps, or nothing does."""

    rule: Rule
    changes: tuple[tuple[Variable, int], ...]
    then_never: bool
    places: tuple[Place, ...]

    @property
    def says(self) -> str:
        """What is then the case, in words."""
        return " and ".join(
            f"it leaves a {nouns(1, label(variable))}" if isinstance(variable, Count) else worded(variable, value)
            for variable, value in self.changes
        )


@dataclass(frozen=True)
class Running:
    """Work that is running and blocks nothing by itself, with the action that ends it."""

    variable: Variable
    value: int
    ends: Rule
    places: tuple[Place, ...]


def other_ends(clearing: Clearing) -> list[OtherEnd]:
    """The ends of the service's work that make the way longer by a wait for a date, or leave none."""
    found: dict[tuple[Rule, tuple[tuple[Variable, int], ...], bool], dict[Place, None]] = {}
    ends = [rule for rule, _ in running_work(clearing.lifecycle)]
    for group in clearing.blocking:
        graph = group.graph
        # Below the number that stands for every larger one, so that one more shows.
        start = tuple(
            min(n, graph.clip - 1) if isinstance(v, Count) else n
            for v, n in zip(graph.variables, group.values, strict=True)
        )
        path = clearing.path(group, start) or ()
        for step in path:
            for _, move, after in graph.every_step(step.before, group.banned):
                # Work that is running may also end before the step that the way takes first.
                if move.rule.by != "service" or move.rule not in (step.move.rule, *ends) or after == step.after:
                    continue
                changes = tuple(_changes(graph, step.before, after))
                then = clearing.path(group, after) if changes else path
                if then is None or _waits_more(clearing, path, then, changes):
                    key = move.rule, changes, then is None
                    found.setdefault(key, {}).update(dict.fromkeys(group.places))
    return [OtherEnd(rule, changes, never, tuple(places)) for (rule, changes, never), places in found.items()]


def _changes(graph: PlaceGraph, before: Values, after: Values) -> Iterator[tuple[Variable, int]]:
    """What is new: a count that has grown, a flag that is set, and a value of an enumeration that is not the first."""
    for variable, old, new in zip(graph.variables, before, after, strict=True):
        if new > old or (new and new != old and isinstance(variable, Enum)):
            yield variable, 0 if isinstance(variable, Count) else new


def _waits_more(
    clearing: Clearing,
    path: tuple[PathStep, ...],
    then: tuple[PathStep, ...],
    changes: tuple[tuple[Variable, int], ...],
) -> bool:
    """Whether the way waits for time where it did not, or for more than it did."""
    own, new = (
        {s.move.rule.action for s in steps if s.move.rule.action in clearing.lifecycle.only_time}
        for steps in (path, then)
    )
    return bool(new - own) or (bool(new) and any(isinstance(variable, Count) for variable, _ in changes))


def running(clearing: Clearing, obstacles: list[AccountObstacle]) -> list[Running]:
    """The work that is running at places of the account and may refuse a request, without what is an obstacle."""
    known = {(one.variable.name, place) for one in obstacles for place in one.places}
    collides = {
        variable.name
        for rule in clearing.model.rules
        for guard in rule.guards
        if rule.by == "person" and guard.otherwise.transient
        for variable in variables_in(guard.condition)
    }
    ends: Mapping[str, Rule] = {name: rule for rule, name in running_work(clearing.lifecycle) if name in collides}
    found: dict[tuple[Variable, int], list[Place]] = {}
    for group in clearing.groups:
        for variable, value in zip(group.graph.variables, group.values, strict=True):
            places = [place for place in group.places if (variable.name, place) not in known]
            if value and variable.name in ends and places:
                found.setdefault((variable, value), []).extend(places)
    return [Running(v, n, ends[v.name], tuple(places)) for (v, n), places in found.items()]
