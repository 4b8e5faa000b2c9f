"""Find a shortest trace to a state that satisfies a formula, or report that none is reachable in this scope."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal as Exactly

from backup_slr.engine.check.confirm import Unconfirmed, reaches
from backup_slr.engine.check.engine import DEFAULT_SETTINGS, Settings, explore, queries, symmetry_of
from backup_slr.engine.check.exploration import DEFAULT_LIMITS, Explored, Limits, Progress, Space
from backup_slr.engine.compile.grounding import Ground
from backup_slr.engine.core.formula import FALSE, Formula
from backup_slr.engine.core.model import Model
from backup_slr.engine.core.scope import Scope
from backup_slr.engine.core.step import Machine
from backup_slr.engine.core.trace import Trace, replay


@dataclass(frozen=True)
class Witness:
    """A verdict, a shortest trace if there is one, and the exploration behind it."""

    verdict: Exactly["reached", "unreachable", "inconclusive"]
    trace: Trace | None
    explored: Explored


def seek(
    model: Model,
    scope: Scope,
    wanted: Formula,
    avoid: Formula | None = None,
    limits: Limits = DEFAULT_LIMITS,
    progress: Progress | None = None,
    settings: Settings = DEFAULT_SETTINGS,
) -> Witness:
    """Search breadth first for a state that satisfies `wanted`, through no state that satisfies `avoid`.

    Raises
    ------
    Unconfirmed
        When the trace does not lead to such a state: an error of this program.
    """
    space = Space(model, scope)
    ground = Ground(scope)
    goal, shunned = ground(wanted), ground(avoid) if avoid is not None else FALSE
    symmetry = symmetry_of(space, settings, [wanted] if avoid is None else [wanted, avoid])
    explored = explore(space, settings, limits, goal, shunned, progress, symmetry)
    found = queries(space, explored, symmetry)
    number = found.first(goal)
    if number is None:
        return Witness("unreachable" if explored.complete else "inconclusive", None, explored)
    trace = replay(Machine(model, scope), found.path(number)[0])
    if not reaches(trace, wanted, avoid):
        raise Unconfirmed(f"a trace of length {len(trace.steps)} was found that does not lead there")
    return Witness("reached", trace, explored)
