"""A search for a way to a goal that is guided by lower bounds (A*; Hart, Nilsson and Raphael 1968).

Among the states that may be on a shortest way it goes to the one that is nearest to the goal first. So it takes a few
states where many places can be cleared independently, which a search breadth first visits in every order. The bounds
are consistent: they are sums of distances, and each step is counted in one of them.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from heapq import heappop, heappush

from backup_slr.engine.check.exploration import Explored, Limits, Progress, Space, stop_of
from backup_slr.engine.check.projection import NEVER, Projections
from backup_slr.engine.compile.codegen import compiled
from backup_slr.engine.core.formula import FALSE, Formula
from backup_slr.engine.core.step import Request

CHECKED = 512
"""The number of states that are expanded between two checks of the limits."""
GREEDY = 5
"""The weight of the bounds in the search for any way."""
MOST_GUIDED = 100_000
"""The most states that are kept: beyond them the bounds are of little use here."""


@dataclass(frozen=True)
class Guided:
    """The requests of a way (None: none was found), what was explored, and a number of steps that every way has."""

    requests: list[Request] | None
    explored: Explored
    at_least: int

    @property
    def never(self) -> bool:
        """Whether it is proved that there is no way."""
        return self.at_least >= NEVER


@dataclass
class GuidedSearch:
    """The search in a space, for grounded formulas.

    >>> from backup_slr.engine.compile.grounding import Ground
    >>> from backup_slr.lifecycle import lifecycle, scope
    >>> from backup_slr.lifecycle.vocabulary import role
    >>> here = scope(1, 2, 1)
    >>> found = GuidedSearch(Space(lifecycle().assuming(), here), Ground(here)(role.is_("deleting"))).way(Limits())
    >>> [request.action for request in found.requests]
    ['list_resources', 'delete_service_linked_role']
    """

    space: Space
    goal: Formula
    avoid: Formula = FALSE
    least: Callable[[int], int] = field(init=False)

    def __post_init__(self) -> None:
        projections = Projections(self.space, self.goal, self.avoid)
        self.least, self.space = projections.least, projections.space
        tests = (self.space.test(self.goal), self.space.test(self.avoid))
        self._met, self._avoided = (compiled("holds", f"def holds(s): return {test}") for test in tests)

    def way(self, limits: Limits, progress: Progress | None = None) -> Guided:
        """Return a shortest way."""
        return self._way(limits, progress, 1)

    def any_way(self, limits: Limits, progress: Progress | None = None) -> Guided:
        """Return a way that may not be a shortest one; it is usually found much sooner."""
        return self._way(limits, progress, GREEDY)

    def _way(self, limits: Limits, progress: Progress | None, weight: int) -> Guided:
        start, least, avoided, met = self.space.start, self.least, self._avoided, self._met
        successors, began, explored = self.space.successors, time.monotonic(), Explored([[]])
        rest = NEVER if avoided(start) else least(start)
        far = {start: 0}
        came: dict[int, tuple[int, int]] = {}
        done: set[int] = set()
        heap = [(weight * rest, rest, 0, start)] if rest < NEVER else []
        goal: int | None = None
        bound = 0
        try:
            while heap and not explored.stopped:
                bound, _, _, here = heap[0]  # an interruption may come before its successors are in the heap
                heappop(heap)
                if here in done:
                    continue
                done.add(here)
                if met(here):
                    goal, explored.stopped = here, "found"
                    break
                for transition, after in successors(here):
                    steps = far[here] + 1
                    if steps >= far.get(after, NEVER) or avoided(after) or (rest := least(after)) >= NEVER:
                        continue
                    far[after], came[after] = steps, (here, transition)
                    heappush(heap, (steps + weight * rest, rest, len(came), after))
                if len(done) % CHECKED == 0 and not explored.check_limits(limits, len(far), began) and progress:
                    explored.levels = [list(far)]
                    progress(explored, len(heap))
        except KeyboardInterrupt as error:
            explored.stopped = stop_of(error)
        explored.levels, explored.seconds = [list(far)], time.monotonic() - began
        if goal is not None:
            requests = self._requests(goal, came)
            return Guided(requests, explored, len(requests) if weight == 1 else least(start))
        if not explored.stopped:
            return Guided(None, explored, NEVER)
        return Guided(None, explored, max(least(start), bound if weight == 1 else 0))

    def _requests(self, state: int, came: dict[int, tuple[int, int]]) -> list[Request]:
        found: list[Request] = []
        while state in came:
            state, transition = came[state]
            found.append(self.space.transitions[transition].request)
        return found[::-1]
