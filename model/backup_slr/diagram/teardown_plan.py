"""A plan to reach the goal of a lifecycle: phases found backward from the goal, each confirmed on the model.

An action needs what its guards ask for; what a full account does not satisfy must be brought about by another action
first. That gives a partial order of actions, one phase after the other. Into which parts a phase must be split, and
through which interfaces it can be requested, is tried out on the model, from a full account and from those that lack
some places.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from graphlib import TopologicalSorter
from itertools import chain, combinations, product
from typing import TypeVar

from backup_slr.engine.compile.grounding import Ground
from backup_slr.engine.core.formula import FALSE, Element, Formula, Param
from backup_slr.engine.core.rule import Guard, Rule
from backup_slr.engine.core.scope import Scope, State
from backup_slr.engine.core.step import Machine, Request
from backup_slr.engine.core.variable import Count, Enum, Flag, Variable
from backup_slr.engine.spec.lifecycle import Lifecycle
from backup_slr.report.unblock import helps, leaves

T = TypeVar("T")
Place = tuple[int, ...]
FULL = 1
"""In a full account flags are on, counts are not zero, and enumerations have their second value."""
Accounts = Mapping[frozenset[Place], frozenset[State] | None]
"""By the places that exist at the beginning: the possible states now; None if a request may have been refused."""


@dataclass(frozen=True)
class Phase:
    """An action, for some kinds of places only (none named: for all), requested through any of these interfaces.

    `never`: the model always refuses it, through every interface.
    """

    rule: Rule
    kinds: tuple[str, ...] = ()
    interfaces: tuple[str, ...] = ()
    never: bool = False


@dataclass(frozen=True)
class _Attempt:
    """How some phases end, and the states on the way."""

    phases: tuple[Phase, ...]
    accounts: Accounts
    visited: frozenset[State]

    @property
    def stuck(self) -> int:
        return sum(states is None for states in self.accounts.values())


@dataclass(frozen=True)
class TeardownPlan:
    """The plan from a full account to the goal, requested through the interface `via` wherever that is possible.

    A small account is enough to try it out: one place of each kind.
    """

    lifecycle: Lifecycle
    whole: Scope
    via: str

    @cached_property
    def scope(self) -> Scope:
        """One place of each kind, each with one of whatever is counted."""
        sizes = {s.name: min(self.whole.sizes[s.name], len(s.special) + 1) for s in self.lifecycle.model.sorts}
        return Scope(sizes, dict.fromkeys(self.whole.bounds, FULL))

    @cached_property
    def machine(self) -> Machine:
        """The model at that scope."""
        return Machine(self.lifecycle.model, self.scope)

    # ------------------------------------------------------------ the order of the actions

    @cached_property
    def order(self) -> list[Rule]:
        """The actions that are needed, each after those that it needs."""
        goal = self.lifecycle.goal
        before: dict[str, set[str]] = {}
        todo = [r for r in self._rules if _brings(r, goal.variable, goal.variable.values.index(goal.gone), True)]
        seen: set[str] = set()
        while todo:
            rule = todo.pop()
            before.setdefault(rule.action, set())
            if rule.action in seen:
                continue
            seen.add(rule.action)
            needed = [other for _, other in self.needs(rule) if other.by == "person"]
            requested = [other for other in needed if rule.by == "service" and self.starts(rule, other)]
            for other in needed:
                before[rule.action].add(other.action)
                # Once the service is at work nobody can help it: everything else comes before the request for it.
                for first in requested:
                    if first != other:
                        before.setdefault(first.action, set()).add(other.action)
                todo.append(other)
        # Of those that nothing stands before any more, the first in the table.
        position = {rule.action: n for n, rule in enumerate(self._rules)}
        sorter = TopologicalSorter(before)
        sorter.prepare()
        found: list[Rule] = []
        ready: list[str] = []
        while sorter.is_active():
            ready = sorted((*ready, *sorter.get_ready()), key=position.__getitem__)
            found.append(self.lifecycle.model.rule(ready[0]))
            sorter.done(ready.pop(0))
        return found

    @property
    def _rules(self) -> tuple[Rule, ...]:
        return self.lifecycle.model.rules

    def needs(self, rule: Rule) -> Iterator[tuple[Guard, Rule]]:
        """The actions that bring about what a guard asks for and a full account does not satisfy."""
        for guard in rule.guards:
            for leaf in leaves(guard.condition):
                if len(leaf) == 3 and leaf[0].kind == "state" and not self._so_when_full(leaf):
                    for other in self._rules:
                        if other.action != rule.action and _brings(other, *leaf):
                            yield guard, other

    def starts(self, rule: Rule, other: Rule) -> bool:
        """The service does `rule` because of a request for `other`."""
        return any(o == other and isinstance(_single(g.condition), Enum) for g, o in self.needs(rule))

    def _full(self, variable: Variable) -> int:
        goal = self.lifecycle.goal
        return goal.variable.values.index(goal.there) if variable.name == goal.variable.name else FULL

    def _so_when_full(self, leaf: tuple[Variable, int, bool]) -> bool:
        variable, value, wanted = leaf
        match variable:
            case Flag():
                return wanted
            case Enum():
                return (value == self._full(variable)) == wanted
            case Count():
                return not wanted

    # ------------------------------------------------------------ tried out on the model

    @cached_property
    def _attempts(self) -> tuple[_Attempt, ...]:
        """One for each action, until one that is never possible."""
        found: list[_Attempt] = []
        accounts = self._accounts()
        for rule in self.order:
            found.append(self._split(rule, accounts))
            accounts = found[-1].accounts
            if found[-1].phases[-1].never:
                break
        return tuple(found)

    @cached_property
    def phases(self) -> tuple[Phase, ...]:
        """The phases in their order; the last is one that is never possible, if the goal cannot be reached."""
        return tuple(phase for attempt in self._attempts for phase in attempt.phases)

    @property
    def reached(self) -> bool:
        """The plan ends in the goal."""
        return not self.phases[-1].never

    @property
    def visited(self) -> frozenset[State]:
        """The states on the way."""
        return frozenset[State]().union(*(attempt.visited for attempt in self._attempts))

    def kinds(self, rule: Rule) -> dict[str, list[dict[Param, Element]]]:
        """The places of an action, by their kind."""
        found: dict[str, list[dict[Param, Element]]] = {}
        for place in self.scope.places(rule.place):
            found.setdefault(" ".join(_kind(e) for e in place.values() if e.sort.special), []).append(place)
        return found

    def places(self, phase: Phase) -> list[Place]:
        """The places of a phase."""
        kinds = self.kinds(phase.rule)
        return [tuple(e.index for e in place.values()) for kind in phase.kinds or kinds for place in kinds[kind]]

    def _possible(self, rule: Rule, place: Mapping[Param, Element], interface: str) -> bool:
        """No guard rules it out in every state."""
        return any(
            all(Ground(self.scope, place, given)(guard.condition) != FALSE for guard in rule.guards)
            for given in inputs(rule, (interface,))
        )

    def _accounts(self) -> Accounts:
        """A full account, and those in which some places are missing; what the service ends by itself has ended."""
        layout = self.machine.layout
        places = list(product(*(range(self.scope.size(sort)) for sort in layout.chain)))
        service = (e for rule in self._rules if rule.by == "service" for e in rule.effects)
        ended = {e.variable.name for e in service if isinstance(e.variable, Flag) and not e.value}
        found: dict[frozenset[Place], frozenset[State] | None] = {}
        for there in _subsets(places):
            state = tuple(
                0 if v.name in ended or (place in places and place not in there) else self._full(v)
                for v, place in layout.cells
            )
            found[frozenset(there)] = frozenset({state})
        return found

    def _split(self, rule: Rule, accounts: Accounts) -> _Attempt:
        """The fewest phases for an action in which no request is refused, and after which all of it is done."""
        every = rule_interfaces(rule) or ("",)
        kinds = self.kinds(rule)
        able = {
            kind: tuple(i for i in every if all(self._possible(rule, place, i) for place in places))
            for kind, places in kinds.items()
        }
        never = tuple(Phase(rule, (kind,), never=True) for kind in kinds if not able[kind])
        able = {kind: interfaces for kind, interfaces in able.items() if interfaces}
        full = max(accounts, key=len)
        for chosen in self._choices(able.values()) if able else ():
            asked = dict(zip(able, chosen, strict=True))
            tried = [self._attempt(rule, parts, asked, accounts) for parts in _ordered_partitions(self._sorted(asked))]
            done = [attempt for attempt in tried if attempt is not None and attempt.accounts[full] is not None]
            if done:
                best = min(done, key=lambda attempt: (attempt.stuck, len(attempt.phases)))
                if len(best.phases) == 1 and not never:
                    return replace(best, phases=(replace(best.phases[0], kinds=()),))
                return replace(best, phases=(*best.phases, *never))
        return _Attempt(never or (Phase(rule, never=True),), accounts, frozenset())

    def _sorted(self, asked: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
        return tuple(sorted(asked, key=lambda kind: asked[kind] != (self.via,)))

    def _choices(self, able: Iterable[tuple[str, ...]]) -> list[tuple[tuple[str, ...], ...]]:
        """How to request each kind: through `via` for as many as possible, else through as many others as possible."""
        options = [
            [(self.via,)] * (self.via in one) + [o for o in _subsets([i for i in one if i != self.via]) if o]
            for one in able
        ]
        return sorted(product(*options), key=lambda c: (sum(o != (self.via,) for o in c), -sum(map(len, c))))

    def _attempt(
        self, rule: Rule, parts: Sequence[tuple[str, ...]], asked: Mapping[str, tuple[str, ...]], accounts: Accounts
    ) -> _Attempt | None:
        """The phases for these kinds, one after the other; None if a part would need different interfaces."""
        if any(len({asked[kind] for kind in part}) > 1 for part in parts):
            return None
        phases = tuple(Phase(rule, part, asked[part[0]]) for part in parts)
        visited: set[State] = set()
        ends = dict(accounts)
        for phase in phases:
            for there, states in ends.items():
                ends[there] = self._performed(phase, there, states, visited) if states is not None else None
        for there, states in ends.items():
            if states is not None and not all(self._lasts(rule, there, state) for state in states):
                ends[there] = None
        return _Attempt(phases, ends, frozenset(visited))

    def _performed(
        self, phase: Phase, there: frozenset[Place], states: frozenset[State], visited: set[State]
    ) -> frozenset[State] | None:
        """The states after a phase, with its places in any order, each through any of its interfaces."""
        depth = len(self.machine.layout.chain)
        places = frozenset(place for place in self.places(phase) if len(place) < depth or place in there)
        todo, seen = [(state, places) for state in states], set[tuple[State, frozenset[Place]]]()
        while todo:
            state, left = todo.pop()
            for place, interface in product(left, phase.interfaces):
                after = self._repeated(phase.rule, place, interface, state, visited)
                if after is None:
                    return None
                if (after, left - {place}) not in seen:
                    seen.add((after, left - {place}))
                    todo.append((after, left - {place}))
        return frozenset(state for state, left in seen if not left) if places else states

    def _repeated(self, rule: Rule, place: Place, interface: str, state: State, visited: set[State]) -> State | None:
        """The state after an action was repeated until it changes nothing; None if it is refused at once."""
        every = rule_interfaces(rule)
        given = {i.name: every.index(interface) for i in rule.inputs if isinstance(i, Enum) and i.values == every}
        request = Request(rule.action, place, given)
        step = self.machine.step(state, request)
        if step.outcome != "done":
            return None
        while step.outcome == "done" and step.state != state:
            state = step.state
            visited.add(state)
            step = self.machine.step(state, request)
        return state

    def _lasts(self, rule: Rule, there: frozenset[Place], state: State) -> bool:
        """What the action removes at the places of an account is gone."""
        depth = len(self.machine.layout.chain)
        gone = [e.variable for e in rule.effects if e.value < (not isinstance(e.variable, Count))]
        places = [tuple(e.index for e in place.values()) for place in self.scope.places(rule.place)]
        cell = self.machine.layout.cell
        here = [place for place in places if len(place) < depth or place in there]
        return not any(state[cell(v.name, place[: len(v.per)])] for v in gone for place in here)


def rule_interfaces(rule: Rule) -> tuple[str, ...]:
    """The values of the input that names the interface: the only enumeration that a request may leave out."""
    return next((i.values for i in rule.inputs if isinstance(i, Enum) and not i.required), ())


def inputs(rule: Rule, interfaces: Sequence[str]) -> Iterator[dict[str, int]]:
    """Every combination of inputs that requests an action through one of these interfaces."""
    every = rule_interfaces(rule)
    options = [
        [every.index(name) for name in interfaces if name in every]
        if isinstance(i, Enum) and i.values == every
        else range(len(i.values) if isinstance(i, Enum) else 2)
        for i in rule.inputs
    ]
    for values in product(*options):
        yield {i.name: value for i, value in zip(rule.inputs, values, strict=True)}


def _subsets(items: Sequence[T]) -> Iterator[tuple[T, ...]]:
    """All subsets, the largest first."""
    return chain.from_iterable(combinations(items, n) for n in range(len(items), -1, -1))


def _ordered_partitions(items: tuple[str, ...]) -> Iterator[list[tuple[str, ...]]]:
    """All ways to split items into parts in an order, with large parts first."""
    if not items:
        yield []
    for first in _subsets(items):
        if first:
            for rest in _ordered_partitions(tuple(item for item in items if item not in first)):
                yield [first, *rest]


def _kind(element: Element) -> str:
    return repr(element) if element.index < len(element.sort.special) else f"every other {element.sort.name}"


def _brings(rule: Rule, variable: Variable, value: int, wanted: bool) -> bool:
    return any(helps(e, variable, value, wanted) for e in (*rule.effects, *rule.on_failure))


def _single(condition: Formula) -> object:
    found = list(leaves(condition))
    return found[0][0] if len(found) == 1 else None
