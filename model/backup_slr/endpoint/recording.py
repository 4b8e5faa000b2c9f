"""What clients and the environment did to an emulated account, as a scenario."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from backup_slr.endpoint.backend.emulated_account import EmulatedAccount
from backup_slr.endpoint.backend.record_store import Path
from backup_slr.engine.core.scope import State
from backup_slr.engine.core.step import Machine, Request, Step
from backup_slr.engine.core.trace import Taken
from backup_slr.report.names import Names
from backup_slr.scenario.place_check import absences
from backup_slr.scenario.scenario_text import account_lines, heading, new_names, step_lines


@dataclass(frozen=True)
class RecordedStep:
    """A request by names, and when it was made; `inputs` are numbers, which do not depend on names."""

    action: str
    path: Path
    inputs: Mapping[str, int]
    at: datetime
    reason: str = ""
    """With which a task failed."""


@dataclass
class Recording:
    """The steps of an account since a state.

    Steps that the script of a client cannot see are recorded as well: the scenario has all that is needed to repeat it.
    """

    account: EmulatedAccount
    steps: list[RecordedStep] = field(default_factory=list[RecordedStep])

    def __post_init__(self) -> None:
        """Start to watch the account."""
        self.restart()
        self.account.watch = self._note

    def restart(self) -> None:
        """Forget all steps: the scenario starts with the present state."""
        self.start, self.began = self.account.values(), self.account.now
        self.steps.clear()

    def _note(self, request: Request, step: Step) -> None:
        account = self.account
        place = account.names.parts(request.place)
        reason = step.guard.otherwise.id if step.guard and step.outcome == "failed" else ""
        self.steps.append(RecordedStep(request.action, place, request.inputs, account.now, reason))

    def _exists(self, machine: Machine, state: State, place: tuple[int, ...]) -> bool:
        """Whether the innermost element of a place exists; true of an element without a flag for that."""
        sorts = self.account.lifecycle.sorts[: len(place)]
        flag = self.account.variables.get(sorts[-1].name) if sorts else None
        return flag is None or len(flag.per) != len(place) or bool(state[machine.layout.cell(flag.name, place)])

    def _can_be_named(self, action: str, path: Path, step: Step, known: set[Path]) -> bool:
        """Whether a scenario may name a place: no name is empty, and one that never existed counts as misspelled."""
        if not all(path):
            return False
        sorts = self.account.lifecycle.sorts
        absent = step.guard is not None and step.guard.otherwise.id in absences(self.account.rules[action])
        return not path or path[-1] in sorts[len(path) - 1].special or path in known or absent

    def scenario(self, title: str) -> str:
        """The scenario file that repeats the steps, and expects the same outcomes and the same end."""
        account, lifecycle = self.account, self.account.lifecycle
        names = Names.of(lifecycle.sorts, [path for _, path in self.start] + [step.path for step in self.steps])
        machine = Machine(account.model, names.unbounded(account.model))
        state, now = names.state(machine.layout, self.start), self.began
        known = {path for _, path in self.start}
        lines = [*heading(title, account.model, (), lifecycle), "", "[account]"]
        lines += [
            *account_lines(machine.layout, state, names),
            *new_names(machine.layout, state, names, lifecycle),
        ]
        for one in self.steps:
            if one.at > now:
                minutes = (one.at - now).total_seconds() / 60
                lines += ["", "[[step]]", 'do = "wait"', f"minutes = {round(minutes, 9)!r}"]
                now = one.at
            request = Request(one.action, names.numbers(*one.path), one.inputs)
            step = machine.step(state, request)
            if one.reason and step.outcome != "failed":
                lines += ["", f"# {one.action} failed on request ({one.reason}), which no rule says: it is left out."]
                continue
            taken = Taken(request, step.outcome, step.guard, state, step.state)
            known |= {one.path} if self._exists(machine, step.state, request.place) else set()
            if self._can_be_named(one.action, one.path, step, known):
                lines += ["", *step_lines(request, taken, account.model, names)]
            else:
                lines += ["", f"# {step.guard.otherwise.id if step.guard else step.outcome}: {one.action}"]
            state = step.state
        return "\n".join([*lines, "", "[finally]", *account_lines(machine.layout, state, names)]) + "\n"
