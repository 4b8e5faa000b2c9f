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
from support.random_models import Maker, random_models
from support.strategies import HALL, INPUTS, ROOM, a, a2, formulas, model_of
from support.verdicts import PlainJudge

from backup_slr.engine.check.checker import Checker, PropertyResult
from backup_slr.engine.check.engine import Settings
from backup_slr.engine.check.exploration import Limits, Space
from backup_slr.engine.check.witness import seek
from backup_slr.engine.compile.analysis import foregone
from backup_slr.engine.compile.grounding import Ground
from backup_slr.engine.compile.interpreter import holds
from backup_slr.engine.compile.simplify import assume
from backup_slr.engine.core.formula import FALSE, TRUE, After, Does, Ends, Every, Formula, Literal, Param, Some
from backup_slr.engine.core.model import Model
from backup_slr.engine.core.rule import Fair, Guard, Property, PropertyKind, Refusal, Rule
from backup_slr.engine.core.scope import Scope
from backup_slr.engine.core.variable import Effect, Enum, Flag
from backup_slr.lifecycle import BACKUP, lifecycle, scope
from backup_slr.report.check import failure_lines

NO = Refusal("no", "it cannot be", None)
ONE, TWO = Scope({"room": 1, "shelf": 1}, {}), Scope({"room": 2, "shelf": 1}, {})
ENTERED = Fair("weak", Does(("enter",)) & Ends(("done",)), "a waiting visitor is let in")
ENGINES = [Settings(engine, symmetry) for engine in ("python", "numpy") for symmetry in (True, False)]  # type: ignore[arg-type]
SHOWN_IS_GOOD = {"always": False, "step": False, "sometimes": True, "possible": False}


def asking(kind: PropertyKind, formula: Formula, **more: object) -> Property:
    return Property(kind, "it_is_so", "It is so", formula, (), **more)  # type: ignore[arg-type]


def judged(model: Model, here: Scope, asked: Property, limits: Limits = Limits()) -> PropertyResult:  # noqa: B008
    space = Space(model, here)
    return Checker.of(space, space.explore(limits)).judge(asked)


def agrees(model: Model, here: Scope, asked: Property) -> PropertyResult:
    """The judgement, after comparing verdict, length and trace with the plain way."""
    judgement, plain = judged(model, here, asked), PlainJudge(Naive(model, here))
    shortest = plain.shortest(asked)
    shown = shortest is not None
    assert judgement.verdict == ("holds" if shown is SHOWN_IS_GOOD[asked.kind] else "violated")
    assert (judgement.trace is not None) is shown
    if judgement.trace is not None:
        assert plain.replays(judgement.trace)
        assert len(judgement.trace.steps) == shortest
        assert judgement.trace.loop_from is None
        assert plain.shows(asked, judgement.trace)
    return judgement


@given(st.integers(0, 2**32))
def test_what_is_foregone_needs_no_closer_look(seed: int) -> None:
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


# ---------------------------------------------------------------- later, with nothing but certain steps in between

at = Enum("at", ("start", "left", "right", "crossing", "end"))
WAYS = {
    "go_left": ("start", "left"),
    "go_right": ("start", "right"),
    "cut_across": ("left", "crossing"),
    "go_on": ("right", "crossing"),
    "arrive": ("crossing", "end"),
}


def road(action: str, here: str, there: str, inputs: tuple[Flag | Enum, ...] = (), guard: Formula = TRUE) -> Rule:
    guards = (Guard(at.is_(here), NO, "C"), Guard(guard, NO, "C"))
    return Rule(action, action, "person", (), (), (), inputs, guards, (at.becomes(there, clause="C"),))


MAP = model_of((at,), *(road(action, *way) for action, way in WAYS.items()))


def way_of(judgement: PropertyResult) -> list[str]:
    assert judgement.trace is not None
    return [taken.request.action for taken in judgement.trace.steps]


def test_what_comes_later_comes_after_the_earlier_state() -> None:
    end, through_right = at.is_("end"), at.is_("right")
    assert way_of(agrees(MAP, ONE, asking("sometimes", end, earlier=through_right))) == ["go_right", "go_on", "arrive"]
    assert agrees(MAP, ONE, asking("sometimes", at.is_("left"), earlier=through_right)).verdict == "violated"
    assert way_of(agrees(MAP, ONE, asking("sometimes", through_right, earlier=through_right))) == ["go_right"]


def test_only_certain_steps_may_happen_in_between() -> None:
    asked = asking("sometimes", at.is_("end"), earlier=at.is_("start"), meanwhile=~Does(("go_left",)))
    assert way_of(agrees(MAP, ONE, asked)) == ["go_right", "go_on", "arrive"]
    blocked = asking("sometimes", at.is_("end"), earlier=at.is_("right"), meanwhile=Does(("arrive", "cut_across")))
    assert agrees(MAP, ONE, blocked).verdict == "violated"


def test_the_last_step_need_not_be_one_of_those_in_between() -> None:
    asked = asking("sometimes", Does(("arrive",)) & Ends(("done",)), earlier=at.is_("crossing"), meanwhile=FALSE)
    assert way_of(agrees(MAP, ONE, asked))[-1] == "arrive"


