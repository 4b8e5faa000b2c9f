"""An exploration from any state: every engine agrees with brute force that starts there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from random import Random
from typing import Any

import pytest
from engine.test_engines import PLAIN, explored, told
from hypothesis import given, settings
from hypothesis import strategies as st
from support.naive import Naive
from support.random_models import Maker
from support.strategies import ENGINES
from support.verdicts import PlainJudge

from backup_slr.engine.check.checker import Checker
from backup_slr.engine.check.exploration import Limits, Space
from backup_slr.engine.check.guided import GuidedSearch
from backup_slr.engine.check.transitions import is_now
from backup_slr.engine.check.witness import Seeker
from backup_slr.engine.compile.layout import Layout
from backup_slr.engine.compile.simplify import conj, negate
from backup_slr.engine.core.formula import Element, Every, Formula, Some
from backup_slr.engine.core.model import Model
from backup_slr.engine.core.scope import Scope, Start
from backup_slr.engine.core.step import Machine
from backup_slr.engine.core.variable import Count
from backup_slr.engine.spec.query import parse
from backup_slr.lifecycle import BACKUP, lifecycle, scope
from backup_slr.lifecycle.vocabulary import r, v, vault

MODEL = lifecycle().assuming()
SHOWN_IS_GOOD = {"always": False, "step": False, "sometimes": True, "possible": False}


def started(model: Model, here: Scope, random: Random) -> Scope:
    """The scope with a random initial state, in which places are often alike."""
    layout = Layout(model, here)
    few = [random.random() for _ in range(2)]
    values = {(v.name, place): int(random.choice(few) * (layout.values(v) or 1)) for v, place in layout.cells}
    return replace(here, start=Start({key: value for key, value in values.items() if value}, {}))


@settings(max_examples=25)
@given(st.integers(0, 2**32))
def test_every_engine_finds_the_states_that_brute_force_finds(seed: int) -> None:
    maker = Maker(Random(seed))
    model, here = maker.model(most=100, actions=3)
    here = started(model, here, maker.random)
    plain = Naive(model, here, quick=True).search()
    wanted = maker.formula(model.state, ())
    near = PlainJudge(Naive(model, here, quick=True))
    depth = min((n for s, n in near.levels.items() if near.in_state(wanted, s, {})), default=None)
    for how in ENGINES:
        found = explored(Space(model, here), how)
        assert (found.count, found.transitions) == (len(plain.states), len(plain.transitions))
        if not how.symmetry:
            assert [set(map(Space(model, here).words.unpack, level)) for level in found.levels] == plain.levels
        trace = Seeker(model, here, wanted, settings=how).exhaustive().trace
        assert (trace and len(trace.steps)) == depth
        assert trace is None or near.replays(trace)


@settings(max_examples=60)
@given(st.integers(0, 2**32))
def test_a_guided_search_finds_a_shortest_way_or_that_there_is_none(seed: int) -> None:
    maker = Maker(Random(seed))
    model, here = maker.model(most=100, actions=4)
    here = started(model, here, maker.random)
    wanted, avoid = maker.formula(model.state, ()), maker.formula(model.state, ())
    for avoided in (None, avoid):
        seeker = Seeker(model, here, wanted, avoided)
        expected, found = seeker.exhaustive(), seeker.guided()
        assert (found.verdict, found.at_least) == (expected.verdict, expected.at_least)
        assert found.decided
        few = seeker.guided(Limits(states=0))
        assert few.verdict in (expected.verdict, "inconclusive")
        assert few.verdict == "unreachable" or few.at_least <= expected.at_least or expected.verdict == "unreachable"


@pytest.mark.parametrize("text", ["cross_account and role == deleting", "role == deleting", "any(points > 0)"])
def test_an_interrupted_guided_search_claims_no_longer_way_than_there_is(text: str) -> None:
    seeker = Seeker(MODEL, scope(1, 2, 1), parse(text, BACKUP))
    shortest = seeker.exhaustive().at_least
    for calls in range(5):
        search = GuidedSearch(seeker.space, seeker.goal)
        left, successors = iter(range(calls)), search.space.successors

        def interrupted(word: int, left: Iterator[int] = left, successors: Any = successors) -> Any:
            if next(left, None) is None:
                raise KeyboardInterrupt
            return successors(word)

        vars(search.space)["successors"] = interrupted  # a cached property
        assert search.way(Limits()).at_least <= shortest


@pytest.mark.parametrize("kind", SHOWN_IS_GOOD)
@settings(max_examples=25)
@given(seed=st.integers(0, 2**32))
def test_every_engine_has_the_verdicts_of_brute_force(kind: str, seed: int) -> None:
    maker = Maker(Random(seed))
    model, here = maker.model(most=40)
    here = started(model, here, maker.random)
    asked = maker.property(model, kind)  # type: ignore[arg-type]
    shortest = PlainJudge(Naive(model, here)).shortest(asked)
    for how in ENGINES:
        report = Checker(replace(model, properties=(asked,)), here, how).check(only=[asked.id]).confirmed()
        (found,) = report.results
        assert found.verdict == ("holds" if (shortest is not None) is SHOWN_IS_GOOD[kind] else "violated")
        assert (found.trace and len(found.trace.steps)) == shortest


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(1))
def test_engines_agree_on_the_lifecycle_from_a_random_account(seed: int) -> None:
    here = started(MODEL, scope(1, 3, 1), Random(seed))
    expected = told(Checker(MODEL, here, PLAIN).check())
    for how in ENGINES[1:]:
        assert told(Checker(MODEL, here, how).check()) == expected


def test_only_places_that_start_equal_are_exchanged() -> None:
    """Two of three ordinary vaults are alike, so that a state represents two states or itself."""
    values = {("role", ()): 1, ("vault", (0, 2)): 1, ("vault", (0, 3)): 1}
    here = replace(scope(1, 5, 1), start=Start(values, {}))
    whole, less = (explored(Space(MODEL, here), how) for how in (ENGINES[1], ENGINES[0]))
    assert whole.count == less.count
    assert whole.count / 2 <= less.representatives < whole.count


def test_a_value_that_the_scope_has_no_room_for_is_an_error() -> None:
    here = replace(scope(1, 2, 1), start=Start({("points", (0, 0)): 2}, {}))
    with pytest.raises(ValueError, match="points: the initial state has 2, and this scope at most 1"):
        _ = Machine(MODEL, here)


def test_quantifiers_of_properties_range_over_places_that_differ() -> None:
    """A property about each place is violated at the one place that starts differently."""
    here = replace(scope(1, 4, 1), start=Start({("role", ()): 1, ("vault", (0, 3)): 1}, {}))
    for formula in (Some((r, v), vault[r, v]), Every((r, v), ~vault[r, v])):
        assert Seeker(MODEL, here, formula).exhaustive().verdict == "reached"


@settings(max_examples=15)
@given(st.integers(0, 2**32))
def test_a_guided_search_finds_a_shortest_way_in_the_lifecycle(seed: int) -> None:
    """The goal has some values of a state at the end of a random walk, which is avoided in one other place."""
    random = Random(seed)
    names = random.choice(
        [(), ("vault-lock",), ("access-policy", "backup-plans"), ("deleting", "retention"), ("copies",)]
    )
    model = BACKUP.extended(*names).model.assuming(
        {"default-vault": random.choice(["cli-deletes", "needs-another-vault"])}
    )
    here = started(model, scope(*random.choice([(1, 2, 1), (1, 3, 1), (2, 2, 1)])), random)
    space = Space(model, here)
    words = [space.start]
    while len(words) < 20 and (after := space.successors(words[-1])):
        words.append(random.choice(after)[1])
    cells = random.sample(range(space.words.layout.width), random.randint(1, 6))
    layout = space.words.layout

    def value(cell: int, number: int) -> Formula:
        variable, place = layout.cells[cell]
        at = (
            variable[tuple(Element(sort, i) for sort, i in zip(variable.per, place, strict=True))]
            if place
            else variable
        )
        if isinstance(at, Count):
            return ~at.is_zero() if number else at.is_zero()
        return is_now(at, number)

    final = space.words.unpack(words[-1])
    wanted = conj(value(cell, final[cell]) for cell in cells)
    avoid = random.choice([None, negate(wanted) & value(0, random.randrange(2))])
    seeker = Seeker(model, here, wanted, avoid)
    expected, found = seeker.exhaustive(Limits(states=200_000)), seeker.guided()
    assert found.decided or found.explored.stopped == "states"
    assert found.at_least <= expected.at_least or found.decided
    if expected.decided and found.decided:
        assert (found.verdict, found.at_least) == (expected.verdict, expected.at_least)
