"""The order of deletion: whoever follows it gets there, under every reading, and what it says is in the way is so."""

from __future__ import annotations

from functools import cache
from itertools import combinations, product
from unittest.mock import patch

import pytest
from support.stated import teardown_wrong
from support.walked import MODEL, SCOPE, VAULTS, VIAS, cell, requests, taken, walked

from backup_slr.diagram.formats.data_formats import markdown_text
from backup_slr.diagram.graph import Diagram, Node
from backup_slr.diagram.refusals import Met
from backup_slr.diagram.teardown_plan import Plan
from backup_slr.diagram.views.teardown import teardown_diagram
from backup_slr.engine.core.model import Model
from backup_slr.engine.core.scope import State
from backup_slr.engine.core.step import Machine, Step
from backup_slr.lifecycle import lifecycle
from backup_slr.lifecycle.vocabulary import role

WHOLE = lifecycle()
SINGLE = [((a.name, value),) for a in WHOLE.assumptions for value in list(a.values)[1:]]
PAIRS = [(*one, *other) for one, other in combinations(SINGLE, 2) if one[0][0] != other[0][0]]
NEVER = ("efs-vault", "never")
every_way = pytest.mark.parametrize("via", VIAS)


def named(readings: tuple[tuple[str, str], ...]) -> str:
    return "+".join(f"{name}={value}" for name, value in readings) or "usual"


@cache
def drawn(via: str, *readings: tuple[str, str]) -> tuple[Model, Diagram]:
    model = WHOLE.assuming(dict(readings))
    return model, teardown_diagram(model, SCOPE, (role, "absent"), via)


def ordered(via: str, *readings: tuple[str, str]) -> tuple[Model, Diagram]:
    """The same without the refusals beside the boxes, which take most of the time and do not change the order."""
    with patch.object(Met, "stops", lambda *_: []):
        return drawn.__wrapped__(via, *readings)


def boxes(picture: Diagram) -> list[Node]:
    on_the_way = [n for n in picture.nodes if not n.id.startswith("n-aside-")]
    return [n for n in on_the_way if n.kind in ("action", "work", "refused")]


def full(machine: Machine) -> State:
    """An account with all there is, in which no job runs."""
    cells = machine.layout.cells
    return tuple(int(v.name != "job") for v, _ in cells)


def of(box: Node, vault: int) -> bool:
    """A box speaks of a vault."""
    kinds = " ".join(box.lines[1:])
    return "of " not in kinds or (VAULTS[vault] if vault < 2 else "every other vault") in kinds


def followed(machine: Machine, state: State, box: Node, via: str, turn: int) -> tuple[State, list[Step]]:
    """The account after a box was done at all of its places, in one order or the other, as it says; and each step."""
    rule = machine.model.rule(box.lines[0])
    ways = box.lines[-1].removeprefix("only by ").split(" or ") if box.lines[-1].startswith("only by") else [via]
    steps: list[Step] = []
    for request in requests(rule)[::turn]:
        usual = all(request.inputs.get(k) in (None, v) for k, v in (("permitted", 1), ("collides", 0)))
        index = request.inputs.get("via")
        asked = index is None or ("api", "cli", "console")[index] == ways[0 if turn > 0 else -1]
        if usual and asked and (len(request.place) < 2 or of(box, request.place[1])):
            steps.append(machine.step(state, request))
            state = steps[-1].state
    return state, steps


def reaches(model: Model, picture: Diagram, via: str, turn: int) -> State:
    """Where one comes to who does what the boxes say; each of them must be done wherever it is asked."""
    machine = Machine(model, SCOPE)
    state = full(machine)
    for box in boxes(picture):
        state, steps = followed(machine, state, box, via, turn)
        assert steps
        assert (box.kind == "refused") == any(s.outcome != "done" for s in steps), (box.lines, turn)
    return state


@every_way
@pytest.mark.parametrize("readings", [(), *SINGLE, *PAIRS], ids=named)
def test_whoever_follows_the_boxes_gets_rid_of_the_role_in_whatever_order_a_box_is_done(
    readings: tuple[tuple[str, str], ...], via: str
) -> None:
    model, picture = ordered(via, *readings)
    goal = picture.nodes[len(boxes(picture)) + 1]
    for turn in (1, -1):
        state = reaches(model, picture, via, turn)
        assert (cell(state, "role") == 0) == (goal.kind == "final")
    assert (goal.kind == "bad") == (NEVER in readings and ("empty-vaults-count", "no") not in readings)


