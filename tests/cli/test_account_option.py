"""``--account``: an account as the starting point of witness, check, explain, diff and diagrams."""

from __future__ import annotations

from itertools import product
from pathlib import Path
from typing import Any

import pytest
from support.console import call
from support.schemas import valid
from support.second_role import CLUSTERS

import backup_slr as slr
from backup_slr.lifecycle.regions import AWS_REGIONS

TWO = """title = "two vaults"
[account]
role = "present"
vaults = [
  { region = "eu-north-1", name = "with-points", points = 3 },
  { region = "eu-north-1", name = "empty" },
]
"""
MANY = f"""[account]
role = "present"
vaults = [
  {{ region = "us-east-1", name = "Default", points = 1000000, job = true }},
  {",".join(f'{{ region = "us-east-1", name = "v{i}", points = {i + 1} }}' for i in range(50))},
]
"""
IMPOSSIBLE = '[account]\nvaults = [{ region = "us-east-1", name = "a", points = 1 }]\n'
LOCKED = 'with = ["vault-lock"]\nassume = { usage-check = "at-submit" }\n' + TWO
GONE = "role == absent"
SMALL = "simulations/accounts/small.toml"


@pytest.fixture
def account(tmp_path: Path) -> Path:
    """A file with two vaults."""
    return written(tmp_path, TWO)


def written(folder: Path, text: str) -> Path:
    file = folder / "account.toml"
    file.write_text(text)
    return file


# ---------------------------------------------------------------- witness, check, diff


def test_a_witness_is_the_shortest_clean_up_of_the_account(account: Path) -> None:
    answer = call("witness", GONE, "--account", str(account), "--json")
    found = valid("witness", answer)
    assert answer.code == 0
    assert [(s["do"], s.get("vault")) for s in found["trace"]][2:5] == [
        ("delete_recovery_point", "with-points"),
        ("delete_backup_vault", "with-points"),
        ("delete_backup_vault", "empty"),
    ]
    assert len(found["trace"]) == found["at_least"] == 7
    assert found["account"] == {
        "file": str(account),
        "counted_up_to": {},
        "stands_for": [],
        "violates": [],
    }


def test_places_in_the_same_state_are_one_and_a_million_points_too(tmp_path: Path) -> None:
    answer = call("witness", GONE, "--account", str(written(tmp_path, MANY)))
    assert answer.code == 0
    assert "  recovery points beyond 1 are counted as 1\n" in answer.out
    assert "  us-east-1/v0 (and 49 like it: us-east-1/v1, us-east-1/v2, us-east-1/v3 and 46 more)\n" in answer.out
    assert "reachable in 1001329 steps (there may be a shorter way)" in answer.out  # points, vaults, the job, the role
    assert "this way takes 7 steps in the account with one place of each kind and recovery points counted" in answer.out
    scenario = call("witness", GONE, "--account", str(tmp_path / "account.toml"), "--scenario")
    assert (scenario.code, scenario.out) == (5, "")
    assert "too long to be written" in scenario.err


def varied(regions: int, vaults: int) -> str:
    """An account in which no two vaults of a Region are alike, and no two Regions."""
    kinds = list(product((0, 1), ("false", "true"), ("none", "governance")))
    rows = [
        f'{{ region = "{region}", name = "v{i}", points = {points}, deletion-denied = {denied}, lock = "{lock}" }}'
        for n, region in enumerate(sorted(AWS_REGIONS)[:regions])
        for i, (points, denied, lock) in enumerate(kinds[n : n + vaults])
    ]
    return f'with = ["access-policy", "vault-lock"]\n[account]\nrole = "present"\nvaults = [{",".join(rows)}]\n'


def test_the_shortest_way_is_found_in_an_account_of_many_kinds(tmp_path: Path) -> None:
    """There are more orders of these steps than a search could visit."""
    file = str(written(tmp_path, varied(4, 6)))
    found = call("witness", GONE, "--account", file, "--json").document
    assert found["verdict"] == "reached"
    assert len(found["trace"]) == found["at_least"] > 30
    assert found["states"] < 20_000


