"""Fixed suites: a shortest tour has every transition, or every pair, and finds injected faults."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from itertools import pairwise, product

import pytest
from scipy.optimize import linprog
from scipy.sparse import coo_array
from support.beside_oracle import OracleAdapter
from support.fake import FAULTS, Bounded, Fake

from backup_slr.engine.check.exploration import Space
from backup_slr.engine.core.step import Request
from backup_slr.engine.core.variable import Enum
from backup_slr.lifecycle import lifecycle, scope
from backup_slr.scenario.player import play
from backup_slr.scenario.scenario_file import parse
from backup_slr.testing import Tour, follow, machine_for, suite

TABLE = lifecycle()
TEARDOWN = ("delete_service_linked_role", "finish_deletion_task")
PARTS: tuple[tuple[str, ...] | None, ...] = (
    ("perform_efs_automatic_backup", "turn_off_efs_automatic_backup", "create_backup_vault", "delete_backup_vault",
     "start_job", "finish_job", "delete_recovery_point", *TEARDOWN),
    ("list_resources", "create_service_linked_role", "set_up_cross_account_backup", "turn_off_cross_account_backup",
     "edit_description", "delete_backup_vault", *TEARDOWN),
)  # fmt: skip
"""Parts of the table from which an account can be emptied again, so that there is a tour."""
ROLE_ACTIONS = (
    "use_feature_from_another_service",
    "edit_description",
    "delete_service_linked_role",
    "finish_deletion_task",
)
WHOLE = [*PARTS, pytest.param(None, marks=pytest.mark.slow)]


@cache
def tour_of(actions: tuple[str, ...] | None) -> Tour:
    (tour,) = suite(actions=actions)
    return tour


def taken(tours: list[Tour]) -> list[list[tuple[object, ...]]]:
    """The transitions of each tour, one after the other."""
    return [
        [(s.before, s.request.action, s.request.place, s.after) for s in tour.trace.steps if s.before != s.after]
        for tour in tours
    ]


@cache
def every_transition(actions: tuple[str, ...] | None = None) -> set[tuple[object, ...]]:
    model = TABLE.assuming()
    if actions is not None:
        model = replace(model, rules=tuple(map(model.rule, actions)), properties=())
    space = Space(model, scope(1, 2, 1))
    unpack = space.words.unpack
    return {
        (unpack(word), space.transitions[m].ending.action, space.transitions[m].ending.place, unpack(target))
        for word in space.explore().states
        for m, target in space.successors(word)
    }


@pytest.mark.parametrize("actions", WHOLE)
def test_a_suite_takes_every_transition_in_one_tour(actions: tuple[str, ...] | None) -> None:
    tour = tour_of(actions)
    assert set(taken([tour])[0]) == every_transition(actions)
    assert tour.trace.final == tour.trace.machine.initial


def test_a_tour_is_as_short_as_one_can_be() -> None:
    """The linear program of Edmonds and Johnson, solved by SciPy: the number of uses of each transition, at least 1."""
    (tour,) = suite(changes_only=True)
    (steps,) = taken([tour])
    assert set(steps) == every_transition()
    assert len(tour.requests) == len(steps) == fewest(list(every_transition()))
    lengths = [len(t.requests) for t in suite(changes_only=True, actions=["set_up_cross_account_backup", *BACK])]
    assert lengths == [15]


def fewest(transitions: list[tuple[object, ...]]) -> int:
    """The length of a shortest closed tour of all transitions, by a linear program (whose vertices are integral)."""
    number = {state: n for n, state in enumerate({t[0] for t in transitions})}
    columns = range(len(transitions))
    balance = coo_array(
        (
            [1] * len(transitions) + [-1] * len(transitions),
            ([number[t[0]] for t in transitions] + [number[t[3]] for t in transitions], [*columns, *columns]),
        )
    )
    ones = [1] * len(transitions)
    found = linprog(ones, A_eq=balance.tocsr(), b_eq=[0] * len(number), bounds=(1, None), method="highs")
    assert found.success
    return round(found.fun)


BACK = ("turn_off_cross_account_backup", "delete_service_linked_role", "finish_deletion_task")
"""With these there are six states and eleven transitions, four of which must be taken twice."""


@pytest.mark.slow
@pytest.mark.parametrize("actions", WHOLE)
def test_each_state_gets_all_possible_requests(actions: tuple[str, ...] | None) -> None:
    """Including requests that are refused or change nothing, and every value of irrelevant parameters."""
    tour = tour_of(actions)
    asked = {(s.before, s.request.action, s.request.place, said(s.request)) for s in tour.trace.steps}
    states = {s.before for s in tour.trace.steps}
    assert len(states) == len({before for before, *_ in every_transition(actions)})
    every = {
        (rule.action, tuple(e.index for e in place.values()), tuple(zip((i.name for i in given), values, strict=True)))
        for rule in TABLE.rules
        if actions is None or rule.action in actions
        for given in [[i for i in rule.inputs if i.kind != "choice"]]
        for place in scope(1, 2, 1).places(rule.place)
        for values in product(*(range(len(i.values) if isinstance(i, Enum) else 2) for i in given))
    }
    assert asked == {(state, *request) for state in states for request in every}


def said(request: Request) -> tuple[tuple[str, int], ...]:
    """The inputs of a request, without choices of the environment."""
    choices = {i.name for i in TABLE.rule(request.action).inputs if i.kind == "choice"}
    return tuple((name, value) for name, value in request.inputs.items() if name not in choices)


def test_a_suite_of_pairs_takes_every_two_consecutive_transitions() -> None:
    tours = suite("pairs", changes_only=True, actions=ROLE_ACTIONS)
    seen = {pair for tour in taken(tours) for pair in pairwise(tour)}
    single = set(taken(suite(changes_only=True, actions=ROLE_ACTIONS))[0])
    assert seen == {(a, b) for a in single for b in single if a[3] == b[0]}


def test_a_suite_of_pairs_has_the_other_requests_in_a_second_tour() -> None:
    """Requests that change nothing make no pairs: with all rules there would be millions."""
    requests = [tour.requests for tour in suite("pairs", actions=ROLE_ACTIONS)]
    alone = suite("pairs", actions=ROLE_ACTIONS, changes_only=True) + suite(actions=ROLE_ACTIONS)
    assert requests == [tour.requests for tour in alone]


def test_tours_can_be_kept_short() -> None:
    tours = suite(changes_only=True, longest=40)
    assert {t for tour in taken(tours) for t in tour} >= every_transition()
    assert all(len(tour.requests) <= 60 for tour in tours)
    assert [tour.number for tour in tours] == list(range(1, len(tours) + 1))


def test_there_is_no_tour_without_a_path_back() -> None:
    with pytest.raises(ValueError, match="there is no tour"):
        suite(actions=["list_resources"])


@pytest.mark.parametrize(("actions", "message"), [(["list_resource"], "did you mean"), ([], "no action to test")])
def test_a_suite_of_unknown_actions_is_rejected(actions: list[str], message: str) -> None:
    for make in (lambda: suite(actions=actions), lambda: machine_for(Fake, actions=actions)):
        with pytest.raises(ValueError, match=message):
            make()


def test_a_tour_is_a_scenario_that_passes() -> None:
    tour = suite(actions=["set_up_cross_account_backup", *BACK], longest=30)[0]
    scenario = parse(tour.scenario())
    assert len(scenario.steps) == len(tour.requests)
    assert play(scenario).passed


@pytest.mark.slow
@pytest.mark.parametrize("fault", sorted(set(FAULTS) - {"regions-are-mixed-up"}))
def test_a_fixed_suite_finds_the_injected_faults_too(fault: str) -> None:
    assert any(follow(Bounded(fault), t.trace.machine, t.names, t.requests) for t in map(tour_of, PARTS))


@pytest.mark.parametrize("actions", WHOLE)
def test_a_fixed_suite_finds_nothing_in_a_correct_implementation(actions: tuple[str, ...] | None) -> None:
    tour = tour_of(actions)
    assert follow(OracleAdapter(1, 2, 1, {}), tour.trace.machine, tour.names, tour.requests) is None
