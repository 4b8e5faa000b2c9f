"""Delete recovery points, vaults and the role in the right order, page by page, in all Regions that are used.

Fault: it retries nothing. A deletion fails while a job of AWS Backup is running, and the script ends with a traceback.
"""

import sys
import time

import boto3

REGIONS = ("us-east-1", "eu-west-1")
ROLE = "AWSServiceRoleForBackup"


def main():
    for region in REGIONS:
        backup = boto3.client("backup", region_name=region)
        for vaults in backup.get_paginator("list_backup_vaults").paginate():
            for vault in vaults["BackupVaultList"]:
                name = vault["BackupVaultName"]
                paginator = backup.get_paginator("list_recovery_points_by_backup_vault")
                for page in paginator.paginate(BackupVaultName=name):
                    for point in page["RecoveryPoints"]:
                        backup.delete_recovery_point(BackupVaultName=name, RecoveryPointArn=point["RecoveryPointArn"])
                backup.delete_backup_vault(BackupVaultName=name)

    iam = boto3.client("iam")
    task = iam.delete_service_linked_role(RoleName=ROLE)["DeletionTaskId"]
    while True:
        status = iam.get_service_linked_role_deletion_status(DeletionTaskId=task)["Status"]
        if status == "SUCCEEDED":
            return 0
        if status == "FAILED":
            return 1
        time.sleep(10)


if __name__ == "__main__":
    sys.exit(main())
