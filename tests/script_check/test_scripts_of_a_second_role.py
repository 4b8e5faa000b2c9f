"""Scripts are checked against the lifecycle of another role, whose API is other data."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from support.second_role import CLUSTERS, cluster, nodes, z
from support.second_role import role as second_role

from backup_slr.api.script_checking import check_script
from backup_slr.engine.spec.emulation import (
    Each,
    EmulatedOperation,
    Emulation,
    ErrorAnswer,
    OperationCase,
    RecordKind,
    Tie,
)

HERE = ("{zone}",)
API = Emulation(
    operations={
        one.operation: one
        for one in (
            EmulatedOperation("backup:CreateBackupVault", (OperationCase(action="create_cluster", place=HERE),)),
            EmulatedOperation("backup:DeleteBackupVault", (OperationCase(action="delete_cluster", place=HERE),)),
            EmulatedOperation("backup:ListBackupVaults", (OperationCase({"BackupVaultList": Each(("cluster",))}),)),
            EmulatedOperation("iam:DeleteServiceLinkedRole", (OperationCase({}, action="delete_role"),)),
        )
    },
    records={
        one.name: one
        for one in (
            RecordKind("cluster", "zone", {"BackupVaultName": "{id}"}, "one", Tie(cluster[z])),
            RecordKind("node", "zone", {}, "node", Tie(nodes[z].is_zero())),
            RecordKind("role", "", {}, "role", Tie(second_role.is_("usable"))),
        )
    },
    clients={},
    refusals={},
    denied={"": ErrorAnswer("AccessDeniedException", "No.", 403)},
    throttled={"": ErrorAnswer("ThrottlingException", "Wait.", 400)},
    lags=("*:List*",),
    settles=("remove_node",),
)
LIFECYCLE = replace(CLUSTERS, emulation=lambda: API)
SCRIPT = """
import boto3, time
from botocore.exceptions import ClientError
backup, iam = boto3.client("backup", "north"), boto3.client("iam", "north")
backup.create_backup_vault(BackupVaultName="one")
for attempt in range({attempts}):
    try:
        for vault in backup.list_backup_vaults()["BackupVaultList"]:
            backup.delete_backup_vault(BackupVaultName=vault["BackupVaultName"])
        iam.delete_service_linked_role(RoleName="role")
    except ClientError as error:
        if error.response["Error"]["Code"] == "NoSuchEntity":
            break
        time.sleep(60)
    else:
        break
else:
    raise SystemExit("the role exists")
"""


@pytest.mark.slow
def test_a_script_for_clusters_needs_as_many_attempts_as_there_are_events(tmp_path: Path) -> None:
    script = tmp_path / "clusters.py"
    script.write_text(SCRIPT.format(attempts=2))
    found = check_script(script, lifecycle=LIFECYCLE, events=1)
    assert found.copes, str(found)
    script.write_text(SCRIPT.format(attempts=1))
    found = check_script(script, lifecycle=LIFECYCLE, events=1)
    (run,) = found.failing
    assert run.verdict.value == "gives-up"
    assert [str(event) for _, event in run.schedule] == ["add_node north"]
