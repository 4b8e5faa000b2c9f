"""The result of `check-script` as text, Markdown and JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from backup_slr.report.names import counted
from backup_slr.script_check.account_graph import EnvironmentEvent
from backup_slr.script_check.schedule_search import SearchResult
from backup_slr.script_check.schedule_text import schedule_text
from backup_slr.script_check.script_verdict import JudgedRun, MadeCall, ScriptVerdict

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
MOST_LINES = 60
"""Lines of calls that are shown; of a longer run, the first and last."""
TAIL = 8
"""Lines of the script's output that are shown."""
BOLD = "  > "
PRUNED = "need no run: from some point on, they are the same as a schedule that was run"
NO_CALLS = "The script sent no call that was answered here: it must use boto3, or AWS_ENDPOINT_URL."


@dataclass(frozen=True)
class ScriptCheck:
    """A checked script: its name, the bounds, the result, the first failing run of each verdict, the goal, a note."""

    script: str
    events: int
    result: SearchResult
    failing: Sequence[JudgedRun]
    stays_gone: bool = False
    note: str = ""

    @property
    def code(self) -> int:
        """The exit code: 0 every schedule ends well, 1 one does not, 5 a limit was reached first."""
        return 1 if self.failing else 0 if self.result.complete else 5

    @property
    def verdict(self) -> str:
        """The answer in a sentence."""
        most = counted(self.events, "event")
        if self.failing:
            return f"{self.script}: does not cope with every schedule"
        if self.result.complete:
            return f"{self.script}: copes with every schedule of at most {most}"
        return f"{self.script}: no failure found, but a limit was reached first"


def good_verdicts(stays_gone: bool) -> tuple[ScriptVerdict, ...]:
    """The verdicts of runs that end well."""
    return (ScriptVerdict.GONE,) if stays_gone else (ScriptVerdict.GONE, ScriptVerdict.CAME_BACK)


def by_severity(verdicts: Sequence[tuple[ScriptVerdict, int]]) -> list[ScriptVerdict]:
    """Verdicts with their numbers of events: fewest events first, then the worst.

    >>> [verdict.value for verdict in by_severity([(ScriptVerdict.CRASHES, 1), (ScriptVerdict.SAYS_DONE, 1)])]
    ['says-done', 'crashes']
    """
    order = list(ScriptVerdict)
    return [verdict for verdict, _ in sorted(verdicts, key=lambda one: (one[1], -order.index(one[0])))]


# ---------------------------------------------------------------- text


def script_lines(check: ScriptCheck) -> Iterator[str]:
    """The result as text."""
    result, good = check.result, good_verdicts(check.stays_gone)
    yield check.verdict
    yield ""
    for verdict in ScriptVerdict:
        if verdict in result.verdicts:
            mark = "ok  " if verdict in good else "FAIL"
            yield f"  {mark} {result.verdicts[verdict]:>6,}  {SAYS[verdict]}"
    if result.pruned:
        yield f"       {result.pruned:>6,}  {PRUNED}"
    yield ""
    yield _numbers(check)
    if not result.calls:
        yield NO_CALLS
    if check.note:
        yield check.note
    for run in check.failing[:1]:
        yield ""
        yield _heading(run)
        yield ""
        yield from run_lines(run)
    if len(check.failing) > 1:
        yield ""
        yield "The shortest schedules of the other failures:"
        for run in check.failing[1:]:
            yield f"  {SAYS[run.verdict]}: {replay_option(run)}"


def _numbers(check: ScriptCheck) -> str:
    result = check.result
    cut = "" if result.complete else ", then the limit was reached"
    return (
        f"{counted(result.schedules, 'schedule')} with at most {counted(check.events, 'event')}{cut}; the script ran "
        f"{counted(result.runs, 'time')}, with {counted(result.calls, 'call')}"
    )


def _heading(run: JudgedRun) -> str:
    events = counted(len(run.schedule), "event") if run.schedule else "no event at all"
    return f"The shortest schedule that fails, with {events}: the script {SAYS[run.verdict]}."


def replay_option(run: JudgedRun) -> str:
    """The option that runs one schedule again.

    >>> from backup_slr.script_check.script_tree import ScriptEnding
    >>> replay_option(JudgedRun((), ScriptVerdict.GONE, ScriptEnding(0), (), ()))
    "--replay ''"
    """
    return f"--replay '{schedule_text(run.schedule)}'"


