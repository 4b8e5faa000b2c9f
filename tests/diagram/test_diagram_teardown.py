"""The order of deletion: it reaches the goal under every assumption, and every refusal that it shows occurs."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache
from itertools import combinations
from pathlib import Path
from time import process_time
from types import SimpleNamespace

import pytest
from support.console import call
from support.stated import action_of, at, only_by, teardown_wrong
from support.walked import SCOPE, VAULTS, VIAS, cell, requests, walked

from backup_slr.advice.plan import full_account
from backup_slr.diagram.formats.data_formats import markdown_text
from backup_slr.diagram.graph import Diagram, Node
from backup_slr.diagram.views.teardown import teardown_diagram
from backup_slr.engine.core.model import Model
from backup_slr.engine.core.scope import State
from backup_slr.engine.core.step import Machine, Request, Step
from backup_slr.lifecycle import BACKUP, lifecycle
from backup_slr.scenario.spec import AccountSpec, EntrySpec
from backup_slr.scenario.starting_account import StartingAccount

WHOLE = lifecycle()
SINGLE = [((a.name, value),) for a in WHOLE.assumptions for value in list(a.values)[1:]]
PAIRS = [(*one, *other) for one, other in combinations(SINGLE, 2) if one[0][0] != other[0][0]]
NEVER = ("efs-vault", "never")
NEEDS = ("default-vault", "needs-another-vault")
STAYS = ("console-visit-recreates-default-vault", "no")
BOTH = (NEEDS, STAYS)
every_way = pytest.mark.parametrize("via", VIAS)


def named(readings: tuple[tuple[str, str], ...]) -> str:
    return "+".join(f"{name}={value}" for name, value in readings) or "usual"


@cache
def drawn(via: str, *readings: tuple[str, str]) -> tuple[Model, Diagram]:
    """The picture under some values of assumptions; all others have their usual values."""
    usual = {a.name: a.default for a in WHOLE.assumptions} | dict(readings)
    start = replace(full_account(BACKUP), assume=usual)
    return WHOLE.assuming(usual), teardown_diagram(start, via)


@cache
def opened(via: str) -> Diagram:
    """The picture with all values open."""
    return teardown_diagram(full_account(BACKUP), via)


def boxes(picture: Diagram) -> list[Node]:
    """The steps that are actions."""
    return [n for n in picture.nodes if n.kind in ("action", "work", "refused") and action_of(n) != "stop backup plans"]


def goal(picture: Diagram) -> Node:
    return next(node for node in picture.nodes if node.id == "n-goal")


def vaults(picture: Diagram) -> list[list[bool]]:
    """Which vaults each box deletes."""
    own = [box for box in boxes(picture) if action_of(box) == "delete_backup_vault"]
    return [[of(box, vault) for vault in range(3)] for box in own]


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
    model, picture = drawn(via, *readings)
    machine = Machine(model, SCOPE)
    reached = goal(picture).kind == "final"
    assert reached != (NEVER in readings and ("empty-vaults-count", "no") not in readings)
    for turn in (1, -1) if reached else ():
        state = tuple(int(v.name != "job") for v, _ in machine.layout.cells)
        for box in boxes(picture):
            state, steps = followed(machine, state, box, via, turn)
            assert steps
            assert [s.outcome for s in steps] == ["done"] * len(steps), (box.lines, turn)
        assert cell(state, "role") == 0


@pytest.mark.slow
@every_way
@pytest.mark.parametrize("reading", [one for (one,) in SINGLE], ids="=".join)
def test_the_order_works_under_every_value_except_those_in_the_caption(reading: tuple[str, str], via: str) -> None:
    machine = Machine(WHOLE.assuming(dict([reading])), SCOPE)
    works = True
    for turn in (1, -1):
        state = tuple(int(v.name != "job") for v, _ in machine.layout.cells)
        for box in boxes(opened(via)):
            state, _ = followed(machine, state, box, via, turn)
        works = works and cell(state, "role") == 0
    assert works == ("=".join(reading) not in opened(via).caption)


def test_the_caption_names_the_values_under_which_the_order_fails() -> None:
    never = "efs-vault=never and empty-vaults-count=yes (no order works)"
    other = "default-vault=needs-another-vault and empty-vaults-count=yes (another order works)"
    lines = {via: opened(via).caption.splitlines()[2] for via in VIAS}
    assert lines == dict.fromkeys(VIAS, f"the order fails under {never}") | {
        "console": f"the order fails under {other}; {never}"
    }


@every_way
def test_the_default_vault_is_deleted_first_unless_the_console_creates_it_again(via: str) -> None:
    default, others = [True, False, False], [False, True, True]
    assert vaults(opened(via)) == ([others, default] if via == "console" else [default, others])


@pytest.mark.parametrize(("readings", "perhaps"), [((), "perhaps "), ((NEEDS, STAYS), "")])
def test_a_step_whose_order_matters_says_why(readings: tuple[tuple[str, str], ...], perhaps: str) -> None:
    picture = drawn("cli", *readings)[1] if readings else opened("cli")
    default = next(box for box in boxes(picture) if action_of(box) == "delete_backup_vault")
    says = f"after step 7 {perhaps}refused: default-vault-needs-another-vault"
    assert " ".join(default.lines[2:]) == says


@every_way
def test_the_default_vault_is_deleted_before_the_others_if_it_needs_another(via: str) -> None:
    picture = drawn(via, NEEDS, STAYS)[1]
    assert vaults(picture) == [[True, False, False], [False, True, True]]
    turned = [only_by(box) for box in boxes(picture) if only_by(box)]
    assert turned == ([["cli", "api"]] if via == "console" else [])


def test_if_the_console_undoes_a_step_the_step_needs_another_interface() -> None:
    """The console recreates the default vault, which is deleted first."""
    own = [box for box in boxes(drawn("console", NEEDS)[1]) if action_of(box) == "delete_backup_vault"]
    assert [only_by(box) for box in own] == [["cli", "api"]] * 2
    assert "other effect in the console: vault us-east-1/Default" in " ".join(own[1].lines)


def test_the_console_cannot_delete_the_default_vault_and_the_picture_shows_it_at_that_step() -> None:
    picture = opened("console")
    assert picture.title == "How to delete the role in the console (step 7 only with the CLI or through the API)"
    (box,) = [n for n in picture.nodes if "refused: default-vault-in-console (in the console)" in n.folded]
    assert box.lines[1:3] == ("Default", "only with the CLI or through the API")
    assert box.lines[3] == "refused in the console:"
    assert not [e for e in picture.edges if e.lines == ("default-vault-in-console",)]
    assert all("only" not in opened(via).title for via in ("cli", "api"))


@pytest.mark.slow
def test_without_a_way_the_picture_says_what_is_never_possible() -> None:
    model, picture = drawn("console", NEVER)
    (box,) = boxes(picture)
    assert VAULTS[1] in " ".join(box.lines)
    assert goal(picture).lines == ("role absent: out of reach",)
    with_vault = {s: steps for s, steps in walked(model).items() if cell(s, "vault", (0, 1)) and cell(s, "role")}
    assert with_vault
    assert all(step.state in with_vault for steps in with_vault.values() for _, step in steps)


READINGS = ((), (NEEDS,), BOTH, (("usage-check", "at-submit"),))


@pytest.mark.slow
@every_way
@pytest.mark.parametrize("readings", READINGS, ids=named)
def test_every_drawn_refusal_occurs_and_its_arrow_helps(readings: tuple[tuple[str, str], ...], via: str) -> None:
    model, picture = drawn(via, *readings)
    assert list(teardown_wrong(picture, model, via)) == []


def test_reasons_of_one_refusal_lead_to_the_first_step_that_removes_each() -> None:
    picture = teardown_diagram(full_account(BACKUP), "cli", labels="english")
    back = {e.target: " ".join(e.lines) for e in picture.edges if e.source == "n-finish-deletion-task"}
    assert back["n-delete-recovery-point"] == "some vault holds recovery points in some Region"
    assert back["n-delete-backup-vault-Default"] == "some vault exists in some Region"


def test_rows_of_the_table_differ_and_running_work_leads_to_the_wait() -> None:
    picture = opened("console")
    rows = [line for line in markdown_text(picture).splitlines() if line.startswith("| ")]
    assert len(set(rows)) == len(rows)
    wait = next(node for node in picture.nodes if node.kind == "wait")
    assert re.match(r"4\. wait until a backup job ends", wait.lines[0])
    assert {e.kind for e in picture.edges if e.target == wait.id} == {"next", "might", "failed"}
    assert any(n.called.endswith("(every vault except Default)") for n in boxes(picture))


def test_the_caption_has_the_account_and_the_proof() -> None:
    assert "a full account: 1 Region, 3 vaults in each\nProved on the account" in opened("cli").caption


def test_places_of_a_large_account_are_counted_and_the_picture_is_quick() -> None:
    regions = [f"eu-west-{n}" for n in range(1, 4)]
    places = [(region, name) for region in regions for name in ("Default", *(f"v{i}" for i in range(200)))]
    spec = AccountSpec(
        {"role": 1},
        tables={"vault": tuple(EntrySpec(place, {"points": 1000}) for place in places)},
        paths=tuple((place, ()) for place in places),
    )
    begun = process_time()
    picture = teardown_diagram(StartingAccount("account.toml", BACKUP, spec), "console", named=True)
    assert process_time() - begun < 10
    lines = [" ".join(box.lines) for box in boxes(picture) if action_of(box) == "delete_backup_vault"]
    assert "here: 600 vaults in 3 Regions: eu-west-1/v0," in lines[0]
    assert "here: eu-west-1/Default, eu-west-2/Default, eu-west-3/Default only with" in lines[1]


def test_a_plan_that_depends_on_how_running_work_ends_is_drawn(tmp_path: Path) -> None:
    file = tmp_path / "account.toml"
    vault = '{ region = "us-east-1", name = "worm", lock = "compliance", job = true }'
    file.write_text(
        'with = ["vault-lock"]\n[assume]\nendless-retention = "yes"\n'
        f'[account]\nrole = "present"\nvaults = [{vault}]\n',
        encoding="utf-8",
    )
    answer = call("diagram", "teardown", "--account", str(file))
    assert (answer.code, answer.err.count("Traceback")) == (0, 0)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["small.json", "locks-and-holds.json"])
def test_the_picture_of_an_inventory_agrees_with_its_plan(name: str) -> None:
    file = str(Path(__file__).parent.parent.parent / "simulations" / "inventories" / name)
    answer = call("diagram", "teardown", "--account", file)
    assert answer.code == 0
    assert ("out of reach" in answer.out) == (call("plan", file).code == 1)


@pytest.mark.slow
@pytest.mark.parametrize("extension", [one.name for one in BACKUP.extensions])
def test_each_extension_has_a_picture(extension: str) -> None:
    picture = teardown_diagram(full_account(BACKUP.extended(extension)), "console", labels="english")
    kinds = SimpleNamespace(goal=goal(picture).kind, boxes=len(boxes(picture)))
    assert kinds.goal in ("final", "bad")
    assert kinds.boxes
    assert len({node.id for node in picture.nodes}) == len(picture.nodes)
