"""The order of deletion: it reaches the goal under every assumption, and every refusal that it shows occurs."""

from __future__ import annotations

import re
from functools import cache
from itertools import combinations
from types import SimpleNamespace
from unittest.mock import patch

import pytest
from support.stated import action_of, at, only_by, teardown_wrong
from support.walked import SCOPE, VAULTS, VIAS, cell, requests, walked

from backup_slr.diagram.formats.data_formats import markdown_text
from backup_slr.diagram.graph import Diagram, Node
from backup_slr.diagram.refusals import Refusals
from backup_slr.diagram.teardown_plan import TeardownPlan
from backup_slr.diagram.views.teardown import teardown_diagram
from backup_slr.engine.core.model import Model
from backup_slr.engine.core.scope import State
from backup_slr.engine.core.step import Machine, Request, Step
from backup_slr.lifecycle import BACKUP, lifecycle, scope

WHOLE = lifecycle()
SINGLE = [((a.name, value),) for a in WHOLE.assumptions for value in list(a.values)[1:]]
PAIRS = [(*one, *other) for one, other in combinations(SINGLE, 2) if one[0][0] != other[0][0]]
NOTHING = SimpleNamespace(explored=SimpleNamespace(count=0))
NEVER = ("efs-vault", "never")
NEEDS = ("default-vault", "needs-another-vault")
STAYS = ("console-visit-recreates-default-vault", "no")
BOTH = (NEEDS, STAYS)
every_way = pytest.mark.parametrize("via", VIAS)


def named(readings: tuple[tuple[str, str], ...]) -> str:
    return "+".join(f"{name}={value}" for name, value in readings) or "usual"


@cache
def drawn(via: str, *readings: tuple[str, str]) -> tuple[Model, Diagram]:
    model = WHOLE.assuming(dict(readings))
    return model, teardown_diagram(BACKUP.having(model), SCOPE, via, table=WHOLE)


def ordered(via: str, *readings: tuple[str, str]) -> tuple[Model, Diagram]:
    """The same plan without the refusals, which take most of the time and do not change the order."""
    with patch.object(Refusals, "obstacles", lambda *_: []), patch.object(Refusals, "reached", NOTHING):
        return drawn.__wrapped__(via, *readings)


def boxes(picture: Diagram) -> list[Node]:
    on_the_way = [n for n in picture.nodes if not n.id.startswith("n-aside-")]
    return [n for n in on_the_way if n.kind in ("action", "work", "refused")]


def of(box: Node, vault: int) -> bool:
    """Whether a box is about a vault."""
    return at(box, Request(action_of(box), (0, vault)))


def followed(machine: Machine, state: State, box: Node, via: str, turn: int) -> tuple[State, list[Step]]:
    """The account after the action of a box at all of its places, in one order or the reverse; and each step."""
    ways = only_by(box) or [via]
    steps: list[Step] = []
    for request in requests(machine.model.rule(action_of(box)))[::turn]:
        usual = all(request.inputs.get(k) in (None, v) for k, v in (("permitted", 1), ("collides", 0)))
        index = request.inputs.get("via")
        asked = index is None or ("api", "cli", "console")[index] == ways[0 if turn > 0 else -1]
        if usual and asked and (len(request.place) < 2 or of(box, request.place[1])):
            steps.append(machine.step(state, request))
            state = steps[-1].state
    return state, steps


@every_way
@pytest.mark.parametrize("readings", [(), *SINGLE, *PAIRS], ids=named)
def test_following_the_boxes_reaches_the_goal(readings: tuple[tuple[str, str], ...], via: str) -> None:
    """Perform the boxes from a full account, in both orders; every request must succeed."""
    model, picture = ordered(via, *readings)
    goal = picture.nodes[len(boxes(picture)) + 1]
    machine = Machine(model, SCOPE)
    for turn in (1, -1):
        state = tuple(int(v.name != "job") for v, _ in machine.layout.cells)
        for box in boxes(picture):
            state, steps = followed(machine, state, box, via, turn)
            assert steps
            assert (box.kind == "refused") == any(s.outcome != "done" for s in steps), (box.lines, turn)
        assert (cell(state, "role") == 0) == (goal.kind == "final")
    assert (goal.kind == "bad") == (NEVER in readings and ("empty-vaults-count", "no") not in readings)


