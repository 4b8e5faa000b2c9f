"""One run told in full: as a scenario that `simulate` plays, and as CloudTrail would have logged it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from backup_slr.core.scope import shown
from backup_slr.core.trace import Taken, Trace
from backup_slr.lifecycle import lifecycle
from backup_slr.report.names import Names
from backup_slr.runbook.batch import Event
from backup_slr.runbook.study import Recorded
from backup_slr.scenario.regions import AWS_REGIONS
from backup_slr.scenario.run import account_at
from backup_slr.scenario.save import toml

BEGINNING = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)
"""When the first minute of a log is: a Monday morning, as good as any other."""
CALLERS = {"person": "operator", "other": "somebody-else"}
SERVICE = "backup.amazonaws.com"
THROTTLED_CODE = "ThrottlingException"


def trace(run: Recorded) -> Trace:
    """The run as a trace of the model: every request taken again, by the compiled rules one by one.

    Raises
    ------
    AssertionError
        When the model answers anything else than was recorded.
    """
    machine = run.tables.machine
    cells = run.start
    steps: list[Taken] = []
    for event in run.events:
        if event.request is None:
            continue
        before = cells
        outcome, guard, cells = machine.step(before, event.request)
        answer = guard.otherwise.id if guard else "done"
        assert answer == event.answer, f"{event}: {answer}"
        steps.append(Taken(event.request, outcome, guard, before, cells))
    return Trace(machine, tuple(steps))


def scenario_text(run: Recorded, title: str, names: Names) -> str:
    """The run as a scenario file: its account, each request with what came of it, the waits between, the end.

    A call that only reads, or that was throttled, changes nothing; it is not a step.
    """
    found = trace(run)
    model, layout = found.machine.model, found.machine.layout
    lines = [f"title = {toml(title)}"]
    usual = {a.name: a.default for a in model.assumptions}
    changed = [(name, value) for name, value in model.assumed if usual[name] != value]
    if changed:
        lines += ["", "[assume]", *(f"{name} = {toml(value)}" for name, value in changed)]
    if parts := run.tables.environment.without:
        refusals = {(rule.action, g.otherwise.id) for rule in lifecycle().rules for g in rule.guards}
        for key, guards in (("guards", True), ("effects", False)):
            named = ["/".join(part) for part in parts if (part in refusals) == guards]
            lines += ["", "[without]"] * guards + [f"{key} = {toml(named)}"]
    start = account_at(layout, run.start, names)
    lines += ["", "[account]", *_account(start)]
    if new := [region for region in names.regions if region not in AWS_REGIONS]:
        lines.append(f"regions = {toml(new)}")
    minute = 0.0
    asked = (event for event in run.events if event.request is not None)
    for step, event in zip(found.steps, asked, strict=True):
        if event.minute > minute:
            lines += ["", "[[step]]", 'do = "wait"', f"minutes = {round(event.minute - minute, 9)!r}"]
            minute = event.minute
        rule = model.rule(step.request.action)
        lines += ["", "[[step]]", f"do = {toml(rule.action)}"]
        lines += (f"{key} = {toml(value)}" for key, value in _place(step.request.place, names).items())
        for variable in rule.inputs:
            if variable.name in step.request.inputs:
                lines.append(f"{variable.name} = {toml(shown(variable, step.request.inputs[variable.name]))}")
        lines.append(f"expect = {toml(step.outcome)}")
        if step.guard:
            lines.append(f"because = {toml(step.guard.otherwise.id)}")
        if event.by == "other":
            lines.append('note = "somebody else"')
    end = account_at(layout, found.steps[-1].after if found.steps else run.start, names)
    return "\n".join([*lines, "", "[finally]", *_account(end)]) + "\n"


def _place(place: tuple[int, ...], names: Names) -> dict[str, str]:
    told = (names.region, names.vault)
    return {key: told[i](place) for i, key in enumerate(("region", "vault")[: len(place)])}


def _account(account: dict[str, Any]) -> Iterator[str]:
    keys = ("role", "cross-account", "efs-automatic-backup")
    yield from (f"{key} = {toml(account[key])}" for key in keys)
    if account["description"] != "default":
        yield f"description = {toml(account['description'])}"
    yield "vaults = ["
    for vault in account["vaults"]:
        yield f"  {{ {', '.join(f'{key} = {toml(value)}' for key, value in vault.items())} }},"
    yield "]"


# ---------------------------------------------------------------- CloudTrail


def cloudtrail(run: Recorded, names: Names, account: str = "111122223333") -> dict[str, Any]:
    """The run as a CloudTrail log file: a record for each call that was sent, and for each job that started.

    Times are those of the run from a fixed beginning on; ids are numbered, so that the same run gives the same log.
    """
    logged = [event for event in run.events if _logged(event, run)]
    return {"Records": [_record(number, event, run, names, account) for number, event in enumerate(logged)]}


def _logged(event: Event, run: Recorded) -> bool:
    """The console sends no request where it offers no button, and the end of a job is nobody's call."""
    if ":" not in event.operation:
        return False
    if event.request is None:
        return True
    if event.request.action == "finish_deletion_task":
        return False
    rule = run.tables.machine.model.rule(event.request.action)
    return event.guard < 0 or rule.guards[event.guard].shows_as is not None