def test_a_way_that_may_not_be_the_shortest_is_called_a_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("backup_slr.engine.check.witness.MOST_GUIDED", 3_000)
    monkeypatch.setattr("backup_slr.engine.check.witness.MOST_AFTER_A_WAY", 3_000)
    file = str(written(tmp_path, varied(3, 6)))
    question = ("any(job) and not any(points > 0) and not any(vault)", "--account", file)
    found = call("witness", *question, "--json").document
    text = call("witness", *question).out
    assert found["verdict"] == "reached"
    assert 0 < found["at_least"] < len(found["trace"])
    assert f"(no way has fewer than {found['at_least']}): any(job)" in text


def test_a_place_that_blocks_every_way_needs_no_exploration(tmp_path: Path) -> None:
    text = LOCKED.replace("points = 3", 'points = 3, lock = "compliance", kept-forever = true')
    answer = call("witness", GONE, "--account", str(written(tmp_path, text)))
    assert answer.code == 6
    assert "one place alone blocks every way" in answer.out


def test_a_trace_as_a_scenario_starts_in_the_account(account: Path, tmp_path: Path) -> None:
    file = tmp_path / "way.toml"
    assert call("witness", GONE, "--account", str(account), "--scenario", "-o", str(file)).code == 0
    assert call("simulate", "--quiet", str(file)).out.startswith("PASS")


def test_a_comparison_raises_the_maximum_of_a_count(account: Path) -> None:
    found = call("witness", "any(points == 5)", "--account", str(account), "--json").document
    assert found["scope"]["points"] == 6
    assert [s["do"] for s in found["trace"]] == ["start_job", "finish_job"] * 2


def test_numbers_of_the_scope_leave_room_for_new_elements(account: Path) -> None:
    small = call("witness", GONE, "--account", str(account), "--vaults", "3")
    assert (small.code, "account.toml needs vaults of at least 4, not 3" in small.err) == (3, True)
    checked = call("check", "--account", str(account), "--vaults", "3")
    assert (checked.code, "--property" in checked.err) == (2, False)
    both = "any(is_efs_vault and vault) and any(is_default_vault and vault)"
    room = call("witness", both, "--account", str(account), "--regions", "2", "--json").document
    assert room["scope"] == {"regions": 2, "vaults": 4, "points": 4}
    assert {s["region"] for s in room["trace"] if "region" in s} <= {"eu-north-1", "us-east-1"}


@pytest.mark.slow
def test_an_account_brings_its_extensions_and_assumptions(tmp_path: Path) -> None:
    file = str(written(tmp_path, LOCKED))
    found = call("witness", GONE, "--account", file, "--json").document
    assert found["assumptions"]["usage-check"] == "at-submit"
    own = call("witness", GONE, "--account", file, "--assume", "usage-check=at-task-end", "--json").document
    assert own["assumptions"]["usage-check"] == "at-task-end"


def test_check_explores_from_the_account(account: Path) -> None:
    answer = call("check", "--account", str(account), "--property", "role_*", "--json")
    valid("check", answer)
    text = call("check", "--account", str(account), "--always", "role != absent").out
    assert "delete_backup_vault eu-north-1/empty" in text
    assert f"--account {account}" in text


def test_diff_starts_both_rule_sets_in_the_account(account: Path) -> None:
    answer = call("diff", "now", "now --assume usage-check=at-submit", "--account", str(account), "--json")
    first = next(a for a in valid("diff", answer)["differences"] if a["action"] == "delete_service_linked_role")
    assert len(first["trace"]) == 1


@pytest.mark.parametrize(
    "command",
    [
        ["witness", GONE],
        ["check", "--property", "role_*"],
        ["explain", "delete_role"],
        ["diff", "now", "now"],
        ["diagram", "dependencies"],
    ],
)
def test_an_account_that_no_requests_lead_to_is_reported(tmp_path: Path, command: list[str]) -> None:
    answer = call(*command, "--account", str(written(tmp_path, IMPOSSIBLE)))
    assert 'unreachable; it violates "while recovery points exist, so does the role"' in answer.err


