"""Variables, atomic formulas about them, and effects that change them.

A variable is declared once, with the sorts that it is indexed by (each Region, each vault), and used with an index. Its
`kind` is *state*, *parameter* or *choice* (see `formula`).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Literal as Exactly
from typing import Self, TypeAlias

from backup_slr.engine.core.formula import TRUE, Formula, Index, Param, Sort, hashed_once

Kind: TypeAlias = Exactly["state", "parameter", "choice"]


@dataclass(frozen=True, repr=False)
class _Named:
    """The base class of variables: a name, the sorts that index it, and the index where it is used.

    `label` is its name in text (by default `name`), `owner` the participant of sequence diagrams that stores it.
    """

    name: str
    per: tuple[Sort, ...] = field(default=(), kw_only=True)
    kind: Kind = field(default="state", kw_only=True)
    at: tuple[Index, ...] = field(default=(), kw_only=True)
    label: str = field(default="", kw_only=True, compare=False)
    owner: str = field(default="", kw_only=True, compare=False)

    def __getitem__(self, index: Index | tuple[Index, ...]) -> Self:
        at = index if isinstance(index, tuple) else (index,)
        if tuple(i.sort for i in at) != self.per:
            raise TypeError(
                f"{self.name} is indexed by {[s.name for s in self.per]}, not by {[i.sort.name for i in at]}"
            )
        return replace(self, at=at)

    def __repr__(self) -> str:
        return f"{self.name}[{', '.join(map(repr, self.at))}]" if self.at else self.name


@hashed_once
@dataclass(frozen=True, repr=False)
class Flag(_Named, Formula):
    """A variable that is true or false, and also the formula that it is true.

    A flag of Regions or vaults is declared with `per` and used with an index: ``vault[r, v]``. `default` is the
    value of an input that a request omits; `reads` are the English phrases for true and for false; `words` name the
    value before it was ever true, while it is true, and after that.
    """

    default: bool = False
    reads: tuple[str, str] = field(default=("", ""), compare=False)
    words: tuple[str, str, str] = field(default=("off", "on", "off"), compare=False)

    def becomes(
        self,
        value: bool,
        *,
        clause: str,
        when: Formula = TRUE,
        each: tuple[Param, ...] = (),
        under: tuple[Reading, ...] = (),
    ) -> Effect:
        """The effect that sets it (see `Effect`)."""
        return Effect(self, int(value), clause, when, each, under)

    def change(self, after: bool) -> tuple[str, str]:
        """The words for its values before and after a change."""
        never, there, gone = self.words
        return (never, there) if after else (there, gone)


@hashed_once
@dataclass(frozen=True, repr=False)
class Enum(_Named):
    """A variable with a few named values; `is_` makes a formula.

    A state variable starts with the first value. An input that a request omits also has the first value, unless it is
    `required`.
    """

    values: tuple[str, ...]
    required: bool = False
    reads: tuple[str, ...] = field(default=(), compare=False)
    reads_not: tuple[str, ...] = field(default=(), compare=False)

    def is_(self, value: str) -> Formula:
        """The formula that it has this value."""
        return Is(self, self.values.index(value))

    def becomes(
        self,
        value: str,
        *,
        clause: str,
        when: Formula = TRUE,
        each: tuple[Param, ...] = (),
        under: tuple[Reading, ...] = (),
    ) -> Effect:
        """The effect that assigns this value (see `Effect`)."""
        return Effect(self, self.values.index(value), clause, when, each, under)


@hashed_once
@dataclass(frozen=True, repr=False)
class Count(_Named):
    """A variable that counts from zero. A scope may bound it; `has_room` is true below the bound."""

    reads: str = field(default="", compare=False)

    def is_zero(self) -> Formula:
        """The formula that the count is zero."""
        return AtMost(self, 0)

    def at_most(self, number: int) -> Formula:
        """The formula that the count is at most `number`."""
        return AtMost(self, number)

    def has_room(self) -> Formula:
        """The formula that the count is below its bound; always true without a bound."""
        return HasRoom(self)

    def increases(self, *, clause: str, when: Formula = TRUE) -> Effect:
        """The effect that adds one (see `Effect`)."""
        return Effect(self, 1, clause, when)

    def decreases(self, *, clause: str, when: Formula = TRUE) -> Effect:
        """The effect that subtracts one (see `Effect`)."""
        return Effect(self, -1, clause, when)


Variable: TypeAlias = Flag | Enum | Count


def label(variable: Variable) -> str:
    """The name of a variable in text."""
    return variable.label or variable.name.replace("_", " ")


def usual(variable: Variable) -> int:
    """The value of an input that a request omits or its action does not read."""
    return int(variable.default) if isinstance(variable, Flag) else 0


def numbers_of(variable: Flag | Enum) -> range:
    """The numbers of the values of a flag or an enumeration."""
    return range(len(variable.values) if isinstance(variable, Enum) else 2)


@hashed_once
@dataclass(frozen=True)
class Is(Formula):
    """An enumerated variable has the value with this number."""

    variable: Enum
    value: int


@hashed_once
@dataclass(frozen=True)
class AtMost(Formula):
    """A count is at most `number`."""

    variable: Count
    number: int


@dataclass(frozen=True)
class HasRoom(Formula):
    """A count is below its bound."""

    variable: Count


def unplaced(variable: Variable) -> Variable:
    """The variable as it is declared, without an index."""
    return replace(variable, at=()) if variable.at else variable


def variable_of(formula: Formula) -> Variable | None:
    """The variable of an atomic formula; None for every other kind of node."""
    match formula:
        case Flag():
            return formula
        case Is(variable, _) | AtMost(variable, _) | HasRoom(variable):
            return variable
        case _:
            return None


# ---------------------------------------------------------------- effects


@dataclass(frozen=True)
class Effect:
    """A change of one variable; a variable without an effect keeps its value (`under`: see `Reading`).

    All effects of a step read the old state. A flag or enumeration is set to `value`; a count changes by it. The effect
    happens where `when` holds; with `each`, for every value of those parameters. If two effects write the same
    variable, the later one in the rule wins. A count stays between zero and its bound: an effect that would leave that
    range does not happen.
    """

    variable: Variable
    value: int
    clause: str
    when: Formula = TRUE
    each: tuple[Param, ...] = ()
    under: tuple[Reading, ...] = ()

    @property
    def happens(self) -> Formula:
        """The condition under which it happens: `when`, and a count stays in its range."""
        if not isinstance(self.variable, Count):
            return self.when
        return self.when & (HasRoom(self.variable) if self.value > 0 else ~AtMost(self.variable, 0))


@dataclass(frozen=True)
class Reading:
    """One or more values of an assumption. A part of a rule with readings exists only where all of them apply."""

    assumption: str
    values: tuple[str, ...]
