"""Formulas as text of TLA+, and what things are called there."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from backup_slr.core.formula import Every, Index, Param, Some, Sort
from backup_slr.core.rule import Model
from backup_slr.core.variable import Count, Enum, Variable
from backup_slr.export.printed import Printed, Text

OUTCOMES = ("done", "refused", "failed")
INPUTS = Param("", Sort(""))
"""Under this name `Printed.called` tells where inputs are read from: a property reads them from the last step."""


def set_name(sort: Sort) -> Text:
    """What the set of all elements of a sort is called: ``Region``."""
    return sort.name.capitalize()


def special_name(sort: Sort, index: int) -> Text:
    """What a special element is called, as an identifier: ``AwsEfsAutomaticBackupVault``."""
    return "".join(word[0].upper() + word[1:] for word in re.findall(r"[A-Za-z0-9]+", sort.special[index]))


def bound_name(count: Count) -> Text:
    """What the bound of a count is called: ``MostPoints``."""
    return f"Most{count.name.capitalize()}"


def at_text(indices: list[Text]) -> Text:
    """A place, as a function is applied to it."""
    return f"[{', '.join(indices)}]" if indices else ""


def tuple_text(parts: list[Text]) -> Text:
    """A tuple."""
    return f"<<{', '.join(parts)}>>"


def set_text(names: Iterable[str]) -> Text:
    """A set of strings."""
    return "{" + ", ".join(f'"{name}"' for name in names) + "}"


@dataclass(frozen=True)
class Tla:
    """TLA+ as a language of formulas (`printed.Language`), of one model."""

    model: Model

    def literal(self, value: bool) -> Text:
        return "TRUE" if value else "FALSE"

    def negation(self, body: Text) -> Text:
        return f"~({body})" if body.startswith("~") else f"~{body}"  # two in a row are an operator of their own

    def joined(self, parts: list[Text], both: bool) -> Text:
        sign = " /\\ " if both else " \\/ "
        return f"({sign.join(parts)})"

    def quantified(self, formula: Every | Some, here: Printed) -> Text:
        called = {param: self._fresh(param, here) for param in formula.over}
        sign = "\\A" if isinstance(formula, Every) else "\\E"
        over = ", ".join(f"{name} \\in {set_name(param.sort)}" for param, name in called.items())
        return f"({sign} {over} : {here.at(called)(formula.body)})"

    def _fresh(self, param: Param, here: Printed) -> Text:
        """A name for what is bound: TLA+ forbids to bind a name twice."""
        taken, number = set(here.called.values()), 1
        while f"{param.name}{number}" in taken:
            number += 1
        return f"{param.name}{number}"

    def read(self, variable: Variable, here: Printed) -> Text:
        if variable.kind != "state":
            return here.called.get(INPUTS, "") + variable.name
        prime = "'" if here.after else ""
        return f"{variable.name}{prime}{at_text([here.index(i) for i in variable.at])}"

    def is_value(self, variable: Variable, value: int, held: Text) -> Text:
        if isinstance(variable, Enum):
            return f'({held} = "{variable.values[value]}")'
        return held if value else self.negation(held)

    def at_most(self, held: Text, number: int) -> Text:
        return f"({held} <= {number})"

    def has_room(self, count: Count, held: Text) -> Text:
        return f"({held} < {bound_name(count)})"

    def same(self, one: Text, other: Text) -> Text:
        return f"({one} = {other})"

    def element(self, index: Index) -> Text:
        if isinstance(index, Param):
            raise TypeError(f"{index!r} stands for nothing here")
        return special_name(index.sort, index.index)

    def unchanged(self, names: tuple[str, ...], here: Printed) -> Text:
        kept = [v.name for v in self.model.state if v.name in names]
        return f"(UNCHANGED {tuple_text(kept)})" if kept else "TRUE"

    def does(self, actions: tuple[str, ...], at: list[Text]) -> Text:
        able = [r.action for r in self.model.rules if r.action in actions and len(at) <= len(r.place)]
        if not able:
            return "FALSE"
        places = [f"(step'.place[{number}] = {index})" for number, index in enumerate(at, 1)]
        return Printed(self).all_of([f"(step'.action \\in {set_text(able)})", *places])

    def ends(self, how: tuple[str, ...]) -> Text:
        return Printed(self).any_of(f'(step\'.ends[{1 if h in OUTCOMES else 2}] = "{h}")' for h in how)
