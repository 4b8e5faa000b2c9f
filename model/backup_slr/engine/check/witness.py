"""Find a shortest trace to a state that satisfies a formula, or report that none is reachable in this scope."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal as Exactly

from backup_slr.engine.check.confirm import Unconfirmed, reaches
from backup_slr.engine.check.engine import DEFAULT_SETTINGS, Settings, explore, queries, symmetry_of
from backup_slr.engine.check.exploration import DEFAULT_LIMITS, Explored, Limits, Progress, Space
from backup_slr.engine.check.guided import MOST_GUIDED, GuidedSearch
from backup_slr.engine.check.transitions import Transition
from backup_slr.engine.compile.grounding import Ground
from backup_slr.engine.core.formula import FALSE, Formula
from backup_slr.engine.core.model import Model
from backup_slr.engine.core.scope import Scope
from backup_slr.engine.core.step import Machine, Request
from backup_slr.engine.core.trace import Trace, replay

MOST_AFTER_A_WAY = 1_000_000
"""The most states that are explored to find a shorter way than one that is known."""


@dataclass(frozen=True)
class Witness:
    """A verdict, a trace if there is one, and the exploration behind it.

    Every trace has `at_least` this number of steps; so a trace of that length is a shortest one. `guided`: states were
    left out from which no way can lead to the goal, or none that is shorter.
    """

    verdict: Exactly["reached", "unreachable", "inconclusive"]
    trace: Trace | None
    explored: Explored
    at_least: int = 0
    guided: bool = False

    @property
    def decided(self) -> bool:
        """Whether nothing is left to find: a shortest trace, or that there is none."""
        shortest = self.trace is not None and len(self.trace.steps) == self.at_least
        return shortest or self.verdict == "unreachable"


@dataclass
class Seeker:
    """The search in one scope for a state that satisfies `wanted`, through no state that satisfies `avoid`.

    Both searches raise `Unconfirmed` when a trace does not lead to such a state: an error of this program.
    """

    model: Model
    scope: Scope
    wanted: Formula
    avoid: Formula | None = None
    settings: Settings = DEFAULT_SETTINGS
    relation: Iterable[Transition] | None = None
    """The transitions, if they were listed before."""

    def __post_init__(self) -> None:
        ground = Ground(self.scope)
        self.goal, self.shunned = ground(self.wanted), ground(self.avoid) if self.avoid is not None else FALSE

    @cached_property
    def space(self) -> Space:
        """The space that is searched."""
        return Space(self.model, self.scope, self.relation)

    def guided(self, limits: Limits = DEFAULT_LIMITS, progress: Progress | None = None) -> Witness:
        """Search by lower bounds: first for a shortest trace, and if there are too many states for any trace."""
        search = GuidedSearch(self.space, self.goal, self.shunned)
        seconds = None if limits.seconds is None else limits.seconds / 4
        limits = replace(limits, states=min(MOST_GUIDED, limits.states), seconds=seconds)
        found = search.way(limits, progress)
        if found.never:
            return Witness("unreachable", None, found.explored, guided=True)
        requests, bound = found.requests, found.at_least
        if requests is None and found.explored.stopped in ("states", "time"):
            requests = search.any_way(limits, progress).requests
        if requests is None:
            return Witness("inconclusive", None, found.explored, bound, guided=True)
        return Witness("reached", self._trace(requests), found.explored, bound, guided=True)

    def exhaustive(
        self, limits: Limits = DEFAULT_LIMITS, progress: Progress | None = None, known: Witness | None = None
    ) -> Witness:
        """Search breadth first; `known` is what a guided search found: a trace that may not be a shortest one."""
        if known is not None and known.trace is not None:
            limits = replace(limits, states=min(limits.states, MOST_AFTER_A_WAY))
        formulas = [self.wanted] if self.avoid is None else [self.wanted, self.avoid]
        symmetry = symmetry_of(self.space, self.settings, formulas)
        explored = explore(self.space, self.settings, limits, self.goal, self.shunned, progress, symmetry)
        found = queries(self.space, explored, symmetry)
        number = found.first(self.goal)
        if number is not None:
            trace = self._trace(found.path(number)[0])
            return Witness("reached", trace, explored, len(trace.steps))
        if explored.complete:
            return Witness("unreachable", None, explored)
        bound = len(explored.levels) - 1  # none of the states before the last level is in the goal
        if known is None:
            return Witness("inconclusive", None, explored, bound)
        return replace(known, explored=explored, at_least=max(bound, known.at_least), guided=False)

    def _trace(self, requests: Sequence[Request]) -> Trace:
        trace = replay(Machine(self.model, self.scope), requests)
        if not reaches(trace, self.wanted, self.avoid):
            raise Unconfirmed(f"a trace of length {len(trace.steps)} was found that does not lead there")
        return trace
