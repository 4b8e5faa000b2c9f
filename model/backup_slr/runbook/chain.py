"""A runbook at an account as a Markov chain: every state that can come about, and how one leads to the next.

A state is the account's cells, where the runbook stands, and which clocks run. Each step between states that changes
the account is a step of the model, taken by `core.step.Machine`. The chain exists where durations are memoryless: each
clock is exponential, or runs alone (then only its mean matters to expectations: a semi-Markov chain).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from backup_slr.engine.compile.interpreter import Situation, holds
from backup_slr.engine.core.formula import Element, Param
from backup_slr.engine.core.scope import State
from backup_slr.engine.core.step import written
from backup_slr.lifecycle.vocabulary import REGION, VAULT, collides, job, points, r, role, succeeds, v, vault
from backup_slr.runbook import MAX_STATES
from backup_slr.runbook.durations import Backoff, Duration, Exponential, Fixed
from backup_slr.runbook.program import GONE, PENDING, PRESENT, Position, Way
from backup_slr.runbook.tables import Tables
from backup_slr.scenario.account import starting

ABSENT, DELETING = role.values.index("absent"), role.values.index("deleting")
WAIT, PAUSE, CALL, OVER = range(4)
"""What the operator's clock measures: a wait before a retry, the pause before a position, a call; or nothing more."""


class NoAnswer(Exception):
    """There is no exact answer; the message says why."""


class Point(NamedTuple):
    """A state of the chain. `task`: a deletion task is pending; `target`: where to go on after a wait."""

    cells: State
    position: int
    phase: int
    tries: int
    known: int
    stopped: bool
    task: bool
    target: int = -1


class Clock(NamedTuple):
    """A clock of a state: its rate, whether it is exponential, the calls that it ends, and what then comes."""

    rate: float
    exponential: bool
    calls: float
    targets: list[tuple[float, Point | int]]


SUCCESS, FAILURE = -1, -2
"""Where a run ends: instead of the number of a state."""


@dataclass
class Chain:
    """The first state (or the end, if a run is over at once) and, for each state, what comes of it.

    That is its expected sojourn, expected calls when it is left, and the probabilities of the next ones.
    """

    first: int = 0
    points: list[Point] = field(default_factory=list[Point])
    sojourn: list[float] = field(default_factory=list[float])
    calls: list[float] = field(default_factory=list[float])
    next: list[dict[int, float]] = field(default_factory=list[dict[int, float]])
    gone: list[bool] = field(default_factory=list[bool])
    """For each state: the role is gone in it. A run that a deadline ends there has succeeded."""
    memoryless: bool = True
    """Every sojourn is exponential."""


def chain(tables: Tables, most: int = MAX_STATES) -> Chain:
    """The chain of a runbook at an account.

    Raises
    ------
    NoAnswer
        When something is not memoryless, or there are more states than `most`.
    """
    return _Builder(tables, most).chain()


