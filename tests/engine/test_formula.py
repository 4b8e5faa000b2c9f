"""Formulas, variables, scopes and models as data: construction and errors."""

from __future__ import annotations

import pickle
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.random_models import formulas
from support.strategies import COUNTS, HALL, INPUTS, ROOM, SHELF, TOP, VARIABLES, a, a2, b, b2, model_of, scopes

from backup_slr.engine.check.packing import Packing
from backup_slr.engine.compile.analysis import inputs_in, speaks_of_step
from backup_slr.engine.compile.codegen import source
from backup_slr.engine.compile.grounding import Ground
from backup_slr.engine.compile.interpreter import Situation, holds
from backup_slr.engine.compile.layout import Layout
from backup_slr.engine.core.formula import (
    FALSE,
    TRUE,
    After,
    And,
    Does,
    Element,
    Ends,
    Every,
    Formula,
    Implies,
    Literal,
    Not,
    Or,
    Param,
    Same,
    Some,
    Sort,
    Unchanged,
)
from backup_slr.engine.core.model import Model, parts_of
from backup_slr.engine.core.rule import Assumption, Guard, Refusal, Rule
from backup_slr.engine.core.scope import Scope, shown
from backup_slr.engine.core.variable import AtMost, Count, Enum, Flag, HasRoom, Is, usual

P, Q, R = Flag("p"), Flag("q"), Flag("r")
LIT, FULL = Flag("lit"), Flag("full", per=(ROOM, SHELF))
MOOD, BOOKS = Enum("mood", ("calm", "busy")), Count("books", per=(ROOM, SHELF))
OF_A_STEP = (After(P), Unchanged(("p",)), Does(("act",)), Does(("act",), (HALL,)), Ends(("done",)))


# ---------------------------------------------------------------- formulas


def test_a_formula_has_no_truth_value() -> None:
    """For every kind of node; a chained comparison of formulas would need one too."""
    said = [P, ~P, P & Q, P | Q, P.implies(Q), Every((a,), P), Some((a,), P), Same(a, HALL), TRUE]
    for formula in (*said, *OF_A_STEP, MOOD.is_("busy"), BOOKS.is_zero(), BOOKS.has_room()):
        with pytest.raises(TypeError, match="no truth value"):
            bool(formula)


def test_the_operators_build_the_nodes_of_the_same_meaning() -> None:
    assert (P & Q, P | Q, ~P, P.implies(Q)) == (And((P, Q)), Or((P, Q)), Not(P), Implies(P, Q))
    assert a.is_(HALL) == Same(a, HALL)
    assert (MOOD.is_("busy"), BOOKS[a, b].is_zero()) == (Is(MOOD, 1), AtMost(BOOKS[a, b], 0))
    assert (BOOKS[a, b].at_most(2), BOOKS[a, b].has_room()) == (AtMost(BOOKS[a, b], 2), HasRoom(BOOKS[a, b]))


def test_connectives_flatten() -> None:
    assert (P & Q) & R == P & (Q & R) == And((P, Q, R))
    assert (P | Q) | R == P | (Q | R) == Or((P, Q, R))
    assert Or((And((P, Q)), R)) == (P & Q) | R
    assert And((Not(And((P, Q))), R)) == ~(P & Q) & R


def test_connectives_leave_out_the_literal_that_says_nothing() -> None:
    assert P & TRUE == TRUE & P == P | FALSE == FALSE | P == P
    assert And((P, FALSE)) == P & FALSE
    assert Or((P, TRUE)) == P | TRUE


@pytest.mark.parametrize(
    ("formula", "value"), [(TRUE & TRUE, True), (FALSE | FALSE, False), (And(()), True), (Or(()), False)]
)
def test_an_empty_connective_is_its_literal_to_every_evaluator(formula: Formula, value: bool) -> None:
    layout = Layout(model_of(VARIABLES), Scope({"room": 1, "shelf": 1}, dict.fromkeys(COUNTS, 1)))
    assert holds(formula, Situation(layout, layout.initial)) is value
    assert Ground(layout.scope)(formula) == Literal(value)
    assert bool(eval(source(formula, Packing(layout), layout.scope))) is value


def test_formulas_are_values() -> None:
    """Equal if they have the same structure; English phrases of variables do not count."""
    assert FULL[a, b] == Flag("full", per=(ROOM, SHELF))[a, b] != FULL[a, TOP]
    assert len({P & Q, P & Q, Q & P}) == 2
    assert Flag("p", reads=("it is", "it is not")) == P
    assert [repr(f) for f in (P, FULL[a, TOP], BOOKS[HALL, b], MOOD)] == ["p", "full[a, top]", "books[hall, b]", "mood"]


@pytest.mark.parametrize("variable", [FULL, BOOKS, Enum("shape", ("flat", "round"), per=(ROOM, SHELF))])
@pytest.mark.parametrize("index", [a, (a,), (b, a), (a, a2), (b, b2), (a, b, b2), (TOP, HALL), ()])
def test_an_index_of_the_wrong_sorts_is_a_type_error(variable: Flag | Enum | Count, index: tuple[Param, ...]) -> None:
    with pytest.raises(TypeError, match="is indexed by"):
        variable[index]


