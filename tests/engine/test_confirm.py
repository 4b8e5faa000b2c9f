"""Every trace is confirmed independently: without confirmation there is no verdict."""

from __future__ import annotations

from dataclasses import replace

import pytest
from engine.test_liveness import CLOSE, LAMP, LIGHT, ONE, ROOMS, SHUT, TWO, eventually, fair, lit, lit_, open_, stuck
from support.console import call
from support.strategies import a, a2, asking

from backup_slr.engine.check import checker as judge_module
from backup_slr.engine.check import witness as witness_module
from backup_slr.engine.check.checker import EVERY_OUTCOME, Checker
from backup_slr.engine.check.confirm import Unconfirmed, flaw
from backup_slr.engine.check.engine import Settings
from backup_slr.engine.check.liveness import Lasso
from backup_slr.engine.check.queries import Queries
from backup_slr.engine.check.sensitivity import Sensitivity
from backup_slr.engine.check.witness import Seeker
from backup_slr.engine.core.formula import After, Does, Ends
from backup_slr.engine.core.model import Model
from backup_slr.engine.core.rule import Property
from backup_slr.engine.core.scope import Scope
from backup_slr.engine.core.step import Machine, Request
from backup_slr.engine.core.trace import Trace, replay
from backup_slr.lifecycle import lifecycle

DOES = Does(("light", "put_out"))


def trace(*actions: str, loop_from: int | None = None, model: Model = LAMP, scope: Scope = ONE) -> Trace:
    requests = [Request(name, tuple(map(int, at))) for name, *at in (action.split() for action in actions)]
    return replay(Machine(model, scope), requests, loop_from)


@pytest.mark.parametrize(
    ("property_", "shown", "wrong"),
    [
        (asking("always", ~lit), trace("light"), ""),
        (asking("always", lit), trace("light"), "its end satisfies"),
        (asking("step", ~LIGHT), trace("light"), ""),
        (asking("step", ~LIGHT), trace("light", "light"), "its end satisfies"),  # refused
        (asking("step", ~LIGHT), trace(), "its end satisfies"),
        (asking("sometimes", lit), trace("light"), ""),
        (asking("sometimes", lit), trace("light", "put_out"), "its end does not satisfy"),
        (asking("sometimes", lit, earlier=~lit, meanwhile=DOES), trace("stick", "loosen", "light"), ""),
        (asking("sometimes", stuck, earlier=lit & ~stuck, meanwhile=DOES), trace("light", "stick"), "permitted steps"),
        (asking("sometimes", lit, earlier=lit & ~lit), trace("light"), "permitted steps"),
        (asking("possible", lit), trace(), ""),
        (asking("possible", lit), trace("light"), "its end satisfies"),
        (eventually(lit), trace(loop_from=0), ""),
        (eventually(lit), trace(), "it ends"),
        (eventually(lit), trace("light", loop_from=1), "reaches the goal"),
        (eventually(lit, earlier=lit), trace(loop_from=0), "never starts"),
        (eventually(lit, meanwhile=DOES), trace("stick", "loosen", loop_from=0), "not permitted meanwhile"),
        (eventually(lit, fair("weak", LIGHT)), trace(loop_from=0), "not fair"),
        (eventually(lit, fair("weak", LIGHT)), trace("stick", "loosen", loop_from=0), ""),
        (eventually(lit, fair("strong", LIGHT)), trace("stick", "loosen", loop_from=0), "not fair"),
        (eventually(lit, fair("strong", LIGHT)), trace("stick", loop_from=1), ""),
        (eventually(lit, fair("weak", LIGHT), meanwhile=Does(("stick",))), trace(loop_from=0), ""),
        (eventually(LIGHT), trace("light", loop_from=1), ""),
        (eventually(lit, earlier=Does(("stick",)) & After(~lit)), trace("stick", loop_from=1), ""),
        (eventually(lit, earlier=Does(("stick",)) & After(~lit)), trace("stick", "loosen", loop_from=0), ""),
    ],
)
def test_a_trace_confirms_its_verdict_or_the_flaw_is_reported(property_: Property, shown: Trace, wrong: str) -> None:
    found = flaw(property_, shown)
    assert wrong in found
    assert bool(wrong) is bool(found)


