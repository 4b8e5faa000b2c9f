"""Account files (`simulations/accounts/*.toml`): an initial account and its background events."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

from msgspec import UNSET, Struct, UnsetType
from msgspec import field as struct_field

from backup_slr.engine.core.model import Model
from backup_slr.engine.core.rule import Rule
from backup_slr.engine.core.step import Request
from backup_slr.engine.core.variable import Flag
from backup_slr.engine.serialize.validation import about, any_of, optional, struct, tag_of, value_of, words
from backup_slr.engine.spec.lifecycle import Lifecycle
from backup_slr.engine.spec.processes import Environment, selects
from backup_slr.errors import unknown
from backup_slr.lifecycle import BACKUP
from backup_slr.report.names import Names
from backup_slr.runbook.distributions import Duration, Fixed
from backup_slr.runbook.quantities import Chance, Lasting, QuantitySource
from backup_slr.runbook.service_clocks import (
    ServiceClocks,
    clocked,
    drawn_choices,
    environment_of,
    read_clocks,
)
from backup_slr.scenario.account_codec import account_format, number_of, read_account
from backup_slr.scenario.file_types import (
    action_type,
    assume_type,
    assumed,
    composed,
    input_field,
    with_field,
)
from backup_slr.scenario.place_check import unknown_name
from backup_slr.scenario.spec import AccountSpec
from backup_slr.scenario.toml_source import read

MOST_POINTS = 10**15
"""Recovery points in a vault at the start; with those that jobs add they stay within 64 bits."""


@dataclass(frozen=True)
class Schedule:
    """When jobs run in one vault. One of the plan *efs* starts only while EFS automatic backup is on in its Region."""

    place: tuple[int, ...]
    every: Duration
    takes: Duration
    succeeds: float
    plan: str


@dataclass(frozen=True)
class Other:
    """A request that other users repeat."""

    request: Request
    every: Duration


@dataclass(frozen=True)
class Fleet:
    """The differences between accounts of a fleet: their vaults, and the numbers of recovery points."""

    vault: float
    points: Duration | None


@dataclass(frozen=True)
class BusyAccount:
    """An account with its background events: the initial state of each run, schedules and other users."""

    file: str
    title: str
    story: str
    assume: Mapping[str, str]
    said: AccountSpec
    names: Names
    call: Duration
    throttled: float
    collides: float
    stale: float
    deletion: Duration
    schedules: tuple[Schedule, ...]
    others: tuple[Other, ...]
    fleet: Fleet | None = None
    without: tuple[tuple[str, str], ...] = ()
    lifecycle: Lifecycle = BACKUP
    clocks: ServiceClocks = field(default_factory=ServiceClocks)

    @property
    def processes(self) -> Environment:
        """The processes of the lifecycle and its extensions."""
        return environment_of(self.lifecycle)

    @cached_property
    def places(self) -> tuple[tuple[int, int], ...]:
        """Every vault that the account has or may get, by Region."""
        return tuple((i, k) for i, vaults in enumerate(self.names.vaults) for k in range(len(vaults)))

    @property
    def pace(self) -> float:
        """The events per minute: an average for jobs and other users, a maximum for consecutive calls."""
        again = [d for s in self.schedules for d in (s.every, s.takes)] + [other.every for other in self.others]
        return 1 / self.call.mean + sum(1 / duration.mean for duration in again)

    @cached_property
    def model(self) -> Model:
        """The lifecycle under the assumptions of the file."""
        return self.lifecycle.model.assuming(self.assume).without(self.without)

    def assuming(self, values: Mapping[str, str], without: tuple[tuple[str, str], ...] = ()) -> BusyAccount:
        """The same account under other assumptions, without some parts of the rules."""
        return replace(self, assume={**self.assume, **values}, without=without)


# ---------------------------------------------------------------- files


def load(file: str | Path, lifecycle: Lifecycle = BACKUP) -> BusyAccount:
    """Read an account file; `BadInput` has the line and the valid values."""
    source = QuantitySource(read(file, "account file"), str(file))
    document = source.document()
    if "step" in document:
        source.fail("this is not an account file: it has steps, like a runbook or a scenario", "step")
    lifecycle, given = composed(document, source, lifecycle, "others", account_file_type)
    return _Reader(source, lifecycle).environment(given)


class _Reader:
    def __init__(self, source: QuantitySource, lifecycle: Lifecycle) -> None:
        self.source, self.lifecycle, self.fail = source, lifecycle, source.fail

    def environment(self, given: Any) -> BusyAccount:
        source, model = self.source, self.lifecycle.model
        said = read_account(self.lifecycle, given.account, source, "account")
        for table in account_format(model.state).tables:
            for i, entry in enumerate(said.tables.get(table.sort, ())):
                for name, number in entry.values.items():
                    if number > MOST_POINTS:
                        wanted = f"a number of at most {MOST_POINTS:,}"
                        source.wrong(wanted, number, "account", table.key, i, name)
        names = self.names(said, given.others)
        calls, deletion = given.calls, given.deletion
        return BusyAccount(
            source.file,
            given.title,
            given.story,
            assumed(given.assume, model),
            said,
            names,
            Fixed(0.02) if calls.takes is UNSET else source.duration(calls.takes, "calls", "takes"),
            source.chance(calls.throttled, "calls", "throttled"),
            source.chance(given.collisions.chance, "collisions", "chance"),
            source.chance(given.lists.stale, "lists", "stale"),
            Fixed(1.0) if deletion.takes is UNSET else source.duration(deletion.takes, "deletion", "takes"),
            self.schedules(given.schedule, names),
            tuple(self.other(other, names, i) for i, other in enumerate(given.others)),
            None if given.fleet is UNSET else self.fleet(given.fleet),
            lifecycle=self.lifecycle,
            clocks=read_clocks(self.lifecycle, given.clocks, given.chances, source),
        )

    def names(self, said: AccountSpec, others: list[Any]) -> Names:
        paths = list(said.places())
        for i, other in enumerate(others):
            place = self.place(other)
            paths += [place] if place else []
            if place and (complaint := unknown_name(self.lifecycle, place[0], said.elements)):
                self.fail(complaint, "others", i, self.lifecycle.sorts[0].name)
        for place, path in said.paths:
            if complaint := unknown_name(self.lifecycle, place[0], said.elements):
                self.fail(complaint, *path)
        if not paths:
            self.fail("an account without a Region: name its vaults, or add regions = [...]", "account")
        return Names.of(self.lifecycle.sorts, paths)

    def place(self, given: Any) -> tuple[str, ...]:
        return tuple(getattr(given, param.sort.name) for param in self.lifecycle.model.rule(tag_of(given)).place)

    def schedules(self, given: list[ScheduleTable], names: Names) -> tuple[Schedule, ...]:
        """Read schedules; a later schedule for the same vault overrides an earlier one."""
        source = self.source
        found: dict[tuple[int, ...], Schedule] = {}
        for i, said in enumerate(given):
            here = ("schedule", i)
            if said.region is not UNSET:
                source.one_of(said.region, names.regions, "Region of this account:", *here, "region")
            places = [
                place
                for place in names.places(2)
                if said.region in (UNSET, names.region(place))
                and (
                    names.vault(place) == said.vault
                    if said.vault is not UNSET
                    else selects(environment_of(self.lifecycle).plan(said.plan).covers, place, self.lifecycle.place)
                )
            ]
            if not places:
                known = dict.fromkeys(v for vaults in names.vaults for v in vaults)
                self.fail(unknown("vault", said.vault, known), *here, "vault")
            for place in places:
                found[place] = Schedule(
                    place,
                    source.duration(said.every, *here, "every"),
                    source.duration(said.takes, *here, "takes"),
                    source.chance(said.succeeds, *here, "succeeds"),
                    said.plan,
                )
        return tuple(found[place] for place in sorted(found))

    def other(self, given: Any, names: Names, number: int) -> Other:
        rule = self.lifecycle.model.rule(tag_of(given))
        inputs = {i.name: number_of(i, value_of(given, i.name)) for i in rule.inputs}
        request = Request(
            rule.action, names.numbers(*self.place(given)), {name: n for name, n in inputs.items() if n is not None}
        )
        return Other(request, self.source.duration(given.every, "others", number, "every"))

    def fleet(self, given: Any) -> Fleet:
        points = None if given.points is UNSET else self.source.duration(given.points, "fleet", "points")
        return Fleet(self.source.chance(given.vault, "fleet", "vault"), points)


# ---------------------------------------------------------------- types


class ScheduleTable(Struct, forbid_unknown_fields=True):
    """When jobs run: in one vault, or in all vaults of a Region or of the account."""

    UNKNOWN: ClassVar[str] = "key of a schedule:"
    MISSING: ClassVar[str] = "a schedule needs {key!r}, in minutes"

    every: Lasting
    takes: Lasting
    region: str | UnsetType = UNSET
    vault: str | UnsetType = UNSET
    succeeds: Chance = 1
    plan: Annotated[Literal["backup-plan", "efs"], words(kind="plan")] = "backup-plan"


def account_file_type(lifecycle: Lifecycle) -> type[Struct]:
    model = lifecycle.model
    needed = "no {key}: an account file has at least a title and [account]"
    title = about(str, "the account in one line", missing=needed)
    takes, points = optional("takes", Lasting), optional("points", Lasting)
    fields: list[Any] = [
        ("title", title),
        ("account", about(account_format(model.state).type(True), missing=needed)),
        ("story", about(str, "the purpose of this account"), ""),
        with_field(tuple(e.name for e in lifecycle.extensions)),
        optional("assume", assume_type(model)),
        _table(
            "calls", "How long a call takes, and the probability that it is throttled.", takes, ("throttled", Chance, 0)
        ),
        _table(
            "collisions", "The probability that a request collides with a use of the role.", ("chance", Chance, 0.5)
        ),
        _table("lists", "The probability that a list is out of date.", ("stale", Chance, 0)),
        _table("deletion", "How long the deletion task takes.", takes),
        ("schedule", about(list[ScheduleTable], "when jobs run"), ()),
        ("others", about(list[_other_types(model)], "requests that other users repeat"), ()),
        _table(
            "clocks",
            "The time from the moment at which an action of the service can happen until it happens.",
            *(optional(rule.action, Lasting) for rule in clocked(lifecycle)),
        ),
        _table(
            "chances",
            "The probabilities of choices.",
            *(optional(name, Chance) for name, choice in drawn_choices(lifecycle).items() if isinstance(choice, Flag)),
        ),
        optional("fleet", _table("fleet", "How the accounts of a fleet differ.", ("vault", Chance, 1), points)[1]),
    ]
    return struct("AccountFile", fields, "An account and its background events, for `backup-slr run`.")


def _table(key: str, says: str, *fields: Any) -> tuple[str, type[Struct], Any]:
    """The field of an optional table."""
    kind = struct(f"{key.title()}Table", fields, says, UNKNOWN=f"key of [{key}]:")
    return key, kind, struct_field(default_factory=kind)


def _other_types(model: Model) -> Any:
    missing = "a request of other users needs {key!r}"
    every = ("every", about(Lasting, missing=missing))
    rules = person_rules(model)
    types = [
        action_type(rule, [*((p.sort.name, str) for p in rule.place), every, *parameter_fields(rule)]) for rule in rules
    ]
    return about(any_of(types), kind="action", show=len(types), missing=missing.replace("{key!r}", "'do'"))


def person_rules(model: Model) -> list[Rule]:
    return [rule for rule in model.rules if rule.by == "person"]


def parameter_fields(rule: Rule) -> list[Any]:
    """The fields of the inputs that a user chooses."""
    return [input_field(i, rule.action) for i in rule.inputs if i.kind == "parameter"]
