"""How a run of a script ended."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from backup_slr.script_check.account_graph import CallAnswer, EnvironmentEvent, Schedule
from backup_slr.script_check.script_tree import ScriptCall, ScriptEnding


class ScriptVerdict(Enum):
    """The verdicts, the best first.

    A script *reports success* if it ends with exit code 0. *At the end* is when everything has ended that ends by
    itself: jobs, and the deletion task. The goal is that the role does not exist.
    """

    GONE = "gone"
    """It reports success, and the goal is reached at the end."""
    CAME_BACK = "came-back"
    """It reports success; the goal was reached after the start, but is not at the end."""
    GONE_BUT_FAILS = "gone-but-fails"
    """It does not report success, although the goal is reached at the end."""
    GIVES_UP = "gives-up"
    """It ends itself with another exit code, and the goal is not reached."""
    CRASHES = "crashes"
    """It ends with an exception that it does not handle, or by a signal, and the goal is not reached."""
    NEVER_ENDS = "never-ends"
    """It was stopped: at a bound of calls, of waits, of output, or of time without a call. Its exit code is unknown."""
    SAYS_DONE = "says-done"
    """It reports success, and the goal was never reached. The worst: nothing shows that the work is not done."""


def verdict_of(ending: ScriptEnding, at_goal: bool, reached: bool) -> ScriptVerdict:
    """The verdict of an ending; `at_goal` is about the end, `reached` about any time before.

    >>> verdict_of(ScriptEnding(0), at_goal=False, reached=True)
    <ScriptVerdict.CAME_BACK: 'came-back'>
    """
    if ending.endless:
        return ScriptVerdict.NEVER_ENDS
    if ending.code == 0:
        without = ScriptVerdict.CAME_BACK if reached else ScriptVerdict.SAYS_DONE
        return ScriptVerdict.GONE if at_goal else without
    if at_goal:
        return ScriptVerdict.GONE_BUT_FAILS
    return ScriptVerdict.CRASHES if ending.error else ScriptVerdict.GIVES_UP


@dataclass(frozen=True)
class MadeCall:
    """A call of the script: the events before it and for it, and the answer."""

    made: ScriptCall
    events: tuple[EnvironmentEvent, ...]
    answer: CallAnswer


@dataclass(frozen=True)
class JudgedRun:
    """A schedule, its verdict and its calls.

    `waits` are the waits that are not passive, each with the number of calls before it; `last` are the events after
    the last call.
    """

    schedule: Schedule
    verdict: ScriptVerdict
    ending: ScriptEnding
    calls: tuple[MadeCall, ...]
    waits: tuple[tuple[int, float], ...]
    last: tuple[EnvironmentEvent, ...] = ()
