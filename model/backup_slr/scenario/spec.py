"""The contents of a scenario file as plain data: the initial account, steps with expectations, and the end."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from backup_slr.engine.spec.lifecycle import Lifecycle

if TYPE_CHECKING:
    from backup_slr.engine.serialize.validation import Path

WAIT = "wait"
"""The only step of a scenario that is not an action of the model: it advances the clock."""


@dataclass(frozen=True)
class EntrySpec:
    """One element of an inner sort, by the names of its place, with the variables in the file."""

    place: tuple[str, ...]
    values: Mapping[str, int] = field(default_factory=dict[str, int])


@dataclass(frozen=True)
class AccountSpec:
    """[account] or [finally]: only the values in the file.

    `values` are the variables without a place, `lists` the elements for which a flag is on, `tables` the elements of
    an inner sort, `elements` further names of the outermost sort.
    """

    values: Mapping[str, int] = field(default_factory=dict[str, int])
    lists: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    tables: Mapping[str, tuple[EntrySpec, ...]] = field(default_factory=dict[str, tuple[EntrySpec, ...]])
    elements: tuple[str, ...] = ()
    paths: tuple[tuple[tuple[str, ...], Path], ...] = field(default=(), compare=False)
    """Every place that is named, with its path in the file."""

    def places(self) -> Iterator[tuple[str, ...]]:
        """Every place in the account."""
        yield from ((name,) for name in self.elements)
        yield from (place for place, _ in self.paths)


@dataclass(frozen=True)
class StepSpec:
    """One [[step]]: a request (repeated `times`), and its expected outcome.

    `inputs` maps the names of the parameters and choices in the file to their values.
    """

    do: str
    place: tuple[str, ...] = ()
    inputs: Mapping[str, int] = field(default_factory=dict[str, int])
    minutes: float = 0
    times: int = 1
    expect: str | None = None
    because: str | None = None
    note: str = ""

    @property
    def checks(self) -> bool:
        """The file states an expectation."""
        return self.expect is not None or self.because is not None

    def expects(self, outcome: str, because: str | None) -> bool:
        """Return whether this outcome with this refusal is expected."""
        return self.expect in (None, outcome) and self.because in (None, because)


@dataclass(frozen=True)
class CounterexampleSpec:
    """[counterexample]: the property that the steps of a broken model violate, and the scope to check it in."""

    property: str
    scope: Mapping[str, int]


@dataclass(frozen=True)
class Scenario:
    """A whole file, and the lifecycle for which it was read.

    `without` are pairs of an action and a removed part of its rule.
    """

    file: str
    title: str
    clauses: tuple[str, ...]
    story: str
    assume: Mapping[str, str]
    account: AccountSpec
    steps: tuple[StepSpec, ...]
    finally_: AccountSpec | None
    lifecycle: Lifecycle = field(compare=False, repr=False)
    without: tuple[tuple[str, str], ...] = ()
    counterexample: CounterexampleSpec | None = None
