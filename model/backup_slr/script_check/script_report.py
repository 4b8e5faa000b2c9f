"""The result of `check-script` as text and as JSON."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from backup_slr.report.names import counted
from backup_slr.script_check.account_graph import AccountGraph
from backup_slr.script_check.schedule_search import JudgedRun, MadeCall, ScriptVerdict, SearchResult
from backup_slr.script_check.schedule_text import schedule_text

SAYS = {
    ScriptVerdict.GONE: "ends with exit code 0, and the role is gone",
    ScriptVerdict.CAME_BACK: "deletes the role, which is created again before the end",
    ScriptVerdict.GONE_BUT_FAILS: "reports a failure, although the role is gone",
    ScriptVerdict.GIVES_UP: "gives up: it reports a failure, and the role exists",
    ScriptVerdict.CRASHES: "crashes, and the role exists",
    ScriptVerdict.NEVER_ENDS: "does not end",
    ScriptVerdict.SAYS_DONE: "reports success, although the role exists",
}
"""What a script does, for each verdict."""
MOST_CALLS = 30


@dataclass(frozen=True)
class ScriptCheck:
    """A checked script: its name, the bounds, the result, and whether the role has to stay gone."""

    script: str
    events: int
    result: SearchResult
    graph: AccountGraph
    stays_gone: bool = False

    @property
    def good(self) -> tuple[ScriptVerdict, ...]:
        """The verdicts of runs that end well."""
        return (ScriptVerdict.GONE,) if self.stays_gone else (ScriptVerdict.GONE, ScriptVerdict.CAME_BACK)

    @property
    def failing(self) -> list[JudgedRun]:
        """The first run of each verdict that is not good: fewest events first, then the worst."""
        order = list(ScriptVerdict)
        runs = (run for verdict, run in self.result.first.items() if verdict not in self.good)
        return sorted(runs, key=lambda run: (len(run.schedule), -order.index(run.verdict)))

    @property
    def code(self) -> int:
        """The exit code: 0 every schedule ends well, 1 one does not, 5 a limit was reached first."""
        return 1 if self.failing else 0 if self.result.complete else 5


def script_lines(check: ScriptCheck) -> Iterator[str]:
    """The result as text."""
    result = check.result
    ran = f"{counted(result.schedules, 'schedule')} with at most {counted(check.events, 'event')}"
    if check.failing:
        yield f"{check.script}: does not cope with every schedule"
    elif result.complete:
        yield f"{check.script}: copes with every schedule of at most {counted(check.events, 'event')}"
    else:
        yield f"{check.script}: no failure found, but a limit was reached first"
    yield ""
    for verdict in ScriptVerdict:
        if verdict in result.verdicts:
            mark = "ok  " if verdict in check.good else "FAIL"
            yield f"  {mark} {result.verdicts[verdict]:>6}  {SAYS[verdict]}"
    yield f"       {result.pruned:>6}  continue as an earlier run did, so they were not run to their end"
    yield ""
    yield f"{ran}{'' if result.complete else ', then the limit was reached'}: {counted(result.calls, 'call')} in all"
    if check.failing:
        yield ""
        yield from run_lines(check.failing[0])


def run_lines(run: JudgedRun) -> Iterator[str]:
    """One run: its calls, with the events before them."""
    events = counted(len(run.schedule), "event") if run.schedule else "no event at all"
    yield f"The shortest schedule that fails, with {events}: the script {SAYS[run.verdict]}."
    yield ""
    waits = dict[int, float]()
    for at, seconds in run.waits:
        waits[at] = waits.get(at, 0) + seconds
    for at, made in enumerate(run.calls):
        if at in waits:
            yield f"       wait {waits[at]:g} s: jobs and tasks end"
        for event in made.events:
            yield f"     * {event}"
        if at < MOST_CALLS or at >= len(run.calls) - MOST_CALLS:
            yield f"  {at:>3} {_call(made)}"
        elif at == MOST_CALLS:
            yield f"      ... {len(run.calls) - 2 * MOST_CALLS} calls more"
    if len(run.calls) in waits:
        yield f"       wait {waits[len(run.calls)]:g} s: jobs and tasks end"
    ending = run.ending.error or f"exit code {run.ending.code}"
    yield f"      {ending}"
    if run.schedule:
        yield ""
        yield f"Again: --replay '{schedule_text(run.schedule)}'"


def _call(made: MadeCall) -> str:
    parameters = " ".join(str(value) for value in made.call.parameters.values() if isinstance(value, str))
    fault = made.answer.fault
    answer = "done" if fault is None else fault.code
    refusal = made.answer.step.refusal if made.answer.step else ""
    where = f"  ({made.line})" if made.line else ""
    reason = f" ({refusal})" if refusal else ""
    return f"{made.call.operation} {made.call.region} {parameters}".rstrip() + f": {answer}{reason}{where}"


def script_document(check: ScriptCheck) -> dict[str, Any]:
    """The result as JSON."""
    result = check.result
    return {
        "schema_version": 1,
        "script": check.script,
        "events": check.events,
        "stays_gone": check.stays_gone,
        "complete": result.complete,
        "copes": check.code == 0,
        "schedules": result.schedules,
        "pruned": result.pruned,
        "calls": result.calls,
        "verdicts": {
            verdict.value: result.verdicts[verdict] for verdict in ScriptVerdict if verdict in result.verdicts
        },
        "failing": [_run_document(run) for run in check.failing],
    }


def _run_document(run: JudgedRun) -> dict[str, Any]:
    return {
        "verdict": run.verdict.value,
        "schedule": schedule_text(run.schedule),
        "exit_code": run.ending.code,
        "error": run.ending.error,
        "output": run.ending.output,
        "waits": [{"before_call": at, "seconds": seconds} for at, seconds in run.waits],
        "calls": [
            {
                "service": made.call.service,
                "operation": made.call.operation,
                "region": made.call.region,
                "parameters": {name: repr(value) for name, value in made.call.parameters.items()},
                "events": [str(event) for event in made.events],
                "error": made.answer.fault.code if made.answer.fault else None,
                "refusal": made.answer.step.refusal if made.answer.step else None,
                "line": made.line,
            }
            for made in run.calls
        ],
    }
