"""The expression tree that every rule, property and question is written in.

A formula is data: frozen, comparable, with no meaning of its own. Interpreters give it meaning: `interpret`
walks it node by node, `emit` prints it as Python source, `ground` spells out its quantifiers, `report.english`
prints it as words. The set of node types is closed, so that each interpreter can handle all of them:

=================  ==============================================================================
about a state      `Flag`, `Is`, `AtMost`, `HasRoom` (these live in `variable`), `Same`
connectives        `Literal`, `Not`, `And`, `Or`, `Implies`, `Every`, `Some`
about a step       `After`, `Unchanged`, `Does`, `Ends` (only properties use these)
=================  ==============================================================================

Three kinds of names occur: *state* (what the account remembers), *parameter* (what a request says of itself) and
*choice* (what the environment settles anew in each step: the page's "might").

Formulas are combined with ``&``, ``|``, ``~`` and `Formula.implies`. A formula has no truth value of its own, so
``if formula``, ``not formula`` and ``and``/``or`` are errors at once rather than silently wrong:

>>> from backup_slr.engine.core.variable import Flag
>>> busy, empty = Flag("busy"), Flag("empty")
>>> ~busy & empty
And(parts=(Not(body=busy), empty))
>>> not busy
Traceback (most recent call last):
    ...
TypeError: a formula has no truth value: write & | ~ for and, or, not
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, NoReturn, TypeAlias, TypeVar

T = TypeVar("T", bound=type)


def hashed_once(kind: T) -> T:
    """Have the instances of a frozen dataclass keep their hash: formulas are looked up far more often than made.

    It is left out where an instance is pickled, since another process hashes differently.
    """
    compute: Callable[[Any], int] = kind.__hash__  # type: ignore[assignment]

    def keeping(self: Any) -> int:
        kept: int | None = self.__dict__.get("_hash")
        if kept is None:
            kept = self.__dict__["_hash"] = compute(self)
        return kept

    def state(self: Any) -> dict[str, Any]:
        return {name: value for name, value in self.__dict__.items() if name != "_hash"}

    setattr(kind, "__hash__", keeping)  # noqa: B010
    setattr(kind, "__getstate__", state)  # noqa: B010
    return kind


# ---------------------------------------------------------------- what things are counted over


@hashed_once
@dataclass(frozen=True)
class Sort:
    """A finite set of interchangeable things, such as the Regions of an account; a scope says how many.

    `special` names elements that rules single out, in order: the first is element 0. People call one element `label`
    (else the name of the sort); it lies in a thing that they call `inside`, if in any.
    """

    name: str
    special: tuple[str, ...] = ()
    label: str = field(default="", compare=False)
    inside: str = field(default="", compare=False)

    @property
    def noun(self) -> str:
        """What people call one element."""
        return self.label or self.name

    def element(self, name: str) -> Element:
        """The special element called `name`."""
        return Element(self, self.special.index(name))


@hashed_once
@dataclass(frozen=True)
class Element:
    """One fixed element of a sort."""

    sort: Sort
    index: int

    def __repr__(self) -> str:
        return self.sort.special[self.index] if self.index < len(self.sort.special) else f"#{self.index}"


@hashed_once
@dataclass(frozen=True)
class Param:
    """A name that stands for some element of a sort: the place of an action, or what a quantifier ranges over."""

    name: str
    sort: Sort

    def is_(self, element: Element) -> Formula:
        """This is that very element."""
        return Same(self, element)

    def __repr__(self) -> str:
        return self.name


Index: TypeAlias = Param | Element


# ---------------------------------------------------------------- formulas


class Formula:
    """Common behaviour of all nodes: the connectives, and the refusal to be a truth value."""

    __slots__ = ()

    def __and__(self, other: Formula) -> Formula:
        return _joined(And, self, other)

    def __or__(self, other: Formula) -> Formula:
        return _joined(Or, self, other)

    def __invert__(self) -> Formula:
        return Not(self)

    def implies(self, other: Formula) -> Formula:
        """Where this holds, so does `other`."""
        return Implies(self, other)

    def __bool__(self) -> NoReturn:
        raise TypeError("a formula has no truth value: write & | ~ for and, or, not")


def _joined(kind: type[And] | type[Or], *formulas: Formula) -> Formula:
    """Flat, and without the literal that says nothing, so that a table reads as it was written."""
    parts: list[Formula] = []
    for formula in formulas:
        if isinstance(formula, kind):
            parts += formula.parts
        elif formula != Literal(kind is And):
            parts.append(formula)
    return parts[0] if len(parts) == 1 else kind(tuple(parts))


@dataclass(frozen=True)
class Literal(Formula):
    """True or false, whatever the state."""

    value: bool


TRUE, FALSE = Literal(True), Literal(False)


@hashed_once
@dataclass(frozen=True)
class Not(Formula):
    body: Formula


@hashed_once
@dataclass(frozen=True)
class And(Formula):
    parts: tuple[Formula, ...]


@hashed_once
@dataclass(frozen=True)
class Or(Formula):
    parts: tuple[Formula, ...]


@hashed_once
@dataclass(frozen=True)
class Implies(Formula):
    premise: Formula
    conclusion: Formula


@hashed_once
@dataclass(frozen=True)
class Every(Formula):
    """The body holds for all elements that the parameters can stand for."""

    over: tuple[Param, ...]
    body: Formula


@hashed_once
@dataclass(frozen=True)
class Some(Formula):
    """The body holds for at least one choice of elements."""

    over: tuple[Param, ...]
    body: Formula


@dataclass(frozen=True)
class Same(Formula):
    """A parameter stands for this element."""

    param: Param
    element: Element


# ---------------------------------------------------------------- what properties say of a step


@dataclass(frozen=True)
class After(Formula):
    """The body, read in the state after the step."""

    body: Formula


@dataclass(frozen=True)
class Unchanged(Formula):
    """None of these variables has changed, anywhere."""

    names: tuple[str, ...]


@dataclass(frozen=True)
class Does(Formula):
    """The step is one of these actions; with `at`, at this very place."""

    actions: tuple[str, ...]
    at: tuple[Index, ...] = ()


@dataclass(frozen=True)
class Ends(Formula):
    """The step ends this way: an outcome (``done``, ``refused``, ``failed``) or the id of a refusal."""

    how: tuple[str, ...]


# ---------------------------------------------------------------- traversal


def children(formula: Formula) -> tuple[Formula, ...]:
    """The formulas directly below a node, from left to right."""
    match formula:
        case Not(body) | After(body) | Every(_, body) | Some(_, body):
            return (body,)
        case And(parts) | Or(parts):
            return parts
        case Implies(premise, conclusion):
            return premise, conclusion
        case _:
            return ()


def walk(formula: Formula) -> Iterator[Formula]:
    """A formula and everything below it, each node before its children."""
    yield formula
    for child in children(formula):
        yield from walk(child)
