"""Print formulas as TLA+, and choose names for the things of a model."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from backup_slr.engine.compile.naming import OUTCOMES
from backup_slr.engine.core.formula import Element, Every, Param, Some, Sort
from backup_slr.engine.core.scope import Scope
from backup_slr.engine.core.variable import Count, Enum, Variable
from backup_slr.engine.export.formula_text import Context, FormulaPrinter, identifiers

_RESERVED = (
    # of the language
    "ACTION ASSUME ASSUMPTION AXIOM BOOLEAN BY CASE CHOOSE CONSTANT CONSTANTS COROLLARY DEF DEFINE DEFS DOMAIN ELSE "
    "ENABLED EXCEPT EXTENDS FALSE HAVE HIDE IF IN INSTANCE LAMBDA LEMMA LET LOCAL MODULE NEW OBVIOUS OMITTED OTHER "
    "PICK PROOF PROPOSITION PROVE QED RECURSIVE SF_ STATE STRING SUBSET SUFFICES TAKE TEMPORAL THEN THEOREM TRUE "
    "UNCHANGED UNION USE VARIABLE VARIABLES WF_ WITH WITNESS Int Nat "
    # of the module
    "Init Next Spec State TypeOK step vars"
)
FIELDS = ("action", "place", "ends", "turn")
"""The fields of `step` besides the inputs."""


def at_text(indices: list[str]) -> str:
    """Print the application of a function to a place."""
    return f"[{', '.join(indices)}]" if indices else ""


def tuple_text(parts: list[str]) -> str:
    return f"<<{', '.join(parts)}>>"


def string(text: str) -> str:
    r"""Print a string; characters other than printable ASCII are escaped as in Python.

    >>> print(string("too-late"), string('a "b"'), string("für"))
    "too-late" "a \"b\"" "f\\xfcr"
    """
    plain = text.encode("unicode_escape").decode()
    return '"' + plain.replace("\\", "\\\\").replace('"', '\\"') + '"'


def set_text(names: Iterable[str]) -> str:
    return "{" + ", ".join(map(string, names)) + "}"


@dataclass(frozen=True)
class TlaPrinter(FormulaPrinter):
    """Prints formulas as TLA+."""

    TRUE, FALSE, NOT, AND, OR, EQUALS = "TRUE", "FALSE", "~", "/\\", "\\/", "="
    RESERVED = frozenset(_RESERVED.split())

    def wanted(self) -> Iterator[tuple[tuple[str, ...], str]]:
        # One namespace for all names, including bound ones: TLA+ does not allow a name to be bound twice.
        model = self.model
        for sort in model.sorts:
            yield ("set", sort.name), sort.name.capitalize()
            for name in sort.special:
                words = re.findall(r"[A-Za-z0-9]+", name)
                yield ("element", sort.name, name), "".join(word[0].upper() + word[1:] for word in words)
        for variable in model.state:
            yield ("variable", variable.name), variable.name
            if isinstance(variable, Count):
                yield ("most", variable.name), f"Most{variable.name.capitalize()}"
        yield from ((("input", i.name), i.name) for i in self.inputs)
        yield from ((("action", rule.action), rule.action) for rule in model.rules)
        yield from ((("property", p.id), p.id) for p in model.properties)
        yield from ((("param", p.name), p.name) for rule in model.rules for p in rule.place)
        yield from ((("ends", rule.action), f"{rule.action}_ends") for rule in model.rules)
        deepest = max((len(v.per) for v in model.state), default=0)
        yield from ((("x", str(number)), f"x{number}") for number in range(1, deepest + 1))  # a place of a function

    @property
    def _taken(self) -> set[str]:
        return {*self.RESERVED, *self.identifiers.values()}

    @cached_property
    def fields(self) -> dict[str, str]:
        return identifiers(((i.name, i.name) for i in self.inputs), {*self.RESERVED, *FIELDS})

    def elements(self, scope: Scope, sort: Sort) -> list[str]:
        """All elements of a sort in a scope: the special ones first, as constants of the module."""
        wanted = [(str(i), f"{sort.name}{i + 1}") for i in range(len(sort.special), scope.size(sort))]
        special = [self.names("element", sort.name, name) for name in sort.special[: scope.size(sort)]]
        return [*special, *identifiers(wanted, self._taken).values()]

    # ------------------------------------------------------------ formulas

    def element(self, element: Element) -> str:
        return self.names("element", element.sort.name, element.sort.special[element.index])

    def value(self, variable: Variable, value: int) -> str:
        if isinstance(variable, Enum):
            return string(variable.values[value])
        return str(value) if isinstance(variable, Count) else str(bool(value)).upper()

    def read(self, variable: Variable, here: Context) -> str:
        if variable.kind != "state":
            return here.inputs + self.fields[variable.name] if here.inputs else self.names("input", variable.name)
        prime = "'" if here.after else ""
        return self.names("variable", variable.name) + prime + at_text([self.index(i, here) for i in variable.at])

    def quantified(self, formula: Every | Some, here: Context) -> str:
        called = {param: self._fresh(param, here) for param in formula.over}
        sign = "\\A" if isinstance(formula, Every) else "\\E"
        over = ", ".join(f"{name} \\in {self.names('set', param.sort.name)}" for param, name in called.items())
        return f"({sign} {over} : {self.text(formula.body, here.binding(called))})"

    def _fresh(self, param: Param, here: Context) -> str:
        """Return a free name for a bound variable: TLA+ does not allow a name in use to be bound."""
        taken, number = {*self._taken, *here.called.values(), *here.taken}, 1
        while f"{param.name}{number}" in taken:
            number += 1
        return f"{param.name}{number}"

    def unchanged(self, names: tuple[str, ...]) -> str:
        kept = [self.names("variable", v.name) for v in self.model.state if v.name in names]
        return f"(UNCHANGED {tuple_text(kept)})" if kept else "TRUE"

    def does(self, actions: tuple[str, ...], at: list[str]) -> str:
        able = [r.action for r in self.model.rules if r.action in actions]
        if not able:
            return "FALSE"
        places = (self.same(f"step'.place[{number}]", index) for number, index in enumerate(at, 1))
        return self.all_of([f"(step'.action \\in {set_text(able)})", *places])

    def ends(self, how: tuple[str, ...]) -> str:
        return self.any_of(self.same(f"step'.ends[{1 if h in OUTCOMES else 2}]", string(h)) for h in how)
