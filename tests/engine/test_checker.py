"""Verdicts on *always*, *step*, *sometimes* and *possible*, and the traces that show them.

Random properties of random models are checked in `fuzz.properties` and `fuzz.liveness`.
"""

from __future__ import annotations

from dataclasses import replace
from random import Random

import pytest
from hypothesis import event, given
from hypothesis import strategies as st
from support.beside import settled
from support.naive import Naive
from support.random_models import Maker, formulas, random_models
from support.strategies import ENGINES, HALL, INPUTS, ROOM, a, a2, asking, model_of, rule
from support.verdicts import PlainJudge

from backup_slr.engine.check.checker import Checker, PropertyResult
from backup_slr.engine.check.engine import Settings
from backup_slr.engine.check.exploration import Limits, Space
from backup_slr.engine.check.witness import Seeker
from backup_slr.engine.compile.analysis import foregone
from backup_slr.engine.compile.grounding import Ground
from backup_slr.engine.compile.interpreter import holds
from backup_slr.engine.compile.simplify import assume
from backup_slr.engine.core.formula import FALSE, TRUE, After, Does, Ends, Every, Formula, Literal, Param, Some
from backup_slr.engine.core.model import Model
from backup_slr.engine.core.rule import Fair, Property, PropertyKind, Rule
from backup_slr.engine.core.scope import Scope
from backup_slr.engine.core.variable import Effect, Enum, Flag
from backup_slr.lifecycle import BACKUP, lifecycle, scope
from backup_slr.report.check import failure_lines

ONE, TWO = Scope({"room": 1, "shelf": 1}, {}), Scope({"room": 2, "shelf": 1}, {})
ENTERED = Fair("weak", Does(("enter",)) & Ends(("done",)), "a waiting visitor is let in")
SHOWN_IS_GOOD = {"always": False, "step": False, "sometimes": True, "possible": False}


def judged(model: Model, here: Scope, asked: Property, limits: Limits = Limits()) -> PropertyResult:  # noqa: B008
    space = Space(model, here)
    return Checker.of(space, space.explore(limits)).judge(asked)


def agrees(model: Model, here: Scope, asked: Property) -> PropertyResult:
    """The result, after its verdict, length and trace are compared with the plain judge."""
    result, plain = judged(model, here, asked), PlainJudge(Naive(model, here))
    shortest = plain.shortest(asked)
    shown = shortest is not None
    assert result.verdict == ("holds" if shown is SHOWN_IS_GOOD[asked.kind] else "violated")
    assert (result.trace is not None) is shown
    if result.trace is not None:
        assert plain.replays(result.trace)
        assert len(result.trace.steps) == shortest
        assert result.trace.loop_from is None
        assert plain.shows(asked, result.trace)
    return result


@given(st.integers(0, 2**32))
def test_a_foregone_result_agrees_with_grounding(seed: int) -> None:
    maker = Maker(Random(seed))
    model, here = maker.model(most=40)
    asked = maker.property(model, "step")
    for transition in Space(model, here).transitions:
        known = foregone(asked.formula, transition.ending)
        event(f"foregone: {known}")
        if known is not None:
            for place in here.places(asked.each):
                for inputs in transition.inputs:
                    closer = Ground(here, place, inputs, transition.ending)(asked.formula)
                    assert assume(closer, transition.facts) == Literal(known)


# ---------------------------------------------------------------- later goals, with `meanwhile` steps

at = Enum("at", ("start", "left", "right", "crossing", "end"))
WAYS = {
    "go_left": ("start", "left"),
    "go_right": ("start", "right"),
    "cut_across": ("left", "crossing"),
    "go_on": ("right", "crossing"),
    "arrive": ("crossing", "end"),
}


def road(action: str, here: str, there: str, *inputs: Flag | Enum) -> Rule:
    return rule(action, at.is_(here), at.becomes(there, clause="C"), inputs=inputs)


MAP = model_of((at,), *(road(action, *way) for action, way in WAYS.items()))


