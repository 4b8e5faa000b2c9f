"""Calls that random clients make: of every modeled operation, often about things that exist."""

from __future__ import annotations

import random
from typing import Any

from botocore.session import get_session

from backup_slr.endpoint.emulated_aws import AwsAccount
from backup_slr.endpoint.wire.messages import ServiceCall
from backup_slr.lifecycle.emulation import EMULATION

ROLE = "AWSServiceRoleForBackup"
REGIONS = ("us-east-1", "eu-west-1")
SESSION = get_session()


def random_call(chance: random.Random, account: AwsAccount, name: str = "") -> ServiceCall:
    """A call of an operation, by default of any one."""
    operation = EMULATION.operations[name or chance.choice(list(EMULATION.operations))]
    service = EMULATION.clients.get(operation.service, operation.service)
    shape = SESSION.get_service_model(service).operation_model(operation.operation.partition(":")[2]).input_shape
    ids = [record.id for kind in EMULATION.records for record in account.emulated.all_of(kind)]
    values = {
        "BackupVaultName": chance.choice(["a", "b", "Default", "aws/efs/automatic-backup-vault"]),
        "RoleName": chance.choice([ROLE, ROLE, "other"]),
        "Policy": chance.choice(
            ['{"Statement": []}', '{"Statement": {"Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*"}}']
        ),
        "AWSServiceName": "backup.amazonaws.com",
        "GlobalSettings": {"isCrossAccountBackupEnabled": chance.choice(["true", "false"])},
        "BackupPolicy": {"Status": chance.choice(["ENABLED", "DISABLED"])},
        "Backup": True,
        "RecoveryPointSelection": {"VaultNames": ["a"]},
        "BackupPlan": {"BackupPlanName": "p", "Rules": [{"RuleName": "r", "TargetBackupVaultName": "b"}]},
        "BackupSelection": {"SelectionName": "s", "IamRoleArn": "arn:aws:iam::1:role/r"},
        "IamRoleArn": chance.choice([f"arn:aws:iam::1:role/x/{ROLE}", "arn:aws:iam::1:role/own"]),
        "SourceBackupVaultName": "a",
        "Description": "d",
        "ChangeableForDays": 3,
        "MinRetentionDays": 1,
        "MaxRetentionDays": 9,
    }
    tags = {"TagKeys": ["k"], "TagKeyList": ["k"]}
    members = dict(shape.members) if shape else {}
    typed = {"list": [{"Key": "k", "Value": "v"}], "map": {"k": "v"}}
    values |= {n: tags.get(n, typed[one.type_name]) for n, one in members.items() if one.type_name in typed} | values
    wanted = [name for name in members if name in (shape.required_members if shape else ()) or chance.random() < 0.5]
    parameters: dict[str, Any] = {name: values.get(name, chance.choice(ids or ["x"])) for name in wanted}
    return ServiceCall(service, operation.operation.partition(":")[2], chance.choice(REGIONS), "A", parameters, "1")
