# z3 has no types of its own.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportUnknownParameterType=false, reportMissingTypeStubs=false, reportUnknownLambdaType=false
"""That two rules answer alike at every scope: z3 is asked for a state of any size where they do not, and finds none.

Sorts have any number of elements, at least the special ones; counts have any bound, or none. What a state is like is
taken from its types and from the *always* properties, which ``backup-slr prove`` proves for all sizes.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import Any

from backup_slr.core.formula import (
    And,
    Element,
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
    Sort,
)
from backup_slr.core.rule import Guard, Model, Rule
from backup_slr.core.variable import AtMost, Count, Effect, Enum, Flag, HasRoom, Is, Variable
from backup_slr.errors import MissingTool

MILLISECONDS = 10_000
"""After so long a question is left open; then nothing is proved."""


def available() -> bool:
    """Whether z3 is there."""
    return find_spec("z3") is not None


def answers_alike(model: Model, one: Rule, other: Rule) -> bool:
    """Whether two settled rules of an action answer alike in every state of every size, as far as z3 finds out.

    Raises
    ------
    MissingTool
        When z3 is not installed.
    """
    if not available():
        raise MissingTool("z3 is not installed: pip install 'backup-slr[prove]'")
    import z3

    world = _World()
    solver = z3.Solver()
    solver.set("timeout", MILLISECONDS)
    bound = {param: world.fresh(param) for param in one.place}
    first, second = world.answer(one, bound), world.answer(other, bound)
    differs = [first != second]
    for variable in model.state:
        at = [z3.FreshConst(world.sort(sort)) for sort in variable.per]
        differs.append(world.after(one, variable, at, bound) != world.after(other, variable, at, bound))
    solver.add(z3.Or(*differs))
    solver.add(*(world.formula(p.formula, {}) for p in model.properties if p.kind == "always"))
    for variable in model.state:
        solver.add(*world.well_typed(variable))
    for choice in {i.name: i for i in (*one.inputs, *other.inputs)}.values():
        solver.add(*world.well_typed(choice))
    solver.add(*world.distinct())
    return solver.check() == z3.unsat


@dataclass
class _World:
    """The symbols of a state of any size, and what formulas say in them."""

    sorts: dict[str, Any] = field(default_factory=dict[str, Any])
    elements: dict[Element, Any] = field(default_factory=dict[Element, Any])
    variables: dict[str, Any] = field(default_factory=dict[str, Any])
    codes: dict[tuple[object, ...], int] = field(default_factory=dict[tuple[object, ...], int])

    def sort(self, sort: Sort) -> Any:
        import z3

        if sort.name not in self.sorts:
            self.sorts[sort.name] = z3.DeclareSort(sort.name)
            for number, _ in enumerate(sort.special):
                self.index(Element(sort, number), {})
        return self.sorts[sort.name]

    def fresh(self, param: Param) -> Any:
        import z3

        return z3.FreshConst(self.sort(param.sort), param.name)

    def index(self, index: Index, bound: dict[Param, Any]) -> Any:
        import z3

        if isinstance(index, Param):
            return bound[index]
        if index not in self.elements:
            self.elements[index] = z3.Const(f"{index.sort.name}-{index.index}", self.sort(index.sort))
        return self.elements[index]

    def distinct(self) -> list[Any]:
        import z3

        by_sort: dict[str, list[Any]] = {}
        for element, constant in self.elements.items():
            by_sort.setdefault(element.sort.name, []).append(constant)
        return [z3.Distinct(*constants) for constants in by_sort.values() if len(constants) > 1]

    def value(self, variable: Variable, at: list[Any]) -> Any:
        """What a variable holds at a place."""
        import z3

        if variable.name not in self.variables:
            kind = z3.BoolSort() if isinstance(variable, Flag) else z3.IntSort()
            domain = [self.sort(sort) for sort in variable.per]
            self.variables[variable.name] = z3.Function(variable.name, *domain, kind)
        return self.variables[variable.name](*at)

    def here(self, variable: Variable, bound: dict[Param, Any]) -> Any:
        return self.value(variable, [self.index(i, bound) for i in variable.at])

    def room(self, count: Count, value: Any) -> Any:
        """One more fits: there is no bound, or it is not reached."""
        import z3

        return z3.Or(z3.Bool(f"{count.name} has no bound"), value < z3.Int(f"bound of {count.name}"))

    def well_typed(self, variable: Variable) -> list[Any]:
        import z3

        if isinstance(variable, Flag):
            return []
        at = [z3.FreshConst(self.sort(sort)) for sort in variable.per]
        value = self.value(variable, at)
        if isinstance(variable, Enum):
            fits = z3.And(value >= 0, value < len(variable.values))
        else:
            fits = z3.And(value >= 0, self.room(variable, value - 1))
        return [z3.ForAll(at, fits) if at else fits]

    def formula(self, formula: Formula, bound: dict[Param, Any]) -> Any:
        import z3

        match formula:
            case Literal(value):
                return z3.BoolVal(value)
            case Flag():
                return self.here(formula, bound)
            case Is(variable, value):
                return self.here(variable, bound) == value
            case AtMost(variable, number):
                return self.here(variable, bound) <= number
            case HasRoom(variable):
                return self.room(variable, self.here(variable, bound))
            case Same(param, element):
                return bound[param] == self.index(element, {})
            case Not(body):
                return z3.Not(self.formula(body, bound))
            case And(parts):
                return z3.And(*(self.formula(part, bound) for part in parts))
            case Or(parts):
                return z3.Or(*(self.formula(part, bound) for part in parts))
            case Implies(premise, conclusion):
                return z3.Implies(self.formula(premise, bound), self.formula(conclusion, bound))
            case Every(over, body) | Some(over, body):
                inner = {param: self.fresh(param) for param in over}
                quantifier = z3.ForAll if isinstance(formula, Every) else z3.Exists
                return quantifier(list(inner.values()), self.formula(body, {**bound, **inner}))
            case _:
                raise TypeError(f"{formula!r} speaks of a step")

    # ------------------------------------------------------------ a rule

    def answer(self, rule: Rule, bound: dict[Param, Any]) -> Any:
        """A number for what a caller sees."""
        import z3

        code = z3.IntVal(self.code(None))
        for guard in reversed(rule.guards):
            code = z3.If(self.formula(guard.condition, bound), code, self.code(guard))
        return code

    def code(self, guard: Guard | None) -> int:
        seen = ("done",) if guard is None else (guard.fails, guard.otherwise.id, guard.shows_as)
        return self.codes.setdefault(seen, len(self.codes))

    def after(self, rule: Rule, variable: Variable, at: list[Any], bound: dict[Param, Any]) -> Any:
        """What a variable holds at a place after the step."""
        import z3

        old = self.value(variable, at)
        found = self.written(rule.effects, variable, at, old, bound)
        for guard in reversed(rule.guards):
            stopped = self.written(rule.on_failure, variable, at, old, bound) if guard.fails else old
            found = z3.If(self.formula(guard.condition, bound), found, stopped)
        return found

    def written(
        self, effects: tuple[Effect, ...], variable: Variable, at: list[Any], old: Any, bound: dict[Param, Any]
    ) -> Any:
        import z3

        found = old
        for effect in effects:
            if effect.variable.name != variable.name:
                continue
            inner = {param: self.fresh(param) for param in effect.each}
            around = {**bound, **inner}
            places = [self.index(i, around) == place for i, place in zip(effect.variable.at, at, strict=True)]
            here = z3.And(*places, self.formula(effect.happens, around))
            here = z3.Exists(list(inner.values()), here) if inner else here
            match variable:
                case Flag():
                    new = z3.BoolVal(bool(effect.value))
                case Enum():
                    new = z3.IntVal(effect.value)
                case Count():
                    new = old + effect.value
            found = z3.If(here, new, found)
        return found