@pytest.mark.parametrize("variable", [LIT, MOOD, Count("coins")])
def test_a_variable_without_sorts_takes_no_index(variable: Flag | Enum | Count) -> None:
    with pytest.raises(TypeError, match="is indexed by"):
        variable[a]


def test_unknown_values_and_elements_are_errors() -> None:
    for wrong in (lambda: MOOD.is_("sad"), lambda: MOOD.becomes("sad", clause="C"), lambda: ROOM.element("cellar")):
        with pytest.raises(ValueError, match="not in tuple"):
            wrong()


@pytest.mark.parametrize("formula", OF_A_STEP)
def test_an_evaluator_rejects_a_step_formula_without_a_step(formula: Formula) -> None:
    layout = Layout(model_of((P,)), Scope({"room": 1, "shelf": 1}, {}))
    with pytest.raises(TypeError):
        Ground(layout.scope)(formula)
    with pytest.raises(TypeError):
        source(formula, Packing(layout), layout.scope)
    with pytest.raises(TypeError):
        holds(formula, Situation(layout, layout.initial))


@pytest.mark.parametrize("formula", [*OF_A_STEP, *[f if isinstance(f, Flag) else Is(f, 0) for f in INPUTS]])
@pytest.mark.parametrize("wrap", [
    Not, lambda f: And((P, f)), lambda f: Or((f, P)), P.implies, lambda f: f.implies(P),
    lambda f: Every((a,), f), lambda f: Some((a,), f),
])  # fmt: skip
def test_a_formula_is_about_a_step_if_any_part_of_it_is(formula: Formula, wrap: Callable[[Formula], Formula]) -> None:
    assert speaks_of_step(wrap(formula))
    mentioned = {i.name for i in INPUTS if formula in (i, Is(i, 0))}
    assert inputs_in(wrap(formula)) == inputs_in(After(formula)) == inputs_in(P, formula) == mentioned


@given(formulas(VARIABLES))
def test_a_formula_about_the_state_mentions_no_step_and_no_input(formula: Formula) -> None:
    assert not speaks_of_step(formula)
    assert not inputs_in(formula)


# ---------------------------------------------------------------- variables, scopes, layouts


def test_effects_carry_the_number_of_the_value() -> None:
    effects = [LIT.becomes(True, clause="C"), LIT.becomes(False, clause="C"), MOOD.becomes("busy", clause="C")]
    effects += [BOOKS[a, b].increases(clause="C"), BOOKS[a, b].decreases(clause="C", when=LIT)]
    assert [e.value for e in effects] == [1, 0, 1, 1, -1]
    assert [e.when for e in effects] == [TRUE, TRUE, TRUE, TRUE, LIT]


def test_an_input_that_is_not_mentioned_has_its_default() -> None:
    assert [usual(i) for i in INPUTS] == [1, 0, 0]


@given(scopes(unbounded=True), st.sets(st.sampled_from(VARIABLES), min_size=1))
def test_every_variable_has_one_cell_at_each_place(scope: Scope, kept: set[Flag | Enum | Count]) -> None:
    """Cell numbers are affine in the place, because compiled text computes them so."""
    layout = Layout(model_of(tuple(kept)), scope)
    numbers = {(variable.name, place): layout.cell(variable.name, place) for variable, place in layout.cells}
    assert sorted(numbers.values()) == list(range(layout.width)) == list(range(len(layout.cells)))
    sizes = {v.name: [scope.size(s) for s in v.per] for v in kept}
    for (name, place), cell in numbers.items():
        constant, factors = layout.affine[name]
        assert cell == constant + sum(i * f for i, f in zip(place, factors, strict=True))
        assert all(i < size for i, size in zip(place, sizes[name], strict=True))
    assert layout.initial == (0,) * layout.width


def test_the_cells_of_one_place_are_adjacent() -> None:
    layout = Layout(model_of(VARIABLES), Scope({"room": 2, "shelf": 2}, {"coins": 1, "chairs": 1, "books": 1}))
    places = [place for _, place in layout.cells]
    assert places == [()] * 3 + [(0,)] * 3 + [(0, 0)] * 3 + [(0, 1)] * 3 + [(1,)] * 3 + [(1, 0)] * 3 + [(1, 1)] * 3


def test_variables_whose_sorts_are_not_nested_are_rejected() -> None:
    with pytest.raises(ValueError, match="q must be indexed by the first of room"):
        model_of((Flag("p", per=(ROOM,)), Flag("q", per=(SHELF,))))


def test_a_count_without_a_bound_does_not_fit_into_a_word() -> None:
    layout = Layout(model_of((Count("coins"),)), Scope({"room": 1, "shelf": 1}, {"coins": None}))
    assert layout.values(Count("coins")) is None
    with pytest.raises(ValueError, match="no bound"):
        Packing(layout).pack((0,))