def run_lines(run: JudgedRun) -> Iterator[str]:
    """One run: its calls, with the events before them."""
    lines = list(_moves(run))
    if len(lines) > MOST_LINES:
        left = len(lines) - MOST_LINES
        lines[MOST_LINES // 2 : -MOST_LINES // 2] = [f"      ... {left} lines more; --json has all"]
    yield from lines
    yield f"      {_ending(run)}; the script {SAYS[run.verdict]}"
    output = run.ending.output.strip().splitlines()
    if output:
        yield ""
        yield "The end of its output:"
        yield from (f"  | {line}" for line in output[-TAIL:])
    yield ""
    yield f"To run it again, add {replay_option(run)}"
    yield "As a scenario, for 'simulate FILE' and 'diagram sequence --scenario FILE': add --scenario -o FILE"


def _ending(run: JudgedRun) -> str:
    if run.ending.endless and not run.waits:
        return f"{run.ending.endless}, and never slept: jobs and tasks end by themselves only while the script sleeps"
    return run.ending.endless or run.ending.error or f"exit code {run.ending.code}"


def _moves(run: JudgedRun) -> Iterator[str]:
    """Calls, events and waits; equal calls with the same answer, one after another, are one line."""
    waits = dict[int, float]()
    for at, seconds in run.waits:
        waits[at] = waits.get(at, 0) + seconds
    numbered = list(enumerate(run.calls))
    for _, group in groupby(numbered, key=lambda one: _alike(*one, waits)):
        calls = list(group)
        at, made = calls[0]
        yield from _before(at, made.events, waits)
        times = f" x {len(calls)}" if len(calls) > 1 else ""
        yield f"  {at:>3} {_call(made, times)}"
    yield from _before(len(run.calls), run.last, waits)


def _before(at: int, events: Sequence[EnvironmentEvent], waits: dict[int, float]) -> Iterator[str]:
    if at in waits:
        yield f"      wait {round(waits[at], 3):g} s: jobs and tasks end"
    for event in events:
        yield f"{BOLD}{'EVENT':<5} {event.told}"


def _alike(at: int, made: MadeCall, waits: dict[int, float]) -> tuple[object, ...]:
    """Equal for calls that are shown as one line: those with an event or a wait before them are alone."""
    call, step = made.made.call, made.answer.step
    fault = made.answer.fault.code if made.answer.fault else ""
    alone = at if made.events or at in waits else -1
    place = step.path if step is not None else repr(call.parameters)
    return call.operation, call.region, place, fault, step and step.refusal, made.made.line, alone


def _call(made: MadeCall, times: str = "") -> str:
    call, step, fault = made.made.call, made.answer.step, made.answer.fault
    if step is not None:
        about = " ".join(step.path[1:]) if step.path[:1] == (call.region,) else " ".join(step.path)
    else:
        about = " ".join(str(value) for value in call.parameters.values() if isinstance(value, str))
    result = "done" if fault is None else fault.code
    reason = f" ({step.refusal})" if step is not None and step.refusal else ""
    again = " (sent again by the client)" if made.made.retry else ""
    where = f"  [{made.made.line}]" if made.made.line else ""
    return f"{call.operation} {call.region} {about}".rstrip() + f"{times}: {result}{reason}{again}{where}"


def script_markdown(check: ScriptCheck) -> Iterator[str]:
    """The result as Markdown."""
    result, good = check.result, good_verdicts(check.stays_gone)
    yield f"**{check.verdict}**"
    yield ""
    yield "| schedules | | the script |"
    yield "|---:|---|---|"
    for verdict in ScriptVerdict:
        if verdict in result.verdicts:
            mark = "ok" if verdict in good else "**fails**"
            yield f"| {result.verdicts[verdict]:,} | {mark} | {SAYS[verdict]} |"
    if result.pruned:
        yield f"| {result.pruned:,} | | {PRUNED} |"
    yield ""
    yield f"{_numbers(check)}."
    if not result.calls:
        yield ""
        yield NO_CALLS
    if check.note:
        yield ""
        yield check.note
    for run in check.failing:
        yield ""
        yield f"### {counted(len(run.schedule), 'event')}: the script {SAYS[run.verdict]}"
        yield ""
        yield "```"
        yield from run_lines(run)
        yield "```"


# ---------------------------------------------------------------- JSON


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
        "runs": result.runs,
        "calls": result.calls,
        "verdicts": {
            verdict.value: result.verdicts[verdict] for verdict in ScriptVerdict if verdict in result.verdicts
        },
        "failing": [run_document(run) for run in check.failing],
    } | ({"note": check.note} if check.note else {})


def replay_document(script: str, run: JudgedRun, good: bool) -> dict[str, Any]:
    """The result of one schedule as JSON."""
    return {"schema_version": 1, "script": script, "copes": good, "run": run_document(run)}


def run_document(run: JudgedRun) -> dict[str, Any]:
    """One run as JSON."""
    return {
        "verdict": run.verdict.value,
        "schedule": schedule_text(run.schedule),
        "exit_code": None if run.ending.endless else run.ending.code,
        "error": run.ending.endless or run.ending.error,
        "output": run.ending.output,
        "waits": [{"before_call": at, "seconds": seconds} for at, seconds in run.waits],
        "calls": [
            {
                "service": made.made.call.service,
                "operation": made.made.call.operation,
                "region": made.made.call.region,
                "parameters": {name: repr(value) for name, value in made.made.call.parameters.items()},
                "events": [str(event) for event in made.events],
                "error": made.answer.fault.code if made.answer.fault else None,
                "refusal": made.answer.step.refusal or None if made.answer.step else None,
                "line": made.made.line,
                "retry": made.made.retry,
            }
            for made in run.calls
        ],
        "events_after": [str(event) for event in run.last],
    }
