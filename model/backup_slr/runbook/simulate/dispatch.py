"""A program as arrays that are looked up by position and answer, for batches of any size."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeVar

import numpy as np

from backup_slr.engine.core.formula import Element, Every, Formula, Param, Same, Some, children
from backup_slr.engine.core.step import Machine
from backup_slr.engine.core.variable import usual, variable_of
from backup_slr.lifecycle import BACKUP, scope
from backup_slr.lifecycle.environment import ENVIRONMENT
from backup_slr.runbook.busy_account import BusyAccount
from backup_slr.runbook.control_flow import TIMELESS, Branch, Position, Program
from backup_slr.runbook.rng import Integers
from backup_slr.runbook.simulate.vectorized_rules import At, settle

T = TypeVar("T")

NEVER = 2**62
LIST, POLL, OTHER = 0, 1, 2
"""What a position does beside requests: its number in `Dispatch.what`; requests come after these."""


class CallKind(NamedTuple):
    """What one row of the counters counts: calls of an operation that had this answer."""

    operation: str
    answer: str
    called: bool


@dataclass(frozen=True)
class Places:
    """Places of positions, schedules or requests: offsets of their Region and vault in flat states, and numbers."""

    offsets: tuple[Integers, ...]
    numbers: tuple[Integers, ...]

    def at(self, which: Integers, lanes: Integers) -> At:
        """Where these lanes are if each is at one of the places."""
        return At(lanes, tuple(o[which] + lanes for o in self.offsets), tuple(n[which] for n in self.numbers))


class Dispatch:
    """Everything that a batch looks up.

    `codes` is the number of answers that a position can have at most. `jump`, `retry`, `waits`, `takes` and `counter`
    are indexed by ``position * codes + answer``, `jump` also by whether no point is known of any more.
    """

    def __init__(self, program: Program, environment: BusyAccount) -> None:
        self.program, self.environment = program, environment
        names = environment.names
        self.machine = Machine(environment.model, scope(len(names.regions), max(map(len, names.vaults)), None))
        self.layout = self.machine.layout
        self.positions = positions = program.positions
        self.codes = max(len(p.branches) - 2 * p.calls for p in positions) + 2
        self.throttled, self.exhausted = self.codes - 2, self.codes - 1

        branches = np.array([self._by_code(p, p.branches, Branch(i, i)) for i, p in enumerate(positions)])
        self.jump = branches[:, :, :2].reshape(-1)
        self.retry, self.waits = (branches[:, :, k].reshape(-1).astype(bool) for k in (2, 3))
        self.takes = branches[:, :, 4].reshape(-1)
        counters = [
            CallKind(p.operation, answer, p.calls) for p in positions for answer in self._by_code(p, p.answers, "")
        ]
        self.counters, self.counter = _distinct(counters)

        requests = [p.request and (p.request.action, tuple(sorted(p.request.inputs.items()))) for p in positions]
        distinct, which = _distinct(requests)
        self.requests = tuple((environment.model.rule(action), inputs) for action, inputs in distinct)
        kinds = np.array([{"list": LIST, "poll": POLL}.get(p.kind, OTHER) for p in positions])
        self.what = np.where(which < 0, kinds, OTHER + 1 + which)

        backoffs = [p.backoff for p in positions]
        self.limit = np.array([NEVER if b is None or b.attempts is None else b.attempts for b in backoffs])
        self.tries_matter = any(b is not None and (b.attempts is not None or b.grows != "fixed") for b in backoffs)
        self.backoffs = _distinct(backoffs)
        self.before = _distinct([p.before for p in positions])
        self.tests = _distinct([p.formula if p.kind == "test" else None for p in positions])
        self.timeless = np.array([p.kind in TIMELESS for p in positions])
        self.called = np.array([p.calls for p in positions])
        self.stops = np.array([p.kind == "stop" for p in positions])
        self.repeats = repeats(positions)

    def _by_code(self, position: Position, values: Sequence[T], filler: T) -> list[T]:
        """The values of all answers of a position, throttled and exhausted last."""
        end = len(values) - 2 * position.calls
        return [*values[:end], *[filler] * (self.codes - 2 - end), *(values[end:] or [filler] * 2)]

    def places(self, places: Sequence[tuple[int, ...]], size: int) -> Places:
        """These places in states of batches of a size."""
        deepest = max(self.layout.model.state, key=lambda variable: len(variable.per))
        blocks = self.layout.affine(deepest.name)[1]
        numbers = [np.array([p[d] if len(p) > d else 0 for p in places], np.int64) for d in range(len(blocks))]
        offsets = np.cumsum([n * block for n, block in zip(numbers, blocks, strict=True)], axis=0) * size
        return Places(tuple(offsets), tuple(numbers))

    def collides(self, action: str) -> bool:
        """Chance decides whether a request collides with a use of what it is about."""
        return any(i.name == ENVIRONMENT.collides.name for i in self.machine.model.rule(action).inputs)

    def unchanged(self) -> tuple[Formula, ...]:
        """Closed formulas in the guards of the requests about what no such request changes."""
        changed = {e.variable.name for rule, _ in self.requests for e in (*rule.effects, *rule.on_failure)}
        found: dict[Formula, None] = {}
        for rule, inputs in self.requests:
            settled = {i.name: usual(i) for i in rule.inputs if i.kind == "parameter"} | dict(inputs)
            for guard in rule.guards:
                for part in _quantified(settle(guard.condition, settled)):
                    reads = state_read(part)
                    if part.over == BACKUP.place and reads is not None and not reads & changed:
                        found[part] = None
        return tuple(found)


def repeats(positions: Sequence[Position]) -> Integers:
    """For each position: when it was done, the operator goes on with it while points are known of."""
    return np.array([bool(p.branches) and p.branches[0].to == i for i, p in enumerate(positions)])


def _distinct(values: Sequence[T | None]) -> tuple[tuple[T, ...], Integers]:
    """The different values, and for each position which one (-1: none)."""
    found = {value: i for i, value in enumerate(dict.fromkeys(x for x in values if x is not None))}
    return tuple(found), np.array([-1 if x is None else found[x] for x in values])


def _quantified(formula: Formula) -> list[Every | Some]:
    """The outermost quantified parts of a formula."""
    if isinstance(formula, Every | Some):
        return [formula]
    return [found for part in children(formula) for found in _quantified(part)]


def state_read(formula: Formula, bound: frozenset[Param] = frozenset()) -> set[str] | None:
    """The state that a closed formula depends on; None if it depends on an input or on a place too."""
    if isinstance(formula, Same):
        return set() if formula.param in bound else None
    variable = variable_of(formula)
    if variable is not None:
        closed = variable.kind == "state" and all(isinstance(i, Element) or i in bound for i in variable.at)
        return {variable.name} if closed else None
    if isinstance(formula, Every | Some):
        bound |= set(formula.over)
    found: set[str] = set()
    for part in children(formula):
        reads = state_read(part, bound)
        if reads is None:
            return None
        found |= reads
    return found
