"""Scenarios played through the model: what becomes of each step, and whether it was what the file expects.

Nothing is bounded here: an account may have thousands of vaults and millions of recovery points. So the state is a
list that is changed in place, step by step, by what the compiled rules say.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from backup_slr.engine.core.model import Model
from backup_slr.engine.core.rule import Guard, Outcome, Rule
from backup_slr.engine.core.scope import Layout, State, shown
from backup_slr.engine.core.step import Machine, Request
from backup_slr.engine.core.trace import Change
from backup_slr.engine.core.variable import Enum
from backup_slr.errors import printable
from backup_slr.lifecycle import lifecycle, scope
from backup_slr.lifecycle.vocabulary import DEFAULT_VAULT_NAME, EFS_VAULT_NAME, description, role
from backup_slr.report.names import Names, place_text
from backup_slr.report.provenance import Blocker, in_the_way
from backup_slr.report.trace_text import Telling
from backup_slr.scenario.scenario import WAIT, AccountSaid, Scenario, StepSaid


@dataclass(frozen=True, slots=True)
class Played:
    """One step as it went: its number, the step of the file, the time in minutes, its end, and what it changed."""

    number: int
    said: StepSaid
    minute: float
    outcome: Outcome
    guard: Guard | None
    writes: tuple[tuple[int, int, int], ...]
    """Cells with the value before and the value after."""
    in_the_way: tuple[Blocker, ...] = ()
    """Everything that must change before it is done (see `citing.in_the_way`)."""

    @property
    def because(self) -> str | None:
        """The id of the refusal, if there is one."""
        return self.guard.otherwise.id if self.guard else None

    @property
    def as_expected(self) -> bool:
        """It went as the file says, as far as it says anything."""
        said = self.said
        return said.expect in (None, self.outcome) and said.because in (None, self.because)


@dataclass
class Run:
    """A scenario played to its end."""

    scenario: Scenario
    machine: Machine
    names: Names
    initial: State
    steps: list[Played] = field(default_factory=list[Played])
    final: list[int] = field(default_factory=list[int])
    misses: list[str] = field(default_factory=list[str])
    """What the end or the counterexample should have been and was not; missed steps are not listed here."""

    @property
    def passed(self) -> bool:
        """Every expectation was met."""
        return not self.misses and all(step.as_expected for step in self.steps)

    def telling(self, step: Played) -> Telling | None:
        """A step of the model, ready to be told; None for a `wait`."""
        if step.said.do == WAIT:
            return None
        rule = self.machine.model.rule(step.said.do)
        cells = self.machine.layout.cells
        changed = [Change(*cells[cell], before, after) for cell, before, after in step.writes]
        request = self.request(step.said, rule)
        return Telling(rule, request, step.outcome, step.guard, changed, self.names, step.in_the_way)

    def request(self, said: StepSaid, rule: Rule) -> Request:
        """The request that a step of the file makes."""
        inputs: dict[str, int] = {}
        for variable in rule.inputs:
            if variable.name in said.inputs:
                value = said.inputs[variable.name]
                inputs[variable.name] = variable.values.index(str(value)) if isinstance(variable, Enum) else int(value)
        return Request(rule.action, self.names.numbers(*(said.region, said.vault)[: len(rule.place)]), inputs)


def play(scenario: Scenario, model: Model | None = None) -> Run:
    """Play a scenario from its account to its end, whether or not its expectations are met on the way.

    Parameters
    ----------
    scenario
        What to play; see `scenario.load`.
    model
        The model to play it on, its assumptions settled; by default the lifecycle under the scenario's own
        assumptions, without the parts that it leaves out.
    """
    model = model or lifecycle().assuming(scenario.assume).without(scenario.without)
    names = names_of(scenario)
    machine = Machine(model, scope(len(names.regions), max(map(len, names.vaults)), None))
    cells = starting(machine, names, scenario.account)
    run = Run(scenario, machine, names, tuple(cells))
    minute = 0.0
    for said in scenario.steps:
        if said.do == WAIT:
            for _ in range(said.times):
                minute += said.minutes
                run.steps.append(Played(len(run.steps) + 1, said, minute, "done", None, ()))
            continue
        rule = model.rule(said.do)
        request = run.request(said, rule)
        arguments = (*request.place, *machine.arguments(said.do, request.inputs))
        attempt = machine.compiled(said.do)
        blocking: tuple[Blocker, ...] | None = None
        for _ in range(said.times):
            number, writes = attempt(cells, *arguments)
            guard = rule.guards[number] if number >= 0 else None
            after = dict(writes)  # of two effects on one cell the later one wins
            changed = tuple(sorted((cell, cells[cell], value) for cell, value in after.items() if cells[cell] != value))
            if blocking is None:
                blocking = in_the_way(machine.layout, rule, guard, request, tuple(cells)) if guard else ()
            for cell, _, value in changed:
                cells[cell] = value
            outcome: Outcome = "done" if guard is None else "failed" if guard.fails else "refused"
            run.steps.append(Played(len(run.steps) + 1, said, minute, outcome, guard, changed, blocking))
            if changed:  # otherwise a repetition meets the same state, and the same is in its way
                blocking = None
    run.final = cells
    if scenario.finally_:
        run.misses += list(_missed(scenario.finally_, account_document(run)))
    return run


# ---------------------------------------------------------------- names and places


def names_of(scenario: Scenario) -> Names:
    """All Regions and vaults that a scenario mentions, in the order in which it does."""
    account = scenario.account
    said = [(vault.region, vault.name) for vault in account.vaults or ()]
    said += [(step.region, step.vault or DEFAULT_VAULT_NAME) for step in scenario.steps if step.region]
    regions = dict.fromkeys([*account.regions, *(account.efs_automatic_backup or ()), *(region for region, _ in said)])
    vaults: dict[str, dict[str, None]] = {
        region: {DEFAULT_VAULT_NAME: None, EFS_VAULT_NAME: None} for region in regions or {"us-east-1": None}
    }
    for region, name in said:
        vaults[region][name] = None
    return Names(tuple(vaults), tuple(map(tuple, vaults.values())))


def starting(machine: Machine, names: Names, said: AccountSaid) -> list[int]:
    """The cells of the account that a scenario starts with."""
    cells = list(machine.initial)
    cell = machine.layout.cell
    cells[cell("role")] = role.values.index(said.role or "absent")
    cells[cell("description")] = description.values.index(said.description or "default")
    cells[cell("cross_account")] = int(said.cross_account or False)
    for region in said.efs_automatic_backup or ():
        cells[cell("efs_automatic_backup", names.numbers(region))] = 1
    for vault in said.vaults or ():
        place = names.numbers(vault.region, vault.name)
        cells[cell("vault", place)] = 1
        cells[cell("points", place)] = vault.points or 0
        cells[cell("job", place)] = int(vault.job or False)
    return cells


# ---------------------------------------------------------------- the end


def account_document(run: Run) -> dict[str, Any]:
    """The account at the end of a run, with the keys that [account] has; vaults that are not there are left out."""
    return account_at(run.machine.layout, run.final, run.names)


def account_at(layout: Layout, cells: Sequence[int], names: Names) -> dict[str, Any]:
    """The same of any state."""

    def value(name: str, *place: int) -> int:
        return cells[layout.cell(name, place)]

    return {
        "role": shown(role, value("role")),
        "description": shown(description, value("description")),
        "cross-account": bool(value("cross_account")),
        "efs-automatic-backup": [x for i, x in enumerate(names.regions) if value("efs_automatic_backup", i)],
        "vaults": [
            {"region": region, "name": name, "points": value("points", i, k), "job": bool(value("job", i, k))}
            for i, region in enumerate(names.regions)
            for k, name in enumerate(names.vaults[i])
            if value("vault", i, k)
        ],
        # A job can outlive its vault; the role is in use all the same.
        "jobs-without-vault": [
            {"region": region, "name": name}
            for i, region in enumerate(names.regions)
            for k, name in enumerate(names.vaults[i])
            if value("job", i, k) and not value("vault", i, k)
        ],
    }


def _missed(said: AccountSaid, actual: dict[str, Any]) -> Iterator[str]:
    """Sentences about where the end is not what [finally] says."""
    plain = {"role": said.role, "description": said.description, "cross-account": said.cross_account}
    for key, expected in plain.items():
        if expected is not None and actual[key] != expected:
            yield f"at the end {key} should be {_toml(expected)}, and is {_toml(actual[key])}"
    if said.efs_automatic_backup is not None:
        on = actual["efs-automatic-backup"]
        if sorted(on) != sorted(said.efs_automatic_backup):
            wanted, there = (", ".join(map(printable, x)) or "no Region" for x in (said.efs_automatic_backup, on))
            yield f"at the end EFS automatic backup should be on in {wanted}, not in {there}"
    if said.vaults is None:
        return
    vaults = {(v["region"], v["name"]): v for v in actual["vaults"]}
    for vault in said.vaults:
        place = place_text(vault.region, vault.name)
        found = vaults.pop((vault.region, vault.name), None)
        if found is None:
            yield f"at the end there should be the vault {place}, and it is not there"
            continue
        for key, expected in (("points", vault.points), ("job", vault.job)):
            if expected is not None and found[key] != expected:
                yield f"at the end {key} of {place} should be {_toml(expected)}, and is {_toml(found[key])}"
    for place in vaults:
        yield f"at the end the vault {place_text(*place)} should be gone, and it is there"


def _toml(value: object) -> str:
    """A value as a scenario file has it."""
    return str(value).lower() if isinstance(value, bool) else str(value)
