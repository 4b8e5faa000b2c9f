"""Witness questions: what a proof for every size is about, and what it keeps for the next question."""

from __future__ import annotations

import pytest
from support.console import call

import backup_slr as slr
from backup_slr.api.witness_search import answered_of, proof_everywhere
from backup_slr.engine.prove.induction import Prover
from backup_slr.engine.spec.query import parse
from backup_slr.lifecycle import BACKUP


@pytest.mark.parametrize(
    ("wanted", "avoid"),
    [
        ("role == present", "role == present"),
        ("role == absent and any(points > 0)", "cross_account"),
        ("role == present and cross_account", "not using_role or role == present"),
    ],
)
def test_what_avoids_itself_is_proved_to_be_unreachable(wanted: str, avoid: str) -> None:
    found = slr.load().witness(wanted, avoid, regions=1)
    assert (found.every_size, found.verdict, found.code) == ("proved", "unreachable", 1)


def test_what_is_unreachable_only_because_of_the_way_is_not_proved() -> None:
    found = slr.load().witness("role == deleting", "role == present", regions=1)
    assert (found.every_size, found.verdict, found.code) == ("not-proved", "unreachable-in-scope", 6)


def test_a_search_that_cannot_begin_says_so() -> None:
    answer = call("witness", "role == present", "--avoid", "role == absent", "--regions", "1")
    assert answer.code == 6
    assert "no way begins: the initial state is one to avoid" in answer.out
    assert "all 0 states" not in answer.out


def test_that_no_proof_was_tried_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(*_: object) -> str:
        raise slr.MissingTool("none")

    monkeypatch.setattr("backup_slr.api.witness_search.proof_everywhere", missing)
    answer = call("witness", "role == absent and any(points > 0)", "--regions", "1")
    assert "no proof for every size was tried: z3 is not installed" in answer.out


def test_a_second_proof_asks_only_about_its_own_expression(monkeypatch: pytest.MonkeyPatch) -> None:
    model, asked = BACKUP.model.assuming(), list[str]()
    ask = Prover._query  # pyright: ignore[reportPrivateUsage]

    def counted(self: Prover, invariant: object, *more: object) -> object:
        asked.append(getattr(invariant, "id", ""))
        return ask(self, invariant, *more)  # pyright: ignore[reportArgumentType]

    monkeypatch.setattr(Prover, "_query", counted)
    answered_of.cache_clear()
    assert proof_everywhere(model, parse("role == absent and any(points > 0)", BACKUP), 60) == "proved"
    kept = len(answered_of(model))
    assert kept == len(asked) - asked.count("unreachable") > 20
    asked.clear()
    assert proof_everywhere(model, parse("any(points > 2) and role == absent", BACKUP), 60) == "proved"
    assert proof_everywhere(model, parse("role == deleting", BACKUP), 60) == "not-proved"
    assert set(asked) == {"unreachable"}
    assert len(answered_of(model)) == kept


def test_a_note_advises_no_scope_that_is_too_small_for_the_expression() -> None:
    answer = call("witness", "any(points > 3000000000)", "--max-states", "500")
    assert "there may be up to" in answer.err
    assert "--points 1" not in answer.err
    assert "--points 3" in call("witness", "any(points > 2)", "--regions", "5", "--max-states", "500").err
