"""What a formula wants: the values of single variables that would make a false part of it true."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from backup_slr.engine.compile.interpreter import Situation, holds
from backup_slr.engine.compile.layout import Layout
from backup_slr.engine.core.formula import And, Element, Every, Formula, Implies, Not, Or, Param, Some
from backup_slr.engine.core.rule import Rule
from backup_slr.engine.core.scope import State
from backup_slr.engine.core.variable import AtMost, Count, Flag, Is, Variable
from backup_slr.engine.spec.lifecycle import Goal
from backup_slr.report.unblock import helps

Spot = tuple[int, ...]
"""A place by the numbers of its elements."""


@dataclass(frozen=True)
class Want:
    """A variable at a place is to have a value (or, if `wanted` is false, another one); for a count: at most it."""

    variable: Variable
    place: Spot
    value: int
    wanted: bool

    @classmethod
    def of(cls, goal: Goal) -> Want:
        """That the goal is reached."""
        return cls(goal.variable, (), goal.number("gone"), True)

    def met(self, layout: Layout, state: State) -> bool:
        """Whether it holds in a state."""
        return self.accepts(state[layout.cell(self.variable.name, self.place)])

    def accepts(self, value: int) -> bool:
        """Whether it holds if this is the value of the variable at the place."""
        return (value <= self.value if isinstance(self.variable, Count) else value == self.value) == self.wanted

    def undoes(self, other: Want) -> bool:
        """Whether it is the other one, or its opposite for a count: more of what is to be less."""
        same = (self.variable, self.place) == (other.variable, other.place)
        return self == other or (same and isinstance(self.variable, Count) and self.wanted != other.wanted)

    @property
    def adds(self) -> bool:
        """Whether it is about something that is to exist."""
        return isinstance(self.variable, Flag) and self.wanted


def wants(formula: Formula, here: Situation, wanted: bool = True) -> Iterator[list[Want]]:
    """Yield for each part that must change the wants of which one is enough; nothing if no variable can change it."""
    if holds(formula, here) == wanted:
        return
    match formula:
        case Flag(kind="state"):
            yield [Want(formula, tuple(map(here.index, formula.at)), 1, wanted)]
        case Is(variable, value) if variable.kind == "state":
            yield [Want(variable, tuple(map(here.index, variable.at)), value, wanted)]
        case AtMost(variable, number):
            yield [Want(variable, tuple(map(here.index, variable.at)), number, wanted)]
        case Not(body):
            yield from wants(body, here, not wanted)
        case And(parts) | Or(parts):
            found = (wants(part, here, wanted) for part in parts)
            yield from _joined(found, isinstance(formula, And) == wanted)
        case Implies(premise, conclusion):
            found = iter((wants(premise, here, not wanted), wants(conclusion, here, wanted)))
            yield from _joined(found, not wanted)
        case Every(over, body) | Some(over, body):
            found = (wants(body, here.at(place), wanted) for place in here.layout.scope.places(over))
            yield from _joined(found, isinstance(formula, Every) == wanted)
        case _:
            pass


def _joined(parts: Iterator[Iterator[list[Want]]], every: bool) -> Iterator[list[Want]]:
    """All parts are needed, or any one of them."""
    if every:
        for part in parts:
            yield from part
    else:
        any_of = [want for part in parts for choices in part for want in choices]
        if any_of:
            yield any_of


def ways(rules: tuple[Rule, ...], want: Want) -> Iterator[tuple[Rule, Spot]]:
    """Yield the actions that can bring what is wanted, with their places: requests first, then what time brings."""
    for rule in sorted(rules, key=lambda rule: rule.by != "person"):
        for effect in rule.effects:
            if helps(effect, want.variable, want.value, want.wanted):
                pairs = list(zip(effect.variable.at, want.place, strict=True))
                bound = {index: number for index, number in pairs if isinstance(index, Param)}
                fixed = all(index.index == number for index, number in pairs if isinstance(index, Element))
                if fixed and all(param in bound for param in rule.place):
                    yield rule, tuple(bound[param] for param in rule.place)
                    break
