"""An account as the initial state of an exploration: reduced, with bounded counts, and with the names of its places."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from backup_slr.engine.compile.interpreter import Situation, holds
from backup_slr.engine.core.model import Model
from backup_slr.engine.core.rule import Property
from backup_slr.engine.core.scope import Scope, Start, State
from backup_slr.engine.core.step import Machine
from backup_slr.engine.core.variable import Count
from backup_slr.engine.spec.lifecycle import Lifecycle
from backup_slr.errors import printable
from backup_slr.report.names import Names, Place, listed, place_text
from backup_slr.scenario.reduced_account import ReducedAccount, reduced

if TYPE_CHECKING:
    from backup_slr.scenario.starting_account import StartingAccount

MOST_NAMED = 3
"""The most places that a line names."""
MOST_KEPT = 10**9
"""A number of places of one kind that no account exceeds."""


def explored_scope(
    start: StartingAccount, lifecycle: Lifecycle, numbers: Mapping[str, int], whole: bool = False
) -> Scope:
    """The scope of an account, with one place of each kind.

    Parameters
    ----------
    start
        The account.
    lifecycle
        Its lifecycle under chosen assumptions.
    numbers
        Numbers of the scope by the names of its options: the maximum of a count (by default 1), and sizes, which leave
        room for new elements if they are larger than the account.
    whole
        Whether to keep all places of the account.

    Raises
    ------
    ValueError
        When a size is too small for the account, or a name is unknown.

    Examples
    --------
    >>> from backup_slr.lifecycle import BACKUP
    >>> from backup_slr.scenario.spec import AccountSpec, EntrySpec
    >>> from backup_slr.scenario.starting_account import StartingAccount
    >>> vaults = tuple(EntrySpec(("eu-west-1", f"v{i}"), {"points": 5 + i}) for i in range(50))
    >>> paths = tuple((vault.place, ()) for vault in vaults)
    >>> account = StartingAccount("", BACKUP, AccountSpec({"role": 1}, tables={"vault": vaults}, paths=paths))
    >>> scope = explored_scope(account, BACKUP.having(BACKUP.model.assuming()), {})
    >>> dict(scope.sizes), scope.start.values["points", (0, 2)]
    ({'region': 1, 'vault': 3}, 1)
    """
    counts = {variable.name for variable in lifecycle.model.state if isinstance(variable, Count)}
    options = {option.name: option for option in lifecycle.scope_options}
    bounds = {name: numbers.get(name, 1) for name, option in options.items() if option.of in counts}
    small = start if whole else reduced(start, count=max(bounds.values(), default=1)).account
    sizes = {name: max(small.names.sizes[o.of], o.least) for name, o in options.items() if name not in bounds}
    for name, least in sizes.items():
        if numbers.get(name, least) < least:
            raise ValueError(
                f"{start.file} needs {name} of at least {least}, not {numbers[name]}: an account is explored as a "
                "whole, and a larger number only leaves room for new ones"
            )
    scope = lifecycle.scope(**{**sizes, **bounds, **numbers})
    machine = small.machine(lifecycle.model)
    values = machine.layout.nonzero(small.state(machine))
    most = {v.name: scope.bound(v) for v in lifecycle.model.state if isinstance(v, Count)}
    clipped = {key: n if (top := most.get(key[0])) is None else min(n, top) for key, n in values.items()}
    return Scope(scope.sizes, scope.bounds, Start(clipped, _with_room(lifecycle, scope, small.names)))


def _with_room(lifecycle: Lifecycle, scope: Scope, names: Names) -> dict[Place, tuple[str, ...]]:
    """The names of all places of a scope: those of the account, then unused example names."""
    below: dict[Place, tuple[str, ...]] = {}
    places: list[Place] = [()]
    for sort in lifecycle.sorts:
        for place in places:
            known = names.below.get(place, sort.special)
            spare = (*lifecycle.element_names.get(sort.name, ()), *(f"{sort.name}-{i + 1}" for i in range(len(known))))
            more = (f"new-{sort.name}-{i + 1}" for i in range(scope.size(sort)))
            unused = [name for name in dict.fromkeys((*spare, *more)) if name not in known]
            below[place] = (*known, *unused[: scope.size(sort) - len(known)])
        places = [(*place, i) for place in places for i in range(len(below[place]))]
    return below


def largest_counts(start: StartingAccount, model: Model) -> dict[str, int]:
    """The largest value of each count in an account."""
    rows = [start.spec.values, *(entry.values for entries in start.spec.tables.values() for entry in entries)]
    return {v.name: max(row.get(v.name, 0) for row in rows) for v in model.state if isinstance(v, Count)}


def holds_everywhere(asked: Property, machine: Machine, state: State) -> bool:
    """Whether an *always* property holds in a state, at every place."""
    situations = (Situation(machine.layout, state, place) for place in machine.scope.places(asked.each))
    return all(holds(asked.formula, situation) for situation in situations)


def violated(model: Model, machine: Machine, state: State) -> Iterator[str]:
    """The invariants that a state violates: no request leads to it from a new account.

    >>> from backup_slr.lifecycle import lifecycle, scope
    >>> machine = Machine(lifecycle().assuming(), scope(1, 2, 1))
    >>> list(violated(machine.model, machine, machine.initial))
    []
    """
    every = dict.fromkeys((*model.properties, *(helper for asked in model.properties for helper in asked.by)))
    for asked in every:
        if asked.kind == "always" and not holds_everywhere(asked, machine, state):
            yield asked.sentence[0].lower() + asked.sentence[1:]


def impossible_text(file: str, sentence: str) -> str:
    """The warning that an account violates an invariant."""
    return f'{file}: warning: this initial state is unreachable; it violates "{sentence}"'


@dataclass(frozen=True)
class ExploredAccount:
    """What an exploration from an account covers: the account, its lifecycle, and the scope that was made from it."""

    start: StartingAccount
    lifecycle: Lifecycle
    scope: Scope

    @cached_property
    def small(self) -> ReducedAccount:
        """The account with one place of each kind, or with all places if the scope has them."""
        count = max((n for n in self.scope.bounds.values() if n is not None), default=1)
        return reduced(self.start, MOST_KEPT if self._has_all_places else 1, count)

    @cached_property
    def _has_all_places(self) -> bool:
        known: Mapping[Place, tuple[str, ...]] = {}
        if self.scope.start is not None:
            known = self.scope.start.names
        mine = self.start.names
        return all(
            set(names) <= set(known.get(Names(mine.sorts, known).numbers(*mine.parts(place)), ()))
            for place, names in sorted(mine.below.items(), key=lambda item: len(item[0]))
        )

    @cached_property
    def counted(self) -> dict[str, int]:
        """The counts that exceed their maximum somewhere in the account, with that maximum."""
        bounds = {v.name: self.scope.bound(v) for v in self.lifecycle.model.state if isinstance(v, Count)}
        largest = largest_counts(self.start, self.lifecycle.model)
        return {name: most for name, most in bounds.items() if most is not None and largest[name] > most}

    @cached_property
    def kinds(self) -> dict[tuple[str, ...], tuple[tuple[str, ...], ...]]:
        """For each place that stands for others, these others."""
        return {kept: members[1:] for kept, members in self.small.stands_for.items() if len(members) > 1}

    @cached_property
    def smaller(self) -> str:
        """What is explored in place of the account, in words; empty if it is the account itself."""
        reads = {v.name: v.reads for v in self.lifecycle.model.state if isinstance(v, Count)}
        less = ["one place of each kind"] if self.kinds else []
        less += [f"{reads[name]} counted up to {most}" for name, most in self.counted.items()]
        return f"the account with {' and '.join(less)}" if less else ""

    @cached_property
    def machine(self) -> Machine:
        """The account itself: all its places, with as much room for new ones as the scope has, and no maximum."""
        options = {o.name: o.of for o in self.lifecycle.scope_options}
        mine, small = self.start.names.sizes, self.small.account.names.sizes
        numbers = {n: mine[of] + self.scope.sizes[of] - small[of] for n, of in options.items() if of in mine}
        most = max((1, *largest_counts(self.start, self.lifecycle.model).values()))
        numbers |= {name: most for name, of in options.items() if of not in mine}
        whole = explored_scope(self.start, self.lifecycle, numbers, whole=True)
        return Machine(self.lifecycle.model, replace(whole, bounds=dict.fromkeys(whole.bounds)))

    @cached_property
    def violated(self) -> tuple[str, ...]:
        """The invariants that the account violates."""
        machine = self.machine if self.smaller else Machine(self.lifecycle.model, self.scope)
        return tuple(violated(self.lifecycle.model, machine, machine.initial))

    @property
    def file(self) -> str:
        """The name of the file of the account."""
        return printable(self.start.file or "this account")

    def details(self) -> Iterator[str]:
        """How the account was made smaller, for people."""
        reads = {v.name: v.reads for v in self.lifecycle.model.state if isinstance(v, Count)}
        for name, most in self.counted.items():
            yield f"{reads[name]} beyond {most} are counted as {most}"
        for kept, others in self.kinds.items():
            named = listed([place_text(*place) for place in others], MOST_NAMED)
            yield f"{place_text(*kept)} (and {len(others):,} like it: {named})"
        if self.kinds:
            yield "states in which places that are alike here differ are not covered; the account may need more steps"
        elif self.smaller:
            yield "the account may need more steps"

    def lines(self) -> Iterator[str]:
        """The account and how it was made smaller, for people."""
        yield f"from {self.file}:"
        yield from (f"  {line}" for line in self.details())

    def notes(self) -> Iterator[str]:
        """Warnings about the account."""
        for sentence in self.violated:
            yield f"{impossible_text(self.start.file, sentence)}; what is proved for new accounts does not hold for it"

    def document(self) -> dict[str, Any]:
        """The same as JSON."""
        return {
            "file": self.start.file,
            "counted_up_to": self.counted,
            "stands_for": [
                {"place": place_text(*kept), "others": [place_text(*place) for place in others]}
                for kept, others in self.kinds.items()
            ],
            "violates": list(self.violated),
        }


def as_explored(start: StartingAccount, model: Model) -> ExploredAccount:
    """An account at the default scope under settled rules, for its warnings."""
    lifecycle = start.lifecycle.having(model)
    return ExploredAccount(start, lifecycle, explored_scope(start, lifecycle, {}))
