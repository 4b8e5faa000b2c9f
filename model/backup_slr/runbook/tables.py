"""A program as arrays that are looked up by position and answer, for a batch of runs of one size."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from backup_slr.engine.core.formula import And, Element, Every, Formula, Implies, Not, Or, Param, Same, Some
from backup_slr.engine.core.rule import Rule
from backup_slr.engine.core.scope import Layout
from backup_slr.engine.core.step import Machine
from backup_slr.engine.core.variable import AtMost, Flag, HasRoom, Is, usual
from backup_slr.lifecycle import scope
from backup_slr.lifecycle.vocabulary import collides, r, v
from backup_slr.runbook.account import Environment
from backup_slr.runbook.draws import Integers
from backup_slr.runbook.durations import Backoff, Duration
from backup_slr.runbook.program import TIMELESS, Position, Program, Way
from backup_slr.runbook.vector import settle

T = TypeVar("T")

NEVER = 2**62
LIST, POLL, OTHER = 0, 1, 2
"""What a position does beside requests: its number in `Tables.what`; requests come after these."""


def machine(environment: Environment) -> Machine:
    """The model of an account, at the size of that account."""
    names = environment.names
    return Machine(environment.model, scope(len(names.regions), max(map(len, names.vaults)), None))


@dataclass(frozen=True)
class Row:
    """What one row of the counters counts: calls of an operation that had this answer."""

    operation: str
    answer: str
    called: bool


class Tables:
    """Everything that a batch looks up; `codes` is the number of answers that a position can have at most."""

    def __init__(self, program: Program, environment: Environment) -> None:
        self.program = program
        self.environment = environment
        self.machine = machine(environment)
        self.layout: Layout = self.machine.layout
        self.positions = program.positions
        self.codes = max((len(p.ways) for p in self.positions), default=0) + 2
        self.throttled, self.exhausted = self.codes - 2, self.codes - 1

    # ------------------------------------------------------------ answers

    def _ways(self, position: Position, number: int) -> list[Way]:
        """The way of every answer; those that cannot be lead nowhere."""
        stay = Way(number, number)
        if not position.ways:
            return [stay] * self.codes
        ways = [*position.ways, *[stay] * (self.codes - 2 - len(position.ways))]
        return [*ways, position.throttled, position.exhausted]

    @cached_property
    def _all(self) -> list[Way]:
        return [way for number, p in enumerate(self.positions) for way in self._ways(p, number)]

    @cached_property
    def jump(self) -> Integers:
        """Where to: for each position, answer, and whether no point is known of any more."""
        return np.array([target for way in self._all for target in (way.to, way.empty)])

    @cached_property
    def retry(self) -> NDArray[np.bool_]:
        """For each position and answer: it counts as a retry."""
        return np.array([way.retry for way in self._all])

    @cached_property
    def waits(self) -> NDArray[np.bool_]:
        """For each position and answer: the operator waits first."""
        return np.array([way.waits for way in self._all])

    @cached_property
    def takes(self) -> Integers:
        """For each position and answer: how many points are no longer known of."""
        return np.array([way.takes if p.calls else 0 for p, ways in self._by_position() for way in ways])

    def _by_position(self) -> list[tuple[Position, list[Way]]]:
        return [(p, self._ways(p, number)) for number, p in enumerate(self.positions)]

    @cached_property
    def rows(self) -> tuple[Row, ...]:
        """The counters."""
        found: dict[Row, None] = {}
        for position in self.positions:
            for answer in position.answers or ("",):
                found[Row(position.operation, answer, position.calls)] = None
        return tuple(found)

    @cached_property
    def row(self) -> Integers:
        """For each position and answer the counter."""
        number = {row: i for i, row in enumerate(self.rows)}
        found: list[int] = []
        for p in self.positions:
            answers = p.answers or ("",)
            for code in range(self.codes):
                last = len(answers) - (self.codes - code) if p.calls and code >= self.throttled else code
                answer = answers[last] if 0 <= last < len(answers) else answers[0]
                found.append(number[Row(p.operation, answer, p.calls)])
        return np.array(found)

    # ------------------------------------------------------------ positions

    @cached_property
    def requests(self) -> tuple[tuple[Rule, tuple[tuple[str, int], ...]], ...]:
        """The different requests that the program makes, each once whatever its place."""
        found: dict[tuple[str, tuple[tuple[str, int], ...]], None] = {}
        for p in self.positions:
            if p.request:
                found[p.request.action, tuple(sorted(p.request.inputs.items()))] = None
        return tuple((self.environment.model.rule(action), inputs) for action, inputs in found)

    @cached_property
    def what(self) -> Integers:
        """For each position what it does: `LIST`, `POLL`, `OTHER`, or a request."""
        number = {(rule.action, inputs): i for i, (rule, inputs) in enumerate(self.requests)}
        return np.array(
            [
                OTHER + 1 + number[p.request.action, tuple(sorted(p.request.inputs.items()))]
                if p.request
                else {"list": LIST, "poll": POLL}.get(p.kind, OTHER)
                for p in self.positions
            ]
        )

    @cached_property
    def limit(self) -> Integers:
        """For each position how many retries there are."""
        backoffs = [p.backoff for p in self.positions]
        return np.array([NEVER if b is None or b.attempts is None else b.attempts for b in backoffs])

    @cached_property
    def tries_matter(self) -> bool:
        """The number of retries makes a difference somewhere."""
        backoffs = [p.backoff for p in self.positions if p.backoff is not None]
        return any(b.attempts is not None or b.grows != "fixed" for b in backoffs)

    @cached_property
    def timeless(self) -> NDArray[np.bool_]:
        """For each position: it takes no time and is passed at once."""
        return np.array([p.kind in TIMELESS for p in self.positions])

    @cached_property
    def repeats(self) -> NDArray[np.bool_]:
        """For each position: when it was done, the operator goes on with it while points are known of."""
        return np.array([bool(p.ways) and p.ways[0].to == i for i, p in enumerate(self.positions)])

    @cached_property
    def called(self) -> NDArray[np.bool_]:
        """For each position: it is a call."""
        return np.array([p.calls for p in self.positions])

    @cached_property
    def stops(self) -> NDArray[np.bool_]:
        """For each position: it stops the backup plans."""
        return np.array([p.kind == "stop" for p in self.positions])

    @cached_property
    def backoffs(self) -> tuple[Sequence[Backoff], Integers]:
        """The different ways to wait before a retry, and for each position which one."""
        return _distinct([p.backoff for p in self.positions])

    @cached_property
    def before(self) -> tuple[Sequence[Duration], Integers]:
        """The different durations that pass before something is done at all, and for each position which one."""
        return _distinct([p.before for p in self.positions])

    def place(self, places: Sequence[tuple[int, ...]], size: int) -> tuple[list[Integers], list[Integers]]:
        """For each of these places the offset of its Region and vault in the flat states, and their numbers."""
        blocks = [self._block(depth) for depth in range(len(self.layout.chain))]
        numbers = [np.array([p[d] if len(p) > d else 0 for p in places]) for d in range(len(blocks))]
        offsets = [sum(numbers[k] * blocks[k] for k in range(d + 1)) * size for d in range(len(blocks))]
        return [np.asarray(o) for o in offsets], numbers

    def _block(self, depth: int) -> int:
        """How many cells one step in this dimension is."""
        for variable in self.layout.model.state:
            if len(variable.per) > depth:
                return self.layout.affine(variable.name)[1][depth]
        raise AssertionError("every dimension has a variable")

    def collides(self, action: str) -> bool:
        """Chance decides whether a request collides with a use of the role."""
        return any(i.name == collides.name for i in self.machine.model.rule(action).inputs)

    # ------------------------------------------------------------ formulas

    @cached_property
    def tests(self) -> tuple[tuple[Formula, ...], Integers]:
        """The different formulas of tests, and for each position which one (-1: none)."""
        return _distinct([p.formula if p.kind == "test" else None for p in self.positions])

    @cached_property
    def kept(self) -> tuple[Formula, ...]:
        """Closed formulas in the guards of the requests about what no such request changes."""
        changed = {e.variable.name for rule, _ in self.requests for e in (*rule.effects, *rule.on_failure)}
        found: dict[Formula, None] = {}
        for rule, inputs in self.requests:
            settled = {i.name: usual(i) for i in rule.inputs if i.kind == "parameter"} | dict(inputs)
            for guard in rule.guards:
                for part in _quantified(settle(guard.condition, settled)):
                    reads = _reads(part)
                    if part.over == (r, v) and reads is not None and not reads & changed:
                        found[part] = None
        return tuple(found)


def _distinct(values: Sequence[T | None]) -> tuple[tuple[T, ...], Integers]:
    found = {value: i for i, value in enumerate(dict.fromkeys(x for x in values if x is not None))}
    return tuple(found), np.array([-1 if x is None else found[x] for x in values])


def _quantified(formula: Formula) -> list[Every | Some]:
    if isinstance(formula, Every | Some):
        return [formula]
    return [found for part in _parts(formula) for found in _quantified(part)]


def _reads(formula: Formula, bound: frozenset[Param] = frozenset()) -> set[str] | None:
    """The state that a closed formula depends on; None if it depends on an input or on a place too."""
    match formula:
        case Flag() | Is(_, _) | AtMost(_, _) | HasRoom(_):
            variable = formula if isinstance(formula, Flag) else formula.variable
            closed = variable.kind == "state" and all(isinstance(i, Element) or i in bound for i in variable.at)
            return {variable.name} if closed else None
        case Same(param, _):
            return set() if param in bound else None
        case Every(over, _) | Some(over, _):
            bound |= set(over)
        case _:
            pass
    found: set[str] = set()
    for part in _parts(formula):
        reads = _reads(part, bound)
        if reads is None:
            return None
        found |= reads
    return found


def _parts(formula: Formula) -> tuple[Formula, ...]:
    match formula:
        case Not(body) | Every(_, body) | Some(_, body):
            return (body,)
        case And(parts) | Or(parts):
            return parts
        case Implies(premise, conclusion):
            return premise, conclusion
        case _:
            return ()
