"""A walk as text for other places: a scenario, a test, commands of the AWS CLI, Markdown, a sequence diagram."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from shlex import quote
from typing import TYPE_CHECKING, Any, cast

from backup_slr.engine.core.scope import Scope, Start
from backup_slr.engine.core.step import Machine
from backup_slr.engine.core.trace import Trace, replay
from backup_slr.engine.spec.inventory import kebab
from backup_slr.explorer.account_view import change_text
from backup_slr.explorer.explored_walk import ExploredWalk
from backup_slr.explorer.walk_content import rules_in, values_of
from backup_slr.report.names import Names, place_path
from backup_slr.report.tables import without_markup
from backup_slr.report.trace_text import trace_documents
from backup_slr.scenario.scenario_text import scenario_text

if TYPE_CHECKING:
    from backup_slr.diagram.graph import Diagram


def traced(walk: ExploredWalk) -> tuple[Trace, Names]:
    """The walk up to its position as a trace of the model, with names."""
    machine, names, _ = walk.account.located
    first = walk.start.state_in(walk.account)
    start = Start(machine.layout.nonzero(first), names.below)
    scope = Scope(machine.scope.sizes, machine.scope.bounds, start)
    named = (walk.account.named(step.action, step.place, step.inputs) for step in walk.steps[: walk.at])
    return replay(Machine(machine.model, scope), [request for _, _, request in named]), names


def as_scenario(walk: ExploredWalk) -> str:
    """The walk as a scenario file for `simulate`."""
    trace, names = traced(walk)
    role = walk.account.role
    parts = [tuple(part.split("/", 1)) for part in role.without]
    without = [(action, part) for action, part in parts]
    return scenario_text(trace, names, "a walk of the explorer", without, lifecycle=role.lifecycle)


def as_test(walk: ExploredWalk) -> str:
    """The walk as a test for pytest."""
    given = ", ".join(f"{name}={value!r}" for name, value in rules_in(walk.start).items())
    lines = ["import backup_slr as slr", "", "", "def test_walk():", f"    model = slr.load({given})"]
    lines += [f"    account = model.account(**{values_of(walk.start)!r})"]
    for step, result in walk.results[: walk.at]:
        inputs = "".join(f", {name}={value!r}" for name, value in step.inputs.items())
        place = f", {step.place!r}" if step.place or inputs else ""
        lines.append(f"    result = account.request({step.action!r}{place}{inputs})")
        refusal = f" and result.refusal.id == {result.refusal.id!r}" if result.refusal else ""
        lines += [f"    assert result.outcome == {result.outcome!r}{refusal}", "    account = result.account"]
    return "\n".join(lines) + "\n"


def as_commands(walk: ExploredWalk) -> str:
    """The requests as commands of the AWS CLI; what the service does is a comment."""
    role = walk.account.role
    rules = {rule.action: rule for rule in role.model.rules}
    lines = ["#!/usr/bin/env bash"]
    for step, result in walk.results[: walk.at]:
        rule = rules[result.action]
        refused = f"  # {result.error_code or result.outcome}" if result.refusal else ""
        if rule.by == "person" and rule.operations:
            path = place_path(step.place, len(rule.place))
            place = dict(zip((sort.name for sort in role.model.sorts), path, strict=False))
            lines.append(_command(walk, rule.operations[0], rule.action, place) + refused)
        else:
            lines.append(f"# {'the service: ' if rule.by == 'service' else ''}{rule.says} {step.place}".rstrip())
    return "\n".join(lines) + "\n"


def _command(walk: ExploredWalk, operation: str, action: str, place: Mapping[str, str]) -> str:
    lifecycle = walk.account.role.lifecycle
    service, _, name = operation.partition(":")
    clients: Mapping[str, str] = lifecycle.operations.clients if lifecycle.operations else {}
    words = ["aws", clients.get(service, service), kebab(name)]
    outer = lifecycle.sorts[0].name if lifecycle.sorts else ""
    if outer in place:
        words += [f"--{outer}", place[outer]]
    log = lifecycle.environment.log if lifecycle.environment else None
    known: Mapping[str, Any] = {}
    if log is not None:
        own: Mapping[str, Any] = log.item if len(place) > 1 else {}
        known = log.parameters.get(action, log.parameters.get(operation, log.parameters.get(service, own)))
    for key, value in known.items():
        words.append(f"--{kebab(key[0].upper() + key[1:])}={_value(value, place)}")  # a name may begin with "-"
    return " ".join(map(quote, words))


def _value(value: Any, place: Mapping[str, str]) -> str:
    if isinstance(value, dict):
        members = cast("dict[str, Any]", value)
        return ",".join(f"{name[0].upper() + name[1:]}={_value(one, place)}" for name, one in members.items())
    if isinstance(value, list):
        listed = (f"{{{_value(one, place)}}}" for one in cast("list[dict[str, Any]]", value))
        return f"[{','.join(listed)}]"
    return str(value).format(**place, number=1, account="111122223333", uuid="TASK", task="TASK")


def as_markdown(walk: ExploredWalk) -> str:
    """The walk as a numbered list."""
    return "\n".join(_items(walk)) + "\n"


def _items(walk: ExploredWalk) -> Iterator[str]:
    for number, (step, result) in enumerate(walk.results[: walk.at], 1):
        inputs = " ".join(f"{name}={str(value).lower()}" for name, value in step.inputs.items())
        asked = without_markup("".join(f" {part}" for part in (step.place, inputs) if part))
        because = f": {result.refusal.says} ({result.clause})" if result.refusal else ""
        changes = "; ".join(without_markup(change_text(walk.account, change)) for change in result.changes)
        yield f"{number}. `{result.action}`{asked} → {result.outcome}{because}{f'; {changes}' if changes else ''}"


def sequence_of(walk: ExploredWalk) -> Diagram:
    """The walk as a sequence diagram."""
    from backup_slr.diagram.caption import model_text  # here, because a browser starts sooner without pictures
    from backup_slr.diagram.views.sequence import at_start, sequence_diagram

    trace, names = traced(walk)
    start = list(at_start(trace.machine.layout, trace.machine.initial, names))
    steps = trace_documents(trace, names)
    lifecycle = walk.account.role.lifecycle
    under = model_text(walk.account.role.model)
    return sequence_diagram(lifecycle, "walk", "A walk of the explorer", "", steps, under, start, labels="english")


def as_mermaid(walk: ExploredWalk) -> str:
    """The walk as a sequence diagram in Mermaid."""
    from backup_slr.diagram.formats.mermaid import mermaid_text

    return mermaid_text(sequence_of(walk))


FORMATS: Mapping[str, Callable[[ExploredWalk], str]] = {
    "scenario": as_scenario,
    "pytest": as_test,
    "cli": as_commands,
    "markdown": as_markdown,
    "mermaid": as_mermaid,
}
