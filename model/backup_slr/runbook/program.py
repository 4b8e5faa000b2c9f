"""A runbook taken at an account: loops unrolled into *positions*, each of which does one thing and leads to others.

A position and what the operator remembers (retries so far, points known of) are all there is to where a runbook
stands. The batch simulation and the Markov chain both read this program, and nothing else, of a runbook.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Literal as Exactly
from typing import TypeAlias

from backup_slr.engine.core.formula import TRUE, Formula
from backup_slr.engine.core.step import Request
from backup_slr.errors import BadInput
from backup_slr.lifecycle.vocabulary import DEFAULT_VAULT_NAME, r, v, vault
from backup_slr.runbook.account import Environment
from backup_slr.runbook.book import THROTTLED, Call, Loop, Part, Pause, Reaction, Runbook, StopPlans
from backup_slr.runbook.durations import Backoff, Duration

Kind: TypeAlias = Exactly["act", "list", "read", "poll", "wait", "stop", "test", "fork", "take", "end"]
TIMELESS = ("test", "fork", "take", "end")
"""Kinds of positions that are passed at once; at the others the operator waits for an answer."""

STOP_OPERATION = "backup:DeleteBackupPlan"

PENDING, GONE, PRESENT = 0, 1, 2
"""What a look at the deletion task finds."""


@dataclass(frozen=True)
class Way:
    """Where one answer leads: to `to`, or to `empty` if no point is known of any more.

    `retry`: it counts as a retry; `waits`: after a wait; `takes`: so many points are no longer known of.
    """

    to: int
    empty: int
    retry: bool = False
    waits: bool = False
    takes: int = 0


@dataclass(frozen=True)
class Position:
    """One thing that the operator does; `ways` by the number of the answer (0: done; k: the guard before k).

    A *test* leads the first way where `formula` holds and the second where it does not. A *fork* hands `items` to
    the workers, and each *take* is the request for the next of them.
    """

    kind: Kind
    operation: str = ""
    request: Request | None = None
    place: tuple[int, ...] = ()
    formula: Formula = TRUE
    ways: tuple[Way, ...] = ()
    throttled: Way = Way(0, 0)
    exhausted: Way = Way(0, 0)
    backoff: Backoff | None = None
    before: Duration | None = None
    items: tuple[int, ...] = ()
    answers: tuple[str, ...] = ()

    @property
    def calls(self) -> bool:
        """It is a call to the API."""
        return self.kind in ("act", "list", "read", "poll", "stop")


@dataclass(frozen=True)
class Program:
    """All positions; the first is where a runbook begins, the last is its end."""

    positions: tuple[Position, ...]
    workers: int = 1

    @property
    def end(self) -> int:
        """The number of the last position."""
        return len(self.positions) - 1


@dataclass
class _Label:
    at: int = -1


@dataclass
class _Draft:
    """A position whose ways lead to labels that are not settled yet."""

    position: Position
    ways: list[tuple[_Label, _Label, bool, bool, int]] = field(
        default_factory=list[tuple[_Label, _Label, bool, bool, int]]
    )
    items: list[_Label] = field(default_factory=list[_Label])


def program(book: Runbook, environment: Environment) -> Program:
    """The program of a runbook at an account.

    Raises
    ------
    BadInput
        When the runbook names a Region or vault that the account cannot have.
    """
    return _Builder(book, environment).program()


class _Builder:
    def __init__(self, book: Runbook, environment: Environment) -> None:
        self.book = book
        self.environment = environment
        self.rules = {rule.action: rule for rule in environment.model.rules}
        self.drafts: list[_Draft] = []
        self.end = _Label()
        self.workers = 1

    def program(self) -> Program:
        start = self.here()
        self.parts(self.book.steps, (), start)
        self.end.at = len(self.drafts)
        self.drafts.append(_Draft(Position("end")))
        return Program(tuple(map(_settled, self.drafts)), self.workers)

    def here(self) -> _Label:
        return _Label(len(self.drafts))

    def add(self, position: Position) -> _Draft:
        self.drafts.append(_Draft(position))
        return self.drafts[-1]

    def parts(self, parts: tuple[Part, ...], place: tuple[int, ...], restart: _Label) -> None:
        for part in parts:
            match part:
                case Call():
                    self.call(part, place, restart)
                case Pause(takes):
                    draft = self.add(Position("wait", before=takes))
                    draft.ways = self.ways(1, lambda _: "next", self.here(), self.here(), restart)
                case StopPlans(backoff):
                    self.simple("stop", STOP_OPERATION, backoff, restart, place=place)
                case Loop():
                    self.loop(part, place, restart)

    def ways(
        self,
        number: int,
        reaction: Callable[[int], Reaction],
        again: _Label,
        after: _Label,
        restart: _Label,
        takes: int = 0,
    ) -> list[tuple[_Label, _Label, bool, bool, int]]:
        """The ways of so many answers; `again` is the position itself, where to go on while points are known of."""
        to: dict[Reaction, tuple[_Label, _Label, bool, bool, int]] = {
            "next": (again if takes else after, after, False, False, takes),
            "retry": (again, again, True, True, 0),
            "restart": (restart, restart, False, True, 0),
            "stop": (self.end, self.end, False, False, 0),
        }
        return [to[reaction(i)] for i in range(number)]

    def simple(
        self, kind: Kind, operation: str, backoff: Backoff, restart: _Label, place: tuple[int, ...] = ()
    ) -> None:
        """A call that changes nothing and is answered unless throttled."""
        here = self.here()
        draft = self.add(Position(kind, operation, place=place, backoff=backoff, answers=("done", THROTTLED, "")))
        said: tuple[Reaction, ...] = ("next", "retry", "next")
        draft.ways = self.ways(3, said.__getitem__, here, self.here(), restart)

    def test(self, formula: Formula, place: tuple[int, ...], otherwise: _Label) -> None:
        draft = self.add(Position("test", formula=formula, place=place))
        then = self.here()
        draft.ways = [(then, then, False, False, 0), (otherwise, otherwise, False, False, 0)]

    # ------------------------------------------------------------ calls

    def call(self, call: Call, place: tuple[int, ...], restart: _Label) -> None:
        after = _Label()
        rule = self.rules[call.do]
        place = self.named(call) if call.place else place[: len(rule.place)]
        if call.when != TRUE:
            self.test(call.when, place, after)
        answers = ("done", *(g.otherwise.id for g in rule.guards), THROTTLED, "exhausted")

        def reaction(answer: int) -> Reaction:
            if answer == len(answers) - 1:
                return call.exhausted
            return call.on.get(answers[answer], "next") if answer else "next"

        begin = self.here()
        listing = None
        if call.each_point:
            listing = self.add(
                Position("list", "backup:ListRecoveryPointsByBackupVault", place=place, backoff=call.backoff)
            )
            listing.position = _with(listing.position, answers=("done", THROTTLED, "exhausted"))
        here = self.here()
        operation = rule.operations[0] if rule.operations else rule.action
        draft = self.add(
            Position(
                "act", operation, Request(call.do, place, call.inputs), place, backoff=call.backoff, answers=answers
            )
        )
        emptied = begin if call.until_empty else after
        draft.ways = self.ways(len(answers), reaction, here, emptied, restart, int(call.each_point))
        if listing:
            throttled, tired = call.on.get(THROTTLED, "next"), call.exhausted
            listing.ways = [(here, after, False, False, 0)]
            listing.ways += self.ways(2, (throttled, tired).__getitem__, begin, after, restart)
        if call.poll is not None:
            draft.ways[0] = (self.here(), self.here(), False, False, 0)
            self.poll(call, call.poll, here, restart)
        after.at = len(self.drafts)

    def poll(self, call: Call, every: Duration, again: _Label, restart: _Label) -> None:
        here = self.here()
        answers = ("pending", "gone", "present", THROTTLED, "exhausted")
        operation = "iam:GetServiceLinkedRoleDeletionStatus"
        draft = self.add(Position("poll", operation, backoff=call.backoff, before=every, answers=answers))
        after = self.here()
        draft.ways = [(here, here, False, False, 0), (after, after, False, False, 0)]
        failed = call.on["resources-remain"]
        if failed == "retry":
            draft.ways.append((again, again, False, True, 0))
        else:
            draft.ways += self.ways(1, lambda _: failed, here, after, restart)
        draft.ways += self.ways(2, (call.on[THROTTLED], call.exhausted).__getitem__, here, after, restart)

    def named(self, call: Call) -> tuple[int, ...]:
        names = self.environment.names
        region, *vaults = call.place
        if region not in names.regions or not set(vaults) <= set(names.vaults[names.regions.index(region)]):
            where = "/".join(call.place)
            raise BadInput(f"{call.do}: the account {self.environment.file} has no {where}", self.book.file)
        return names.numbers(*call.place)

    # ------------------------------------------------------------ loops

    def loop(self, loop: Loop, place: tuple[int, ...], restart: _Label) -> None:
        after = _Label()
        if loop.when != TRUE:
            self.test(loop.when, place, after)
        names = self.environment.names.regions
        chosen = range(len(names)) if loop.regions is None else [i for i, n in enumerate(names) if n in loop.regions]
        regions = [place[0]] if place else chosen
        if loop.each == "region":
            for region in regions:
                self.parts(loop.steps, (region,), self.here())
        elif loop.workers == 1:
            for region in regions:
                self.simple("read", "backup:ListBackupVaults", loop.backoff, restart, (region,))
                for item in self.vaults(region, loop.vaults):
                    self.item(loop, item)
        else:
            self.fork(loop, regions, restart)
        after.at = len(self.drafts)

    def vaults(self, region: int, which: str) -> Iterator[tuple[int, int]]:
        """The vaults of a Region, and of these all, the default one, or the others."""
        for place in self.environment.places:
            default = self.environment.names.vault(place) == DEFAULT_VAULT_NAME
            if place[0] == region and which in ("all", "default" if default else "others"):
                yield place

    def item(self, loop: Loop, place: tuple[int, int]) -> None:
        """One vault, if it is there when its turn comes."""
        after = _Label()
        start = self.here()
        self.test(vault[r, v], place, after)
        self.parts(loop.steps, place, start)
        after.at = len(self.drafts)

    def fork(self, loop: Loop, regions: range | list[int], restart: _Label) -> None:
        for region in regions:
            self.simple("read", "backup:ListBackupVaults", loop.backoff, restart, (region,))
        self.workers = max(self.workers, loop.workers)
        begin = self.here()
        fork = self.add(Position("fork"))
        for region in regions:
            for place in self.vaults(region, loop.vaults):
                fork.items.append(self.here())
                self.item(loop, place)
                take = self.add(Position("take"))
                take.ways = [(begin, begin, False, False, loop.workers)]
        after = self.here()
        fork.ways = [(after, after, False, False, loop.workers)]


def _with(position: Position, **changes: object) -> Position:
    return Position(**{**position.__dict__, **changes})  # type: ignore[arg-type]


def _settled(draft: _Draft) -> Position:
    ways = [Way(a.at, b.at, retry, waits, takes) for a, b, retry, waits, takes in draft.ways]
    items = tuple(label.at for label in draft.items)
    if not draft.position.calls:
        return _with(draft.position, ways=tuple(ways), items=items)
    *first, throttled, exhausted = ways
    return _with(draft.position, ways=tuple(first), throttled=throttled, exhausted=exhausted)
