"""Counterexamples to induction: a concrete state and step from a model of z3.

A finite scope, a state of it and a request are extracted from the model of z3 and checked: the interpreter of the rules
executes the step, which must lead from a state that satisfies everything that was assumed to one that violates the
property.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product

from backup_slr.engine.check.confirm import CheckedRun
from backup_slr.engine.compile.interpreter import Situation, interpreted_step
from backup_slr.engine.core.formula import Element, Sort, elements_at
from backup_slr.engine.core.model import Model
from backup_slr.engine.core.rule import Property
from backup_slr.engine.core.scope import Scope, State
from backup_slr.engine.core.step import Machine, Request
from backup_slr.engine.core.trace import Taken, Trace
from backup_slr.engine.core.variable import Count, Enum, Flag, numbers_of
from backup_slr.engine.prove.induction import Invariant, Proof, Prover, Query
from backup_slr.engine.prove.solver import Term, disj, forall, fresh, uninterrupted, z3
from backup_slr.engine.prove.symbols import Symbols

SMALL = (0, 1)
"""The numbers of elements of each sort, besides the special ones, to try first, so that states are small."""


@dataclass(frozen=True)
class CounterexampleToInduction:
    """A checked step, at a scope, after which a property does not hold (or which violates it).

    If the trace has no step, the initial state violates the property.
    """

    scope: Scope
    trace: Trace


def find_cti(prover: Prover, proof: Proof, query: Query) -> CounterexampleToInduction | None:
    """Return the step that a query found; None if the interpreter does not confirm the model of z3."""
    least = _least(prover.model, proof.asked)
    for extra in (*_small(prover, least), ()):
        with uninterrupted():
            found, solver = prover.satisfy(query.asked, extra)
            read = _Z3Model(prover.symbols, solver.model(), least) if found == "sat" else None
            example = read.example(prover.model, query) if read else None
            del solver, read
        if example is not None and _stands(proof, example):
            return example
    return None


def _least(model: Model, asked: Invariant) -> Mapping[Sort, int]:
    """The smallest number of elements of each sort in a scope of the property; they have names in z3."""
    needs = dict(asked.needs) if isinstance(asked, Property) else {}
    return {sort: max(1, len(sort.special), needs.get(sort.name, 0)) for sort in model.sorts}


def _small(prover: Prover, least: Mapping[Sort, int]) -> Iterator[tuple[Term, ...]]:
    """Constraints to small scopes, smallest first: few elements of each sort, and counts of at most one."""
    symbols = prover.symbols
    for more in sorted(product(SMALL, repeat=len(least)), key=sum):
        extra: list[Term] = []
        for (sort, number), added in zip(least.items(), more, strict=True):
            x = fresh("x", symbols.sorts[sort])
            names = [symbols.element(Element(sort, i)) for i in range(number + added)]
            extra.append(z3.ForAll([x], disj(*(x == name for name in names))))
        for variable in prover.model.state:
            if isinstance(variable, Count):
                at = symbols.anywhere(variable)
                extra += [forall(at, symbols.before(variable, at) <= 1), z3.Not(symbols.bound(variable)[0])]
        yield tuple(extra)


@dataclass(frozen=True)
class _Z3Model:
    """Extracts values from a model of z3."""

    symbols: Symbols
    model: Term
    least: Mapping[Sort, int]

    def _value(self, term: Term) -> Term:
        return self.model.eval(term, model_completion=True)

    def universe(self, sort: Sort) -> list[Term]:
        """The elements of a sort in the model of z3, named ones first."""
        named = [self._value(self.symbols.element(Element(sort, i))) for i in range(self.least[sort])]
        others: list[Term] = self.model.get_universe(self.symbols.sorts[sort]) or []
        return [*named, *(e for e in others if not any(e.eq(n) for n in named))]

    def number(self, variable: Flag | Enum | Count, term: Term) -> int:
        """A value as the number in a cell of a state."""
        value = self._value(term)
        if isinstance(variable, Count):
            return value.as_long()
        return next(n for n in numbers_of(variable) if value.eq(self.symbols.value(variable, n)))

    def example(self, model: Model, query: Query) -> CounterexampleToInduction:
        """The step that the interpreter executes, from the state and the request of z3."""
        elements = {sort: self.universe(sort) for sort in model.sorts}
        counts = [v for v in model.state if isinstance(v, Count)]
        bounded = {v.name: tuple(map(self._value, self.symbols.bound(v))) for v in counts}
        bounds = {name: bound.as_long() if z3.is_true(has) else None for name, (has, bound) in bounded.items()}
        scope = Scope({sort.name: len(found) for sort, found in elements.items()}, bounds)
        machine = Machine(model, scope)
        before: State = tuple(
            self.number(v, self.symbols.before(v, tuple(elements[s][i] for s, i in zip(v.per, at, strict=True))))
            for v, at in machine.layout.cells
        )
        step = query.step
        if step is None:
            return CounterexampleToInduction(scope, Trace(machine, ()))
        place = tuple(
            next(n for n, e in enumerate(elements[param.sort]) if e.eq(self._value(term)))
            for param, term in zip(step.rule.place, step.place, strict=True)
        )
        inputs = {i.name: self.number(i, step.inputs[i.name]) for i in step.rule.inputs}
        here = Situation(machine.layout, before, elements_at(step.rule.place, place), inputs)
        outcome, guard, after = interpreted_step(step.rule, here)
        taken = Taken(Request(step.rule.action, place, inputs), outcome, guard, before, after)
        return CounterexampleToInduction(scope, Trace(machine, (taken,)))


# ---------------------------------------------------------------- confirmed by the interpreter


def _stands(proof: Proof, example: CounterexampleToInduction) -> bool:
    """Whether all assumptions hold before the step, and the property does not hold after it (or for it)."""
    run, asked = CheckedRun(example.trace), proof.asked
    is_step = isinstance(asked, Property) and asked.kind == "step"
    if not example.trace.steps:
        return not _holds(asked, run, example.trace.machine.initial)
    taken = example.trace.steps[0]
    supposed = proof.by if is_step else (*proof.by, asked)
    if not all(_holds(invariant, run, taken.before) for invariant in supposed):
        return False
    if isinstance(asked, Property) and is_step:
        return not all(run.in_step(asked.formula, taken, place) for place in example.scope.places(asked.each))
    return not _holds(asked, run, taken.after)


def _holds(invariant: Invariant, run: CheckedRun, state: State) -> bool:
    """Return whether an invariant holds in a state, at every place."""
    machine = run.trace.machine
    if isinstance(invariant, Property):
        return all(run.in_state(invariant.formula, state, place) for place in machine.scope.places(invariant.each))
    bound = machine.scope.bound(invariant.count)
    held = [x for x, (v, _) in zip(state, machine.layout.cells, strict=True) if v.name == invariant.count.name]
    return all(x >= 0 and (bound is None or x <= bound) for x in held)
