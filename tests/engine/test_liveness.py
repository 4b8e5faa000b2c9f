"""That something comes, or can come: toy models with known answers. Random ones are checked in `fuzz.liveness`."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.naive import Naive
from support.strategies import HALL, INPUTS, ROOM, a, a2, model_of, rule
from support.verdicts import Waiting

from backup_slr.engine.check.checker import Checker, PropertyResult
from backup_slr.engine.check.engine import Settings
from backup_slr.engine.check.exploration import Space
from backup_slr.engine.core.formula import FALSE, TRUE, After, And, Does, Ends, Formula, Param, Some
from backup_slr.engine.core.model import Model
from backup_slr.engine.core.rule import Fair, Property
from backup_slr.engine.core.scope import Scope
from backup_slr.engine.core.variable import Count, Enum, Flag

ENGINES = [Settings("python"), Settings("numpy")]
ONE = Scope({"room": 1, "shelf": 1}, {"coins": 2})
TWO = Scope({"room": 2, "shelf": 1}, {"coins": 2})


def eventually(formula: Formula, *fair: Fair, **more: object) -> Property:
    return Property("eventually", "it_comes", "It comes", formula, (), fair=fair, **more)  # type: ignore[arg-type]


def fair(strength: str, steps: Formula, each: tuple[Param, ...] = ()) -> Fair:
    return Fair(strength, steps, "it is not put off for ever", each)  # type: ignore[arg-type]


def judged(model: Model, scope: Scope, asked: Property) -> PropertyResult:
    """The verdict; a counterexample is checked on the spot."""
    space = Space(model, scope)
    judgement = Checker.of(space, space.explore()).judge(asked)
    assert (judgement.trace is not None) is (judgement.verdict == "violated")
    if judgement.trace is not None:
        places = scope.places(asked.each)
        reasons = [Waiting(Naive(model, scope), asked, place).why_not(judgement.trace) for place in places]
        assert "" in reasons
    return judgement


def loop_of(judgement: PropertyResult) -> list[str]:
    assert judgement.trace is not None
    return [taken.request.action for taken in judgement.trace.steps[judgement.trace.loop_from :]]


# ---------------------------------------------------------------- a lamp that may be lit, and a switch that sticks

lit, stuck = Flag("lit"), Flag("stuck")
LAMP = model_of(
    (lit, stuck),
    rule("light", ~stuck & ~lit, lit.becomes(True, clause="C")),
    rule("put_out", lit, lit.becomes(False, clause="C")),
    rule("stick", ~stuck, stuck.becomes(True, clause="C")),
    rule("loosen", stuck, stuck.becomes(False, clause="C")),
)
LIGHT = Does(("light",)) & Ends(("done",))


def test_without_fairness_nothing_ever_need_happen() -> None:
    """The run may stay where it is for ever: an empty loop."""
    judgement = judged(LAMP, ONE, eventually(lit))
    assert (judgement.verdict, loop_of(judgement)) == ("violated", [])


def test_a_goal_that_is_there_from_the_beginning_is_reached() -> None:
    assert judged(LAMP, ONE, eventually(~lit, earlier=~lit)).verdict == "holds"
    assert judged(LAMP, ONE, eventually(TRUE)).verdict == "holds"


def test_what_nothing_leads_to_need_not_come() -> None:
    assert judged(LAMP, ONE, eventually(lit, earlier=FALSE)).verdict == "holds"
    assert judged(LAMP, ONE, eventually(FALSE)).verdict == "violated"


def test_weak_fairness_is_not_enough_if_the_step_is_impossible_now_and_then() -> None:
    """The switch sticks and loosens by turns, and the lamp is never lit."""
    judgement = judged(LAMP, ONE, eventually(lit, fair("weak", LIGHT)))
    assert judgement.verdict == "violated"
    stays = eventually(lit, fair("weak", LIGHT), fair("weak", Does(("loosen",)) & Ends(("done",))))
    assert set(loop_of(judged(LAMP, ONE, stays))) == {"stick", "loosen"}


def test_weak_fairness_is_enough_if_the_step_stays_possible() -> None:
    never_sticks = eventually(lit, fair("weak", LIGHT), meanwhile=~Does(("stick",)), earlier=~stuck)
    assert judged(LAMP, ONE, never_sticks).verdict == "holds"
    may_be_stuck = eventually(lit, fair("weak", LIGHT), meanwhile=~Does(("stick",)))
    assert loop_of(judged(LAMP, ONE, may_be_stuck)) == []


def test_strong_fairness_is_enough_if_the_step_becomes_possible_again_and_again() -> None:
    loosened = fair("weak", Does(("loosen",)) & Ends(("done",)))
    assert judged(LAMP, ONE, eventually(lit, fair("strong", LIGHT), loosened)).verdict == "holds"
    judgement = judged(LAMP, ONE, eventually(lit, fair("strong", LIGHT)))
    assert (judgement.verdict, loop_of(judgement)) == ("violated", [])  # stuck for ever


def test_a_refused_attempt_counts_where_fairness_asks_for_the_attempt_alone() -> None:
    attempts = eventually(lit, fair("weak", Does(("light",))), earlier=stuck, meanwhile=Does(("light",)))
    assert loop_of(judged(LAMP, ONE, attempts)) == ["light"]
    assert loop_of(judged(LAMP, ONE, replace(attempts, fair=(fair("weak", LIGHT),)))) == []
    assert judged(LAMP, ONE, replace(attempts, earlier=~stuck)).verdict == "holds"


def test_fairness_asks_for_no_step_that_may_not_happen_meanwhile() -> None:
    asked = eventually(lit, fair("weak", LIGHT), meanwhile=Does(("stick", "loosen")))
    assert loop_of(judged(LAMP, ONE, asked)) == []
    moved = eventually(
        lit, fair("weak", Does(("stick", "loosen", "light")) & Ends(("done",))), meanwhile=Does(("stick", "loosen"))
    )
    assert set(loop_of(judged(LAMP, ONE, moved))) == {"stick", "loosen"}


def test_the_goal_can_be_a_step() -> None:
    done = fair("strong", LIGHT)
    loosened = fair("weak", Does(("loosen",)) & Ends(("done",)))
    assert judged(LAMP, ONE, eventually(LIGHT, done, loosened, earlier=~lit)).verdict == "holds"
    judgement = judged(LAMP, ONE, eventually(LIGHT, done, loosened))  # and if it is lit already, for ever?
    assert judgement.verdict == "violated"
    assert judged(LAMP, ONE, eventually(LIGHT & stuck, done, loosened)).verdict == "violated"


def test_the_occasion_can_be_a_step() -> None:
    """Waiting begins after it."""
    asked = eventually(lit, fair("strong", LIGHT), earlier=Does(("stick",)) & Ends(("done",)))
    judgement = judged(LAMP, ONE, asked)
    assert judgement.verdict == "violated"
    assert [t.request.action for t in judgement.trace.steps] == ["stick"]  # type: ignore[union-attr]
    assert judged(LAMP, ONE, replace(asked, earlier=Does(("put_out",)) & After(lit))).verdict == "holds"
    assert judged(LAMP, ONE, replace(asked, earlier=Does(("light",)) & After(lit))).verdict == "holds"


def test_a_step_that_is_occasion_and_goal_at_once_has_to_come_again() -> None:
    """Waiting begins after the step; a state that is both is not waited for, since it is there."""
    assert judged(LAMP, ONE, eventually(LIGHT, earlier=LIGHT)).verdict == "violated"
    assert judged(LAMP, ONE, eventually(lit, earlier=lit)).verdict == "holds"


# ---------------------------------------------------------------- fairness at each place, and loops that go round

open_ = Flag("open", per=(ROOM,))
coins = Count("coins")
DOORS = model_of(
    (open_,),
    rule("open_it", ~open_[a], open_[a].becomes(True, clause="C"), place=(a,)),
    rule("close_it", open_[a], open_[a].becomes(False, clause="C"), place=(a,)),
)
OPENED = Does(("open_it",), (a,)) & Ends(("done",))
hour = Enum("hour", ("one", "two", "three"))
ROUND = model_of(
    (hour, lit),
    *(
        rule(f"strike_{n}", hour.is_(here), hour.becomes(hour.values[(n + 1) % 3], clause="C"))
        for n, here in enumerate(hour.values)
    ),
    rule("light", TRUE, lit.becomes(True, clause="C")),
)


def test_fairness_at_every_place_separately_asks_for_more_than_fairness_somewhere() -> None:
    every = eventually(open_[a], fair("strong", OPENED, each=(a,)), each=(a,))
    assert judged(DOORS, TWO, every).verdict == "holds"
    somewhere = eventually(open_[a], fair("strong", Does(("open_it",)) & Ends(("done",))), each=(a,))
    assert set(loop_of(judged(DOORS, TWO, somewhere))) == {"open_it", "close_it"}


lit_ = Flag("lit", per=(ROOM,))
ROOMS = model_of((open_, lit_), *DOORS.rules, rule("light_it", ~lit_[a], lit_[a].becomes(True, clause="C"), place=(a,)))
CLOSE, SHUT = Does(("close_it",)), ~Some((a,), open_[a])
MEANWHILE = [
    # Only the door of one's own room may be closed: the other one may stay open, and fairness does not ask for it.
    (open_[a], Does(("close_it",), (a,)), "violated"),
    # Every door may be closed while the light is on in one's own room, so that all are closed in the end.
    (lit_[a], CLOSE & lit_[a], "holds"),
    # The same where a quantifier of its own binds the name once more.
    (lit_[a], CLOSE & lit_[a] & Some((a,), open_[a]), "holds"),
]


@pytest.mark.parametrize("names", [((a,), (a,)), ((a,), (a2,)), ((a2,), (a,))], ids=str)
@pytest.mark.parametrize(("earlier", "meanwhile", "verdict"), MEANWHILE, ids=["own door", "own light", "shadowed"])
@pytest.mark.parametrize("how", ENGINES, ids=str)
def test_meanwhile_is_read_at_the_place_of_the_property_whatever_names_fairness_binds(
    earlier: Formula, meanwhile: Formula, verdict: str, names: tuple[tuple[Param], tuple[Param]], how: Settings
) -> None:
    (own,), each = names
    mine, theirs = Param(own.name, ROOM), Param(each[0].name, ROOM)
    earlier, meanwhile = (renamed(formula, a, mine) for formula in (earlier, meanwhile))
    closed = fair("weak", Does(("close_it",), (theirs,)) & Ends(("done",)), each=(theirs,))
    asked = eventually(SHUT, closed, earlier=earlier, meanwhile=meanwhile, each=(mine,))
    assert Checker(replace(ROOMS, properties=(asked,)), TWO, how).check(only=[asked.id]).results[0].verdict == verdict
    assert judged(ROOMS, TWO, asked).verdict == verdict


def renamed(formula: Formula, old: Param, new: Param) -> Formula:
    """The formula with a free parameter called otherwise."""
    match formula:
        case Some(over, body):
            return formula if old in over else Some(over, renamed(body, old, new))
        case And(parts):
            return And(tuple(renamed(part, old, new) for part in parts))
        case Does(actions, at):
            return Does(actions, tuple(new if index == old else index for index in at))
        case Flag(at=at):
            return replace(formula, at=tuple(new if index == old else index for index in at))
        case _:
            return formula


def test_a_property_at_each_place_fails_if_it_fails_at_one() -> None:
    only_the_hall = eventually(open_[a], fair("strong", Does(("open_it",), (HALL,)) & Ends(("done",))), each=(a,))
    assert judged(DOORS, ONE, only_the_hall).verdict == "holds"
    assert judged(DOORS, TWO, only_the_hall).verdict == "violated"


def test_fair_steps_may_make_the_run_go_round_and_never_arrive() -> None:
    clock = [fair("weak", Does((f"strike_{n}",)) & Ends(("done",))) for n in range(3)]
    judgement = judged(ROUND, ONE, eventually(lit, *clock))
    assert sorted(set(loop_of(judgement))) == ["strike_0", "strike_1", "strike_2"]
    assert (
        judged(ROUND, ONE, eventually(lit, *clock, fair("weak", Does(("light",)) & ~After(lit)))).verdict == "violated"
    )
    assert judged(ROUND, ONE, eventually(lit, *clock, fair("weak", Does(("light",))))).verdict == "holds"


def test_a_choice_of_the_environment_can_be_fair_or_not() -> None:
    """Again and again it is lucky: only then it comes."""
    lucky = INPUTS[1]
    assert isinstance(lucky, Flag)
    dice = model_of((lit,), rule("throw", TRUE, lit.becomes(True, clause="C", when=lucky), inputs=(lucky,)))
    assert judged(dice, ONE, eventually(lit, fair("weak", Does(("throw",))))).verdict == "violated"
    assert judged(dice, ONE, eventually(lit, fair("weak", Does(("throw",)) & lucky))).verdict == "holds"
    unlucky = judged(dice, ONE, eventually(lit, fair("weak", Does(("throw",)))))
    assert [dict(t.request.inputs) for t in unlucky.trace.steps] == [{"lucky": 0}]  # type: ignore[union-attr]
