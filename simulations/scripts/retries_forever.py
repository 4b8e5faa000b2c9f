"""Delete each vault, however long that takes, and then the role.

Fault: it retries every error without an end, also one that no retry can change: here, a vault with a lock.
"""

import sys
import time

import boto3
from botocore.exceptions import ClientError

REGIONS = ("us-east-1", "eu-west-1")
ROLE = "AWSServiceRoleForBackup"


def until_it_works(call, **parameters):
    delay = 1
    while True:
        try:
            return call(**parameters)
        except ClientError as error:
            print(f"{error}: next try in {delay} s")
            time.sleep(delay)
            delay = min(2 * delay, 300)


def main():
    for region in REGIONS:
        backup = boto3.client("backup", region_name=region)
        for vault in backup.list_backup_vaults()["BackupVaultList"]:
            name = vault["BackupVaultName"]
            pages = backup.get_paginator("list_recovery_points_by_backup_vault").paginate(BackupVaultName=name)
            for arn in [point["RecoveryPointArn"] for page in pages for point in page["RecoveryPoints"]]:
                until_it_works(backup.delete_recovery_point, BackupVaultName=name, RecoveryPointArn=arn)
            until_it_works(backup.delete_backup_vault, BackupVaultName=name)
    iam = boto3.client("iam")
    task = until_it_works(iam.delete_service_linked_role, RoleName=ROLE)["DeletionTaskId"]
    status = "IN_PROGRESS"
    while status == "IN_PROGRESS":
        time.sleep(10)
        status = iam.get_service_linked_role_deletion_status(DeletionTaskId=task)["Status"]
    return status


if __name__ == "__main__":
    sys.exit(main() != "SUCCEEDED")
