"""The interpreter, compiled text, grounded formulas, and packed words agree on formulas.

The interpreter is the simplest one, so the others are compared with it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.random_models import formulas
from support.strategies import INPUTS, VARIABLES, Dice, a, b, dice, few_variables, model_of, scopes

from backup_slr.engine.check.packing import Packing
from backup_slr.engine.compile.codegen import compiled, source
from backup_slr.engine.compile.grounding import Ground
from backup_slr.engine.compile.interpreter import Situation, holds
from backup_slr.engine.compile.layout import Layout
from backup_slr.engine.compile.simplify import Facts, assume, conj, disj, negate
from backup_slr.engine.core.formula import (
    FALSE,
    TRUE,
    And,
    Every,
    Formula,
    Implies,
    Or,
    Param,
    Same,
    Some,
    walk,
)
from backup_slr.engine.core.scope import Scope
from backup_slr.engine.core.variable import Count, Enum, Flag, Is

HERE = (a, b)
LOOKS = 12


@dataclass(frozen=True)
class Question:
    """Formulas about states, places and inputs, and a number of situations in which to evaluate them."""

    formulas: list[Formula]
    situations: list[Situation]

    @property
    def formula(self) -> Formula:
        return self.formulas[0]

    @property
    def layout(self) -> Layout:
        return self.situations[0].layout

    @property
    def scope(self) -> Scope:
        return self.layout.scope


@st.composite
def questions(draw: st.DrawFn, *, unbounded: bool = False, formulas_each: int = 1) -> Question:
    few = draw(few_variables())
    layout = Layout(model_of(few), draw(scopes(unbounded=unbounded)))
    asked = [draw(formulas((*few, *INPUTS), HERE)) for _ in range(formulas_each)]
    return Question(asked, situations(layout, draw(dice())))


def situations(layout: Layout, throw: Dice) -> list[Situation]:
    """A number of them, each at some place."""
    return [
        Situation(layout, throw.state(layout), throw.place(layout.scope, HERE), throw.inputs()) for _ in range(LOOKS)
    ]


# ---------------------------------------------------------------- formulas about a state


@given(questions(unbounded=True))
def test_a_grounded_formula_keeps_its_meaning(asked: Question) -> None:
    """With nothing settled, with the place, and with the place and the inputs."""
    open_ = Ground(asked.scope)(asked.formula)
    for here in asked.situations:
        expected = holds(asked.formula, here)
        assert holds(open_, here) is expected
        placed = Ground(asked.scope, here.stands_for)(asked.formula)
        assert holds(placed, Situation(asked.layout, here.before, {}, here.inputs)) is expected
        spelled_out = Ground(asked.scope, here.stands_for, here.inputs)(asked.formula)
        assert holds(spelled_out, Situation(asked.layout, here.before)) is expected


@given(questions())
def test_a_grounded_formula_has_no_quantifier_parameter_or_input(asked: Question) -> None:
    here = asked.situations[0]
    for part in walk(Ground(asked.scope, here.stands_for, here.inputs)(asked.formula)):
        assert not isinstance(part, (Every, Some, Same, Implies))
        variable = part if isinstance(part, Flag) else getattr(part, "variable", None)
        assert variable is None or variable.kind == "state"
        assert variable is None or not any(isinstance(index, Param) for index in variable.at)
        if isinstance(part, (And, Or)):
            assert len(part.parts) > 1
            assert not {TRUE, FALSE} & set(part.parts)


@given(questions())
def test_compiled_text_over_words_agrees_with_the_interpreter(asked: Question) -> None:
    words = Packing(asked.layout)
    for here in asked.situations[:4]:
        spelled_out = Ground(asked.scope, here.stands_for, here.inputs)(asked.formula)
        reads = compiled("reads", f"def reads(s): return {source(spelled_out, words, asked.scope)}")
        for there in asked.situations:
            expected = holds(asked.formula, replace(here, before=there.before))
            assert bool(reads(words.pack(there.before))) is expected


@given(scopes(most=4), dice())
def test_a_word_holds_every_cell_of_its_state(scope: Scope, throw: Dice) -> None:
    layout = Layout(model_of(VARIABLES), scope)
    words = Packing(layout)
    for _ in range(LOOKS):
        state = throw.state(layout)
        assert words.unpack(words.pack(state)) == state
    assert words.pack(layout.initial) == 0
    highest = tuple((layout.values(variable) or 0) - 1 for variable, _ in layout.cells)
    assert words.unpack(words.pack(highest)) == highest
    assert words.bits == sum(value.bit_length() for value in highest)
    # One of each 64 bits is never used, and a block that would be split starts in the next word.
    assert words.pack(highest).bit_length() <= words.width * 64
    assert words.width >= -(-words.bits // 63)


# ---------------------------------------------------------------- simpler formulas


@given(questions(formulas_each=3))
def test_conjunction_disjunction_and_negation_keep_the_meaning(asked: Question) -> None:
    for here in asked.situations:
        values = [holds(formula, here) for formula in asked.formulas]
        assert holds(conj(asked.formulas), here) is all(values)
        assert holds(disj(asked.formulas), here) is any(values)
        assert holds(negate(conj(asked.formulas)), here) is not all(values)
        assert [holds(negate(formula), here) for formula in asked.formulas] == [not value for value in values]


def test_literals_repetitions_and_opposites_are_folded_away() -> None:
    p, q = LIT, COINS.is_zero()
    assert (conj([]), disj([])) == (TRUE, FALSE)
    assert conj([p, TRUE, p]) == disj([p, FALSE, p]) == p
    assert (conj([p, q, FALSE]), disj([p, q, TRUE])) == (FALSE, TRUE)
    assert (conj([p, q, ~p]), disj([p, q, ~p])) == (FALSE, TRUE)
    assert conj([p & q, MOOD.is_("busy")]) == And((p, q, MOOD.is_("busy")))
    assert negate(p & ~q) == ~p | q
    assert negate(p.implies(q)) == p & ~q
    assert negate(Every((a,), p)) == Some((a,), ~p)


@st.composite
def known_facts(draw: st.DrawFn) -> tuple[Question, list[Formula]]:
    """A question about states, and statements about single variables."""
    few = draw(few_variables())
    layout = Layout(model_of(few), draw(scopes(most=2)))
    facts = draw(st.lists(formulas(few, HERE, 0), min_size=1, max_size=6))
    return Question([draw(formulas(few, HERE, 2))], situations(layout, draw(dice()))), facts


@given(known_facts())
def test_a_formula_keeps_its_meaning_where_the_facts_hold(drawn: tuple[Question, list[Formula]]) -> None:
    asked, facts = drawn
    for here in asked.situations:
        ground = Ground(asked.scope, here.stands_for)
        known = conj(ground(fact if holds(fact, here) else ~fact) for fact in facts)
        assert holds(known, here)
        assert holds(assume(ground(asked.formula), Facts.of(known)), here) is holds(asked.formula, here)


LIT, MOOD, COINS = VARIABLES[:3]
assert isinstance(MOOD, Enum)
assert isinstance(COINS, Count)


@pytest.mark.parametrize(("known", "asked", "answer"), [
    (Is(MOOD, 1), Is(MOOD, 1), TRUE),
    (Is(MOOD, 1), Is(MOOD, 2), FALSE),
    (Is(MOOD, 1), ~Is(MOOD, 2), TRUE),
    (~Is(MOOD, 1), Is(MOOD, 1), FALSE),
    (~Is(MOOD, 1), Is(MOOD, 2), Is(MOOD, 2)),
    (COINS.at_most(1), COINS.at_most(2), TRUE),
    (COINS.at_most(1), COINS.at_most(0), COINS.at_most(0)),
    (~COINS.at_most(1), COINS.at_most(0), FALSE),
    (~COINS.at_most(1), ~COINS.at_most(1), TRUE),
    (~COINS.at_most(0), COINS.at_most(1), COINS.at_most(1)),
])  # fmt: skip
def test_facts_settle_what_follows_from_them_at_once(known: Formula, asked: Formula, answer: Formula) -> None:
    assert assume(asked, Facts.of(known)) == answer
