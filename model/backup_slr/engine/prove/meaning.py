"""The meaning of formulas and of rules as expressions of z3.

A step is a function of the state before it, the place and the inputs: which guard stops it, and what each variable
holds afterwards. So no second copy of the state is needed, and no axiom that says what stays as it is: a variable
that no effect touches *is* its old value.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from backup_slr.engine.core.formula import (
    After,
    And,
    Does,
    Element,
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
from backup_slr.engine.core.rule import Guard, Rule
from backup_slr.engine.core.variable import AtMost, Count, Effect, Flag, HasRoom, Is, Variable, usual
from backup_slr.engine.prove.solver import Term, conj, disj, fresh, z3
from backup_slr.engine.prove.symbols import Symbols


@dataclass(frozen=True)
class Meaning:
    """Where a formula is read: what its parameters and inputs stand for, and the step, if there is one."""

    symbols: Symbols
    stands_for: Mapping[Param, Term] = field(default_factory=dict[Param, Term])
    inputs: Mapping[str, Term] = field(default_factory=dict[str, Term])
    step: SymbolicStep | None = None
    after: bool = False

    def __call__(self, formula: Formula) -> Term:
        """The formula as an expression of z3.

        Raises
        ------
        TypeError
            When it speaks of a step and there is none.
        """
        match formula:
            case Literal(value):
                return z3.BoolVal(value)
            case Flag():
                return self._holds(formula)
            case Is(variable, value):
                return self._holds(variable) == self.symbols.value(variable, value)
            case AtMost(variable, number):
                return self._holds(variable) <= number
            case HasRoom(variable):
                return self.symbols.has_room(variable, self._holds(variable))
            case Same(param, element):
                return self.stands_for[param] == self.symbols.element(element)
            case Not(body):
                return z3.Not(self(body))
            case And(parts):
                return conj(*map(self, parts))
            case Or(parts):
                return disj(*map(self, parts))
            case Implies(premise, conclusion):
                return z3.Implies(self(premise), self(conclusion))
            case Every(over, body):
                inner = {param: self.symbols.some(param) for param in over}
                return z3.ForAll(list(inner.values()), self.at(inner)(body))
            case Some(over, body):
                inner = {param: self.symbols.some(param) for param in over}
                return z3.Exists(list(inner.values()), self.at(inner)(body))
            case After(body) if self.step is not None:
                return replace(self, after=True)(body)
            case Unchanged(names) if self.step is not None:
                return self.step.keeps(names)
            case Does(actions, at) if self.step is not None:
                wanted = tuple(map(self.index, at))
                if self.step.rule.action not in actions or len(wanted) > len(self.step.place):
                    return z3.BoolVal(False)
                return conj(*(a == b for a, b in zip(wanted, self.step.place, strict=False)))
            case Ends(how) if self.step is not None:
                return disj(*(way.where for way in self.step.ways if any(end in how for end in way.ends)))
            case _:
                raise TypeError(f"{formula!r} speaks of a step, and there is none")

    def at(self, place: Mapping[Param, Term]) -> Meaning:
        """The same with more parameters settled."""
        return replace(self, stands_for={**self.stands_for, **place})

    def index(self, index: Index) -> Term:
        """What an index stands for."""
        return self.symbols.element(index) if isinstance(index, Element) else self.stands_for[index]

    def _holds(self, variable: Variable) -> Term:
        if variable.kind != "state" and not isinstance(variable, Count):
            unread = variable.name not in self.inputs  # by the action: then it has its usual value
            return self.symbols.value(variable, usual(variable)) if unread else self.inputs[variable.name]
        at = tuple(map(self.index, variable.at))
        return self.step.after(variable, at) if self.after and self.step else self.symbols.before(variable, at)


@dataclass(frozen=True)
class Way:
    """One way for a step to end: stopped by a guard or done, where that is so, and the effects that it then has."""

    guard: Guard | None
    where: Term
    effects: tuple[Effect, ...]

    @property
    def ends(self) -> tuple[str, ...]:
        """What `Ends` can ask of it."""
        if self.guard is None:
            return ("done",)
        return ("failed" if self.guard.fails else "refused", self.guard.otherwise.id)


@dataclass(frozen=True)
class SymbolicStep:
    """Any step of one rule: at any place, with any inputs, from any state."""

    symbols: Symbols
    rule: Rule
    place: tuple[Term, ...]
    inputs: Mapping[str, Term]

    @classmethod
    def of(cls, symbols: Symbols, rule: Rule) -> SymbolicStep:
        """A step at a place and with inputs of which nothing is known."""
        place = tuple(symbols.some(param) for param in rule.place)
        return cls(symbols, rule, place, {i.name: fresh(i.name, symbols.range_of(i)) for i in rule.inputs})

    @cached_property
    def before(self) -> Meaning:
        """How the parts of the rule itself are read: all of them in the state before the step."""
        return Meaning(self.symbols, dict(zip(self.rule.place, self.place, strict=True)), self.inputs)

    def reading(self, stands_for: Mapping[Param, Term]) -> Meaning:
        """How a property is read of this step: it knows the inputs, but not what the rule calls its place."""
        return Meaning(self.symbols, stands_for, self.inputs, self)

    @cached_property
    def ways(self) -> tuple[Way, ...]:
        """Every way for it to end, of which exactly one happens."""
        found: list[Way] = []
        passed: list[Term] = []
        for guard in self.rule.guards:
            holds = self.before(guard.condition)
            exists = self.symbols.reads(guard.under)
            stopped = conj(*passed, exists, z3.Not(holds))
            found.append(Way(guard, stopped, self.rule.on_failure if guard.fails else ()))
            passed.append(z3.Implies(exists, holds) if guard.under else holds)
        return (*found, Way(None, conj(*passed), self.rule.effects))

    def after(self, variable: Variable, at: tuple[Term, ...]) -> Term:
        """What a variable holds at a place after the step: what the last effect on it writes, or what it held."""
        held = self.symbols.before(variable, at)
        result = held
        for way in self.ways:
            for effect in way.effects:
                if effect.variable.name == variable.name:
                    result = z3.If(z3.And(way.where, self._hits(effect, at)), self._written(effect, held), result)
        return result

    def _written(self, effect: Effect, held: Term) -> Term:
        variable = effect.variable
        return held + effect.value if isinstance(variable, Count) else self.symbols.value(variable, effect.value)

    def _hits(self, effect: Effect, at: tuple[Term, ...]) -> Term:
        """The effect happens at this place; what its `each` stands for is read off the place where it can be."""
        bound: dict[Param, Term] = {}
        known: list[tuple[Index, Term]] = []
        for index, term in zip(effect.variable.at, at, strict=True):
            if isinstance(index, Param) and index in effect.each and index not in bound:
                bound[index] = term
            else:
                known.append((index, term))
        free = {param: self.symbols.some(param) for param in effect.each if param not in bound}
        here = self.before.at({**bound, **free})
        same = (here.index(index) == term for index, term in known)
        hit = conj(self.symbols.reads(effect.under), *same, here(effect.happens))
        return z3.Exists(list(free.values()), hit) if free else hit

    def keeps(self, names: tuple[str, ...]) -> Term:
        """None of these variables changes anywhere."""
        return conj(*(term for variable in self.symbols.model.state if variable.name in names
                      for term in self._kept(variable)))  # fmt: skip

    def _kept(self, variable: Variable) -> Iterator[Term]:
        ways = [e for way in self.ways for e in way.effects if e.variable.name == variable.name]
        if ways:
            at = tuple(fresh(sort.name, self.symbols.sorts[sort]) for sort in variable.per)
            same = self.after(variable, at) == self.symbols.before(variable, at)
            yield z3.ForAll(list(at), same) if at else same