def test_no_proof_is_claimed_for_an_account_that_no_requests_lead_to(tmp_path: Path) -> None:
    never = "any(points > 0) and role == absent"
    assert call("witness", f"{never} and cross_account", "--account", str(written(tmp_path, TWO))).code == 1
    answer = call("witness", never, "--account", str(written(tmp_path, IMPOSSIBLE)))
    assert (answer.code, "reachable in 0 steps" in answer.out) == (0, True)


def ten(folder: Path, points: int = 10) -> str:
    """A file with a vault of this many recovery points."""
    vaults = f'[{{ region = "us-east-1", name = "a", points = {points} }}]'
    return str(written(folder, f'title = "o"\n[account]\nrole = "present"\nvaults = {vaults}\n'))


@pytest.mark.parametrize("numbers", [(), ("--points", "5"), ("--points", "10"), ("--points", "30")])
def test_a_count_is_never_answered_by_a_smaller_one(tmp_path: Path, numbers: tuple[str, ...]) -> None:
    file, way = ten(tmp_path), tmp_path / "way.toml"
    found = valid("witness", call("witness", "any(points == 4)", "--account", file, *numbers, "--json"))
    assert [s["do"] for s in found["trace"]] == ["delete_recovery_point"] * 6
    assert (found["at_least"] == 6) == (numbers != ("--points", "5"))
    text = call("witness", "any(points == 4)", "--account", file, *numbers).out
    assert ("(shortest)" in text) == (numbers != ("--points", "5"))
    assert call("witness", "any(points == 4)", "--account", file, *numbers, "--scenario", "-o", str(way)).code == 0
    assert "points = 10" in way.read_text()
    assert call("simulate", "--quiet", str(way)).out.startswith("PASS")


@pytest.mark.parametrize(("points", "expression"), [(3, "any(vault and points == 1)"), (6, "any(points == 4)")])
def test_a_witness_can_be_taken_in_the_account_and_is_as_short_as_a_way(points: int, expression: str) -> None:
    account = slr.load().account(role="present", vaults={"us-east-1/a": points})
    trace = account.witness(expression).trace
    assert trace is not None
    assert len(trace) == len(account.way_to(expression).steps) == 2
    for step in trace:
        account = account.request(step.action, step.place).account
    assert account["points", "us-east-1/a"] == points - 2


def test_a_way_that_is_too_long_to_write_is_counted_but_not_called_shortest(tmp_path: Path) -> None:
    answer = call("witness", GONE, "--account", ten(tmp_path, 99_999_999_999))
    assert (answer.code, "reachable in 100000000002 steps (there may be a shorter way)" in answer.out) == (0, True)
    assert "shortest" not in answer.out


def test_a_way_that_the_account_cannot_take_is_inconclusive(tmp_path: Path) -> None:
    """In the smaller account a vault has 5 recovery points; in the account itself 8 come first."""
    question = ("witness", "any(points == 4)", "--avoid", "any(points == 8)", "--account", ten(tmp_path))
    assert "reachable in 9 steps (shortest)" in call(*question).out  # in another vault
    answer = call(*question, "--points", "5", "--json")
    found = valid("witness", answer)
    assert (answer.code, found["verdict"], found["trace"]) == (5, "inconclusive", None)
    assert "not shown to be reachable in the account itself; a way of 1 step in" in call(*question, "--points", "5").out


LAST_POINT = "action == delete_recovery_point and outcome == done implies after(any(points == 0))"


@pytest.mark.parametrize("numbers", [(), ("--points", "8"), ("--points", "2")])
def test_a_property_is_judged_by_the_counts_of_the_account(numbers: tuple[str, ...]) -> None:
    answer = call("check", "--account", SMALL, "--step", LAST_POINT, *numbers, "--json")
    (judged,) = valid("check", answer)["properties"]
    assert (answer.code, judged["verdict"]) == (1, "violated")
    last = judged["trace"][-1]["changed"][0]
    assert last["before"] - 1 == last["after"] > 0


