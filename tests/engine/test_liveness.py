"""Liveness: small models with known answers. Random models are checked in `fuzz.liveness`."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.naive import Naive
from support.strategies import HALL, INPUTS, ROOM, a, a2, model_of, rule
from support.verdicts import Waiting

from backup_slr.engine.check.checker import Checker, PropertyResult
from backup_slr.engine.check.cycles import components
from backup_slr.engine.check.engine import Settings
from backup_slr.engine.check.exploration import Space
from backup_slr.engine.check.liveness import Liveness
from backup_slr.engine.core.formula import FALSE, TRUE, After, And, Does, Ends, Formula, Param, Some
from backup_slr.engine.core.model import Model
from backup_slr.engine.core.rule import Fair, Property
from backup_slr.engine.core.scope import Scope
from backup_slr.engine.core.variable import Count, Enum, Flag
from backup_slr.lifecycle import BACKUP

ENGINES = [Settings("python"), Settings("numpy")]
ONE = Scope({"room": 1, "shelf": 1}, {"coins": 2})
TWO = Scope({"room": 2, "shelf": 1}, {"coins": 2})


def eventually(formula: Formula, *fair: Fair, **more: object) -> Property:
    return Property("eventually", "it_comes", "It comes", formula, (), fair=fair, **more)  # type: ignore[arg-type]


def fair(strength: str, steps: Formula, each: tuple[Param, ...] = ()) -> Fair:
    return Fair(strength, steps, "it is not postponed forever", each)  # type: ignore[arg-type]


def judged(model: Model, scope: Scope, asked: Property) -> PropertyResult:
    """The verdict, after a check of the counterexample."""
    space = Space(model, scope)
    result = Checker.of(space, space.explore()).judge(asked)
    assert (result.trace is not None) is (result.verdict == "violated")
    if result.trace is not None:
        places = scope.places(asked.each)
        reasons = [Waiting(Naive(model, scope), asked, place).why_not(result.trace) for place in places]
        assert "" in reasons
    return result


def loop_of(result: PropertyResult) -> list[str]:
    assert result.trace is not None
    return [taken.request.action for taken in result.trace.steps[result.trace.loop_from :]]


# ---------------------------------------------------------------- a lamp and a stuck switch

lit, stuck = Flag("lit"), Flag("stuck")
LAMP = model_of(
    (lit, stuck),
    rule("light", ~stuck & ~lit, lit.becomes(True, clause="C")),
    rule("put_out", lit, lit.becomes(False, clause="C")),
    rule("stick", ~stuck, stuck.becomes(True, clause="C")),
    rule("loosen", stuck, stuck.becomes(False, clause="C")),
)
LIGHT, STICK = Does(("light",)) & Ends(("done",)), Does(("stick",)) & Ends(("done",))
LOOSENED = fair("weak", Does(("loosen",)) & Ends(("done",)))
NO_STICKING, EITHER = ~Does(("stick",)), Does(("stick", "loosen"))
ATTEMPTS = eventually(lit, fair("weak", Does(("light",))), earlier=stuck, meanwhile=Does(("light",)))
MOVED = fair("weak", Does(("stick", "loosen", "light")) & Ends(("done",)))
HOLDS, VIOLATED = None, {"in any way"}
LAMPS: list[tuple[str, Property, set[str] | None]] = [
    ("without fairness the run may stay where it is forever", eventually(lit), set()),
    ("a goal in the initial state is reached", eventually(~lit, earlier=~lit), HOLDS),
    ("what is always so is reached", eventually(TRUE), HOLDS),
    ("what nothing leads to need not come", eventually(lit, earlier=FALSE), HOLDS),
    ("what never is does not come", eventually(FALSE), VIOLATED),
    ("weak fairness asks for nothing where the step is impossible", eventually(lit, fair("weak", LIGHT)), VIOLATED),
    ("nor where it is so now and then", eventually(lit, fair("weak", LIGHT), LOOSENED), {"stick", "loosen"}),
    ("weak fairness is enough if the step stays possible",
     eventually(lit, fair("weak", LIGHT), meanwhile=NO_STICKING, earlier=~stuck), HOLDS),
    ("the switch may stick already", eventually(lit, fair("weak", LIGHT), meanwhile=NO_STICKING), set()),
    ("strong fairness is enough if the step becomes possible again and again",
     eventually(lit, fair("strong", LIGHT), LOOSENED), HOLDS),
    ("but not if it is stuck forever", eventually(lit, fair("strong", LIGHT)), set()),
    ("a refused attempt counts where fairness asks for the attempt alone", ATTEMPTS, {"light"}),
    ("and not where it asks for success", replace(ATTEMPTS, fair=(fair("weak", LIGHT),)), set()),
    ("an attempt succeeds where nothing sticks", replace(ATTEMPTS, earlier=~stuck), HOLDS),
    ("fairness asks for no step that may not happen meanwhile",
     eventually(lit, fair("weak", LIGHT), meanwhile=EITHER), set()),
    ("but for those that may", eventually(lit, MOVED, meanwhile=EITHER), {"stick", "loosen"}),
    ("the goal can be a step", eventually(LIGHT, fair("strong", LIGHT), LOOSENED, earlier=~lit), HOLDS),
    ("not if it is lit already, forever", eventually(LIGHT, fair("strong", LIGHT), LOOSENED), VIOLATED),
    ("nor where it cannot", eventually(LIGHT & stuck, fair("strong", LIGHT), LOOSENED), VIOLATED),
    ("the occasion can be a step", eventually(lit, fair("strong", LIGHT), earlier=STICK), set()),
    ("after a step that never happens so, nothing is waited for",
     eventually(lit, fair("strong", LIGHT), earlier=Does(("put_out",)) & After(lit)), HOLDS),
    ("the goal holds after the step that reaches it",
     eventually(lit, fair("strong", LIGHT), earlier=Does(("light",)) & After(lit)), HOLDS),
    ("a step that is occasion and goal at once has to come again", eventually(LIGHT, earlier=LIGHT), VIOLATED),
    ("a state that is both is a goal", eventually(lit, earlier=lit), HOLDS),
]  # fmt: skip


@pytest.mark.parametrize(("asked", "loop"), [lamp[1:] for lamp in LAMPS], ids=[lamp[0] for lamp in LAMPS])
def test_a_lamp_is_eventually_lit_or_a_loop_shows_why_not(asked: Property, loop: set[str] | None) -> None:
    """The steps that repeat in the run in which the lamp is never lit."""
    result = judged(LAMP, ONE, asked)
    assert result.verdict == ("holds" if loop is HOLDS else "violated")
    assert loop in (HOLDS, VIOLATED) or set(loop_of(result)) == loop


# ---------------------------------------------------------------- fairness at each place, and loops

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


def test_fairness_at_every_place_requires_more_than_fairness_somewhere() -> None:
    every = eventually(open_[a], fair("strong", OPENED, each=(a,)), each=(a,))
    assert judged(DOORS, TWO, every).verdict == "holds"
    somewhere = eventually(open_[a], fair("strong", Does(("open_it",)) & Ends(("done",))), each=(a,))
    assert set(loop_of(judged(DOORS, TWO, somewhere))) == {"open_it", "close_it"}


lit_ = Flag("lit", per=(ROOM,))
ROOMS = model_of((open_, lit_), *DOORS.rules, rule("light_it", ~lit_[a], lit_[a].becomes(True, clause="C"), place=(a,)))
CLOSE, SHUT = Does(("close_it",)), ~Some((a,), open_[a])
MEANWHILE = [
    # Only the door of the same room may be closed: the other one may stay open, which fairness allows.
    (open_[a], Does(("close_it",), (a,)), "violated"),
    # Every door may be closed while the light is on in the same room, so that all are eventually closed.
    (lit_[a], CLOSE & lit_[a], "holds"),
    # The same if a quantifier binds the name again.
    (lit_[a], CLOSE & lit_[a] & Some((a,), open_[a]), "holds"),
]


@pytest.mark.parametrize("names", [((a,), (a,)), ((a,), (a2,)), ((a2,), (a,))], ids=str)
@pytest.mark.parametrize(("earlier", "meanwhile", "verdict"), MEANWHILE, ids=["own door", "own light", "shadowed"])
@pytest.mark.parametrize("how", ENGINES, ids=str)
def test_meanwhile_is_evaluated_at_the_place_of_the_property_for_any_names_of_fairness(
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
    """The formula with a free parameter renamed."""
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


def test_fair_steps_may_loop_without_reaching_the_goal() -> None:
    clock = [fair("weak", Does((f"strike_{n}",)) & Ends(("done",))) for n in range(3)]
    result = judged(ROUND, ONE, eventually(lit, *clock))
    assert sorted(set(loop_of(result))) == ["strike_0", "strike_1", "strike_2"]
    assert (
        judged(ROUND, ONE, eventually(lit, *clock, fair("weak", Does(("light",)) & ~After(lit)))).verdict == "violated"
    )
    assert judged(ROUND, ONE, eventually(lit, *clock, fair("weak", Does(("light",))))).verdict == "holds"


def test_a_choice_of_the_environment_can_be_fair_or_not() -> None:
    """Only if the choice is infinitely often lucky is the goal reached."""
    lucky = INPUTS[1]
    assert isinstance(lucky, Flag)
    dice = model_of((lit,), rule("throw", TRUE, lit.becomes(True, clause="C", when=lucky), inputs=(lucky,)))
    assert judged(dice, ONE, eventually(lit, fair("weak", Does(("throw",))))).verdict == "violated"
    assert judged(dice, ONE, eventually(lit, fair("weak", Does(("throw",)) & lucky))).verdict == "holds"
    unlucky = judged(dice, ONE, eventually(lit, fair("weak", Does(("throw",)))))
    assert [dict(t.request.inputs) for t in unlucky.trace.steps] == [{"lucky": 0}]  # type: ignore[union-attr]


# ---------------------------------------------------------------- edges that may be on a cycle


@pytest.mark.parametrize("asked", [p for p in BACKUP.model.properties if p.kind == "eventually"], ids=lambda p: p.id)
def test_every_edge_inside_a_component_is_among_those_that_may_return(asked: Property) -> None:
    scope = BACKUP.scope(1, 2, 1)
    space = Space(BACKUP.model.assuming(), scope)
    explored = space.explore()
    for place in scope.kinds_of_places(asked.each):
        waiting = Liveness(space, explored, asked, place, lambda number: ([], explored.states[number]))
        inside = components(
            explored.states, lambda word, arrows=waiting.arrows: (target for _, target, _ in arrows(word))
        )
        part = {word: number for number, words in enumerate(inside) for word in words}
        on_cycles = {at for word in part for at, target, _ in waiting.arrows(word) if part[target] == part[word]}
        assert on_cycles <= waiting.returning
        assert bool(waiting.returning) is (asked.id not in {"retries_suffice_without_new_work"})
