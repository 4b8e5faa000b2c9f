"""What z3 reads is what the interpreter reads: of every formula, of every step, in all small states."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.random_models import formulas, random_models
from support.strategies import INPUTS, Dice, dice, few_variables, model_of, scopes

from backup_slr.engine.compile.interpreter import Situation, holds, interpreted_step
from backup_slr.engine.core.formula import Element, Formula, Param, Unchanged, walk
from backup_slr.engine.core.model import Model
from backup_slr.engine.core.rule import Guard, Refusal, Rule
from backup_slr.engine.core.scope import Layout, Scope, State
from backup_slr.engine.core.step import Machine, Request
from backup_slr.engine.core.variable import Count, Enum, Flag, Variable, variable_of
from backup_slr.engine.prove.encoding import FormulaEncoder, SymbolicStep
from backup_slr.engine.prove.solver import Term, conj, disj, z3
from backup_slr.engine.prove.symbols import Symbols
from backup_slr.lifecycle import lifecycle, scope

MODEL = lifecycle().assuming()
SMALL = scope(regions=1, vaults=2, points=1)
NO = Refusal("no", "it does not hold", None)
Place = Mapping[Param, Element]


@dataclass(frozen=True)
class World:
    """A model at a scope, with z3's names for it."""

    layout: Layout
    symbols: Symbols

    @classmethod
    def of(cls, model: Model, where: Scope) -> World:
        return cls(Layout(model, where), Symbols(model))

    def cells(self) -> Iterator[tuple[Variable, tuple[Term, ...]]]:
        """Each cell's variable, and its place in z3's words."""
        for variable, at in self.layout.cells:
            elements = (Element(sort, i) for sort, i in zip(variable.per, at, strict=True))
            yield variable, tuple(map(self.symbols.element, elements))

    def value(self, variable: Variable, number: int) -> Term:
        return number if isinstance(variable, Count) else self.symbols.value(variable, number)

    def is_(self, state: State) -> Term:
        """The state before the step is this one."""
        return conj(*(
            self.symbols.before(variable, at) == self.value(variable, x)
            for (variable, at), x in zip(self.cells(), state, strict=True)
        ))  # fmt: skip

    def inputs(self, numbers: Mapping[str, int], of: Sequence[Flag | Enum]) -> dict[str, Term]:
        return {i.name: self.symbols.value(i, numbers[i.name]) for i in of}

    def elements(self, place: Place) -> dict[Param, Term]:
        return {param: self.symbols.element(element) for param, element in place.items()}

    def facts(self) -> Iterator[Term]:
        """What the scope says: there are these elements and no others, and these bounds."""
        where = self.layout.scope
        for sort in self.layout.model.sorts:
            named = [self.symbols.element(Element(sort, i)) for i in range(where.size(sort))]
            x = z3.Const("x", self.symbols.sorts[sort])
            yield z3.And(z3.Distinct(*named), z3.ForAll([x], z3.Or(*(x == element for element in named))))
        for name, number in where.bounds.items():
            bounded, bound = self.symbols.bound(Count(name))
            yield z3.And(bounded == (number is not None), bound == (number or 0))

    def never(self, *terms: Term) -> bool:
        """z3 is sure that these cannot all be true."""
        found = z3.Solver()
        found.add(*self.facts(), *terms)
        return str(found.check()) == "unsat"


def test_what_the_scope_says_is_possible() -> None:
    assert not World.of(MODEL, SMALL).never()


# ---------------------------------------------------------------- random formulas, random models


@st.composite
def questions(draw: st.DrawFn) -> tuple[World, Formula, Dice]:
    few = draw(few_variables())
    where = draw(scopes(most=2, unbounded=True))
    return World.of(model_of(few), where), draw(formulas((*few, *INPUTS))), draw(dice())


@settings(max_examples=25)
@given(questions())
def test_z3_reads_any_formula_as_the_interpreter_does(question: tuple[World, Formula, Dice]) -> None:
    world, formula, throw = question
    for _ in range(4):
        here = Situation(world.layout, throw.state(world.layout), {}, throw.inputs())
        read = FormulaEncoder(world.symbols, {}, world.inputs(here.inputs, INPUTS))(formula)
        assert world.never(world.is_(here.before), read != holds(formula, here))


@st.composite
def steps(draw: st.DrawFn) -> tuple[World, Formula, Dice]:
    model, where = draw(random_models(most=64))
    return World.of(model, where), draw(formulas(model.state, depth=2, steps=model.rules)), draw(dice())


def wrong_step(world: World, rule: Rule, here: Situation, formula: Formula | None = None) -> Term:
    """z3 thinks otherwise than the interpreter of what a step changes, of how it ends, or of a formula about it."""
    symbols, place = world.symbols, here.stands_for
    outcome, guard, after = interpreted_step(rule, here)
    ends = (outcome, guard.otherwise.id) if guard else (outcome,)
    inputs = world.inputs(here.inputs, rule.inputs)
    step = SymbolicStep(symbols, rule, tuple(world.elements(place).values()), inputs)
    wrong = [
        step.after(variable, at) != world.value(variable, x)
        for (variable, at), x in zip(world.cells(), after, strict=True)
    ]
    taken = rule.guards.index(guard) if guard else len(rule.guards)
    wrong += [end.where != (number == taken) for number, end in enumerate(step.outcomes)]
    if formula is not None:
        numbers = {i.name: here.inputs[i.name] for i in rule.inputs}
        numbers_at = tuple(element.index for element in place.values())
        there = Situation(here.layout, here.before, {}, numbers, after, rule.action, numbers_at, ends)
        wrong.append(step.encoder({})(formula) != holds(formula, there))
    return disj(*wrong)


