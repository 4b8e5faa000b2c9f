"""What the things of a model are called in Promela.

The preprocessor replaces constants wherever they stand, so that all names share one space, whatever they are names of.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

from backup_slr.engine.core.model import Model
from backup_slr.engine.core.variable import Count, Enum, Flag
from backup_slr.engine.export.identifiers import identifiers

_WORDS = (
    # of Promela
    "active assert atomic bit bool break byte chan d_step do else empty enabled eval false fi for full goto hidden if "
    "in init inline int len local mtype nempty never nfull notrace np_ od of pc_value pid printf printm priority "
    "proctype provided run select set short show skip timeout trace true typedef unless unsigned xr xs "
    # of the text around the model
    "action because outcome account end judge needs becomes DONE REFUSED FAILED "
    # of C, in which Spin writes its search, and of its preprocessor
    "auto case char const continue default double enum extern float long register restrict return signed sizeof static "
    "struct switch union void volatile while unix linux now"
)
RESERVED = frozenset(_WORDS.split())
"""What is called so in a model gets another name."""
Thing: TypeAlias = tuple[str, ...]
"""What has a name: what kind of thing it is, and which one."""


def constant(name: str) -> str:
    """A name as a constant is called: ``not-permitted`` is ``NOT_PERMITTED``."""
    return "".join(c if c.isalnum() else "_" for c in name).upper()


@dataclass(frozen=True)
class Names:
    """A name for everything in a model that Promela has to name; no two things share one."""

    model: Model

    def __call__(self, *thing: str) -> str:
        """What a thing is called: ``variable``, ``before`` (the same, before the step), ``at`` (an index of a sort),
        ``doing`` (an action), ``do`` (its number), ``why`` (a refusal), ``value`` and ``most`` (of a variable),
        ``holds`` (a property).
        """
        return self._table[thing]

    @property
    def refusals(self) -> list[str]:
        """The ids of the refusals that rules give."""
        return list(dict.fromkeys(g.otherwise.id for rule in self.model.rules for g in rule.guards))

    @property
    def inputs(self) -> list[Flag | Enum]:
        """The inputs that rules read."""
        return list({i.name: i for rule in self.model.rules for i in rule.inputs}.values())

    @property
    def asserted(self) -> Mapping[str, str]:
        """The id of each property by what holds it."""
        return {name: thing[1] for thing, name in self._table.items() if thing[0] == "holds"}

    @cached_property
    def _table(self) -> dict[Thing, str]:
        return identifiers(self._wanted(), RESERVED)

    def _wanted(self) -> Iterator[tuple[Thing, str]]:
        variables = (*self.model.state, *self.inputs)
        yield from ((("variable", v.name), v.name) for v in variables)
        for v in variables:
            if isinstance(v, Enum):
                yield from ((("value", v.name, value), constant(f"{v.name}_{value}")) for value in v.values)
            elif isinstance(v, Count):
                yield ("most", v.name), f"MOST_{constant(v.name)}"
        yield from ((("do", rule.action), constant(rule.action)) for rule in self.model.rules)
        yield from ((("doing", rule.action), rule.action) for rule in self.model.rules)
        yield from ((("why", refusal), constant(refusal)) for refusal in self.refusals)
        yield from ((("at", sort.name), f"at_{sort.name}") for sort in self.model.sorts)
        called = identifiers(((v.name, v.name) for v in self.model.state), RESERVED)
        yield from ((("before", v.name), f"old_{called[v.name]}") for v in self.model.state)
        yield from ((("holds", p.id), f"holds_{p.id}") for p in self.model.properties)
