"""The control-flow graph of a runbook in an account: its loops unrolled into positions, one operation each.

The state of a runbook is a position and the operator's memory (retries so far, number of known points). The simulation
and the Markov chain read only this program.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from graphlib import CycleError, TopologicalSorter
from typing import Literal as Exactly
from typing import NamedTuple, TypeAlias

from backup_slr.engine.core.formula import TRUE, Formula
from backup_slr.engine.core.model import Model
from backup_slr.engine.core.step import Request
from backup_slr.engine.spec.processes import selects
from backup_slr.errors import BadInput
from backup_slr.lifecycle import BACKUP
from backup_slr.lifecycle.environment import ENVIRONMENT
from backup_slr.report.names import Names, place_text
from backup_slr.runbook.book import THROTTLED, Call, Loop, Part, Pause, Reaction, Runbook, StopPlans
from backup_slr.runbook.busy_account import BusyAccount
from backup_slr.runbook.distributions import Backoff, Duration
from backup_slr.scenario.place_check import brings

Kind: TypeAlias = Exactly["act", "list", "read", "poll", "wait", "stop", "test", "fork", "take", "end"]
TIMELESS = ("test", "fork", "take", "end")
"""Kinds of positions that take no time; at all others the operator waits for an answer."""

DONE, EXHAUSTED = "done", "exhausted"
ASKED = (DONE, THROTTLED, EXHAUSTED)
PENDING, GONE, THERE = range(3)
LOOKS = ("pending", "gone", "there")
"""The possible results of polling the deletion task: their numbers and words."""
GOOD = (DONE, *LOOKS[:THERE])
"""Answers that are not refusals."""


class Branch(NamedTuple):
    """The target of one answer: `to`, or `empty` if no known point is left.

    `retry`: it counts as a retry; `waits`: after a wait; `takes`: the number of known points that it removes.
    """

    to: int
    empty: int
    retry: bool = False
    waits: bool = False
    takes: int = 0


@dataclass(frozen=True)
class Position:
    """One operation of the operator, with one branch for each answer.

    For a call, answer 0 means done, and answer k that guard k - 1 refused it; the last two mean that it was throttled,
    and that no retry is left. A *test* takes the first branch where `formula` holds and the second where it does not. A
    *fork* hands `items` to the workers, each *take* requests the next. Without `paginate`, a *list* is its first page.
    """

    kind: Kind
    operation: str = ""
    answers: tuple[str, ...] = ("",)
    branches: tuple[Branch, ...] = ()
    place: tuple[int, ...] = ()
    request: Request | None = None
    formula: Formula = TRUE
    backoff: Backoff | None = None
    before: Duration | None = None
    items: tuple[int, ...] = ()
    paginate: bool = True

    @property
    def calls(self) -> bool:
        """Whether it is a call to the API."""
        return self.kind in ("act", "list", "read", "poll", "stop")


@dataclass(frozen=True)
class Program:
    """All positions; the first is where a runbook begins, the last is its end."""

    positions: tuple[Position, ...]
    workers: int = 1

    def may_loop(self) -> bool:
        """Return whether there is an unbounded cycle.

        These cycles are bounded: the recovery points in a list, limited retries, and polling a deletion task, which the
        service ends.
        """
        try:
            TopologicalSorter({n: set(_successors(p, n)) for n, p in enumerate(self.positions)}).prepare()
        except CycleError:
            return True
        return False


def _successors(position: Position, number: int) -> Iterator[int]:
    if position.kind == "take":
        return  # each item of a fork is assigned once
    yield from position.items
    limited = position.backoff is not None and position.backoff.attempts is not None
    for answer, branch in enumerate(position.branches):
        if branch.retry and limited:
            continue
        if branch.takes or (position.kind == "poll" and answer == PENDING):
            yield from {branch.empty} - {number}
        else:
            yield from {branch.to, branch.empty}


def program(book: Runbook, environment: BusyAccount) -> Program:
    """The program of a runbook at an account; `BadInput` if it names a place that the account cannot have."""
    return _Builder(book, environment).program()


def with_created(names: Names, books: Iterable[Runbook], model: Model) -> Names:
    """The names of an account with those of the items that calls create; they come after all others."""
    sort = names.sorts[-1].name
    new = [c.place for book in books for c in book.every_call if c.place and brings(model.rule(c.do), sort)]
    below = dict(names.below)
    for *outer, name in new:
        for place in names.places(len(names.sorts) - 1):
            if names.parts(place)[len(place) - len(outer) :] == tuple(outer) and name not in below[place]:
                below[place] = (*below[place], name)
    return replace(names, below=below)


class _Builder:
    """Adds positions one by one. Branches lead to labels, which are resolved to positions at the end."""

    def __init__(self, book: Runbook, environment: BusyAccount) -> None:
        self.book = book
        self.environment = environment
        self.rules = {rule.action: rule for rule in environment.model.rules}
        self.positions: list[Position] = []
        self.labels: list[int] = []
        self.end = self.label()
        self.workers = 1

    def program(self) -> Program:
        self.parts(self.book.steps, (), self.here())
        self.mark(self.end)
        self.positions.append(Position("end"))
        return Program(tuple(map(self.settled, self.positions)), self.workers)

    def settled(self, position: Position) -> Position:
        at = self.labels
        branches = tuple(b._replace(to=at[b.to], empty=at[b.empty]) for b in position.branches)
        return replace(position, branches=branches, items=tuple(at[item] for item in position.items))

    def label(self) -> int:
        self.labels.append(-1)
        return len(self.labels) - 1

    def mark(self, label: int) -> None:
        self.labels[label] = len(self.positions)

    def here(self) -> int:
        label = self.label()
        self.mark(label)
        return label

    def branch(self, reaction: Reaction, again: int, after: int, restart: int, takes: int = 0) -> Branch:
        """The branch of a reaction; `again` is the position itself, used while known points are left."""
        match reaction:
            case "next":
                return Branch(again if takes else after, after, takes=takes)
            case "retry":
                return Branch(again, again, retry=True, waits=True)
            case "restart":
                return Branch(restart, restart, waits=True)
            case "stop":
                return Branch(self.end, self.end)

    def parts(self, parts: tuple[Part, ...], place: tuple[int, ...], restart: int) -> None:
        for part in parts:
            match part:
                case Call():
                    self.call(part, place, restart)
                case Pause(takes):
                    after = self.label()
                    self.positions.append(Position("wait", before=takes, branches=(Branch(after, after),)))
                    self.mark(after)
                case StopPlans(backoff):
                    self.simple("stop", ENVIRONMENT.stop.operation, backoff, restart, place)
                case Loop():
                    self.loop(part, place, restart)

    def simple(self, kind: Kind, operation: str, backoff: Backoff, restart: int, place: tuple[int, ...]) -> None:
        """A call that changes nothing in the model and succeeds unless throttled."""
        here, after = self.here(), self.label()
        branches = tuple(self.branch(how, here, after, restart) for how in ("next", "retry", "next"))
        self.positions.append(Position(kind, operation, ASKED, branches, place, backoff=backoff))
        self.mark(after)

    def test(self, formula: Formula, place: tuple[int, ...], otherwise: int) -> None:
        then = self.label()
        branches = (Branch(then, then), Branch(otherwise, otherwise))
        self.positions.append(Position("test", place=place, formula=formula, branches=branches))
        self.mark(then)

    # ------------------------------------------------------------ calls

    def call(self, call: Call, place: tuple[int, ...], restart: int) -> None:
        rule = self.rules[call.do]
        place = self.named(call, place[: len(rule.place) - len(call.place)]) if call.place else place[: len(rule.place)]
        after, done = self.label(), self.label()
        if call.when != TRUE:
            self.test(call.when, place, after)
        begin, act = self.here(), self.label()
        ends: tuple[Reaction, Reaction] = (call.on.get(THROTTLED, "next"), call.exhausted)
        if call.each_point:
            branches = (Branch(act, after), *(self.branch(how, begin, after, restart) for how in ends))
            found = Position("list", ENVIRONMENT.contents.operation, ASKED, branches, place, backoff=call.backoff)
            self.positions.append(replace(found, paginate=call.paginate))
        self.mark(act)
        refusals = [guard.otherwise.id for guard in rule.guards]
        emptied = begin if call.until_empty else after
        reactions: tuple[Reaction, ...] = (*(call.on.get(refusal, "next") for refusal in refusals), *ends)
        takes = int(call.each_point)
        first = self.branch("next", act, emptied, restart, takes) if call.poll is None else Branch(done, done)
        self.positions.append(
            Position(
                "act",
                rule.operations[0] if rule.operations else rule.action,
                (DONE, *refusals, THROTTLED, EXHAUSTED),
                (first, *(self.branch(reaction, act, emptied, restart, takes) for reaction in reactions)),
                place,
                Request(call.do, place, call.inputs),
                backoff=call.backoff,
            )
        )
        self.mark(done)
        if call.poll is not None:
            failed, task = call.on[ENVIRONMENT.task.failed.id], ENVIRONMENT.task.operation
            there = Branch(act, act, waits=True) if failed == "retry" else self.branch(failed, done, after, restart)
            branches = (Branch(done, done), Branch(after, after), there)
            branches += tuple(self.branch(how, done, after, restart) for how in ends)
            answers = (*LOOKS, THROTTLED, EXHAUSTED)
            self.positions.append(Position("poll", task, answers, branches, backoff=call.backoff, before=call.poll))
        self.mark(after)

    def named(self, call: Call, outer: tuple[int, ...]) -> tuple[int, ...]:
        """The place of a call that names it, or the inner part of it; the loops supply the `outer` part."""
        names = self.environment.names
        path = (*names.parts(outer), *call.place)
        try:
            return names.numbers(*path)
        except KeyError:
            where = place_text(*path)
            raise BadInput(f"{call.do}: the account {self.environment.file} has no {where}", self.book.file) from None

    # ------------------------------------------------------------ loops

    def loop(self, loop: Loop, place: tuple[int, ...], restart: int) -> None:
        after = self.label()
        if loop.when != TRUE:
            self.test(loop.when, place, after)
        names = self.environment.names.regions
        chosen = range(len(names)) if loop.regions is None else [i for i, n in enumerate(names) if n in loop.regions]
        regions = [place[0]] if place else chosen
        if loop.each == BACKUP.place[0].sort.name:
            for region in regions:
                self.parts(loop.steps, (region,), self.here())
        else:
            for region in regions:
                self.simple("read", ENVIRONMENT.items.operation, loop.backoff, restart, (region,))
                if loop.workers == 1:
                    for item in self.items(region, loop.vaults):
                        self.item(loop, item)
            if loop.workers > 1:
                self.fork(loop, [item for region in regions for item in self.items(region, loop.vaults)])
        self.mark(after)

    def items(self, region: int, group: str) -> Iterator[tuple[int, int]]:
        for place in self.environment.places:
            if place[0] == region and selects(ENVIRONMENT.items.groups[group], place, BACKUP.place):
                yield place

    def item(self, loop: Loop, place: tuple[int, int]) -> None:
        """The steps for one vault, if it exists at that time."""
        after, start = self.label(), self.here()
        self.test(ENVIRONMENT.items.there, place, after)
        self.parts(loop.steps, place, start)
        self.mark(after)

    def fork(self, loop: Loop, places: list[tuple[int, int]]) -> None:
        self.workers = max(self.workers, loop.workers)
        begin, after = self.here(), self.label()
        number, items = len(self.positions), list[int]()
        self.positions.append(Position("fork"))
        for place in places:
            items.append(self.here())
            self.item(loop, place)
            self.positions.append(Position("take", branches=(Branch(begin, begin),)))
        self.positions[number] = Position("fork", branches=(Branch(after, after),), items=tuple(items))
        self.mark(after)
