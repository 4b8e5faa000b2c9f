"""Delete the role, because that is what was asked for, and then tidy up the vaults.

Fault: it requests the deletion of the role before the vaults are deleted. The request is accepted; its task fails.
"""

import time

import boto3
from botocore.exceptions import ClientError

REGIONS = ("us-east-1", "eu-west-1")


def patiently(call, **parameters):
    """Make a call that may collide with a running job."""
    for _ in range(10):
        try:
            return call(**parameters)
        except ClientError as error:
            if error.response["Error"]["Code"] == "ResourceNotFoundException":
                return None
            time.sleep(60)
    raise SystemExit(f"gave up: {parameters}")


def tidy_up(backup):
    for vault in backup.list_backup_vaults()["BackupVaultList"]:
        name = vault["BackupVaultName"]
        points = backup.list_recovery_points_by_backup_vault(BackupVaultName=name)["RecoveryPoints"]
        for point in points:
            patiently(backup.delete_recovery_point, BackupVaultName=name, RecoveryPointArn=point["RecoveryPointArn"])
        patiently(backup.delete_backup_vault, BackupVaultName=name)


task = boto3.client("iam").delete_service_linked_role(RoleName="AWSServiceRoleForBackup")["DeletionTaskId"]
print(f"deletion of the role accepted: {task}")
for region in REGIONS:
    tidy_up(boto3.client("backup", region_name=region))
print("done")
