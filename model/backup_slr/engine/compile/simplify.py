"""Simplification of formulas: fold literals, push negation to the leaves, use known facts.

`conj`, `disj` and `negate` build simplified formulas. `assume` rewrites a formula that is evaluated only where certain
facts hold.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from backup_slr.engine.core.formula import FALSE, TRUE, And, Every, Formula, Implies, Literal, Not, Or, Some
from backup_slr.engine.core.variable import AtMost, Count, Enum, Is


@lru_cache(maxsize=1 << 16)
def negate(formula: Formula) -> Formula:
    """The negation, pushed down to the leaves."""
    match formula:
        case Literal(value):
            return FALSE if value else TRUE
        case Not(body):
            return body
        case And(parts):
            return disj(negate(part) for part in parts)
        case Or(parts):
            return conj(negate(part) for part in parts)
        case Implies(premise, conclusion):
            return conj((premise, negate(conclusion)))
        case Every(over, body):
            return Some(over, negate(body))
        case Some(over, body):
            return Every(over, negate(body))
        case _:
            return Not(formula)


def conj(parts: Iterable[Formula]) -> Formula:
    """The conjunction: flat, each part once, and false if two parts contradict each other."""
    return _combine(And, parts)


def disj(parts: Iterable[Formula]) -> Formula:
    """The disjunction: flat, each part once, and true if two parts are opposites."""
    return _combine(Or, parts)


def _combine(kind: type[And] | type[Or], parts: Iterable[Formula]) -> Formula:
    neutral, absorbing = (TRUE, FALSE) if kind is And else (FALSE, TRUE)
    dual = Or if kind is And else And
    kept: dict[Formula, None] = {}
    for part in parts:
        for leaf in part.parts if isinstance(part, kind) else (part,):
            if isinstance(leaf, Literal):
                if leaf.value is absorbing.value:
                    return absorbing
            elif leaf not in kept:
                # The opposite of a part of the other kind is of this kind, so it was flattened above.
                if not isinstance(leaf, dual) and negate(leaf) in kept:
                    return absorbing
                kept[leaf] = None
    if len(kept) == 1:
        return next(iter(kept))
    return kind(tuple(kept)) if kept else neutral


@dataclass
class Facts:
    """Leaves that are known to be true, and their direct consequences.

    An enumeration has only one value, and a count that is at most 1 is also at most 2.
    """

    known: set[Formula]
    values: dict[Enum, int]
    highest: dict[Count, int]
    lowest: dict[Count, int]

    @classmethod
    def of(cls, formula: Formula) -> Facts:
        """The leaves of a conjunction; other parts of it are ignored."""
        facts = cls(set(), {}, {}, {})
        for leaf in formula.parts if isinstance(formula, And) else (formula,):
            facts.known.add(leaf)
            match leaf:
                case Is(variable, value):
                    facts.values[variable] = value
                case AtMost(count, number):
                    facts.highest[count] = min(number, facts.highest.get(count, number))
                case Not(AtMost(count, number)):
                    facts.lowest[count] = max(number + 1, facts.lowest.get(count, 0))
                case _:
                    pass
        return facts

    def decide(self, leaf: Formula) -> Formula:
        """True or false if the facts decide the leaf, else the leaf itself."""
        if leaf in self.known:
            return TRUE
        if negate(leaf) in self.known:
            return FALSE
        match leaf:
            case Is(variable, value) if variable in self.values:
                return Literal(self.values[variable] == value)
            case Not(Is(variable, value)) if variable in self.values:
                return Literal(self.values[variable] != value)
            case AtMost(count, number):
                return self._at_most(leaf, count, number)
            case Not(AtMost(count, number)):
                decided = self._at_most(leaf, count, number)
                return decided if decided is leaf else negate(decided)
            case _:
                return leaf

    def _at_most(self, leaf: Formula, count: Count, number: int) -> Formula:
        if self.highest.get(count, number + 1) <= number:
            return TRUE
        return FALSE if self.lowest.get(count, 0) > number else leaf


def assume(formula: Formula, facts: Facts) -> Formula:
    """Simplify a quantifier-free formula to one that is equivalent wherever the facts hold."""
    match formula:
        case And(parts):
            return conj(assume(part, facts) for part in parts)
        case Or(parts):
            return disj(assume(part, facts) for part in parts)
        case _:
            return facts.decide(formula)
