"""Write scenario files: a trace, or parts of one, as TOML for `simulate`."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import product

from backup_slr.engine.compile.layout import Layout
from backup_slr.engine.core.model import Model
from backup_slr.engine.core.scope import shown
from backup_slr.engine.core.step import Machine, Request
from backup_slr.engine.core.trace import Taken, Trace
from backup_slr.engine.core.variable import numbers_of
from backup_slr.engine.spec.lifecycle import Lifecycle
from backup_slr.lifecycle import BACKUP
from backup_slr.report.names import Names
from backup_slr.report.scopes import unusual
from backup_slr.scenario.account_codec import account_format, account_in_file


def toml(value: object) -> str:
    """A string, number, boolean, array or table as TOML on one line.

    Notes
    -----
    JSON strings without control characters are TOML strings, so `json.dumps` writes them.
    """
    if isinstance(value, Mapping):
        table: Mapping[str, object] = value  # pyright: ignore[reportUnknownVariableType]
        return f"{{ {', '.join(f'{key} = {toml(inner)}' for key, inner in table.items())} }}"
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def scenario_text(
    trace: Trace,
    names: Names,
    title: str,
    without: Sequence[tuple[str, str]] = (),
    table: Model | None = None,
    lifecycle: Lifecycle = BACKUP,
) -> str:
    """A scenario that replays a trace from its initial account, on a `table` of rules `without` some parts.

    Notes
    -----
    A scenario has no bound on counts. Where the bound of the scope determined the next state, other choices of the
    environment replace it: a job that could not create a recovery point in a full vault fails in the scenario.
    """
    model, layout = trace.machine.model, trace.machine.layout
    unbounded = Machine(model, names.unbounded(model)) if trace.steps else trace.machine
    lines = heading(title, model, without, lifecycle if table is None else lifecycle.having(table))
    start = account_lines(layout, trace.machine.initial, names) if layout.scope.start is not None else ()
    if first := [*new_names(layout, trace.machine.initial, names, lifecycle), *start]:
        lines += ["", "[account]", *first]
    for step in trace.steps:
        lines += ["", *step_lines(_unbounded(step, unbounded), step, model, names)]
    lines += ["", "[finally]", *account_lines(layout, trace.final, names)]
    return "\n".join(lines) + "\n"


def _unbounded(step: Taken, machine: Machine) -> Request:
    """The request of a step, with choices that lead to the same state without bounds on counts."""
    request = step.request
    rule = machine.model.rule(request.action)
    choices = [v for v in rule.inputs if v.kind == "choice"]
    values = map(numbers_of, choices)
    others = (dict(zip((v.name for v in choices), numbers, strict=True)) for numbers in product(*values))
    for chosen in ({}, *others):
        tried = Request(request.action, request.place, {**request.inputs, **chosen})
        found = machine.step(step.before, tried)
        if (found.outcome, found.guard, found.state) == (step.outcome, step.guard, step.after):
            return tried
    return request


def heading(title: str, model: Model, without: Iterable[tuple[str, str]], lifecycle: Lifecycle) -> list[str]:
    """The lines before the account: the title, extensions, unusual values of assumptions, removed parts."""
    lines = [f"title = {toml(title)}"]
    if lifecycle.composed_of:
        lines.append(f"with = {toml(lifecycle.composed_of)}")
    if changed := unusual(model):
        lines += ["", "[assume]", *(f"{name} = {toml(value)}" for name, value in changed.items())]
    if parts := list(without):
        refusals = {(rule.action, guard.otherwise.id) for rule in lifecycle.model.rules for guard in rule.guards}
        lines += ["", "[without]"]
        for key, guards in (("guards", True), ("effects", False)):
            lines.append(f"{key} = {toml(['/'.join(part) for part in parts if (part in refusals) == guards])}")
    return lines


def step_lines(request: Request, step: Taken, model: Model, names: Names) -> Iterator[str]:
    """A [[step]] with the request of a step and its outcome as the expectation."""
    rule = model.rule(request.action)
    yield from ("[[step]]", f"do = {toml(rule.action)}")
    yield from (f"{key} = {toml(name)}" for key, name in names.document(request.place).items())
    for variable in rule.inputs:
        if variable.name in request.inputs:
            yield f"{variable.name} = {toml(shown(variable, request.inputs[variable.name]))}"
    yield f"expect = {toml(step.outcome)}"
    if step.guard:
        yield f"because = {toml(step.guard.otherwise.id)}"


def account_lines(layout: Layout, cells: Sequence[int], names: Names) -> Iterator[str]:
    """The keys of [account] or [finally] for a state."""
    for key, value in account_in_file(layout, cells, names).items():
        if "-without-" in key:
            continue
        match value:
            case [dict(), *_] as rows:
                yield from (f"{key} = [", *(f"  {toml(row)}," for row in rows), "]")
            case _:
                yield f"{key} = {toml(value)}"


def new_names(layout: Layout, cells: Sequence[int], names: Names, lifecycle: Lifecycle) -> Iterator[str]:
    """The key of [account] for the names of the outermost sort that no variable of the state mentions, if any.

    They exist from the beginning, and an action may have an effect in each of them.
    """
    key = account_format(lifecycle.model.state).elements_key
    used = {names.part(place, 0) for _, place in layout.nonzero(tuple(cells)) if place}
    if key and (new := [name for name in names.below[()] if name not in used]):
        yield f"{key} = {toml(new)}"