def test_a_property_that_holds_in_a_smaller_account_is_proved_or_inconclusive() -> None:
    answer = call("check", "--account", SMALL, "--step", LAST_POINT, "--points", "1")
    assert answer.code == 5
    assert "verdict      inconclusive" in answer.out
    assert "a verdict that does not carry over from this smaller account" in answer.out
    proved = call("check", "--account", SMALL, "--always", "any(points > 0) implies role != absent", "--points", "1")
    assert (proved.code, "verdict      holds" in proved.out) == (0, True)
    assert call("check", "--account", SMALL, "--always", "any(points > 3)", "--points", "1").code == 5


def test_what_a_smaller_account_reaches_or_does_at_last_is_not_claimed_of_the_account() -> None:
    answer = call("check", "--account", SMALL, "--points", "1", "--json")
    judged = {p["id"]: p for p in valid("check", answer)["properties"]}
    assert judged["deletion_task_ends"]["verdict"] == "inconclusive"
    assert judged["every_outcome_is_reached"]["verdict"] == "holds"
    assert judged["recovery_points_have_a_role"]["verdict"] == "holds"


# ---------------------------------------------------------------- explain


def here(file: Path, *arguments: str) -> Any:
    return valid("explain", call("explain", *arguments, "--account", str(file), "--json"))["account"]["here"]


def test_explain_lists_the_places_by_the_guards_that_fail(tmp_path: Path) -> None:
    found = here(written(tmp_path, MANY), "delete_backup_vault")
    by = {tuple(g["refusal"] for g in one["guards"] if not g["holds"]): one["places"] for one in found}
    assert len(by["vault-has-recovery-points",]) in (1, 50)
    assert sum(len(one["places"]) for one in found) == 52
    assert by["no-such-vault",] == ["us-east-1/aws/efs/automatic-backup-vault"]


def test_explain_names_all_that_fails_at_one_place_and_what_the_request_can_change(tmp_path: Path) -> None:
    (one,) = here(written(tmp_path, MANY), "delete_backup_vault", "us-east-1/Default")
    guards = {g["refusal"]: g for g in one["guards"]}
    assert (one["outcome"], guards["vault-has-recovery-points"]["holds"]) == ("refused", False)
    assert guards["default-vault-in-console"]["unless"] == ["via=console"]
    assert guards["service-using-role"]["unless"] == ["collides=true"]
    (request, task) = here(written(tmp_path, MANY), "delete_service_linked_role")
    assert (request["outcome"], task["outcome"]) == ("done", "failed")
    assert [g["holds"] for g in task["guards"]] == [False, False, False]
    assert len([p for b in task["guards"][0]["blockers"] for p in b["places"]]) == 51


def test_explain_in_text_says_what_fails(tmp_path: Path) -> None:
    text = call("explain", "delete_backup_vault", "us-east-1/v7", "--account", str(written(tmp_path, MANY))).out
    assert "delete_backup_vault us-east-1/v7: refused, 1 of 5 checks fails\n" in text
    assert "holds, unless permitted=false (not-permitted)" in text
    assert "FAILS: the vault still holds recovery points (vault-has-recovery-points, CLEAN-1): points\n" in text


def test_explain_says_if_the_account_has_no_such_place(tmp_path: Path) -> None:
    text = call("explain", "delete_backup_vault", "--account", str(written(tmp_path, '[account]\nrole = "present"\n')))
    assert "delete_backup_vault: the account names no vault\n" in text.out


# ---------------------------------------------------------------- diagrams


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("teardown", "here#58; eu-north-1/empty, eu-north-1/with-points"),
        ("dependencies", "here#58; eu-north-1/with-points"),
        ("lifecycle", "recovery points beyond 1 are counted as 1"),
    ],
)
def test_a_picture_names_the_places_of_the_account(account: Path, name: str, says: str) -> None:
    answer = call("diagram", name, "--account", str(account))
    assert answer.code == 0
    assert says in answer.out
    assert "from the account in " in answer.out


