"""One run as a trace of the model, and as a scenario that `simulate` plays."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from backup_slr.engine.core.scope import shown
from backup_slr.engine.core.trace import Taken, Trace
from backup_slr.lifecycle import lifecycle
from backup_slr.lifecycle.regions import AWS_REGIONS
from backup_slr.lifecycle.vocabulary import description
from backup_slr.report.names import Names
from backup_slr.runbook.experiment import Recorded
from backup_slr.scenario.account import END
from backup_slr.scenario.run import account_at
from backup_slr.scenario.save import toml


def trace(run: Recorded) -> Trace:
    """The run as a trace of the model: every request taken again, by the compiled rules one by one.

    Raises
    ------
    AssertionError
        When the model answers anything else than was recorded.
    """
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
    """The run as a scenario file: its account, each request with what came of it, the waits between, the end.

    A call that only reads, or that was throttled, changes nothing; it is not a step.
    """
    found = trace(run)
    model, layout = found.machine.model, found.machine.layout
    lines = [f"title = {toml(title)}"]
    usual = {a.name: a.default for a in model.assumptions}
    changed = [(name, value) for name, value in model.assumed if usual[name] != value]
    if changed:
        lines += ["", "[assume]", *(f"{name} = {toml(value)}" for name, value in changed)]
    if parts := run.dispatch.environment.without:
        refusals = {(rule.action, g.otherwise.id) for rule in lifecycle().rules for g in rule.guards}
        for key, guards in (("guards", True), ("effects", False)):
            named = ["/".join(part) for part in parts if (part in refusals) == guards]
            lines += ["", "[without]"] * guards + [f"{key} = {toml(named)}"]
    start = account_at(layout, run.start, names)
    lines += ["", "[account]", *_account(start)]
    if new := [region for region in names.regions if region not in AWS_REGIONS]:
        lines.append(f"regions = {toml(new)}")
    minute = 0.0
    asked = (event for event in run.events if event.request is not None)
    for step, event in zip(found.steps, asked, strict=True):
        if event.minute > minute:
            lines += ["", "[[step]]", 'do = "wait"', f"minutes = {round(event.minute - minute, 9)!r}"]
            minute = event.minute
        rule = model.rule(step.request.action)
        lines += ["", "[[step]]", f"do = {toml(rule.action)}"]
        named = zip(rule.place, (names.region, names.vault), strict=False)
        lines += (f"{param.sort.name} = {toml(name(step.request.place))}" for param, name in named)
        for variable in rule.inputs:
            if variable.name in step.request.inputs:
                lines.append(f"{variable.name} = {toml(shown(variable, step.request.inputs[variable.name]))}")
        lines.append(f"expect = {toml(step.outcome)}")
        if step.guard:
            lines.append(f"because = {toml(step.guard.otherwise.id)}")
        if event.by == "other":
            lines.append('note = "somebody else"')
    end = account_at(layout, found.steps[-1].after if found.steps else run.start, names)
    return "\n".join([*lines, "", "[finally]", *_account(end)]) + "\n"


def _account(account: dict[str, Any]) -> Iterator[str]:
    plain = ((key, value) for key, value in account.items() if key in END[:-1] and value != description.values[0])
    yield from (f"{key} = {toml(value)}" for key, value in plain)
    yield "vaults = ["
    for vault in account["vaults"]:
        yield f"  {{ {', '.join(f'{key} = {toml(value)}' for key, value in vault.items())} }},"
    yield "]"
