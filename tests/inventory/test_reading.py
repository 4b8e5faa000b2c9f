"""An inventory as an account: every fact of the table, what is unknown, and the limits of the model."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.aws_account import ACCOUNT, AT, RAW, FakeAccount
from support.second_role import CLUSTERS

from backup_slr.advice.plan import planned
from backup_slr.advice.plan_phases import phases, requests
from backup_slr.advice.why import asked
from backup_slr.api.starting import load_account
from backup_slr.api.why import why_answer
from backup_slr.engine.core.variable import Enum
from backup_slr.lifecycle import BACKUP
from backup_slr.lifecycle.inventory import INVENTORY
from backup_slr.lifecycle.regions import AWS_REGIONS
from backup_slr.scenario.starting_account import StartingAccount

NOW = datetime.fromisoformat(AT) + timedelta(hours=1)
US = "us-east-1"
EXAMPLES = Path(__file__).parent.parent.parent / "simulations" / "inventories"
LATER, EARLIER = "2027-01-01T00:00:00+00:00", "2025-01-01T00:00:00+00:00"
AIR = "LOGICALLY_AIR_GAPPED_BACKUP_VAULT"
POLICY = {"Effect": "Deny", "Principal": {"AWS": "*"}, "Action": "backup:Delete*", "Resource": "*"}


def read(account: FakeAccount, folder: Path, **options: Any) -> StartingAccount:
    return load_account(account.file(folder, **options), now=NOW)


def shown(start: StartingAccount) -> dict[str, Any]:
    """Values of variables by place, in words, without those that have their first value."""
    variables = {v.name: v for v in start.lifecycle.model.state}
    found: dict[str, Any] = dict(start.spec.values)
    for entries in start.spec.tables.values():
        for entry in entries:
            found |= {f"{'/'.join(entry.place)} {name}": n for name, n in entry.values.items() if n}
    for name, value in found.items():
        variable = variables[name.split()[-1]]
        found[name] = variable.values[value] if isinstance(variable, Enum) else value
    return found | {name: places for name, places in start.spec.lists.items() if places}


@pytest.mark.parametrize(
    ("members", "value", "extensions"),
    [
        ({}, {}, ()),
        ({"Locked": True}, {"lock": "governance"}, ("retention", "vault-lock")),
        ({"Locked": True, "LockDate": LATER}, {"lock": "grace"}, ("retention", "vault-lock")),
        ({"Locked": True, "LockDate": 1735689600.5}, {"lock": "compliance"}, ("retention", "vault-lock")),
        ({"Locked": True, "VaultType": AIR}, {"lock": "air_gapped"}, ("retention", "vault-lock")),
        ({"NumberOfRecoveryPoints": 7}, {"points": 7}, ()),
    ],
)
def test_a_vault(members: dict[str, Any], value: dict[str, Any], extensions: tuple[str, ...], tmp_path: Path) -> None:
    account = FakeAccount()
    account.vault(US, "v", **members)
    start = read(account, tmp_path)
    assert shown(start) == {"role": "present"} | {f"{US}/v {name}": word for name, word in value.items()}
    assert start.lifecycle.composed_of == extensions


@pytest.mark.parametrize(
    ("point", "value"),
    [
        ({"Status": "DELETING"}, {"point_status": "deleting"}),
        ({"Status": "EXPIRED"}, {"point_status": "expired"}),
        ({"Status": "AVAILABLE"}, {}),
        ({"CalculatedLifecycle": {}}, {}),  # kept without end matters only with a lock or a hold
    ],
)
def test_a_recovery_point(point: dict[str, Any], value: dict[str, Any], tmp_path: Path) -> None:
    account = FakeAccount()
    account.vault(US, "v", point)
    start = read(account, tmp_path)
    values = {f"{US}/v {name}": word for name, word in {"points": 1, **value}.items()}
    assert {k: v for k, v in shown(start).items() if k != "role"} == values
    assert ("expired" in start.lifecycle.composed_of) == (point.get("Status") == "EXPIRED")


@pytest.mark.parametrize(("others", "points"), [((), 1), (({},), 2)])
def test_points_in_deletion_are_one_without_a_retention_period(
    others: tuple[dict[str, Any], ...], points: int, tmp_path: Path
) -> None:
    account = FakeAccount()
    ends = ({"CalculatedLifecycle": {}}, {"CalculatedLifecycle": {"DeleteAt": LATER}})
    account.vault(US, "v", *({"Status": "DELETING"} | end for end in ends), *others, Locked=True, LockDate=EARLIER)
    start = read(account, tmp_path)
    found = shown(start)
    assert (found[f"{US}/v points"], found[f"{US}/v point_status"]) == (points, "deleting")
    assert f"{US}/v kept_forever" not in found
    assert start.observation is not None
    assert len(start.observation.not_before) == len(others)
    told = [one.says for one in start.observation.not_modeled]
    assert "its deletion is under way: the model has one, which stands for all of them (2)" in told


@pytest.mark.parametrize(("date", "kept"), [(EARLIER, "permission"), (LATER, None)])
def test_a_retention_period_that_ended_in_vain_has_a_reason(date: str, kept: str | None, tmp_path: Path) -> None:
    account = FakeAccount()
    account.vault(US, "v", {"Status": "EXPIRED", "CalculatedLifecycle": {"DeleteAt": date}})
    assert shown(read(account, tmp_path)).get(f"{US}/v kept_by") == kept


@pytest.mark.parametrize("statuses", [("DELETING", "EXPIRED"), ("EXPIRED", "COMPLETED", "DELETING")])
def test_the_worst_status_counts_whatever_the_order(statuses: tuple[str, ...], tmp_path: Path) -> None:
    account = FakeAccount()
    account.vault(US, "a", *({"Status": status} for status in statuses))
    start = read(account, tmp_path)
    assert shown(start)[f"{US}/a point_status"] == "expired"
    told = [remark.says for remark in start.observation.not_modeled] if start.observation else []
    assert "several values of point_status (deleting and expired): the model represents only expired" in told


@pytest.mark.parametrize(("extensions", "points", "own"), [((), 5, None), (("backup-roles",), 3, 2)])
def test_points_under_another_role(extensions: tuple[str, ...], points: int, own: int | None, tmp_path: Path) -> None:
    roles = ["other", BACKUP.name, "other", None, BACKUP.name]
    account = FakeAccount()
    account.vault(US, "v", *({"IamRoleArn": role and f"arn:aws:iam::{ACCOUNT}:role/{role}"} for role in roles))
    start = load_account(account.file(tmp_path), BACKUP.extended(*extensions), NOW)
    found = shown(start)
    assert (found[f"{US}/v points"], found.get(f"{US}/v own_points")) == (points, own)
    assert start.observation is not None
    assert any("other roles" in remark.says for remark in start.observation.not_modeled) == (own is None)


def test_retention_of_points_under_another_role(tmp_path: Path) -> None:
    """Without `backup-roles` they are recovery points like the others; with it, their retention is their own."""
    other = {"IamRoleArn": f"arn:aws:iam::{ACCOUNT}:role/other"}
    account = FakeAccount()
    account.vault(US, "endless", other | {"CalculatedLifecycle": {}})
    account.vault(US, "dated", other | {"CalculatedLifecycle": {"DeleteAt": "2027-01-01T00:00:00+00:00"}})
    for extensions, kept, ends in (
        (("retention",), "kept_forever", "retention_ends"),
        (("retention", "backup-roles"), "own_kept_forever", "own_retention_ends"),
    ):
        start = load_account(account.file(tmp_path), BACKUP.extended(*extensions), NOW)
        assert {name for name in shown(start) if "kept_forever" in name} == {f"{US}/endless {kept}"}
        assert start.observation is not None
        found = {key: date and date.year for key, date in start.observation.not_before.items()}
        assert found == {(ends, (US, "endless")): None, (ends, (US, "dated")): 2027}


def test_dates_are_the_latest_and_never_without_one(tmp_path: Path) -> None:
    account = FakeAccount()
    early, late = ({"CalculatedLifecycle": {"DeleteAt": date}} for date in ("2026-12-01T00:00:00Z", LATER))
    account.vault(US, "dated", late, early, Locked=True, LockDate=LATER)
    account.vault(US, "endless", early, {"CalculatedLifecycle": {}}, early, Locked=True)
    start = read(account, tmp_path)
    assert start.observation is not None
    later = datetime.fromisoformat(LATER)
    assert start.observation.not_before == {
        ("grace_time_ends", (US, "dated")): later,
        ("retention_ends", (US, "dated")): later,
        ("retention_ends", (US, "endless")): None,
    }
    assert shown(start)[f"{US}/endless kept_forever"] == 1


@pytest.mark.parametrize(("others", "known"), [((), False), (({},), False), (({"CalculatedLifecycle": {}},), True)])
def test_an_end_with_an_event_has_no_date(others: tuple[dict[str, Any], ...], known: bool, tmp_path: Path) -> None:
    account = FakeAccount()
    event = {"CalculatedLifecycle": {}, "Lifecycle": {"DeleteAfterEvent": "DELETE_AFTER_COPY"}}
    account.vault(US, "v", *others, event, *others, Locked=True, LockDate=EARLIER)
    start = read(account, tmp_path)
    assert start.observation is not None
    assert start.observation.not_before == ({("retention_ends", (US, "v")): None} if known else {})
    assert (f"{US}/v kept_forever" in shown(start)) == known
    why = asked(start, now=NOW)
    assert (why.verdict, why.date) == ("never" if known else "not-before", None)


@pytest.mark.parametrize(("after", "lock", "told"), [(-1, "grace", False), (0, "compliance", True)])
def test_a_grace_time_that_has_ended_since_makes_the_lock_final(
    after: int, lock: str, told: bool, tmp_path: Path
) -> None:
    account = FakeAccount()
    account.vault(US, "v", {"CalculatedLifecycle": {}}, Locked=True, LockDate=LATER)
    start = load_account(account.file(tmp_path), now=datetime.fromisoformat(LATER) + timedelta(seconds=after))
    assert shown(start)[f"{US}/v lock"] == lock
    assert start.observation is not None
    assert any("grace time of its lock has ended" in one.says for one in start.observation.not_modeled) == told
    assert (("grace_time_ends", (US, "v")) in start.observation.not_before) == (not told)


@pytest.mark.parametrize(
    ("statement", "denied", "told"),
    [
        (POLICY, True, False),
        (POLICY | {"Principal": "*", "Action": ["s3:*", "BACKUP:deleterecoverypoint"]}, True, False),
        (POLICY | {"Condition": {"StringNotEquals": {"aws:PrincipalArn": "x"}}}, False, True),
        (POLICY | {"Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}}, False, True),
        (POLICY | {"Effect": "Allow"}, False, False),
        (POLICY | {"Action": "backup:StartCopyJob"}, False, False),
        ({"Effect": "Deny", "Principal": "*", "NotAction": ["backup:List*", "backup:Put*"]}, True, False),
        (POLICY | {"Resource": f"arn:aws:backup:{US}:{ACCOUNT}:backup-vault:*"}, True, False),
        (POLICY | {"Resource": [f"arn:aws:backup:{US}:{ACCOUNT}:backup-vault:other"]}, False, False),
        (POLICY | {"Resource": f"arn:aws:backup:eu-*:{ACCOUNT}:backup-vault:v"}, False, False),
        (POLICY | {"Resource": "arn:aws:ec2:*::snapshot/*"}, False, True),
        ({**{k: v for k, v in POLICY.items() if k != "Resource"}, "NotResource": "arn:aws:ec2:*"}, False, True),
    ],
)
def test_an_access_policy(statement: dict[str, Any], denied: bool, told: bool, tmp_path: Path) -> None:
    account = FakeAccount()
    account.vault(US, "v")
    account.answers[f"{US}/get-backup-vault-access-policy=v"] = {"Policy": json.dumps({"Statement": [statement]})}
    start = read(account, tmp_path)
    assert (f"{US}/v deletion_denied" in shown(start)) == denied
    assert start.observation is not None
    assert any("under a condition" in remark.says for remark in start.observation.not_modeled) == told


CONFIGURED = ["backup:DeleteRecoveryPoint", "backup:UpdateRecoveryPointLifecycle", "backup:PutBackupVaultAccessPolicy"]
WITH_DELETION = [
    "backup:DeleteRecoveryPoint",
    "backup:PutBackupVaultAccessPolicy",
    "backup:DeleteBackupVaultAccessPolicy",
]
PUT, SOME = "backup:PutBackupVaultAccessPolicy", {"NotPrincipal": {"AWS": f"arn:aws:iam::{ACCOUNT}:role/admin"}}


@pytest.mark.parametrize(
    ("statements", "lockout", "told"),
    [
        ([{"Action": "backup:*"}], "deletions", "the model takes it as final"),
        ([{"Action": "*"}], "deletions", "the model takes it as final"),
        ([{"Action": "BACKUP:*vault*"}], "deletions", "the model takes it as final"),
        ([{"NotAction": "backup:List*"}], "deletions", "the model takes it as final"),
        ([{"Action": WITH_DELETION}], "points", "the model takes it as final"),
        ([{"Action": one} for one in WITH_DELETION], "points", "the model takes it as final"),
        ([{"Action": CONFIGURED}], "until_deleted", ""),
        (
            [{"Action": CONFIGURED}, {"Action": "backup:Delete*Policy", **SOME}],
            "until_deleted",
            "its own deletion to some",
        ),
        ([{"Action": PUT}], "", ""),
        ([{"Action": WITH_DELETION, **SOME}], "", "denies deletions to some callers"),
        ([{"Action": "backup:DeleteRecoveryPoint"}, {"Action": PUT, **SOME}], "", "its replacement to some callers"),
        ([{"Action": "backup:DeleteRecoveryPoint"}], "", "the model takes both as denied"),
        ([{"Action": WITH_DELETION}, {"Action": "backup:DeleteBackupVault", **SOME}], "points", "that of the vault"),
        ([{"Action": ["backup:DeleteRecoveryPoint", "backup:DeleteBackupVault"]}], "", ""),
    ],
)
def test_an_access_policy_that_denies_its_own_replacement(
    statements: list[dict[str, Any]], lockout: str, told: str, tmp_path: Path
) -> None:
    account = FakeAccount()
    account.vault(US, "v")
    deny = {"Effect": "Deny", "Resource": "*"}
    policy = [deny | ({} if "NotPrincipal" in one else {"Principal": "*"}) | one for one in statements]
    account.answers[f"{US}/get-backup-vault-access-policy=v"] = {"Policy": json.dumps({"Statement": policy})}
    start = read(account, tmp_path)
    assert shown(start).get(f"{US}/v lockout", "") == lockout
    assert start.observation is not None
    remarks = [remark.says for remark in start.observation.not_modeled if "access policy" in remark.says]
    assert any(told in says for says in remarks) if told else not remarks


def arn(region: str, account: str, name: str) -> str:
    return f"arn:aws:backup:{region}:{account}:backup-vault:{name}"


HERE, THERE = arn(US, ACCOUNT, "v"), arn("eu-west-1", "999999999999", "theirs")
OTHER = arn(US, ACCOUNT, "not-listed")


@pytest.mark.parametrize(
    ("answer", "value"),
    [
        ({"list-backup-jobs=RUNNING": {"BackupJobs": [{"BackupVaultName": "v", "State": "RUNNING"}]}}, {"job": 1}),
        ({"list-backup-jobs=RUNNING": {"BackupJobs": [{"BackupVaultName": "v", "State": "COMPLETED"}]}}, {}),
        *(
            (
                {"list-copy-jobs=RUNNING": {"CopyJobs": [dict(zip(ENDS, ends, strict=True))]}},
                value,
            )
            for ENDS in [("SourceBackupVaultArn", "DestinationBackupVaultArn", "State")]
            for ends, value in [
                ((THERE, HERE, "RUNNING"), {"copying": "into"}),
                ((HERE, THERE, "RUNNING"), {"copying": "out"}),
                ((HERE, HERE, "RUNNING"), {"copying": "into"}),
                ((HERE, OTHER, "RUNNING"), {"copying": "out"}),
                ((OTHER, HERE, "CREATED"), {"copying": "into"}),
            ]
        ),
        (
            {
                "list-legal-holds": {
                    "LegalHolds": [{"LegalHoldId": "h", "Status": "ACTIVE"}, {"LegalHoldId": "x", "Status": "CANCELED"}]
                },
                "list-recovery-points-by-legal-hold=h": {"RecoveryPoints": [{"BackupVaultName": "v"}]},
            },
            {"held": 1},
        ),
    ],
)
def test_jobs_and_holds(answer: dict[str, Any], value: dict[str, Any], tmp_path: Path) -> None:
    account = FakeAccount(answers={f"{US}/{key}": said for key, said in answer.items()})
    account.vault(US, "v")
    start = read(account, tmp_path)
    assert shown(start) == {"role": "present"} | {f"{US}/v {name}": word for name, word in value.items()}
    assert not any("legal-hold=x" in call for call in account.sent)


def test_a_legal_hold_over_several_vaults_is_canceled_once_and_not_while_that_is_under_way(tmp_path: Path) -> None:
    account = FakeAccount()
    points = {"one": ("a", "b"), "other": ("b", "c"), "ending": ("c", "d")}
    for vault in "abcd":
        account.vault(US, vault, {})
    status = {hold: "CANCELING" if hold == "ending" else "ACTIVE" for hold in points}
    holds = [{"LegalHoldId": hold, "Status": said} for hold, said in status.items()]
    account.answers[f"{US}/list-legal-holds"] = {"LegalHolds": holds}
    for hold, vaults in points.items():
        found = [{"BackupVaultName": vault} for vault in vaults]
        account.answers[f"{US}/list-recovery-points-by-legal-hold={hold}"] = {"RecoveryPoints": found}
    start = read(account, tmp_path)
    plan, why = planned(start), why_answer(asked(start, now=NOW)).document()
    sent = {phase.action: requests(plan, phase) for phase in phases(plan)}
    assert sent["cancel_legal_hold"] == 2
    assert sum(sent.values()) == why["requests"] == 2 + 4 + 4 + 1
    assert [place for phase in phases(plan) if phase.action == "cancel_legal_hold" for place in phase.places] == [
        (US, vault) for vault in "abc"
    ]


def test_the_latest_retention_date_of_the_locked_vaults_decides(tmp_path: Path) -> None:
    account = FakeAccount()
    dates = [f"2026-12-{day:02}T00:00:00+00:00" for day in (1, 20, 7, 31)]
    points = [{"CalculatedLifecycle": {"DeleteAt": date}} for date in dates]
    account.vault(US, "locked", *points[:3], Locked=True, LockDate=EARLIER)
    account.vault(US, "also-locked", points[0], Locked=True, LockDate=EARLIER)
    account.vault(US, "free", points[3])
    answer = why_answer(asked(read(account, tmp_path), now=NOW))
    assert (answer.verdict, answer.not_before) == ("not-before", datetime.fromisoformat(dates[1]))


@pytest.mark.parametrize(
    ("members", "shown_as"),
    [
        (
            {"ScheduleExpression": "cron(0 5 ? * * *)"},
            "(daily: rule, cron(0 5 ? * * *)), next due 2026-11-21T05:00:00Z",
        ),
        (
            {"ScheduleExpression": "cron(0 5 ? * * *)", "ScheduleExpressionTimezone": "Asia/Tokyo"},
            "(daily: rule, cron(0 5 ? * * *) Asia/Tokyo), next due 2026-11-20T20:00:00Z",
        ),
        ({"ScheduleExpression": "rate(1 day)"}, "(daily: rule, rate(1 day)), the next time is not known"),
        ({"ScheduleExpression": "\u202e\n- x"}, "(daily: rule, \\u202e\\n- x), the next time is not known"),
        ({}, ""),
    ],
)
def test_schedules_are_shown_with_their_next_time(members: dict[str, str], shown_as: str, tmp_path: Path) -> None:
    account = FakeAccount()
    account.vault(US, "v", {})
    account.answers[f"{US}/list-backup-plans"] = {"BackupPlansList": [{"BackupPlanId": "p"}]}
    rule = {"RuleName": "rule", "TargetBackupVaultName": "v", **members}
    account.answers[f"{US}/get-backup-plan=p"] = {"BackupPlan": {"BackupPlanName": "daily", "Rules": [rule]}}
    answer = why_answer(asked(read(account, tmp_path), now=NOW))
    lines = " ".join(str(answer).split())
    assert (f"{US}/v: a backup plan starts jobs into the vault if it selects resources" in lines) == bool(members)
    assert shown_as in lines


EFS_VAULT, EFS_PLAN = "aws/efs/automatic-backup-vault", "aws/efs/automatic-backup-plan"


@pytest.mark.parametrize(("name", "own"), [(EFS_PLAN, True), ("custom", False)])
def test_a_plan_of_a_customer_does_not_fill_the_efs_vault(name: str, own: bool, tmp_path: Path) -> None:
    account = FakeAccount()
    account.vault(US, EFS_VAULT, {})
    account.vault(US, "v", {})
    account.answers[f"{US}/list-backup-plans"] = {"BackupPlansList": [{"BackupPlanId": "p"}]}
    rules = [
        {"TargetBackupVaultName": vault, "ScheduleExpression": "rate(1 day)", "Lifecycle": {"DeleteAfterDays": 35}}
        for vault in (EFS_VAULT, "v")
    ]
    account.answers[f"{US}/get-backup-plan=p"] = {"BackupPlan": {"BackupPlanName": name, "Rules": rules}}
    start = read(account, tmp_path)
    assert (f"{US}/{EFS_VAULT} unplanned" in shown(start)) == (not own)
    assert f"{US}/v unplanned" not in shown(start)
    assert start.observation is not None
    assert [one.place[1] for one in start.observation.schedules] == [EFS_VAULT] * own + ["v"]
    told = [remark.place for remark in start.observation.not_modeled if "reserves for EFS" in remark.says]
    assert told == [(US, EFS_VAULT)] * (not own)


@pytest.mark.parametrize(
    ("lifecycle", "copied", "endless"),
    [
        ({"Lifecycle": {"DeleteAfterDays": 35}}, {"Lifecycle": {"DeleteAfterDays": 7}}, False),
        ({"Lifecycle": {"DeleteAfterEvent": "DELETE_AFTER_COPY"}}, {"Lifecycle": {"DeleteAfterDays": 7}}, False),
        ({"Lifecycle": {"DeleteAfterDays": 35}}, {}, True),
        ({"Lifecycle": {"DeleteAfterDays": 35}}, {"DestinationBackupVaultArn": THERE}, False),
        ({"Lifecycle": {"MoveToColdStorageAfterDays": 7}}, {"Lifecycle": {"DeleteAfterDays": 7}}, True),
        ({}, {"Lifecycle": {"DeleteAfterDays": 7}}, True),
    ],
)
def test_the_rules_of_plans_decide_about_endless_retention(
    lifecycle: dict[str, Any], copied: dict[str, Any], endless: bool, tmp_path: Path
) -> None:
    """Into a vault that is locked for good, a job can leave a recovery point that no request deletes."""
    account = FakeAccount()
    account.vault(US, "v", Locked=True, LockDate=EARLIER)
    account.answers[f"{US}/list-backup-jobs=RUNNING"] = {"BackupJobs": [{"BackupVaultName": "v", "State": "RUNNING"}]}
    account.answers[f"{US}/list-backup-plans"] = {"BackupPlansList": [{"BackupPlanId": "p"}]}
    copy = {"DestinationBackupVaultArn": HERE, **copied}
    rule = {"TargetBackupVaultName": "v", "ScheduleExpression": "rate(1 day)", "CopyActions": [copy], **lifecycle}
    account.answers[f"{US}/get-backup-plan=p"] = {"BackupPlan": {"BackupPlanName": "daily", "Rules": [rule]}}
    start = read(account, tmp_path)
    assert start.assume.get("endless-retention", "no") == ("yes" if endless else "no")
    said = " ".join(str(why_answer(asked(start, now=NOW))).split())
    assert ("the deletion is never possible" in said) == endless
    assert ("is kept without end (daily" in said) == ("DeleteAfter" not in str(lifecycle))


def test_schedules_also_start_copies_into_other_vaults(tmp_path: Path) -> None:
    account = FakeAccount()
    account.vault(US, "v", {})
    account.answers[f"{US}/list-backup-plans"] = {"BackupPlansList": [{"BackupPlanId": "p"}]}
    copies = [arn("eu-west-1", ACCOUNT, "w"), arn("eu-west-1", "999999999999", "w"), arn(US, ACCOUNT, "x")]
    rule = {
        "RuleName": "rule",
        "TargetBackupVaultName": "v",
        "TargetLogicallyAirGappedBackupVaultArn": arn(US, ACCOUNT, "air"),
        "ScheduleExpression": "cron(0 5 ? * * *)",
        "CopyActions": [{"DestinationBackupVaultArn": one} for one in copies],
    }
    account.answers[f"{US}/get-backup-plan=p"] = {"BackupPlan": {"BackupPlanName": "daily", "Rules": [rule]}}
    observation = read(account, tmp_path).observation
    assert observation is not None
    assert [one.place for one in observation.schedules] == [(US, "v"), (US, "air"), ("eu-west-1", "w"), (US, "x")]


def test_a_shared_vault_of_another_account_is_left_out(tmp_path: Path) -> None:
    account = FakeAccount()
    account.vault(US, "v", {"Status": "EXPIRED"}, BackupVaultArn=arn(US, "999999999999", "v"))
    start = read(account, tmp_path)
    assert shown(start) == {"role": "present"}
    assert start.observation is not None
    assert not start.observation.unknown


def test_plans_and_features(tmp_path: Path) -> None:
    account = FakeAccount(("eu-west-1", US))
    rule = {
        "TargetBackupVaultName": "planned",
        "CopyActions": [{"DestinationBackupVaultArn": arn(US, ACCOUNT, "copy")}],
    }
    account.answers |= {
        f"{US}/describe-global-settings": {"GlobalSettings": {"isCrossAccountBackupEnabled": "true"}},
        "eu-west-1/list-backup-plans": {"BackupPlansList": [{"BackupPlanId": "p"}]},
        "eu-west-1/get-backup-plan=p": {"BackupPlan": {"Rules": [rule]}},
        f"{US}/describe-file-systems": {"FileSystems": [{"FileSystemId": "fs-1"}, {"FileSystemId": "fs-2"}]},
        f"{US}/describe-backup-policy=fs-2": {"BackupPolicy": {"Status": "ENABLING"}},
    }
    for region, name in (("eu-west-1", "planned"), ("eu-west-1", "other"), (US, "copy")):
        account.vault(region, name)
    start = read(account, tmp_path)
    assert shown(start) == {
        "role": "present",
        "cross_account": 1,
        "efs_automatic_backup": (US,),
        "eu-west-1/other unplanned": 1,
    }


@pytest.mark.parametrize(
    ("answer", "role"),
    [({}, "present"), ({f"{US}/get-role": "NoSuchEntity"}, ""), ({f"{US}/get-role": "AccessDenied"}, "present")],
)
def test_the_role_is_taken_as_present_unless_it_is_known_to_be_absent(
    answer: dict[str, Any], role: str, tmp_path: Path
) -> None:
    start = read(FakeAccount(answers=answer), tmp_path)
    assert shown(start).get("role", "") == role
    assert start.observation is not None
    assert bool(start.observation.unknown) == (answer == {f"{US}/get-role": "AccessDenied"})


def test_a_failed_deletion_task_shows_when_the_usage_is_checked(tmp_path: Path) -> None:
    account, reason = FakeAccount(), {"Reason": "in use", "RoleUsageList": [{"Region": US, "Resources": ["v"]}]}
    account.answers[f"{US}/get-service-linked-role-deletion-status"] = {"Status": "FAILED", "Reason": reason}
    failed = read(account, tmp_path, given={"DeletionTaskId": "task/1"})
    assert failed.assume == {"usage-check": "at-task-end"}
    assert failed.observation is not None
    assert [remark.place for remark in failed.observation.not_modeled] == [(US,)]
    account.answers[f"{US}/get-service-linked-role-deletion-status"] = {"Status": "IN_PROGRESS"}
    assert shown(read(account, tmp_path, given={"DeletionTaskId": "task/1"})) == {"role": "deleting"}


# ---------------------------------------------------------------- what the state does not contain


@pytest.mark.parametrize(
    ("members", "point", "told"),
    [
        ({"VaultType": "RESTORE_ACCESS_BACKUP_VAULT"}, None, "whether IAM counts it"),
        ({"BackupVaultArn": arn(US, "999999999999", "v")}, None, "a vault of another account"),
        ({"VaultState": "FAILED"}, None, "has failed"),
        ({}, {"IsParent": True}, "composite"),
        ({}, {"ParentRecoveryPointArn": "arn:x"}, "nested"),
        ({}, {"IndexStatus": "PENDING"}, "index"),
        ({}, {"Lifecycle": {"DeleteAfterEvent": "DELETE_AFTER_COPY"}}, "with an event"),
        ({}, {"IamRoleArn": f"arn:aws:iam::{ACCOUNT}:role/own"}, "other roles"),
        ({}, {"CalculatedLifecycle": {"DeleteAt": EARLIER}}, "has passed"),
    ],
)
def test_what_the_model_does_not_represent_is_told(
    members: dict[str, Any], point: dict[str, Any] | None, told: str, tmp_path: Path
) -> None:
    account = FakeAccount()
    account.vault(US, "v", *filter(None, [point]), **members)
    observation = read(account, tmp_path).observation
    assert observation is not None
    assert [remark for remark in observation.not_modeled if told in remark.says]


def test_restore_jobs_and_restore_testing_are_told(tmp_path: Path) -> None:
    job = {"Status": "RUNNING", "BackupVaultArn": HERE}
    account = FakeAccount(off=("ap-east-1",))
    account.answers[f"{US}/list-restore-jobs=RUNNING"] = {"RestoreJobs": [job, {"Status": "RUNNING"}]}
    account.answers[f"{US}/list-restore-testing-plans"] = {"RestoreTestingPlans": [{"RestoreTestingPlanName": "t"}]}
    observation = read(account, tmp_path).observation
    assert observation is not None
    assert {r.place for r in observation.not_modeled if "restore" in r.says} == {(US, "v"), (US,)}
    assert any("ap-east-1" in r.says for r in observation.unknown)


@pytest.mark.parametrize(
    ("answer", "place", "told"),
    [
        ({"eu-west-1/*": "AccessDeniedException"}, ("eu-west-1",), "no call had an answer: AccessDeniedException"),
        ({"eu-west-1/list-legal-holds": "Throttling"}, ("eu-west-1",), "list-legal-holds: Throttling"),
        ({f"{US}/list-backup-vaults": {"BackupVaultList": [], "NextToken": "x"}}, (US,), "only one page"),
    ],
)
def test_what_could_not_be_read_is_unknown(
    answer: dict[str, Any], place: tuple[str, ...], told: str, tmp_path: Path
) -> None:
    observation = read(FakeAccount(("eu-west-1", US), answer), tmp_path).observation
    assert observation is not None
    assert [remark.place for remark in observation.unknown if told in remark.says] == [place]


def test_lists_that_disagree_are_unknown(tmp_path: Path) -> None:
    account = FakeAccount()
    account.vault(US, "more", {}, {}, NumberOfRecoveryPoints=5)
    account.answers[f"{US}/list-backup-jobs=RUNNING"] = {
        "BackupJobs": [{"BackupVaultName": "gone", "State": "RUNNING"}]
    }
    account.vault(US, "hidden", {})
    lines = [line for line in account.lines() if "list-backup-vaults" not in line]
    account.answers[f"{US}/list-backup-vaults"]["BackupVaultList"].pop()
    lines[-1:-1] = [line for line in account.lines() if "list-backup-vaults" in line]
    (tmp_path / "inventory.json").write_text("\n".join(lines))
    start = load_account(tmp_path / "inventory.json", now=NOW)
    assert shown(start) == {"role": "present", f"{US}/more points": 5, f"{US}/hidden points": 1}
    assert start.observation is not None
    told = {remark.place[-1]: remark.says for remark in start.observation.unknown}
    assert set(told) == {"more", "gone", "hidden"}
    assert "list-backup-vaults: 5" in told["more"]


def test_an_old_inventory_is_reported(tmp_path: Path) -> None:
    file = FakeAccount().file(tmp_path)
    for hours, old in ((23, False), (49, True)):
        observation = load_account(file, now=datetime.fromisoformat(AT) + timedelta(hours=hours)).observation
        assert observation is not None
        assert [remark.says for remark in observation.unknown] == [
            "what changed since the inventory was made: it is 2 days old"
        ] * old
        assert observation.at == (datetime.fromisoformat(AT),) * 2


HOSTILE = ("$(touch x)", "a;rm -rf /", "new\nline", "\u202egpj.exe", "'\"`", "--profile", "a=b%2F", "\U0001f525")


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_are_kept(name: str, tmp_path: Path) -> None:
    account = FakeAccount()
    account.vault(US, name, {"StatusMessage": "password", "Status": "EXPIRED"})
    start = read(account, tmp_path)
    assert [entry.place for entry in start.spec.tables["vault"]] == [(US, name)]
    assert "password" not in repr(start)


# ---------------------------------------------------------------- examples, another role, speed


def test_the_examples_are_accounts() -> None:
    small, large = (load_account(EXAMPLES / name, now=NOW) for name in ("small.json", "locks-and-holds.json"))
    assert small.lifecycle.composed_of == ("access-policy", "backup-plans")
    assert len(large.lifecycle.composed_of) == 7
    for start in (small, large):
        assert start.state(start.machine())
        assert start.observation is not None
        assert start.observation.account == ACCOUNT
    assert small.observation is not None
    assert [r.says[:30] for r in small.observation.unknown] == ["Regions that are not in use: a"]


def test_another_role_has_an_inventory_too(tmp_path: Path) -> None:
    def line(operation: str, output: Any, region: str = "north") -> str:
        return json.dumps({"region": region, "operation": operation, "at": 1.5, "output": output})

    zones = {"Zones": [{"Name": "north"}, {"Name": "south"}, {"Name": "west", "State": "closed"}]}
    lines = [line("who-am-i", {"Id": "1", "Role": "R"}), line("list-zones", zones)]
    lines += [line("list-clusters", {"Clusters": [{"Size": 3}]}, "south"), '{"end": true}']
    (tmp_path / "zones.json").write_text("\n".join(lines))
    start = load_account(tmp_path / "zones.json", CLUSTERS, datetime(1970, 1, 1, tzinfo=UTC))
    assert shown(start) == {"role": "usable", "south cluster": 1, "south nodes": 3}
    assert start.observation is not None
    assert [remark.place for remark in start.observation.unknown] == [(), ("north",)]
    assert start.state(start.machine())


def test_many_vaults_are_counted_without_their_lists(tmp_path: Path) -> None:
    account = FakeAccount(tuple(sorted(AWS_REGIONS))[:17])
    for region in account.regions:
        for number in range(50):
            account.vault(region, f"v{number}", NumberOfRecoveryPoints=1177)
    file = account.file(tmp_path, optional=False)
    start = load_account(file, BACKUP, NOW)
    assert sum(entry.values["points"] for entry in start.spec.tables["vault"]) == 17 * 50 * 1177
    assert start.observation is not None
    assert len(start.observation.unknown) == 17


POINTS = st.fixed_dictionaries(
    {},
    optional={
        "Status": st.sampled_from(["COMPLETED", "EXPIRED", "DELETING"]),
        "IamRoleArn": st.sampled_from(
            [f"arn:aws:iam::{ACCOUNT}:role/own", f"arn:aws:iam::{ACCOUNT}:role/{BACKUP.name}"]
        ),
        "CalculatedLifecycle": st.sampled_from([{}, *({"DeleteAt": date} for date in (LATER, EARLIER, AT, 1.8e9))]),
        "IsParent": st.booleans(),
    },
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(points=st.lists(POINTS, max_size=12), locked=st.booleans())
def test_numbers_of_alike_points_say_the_same_as_the_points(
    points: list[dict[str, Any]], locked: bool, tmp_path: Path
) -> None:
    account = FakeAccount()
    account.vault(US, "v", *points, Locked=locked)
    compact, raw = (read(account, tmp_path, inventory=one) for one in (INVENTORY, RAW))
    assert compact == raw


def test_a_million_points_are_a_few_lines(tmp_path: Path) -> None:
    account = FakeAccount()
    account.vault(US, "v", *({"Status": "EXPIRED"} if i % 9 else {"ResourceName": str(i)} for i in range(20_000)))
    file = account.file(tmp_path)
    assert file.stat().st_size < 5000
    assert '"alike":17777' in file.read_text()
    assert shown(load_account(file, now=NOW))[f"{US}/v points"] == 20_000


@pytest.mark.parametrize(("denied", "known"), [("list-legal-holds", True), ("list-backup-plans", False), ("*", False)])
def test_a_vault_is_without_plan_only_where_all_plans_were_read(denied: str, known: bool, tmp_path: Path) -> None:
    rule = {"TargetBackupVaultName": "planned"}
    account = FakeAccount((US, "eu-west-1"), {f"eu-west-1/{denied}": "AccessDeniedException"})
    account.answers[f"{US}/list-backup-plans"] = {"BackupPlansList": [{"BackupPlanId": "p"}]}
    account.answers[f"{US}/get-backup-plan=p"] = {"BackupPlan": {"Rules": [rule]}}
    account.vault(US, "other")
    account.vault("eu-west-1", "v")
    start = read(account, tmp_path, optional=False)
    assert shown(start)[f"{US}/other unplanned"] == 1
    assert ("eu-west-1/v unplanned" in shown(start)) == known