# ---------------------------------------------------------------- bad input


@pytest.mark.parametrize(
    ("arguments", "text", "says"),
    [
        (["witness", GONE], "x = 1\n", "unknown key 'x'"),
        (["witness", GONE], "[account]\nrole = 'usable'\n", "role"),
        (["check"], '[account]\nzones = ["north"]\n', "'zones'"),
        (["explain", "delete_backup_vault", "eu-north-1/none"], TWO, "unknown place 'eu-north-1/none'"),
        (["explain", "delete_backup_vault", "mars-1/none"], TWO, "mars-1"),
        (["explain", "delete_backup_vault", "eu-north-1"], TWO, "needs a place REGION/VAULT"),
        (["explain", "delete_service_linked_role", "eu-north-1"], TWO, "has no place"),
        (["diff", "now", "now"], "", "the key 'account' is missing"),
        (["diagram", "decision", "delete_role"], TWO, "--account goes with"),
    ],
)
def test_bad_input_is_one_message(tmp_path: Path, arguments: list[str], text: str, says: str) -> None:
    answer = call(*arguments, "--account", str(written(tmp_path, text)))
    assert answer.code in (2, 3)
    assert says in answer.err
    assert "Traceback" not in answer.err


def test_a_place_needs_an_account() -> None:
    assert "--account FILE" in call("explain", "delete_backup_vault", "us-east-1/Default").err


# ---------------------------------------------------------------- the API, and a second role


def test_an_account_answers_questions(account: Path) -> None:
    loaded = slr.load_account(account)
    assert loaded["points", "eu-north-1/with-points"] == 3
    after = loaded.request("delete_backup_vault", "eu-north-1/empty").account
    for start, steps in ((loaded, 7), (after, 6)):
        trace = start.witness(GONE).trace
        assert trace is not None
        assert len(trace) == steps
    assert loaded.check("role_leaves_only_when_unneeded").holds
    assert "FAILS" in str(loaded.explain("delete_backup_vault", "eu-north-1/with-points"))


def test_the_same_works_for_another_role(tmp_path: Path) -> None:
    text = '[account]\nrole = "usable"\nzones = [{ name = "north", cluster = true, nodes = 9 }, { name = "south" }]\n'
    start = slr.load_account(written(tmp_path, text), lifecycle=CLUSTERS)
    trace = start.witness("role == missing").trace
    assert trace is not None
    assert [step.action for step in trace] == ["remove_node"] * 9 + ["delete_cluster", "delete_role"]
    assert start.check("role_can_go").holds
    (request,) = start.explain("delete_role").document()["account"]["here"]
    assert [(g["refusal"], g["holds"]) for g in request["guards"]][-1] == ("clusters-remain", False)
    with pytest.raises(slr.BadInput, match="vaults"):
        slr.load_account(written(tmp_path, TWO), lifecycle=CLUSTERS)


@pytest.mark.parametrize("command", ["why", "plan", "check", "witness"])
def test_every_command_warns_of_an_account_that_no_request_leads_to(command: str, tmp_path: Path) -> None:
    """Its verdict and its proof are those of the account that the file describes, which cannot exist."""
    file = tmp_path / "impossible.toml"
    vault = '{ region = "us-east-1", name = "v1", points = 1, kept-forever = true, lock = "air_gapped" }'
    file.write_text(f'title = "x"\nwith = ["vault-lock"]\n[account]\nrole = "present"\nvaults = [{vault}]\n')
    names = {
        "why": (str(file),),
        "plan": (str(file),),
        "check": ("--account", str(file), "--property", "locks_belong_to_vaults"),
        "witness": ("role == absent", "--account", str(file), "--timeout", "9"),
    }
    answer = call(command, *names[command], "--json")
    assert 'violates "no recovery point of a logically air-gapped vault is kept without end"' in answer.err
    if command in ("why", "plan"):
        assert len(answer.document["violates"]) == 1
