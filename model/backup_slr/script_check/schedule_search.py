"""All schedules of the environment for one script, those with fewest events first.

Stateless model checking: the script is run again for each schedule. A run stops where it reaches a state, with the same
answers before, that another run reached with at least as many events left: everything after that was or will be seen.
This is sound if the script is deterministic, which is tested first. (Godefroid, "Model Checking for Programming
Languages using VeriSoft", POPL 1997.)
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from dataclasses import dataclass, field
from enum import Enum
from typing import Protocol, TypeAlias

from backup_slr.endpoint.wire.messages import ServiceCall
from backup_slr.script_check.account_graph import AccountGraph, CallAnswer, EnvironmentEvent, Number, keyed

Schedule: TypeAlias = tuple[tuple[int, EnvironmentEvent], ...]
"""Events, each with the number of the call (from 0) before which it happens."""


class StopScript(BaseException):
    """Ends a run from inside a call: it was pruned, or has made too many calls. Scripts do not catch it by accident."""


@dataclass(frozen=True)
class ScriptEnding:
    """How the script ended: exit code, the error that it did not handle (if any), and the end of its output."""

    code: int
    error: str = ""
    output: str = ""


@dataclass(frozen=True)
class MadeCall:
    """A call of the script: the events before it, the answer, and the line of the script."""

    call: ServiceCall
    events: tuple[EnvironmentEvent, ...]
    answer: CallAnswer
    line: str = ""


class ScriptRun:
    """One run of the script under a schedule; the runner passes calls and waits to it."""

    def __init__(
        self, graph: AccountGraph, schedule: Schedule, seen: dict[Hashable, int], left: int, most: int
    ) -> None:
        self.graph, self.schedule, self.seen, self.left, self.most = graph, schedule, seen, left, most
        self.state = self.earlier = graph.start
        self.calls: list[MadeCall] = []
        self.options: list[tuple[EnvironmentEvent, ...]] = []
        self.history: Hashable = ()
        self.pruned = self.endless = self.reached = False
        self.waits: list[tuple[int, float]] = []
        """The waits of the script, each with the number of calls before it."""

    def call(self, call: ServiceCall, line: str = "") -> CallAnswer:
        """Answer a call of the script.

        Raises
        ------
        StopScript
            When the run need not go on.
        """
        at = len(self.calls)
        if self.pruned or self.endless:
            raise StopScript
        if at >= self.most:
            self.endless = True
            raise StopScript
        events = tuple(event for position, event in self.schedule if position == at)
        for event in events:
            self._move(self.graph.take(self.state, event))
        last = self.schedule[-1][0] if self.schedule else -1
        choice = next((event for event in events if event.kind != "act"), None)
        if choice is None:
            self.options.append(self.graph.events(self.state, self.earlier, call))
            if at >= last and self._known(call):
                self.pruned = True
                raise StopScript
        else:
            self.options.append(())
        lagging = choice is not None and choice.kind == "lag"
        answer, after = self.graph.answer(self.earlier if lagging else self.state, call, None if lagging else choice)
        if not lagging:
            self._move(after)
        self.history = hash((self.history, keyed(call), answer.key))
        self.calls.append(MadeCall(call, events, answer, line))
        return answer

    def _move(self, state: Number) -> None:
        if state != self.state:
            self.state, self.earlier = state, self.state
            self.reached = self.reached or self.graph.at_goal(state)

    def _known(self, call: ServiceCall) -> bool:
        key = (self.state, self.earlier, self.history, keyed(call))
        if self.seen.get(key, -1) >= self.left:
            return True
        self.seen[key] = self.left
        return False

    def wait(self, seconds: float) -> None:
        """Let time pass while the script sleeps."""
        self.waits.append((len(self.calls), seconds))
        self._move(self.graph.wait(self.state, seconds))
        self.history = hash((self.history, "wait", seconds))

    def end(self) -> bool:
        """Let everything end that ends by itself; whether the goal is reached then."""
        self._move(self.graph.wait(self.state, 0))
        return self.graph.at_goal(self.state)


class ScriptRunner(Protocol):
    """Runs the script once."""

    def run(self, run: ScriptRun) -> ScriptEnding:
        """Run it, and pass its calls to `run`."""
        ...


class ScriptVerdict(Enum):
    """How a run ended: the best first."""

    GONE = "gone"
    CAME_BACK = "came-back"
    GONE_BUT_FAILS = "gone-but-fails"
    GIVES_UP = "gives-up"
    CRASHES = "crashes"
    NEVER_ENDS = "never-ends"
    SAYS_DONE = "says-done"


def judged(run: ScriptRun, ending: ScriptEnding) -> JudgedRun:
    """The verdict of a run that ended."""
    there = not run.end()
    if run.endless:
        verdict = ScriptVerdict.NEVER_ENDS
    elif ending.code == 0 and not ending.error:
        verdict = (
            ScriptVerdict.GONE if not there else ScriptVerdict.CAME_BACK if run.reached else ScriptVerdict.SAYS_DONE
        )
    elif not there:
        verdict = ScriptVerdict.GONE_BUT_FAILS
    else:
        verdict = ScriptVerdict.CRASHES if ending.error else ScriptVerdict.GIVES_UP
    return JudgedRun(run.schedule, verdict, ending, tuple(run.calls), tuple(run.waits))


@dataclass(frozen=True)
class JudgedRun:
    """A schedule, its verdict and its calls."""

    schedule: Schedule
    verdict: ScriptVerdict
    ending: ScriptEnding
    calls: tuple[MadeCall, ...]
    waits: tuple[tuple[int, float], ...]


@dataclass
class SearchResult:
    """What all schedules did: how many of each verdict, and for each the first, which has the fewest events."""

    verdicts: dict[ScriptVerdict, int] = field(default_factory=dict[ScriptVerdict, int])
    first: dict[ScriptVerdict, JudgedRun] = field(default_factory=dict[ScriptVerdict, JudgedRun])
    schedules: int = 0
    pruned: int = 0
    calls: int = 0
    complete: bool = True

    def add(self, judged: JudgedRun) -> None:
        """Count a run."""
        self.verdicts[judged.verdict] = self.verdicts.get(judged.verdict, 0) + 1
        self.first.setdefault(judged.verdict, judged)


def search(
    graph: AccountGraph, runner: ScriptRunner, events: int, calls: int = 400, schedules: int = 10**6
) -> SearchResult:
    """Run a script under every schedule of at most `events` events.

    Parameters
    ----------
    graph, runner
        The account and the script.
    events
        The largest number of events in a schedule.
    calls
        A run with more calls does not end.
    schedules
        The largest number of runs; if it is reached, the result is not `complete`.
    """
    found, seen = SearchResult(), dict[Hashable, int]()
    frontier: list[tuple[Schedule, int]] = [((), 0)]
    for number in range(events + 1):
        following: list[tuple[Schedule, int]] = []
        for schedule, first in frontier:
            if found.schedules >= schedules:
                found.complete = False
                return found
            run = ScriptRun(graph, schedule, seen, events - number, calls)
            ending = runner.run(run)
            found.schedules += 1
            found.calls += len(run.calls)
            if run.pruned:
                found.pruned += 1
            else:
                found.add(judged(run, ending))
            if number < events:
                following += _longer(run, schedule, first)
        frontier = following
    return found


def _longer(run: ScriptRun, schedule: Schedule, first: int) -> Iterator[tuple[Schedule, int]]:
    """The schedules with one event more, after those of this run."""
    end = len(run.options) - 1 if run.pruned else len(run.options)
    for at in range(first, end):
        for event in run.options[at]:
            yield (*schedule, (at, event)), at
