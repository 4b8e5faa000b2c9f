"""States that represent others: blocks of several words, numbers of more than 64 bits, searches that were stopped."""

from __future__ import annotations

from dataclasses import replace
from math import comb
from random import Random

import pytest
from engine.test_engines import explored
from hypothesis import event, given, settings
from hypothesis import strategies as st
from support.naive import Naive
from support.random_models import Maker
from support.strategies import ENGINES, asking, model_of, rule
from support.verdicts import PlainJudge

from backup_slr.engine.check.checker import Checker
from backup_slr.engine.check.engine import Settings
from backup_slr.engine.check.exploration import Limits, Space
from backup_slr.engine.check.symmetry import interchangeable
from backup_slr.engine.core.formula import TRUE, Element, Every, Param, Same, Some, Sort
from backup_slr.engine.core.scope import Scope
from backup_slr.engine.core.variable import Count, Flag

BOX = Sort("box")
x = Param("x", BOX)
HERE = (x,)
FULL = Flag("full", per=(BOX,))
COINS = tuple(Count(name, per=(BOX,)) for name in ("gold", "silver", "copper"))


def boxes_of_coins(boxes: int) -> Space:
    """Up to 2 coins of each of 3 kinds in a box that has room for a billion, and therefore takes two words."""
    rules = [rule(f"put_{c.name}", c[x].at_most(1), c[x].increases(clause="C"), place=HERE) for c in COINS]
    rules += [rule(f"take_{c.name}", ~c[x].is_zero(), c[x].decreases(clause="C"), place=HERE) for c in COINS]
    model = model_of(COINS, *rules, sorts=(BOX,))
    return Space(model, Scope({"box": boxes}, {c.name: 10**9 for c in COINS}))


@pytest.mark.parametrize("how", ENGINES, ids=str)
def test_blocks_of_several_words_are_exchanged_as_a_whole(how: Settings) -> None:
    space = boxes_of_coins(3)
    assert space.words.block((0,))[1] > 64
    found = explored(space, how)
    assert found.count == 27**3
    assert found.representatives == (comb(27 + 2, 3) if how.symmetry else 27**3)
    # In each box, each of 3 kinds of coins varies between 0 and 2, independent of the rest.
    assert found.transitions == 3 * (3 * 4 * 9) * 27**2
    assert len(found.levels) == 3 * 3 * 2 + 1


@pytest.mark.parametrize("how", [ENGINES[0], ENGINES[2]], ids=str)
def test_more_states_than_64_bits_can_count_are_counted(how: Settings) -> None:
    fill, empty = FULL[x].becomes(True, clause="C"), FULL[x].becomes(False, clause="C")
    rules = rule("fill", ~FULL[x], fill, place=HERE), rule("empty", FULL[x], empty, place=HERE)
    model = model_of((FULL,), *rules, sorts=(BOX,))
    space = Space(model, Scope({"box": 70}, {}))
    found = explored(space, how)
    assert (found.count, found.representatives, found.transitions) == (2**70, 71, 70 * 2**70)


def test_an_element_that_a_formula_names_is_not_exchanged() -> None:
    model = model_of((FULL,), sorts=(BOX,))
    second = Element(BOX, 1)
    assert interchangeable(model, (BOX,), [Every(HERE, FULL[x])]) == (BOX,)
    assert interchangeable(model, (BOX,), [FULL[second]]) == ()
    assert interchangeable(model, (BOX,), [Some(HERE, Same(x, second) & FULL[x])]) == ()


@settings(max_examples=40)
@given(st.integers(0, 2**32), st.sampled_from([1, 3, 8, 20]), st.sampled_from(ENGINES))
def test_a_search_that_was_stopped_gives_no_wrong_verdict(seed: int, most: int, how: Settings) -> None:
    """Its verdict is correct or inconclusive, and its trace confirms it."""
    maker = Maker(Random(seed))
    model, here = maker.model()
    asked = maker.property(model, maker.one(("always", "step", "sometimes", "possible", "eventually")))
    model = replace(model, properties=(asked,))
    cut, whole = (Checker(model, here, how).check(limits, only=[asked.id]) for limits in (Limits(most), Limits()))
    (told,), (right,) = cut.results, whole.results
    event(told.verdict)
    assert told.verdict in (right.verdict, "inconclusive")
    plain = PlainJudge(Naive(model, here))
    if told.trace is not None and asked.kind != "eventually":
        assert plain.replays(told.trace)
        assert plain.shows(asked, told.trace)


def test_a_sometimes_after_an_earlier_state_is_correct_under_symmetry() -> None:
    """All parts are about one place: of two interchangeable boxes, only one was ever full."""
    space = boxes_of_coins(2)
    full, empty = ~COINS[0][x].at_most(1), COINS[0][x].is_zero() & ~COINS[1][x].is_zero()
    asked = asking("sometimes", empty, earlier=full, meanwhile=TRUE, each=HERE)
    model = replace(space.model, properties=(asked,))
    plain = PlainJudge(Naive(model, space.scope, quick=True))
    for most in (20, 100, 10**6):
        result = Checker(model, space.scope, Settings("numpy")).check(Limits(most), only=[asked.id]).results[0]
        if result.trace is not None:
            assert plain.shows(asked, result.trace)
            assert len(result.trace.steps) == 2 + 2 + 1
    assert result.verdict == "holds"
