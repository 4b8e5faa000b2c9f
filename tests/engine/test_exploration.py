"""Exploration over packed words finds what a plain breadth-first search finds."""

from __future__ import annotations

from collections.abc import Callable
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.beside import Size, settled
from support.naive import Naive
from support.random_models import formulas, random_models
from support.strategies import model_of

from backup_slr.engine.check import exploration as explore
from backup_slr.engine.check.exploration import Explored, Limits, Space
from backup_slr.engine.check.queries import Queries
from backup_slr.engine.compile.grounding import Ground
from backup_slr.engine.compile.interpreter import holds
from backup_slr.engine.core.formula import FALSE, TRUE, Formula
from backup_slr.engine.core.model import Model
from backup_slr.engine.core.rule import Rule
from backup_slr.engine.core.scope import Scope, State
from backup_slr.engine.core.step import Machine
from backup_slr.engine.core.trace import changes, replay
from backup_slr.engine.core.variable import Count, Flag
from backup_slr.lifecycle import scope
from backup_slr.lifecycle.vocabulary import cross_account

SMALL: Size = (1, 2, 1)


def unpacked(space: Space, explored: Explored) -> list[set[State]]:
    assert len(set(explored.states)) == len(explored.states)
    return [set(map(space.words.unpack, level)) for level in explored.levels]


# ---------------------------------------------------------------- reachable states


@given(random_models(), st.data())
def test_successors_are_the_other_states_that_each_action_at_each_place_leads_to(
    drawn: tuple[Model, Scope], data: st.DataObject
) -> None:
    """Each occurs once, with a transition that leads to it."""
    space, naive = Space(*drawn), Naive(*drawn, quick=True)
    for word in data.draw(st.lists(st.sampled_from(space.explore().states), max_size=5)):
        state = space.words.unpack(word)
        expected = {(q.action, q.place, space.words.pack(naive.taken(state, q).after)) for q in naive.requests}
        endings = [(space.transitions[number].ending, target) for number, target in space.successors(word)]
        assert sorted((e.action, e.place, target) for e, target in endings) == sorted(
            e for e in expected if e[2] != word
        )


@given(random_models(), st.data())
def test_queries_over_states_agree_with_the_interpreter(drawn: tuple[Model, Scope], data: st.DataObject) -> None:
    space, naive = Space(*drawn), Naive(*drawn, quick=True)
    formula = data.draw(formulas(naive.model.state))
    states = space.explore().states
    here = [
        number for number, word in enumerate(states) if holds(formula, naive.of_state(space.words.unpack(word), {}))
    ]
    spelled_out = Ground(naive.scope)(formula)
    assert space.all(spelled_out, states) == here
    assert space.first(spelled_out, states) == (here[0] if here else None)


# ---------------------------------------------------------------- shortest paths


def check_paths(space: Space, explored: Explored, machine: Machine) -> None:
    queries = Queries(space, explored)
    for number, word in enumerate(explored.states):
        path = queries.path(number)[0]
        assert replay(machine, path).final == space.words.unpack(word)
        assert len(path) == explored.level_of(number)
        assert word in explored.levels[explored.level_of(number)]


@given(random_models())
def test_the_path_to_every_state_is_a_shortest_one(drawn: tuple[Model, Scope]) -> None:
    """Its length is the number of its level, and levels are those of a plain search (`test_engines`)."""
    space = Space(*drawn)
    check_paths(space, space.explore(), Machine(*drawn))


def test_there_is_no_level_for_a_state_that_was_not_found() -> None:
    explored = Explored([[0], [1, 2]])
    assert [explored.level_of(number) for number in range(3)] == [0, 1, 1]
    with pytest.raises(IndexError):
        explored.level_of(3)


def test_changes_are_reported_cell_by_cell() -> None:
    lit, coins = Flag("lit"), Count("coins")
    layout = Machine(model_of((lit, coins), sorts=()), Scope({}, {"coins": 2})).layout
    found = [(c.variable, c.place, c.before, c.after) for c in changes(layout, (0, 2), (0, 1))]
    assert found == [(coins, (), 2, 1)]


# ---------------------------------------------------------------- limits


