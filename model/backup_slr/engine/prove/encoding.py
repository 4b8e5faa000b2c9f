"""Encode formulas and rules as expressions of z3.

A step is a function of the state before it, the place and the inputs; it determines the guard that fails and the value
of each variable afterwards. This needs neither a second copy of the state nor frame axioms: a variable that no effect
changes *is* its old value.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from backup_slr.engine.core import formula as f
from backup_slr.engine.core.formula import Param
from backup_slr.engine.core.rule import Guard, Rule
from backup_slr.engine.core.variable import AtMost, Count, Effect, Flag, HasRoom, Is, Variable, usual
from backup_slr.engine.prove.solver import Term, conj, disj, forall, fresh, z3
from backup_slr.engine.prove.symbols import Symbols


@dataclass(frozen=True)
class FormulaEncoder:
    """Encodes formulas, given the values of parameters and inputs, and the step, if there is one."""

    symbols: Symbols
    stands_for: Mapping[Param, Term] = field(default_factory=dict[Param, Term])
    inputs: Mapping[str, Term] = field(default_factory=dict[str, Term])
    step: SymbolicStep | None = None
    after: bool = False

    def __call__(self, formula: f.Formula) -> Term:
        """Encode a formula. Raises `TypeError` when it is about a step and there is none."""
        match formula:
            case f.Literal(value):
                return z3.BoolVal(value)
            case Flag():
                return self._value(formula)
            case Is(variable, value):
                return self._value(variable) == self.symbols.value(variable, value)
            case AtMost(variable, number):
                return self._value(variable) <= number
            case HasRoom(variable):
                return self.symbols.has_room(variable, self._value(variable))
            case f.Same(param, element):
                return self.stands_for[param] == self.symbols.element(element)
            case f.Not(body):
                return z3.Not(self(body))
            case f.And(parts):
                return conj(*map(self, parts))
            case f.Or(parts):
                return disj(*map(self, parts))
            case f.Implies(premise, conclusion):
                return z3.Implies(self(premise), self(conclusion))
            case f.Every(over, body) | f.Some(over, body):
                inner = {param: self.symbols.some(param) for param in over}
                quantifier = z3.ForAll if isinstance(formula, f.Every) else z3.Exists
                return quantifier(list(inner.values()), self.at(inner)(body))
            case f.After(body) if self.step is not None:
                return replace(self, after=True)(body)
            case f.Unchanged(names) if self.step is not None:
                return self.step.keeps(names)
            case f.Does(actions, at) if self.step is not None:
                if self.step.rule.action not in actions:
                    return z3.BoolVal(False)
                return conj(*(self.index(a) == b for a, b in zip(at, self.step.place, strict=False)))
            case f.Ends(how) if self.step is not None:
                return disj(*(end.where for end in self.step.outcomes if not end.words.isdisjoint(how)))
            case _:
                raise TypeError(f"{formula!r} is about a step, and there is none")

    def at(self, place: Mapping[Param, Term]) -> FormulaEncoder:
        """The same encoder with values for more parameters."""
        return replace(self, stands_for={**self.stands_for, **place})

    def index(self, index: f.Index) -> Term:
        """The value of an index."""
        return self.symbols.element(index) if isinstance(index, f.Element) else self.stands_for[index]

    def _value(self, variable: Variable) -> Term:
        if variable.kind != "state":
            unread = variable.name not in self.inputs  # by the action, so it has its usual value
            return self.symbols.value(variable, usual(variable)) if unread else self.inputs[variable.name]
        at = tuple(map(self.index, variable.at))
        return self.step.after(variable, at) if self.after and self.step else self.symbols.before(variable, at)


@dataclass(frozen=True)
class SymbolicOutcome:
    """One outcome of a step: the guard that fails (None: done), its condition, and its effects."""

    guard: Guard | None
    where: Term
    effects: tuple[Effect, ...]

    @property
    def words(self) -> frozenset[str]:
        """The words with which `Ends` matches it."""
        if self.guard is None:
            return frozenset(("done",))
        return frozenset(("failed" if self.guard.fails else "refused", self.guard.otherwise.id))


@dataclass(frozen=True)
class SymbolicStep:
    """Any step of one rule: at any place, with any inputs, from any state."""

    symbols: Symbols
    rule: Rule
    place: tuple[Term, ...]
    inputs: Mapping[str, Term]

    @classmethod
    def of(cls, symbols: Symbols, rule: Rule) -> SymbolicStep:
        """A step at an arbitrary place with arbitrary inputs."""
        place = tuple(symbols.some(param) for param in rule.place)
        return cls(symbols, rule, place, {i.name: fresh(i.name, symbols.range_of(i)) for i in rule.inputs})

    @cached_property
    def before(self) -> FormulaEncoder:
        """The encoder for the parts of the rule itself, which are about the state before the step."""
        return FormulaEncoder(self.symbols, dict(zip(self.rule.place, self.place, strict=True)), self.inputs)

    def encoder(self, stands_for: Mapping[Param, Term]) -> FormulaEncoder:
        """The encoder for a property of this step: it has the inputs, but not the parameters of the rule."""
        return FormulaEncoder(self.symbols, stands_for, self.inputs, self)

    @cached_property
    def outcomes(self) -> tuple[SymbolicOutcome, ...]:
        """All outcomes; exactly one of them happens."""
        found: list[SymbolicOutcome] = []
        passed: list[Term] = []
        for guard in self.rule.guards:
            holds = self.before(guard.condition)
            exists = self.symbols.reads(guard.under)
            stopped = conj(*passed, exists, z3.Not(holds))
            found.append(SymbolicOutcome(guard, stopped, self.rule.on_failure if guard.fails else ()))
            passed.append(z3.Implies(exists, holds) if guard.under else holds)
        return (*found, SymbolicOutcome(None, conj(*passed), self.rule.effects))

    def _writes(self, variable: Variable) -> Iterator[tuple[Term, Effect]]:
        """The effects on a variable, each with the condition of its outcome."""
        for end in self.outcomes:
            yield from ((end.where, effect) for effect in end.effects if effect.variable.name == variable.name)

    def after(self, variable: Variable, at: tuple[Term, ...]) -> Term:
        """The value of a variable at a place after the step: from the last effect on it, or the old value."""
        held = self.symbols.before(variable, at)
        result = held
        for where, effect in self._writes(variable):
            written = self.symbols.value(variable, effect.value)
            written = held + written if isinstance(variable, Count) else written
            result = z3.If(z3.And(where, self._hits(effect, at)), written, result)
        return result

    def _hits(self, effect: Effect, at: tuple[Term, ...]) -> Term:
        """The condition under which the effect happens at this place, which determines its `each` where possible."""
        bound: dict[Param, Term] = {}
        known: list[tuple[f.Index, Term]] = []
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
        """The condition that none of these variables changes at any place."""
        same: list[Term] = []
        for variable in self.symbols.model.state:
            if variable.name in names and any(self._writes(variable)):
                at = self.symbols.anywhere(variable)
                same.append(forall(at, self.after(variable, at) == self.symbols.before(variable, at)))
        return conj(*same)
