"""Wait for running jobs, delete the vaults, wait for the deletion of the role, and report success.

Fault: it waits for a fixed time and looks at nothing afterwards. What it waits for can begin again, or fail.
"""

import time

import boto3
from botocore.exceptions import ClientError

REGIONS = ("us-east-1", "eu-west-1")
JOBS_END = 30 * 60
TASK_ENDS = 2 * 60

print("waiting for running jobs to end ...")
time.sleep(JOBS_END)
for region in REGIONS:
    backup = boto3.client("backup", region_name=region)
    for vault in backup.list_backup_vaults()["BackupVaultList"]:
        name = vault["BackupVaultName"]
        points = backup.list_recovery_points_by_backup_vault(BackupVaultName=name)["RecoveryPoints"]
        try:
            for point in points:
                backup.delete_recovery_point(BackupVaultName=name, RecoveryPointArn=point["RecoveryPointArn"])
            backup.delete_backup_vault(BackupVaultName=name)
        except ClientError as error:
            print(f"{name}: {error}; once more")
            time.sleep(JOBS_END)
            for point in backup.list_recovery_points_by_backup_vault(BackupVaultName=name)["RecoveryPoints"]:
                backup.delete_recovery_point(BackupVaultName=name, RecoveryPointArn=point["RecoveryPointArn"])
            backup.delete_backup_vault(BackupVaultName=name)
boto3.client("iam").delete_service_linked_role(RoleName="AWSServiceRoleForBackup")
time.sleep(TASK_ENDS)
print("The role is deleted.")
