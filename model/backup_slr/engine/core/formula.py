"""The expression tree that every rule, property and question is written in.

A formula is data: frozen, comparable, and without meaning of its own. Interpreters define its meaning:
`compile.interpreter` evaluates it node by node, `compile.codegen` prints it as Python source, `compile.grounding`
expands its quantifiers, `report.english` prints it as words. The set of node types is closed, so each interpreter can
handle all of them:

=================  ==============================================================================
about a state      `Flag`, `Is`, `AtMost`, `HasRoom` (defined in `variable`), `Same`
connectives        `Literal`, `Not`, `And`, `Or`, `Implies`, `Every`, `Some`
about a step       `After`, `Unchanged`, `Does`, `Ends` (only properties use these)
=================  ==============================================================================

A variable is of one of three kinds: *state* (part of the account), *parameter* (an input that a request supplies) or
*choice* (an input that the environment chooses in each step: the "might" of the page).

Formulas are combined with ``&``, ``|``, ``~`` and `Formula.implies`. A formula has no truth value, so
``if formula``, ``not formula`` and ``and``/``or`` raise an error instead of being silently wrong:

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

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NoReturn, TypeAlias, TypeVar

T = TypeVar("T", bound=type)


def hashed_once(kind: T) -> T:
    """Make the instances of a frozen dataclass cache their hash: formulas are looked up far more often than created.

    Pickling drops the cached hash, since another process hashes differently.
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


# ---------------------------------------------------------------- sorts, elements, parameters


@hashed_once
@dataclass(frozen=True)
class Sort:
    """A finite set of interchangeable elements, such as the Regions of an account; a scope fixes its size.

    `special` names the elements that rules refer to; the first is element 0. `label` is the noun for one element (by
    default the name of the sort), `inside` the noun for the container of an element, if it has one.
    """

    name: str
    special: tuple[str, ...] = ()
    label: str = field(default="", compare=False)
    inside: str = field(default="", compare=False)

    @property
    def noun(self) -> str:
        """The noun for one element."""
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
    """A name for an element of a sort: a part of the place of an action, or bound by a quantifier."""

    name: str
    sort: Sort

    def is_(self, element: Element) -> Formula:
        """The formula that this parameter names an element."""
        return Same(self, element)

    def __repr__(self) -> str:
        return self.name


Index: TypeAlias = Param | Element


def elements_at(over: Sequence[Param], place: Sequence[int]) -> dict[Param, Element]:
    """The elements that parameters stand for at a place, which has their numbers."""
    return {param: Element(param.sort, number) for param, number in zip(over, place, strict=True)}


# ---------------------------------------------------------------- formulas


class Formula:
    """The base class of all nodes, with the connectives; it has no truth value."""

    __slots__ = ()

    def __and__(self, other: Formula) -> Formula:
        return _joined(And, self, other)

    def __or__(self, other: Formula) -> Formula:
        return _joined(Or, self, other)

    def __invert__(self) -> Formula:
        return Not(self)

    def implies(self, other: Formula) -> Formula:
        """The implication from this formula to `other`."""
        return Implies(self, other)

    def __bool__(self) -> NoReturn:
        raise TypeError("a formula has no truth value: write & | ~ for and, or, not")


def _joined(kind: type[And] | type[Or], *formulas: Formula) -> Formula:
    """Join formulas: flat and without the neutral literal, so that rules stay as they were written."""
    parts: list[Formula] = []
    for formula in formulas:
        if isinstance(formula, kind):
            parts += formula.parts
        elif formula != Literal(kind is And):
            parts.append(formula)
    return parts[0] if len(parts) == 1 else kind(tuple(parts))


@dataclass(frozen=True)
class Literal(Formula):
    """True or false in every state."""

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
    """The body holds for all values of the parameters."""

    over: tuple[Param, ...]
    body: Formula


@hashed_once
@dataclass(frozen=True)
class Some(Formula):
    """The body holds for at least one value of the parameters."""

    over: tuple[Param, ...]
    body: Formula


@dataclass(frozen=True)
class Same(Formula):
    """The parameter names this element."""

    param: Param
    element: Element


# ---------------------------------------------------------------- formulas about a step (only properties use them)


@dataclass(frozen=True)
class After(Formula):
    """The body, evaluated in the state after the step."""

    body: Formula


@dataclass(frozen=True)
class Unchanged(Formula):
    """The step changes none of these variables, at any place."""

    names: tuple[str, ...]


@dataclass(frozen=True)
class Does(Formula):
    """The step is one of these actions; with `at`, at this place."""

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


def signed_children(formula: Formula, wanted: bool) -> Iterator[tuple[Formula, bool]]:
    """The formulas directly below a node, each with the value of it that helps the node to the wanted one.

    >>> list(signed_children(Implies(TRUE, FALSE), True))
    [(Literal(value=True), False), (Literal(value=False), True)]
    """
    for number, child in enumerate(children(formula)):
        negated = isinstance(formula, Not) or (isinstance(formula, Implies) and number == 0)
        yield child, wanted != negated


def walk(formula: Formula) -> Iterator[Formula]:
    """A formula and everything below it, each node before its children."""
    yield formula
    for child in children(formula):
        yield from walk(child)
