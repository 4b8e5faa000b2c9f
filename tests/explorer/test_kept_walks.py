"""What a page keeps over a reload, and views that have only the new part of a walk."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest

from backup_slr.explorer.branches import MOST_KEPT
from backup_slr.explorer.session import ExplorerSession

SMALL = "simulations/accounts/small.toml"


def branched() -> ExplorerSession:
    """Two branches under different rules, of which the present one has steps ahead; with inputs, and a title."""
    made = ExplorerSession()
    for request in (
        {"do": "load", "id": "a-forgotten-opt-in-region.toml"},
        {"do": "jump", "to": 2},
        {"do": "fork"},
        {"do": "step", "action": "set_up_cross_account_backup"},
        {"do": "step", "action": "create_backup_vault", "place": "eu-north-1/new"},
        {"do": "what-if", "rules": {"assume": {"usage-check": "at-submit"}}, "keep": True},
        {"do": "jump", "to": 3},
        {"do": "inputs", "inputs": {"via": "cli"}},
    ):
        assert "error" not in made.answer(request), request
    return made


def test_a_page_that_is_loaded_again_has_branches_and_what_can_be_redone() -> None:
    made = branched()
    view = made.answer({"do": "view"})
    other = ExplorerSession()
    assert other.answer({"do": "open", "link": view["link"], "rest": json.loads(json.dumps(view["rest"]))}) == view
    assert view["title"]
    for request in ({"do": "redo"}, {"do": "branch", "number": 0}, {"do": "compare", "number": 1}, {"do": "undo"}):
        assert other.answer(request) == made.answer(request)
    assert made.answer({"do": "branch", "number": 0})["rules"] == {}, "each branch has its own rules"


def test_a_walk_without_more_than_its_link_has_no_rest() -> None:
    made = ExplorerSession(account=SMALL)
    assert made.answer({"do": "step", "action": "list_resources"})["rest"] is None
    assert made.answer({"do": "undo"})["rest"] is not None
    assert made.answer({"do": "redo"})["rest"] is None


def altered(rest: dict[str, Any]) -> list[object]:
    """Rests that no page keeps."""
    pairs = rest["branches"]
    return [
        *(
            "x",
            1,
            [],
            {},
            {**rest, "branches": "x"},
            {**rest, "branches": [{"link": "1.a.b", "at": 0}]},
            {**rest, "branches": [1]},
        ),
        *({**rest, "branch": other} for other in (0, 2, -1, None)),
        *({**rest, "branches": [pairs[0], {**pairs[1], "at": at}]} for at in (-1, 2, 9, "1", True)),
        *({**rest, "inputs": inputs} for inputs in ({"via": "phone"}, 7)),
        {**rest, "title": 7},
    ]


def test_a_rest_that_does_not_fit_is_a_warning_and_the_link_is_open() -> None:
    view = branched().answer({"do": "view"})
    for rest in altered(view["rest"]):
        other = ExplorerSession()
        found = other.answer({"do": "open", "link": view["link"], "rest": rest})
        assert found["warning"].startswith("other branches and what could be redone are lost: "), rest
        assert (found["branches"], found["link"], found["at"]) == (1, view["link"], 3)


def test_the_address_of_an_earlier_position_goes_there_and_keeps_the_rest() -> None:
    made = branched()
    links = [made.answer({"do": "jump", "to": at})["link"] for at in range(5)]
    made.answer({"do": "branch", "number": 0})
    view = made.answer({"do": "open", "link": links[3], "branch": 1, "at": 3})
    assert (view["branch"], view["branches"], view["at"], len(view["steps"])) == (1, 2, 3, 4)
    for wrong in ({"at": 2}, {"at": 9}, {"at": -1}, {"at": True}, {"branch": 0}, {"branch": 5}, {"branch": "1"}, {}):
        given = {"branch": 1, "at": 3, **wrong} if wrong else {}
        other = branched()
        assert other.answer({"do": "open", "link": links[3], **given})["branches"] == 1, wrong


def test_the_address_of_a_walk_that_another_one_replaced_has_all_its_branches() -> None:
    made = branched()
    before = made.answer({"do": "view"})
    back = {"do": "open", "link": before["link"], "branch": before["branch"], "at": before["at"]}
    new = made.answer({"do": "new"})
    assert (new["branches"], new["steps"]) == (1, [])
    assert made.answer(back) == before
    forward = {"do": "open", "link": new["link"], "branch": 0, "at": 0}
    assert made.answer(forward) == new
    undo = made.undoing()
    assert made.answer(back) == before
    undo()
    assert made.answer({"do": "view"}) == new
    assert made.answer(back) == before
    for _ in range(MOST_KEPT + 1):
        made.answer({"do": "load", "id": "a-forgotten-opt-in-region.toml"})
    assert len(made.earlier) == MOST_KEPT
    assert made.answer(back)["branches"] == 1, "it is kept no longer"


@pytest.mark.parametrize("seed", range(3))
def test_a_view_after_another_one_has_the_new_part_of_the_walk(seed: int) -> None:
    """Whatever is done in between; the link is the one that a new session writes."""
    chance = random.Random(seed)
    made, whole = ExplorerSession(account=SMALL), ExplorerSession(account=SMALL)
    number, steps, spared = 0, [], 0
    for turn in range(25):
        one = chance.choice(whole.answer({"do": "view"})["actions"])
        step = {"do": "step", "action": one["action"], "place": one["place"], "inputs": one["given"]}
        others = [{"do": "undo"}, {"do": "redo"}, {"do": "fork"}, {"do": "branch", "number": 0}, {"do": "view"}]
        request = step if chance.random() < 0.6 else chance.choice(others)
        full = whole.answer(request)
        if chance.random() < 0.2:  # a view that never arrives
            made.answer({**request, "after": chance.choice([0, number])})
            continue
        found = made.answer({**request, "after": number})
        assert found.get("error") == full.get("error")
        if "error" in found:
            continue
        spared += found["kept"]
        number, steps = found["number"], [*steps[: found["kept"]], *found["steps"]]
        rebuilt = {**found, "steps": steps}
        assert {key: rebuilt[key] for key in full} == full
        if turn % 6 == 0:
            assert ExplorerSession().answer({"do": "open", "link": full["link"]})["link"] == full["link"]
    assert spared > 10
