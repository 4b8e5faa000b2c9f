"""Account files (`simulations/accounts/*.toml`): an account to start with, and what goes on in it meanwhile."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from backup_slr.engine.core.model import Model
from backup_slr.engine.core.step import Request
from backup_slr.engine.core.variable import Enum
from backup_slr.engine.spec.environment import selects
from backup_slr.errors import unknown
from backup_slr.lifecycle import BACKUP, lifecycle
from backup_slr.lifecycle.environment import ENVIRONMENT
from backup_slr.lifecycle.regions import AWS_REGIONS
from backup_slr.lifecycle.vocabulary import DEFAULT_VAULT_NAME, EFS_VAULT_NAME
from backup_slr.report.names import Names
from backup_slr.runbook.distributions import Duration, Fixed
from backup_slr.runbook.reading import Reading
from backup_slr.scenario.account import account
from backup_slr.scenario.scenario import AccountSaid
from backup_slr.scenario.source import read

TOP = (
    "title",
    "story",
    "assume",
    "account",
    "calls",
    "collisions",
    "lists",
    "deletion",
    "schedule",
    "others",
    "fleet",
)
PLANS = tuple(plan.name for plan in ENVIRONMENT.plans)
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
    """What somebody else does now and then."""

    request: Request
    every: Duration


@dataclass(frozen=True)
class Fleet:
    """How one account of a fleet differs from the next: which vaults it has, and how many recovery points they hold."""

    vault: float
    points: Duration | None


@dataclass(frozen=True)
class Environment:
    """An account and everything in it that is not the operator: what each run starts with and is up against."""

    file: str
    title: str
    story: str
    assume: Mapping[str, str]
    said: AccountSaid
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
    table: Model | None = None
    """Another table of rules than ours, if there is one."""

    @cached_property
    def places(self) -> tuple[tuple[int, int], ...]:
        """Every vault that the account has or may get, by Region."""
        return tuple((i, k) for i, vaults in enumerate(self.names.vaults) for k in range(len(vaults)))

    @property
    def pace(self) -> float:
        """How much happens in a minute, at most and on average: jobs, other people, calls one after the other."""
        again = [d for s in self.schedules for d in (s.every, s.takes)] + [other.every for other in self.others]
        return 1 / self.call.mean + sum(1 / duration.mean for duration in again)

    @cached_property
    def model(self) -> Model:
        """The lifecycle under the readings that the file takes."""
        return (self.table or lifecycle()).assuming(self.assume).without(self.without)

    def assuming(
        self, values: Mapping[str, str], without: tuple[tuple[str, str], ...] = (), table: Model | None = None
    ) -> Environment:
        """The same under other readings, without some parts of the rules, or with another table."""
        return replace(self, assume={**self.assume, **values}, without=without, table=table)


def load(file: str | Path) -> Environment:
    """Read an account file.

    Raises
    ------
    BadInput
        When it cannot be read or says something that cannot be meant: with the line, and what would be right.
    """
    return _Grammar(read(file, "account file"), str(file)).environment()


class _Grammar(Reading):
    def environment(self) -> Environment:
        document = self.document()
        if "step" in document:
            self.fail("this has steps, as a runbook or a scenario has, and is no account file", "step")
        self.keys(document, TOP)
        for key in ("title", "account"):
            if key not in document:
                self.fail(f"no {key}: an account file has at least a title and [account]")
        said = account(self, document["account"], "account")
        for i, vault in enumerate(said.vaults or ()):
            if (vault.points or 0) > MOST_POINTS:
                self.wrong(f"a number of at most {MOST_POINTS:,}", vault.points, "account", "vaults", i, "points")
        others = self.array(document.get("others", []), "others")
        names = self._names(said, document, others)
        calls = self._table(document, "calls", ("takes", "throttled"))
        deletion = self._table(document, "deletion", ("takes",))
        return Environment(
            self.file,
            self.string(document["title"], "title"),
            self.string(document.get("story", ""), "story"),
            self._assumptions(self.table(document.get("assume", {}), "assume")),
            said,
            names,
            self.duration(calls["takes"], "calls", "takes") if "takes" in calls else Fixed(0.02),
            self.chance(calls.get("throttled", 0), "calls", "throttled"),
            self.chance(self._table(document, "collisions", ("chance",)).get("chance", 0.5), "collisions", "chance"),
            self.chance(self._table(document, "lists", ("stale",)).get("stale", 0), "lists", "stale"),
            self.duration(deletion["takes"], "deletion", "takes") if "takes" in deletion else Fixed(1.0),
            self._schedules(document, names),
            tuple(self._other(self.table(x, "others", i), names, i) for i, x in enumerate(others)),
            self._fleet(document),
        )

    def _table(self, document: dict[str, Any], name: str, keys: tuple[str, ...]) -> dict[str, Any]:
        table = self.table(document.get(name, {}), name)
        self.keys(table, keys, name, of=f"[{name}]")
        return table

    def _assumptions(self, table: dict[str, Any]) -> dict[str, str]:
        known = {a.name: a for a in lifecycle().assumptions}
        for name, value in table.items():
            if name not in known:
                self.fail(unknown("assumption", name, known), "assume", name)
            self.one_of(value, known[name].values, f"value of {name}:", "assume", name)
        return table

    def _names(self, said: AccountSaid, document: dict[str, Any], others: list[Any]) -> Names:
        """Every vault that is spoken of; Default and the EFS one are in each Region anyway."""
        found: dict[str, dict[str, None]] = {}

        def note(region: str, vault: str, *path: str | int) -> None:
            if region not in AWS_REGIONS and region not in said.regions:
                hint = unknown("Region", region, sorted({*AWS_REGIONS, *said.regions}), show=0)
                self.fail(f"{hint} (if it is new, name it in [account]: regions = [...])", *path)
            found.setdefault(region, {DEFAULT_VAULT_NAME: None, EFS_VAULT_NAME: None})[vault] = None

        for i, region in enumerate(said.efs_automatic_backup or ()):
            note(region, EFS_VAULT_NAME, "account", "efs-automatic-backup", i)
        for i, vault in enumerate(said.vaults or ()):
            note(vault.region, vault.name, "account", "vaults", i, "region")
        for i, value in enumerate(others):
            table = self.table(value, "others", i)
            if "region" in table:
                region = self.string(table["region"], "others", i, "region")
                vault = self.string(table.get("vault", DEFAULT_VAULT_NAME), "others", i, "vault")
                note(region, vault, "others", i, "region")
        for region in said.regions:
            note(region, DEFAULT_VAULT_NAME)
        if not found:
            self.fail("an account without a Region: name its vaults, or say regions = [...]", "account")
        return Names(tuple(found), tuple(map(tuple, found.values())))

    def _schedules(self, document: dict[str, Any], names: Names) -> tuple[Schedule, ...]:
        """Of two that speak of the same vault the later one counts."""
        found: dict[tuple[int, ...], Schedule] = {}
        for i, value in enumerate(self.array(document.get("schedule", []), "schedule")):
            here = ("schedule", i)
            table = self.table(value, *here)
            self.keys(table, ("region", "vault", "every", "takes", "succeeds", "plan"), *here, of="a schedule")
            for key in ("every", "takes"):
                if key not in table:
                    self.fail(f"a schedule needs to say {key!r}, in minutes", *here)
            region = (
                self.one_of(table["region"], names.regions, "Region of this account:", *here, "region")
                if ("region" in table)
                else None
            )
            wanted = self.string(table["vault"], *here, "vault") if "vault" in table else None
            plan = self.one_of(table.get("plan", PLANS[0]), PLANS, "plan", *here, "plan")
            covers = ENVIRONMENT.plan(plan).covers
            places = [
                (r, v)
                for r, vaults in enumerate(names.vaults)
                for v, name in enumerate(vaults)
                if region in (None, names.regions[r])
                and (name == wanted if wanted is not None else selects(covers, (r, v), BACKUP.place))
            ]
            if not places:
                known = dict.fromkeys(v for vaults in names.vaults for v in vaults)
                self.fail(unknown("vault", wanted, known), *here, "vault")
            for place in places:
                found[place] = Schedule(
                    place,
                    self.duration(table["every"], *here, "every"),
                    self.duration(table["takes"], *here, "takes"),
                    self.chance(table.get("succeeds", 1), *here, "succeeds"),
                    plan,
                )
        return tuple(found[place] for place in sorted(found))

    def _other(self, table: dict[str, Any], names: Names, number: int) -> Other:
        here = ("others", number)
        rules = {rule.action: rule for rule in lifecycle().rules if rule.by == "person"}
        for key in ("do", "every"):
            if key not in table:
                self.fail(f"what others do needs to say {key!r}", *here)
        do = self.string(table["do"], *here, "do")
        if do not in rules:
            self.fail(unknown("action", do, rules, show=len(rules)), *here, "do")
        rule = rules[do]
        places = ("region", "vault")[: len(rule.place)]
        inputs = [i for i in rule.inputs if i.kind == "parameter"]
        self.keys(table, ("do", "every", *places, *(i.name for i in inputs)), *here, of=do)
        for key in places:
            if key not in table:
                self.fail(f"{do} needs a {key}", *here, "do")
        said: dict[str, int] = {}
        for variable in inputs:
            if variable.name not in table:
                continue
            value = table[variable.name]
            if isinstance(variable, Enum):
                name = self.one_of(value, variable.values, f"value of {variable.name}:", *here, variable.name)
                said[variable.name] = variable.values.index(name)
            else:
                said[variable.name] = int(self.truth(value, *here, variable.name))
        place = names.numbers(*(table[key] for key in places))
        return Other(Request(do, place, said), self.duration(table["every"], *here, "every"))

    def _fleet(self, document: dict[str, Any]) -> Fleet | None:
        if "fleet" not in document:
            return None
        table = self._table(document, "fleet", ("vault", "points"))
        points = self.duration(table["points"], "fleet", "points") if "points" in table else None
        return Fleet(self.chance(table.get("vault", 1), "fleet", "vault"), points)
