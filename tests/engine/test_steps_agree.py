"""The interpreter, compiled rules and transitions agree on steps, and on formulas about steps.

The interpreter is the simplest one, so the others are compared with it.
"""

from __future__ import annotations

from dataclasses import replace
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.naive import Naive
from support.random_models import formulas, rules
from support.strategies import INPUTS, Dice, a, a2, b, dice, few_variables, model_of, scopes

from backup_slr.engine.check.transitions import Transition, transitions
from backup_slr.engine.compile import codegen
from backup_slr.engine.compile.grounding import Ground
from backup_slr.engine.compile.interpreter import Situation, holds, interpreted_step
from backup_slr.engine.compile.layout import Layout
from backup_slr.engine.compile.simplify import Facts, assume
from backup_slr.engine.core.formula import FALSE, Does, Element, Ends, Formula, Param, Unchanged
from backup_slr.engine.core.rule import Rule
from backup_slr.engine.core.scope import Scope
from backup_slr.engine.core.step import Machine, Request
from backup_slr.engine.core.variable import Enum, Flag

LOOKS = 12
unrolled = pytest.mark.parametrize("unrolled", [64, 0], ids=["unrolled", "with loops"])


@st.composite
def rules_at_work(draw: st.DrawFn, *, unbounded: bool = False, most: int = 3) -> tuple[Naive, Dice]:
    """A model of one rule."""
    few = draw(few_variables())
    return Naive(model_of(few, draw(rules(few))), draw(scopes(most, unbounded))), draw(dice())


@unrolled
@given(rules_at_work(unbounded=True))
def test_compiled_rules_agree_with_the_interpreter(unrolled: int, drawn: tuple[Naive, Dice]) -> None:
    """With all inputs given, and with defaults."""
    naive, throw = drawn
    machine, rule = Machine(naive.model, naive.scope), naive.model.rule("act")
    with patch.object(codegen, "UNROLLED", unrolled):
        for _ in range(LOOKS):
            request, before = throw.random.choice(naive.requests), throw.state(naive.layout)
            some = {name: value for name, value in request.inputs.items() if throw.random.randrange(2)}
            for asked in (request, replace(request, inputs=some), replace(request, inputs={})):
                here = naive.situation(before, asked)
                assert tuple(machine.step(before, asked)) == interpreted_step(rule, here)
                failing = [guard for guard in rule.guards if not holds(guard.condition, here)]
                assert machine.failing(before, asked) == failing


@unrolled
def test_an_effect_at_every_place_may_use_the_name_of_the_place_of_its_rule(unrolled: int) -> None:
    """Inside the effect the name means each element in turn; in the next effect it means the place again."""
    lit, opened = Flag("lit", per=(a.sort,)), Flag("open", per=(a.sort,))
    rule = Rule(
        "act", "act", "person", (), (), place=(a,),
        effects=(lit[a].becomes(True, clause="C", each=(a,)), opened[a].becomes(True, clause="C")),
    )  # fmt: skip
    scope = Scope({"room": 3, "shelf": 1}, {})
    with patch.object(codegen, "UNROLLED", unrolled):
        machine = Machine(model_of((lit, opened), rule), scope)
        found = machine.step(machine.initial, Request("act", (0,)))
    hall = {a: Element(a.sort, 0)}
    assert (
        found.state == interpreted_step(rule, Situation(machine.layout, machine.initial, hall))[2] == (1, 1, 1, 0, 1, 0)
    )


def the_move(model_moves: tuple[Transition, ...], here: Situation, request: Request) -> Transition:
    """The only transition with these inputs that applies."""
    there = Situation(here.layout, here.before)
    found = [
        m for m in model_moves
        if (m.ending.action, m.ending.place) == (request.action, request.place)
        and dict(request.inputs) in m.inputs and holds(m.condition, there)
    ]  # fmt: skip
    assert len(found) == 1
    return found[0]


def written(move: Transition, layout: Layout, before: tuple[int, ...]) -> tuple[int, ...]:
    """The state after a transition; the change of a count is added."""
    after = list(before)
    for variable, value in move.ending.writes.items():
        cell = layout.cell(variable.name, [i.index for i in variable.at if isinstance(i, Element)])
        after[cell] = value if isinstance(variable, (Flag, Enum)) else after[cell] + value
    return tuple(after)


@given(rules_at_work(most=2))
def test_exactly_one_transition_applies_to_a_request_and_agrees_with_the_rule(drawn: tuple[Naive, Dice]) -> None:
    naive, throw = drawn
    found = transitions(naive.model, naive.scope)
    for before in [throw.state(naive.layout) for _ in range(3)]:
        for request in naive.requests:
            here = naive.situation(before, request)
            outcome, guard, after = interpreted_step(naive.model.rule("act"), here)
            move = the_move(found, here, request)
            assert (move.guard, move.label) == (guard, ("act", outcome, guard and guard.otherwise.id))
            assert move.ending.ends == ((outcome,) if guard is None else (outcome, guard.otherwise.id))
            assert written(move, naive.layout, before) == after
            assert (move.request.action, move.request.place) == ("act", request.place)
            assert move.request.inputs in move.inputs


@st.composite
def questions_about_steps(draw: st.DrawFn) -> tuple[Naive, Dice, Formula]:
    naive, throw = draw(rules_at_work(most=2))
    others = (Rule("bend", "bend", "person", (), ()), Rule("call", "call", "person", (), (), place=(a, b)))
    return naive, throw, draw(formulas((*naive.model.state, *INPUTS), (a2,), 2, (*naive.model.rules, *others)))


@settings(max_examples=150)
@given(questions_about_steps())
@pytest.mark.slow
def test_a_formula_about_a_step_becomes_one_about_the_state_before_it(drawn: tuple[Naive, Dice, Formula]) -> None:
    """With the end of the step substituted, it has the same value as the step formula in the interpreter."""
    naive, throw, formula = drawn
    found = transitions(naive.model, naive.scope)
    for _ in range(LOOKS):
        before, asked_at = throw.state(naive.layout), throw.place(naive.scope, (a2,))
        request = throw.random.choice(naive.requests)
        expected = holds(formula, naive.of_step(naive.taken(before, request), asked_at))
        move = the_move(found, naive.situation(before, request), request)
        asked = Ground(naive.scope, asked_at, request.inputs, move.ending)(formula)
        assert holds(asked, Situation(naive.layout, before)) is expected
        assert holds(assume(asked, Facts.of(move.condition)), Situation(naive.layout, before)) is expected


@pytest.mark.parametrize("at", [(a2,), (Element(a.sort, 0),)])
def test_a_step_without_a_place_is_at_no_place(at: tuple[Param | Element, ...]) -> None:
    """Both evaluations agree for an action that is not about the place in question."""
    naive = Naive(model_of((Flag("lit"),), Rule("act", "act", "person", (), ())), Scope({"room": 1, "shelf": 1}, {}))
    place = {a2: Element(a.sort, 0)}
    taken = naive.taken(naive.layout.initial, Request("act"))
    (move,) = transitions(naive.model, naive.scope)
    asked = Does(("act",), at) & Ends(("done",)) & Unchanged(("lit",))
    assert Ground(naive.scope, place, {}, move.ending)(asked) == FALSE
    assert holds(asked, naive.of_step(taken, place)) is False
