"""Variables, what formulas say of them, and effects, which change them.

A variable is declared once, with what it is kept per (for each Region, each vault), and used with an index. Its
`kind` is *state*, *parameter* or *choice* (see `formula`).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Literal as Exactly
from typing import TypeAlias

from backup_slr.engine.core.formula import TRUE, Formula, Index, Param, Sort, hashed_once

Kind: TypeAlias = Exactly["state", "parameter", "choice"]


@hashed_once
@dataclass(frozen=True, repr=False)
class Flag(Formula):
    """A variable that is true or false, and at once the formula "it is true".

    A flag kept for each Region or vault is declared with `per` and used with an index: ``vault[r, v]``.
    `default` is the value of an input that a request does not mention; `reads` is how English puts "it is true"
    and "it is false"; `words` are the value before it was ever true, while it is, and after that. `label` is what
    people call the variable (else its name), `owner` the participant that keeps it in a sequence diagram.
    """

    name: str
    per: tuple[Sort, ...] = ()
    kind: Kind = "state"
    at: tuple[Index, ...] = ()
    default: bool = False
    reads: tuple[str, str] = field(default=("", ""), compare=False)
    words: tuple[str, str, str] = field(default=("off", "on", "off"), compare=False)
    label: str = field(default="", compare=False)
    owner: str = field(default="", compare=False)

    def __getitem__(self, index: Index | tuple[Index, ...]) -> Flag:
        return replace(self, at=_checked(self.name, self.per, index))

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

    def __repr__(self) -> str:
        return _name(self.name, self.at)


@hashed_once
@dataclass(frozen=True, repr=False)
class Enum:
    """A variable with a few named values; say `is_` to get a formula.

    State starts with the first value, and an input that a request does not mention has it, unless it is `required`.
    """

    name: str
    values: tuple[str, ...]
    per: tuple[Sort, ...] = ()
    kind: Kind = "state"
    at: tuple[Index, ...] = ()
    required: bool = False
    reads: tuple[str, ...] = field(default=(), compare=False)
    reads_not: tuple[str, ...] = field(default=(), compare=False)
    label: str = field(default="", compare=False)
    owner: str = field(default="", compare=False)

    def __getitem__(self, index: Index | tuple[Index, ...]) -> Enum:
        return replace(self, at=_checked(self.name, self.per, index))

    def is_(self, value: str) -> Formula:
        """It has that value."""
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
        """The effect that gives it that value (see `Effect`)."""
        return Effect(self, self.values.index(value), clause, when, each, under)

    def __repr__(self) -> str:
        return _name(self.name, self.at)


@hashed_once
@dataclass(frozen=True, repr=False)
class Count:
    """A variable that counts from zero. A scope may bound it; `has_room` asks whether one more fits."""

    name: str
    per: tuple[Sort, ...] = ()
    kind: Kind = "state"
    at: tuple[Index, ...] = ()
    reads: str = field(default="", compare=False)
    label: str = field(default="", compare=False)
    owner: str = field(default="", compare=False)

    def __getitem__(self, index: Index | tuple[Index, ...]) -> Count:
        return replace(self, at=_checked(self.name, self.per, index))

    def is_zero(self) -> Formula:
        """There is none."""
        return AtMost(self, 0)

    def at_most(self, number: int) -> Formula:
        """It is `number` or less."""
        return AtMost(self, number)

    def has_room(self) -> Formula:
        """One more fits within the bound of the scope; always true without a bound."""
        return HasRoom(self)

    def increases(self, *, clause: str, when: Formula = TRUE) -> Effect:
        """The effect that adds one (see `Effect`)."""
        return Effect(self, 1, clause, when)

    def decreases(self, *, clause: str, when: Formula = TRUE) -> Effect:
        """The effect that takes one away (see `Effect`)."""
        return Effect(self, -1, clause, when)

    def __repr__(self) -> str:
        return _name(self.name, self.at)


Variable: TypeAlias = Flag | Enum | Count


def label(variable: Variable) -> str:
    """What people call a variable."""
    return variable.label or variable.name.replace("_", " ")


def usual(variable: Variable) -> int:
    """The value of an input that a request does not mention, or that its action does not read."""
    return int(variable.default) if isinstance(variable, Flag) else 0


def _checked(name: str, per: tuple[Sort, ...], index: Index | tuple[Index, ...]) -> tuple[Index, ...]:
    at = index if isinstance(index, tuple) else (index,)
    if tuple(i.sort for i in at) != per:
        raise TypeError(f"{name} is kept per {[s.name for s in per]}, not per {[i.sort.name for i in at]}")
    return at


def _name(name: str, at: tuple[Index, ...]) -> str:
    return f"{name}[{', '.join(map(repr, at))}]" if at else name


@hashed_once
@dataclass(frozen=True)
class Is(Formula):
    """An enumerated variable has the value with this number."""

    variable: Enum
    value: int


@hashed_once
@dataclass(frozen=True)
class AtMost(Formula):
    """A count is `number` or less."""

    variable: Count
    number: int


@dataclass(frozen=True)
class HasRoom(Formula):
    """A count is below its bound, so that one more fits."""

    variable: Count


def unplaced(variable: Variable) -> Variable:
    """The variable as it is declared, without an index."""
    return replace(variable, at=()) if variable.at else variable


def variable_of(formula: Formula) -> Variable | None:
    """The variable that a node speaks of by itself; None for every other kind of node."""
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
    """What a step changes; whatever no effect lists stays as it is (`under`: see `Reading`).

    All effects of a step read the old state. A flag or enumeration takes `value`; a count changes by it. The
    effect happens where `when` holds; with `each`, at every element of those parameters. Where two effects
    meet in one variable, the later one in the rule wins. A count stays between zero and its bound: an effect that
    would take it further does not happen.
    """

    variable: Variable
    value: int
    clause: str
    when: Formula = TRUE
    each: tuple[Param, ...] = ()
    under: tuple[Reading, ...] = ()

    @property
    def happens(self) -> Formula:
        """Where it happens: where `when` holds, and where a count would not leave its range."""
        if not isinstance(self.variable, Count):
            return self.when
        return self.when & (HasRoom(self.variable) if self.value > 0 else ~AtMost(self.variable, 0))


@dataclass(frozen=True)
class Reading:
    """One or more values of an assumption. The part of a rule that carries readings exists only under all of them."""

    assumption: str
    values: tuple[str, ...]
