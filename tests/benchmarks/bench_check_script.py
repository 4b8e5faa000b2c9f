"""Measure `check-script`: ``python tests/benchmarks/bench_check_script.py``.

A careful script is checked with one process and with two. A schedule costs little where the answers of the script are
known; so the schedules of each run of the script are shown too, and what a plain enumeration would need: one run for
each schedule.
"""

from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path

from backup_slr.api.script_checking import check_script

ROOT = Path(__file__).parents[2]
ACCOUNT = ROOT / "simulations" / "accounts" / "small.toml"
CASES = ((1, 1), (2, 1), (2, 2), (3, 1), (3, 2))
"""Events and processes."""
CAREFUL = """
import boto3, sys, time
from botocore.exceptions import ClientError

def tried(call, **parameters):
    for _ in range(8):
        try:
            return call(**parameters)
        except ClientError as error:
            code = error.response["Error"]["Code"]
            if code == "ResourceNotFoundException":
                return None
            if code not in ("InvalidRequestException", "InvalidResourceStateException"):
                raise
            time.sleep(60)
    sys.exit("no attempt succeeded")

iam = boto3.client("iam")
for attempt in range(6):
    for region in ("us-east-1", "eu-west-1"):
        backup = boto3.client("backup", region_name=region)
        for vault in backup.list_backup_vaults()["BackupVaultList"]:
            name = vault["BackupVaultName"]
            for _ in range(5):
                for point in backup.list_recovery_points_by_backup_vault(BackupVaultName=name)["RecoveryPoints"]:
                    tried(
                        backup.delete_recovery_point,
                        BackupVaultName=name,
                        RecoveryPointArn=point["RecoveryPointArn"],
                    )
                try:
                    backup.delete_backup_vault(BackupVaultName=name)
                    break
                except ClientError as error:
                    if error.response["Error"]["Code"] == "ResourceNotFoundException":
                        break
                    time.sleep(60)
    task = iam.delete_service_linked_role(RoleName="AWSServiceRoleForBackup")["DeletionTaskId"]
    while True:
        status = iam.get_service_linked_role_deletion_status(DeletionTaskId=task)["Status"]
        if status in ("SUCCEEDED", "FAILED"):
            break
        time.sleep(10)
    if status == "SUCCEEDED":
        sys.exit(0)
sys.exit("the role exists")
"""


def processor_seconds() -> float:
    """The time of this process and of those that it started."""
    spent = os.times()
    return spent.user + spent.system + spent.children_user + spent.children_system


def main() -> None:
    """Print a line for each case; the last column is the processor time without that of the start."""
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "careful.py"
        script.write_text(CAREFUL)
        starts: dict[int, float] = {}
        print("events  jobs  schedules  runs  schedules a run  seconds  processor s  schedules a processor s")
        for jobs in (1, 2):
            before = processor_seconds()
            check_script(script, ACCOUNT, events=0, jobs=jobs)
            starts[jobs] = processor_seconds() - before
        for events, jobs in CASES:
            before, began = processor_seconds(), time.perf_counter()
            found = check_script(script, ACCOUNT, events=events, jobs=jobs)
            seconds, spent = time.perf_counter() - began, processor_seconds() - before
            runs = found.document()["runs"]
            rate = found.schedules / max(0.01, spent - starts[jobs])
            row = (events, jobs, found.schedules, runs, found.schedules / runs, seconds, spent, rate)
            print("{:>6} {:>5} {:>10,} {:>5,} {:>16.1f} {:>8.1f} {:>12.1f} {:>24,.0f}".format(*row))
            assert found.copes


if __name__ == "__main__":
    main()