@cache
def usual(via: str) -> Diagram:
    return ordered(via)[1]


@every_way
@pytest.mark.parametrize("reading", [one for (one,) in SINGLE], ids="=".join)
def test_the_usual_order_works_under_every_other_value_except_those_in_the_caption(
    reading: tuple[str, str], via: str
) -> None:
    machine = Machine(WHOLE.assuming(dict([reading])), SCOPE)
    works = True
    for turn in (1, -1):
        state = tuple(int(v.name != "job") for v, _ in machine.layout.cells)
        for box in boxes(usual(via)):
            state, steps = followed(machine, state, box, via, turn)
            works = works and all(s.outcome == "done" for s in steps)
        works = works and cell(state, "role") == 0
    assert works == ("=".join(reading) not in usual(via).caption)


def test_the_caption_names_the_values_under_which_the_order_fails() -> None:
    failing = "from a full account it works under every other value of an assumption, except"
    never, other = "efs-vault=never (no order works)", "default-vault=needs-another-vault (a different order works)"
    lines = {via: usual(via).caption.splitlines()[2] for via in VIAS}
    assert lines == dict.fromkeys(VIAS, f"{failing} {never}") | {"console": f"{failing} {other}, {never}"}


@every_way
def test_the_default_vault_goes_first_unless_the_console_creates_it_again(via: str) -> None:
    vaults = [b for b in boxes(usual(via)) if action_of(b) == "delete_backup_vault"]
    default, others = [True, False, False], [False, True, True]
    order = [others, default] if via == "console" else [default, others]
    assert [[of(b, vault) for vault in range(3)] for b in vaults] == order


@pytest.mark.slow
def test_a_lost_state_has_no_path_to_the_goal() -> None:
    model, picture = drawn("console", NEVER, STAYS)
    last = boxes(picture)[-1]
    assert last.lines == ("2. delete_backup_vault", VAULTS[1], "never possible")
    assert last.folded == ("refused: efs-vault-not-deletable (AccessDeniedException)",)
    assert picture.nodes[len(boxes(picture)) + 1].lines == ("role absent: out of reach", f"while {VAULTS[1]} exists")
    with_vault = {s: steps for s, steps in walked(model).items() if cell(s, "vault", (0, 1)) and cell(s, "role")}
    assert with_vault
    assert all(step.state in with_vault for steps in with_vault.values() for _, step in steps)
    assert not [e for e in picture.edges if e.source == last.id and e.target != "n-goal"]
    assert not [e for e in picture.edges if e.lines == ("default-vault-in-console",) and e.target == last.id]


@every_way
def test_the_default_vault_is_deleted_before_the_last_other_one_if_it_needs_another(via: str) -> None:
    vaults = [b for b in boxes(ordered(via, NEEDS, STAYS)[1]) if action_of(b) == "delete_backup_vault"]
    assert len(vaults) == 2
    assert of(vaults[0], 0)
    assert of(vaults[-1], 2)
    if via == "console":
        assert [only_by(b) for b in vaults if not of(b, 2)] == [["cli", "api"]]


def test_if_one_order_undoes_the_goal_another_order_reaches_it() -> None:
    """The console recreates the default vault; the CLI behaves like the API."""
    plan = TeardownPlan(BACKUP.having(WHOLE.assuming(dict([NEEDS]))), SCOPE, "console")
    assert plan.reached
    interfaces = {kind: phase.interfaces for phase in plan.phases for kind in phase.kinds}
    assert interfaces["Default"] == interfaces["every other vault"] == ("api", "cli")


READINGS = ((), (NEEDS,), (BOTH[1],), BOTH, (NEVER,), (("usage-check", "at-submit"),))