def test_the_way_past_an_earlier_state_is_shortest_wherever_it_is_passed() -> None:
    """The longer way passes it sooner, the shorter one just before the end."""
    place = Enum("place", ("start", "a", "b", "x", "goal"))
    passed = place.is_("a") | place.is_("goal")

    def go(action: str, here: str, there: str) -> Rule:
        guards = (Guard(place.is_(here), NO, "C"),)
        return Rule(action, action, "person", (), (), guards=guards, effects=(place.becomes(there, clause="C"),))

    model = model_of(
        (place,), go("to_a", "start", "a"), go("to_b", "start", "b"), go("to_x", "a", "x"),
        go("on", "x", "goal"), go("over", "b", "goal"),
    )  # fmt: skip
    assert way_of(agrees(model, ONE, asking("sometimes", place.is_("goal"), earlier=passed))) == ["to_b", "over"]


def test_the_steps_in_between_are_shown_with_inputs_that_they_may_have() -> None:
    by_post = INPUTS[2].is_("by post")  # type: ignore[union-attr]
    model = model_of(
        (at,), road("go_left", "start", "left"), road("cut_across", "left", "crossing", (INPUTS[2],)),
        road("arrive", "crossing", "end"),
    )  # fmt: skip
    meanwhile = (Does(("cut_across",)) & by_post) | Does(("arrive",))
    agrees(model, ONE, asking("sometimes", at.is_("end"), earlier=at.is_("left"), meanwhile=meanwhile))


def test_the_steps_in_between_can_be_told_by_the_state_they_happen_in() -> None:
    for meanwhile in (~at.is_("right"), ~After(at.is_("right"))):
        asked = asking("sometimes", at.is_("end"), earlier=at.is_("start"), meanwhile=meanwhile)
        assert way_of(agrees(MAP, ONE, asked)) == ["go_left", "cut_across", "arrive"]


# ---------------------------------------------------------------- at each place, and where there are too few

opened = Flag("open", per=(ROOM,))


def doors(*place: Param) -> Model:
    index = place or (HALL,)
    return model_of(
        (opened,), Rule("enter", "enter", "person", (), (), place, effects=(Effect(opened[index], 1, "C"),))
    )


@pytest.mark.parametrize(("kind", "formula", "verdict"), [
    ("always", ~opened[a], "violated"),
    ("always", ~opened[a] | a.is_(HALL), "holds"),
    ("step", ~Does(("enter",), (a,)), "violated"),
    ("possible", opened[a], "violated"),
    ("possible", opened[a] | ~a.is_(HALL), "holds"),
])  # fmt: skip
def test_a_property_at_each_place_is_violated_if_it_is_so_at_one(
    kind: PropertyKind, formula: Formula, verdict: str
) -> None:
    """Only the hall can be entered here."""
    model = doors() if kind != "step" else doors(a2)
    assert agrees(model, TWO, asking(kind, formula, each=(a,))).verdict == verdict


def test_a_sometimes_at_each_place_is_shown_by_one_place() -> None:
    """Its sentence begins "A vault ... can": one vault is enough."""
    assert agrees(doors(), TWO, asking("sometimes", opened[a], each=(a,))).verdict == "holds"
    assert agrees(doors(), TWO, asking("sometimes", opened[a] & ~a.is_(HALL), each=(a,))).verdict == "violated"


@pytest.mark.parametrize("how", ENGINES, ids=str)
@pytest.mark.parametrize(("kind", "formula", "more", "verdict"), [
    ("sometimes", opened[a], {}, "holds"),
    ("sometimes", Does(("enter",)) & After(opened[a]), {}, "holds"),
    ("sometimes", opened[a], {"earlier": ~opened[a]}, "holds"),
    # The place is one and the same: what comes earlier in the hall does not count elsewhere.
    ("sometimes", Some((a2,), opened[a2]) & ~a.is_(HALL), {"earlier": opened[a]}, "violated"),
    ("sometimes", opened[HALL] & ~opened[a], {"earlier": a.is_(HALL)}, "violated"),
    ("sometimes", opened[a], {"earlier": ~opened[a], "meanwhile": ~Does(("enter",), (a,))}, "violated"),
    ("sometimes", opened[HALL], {"earlier": ~opened[HALL], "meanwhile": ~Does(("enter",), (a,))}, "holds"),
    ("possible", opened[a], {}, "violated"),
    ("always", ~opened[a], {}, "violated"),
    ("step", ~After(opened[a]), {}, "violated"),
    ("eventually", opened[a], {"fair": (ENTERED,)}, "violated"),
    ("eventually", opened[a] | ~a.is_(HALL), {"fair": (ENTERED,)}, "holds"),
])  # fmt: skip
def test_a_property_at_each_place_holds_at_one_if_it_is_a_sometimes_and_else_at_all(
    kind: PropertyKind, formula: Formula, more: dict[str, object], verdict: str, how: Settings
) -> None:
    """Only the hall can be entered here."""
    rule = replace(doors().rules[0], place=(a2,), guards=(Guard(a2.is_(HALL), NO, "C"),))
    model = replace(doors(), rules=(rule,), properties=(asking(kind, formula, each=(a,), **more),))
    named = Scope({"room": 2, "shelf": 1, "region": 1, "vault": 1}, {})  # a report names Regions and vaults
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
def test_a_quantifier_hides_what_the_same_name_stands_for_outside(body: Formula, same: Formula, how: Settings) -> None:
    kinds: tuple[PropertyKind, ...] = ("always", "sometimes", "possible")
    asked = [asking(kind, f, each=(a,)) for kind in kinds for f in (body, same, ~body, ~same)]
    named = tuple(replace(one, id=f"it_is_so_{number}") for number, one in enumerate(asked))
    report = Checker(replace(doors(a2), properties=named), TWO, how).check()
    verdicts = [j.verdict for j in report.results if j.property in named]
    assert verdicts == [agrees(doors(a2), TWO, one).verdict for one in named]
    assert verdicts[0::2] == verdicts[1::2]


