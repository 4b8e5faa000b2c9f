"""What a scenario file says, as plain data: an account to start with, steps with expectations, what holds then."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

WAIT = "wait"
"""The one thing a scenario can do that is no action of the model: it advances the clock."""


@dataclass(frozen=True)
class VaultSaid:
    """A vault as [account] or [finally] speaks of it; None: not said."""

    region: str
    name: str
    points: int | None = None
    job: bool | None = None


@dataclass(frozen=True)
class AccountSaid:
    """What [account] or [finally] says; None: not said."""

    role: str | None = None
    description: str | None = None
    cross_account: bool | None = None
    efs_automatic_backup: tuple[str, ...] | None = None
    vaults: tuple[VaultSaid, ...] | None = None
    regions: tuple[str, ...] = ()


@dataclass(frozen=True)
class StepSaid:
    """One [[step]]: what is done (`times` over), and what is expected of it.

    `inputs` maps names of parameters and choices to what the file says, for those that it mentions.
    """

    do: str
    region: str | None = None
    vault: str | None = None
    inputs: Mapping[str, str | bool] = field(default_factory=dict[str, "str | bool"])
    minutes: float = 0
    times: int = 1
    expect: str | None = None
    because: str | None = None
    note: str = ""


@dataclass(frozen=True)
class CounterexampleSaid:
    """[counterexample]: the property that the steps of a broken model violate, and the scope to find that in."""

    property: str
    regions: int = 1
    vaults: int = 2
    points: int = 1


@dataclass(frozen=True)
class Scenario:
    """A whole file. `without` are pairs of an action and a part of its rule that is left out."""

    file: str
    title: str
    clauses: tuple[str, ...]
    story: str
    assume: Mapping[str, str]
    account: AccountSaid
    steps: tuple[StepSaid, ...]
    finally_: AccountSaid | None
    without: tuple[tuple[str, str], ...] = ()
    counterexample: CounterexampleSaid | None = None