def test_values_are_shown_as_people_write_them() -> None:
    assert [shown(v, 1) for v in (LIT, MOOD, BOOKS)] == [True, "busy", 1]
    assert [type(shown(v, 0)) for v in (LIT, MOOD, BOOKS)] == [bool, str, int]


@given(scopes(most=4), st.sampled_from([(), (a,), (a, b), (a, a2), (b, b2), (a, a2, b)]))
def test_one_place_of_each_kind_stands_for_all(scope: Scope, over: tuple[Param, ...]) -> None:
    """Every place is one of them after renaming elements that are not special, and they are all different."""

    def kind(place: dict[Param, Element]) -> tuple[object, ...]:
        known: dict[Sort, list[int]] = {}
        names: list[object] = []
        for element in place.values():
            others = known.setdefault(element.sort, [])
            if element.index >= len(element.sort.special) and element.index not in others:
                others.append(element.index)
            names.append(repr(element) if element.index not in others else others.index(element.index))
        return tuple(names)

    chosen = [kind(place) for place in scope.kinds_of_places(over)]
    assert len(set(chosen)) == len(chosen)
    assert set(chosen) == {kind(place) for place in scope.places(over)}


# ---------------------------------------------------------------- rules and models

LATE, DEAR = Refusal("too-late", "it is too late", "Late"), Refusal("too-dear", "it is too dear", None)
PACE = Assumption("pace", "How fast?", {"slow": "Slowly.", "fast": "Fast.", "no": "Not."}, "Not documented.")
ACT = Rule(
    "act", "act", "person", (), (),
    guards=(Guard(P, LATE, "C", PACE.read_as("slow", "no")), Guard(Q, DEAR, "C"), Guard(R, LATE, "C", fails=True)),
    effects=(P.becomes(True, clause="C"), Q.becomes(True, clause="C", under=PACE.read_as("fast"))),
    on_failure=(R.becomes(True, clause="C", under=PACE.read_as("no")),),
)  # fmt: skip
MODEL = Model("toy", (), (P, Q, R), (ACT,), (), (PACE,))


@pytest.mark.parametrize(("value", "kept"), [("slow", (3, 1, 0)), ("fast", (2, 2, 0)), ("no", (3, 1, 1))])
def test_settling_an_assumption_keeps_the_parts_of_its_value_only(value: str, kept: tuple[int, int, int]) -> None:
    settled = MODEL.assuming({"pace": value})
    rule = settled.rule("act")
    assert (len(rule.guards), len(rule.effects), len(rule.on_failure)) == kept
    assert not any(part.under for part in (*rule.guards, *rule.effects, *rule.on_failure))
    assert settled.assumed == (("pace", value),)
    assert settled.assuming({"pace": value}).rule("act") == rule


def test_an_assumption_has_its_first_value_by_default() -> None:
    assert (PACE.default, PACE.id) == ("slow", "ASSUME-PACE")
    assert MODEL.assuming() == MODEL.assuming({"pace": "slow"})
    with pytest.raises(ValueError, match="no value"):
        PACE.read_as("slow", "later")


def test_a_removed_part_is_missing_and_all_others_remain() -> None:
    assert parts_of(ACT) == ("too-late", "too-dear", "p", "q", "r")
    less = MODEL.without([("act", "too-late"), ("act", "q"), ("act", "r")]).rule("act")
    assert (less.guards, less.effects, less.on_failure) == (ACT.guards[1:2], ACT.effects[:1], ())


@pytest.mark.parametrize("pair", [("act", "too-far"), ("rest", "too-late"), ("act", "lit")])
def test_a_part_that_does_not_exist_cannot_be_removed(pair: tuple[str, str]) -> None:
    with pytest.raises(KeyError) as caught:
        MODEL.without([pair])
    assert caught.value.args == (pair,)


def test_a_rule_lists_its_outcomes() -> None:
    assert ACT.outcomes() == (("refused", "too-late"), ("refused", "too-dear"), ("failed", "too-late"), ("done", None))
    never = Rule(
        "act", "act", "person", (), (), guards=(Guard(P, DEAR, "C"), Guard(FALSE, LATE, "C"), Guard(Q, DEAR, "C"))
    )
    assert never.outcomes() == (("refused", "too-dear"), ("refused", "too-late"))


def test_a_guard_shows_its_own_error_code_before_that_of_its_refusal() -> None:
    assert [Guard(P, LATE, "C").shows_as, Guard(P, LATE, "C", error_code="Here").shows_as] == ["Late", "Here"]
    assert Guard(P, DEAR, "C").shows_as is None


def test_there_is_no_rule_of_an_unknown_action() -> None:
    with pytest.raises(KeyError, match="rest"):
        MODEL.rule("rest")


def test_a_formula_keeps_its_hash_to_itself() -> None:
    """Another process hashes differently."""
    formula = And((Flag("lit"), Not(Flag("open"))))
    assert hash(formula) == hash(And((Flag("lit"), Not(Flag("open")))))
    again = pickle.loads(pickle.dumps(formula))
    assert "_hash" not in vars(again)
    assert again == formula
    assert hash(again) == hash(formula)