def _record(number: int, event: Event, run: Recorded, names: Names, account: str) -> dict[str, Any]:
    service, name = event.operation.split(":")
    request = event.request
    said = _place(event.place, names)
    parameters: dict[str, Any] = {}
    if "vault" in said:
        parameters["backupVaultName"] = said["vault"]
    role = f"arn:aws:iam::{account}:role/aws-service-role/backup.amazonaws.com/AWSServiceRoleForBackup"
    if service == "iam":
        parameters["roleName"] = "AWSServiceRoleForBackup"
    if service == "elasticfilesystem":
        parameters["backupPolicy"] = {
            "status": "ENABLED" if request and request.action.startswith("perform") else "DISABLED"
        }
    error = _error(event, run)
    by_service = event.by == "service"
    found: dict[str, Any] = {
        "eventVersion": "1.11",
        "eventID": str(UUID(int=number + 1)),
        "requestID": str(UUID(int=(number + 1) << 64)),
        "eventTime": (BEGINNING + timedelta(minutes=event.minute)).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "eventSource": f"{service}.amazonaws.com",
        "eventName": name,
        "awsRegion": said.get("region", "us-east-1"),
        "sourceIPAddress": SERVICE if by_service else "203.0.113.7",
        "userAgent": SERVICE if by_service else "aws-cli/2",
        "eventType": "AwsApiCall",
        "recipientAccountId": account,
        "readOnly": name.startswith(("List", "Get", "Describe")),
        "userIdentity": (
            {"type": "AWSService", "invokedBy": SERVICE}
            if by_service
            else {
                "type": "AssumedRole",
                "arn": f"arn:aws:sts::{account}:assumed-role/{CALLERS[event.by]}/session",
                "accountId": account,
            }
        ),
        "requestParameters": parameters or None,
        "responseElements": None,
    }
    if by_service:
        found["resources"] = [{"ARN": role, "accountId": account, "type": "AWS::IAM::Role"}]
    if error is not None:
        found["errorCode"], found["errorMessage"] = error
    return found


def _error(event: Event, run: Recorded) -> tuple[str, str] | None:
    if event.answer == "throttled":
        return THROTTLED_CODE, "Rate exceeded"
    if event.request is None or event.guard < 0:
        return None
    guard = run.tables.machine.model.rule(event.request.action).guards[event.guard]
    return guard.shows_as or "", guard.otherwise.says


def log_text(run: Recorded, names: Names) -> str:
    """The log as the text of a file."""
    return json.dumps(cloudtrail(run, names), indent=1) + "\n"
