"""The command ``why``: what it says about accounts, as text, Markdown and JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from support.console import Answer, call
from support.schemas import valid
from support.second_role import CLUSTERS

import backup_slr as slr
from backup_slr.advice.clearing import Clearing
from backup_slr.advice.headline import headline
from backup_slr.advice.why import Why, asked
from backup_slr.advice.why_document import why_document
from backup_slr.advice.why_report import why_lines, why_markdown
from backup_slr.api.why import why_answer
from backup_slr.lifecycle import BACKUP
from backup_slr.scenario.spec import AccountSpec, EntrySpec
from backup_slr.scenario.starting_account import Observation, Place, Remark, StartingAccount

NOW = datetime(2027, 1, 1, tzinfo=UTC)
EARLIER, LATER = datetime(2026, 6, 1, tzinfo=UTC), datetime(2027, 6, 1, tzinfo=UTC)
ENDS = "retention_ends"
VAULT = ("eu-west-1", "archive")
OWNERS = {
    "lock": "vault-lock",
    "held": "legal-hold",
    "deletion-denied": "access-policy",
    "kept-by": "expired",
    "lockout": "policy-lockout",
}
BUSY_AND_LOCKED = {"job": 1, "lock": 3}
"""The extensions of some keys."""


def account(vaults: str, more: str = "") -> str:
    names = [f'"{name}"' for key, name in OWNERS.items() if f"{key} =" in vaults]
    first = f"with = [{', '.join(names)}]\n" if names else ""
    return f'{first}[account]\nrole = "present"\n{more}\nvaults = [{vaults}]\n'


def vault(name: str = "archive", region: str = "eu-west-1", **values: object) -> str:
    pairs = "".join(f", {key} = {value}" for key, value in values.items())
    return f'{{region = "{region}", name = "{name}"{pairs}}}'


def observed(dates: Mapping[tuple[str, Place], datetime | None], values: Mapping[str, int], *unknown: Remark) -> Why:
    """The account with one vault, read at some time."""
    spec = AccountSpec({"role": 1}, tables={"vault": (EntrySpec(VAULT, values),)}, paths=((VAULT, ()),))
    seen = Observation("111122223333", (NOW, NOW), dates, unknown)
    return asked(StartingAccount("", BACKUP.extended("vault-lock"), spec, observation=seen), now=NOW)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "account.toml"


CASES = (
    ("", 0, "Can be deleted now: nothing in the account blocks the deletion.", ()),
    (vault(points=1), 1, "Can be deleted after these steps: 3 requests in all.", ("the vault eu-west-1/archive",)),
    (
        vault(points=37, lock='"governance"'),
        1,
        "Can be deleted after these steps: 40 requests in all.",
        (
            "you: remove the lock of a vault (backup:DeleteBackupVaultLockConfiguration), 1 request",
            "37 recovery points",
        ),
    ),
    (
        vault(points=2, held="true"),
        1,
        "Can be deleted after these steps: 5 requests in all, with the help of another person.",
        ("the person who is responsible for legal holds",),
    ),
    (
        vault(points=3, lock='"compliance"'),
        1,
        "Can be deleted only after a date that is not known: only time removes 3 recovery points",
        ("time (date unknown)",),
    ),
    (
        vault(points=3, lock='"compliance"', **{"kept-forever": "true"}),
        1,
        "Can never be deleted while 3 recovery points exist in eu-west-1/archive, one of its recovery points is kept "
        "without end, and the vault is locked in compliance mode for good.",
        ("Proof: an exhaustive search",),
    ),
    (
        vault(points=1, lockout='"deletions"'),
        1,
        "Can never be deleted while the vault eu-west-1/archive exists and its access policy denies deletions for good",
        ("Proof: an exhaustive search",),
    ),
    (vault(points=1, lockout='"points"'), 1, "Can be deleted only after a date", ("only time removes",)),
    (
        vault(points=1, lockout='"until_deleted"'),
        1,
        "Can be deleted after these steps",
        ("DeleteBackupVaultAccessPolicy",),
    ),
    (vault("Default", **{"deletion-denied": "true"}), 1, "Can be deleted after these steps", ("access policy",)),
    (vault(points=1, lock='"grace"'), 1, "Can be deleted after these steps", ("Act before", "only time helps")),
    (vault(job="true"), 1, "Can be deleted after these steps", ("AWS: a backup job ends",)),
    (
        vault(points=1, **{"point-status": '"expired"', "kept-by": '"permission"'}),
        1,
        "Can be deleted after these steps",
        ("4. the role is present",),
    ),
)


@pytest.mark.parametrize(("vaults", "code", "first", "facts"), CASES, ids=range(len(CASES)))
def test_the_first_line_is_the_answer(file: Path, vaults: str, code: int, first: str, facts: tuple[str, ...]) -> None:
    file.write_text(account(vaults))
    answer = slr.load().why(file)
    lines = list(answer.text())
    assert answer.code == code
    assert " ".join(lines).startswith(first)
    said = " ".join(" ".join(lines).split())
    assert all(fact in said for fact in facts), said
    assert max(map(len, lines)) <= 100
    document = valid("why", Answer(0, json.dumps(answer.document()), ""))
    assert document["deletable"] == (code == 0)
    assert document["says"].startswith(first)


def test_every_form_has_the_answer(file: Path) -> None:
    file.write_text(account(vault(points=1)))
    first = "Can be deleted after these steps: 3 requests in all."
    text, markdown = call("why", str(file)), call("why", str(file), "--format", "md")
    assert (text.code, text.err, text.out.splitlines()[0]) == (1, "", first)
    assert (markdown.code, markdown.err, markdown.out.splitlines()[0]) == (1, "", f"**{first}**")
    assert valid("why", call("why", str(file), "--json"))["says"] == first
    file.write_text(account(""))
    assert call("why", str(file)).code == 0


def test_alike_places_are_one_obstacle(file: Path) -> None:
    file.write_text(account(",".join(vault(f"v{i}", r) for i in range(25) for r in ("eu-west-1", "us-east-1"))))
    answer = call("why", str(file), "--json")
    (one,) = valid("why", answer)["obstacles"]
    assert one["says"] == "50 vaults in 2 Regions (eu-west-1/v0, us-east-1/v0 and 48 more)"
    assert (one["times"], len(one["places"])) == (50, 50)
    assert one["blocks"]["clause"] == "CLEAN-2"


def test_features_that_are_on_and_triggers_are_listed(file: Path) -> None:
    file.write_text(account("", 'cross-account = true\nefs-automatic-backup = ["eu-west-1"]'))
    document = valid("why", call("why", str(file), "--json"))
    assert [one["removed_by"] for one in document["still_on"]] == [
        "turn_off_cross_account_backup",
        "turn_off_efs_automatic_backup",
    ]
    assert "list_resources" in [one["action"] for one in document["creates_role_again"]]


@pytest.mark.parametrize(
    ("values", "verdict"),
    [(("person", "open"), "after-steps"), (("time", "person"), "not-before"), (("never",), "never")],
)
def test_no_way_relies_on_new_work_of_the_service(file: Path, values: tuple[str, ...], verdict: str) -> None:
    """A new job adds to the protection of a vault, and takes nothing away."""
    vaults = ",".join(vault(f"v{i}", points=2, obstacle=f'"{value}"') for i, value in enumerate(values))
    file.write_text(f'with = ["obstacle"]\n{account(vaults)}')
    answer = slr.load().why(file)
    assert (answer.verdict, answer.code) == (verdict, 1)
    assert bool(answer.permanent) == (verdict == "never")
    assert str(answer)


def test_what_creates_obstacles_again_has_what_prevents_it(file: Path) -> None:
    file.write_text(f'with = ["backup-plans"]\n{account(vault("Default", points=1))}')
    again = {
        one["action"]: one["prevented_by"]
        for one in valid("why", call("why", str(file), "--json"))["creates_obstacles_again"]
    }
    assert again["start_job"] == "delete_backup_plan"
    assert again["list_resources"] is None
    assert "in the console: list the resources" in call("why", str(file)).out
    assert "in the console: list_resources" in call("why", str(file), "-v").out


def test_other_values_of_assumptions_are_tried(file: Path) -> None:
    file.write_text(account(vault("aws/efs/automatic-backup-vault")))
    others = {
        f"{one['assumption']}={one['value']}": one["verdict"]
        for one in valid("why", call("why", str(file), "--json"))["other_answers"]
    }
    assert others == {"efs-vault=never": "never", "empty-vaults-count=no": "now"}
    assert call("why", str(file), "--assume", "empty-vaults-count=no").code == 0
    assert call("why", str(file), "--assume", "efs-vault=never").out.startswith("Can never be deleted")


@pytest.mark.parametrize(
    ("dates", "verdict", "date"),
    [
        ({(ENDS, VAULT): LATER}, "not-before", LATER),
        ({(ENDS, VAULT): EARLIER}, "after-steps", EARLIER),
        ({}, "not-before", None),
        ({(ENDS, VAULT): None}, "never", None),
    ],
)
def test_dates_decide(dates: dict[tuple[str, Place], datetime | None], verdict: str, date: datetime | None) -> None:
    why = observed(dates, {"points": 5, "lock": 3})
    assert (why.verdict, why.date) == (verdict, date)
    assert not why.deletable


def test_a_deadline_has_the_date_of_the_event() -> None:
    why = observed({("grace_time_ends", VAULT): LATER}, {"points": 5, "lock": 2})
    assert [one.places for one in why.deadlines] == [{VAULT: LATER}]
    assert "Act before: - 2027-06-01T00:00:00Z: the grace time of a lock ends" in " ".join(
        map(str.strip, why_lines(why))
    )


def test_a_deadline_that_has_passed_is_no_advice() -> None:
    why = observed({("grace_time_ends", VAULT): EARLIER}, {"points": 5, "lock": 2})
    text = " ".join(map(str.strip, why_lines(why)))
    assert "Dates that have passed: read the account again" in text
    assert "Act before" not in text


def locked(assume: dict[str, str] | None = None, **values: int) -> Why:
    """The account with one locked vault."""
    why = observed({}, values or BUSY_AND_LOCKED)
    return asked(replace(why.start, observation=None), assume, NOW)


@pytest.mark.parametrize(("endless", "never"), [("no", [False]), ("yes", [False, True])])
def test_a_job_into_a_locked_vault_must_leave_no_recovery_point(endless: str, never: list[bool]) -> None:
    why = locked({"endless-retention": endless})
    assert (why.verdict, [one.then_never for one in why.other_ends]) == ("after-steps", never)
    assert {one.rule.action for one in why.other_ends} == {"finish_job"}
    text = " ".join(" ".join(why_lines(why)).split())
    assert "but only if what is running leaves no recovery point in eu-west-1/archive." in text
    assert "if it leaves a recovery point, only time helps" in text
    assert ("the deletion is never possible" in text) == (True in never)


@pytest.mark.parametrize("points", [1, 2, 3, 9])
def test_the_date_of_a_locked_vault_relies_on_its_job(points: int) -> None:
    dated = observed({(ENDS, VAULT): LATER}, {"points": points, **BUSY_AND_LOCKED})
    assert (dated.date, [one.places for one in dated.other_ends]) == (LATER, [(VAULT,)])
    assert observed({(ENDS, VAULT): LATER}, {"points": points, "lock": 3}).other_ends == []


@pytest.mark.parametrize(
    "values", [{"job": 1}, {"job": 1, "points": 4, "lock": 1}, {"points": 4, "lock": 3}, {"points": 7, "job": 1}]
)
def test_other_ends_of_work_do_not_matter_where_points_can_be_deleted(values: dict[str, int]) -> None:
    assert locked(None, **values).other_ends == []


@pytest.mark.parametrize("points", [1, 2])
@pytest.mark.parametrize("value", ["into", "out"])
def test_a_copy_is_an_obstacle_until_it_ends(file: Path, points: int, value: str) -> None:
    file.write_text(f'with = ["copies"]\n{account(vault(points=points, copying=repr(value)))}')
    document = valid("why", call("why", str(file), "--json"))
    assert document["running"] == []
    assert "copying" in [one["variable"] for one in document["obstacles"]]


def test_work_that_may_refuse_a_deletion_is_told(file: Path, tmp_path: Path) -> None:
    """By these rules a copy only *might* refuse the deletion of a recovery point, even of the last."""
    rules = json.loads(call("rules", "--with", "copies", "--json").out)
    deletion = next(rule for rule in rules["table"]["rules"] if rule["action"] == "delete_recovery_point")
    busy = next(guard for guard in deletion["guards"] if guard["refusal"] == "recovery-point-busy")
    busy["condition"] = ["not", ["and", ["is", ["copying", "r", "v"], "out"], ["flag", "collides"]]]
    changed = tmp_path / "rules.json"
    changed.write_text(json.dumps(rules))
    file.write_text(account(vault(points=1, copying=repr("out"))))
    document = valid("why", call("why", str(file), "--json", "--rules", str(changed)))
    place = {"region": "eu-west-1", "vault": "archive"}
    assert document["running"] == [
        {"variable": "copying", "value": "out", "ends_with": "finish_copy", "places": [place]}
    ]
    text = " ".join(call("why", str(file), "--rules", str(changed)).out.split())
    told = "Running, and until it ends requests may be refused: - eu-west-1/archive: a copy out of the vault is running"
    assert told in text


@pytest.mark.parametrize("fine", [False, True])
def test_what_the_model_does_not_represent_weakens_the_answer(fine: bool) -> None:
    why = observed({}, {"points": 1})
    assert why.start.observation is not None
    seen = replace(why.start.observation, not_modeled=(Remark(VAULT, "a strange vault", fine),))
    why = replace(why, start=replace(why.start, observation=seen))
    assert (why.at_least, "not represented in the model, so there may be more" in headline(why)) == (not fine,) * 2
    empty = why_answer(replace(why, start=replace(why.start, spec=AccountSpec({"role": 1}))))
    assert (empty.verdict, empty.code) == ("now", int(not fine))
    assert ("unless a part of the account that is not represented" in str(empty)) == (not fine)
    gone = why_answer(replace(why, start=replace(why.start, spec=AccountSpec({}))))
    assert (gone.verdict, gone.code) == ("deleted", 0)


def test_what_time_ends_is_told_in_a_sentence() -> None:
    why = asked(StartingAccount("", BACKUP.extended("obstacle"), vault_with(points=1, obstacle=2)), now=NOW)
    assert headline(why).endswith(
        "only time ends this: its recovery points are protected until time passes: eu-west-1/archive."
    )


def vault_with(**values: int) -> AccountSpec:
    """The values of an account with one vault."""
    return AccountSpec({"role": 1}, tables={"vault": (EntrySpec(VAULT, values),)}, paths=((VAULT, ()),))


def test_the_text_has_the_names_and_the_errors_on_request(file: Path) -> None:
    file.write_text(account(vault(points=1, lock='"governance"')))
    short, full = call("why", str(file)).out, " ".join(call("why", str(file), "--verbose").out.split())
    assert "LOCK-1" not in short
    assert "InvalidRequestException, the vault is locked (vault-locked, LOCK-1)" in full
    assert "(unlock_vault, backup:DeleteBackupVaultLockConfiguration)" in full


def test_what_keeps_new_work_away_is_not_still_on(file: Path) -> None:
    file.write_text(f'with = ["backup-plans"]\n{account(vault(points=1, unplanned="true"))}')
    assert valid("why", call("why", str(file), "--json"))["still_on"] == []


def test_an_obstacle_precedes_those_that_wait_for_it(file: Path) -> None:
    """One vault has a longer way that begins with what another one has to wait for."""
    locked = vault("b", points=1, lock='"governance"')
    file.write_text(account(f"{vault('a', points=1, job='true')}, {locked}"))
    whats = [one["variable"] for one in valid("why", call("why", str(file), "--json"))["obstacles"]]
    assert whats.index("lock") < whats.index("points") < whats.index("vault")


def test_running_work_is_waited_for_before_anything_is_deleted(file: Path) -> None:
    file.write_text(account(vault("a", points=1, job="true")))
    whats = [one["variable"] for one in valid("why", call("why", str(file), "--json"))["obstacles"]]
    assert whats == ["job", "points", "vault"]
    copied = vault("a", points=1, copying='"into"')
    file.write_text('with = ["copies"]\n' + account(f"{copied}, {vault('b', points=1)}"))
    whats = [one["variable"] for one in valid("why", call("why", str(file), "--json"))["obstacles"]]
    assert whats == ["copying", "points", "vault"]


def test_an_account_with_unknown_parts_is_never_certainly_deletable() -> None:
    why = observed({}, {}, Remark(("us-east-1",), "no permission to list vaults"))
    empty = replace(why, start=replace(why.start, spec=AccountSpec({"role": 1})))
    answer = why_answer(empty)
    assert (answer.verdict, answer.code, answer.deletable) == ("now", 1, False)
    assert str(answer).startswith("Can be deleted now, unless a part of the account that is unknown blocks it.")
    assert str(answer).count("unknown") == 1
    assert "us-east-1: no permission to list vaults" in str(answer)


def test_a_name_cannot_add_markup_or_lines() -> None:
    place = ("eu-west-1", "a|b\n`<script>`")
    spec = AccountSpec({"role": 1}, tables={"vault": (EntrySpec(place, {}),)}, paths=((place, ()),))
    lines = list(why_markdown(asked(StartingAccount("", BACKUP, spec), now=NOW)))
    (row,) = (line for line in lines if line.startswith("| 1 "))
    assert "<script>" not in row.replace("\\<", "")
    assert all("\n" not in line for line in lines)


def test_the_obstacles_in_their_order_delete_the_role() -> None:
    """Every request that the answer counts, sent in its order at every place."""
    vaults = {f"{r}/v{i}": 3 * i for r in ("eu-west-1", "us-east-1") for i in range(4)}
    now = slr.load().account(role="present", vaults=vaults)
    for one in now.why().obstacles:
        assert one.rule is not None
        for place, times in one.places.items():
            for _ in range(times):
                result = now.request(one.rule.action, "/".join(place))
                assert result.done, result
                now = result.account
    assert now.why().verdict == "now"
    assert now.request("delete_service_linked_role").account.request("finish_deletion_task").account.why().deletable


def test_a_job_that_outlives_its_vault_is_an_obstacle() -> None:
    now = slr.load().account(role="present", job=["us-east-1/archive"])
    answer = now.why()
    assert [(o.what, o.remover) for o in answer.obstacles] == [("a job is running", "AWS")]
    assert now.request("finish_job", "us-east-1/archive").account.why().verdict == "now"


def test_another_role_is_judged() -> None:
    place = ("north",)
    spec = AccountSpec(
        {"role": 1}, tables={"zone": (EntrySpec(place, {"cluster": 1, "nodes": 4}),)}, paths=((place, ()),)
    )
    why = asked(StartingAccount("", CLUSTERS, spec), now=NOW)
    assert why.verdict == "after-steps"
    assert [(o.what, o.remover, o.requests) for o in why.obstacles] == [
        ("4 nodes", "AWS", 4),
        ("the zone has a cluster", "you", 1),
    ]
    assert [(one.assumption, one.why.verdict) for one in why.others] == [("nodes-block", "after-steps")]
    assert why_document(why)["then"] == ["delete_role"]


@pytest.mark.parametrize(
    ("text", "arguments", "says"),
    [
        (account("", "points = 3"), (), "unknown key"),
        ("x", (), "account.toml:1"),
        ("[[step]]", ("--keep", "a"), "account.toml:1: the file has steps, but no account; a runbook is for 'run'"),
        (account(""), ("--now", "yesterday"), "a time such as 2027-01-31T12:00Z, not 'yesterday'"),
        (account(""), ("--assume", "efs-vault=x"), "efs-vault"),
    ],
)
def test_bad_input_is_one_message(file: Path, text: str, arguments: tuple[str, ...], says: str) -> None:
    file.write_text(text)
    answer = call("why", str(file), *arguments)
    assert answer.code in (2, 3)
    assert answer.out == ""
    assert says in answer.err


def test_time_or_the_service_removes_one_point_and_not_all() -> None:
    vault = EntrySpec(("eu-west-1", "archive"), {"points": 5, "point_status": 1})
    spec = AccountSpec({"role": 1}, tables={"vault": (vault,)}, paths=((vault.place, ()),))
    why = asked(StartingAccount("", BACKUP.extended("deleting"), spec))
    assert [(o.what, o.remover) for o in why.obstacles][:2] == [
        ("1 recovery point", "AWS"),
        ("4 recovery points", "you"),
    ]


def test_a_vault_to_keep_blocks_the_deletion(file: Path) -> None:
    file.write_text(account(", ".join([vault("a", points=2), vault("b"), vault("c", points=1)])))
    answer = call("why", str(file), "--keep", "b", "--json")
    document = valid("why", answer)
    assert (answer.code, document["verdict"]) == (1, "never")
    assert document["says"] == "Can never be deleted while eu-west-1/b is kept."
    assert document["keep"] == [{"region": "eu-west-1", "vault": "b"}]
    places = [place for obstacle in document["obstacles"] for place in obstacle["places"]]
    assert {place["vault"] for place in places} == {"a", "c"}
    (other,) = (one for one in document["other_answers"] if one["assumption"] == "empty-vaults-count")
    assert other["verdict"] == "after-steps"
    emptied = call("why", str(file), "--keep", "b", "--assume", "empty-vaults-count=no", "--json")
    assert valid("why", emptied)["verdict"] == "after-steps"
    assert "b is kept" in call("why", str(file), "--keep", "eu-west-1/b", "--format", "md").out
    assert call("why", str(file), "--keep", "d").code == 2


def test_an_assumption_of_an_extension_that_the_account_brings_has_a_value(tmp_path: Path) -> None:
    file = tmp_path / "account.toml"
    vault = '{region = "us-east-1", name = "a", points = 1, lock = "compliance", kept-forever = true}'
    file.write_text(f'title = "a"\nwith = ["vault-lock"]\n[account]\nrole = "present"\nvaults = [{vault}]\n')
    other = call("why", str(file), "--assume", "endless-retention=yes", "--json")
    assert valid("why", other)["assumptions"]["endless-retention"] == "yes"
    assert "endless-retention" in call("why", str(file), "--assume", "endless-retention=always").err
    without = call("why", str(file), "--without", "delete_recovery_point/vault-locked", "--json")
    assert valid("why", without)["verdict"] == "after-steps"


def test_all_names_are_shown_on_request(file: Path) -> None:
    file.write_text(account(", ".join(vault(name, points=1) for name in "abcdefgh")))
    for form in ("text", "md"):
        assert "and 6 more" in call("why", str(file), "--format", form).out
        full = call("why", str(file), "--format", form, "-v").out
        assert "eu-west-1/h" in full
        assert "more)" not in full


@pytest.mark.parametrize(
    ("stopped", "verdict", "known", "missing"),
    [
        ("backup_slr.advice.why.permanent", "after-steps", 2, "what nothing removes"),
        ("backup_slr.advice.why.Walk", "undecided", 2, "whether the steps reach the goal"),
        ("backup_slr.advice.why.obstacles", "undecided", 1, "some of the obstacles"),
    ],
)
def test_an_interrupted_analysis_keeps_what_is_known(
    file: Path, monkeypatch: pytest.MonkeyPatch, stopped: str, verdict: str, known: int, missing: str
) -> None:
    def interrupted(clearing: Clearing) -> None:
        if stopped.endswith("obstacles"):  # one group is known by then
            clearing.path(clearing.blocking[0])
        raise KeyboardInterrupt

    monkeypatch.setattr(stopped, interrupted)
    file.write_text(account(f"{vault()}, {vault('other', points=1)}"))
    answer = call("why", str(file), "--json")
    assert (answer.code, answer.document["verdict"], answer.document["missing"][0]) == (130, verdict, missing)
    assert len(answer.document["obstacles"]) == known
    valid("why", answer)
    shown = call("why", str(file))
    assert "Interrupted, so these parts of the answer are missing:" in shown.out
    assert shown.err == "interrupted; showing partial results\n"


def test_an_answer_of_which_nothing_is_known_is_interrupted(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("backup_slr.advice.clearing.contents", interrupted)
    with pytest.raises(KeyboardInterrupt):
        why_answer(observed({}, {}))
