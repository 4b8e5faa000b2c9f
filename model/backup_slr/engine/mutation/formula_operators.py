"""Mutation operators on formulas: one small change each, or an input replaced by a constant."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TypeVar

from backup_slr.engine.core import formula as f
from backup_slr.engine.core.variable import AtMost, Enum, Flag, HasRoom, Is, Variable

V = TypeVar("V", bound=Variable)


def formula_mutants(formula: f.Formula) -> Iterator[tuple[str, f.Formula]]:
    """Generate the formulas with one change, each with a word for the change and its position.

    A part is negated, removed, or joined by the other connective; a quantifier is swapped; a value, a number, or a
    special element is replaced. The whole formula is not negated, which is a separate operator.

    >>> [word for word, _ in formula_mutants(Flag("wet") | Flag("cold"))]
    ['or-to-and', 'without-1', 'not-1', 'without-2', 'not-2']
    """
    match formula:
        case f.And(parts) | f.Or(parts):
            yield ("and-to-or", f.Or(parts)) if isinstance(formula, f.And) else ("or-to-and", f.And(parts))
            for number, part in enumerate(parts):
                rest = parts[:number] + parts[number + 1 :]
                yield f"without-{number + 1}", rest[0] if len(rest) == 1 else type(formula)(rest)
                for word, other in _part_mutants(part):
                    yield f"{word}-{number + 1}", type(formula)((*parts[:number], other, *parts[number + 1 :]))
        case f.Not(body):
            for word, other in formula_mutants(body):
                yield word, f.Not(other)
        case f.Implies(premise, conclusion):
            yield "without-premise", conclusion
            yield "converse", f.Implies(conclusion, premise)
            for word, other in _part_mutants(premise):
                yield f"{word}-premise", f.Implies(other, conclusion)
            for word, other in _part_mutants(conclusion):
                yield f"{word}-conclusion", f.Implies(premise, other)
        case f.Every(over, body) | f.Some(over, body):
            every = isinstance(formula, f.Every)
            yield ("every-to-some", f.Some(over, body)) if every else ("some-to-every", f.Every(over, body))
            for word, other in _part_mutants(body):
                yield f"{word}-within", type(formula)(over, other)
        case Is() | AtMost() | HasRoom():
            if isinstance(formula, Is):
                names = enumerate(formula.variable.values)
                yield from ((f"is-{name}", Is(formula.variable, n)) for n, name in names if n != formula.value)
            elif isinstance(formula, AtMost):
                yield f"at-most-{formula.number + 1}", AtMost(formula.variable, formula.number + 1)
            yield from ((word, replace(formula, variable=place)) for word, place in index_mutants(formula.variable))
        case Flag():
            yield from index_mutants(formula)
        case f.Same(param, element):
            for number, name in enumerate(element.sort.special):
                if number != element.index:
                    yield f"is-{name}", f.Same(param, f.Element(element.sort, number))
        case _:
            pass


def _part_mutants(part: f.Formula) -> Iterator[tuple[str, f.Formula]]:
    yield "not", part.body if isinstance(part, f.Not) else f.Not(part)
    yield from formula_mutants(part)


def index_mutants(variable: V) -> Iterator[tuple[str, V]]:
    """Generate the variable with one index replaced by another special element."""
    for number, index in enumerate(variable.at):
        for other, name in enumerate(index.sort.special):
            if index != f.Element(index.sort, other):
                at = (*variable.at[:number], f.Element(index.sort, other), *variable.at[number + 1 :])
                yield f"at-{name}", replace(variable, at=at)


def substituted(formula: f.Formula, variable: Flag | Enum, value: int) -> f.Formula:
    """Replace an input by the constant with this number."""

    def inner(part: f.Formula) -> f.Formula:
        return substituted(part, variable, value)

    match formula:
        case Flag(name=name) if name == variable.name:
            return f.Literal(bool(value))
        case Is(Enum(name=name), wanted) if name == variable.name:
            return f.Literal(value == wanted)
        case f.Not(body):
            return f.Not(inner(body))
        case f.And(parts) | f.Or(parts):
            return type(formula)(tuple(map(inner, parts)))
        case f.Implies(premise, conclusion):
            return f.Implies(inner(premise), inner(conclusion))
        case f.Every(over, body) | f.Some(over, body):
            return type(formula)(over, inner(body))
        case _:
            return formula