@pytest.mark.slow
@every_way
@pytest.mark.parametrize("readings", READINGS, ids=named)
def test_every_drawn_refusal_occurs_and_its_arrow_helps(readings: tuple[tuple[str, str], ...], via: str) -> None:
    model, picture = drawn(via, *readings)
    assert list(teardown_wrong(picture, model, via)) == []


@pytest.mark.parametrize("readings", [(STAYS,), BOTH], ids=named)
@pytest.mark.slow
def test_remaining_resources_lead_back_to_the_first_step_that_deletes_them(
    readings: tuple[tuple[str, str], ...],
) -> None:
    picture = drawn("console", *readings)[1]
    back = [e.target for e in picture.edges if e.lines == ("resources-remain",)]
    assert back == [box.id for box in boxes(picture)[:2]]


@pytest.mark.slow
def test_reasons_of_one_refusal_that_lead_to_different_steps_are_named() -> None:
    picture = teardown_diagram(BACKUP.having(WHOLE.assuming()), SCOPE, "cli", labels="english")
    back = {e.target: " ".join(e.lines) for e in picture.edges if e.source == boxes(picture)[-1].id}
    assert back[boxes(picture)[0].id] == "some vault holds recovery points in some Region"
    assert back[boxes(picture)[1].id] == "some vault exists in some Region"


@pytest.mark.slow
def test_the_console_cannot_delete_the_default_vault_and_the_teardown_shows_it_at_that_step() -> None:
    picture = drawn("console")[1]
    assert not [e for e in picture.edges if e.lines == ("default-vault-in-console",)]
    turned = [n for n in picture.nodes if "refused: default-vault-in-console (in the console)" in n.folded]
    assert [n.lines for n in turned] == [("3. delete_backup_vault", "Default", "only with the CLI or through the API")]


@pytest.mark.slow
def test_a_refusal_that_only_another_action_helps_past_leads_to_it() -> None:
    picture = drawn("console", *BOTH)[1]
    wanted = {e.target for e in picture.edges if e.lines == ("default-vault-needs-another-vault",)}
    helping = [n for n in picture.nodes if n.id in wanted]
    assert {action_of(n) for n in helping} == {"create_backup_vault", "perform_efs_automatic_backup"}
    assert all(any(e.source == n.id and e.lines == ("retry",) for e in picture.edges) for n in helping)


def test_rows_of_the_table_are_complete_and_differ_and_waits_are_narrow() -> None:
    picture = drawn("console", *BOTH)[1]
    rows = [line for line in markdown_text(picture).splitlines() if line.startswith("| wait")]
    assert len(set(rows)) == len(rows) >= 6
    assert all(re.search(r"ends(<br>| )and stops using the role, then(<br>| )repeat step \d", row) for row in rows)
    kinds = {n.lines[0]: n.kind for n in picture.nodes}
    assert (kinds["5. finish_deletion_task"], kinds["wait until a backup job ends"]) == ("work", "wait")
    assert max(len(line) for n in picture.nodes if n.kind == "wait" for line in n.lines) <= 30
    assert "…" not in " ".join(line for n in picture.nodes for line in (*n.shown, *n.shown_folded))
    assert any(n.called.endswith("(every vault except Default)") for n in boxes(picture))


@pytest.mark.slow
def test_the_caption_has_the_tested_scope() -> None:
    picture = drawn("cli")[1]
    assert "scope 1 Region, 3 vaults in each, up to 1 point" in picture.caption
    assert picture.numbers["states"] > 10
    assert "3,472 reachable states" in picture.caption


def test_a_large_scope_is_tested_in_a_small_account() -> None:
    table = BACKUP.having(WHOLE.assuming())
    large = TeardownPlan(table, scope(5, 5, 9), "cli")
    assert large.phases == TeardownPlan(table, SCOPE, "cli").phases
    assert dict(large.scope.sizes) == {"region": 1, "vault": 3}


@pytest.mark.slow
def test_the_refusals_in_the_picture_do_not_change_their_order() -> None:
    whole, order = (boxes(make("console")[1]) for make in (drawn, ordered))
    assert [(b.lines, b.kind) for b in whole] == [(b.lines, b.kind) for b in order]