def test_a_property_that_needs_more_places_is_out_of_scope() -> None:
    asked = asking("always", FALSE, needs=(("room", 2),))
    assert judged(doors(), ONE, asked) == PropertyResult(asked, "out of scope")
    assert judged(doors(), TWO, asked).verdict == "violated"


# ---------------------------------------------------------------- what was not explored to the end


def test_without_all_states_only_what_was_found_is_a_verdict() -> None:
    few = Limits(states=2)
    found = {
        asked.formula: judged(MAP, ONE, asked, few).verdict
        for asked in (
            asking("always", ~at.is_("left")),
            asking("always", ~at.is_("end")),
            asking("step", ~Does(("go_left",))),
            asking("sometimes", at.is_("right")),
            asking("sometimes", at.is_("crossing")),
            asking("possible", at.is_("start")),
            asking("eventually", at.is_("start")),
        )
    }
    assert list(found.values()) == ["violated", "inconclusive", "violated", "holds", "inconclusive", "inconclusive"]
    assert judged(MAP, ONE, asking("eventually", TRUE), few).verdict == "inconclusive"


@pytest.mark.parametrize(("asked", "limit", "verdict"), [
    (asking("always", TRUE), 100, "holds"),
    (asking("always", TRUE), 2, "inconclusive"),
    (asking("always", ~at.is_("end")), 100, "violated"),
    (asking("always", ~at.is_("left")), 2, "violated"),
    (asking("sometimes", at.is_("left")), 2, "inconclusive"),
    (asking("always", FALSE, needs=(("room", 2),)), 100, "holds"),
])  # fmt: skip
def test_a_report_sums_up_its_judgements(asked: Property, limit: int, verdict: str) -> None:
    """Beside what is asked, each way in which an action can end has to be possible."""
    report = Checker(replace(MAP, properties=(asked,)), ONE).check(Limits(states=limit))
    assert report.verdict == verdict
    assert report.explored.complete is (limit == 100)
    assert report.deadlocks == (1 if limit == 100 else None)


def test_an_action_that_can_never_end_in_one_of_its_ways_is_a_violation() -> None:
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


def test_only_the_properties_that_are_asked_for_are_judged() -> None:
    wanted = lifecycle().properties[0].id
    report = Checker(settled(), scope(1, 2, 1)).check(only=[wanted])
    assert [judgement.property.id for judgement in report.results] == [wanted]
    assert report.verdict == "holds"


# ---------------------------------------------------------------- the shortest way into a state


@given(random_models(), st.data())
def test_the_way_into_a_state_is_shortest_and_keeps_clear(drawn: tuple[Model, Scope], data: st.DataObject) -> None:
    model, here = drawn
    wanted, avoid = data.draw(formulas(model.state)), data.draw(st.none() | formulas(model.state))
    naive = Naive(model, here, quick=True)
    found = seek(model, here, wanted, avoid)
    levels = naive.search(lambda s: avoid is not None and holds(avoid, naive.of_state(s, {}))).levels
    depths = [n for n, level in enumerate(levels) if any(holds(wanted, naive.of_state(s, {})) for s in level)]
    assert found.verdict == ("reached" if depths else "unreachable")
    assert (found.trace is not None) is bool(depths)
    if found.trace is not None:
        assert PlainJudge(naive).replays(found.trace)
        assert len(found.trace.steps) == depths[0]
        assert holds(wanted, naive.of_state(found.trace.final, {}))
        passed = [naive.layout.initial, *(taken.after for taken in found.trace.steps)]
        assert avoid is None or not any(holds(avoid, naive.of_state(state, {})) for state in passed)


def test_a_way_that_was_not_found_before_the_limit_is_inconclusive() -> None:
    assert seek(MAP, ONE, at.is_("end"), limits=Limits(states=2)).verdict == "inconclusive"
    assert seek(MAP, ONE, at.is_("left"), limits=Limits(states=2)).verdict == "reached"
    assert seek(MAP, ONE, at.is_("end") & at.is_("left"), limits=Limits(states=5)).verdict == "unreachable"
