"""Build the Markov chain of a runbook in an account: its reachable states and transitions.

Each transition that changes the account is a step of the model, taken by `core.step.Machine`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache

from backup_slr.engine.compile.interpreter import Situation, holds
from backup_slr.engine.core.formula import TRUE, Element, Formula
from backup_slr.engine.core.scope import State
from backup_slr.engine.core.step import Request, written
from backup_slr.lifecycle import BACKUP
from backup_slr.lifecycle.environment import ENVIRONMENT
from backup_slr.runbook import MAX_STATES
from backup_slr.runbook.control_flow import GONE, PENDING, THERE, Branch, Position
from backup_slr.runbook.distributions import Backoff, Duration, Exponential, Fixed
from backup_slr.runbook.markov.markov_chain import (
    CALL,
    FAILURE,
    NEVER,
    OVER,
    PAUSE,
    SUCCESS,
    WAIT,
    Chain,
    ChainState,
    Clock,
    NoAnswer,
    Targets,
)
from backup_slr.runbook.simulate.batch import Dispatch
from backup_slr.runbook.simulate.vectorized_rules import possible
from backup_slr.scenario.account_codec import account_format

IS_GONE, IS_PENDING = BACKUP.goal.is_("gone"), BACKUP.goal.is_("pending")


def chain(dispatch: Dispatch, most: int = MAX_STATES, stay: bool = False) -> Chain:
    """The chain of a runbook; `NoAnswer` if something is not memoryless, or there are more states than `most`.

    If the role must `stay` deleted, the chain has no ends, and goes on when the role is deleted or the runbook ends.
    """
    return _Builder(dispatch, most, stay).chain()


class _Builder:
    def __init__(self, dispatch: Dispatch, most: int, stay: bool) -> None:
        self.t, self.most, self.stay = dispatch, most, stay
        self.environment, self.machine, self.layout = dispatch.environment, dispatch.machine, dispatch.layout
        self.positions = dispatch.positions
        self.holds = lru_cache(maxsize=1 << 18)(self._holds)
        environment = self.environment
        if dispatch.program.workers > 1:
            raise NoAnswer("several workers")
        if environment.limits:
            raise NoAnswer("the rate limits of AWS")
        if environment.lag:
            raise NoAnswer("a status that is out of date")
        clocks: list[Duration] = [d for s in environment.schedules for d in (s.every, s.takes)]
        clocks += [other.every for other in environment.others]
        if not all(isinstance(clock, Exponential) for clock in clocks):
            raise NoAnswer("delays of jobs or other users are not exponential")
        if environment.clocks.dates:
            raise NoAnswer("the dates of the account are not exponential times")
        self.views = dispatch.views
        for view in self.views:
            if not isinstance(view.lag, Exponential):
                raise NoAnswer(f"[{view.table}] lag is not exponential: write lag = {{ exponential = MEAN }}")
        self.shown = tuple(cell for view in self.views for cell in view.cells)
        self.timed = [
            (Request(action, place), possible(environment.model.rule(action)), clock)
            for action, clock in environment.clocks.running.items()
            for place in environment.names.places(len(environment.model.rule(action).place))
        ]
        for request, _, clock in self.timed:
            if not isinstance(clock, Exponential):
                raise NoAnswer(f"the time until {request.action} is not exponential")

    def _holds(self, formula: Formula, cells: State, place: tuple[int, ...] = (), stopped: bool = False) -> bool:
        stands = {param: Element(param.sort, i) for param, i in zip(BACKUP.place, place, strict=False)}
        return holds(formula, Situation(self.layout, cells, stands, {ENVIRONMENT.stop.stopped.name: stopped}))

    def chain(self) -> Chain:
        found = Chain()
        numbers: dict[ChainState, int] = {}

        def number(state: ChainState | int) -> int:
            if isinstance(state, int):
                return state
            gone = self.holds(IS_GONE, state.cells)
            if state.phase == OVER and not state.task and not self.stay:
                return SUCCESS if gone else FAILURE
            if state not in numbers:
                numbers[state] = len(found.states)
                found.states.append(state)
                found.gone.append(gone)
            return numbers[state]

        account = account_format(self.machine.model.state)
        cells = tuple(account.cells(self.machine, self.environment.names, self.environment.said))
        found.first = number(self.arrive(ChainState(cells, 0, seen=tuple(cells[cell] for cell in self.shown))))
        for state in found.states:  # the queue grows
            self.expand(found, state, number)
            if self.stay:
                found.given_up.append(number(self.over(state)))
            if len(found.states) > self.most:
                raise NoAnswer(f"more than {self.most:,} states")
        return found

    # ------------------------------------------------------------ clocks

    def expand(self, found: Chain, state: ChainState, number: Callable[[ChainState | int], int]) -> None:
        """All transitions from a state, by the clock that expires first."""
        clocks = list(self.background(state))
        if state.phase != OVER:
            clocks.append(self.operator(state))
        if state.task:
            _, cells = self.attempt(state.cells, ENVIRONMENT.task.ends)
            ends = self.holds(IS_GONE, cells) and not self.stay
            after = SUCCESS if ends else state._replace(cells=cells, task=False)
            clocks.append(Clock(self.environment.deletion, [(1.0, after)]))
        memoryless = all(isinstance(clock.duration, Exponential) for clock in clocks)
        if len(clocks) > 1 and not memoryless:
            raise NoAnswer("delays are not exponential while something else happens")
        found.memoryless &= memoryless
        rates = [1 / clock.duration.mean for clock in clocks]
        total = sum(rates)
        row: dict[int, float] = {}
        for clock, rate in zip(clocks, rates, strict=True):
            for share, target in clock.targets:
                to = number(target)
                row[to] = row.get(to, 0.0) + rate / total * share
        found.sojourn.append(1 / total if clocks else NEVER)
        found.calls.append(sum(rate / total * clock.calls for clock, rate in zip(clocks, rates, strict=True)))
        found.next.append(row)

    def attempt(
        self, cells: State, action: str, place: tuple[int, ...] = (), inputs: Mapping[str, int] | None = None
    ) -> tuple[int, State]:
        """The result of a request: the number of the answer (0: done, k: guard k - 1), and the cells."""
        read = {variable.name for variable in self.machine.model.rule(action).inputs}
        said = {name: value for name, value in (inputs or {}).items() if name in read}
        number, writes = self.machine.compiled(action)(cells, *place, *self.machine.arguments(action, said))
        return number + 1, written(cells, writes)

    def outcomes(self, cells: State, request: Request) -> list[tuple[float, int, State]]:
        """Each possible answer to a request: its probability, its number, and the cells after it."""
        chances = dict(self.environment.clocks.of(self.machine.model.rule(request.action)))
        if self.t.collides(request.action):
            chances[ENVIRONMENT.collides.name] = (1 - self.environment.collides, self.environment.collides)
        cases: list[tuple[float, dict[str, int]]] = [(1.0, {**request.inputs})]
        only = self.environment.clocks.only
        for name, shares in chances.items():
            if name in request.inputs or not self.holds(only.get(name, TRUE), cells, request.place):
                continue
            values = [(p, value) for value, p in enumerate(shares) if p]
            cases = [(share * p, {**said, name: value}) for share, said in cases for p, value in values]
        return [(share, *self.attempt(cells, request.action, request.place, said)) for share, said in cases]

    # ------------------------------------------------------------ the operator

    def operator(self, state: ChainState) -> Clock:
        position = self.positions[state.position]
        if state.phase == WAIT:
            assert position.backoff is not None
            after = self.arrive(state._replace(position=state.target))
            return Clock(_mean_wait(position.backoff, max(state.tries, 1)), [(1.0, after)])
        if state.phase == PAUSE:
            assert position.before is not None
            after = state._replace(phase=CALL) if position.calls else self.go(state, position.branches[0])
            return Clock(position.before, [(1.0, after)])
        throttled = self.environment.throttled
        targets: Targets = [(throttled, self.go(state, position.branches[-2]))] if throttled else []
        for share, answer, after in self.answers(state, position):
            targets.append((share * (1 - throttled), self.go(after, position.branches[answer])))
        return Clock(self.environment.call, targets, calls=1)

    def answers(self, state: ChainState, position: Position) -> Iterator[tuple[float, int, ChainState]]:
        """Each answer to a call: probability, number, and the state after it without the operator's position."""
        if position.kind == "list":
            seen = self.observed(state)[self.layout.cell(ENVIRONMENT.contents.number.name, position.place)]
            seen = seen if position.paginate else min(seen, self.environment.page)
            stale = self.environment.stale if seen != state.known else 0.0
            if stale:
                yield stale, 0, state
            yield 1 - stale, 0, state._replace(known=seen)
        elif position.kind == "poll":
            pending, gone = (self.holds(formula, state.cells) for formula in (IS_PENDING, IS_GONE))
            yield 1.0, PENDING if pending else GONE if gone else THERE, state
        elif position.request is not None:
            for share, answer, cells in self.outcomes(state.cells, position.request):
                task = state.task or self.holds(IS_PENDING, cells)
                yield share, answer, state._replace(cells=cells, task=task)
        else:
            yield 1.0, 0, state._replace(stopped=state.stopped or position.kind == "stop")

    def go(self, state: ChainState, branch: Branch) -> ChainState:
        position = self.positions[state.position]
        backoff = position.backoff
        tries = state.tries + 1 if branch.retry else 0
        if branch.retry and backoff is not None and backoff.attempts is not None and tries > backoff.attempts:
            branch, tries = position.branches[-1], 0
        known = state.known - branch.takes
        target = branch.to if known > 0 else branch.empty
        state = state._replace(tries=tries, known=known)
        if not branch.waits:
            return self.arrive(state._replace(position=target))
        return self.reduced(state._replace(phase=WAIT, target=target), target, backoff)

    def arrive(self, state: ChainState) -> ChainState:
        """The state after a position is reached; tests take no time."""
        number = state.position
        position = self.positions[number]
        while position.kind == "test":
            holds = self.holds(position.formula, self.observed(state), position.place)
            number = position.branches[0 if holds else 1].to
            position = self.positions[number]
        state = state._replace(position=number, target=-1)
        if position.kind == "end":
            return self.over(state)
        phase = CALL if position.before is None else PAUSE
        return self.reduced(state._replace(phase=phase), number, position.backoff)

    def over(self, state: ChainState) -> ChainState:
        """The state after the operator has stopped."""
        return ChainState(state.cells, len(self.positions) - 1, OVER, stopped=state.stopped, task=state.task)

    def observed(self, state: ChainState) -> State:
        """The cells that the operator sees."""
        if not self.views:
            return state.cells
        shown = dict(zip(self.shown, state.seen, strict=True))
        return tuple(shown.get(cell, value) for cell, value in enumerate(state.cells))

    def reduced(self, state: ChainState, position: int, backoff: Backoff | None) -> ChainState:
        """The state without irrelevant parts: retries if all waits are equal, known points if they are not used."""
        alike = backoff is None or backoff == Backoff(backoff.wait, factor=backoff.factor)
        matters = bool(self.environment.stale) or bool(self.t.repeats[position])
        return state._replace(tries=0 if alike else state.tries, known=state.known if matters else 0)

    # ------------------------------------------------------------ the environment

    def background(self, state: ChainState) -> Iterator[Clock]:
        cells, process = state.cells, ENVIRONMENT.process
        for schedule in self.environment.schedules:
            place = schedule.place
            if self.holds(process.running, cells, place):
                ends: Targets = []
                for share, value in ((schedule.succeeds, 1), (1 - schedule.succeeds, 0)):
                    request = Request(process.finish, place, {process.succeeds.name: value})
                    if share:
                        found = self.outcomes(cells, request)
                        ends += [(share * p, state._replace(cells=after)) for p, _, after in found]
                yield Clock(schedule.takes, ends)
            elif self.holds(self.environment.processes.plan(schedule.plan).starts_while, cells, place, state.stopped):
                _, after = self.attempt(cells, process.start, place)
                if after != cells:
                    yield Clock(schedule.every, [(1.0, state._replace(cells=after))])
        repeated = [(other.request, other.every) for other in self.environment.others]
        timed = [
            (request, clock) for request, formula, clock in self.timed if self.holds(formula, cells, request.place)
        ]
        for request, clock in repeated + timed:
            targets: Targets = []
            for share, _, after in self.outcomes(cells, request):
                task = state.task or self.holds(IS_PENDING, after)
                targets.append((share, state._replace(cells=after, task=task)))
            if any(target != state for _, target in targets):
                yield Clock(clock, targets)
        if state.seen:
            observed = self.observed(state)
            for view in self.views:
                shown = {cell: cells[cell] for cell in view.cells}
                if any(observed[cell] != value for cell, value in shown.items()):
                    seen = tuple(shown.get(c, value) for c, value in zip(self.shown, state.seen, strict=True))
                    yield Clock(view.lag, [(1.0, state._replace(seen=seen))])


def _mean_wait(backoff: Backoff, tries: int) -> Duration:
    """A wait that is represented by its mean, unless it is exponential."""
    scale = {"fixed": 1.0, "linear": float(tries), "exponential": backoff.factor ** min(tries - 1, 64)}
    if isinstance(backoff.wait, Exponential):
        if backoff.most != float("inf"):
            raise NoAnswer("exponential waits with an upper limit")
        return Exponential(backoff.wait.mean * scale[backoff.grows])
    if not isinstance(backoff.wait, Fixed) and backoff.most != float("inf"):
        raise NoAnswer("random waits with an upper limit")
    longest = min(backoff.wait.mean * scale[backoff.grows], backoff.most)
    return Fixed(longest * {"none": 1.0, "full": 0.5, "equal": 0.75}[backoff.jitter])
