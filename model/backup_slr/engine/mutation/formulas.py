"""Every formula that is one small change away from a given one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TypeVar

from backup_slr.engine.core.formula import (
    And,
    Element,
    Every,
    Formula,
    Implies,
    Index,
    Not,
    Or,
    Same,
    Some,
)
from backup_slr.engine.core.variable import AtMost, Flag, HasRoom, Is, Variable

V = TypeVar("V", bound=Variable)


def changed(formula: Formula) -> Iterator[tuple[str, Formula]]:
    """The formulas with one change, each with a word for the change that names where it is made.

    A part is negated, left out, or joined the other way round; a quantifier is swapped; a value, a number, or an
    element that is singled out becomes another. The formula as a whole is not negated: that is a change of its own.

    >>> from backup_slr.lifecycle.vocabulary import cross_account, permitted
    >>> [word for word, _ in changed(cross_account | permitted)]
    ['or-to-and', 'without-1', 'not-1', 'without-2', 'not-2']
    """
    match formula:
        case And(parts) | Or(parts):
            yield ("and-to-or", Or(parts)) if isinstance(formula, And) else ("or-to-and", And(parts))
            for number, part in enumerate(parts):
                rest = parts[:number] + parts[number + 1 :]
                yield f"without-{number + 1}", rest[0] if len(rest) == 1 else type(formula)(rest)
                for word, other in _within(part):
                    yield f"{word}-{number + 1}", type(formula)((*parts[:number], other, *parts[number + 1 :]))
        case Not(body):
            for word, other in changed(body):
                yield word, Not(other)
        case Implies(premise, conclusion):
            yield "without-premise", conclusion
            yield "converse", Implies(conclusion, premise)
            for word, other in _within(premise):
                yield f"{word}-premise", Implies(other, conclusion)
            for word, other in _within(conclusion):
                yield f"{word}-conclusion", Implies(premise, other)
        case Every(over, body):
            yield "every-to-some", Some(over, body)
            for word, other in _within(body):
                yield f"{word}-within", Every(over, other)
        case Some(over, body):
            yield "some-to-every", Every(over, body)
            for word, other in _within(body):
                yield f"{word}-within", Some(over, other)
        case Is(variable, value):
            for other in range(len(variable.values)):
                if other != value:
                    yield f"is-{variable.values[other]}", Is(variable, other)
            yield from ((word, Is(place, value)) for word, place in elsewhere(variable))
        case AtMost(variable, number):
            yield f"at-most-{number + 1}", AtMost(variable, number + 1)
            yield from ((word, AtMost(place, number)) for word, place in elsewhere(variable))
        case HasRoom(variable):
            yield from ((word, HasRoom(place)) for word, place in elsewhere(variable))
        case Flag():
            yield from elsewhere(formula)
        case Same(param, element):
            for number, name in enumerate(element.sort.special):
                if number != element.index:
                    yield f"is-{name}", Same(param, Element(element.sort, number))
        case _:
            pass


def _within(part: Formula) -> Iterator[tuple[str, Formula]]:
    yield "not", part.body if isinstance(part, Not) else Not(part)
    yield from changed(part)


def elsewhere(variable: V) -> Iterator[tuple[str, V]]:
    """The variable at another element wherever one that rules single out stands, or at such a one instead."""
    for number, index in enumerate(variable.at):
        for other, name in enumerate(index.sort.special):
            if index != Element(index.sort, other):
                at: tuple[Index, ...] = (*variable.at[:number], Element(index.sort, other), *variable.at[number + 1 :])
                yield f"at-{name}", replace(variable, at=at)
