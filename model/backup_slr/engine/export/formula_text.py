"""Print formulas and names in another language, as far as Promela and TLA+ agree.

Every compound expression is in parentheses, so that the output does not depend on rules of precedence.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import ClassVar, TypeVar
from unicodedata import normalize

from backup_slr.engine.core import formula as f
from backup_slr.engine.core.formula import Param
from backup_slr.engine.core.model import Model
from backup_slr.engine.core.rule import Property
from backup_slr.engine.core.variable import AtMost, Enum, Flag, HasRoom, Is, Variable, usual

K = TypeVar("K")
LEFT_OUT = ("sometimes", "eventually", "possible")
"""The kinds of properties that no export has."""


def left_out(model: Model) -> Iterator[str]:
    """Describe which parts of a model an export omits, if any."""
    numbers = {kind: sum(p.kind == kind for p in model.properties) for kind in LEFT_OUT}
    several = ", ".join(f"{number} of kind '{kind}'" for kind, number in numbers.items() if number)
    if several:
        yield f"Omitted, and checked only by 'backup-slr check': properties ({several}), and fairness"


@dataclass(frozen=True)
class Context:
    """The context of a formula: the names of parameters, the state before or after the step, and a prefix of inputs.

    `taken` has the names in use, including those hidden by another parameter of the same name.
    """

    called: Mapping[Param, str] = field(default_factory=dict[Param, str])
    after: bool = False
    inputs: str = ""
    taken: frozenset[str] = frozenset()

    def binding(self, called: Mapping[Param, str]) -> Context:
        taken = self.taken.union(self.called.values(), called.values())
        return replace(self, called={**self.called, **called}, taken=taken)


@dataclass(frozen=True)
class FormulaPrinter(ABC):
    """Prints the formulas of one model; a subclass for each language prints connectives and variables."""

    model: Model

    TRUE: ClassVar[str]
    FALSE: ClassVar[str]
    NOT: ClassVar[str]
    AND: ClassVar[str]
    OR: ClassVar[str]
    EQUALS: ClassVar[str]
    RESERVED: ClassVar[frozenset[str]]
    """Words that cannot be names."""

    @cached_property
    def identifiers(self) -> dict[tuple[str, ...], str]:
        """The identifiers of all named things in the text; the key of a thing is its kind and its name or names."""
        return identifiers(self.wanted(), self.RESERVED)

    def names(self, *thing: str) -> str:
        return self.identifiers[thing]

    @abstractmethod
    def wanted(self) -> Iterator[tuple[tuple[str, ...], str]]:
        """Generate all named things, each with its preferred name."""

    @abstractmethod
    def element(self, element: f.Element) -> str:
        """Print a fixed element."""

    @abstractmethod
    def value(self, variable: Variable, value: int) -> str:
        """Print a value of a variable."""

    @abstractmethod
    def read(self, variable: Variable, here: Context) -> str:
        """Print the value of a variable, before or after the step."""

    @abstractmethod
    def quantified(self, formula: f.Every | f.Some, here: Context) -> str:
        """Print a quantifier over all elements, or over some."""

    @abstractmethod
    def unchanged(self, names: tuple[str, ...]) -> str:
        """Print that none of these variables has changed."""

    @abstractmethod
    def does(self, actions: tuple[str, ...], at: list[str]) -> str:
        """Print that the step is one of these actions, at this place."""

    @abstractmethod
    def ends(self, how: tuple[str, ...]) -> str:
        """Print that the step ends in one of these ways."""

    @cached_property
    def inputs(self) -> list[Flag | Enum]:
        """The inputs that rules read; any other input is not exported, and always has its usual value."""
        return list({i.name: i for rule in self.model.rules for i in rule.inputs}.values())

    @property
    def invariants(self) -> list[Property]:
        return [p for p in self.model.properties if p.kind in ("always", "step")]

    def property_text(self, invariant: Property, here: Context) -> str:
        each, formula = invariant.each, invariant.formula
        return self.text(f.Every(each, formula) if each else formula, here)

    def text(self, formula: f.Formula, here: Context) -> str:
        """Print a formula; a `TypeError` if it is of an unknown kind."""
        match formula:
            case f.Literal(value):
                return self._literal(value)
            case Flag():
                return self.read(formula, here) if self._has(formula) else self._literal(bool(usual(formula)))
            case Is(variable, value) if not self._has(variable):
                return self._literal(usual(variable) == value)
            case Is(variable, value):
                return f"({self.read(variable, here)} {self.EQUALS} {self.value(variable, value)})"
            case AtMost(variable, number):
                return f"({self.read(variable, here)} <= {number})"
            case HasRoom(variable):
                return f"({self.read(variable, here)} < {self.names('most', variable.name)})"
            case f.Same(param, element):
                return self.same(self.index(param, here), self.index(element, here))
            case f.Not(body):
                return self.negation(self.text(body, here))
            case f.And(parts):
                return self.all_of(self.text(part, here) for part in parts)
            case f.Or(parts):
                return self.any_of(self.text(part, here) for part in parts)
            case f.Implies(premise, conclusion):
                return self.any_of((self.negation(self.text(premise, here)), self.text(conclusion, here)))
            case f.Every() | f.Some():
                return self.quantified(formula, here)
            case f.After(body):
                return self.text(body, replace(here, after=True))
            case f.Unchanged(names):
                return self.unchanged(names)
            case f.Does(actions, at):
                return self.does(actions, [self.index(index, here) for index in at])
            case f.Ends(how):
                return self.ends(how)
            case _:
                raise TypeError(f"{formula!r} cannot be exported")

    def index(self, index: f.Index, here: Context) -> str:
        """Print an index of a variable; a `TypeError` if it is an unbound parameter."""
        if isinstance(index, f.Element):
            return self.element(index)
        if index not in here.called:
            raise TypeError(f"{index!r} is not bound here")
        return here.called[index]

    def same(self, one: str, other: str) -> str:
        return f"({one} {self.EQUALS} {other})"

    def negation(self, body: str) -> str:
        """Print a negation; two adjacent signs would be a different operator."""
        return f"{self.NOT}({body})" if body.startswith(self.NOT) else self.NOT + body

    def all_of(self, parts: Iterable[str]) -> str:
        """Print a conjunction, without trivial parts."""
        return self._joined(parts, self.AND, self.TRUE)

    def any_of(self, parts: Iterable[str]) -> str:
        """Print a disjunction, without trivial parts."""
        return self._joined(parts, self.OR, self.FALSE)

    def _joined(self, parts: Iterable[str], sign: str, neutral: str) -> str:
        kept = [part for part in dict.fromkeys(parts) if part != neutral]
        if len(kept) < 2:
            return kept[0] if kept else neutral
        return f"({f' {sign} '.join(kept)})"

    def _literal(self, value: bool) -> str:
        return self.TRUE if value else self.FALSE

    def _has(self, variable: Variable) -> bool:
        return variable.kind == "state" or any(variable.name == i.name for i in self.inputs)


# ---------------------------------------------------------------- names


def identifiers(wanted: Iterable[tuple[K, str]], reserved: Collection[str] = ()) -> dict[K, str]:
    """Choose an identifier for each key: the wanted name, or the nearest free one.

    Letters lose their accents, all other characters than ASCII letters, digits and underscores become underscores, and
    a name that begins with a digit or is reserved in the language gets ``the_`` before it. If several keys want one
    name, the first gets it, and the others get a number.

    >>> identifiers([(1, "role-absent"), (2, "role_absent"), (3, "2 Büros"), (4, "if")], reserved={"if"})
    {1: 'role_absent', 2: 'role_absent_2', 3: 'the_2_Buros', 4: 'the_if'}
    """
    found: dict[K, str] = {}
    taken = set(reserved)
    for thing, name in wanted:
        if thing not in found:
            plain = "".join(c for c in normalize("NFKD", name) if not "\u0300" <= c <= "\u036f")
            text = re.sub(r"[^A-Za-z0-9_]", "_", plain)
            base = found[thing] = f"the_{text}" if text in reserved or not text[:1].isalpha() else text
            number = 2
            while found[thing] in taken:
                found[thing] = f"{base}_{number}"
                number += 1
            taken.add(found[thing])
    return found


def comment(text: str) -> str:
    """Make a text fit into a comment: one line, without the delimiters of comments in either language.

    >>> comment("over */ and *) out")
    'over * / and * ) out'
    """
    return re.sub(r"(?<=[*(/\\])(?=[*)/])", " ", " ".join(text.split()))
