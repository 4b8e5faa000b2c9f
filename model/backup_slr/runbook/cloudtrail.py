"""One run as CloudTrail would have logged it.

A call is a record of type *AwsApiCall*, with the fields that CloudTrail has since version 1.08 in the order in which it
writes them. What AWS Backup does by itself is no call: the start and the end of a job are *AwsServiceEvent*s
(AWS Backup Developer Guide, Logging AWS Backup API calls with CloudTrail). What the model does not know (which file
system, which recovery point, who exactly) is made up, the same for the same run.
"""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from backup_slr.report.names import Names
from backup_slr.runbook.batch import Event
from backup_slr.runbook.study import Recorded

BEGINNING = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)
"""When the first minute of a log is: a Monday morning, as good as any other."""
CALLERS = {"person": "operator", "other": "somebody-else"}
ADDRESSES = {"person": "203.0.113.7", "other": "198.51.100.23"}
SERVICE = "backup.amazonaws.com"
ROLE = "AWSServiceRoleForBackup"
THROTTLED_CODE = "ThrottlingException"
GLOBAL = "us-east-1"
"""Where calls to IAM are logged, wherever the caller is."""
EVENTS = {"start_job": "BackupJobStarted", "finish_job": "BackupJobCompleted"}

Record = dict[str, Any]


def cloudtrail(run: Recorded, names: Names, account: str = "111122223333") -> dict[str, list[Record]]:
    """The run as a CloudTrail log file: a record for each call that was sent, and for each job that began or ended.

    Times are those of the run from a fixed beginning on; ids are numbered, so that the same run gives the same log.
    """
    log = _Log(run, names, account)
    for event in run.events:
        log.add(event)
    return {"Records": log.records}


def log_text(run: Recorded, names: Names) -> str:
    """The log as the text of a file."""
    return json.dumps(cloudtrail(run, names), indent=1) + "\n"


