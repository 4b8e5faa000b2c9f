"""One run as a trace of the model, and as a scenario for `simulate`."""

from __future__ import annotations

from backup_slr.engine.core.trace import Taken, Trace
from backup_slr.report.names import Names
from backup_slr.runbook.experiment import Recorded
from backup_slr.scenario.scenario_text import account_lines, heading, new_names, step_lines


def trace(run: Recorded) -> Trace:
    """The run as a trace of the model: every request repeated with the compiled rules, with the same answers."""
    machine = run.dispatch.machine
    cells = run.start
    steps: list[Taken] = []
    for event in run.events:
        if event.request is None:
            continue
        before = cells
        outcome, guard, cells = machine.step(before, event.request)
        answer = guard.otherwise.id if guard else "done"
        assert answer == event.answer, f"{event}: {answer}"
        steps.append(Taken(event.request, outcome, guard, before, cells))
    return Trace(machine, tuple(steps))


def scenario_text(run: Recorded, title: str, names: Names) -> str:
    """The run as a scenario file: its account, each request with its outcome, the waits between, the end.

    A call that only reads or was throttled is not a step, because it changes nothing.
    """
    found = trace(run)
    model, layout = found.machine.model, found.machine.layout
    lines = heading(title, model, run.dispatch.environment.without, run.dispatch.environment.lifecycle)
    lines += [
        "",
        "[account]",
        *account_lines(layout, run.start, names),
        *new_names(layout, run.start, names, run.dispatch.environment.lifecycle),
    ]
    minute = 0.0
    asked = (event for event in run.events if event.request is not None)
    for step, event in zip(found.steps, asked, strict=True):
        if event.minute > minute:
            lines += ["", "[[step]]", 'do = "wait"', f"minutes = {round(event.minute - minute, 9)!r}"]
            minute = event.minute
        lines += ["", *step_lines(step.request, step, model, names)]
        if event.by == "other":
            lines.append('note = "another user"')
    end = found.steps[-1].after if found.steps else run.start
    return "\n".join([*lines, "", "[finally]", *account_lines(layout, end, names)]) + "\n"
