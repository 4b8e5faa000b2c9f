"""In which order to bring something about: worked out backwards through the guards, then tried out on the model.

An action needs what its guards ask for; whatever in a full account is not so must be brought about by another action
first. That gives an order of actions (a partial one; networkx sorts it). In which order and in which way the places of
one action are to be asked about, nothing is worked out: the model is asked, step by step, from a full account.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from graphlib import TopologicalSorter
from itertools import chain, combinations, permutations, product

from backup_slr.diagram.refusals import Place, ways_to_ask
from backup_slr.engine.compile.grounding import Ground
from backup_slr.engine.core.formula import FALSE, Element, Formula, Param
from backup_slr.engine.core.model import Model
from backup_slr.engine.core.rule import Guard, Rule
from backup_slr.engine.core.scope import Scope, State
from backup_slr.engine.core.step import Machine, Request
from backup_slr.engine.core.variable import Count, Effect, Enum, Flag, Variable
from backup_slr.report.unblock import helps, leaves

FULL = 1
"""In a full account flags are on, counts are not zero, and enumerations have their second value."""
Accounts = Mapping[frozenset[Place], frozenset[State] | None]
"""By the vaults that there are at the beginning: how the account may be now; None if it may have got stuck."""
Arranged = tuple[list["Box"], Accounts]


@dataclass(frozen=True)
class Box:
    """One thing to do: an action, for some kinds of places only (none named: for all), asked in one of these ways.

    `never`: nobody can do it, in whatever way.
    """

    rule: Rule
    kinds: tuple[str, ...] = ()
    ways: tuple[str, ...] = ()
    never: bool = False


@dataclass
class Plan:
    """The way from a full account to a goal, asked for through `via` wherever that is possible.

    A small account is enough to try it out: one of each kind of place.
    """

    model: Model
    whole: Scope
    via: str
    goal: tuple[Enum, str]
    seen: set[State] = field(default_factory=set[State])
    """The states that trying it out came through."""

    @cached_property
    def scope(self) -> Scope:
        """One place of each kind, each with one of whatever is counted."""
        sizes = {s.name: min(self.whole.sizes[s.name], len(s.special) + 1) for s in self.model.sorts}
        return Scope(sizes, dict.fromkeys(self.whole.bounds, FULL))

    @cached_property
    def machine(self) -> Machine:
        """The model at that scope."""
        return Machine(self.model, self.scope)

    # ------------------------------------------------------------ what is needed, in which order

    @cached_property
    def order(self) -> list[Rule]:
        """The actions that are needed, each behind those that it needs."""
        variable, value = self.goal
        before: dict[str, set[str]] = {}
        todo = [rule for rule in self.model.rules if _brings(rule, variable, variable.values.index(value), True)]
        seen: set[str] = set()
        while todo:
            rule = todo.pop()
            before.setdefault(rule.action, set())
            if rule.action in seen:
                continue
            seen.add(rule.action)
            needed = [other for _, other in self.needs(rule) if other.by == "person"]
            asked = [other for other in needed if rule.by == "service" and self.starts(rule, other)]
            for other in needed:
                before[rule.action].add(other.action)
                # Once the service is at work nobody can help it: everything else comes before it is asked.
                for first in asked:
                    if first != other:
                        before.setdefault(first.action, set()).add(other.action)
                todo.append(other)
        position = {rule.action: n for n, rule in enumerate(self.model.rules)}
        sorter = TopologicalSorter(before)
        sorter.prepare()
        found: list[Rule] = []
        ready: list[str] = []
        while sorter.is_active():
            # Of those that nothing stands before any more, the first in the table.
            ready = sorted((*ready, *sorter.get_ready()), key=position.__getitem__)
            found.append(self.model.rule(ready[0]))
            sorter.done(ready.pop(0))
        return found

    def needs(self, rule: Rule) -> Iterator[tuple[Guard, Rule]]:
        """The actions that bring about what a guard asks for and a full account has not."""
        for guard in rule.guards:
            for leaf in leaves(guard.condition):
                if len(leaf) == 3 and leaf[0].kind == "state" and not _so_when_full(leaf):
                    for other in self.model.rules:
                        if other.action != rule.action and _brings(other, *leaf):
                            yield guard, other

    def starts(self, rule: Rule, other: Rule) -> bool:
        """The service does `rule` because somebody asked for `other`."""
        return any(o == other and isinstance(_single(g.condition), Enum) for g, o in self.needs(rule))

    # ------------------------------------------------------------ tried out on the model

    @cached_property
    def boxes(self) -> tuple[Box, ...]:
        """What to do one after the other; the last is one that nobody can do, if there is such a one on the way."""
        found: list[Box] = []
        accounts = self._accounts()
        for rule in self.order:
            boxes, accounts = self._arranged(rule, accounts)
            found += boxes
            if found[-1].never:
                break
        return tuple(found)

    @property
    def reached(self) -> bool:
        """Whoever does all of it comes to the goal."""
        return not self.boxes[-1].never

    def kinds(self, rule: Rule) -> dict[str, list[dict[Param, Element]]]:
        """The places that an action can be asked about, by their kind."""
        found: dict[str, list[dict[Param, Element]]] = {}
        for place in self.scope.places(rule.place):
            found.setdefault(" ".join(_kind(e) for e in place.values() if e.sort.special), []).append(place)
        return found

    def possible(self, rule: Rule, place: Mapping[Param, Element], way: str) -> bool:
        """No guard rules out that it is done at a place when it is asked so, whatever the state."""
        return any(
            all(Ground(self.scope, place, given)(guard.condition) != FALSE for guard in rule.guards)
            for given in inputs(rule, (way,))
        )

    def _accounts(self) -> Accounts:
        """A full account, and those in which some vaults are missing; what the service ends by itself has ended."""
        layout = self.machine.layout
        places = list(product(*(range(self.scope.size(sort)) for sort in layout.chain)))
        ended = {
            e.variable.name for r in self.model.rules if r.by == "service" for e in r.effects if _ends(e.variable, e)
        }
        found: dict[frozenset[Place], frozenset[State] | None] = {}
        for there in chain.from_iterable(combinations(places, n) for n in range(len(places), -1, -1)):
            state = tuple(
                0 if v.name in ended or (len(place) == len(layout.chain) and place not in there) else FULL
                for v, place in layout.cells
            )
            found[frozenset(there)] = frozenset({state})
        return found

    def _arranged(self, rule: Rule, accounts: Accounts) -> Arranged:
        """The boxes of an action, as few as may be, in an order in which all of them are done; the accounts behind."""
        kinds = self.kinds(rule)
        ways = {kind: self._ways(rule, places) for kind, places in kinds.items()}
        never = [Box(rule, (kind,), (), never=True) for kind in kinds if not ways[kind]]
        able = [kind for kind in kinds if ways[kind]]
        for chosen in self._choices([ways[kind] for kind in able]) if able else ():
            asked = dict(zip(able, chosen, strict=True))
            found = self._ordered(rule, asked, accounts)
            if found is None:
                continue
            more_ways = [(kind, way) for kind in able for way in ways[kind] if asked[kind] != (self.via,)]
            for kind, way in more_ways:
                # A box that does not work through the wanted interface lists every other interface that works.
                wider = {**asked, kind: tuple(w for w in ways[kind] if w == way or w in asked[kind])}
                if wider != asked and (more := self._ordered(rule, wider, accounts)):
                    asked, found = wider, more
            boxes, after = found
            whole = len(boxes) == 1 and not never
            return ([replace(boxes[0], kinds=())] if whole else [*boxes, *never]), after
        return never or [Box(rule, never=True)], accounts

    def _ordered(self, rule: Rule, asked: Mapping[str, tuple[str, ...]], accounts: Accounts) -> Arranged | None:
        """As few boxes as may be, asked for in these ways, in an order in which all of them are done, if there is."""
        found: list[Arranged] = []
        for order in permutations(sorted(asked, key=lambda kind: asked[kind] != (self.via,))):
            boxes = [Box(rule, (kind,), asked[kind]) for kind in order]
            after = accounts
            for box in boxes:
                after = self._done(box, after)
            if self._lasts(boxes, after[max(after, key=len)]):
                found.append((self._merged(boxes, accounts), after))
        return min(found, key=lambda f: len(f[0]), default=None)

    def _lasts(self, boxes: list[Box], states: frozenset[State] | None) -> bool:
        """All of them were done, and nothing that was done is undone by what was done behind it."""
        if states is None:
            return False
        gone = [e.variable for e in boxes[0].rule.effects if e.value < (not isinstance(e.variable, Count))]
        places = [place for box in boxes for place in self.places(box)]
        cell = self.machine.layout.cell
        return not any(state[cell(v.name, place[: len(v.per)])] for state in states for v in gone for place in places)

    def _ways(self, rule: Rule, places: list[dict[Param, Element]]) -> tuple[str, ...]:
        """How it can be asked about all of these; an action that is not asked for can be done in one way, unnamed."""
        ways = ways_to_ask(rule) or ("",)
        return tuple(w for w in ways if all(self.possible(rule, place, w) for place in places))

    def _choices(self, ways: list[tuple[str, ...]]) -> Iterator[tuple[tuple[str, ...], ...]]:
        """How to ask about each kind: through `via` or else in any way that works; failing that, in one way each."""
        yield tuple((self.via,) if self.via in w else w for w in ways)
        yield from product(*([(w,) for w in sorted(each, key=lambda w: w != self.via)] for each in ways))

    def _merged(self, boxes: list[Box], accounts: Accounts) -> list[Box]:
        """Neighbours that are asked about alike as one box, unless it matters which comes first."""
        found: list[Box] = []
        before = accounts
        for box in boxes:
            if found and found[-1].ways == box.ways:
                both = replace(box, kinds=(*found[-1].kinds, *box.kinds))
                if self._any_order(both, before):
                    found[-1] = both
                    continue
            for earlier in found[-1:]:
                before = self._done(earlier, before)
            found.append(box)
        return found

    def _any_order(self, box: Box, accounts: Accounts) -> bool:
        """Whatever comes first, no account gets stuck that does not in the order in which the kinds stand."""
        wanted = self._done(box, accounts)
        orders = permutations(self.places(box))
        tried = (self._done(box, accounts, order) for order in orders)
        return all(after[there] is not None for after in tried for there, state in wanted.items() if state is not None)

    def places(self, box: Box) -> list[Place]:
        """The places that a box is about."""
        kinds = self.kinds(box.rule)
        return [tuple(e.index for e in place.values()) for kind in box.kinds or kinds for place in kinds[kind]]

    def _done(self, box: Box, accounts: Accounts, order: Sequence[Place] | None = None) -> Accounts:
        """The accounts in which a box was done at all of its places; one where it is not done is stuck."""
        return {
            there: self._follow(box, there, states, order or self.places(box)) if states is not None else None
            for there, states in accounts.items()
        }

    def _follow(
        self, box: Box, there: frozenset[Place], states: frozenset[State], order: Sequence[Place]
    ) -> frozenset[State] | None:
        """How an account may be behind a box, at each place of which any of its ways is taken."""
        for place in order:
            if len(place) == len(self.machine.layout.chain) and place not in there:
                continue
            ends = {self._repeated(box.rule, place, way, state) for state in states for way in box.ways}
            if None in ends:
                return None
            states = frozenset(end for end in ends if end is not None)
        return states

    def _repeated(self, rule: Rule, place: Place, way: str, state: State) -> State | None:
        """The state after it was done as often as that changes anything; None if it is not even done once."""
        asked = ways_to_ask(rule)
        given = {i.name: asked.index(way) for i in rule.inputs if isinstance(i, Enum) and i.values == asked}
        request = Request(rule.action, place, given)
        step = self.machine.step(state, request)
        if step.outcome != "done":
            return None
        while step.outcome == "done" and step.state != state:
            state = step.state
            self.seen.add(state)
            step = self.machine.step(state, request)
        return state


def inputs(rule: Rule, ways: Sequence[str]) -> Iterator[dict[str, int]]:
    """Every combination of inputs that asks in one of these ways."""
    asked = ways_to_ask(rule)
    options = [
        [asked.index(w) for w in ways if w in asked]
        if isinstance(i, Enum) and i.values == asked
        else range(len(i.values) if isinstance(i, Enum) else 2)
        for i in rule.inputs
    ]
    for values in product(*options):
        yield {i.name: value for i, value in zip(rule.inputs, values, strict=True)}


def _kind(element: Element) -> str:
    return repr(element) if element.index < len(element.sort.special) else f"every other {element.sort.name}"


def _brings(rule: Rule, variable: Variable, value: int, wanted: bool) -> bool:
    effects = (*rule.effects, *rule.on_failure)
    return any(helps(e, variable, value, wanted) for e in effects)


def _ends(variable: Variable, effect: Effect) -> bool:
    """A flag that an effect switches off."""
    return isinstance(variable, Flag) and not effect.value


def _so_when_full(leaf: tuple[Variable, int, bool]) -> bool:
    """A leaf is already true in a full account, where everything is there."""
    variable, value, wanted = leaf
    match variable:
        case Flag():
            return wanted
        case Enum():
            return (value == FULL) == wanted
        case Count():
            return not wanted


def _single(condition: Formula) -> object:
    found = list(leaves(condition))
    return found[0][0] if len(found) == 1 else None
