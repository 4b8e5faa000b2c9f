"""The way in which each place of an account stops to block the goal, found place by place.

A place *blocks* if a guard on the way to the goal cannot hold while it is as it is. Places in the same state have the
same way, so an account of thousands of places needs a few searches. See `place_graph` about what a search proves.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeAlias

from backup_slr.advice.place_graph import PathStep, PlaceGraph, Solved, Values, Ways
from backup_slr.engine.compile.grounding import Ground
from backup_slr.engine.core.formula import And, Element, Or
from backup_slr.engine.core.model import Model
from backup_slr.engine.core.rule import Guard, Rule
from backup_slr.engine.spec.lifecycle import Lifecycle
from backup_slr.report.unblock import takes_away
from backup_slr.scenario.starting_account import Place, StartingAccount

Elements: TypeAlias = tuple[str, ...]
"""For each element of a place its name if it is special, else empty."""


@dataclass(frozen=True)
class AlikePlaces:
    """Places in the same state, with their values.

    Attributes
    ----------
    graph
        The behavior of each of them.
    values
        Their state, with clipped counts.
    banned
        The actions that never happen there.
    places
        The places, each with its values.
    """

    graph: PlaceGraph
    values: Values
    banned: frozenset[str]
    places: dict[Place, tuple[int, ...]] = field(default_factory=dict[Place, tuple[int, ...]])


@dataclass(frozen=True)
class Final:
    """A change of the main variable on the way to the goal: its value before, and the rules that make the change."""

    before: int
    rules: tuple[Rule, ...]


class Clearing:
    """How the places of an account are cleared under settled rules.

    >>> from backup_slr.lifecycle import BACKUP
    >>> from backup_slr.scenario.spec import AccountSpec, EntrySpec
    >>> vault = EntrySpec(("eu-west-1", "archive"), {"points": 5})
    >>> start = StartingAccount("", BACKUP, AccountSpec({"role": 1}, tables={"vault": (vault,)}))
    >>> clearing = Clearing(start, BACKUP.model.assuming())
    >>> [[step.move.rule.action for step in clearing.path(group)] for group in clearing.blocking]
    [['delete_recovery_point', 'delete_recovery_point', 'delete_recovery_point', 'delete_backup_vault']]
    """

    def __init__(
        self, start: StartingAccount, model: Model, shared: Ways | None = None, keep: Sequence[Place] = ()
    ) -> None:
        self.start, self.model, self.keep = start, model, frozenset(keep)
        self.lifecycle: Lifecycle = start.lifecycle.having(model)
        self.goal = self.lifecycle.goal
        self._shared: Ways = {} if shared is None else shared
        self._graphs: dict[Elements, PlaceGraph] = {}
        self._conditions: dict[object, tuple[tuple[Guard, Callable[[Values], bool]], ...]] = {}
        self._tests: dict[int, list[Callable[[Values], bool]]] = {}
        self._solved: dict[tuple[int, frozenset[str]], Solved] = {}
        self._never: dict[tuple[int, Values, frozenset[str]], bool] = {}

    # ---------------------------------------------------------------- places

    def graph(self, elements: Elements) -> PlaceGraph:
        """The behavior of a kind of places."""
        if elements not in self._graphs:
            self._graphs[elements] = PlaceGraph(self.lifecycle, self.model, elements, self._shared)
        return self._graphs[elements]

    @cached_property
    def group_of(self) -> dict[Place, AlikePlaces]:
        """The group of each place that the account names, and of the account itself."""
        found: dict[Place, AlikePlaces] = {}
        groups: dict[tuple[Elements, Values, frozenset[str]], AlikePlaces] = {}
        sorts = self.lifecycle.sorts
        never = self._not_happening()
        for place, named in contents(self.start).items():
            elements = tuple(e if e in s.special else "" for s, e in zip(sorts, place, strict=False))
            graph = self.graph(elements)
            whole = tuple(named.get(v.name, 0) for v in graph.variables)
            key = elements, graph.clipped(whole), never.get(place, frozenset())
            group = groups.setdefault(key, AlikePlaces(graph, *key[1:]))
            group.places[place] = whole
            found[place] = group
        return found

    def _not_happening(self) -> dict[Place, frozenset[str]]:
        """The actions that never happen at a place: as observed, and where it is kept, those that take away."""
        away = (r.action for r in self.model.rules if r.by == "person" and any(map(takes_away, r.effects)))
        found: dict[Place, frozenset[str]] = dict.fromkeys(self.keep, frozenset(away))
        if self.start.observation:
            for (action, place), date in self.start.observation.not_before.items():
                if date is None:
                    found[place] = found.get(place, frozenset()) | {action}
        return found

    @cached_property
    def groups(self) -> list[AlikePlaces]:
        """Each group once; the account itself first."""
        return list({id(group): group for group in self.group_of.values()}.values())

    # ---------------------------------------------------------------- the way to the goal

    @cached_property
    def own_path(self) -> tuple[PathStep, ...] | None:
        """The steps of the account itself, once nothing blocks them; None if there are none."""
        return self.path(self.group_of[()])

    @cached_property
    def finals(self) -> list[Final]:
        """The changes of the main variable on that way."""
        variable, cell = self.goal.variable, self.group_of[()].graph.cells[self.goal.variable.name]
        changes = [(step.before[cell], step.after[cell]) for step in self.own_path or ()]
        return [
            Final(before, tuple(r for r in self.model.rules if _brings(r, variable.name, after)))
            for before, after in changes
            if before != after
        ]

    def conditions(
        self, graph: PlaceGraph, rule: Rule, given: Mapping[str, int] | None = None
    ) -> tuple[tuple[Guard, Callable[[Values], bool]], ...]:
        """Each guard of a rule, for a request at the place, with a test whether it may hold; see `PlaceGraph.may`."""
        key = graph.elements, rule, tuple((given or {}).items())
        if key not in self._conditions:
            at = {p: Element(p.sort, i) for p, i in zip(rule.place, graph.place, strict=False)}
            ground = Ground(graph.scope, at)
            self._conditions[key] = tuple((g, graph.may(ground(g.condition), given)) for g in rule.guards)
        return self._conditions[key]

    def _alternatives(self, graph: PlaceGraph) -> list[Callable[[Values], bool]]:
        """For each step to the goal, whether the place lets it happen."""
        if id(graph) not in self._tests:
            ground = Ground(graph.scope)
            self._tests[id(graph)] = [
                graph.may(
                    Or(tuple(And(tuple(ground(g.condition) for g in rule.guards)) for rule in final.rules)),
                    {self.goal.variable.name: final.before},
                )
                for final in self.finals
                if not any(rule.place for rule in final.rules)
            ]
        return self._tests[id(graph)]

    def clear(self, graph: PlaceGraph, values: Values) -> bool:
        """Whether a place in this state blocks nothing; the account itself: whether the goal is reached."""
        if not graph.place:
            return values[graph.cells[self.goal.variable.name]] == self.goal.number("gone")
        return all(test(values) for test in self._alternatives(graph))

    def path(self, group: AlikePlaces, values: Values | None = None) -> tuple[PathStep, ...] | None:
        """The best path on which a place of a group (or one in another state) is cleared; None if there is none."""
        start = group.values if values is None else values
        graph = group.graph
        solved = self._solved.setdefault((id(graph), group.banned), {})
        return graph.path(start, lambda found: self.clear(graph, found), group.banned, solved)

    @cached_property
    def blocking(self) -> list[AlikePlaces]:
        """The groups that block the goal now."""
        return [group for group in self.groups if group.graph.place and not self.clear(group.graph, group.values)]

    def never(self, group: AlikePlaces) -> bool:
        """Whether it is proved that no behavior clears these places."""
        if self.path(group) is not None:
            return False
        if not group.graph.place:
            return True
        key = id(group.graph), group.values, group.banned
        if key not in self._never:
            reached = group.graph.reached(group.values, group.banned)
            self._never[key] = any(not any(map(test, reached)) for test in self._alternatives(group.graph))
        return self._never[key]

    # ---------------------------------------------------------------- after an interruption

    def leave_unsolved(self) -> None:
        """Count only the groups of which the path is known already (or that there is none) as `blocking`."""
        solved = (self._solved.get((id(group.graph), group.banned), {}) for group in self.blocking)
        self.blocking = [group for group, known in zip(self.blocking, solved, strict=True) if group.values in known]

    @property
    def known_never(self) -> bool:
        """Whether it is proved already that the goal is never reached."""
        return self.own_path is None or any(self._never.values())


def _brings(rule: Rule, name: str, value: int) -> bool:
    return any(effect.variable.name == name and effect.value == value for effect in rule.effects)


def contents(start: StartingAccount) -> dict[Place, dict[str, int]]:
    """The values of each place of an account, outermost first; those of the account itself come first."""
    spec = start.spec
    entries = [entry for entries in spec.tables.values() for entry in entries]
    named = [*spec.places(), *(entry.place for entry in entries), *((e,) for es in spec.lists.values() for e in es)]
    found: dict[Place, dict[str, int]] = {(): dict(spec.values)}
    for place in named:
        for depth in range(1, len(place) + 1):
            found.setdefault(place[:depth], {})
    for name, elements in spec.lists.items():
        for element in elements:
            found[element,][name] = 1
    flags = {variable.name for variable in start.lifecycle.model.state}
    for sort, several in spec.tables.items():
        for entry in several:
            exists: Mapping[str, int] = {sort: 1} if sort in flags else {}
            found[entry.place] |= {**exists, **entry.values}
    return found
