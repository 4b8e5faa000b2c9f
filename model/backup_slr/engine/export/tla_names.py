"""What the things of a model are called in TLA+.

A module has one space of names: constants, variables, definitions and whatever is bound anywhere in it, for no name may
be bound again where it means something already.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from backup_slr.engine.core.formula import Sort
from backup_slr.engine.core.model import Model
from backup_slr.engine.core.scope import Scope
from backup_slr.engine.core.variable import Count, Enum, Flag
from backup_slr.engine.export.identifiers import identifiers
from backup_slr.engine.export.promela_names import Thing

_WORDS = (
    # of the language
    "ACTION ASSUME ASSUMPTION AXIOM BOOLEAN BY CASE CHOOSE CONSTANT CONSTANTS COROLLARY DEF DEFINE DEFS DOMAIN ELSE "
    "ENABLED EXCEPT EXTENDS FALSE HAVE HIDE IF IN INSTANCE LAMBDA LEMMA LET LOCAL MODULE NEW OBVIOUS OMITTED OTHER "
    "PICK PROOF PROPOSITION PROVE QED RECURSIVE SF_ STATE STRING SUBSET SUFFICES TAKE TEMPORAL THEN THEOREM TRUE "
    "UNCHANGED UNION USE VARIABLE VARIABLES WF_ WITH WITNESS Int Nat "
    # of the module
    "Init Next Spec State TypeOK step vars"
)
RESERVED = frozenset(_WORDS.split())
"""What is called so in a model gets another name."""
FIELDS = ("action", "place", "ends", "turn")
"""What `step` remembers besides the inputs."""


def set_name(sort: Sort) -> str:
    """What the set of all elements of a sort is called: ``Region``."""
    return sort.name.capitalize()


def special_name(sort: Sort, index: int) -> str:
    """What a special element is called, as an identifier: ``AwsEfsAutomaticBackupVault``."""
    return "".join(word[0].upper() + word[1:] for word in re.findall(r"[A-Za-z0-9]+", sort.special[index]))


def bound_name(count: Count) -> str:
    """What the bound of a count is called: ``MostPoints``."""
    return f"Most{count.name.capitalize()}"


@dataclass(frozen=True)
class Names:
    """A name for everything in a model that the module has to name; no two things share one."""

    model: Model

    def __call__(self, *thing: str) -> str:
        """What a thing is called: ``set`` (of a sort), ``element`` (a special one), ``most``, ``variable``,
        ``input``, ``action``, ``ends`` (how one ends), ``property``, ``param``, ``x`` (a place of a function).
        """
        return self._table[thing]

    @property
    def inputs(self) -> list[Flag | Enum]:
        """The inputs that rules read."""
        return list({i.name: i for rule in self.model.rules for i in rule.inputs}.values())

    def field(self, name: str) -> str:
        """What `step` calls an input."""
        return self._fields[name]

    def elements(self, scope: Scope, sort: Sort) -> list[str]:
        """All elements of a sort in a scope: the special ones first, as constants of the module."""
        wanted = [(str(i), f"{sort.name}{i + 1}") for i in range(len(sort.special), scope.size(sort))]
        special = [self("element", sort.name, name) for name in sort.special[: scope.size(sort)]]
        return [*special, *identifiers(wanted, self.taken).values()]

    @cached_property
    def taken(self) -> frozenset[str]:
        """Every name that means something in the whole module."""
        return RESERVED | frozenset(self._table.values())

    @cached_property
    def _table(self) -> dict[Thing, str]:
        return identifiers(self._wanted(), RESERVED)

    @cached_property
    def _fields(self) -> dict[str, str]:
        return identifiers(((i.name, i.name) for i in self.inputs), {*RESERVED, *FIELDS})

    def _wanted(self) -> Iterator[tuple[Thing, str]]:
        model = self.model
        for sort in model.sorts:
            yield ("set", sort.name), set_name(sort)
            yield from ((("element", sort.name, name), special_name(sort, i)) for i, name in enumerate(sort.special))
        for variable in model.state:
            yield ("variable", variable.name), variable.name
            if isinstance(variable, Count):
                yield ("most", variable.name), bound_name(variable)
        yield from ((("input", i.name), i.name) for i in self.inputs)
        yield from ((("action", rule.action), rule.action) for rule in model.rules)
        yield from ((("property", p.id), p.id) for p in model.properties)
        yield from ((("param", p.name), p.name) for rule in model.rules for p in rule.place)
        yield from ((("ends", rule.action), f"{rule.action}_ends") for rule in model.rules)
        deepest = max((len(v.per) for v in model.state), default=0)
        yield from ((("x", str(number)), f"x{number}") for number in range(1, deepest + 1))
