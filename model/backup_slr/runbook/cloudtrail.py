"""One run as a CloudTrail log.

A call is a record of type *AwsApiCall*, with the fields of version 1.08 in the order in which CloudTrail writes them.
The start and the end of a job are not calls but *AwsServiceEvent*s (AWS Backup Developer Guide, Logging AWS Backup API
calls with CloudTrail). The parameters of calls are data of the lifecycle (`Environment.log`); data outside the model
(the exact user, the recovery point) is invented, but always the same for the same run.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from backup_slr.lifecycle.environment import ENVIRONMENT
from backup_slr.report.names import Names
from backup_slr.runbook.book import THROTTLED
from backup_slr.runbook.control_flow import DONE
from backup_slr.runbook.experiment import Recorded
from backup_slr.runbook.simulate.batch import Event

BEGINNING = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)
"""The time of the first minute of a log: an arbitrary Monday morning."""
CALLERS = {"person": "operator", "other": "another-user"}
ADDRESSES = {"person": "203.0.113.7", "other": "198.51.100.23"}
LOG, PROCESS, TASK = ENVIRONMENT.log, ENVIRONMENT.process, ENVIRONMENT.task

Record = dict[str, Any]


def cloudtrail(run: Recorded, names: Names, account: str = "111122223333") -> dict[str, list[Record]]:
    """The run as a CloudTrail log file: a record for each call that was sent, and for each start and end of a job.

    Times start at a fixed date and ids are numbered, so that the same run always gives the same log.
    """
    log = _Log(run, names, account)
    for event in run.events:
        log.add(event)
    return {"Records": log.records}


def log_text(run: Recorded, names: Names) -> str:
    return json.dumps(cloudtrail(run, names), indent=1) + "\n"


class _Log:
    """The records so far, and the current ids of deletion tasks, jobs and recovery points."""

    def __init__(self, run: Recorded, names: Names, account: str) -> None:
        self.model = run.dispatch.machine.model
        self.names, self.account = names, account
        self.records: list[Record] = []
        self.tasks, self.pending = 0, False
        self.jobs: Counter[tuple[int, ...]] = Counter()
        self.removed: Counter[tuple[int, ...]] = Counter()

    def add(self, event: Event) -> None:
        done = event.answer == DONE
        if event.action == TASK.begins and done:
            self.tasks += not self.pending
            self.pending = True
        if event.action in (PROCESS.start, PROCESS.finish):
            if done:
                self.records.append(self._job(event))
        elif event.action == TASK.ends:
            self.pending = False
        elif self._sent(event):
            self.records.append(self._call(event))
        if event.action == ENVIRONMENT.contents.removal and done:
            self.removed[event.place] += 1

    def _sent(self, event: Event) -> bool:
        """Whether a request is sent: the console sends none if it has no button for it."""
        if event.guard < 0:
            return ":" in event.operation
        return self.model.rule(event.action).guards[event.guard].shows_as is not None

    # ------------------------------------------------------------ records

    def _call(self, event: Event) -> Record:
        service, name = event.operation.split(":")
        error = self._error(event, service)
        number = len(self.records) + 1
        response = LOG.responses.get(event.operation) if error is None else None
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
            "requestParameters": self._filled(self._parameters(event, service), event),
            "responseElements": self._filled(response, event),
            "requestID": str(UUID(int=number << 64)),
            "eventID": str(UUID(int=number)),
            "readOnly": name.startswith(("List", "Get", "Describe")),
            "eventType": "AwsApiCall",
            "managementEvent": True,
            "recipientAccountId": self.account,
            "eventCategory": "Management",
        }

    def _job(self, event: Event) -> Record:
        starts = event.action == PROCESS.start
        self.jobs[event.place] += starts
        succeeds = event.request is not None and event.request.inputs.get(PROCESS.succeeds.name, False)
        state = LOG.states[0 if starts else 1 if succeeds else 2]
        place = sum(n << 16 * (i + 1) for i, n in enumerate(reversed(event.place)))
        job = str(UUID(int=(1 << 127) + (place << 32) + self.jobs[event.place])).upper()
        return {
            "eventVersion": "1.11",
            "userIdentity": {"accountId": self.account, "invokedBy": LOG.service},
            "eventTime": _time(event.minute),
            "eventSource": LOG.service,
            "eventName": LOG.started if starts else LOG.finished,
            "awsRegion": self._region(event),
            "sourceIPAddress": LOG.service,
            "userAgent": LOG.service,
            "requestParameters": None,
            "responseElements": None,
            "eventID": str(UUID(int=len(self.records) + 1)),
            "readOnly": False,
            "eventType": "AwsServiceEvent",
            "managementEvent": True,
            "recipientAccountId": self.account,
            "serviceEventDetails": self._filled(LOG.details, event, state=state, job=job),
            "eventCategory": "Management",
        }

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
        return self.names.region(event.place) if event.place else LOG.home

    def _parameters(self, event: Event, service: str) -> Mapping[str, Any] | None:
        """The parameters of a call that the model has."""
        for key in (event.action, event.operation):
            if key in LOG.parameters:
                return LOG.parameters[key]
        return LOG.item if len(event.place) > 1 else LOG.parameters.get(service)

    def _filled(self, template: Any, event: Event, **more: str) -> Any:
        if isinstance(template, Mapping):
            return {key: self._filled(value, event, **more) for key, value in template.items()}  # pyright: ignore
        if isinstance(template, list):
            return [self._filled(value, event, **more) for value in template]  # pyright: ignore
        if template is None:
            return None
        return template.format(
            account=self.account,
            region=self._region(event),
            vault=self.names.vault(event.place) if len(event.place) > 1 else "",
            task=LOG.task.format(uuid=UUID(int=self.tasks)),
            number=self.removed[event.place] + 1,
            **more,
        )

    def _error(self, event: Event, service: str) -> tuple[str, str] | None:
        if event.answer == THROTTLED:
            return "ThrottlingException", "Rate exceeded"
        if event.guard < 0:
            return None
        guard = self.model.rule(event.action).guards[event.guard]
        code = guard.shows_as or ""
        # CloudTrail names the exceptions of IAM, whose API calls them by shorter codes.
        if service == "iam" and not code.startswith("AccessDenied"):
            code += "Exception"
        return code, guard.otherwise.says


def _time(minute: float) -> str:
    return (BEGINNING + timedelta(minutes=minute)).strftime("%Y-%m-%dT%H:%M:%SZ")