class _Log:
    """The records so far, and what the next ones speak of: deletion tasks, jobs, recovery points."""

    def __init__(self, run: Recorded, names: Names, account: str) -> None:
        self.rules = run.tables.machine.model
        self.names, self.account = names, account
        self.records: list[Record] = []
        self.tasks, self.pending = 0, False
        self.jobs: Counter[tuple[int, ...]] = Counter()
        self.deleted: Counter[tuple[int, ...]] = Counter()

    def add(self, event: Event) -> None:
        """Log what is logged of an event, and remember what it was."""
        action = event.request.action if event.request else ""
        if action == "delete_service_linked_role" and event.answer == "done":
            self.tasks += not self.pending  # asking again begins no other
            self.pending = True
        if action in EVENTS:
            self.records += self._job(event, action) if event.answer == "done" else []
        elif action == "finish_deletion_task":
            self.pending = False
        elif self._sent(event):
            self.records.append(self._call(event))
        if action == "delete_recovery_point" and event.answer == "done":
            self.deleted[event.place] += 1

    def _sent(self, event: Event) -> bool:
        """A request is sent: the console sends none where it offers no button."""
        if event.request is None or event.guard < 0:
            return ":" in event.operation
        return self.rules.rule(event.request.action).guards[event.guard].shows_as is not None

    # ------------------------------------------------------------ records

    def _call(self, event: Event) -> Record:
        service, name = event.operation.split(":")
        error = self._error(event, service)
        number = len(self.records) + 1
        return {
            "eventVersion": "1.11",
            "userIdentity": self._caller(CALLERS[event.by]),
            "eventTime": _time(event.minute),
            "eventSource": f"{service}.amazonaws.com",
            "eventName": name,
            "awsRegion": self._region(event),
            "sourceIPAddress": ADDRESSES[event.by],
            "userAgent": "aws-cli/2",
            **({} if error is None else {"errorCode": error[0], "errorMessage": error[1]}),
            "requestParameters": self._parameters(event, name),
            "responseElements": self._response(name) if error is None else None,
            "requestID": str(UUID(int=number << 64)),
            "eventID": str(UUID(int=number)),
            "readOnly": name.startswith(("List", "Get", "Describe")),
            "eventType": "AwsApiCall",
            "managementEvent": True,
            "recipientAccountId": self.account,
            "eventCategory": "Management",
        }

    def _job(self, event: Event, action: str) -> list[Record]:
        self.jobs[event.place] += action == "start_job"
        succeeds = event.request is not None and event.request.inputs.get("succeeds", False)
        state = "RUNNING" if action == "start_job" else "COMPLETED" if succeeds else "FAILED"
        region, vault = self._region(event), self.names.vault(event.place)
        place = sum(n << 16 * (i + 1) for i, n in enumerate(reversed(event.place)))
        details = {
            "state": state,
            "backupJobId": str(UUID(int=(1 << 127) + (place << 32) + self.jobs[event.place])).upper(),
            "backupVaultName": vault,
            "backupVaultArn": f"arn:aws:backup:{region}:{self.account}:backup-vault:{vault}",
            "iamRoleArn": f"arn:aws:iam::{self.account}:role/aws-service-role/{SERVICE}/{ROLE}",
        }
        return [
            {
                "eventVersion": "1.11",
                "userIdentity": {"accountId": self.account, "invokedBy": SERVICE},
                "eventTime": _time(event.minute),
                "eventSource": SERVICE,
                "eventName": EVENTS[action],
                "awsRegion": region,
                "sourceIPAddress": SERVICE,
                "userAgent": SERVICE,
                "requestParameters": None,
                "responseElements": None,
                "eventID": str(UUID(int=len(self.records) + 1)),
                "readOnly": False,
                "eventType": "AwsServiceEvent",
                "managementEvent": True,
                "recipientAccountId": self.account,
                "serviceEventDetails": details,
                "eventCategory": "Management",
            }
        ]

    # ------------------------------------------------------------ parts of records

    def _caller(self, name: str) -> Record:
        principal = f"AROA{name.replace('-', '').upper():X<17.17}"
        issuer = {
            "type": "Role",
            "principalId": principal,
            "arn": f"arn:aws:iam::{self.account}:role/{name}",
            "accountId": self.account,
            "userName": name,
        }
        return {
            "type": "AssumedRole",
            "principalId": f"{principal}:session",
            "arn": f"arn:aws:sts::{self.account}:assumed-role/{name}/session",
            "accountId": self.account,
            "accessKeyId": f"ASIA{name.replace('-', '').upper():X<16.16}",
            "sessionContext": {
                "sessionIssuer": issuer,
                "attributes": {"creationDate": _time(0), "mfaAuthenticated": "false"},
            },
        }

    def _region(self, event: Event) -> str:
        return self.names.region(event.place) if event.place else GLOBAL

    @property
    def _task(self) -> str:
        """The name of the deletion task that is pending, or was the last one."""
        return f"task/aws-service-role/{SERVICE}/{ROLE}/{UUID(int=self.tasks)}"

    def _parameters(self, event: Event, name: str) -> Record | None:
        """What a call says of itself, as far as the model knows it."""
        vault = {"backupVaultName": self.names.vault(event.place)} if len(event.place) > 1 else {}
        on = event.request is not None and not event.request.action.startswith("turn_off")
        match name:
            case "DeleteRecoveryPoint":
                snapshot = f"snap-{self.deleted[event.place] + 1:017x}"
                return {**vault, "recoveryPointArn": f"arn:aws:ec2:{self._region(event)}::snapshot/{snapshot}"}
            case "GetServiceLinkedRoleDeletionStatus":
                return {"deletionTaskId": self._task}
            case "CreateServiceLinkedRole":
                return {"aWSServiceName": SERVICE}
            case "UpdateGlobalSettings":
                return {"globalSettings": {"isCrossAccountBackupEnabled": str(on).lower()}}
            case "PutBackupPolicy":
                policy = {"status": "ENABLED" if on else "DISABLED"}
                return {"fileSystemId": "fs-00000000000000001", "backupPolicy": policy}
            case "DeleteBackupPlan":
                return {"backupPlanId": str(UUID(int=1))}
            case "AssumeRole":
                role = f"arn:aws:iam::{self.account}:role/aws-service-role/{SERVICE}/{ROLE}"
                return {"roleArn": role, "roleSessionName": "session"}
            case _:
                return vault or ({"roleName": ROLE} if event.operation.startswith("iam:") else None)

    def _response(self, name: str) -> Record | None:
        return {"deletionTaskId": self._task} if name == "DeleteServiceLinkedRole" else None

    def _error(self, event: Event, service: str) -> tuple[str, str] | None:
        if event.answer == "throttled":
            return THROTTLED_CODE, "Rate exceeded"
        if event.request is None or event.guard < 0:
            return None
        guard = self.rules.rule(event.request.action).guards[event.guard]
        code = guard.shows_as or ""
        # CloudTrail names the exceptions of IAM, whose API calls them by shorter codes.
        if service == "iam" and not code.startswith("AccessDenied"):
            code += "Exception"
        return code, guard.otherwise.says


def _time(minute: float) -> str:
    return (BEGINNING + timedelta(minutes=minute)).strftime("%Y-%m-%dT%H:%M:%SZ")