@given(random_models(), st.integers(0, 100))
def test_a_search_with_a_limit_of_states_finds_a_correct_part(drawn: tuple[Model, Scope], states: int) -> None:
    """The states found before the limit are correct; the search is complete exactly if no state is missing."""
    space = Space(*drawn)
    explored, levels = space.explore(Limits(states=states)), Naive(*drawn, quick=True).search().levels
    everything = sum(map(len, levels))
    assert explored.complete is (everything <= max(states, 1) and states > 0)
    assert explored.stopped == (None if explored.complete else "states")
    found = unpacked(space, explored)
    assert found[:-1] == levels[: len(found) - 1]
    assert found[-1] <= levels[len(found) - 1]
    assert len(explored.states) >= min(states, everything)


@pytest.mark.parametrize("chunk", [1, 7, 4096])
def test_limits_are_checked_after_every_chunk(chunk: int) -> None:
    """An incomplete level is still breadth first, and paths through it are correct."""
    space = Space(settled(), scope(*SMALL))
    seen: list[int] = []
    with patch.object(explore, "CHUNK", chunk):
        whole = space.explore(progress=lambda found, frontier: seen.append(frontier))
        cut = space.explore(Limits(states=200))
    assert unpacked(space, whole) == unpacked(space, space.explore())
    assert len(seen) == sum(-(-len(level) // chunk) for level in whole.levels)
    assert set(seen) == set(map(len, whole.levels))
    assert (cut.complete, cut.stopped) == (False, "states")
    assert 200 < len(cut.states) < len(whole.states)
    if chunk == 1:
        assert len(cut.states) < 200 + len(space.transitions)
    check_paths(space, cut, Machine(settled(), scope(*SMALL)))


@pytest.mark.parametrize("chunk", [7, 4096])
def test_an_interruption_keeps_the_states_found(chunk: int) -> None:
    """Only the last level may be incomplete."""
    space = Space(settled(), scope(*SMALL))
    with patch.object(explore, "CHUNK", chunk):
        explored = space.explore(progress=interrupting(4))
    assert (explored.complete, explored.stopped) == (False, "interrupted")
    found, whole = unpacked(space, explored), unpacked(space, space.explore())
    assert found[:4] == whole[:4]
    assert all(level <= whole[4] for level in found[4:])
    assert len(found) <= 5
    check_paths(space, explored, Machine(settled(), scope(*SMALL)))


def interrupting(levels: int) -> Callable[[Explored, int], None]:
    """A progress callback that is interrupted after a number of levels."""

    def interrupt(found: Explored, frontier: int) -> None:
        if len(found.levels) == levels:
            raise KeyboardInterrupt

    return interrupt


def test_an_interruption_does_not_add_states_to_avoid() -> None:
    space = Space(settled(), scope(*SMALL))
    explored = space.explore(avoid=cross_account, progress=interrupting(3))
    assert explored.stopped == "interrupted"
    assert len(explored.states) > 1
    assert space.all(cross_account, explored.states) == []


def test_no_transition_to_a_state_to_avoid_is_counted() -> None:
    lit = Flag("lit")
    switch = Rule("switch", "switch", "person", (), (), effects=(lit.becomes(True, clause="C"),))
    space = Space(model_of((lit,), switch, sorts=()), Scope({}, {}))
    assert [space.explore(avoid=avoid).transitions for avoid in (FALSE, lit)] == [1, 0]


def test_a_search_that_reached_its_target_is_not_complete() -> None:
    """States may be missing."""
    explored = Space(settled(), scope(*SMALL)).explore(until=TRUE)
    assert len(explored.states) == 1
    assert not explored.complete


@pytest.mark.parametrize("formula", [TRUE, FALSE])
def test_the_initial_state_can_be_avoided(formula: Formula) -> None:
    explored = Space(settled(), scope(*SMALL)).explore(avoid=formula)
    assert explored.complete
    assert len(explored.states) == (584 if formula == FALSE else 0)


def test_a_model_whose_rules_change_nothing_has_one_state() -> None:
    space = Space(model_of((Flag("lit"),), Rule("act", "act", "person", (), ()), sorts=()), Scope({}, {}))
    explored = space.explore()
    assert (explored.levels, explored.transitions, Queries(space, explored).deadlocks) == ([[0]], 0, 1)
