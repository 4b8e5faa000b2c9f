"""Account files (`simulations/accounts/*.toml`): an initial account and its background events."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from msgspec import UNSET

from backup_slr.engine.core.model import Model
from backup_slr.engine.core.step import Request
from backup_slr.engine.serialize.validation import tag_of
from backup_slr.engine.spec.lifecycle import Lifecycle
from backup_slr.engine.spec.processes import Environment, selects
from backup_slr.errors import unknown
from backup_slr.lifecycle import BACKUP
from backup_slr.report.names import Names
from backup_slr.runbook.account_file_type import ScheduleTable, account_file_type
from backup_slr.runbook.distributions import Duration, Fixed
from backup_slr.runbook.quantities import QuantitySource
from backup_slr.runbook.service_clocks import ServiceClocks, environment_of, read_clocks
from backup_slr.scenario.account_codec import account_format
from backup_slr.scenario.account_types import inputs_in, read_account
from backup_slr.scenario.file_types import assumed, composed
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
    """An account with its background events: the initial state of each run, schedules and other users.

    `limits` are requests a second by operation, `page` is the number of recovery points on one page of a list, and
    `lag` the minutes after the end of a deletion task during which its status is out of date. `lags` are the times for
    which other reads do not show a change (see `views`). `remarks` are headings and texts about an account that
    describes no activity.
    """

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
    limits: Mapping[str, float] = field(default_factory=dict[str, float])
    page: int = 1000
    lag: float = 0.0
    lags: Mapping[str, Duration] = field(default_factory=dict[str, Duration])
    remarks: tuple[tuple[str, str], ...] = ()

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

    @property
    def notes(self) -> tuple[tuple[str, str], ...]:
        """The remarks, and what makes the times of runs differ from those of the service."""
        return (*self.remarks, *(("simplified", text) for text in self.processes.added.simplified))

    def lines(self) -> Iterator[tuple[str, str]]:
        """A heading and a text for each setting that a report repeats."""
        yield from self.notes
        if self.lags:
            yield "lag", "; ".join(f"{table} ({lag.says})" for table, lag in self.lags.items())
        yield from self.clocks.lines()

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
            limits=environment_of(self.lifecycle).limits if calls.limits else {},
            page=source.count(given.lists.page, 1, "lists", "page"),
            lag=0.0 if deletion.lag is UNSET else source.above_zero(deletion.lag, "deletion", "lag"),
            lags={
                table: source.duration(lag, table, "lag")
                for table in environment_of(self.lifecycle).lagging
                if (lag := getattr(given, table).lag) is not UNSET
            },
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
        request = Request(rule.action, names.numbers(*self.place(given)), inputs_in(rule, given))
        return Other(request, self.source.duration(given.every, "others", number, "every"))

    def fleet(self, given: Any) -> Fleet:
        points = None if given.points is UNSET else self.source.duration(given.points, "fleet", "points")
        return Fleet(self.source.chance(given.vault, "fleet", "vault"), points)
