"""An account as it is now: where an exploration, an explanation, a plan or a run starts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from backup_slr.engine.core.model import Model
from backup_slr.engine.core.scope import State
from backup_slr.engine.core.step import Machine
from backup_slr.engine.serialize.validation import about, optional, struct
from backup_slr.engine.spec.lifecycle import Lifecycle
from backup_slr.engine.spec.start_times import StartTimes
from backup_slr.report.names import Names
from backup_slr.scenario.account_codec import account_format
from backup_slr.scenario.account_types import account_type, read_account
from backup_slr.scenario.file_types import assume_type, assumed, composed, with_field
from backup_slr.scenario.place_check import unknown_name
from backup_slr.scenario.spec import AccountSpec
from backup_slr.scenario.toml_source import TomlSource, read

Place = tuple[str, ...]
"""The names of a place, outermost first; empty: the account."""


@dataclass(frozen=True)
class Remark:
    """Something about a place that the state cannot express; a harmless one cannot block the goal."""

    place: Place
    says: str
    harmless: bool = False


@dataclass(frozen=True)
class ScheduledWork:
    """Work that a schedule starts at a place: its expression and time zone, its name, and that of its owner."""

    place: Place
    says: str
    expression: str
    zone: str = ""
    name: str = ""
    owner: str = ""

    def next_start(self, moment: datetime) -> datetime | None:
        """The first start after a moment, in UTC; None if it is unknown."""
        return StartTimes(self.expression, self.zone or "UTC").after(moment)


@dataclass(frozen=True)
class Observation:
    """The circumstances in which an account was observed, and what its state does not contain.

    Attributes
    ----------
    account
        The number of the AWS account.
    at
        The time of the earliest and of the latest call, in UTC.
    not_before
        For an action of the service that only time brings, and its place: the earliest time at which it can happen.
        None: never. Missing: unknown.
    unknown
        What could not be read, such as a Region without permission. An answer is then about *at least* this account.
    not_modeled
        What was found and the model does not represent.
    schedules
        What starts work, and when.
    together
        For an action, the groups of places at which one request performs it.
    ids
        The ids of what was found, by its kind and place.
    """

    account: str
    at: tuple[datetime, datetime]
    not_before: Mapping[tuple[str, Place], datetime | None] = field(
        default_factory=dict[tuple[str, Place], "datetime | None"]
    )
    unknown: tuple[Remark, ...] = ()
    not_modeled: tuple[Remark, ...] = ()
    schedules: tuple[ScheduledWork, ...] = ()
    together: Mapping[str, tuple[frozenset[Place], ...]] = field(
        default_factory=dict[str, "tuple[frozenset[Place], ...]"]
    )
    ids: Mapping[tuple[str, Place], tuple[str, ...]] = field(default_factory=dict[tuple[str, Place], "tuple[str, ...]"])

    def requests(self, action: str, numbers: Mapping[Place, int]) -> int:
        """The number of requests that perform an action at places, of which each needs a number of them by itself."""
        groups = [group for group in self.together.get(action, ()) if group & numbers.keys()]
        return len(groups) + sum(n for place, n in numbers.items() if not any(place in group for group in groups))


@dataclass(frozen=True)
class StartingAccount:
    """An account in one state, by names.

    Attributes
    ----------
    file
        Where it was read from.
    lifecycle
        The lifecycle, composed with the extensions that the account needs; its assumptions are not settled.
    spec
        The values that differ from those of a new account.
    assume
        The values of assumptions that the account states or shows.
    observation
        The circumstances, if it was observed; None if it was written by hand.
    told
        Its ``title`` and ``story``, if the file has them.
    """

    file: str
    lifecycle: Lifecycle
    spec: AccountSpec
    assume: Mapping[str, str] = field(default_factory=dict[str, str])
    observation: Observation | None = None
    told: Mapping[str, str] = field(default_factory=dict[str, str])

    @cached_property
    def names(self) -> Names:
        """The names of its elements."""
        return Names.of(self.lifecycle.sorts, self.spec.places())

    def machine(self, model: Model | None = None) -> Machine:
        """The model (by default under the assumptions of the account) at the size of the account, without bounds."""
        settled = self.lifecycle.model.assuming(self.assume) if model is None else model
        return Machine(settled, self.names.unbounded(settled))

    def state(self, machine: Machine) -> State:
        """Its state on a machine of at least its size."""
        return tuple(account_format(machine.model.state).cells(machine, self.names, self.spec))


def starting_account_type(lifecycle: Lifecycle) -> Any:
    """The type of an account file; what simulations add to it is ignored here (see `runbook.busy_account`)."""
    fields: list[Any] = [
        ("account", account_type(account_format(lifecycle.model.state), True)),
        optional("title", about(str, "the account in one line")),
        optional("story", about(str, "the circumstances")),
        with_field(tuple(one.name for one in lifecycle.extensions)),
        optional("assume", assume_type(lifecycle.model)),
    ]
    return struct("StartingAccount", fields, "An account in one state.")


IGNORED = (
    *("clocks", "chances", "calls", "collisions", "lists", "role", "deletion", "schedule", "others", "fleet"),
    *("step", "finally", "counterexample", "clauses", "without"),
)
"""What account files for simulations and scenarios have besides an account; a test compares it with their types."""


def load_starting_account(file: str | Path, lifecycle: Lifecycle) -> StartingAccount:
    """Read the account of a TOML file: an account file, or a scenario, of which only the account is read.

    Raises `BadInput` when the file does not fit; the message has the line and the valid values.
    """
    return account_of_text(read(file, "account file"), lifecycle, str(file))


def account_of_text(text: str, lifecycle: Lifecycle, file: str = "account file") -> StartingAccount:
    """Read an account from the text of a file; see `load_starting_account`.

    Raises `BadInput` when the text does not fit.
    """
    source = TomlSource(text, file)
    document = source.document()
    if "account" not in document and "step" in document:
        source.fail("the file has steps, but no account; a runbook is for 'run', with an account in --account", "step")
    for key in IGNORED:
        document.pop(key, None)
    lifecycle, given = composed(document, source, lifecycle, "step", starting_account_type)
    spec = read_account(lifecycle, given.account, source, "account")
    for place, path in spec.paths:
        if complaint := unknown_name(lifecycle, place[0], spec.elements):
            source.fail(complaint, *path)
    told = {key: " ".join(text.split()) for key in ("title", "story") if (text := str(document.get(key, "")))}
    return StartingAccount(file, lifecycle, spec, assumed(given.assume, lifecycle.model), None, told)
