"""Delete every recovery point, count the successful deletions, and go on when the count is complete.

Fault: it takes the success of DeleteRecoveryPoint for the deletion. A recovery point can remain as EXPIRED.
"""

import sys
import time

import boto3
from botocore.exceptions import ClientError

REGIONS = ("us-east-1", "eu-west-1")
ROLE = "AWSServiceRoleForBackup"
BUSY = ("InvalidResourceStateException", "InvalidRequestException")


def deleted(backup, vault, arn):
    for _ in range(10):
        try:
            answer = backup.delete_recovery_point(BackupVaultName=vault, RecoveryPointArn=arn)
            return answer["ResponseMetadata"]["HTTPStatusCode"] == 200
        except ClientError as error:
            if error.response["Error"]["Code"] not in BUSY:
                raise
            time.sleep(30)
    return False


def points_of(backup, vault):
    pages = backup.get_paginator("list_recovery_points_by_backup_vault").paginate(BackupVaultName=vault)
    return [point["RecoveryPointArn"] for page in pages for point in page["RecoveryPoints"]]


def clean(backup):
    """Delete all vaults; return whether every recovery point was deleted."""
    for vault in [vault["BackupVaultName"] for vault in backup.list_backup_vaults()["BackupVaultList"]]:
        points = points_of(backup, vault)
        count = sum(deleted(backup, vault, arn) for arn in points)
        print(f"{vault}: {count} of {len(points)} recovery points deleted")
        if count < len(points):
            return False
        backup.delete_backup_vault(BackupVaultName=vault)
    return True


def main():
    if not all(clean(boto3.client("backup", region_name=region)) for region in REGIONS):
        return 1
    iam = boto3.client("iam")
    task = iam.delete_service_linked_role(RoleName=ROLE)["DeletionTaskId"]
    status = ""
    while status not in ("SUCCEEDED", "FAILED"):
        time.sleep(5)
        status = iam.get_service_linked_role_deletion_status(DeletionTaskId=task)["Status"]
    return int(status == "FAILED")


if __name__ == "__main__":
    sys.exit(main())