def way_of(result: PropertyResult) -> list[str]:
    assert result.trace is not None
    return [taken.request.action for taken in result.trace.steps]


START, RIGHT, END = at.is_("start"), at.is_("right"), at.is_("end")
ARRIVED = Does(("arrive",)) & Ends(("done",))
THROUGH_LEFT, THROUGH_RIGHT = ["go_left", "cut_across", "arrive"], ["go_right", "go_on", "arrive"]


@pytest.mark.parametrize(("formula", "earlier", "meanwhile", "way"), [
    (END, RIGHT, TRUE, THROUGH_RIGHT),
    (at.is_("left"), RIGHT, TRUE, None),
    (RIGHT, RIGHT, TRUE, ["go_right"]),
    (END, START, ~Does(("go_left",)), THROUGH_RIGHT),
    (END, RIGHT, Does(("arrive", "cut_across")), None),
    # `meanwhile` may depend on the state in which a step happens.
    (END, START, ~RIGHT, THROUGH_LEFT),
    (END, START, ~After(RIGHT), THROUGH_LEFT),
    # The last step need not be a `meanwhile` step.
    (ARRIVED, at.is_("crossing"), FALSE, THROUGH_LEFT),
])  # fmt: skip
def test_a_later_goal_is_reached_from_the_earlier_state_by_meanwhile_steps_only(
    formula: Formula, earlier: Formula, meanwhile: Formula, way: list[str] | None
) -> None:
    result = agrees(MAP, ONE, asking("sometimes", formula, earlier=earlier, meanwhile=meanwhile))
    assert result.verdict == ("holds" if way else "violated")
    assert way is None or way_of(result) == way


def test_a_trace_through_an_earlier_state_is_shortest() -> None:
    """The longer path passes the earlier state sooner, the shorter one just before its end."""
    place = Enum("spot", ("start", "a", "b", "x", "goal"))
    passed = place.is_("a") | place.is_("goal")

    def go(action: str, here: str, there: str) -> Rule:
        return rule(action, place.is_(here), place.becomes(there, clause="C"))

    model = model_of(
        (place,), go("to_a", "start", "a"), go("to_b", "start", "b"), go("to_x", "a", "x"),
        go("ahead", "x", "goal"), go("over", "b", "goal"),
    )  # fmt: skip
    assert way_of(agrees(model, ONE, asking("sometimes", place.is_("goal"), earlier=passed))) == ["to_b", "over"]


def test_meanwhile_steps_are_shown_with_inputs_that_they_allow() -> None:
    by_post = INPUTS[2].is_("by post")  # type: ignore[union-attr]
    model = model_of(
        (at,), road("go_left", "start", "left"), road("cut_across", "left", "crossing", INPUTS[2]),
        road("arrive", "crossing", "end"),
    )  # fmt: skip
    meanwhile = (Does(("cut_across",)) & by_post) | Does(("arrive",))
    agrees(model, ONE, asking("sometimes", at.is_("end"), earlier=at.is_("left"), meanwhile=meanwhile))


# ---------------------------------------------------------------- properties of places, and too few places

opened = Flag("open", per=(ROOM,))


DOORS = model_of((opened,), rule("enter", TRUE, Effect(opened[a2], 1, "C"), place=(a2,)))


