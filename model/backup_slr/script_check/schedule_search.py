"""All schedules of the environment for one script, those with fewest events first.

Stateless model checking, with two additions. The script runs only for answers that it did not get before: what it does
after the others is in the tree. And a schedule is followed only to a position that another one with at most as many
events reached before: everything after that was or will be seen. Both are sound if the script is deterministic, which
each run tests. (Godefroid, "Model Checking for Programming Languages using VeriSoft", POPL 1997.)
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from backup_slr.errors import BadInput
from backup_slr.script_check.account_graph import EnvironmentEvent, Schedule
from backup_slr.script_check.environment_walk import EnvironmentWalk, WalkPosition
from backup_slr.script_check.host_pool import HostPool
from backup_slr.script_check.live_run import LiveRun
from backup_slr.script_check.script_tree import ScriptCall, ScriptEnding, ScriptNode, ScriptWait
from backup_slr.script_check.script_verdict import JudgedRun, MadeCall, ScriptVerdict

Branch = tuple[WalkPosition, Schedule]


@dataclass
class SearchResult:
    """What all schedules did.

    Attributes
    ----------
    verdicts
        How many runs have each verdict.
    first
        The first schedule with each verdict, which has the fewest events.
    schedules, pruned
        The schedules that were followed, and those of them that continue as an earlier one.
    runs, calls
        How often the script ran, and the calls that it made.
    complete
        Whether no limit was reached.
    """

    verdicts: dict[ScriptVerdict, int] = field(default_factory=dict[ScriptVerdict, int])
    first: dict[ScriptVerdict, Schedule] = field(default_factory=dict[ScriptVerdict, Schedule])
    schedules: int = 0
    pruned: int = 0
    runs: int = 0
    calls: int = 0
    complete: bool = True


@dataclass
class ScheduleSearch:
    """The search for one script.

    Parameters
    ----------
    walk
        The account and its environment.
    pool
        Runs the script.
    most
        A run with more calls does not end.
    progress
        Called with the numbers of followed schedules and of runs, also while a run goes on.
    """

    walk: EnvironmentWalk
    pool: HostPool
    most: int = 400
    progress: Callable[[int, int], None] = lambda schedules, runs: None
    root: ScriptNode = field(default_factory=ScriptNode)
    followed: int = 0
    runs: int = 0
    calls: int = 0

    def deterministic(self) -> None:
        """Run the script twice without an event, in two processes whose sets have different orders.

        Raises
        ------
        BadInput
            When the runs differ.
        """
        start = self.walk.start(self.root)
        for number in range(2):
            while not self.pool.free:
                self._finish()
            self._start(start, number % len(self.pool.hosts))
        while self.pool.busy:
            self._finish()

    def all(self, events: int, schedules: int = 10**6) -> SearchResult:
        """Follow every schedule of at most `events` events, and at most `schedules` of them."""
        found, seen = SearchResult(), set[WalkPosition]()
        level: list[Branch] = [(self.walk.start(self.root), ())]
        for number in range(events + 1):
            self._learn((position for position, _ in level), seen)
            following: list[Branch] = []
            queued = set[WalkPosition]()
            for position, schedule in level:
                if found.schedules >= schedules:
                    found.complete = False
                    break
                for branch in self._follow(position, schedule, seen, found, number < events):
                    if branch[0] in seen or branch[0] in queued:
                        found.schedules += 1
                        found.pruned += 1
                    else:
                        queued.add(branch[0])
                        following.append(branch)
                self.followed = found.schedules
                self.progress(self.followed, self.runs)
            level = following
        found.runs, found.calls = self.runs, self.calls
        return found

    def _follow(
        self, position: WalkPosition, schedule: Schedule, seen: set[WalkPosition], found: SearchResult, more: bool
    ) -> Iterator[Branch]:
        """Follow one schedule; return those with one event more that branch off."""
        found.schedules += 1
        for at in self.walk.alone(position):
            if at in seen:
                found.pruned += 1
                return
            seen.add(at)
            if isinstance(at.node.move, ScriptEnding):
                verdict = self.walk.verdict(at)
                found.verdicts[verdict] = found.verdicts.get(verdict, 0) + 1
                found.first.setdefault(verdict, schedule)
            if more:
                for event in self.walk.events(at):
                    yield self.walk.waited(self.walk.after(at, event)), (*schedule, (at.node.calls, event))

    # ---------------------------------------------------------------- runs of the script

    def _learn(self, positions: Iterator[WalkPosition], seen: set[WalkPosition]) -> None:
        """Run the script until its moves from these positions without a further event are known."""
        passed = set[WalkPosition]()
        queue = deque(positions)
        waiting = dict[ScriptNode, list[WalkPosition]]()
        while queue or self.pool.busy:
            while queue and self.pool.free:
                unknown = self._unknown(queue.popleft(), seen, passed)
                if unknown is None:
                    continue
                waiting.setdefault(unknown.node, []).append(unknown)
                if len(waiting[unknown.node]) == 1:
                    self._start(unknown)
            if self.pool.busy:
                for run in self._finish():
                    queue.extend(waiting.pop(run.position.node, ()))

    def _unknown(
        self, position: WalkPosition, seen: set[WalkPosition], passed: set[WalkPosition]
    ) -> WalkPosition | None:
        for at in self.walk.alone(position):
            if at.node.move is None:
                return at
            if at in seen or at in passed:
                return None
            passed.add(at)
        return None

    def _start(self, position: WalkPosition, host: int | None = None) -> None:
        self.pool.start(LiveRun(self.walk, position, self.most), host)

    def _finish(self) -> list[LiveRun]:
        """Wait until a run makes progress; return those that ended."""
        ended = self.pool.step()
        for run in ended:
            self.runs += 1
            self.calls += run.calls
        self.progress(self.followed, self.runs)
        return ended

    # ---------------------------------------------------------------- one schedule

    def trace(self, schedule: Schedule) -> JudgedRun:
        """One run in detail; the script runs where its moves are not known.

        Raises
        ------
        BadInput
            When an event cannot happen where the schedule has it.
        """
        position, rest = self.walk.start(self.root), list(schedule)
        calls, waits = list[MadeCall](), list[tuple[int, float]]()
        while True:
            self._learn(iter((position,)), set())
            while isinstance(wait := position.node.move, ScriptWait):
                if not wait.passive:
                    waits.append((position.node.calls, wait.seconds))
                position = self.walk.slept(position, wait)
            events, choice = list[EnvironmentEvent](), None
            while rest and rest[0][0] == position.node.calls and choice is None:
                wanted = rest.pop(0)[1]
                event = next((one for one in self.walk.events(position) if one == wanted), None)
                if event is None:
                    raise BadInput(f"the event '{wanted}' cannot happen before call {position.node.calls}")
                events.append(event)
                if event.kind == "act":
                    position = self.walk.after(position, event)
                else:
                    choice = event
            if isinstance(ending := position.node.move, ScriptEnding):
                if rest:
                    raise BadInput(f"the script ends after {position.node.calls} calls: no event before {rest[0][0]}")
                verdict = self.walk.verdict(position)
                return JudgedRun(schedule, verdict, ending, tuple(calls), tuple(waits), tuple(events))
            made = position.node.move
            assert isinstance(made, ScriptCall)
            answer, position = self.walk.answered(position, choice)
            calls.append(MadeCall(made, tuple(events), answer))
