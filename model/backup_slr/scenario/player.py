"""Run scenarios on the model, and compare the outcome of each step with the expected one.

There are no bounds: an account may have thousands of vaults and millions of recovery points. Therefore the state is a
list that the compiled rules change in place.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from backup_slr.engine.core.model import Model
from backup_slr.engine.core.rule import Guard, Outcome, Rule
from backup_slr.engine.core.scope import State, shown
from backup_slr.engine.core.step import Machine, Request
from backup_slr.engine.core.trace import Change
from backup_slr.engine.core.variable import label
from backup_slr.errors import printable
from backup_slr.report.names import Names, place_text
from backup_slr.report.provenance import Blocker, also, in_the_way
from backup_slr.report.trace_text import Telling
from backup_slr.scenario.account_codec import PlaceTable, account_at, account_format, key_of
from backup_slr.scenario.spec import WAIT, AccountSpec, EntrySpec, Scenario, StepSpec


@dataclass(frozen=True, slots=True)
class PlayedStep:
    """A completed step: its number, the step of the file, the time in minutes, its outcome, its changes."""

    number: int
    said: StepSpec
    minute: float
    outcome: Outcome
    guard: Guard | None
    writes: tuple[tuple[int, int, int], ...]
    """Cells with the value before and the value after."""
    in_the_way: tuple[Blocker, ...] = ()
    """Everything that blocks it (see `provenance.in_the_way`)."""
    also: tuple[Guard, ...] = ()
    """The other guards that do not hold (see `provenance.also`)."""

    @property
    def because(self) -> str | None:
        """The id of the refusal, if any."""
        return self.guard.otherwise.id if self.guard else None

    @property
    def as_expected(self) -> bool:
        """Whether the outcome is the expected one."""
        return self.said.expects(self.outcome, self.because)


@dataclass
class ScenarioRun:
    """The run of a scenario."""

    scenario: Scenario
    machine: Machine
    names: Names
    initial: State
    steps: list[PlayedStep] = field(default_factory=list[PlayedStep])
    final: list[int] = field(default_factory=list[int])
    misses: list[str] = field(default_factory=list[str])
    """Unmet expectations of the end or of the counterexample; those of steps are not listed here."""

    @property
    def passed(self) -> bool:
        """Whether every expectation was met."""
        return not self.misses and all(step.as_expected for step in self.steps)

    @property
    def account(self) -> dict[str, Any]:
        """The account at the end, with the keys that [account] has."""
        return account_at(self.machine.layout, self.final, self.names)

    @property
    def noun(self) -> str:
        """The English word for an element of the outermost sort."""
        sorts = self.names.sorts
        return sorts[0].noun if sorts else ""

    def telling(self, step: PlayedStep) -> Telling | None:
        """A step of the model, ready for a report; None for a `wait`."""
        if step.said.do == WAIT:
            return None
        rule = self.machine.model.rule(step.said.do)
        cells = self.machine.layout.cells
        changed = [Change(*cells[cell], before, after) for cell, before, after in step.writes]
        request = self.request(step.said, rule)
        return Telling(rule, request, step.outcome, step.guard, changed, self.names, step.in_the_way, step.also)

    def request(self, said: StepSpec, rule: Rule) -> Request:
        """The request of a step of the file, without the inputs that its rule does not read."""
        read = {variable.name for variable in rule.inputs}
        inputs = {name: value for name, value in said.inputs.items() if name in read}
        return Request(rule.action, self.names.numbers(*said.place), inputs)


def play(scenario: Scenario, model: Model | None = None) -> ScenarioRun:
    """Run a scenario from its account to its end, even if expectations are not met.

    Parameters
    ----------
    scenario
        The scenario; see `scenario.load`.
    model
        The model, its assumptions settled; by default that of its lifecycle under the scenario's assumptions, without
        the parts that it removes.
    """
    model = model or scenario.lifecycle.model.assuming(scenario.assume).without(scenario.without)
    names = names_of(scenario)
    machine = Machine(model, names.unbounded(model))
    cells = account_format(model.state).cells(machine, names, scenario.account)
    run = ScenarioRun(scenario, machine, names, tuple(cells))
    minute = 0.0
    for said in scenario.steps:
        if said.do == WAIT:
            for _ in range(said.times):
                minute += said.minutes
                run.steps.append(PlayedStep(len(run.steps) + 1, said, minute, "done", None, ()))
            continue
        rule = model.rule(said.do)
        request = run.request(said, rule)
        arguments = (*request.place, *machine.arguments(said.do, request.inputs))
        attempt = machine.compiled(said.do)
        blocking: tuple[Blocker, ...] | None = None
        others: tuple[Guard, ...] = ()
        for _ in range(said.times):
            number, writes = attempt(cells, *arguments)
            guard = rule.guards[number] if number >= 0 else None
            after = dict(writes)  # a later effect on the same cell wins
            changed = tuple(sorted((cell, cells[cell], value) for cell, value in after.items() if cells[cell] != value))
            if blocking is None:
                blocking, others = (), ()
                if guard is not None:
                    here = machine.layout, rule, guard, request, tuple(cells)
                    blocking, others = in_the_way(*here), also(*here)
            for cell, _, value in changed:
                cells[cell] = value
            outcome: Outcome = "done" if guard is None else "failed" if guard.fails else "refused"
            run.steps.append(PlayedStep(len(run.steps) + 1, said, minute, outcome, guard, changed, blocking, others))
            if changed:  # otherwise a repetition has the same state and the same blockers
                blocking = None
    run.final = cells
    if scenario.finally_:
        run.misses += _differences(run, scenario.finally_)
    return run


def _differences(run: ScenarioRun, spec: AccountSpec) -> Iterator[str]:
    """The differences between the account at the end and [finally]."""
    form, document = account_format(run.machine.model.state), run.account
    for v in form.values:
        actual = document[key_of(v)]
        if v.name in spec.values and (expected := shown(v, spec.values[v.name])) != actual:
            yield f"at the end: expected {key_of(v)} = {_toml(expected)}, got {_toml(actual)}"
    for v in form.lists:
        on = document[key_of(v)]
        if v.name in spec.lists and sorted(on) != sorted(spec.lists[v.name]):
            wanted, there = (", ".join(map(printable, x)) or f"no {run.noun}" for x in (spec.lists[v.name], on))
            yield f"at the end: expected {label(v)} on in {wanted}, got {there}"
    for table in form.tables:
        if table.sort in spec.tables:
            yield from _table_differences(table, spec.tables[table.sort], document[table.key])


def _table_differences(
    table: PlaceTable, expected: Sequence[EntrySpec], rows: Sequence[dict[str, Any]]
) -> Iterator[str]:
    there = {table.place(row): row for row in rows}
    for entry in expected:
        place = place_text(*entry.place)
        row = there.pop(entry.place, None)
        if row is None:
            yield f"at the end: expected the {table.sort} {place}, which does not exist"
            continue
        for v in table.variables:
            if v.name in entry.values and (value := shown(v, entry.values[v.name])) != row[v.name]:
                yield f"at the end: expected {v.name} = {_toml(value)} for {place}, got {_toml(row[v.name])}"
    for place in there:
        yield f"at the end: expected no {table.sort} {place_text(*place)}, which still exists"


def _toml(value: object) -> str:
    """A value as in a scenario file."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def names_of(scenario: Scenario) -> Names:
    """All names in a scenario, in order of appearance; one example name if there are none."""
    sorts = scenario.lifecycle.sorts
    paths = [*scenario.account.places(), *(step.place for step in scenario.steps if step.place)]
    if sorts and not paths:
        examples = scenario.lifecycle.element_names.get(sorts[0].name) or (f"{sorts[0].name}-1",)
        paths = [tuple(sorts[0].special or examples[:1])[:1]]
    return Names.of(sorts, paths)