@pytest.mark.parametrize("how", ENGINES, ids=str)
@pytest.mark.parametrize(("kind", "formula", "more", "verdict"), [
    ("sometimes", opened[a], {}, "holds"),
    ("sometimes", opened[a] & ~a.is_(HALL), {}, "violated"),
    ("sometimes", Does(("enter",)) & After(opened[a]), {}, "holds"),
    ("sometimes", opened[a], {"earlier": ~opened[a]}, "holds"),
    # All parts are about one place: an earlier state of the hall does not count elsewhere.
    ("sometimes", Some((a2,), opened[a2]) & ~a.is_(HALL), {"earlier": opened[a]}, "violated"),
    ("sometimes", opened[HALL] & ~opened[a], {"earlier": a.is_(HALL)}, "violated"),
    ("sometimes", opened[a], {"earlier": ~opened[a], "meanwhile": ~Does(("enter",), (a,))}, "violated"),
    ("sometimes", opened[HALL], {"earlier": ~opened[HALL], "meanwhile": ~Does(("enter",), (a,))}, "holds"),
    ("possible", opened[a], {}, "violated"),
    ("possible", opened[a] | ~a.is_(HALL), {}, "holds"),
    ("always", ~opened[a], {}, "violated"),
    ("always", ~opened[a] | a.is_(HALL), {}, "holds"),
    ("step", ~After(opened[a]), {}, "violated"),
    ("step", ~Does(("enter",), (a,)), {}, "violated"),
    ("eventually", opened[a], {"fair": (ENTERED,)}, "violated"),
    ("eventually", opened[a] | ~a.is_(HALL), {"fair": (ENTERED,)}, "holds"),
])  # fmt: skip
def test_a_sometimes_holds_at_one_place_and_every_other_property_at_all_places(
    kind: PropertyKind, formula: Formula, more: dict[str, object], verdict: str, how: Settings
) -> None:
    """In this model only the hall can be entered."""
    enter = rule("enter", a2.is_(HALL), Effect(opened[a2], 1, "C"), place=(a2,))
    model = replace(DOORS, rules=(enter,), properties=(asking(kind, formula, each=(a,), **more),))
    named = Scope({"room": 2, "shelf": 1, "region": 1, "vault": 1}, {})  # a report needs Regions and vaults
    report = Checker(model, named, how).check(only=[model.properties[0].id])
    assert report.results[0].verdict == verdict
    if kind == "sometimes":
        places = tuple(Param(sort.name, sort) for sort in model.sorts)
        toy = replace(BACKUP, model=model, place=places, element_names={})
        lines = "".join(failure_lines(toy, report, {model.properties[0].id: "again"}))
        assert ("of this scope satisfies it at any place" in lines) is (verdict == "violated")


@pytest.mark.parametrize("how", ENGINES, ids=str)
@pytest.mark.parametrize(("body", "same"), [
    (Some((a,), opened[a]) & ~opened[a], Some((a2,), opened[a2]) & ~opened[a]),
    (Every((a,), ~opened[a]) | opened[a], Every((a2,), ~opened[a2]) | opened[a]),
    (Some((a,), Every((a,), opened[a])), Every((a2,), opened[a2])),
    (Every((a,), ~opened[a] | Some((a,), ~opened[a])), Every((a2,), ~opened[a2] | Some((a,), ~opened[a]))),
])  # fmt: skip
def test_a_quantifier_hides_an_outer_parameter_of_the_same_name(body: Formula, same: Formula, how: Settings) -> None:
    kinds: tuple[PropertyKind, ...] = ("always", "sometimes", "possible")
    asked = [asking(kind, f, each=(a,)) for kind in kinds for f in (body, same, ~body, ~same)]
    named = tuple(replace(one, id=f"it_is_so_{number}") for number, one in enumerate(asked))
    report = Checker(replace(DOORS, properties=named), TWO, how).check()
    verdicts = [j.verdict for j in report.results if j.property in named]
    assert verdicts == [agrees(DOORS, TWO, one).verdict for one in named]
    assert verdicts[0::2] == verdicts[1::2]


def test_a_property_that_needs_more_places_is_out_of_scope() -> None:
    asked = asking("always", FALSE, needs=(("room", 2),))
    assert judged(DOORS, ONE, asked) == PropertyResult(asked, "out of scope")
    assert judged(DOORS, TWO, asked).verdict == "violated"


# ---------------------------------------------------------------- incomplete explorations


