"""A plan to reach the goal of a lifecycle: phases found backward from the goal, each confirmed on the model.

Each action of the `deletion_order` is a phase. The parts into which a phase must be split, and the interfaces through
which it can be requested, are tested on the model, from a full account and from accounts that lack some places. Of the
orders that pass, the plan has one that also passes under as many other values of the assumptions as possible.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain, combinations, product
from typing import TypeVar

from backup_slr.diagram.deletion_order import FULL, deletion_order, full
from backup_slr.engine.check.combinations import read_by
from backup_slr.engine.compile.grounding import Ground
from backup_slr.engine.core.formula import FALSE, Element, Formula
from backup_slr.engine.core.model import Model
from backup_slr.engine.core.rule import Rule
from backup_slr.engine.core.scope import Scope, State
from backup_slr.engine.core.step import Machine, Request
from backup_slr.engine.core.variable import Enum, Flag
from backup_slr.engine.spec.lifecycle import Lifecycle
from backup_slr.report.unblock import takes_away

T = TypeVar("T")
Place = tuple[int, ...]
CHOSEN = ""
"""The chosen values of all assumptions, beside other values by ``NAME=VALUE``."""
Accounts = Mapping[tuple[str, frozenset[Place]], frozenset[State] | None]
"""By values of assumptions, and the places that exist at the beginning: the possible states now.

