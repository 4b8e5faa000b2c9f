"""z3 symbols for the sorts, variables, count bounds and assumptions of a model.

Nothing is bounded here. A sort of the model is an uninterpreted sort: any nonempty set in which the special elements
differ. A variable is a function of its place. A count is an integer, and its bound is an unknown number or absent, so a
proof holds for every bound.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from backup_slr.engine.core.formula import Element, Param, Sort
from backup_slr.engine.core.model import Model
from backup_slr.engine.core.variable import Count, Enum, Flag, Reading, Variable
from backup_slr.engine.prove.solver import Term, conj, disj, fresh, values_sort, z3


@dataclass(frozen=True)
class Symbols:
    """The symbols of one model."""

    model: Model
    _elements: dict[Element, Term] = field(default_factory=dict[Element, Term])

    # ------------------------------------------------------------ sorts and values

    @cached_property
    def sorts(self) -> dict[Sort, Term]:
        """The z3 sort of each sort of the model."""
        return {sort: z3.DeclareSort(sort.name) for sort in self.model.sorts}

    def element(self, element: Element) -> Term:
        """The constant that stands for an element."""
        name = f"{element.sort.name}#{element.index}"
        return self._elements.setdefault(element, z3.Const(name, self.sorts[element.sort]))

    def some(self, param: Param) -> Term:
        """A fresh constant for the value of a parameter."""
        return fresh(param.name, self.sorts[param.sort])

    def anywhere(self, variable: Variable) -> tuple[Term, ...]:
        """Fresh constants for an arbitrary place of a variable."""
        return tuple(fresh(sort.name, self.sorts[sort]) for sort in variable.per)

    def range_of(self, variable: Variable) -> Term:
        """The sort of a variable's values."""
        match variable:
            case Flag():
                return z3.BoolSort()
            case Enum():
                return values_sort(variable.name, variable.values)[0]
            case Count():
                return z3.IntSort()

    def value(self, variable: Variable, number: int) -> Term:
        """The value with that number."""
        if isinstance(variable, Count):
            return z3.IntVal(number)
        if isinstance(variable, Flag):
            return z3.BoolVal(bool(number))
        return values_sort(variable.name, variable.values)[1][number]

    # ------------------------------------------------------------ state, bounds, assumptions

    @cached_property
    def _functions(self) -> dict[str, Term]:
        return {
            v.name: z3.Function(v.name, *(self.sorts[sort] for sort in v.per), self.range_of(v))
            for v in self.model.state
        }

    def before(self, variable: Variable, at: tuple[Term, ...]) -> Term:
        """The value of a state variable at a place before the step."""
        return self._functions[variable.name](*at)

    def has_room(self, count: Count, held: Term) -> Term:
        """The condition that a count with this value is below its bound, if it has one."""
        bounded, bound = self.bound(count)
        return z3.Or(z3.Not(bounded), held < bound)

    def bound(self, count: Count) -> tuple[Term, Term]:
        """Two terms: that a count is bounded, and its bound."""
        return z3.Bool(f"{count.name} is bounded"), z3.Int(f"bound of {count.name}")

    def reads(self, under: tuple[Reading, ...]) -> Term:
        """The condition that the assumptions have the values under which a part of a rule exists."""
        return conj(*map(self._reading, under))

    def _reading(self, reading: Reading) -> Term:
        assumption = next(a for a in self.model.assumptions if a.name == reading.assumption)
        # The prefix keeps it apart from a variable of the same name.
        called = f"assumption {assumption.name}"
        sort, constants = values_sort(called, tuple(assumption.values))
        taken, value_of = z3.Const(called, sort), dict(zip(assumption.values, constants, strict=True))
        return disj(*(taken == value_of[value] for value in reading.values))

    # ------------------------------------------------------------ axioms

    def axioms(self, needs: Mapping[str, int] | None = None) -> Iterator[Term]:
        """The axioms about the symbols; `needs` is the smallest number of elements of some sorts."""
        for sort in self.model.sorts:
            least = max(len(sort.special), (needs or {}).get(sort.name, 0))
            named = [self.element(Element(sort, i)) for i in range(least)]
            if len(named) > 1:
                yield z3.Distinct(*named)
        for variable in self.model.state:
            if isinstance(variable, Count):
                bounded, bound = self.bound(variable)
                yield z3.Implies(bounded, bound >= 1)