class _Builder:
    def __init__(self, tables: Tables, most: int) -> None:
        self.t, self.most = tables, most
        self.environment, self.machine, self.layout = tables.environment, tables.machine, tables.layout
        self.positions = tables.positions
        environment = self.environment
        if tables.program.workers > 1:
            raise NoAnswer("several workers")
        clocks: list[Duration] = [d for s in environment.schedules for d in (s.every, s.takes)]
        clocks += [other.every for other in environment.others]
        if not all(isinstance(clock, Exponential) for clock in clocks):
            raise NoAnswer("jobs or other people whose times are not exponential")

    def chain(self) -> Chain:
        found = Chain()
        numbers: dict[Point, int] = {}

        def number(point: Point) -> int:
            gone = point.cells[self.layout.cell("role")] == ABSENT
            if point.phase == OVER and not point.task:
                return SUCCESS if gone else FAILURE
            if point not in numbers:
                numbers[point] = len(found.points)
                found.points.append(point)
                found.gone.append(gone)
            return numbers[point]

        cells = tuple(starting(self.machine, self.environment.names, self.environment.said))
        found.first = number(self.arrive(cells, 0, 0, 0, False, False, None))
        at = 0
        while at < len(found.points):
            self.expand(found, found.points[at], number)
            at += 1
            if len(found.points) > self.most:
                raise NoAnswer(f"more than {self.most:,} states")
        return found

    # ------------------------------------------------------------ clocks

    def expand(self, found: Chain, point: Point, number: Callable[[Point], int]) -> None:
        """All ways on from a state, by the clock that runs out first."""
        clocks = list(self.others(point))
        if point.phase != OVER:
            duration, calls = self.clock(point)
            clocks.append(_clock(duration, list(self.operate(point)), calls))
        if point.task:
            clocks.append(_clock(self.environment.deletion, [(1.0, self.end_task(point))]))
        plain = all(clock.exponential for clock in clocks)
        if len(clocks) > 1 and not plain:
            raise NoAnswer("durations that are not exponential while something else goes on")
        found.memoryless &= plain
        total = sum(clock.rate for clock in clocks)
        row: dict[int, float] = {}
        for clock in clocks:
            for share, target in clock.targets:
                to = target if isinstance(target, int) else number(target)
                row[to] = row.get(to, 0.0) + clock.rate / total * share
        found.sojourn.append(1 / total)
        found.calls.append(sum(clock.rate / total * clock.calls for clock in clocks))
        found.next.append(row)

    def clock(self, point: Point) -> tuple[Duration, float]:
        """What the operator's clock measures, and how many calls it is."""
        position = self.positions[point.position]
        if point.phase == WAIT:
            backoff = position.backoff
            assert backoff is not None
            return _mean_wait(backoff, max(point.tries, 1)), 0.0
        if point.phase == PAUSE:
            assert position.before is not None
            return position.before, 0.0
        return self.environment.call, 1.0

    def tried(
        self, cells: State, action: str, place: tuple[int, ...] = (), inputs: Mapping[str, int] | None = None
    ) -> tuple[int, State]:
        """What a request leads to: the number of the guard that does not hold (-1: none), and the cells."""
        arguments = self.machine.arguments(action, inputs or {})
        number, writes = self.machine.compiled(action)(cells, *place, *arguments)
        return number, written(cells, writes)

    # ------------------------------------------------------------ the operator

    def operate(self, point: Point) -> Iterator[tuple[float, Point | int]]:
        """What may come when the operator's clock has run out."""
        position = self.positions[point.position]
        if point.phase == WAIT:
            rest = (point.tries, point.known, point.stopped, point.task)
            yield 1.0, self.arrive(point.cells, point.target, *rest, None)
            return
        if point.phase == PAUSE and position.calls:
            yield 1.0, point._replace(phase=CALL)
            return
        if position.calls and self.environment.throttled:
            yield self.environment.throttled, self.go(point, position.throttled, point.cells, point.known)
        for share, cells, known, code in self.answers(point, position):
            if position.calls:
                share *= 1 - self.environment.throttled
            after = point
            if position.kind == "stop":
                after = point._replace(stopped=True)
            if cells[self.layout.cell("role")] == DELETING and position.request is not None:
                after = after._replace(task=True)
            yield share, self.go(after, position.ways[code], cells, known)

    def answers(self, point: Point, position: Position) -> Iterator[tuple[float, State, int, int]]:
        """Each answer to what is done at a position: its probability, the cells and the points known of then."""
        cells, known = point.cells, point.known
        if position.kind == "list":
            seen = cells[self.layout.cell(points.name, position.place)]
            stale = self.environment.stale if seen != known else 0.0
            if stale:
                yield stale, cells, known, 0
            yield 1 - stale, cells, seen, 0
        elif position.kind == "poll":
            value = cells[self.layout.cell("role")]
            yield 1.0, cells, known, PENDING if value == DELETING else GONE if value == ABSENT else PRESENT
        elif position.request is not None:
            request = position.request
            for share, inputs in self.chances(request.action, request.inputs):
                number, after = self.tried(cells, request.action, request.place, inputs)
                yield share, after, known, number + 1
        else:
            yield 1.0, cells, known, 0

    def chances(self, action: str, inputs: Mapping[str, int]) -> list[tuple[float, dict[str, int]]]:
        """The inputs of a request with every choice that chance may make."""
        given = dict(inputs)
        chance = self.environment.collides
        if not self.t.collides(action):
            return [(1.0, given)]
        return [(p, {**given, collides.name: c}) for p, c in ((1 - chance, 0), (chance, 1)) if p]

    def go(self, point: Point, way: Way, cells: State, known: int) -> Point:
        """The next state when an answer leads this way."""
        position = self.positions[point.position]
        backoff = position.backoff
        tries = point.tries + 1 if way.retry else 0
        if way.retry and backoff is not None and backoff.attempts is not None and tries > backoff.attempts:
            way, tries = position.exhausted, 0
        known -= way.takes
        target = way.to if known > 0 else way.empty
        if not way.waits:
            return self.arrive(cells, target, tries, known, point.stopped, point.task, None)
        return self.arrive(cells, target, tries, known, point.stopped, point.task, point.position)

    def arrive(
        self, cells: State, position: int, tries: int, known: int, stopped: bool, task: bool, waiting: int | None
    ) -> Point:
        """The state in which a position is reached, after a wait if one is due at the position left (`waiting`)."""
        if waiting is not None:
            backoff = self.positions[waiting].backoff
            counted = 0 if backoff is None or (backoff.plain and backoff.attempts is None) else tries
            known = known if self.matters(position) else 0
            return Point(cells, waiting, WAIT, counted, known, stopped, task, position)
        at = self.positions[position]
        while at.kind == "test":
            stands = dict[Param, Element]()
            for param, sort, i in zip((r, v), (REGION, VAULT), at.place, strict=False):
                stands[param] = Element(sort, i)
            position = at.ways[0 if holds(at.formula, Situation(self.layout, cells, stands)) else 1].to
            at = self.positions[position]
        if at.kind == "end":
            return Point(cells, position, OVER, 0, 0, stopped, task)
        backoff = at.backoff
        if backoff is None or (backoff.plain and backoff.attempts is None):
            tries = 0
        known = known if self.matters(position) else 0
        return Point(cells, position, PAUSE if at.before is not None else CALL, tries, known, stopped, task)

    def matters(self, position: int) -> bool:
        """What the operator knows of points makes a difference here."""
        return bool(self.environment.stale) or bool(self.t.repeats[position])

    # ------------------------------------------------------------ everybody else

    def end_task(self, point: Point) -> Point | int:
        _, cells = self.tried(point.cells, "finish_deletion_task")
        if cells[self.layout.cell("role")] == ABSENT:
            return SUCCESS
        return point._replace(cells=cells, task=False)

    def others(self, point: Point) -> Iterator[Clock]:
        """A clock for each thing that somebody else may do and that changes anything."""
        cells = point.cells
        for schedule in self.environment.schedules:
            place = schedule.place
            if cells[self.layout.cell(job.name, place)]:
                ends: list[tuple[float, Point | int]] = []
                for share, value in ((schedule.succeeds, 1), (1 - schedule.succeeds, 0)):
                    if share:
                        _, after = self.tried(cells, "finish_job", place, {succeeds.name: value})
                        ends.append((share, point._replace(cells=after)))
                yield _clock(schedule.takes, ends)
                continue
            on = (
                cells[self.layout.cell("efs_automatic_backup", place[:1])]
                if schedule.plan == "efs"
                else not point.stopped
            )
            on = on and cells[self.layout.cell(vault.name, place)]  # nobody plans backups into a vault that is gone
            _, after = self.tried(cells, "start_job", place)
            if on and after != cells:
                yield _clock(schedule.every, [(1.0, point._replace(cells=after))])
        for other in self.environment.others:
            found: list[tuple[float, Point | int]] = []
            request = other.request
            for share, inputs in self.chances(request.action, request.inputs):
                _, after = self.tried(cells, request.action, request.place, inputs)
                pending = point.task or after[self.layout.cell("role")] == DELETING
                found.append((share, point._replace(cells=after, task=pending)))
            if any(target != point for _, target in found):
                yield _clock(other.every, found)


def _clock(duration: Duration, targets: list[tuple[float, Point | int]], calls: float = 0.0) -> Clock:
    return Clock(1 / duration.mean, isinstance(duration, Exponential), calls, targets)


def _mean_wait(backoff: Backoff, tries: int) -> Duration:
    """A wait of which only the mean matters, unless it is exponential."""
    scale = {"fixed": 1.0, "linear": float(tries), "exponential": backoff.factor ** min(tries - 1, 64)}
    if isinstance(backoff.wait, Exponential):
        if backoff.most != float("inf"):
            raise NoAnswer("exponential waits with an upper limit")
        return Exponential(backoff.wait.mean * scale[backoff.grows])
    if not isinstance(backoff.wait, Fixed) and backoff.most != float("inf"):
        raise NoAnswer("waits that are drawn, with an upper limit")
    longest = min(backoff.wait.mean * scale[backoff.grows], backoff.most)
    return Fixed(longest * {"none": 1.0, "full": 0.5, "equal": 0.75}[backoff.jitter])
