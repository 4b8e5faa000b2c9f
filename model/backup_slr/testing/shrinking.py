"""Reduce a divergence to a minimal sequence of simple requests, or report that it is flaky.

Hypothesis shrinks too, but its later draws depend on earlier ones, so it cannot remove a request in the middle, and
each of its attempts calls the implementation. Here the model excludes attempts that cannot succeed.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from itertools import takewhile

from backup_slr.engine.core.scope import State
from backup_slr.engine.core.step import Machine, Request
from backup_slr.report.names import Names
from backup_slr.testing.conformance import ConformanceRun, reproduction, requests_lines
from backup_slr.testing.divergence import Pair


@dataclass
class Shrinker:
    """Search for fewer and simpler requests with the same divergence: same action, same answer of the model.

    In the result no request can be removed or replaced by a simpler one of its action, and no nearer state of a small
    account shows the divergence on the path that is tried there. Pieces are removed first, halves, then quarters and so
    on (A. Zeller and R. Hildebrandt, *Simplifying and Isolating Failure-Inducing Input*, 2002).
    """

    begin: Callable[[], AbstractContextManager[ConformanceRun]]
    """Opens an implementation with the model; closed after each attempt."""
    machine: Machine
    plainer: Mapping[str, Sequence[Request]]
    """For each action all requests, the simplest first."""
    paths: Sequence[tuple[tuple[Request, ...], State]] = ()
    """Shortest paths to the states of a small account and the states that they lead to, the nearest first."""
    free: Collection[str] = ()
    budget: int = 2000
    """The maximum number of requests to the implementation; the best run so far is returned in any case."""
    _tried: set[tuple[object, ...]] = field(init=False, default_factory=set[tuple[object, ...]])
    _calls: int = field(init=False, default=0)

    @property
    def spent(self) -> bool:
        """Whether the budget is used up."""
        return self._calls >= self.budget

    def shortest(self, best: ConformanceRun) -> ConformanceRun:
        """Find the same divergence with as few and as simple requests as the budget allows."""
        changed = True
        while changed and not self.spent:
            changed = False
            for attempts in (self._without_a_piece, self._nearer, self._plainer, self._elsewhere):
                while better := self._first(attempts(best), best):
                    best, changed = better, True
        return best

    def again(self, asked: Sequence[Request]) -> ConformanceRun:
        """Repeat the requests, up to a divergence if there is one."""
        with self.begin() as run:
            any(run.step(request) for request in asked)
            return run

    def _first(self, attempts: Iterator[Sequence[Request]], best: ConformanceRun) -> ConformanceRun | None:
        wanted = best.divergence
        assert wanted is not None
        for asked in attempts:
            key = tuple((q.action, q.place, *q.inputs.items()) for q in asked)
            if key in self._tried or not self._possible(asked, wanted.pair):
                continue
            self._tried.add(key)
            if self.spent:
                return None
            found = self.again(asked)
            self._calls += len(asked)
            if found.shows(wanted):
                return found
        return None

    def _possible(self, asked: Sequence[Request], wanted: Pair) -> bool:
        """Whether the model gives the wanted answer to some request."""
        if self.free:
            return True  # the state of the model depends on the choices of the implementation
        state = self.machine.initial
        for request in asked:
            _, guard, state = self.machine.step(state, request)
            if (request.action, guard.otherwise.id if guard else None) == wanted:
                return True
        return False

    def _without_a_piece(self, best: ConformanceRun) -> Iterator[Sequence[Request]]:
        size = len(best.asked)
        while size := size // 2:
            for end in range(len(best.asked), 0, -size):
                yield [*best.asked[: max(0, end - size)], *best.asked[end:]]

    def _nearer(self, best: ConformanceRun) -> Iterator[Sequence[Request]]:
        assert best.divergence is not None
        action, refusal = best.divergence.pair
        for path, state in self.paths:
            if len(path) + 1 >= len(best.asked):
                return
            for request in self.plainer[action]:
                _, guard, _ = self.machine.step(state, request)
                if (guard.otherwise.id if guard else None) == refusal:
                    yield [*path, request]

    def _plainer(self, best: ConformanceRun) -> Iterator[Sequence[Request]]:
        for i, request in enumerate(best.asked):
            for other in takewhile(lambda q, request=request: q != request, self.plainer[request.action]):
                yield [*best.asked[:i], other, *best.asked[i + 1 :]]

    def _elsewhere(self, best: ConformanceRun) -> Iterator[Sequence[Request]]:
        """Exchange all requests to one Region or vault with those to a simpler one."""
        for place in sorted({q.place[: k + 1] for q in best.asked for k in range(len(q.place))}):
            size = len(place)
            for number in range(place[-1]):
                other = (*place[:-1], number)
                moved = {place: other, other: place}
                yield [replace(q, place=moved.get(q.place[:size], q.place[:size]) + q.place[size:]) for q in best.asked]


def described(shrinker: Shrinker, found: ConformanceRun, names: Names) -> tuple[list[str], ConformanceRun]:
    """A divergence with a minimal sequence of requests, as text, and the run that shows it.

    An implementation that answers the same requests differently is reported as flaky.
    """
    model = shrinker.machine.model
    best, again = found, shrinker.again(found.asked)
    if again.shows(found.divergence):
        best = shrinker.shortest(again)
        again = shrinker.again(best.asked)
    assert best.divergence is not None
    after = [*requests_lines(best.asked, model, names), *best.divergence.lines()]
    if again.shows(best.divergence):
        lines = ["after", *after, "to reproduce:", *reproduction(best.asked, model, names)]
        if shrinker.spent:
            lines.append(f"not minimal: the search for fewer or simpler requests stopped after {shrinker.budget} calls")
        return lines, best
    heard = list(zip(best.heard, again.heard, strict=False))
    number = next((n for n, (one, two) in enumerate(heard) if one != two), len(again.heard) - 1)
    first, second = heard[number]
    lines = ["flaky: the implementation answers the same requests differently after a reset. After"]
    lines += requests_lines(best.asked[: number + 1], model, names)
    lines += [f"the implementation {first} the first time", f"the implementation {second} the second time"]
    for key in dict.fromkeys((*first.account, *second.account)):
        one, two = first.account.get(key), second.account.get(key)
        if one != two and key != "raised":
            lines.append(f"{key} is {one} the first time, {two} the second time")
    if number + 1 == len(best.asked):
        return [*lines, *best.divergence.lines()], best
    return [*lines, "and the first time also, after", *after], best