def test_a_step_against_the_rules_and_a_loop_that_does_not_return_are_detected() -> None:
    shown = trace("light")
    forged = replace(shown, steps=(replace(shown.steps[0], outcome="refused"),))
    elsewhere = replace(shown, steps=(replace(shown.steps[0], before=(1, 1)),))
    for wrong in (forged, elsewhere, trace("stick", loop_from=0)):
        assert flaw(eventually(~lit), wrong) == "it is not a run of the model"


@pytest.mark.parametrize("each", [(a,), (a2,)])
def test_fairness_of_a_lasso_has_its_own_places_and_meanwhile_that_of_the_property(each: tuple) -> None:  # type: ignore[type-arg]
    """The light is on in room 0; the door of room 1 is open and can be closed at any time, which is not fair."""
    closed = fair("weak", Does(("close_it",), each) & Ends(("done",)), each=each)
    waits = eventually(SHUT, closed, earlier=lit_[a], meanwhile=CLOSE & lit_[a], each=(a,))
    shown = trace("light_it 0", "open_it 1", loop_from=2, model=ROOMS, scope=TWO)
    assert "not fair" in flaw(waits, shown)
    assert flaw(replace(waits, meanwhile=Does(("close_it",), (a,))), shown) == ""
    assert open_ in ROOMS.state


def test_an_invalid_lasso_gives_no_verdict_and_does_not_change_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Queries, "lasso", lambda *_: Lasso((), ()))
    lit_comes = eventually(lit, fair("weak", LIGHT))
    model = replace(
        LAMP, properties=(lit_comes, asking("always", ~lit), replace(asking("possible", lit), id="possibly"))
    )
    report = Checker(model, ONE, Settings("python")).check()
    first, *others = report.results
    assert (first.verdict, first.trace) == ("inconclusive", None)
    assert first.flaw.startswith("a trace of length 0 was found, but it is not fair")
    assert [j.verdict for j in others] == ["violated", "holds", "holds"]
    alone = Checker(replace(model, properties=(lit_comes,)), ONE, Settings("python")).check()
    assert alone.verdict == "inconclusive"
    with pytest.raises(Unconfirmed, match="it_comes: a trace of length 0"):
        Sensitivity(model, ONE).judge(())


def test_a_trace_with_a_different_end_gives_no_verdict(monkeypatch: pytest.MonkeyPatch) -> None:
    right = judge_module.replay
    monkeypatch.setattr(judge_module, "replay", lambda machine, way, **_: right(machine, [*way, Request("light")]))
    report = Checker(LAMP, ONE, Settings("python")).check()
    assert report.results[-1].property is EVERY_OUTCOME
    assert (report.results[-1].verdict, report.outcomes) == ("inconclusive", ())
    assert "should be done" in report.results[-1].flaw


def test_a_witness_that_leads_to_another_state_is_rejected(monkeypatch: pytest.MonkeyPatch) -> None:
    right = witness_module.replay
    assert Seeker(LAMP, ONE, lit).exhaustive().verdict == "reached"
    monkeypatch.setattr(witness_module, "replay", lambda machine, way: right(machine, [*way, Request("put_out")]))
    with pytest.raises(Unconfirmed, match="does not lead there"):
        Seeker(LAMP, ONE, lit).exhaustive()
    detour = [Request("light"), Request("put_out")]
    monkeypatch.setattr(witness_module, "replay", lambda machine, _: right(machine, detour))
    assert Seeker(LAMP, ONE, ~lit).exhaustive().verdict == "reached"
    with pytest.raises(Unconfirmed):
        Seeker(LAMP, ONE, ~lit, lit).exhaustive()


def test_the_program_reports_an_internal_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: object) -> None:
        raise Unconfirmed("it is not so")

    monkeypatch.setattr(judge_module, "confirm", never)
    monkeypatch.setattr(witness_module, "reaches", lambda *_: False)
    answer = call("witness", "role == present", "--regions", "1")
    assert answer.code == 5
    assert "internal error, no result" in answer.err
    name = next(p.id for p in lifecycle().properties if p.kind == "sometimes")
    shown = ("check", "--regions", "1", "--vaults", "2", "--property", name)
    answer = call(*shown)
    assert answer.code == 5
    assert f"INTERNAL ERROR {name}: no verdict is given, since it is not so" in answer.out
    assert "verdict      inconclusive" in answer.out
    (said,) = call(*shown, "--json").document["properties"]
    assert (said["verdict"], said["internal_error"], said["trace"]) == ("inconclusive", "it is not so", None)
