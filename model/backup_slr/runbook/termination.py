"""Static check: can a runbook loop forever?"""

from __future__ import annotations

from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter

from backup_slr.runbook.control_flow import PENDING, Position, Program


def may_loop(program: Program) -> bool:
    """Whether the control-flow graph has a cycle that nothing bounds.

    Bounded by themselves are: going through the points that a list has shown, limited retries, and looking at a
    deletion task, which the service ends.
    """
    graph = {number: set(_successors(p, number)) for number, p in enumerate(program.positions)}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError:
        return True
    return False


def _successors(position: Position, number: int) -> Iterator[int]:
    if position.kind == "take":
        return  # the items of a fork are handed out once each
    yield from position.items
    limited = position.backoff is not None and position.backoff.attempts is not None
    for answer, branch in enumerate(position.branches):
        if branch.retry and limited:
            continue
        if branch.takes or (position.kind == "poll" and answer == PENDING):
            yield from {branch.empty} - {number}
        else:
            yield from {branch.to, branch.empty}