@settings(max_examples=25)
@given(steps())
def test_z3_reads_any_step_as_the_interpreter_does(drawn: tuple[World, Formula, Dice]) -> None:
    world, formula, throw = drawn
    for rule in world.layout.model.rules:
        place = throw.place(world.layout.scope, rule.place)
        here = Situation(world.layout, throw.state(world.layout), place, throw.inputs())
        assert world.never(world.is_(here.before), wrong_step(world, rule, here, formula))


# ---------------------------------------------------------------- the table


def mentioned(formula: Formula) -> set[str]:
    """The names of the state variables that a formula speaks of."""
    found = {v.name for v in map(variable_of, walk(formula)) if v is not None and v.kind == "state"}
    return found.union(*(node.names for node in walk(formula) if isinstance(node, Unchanged)))


@dataclass(frozen=True)
class Asked:
    """A formula of the table that speaks of a state, and the place and inputs of which it speaks."""

    name: str
    formula: Formula
    place: tuple[Param, ...]
    inputs: tuple[Flag | Enum, ...]


def of_the_table() -> list[Asked]:
    """Guards, conditions of effects, *always* properties; under every reading, and each formula once."""
    found: dict[tuple[Formula, tuple[Param, ...]], Asked] = {}

    def add(name: str, formula: Formula, place: tuple[Param, ...], inputs: tuple[Flag | Enum, ...]) -> None:
        place = tuple(dict.fromkeys(place))
        found.setdefault((formula, place), Asked(name, formula, place, inputs))

    for rule in lifecycle().rules:
        for guard in rule.guards:
            add(f"{rule.action}/{guard.otherwise.id}", guard.condition, rule.place, rule.inputs)
        for effect in (*rule.effects, *rule.on_failure):
            add(f"{rule.action}/{effect.variable.name}", effect.happens, (*rule.place, *effect.each), rule.inputs)
    for one in lifecycle().properties:
        if one.kind == "always":
            for part in (one, *one.by):
                add(part.id, part.formula, part.each, ())
    return list(found.values())


def states_over(layout: Layout, names: set[str]) -> list[State]:
    """Every state of the right types in which all other variables are zero."""
    return list(product(*(range(layout.values(v) or 0) if v.name in names else (0,) for v, _ in layout.cells)))


Reader = Callable[[Asked, Place, Mapping[str, int], Sequence[State]], Sequence[bool]]


def by_the_interpreter(asked: Asked, place: Place, inputs: Mapping[str, int], states: Sequence[State]) -> list[bool]:
    layout = Layout(MODEL, SMALL)
    return [holds(asked.formula, Situation(layout, state, place, inputs)) for state in states]


def by_generated_python(asked: Asked, place: Place, inputs: Mapping[str, int], states: Sequence[State]) -> list[bool]:
    guards = (Guard(asked.formula, NO, "C"),)
    rule = Rule("act", "act", "person", (), (), place=asked.place, inputs=asked.inputs, guards=guards)
    machine = Machine(replace(MODEL, rules=(rule,), properties=()), SMALL)
    request = Request("act", tuple(element.index for element in place.values()), inputs)
    return [machine.step(state, request).outcome == "done" for state in states]


def by_z3(asked: Asked, place: Place, inputs: Mapping[str, int], states: Sequence[State]) -> list[bool]:
    """One question for all states: that it holds in exactly those in which the interpreter says so."""
    world = World.of(MODEL, SMALL)
    read = FormulaEncoder(world.symbols, world.elements(place), world.inputs(inputs, asked.inputs))(asked.formula)
    expected = by_the_interpreter(asked, place, inputs, states)
    true = disj(*(world.is_(state) for state, held in zip(states, expected, strict=True) if held))
    some = disj(*map(world.is_, states))
    return expected if world.never(some, read != true) else []


READERS: tuple[Reader, ...] = (by_generated_python, by_z3)
"""Each is asked the same of the same states as the interpreter. A new one is a function and a name here."""


@pytest.mark.parametrize("asked", of_the_table(), ids=lambda asked: asked.name)
def test_all_readers_agree_on_every_formula_of_the_table_in_every_small_state(asked: Asked) -> None:
    states = states_over(Layout(MODEL, SMALL), mentioned(asked.formula))
    assert len(states) > 1 or not mentioned(asked.formula)
    for place in SMALL.places(asked.place):
        for numbers in product(*(range(len(i.values) if isinstance(i, Enum) else 2) for i in asked.inputs)):
            inputs = {i.name: number for i, number in zip(asked.inputs, numbers, strict=True)}
            expected = by_the_interpreter(asked, place, inputs, states)
            for reader in READERS:
                assert list(reader(asked, place, inputs, states)) == expected, reader.__name__


@pytest.mark.parametrize("rule", MODEL.rules, ids=lambda rule: rule.action)
def test_z3_takes_each_step_of_the_table_as_the_interpreter_does(rule: Rule) -> None:
    world, throw = World.of(MODEL, scope(regions=2, vaults=3, points=2)), Dice(7)
    states = [throw.state(world.layout) for _ in range(10)]
    throw.random = Random(8)
    for state in states:
        here = Situation(world.layout, state, throw.place(world.layout.scope, rule.place), _inputs(rule, throw))
        assert world.never(world.is_(state), wrong_step(world, rule, here))


def _inputs(rule: Rule, throw: Dice) -> dict[str, Any]:
    return {i.name: throw.random.randrange(len(i.values) if isinstance(i, Enum) else 2) for i in rule.inputs}
