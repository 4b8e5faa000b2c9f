"""``run`` in an account of which only the state is known: an inventory, or the account of a scenario."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from support.console import call
from support.runbooks import ACCOUNTS, BOOKS, written

from backup_slr.advice.plan import planned
from backup_slr.advice.plan_formats.plan_runbook import plan_runbook
from backup_slr.api.starting import load_account
from backup_slr.engine.core.variable import Enum
from backup_slr.errors import BadInput
from backup_slr.lifecycle import BACKUP
from backup_slr.lifecycle.regions import AWS_REGIONS
from backup_slr.runbook.experiment import Study, played, recorded
from backup_slr.runbook.observed_activity import MOST_PLACES, busy_account_of
from backup_slr.runbook.runbook_file import load
from backup_slr.scenario.spec import AccountSpec, EntrySpec
from backup_slr.scenario.starting_account import Observation, StartingAccount

PAGE = str(BOOKS / "the-page.toml")
INVENTORIES = Path("simulations/inventories")
SMALL = str(INVENTORIES / "small.json")
FEW = ("--runs", "50")
AT = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)


def large(regions: int, vaults: int, points: int) -> StartingAccount:
    """An account with this many recovery points in each vault."""
    names = sorted(AWS_REGIONS)[:regions]
    entries = tuple(EntrySpec((r, f"vault-{n}"), {"points": points}) for r in names for n in range(vaults))
    spec = AccountSpec({"role": 1}, tables={"vault": entries}, paths=tuple((e.place, ()) for e in entries))
    return StartingAccount("large.json", BACKUP, spec)


@pytest.mark.slow
@pytest.mark.parametrize("account", [SMALL, str(ACCOUNTS / "small.toml"), "simulations/a-job-outlives-its-vault.toml"])
def test_the_plan_of_an_account_runs_in_that_account(tmp_path: Path, account: str) -> None:
    book = str(tmp_path / "plan.toml")
    assert call("plan", account, "--format", "runbook", "-o", book).code == 0
    found = call("run", book, "--account", account, *FEW, "--json").document
    assert found["runbooks"][0]["success_rate"] == 1
    assert bool(found["remarks"]) == (account != str(ACCOUNTS / "small.toml"))


def test_the_assumed_activity_of_an_inventory_is_told() -> None:
    told = " ".join(call("run", PAGE, "--account", SMALL, *FEW).out.split())
    assert "account Account 111122223333 on 2026-11-20" in told
    assert "settings the account does not state times" in told
    assert "jobs plans start jobs in 1 vault (time between two: exponential, mean 1440 min)" in told
    assert "not modeled recovery points made under other roles" in told


def test_a_folder_of_answers_is_an_account(tmp_path: Path) -> None:
    (tmp_path / "us-east-1").mkdir()
    vault = {"BackupVaultName": "web", "VaultType": "BACKUP_VAULT", "NumberOfRecoveryPoints": 2, "Locked": False}
    (tmp_path / "us-east-1" / "list-backup-vaults.json").write_text(json.dumps({"BackupVaultList": [vault]}))
    (tmp_path / "us-east-1" / "get-role.json").write_text(json.dumps({"Role": {"RoleName": BACKUP.name}}))
    answer = call("run", PAGE, "--account", str(tmp_path), *FEW)
    assert "succeeds     100 %" in answer.out, answer.err
    assert "plans are not part of this account (backup-plan)" in answer.out


def test_a_job_without_a_plan_ends_and_no_other_starts() -> None:
    entry = EntrySpec(("us-east-1", "web"), {"job": 1})
    spec = AccountSpec({"role": 1}, tables={"vault": (entry,)}, paths=((entry.place, ()),))
    (schedule,) = busy_account_of(StartingAccount("", BACKUP, spec)).schedules
    assert schedule.every.mean > 1e9 > schedule.takes.mean


def test_a_large_account_runs_and_a_larger_one_is_refused() -> None:
    busy = busy_account_of(large(17, 50, 1176))
    study = Study((load(PAGE),), busy, 1, 2, deadline=1e6)
    study.check()
    assert played(study, 0, 2).summaries[0].runs == 2
    with pytest.raises(BadInput, match=rf"large.json: .* vaults are too many to simulate: at most {MOST_PLACES:,}"):
        busy_account_of(large(17, 120, 1))
    with pytest.raises(BadInput, match="an account without a Region"):
        busy_account_of(StartingAccount("", BACKUP, AccountSpec()))


def test_an_account_without_its_extension_is_read_with_it() -> None:
    start = load_account(SMALL)
    assert busy_account_of(start).lifecycle.composed_of == start.lifecycle.composed_of


def dated(date: datetime | None, lock: str = "compliance") -> StartingAccount:
    """A locked vault with two recovery points whose retention periods end at a date."""
    lifecycle = BACKUP.extended("vault-lock")
    variable = next(v for v in lifecycle.model.state if v.name == "lock")
    assert isinstance(variable, Enum)
    place = ("us-east-1", "worm")
    entry = EntrySpec(place, {"points": 2, "lock": variable.values.index(lock)})
    spec = AccountSpec({"role": 1}, tables={"vault": (entry,)}, paths=((place, ()),))
    action = "retention_ends" if lock == "compliance" else "grace_time_ends"
    return StartingAccount("", lifecycle, spec, observation=Observation("", (AT, AT), {(action, place): date}))


@pytest.mark.parametrize(
    ("date", "minutes", "deletes"),
    [
        (AT + timedelta(hours=1), 59, False),
        (AT + timedelta(hours=1), 61, True),
        (AT - timedelta(hours=1), 1, True),
        (None, 10**6, False),
    ],
)
def test_an_action_that_time_brings_happens_at_its_date(
    date: datetime | None, minutes: int, deletes: bool, tmp_path: Path
) -> None:
    waits = f'title = "Wait"\n[[step]]\ndo = "wait"\nminutes = {minutes}\n[[step]]\neach = "vault"\n'
    book = load(written(tmp_path, "wait.toml", f'{waits}[[step.step]]\ndo = "delete_backup_vault"\n'))
    events = recorded(Study((book,), busy_account_of(dated(date)), 1, 1, deadline=minutes + 0.5), 0, 0).events
    ends = [event.minute for event in events if event.action == "retention_ends"]
    assert [round(minute) for minute in ends] == ([60 if date == AT + timedelta(hours=1) else 0] * 2 if deletes else [])
    assert [event.answer for event in events if event.action == "delete_backup_vault"][-1:] == (
        ["done"] if deletes else ["vault-has-recovery-points"]
    )


def test_the_grace_time_of_a_lock_ends_at_its_date(tmp_path: Path) -> None:
    book = load(written(tmp_path, "wait.toml", 'title = "Wait"\n[[step]]\ndo = "wait"\nminutes = 9000\n'))
    busy = busy_account_of(dated(AT + timedelta(days=3), "grace"))
    events = recorded(Study((book,), busy, 1, 1), 0, 0).events
    assert [(event.action, round(event.minute)) for event in events] == [("grace_time_ends", 3 * 24 * 60)]
    assert ("dates", "at the last date of each vault: grace_time_ends in 1 vault, first on 2026-11-23") in busy.remarks


@pytest.mark.parametrize("held", [0, 1])
def test_the_runbook_of_a_plan_has_time_for_its_dates(held: int, tmp_path: Path) -> None:
    place = ("us-east-1", "worm")
    entry = EntrySpec(place, {"points": 2, "lock": 3, "held": held})
    spec = AccountSpec({"role": 1}, tables={"vault": (entry,)}, paths=((place, ()),))
    observed = Observation("", (AT, AT), {("retention_ends", place): AT + timedelta(days=160)})
    start = StartingAccount("", BACKUP.extended("legal-hold", "vault-lock"), spec, observation=observed)
    book = load(written(tmp_path, "plan.toml", plan_runbook(planned(start), "")), lifecycle=start.lifecycle)
    (summary,) = played(Study((book,), busy_account_of(start), 5, 1), 0, 5).summaries
    assert summary.successes == 5


@pytest.mark.parametrize(("text", "message"), [("{}", "not an inventory"), ('{"end": true}', "without calls")])
def test_a_file_that_is_no_inventory_is_refused(tmp_path: Path, text: str, message: str) -> None:
    answer = call("run", PAGE, "--account", written(tmp_path, "bad.json", text))
    assert answer.code == 3
    assert message in answer.err
    assert len(answer.err.splitlines()) == 1