None if a request may have been refused, or something remained.
"""


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


@dataclass(frozen=True)
class TeardownPlan:
    """The plan from a full account to the goal, requested through the interface `via` wherever that is possible.

    A small account is enough to test it: one place of each kind. `table` are the rules under all values of the
    assumptions; without it the order is tested under the chosen values only.
    """

    lifecycle: Lifecycle
    whole: Scope
    via: str
    table: Model | None = None

    @cached_property
    def scope(self) -> Scope:
        """One place of each kind, each with one of everything that is counted."""
        sizes = {s.name: min(self.whole.sizes[s.name], len(s.special) + 1) for s in self.lifecycle.model.sorts}
        return Scope(sizes, dict.fromkeys(self.whole.bounds, FULL))

    @cached_property
    def machine(self) -> Machine:
        """The model at that scope."""
        return Machine(self.lifecycle.model, self.scope)

    @cached_property
    def _machines(self) -> dict[str, Machine]:
        """The model, and the model under each other value of an assumption that the actions depend on."""
        if self.table is None:
            return {CHOSEN: self.machine}
        chosen = dict(self.lifecycle.model.assumed)
        read = read_by(*(self.table.rule(rule.action) for rule in deletion_order(self.lifecycle)))
        return {CHOSEN: self.machine} | {
            f"{a.name}={value}": Machine(self.table.assuming(chosen | {a.name: value}), self.scope)
            for a in self.table.assumptions
            for value in a.values
            if a.name in read and value != chosen[a.name]
        }

    @cached_property
    def _attempts(self) -> tuple[_Attempt, ...]:
        """One for each action, until one that is never possible."""
        found: list[_Attempt] = []
        accounts = self._accounts()
        for rule in deletion_order(self.lifecycle):
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
        """Whether the plan reaches the goal."""
        return not self.phases[-1].never

    @cached_property
    def fails_under(self) -> dict[str, bool]:
        """The other values of assumptions under which these phases fail; and whether a different order works there."""
        ends = self._attempts[-1].accounts
        return {
            name: replace(self, lifecycle=self.lifecycle.having(machine.model), table=None).reached
            for name, machine in self._machines.items()
            if name != CHOSEN and ends[name, self._everything] is None
        }

    @property
    def visited(self) -> frozenset[State]:
        """The states on the way."""
        return frozenset[State]().union(*(attempt.visited for attempt in self._attempts))

    def kinds(self, rule: Rule) -> dict[str, list[Place]]:
        """The places of an action, by their kind."""
        found: dict[str, list[Place]] = {}
        for place in self.scope.places(rule.place):
            kind = " ".join(_kind(e) for e in place.values() if e.sort.special)
            found.setdefault(kind, []).append(tuple(e.index for e in place.values()))
        return found

    def places(self, phase: Phase) -> list[Place]:
        """The places of a phase."""
        kinds = self.kinds(phase.rule)
        return [place for kind in phase.kinds or kinds for place in kinds[kind]]

    def conditions(self, rule: Rule, place: Place, interfaces: Sequence[str]) -> Iterator[list[Formula]]:
        """The conditions of the guards at a place, for each combination of inputs through one of these interfaces."""
        there = {param: Element(param.sort, number) for param, number in zip(rule.place, place, strict=True)}
        for given in inputs(rule, interfaces):
            yield list(map(Ground(self.scope, there, given), (guard.condition for guard in rule.guards)))

    def _possible(self, rule: Rule, places: Iterable[Place], interface: str) -> bool:
        """Whether at each of these places no guard rules it out in every state."""
        return all(any(FALSE not in asked for asked in self.conditions(rule, place, (interface,))) for place in places)

    @cached_property
    def _everything(self) -> frozenset[Place]:
        """The places of a full account."""
        return frozenset(product(*(range(self.scope.size(sort)) for sort in self.machine.layout.chain)))

    def _accounts(self) -> Accounts:
        """A full account, and accounts without some places; actions that the service ends have ended."""
        service = (e for rule in self.lifecycle.model.rules if rule.by == "service" for e in rule.effects)
        ended = {e.variable.name for e in service if isinstance(e.variable, Flag) and not e.value}
        found: dict[tuple[str, frozenset[Place]], frozenset[State] | None] = {}
        for there in map(frozenset, _subsets(sorted(self._everything))):
            state = tuple(
                0 if v.name in ended or place in self._everything - there else full(self.lifecycle, v)
                for v, place in self.machine.layout.cells
            )
            found |= {(name, there): frozenset({state}) for name in self._machines}
        return found

    def _split(self, rule: Rule, accounts: Accounts) -> _Attempt:
        """The phases for an action in which no request is refused, and after which all of it is done.

        Of several: those that fail in the fewest accounts, then those that fail in the fewest under other values of
        assumptions, then the fewest phases, then the order in which the sorts list the kinds.
        """
        every = rule_interfaces(rule) or ("",)
        ways = {
            kind: tuple(interface for interface in every if self._possible(rule, places, interface))
            for kind, places in self.kinds(rule).items()
        }
        never = tuple(Phase(rule, (kind,), never=True) for kind, interfaces in ways.items() if not interfaces)
        able = {kind: interfaces for kind, interfaces in ways.items() if interfaces}
        position = list(able).index

        def cost(attempt: _Attempt) -> tuple[int, int, int, list[int]]:
            failed = [name for (name, _), states in attempt.accounts.items() if states is None]
            order = [position(kind) for phase in attempt.phases for kind in phase.kinds]
            return failed.count(CHOSEN), len(failed), len(attempt.phases), order

        for chosen in self._choices(able.values()):
            asked = dict(zip(able, chosen, strict=True))
            tried = [self._attempt(rule, parts, asked, accounts) for parts in _ordered_partitions(tuple(asked))]
            done = [a for a in tried if a is not None and a.accounts[CHOSEN, self._everything] is not None]
            if done:
                best = min(done, key=cost)
                if len(best.phases) == 1 and not never:
                    return replace(best, phases=(replace(best.phases[0], kinds=()),))
                return replace(best, phases=(*best.phases, *never))
        return _Attempt(never or (Phase(rule, never=True),), accounts, frozenset())

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
        for (name, there), states in accounts.items():
            seen = visited if name == CHOSEN else set[State]()
            for phase in phases:
                states = None if states is None else self._performed(name, phase, there, states, seen)
            lasts = states is not None and all(self._lasts(rule, there, state) for state in states)
            ends[name, there] = states if lasts else None
        return _Attempt(phases, ends, frozenset(visited))

    def _performed(
        self, name: str, phase: Phase, there: frozenset[Place], states: frozenset[State], visited: set[State]
    ) -> frozenset[State] | None:
        """The states after a phase, with its places in any order, each through any of its interfaces."""
        places = self._existing(self.places(phase), there)
        todo, seen = [(state, places) for state in states], set[tuple[State, frozenset[Place]]]()
        while todo:
            state, left = todo.pop()
            for place, interface in product(left, phase.interfaces):
                after = self._repeated(self._machines[name], phase.rule, place, interface, state, visited)
                if after is None:
                    return None
                if (after, left - {place}) not in seen:
                    seen.add((after, left - {place}))
                    todo.append((after, left - {place}))
        return frozenset(state for state, left in seen if not left) if places else states

    def _repeated(
        self, machine: Machine, rule: Rule, place: Place, interface: str, state: State, visited: set[State]
    ) -> State | None:
        """The state after an action was repeated until it changes nothing; None if it is refused at once."""
        every = rule_interfaces(rule)
        given = {i.name: every.index(interface) for i in rule.inputs if isinstance(i, Enum) and i.values == every}
        request = Request(rule.action, place, given)
        first = state
        while (step := machine.step(state, request)).outcome == "done" and step.state != state:
            state = step.state
            visited.add(state)
        return state if step.outcome == "done" or state != first else None

    def _lasts(self, rule: Rule, there: frozenset[Place], state: State) -> bool:
        """Whether everything that the action removes at the places of an account is deleted."""
        gone = [e.variable for e in rule.effects if takes_away(e)]
        cell = self.machine.layout.cell
        here = self._existing(self.places(Phase(rule)), there)
        return not any(state[cell(v.name, place[: len(v.per)])] for v in gone for place in here)

    def _existing(self, places: Iterable[Place], there: frozenset[Place]) -> frozenset[Place]:
        depth = len(self.machine.layout.chain)
        return frozenset(place for place in places if len(place) < depth or place in there)


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