@every_way
def test_what_is_out_of_reach_is_where_no_behaviour_gets_from_there(via: str) -> None:
    model, picture = drawn(via, NEVER)
    last = boxes(picture)[-1]
    assert last.lines == ("delete_backup_vault", f"of {VAULTS[1]}", "never possible")
    assert last.folded == ("efs-vault-not-deletable (AccessDeniedException)",)
    assert picture.nodes[len(boxes(picture)) + 1].lines == ("role absent: out of reach", "while there is " + VAULTS[1])
    with_vault = {s: steps for s, steps in walked(model).items() if cell(s, "vault", (0, 1)) and cell(s, "role")}
    assert with_vault
    assert all(step.state in with_vault for steps in with_vault.values() for _, step in steps)
    assert not [e for e in picture.edges if e.source == last.id and e.target != "n-goal"]
    assert not [e for e in picture.edges if e.lines == ("default-vault-in-console",) and e.target == last.id]


def test_the_default_vault_goes_before_the_last_other_one_where_the_model_wants_another() -> None:
    needs = ("default-vault", "needs-another-vault")
    for via in VIAS:
        vaults = [b for b in boxes(drawn(via, needs)[1]) if b.lines[0] == "delete_backup_vault"]
        assert len(vaults) == 2
        assert of(vaults[0], 0)
        assert of(vaults[-1], 2)
    assert [b.lines[-1] for b in boxes(drawn("console", needs)[1]) if of(b, 0) and not of(b, 2)] == [
        "only by api or cli"
    ]


def test_a_goal_that_an_order_undoes_is_reached_in_another_one() -> None:
    readings = {"default-vault": "needs-another-vault", "console-visit-recreates-default-vault": "yes"}
    plan = Plan(WHOLE.assuming(readings), SCOPE, "console", (role, "absent"))
    assert plan.reached
    ways = {kind: box.ways for box in plan.boxes for kind in box.kinds}
    assert "console" not in ways["Default"]
    assert "console" not in ways["every other vault"], "who deletes it in the console has the default vault back"


@every_way
def test_every_refusal_on_the_way_is_in_the_teardown_and_no_other(via: str) -> None:
    picture = drawn(via)[1]
    known = boxes(picture)
    for action in {n.lines[0] for n in known if not n.id.startswith("n-aside-")}:
        mine = [n for n in known if n.lines[0] == action]
        asked = {via, *(w for n in mine for w in VIAS if n.lines[-1].startswith("only by") and w in n.lines[-1])}
        shown = {line.split(" (")[0] for n in mine for line in n.folded}
        ids = {n.id for n in mine}
        shown |= {e.lines[0] for e in picture.edges if e.source in ids and e.kind in ("refused", "might", "failed")}
        index = {w: ("api", "cli", "console").index(w) for w in VIAS}
        met = {
            step.guard.otherwise.id
            for steps in taken().values()
            for request, step in steps
            if request.action == action and step.guard
            if request.inputs.get("via") in (None, *(index[w] for w in asked))
        }
        if MODEL.rule(action).by == "service":
            met -= {"no-deletion-task"}  # It is asked for in the box before.
        assert shown == met, action


@every_way
@pytest.mark.parametrize("readings", [(), (("default-vault", "needs-another-vault"),)], ids=named)
def test_what_remains_leads_to_every_box_that_removes_it(readings: tuple[tuple[str, str], ...], via: str) -> None:
    picture = drawn(via, *readings)[1]
    vaults = {b.id for b in boxes(picture) if b.lines[0] == "delete_backup_vault"}
    points = {b.id for b in boxes(picture) if b.lines[0] == "delete_recovery_point"}
    targets = {
        c: {e.target for e in picture.edges if e.kind == "failed" and c in e.clauses} for c in ("CLEAN-1", "CLEAN-2")
    }
    assert targets == {"CLEAN-1": points, "CLEAN-2": vaults}