def test_without_all_states_only_traces_give_verdicts() -> None:
    for kind, formula, verdict in (
        ("always", ~at.is_("left"), "violated"),
        ("always", ~at.is_("end"), "inconclusive"),
        ("step", ~Does(("go_left",)), "violated"),
        ("sometimes", at.is_("right"), "holds"),
        ("sometimes", at.is_("crossing"), "inconclusive"),
        ("possible", at.is_("start"), "inconclusive"),
        ("eventually", TRUE, "inconclusive"),
    ):
        assert judged(MAP, ONE, asking(kind, formula), Limits(states=2)).verdict == verdict


@pytest.mark.parametrize(("asked", "limit", "verdict"), [
    (asking("always", TRUE), 100, "holds"),
    (asking("always", TRUE), 2, "inconclusive"),
    (asking("always", ~at.is_("end")), 100, "violated"),
    (asking("always", ~at.is_("left")), 2, "violated"),
    (asking("sometimes", at.is_("left")), 2, "inconclusive"),
    (asking("always", FALSE, needs=(("room", 2),)), 100, "holds"),
])  # fmt: skip
def test_a_report_summarizes_its_results(asked: Property, limit: int, verdict: str) -> None:
    """Besides the properties, each outcome of an action must be possible."""
    report = Checker(replace(MAP, properties=(asked,)), ONE).check(Limits(states=limit))
    assert report.verdict == verdict
    assert report.explored.complete is (limit == 100)
    assert report.deadlocks == (1 if limit == 100 else None)


def test_an_unreachable_outcome_of_an_action_is_a_violation() -> None:
    dead = model_of((at,), road("go_left", "start", "left"), road("go_on", "right", "crossing"))
    report = Checker(dead, ONE).check()
    assert report.verdict == "violated"
    found = {(way.rule.action, way.outcome): (way.states, way.trace is not None) for way in report.outcomes}
    assert found == {
        ("go_left", "refused"): (1, True),
        ("go_left", "done"): (1, True),
        ("go_on", "refused"): (2, True),
        ("go_on", "done"): (0, False),
    }


def test_only_the_requested_properties_are_checked() -> None:
    wanted = lifecycle().properties[0].id
    report = Checker(settled(), scope(1, 2, 1)).check(only=[wanted])
    assert [result.property.id for result in report.results] == [wanted]
    assert report.verdict == "holds"


# ---------------------------------------------------------------- shortest traces to a state


@given(random_models(), st.data())
def test_a_trace_to_a_state_is_shortest_and_avoids_others(drawn: tuple[Model, Scope], data: st.DataObject) -> None:
    model, here = drawn
    wanted, avoid = data.draw(formulas(model.state)), data.draw(st.none() | formulas(model.state))
    naive = Naive(model, here, quick=True)
    levels = naive.search(lambda s: avoid is not None and holds(avoid, naive.of_state(s, {}))).levels
    depths = [n for n, level in enumerate(levels) if any(holds(wanted, naive.of_state(s, {})) for s in level)]
    for how in ENGINES:
        found = Seeker(model, here, wanted, avoid, how).exhaustive()
        assert found.verdict == ("reached" if depths else "unreachable")
        assert (found.trace is not None) is bool(depths)
        if found.trace is not None:
            assert PlainJudge(naive).replays(found.trace)
            assert len(found.trace.steps) == depths[0]
            assert holds(wanted, naive.of_state(found.trace.final, {}))
            passed = [naive.layout.initial, *(taken.after for taken in found.trace.steps)]
            assert avoid is None or not any(holds(avoid, naive.of_state(state, {})) for state in passed)


def test_a_trace_that_was_not_found_before_the_limit_is_inconclusive() -> None:
    assert Seeker(MAP, ONE, at.is_("end")).exhaustive(Limits(states=2)).verdict == "inconclusive"
    assert Seeker(MAP, ONE, at.is_("left")).exhaustive(Limits(states=2)).verdict == "reached"
    assert Seeker(MAP, ONE, at.is_("end") & at.is_("left")).exhaustive(Limits(states=5)).verdict == "unreachable"
