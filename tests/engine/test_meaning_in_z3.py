"""z3 and the interpreter agree on every formula and every step, in all small states."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.naive import Naive
from support.random_models import formulas, random_models
from support.strategies import INPUTS, Dice, dice, few_variables, model_of, scopes

from backup_slr.engine.compile.interpreter import Situation, holds
from backup_slr.engine.compile.layout import Layout
from backup_slr.engine.core.formula import Element, Formula
from backup_slr.engine.core.model import Model
from backup_slr.engine.core.rule import Rule
from backup_slr.engine.core.scope import Scope, State
from backup_slr.engine.core.step import Request
from backup_slr.engine.core.variable import Count, Enum, Flag, Variable
from backup_slr.engine.prove.encoding import FormulaEncoder, SymbolicStep
from backup_slr.engine.prove.solver import Term, conj, disj, z3
from backup_slr.engine.prove.symbols import Symbols
from backup_slr.lifecycle import lifecycle, scope

MODEL = lifecycle().assuming()
SMALL = scope(regions=1, vaults=2, points=1)


@dataclass(frozen=True)
class World:
    """A model at a scope, with its symbols in z3."""

    naive: Naive
    symbols: Symbols

    @classmethod
    def of(cls, model: Model, where: Scope) -> World:
        return cls(Naive(model, where), Symbols(model))

    @property
    def layout(self) -> Layout:
        return self.naive.layout

    def cells(self) -> Iterator[tuple[Variable, tuple[Term, ...]]]:
        """The variable of each cell, and its place as terms of z3."""
        for variable, at in self.layout.cells:
            elements = (Element(sort, i) for sort, i in zip(variable.per, at, strict=True))
            yield variable, tuple(map(self.symbols.element, elements))

    def value(self, variable: Variable, number: int) -> Term:
        return number if isinstance(variable, Count) else self.symbols.value(variable, number)

    def is_(self, state: State) -> Term:
        """The term that the state before the step is this one."""
        return conj(*(
            self.symbols.before(variable, at) == self.value(variable, x)
            for (variable, at), x in zip(self.cells(), state, strict=True)
        ))  # fmt: skip

    def inputs(self, numbers: Mapping[str, int], of: Sequence[Flag | Enum]) -> dict[str, Term]:
        return {i.name: self.symbols.value(i, numbers[i.name]) for i in of}

    def facts(self) -> Iterator[Term]:
        """The constraints of the scope: its elements, and no others, and its bounds."""
        where = self.layout.scope
        for sort in self.layout.model.sorts:
            named = [self.symbols.element(Element(sort, i)) for i in range(where.size(sort))]
            x = z3.Const("x", self.symbols.sorts[sort])
            yield z3.And(z3.Distinct(*named), z3.ForAll([x], z3.Or(*(x == element for element in named))))
        for name, number in where.bounds.items():
            bounded, bound = self.symbols.bound(Count(name))
            yield z3.And(bounded == (number is not None), bound == (number or 0))

    def never(self, *terms: Term) -> bool:
        """Whether z3 proves that these cannot all be true."""
        found = z3.Solver()
        found.add(*self.facts(), *terms)
        return str(found.check()) == "unsat"


def test_the_constraints_of_a_scope_are_satisfiable() -> None:
    assert not World.of(MODEL, SMALL).never()


# ---------------------------------------------------------------- random formulas, random models


@st.composite
def questions(draw: st.DrawFn) -> tuple[World, Formula, Dice]:
    few = draw(few_variables())
    where = draw(scopes(most=2, unbounded=True))
    return World.of(model_of(few), where), draw(formulas((*few, *INPUTS))), draw(dice())


@settings(max_examples=60)
@given(questions())
def test_z3_agrees_with_the_interpreter_on_any_formula(question: tuple[World, Formula, Dice]) -> None:
    world, formula, throw = question
    for _ in range(4):
        here = Situation(world.layout, throw.state(world.layout), {}, throw.inputs())
        read = FormulaEncoder(world.symbols, {}, world.inputs(here.inputs, INPUTS))(formula)
        assert world.never(world.is_(here.before), read != holds(formula, here))


@st.composite
def steps(draw: st.DrawFn) -> tuple[World, Formula, Dice]:
    model, where = draw(random_models(most=64))
    return World.of(model, where), draw(formulas((*model.state, *INPUTS), depth=2, steps=model.rules)), draw(dice())


def wrong_step(world: World, throw: Dice, rule: Rule, *formulas: Formula) -> list[Term]:
    """Whether in some state z3 disagrees on the changes of a step, its outcome, or formulas about it."""
    naive, place = world.naive, throw.place(world.layout.scope, rule.place)
    request = Request(rule.action, tuple(e.index for e in place.values()), throw.inputs(rule.inputs))
    taken = naive.taken(throw.state(world.layout), request)
    at = tuple(map(world.symbols.element, place.values()))
    step = SymbolicStep(world.symbols, rule, at, world.inputs(request.inputs, rule.inputs))
    wrong = [
        step.after(variable, at) != world.value(variable, x)
        for (variable, at), x in zip(world.cells(), taken.after, strict=True)
    ]
    stopped = rule.guards.index(taken.guard) if taken.guard else len(rule.guards)
    wrong += [end.where != (number == stopped) for number, end in enumerate(step.outcomes)]
    wrong += [step.encoder({})(formula) != holds(formula, naive.of_step(taken, {})) for formula in formulas]
    return [world.is_(taken.before), disj(*wrong)]


@pytest.mark.slow
@settings(max_examples=60)
@given(steps())
def test_z3_agrees_with_the_interpreter_on_any_step(drawn: tuple[World, Formula, Dice]) -> None:
    world, formula, throw = drawn
    for rule in world.naive.model.rules:
        assert world.never(*wrong_step(world, throw, rule, formula))


# ---------------------------------------------------------------- the table


@pytest.mark.parametrize("rule", MODEL.rules, ids=lambda rule: rule.action)
def test_z3_agrees_with_the_interpreter_on_each_step_of_the_table(rule: Rule) -> None:
    world, throw = World.of(MODEL, scope(regions=2, vaults=3, points=2)), Dice(7)
    assert all(world.never(*wrong_step(world, throw, rule)) for _ in range(10))
