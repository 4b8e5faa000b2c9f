"""Formulas as text of TLA+, and what things are called there."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from backup_slr.engine.core.formula import Every, Index, Param, Some, Sort
from backup_slr.engine.core.model import Model
from backup_slr.engine.core.variable import Count, Enum, Variable
from backup_slr.engine.export.printed import Printed, Text
from backup_slr.engine.export.tla_names import Names

OUTCOMES = ("done", "refused", "failed")
INPUTS = Param("", Sort(""))
"""Under this name `Printed.called` tells where inputs are read from: a property reads them from the last step."""


def at_text(indices: list[Text]) -> Text:
    """A place, as a function is applied to it."""
    return f"[{', '.join(indices)}]" if indices else ""


def tuple_text(parts: list[Text]) -> Text:
    """A tuple."""
    return f"<<{', '.join(parts)}>>"


def string(text: str) -> Text:
    r"""A string; what is no printable ASCII is escaped as Python does it.

    >>> print(string("too-late"), string('a "b"'), string("für"))
    "too-late" "a \"b\"" "f\\xfcr"
    """
    plain = text.encode("unicode_escape").decode()
    return '"' + plain.replace("\\", "\\\\").replace('"', '\\"') + '"'


def set_text(names: Iterable[str]) -> Text:
    """A set of strings."""
    return "{" + ", ".join(map(string, names)) + "}"


@dataclass(frozen=True)
class Tla:
    """TLA+ as a language of formulas (`printed.Language`), of one model."""

    model: Model

    @cached_property
    def names(self) -> Names:
        """What everything is called."""
        return Names(self.model)

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
        over = ", ".join(f"{name} \\in {self.names('set', param.sort.name)}" for param, name in called.items())
        return f"({sign} {over} : {here.at(called)(formula.body)})"

    def _fresh(self, param: Param, here: Printed) -> Text:
        """A name for what is bound: TLA+ forbids to bind a name where it means something already."""
        taken, number = {*self.names.taken, *here.called.values(), *here.taken}, 1
        while f"{param.name}{number}" in taken:
            number += 1
        return f"{param.name}{number}"

    def has(self, variable: Variable) -> bool:
        return variable.kind == "state" or variable.name in {i.name for i in self.names.inputs}

    def read(self, variable: Variable, here: Printed) -> Text:
        if variable.kind != "state":
            step = here.called.get(INPUTS)
            return self.names("input", variable.name) if step is None else step + self.names.field(variable.name)
        prime = "'" if here.after else ""
        name = self.names("variable", variable.name)
        return f"{name}{prime}{at_text([here.index(i) for i in variable.at])}"

    def is_value(self, variable: Variable, value: int, held: Text) -> Text:
        if isinstance(variable, Enum):
            return f"({held} = {string(variable.values[value])})"
        return held if value else self.negation(held)

    def at_most(self, held: Text, number: int) -> Text:
        return f"({held} <= {number})"

    def has_room(self, count: Count, held: Text) -> Text:
        return f"({held} < {self.names('most', count.name)})"

    def same(self, one: Text, other: Text) -> Text:
        return f"({one} = {other})"

    def element(self, index: Index) -> Text:
        if isinstance(index, Param):
            raise TypeError(f"{index!r} stands for nothing here")
        return self.names("element", index.sort.name, index.sort.special[index.index])

    def unchanged(self, names: tuple[str, ...], here: Printed) -> Text:
        kept = [self.names("variable", v.name) for v in self.model.state if v.name in names]
        return f"(UNCHANGED {tuple_text(kept)})" if kept else "TRUE"

    def does(self, actions: tuple[str, ...], at: list[Text]) -> Text:
        able = [r.action for r in self.model.rules if r.action in actions and len(at) <= len(r.place)]
        if not able:
            return "FALSE"
        places = [f"(step'.place[{number}] = {index})" for number, index in enumerate(at, 1)]
        return Printed(self).all_of([f"(step'.action \\in {set_text(able)})", *places])

    def ends(self, how: tuple[str, ...]) -> Text:
        return Printed(self).any_of(f"(step'.ends[{1 if h in OUTCOMES else 2}] = {string(h)})" for h in how)
