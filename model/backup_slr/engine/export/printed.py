"""Formulas as text in another language: what the languages share.

A `Language` says how its connectives and variables are written. Everything that consists of parts is put in
parentheses, so that no rule of precedence of any language is relied on.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Protocol

from backup_slr.engine.core.formula import (
    After,
    And,
    Does,
    Ends,
    Every,
    Formula,
    Implies,
    Index,
    Literal,
    Not,
    Or,
    Param,
    Same,
    Some,
    Unchanged,
)
from backup_slr.engine.core.model import Model
from backup_slr.engine.core.variable import AtMost, Count, Effect, Flag, HasRoom, Is, Variable, usual

Text = str
LEFT_OUT = ("sometimes", "eventually", "possible")
"""The kinds of properties that no export has."""


def left_out(model: Model) -> Iterator[Text]:
    """What an export does not have of a model, if anything."""
    numbers = {kind: sum(p.kind == kind for p in model.properties) for kind in LEFT_OUT}
    several = ", ".join(f"{number} of kind '{kind}'" for kind, number in numbers.items() if number)
    if several:
        yield f"Left out, judged by 'backup-slr check' only: properties ({several}), and fairness"


class Language(Protocol):
    """How one language writes what formulas are made of."""

    def literal(self, value: bool) -> Text:
        """True or false."""
        ...

    def negation(self, body: Text) -> Text:
        """Not so."""
        ...

    def joined(self, parts: list[Text], both: bool) -> Text:
        """All of at least two parts, or one of them."""
        ...

    def quantified(self, formula: Every | Some, here: Printed) -> Text:
        """For all elements, or for some."""
        ...

    def has(self, variable: Variable) -> bool:
        """Whether it is written at all; an input that no rule reads is not, and always has its usual value."""
        ...

    def read(self, variable: Variable, here: Printed) -> Text:
        """What a variable holds, before or after the step."""
        ...

    def is_value(self, variable: Variable, value: int, held: Text) -> Text:
        """A flag or an enumeration, of which the text is given, has that value."""
        ...

    def at_most(self, held: Text, number: int) -> Text:
        """A count is that number or less."""
        ...

    def has_room(self, count: Count, held: Text) -> Text:
        """A count is below its bound."""
        ...

    def same(self, one: Text, other: Text) -> Text:
        """Two elements are one."""
        ...

    def element(self, index: Index) -> Text:
        """An element that is fixed."""
        ...

    def unchanged(self, names: tuple[str, ...], here: Printed) -> Text:
        """None of these variables has changed."""
        ...

    def does(self, actions: tuple[str, ...], at: list[Text]) -> Text:
        """The step is one of these actions, at this place."""
        ...

    def ends(self, how: tuple[str, ...]) -> Text:
        """The step ends in one of these ways."""
        ...


@dataclass(frozen=True)
class Printed:
    """Where a formula is printed: the language, what parameters are called, and whether after the step.

    `taken` are the names that mean something here, though another parameter of the same name may hide what.
    """

    language: Language
    called: Mapping[Param, Text] = field(default_factory=dict[Param, Text])
    after: bool = False
    taken: frozenset[Text] = frozenset()

    def __call__(self, formula: Formula) -> Text:
        """The text of a formula.

        Raises
        ------
        TypeError
            When it is of an unknown kind.
        """
        language = self.language
        match formula:
            case Literal(value):
                return language.literal(value)
            case Flag() if language.has(formula):
                return language.is_value(formula, 1, language.read(formula, self))
            case Flag():
                return language.literal(bool(usual(formula)))
            case Is(variable, value) if not language.has(variable):
                return language.literal(usual(variable) == value)
            case Is(variable, value):
                return language.is_value(variable, value, language.read(variable, self))
            case AtMost(variable, number):
                return language.at_most(language.read(variable, self), number)
            case HasRoom(variable):
                return language.has_room(variable, language.read(variable, self))
            case Same(param, element):
                return language.same(self.index(param), self.index(element))
            case Not(body):
                return language.negation(self(body))
            case And(parts):
                return self.all_of(map(self, parts))
            case Or(parts):
                return self.any_of(map(self, parts))
            case Implies(premise, conclusion):
                return self.any_of((language.negation(self(premise)), self(conclusion)))
            case Every() | Some():
                return language.quantified(formula, self)
            case After(body):
                return replace(self, after=True)(body)
            case Unchanged(names):
                return language.unchanged(names, self)
            case Does(actions, at):
                return language.does(actions, [self.index(index) for index in at])
            case Ends(how):
                return language.ends(how)
            case _:
                raise TypeError(f"{formula!r} cannot be exported")

    def all_of(self, parts: Iterable[Text]) -> Text:
        """All of some texts; those that say nothing are left out."""
        return self._joined(list(parts), both=True)

    def any_of(self, parts: Iterable[Text]) -> Text:
        """One of some texts."""
        return self._joined(list(parts), both=False)

    def _joined(self, parts: list[Text], both: bool) -> Text:
        kept = [part for part in dict.fromkeys(parts) if part != self.language.literal(both)]
        if len(kept) < 2:
            return kept[0] if kept else self.language.literal(both)
        return self.language.joined(kept, both)

    def index(self, index: Index) -> Text:
        """What an index is called."""
        return self.called[index] if isinstance(index, Param) and index in self.called else self.language.element(index)

    def at(self, called: Mapping[Param, Text]) -> Printed:
        """The same with more parameters named."""
        taken = self.taken.union(self.called.values(), called.values())
        return replace(self, called={**self.called, **called}, taken=taken)


def effects_on(model: Model, effects: tuple[Effect, ...]) -> dict[str, list[Effect]]:
    """Effects by the variable that they are on, in the order of the model; variables that none is on are left out."""
    found = {v.name: [e for e in effects if e.variable.name == v.name] for v in model.state}
    return {name: some for name, some in found.items() if some}
