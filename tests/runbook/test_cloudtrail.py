"""A run as a CloudTrail log: it has the fields that CloudTrail writes, with the events of the run."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from support.runbooks import gallery, study

from backup_slr.runbook.cloudtrail import cloudtrail
from backup_slr.runbook.experiment import Recorded, recorded

# As in the examples of the CloudTrail User Guide, in their order.
HEAD = [
    "eventVersion",
    "userIdentity",
    "eventTime",
    "eventSource",
    "eventName",
    "awsRegion",
    "sourceIPAddress",
    "userAgent",
]
ERROR = ["errorCode", "errorMessage"]
CALL = ["requestParameters", "responseElements", "requestID", "eventID", "readOnly", "eventType", "managementEvent"]
SERVICE = ["requestParameters", "responseElements", "eventID", "readOnly", "eventType", "managementEvent"]
ERRORS = {
    "throttled": "ThrottlingException",
    "service-using-role": "InvalidResourceStateException",
    "vault-has-recovery-points": "InvalidRequestException",
    "no-such-vault": "ResourceNotFoundException",
    "no-recovery-points": "ResourceNotFoundException",
    "vault-exists": "AlreadyExistsException",
    "no-such-role": "NoSuchEntityException",
    "name-is-immutable": "UnmodifiableEntityException",
    "role-not-editable": "UnmodifiableEntityException",
}

Record = dict[str, Any]


def log(run: Recorded) -> list[Record]:
    """The records of a run."""
    return cloudtrail(run, run.dispatch.environment.names)["Records"]


@pytest.fixture(scope="module")
def runs() -> list[Recorded]:
    """Runs with many kinds of events: throttling, collisions, failed deletions, other users, failed jobs."""
    some = [recorded(gallery(book, "busy"), 0, run) for book in ("the-page", "backoff-with-jitter") for run in range(8)]
    return [*some, *(recorded(gallery("fixed-wait", "efs-still-on"), 0, run) for run in range(3))]


def test_records_have_the_fields_of_cloudtrail_in_their_order(runs: list[Recorded]) -> None:
    kinds = Counter[str]()
    for record in (record for run in runs for record in log(run)):
        kinds[record["eventType"]] += 1
        assert record["managementEvent"] is True
        assert record["eventCategory"] == "Management"
        assert record["recipientAccountId"] == "111122223333"
        if record["eventType"] == "AwsServiceEvent":
            assert list(record) == [*HEAD, *SERVICE, "recipientAccountId", "serviceEventDetails", "eventCategory"]
            assert record["userIdentity"] == {"accountId": "111122223333", "invokedBy": "backup.amazonaws.com"}
            continue
        error = ERROR if "errorCode" in record else []
        assert list(record) == [*HEAD, *error, *CALL, "recipientAccountId", "eventCategory"]
        identity = record["userIdentity"]
        name = identity["sessionContext"]["sessionIssuer"]["userName"]
        assert identity["type"] == "AssumedRole"
        assert identity["arn"] == f"arn:aws:sts::111122223333:assumed-role/{name}/session"
        assert record["readOnly"] == record["eventName"].startswith(("List", "Get"))
    assert set(kinds) == {"AwsServiceEvent", "AwsApiCall"}


def test_every_call_is_logged_with_its_caller_place_and_outcome(runs: list[Recorded]) -> None:
    seen = Counter[str]()
    for run in runs:
        names = run.dispatch.environment.names
        events = [e for e in run.events if e.by != "service" and e.answer != "default-vault-in-console"]
        records = [record for record in log(run) if record["eventType"] == "AwsApiCall"]
        for event, record in zip(events, records, strict=True):
            assert f"{record['eventSource'].split('.')[0]}:{record['eventName']}" == event.operation
            assert record["awsRegion"] == (names.region(event.place) if event.place else "us-east-1")
            who = record["userIdentity"]["sessionContext"]["sessionIssuer"]["userName"]
            assert who == {"person": "operator", "other": "another-user"}[event.by]
            code = ERRORS.get(event.answer)
            if (event.operation, event.answer) == ("backup:DeleteBackupVault", "service-using-role"):
                code = "InvalidRequestException"
            assert record.get("errorCode") == code, event
            if len(event.place) == 2:
                assert record["requestParameters"]["backupVaultName"] == names.vault(event.place)
            seen[event.answer] += 1
    assert {"throttled", "service-using-role", "vault-has-recovery-points", "done", "there"} <= set(seen)


def test_the_other_codes_of_refusals_are_those_of_cloudtrail(tmp_path: Path) -> None:
    text = 'title = "x"\ncalls = 9\n'
    for action in ("rename_role", "edit_trust_policy", "delete_service_linked_role", "set_up_cross_account_backup"):
        text += f'[[step]]\ndo = "{action}"\n'
    text += '[[step]]\ndo = "turn_off_cross_account_backup"\n[[step]]\ndo = "create_service_linked_role"\n'
    environment = 'title = "x"\n[account]\nrole = "present"\nregions = ["us-east-1"]\n'
    for role, codes in (
        ("present", ["Unmodifiable", "Unmodifiable", None]),
        ("absent", ["NoSuch", "NoSuch", "NoSuch"]),
    ):
        one = recorded(study(tmp_path, text, environment=environment.replace("present", role)), 0, 0)
        records = {record["eventName"] + str(i): record for i, record in enumerate(log(one))}
        found = [records[f"{name}{i}"].get("errorCode") for i, name in enumerate(NAMES)]
        assert found == [code and f"{code}EntityException" for code in codes]
        assert records["UpdateRole0"]["requestParameters"] == {"roleName": "AWSServiceRoleForBackup"}
        for i, on in ((3, "true"), (4, "false")):
            said = {"globalSettings": {"isCrossAccountBackupEnabled": on}}
            assert records[f"UpdateGlobalSettings{i}"]["requestParameters"] == said


NAMES = ("UpdateRole", "UpdateAssumeRolePolicy", "DeleteServiceLinkedRole")


def test_a_status_call_names_the_deletion_task_that_was_started(runs: list[Recorded]) -> None:
    tasks = set[str]()
    for run in runs:
        task = None
        for record in log(run):
            if record["eventName"] == "DeleteServiceLinkedRole" and "errorCode" not in record:
                task = record["responseElements"]["deletionTaskId"]
                assert task.startswith("task/aws-service-role/backup.amazonaws.com/AWSServiceRoleForBackup/")
                tasks.add(task)
            if record["eventName"] == "GetServiceLinkedRoleDeletionStatus":
                assert record["requestParameters"] == {"deletionTaskId": task}
    assert len(tasks) > 1  # another one after a failure


def test_a_job_ends_with_the_id_with_which_it_started(runs: list[Recorded]) -> None:
    states = Counter[str]()
    for run in runs:
        running: dict[str, str] = {}
        begun = set[str]()
        for record in log(run):
            if record["eventType"] != "AwsServiceEvent":
                continue
            details = record["serviceEventDetails"]
            states[details["state"]] += 1
            vault, job = details["backupVaultArn"], details["backupJobId"]
            assert vault.split(":")[3] == record["awsRegion"]
            assert vault.endswith(f":backup-vault:{details['backupVaultName']}")
            if record["eventName"] == "BackupJobStarted":
                assert details["state"] == "RUNNING"
                assert job not in begun
                begun.add(job)
                running[vault] = job
            else:
                assert record["eventName"] == "BackupJobCompleted"
                assert job == running.pop(vault, job)  # jobs running at the beginning started before the log
                begun.add(job)
        jobs = [e for e in run.events if e.request and e.request.action.endswith("_job") and e.answer == "done"]
        assert len(jobs) == sum(record["eventType"] == "AwsServiceEvent" for record in log(run))
    assert set(states) == {"RUNNING", "COMPLETED", "FAILED"}


def test_a_recovery_point_keeps_its_name_until_it_is_deleted(runs: list[Recorded]) -> None:
    deleted = repeated = 0
    for run in runs:
        named, gone = set[tuple[str, str, str]](), set[tuple[str, str, str]]()
        for record in log(run):
            if record["eventName"] == "DeleteRecoveryPoint":
                said = record["requestParameters"]
                point = (record["awsRegion"], said["backupVaultName"], said["recoveryPointArn"])
                assert point not in gone
                repeated += point in named
                named.add(point)
                if "errorCode" not in record:
                    gone.add(point)
        deleted += len(gone)
    assert deleted > 0
    assert repeated > 0


def test_efs_automatic_backup_is_switched_on_and_off_by_its_policy(tmp_path: Path) -> None:
    environment = 'title = "x"\n[account]\nrole = "present"\nefs-automatic-backup = ["us-east-1"]\n'
    environment += '[[others]]\ndo = "perform_efs_automatic_backup"\nregion = "us-east-1"\nevery = 5\n'
    text = 'title = "x"\n[[step]]\neach = "region"\n[[step.step]]\ndo = "turn_off_efs_automatic_backup"\n'
    text += '[[step]]\ndo = "wait"\nminutes = 7\n'
    records = log(recorded(study(tmp_path, text, environment=environment), 0, 0))
    assert [(r["eventName"], r["requestParameters"]["backupPolicy"]["status"]) for r in records] == [
        ("PutBackupPolicy", "DISABLED"),
        ("PutBackupPolicy", "ENABLED"),
    ]
    assert all(r["requestParameters"]["fileSystemId"].startswith("fs-") for r in records)