def test_the_console_cannot_delete_the_default_vault_and_the_teardown_says_so_where_it_is_asked() -> None:
    picture = drawn("console")[1]
    assert not [e for e in picture.edges if e.lines == ("default-vault-in-console",)]
    turned = [n for n in picture.nodes if "default-vault-in-console (in the console)" in n.folded]
    assert [n.lines for n in turned] == [("delete_backup_vault", "of Default", "only by api or cli")]


BOTH = (("default-vault", "needs-another-vault"), ("console-visit-recreates-default-vault", "yes"))


def test_a_box_names_every_interface_that_does_it() -> None:
    """The CLI does what the API does, also where the console undoes what it did."""
    ways = [n.lines[-1] for n in boxes(drawn("console", *BOTH)[1]) if n.lines[-1].startswith("only by")]
    assert set(ways) == {"only by api or cli"}


@every_way
def test_a_refusal_that_only_another_action_helps_past_leads_to_it(via: str) -> None:
    picture = drawn(via, ("default-vault", "needs-another-vault"))[1]
    wanted = {e.target for e in picture.edges if e.lines == ("default-vault-needs-another-vault",)}
    helping = [n for n in picture.nodes if n.id in wanted]
    assert {n.lines[0] for n in helping} == {"create_backup_vault", "perform_efs_automatic_backup"}
    assert all(any(e.source == n.id and e.lines == ("try again",) for e in picture.edges) for n in helping)


READINGS = ((), *((pair,) for pair in BOTH), BOTH, (NEVER,), (("usage-check", "at-submit"),))


@every_way
@pytest.mark.parametrize("readings", READINGS, ids=named)
def test_every_refusal_that_is_drawn_is_met_and_what_it_leads_to_helps(
    readings: tuple[tuple[str, str], ...], via: str
) -> None:
    model, picture = drawn(via, *readings)
    assert list(teardown_wrong(picture, model, via)) == []


def test_rows_of_the_teardown_in_words_are_whole_and_differ() -> None:
    rows = [line for line in markdown_text(drawn("cli")[1]).splitlines() if line.startswith("| wait")]
    assert len(set(rows)) == len(rows) >= 6
    assert all("until a backup ends and no longer uses the role, before " in row for row in rows)


@every_way
def test_waits_are_narrow_the_service_s_work_is_its_own_and_nothing_is_cut(via: str) -> None:
    picture = drawn(via, ("default-vault", "needs-another-vault"))[1]
    kinds = {n.lines[0]: n.kind for n in picture.nodes}
    assert kinds["finish_deletion_task"] == "work"
    assert kinds["wait a few minutes"] == "wait"
    assert max(len(line) for n in picture.nodes if n.kind == "wait" for line in n.lines) <= 30
    assert "…" not in " ".join(line for n in picture.nodes for line in (*n.shown, *n.shown_folded))
    called = {n.called for n in boxes(picture)}
    assert any(c.endswith("every other vault") for c in called)


def test_the_caption_says_how_far_it_was_tried_out() -> None:
    picture = drawn("cli")[1]
    assert "scope 1 Region, 3 vaults in each, up to 1 point" in picture.caption
    assert picture.numbers["states"] > 10
    assert f"{picture.numbers['states']} states" in picture.caption


def test_a_large_scope_is_tried_out_in_a_small_account() -> None:
    from backup_slr.lifecycle import scope

    large = Plan(MODEL, scope(5, 5, 9), "cli", (role, "absent"))
    assert large.boxes == Plan(MODEL, SCOPE, "cli", (role, "absent")).boxes
    assert dict(large.scope.sizes) == {"region": 1, "vault": 3}


def test_products_of_ways_are_tried_in_the_order_of_what_is_wanted() -> None:
    plan = Plan(MODEL, SCOPE, "cli", (role, "absent"))
    first, *others = plan._choices([("api", "cli"), ("console",)])
    assert first == (("cli",), ("console",))
    assert others == list(product([("cli",), ("api",)], [("console",)]))


@every_way
@pytest.mark.parametrize("readings", [(), ((("default-vault", "needs-another-vault"),))], ids=named)
def test_the_refusals_beside_the_boxes_do_not_change_their_order(
    readings: tuple[tuple[str, str], ...], via: str
) -> None:
    whole, order = (boxes(make(via, *readings)[1]) for make in (drawn, ordered))
    assert [(b.lines, b.kind) for b in whole] == [(b.lines, b.kind) for b in order]
