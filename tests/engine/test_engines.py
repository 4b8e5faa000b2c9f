"""Every engine, with and without symmetry, has the same states, verdicts, and lengths of traces."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import slow
from support.beside import Assumed, settled
from support.naive import Naive
from support.random_models import formulas, random_models
from support.strategies import ENGINES, HALL, ROOM, SHELF, a, b, model_of

from backup_slr.engine.check.checker import Checker, Report
from backup_slr.engine.check.cycles import components
from backup_slr.engine.check.engine import Settings, explore, queries, symmetry_of
from backup_slr.engine.check.exploration import Explored, Limits, Space
from backup_slr.engine.check.symmetry import interchangeable, network
from backup_slr.engine.check.vectorized import array_graph, search
from backup_slr.engine.check.vectorized.hashset import FREE, HashSet, StateIndex
from backup_slr.engine.check.witness import Seeker
from backup_slr.engine.compile.grounding import Ground
from backup_slr.engine.compile.interpreter import holds
from backup_slr.engine.core.formula import FALSE, Every, Formula, Some
from backup_slr.engine.core.model import Model
from backup_slr.engine.core.scope import Scope
from backup_slr.engine.core.trace import replay
from backup_slr.engine.core.variable import Flag
from backup_slr.engine.spec.query import parse
from backup_slr.lifecycle import BACKUP, lifecycle, scope
from backup_slr.lifecycle.assumptions import ASSUMPTIONS

PLAIN = Settings("python", symmetry=False)
READINGS = [((a.name, value),) for a in ASSUMPTIONS for value in list(a.values)[1:]]


def explored(space: Space, how: Settings, until: Formula = FALSE, avoid: Formula = FALSE) -> Explored:
    symmetry = symmetry_of(space, how, [until, avoid])
    return explore(space, how, until=Ground(space.scope)(until), avoid=Ground(space.scope)(avoid), symmetry=symmetry)


def size(found: Explored) -> tuple[int, int, int, bool]:
    return found.count, found.transitions, len(found.levels), found.complete


def told(report: Report) -> list[object]:
    """The results that must not depend on the engine."""
    results = [(j.property.id, j.verdict, len(j.trace.steps) if j.trace else None) for j in report.results]
    loops = [j.trace.loop_from for j in report.results if j.trace]
    ways = [
        (w.rule.action, w.outcome, w.because, w.states, len(w.trace.steps) if w.trace else None)
        for w in report.outcomes
    ]
    return [size(report.explored), report.deadlocks, results, loops, ways]


# ---------------------------------------------------------------- exploration


@given(random_models(actions=3), st.data())
def test_every_engine_agrees_with_a_plain_search(drawn: tuple[Model, Scope], data: st.DataObject) -> None:
    """States by level, and transitions, without states to avoid, up to the first level with a target."""
    space, naive = Space(*drawn), Naive(*drawn, quick=True)
    until, avoid = data.draw(formulas(drawn[0].state)), data.draw(st.just(FALSE) | formulas(drawn[0].state))
    plain, everything = naive.search(lambda state: holds(avoid, naive.of_state(state, {}))), naive.search().levels
    wanted = [any(holds(until, naive.of_state(state, {})) for state in level) for level in everything]
    near = everything[: wanted.index(True) + 1] if any(wanted) else everything
    for how in ENGINES:
        found = explored(space, how, FALSE, avoid)
        assert (found.engine, found.complete) == (how.engine, True)
        assert (found.count, found.transitions) == (len(plain.states), len(plain.transitions))
        assert found.representatives <= found.count
        nearest = explored(space, how, until)
        assert (nearest.count, len(nearest.levels), nearest.complete) == (
            sum(map(len, near)),
            len(near),
            not any(wanted),
        )
        if not how.symmetry:
            assert [set(map(space.words.unpack, level)) for level in found.levels] == plain.levels
            assert [set(map(space.words.unpack, level)) for level in nearest.levels] == near


@given(random_models(most=200, actions=3))
def test_symmetry_keeps_one_state_of_each_orbit(drawn: tuple[Model, Scope]) -> None:
    """It is the smallest state of the orbit, and represents as many states as the orbit has."""
    space = Space(*drawn)
    symmetry = symmetry_of(space, ENGINES[0])
    canonical, orbit = space.canonical(symmetry), space.orbit(symmetry)
    orbits: dict[int, int] = {}
    for word in space.explore().states:
        assert canonical(canonical(word)) == canonical(word)
        orbits[canonical(word)] = orbits.get(canonical(word), 0) + 1
    for how in ENGINES[0], ENGINES[2]:
        assert set(explored(space, how).states) == set(orbits)
    assert {word: orbit(word) for word in orbits} == orbits


@pytest.mark.slow
@pytest.mark.parametrize(
    "assumed",
    [(), *slow(*READINGS)],
    ids=lambda assumed: "=".join(*assumed) if assumed else "defaults",
)
def test_all_engines_agree_on_the_lifecycle_under_every_assumption(assumed: Assumed) -> None:
    model = settled(assumed)
    expected = told(Checker(model, scope(1, 2, 1), PLAIN).check())
    for how in ENGINES[2:]:
        assert told(Checker(model, scope(1, 2, 1), how).check()) == expected


@pytest.mark.parametrize(
    "numbers",
    [(1, 3, 1), *slow((1, 4, 1), (2, 2, 1), (1, 3, 2))],
    ids=str,
)
def test_all_engines_agree_on_safety_in_larger_scopes(numbers: tuple[int, int, int]) -> None:
    here = scope(*numbers)
    only = [p.id for p in lifecycle().properties if p.kind in ("always", "step", "sometimes")]
    reports = [Checker(settled(), here, how).check(Limits(10**6), only=only) for how in ENGINES]
    assert [told(r) for r in reports] == [told(reports[1])] * len(ENGINES)
    assert (reports[2].explored.representatives < reports[2].explored.count) is (
        numbers != (1, 3, 1) and numbers != (1, 3, 2)
    )


# ---------------------------------------------------------------- verdicts and traces


def test_a_trace_is_one_of_the_model_itself_and_keeps_the_names() -> None:
    """Under symmetry a state represents others; its path is replayed with the concrete states."""
    model, here = settled(), scope(2, 4, 1)
    wanted = parse("role == deleting and all(vault) and any(points > 0)", BACKUP)
    found = Seeker(model, here, wanted, settings=ENGINES[2]).exhaustive()
    assert found.trace is not None
    machine = found.trace.machine
    assert replay(machine, [t.request for t in found.trace.steps]) == found.trace
    whole = Seeker(model, here, wanted, settings=ENGINES[3]).exhaustive()
    assert whole.trace is not None
    assert len(whole.trace.steps) == len(found.trace.steps)
    assert found.explored.representatives < whole.explored.representatives


# ---------------------------------------------------------------- interchangeable elements


def test_elements_that_formulas_compare_across_blocks_are_not_interchangeable() -> None:
    """If a formula compares shelf 2 of one room with shelf 2 of another, the number of a shelf matters."""
    full = Flag("full", per=(ROOM, SHELF))
    model = model_of((full,))
    chain = (ROOM, SHELF)
    assert interchangeable(model, chain) == chain
    assert interchangeable(model, chain, [Every((a, b), full[a, b])]) == chain
    assert interchangeable(model, chain, [Every((a,), Some((b,), full[a, b] & ~full[a, b]))]) == chain
    assert interchangeable(model, chain, [Some((b,), full[HALL, b] & Every((a,), full[a, b]))]) == (ROOM,)
    assert interchangeable(model, chain, [Some((b,), Every((a,), full[a, b]))]) == (ROOM,)


@pytest.mark.parametrize("length", range(9))
def test_a_sorting_network_sorts(length: int) -> None:
    """All sequences of 0 and 1 are enough (the zero-one principle)."""
    for bits in range(1 << length):
        row = [bits >> i & 1 for i in range(length)]
        for low, high in network(length):
            assert low < high
            row[low], row[high] = min(row[low], row[high]), max(row[low], row[high])
        assert row == sorted(row)


# ---------------------------------------------------------------- several words


@pytest.mark.parametrize(("vaults", "least"), [(8, 128), (9, 130)])
def test_a_state_of_more_than_128_bits_takes_several_words(vaults: int, least: int) -> None:
    words = replace(Space(settled(), scope(5, vaults, 1)).words, columns=True)
    assert words.bits >= least
    assert words.width == -(-words.bits // 63)
    assert all(position % 64 + mask.bit_length() <= 63 for position, mask in words.fields)
    rng = np.random.default_rng(1)
    for _ in range(20):
        state = tuple(int(rng.integers(0, mask + 1)) for _, mask in words.fields)
        assert words.unpack(words.pack(state)) == state


def few(space: Space, how: Settings) -> list[int]:
    """The numbers of states in the first levels."""
    symmetry = symmetry_of(space, how)
    found = explore(space, how, Limits(10_000), symmetry=symmetry)
    whole = found.levels[:-1]
    assert isinstance(whole, list)
    return [sum(map(space.orbit(symmetry), level)) for level in whole]


@pytest.mark.slow
def test_engines_agree_where_a_state_takes_several_words() -> None:
    space = Space(settled(), scope(5, 9, 1))
    assert replace(space.words, columns=True).width >= 3
    found = [few(space, how) for how in ENGINES]
    common = min(map(len, found))
    assert common >= 3
    assert len({tuple(levels[:common]) for levels in found}) == 1


# ---------------------------------------------------------------- the hash set


@given(st.lists(st.lists(st.integers(0, 300), max_size=80), max_size=8), st.integers(1, 3))
def test_a_hash_set_returns_the_new_keys(batches: list[list[int]], width: int) -> None:
    seen, plain = HashSet(width, bits=2), set[int]()
    for batch in batches:
        keys = [np.array([k * 7**c for k in batch], np.uint64) for c in range(width)]
        new = seen.add(keys)
        assert sorted(map(int, new[0])) == sorted(set(batch) - plain)
        plain |= set(batch)
    assert seen.count == len(plain)


def test_a_hash_set_grows() -> None:
    seen = HashSet(1, bits=2)
    keys = np.arange(300_000, dtype=np.uint64) * np.uint64(64)
    assert len(seen.add([keys])[0]) == len(keys)
    assert len(seen.add([keys[::-1].copy()])[0]) == 0
    assert int(FREE) not in keys.tolist()


@given(st.lists(st.integers(0, 2**63 - 1), unique=True, min_size=1, max_size=100), st.integers(0, 2**63 - 1))
def test_states_are_found_by_their_numbers(states: list[int], other: int) -> None:
    column = np.array(states, np.uint64)
    numbers = StateIndex([column])
    assert numbers.of([column]).tolist() == list(range(len(states)))
    expected = states.index(other) if other in states else -1
    assert numbers.of([np.array([other], np.uint64)]).tolist() == [expected]


# ---------------------------------------------------------------- the graph


@given(st.integers(1, 12).flatmap(lambda n: st.tuples(st.just(n), st.lists(st.tuples(*[st.integers(0, n - 1)] * 2)))))
def test_components_of_arrays_are_those_of_lists(drawn: tuple[int, list[tuple[int, int]]]) -> None:
    """Also if several edges lead from one node to another."""
    size, edges = drawn
    arrays = [(np.array([s], np.int32), np.array([t], np.int32)) for s, t in (*edges, *edges)]
    count, component = array_graph.components(size, arrays)
    found = {frozenset(np.flatnonzero(component == number).tolist()) for number in range(count)}
    assert found == set(map(frozenset, components(range(size), lambda node: [t for s, t in edges if s == node])))


@given(random_models(most=60), st.data())
def test_arrays_and_lists_find_the_same_deadlocks_and_reachable_goals(
    drawn: tuple[Model, Scope], data: st.DataObject
) -> None:
    space, naive = Space(*drawn), Naive(*drawn, quick=True)
    goal = Ground(naive.scope)(data.draw(formulas(drawn[0].state)))
    following = {s: {t.after for t in steps} - {s} for s, steps in naive.steps.items()}
    for how in ENGINES:
        found = explored(space, how)
        asked = queries(space, found)
        if not how.symmetry:
            reaching = {space.words.unpack(word) for word in found.states if space.first(goal, [word]) == 0}
            for _ in following:
                reaching |= {state for state, after in following.items() if after & reaching}
            lost = asked.lost(goal)
            assert (lost is None) is (reaching == set(following))
            assert lost is None or space.words.unpack(found.states[lost]) not in reaching
        symmetric = queries(space, found, symmetry_of(space, how)) if how.symmetry else asked
        assert symmetric.deadlocks == sum(not after for after in following.values())


# ---------------------------------------------------------------- limits


@pytest.mark.parametrize("engine", ["python", "numpy"])
def test_limits_stop_the_search(engine: str) -> None:
    space, how = Space(settled(), scope(1, 3, 1)), Settings(engine)  # type: ignore[arg-type]
    assert explore(space, how, Limits(states=100)).stopped == "states"
    assert explore(space, how, Limits(seconds=-1.0)).stopped == "time"
    assert explore(space, how, Limits(memory=1)).stopped == "memory"
    assert explore(space, how, Limits(seconds=3600.0)).complete


def test_an_interruption_of_the_search_by_arrays_keeps_the_states_found() -> None:
    space, how = Space(settled(), scope(1, 3, 1)), Settings("numpy")

    def interrupt(found: Explored, _: int) -> None:
        if len(found.levels) > 3:
            raise KeyboardInterrupt

    cut = explore(space, how, progress=interrupt)
    assert cut.stopped == "interrupted"
    assert cut.count > 100
    found = queries(space, cut)
    for number in range(0, cut.count, 50):
        assert len(found.path(number)[0]) == cut.level_of(number)


def test_an_array_that_does_not_fit_into_memory_ends_only_the_search(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_room(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr(search.ArraySearch, "_expanded", no_room)
    found = search.explore(Space(settled(), scope(1, 4, 1)))
    assert found.stopped == "memory"
