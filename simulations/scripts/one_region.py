"""Empty and delete every backup vault, wait for running jobs, and delete the role.

Fault: it works in one Region, that of the profile, although the role serves all of them.
"""

import sys
import time

import boto3
from botocore.exceptions import ClientError

ROLE = "AWSServiceRoleForBackup"


def empty_and_delete(backup, name):
    points = backup.get_paginator("list_recovery_points_by_backup_vault")
    for page in points.paginate(BackupVaultName=name):
        for point in page["RecoveryPoints"]:
            backup.delete_recovery_point(BackupVaultName=name, RecoveryPointArn=point["RecoveryPointArn"])
    backup.delete_backup_vault(BackupVaultName=name)


def delete_vaults(backup):
    for page in backup.get_paginator("list_backup_vaults").paginate():
        for vault in page["BackupVaultList"]:
            name = vault["BackupVaultName"]
            for attempt in range(1, 11):
                try:
                    empty_and_delete(backup, name)
                    break
                except ClientError as error:
                    if error.response["Error"]["Code"] == "ResourceNotFoundException":
                        break
                    print(f"{name}: {error}, attempt {attempt}")
                    time.sleep(60)


def delete_role(iam):
    task = iam.delete_service_linked_role(RoleName=ROLE)["DeletionTaskId"]
    while True:
        status = iam.get_service_linked_role_deletion_status(DeletionTaskId=task)
        if status["Status"] in ("SUCCEEDED", "FAILED"):
            return status
        time.sleep(5)


delete_vaults(boto3.client("backup"))
end = delete_role(boto3.client("iam"))
if end["Status"] == "FAILED":
    sys.exit(f"not deleted: {end['Reason']['Reason']}")
print("deleted")
