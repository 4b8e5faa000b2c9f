"""A trace of a smaller account, carried over to the account itself.

Each step is taken at every place that its place stands for, and repeated until a count there is as small as in the
smaller account. The machine of the account takes every step, so that what is found is a run of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain

from backup_slr.engine.compile.interpreter import Situation, holds
from backup_slr.engine.core.formula import FALSE, Formula, walk
from backup_slr.engine.core.scope import State
from backup_slr.engine.core.step import Machine, Request
from backup_slr.engine.core.trace import Taken, Trace, changes, replay
from backup_slr.engine.core.variable import AtMost, Count
from backup_slr.report.names import Names
from backup_slr.scenario.explored_account import ExploredAccount

MOST_CELLS = 1_000_000
"""The most values in all states of a trace that is made."""
Path = tuple[str, ...]


class NotCarriedOver(Exception):
    """A step of the smaller account is not possible in the account itself in this way."""


@dataclass
class CarriedOver:
    """A trace of a smaller account in the account itself, through no state that satisfies `avoid`.

    With `last_once`, the last step is taken at one place only.

    Raises
    ------
    NotCarriedOver
        When the account cannot take one of the steps.
    """

    explored: ExploredAccount
    small: Trace
    avoid: Formula = FALSE
    last_once: bool = False
    requests: list[tuple[Request, int]] = field(default_factory=list[tuple[Request, int]], init=False)

    def __post_init__(self) -> None:
        self.machine, self.state = self.explored.machine, self.explored.machine.initial
        self.names, self.own = self._names(self.small.machine), self._names(self.machine)
        self._check(self.state)
        for taken in self.small.steps:
            members = self.explored.small.members(self.names.parts(taken.request.place))
            for path in members[:1] if self.last_once and taken is self.small.steps[-1] else members:
                self._take(taken, path)

    def _names(self, machine: Machine) -> Names:
        start = machine.scope.start
        return Names(self.explored.lifecycle.sorts, start.names if start is not None else {})

    @property
    def steps(self) -> int:
        """The number of steps."""
        return sum(times for _, times in self.requests)

    @property
    def trace(self) -> Trace | None:
        """The trace; None if it is too long."""
        if self.steps * self.machine.layout.width > MOST_CELLS:
            return None
        return replay(self.machine, chain.from_iterable([request] * times for request, times in self.requests))

    def satisfies(self, wanted: Formula) -> bool:
        """Whether a formula about a state holds at the end."""
        return holds(wanted, Situation(self.machine.layout, self.state))

    # ------------------------------------------------------------ steps

    def _take(self, taken: Taken, path: Path) -> None:
        try:
            place = self.own.numbers(*path)
        except KeyError:
            raise NotCarriedOver from None
        request = Request(taken.request.action, place, taken.request.inputs)
        goals: dict[int, int] = {}
        for change in changes(self.small.machine.layout, taken.before, taken.after):
            if isinstance(change.variable, Count) and change.after < change.before:
                if change.place != taken.request.place:
                    raise NotCarriedOver
                goals[self.machine.layout.cell(change.variable.name, place)] = change.after
        self._once(taken, request)
        while any(self.state[cell] > goal for cell, goal in goals.items()):
            before = self.state
            self._once(taken, request)
            changed = [cell for cell, (a, b) in enumerate(zip(before, self.state, strict=True)) if a != b]
            if len(changed) != 1 or changed[0] not in goals or self.state[changed[0]] >= before[changed[0]]:
                raise NotCarriedOver
            # While a count exceeds all numbers with which it is compared, each formula keeps its value.
            cell = changed[0]
            beyond = max(goals[cell], self._largest_number + 1)
            if self.state[cell] > beyond:
                self.requests.append((request, self.state[cell] - beyond))
                self.state = (*self.state[:cell], beyond, *self.state[cell + 1 :])

    def _once(self, taken: Taken, request: Request) -> None:
        outcome, guard, after = self.machine.step(self.state, request)
        if (outcome, guard and guard.otherwise.id) != (taken.outcome, taken.because):
            raise NotCarriedOver
        self._check(after)
        self.state = after
        self.requests.append((request, 1))

    def _check(self, state: State) -> None:
        if self.avoid != FALSE and holds(self.avoid, Situation(self.machine.layout, state)):
            raise NotCarriedOver

    @property
    def _largest_number(self) -> int:
        """The largest number with which a rule, or the formula to avoid, compares a count."""
        formulas: list[Formula] = [self.avoid]
        for rule in self.machine.model.rules:
            formulas += [guard.condition for guard in rule.guards]
            formulas += [effect.when for effect in (*rule.effects, *rule.on_failure)]
        return max((n.number for f in formulas for n in walk(f) if isinstance(n, AtMost)), default=0)


def carried_over(
    explored: ExploredAccount, trace: Trace, wanted: Sequence[Formula] = (), avoid: Formula = FALSE
) -> Iterator[CarriedOver]:
    """The ways in which a trace carries over to the account itself, to a state that satisfies `wanted`."""
    for last_once in (False, True):
        try:
            found = CarriedOver(explored, trace, avoid, last_once)
        except NotCarriedOver:
            continue
        if all(map(found.satisfies, wanted)):
            yield found
